//! The cluster IPs of a Service and their families.

use k8s_openapi::api::core::v1::ServiceSpec;

use super::errors::{Errors, Shown};
use super::names::{self, Ip};
use super::service::{is_headless, kind};
use super::service_held::Held;
use super::{go, shown};
use crate::api::Path;

const CODE: &str = "service/cluster-ip";
const FAMILIES: &str = "service/ip-families";

/// The range of the cluster that Podlab stands for: 10.96.0.0/16, without its first and last address.
const RANGE: (u32, u32) = (0x0a60_0001, 0x0a60_fffe);

fn family(text: &str) -> &'static str {
    if text.contains(':') { "IPv6" } else { "IPv4" }
}

/// Settles families and addresses as the server does before it validates; what is wrong there is told alone
/// (kubernetes: pkg/registry/core/service/storage/alloc.go allocateCreate). Others have `held` addresses where they are
/// given out for good.
pub fn settle(spec: &mut ServiceSpec, held: Option<&Held>, errors: &mut Errors) {
    let ip = go::text(&spec.cluster_ip).to_owned();
    if !ip.is_empty() && go::list(&spec.cluster_ips).is_empty() {
        spec.cluster_ips = Some(vec![ip]);
    }
    settle_families(spec, None, errors);
    if errors.is_empty() && kind(spec) != "ExternalName" && go::text(&spec.cluster_ip) != "None" {
        available(spec, held, &Path::ROOT.field("spec"), errors);
    }
}

/// Settles the policy and the families, of a Service that takes the place of `old` too
/// (kubernetes: pkg/registry/core/service/storage/alloc.go initIPFamilyFields).
pub fn settle_families(spec: &mut ServiceSpec, old: Option<&ServiceSpec>, errors: &mut Errors) {
    if kind(spec) == "ExternalName" {
        return;
    }
    let path = Path::ROOT.field("spec");
    let headless = go::text(&spec.cluster_ip) == "None";
    let selects = spec.selector.as_ref().is_some_and(|selector| !selector.is_empty());
    let policy = if headless && !selects { "RequireDualStack" } else { "SingleStack" };
    spec.ip_family_policy.get_or_insert_with(|| policy.into());
    validate(spec, &path, errors);
    if !errors.is_empty() {
        return;
    }
    if let Some(old) = old
        && go::text(&spec.ip_family_policy) == "SingleStack"
    {
        // Whoever asks for one family and leaves the two that were there means the first.
        for (own, before) in [(&mut spec.cluster_ips, &old.cluster_ips), (&mut spec.ip_families, &old.ip_families)] {
            if let Some(list) = own.as_mut().filter(|list| *list == go::list(before)) {
                list.truncate(1);
            }
        }
    }
    multiple(spec, &path, errors);
    for (i, ip) in go::list(&spec.cluster_ips).to_vec().iter().enumerate().filter(|(_, ip)| *ip != "None") {
        let families = spec.ip_families.get_or_insert_default();
        if i < families.len() {
            continue;
        }
        match family(ip) {
            "IPv4" => families.push("IPv4".to_owned()),
            other => {
                let value = shown::texts(go::list(&spec.cluster_ips));
                let detail = [other, " is not configured on this cluster"].concat();
                errors.invalid(FAMILIES, &path.field("clusterIPs").index(i), Shown::Json(&value), &detail);
            }
        }
    }
    if !errors.is_empty() || (headless && !selects) {
        return;
    }
    configured(spec, &path, errors);
    if errors.is_empty() && go::list(&spec.ip_families).is_empty() {
        spec.ip_families = Some(vec!["IPv4".to_owned()]);
    }
}

/// `service/ip-families`: two families need a policy that allows two, and a cluster that has two.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {ipFamilyPolicy: RequireDualStack}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {ipFamilyPolicy: PreferDualStack}
/// ```
fn multiple(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    if go::text(&spec.ip_family_policy) != "SingleStack" {
        return;
    }
    let at = path.field("ipFamilyPolicy");
    for (count, what) in
        [(go::list(&spec.cluster_ips).len(), "cluster IPs"), (go::list(&spec.ip_families).len(), "IP families")]
    {
        if count == 2 {
            let detail =
                ["must be 'RequireDualStack' or 'PreferDualStack' when multiple ", what, " are specified"].concat();
            errors.invalid(FAMILIES, &at, Shown::Named("SingleStack"), &detail);
        }
    }
}

