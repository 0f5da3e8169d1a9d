//! What kubectl tells of the server and of itself: `api-resources`, `version`, `cluster-info`.

use serde_json::{Value, json};

use super::{Read, config};
use crate::api::Kind;
use crate::cluster::Cluster;
use crate::kubectl::api::Api;
use crate::kubectl::args::Args;
use crate::kubectl::print::{self, rows::table};
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::wire::compact;
use crate::kubectl::{Failure, Output};
use crate::manifest::{self, Command};

/// The version the client says it is.
const CLIENT: &str = "v1.37.0";
const KUSTOMIZE: &str = "v5.8.1";
/// What the metrics server serves.
pub(in crate::kubectl) const METRICS: &str = "metrics.k8s.io/v1beta1";
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
        Some(format @ ("json" | "yaml" | "kyaml")) => {
            let told: Vec<Value> = all.iter().map(|resource| described(*resource)).collect();
            let list = json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "", "resources": told});
            return match format {
                "json" => Ok(Output::text(print::json::in_order(&list))),
                "kyaml" => Ok(Output::text(print::kyaml::in_order(&list))),
                format => print::value(&list, format, print::Given::default(), "").map(Output::text),
            };
        }
        Some(other) => return Err(print::unknown(other, "json,kyaml,name,wide,yaml")),
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

/// A resource as the server describes it.
fn described(resource: Resource) -> Value {
    let list = |text: &str| {
        let parts: Vec<&str> = text.split(',').filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { Value::Null } else { json!(parts) }
    };
    let group = resource.group();
    compact(vec![
        ("name", json!(resource.plural)),
        ("singularName", json!(resource.kind.to_lowercase())),
        ("namespaced", json!(resource.namespaced)),
        ("group", if group.is_empty() { Value::Null } else { json!(group) }),
        ("version", json!(resource.api_version.rsplit('/').next())),
        ("kind", json!(resource.kind)),
        ("verbs", list(verbs(resource))),
        ("shortNames", list(resource.short)),
        ("categories", list(categories(resource))),
    ])
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
pub(super) fn api_versions(args: &Args) -> Result<Output, Failure> {
    if !args.arguments().is_empty() {
        return Err(args.misuse(format!("unexpected arguments: [{}]", args.arguments().join(" "))));
    }
    let mut versions: Vec<&str> = resources::all().map(|resource| resource.api_version).collect();
    versions.extend(["autoscaling/v1", METRICS]);
    versions.sort_unstable();
    versions.dedup();
    Ok(Output::text(versions.into_iter().map(|version| format!("{version}\n")).collect::<String>()))
}

/// The version the nodes run, which is taken for the server's.
pub(in crate::kubectl) fn server(cluster: &Cluster) -> String {
    let nodes = cluster.store().list(Kind::Node).map(|(_, object)| object.to_json());
    let mut versions =
        nodes.filter_map(|node| Some(node.pointer("/status/nodeInfo/kubeletVersion")?.as_str()?.to_owned()));
    versions.next().unwrap_or_else(|| "v1.36.2".to_owned())
}

/// What a program says of its own making.
fn build(version: &str) -> Value {
    let minor = version.split('.').nth(1).unwrap_or_default();
    json!({"major": "1", "minor": minor, "gitVersion": version, "compiler": "gc", "platform": "linux/amd64"})
}

/// `version`.
pub(super) fn version(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    if !args.arguments().is_empty() {
        return Err(Failure::usage(format!("extra arguments: [{}]", args.arguments().join(" "))));
    }
    let format = args.get("output").unwrap_or_default();
    let mut told = json!({"clientVersion": build(CLIENT), "kustomizeVersion": KUSTOMIZE});
    if !args.on("client") {
        told["serverVersion"] = build(&server(cluster));
    }
    match format {
        "" => {}
        // This command has its own way of writing: half the indentation, and one line break more.
        "json" => {
            let text = print::json::in_order(&told);
            let half = |line: &str| {
                let bare = line.trim_start_matches(' ');
                format!("{}{bare}", " ".repeat((line.len() - bare.len()) / 2))
            };
            return Ok(Output::line(text.lines().map(half).collect::<Vec<_>>().join("\n")));
        }
        "yaml" => return Ok(Output::line(print::yaml::print(&told))),
        _ => return Err(Failure::usage("--output must be 'yaml' or 'json'")),
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
        "Kubernetes control plane is running at {}\n\nTo further debug and diagnose cluster problems, use \
         'kubectl cluster-info dump'.\n",
        config::SERVER
    ))
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
    let wanted = match super::chosen(args) {
        Ok(selector) => serde_json::from_value(selector.to_json()).unwrap_or_default(),
        Err(failure) => return Ok(failed(failure)),
    };
    for file in args.all("filename") {
        let Some(text) = read(file) else {
            return Ok(failed(Failure::usage(format!("the path \"{file}\" does not exist"))));
        };
        let selector = args.get("selector").map(|_| &wanted);
        let command = Command { namespace: args.namespace(), selector, ..Command::apply(file) };
        let (judgement, done) = manifest::send(&text, command, &mut Api(&mut tried));
        // Of nothing there is no difference.
        if !judgement.accepted() && judgement.stderr != "error: no objects passed to apply\n" {
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
