//! `kubectl config` (kubectl: cmd/config): one cluster, one context, one user; the namespace is all that changes.

use serde_json::json;

use super::submit;
use crate::kubectl::args::Args;
use crate::kubectl::print::{self, rows::table};
use crate::kubectl::{Client, Failure, Output, help};

/// The only context there is.
const CONTEXT: &str = "podlab";
/// Where the configuration would be.
const CONFIG: &str = "/root/.kube/config";
/// Where the server would be.
pub(super) const SERVER: &str = "https://127.0.0.1:6443";

/// `config`.
pub(super) fn config(client: &mut Client, args: &Args) -> Result<Output, Failure> {
    let words = args.arguments();
    match args.command {
        "config_current-context" => Ok(Output::line(CONTEXT)),
        "config_get-clusters" | "config_get-users" => {
            Ok(Output::text(format!("NAME\n{}\n", if args.command == "config_get-users" { "admin" } else { CONTEXT })))
        }
        "config_get-contexts" => {
            if args.get("output") == Some("name") {
                return Ok(Output::line(CONTEXT));
            }
            let odd = words.iter().find(|word| *word != CONTEXT);
            let mut rows = Vec::new();
            if !args.on("no-headers") {
                rows.push(["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"].map(str::to_owned).to_vec());
            }
            if odd.is_none() {
                let place = client.namespace.clone();
                rows.push(vec!["*".to_owned(), CONTEXT.to_owned(), CONTEXT.to_owned(), "admin".to_owned(), place]);
            }
            if let Some(odd) = args.get("output").filter(|format| !matches!(*format, "" | "name")) {
                return Err(Failure::usage(format!(
                    "--output {odd} is not available in kubectl config get-contexts; resetting to default output format"
                )));
            }
            let missing = odd.map(|odd| Failure::usage(format!("context {odd} not found")));
            let output = Output::text(table(&rows));
            Ok(missing.map_or(output.clone(), |missing| output.then(missing.into())))
        }
        "config_use-context" => match words {
            [name] if name == CONTEXT => Ok(Output::line(format!("Switched to context {name:?}."))),
            [name] => Err(Failure::usage(format!("no context exists with the name: {name:?}"))),
            _ => Ok(unexpected(args)),
        },
        "config_set-context" => {
            if words.is_empty() && !args.on("current") {
                return Err(Failure::usage("you must specify a non-empty context name or --current"));
            }
            let name = words.first().map_or(CONTEXT, String::as_str);
            if name != CONTEXT {
                return Err(Failure::usage(format!("context {name:?} cannot be made here: there is one cluster")));
            }
            if let Some(namespace) = args.get("namespace") {
                client.namespace = namespace.to_owned();
            }
            Ok(Output::line(format!("Context {name:?} modified.")))
        }
        "config_view" if !words.is_empty() => Err(args.misuse(format!("unexpected arguments: [{}]", words.join(" ")))),
        "config_view" if !matches!(args.get("output"), None | Some("" | "yaml")) => {
            let context = match client.namespace.as_str() {
                "" => json!({"cluster": CONTEXT, "user": "admin"}),
                namespace => json!({"cluster": CONTEXT, "namespace": namespace, "user": "admin"}),
            };
            let config = json!({
                "kind": "Config", "apiVersion": "v1", "current-context": CONTEXT,
                "clusters": [{
                    "name": CONTEXT, "cluster": {"server": SERVER, "certificate-authority-data": "DATA+OMITTED"},
                }],
                "users": [{"name": "admin", "user": {"token": "REDACTED"}}],
                "contexts": [{"name": CONTEXT, "context": context}],
            });
            match args.get("output").unwrap_or_default() {
                "json" => Ok(Output::text(print::json::in_order(&config))),
                "kyaml" => Ok(Output::text(print::kyaml::in_order(&config))),
                format => print::value(&config, format, args.template(), submit::FORMATS).map(Output::text),
            }
        }
        "config_view" => {
            let namespace = match client.namespace.as_str() {
                "" => String::new(),
                namespace => format!("    namespace: {namespace}\n"),
            };
            Ok(Output::text(format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: DATA+OMITTED\n    server: \
                 {SERVER}\n  name: {CONTEXT}\ncontexts:\n- context:\n    cluster: {CONTEXT}\n{namespace}    user: \
                 admin\n  name: {CONTEXT}\ncurrent-context: {CONTEXT}\nkind: Config\nusers:\n- name: admin\n  user:\n    \
                 token: REDACTED\n"
            )))
        }
        "config_rename-context" => match words {
            [name, _] if name != CONTEXT => {
                Err(Failure::usage(format!("cannot rename the context {name:?}, it's not in {CONFIG}")))
            }
            [_, _] => Err(Failure::usage("there is one context here, and it keeps its name")),
            _ => Ok(unexpected(args)),
        },
        "config_delete-context" | "config_delete-cluster" | "config_delete-user" => {
            let what = args.command.rsplit('-').next().unwrap_or_default();
            match words.first() {
                None => Ok(help::of(args.command)),
                Some(name) if name == if what == "user" { "admin" } else { CONTEXT } => {
                    Err(Failure::usage(format!("there is one {what} here, and it stays")))
                }
                Some(name) => Err(Failure::usage(format!("cannot delete {what} {name}, not in {CONFIG}"))),
            }
        }
        "config_set" | "config_unset" => property(client, args),
        other => Err(Failure::usage(format!("{other} is not simulated"))),
    }
}

/// The help of a command, and that it does not take what it was given.
fn unexpected(args: &Args) -> Output {
    let words = args.arguments().join(" ");
    help::of(args.command).then(Failure::usage(format!("Unexpected args: [{words}]")).into())
}

/// `config set PROPERTY VALUE` and `config unset PROPERTY`: what can be set is the namespace.
fn property(client: &mut Client, args: &Args) -> Result<Output, Failure> {
    let (name, value, done) = match (args.command, args.arguments()) {
        ("config_set", [name, value]) => (name, value.as_str(), "set"),
        ("config_unset", [name]) => (name, "", "unset"),
        _ => return Ok(unexpected(args)),
    };
    const KNOWN: [&str; 7] = ["kind", "apiVersion", "preferences", "clusters", "users", "contexts", "current-context"];
    if *name == format!("contexts.{CONTEXT}.namespace") {
        client.namespace = value.to_owned();
        return Ok(Output::line(format!("Property {name:?} {done}.")));
    }
    let first = name.split('.').next().unwrap_or_default();
    Err(Failure::usage(match KNOWN.contains(&first) {
        true => format!("{name} cannot be changed here: there is one cluster"),
        false => format!("unable to parse {name} after [] at api.Config"),
    }))
}

/// A context, cluster or user of another name than the only one there is (client-go: clientcmd/client_config.go).
pub(in crate::kubectl) fn configured(args: &Args) -> Result<(), Failure> {
    let other = |flag: &str, known: &str| args.get(flag).filter(|name| !name.is_empty() && *name != known);
    if let Some(name) = other("context", CONTEXT) {
        let text = format!("Error in configuration: context was not found for specified context: {name}");
        return Err(Failure(text));
    }
    // Bindings have a flag of the same name.
    let binds = args.command.starts_with("create_") || args.command == "set_subject";
    if let Some(name) = other("user", "admin").filter(|_| !binds) {
        return Err(Failure::usage(format!("auth info {name:?} does not exist")));
    }
    if let Some(name) = other("cluster", CONTEXT) {
        return Err(Failure::usage(format!("no server found for cluster {name:?}")));
    }
    Ok(())
}
