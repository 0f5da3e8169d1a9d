//! `kubectl describe`: everything about one object, for people.

mod config;
mod container;
mod events;
mod generic;
mod network;
mod node;
mod pod;
mod probe;
pub(super) mod template;
mod volume;
mod workload;
mod writer;

use k8s_openapi::jiff::Timestamp;

use crate::api::{Kind, Object, View};
use crate::cluster::{Cluster, Store};
use crate::kubectl::resource;
use crate::kubectl::resources::Resource;
use writer::Writer;

/// What a description is made from beside the object itself.
struct Told<'a> {
    store: &'a Store,
    slices: Vec<Object>,
    now: Timestamp,
    /// Whether the cluster has kubelets, which keep leases.
    live: bool,
}

/// What is told about `object`, at the moment `now` of the cluster whose objects are in `store`.
///
/// A kind that has no description of its own is told by its metadata and its events.
pub fn describe(object: &Object, store: &Store, now: Timestamp) -> String {
    tell(&Told { store, slices: Vec::new(), now, live: true }, object, true)
}

/// What is told about `object` of `cluster`; the events only where they are wanted.
pub(super) fn describe_in(cluster: &Cluster, object: &Object, now: Timestamp, events: bool) -> String {
    let slices = match object.kind() {
        Some(Kind::Service) => resource::list(cluster, Resource::of(Kind::EndpointSlice), Some(object.namespace())),
        _ => Vec::new(),
    };
    tell(&Told { store: cluster.store(), slices, now, live: cluster.is_live() }, object, events)
}

fn tell(told: &Told<'_>, object: &Object, with_events: bool) -> String {
    let mut writer = Writer::default();
    let value = match object {
        Object::Pod(_) => serde_json::Value::Null,
        other => other.to_json(),
    };
    let view = View::new(&value);
    let mut silent = false;
    match object {
        Object::Pod(pod) => pod::describe(pod, told.now, &mut writer),
        _ => match object.kind() {
            Some(Kind::Node) => node::describe(told, object, view, &mut writer),
            Some(Kind::Service) => network::service(told, object, view, &mut writer),
            Some(Kind::HorizontalPodAutoscaler) => network::autoscaler(object, view, &mut writer),
            Some(
                Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet | Kind::Job | Kind::CronJob,
            ) => workload::describe(told, object, view, &mut writer),
            _ => silent = config::describe(told, object, view, &mut writer),
        },
    }
    if silent || !with_events {
        return writer.finish();
    }
    let events = events::table(object, told.store, told.now, told.live);
    if events.is_none() {
        writer.line(0, "Events", "<none>");
    }
    writer.finish() + &events.unwrap_or_default()
}

/// A time as `describe` prints it (Go: time.RFC1123Z).
fn rfc1123(time: Timestamp) -> String {
    time.to_rfc1123()
}
