//! Event objects: what components tell about objects, correlated and counted as client-go does.

pub(super) mod correlator;
mod expiry;
mod note;
mod recent;
mod series;
mod told;

use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

use super::hex::push_hex;
use super::world::World;
use super::{ObjectKey, Time};
use crate::api::{Kind, Object, Shared};
pub(crate) use correlator::Correlators;
use correlator::Verdict;
pub use expiry::has_expired;
pub(crate) use note::{EventNote, SCHEDULER, Topic};

/// Records `note`: a new Event, a count on an equal one, or nothing where its source has said too much of late.
pub(crate) fn record(world: &mut World, note: EventNote) {
    match world.events.correlate(&note, world.now) {
        Verdict::Drop => {}
        // Nothing new is made in a namespace on its way out, Events neither (admission: NamespaceLifecycle).
        Verdict::Create { .. } if ends(world, &note.topic.object) => {}
        Verdict::Create { message, count, remember } => {
            let name = create(world, EventNote { message, ..note }, Some(count));
            if let Some(memory) = remember {
                world.events.remember(&memory, name);
            }
        }
        Verdict::Count { name, message, count } => {
            let key = ObjectKey { kind: Kind::Event, namespace: namespace(&note.topic.object), name };
            let Some(Object::Event(event)) = world.store.get(&key) else { return };
            let mut event = event.clone();
            let now = world.timestamp();
            let changed = event.make_mut();
            changed.message = Some(message.into());
            changed.count = Some(count);
            changed.last_timestamp = Some(now);
            world.store.put(key, Object::Event(event));
        }
    }
}

/// Records a note of the scheduler about an object that had the resourceVersion `version` when the attempt began.
pub(crate) fn record_at(world: &mut World, note: EventNote, version: &str) {
    series::record(world, note, version);
}

/// Whether the namespace that an Event about `object` would be in is on its way out.
fn ends(world: &World, object: &ObjectKey) -> bool {
    !world.ending.is_empty() && world.ending.contains(&namespace(object))
}

/// Events of what lives in no namespace are in `default`.
fn namespace(object: &ObjectKey) -> Rc<str> {
    if object.namespace.is_empty() { "default".into() } else { object.namespace.clone() }
}

/// Stores a new Event for `note`, named after its object and the instant, in nanoseconds and hexadecimal; its name.
fn create(world: &mut World, note: EventNote, count: Option<i32>) -> Rc<str> {
    let namespace = namespace(&note.topic.object);
    let at = world.now.to_timestamp(world.config.epoch);
    let nanos = at.as_nanosecond();
    let store = &world.store;
    let mut room = std::mem::take(&mut world.events.room);
    let mut key = |step: i64| {
        write_name(&mut room, &note.topic.object.name, nanos + step);
        ObjectKey { kind: Kind::Event, namespace: namespace.clone(), name: room.as_str().into() }
    };
    let key = (0..1_000).map(&mut key).find(|key| store.get(key).is_none()).unwrap_or_else(|| key(0));
    world.events.room = room;
    let name = key.name.clone();
    let uid = world.rng.uuid_numbers();
    let resource_version = world.store.next_version();
    let event = told::Told { name: name.clone(), uid, resource_version, at, note, count };
    world.store.put_versioned(key, Object::Event(Shared::told(event)));
    name
}

/// Writes into `room` the name of an Event about `object`, told at so many nanoseconds since 1970: a run makes hundreds of
/// thousands of them.
fn write_name(room: &mut String, object: &str, nanos: i64) {
    room.clear();
    room.push_str(object);
    room.push('.');
    push_hex(room, u64::try_from(nanos).unwrap_or_default());
}

/// The instant as the newer API writes it: to the microsecond.
fn micro_time(world: &World, at: Time) -> MicroTime {
    MicroTime(at.to_timestamp(world.config.epoch))
}

#[cfg(test)]
mod tests;
