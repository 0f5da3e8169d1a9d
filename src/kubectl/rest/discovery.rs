//! What the server serves: its versions, groups and resources (apiserver: endpoints/discovery).

use serde_json::{Value, json};

use super::{Reply, Request, Server, openapi};
use crate::api::autoscaling_v1;
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::verbs::info;

/// The answer to a request for what is served; none where another is asked for.
pub(super) fn answer(server: &Server, request: &Request, path: &str) -> Option<Reply> {
    if request.method != "GET" {
        return None;
    }
    let aggregated = request.accept.contains("as=APIGroupDiscoveryList");
    match path {
        "" => {
            let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
            paths.extend(versions().iter().skip(1).map(|version| format!("/apis/{version}")));
            paths.extend(["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"].map(str::to_owned));
            Some(Reply::json(200, &json!({"paths": paths})))
        }
        "/healthz" | "/livez" | "/readyz" => Some(Reply::text("ok")),
        "/version" => Some(Reply::json(200, &version(server))),
        "/api" if aggregated => Some(list(&[("", vec!["v1".to_owned()])])),
        "/apis" if aggregated => Some(list(&groups())),
        "/api" => Some(Reply::json(
            200,
            &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        )),
        "/apis" => {
            let groups = groups().into_iter().map(|(name, versions)| group(name, &versions));
            let value = json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups.collect::<Value>()});
            Some(Reply::json(200, &value))
        }
        "/openapi/v3" => Some(openapi::index(&versions())),
        path => match path.strip_prefix("/openapi/v3/") {
            Some(rest) => {
                let version = rest.strip_prefix("apis/").or_else(|| rest.strip_prefix("api/"))?;
                versions().iter().any(|known| known == version).then(|| openapi::document(version))
            }
            None => of_version(path),
        },
    }
}

fn version(server: &Server) -> Value {
    let version = info::server(&server.cluster);
    let minor = version.split('.').nth(1).unwrap_or_default();
    json!({
        "major": "1", "minor": minor, "emulationMajor": "1", "emulationMinor": minor, "gitVersion": version,
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "", "goVersion": "", "compiler": "gc",
        "platform": "linux/amd64",
    })
}

/// Every version, the core group's first.
fn versions() -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for resource in resources::all() {
        if !found.iter().any(|known| known == resource.api_version) {
            found.push(resource.api_version.to_owned());
            if resource.api_version == "autoscaling/v2" {
                found.push(autoscaling_v1::API_VERSION.to_owned());
            }
        }
    }
    found
}

