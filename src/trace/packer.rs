//! Makes the journal small: of what changed a good while ago only the difference to the state before is kept.

use collections::Map as BTreeMap;

use crate::api::{Object, Pod, Shared};
use crate::cluster::Change;
use k8s_openapi::api::core::v1::Event;
use k8s_openapi::record::Part;

/// So many records stay as they are: who follows the run hears of them first.
const FRESH: usize = 6_000;
/// A journal of so many records is kept whole: packing costs a quarter of what simulating does, and every look at what is
/// packed costs again. Only beyond that would memory grow too large.
const ROOM: usize = 400_000;
/// For each record beyond that so many older ones are packed: it catches up without a standstill.
const PACE: usize = 4;

/// What has been packed, and what Events are packed by.
#[derive(Clone, Debug, Default)]
pub(super) struct Packer {
    /// How many records were looked at.
    done: usize,
    /// Of each reason one Event, packed and whole: another one of it differs in little.
    samples: BTreeMap<String, (Shared<Event>, Shared<Event>)>,
    /// Room to work in.
    scratch: Vec<u8>,
}

/// `now` as what differs from `old`, which is kept as `kept`.
fn part<T: Part + Default + Clone>(
    now: &Shared<T>,
    kept: Option<&Shared<T>>,
    old: Option<&Shared<T>>,
    scratch: &mut Vec<u8>,
) -> Shared<T> {
    // What is packed already would have to be unpacked to be compared with.
    let before = kept.zip(old).filter(|(kept, old)| kept.is_packed() && !old.is_packed());
    now.packed(before, scratch)
}

impl Packer {
    /// The place of the next record to be looked at, of so many that there are.
    pub fn next(&mut self, records: usize) -> Option<usize> {
        let place = self.done;
        let beyond = records.saturating_sub(ROOM);
        (place + FRESH < records && place < beyond.saturating_mul(PACE)).then(|| {
            self.done += 1;
            place
        })
    }

    /// Records from `place` on are gone.
    pub fn back_to(&mut self, place: usize) {
        self.done = self.done.min(place);
    }

    /// `change`, packed; `before` is the object before as the journal keeps it. None where it is not packed.
    pub fn pack(&mut self, change: &Change, before: Option<Object>) -> Option<Change> {
        let object = match &change.object {
            Object::Pod(pod) => {
                let kept = before.as_ref().and_then(Object::as_pod);
                let old = change.old.as_ref().and_then(Object::as_pod);
                let scratch = &mut self.scratch;
                Object::Pod(Pod {
                    metadata: part(&pod.metadata, kept.map(|it| &it.metadata), old.map(|it| &it.metadata), scratch),
                    resource_version: pod.resource_version.clone(),
                    spec: part(&pod.spec, kept.map(|it| &it.spec), old.map(|it| &it.spec), scratch),
                    status: part(&pod.status, kept.map(|it| &it.status), old.map(|it| &it.status), scratch),
                })
            }
            Object::Event(event) if event.is_packed() => return None,
            Object::Event(event) => Object::Event(self.event(event)),
            _ => return None,
        };
        // An earlier object of the same name is not the one before a new one.
        let old = if change.old.is_some() && before.is_some() { before } else { change.old.clone() };
        Some(Change { kind: change.kind, key: change.key.clone(), object, old })
    }

    fn event(&mut self, event: &Shared<Event>) -> Shared<Event> {
        let reason = event.reason.as_deref().unwrap_or_default();
        if let Some((kept, whole)) = self.samples.get(reason) {
            return event.packed(Some((kept, whole)), &mut self.scratch);
        }
        let kept = event.packed(None, &mut self.scratch);
        self.samples.insert(reason.to_owned(), (kept.clone(), event.clone()));
        kept
    }
}
