//! `kubectl create service` (kubectl: cmd/create/create_service.go).

use serde_json::{Value, json};

use crate::kubectl::Failure;
use crate::kubectl::args::Args;
use crate::kubectl::wire::compact;

/// The type of the Service that the subcommand makes.
pub(super) fn kind(args: &Args) -> &'static str {
    match args.command {
        "create_service_nodeport" => "NodePort",
        "create_service_loadbalancer" => "LoadBalancer",
        "create_service_externalname" => "ExternalName",
        _ => "ClusterIP",
    }
}

/// The Service that the flags ask for.
pub(super) fn value(args: &Args, name: &str) -> Result<Value, Failure> {
    let mut ports = Vec::new();
    let kind = kind(args);
    for tcp in args.all("tcp").flat_map(|tcp| tcp.split(',')) {
        let (number, target) = port(tcp)?;
        let mut entry = json!({"name": tcp.replace(':', "-"), "port": number, "protocol": "TCP", "targetPort": target});
        if let Some(node) = args.number("node-port")?.filter(|port| *port != 0) {
            entry["nodePort"] = json!(node);
        }
        ports.push(entry);
    }
    let headless = kind == "ClusterIP" && args.get("clusterip") == Some("None");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        return Err(Failure::usage("at least one tcp port specifier must be provided"));
    }
    let external = args.get("external-name");
    if let Some(odd) = external.filter(|name| !is_subdomain(name)) {
        return Err(Failure::usage(format!("invalid service external name {odd}")));
    }
    let spec = compact(vec![
        ("type", json!(kind)),
        ("selector", json!({"app": name})),
        ("ports", if ports.is_empty() { Value::Null } else { json!(ports) }),
        ("externalName", external.map_or(Value::Null, |name| json!(name))),
        ("clusterIP", args.get("clusterip").map_or(Value::Null, |ip| json!(ip))),
    ]);
    Ok(json!({"metadata": {"name": name, "labels": {"app": name}}, "spec": spec}))
}

/// `80` or `80:8080` or `80:http`; what follows a second colon is not looked at.
fn port(tcp: &str) -> Result<(u16, Value), Failure> {
    let mut parts = tcp.split(':');
    let (port, target) = (parts.next().unwrap_or_default(), parts.next());
    let number: u16 = port.parse().map_err(|_| {
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let why = if digits { "value out of range" } else { "invalid syntax" };
        Failure::usage(format!("strconv.ParseUint: parsing {port:?}: {why}"))
    })?;
    let target = target.unwrap_or(port);
    match target.parse::<i64>() {
        Ok(target) if tcp.contains(':') && !(1..=65_535).contains(&target) => {
            Err(Failure::usage("must be between 1 and 65535, inclusive"))
        }
        Ok(target) => Ok((number, json!(target))),
        Err(_) if !target.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') => {
            Err(Failure::usage("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"))
        }
        Err(_) => Ok((number, json!(target))),
    }
}

/// Whether a text is a DNS name in lower case (apimachinery: validation.IsDNS1123Subdomain).
fn is_subdomain(text: &str) -> bool {
    let label = |label: &str| {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        ends(label.chars().next())
            && ends(label.chars().next_back())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    text.split('.').all(label)
}
