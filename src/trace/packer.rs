//! Makes the journal small: of what changed a good while ago only the difference to the state before is kept.

use collections::Map as BTreeMap;
use std::rc::Rc;

use crate::api::{Object, Pod, Shared, controller_of};
use crate::cluster::Change;
use k8s_openapi::api::core::v1::Event;
use k8s_openapi::record::Part;

/// So many records stay as they are: who follows the run hears of them first.
const FRESH: usize = 6_000;
/// A journal of so many records is kept whole, which is what ten thousand Pods take to come, be ready, be probed for minutes
/// and be updated: packing costs more than a quarter of what simulating does, every look at what is packed costs again, and
/// as states share what they have in common it makes of six bytes five.
pub(super) const ROOM: usize = 1_000_000;
/// Of so many owners at a time a Pod is remembered.
const OWNERS: usize = 64;
/// For each record beyond that so many older ones are packed: it catches up without a standstill.
const PACE: usize = 4;

/// What has been packed, and what Events are packed by.
#[derive(Clone, Debug, Default)]
pub(super) struct Packer {
    /// How many records were looked at.
    done: usize,
    /// Of each reason one Event, packed and whole: another one of it differs in little.
    samples: BTreeMap<String, (Shared<Event>, Shared<Event>)>,
    /// Of each owner one new Pod, packed and whole: its next one differs in its name and its token.
    siblings: BTreeMap<Rc<str>, (Pod, Rc<Pod>)>,
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

/// `pod` as what differs from the one before, or from a sibling, which is given as it is kept and as it was.
fn differing(pod: &Pod, before: Option<(&Pod, &Pod)>, scratch: &mut Vec<u8>) -> Pod {
    let (kept, old) = before.unzip();
    Pod {
        metadata: part(&pod.metadata, kept.map(|it| &it.metadata), old.map(|it| &it.metadata), scratch),
        resource_version: pod.resource_version.clone(),
        spec: part(&pod.spec, kept.map(|it| &it.spec), old.map(|it| &it.spec), scratch),
        status: part(&pod.status, kept.map(|it| &it.status), old.map(|it| &it.status), scratch),
    }
}

impl Packer {
    /// The place of the next record to be looked at, of so many that there are, of which `room` may be whole.
    pub fn next(&mut self, records: usize, room: usize) -> Option<usize> {
        let place = self.done;
        let beyond = records.saturating_sub(room);
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
                Object::Pod(Rc::new(match kept.zip(old) {
                    Some(before) => differing(pod, Some(before), &mut self.scratch),
                    None => self.new_pod(pod),
                }))
            }
            Object::Event(event) if event.is_packed() => return None,
            Object::Event(event) => Object::Event(self.event(event)),
            _ => return None,
        };
        // An earlier object of the same name is not the one before a new one.
        let old = if change.old.is_some() && before.is_some() { before } else { change.old.clone() };
        Some(Change { kind: change.kind, key: change.key.clone(), object, old })
    }

    /// A Pod that nothing is known of before.
    fn new_pod(&mut self, pod: &Rc<Pod>) -> Pod {
        let owner = controller_of(&pod.metadata);
        let Some(owner) = owner.map(|owner| owner.uid.to_shared()) else {
            return differing(pod, None, &mut self.scratch);
        };
        if let Some((kept, whole)) = self.siblings.get(&owner) {
            return differing(pod, Some((kept, whole)), &mut self.scratch);
        }
        let kept = differing(pod, None, &mut self.scratch);
        if self.siblings.len() >= OWNERS {
            self.siblings.clear();
        }
        self.siblings.insert(owner, (kept.clone(), pod.clone()));
        kept
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::cluster::{Action, Cluster, Config, Happening, Record, Time};
    use crate::trace::chronicle::Chronicle;

    /// What became of a few Pods that crash again and again.
    fn journal() -> Vec<Record> {
        let mut cluster = Cluster::new(Config { sim_variables: true, ..Config::default() });
        for number in 0..12 {
            let pod = serde_json::json!({
                "metadata": {"name": format!("p{number}"), "namespace": "default"},
                "spec": {"containers": [{"name": "app", "image": "i", "env": [{"name": "SIM", "value": "run=2 exit=1"}]}]},
            });
            cluster.act(Action::Create(Object::from_json(Kind::Pod, pod).unwrap())).unwrap();
        }
        cluster.run_until(Time::from_secs_f64(10_000.0));
        cluster.take_journal()
    }

    fn packed(record: &Record) -> bool {
        matches!(&record.what, Happening::Changed(change) if match &change.object {
            Object::Pod(pod) => pod.status.is_packed(),
            Object::Event(event) => event.is_packed(),
            _ => false,
        })
    }

    #[test]
    fn a_packed_journal_says_what_it_said() {
        let journal = journal();
        assert!(journal.len() > FRESH + 1_000, "{} records", journal.len());
        let mut chronicle = Chronicle::default();
        chronicle.extend(journal.clone());
        chronicle.pack(0, |_, _, _| ());
        let records = chronicle.records();
        let (old, fresh) = (records.first(journal.len() - FRESH), records.after(journal.len() - FRESH));
        assert!(old.iter().filter(|record| packed(record)).count() > 500);
        assert!(!fresh.iter().any(packed));
        let text = |record: &Record| format!("{record:?}");
        assert!(records.iter().map(text).eq(journal.iter().map(text)));
    }

    #[test]
    fn a_short_journal_is_kept_whole() {
        let journal = journal();
        let mut chronicle = Chronicle::default();
        chronicle.extend(journal);
        chronicle.pack(ROOM, |_, _, _| ());
        assert!(!chronicle.records().iter().any(packed));
    }

    #[test]
    fn a_long_one_is_packed_step_by_step() {
        let mut packer = Packer::default();
        let all = |packer: &mut Packer, records| std::iter::from_fn(|| packer.next(records, ROOM)).count();
        assert_eq!(all(&mut packer, ROOM), 0);
        assert_eq!(all(&mut packer, ROOM + 100), 100 * PACE);
        assert_eq!(all(&mut packer, 2 * ROOM), 2 * ROOM - FRESH - 100 * PACE);
    }
}
