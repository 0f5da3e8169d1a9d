//! What kubectl tells of the server and of itself: `api-resources`, `version`, `config`, `cluster-info`, `auth`.

use super::Read;
use crate::api::Kind;
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::print::rows::table;
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::{Client, Failure, Output};

/// The version the client says it is.
const CLIENT: &str = "v1.37.0";
const KUSTOMIZE: &str = "v5.8.1";
/// The only context there is.
const CONTEXT: &str = "podlab";
const SERVER: &str = "https://127.0.0.1:6443";

/// `api-resources`.
pub(super) fn api_resources(args: &Args) -> Result<Output, Failure> {
    let wide = args.get("output") == Some("wide");
    let chosen = |resource: &Resource| {
        args.get("namespaced").is_none_or(|_| args.on("namespaced") == resource.namespaced)
            && args.get("api-group").is_none_or(|group| group == resource.group())
            && args.get("categories").is_none_or(|category| category == "all" && resource.in_all)
    };
    let all: Vec<Resource> = resources::all().filter(chosen).collect();
    match args.get("output") {
        None | Some("" | "wide") => {}
        Some("name") => return Ok(Output::text(all.iter().map(|it| format!("{}\n", it.full())).collect::<String>())),
        Some(other) => return Err(Failure::usage(format!("--output {other} is not available"))),
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !args.on("no-headers") {
        let mut head = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
        if wide {
            head.extend(["VERBS", "CATEGORIES", ""]);
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
            // Every cell of the wide table ends in a tab, the last one too.
            row.extend([verbs(resource).to_owned(), categories(resource).to_owned(), String::new()]);
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
pub(super) fn version(cluster: &Cluster, args: &Args) -> Output {
    let mut text = format!("Client Version: {CLIENT}\nKustomize Version: {KUSTOMIZE}\n");
    if !args.on("client") {
        text.push_str(&format!("Server Version: {}\n", server(cluster)));
    }
    Output::text(text)
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
            let mut rows = Vec::new();
            if !args.on("no-headers") {
                rows.push(["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"].map(str::to_owned).to_vec());
            }
            rows.push(vec![
                "*".to_owned(),
                CONTEXT.to_owned(),
                CONTEXT.to_owned(),
                "admin".to_owned(),
                client.namespace.clone(),
            ]);
            Ok(Output::text(table(&rows)))
        }
        "config_use-context" => match words.first() {
            Some(name) if name == CONTEXT => Ok(Output::line(format!("Switched to context {name:?}."))),
            Some(name) => Err(Failure::usage(format!("no context exists with the name: {name:?}"))),
            None => Err(args.misuse("accepts 1 arg(s), received 0")),
        },
        "config_set-context" => {
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
        other => Err(Failure::usage(format!("{other} is not simulated"))),
    }
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
    let [_, resource, ..] = words else {
        return Err(Failure::usage("you must specify two arguments: verb resource or verb resource/resourceName."));
    };
    let mut output = Output::default();
    let bare = resource.split('/').next().unwrap_or(resource);
    if bare != "*" && resources::find(bare).is_err() {
        output.stderr = format!("Warning: the server doesn't have a resource type '{bare}'\n\n");
    }
    if args.on("quiet") {
        return Ok(output);
    }
    Ok(output.then(Output::line("yes")))
}

/// `diff -f FILE`: what apply would change.
pub(super) fn diff(cluster: &Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let mut output = Output::default();
    for text in super::files(args, read)? {
        for object in crate::kubectl::manifest::read_objects(&text).map_err(Failure::usage)? {
            let difference = super::diff::one(cluster, args, &object)?;
            if !difference.is_empty() {
                output.stdout.push_str(&difference);
                output.exit_code = 1;
            }
        }
    }
    Ok(output)
}
