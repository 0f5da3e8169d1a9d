//! What kubectl tells of the server and of itself: `api-resources`, `version`, `config`, `cluster-info`, `auth`.

use serde_json::json;

use super::Read;
use crate::api::Kind;
use crate::cluster::Cluster;
use crate::kubectl::api::Api;
use crate::kubectl::args::Args;
use crate::kubectl::print::{self, rows::table};
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::{Client, Failure, Output};
use crate::manifest::{self, Command};

/// The version the client says it is.
const CLIENT: &str = "v1.37.0";
const KUSTOMIZE: &str = "v5.8.1";
/// The only context there is.
const CONTEXT: &str = "podlab";
/// Where the configuration would be.
const CONFIG: &str = "/root/.kube/config";
const SERVER: &str = "https://127.0.0.1:6443";

/// `api-resources`.
pub(super) fn api_resources(args: &Args) -> Result<Output, Failure> {
    if !args.arguments().is_empty() {
        return Err(args.misuse(format!("unexpected arguments: [{}]", args.arguments().join(" "))));
    }
    let wide = args.get("output") == Some("wide");
    let chosen = |resource: &Resource| {
        args.get("namespaced").is_none_or(|_| args.on("namespaced") == resource.namespaced)
            && args.get("api-group").is_none_or(|group| group == resource.group())
            && args.get("categories").is_none_or(|category| category == "all" && resource.in_all)
    };
    let mut all: Vec<Resource> = resources::all().filter(chosen).collect();
    if let Some(wanted) = args.get("verbs") {
        all.retain(|resource| wanted.split(',').all(|verb| verbs(*resource).split(',').any(|known| known == verb)));
    }
    match args.get("sort-by") {
        None | Some("") => {}
        Some("name") => collections::sort_by_key(&mut all, |resource| resource.plural),
        Some("kind") => collections::sort_by_key(&mut all, |resource| resource.kind),
        Some(_) => return Err(Failure::usage("--sort-by accepts only name or kind")),
    }
    match args.get("output") {
        None | Some("" | "wide") => {}
        Some("name") => return Ok(Output::text(all.iter().map(|it| format!("{}\n", it.full())).collect::<String>())),
        Some(other) => return Err(crate::kubectl::print::unknown(other, "json,kyaml,name,wide,yaml")),
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !args.on("no-headers") {
        let mut head = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
        if wide {
            head.extend(["VERBS", "CATEGORIES"]);
        }
        rows.push(head.into_iter().map(str::to_owned).collect());
    }
    for resource in all {
        let mut row = vec![
            resource.plural.to_owned(),
            resource.short.to_owned(),
            resource.api_version.to_owned(),
            resource.namespaced.to_string(),
            resource.kind.to_owned(),
        ];
        if wide {
            row.extend([verbs(resource).to_owned(), categories(resource).to_owned()]);
        }
        rows.push(row);
    }
    Ok(Output::text(table(&rows)))
}

/// The categories of a resource, commas between them.
pub(in crate::kubectl) fn categories(resource: Resource) -> &'static str {
    match resource.group() {
        "admissionregistration.k8s.io" | "apiextensions.k8s.io" | "apiregistration.k8s.io" => "api-extensions",
        _ if resource.in_all => "all",
        _ => "",
    }
}

/// The verbs a resource takes, commas between them.
pub(in crate::kubectl) fn verbs(resource: Resource) -> &'static str {
    match resource.kind {
        "Binding" => "create",
        kind if kind.ends_with("Review") => "create",
        "ComponentStatus" => "get,list",
        _ => "create,delete,deletecollection,get,list,patch,update,watch",
    }
}

/// `api-versions`.
pub(super) fn api_versions() -> Output {
    let mut versions: Vec<&str> = resources::all().map(|resource| resource.api_version).collect();
    versions.push("autoscaling/v1");
    versions.sort_unstable();
    versions.dedup();
    Output::text(versions.into_iter().map(|version| format!("{version}\n")).collect::<String>())
}

/// The version the nodes run, which is taken for the server's.
pub(in crate::kubectl) fn server(cluster: &Cluster) -> String {
    let nodes = cluster.store().list(Kind::Node).map(|(_, object)| object.to_json());
    let mut versions =
        nodes.filter_map(|node| Some(node.pointer("/status/nodeInfo/kubeletVersion")?.as_str()?.to_owned()));
    versions.next().unwrap_or_else(|| "v1.36.2".to_owned())
}

/// `version`.
pub(super) fn version(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    if !args.arguments().is_empty() {
        return Err(Failure::usage(format!("extra arguments: [{}]", args.arguments().join(" "))));
    }
    let of = |version: &str| {
        let minor = version.split('.').nth(1).unwrap_or_default();
        json!({"major": "1", "minor": minor, "gitVersion": version, "compiler": "gc", "platform": "linux/amd64"})
    };
    let mut told = json!({"clientVersion": of(CLIENT), "kustomizeVersion": KUSTOMIZE});
    if !args.on("client") {
        told["serverVersion"] = of(&server(cluster));
    }
    match args.get("output") {
        None | Some("") => {}
        Some("json") => return Ok(Output::text(print::json::print(&told))),
        Some("yaml") => return Ok(Output::text(print::yaml::print(&told))),
        Some(_) => return Err(Failure::usage("--output must be 'yaml' or 'json'")),
    }
    let mut text = format!("Client Version: {CLIENT}\nKustomize Version: {KUSTOMIZE}\n");
    if !args.on("client") {
        text.push_str(&format!("Server Version: {}\n", server(cluster)));
    }
    Ok(Output::text(text))
}

