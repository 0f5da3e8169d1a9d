//! The scheduler's events: the newer API has no counts, a repeated event becomes a series
//! (client-go: tools/events/event_broadcaster.go).

use std::time::Duration;

use k8s_openapi::api::core::v1::EventSeries;

use super::correlator::Series;
use super::micro_time;
use super::note::{EventNote, Topic};
use super::recent::Hash;
use crate::api::{Kind, Object};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// A series that was silent for so long is over.
const OVER: Duration = Duration::from_secs(6 * 60);
/// A long series is written anew this often.
const REFRESH: Duration = Duration::from_secs(30 * 60);
/// When there are so many more remembered series than were left last time, they are cleared of those that are over.
const MANY: usize = 4096;

/// Records a note of the scheduler about an object as it was at `version`: what is said of a state of it that nothing
/// was said of before is a new Event, whatever is said (client-go: tools/events/event_broadcaster.go getKey).
pub(super) fn record(world: &mut World, note: EventNote, version: &str) {
    let now = world.now;
    let Topic { object, uid, .. } = &*note.topic;
    let id = Hash::of(&[note.type_(), note.reason, object.kind.name(), uid, version]).key();
    if world.events.series.len() > world.events.living + MANY {
        world.events.series.retain(|_, series| now.since(series.last) <= OVER);
        world.events.living = world.events.series.len();
    }
    if let Some(series) = world.events.series.get_mut(&id)
        && now.since(series.last) <= OVER
    {
        series.count = series.count.saturating_add(1);
        series.last = now;
        if series.count > 2 && now.since(series.written) < REFRESH {
            return;
        }
        series.written = now;
        let (key, count) = (series.key.clone(), series.count);
        let Some(Object::Event(event)) = world.store.get(&key) else { return };
        let mut event = event.clone();
        let last = micro_time(world, now);
        event.make_mut().series = Some(EventSeries { count: Some(count), last_observed_time: Some(last) });
        world.store.put(key, Object::Event(event));
        return;
    }
    if super::ends(world, object) {
        return;
    }
    let namespace = super::namespace(object);
    let name = super::create(world, note, None);
    let key = ObjectKey { kind: Kind::Event, namespace, name };
    world.events.series.insert(id, Series { key, count: 1, last: now, written: now });
}
