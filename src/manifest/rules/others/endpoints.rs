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
    let count = object.at("endpoints").items().len();
    if count > 1000 {
        errors.too_many(CODE, &list, count, 1000);
    }
    for (i, endpoint) in object.at("endpoints").items().enumerate().filter(|_| count <= 1000) {
        let path = list.index(i);
        let at = path.field("addresses");
        match endpoint.at("addresses").items().len() {
            0 => errors.required(CODE, &at, "must contain at least 1 address"),
            count if count > 100 => errors.too_many(CODE, &at, count, 100),
            _ => {}
        }
        for (j, address) in endpoint.at("addresses").items().enumerate() {
            slice_address(object.at("addressType").str(), address.str(), &at.index(j), errors);
        }
        let node = endpoint.at("nodeName");
        if node.exists() {
            errors.invalid_each(CODE, &path.field("nodeName"), node.str(), names::dns1123_subdomain(node.str()));
        }
        let host = endpoint.at("hostname");
        if host.exists() {
            errors.invalid_each(CODE, &path.field("hostname"), host.str(), names::dns1123_label(host.str()));
        }
    }
    let list = Path::ROOT.field("ports");
    let count = object.at("ports").items().len();
    if count > 20_000 {
        return errors.too_many(CODE, &list, count, 20_000);
    }
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

/// `endpoints/address`: an address of a slice is of the slice's sort, and of a host that others can reach.
///
/// Bad:
/// ```yaml
/// kind: EndpointSlice
/// addressType: IPv4
/// endpoints: [{addresses: [127.0.0.1]}]
/// ```
/// Good:
/// ```yaml
/// kind: EndpointSlice
/// addressType: IPv4
/// endpoints: [{addresses: [192.0.2.1]}]
/// ```
fn slice_address(kind: &str, address: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "endpoints/address";
    match kind {
        "IPv4" | "IPv6" => {
            let faults = names::ip(address);
            if !faults.is_empty() {
                return errors.invalid_each(CODE, path, address, faults);
            }
            if address.contains(':') != (kind == "IPv6") {
                errors.invalid(CODE, path, address, &["must be an ", kind, " address"].concat());
            }
            errors.invalid_each(CODE, path, address, addresses::special(address));
        }
        "FQDN" => domain(address, path, errors),
        _ => {}
    }
}

/// A name of at least two labels (apimachinery: util/validation IsFullyQualifiedDomainName).
fn domain(address: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "endpoints/address";
    if address.is_empty() {
        return errors.required(CODE, path, "");
    }
    let name = address.strip_suffix('.').unwrap_or(address);
    let faults = names::dns1123_subdomain(name);
    if !faults.is_empty() {
        return errors.invalid(CODE, path, name, &faults.join(","));
    }
    if !name.contains('.') {
        let detail = "should be a domain with at least two segments separated by dots";
        return errors.invalid(CODE, path, name, detail);
    }
    for label in name.split('.') {
        let faults = names::dns1123_label(label);
        if !faults.is_empty() {
            errors.invalid(CODE, path, label, &faults.join(","));
        }
    }
}
