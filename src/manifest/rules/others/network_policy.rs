//! Rules on NetworkPolicies (kubernetes: pkg/apis/networking/validation/validation.go, 1.36).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::json::from_json;

use super::{json, number, one_of};
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{addresses, names, selectors};

/// Every rule of a NetworkPolicy but those of its metadata.
pub fn validate(object: View<'_>, errors: &mut Errors) {
    let spec = object.at("spec");
    let path = Path::ROOT.field("spec");
    selector(spec.at("podSelector"), &path.field("podSelector"), errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let at = path.field(direction);
        for (i, rule) in spec.at(direction).items().enumerate() {
            let at = at.index(i);
            let ports = at.field("ports");
            for (j, entry) in rule.at("ports").items().enumerate() {
                port(entry, &ports.index(j), errors);
            }
            let list = at.field(peers);
            for (j, entry) in rule.at(peers).items().enumerate() {
                peer(entry, &list.index(j), errors);
            }
        }
    }
    types(spec.at("policyTypes"), &path.field("policyTypes"), errors);
}

/// A label selector, if there is one.
pub(super) fn selector(view: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(selector) = view.0.and_then(|value| from_json::<LabelSelector>(value.clone()).ok()) {
        selectors::validate(Some(&selector), path, errors);
    }
}

/// `network-policy/port`: a port is a number or a name, and a range of ports begins with a number and does not end
/// before it.
///
/// Bad:
/// ```yaml
/// kind: NetworkPolicy
/// spec: {ingress: [{ports: [{port: 8080, endPort: 80}]}]}
/// ```
/// Good:
/// ```yaml
/// kind: NetworkPolicy
/// spec: {ingress: [{ports: [{port: 80, endPort: 8080}]}]}
/// ```
fn port(entry: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "network-policy/port";
    one_of(CODE, entry.at("protocol"), &["TCP", "UDP", "SCTP"], &path.field("protocol"), errors);
    let (port, end) = (entry.at("port"), number(entry.at("endPort")));
    let (at, at_end) = (path.field("port"), path.field("endPort"));
    let named = port.0.is_some_and(serde_json::Value::is_string);
    match (port.exists(), named, end) {
        (false, _, Some(end)) => {
            errors.invalid(CODE, &at_end, end, "may not be specified when `port` is not specified");
        }
        (false, _, None) => {}
        (_, true, end) => {
            if let Some(end) = end {
                errors.invalid(CODE, &at_end, end, "may not be specified when `port` is non-numeric");
            }
            errors.invalid_each(CODE, &at, port.str(), names::port_name(port.str()));
        }
        (_, false, end) => {
            for fault in names::port_number(port.int()) {
                errors.invalid(CODE, &at, port.int(), fault);
            }
            if let Some(end) = end {
                if end < port.int() {
                    errors.invalid(CODE, &at_end, end, "must be greater than or equal to `port`");
                    errors.related(&at);
                }
                for fault in names::port_number(end) {
                    errors.invalid(CODE, &at_end, end, fault);
                }
            }
        }
    }
}

/// `network-policy/peer`: a peer is chosen by labels or by addresses, and not by both.
///
/// Bad:
/// ```yaml
/// kind: NetworkPolicy
/// spec: {ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}
/// ```
/// Good:
/// ```yaml
/// kind: NetworkPolicy
/// spec: {ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8}}]}]}
/// ```
fn peer(entry: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "network-policy/peer";
    let (pods, namespaces, block) = (entry.at("podSelector"), entry.at("namespaceSelector"), entry.at("ipBlock"));
    selector(pods, &path.field("podSelector"), errors);
    selector(namespaces, &path.field("namespaceSelector"), errors);
    if block.exists() {
        ip_block(block, &path.field("ipBlock"), errors);
    }
    match (pods.exists() || namespaces.exists(), block.exists()) {
        (false, false) => errors.required(CODE, path, "must specify a peer"),
        (true, true) => errors.forbidden(CODE, path, "may not specify both ipBlock and another peer"),
        _ => {}
    }
}

/// `network-policy/ip-block`: a block is a range of addresses, and what is excepted lies in it.
///
/// Bad:
/// ```yaml
/// kind: NetworkPolicy
/// spec: {egress: [{to: [{ipBlock: {cidr: 10.1.0.0/16, except: [10.2.0.0/24]}}]}]}
/// ```
/// Good:
/// ```yaml
/// kind: NetworkPolicy
/// spec: {egress: [{to: [{ipBlock: {cidr: 10.1.0.0/16, except: [10.1.2.0/24]}}]}]}
/// ```
fn ip_block(block: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "network-policy/ip-block";
    let (cidr, at) = (block.at("cidr").str(), path.field("cidr"));
    if cidr.is_empty() {
        return errors.required(CODE, &at, "");
    }
    errors.invalid_each(CODE, &at, cidr, addresses::cidr(cidr));
    let Some(whole) = addresses::range(cidr) else { return };
    let list = path.field("except");
    for (i, except) in block.at("except").items().enumerate() {
        let (text, place) = (except.str(), list.index(i));
        errors.invalid_each(CODE, &place, text, addresses::cidr(text));
        let Some(part) = addresses::range(text) else { continue };
        if !addresses::is_strictly_within(part, whole) {
            errors.invalid(CODE, &place, text, "must be a strict subset of `cidr`");
            errors.related(&at);
        }
    }
}

/// `network-policy/types`: a policy speaks of `Ingress`, of `Egress` or of both.
///
/// Bad:
/// ```yaml
/// kind: NetworkPolicy
/// spec: {policyTypes: [Inbound]}
/// ```
/// Good:
/// ```yaml
/// kind: NetworkPolicy
/// spec: {policyTypes: [Ingress]}
/// ```
fn types(types: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "network-policy/types";
    if types.items().len() > 2 {
        return errors.invalid(CODE, path, Shown::Json(&json(types)), "may not specify more than two policyTypes");
    }
    for (i, kind) in types.items().enumerate() {
        one_of(CODE, kind, &["Ingress", "Egress"], &path.index(i), errors);
    }
}
