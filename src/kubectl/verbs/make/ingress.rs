//! `kubectl create ingress` (kubectl: cmd/create/create_ingress.go).

use serde_json::{Map, Value, json};

use crate::kubectl::Failure;
use crate::kubectl::args::Args;
use crate::kubectl::wire::compact;

/// `service:port`, the port by its number or its name.
fn backend(text: &str) -> Option<Value> {
    let (name, port) = text.split_once(':').filter(|(name, port)| !name.is_empty() && !port.is_empty())?;
    let port = port.parse::<u16>().map_or_else(|_| json!({"name": port}), |number| json!({"number": number}));
    Some(json!({"service": {"name": name, "port": port}}))
}

/// The object that the flags ask for.
pub(super) fn value(args: &Args, name: &str) -> Result<Value, Failure> {
    let (rules, default) = (args.all("rule").collect::<Vec<_>>(), args.get("default-backend"));
    if rules.is_empty() && default.is_none() {
        return Err(Failure::usage(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all \
             traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut annotations = Map::new();
    for pair in args.all("annotation") {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!("annotation {pair} is invalid and should be in format key=[value]"))
        })?;
        annotations.insert(key.to_owned(), value.into());
    }
    let default = default.map(|text| {
        backend(text).ok_or_else(|| Failure::usage("default-backend should be in format servicename:serviceport"))
    });
    let (mut hosts, mut secrets) = (Vec::<(String, Vec<Value>)>::new(), Vec::<(String, Vec<String>)>::new());
    for text in rules {
        let wrong = || {
            Failure::usage(format!(
                "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ))
        };
        let (place, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (host, path) = place.split_once('/').ok_or_else(wrong)?;
        let mut rest = rest.split(',');
        let to = rest.next().and_then(backend).ok_or_else(wrong)?;
        let (path, kind) = path.strip_suffix('*').map_or((path, "Exact"), |path| (path, "Prefix"));
        let entry = json!({"path": format!("/{path}"), "pathType": kind, "backend": to});
        match hosts.iter_mut().find(|(known, _)| known == host) {
            Some((_, paths)) => paths.push(entry),
            None => hosts.push((host.to_owned(), vec![entry])),
        }
        for option in rest {
            let secret = match option.split_once('=') {
                Some(("tls", secret)) => secret,
                None if option == "tls" => "",
                _ => return Err(wrong()),
            };
            match secrets.iter_mut().find(|(known, _)| known == secret) {
                Some((_, known)) if known.iter().any(|it| it == host) => {}
                Some((_, known)) => known.push(host.to_owned()),
                None => secrets.push((secret.to_owned(), vec![host.to_owned()])),
            }
        }
    }
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let rules: Vec<Value> = hosts
        .into_iter()
        .map(|(host, paths)| compact(vec![("host", text(&host)), ("http", json!({"paths": paths}))]))
        .collect();
    let tls: Vec<Value> = secrets
        .into_iter()
        .map(|(secret, hosts)| {
            let hosts: Vec<String> = hosts.into_iter().filter(|host| !host.is_empty()).collect();
            let hosts = if hosts.is_empty() { Value::Null } else { json!(hosts) };
            compact(vec![("hosts", hosts), ("secretName", text(&secret))])
        })
        .collect();
    let list = |list: Vec<Value>| if list.is_empty() { Value::Null } else { json!(list) };
    let annotations = if annotations.is_empty() { Value::Null } else { Value::Object(annotations) };
    Ok(json!({
        "metadata": compact(vec![("name", json!(name)), ("annotations", annotations)]),
        "spec": compact(vec![
            ("ingressClassName", text(args.get("class").unwrap_or_default())),
            ("defaultBackend", default.transpose()?.unwrap_or_default()),
            ("rules", list(rules)),
            ("tls", list(tls)),
        ]),
    }))
}