/// Each group with its versions, the preferred one first.
fn groups() -> Vec<(&'static str, Vec<String>)> {
    let mut found: Vec<(&'static str, Vec<String>)> = Vec::new();
    for resource in resources::all().filter(|resource| !resource.group().is_empty()) {
        if !found.iter().any(|(name, _)| *name == resource.group()) {
            let versions = versions()
                .into_iter()
                .filter_map(|version| version.strip_prefix(&format!("{}/", resource.group())).map(str::to_owned));
            found.push((resource.group(), versions.collect()));
        }
    }
    // The metrics server's own answers are given by `metrics`.
    found.extend(info::METRICS.split_once('/').map(|(group, version)| (group, vec![version.to_owned()])));
    found
}

fn group(name: &str, versions: &[String]) -> Value {
    let entry = |version: &String| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let all: Vec<Value> = versions.iter().map(entry).collect();
    json!({"name": name, "preferredVersion": all.first(), "versions": all})
}

/// `/apis/apps` or `/apis/apps/v1`.
fn of_version(path: &str) -> Option<Reply> {
    let rest = path.strip_prefix("/apis/").or_else(|| path.strip_prefix("/api/"))?;
    if let Some((name, versions)) = groups().iter().find(|(name, _)| *name == rest) {
        let mut value = group(name, versions);
        value["kind"] = json!("APIGroup");
        value["apiVersion"] = json!("v1");
        return Some(Reply::json(200, &value));
    }
    let version = versions().into_iter().find(|version| version == rest)?;
    let mut entries = Vec::new();
    for resource in of(&version) {
        entries.push(json!({
            "name": resource.plural, "singularName": resource.kind.to_lowercase(), "namespaced": resource.namespaced,
            "kind": resource.kind, "verbs": words(info::verbs(resource)), "shortNames": words(resource.short),
            "categories": words(info::categories(resource)),
        }));
        for (sub, of, verbs) in parts(resource) {
            let mut entry = json!({
                "name": format!("{}/{sub}", resource.plural), "singularName": "", "namespaced": resource.namespaced,
                "kind": of.2, "verbs": words(verbs),
            });
            if of.0 != resource.group() || of.1 != resource.api_version.rsplit('/').next().unwrap_or_default() {
                entry["group"] = json!(of.0);
                entry["version"] = json!(of.1);
            }
            entries.push(entry);
        }
    }
    let value = json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": entries});
    Some(Reply::json(200, &value))
}

/// The resources of a version.
fn of(version: &str) -> Vec<Resource> {
    let own = if version == autoscaling_v1::API_VERSION { "autoscaling/v2" } else { version };
    resources::all().filter(|resource| resource.api_version == own).collect()
}

fn words(list: &str) -> Vec<&str> {
    list.split(',').filter(|word| !word.is_empty()).collect()
}

/// Group, version and kind of what a part of an object is.
type OfKind = (&'static str, &'static str, &'static str);

/// The parts of an object that are served on their own, what each is, and its verbs.
fn parts(resource: Resource) -> Vec<(&'static str, OfKind, &'static str)> {
    const CHANGED: &str = "get,patch,update";
    let version = resource.api_version.rsplit('/').next().unwrap_or_default();
    let own = (resource.group(), version, resource.kind);
    let scale = ("autoscaling", "v1", "Scale");
    match resource.kind {
        "Pod" => vec![
            ("attach", ("", "v1", "PodAttachOptions"), "create,get"),
            ("ephemeralcontainers", own, CHANGED),
            ("eviction", ("policy", "v1", "Eviction"), "create"),
            ("exec", ("", "v1", "PodExecOptions"), "create,get"),
            ("log", own, "get"),
            ("portforward", ("", "v1", "PodPortForwardOptions"), "create,get"),
            ("resize", own, CHANGED),
            ("status", own, CHANGED),
        ],
        "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController" => {
            vec![("scale", scale, CHANGED), ("status", own, CHANGED)]
        }
        "DaemonSet"
        | "Job"
        | "CronJob"
        | "HorizontalPodAutoscaler"
        | "Namespace"
        | "Node"
        | "PersistentVolume"
        | "PersistentVolumeClaim"
        | "PodDisruptionBudget"
        | "ResourceQuota"
        | "Service"
        | "Ingress" => {
            vec![("status", own, CHANGED)]
        }
        _ => Vec::new(),
    }
}

/// Groups with all their resources at once, as clients since 1.26 ask for them.
fn list(groups: &[(&str, Vec<String>)]) -> Reply {
    let kind = |of: OfKind| json!({"group": of.0, "version": of.1, "kind": of.2});
    let resource = |version: &str, it: Resource| {
        let subresources = parts(it)
            .into_iter()
            .map(|(sub, of, verbs)| json!({"subresource": sub, "responseKind": kind(of), "verbs": words(verbs)}));
        json!({
            "resource": it.plural, "responseKind": kind((it.group(), "", it.kind)), "scope":
                if it.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": it.kind.to_lowercase(), "verbs": words(info::verbs(it)), "shortNames": words(it.short),
            "categories": words(info::categories(it)), "subresources": subresources.collect::<Value>(),
            "version": version,
        })
    };
    let items = groups.iter().map(|(name, versions)| {
        let versions = versions.iter().map(|version| {
            let full = if name.is_empty() { version.clone() } else { format!("{name}/{version}") };
            let resources = of(&full).into_iter().map(|it| {
                let mut value = resource(version, it);
                value["responseKind"]["version"] = json!(version);
                if let Some(fields) = value.as_object_mut() {
                    fields.remove("version");
                }
                value
            });
            json!({"version": version, "freshness": "Current", "resources": resources.collect::<Value>()})
        });
        json!({"metadata": {"name": name}, "versions": versions.collect::<Value>()})
    });
    let value = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
        "items": items.collect::<Value>(),
    });
    let content = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    Reply::of(content, 200, value.to_string().into_bytes())
}
