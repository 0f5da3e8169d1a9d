//! What of a Service may change (kubernetes: pkg/apis/core/validation/validation.go ValidateServiceUpdate, 1.36).

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use super::metadata;
use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::service::{is_headless, kind};
use crate::manifest::rules::service_held::Held;
use crate::manifest::rules::{go, service as rules, service_addresses, service_ports, shown};

/// `update/service-address`: a Service keeps its addresses.
///
/// Clients and the rules on every node know it by them. From and to `ExternalName` everything may change.
const CODE: &str = "update/service-address";
const UNCHANGED: &str = "may not change once set";

/// What is settled before the rules are looked at, and told alone
/// (pkg/registry/core/service/storage/storage.go beginUpdate).
pub(super) fn begin(old: &Service, new: &Service, errors: &mut Errors) {
    let (Some(before), Some(mut after)) = (&old.spec, new.spec.clone()) else { return };
    if kind(&after) == "ExternalName" {
        return;
    }
    // What other Services have is not known here.
    let held = Held::default();
    match kind(before) == "ExternalName" {
        true => service_addresses::settle(&mut after, Some(&held), errors),
        false => service_addresses::settle_families(&mut after, Some(before), errors),
    }
    if errors.is_empty() {
        service_ports::allocate(&mut after, Some(&held), errors);
    }
}

/// `update/service-health`: the port at which a load balancer asks for health stays what it was.
///
/// The balancer outside was told of it once; it would go on asking at the old one.
fn health(before: &ServiceSpec, after: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    let asked = |spec: &ServiceSpec| kind(spec) == "LoadBalancer" && go::text(&spec.external_traffic_policy) == "Local";
    if asked(before) && asked(after) && before.health_check_node_port != after.health_check_node_port {
        errors.forbidden("update/service-health", &path.field("healthCheckNodePort"), "field is immutable");
    }
}

/// Every rule of the update of a Service.
pub(super) fn validate(old: &Service, new: &Service, errors: &mut Errors) {
    metadata::update(&old.metadata, &new.metadata, errors);
    let (Some(before), Some(after)) = (&old.spec, &new.spec) else { return };
    let path = Path::ROOT.field("spec");
    if kind(before) != "ExternalName" && kind(after) != "ExternalName" {
        cluster_ips(before, after, &path, errors);
        families(before, after, &path, errors);
    }
    load_balancer_class(before, after, &path, errors);
    health(before, after, &path, errors);
    rules::rules(new, after, errors);
}

fn cluster_ips(old: &ServiceSpec, new: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    if is_headless(old) && is_headless(new) {
        return;
    }
    let (before, after) = (go::list(&old.cluster_ips), go::list(&new.cluster_ips));
    let at = path.field("clusterIPs");
    let value = if after.is_empty() { "null".to_owned() } else { shown::texts(after) };
    let mut complain = |i: usize, detail: &str| errors.invalid(CODE, &at.index(i), Shown::Json(&value), detail);
    if before.len() == after.len() {
        for (i, _) in before.iter().zip(after).enumerate().filter(|(_, (before, after))| before != after) {
            complain(i, UNCHANGED);
        }
        return;
    }
    if before.len() > after.len() && after.is_empty() {
        complain(0, "primary clusterIP can not be unset");
    }
    if let (Some(before), Some(after)) = (before.first(), after.first())
        && before != after
    {
        complain(0, UNCHANGED);
    }
    if before.len() > after.len() && after.len() == 1 {
        released(new, "clusterIP", path, errors);
    }
}

fn families(old: &ServiceSpec, new: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    if is_headless(old) || is_headless(new) {
        return;
    }
    let (before, after) = (go::list(&old.ip_families), go::list(&new.ip_families));
    let at = path.field("ipFamilies");
    let list = |texts: &[String]| if texts.is_empty() { "null".to_owned() } else { shown::texts(texts) };
    if before.len() == after.len() {
        for _ in before.iter().zip(after).filter(|(before, after)| before != after) {
            errors.invalid(CODE, &at.index(0), Shown::Json(&list(after)), UNCHANGED);
        }
        return;
    }
    let addresses = go::list(&new.cluster_ips);
    if before.len() > after.len() && addresses.is_empty() {
        errors.invalid(CODE, &at.index(0), Shown::Json(&list(after)), "primary ipFamily can not be unset");
    }
    if let (Some(before), Some(after)) = (before.first(), after.first())
        && before != after
    {
        // The server shows the addresses here.
        errors.invalid(CODE, &at.index(0), Shown::Json(&list(addresses)), UNCHANGED);
    }
    if before.len() > after.len() && after.len() == 1 {
        released(new, "ipFamily", path, errors);
    }
}

/// Giving the second address up has to be said.
fn released(new: &ServiceSpec, what: &str, path: &Path<'_>, errors: &mut Errors) {
    let policy = new.ip_family_policy.as_deref();
    if policy != Some("SingleStack") {
        let value = policy.map_or_else(|| "null".to_owned(), |policy| format!("\"{policy}\""));
        let detail = ["must be set to 'SingleStack' when releasing the secondary ", what].concat();
        errors.invalid(CODE, &path.field("ipFamilyPolicy"), Shown::Json(&value), &detail);
    }
}

/// `update/load-balancer-class`: a load balancer stays with the implementation that made it.
fn load_balancer_class(old: &ServiceSpec, new: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    let balanced = kind(old) == "LoadBalancer" && kind(new) == "LoadBalancer";
    if balanced && old.load_balancer_class != new.load_balancer_class {
        let class = new.load_balancer_class.as_ref();
        let value = class.map_or_else(|| "null".to_owned(), |class| format!("\"{class}\""));
        let at = path.field("loadBalancerClass");
        errors.invalid("update/load-balancer-class", &at, Shown::Json(&value), UNCHANGED);
    }
    rules::load_balancer_class(new, path, errors);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::api::{Kind, Object, admission, defaults};
    use crate::manifest::update;

    /// What is said when the spec of a plain Service becomes another one.
    fn changed(spec: Value) -> String {
        let object = |mut spec: Value| {
            spec["ports"] = spec.get("ports").cloned().unwrap_or_else(|| json!([{"port": 80}]));
            let value = json!({"metadata": {"name": "u", "namespace": "default"}, "spec": spec});
            Object::from_json(Kind::Service, value).unwrap()
        };
        let mut old = object(json!({"clusterIP": "10.96.1.1"}));
        defaults::apply(&mut old);
        let creation = admission::Creation {
            uid: String::new(),
            time: None,
            name_suffix: String::new(),
            volume_suffix: String::new(),
        };
        admission::apply(&mut old, &creation);
        let found = update::update(&old, &object(spec));
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_second_family_needs_a_cluster_that_has_it() {
        assert_eq!(changed(json!({"ipFamilyPolicy": "PreferDualStack"})), "");
        assert_eq!(
            changed(json!({"ipFamilyPolicy": "RequireDualStack"})),
            "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services"
        );
        let families = json!(["IPv4", "IPv6"]);
        assert_eq!(
            changed(json!({"ipFamilies": families})),
            "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"
        );
        assert_eq!(
            changed(json!({"ipFamilies": families, "ipFamilyPolicy": "PreferDualStack"})),
            "spec.ipFamilies[1]: Invalid value: \"IPv6\": not configured on this cluster"
        );
    }

    #[test]
    fn a_node_port_lies_in_the_range() {
        let port = |number: i32| json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": number}]});
        assert_eq!(changed(port(30_080)), "");
        assert_eq!(
            changed(port(80)),
            "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767"
        );
    }
}