/// `cluster-info`.
pub(super) fn cluster_info() -> Output {
    Output::text(format!(
        "Kubernetes control plane is running at {SERVER}\n\nTo further debug and diagnose cluster problems, use \
         'kubectl cluster-info dump'.\n"
    ))
}

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
            let missing = odd.map(|odd| Failure::usage(format!("context {odd} not found")));
            let output = Output::text(table(&rows));
            Ok(missing.map_or(output.clone(), |missing| output.then(missing.into())))
        }
        "config_use-context" => match words.first() {
            Some(name) if name == CONTEXT => Ok(Output::line(format!("Switched to context {name:?}."))),
            Some(name) => Err(Failure::usage(format!("no context exists with the name: {name:?}"))),
            None => Err(args.misuse("accepts 1 arg(s), received 0")),
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
        "config_rename-context" => {
            let name = words.first().map_or("", String::as_str);
            Err(Failure::usage(format!("cannot rename the context {name:?}, it's not in {CONFIG}")))
        }
        "config_delete-context" => {
            let name = words.first().map_or("", String::as_str);
            Err(Failure::usage(format!("cannot delete context {name}, not in {CONFIG}")))
        }
        other => Err(Failure::usage(format!("{other} is not simulated"))),
    }
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

/// `auth can-i` and `auth whoami`: whoever sits at this prompt may do everything.
pub(super) fn auth(args: &Args) -> Result<Output, Failure> {
    if args.command == "auth_whoami" {
        let rows = [
            ["ATTRIBUTE", "VALUE"],
            ["Username", "admin"],
            ["UID", "admin"],
            ["Groups", "[system:masters system:authenticated]"],
        ];
        return Ok(Output::text(table(&rows.map(|row| row.map(str::to_owned).to_vec()))));
    }
    let words = args.arguments();
    if args.on("list") {
        let mut rows = vec![["Resources", "Non-Resource URLs", "Resource Names", "Verbs"].map(str::to_owned).to_vec()];
        rows.push(["*.*", "[]", "[]", "[*]"].map(str::to_owned).to_vec());
        rows.push(["", "[*]", "[]", "[*]"].map(str::to_owned).to_vec());
        if args.on("no-headers") {
            rows.remove(0);
        }
        return Ok(Output::text(table(&rows)));
    }
    let [verb, resource, ..] = words else {
        return Err(Failure::usage(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' \
             for help and examples.",
        ));
    };
    const VERBS: [&str; 16] = [
        "*",
        "approve",
        "attest",
        "bind",
        "create",
        "delete",
        "deletecollection",
        "escalate",
        "get",
        "impersonate",
        "list",
        "patch",
        "sign",
        "update",
        "use",
        "watch",
    ];
    let mut output = Output::default();
    let bare = resource.split('/').next().unwrap_or(resource);
    let found = resources::find(bare);
    let warning = match &found {
        _ if resource.starts_with('/') || bare == "*" => None,
        Err(_) => Some(format!("the server doesn't have a resource type '{bare}'")),
        Ok(found) if !found.namespaced && !args.on("all-namespaces") => {
            Some(format!("resource '{}' is not namespace scoped", found.full()))
        }
        Ok(_) => None,
    };
    output.stderr.extend(warning.map(|text| format!("Warning: {text}\n\n")));
    if !VERBS.contains(&verb.as_str()) {
        output.stderr.push_str(&format!("Warning: verb '{verb}' is not a known verb\n\n"));
    }
    if args.on("quiet") {
        return Ok(output);
    }
    Ok(output.then(Output::line("yes")))
}

/// `diff -f FILE`: what apply would change. What goes wrong ends it with a status above 1.
pub(super) fn diff(cluster: &Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    if !args.arguments().is_empty() {
        let output: Output = args.misuse(format!("Unexpected args: [{}]", args.arguments().join(" "))).into();
        return Ok(Output { exit_code: 2, ..output });
    }
    let failed = |failure: Failure| Output { exit_code: 2, ..Output::from(failure) };
    let mut tried = cluster.clone();
    let mut output = Output::default();
    let mut found = Vec::new();
    for file in args.all("filename") {
        let Some(text) = read(file) else {
            return Ok(failed(Failure::usage(format!("the path \"{file}\" does not exist"))));
        };
        let command = Command { namespace: args.namespace(), ..Command::apply(file) };
        let (judgement, done) = manifest::send(&text, command, &mut Api(&mut tried));
        if !judgement.accepted() {
            // The client asks what would become of each object, and does not say of which file it is.
            output.stderr.push_str(&judgement.stderr.replace(&format!("error when creating {file:?}: "), ""));
            output.exit_code = 2;
        }
        found.extend(done.into_iter().filter_map(|done| super::diff::one(cluster, &done.object)));
    }
    if args.get("filename").is_none() {
        return Ok(failed(Failure::usage("must specify one of -f and -k")));
    }
    found.sort();
    for (_, text) in found {
        output.stdout.push_str(&text);
        output.exit_code = output.exit_code.max(1);
    }
    Ok(output)
}
