//! Rules on the addresses of Services as objects (kubernetes: pkg/apis/networking/validation/validation.go
//! ValidateIPAddress, ValidateServiceCIDR, 1.36).

use super::{json, required};
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{addresses, names};

/// `service/ip-address`: an IPAddress is named after its address and says whose it is.
///
/// Bad:
/// ```yaml
/// kind: IPAddress
/// metadata: {name: 10.96.0.7}
/// spec: {}
/// ```
/// Good:
/// ```yaml
/// kind: IPAddress
/// metadata: {name: 10.96.0.7}
/// spec: {parentRef: {resource: services, namespace: default, name: web}}
/// ```
pub fn address(parent: View<'_>, errors: &mut Errors) {
    const CODE: &str = "service/ip-address";
    let spec = Path::ROOT.field("spec");
    let path = spec.field("parentRef");
    if !parent.exists() {
        return errors.required(CODE, &path, "");
    }
    let group = parent.at("group").str();
    if !group.is_empty() {
        errors.invalid_each(CODE, &path.field("group"), group, names::dns1123_subdomain(group));
    }
    for field in ["resource", "name"] {
        let text = parent.at(field);
        if required(CODE, text, &path.field(field), errors) {
            errors.invalid_each(CODE, &path.field(field), text.str(), names::path_segment(text.str()));
        }
    }
    let namespace = parent.at("namespace").str();
    if !namespace.is_empty() {
        errors.invalid_each(CODE, &path.field("namespace"), namespace, names::path_segment(namespace));
    }
}

/// `service/cidr`: a ServiceCIDR has a range of addresses, or one of each family.
///
/// Bad:
/// ```yaml
/// kind: ServiceCIDR
/// spec: {cidrs: [10.96.0.1/16]}
/// ```
/// Good:
/// ```yaml
/// kind: ServiceCIDR
/// spec: {cidrs: [10.96.0.0/16]}
/// ```
pub fn ranges(cidrs: View<'_>, errors: &mut Errors) {
    const CODE: &str = "service/cidr";
    let spec = Path::ROOT.field("spec");
    let path = spec.field("cidrs");
    let texts: Vec<&str> = cidrs.items().map(View::str).collect();
    if texts.is_empty() {
        return errors.required(CODE, &path, "at least one CIDR required");
    }
    for (i, text) in texts.iter().enumerate() {
        errors.invalid_each(CODE, &path.index(i), text, addresses::cidr(text));
    }
    if let [first, second] = texts.as_slice()
        && let (Some(first), Some(second)) = (addresses::range(first), addresses::range(second))
        && first.2 == second.2
    {
        let detail = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
        errors.invalid(CODE, &path, Shown::Json(&json(cidrs)), detail);
    }
}
