//! Warnings on ports that are given twice.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{ContainerPort, PodSpec};

use crate::api::containers::is_sidecar;
use crate::api::{FieldPath, Path};
use crate::manifest::rules::errors::{Errors, push_go_quoted};
use crate::manifest::rules::go;
use crate::manifest::rules::pod::each_container;

/// `port/definition`: the same port and protocol is listed again, or `hostIP` stands without `hostPort`.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 80}, {name: x, containerPort: 80}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{ports: [{containerPort: 80}, {name: x, containerPort: 81}]}]}
/// ```
///
/// The containers of a Pod share one network: at run time the second one that listens on the port fails with "address
/// already in use".
pub fn definitions(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "port/definition";
    let mut seen: Vec<(ContainerPort, FieldPath)> = Vec::new();
    each_container(spec, path, &mut |container, at| {
        let ports = at.field("ports");
        for (i, port) in go::list(&container.ports).iter().enumerate() {
            let at = ports.index(i);
            let host = port.host_port.unwrap_or(0);
            let address = go::text(&port.host_ip);
            if !address.is_empty() && host == 0 {
                let text = ["hostIP set without hostPort: ", &shown(port)].concat();
                errors.warning(CODE, &at, &text, true);
            }
            let same = |other: &&(ContainerPort, FieldPath)| {
                other.0.container_port == port.container_port && other.0.protocol == port.protocol
            };
            for (other, other_at) in seen.iter().filter(same) {
                let other_host = other.host_port.unwrap_or(0);
                let other_address = go::text(&other.host_ip);
                let text = if address == other_address && host == other_host {
                    "duplicate port definition with "
                } else if host == 0 || other_host == 0 {
                    "overlapping port definition with "
                } else if host == other_host && address.is_empty() != other_address.is_empty() {
                    "dangerously ambiguous port definition with "
                } else {
                    continue;
                };
                errors.warning(CODE, &at, &[text, &other_at.to_string()].concat(), true);
                errors.related_owned(other_at.clone());
            }
            seen.push((port.clone(), at.to_owned()));
        }
    });
}

/// A port as Go prints the struct with `%+v`.
fn shown(port: &ContainerPort) -> String {
    [
        "{Name:",
        go::text(&port.name),
        " HostPort:",
        &port.host_port.unwrap_or(0).to_string(),
        " ContainerPort:",
        &port.container_port.to_string(),
        " Protocol:",
        go::text(&port.protocol),
        " HostIP:",
        go::text(&port.host_ip),
        "}",
    ]
    .concat()
}

/// `port/name-in-two-containers`: two containers have a port of the same name.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{ports: [{name: http, containerPort: 80}]}, {name: b, image: b, ports: [{name: http, containerPort: 81}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{ports: [{name: http, containerPort: 80}]}, {name: b, image: b, ports: [{name: metrics, containerPort: 81}]}]}
/// ```
///
/// A Service that names the port reaches only the first.
pub fn names(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let mut seen: BTreeMap<String, FieldPath> = BTreeMap::new();
    let init = go::list(&spec.init_containers);
    each_container(spec, path, &mut |container, at| {
        // Init containers that run to their end serve nobody; of equal names the address tells which list it is in.
        let ends = init.iter().any(|each| std::ptr::eq(each, container)) && !is_sidecar(container);
        if ends {
            return;
        }
        let ports = at.field("ports");
        for (i, port) in go::list(&container.ports).iter().enumerate() {
            let name = go::text(&port.name);
            if name.is_empty() {
                continue;
            }
            let at = ports.index(i);
            let Some(first) = seen.get(name) else {
                seen.insert(name.to_owned(), at.to_owned());
                continue;
            };
            let place = first.to_string();
            let mut text = String::from("duplicate port name ");
            push_go_quoted(&mut text, name);
            text.push_str(" with ");
            text.push_str(&place);
            text.push_str(", services and probes that select ports by name will use ");
            text.push_str(&place);
            errors.warning("port/name-in-two-containers", &at, &text, true);
            errors.related_owned(first.clone());
        }
    });
}
