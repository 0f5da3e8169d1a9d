//! Event objects: what components tell about objects, correlated and counted as client-go does.

mod correlator;
mod recent;
mod series;

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};

use super::world::World;
use super::{ObjectKey, Time};
use crate::api::{Kind, Object};
pub(crate) use correlator::Correlators;
use correlator::Verdict;

/// The component whose events go through the newer API: they have an action and a series instead of a count.
pub(crate) const SCHEDULER: &str = "default-scheduler";

/// What a component says about an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventNote {
    /// The object.
    pub object: ObjectKey,
    /// The object's uid.
    pub uid: String,
    /// A field of it (`spec.containers{app}`), empty for the whole.
    pub field_path: String,
    /// Who says it (`kubelet`, `default-scheduler`, `replicaset-controller`).
    pub source: &'static str,
    /// The node it is said from; empty for others than kubelets.
    pub host: String,
    /// Whether it is a `Warning`, else `Normal`.
    pub warning: bool,
    /// The reason (`Pulled`).
    pub reason: &'static str,
    /// The text.
    pub message: String,
}

impl EventNote {
    fn type_(&self) -> &'static str {
        if self.warning { "Warning" } else { "Normal" }
    }
}

/// Records `note`: a new Event, a count on an equal one, or nothing where its source has said too much of late.
pub(crate) fn record(world: &mut World, note: EventNote) {
    if note.source == SCHEDULER {
        return series::record(world, note);
    }
    match world.events.correlate(&note, world.now) {
        Verdict::Drop => {}
        Verdict::Create { message, count, remember } => {
            let (key, mut event) = event(world, &note);
            let now = world.timestamp();
            event.message = Some(message);
            event.count = Some(count);
            event.first_timestamp = Some(now.clone());
            event.last_timestamp = Some(now);
            event.source = Some(EventSource { component: Some(note.source.to_owned()), host: some(&note.host) });
            event.reporting_component = Some(note.source.to_owned());
            event.reporting_instance = some(&note.host);
            world.events.remember(&note, remember, key.name.clone());
            world.store.put(key, Object::Event(event.into()));
        }
        Verdict::Count { name, message, count } => {
            let key = ObjectKey { kind: Kind::Event, namespace: namespace(&note.object), name };
            let Some(Object::Event(event)) = world.store.get(&key) else { return };
            let mut event = event.clone();
            let now = world.timestamp();
            let changed = event.make_mut();
            changed.message = Some(message);
            changed.count = Some(count);
            changed.last_timestamp = Some(now);
            world.store.put(key, Object::Event(event));
        }
    }
}

/// Events of what lives in no namespace are in `default`.
fn namespace(object: &ObjectKey) -> Rc<str> {
    if object.namespace.is_empty() { "default".into() } else { object.namespace.clone() }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// A new Event object for `note`, named after its object and the instant, in nanoseconds and hexadecimal.
fn event(world: &mut World, note: &EventNote) -> (ObjectKey, Event) {
    let namespace = namespace(&note.object);
    let nanos = world.now.to_timestamp(world.config.epoch).as_nanosecond();
    let named = |nanos: i64| format!("{}.{nanos:016x}", note.object.name);
    let key = |step| ObjectKey { kind: Kind::Event, namespace: namespace.clone(), name: named(nanos + step).into() };
    let key = (0..1_000).map(key).find(|key| world.store.get(key).is_none()).unwrap_or_else(|| key(0));
    let metadata = ObjectMeta {
        name: Some(key.name.as_ref().to_owned()),
        namespace: Some(namespace.as_ref().to_owned()),
        uid: Some(world.rng.uuid()),
        creation_timestamp: Some(world.timestamp()),
        ..ObjectMeta::default()
    };
    let involved_object = ObjectReference {
        api_version: Some(note.object.kind.api_version().to_owned()),
        kind: Some(note.object.kind.name().to_owned()),
        namespace: some(&note.object.namespace),
        name: Some(note.object.name.as_ref().to_owned()),
        uid: some(&note.uid),
        field_path: some(&note.field_path),
        ..ObjectReference::default()
    };
    let event = Event {
        metadata,
        involved_object,
        reason: Some(note.reason.to_owned()),
        type_: Some(note.type_().to_owned()),
        ..Event::default()
    };
    (key, event)
}

/// The instant as the newer API writes it: to the microsecond.
fn micro_time(world: &World, at: Time) -> MicroTime {
    MicroTime(at.to_timestamp(world.config.epoch))
}

#[cfg(test)]
mod tests;
