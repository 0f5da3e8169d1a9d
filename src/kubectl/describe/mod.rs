//! `kubectl describe`: everything about one object, for people.

mod container;
mod events;
mod pod;
mod probe;
mod volume;
mod writer;

use k8s_openapi::jiff::Timestamp;

use crate::api::{Kind, Object};
use crate::cluster::Store;
use writer::Writer;

/// What is told about `object`, at the moment `now` of the cluster whose objects are in `store`.
///
/// A kind that has no description of its own is told by its metadata and its events.
pub fn describe(object: &Object, store: &Store, now: Timestamp) -> String {
    let mut writer = Writer::default();
    match object {
        Object::Pod(pod) => pod::describe(pod, now, &mut writer),
        other => metadata(other, &mut writer),
    }
    let events = events::table(object, store, now);
    if events.is_none() {
        writer.line(0, "Events", "<none>");
    }
    writer.finish() + &events.unwrap_or_default()
}

fn metadata(object: &Object, writer: &mut Writer) {
    writer.line(0, "Name", object.name());
    if object.kind().is_some_and(Kind::namespaced) {
        writer.line(0, "Namespace", object.namespace());
    }
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
}

/// A time as `describe` prints it (Go: time.RFC1123Z).
fn rfc1123(time: Timestamp) -> String {
    time.to_rfc1123()
}
