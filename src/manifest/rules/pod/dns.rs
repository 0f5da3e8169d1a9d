//! Rules on `dnsPolicy`, `dnsConfig` and `hostAliases`.

use k8s_openapi::api::core::v1::{HostAlias, PodDNSConfig, PodSpec};

use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::metadata::string_list_json;
use crate::manifest::rules::{go, names};

const MAX_SERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_BYTES: usize = 2048;

/// `dns/policy`: `dnsPolicy` is one of four words.
///
/// Bad:
/// ```yaml
/// spec: {dnsPolicy: Cluster}
/// ```
/// Good:
/// ```yaml
/// spec: {dnsPolicy: ClusterFirst}
/// ```
pub fn policy(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "dns/policy";
    let known = &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    let at = path.field("dnsPolicy");
    match go::text(&spec.dns_policy) {
        "" => errors.required(CODE, &at, ""),
        policy if known.contains(&policy) => {}
        other => errors.not_supported(CODE, &at, other, known),
    }
}

/// `dns/none`: with `dnsPolicy: None` the name servers are given by hand.
///
/// Bad:
/// ```yaml
/// spec: {dnsPolicy: None}
/// ```
/// Good:
/// ```yaml
/// spec: {dnsPolicy: None, dnsConfig: {nameservers: [1.1.1.1]}}
/// ```
fn none(config: Option<&PodDNSConfig>, path: &Path<'_>, errors: &mut Errors) -> bool {
    const CODE: &str = "dns/none";
    match config {
        None => errors.required(CODE, path, "must provide `dnsConfig` when `dnsPolicy` is None"),
        Some(config) if go::list(&config.nameservers).is_empty() => {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            errors.required(CODE, &path.field("nameservers"), detail);
        }
        Some(_) => return true,
    }
    false
}

/// Every rule of `dnsConfig`; `path` is its place.
pub fn config(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let config = spec.dns_config.as_deref();
    if go::text(&spec.dns_policy) == "None" && !none(config, path, errors) {
        return;
    }
    let Some(config) = config else { return };
    servers(config, &path.field("nameservers"), errors);
    searches(config, &path.field("searches"), errors);
    options(config, &path.field("options"), errors);
}

/// `dns/nameservers`: at most three name servers, each an IP address.
///
/// The resolver of the C library reads no more than three.
///
/// Bad:
/// ```yaml
/// spec: {dnsConfig: {nameservers: [dns.example.com]}}
/// ```
/// Good:
/// ```yaml
/// spec: {dnsConfig: {nameservers: [1.1.1.1]}}
/// ```
fn servers(config: &PodDNSConfig, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "dns/nameservers";
    let servers = go::list(&config.nameservers);
    if servers.len() > MAX_SERVERS {
        let shown = string_list_json(servers);
        errors.invalid(CODE, path, Shown::Json(&shown), "must not have more than 3 nameservers");
    }
    for (i, server) in servers.iter().enumerate() {
        errors.invalid_each(CODE, &path.index(i), server, names::ip(server));
    }
}

/// `dns/searches`: at most 32 search domains and 2048 characters, each a DNS name.
///
/// Bad:
/// ```yaml
/// spec: {dnsConfig: {searches: ["my domain"]}}
/// ```
/// Good:
/// ```yaml
/// spec: {dnsConfig: {searches: [my.domain]}}
/// ```
fn searches(config: &PodDNSConfig, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "dns/searches";
    let searches = go::list(&config.searches);
    let mut too_much = |detail: &str| errors.invalid(CODE, path, Shown::Json(&string_list_json(searches)), detail);
    if searches.len() > MAX_SEARCHES {
        too_much("must not have more than 32 search paths");
    }
    let blanks = searches.len().saturating_sub(1);
    if searches.iter().map(String::len).sum::<usize>() + blanks > MAX_SEARCH_BYTES {
        too_much("must not have more than 2048 characters (including spaces) in the search list");
    }
    for (i, search) in searches.iter().enumerate().filter(|(_, search)| *search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        errors.invalid_each(CODE, &path.index(i), search, names::dns_search(search));
    }
}

/// `dns/options`: a resolver option has a name.
///
/// Bad:
/// ```yaml
/// spec: {dnsConfig: {options: [{value: "2"}]}}
/// ```
/// Good:
/// ```yaml
/// spec: {dnsConfig: {options: [{name: ndots, value: "2"}]}}
/// ```
fn options(config: &PodDNSConfig, path: &Path<'_>, errors: &mut Errors) {
    for (i, option) in go::list(&config.options).iter().enumerate() {
        if go::text(&option.name).is_empty() {
            errors.required("dns/options", &path.index(i), "must not be empty");
        }
    }
}

/// `dns/host-aliases`: an entry of the hosts file has an IP address and good host names.
///
/// Bad:
/// ```yaml
/// spec: {hostAliases: [{ip: 1.2.3, hostnames: [db]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {hostAliases: [{ip: 1.2.3.4, hostnames: [db]}]}
/// ```
pub fn host_aliases(aliases: &[HostAlias], path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "dns/host-aliases";
    for (i, alias) in aliases.iter().enumerate() {
        let at = path.index(i);
        errors.invalid_each(CODE, &at.field("ip"), &alias.ip, names::ip(&alias.ip));
        let names_at = at.field("hostnames");
        for (j, name) in go::list(&alias.hostnames).iter().enumerate() {
            errors.invalid_each(CODE, &names_at.index(j), name, names::dns1123_subdomain(name));
        }
    }
}
