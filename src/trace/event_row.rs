//! Events as a list shows them.

use k8s_openapi::Text;
use std::rc::Rc;

use super::Run;
use crate::api::{Kind, Object};
use crate::cluster::{ChangeKind, Happening, ObjectKey, Time};

/// One Event object as it stood at the instant asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// When it was first noted.
    pub first: Time,
    /// When it was noted last.
    pub last: Time,
    /// How often.
    pub count: i32,
    /// Whether it is a `Warning`, else `Normal`.
    pub warning: bool,
    /// The reason (`BackOff`).
    pub reason: Rc<str>,
    /// The text.
    pub message: Rc<str>,
    /// The object it is about, where that is of a kind Podlab simulates.
    pub object: Option<ObjectKey>,
    /// Who said it (`kubelet`).
    pub source: Rc<str>,
    /// The field of the object it is about (`spec.containers{app}`), empty for the whole.
    pub field_path: Rc<str>,
}

impl EventRow {
    /// The container that [`EventRow::field_path`] names, if it names one.
    pub fn container(&self) -> Option<&str> {
        let (_, name) = self.field_path.split_once('{')?;
        name.strip_suffix('}')
    }

    /// The row of an Event that was first noted at `first` and last at `last`; none for other objects.
    pub(super) fn of(object: &Object, first: Time, last: Time) -> Option<Self> {
        let Object::Event(event) = object else { return None };
        let text = |value: &Option<Text>| Rc::from(value.as_deref().unwrap_or_default());
        let involved = &event.involved_object;
        let named = |value: &Option<Text>| value.clone().unwrap_or_default();
        let kind = Kind::find(&named(&involved.api_version), &named(&involved.kind));
        let series = event.series.as_ref().and_then(|series| series.count);
        let component = event.source.as_ref().and_then(|source| source.component.as_deref());
        let component = component.filter(|component| !component.is_empty()).or(event.reporting_component.as_deref());
        Some(Self {
            first,
            last,
            count: series.or(event.count).unwrap_or(1).max(1),
            warning: event.type_.as_deref() == Some("Warning"),
            reason: text(&event.reason),
            message: text(&event.message),
            object: kind.map(|kind| ObjectKey::new(kind, object.namespace(), &named(&involved.name))),
            source: component.unwrap_or_default().into(),
            field_path: text(&involved.field_path),
        })
    }
}

/// The Events there were at `at`, the one noted last at the end.
pub fn events(run: &Run, at: Time) -> Vec<EventRow> {
    let mut rows = newest_events(run, at, usize::MAX).0;
    rows.reverse();
    rows
}

/// The newest Events there were at `at`, `most` of them, the one noted last first; and how many there were in all.
pub fn newest_events(run: &Run, at: Time, most: usize) -> (Vec<EventRow>, usize) {
    let chronicle = run.chronicle();
    let count = chronicle.events_at(at);
    // From the newest record backwards, until there are enough; of the last instant all, to order what is equally new.
    let mut seen: collections::Set<&ObjectKey> = collections::Set::new();
    let mut found: Vec<(&ObjectKey, Time, &Object)> = Vec::new();
    for record in chronicle.events_until(at).rev() {
        if found.len() >= count || found.len() >= most && found.last().is_some_and(|(_, last, _)| *last != record.at) {
            break;
        }
        let Happening::Changed(change) = &record.what else { continue };
        if seen.insert(&change.key) && change.kind != ChangeKind::Deleted {
            found.push((&change.key, record.at, &change.object));
        }
    }
    collections::sort_by(&mut found, |a, b| a.0.cmp(b.0));
    let times = |(key, last, object)| {
        let first = chronicle.changes(key).next().map_or(Time::ZERO, |(first, _)| first);
        (last, first, object)
    };
    let mut all: Vec<(Time, Time, &Object)> = found.into_iter().map(times).collect();
    collections::sort_by_key(&mut all, |(last, first, _)| (*last, *first));
    let newest = all.iter().rev().take(most);
    (newest.filter_map(|(last, first, object)| EventRow::of(object, *first, *last)).collect(), count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Config, Propagation};

    /// By looking at every Event there is.
    fn plainly(run: &Run, at: Time, most: usize) -> (Vec<EventRow>, usize) {
        let chronicle = run.chronicle();
        let times = |(key, object)| {
            let first = chronicle.changes(key).next().map_or(Time::ZERO, |(first, _)| first);
            let last = chronicle.change_at(key, at).map_or(first, |(last, _)| last);
            (last, first, object)
        };
        let mut all: Vec<(Time, Time, &Object)> = run.objects_at(Kind::Event, at).map(times).collect();
        collections::sort_by_key(&mut all, |(last, first, _)| (*last, *first));
        let newest = all.iter().rev().take(most);
        (newest.filter_map(|(last, first, object)| EventRow::of(object, *first, *last)).collect(), all.len())
    }

    #[test]
    fn the_newest_are_found_without_looking_at_all() {
        let mut run = Run::new(Config::default());
        for number in 0..7 {
            let json = serde_json::json!({
                "metadata": { "name": format!("p{number}"), "namespace": "default" },
                "spec": { "containers": [{ "name": "a", "image": "busybox", "command": ["sh", "-c", "sleep 2; exit 1"] }] }
            });
            run.act(Time::ZERO, Action::Create(Object::from_json(Kind::Pod, json).unwrap())).unwrap();
        }
        // An hour and more: Events are forgotten too.
        run.run_until(Time::from_secs_f64(4_500.0));
        for step in 0..90 {
            let at = Time::from_secs_f64(f64::from(step * step) * 0.55);
            for most in [1, 5, 40, usize::MAX] {
                assert_eq!(newest_events(&run, at, most), plainly(&run, at, most), "{most} at {at:?}");
            }
        }
        // What is done in the past makes what came after it undone, and those of it are forgotten.
        let key = ObjectKey::new(Kind::Pod, "default", "p0");
        let delete = Action::Delete { key, grace: Some(0), propagation: Propagation::Background };
        run.act(Time::from_secs_f64(50.0), delete).unwrap();
        run.run_until(Time::from_secs_f64(90.0));
        for at in [40.0, 50.0, 60.0, 90.0].map(Time::from_secs_f64) {
            assert_eq!(newest_events(&run, at, usize::MAX), plainly(&run, at, usize::MAX), "anew, at {at:?}");
        }
    }
}
