//! The metrics API, as `kubectl top` asks for it (metrics-server: pkg/api, 0.8).

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::status::Refused;
use super::{Reply, Request, Server};
use crate::api::{Kind, Object, Pod};
use crate::kubectl::resource;
use crate::kubectl::resources::Resource;
use crate::kubectl::selector::Selector;
use crate::kubectl::verbs::info::METRICS;
use crate::kubectl::verbs::top::{self, Used};

/// Numbers are averages of so long.
const WINDOW: &str = "15s";

/// The answer to a request below `/apis/metrics.k8s.io/v1beta1`; none for another path.
pub(super) fn answer(server: &Server, request: &Request, path: &str) -> Option<Result<Reply, Refused>> {
    let rest = path.strip_prefix("/apis/")?.strip_prefix(METRICS)?;
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    Some(match parts.as_slice() {
        [] => Ok(Reply::json(
            200,
            &json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": METRICS, "resources": []}),
        )),
        ["nodes"] => list(server, request, Kind::Node, None),
        ["nodes", name] => named(server, Kind::Node, "", name),
        ["pods"] => list(server, request, Kind::Pod, None),
        ["namespaces", namespace, "pods"] => list(server, request, Kind::Pod, Some(namespace)),
        ["namespaces", namespace, "pods", name] => named(server, Kind::Pod, namespace, name),
        _ => Err(Refused::no_path()),
    })
}

fn used(used: Used) -> Value {
    json!({"cpu": format!("{}u", used.cpu), "memory": format!("{}Ki", used.memory >> 10)})
}

/// What is told of an object; none where there are no numbers of it yet.
fn told(server: &Server, object: &Object, now: Timestamp) -> Option<Value> {
    let labels = object.metadata().labels.as_ref().map(|labels| labels.iter().collect::<Vec<_>>()).unwrap_or_default();
    let labels: serde_json::Map<String, Value> =
        labels.into_iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let now = now.to_seconds();
    let mut value = json!({
        "apiVersion": METRICS, "timestamp": now, "window": WINDOW,
        "metadata": {"name": object.name(), "creationTimestamp": now, "labels": labels},
    });
    match object.as_pod() {
        Some(pod) => of_pod(server, pod, &mut value)?,
        None => {
            value["kind"] = json!("NodeMetrics");
            value["usage"] = used(top::of_node(&server.cluster, object.name()));
        }
    }
    Some(value)
}

fn of_pod(server: &Server, pod: &Pod, value: &mut Value) -> Option<()> {
    let containers = top::containers(&server.cluster, pod);
    if containers.is_empty() {
        return None;
    }
    value["kind"] = json!("PodMetrics");
    value["metadata"]["namespace"] = json!(pod.namespace());
    value["containers"] =
        containers.into_iter().map(|(name, what)| json!({"name": name, "usage": used(what)})).collect();
    Some(())
}

fn now(server: &Server) -> Timestamp {
    server.cluster.now().to_timestamp(server.cluster.config().epoch)
}

fn list(server: &Server, request: &Request, kind: Kind, namespace: Option<&str>) -> Result<Reply, Refused> {
    let labels = Selector::parse(request.parameter("labelSelector").unwrap_or_default()).map_err(Refused::bad)?;
    let mut objects = resource::list(&server.cluster, Resource::of(kind), namespace);
    objects.retain(|object| labels.matches(object.metadata().labels.as_ref()));
    let items: Vec<Value> = objects.iter().filter_map(|object| told(server, object, now(server))).collect();
    let kind = if kind == Kind::Pod { "PodMetricsList" } else { "NodeMetricsList" };
    Ok(Reply::json(200, &json!({"kind": kind, "apiVersion": METRICS, "metadata": {}, "items": items})))
}

fn named(server: &Server, kind: Kind, namespace: &str, name: &str) -> Result<Reply, Refused> {
    let (plural, full) = if kind == Kind::Pod {
        ("podmetrics", format!("{namespace}/{name}"))
    } else {
        ("nodemetrics", name.to_owned())
    };
    let missing = || Refused::new(404, "NotFound", format!("{plural}.metrics.k8s.io {full:?} not found"));
    let object = resource::live(&server.cluster, Resource::of(kind), namespace, name).map_err(|_| missing())?;
    told(server, &object, now(server)).map(|value| Reply::json(200, &value)).ok_or_else(missing)
}
