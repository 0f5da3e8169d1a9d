//! What a run can be asked to go on to: the next moment of some kind.

use collections::{Map as BTreeMap, Slice};
use std::rc::Rc;

use super::{Progress, Run};
use crate::api::{Kind, Object, Pod};
use crate::cluster::{ChangeKind, Happening, ObjectKey, Record, RuntimeEvent, Time};

/// A moment worth running on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Every Pod that is not finished becomes ready.
    Ready,
    /// A container is started again.
    Restart,
    /// A container fails, or a warning is given that was not given before.
    Error,
    /// Nothing new happens any more.
    End,
}

impl Goal {
    /// Every goal, in the order of a menu.
    pub const ALL: [Goal; 4] = [Goal::Ready, Goal::Restart, Goal::Error, Goal::End];

    /// Its name in ids of messages (`ready`).
    pub fn id(self) -> &'static str {
        match self {
            Goal::Ready => "ready",
            Goal::Restart => "restart",
            Goal::Error => "error",
            Goal::End => "end",
        }
    }
}

/// When `goal` is reached after `after`, as far as the run has been computed; of one Pod, where one is given.
pub fn reach(run: &Run, after: Time, goal: Goal, only: Option<&ObjectKey>) -> Option<Time> {
    let records = run.records_between(after, run.end());
    let life = |record: &Record| match &record.what {
        Happening::Runtime(note) => Some((note.pod.clone(), note.clone())),
        _ => None,
    };
    let ours = |uid: &str| {
        let Some(key) = only else { return true };
        run.pods_of(key).any(|known| known == uid)
    };
    match goal {
        Goal::Ready => ready(run, after, records, only),
        Goal::Restart => {
            let again = |record: &&Record| {
                life(record).is_some_and(|(pod, note)| {
                    note.attempt > 0 && matches!(note.event, RuntimeEvent::Started) && ours(&pod)
                })
            };
            records.iter().find(again).map(|record| record.at)
        }
        Goal::Error => records.iter().find(|record| fails(run, record, &ours)).map(|record| record.at),
        Goal::End => {
            let over = matches!(run.progress(), Progress::AtRest | Progress::Repeating);
            run.step_before(run.end()).filter(|_| over)
        }
    }
}

fn is_ready(pod: &Pod) -> bool {
    pod.status.conditions.iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Whether a Pod counts for readiness: it is neither finished nor going away.
fn counts(pod: &Pod) -> bool {
    !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) && pod.metadata.deletion_timestamp.is_none()
}

fn ready(run: &Run, after: Time, records: Slice<Record>, only: Option<&ObjectKey>) -> Option<Time> {
    let wanted = |key: &ObjectKey| only.is_none_or(|only| only == key);
    let mut pods: BTreeMap<ObjectKey, bool> = BTreeMap::new();
    for (key, object) in run.objects_at(Kind::Pod, after).filter(|(key, _)| wanted(key)) {
        if let Object::Pod(pod) = object
            && counts(pod)
        {
            pods.insert(key.clone(), is_ready(pod));
        }
    }
    let all = |pods: &BTreeMap<ObjectKey, bool>| !pods.is_empty() && pods.values().all(|ready| *ready);
    let mut before = all(&pods);
    for record in records {
        let Happening::Changed(change) = &record.what else { continue };
        let Object::Pod(pod) = &change.object else { continue };
        if !wanted(&change.key) {
            continue;
        }
        if change.kind != ChangeKind::Deleted && counts(pod) {
            pods.insert(change.key.clone(), is_ready(pod));
        } else {
            pods.remove(&change.key);
        }
        let now = all(&pods);
        if now && !before {
            return Some(record.at);
        }
        before = now;
    }
    None
}

/// Whether `record` says that something went wrong that nobody asked for.
fn fails(run: &Run, record: &Record, ours: &dyn Fn(&str) -> bool) -> bool {
    match &record.what {
        Happening::Runtime(note) => {
            let bad = match &note.event {
                RuntimeEvent::Exited { code, .. } => *code != 0,
                RuntimeEvent::StartFailed { .. } | RuntimeEvent::SandboxFailed { .. } => true,
                RuntimeEvent::PullEnded { error, .. } => error.is_some(),
                _ => false,
            };
            bad && ours(&note.pod) && !asked_to_go(run, &note.pod, record.at)
        }
        Happening::Changed(change) if change.kind == ChangeKind::Added => match &change.object {
            Object::Event(event) => {
                event.type_.as_deref() == Some("Warning") && ours(event.involved_object.uid.as_deref().unwrap_or("-"))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether the Pod of `uid` is being deleted at `at`: what it returns then is no error.
fn asked_to_go(run: &Run, uid: &Rc<str>, at: Time) -> bool {
    let of = |(_, object): &(&ObjectKey, &Object)| object.metadata().uid.as_deref() == Some(&**uid);
    let pod = run.objects_at(Kind::Pod, at).find(of);
    pod.is_none_or(|(_, object)| object.metadata().deletion_timestamp.is_some())
}
