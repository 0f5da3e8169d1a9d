//! `kubectl expose` (kubectl: cmd/expose/expose.go).

use serde_json::{Map, Value, json};

use super::{create_and_say, labels, namespace};
use crate::api::{Kind, Object, View};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::verbs::{Read, set, submit};
use crate::kubectl::wire::compact;
use crate::kubectl::{Failure, Output, resource};

/// `expose TYPE NAME --port=N`.
pub(in crate::kubectl::verbs) fn expose(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let found = match args.get("filename") {
        Some(_) => set::local(args, read)?,
        None => resource::to_change(cluster, args, args.arguments())?,
    };
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    let output = submit::each(&objects, |object| expose_one(cluster, args, object));
    Ok(output.with_missing(&found.missing))
}

fn expose_one(cluster: &mut Cluster, args: &Args, object: &Object) -> Result<Output, Failure> {
    let value = object.to_json();
    let view = View::new(&value);
    let kind = object.kind();
    let own = match kind {
        Some(Kind::Pod) => view.at("metadata.labels"),
        Some(Kind::Service) => view.at("spec.selector"),
        // A selector that says more than what labels are is not taken over.
        Some(Kind::Deployment | Kind::ReplicaSet) if view.at("spec.selector.matchExpressions").exists() => View(None),
        Some(Kind::Deployment | Kind::ReplicaSet) => view.at("spec.selector.matchLabels"),
        _ => {
            return Err(Failure::usage(format!("cannot expose a {}", kind.map_or_else(String::new, qualified))));
        }
    };
    let selector = match args.get("selector").filter(|text| !text.is_empty()) {
        Some(_) => Value::Object(labels(args, "selector")?),
        None => own.0.cloned().unwrap_or_default(),
    };
    if selector.as_object().is_none_or(Map::is_empty) {
        let why = match kind {
            Some(Kind::Service) => "the service has no pod selector set",
            Some(Kind::Deployment) => "invalid deployment: no selectors, therefore cannot be exposed",
            Some(Kind::ReplicaSet) => "invalid replicaset: no selectors, therefore cannot be exposed",
            _ => "the pod has no labels and cannot be exposed",
        };
        return Err(Failure::usage(format!("couldn't retrieve selectors via --selector flag or introspection: {why}")));
    }
    let spec = View(set::pod_spec(kind).and_then(|place| value.pointer(place)));
    let own = own_ports(kind, view, spec);
    let number = |port: &str| {
        port.parse().map_err(|_| Failure::usage(format!("strconv.Atoi: parsing {port:?}: invalid syntax")))
    };
    let asked: Vec<i64> = match args.get("port").filter(|text| !text.is_empty()) {
        Some(ports) => ports.split(',').map(number).collect::<Result<_, _>>()?,
        None => own.iter().map(|(port, _)| *port).collect(),
    };
    if asked.is_empty() {
        return Err(Failure::usage("couldn't find port via --port flag or introspection"));
    }
    let several = asked.len() > 1;
    // As it was typed; else that of the object's own port, of which the last one of a number counts.
    let protocol = |port: i64| match args.get("protocol").filter(|text| !text.is_empty()) {
        Some(protocol) => protocol.to_owned(),
        None => own.iter().rev().find(|(own, _)| *own == port).map_or_else(|| "TCP".to_owned(), |(_, it)| it.clone()),
    };
    let ports: Vec<Value> = asked
        .iter()
        .enumerate()
        .map(|(number, port)| {
            let target = args
                .get("target-port")
                .map_or(json!(port), |target| target.parse::<i64>().map_or(json!(target), |it| json!(it)));
            let name = if several { json!(format!("port-{}", number + 1)) } else { Value::Null };
            compact(vec![
                ("name", name),
                ("port", json!(port)),
                ("protocol", json!(protocol(*port))),
                ("targetPort", target),
            ])
        })
        .collect();
    if let Some(odd) = args.get("session-affinity").filter(|text| !matches!(*text, "" | "None" | "ClientIP")) {
        return Err(Failure::usage(format!("unknown session affinity: {odd}")));
    }
    let text = |flag: &str| args.get(flag).map_or(Value::Null, |text| json!(text));
    let spec = compact(vec![
        ("ports", json!(ports)),
        ("selector", selector),
        ("type", text("type")),
        ("clusterIP", text("cluster-ip")),
        (
            "loadBalancerIP",
            if args.get("type") == Some("LoadBalancer") { text("load-balancer-ip") } else { Value::Null },
        ),
        ("externalIPs", args.get("external-ip").map_or(Value::Null, |ip| json!([ip]))),
        ("sessionAffinity", text("session-affinity")),
    ]);
    let labels = match args.get("labels").filter(|text| !text.is_empty()) {
        Some(_) => Value::Object(labels(args, "labels")?),
        None => view.at("metadata.labels").0.cloned().unwrap_or_default(),
    };
    let name = args.get("name").unwrap_or(object.name());
    let metadata = compact(vec![("name", json!(name)), ("labels", labels), ("namespace", namespace(args, object)?)]);
    let mut value = json!({"metadata": metadata, "spec": spec});
    super::run::overridden(args, &mut value)?;
    create_and_say(cluster, args, Kind::Service, value, "exposed")
}

/// The ports that an object has itself, each with its protocol (kubectl: polymorphichelpers/portsforobject.go,
/// protocolsforobject.go).
fn own_ports(kind: Option<Kind>, object: View<'_>, spec: View<'_>) -> Vec<(i64, String)> {
    let port = |port: View<'_>, name: &str| (port.at(name).int(), port.at("protocol").or("TCP"));
    if kind == Some(Kind::Service) {
        return object.at("spec.ports").items().map(|it| port(it, "port")).collect();
    }
    let ports = spec.at("containers").items().flat_map(|container| container.at("ports").items());
    ports.map(|it| port(it, "containerPort")).collect()
}

/// A kind with its group: `StatefulSet.apps`.
fn qualified(kind: Kind) -> String {
    if kind.group().is_empty() { kind.name().to_owned() } else { format!("{}.{}", kind.name(), kind.group()) }
}