/// The cluster that Podlab stands for has IPv4 alone.
fn configured(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    if go::text(&spec.ip_family_policy) == "RequireDualStack" {
        let detail = "this cluster is not configured for dual-stack services";
        errors.invalid(FAMILIES, &path.field("ipFamilyPolicy"), Shown::Named("RequireDualStack"), detail);
    }
    let at = path.field("ipFamilies");
    for (i, family) in go::list(&spec.ip_families).iter().enumerate().filter(|(_, family)| *family != "IPv4") {
        errors.invalid(FAMILIES, &at.index(i), Shown::Named(family), "not configured on this cluster");
    }
}

/// `service/cluster-ip`: an address asked for lies in the range that the cluster gives to Services, and no other has it.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {clusterIP: 1.2.3.4}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {clusterIP: 10.96.0.77}
/// ```
fn available(spec: &ServiceSpec, held: Option<&Held>, path: &Path<'_>, errors: &mut Errors) {
    let ips = go::list(&spec.cluster_ips);
    for ip in ips {
        let Some(Ip::V4(address)) = names::parse_ip(ip) else { continue };
        let (first, last) = RANGE;
        let why = if !(first..=last).contains(&u32::from(address)) {
            ["the provided IP (", ip, ") is not in the valid range. The range of valid IPs is 10.96.0.0/16"].concat()
        } else if held.is_some_and(|held| held.has_ip(ip)) {
            "provided IP is already allocated".to_owned()
        } else {
            continue;
        };
        let detail = ["failed to allocate IP ", ip, ": ", &why].concat();
        let value = shown::texts(ips);
        return errors.invalid(CODE, &path.field("clusterIPs"), Shown::Json(&value), &detail);
    }
}

/// The rules that hold for the fields by themselves (core/validation: ValidateServiceClusterIPsRelatedFields).
pub fn validate(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    if kind(spec) == "ExternalName" {
        return;
    }
    let at = path.field("clusterIPs");
    let ips = go::list(&spec.cluster_ips);
    let value = shown::texts(ips);
    let whole = Shown::Json(&value);
    match (go::text(&spec.cluster_ip), ips.first()) {
        ("", Some(_)) => errors.invalid(CODE, &at, whole, "must be empty when `clusterIP` is not specified"),
        ("", None) => {}
        (_, None) => errors.required(CODE, &at, ""),
        (ip, Some(first)) if ip != first => {
            errors.invalid(CODE, &at, whole, "first value must match `clusterIP`");
            errors.related(&path.field("clusterIP"));
        }
        _ => {}
    }
    families(spec, path, errors);
    let before = errors.len();
    for (i, ip) in ips.iter().enumerate() {
        if i == 0 && ip == "None" {
            if ips.len() > 1 {
                errors.invalid(CODE, &at, whole, "'None' must be the first and only value");
            }
            continue;
        }
        errors.invalid_each(CODE, &at.index(i), ip, names::ip(ip));
    }
    let broken = errors.len() > before;
    if ips.len() > 2 {
        errors.invalid(CODE, &at, whole, "may only hold up to 2 values");
    }
    if broken {
        return;
    }
    if ips.len() > 1 && ips.iter().all(|ip| family(ip) == "IPv4") | ips.iter().all(|ip| family(ip) == "IPv6") {
        errors.invalid(CODE, &at, whole, "may specify no more than one IP for each IP family");
    }
    if is_headless(spec) {
        return;
    }
    for (i, (ip, wanted)) in ips.iter().zip(go::list(&spec.ip_families)).enumerate() {
        if matches!(wanted.as_str(), "IPv4" | "IPv6") && family(ip) != wanted {
            let before = ["expected an ", wanted, " value as indicated by `ipFamilies["].concat();
            let detail = shown::with_number(&before, i64::try_from(i).unwrap_or(0), "]`");
            errors.invalid(CODE, &at.index(i), ip, &detail);
        }
    }
}

fn families(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("ipFamilies");
    let families = go::list(&spec.ip_families);
    for (i, family) in families.iter().enumerate() {
        if !matches!(family.as_str(), "IPv4" | "IPv6") {
            errors.not_supported(FAMILIES, &at.index(i), family, &["IPv4", "IPv6"]);
        }
        if families.iter().take(i).any(|other| other == family) {
            errors.duplicate(FAMILIES, &at.index(i), Shown::Named(family));
        }
    }
    const POLICIES: [&str; 3] = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    if let Some(policy) = spec.ip_family_policy.as_deref().filter(|policy| !POLICIES.contains(policy)) {
        errors.not_supported(FAMILIES, &path.field("ipFamilyPolicy"), policy, &POLICIES);
    }
}
