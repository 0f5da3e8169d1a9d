//! Rules on Endpoints and EndpointSlices (kubernetes: pkg/apis/core/validation/validation.go validateEndpointSubsets,
//! pkg/apis/discovery/validation/validation.go, 1.36).

use super::{one_of, required};
use crate::api::{Path, View};
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{addresses, names};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// `endpoints/subset`: a subset has addresses, of hosts that others can reach, and ports, which have names where there
/// are several.
///
/// Bad:
/// ```yaml
/// kind: Endpoints
/// subsets: [{addresses: [{ip: 127.0.0.1}], ports: [{port: 80}]}]
/// ```
/// Good:
/// ```yaml
/// kind: Endpoints
/// subsets: [{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]
/// ```
pub fn endpoints(subsets: View<'_>, errors: &mut Errors) {
    const CODE: &str = "endpoints/subset";
    let list = Path::ROOT.field("subsets");
    for (i, subset) in subsets.items().enumerate() {
        let path = list.index(i);
        let count = |field: &str| subset.at(field).items().len();
        if count("addresses") + count("notReadyAddresses") == 0 {
            errors.required(CODE, &path, "must specify `addresses` or `notReadyAddresses`");
        }
        for field in ["addresses", "notReadyAddresses"] {
            let list = path.field(field);
            for (j, address) in subset.at(field).items().enumerate() {
                let at = list.index(j);
                let ip = address.at("ip").str();
                errors.invalid_each(CODE, &at.field("ip"), ip, names::ip(ip));
                let (host, node) = (address.at("hostname").str(), address.at("nodeName"));
                if !host.is_empty() {
                    errors.invalid_each(CODE, &at.field("hostname"), host, names::dns1123_label(host));
                }
                if node.exists() {
                    let faults = names::dns1123_subdomain(node.str());
                    errors.invalid_each(CODE, &at.field("nodeName"), node.str(), faults);
                }
                errors.invalid_each(CODE, &at.field("ip"), ip, addresses::special(ip));
            }
        }
        let list = path.field("ports");
        for (j, port) in subset.at("ports").items().enumerate() {
            let at = list.index(j);
            let name = port.at("name").str();
            match name.is_empty() {
                true if count("ports") > 1 => errors.required(CODE, &at.field("name"), ""),
                true => {}
                false => errors.invalid_each(CODE, &at.field("name"), name, names::dns1123_label(name)),
            }
            for fault in names::port_number(port.at("port").int()) {
                errors.invalid(CODE, &at.field("port"), port.at("port").int(), fault);
            }
            protocol(CODE, port, &at, errors);
        }
    }
}

fn protocol(code: &'static str, port: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    if !port.at("protocol").str().is_empty() {
        one_of(code, port.at("protocol"), &PROTOCOLS, &path.field("protocol"), errors);
    }
    let application = port.at("appProtocol");
    if application.exists() {
        let faults = names::qualified_name(application.str());
        errors.invalid_each(code, &path.field("appProtocol"), application.str(), faults);
    }
}

/// `endpoints/slice`: a slice says of what sort its addresses are, each endpoint has one, and ports are told apart by
/// their names.
///
/// Bad:
/// ```yaml
/// kind: EndpointSlice
/// addressType: IP
/// ```
/// Good:
/// ```yaml
/// kind: EndpointSlice
/// addressType: IPv4
/// ```
pub fn slice(object: View<'_>, errors: &mut Errors) {
    const CODE: &str = "endpoints/slice";
    let at = Path::ROOT.field("addressType");
    if required(CODE, object.at("addressType"), &at, errors) {
        one_of(CODE, object.at("addressType"), &["FQDN", "IPv4", "IPv6"], &at, errors);
    }
    let list = Path::ROOT.field("endpoints");
    if object.at("endpoints").items().len() > 1000 {
        errors.too_many(CODE, &list, object.at("endpoints").items().len(), 1000);
    }
    for (i, endpoint) in object.at("endpoints").items().enumerate() {
        let path = list.index(i);
        if endpoint.at("addresses").items().len() == 0 {
            errors.required(CODE, &path.field("addresses"), "must contain at least 1 address");
        }
        let host = endpoint.at("hostname");
        if host.exists() {
            errors.invalid_each(CODE, &path.field("hostname"), host.str(), names::dns1123_label(host.str()));
        }
    }
    let list = Path::ROOT.field("ports");
    let known: Vec<&str> = object.at("ports").items().map(|port| port.at("name").str()).collect();
    for (i, port) in object.at("ports").items().enumerate() {
        let path = list.index(i);
        let (name, at) = (known.get(i).copied().unwrap_or_default(), path.field("name"));
        if !name.is_empty() {
            errors.invalid_each(CODE, &at, name, names::dns1123_label(name));
        }
        if known.iter().take(i).any(|earlier| *earlier == name) {
            errors.duplicate(CODE, &at, name);
        }
        protocol(CODE, port, &path, errors);
    }
}
