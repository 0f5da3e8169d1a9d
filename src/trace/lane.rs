//! The timeline: a lane for each container, with what it was from when to when, and marks.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::scene::Role;
use super::track::{self, Track, View};
use super::{EventRow, Run, Tone};
use crate::api::Object;
use crate::cluster::{Happening, ObjectKey, Record, RuntimeEvent, Time};

/// The life of one container of one Pod; the lanes of a Pod come in the order of its spec.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The Pod.
    pub pod: ObjectKey,
    /// The Pod's uid: two Pods of one name, one after the other, have lanes of their own.
    pub uid: Rc<str>,
    /// The container's name.
    pub container: Rc<str>,
    /// What it is in the Pod.
    pub role: Role,
    /// When its Pod was gone, where it is.
    pub gone: Option<Time>,
    /// Its states in order of time; each ends where the next begins.
    pub spans: Vec<LaneSpan>,
    /// What happened to it, in order of time.
    pub marks: Vec<Mark>,
}

/// One state of a container, from an instant to another.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneSpan {
    /// When it began.
    pub from: Time,
    /// When it ended; the end of what has been run where it lasts on.
    pub to: Time,
    /// What it looks like.
    pub tone: Tone,
    /// The state in one word (`Running`, `CrashLoopBackOff`).
    pub word: Rc<str>,
    /// What there is to say more (`exit code 1`), or nothing.
    pub detail: Rc<str>,
}

/// Something that happened at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When.
    pub at: Time,
    /// What kind of thing.
    pub kind: MarkKind,
    /// The words.
    pub text: Rc<str>,
}

/// The kinds of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// An Event about it, `Normal`.
    Event,
    /// An Event about it, `Warning`.
    Warning,
    /// A probe passed.
    ProbeOk,
    /// A probe failed.
    ProbeFailed,
    /// A hook began or ended.
    Hook,
    /// A signal reached it.
    Signal,
    /// It ended.
    Exit,
    /// A person acted on its Pod.
    Action,
}

impl MarkKind {
    /// Its name in style sheets and message ids (`probe-failed`).
    pub fn id(self) -> &'static str {
        match self {
            MarkKind::Event => "event",
            MarkKind::Warning => "warning",
            MarkKind::ProbeOk => "probe-ok",
            MarkKind::ProbeFailed => "probe-failed",
            MarkKind::Hook => "hook",
            MarkKind::Signal => "signal",
            MarkKind::Exit => "exit",
            MarkKind::Action => "action",
        }
    }
}

/// The lanes of every Pod that ever was, by namespace and name, up to the end of the run.
pub fn lanes(run: &Run) -> Vec<Lane> {
    run.pods().into_iter().flat_map(|pod| lanes_of(run, &pod.uid, run.end())).collect()
}

/// The lanes of the Pod of `uid`, in the order of its spec, as known at `until`.
pub fn lanes_of(run: &Run, uid: &str, until: Time) -> Vec<Lane> {
    let mut spans: BTreeMap<Rc<str>, Vec<LaneSpan>> = BTreeMap::new();
    let mut push = |container: Rc<str>, view: View, from: Time, to: Time| {
        // What lasts no time is not to be seen, and leaves no seam.
        if from < to {
            let spans = spans.entry(container).or_default();
            match spans.last_mut() {
                Some(last)
                    if last.to == from
                        && (last.tone, &last.word, &last.detail) == (view.tone, &view.word, &view.detail) =>
                {
                    last.to = to
                }
                _ => spans.push(LaneSpan { from, to, tone: view.tone, word: view.word, detail: view.detail }),
            }
        }
    };
    let story = || run.chronicle().story_until(uid, until);
    let track = Track::follow(story(), |at, before| push(before.container, before.view, before.since, at));
    let Some(track) = track else { return Vec::new() };
    let end = track.gone.unwrap_or(until).max(track.created);
    for (name, container) in &track.containers {
        push(name.clone(), container.view.clone(), container.since, end);
    }
    let mut marks = marks(story());
    let Some(pod) = ObjectKey::of(&Object::Pod(track.pod.clone().into())) else { return Vec::new() };
    let acts: Vec<Mark> = run
        .acts()
        .iter()
        .filter(|act| act.at <= until && act.at >= track.created && act.action.subject().as_ref() == Some(&pod))
        .map(|act| Mark { at: act.at, kind: MarkKind::Action, text: act.action.verb().into() })
        .collect();
    let lane = |(role, name): (Role, &str)| {
        let mut marks = marks.remove(name).unwrap_or_default();
        marks.extend(acts.iter().cloned());
        collections::sort_by_key(&mut marks, |mark| mark.at);
        Lane {
            pod: pod.clone(),
            uid: uid.into(),
            container: name.into(),
            role,
            gone: track.gone,
            spans: spans.remove(name).unwrap_or_default(),
            marks,
        }
    };
    track::names(&track.pod).map(lane).collect()
}

/// The marks of each container in a Pod's story. A probe that passes again and again is marked once.
fn marks<'a>(story: impl Iterator<Item = &'a Record>) -> BTreeMap<Rc<str>, Vec<Mark>> {
    let mut marks: BTreeMap<Rc<str>, Vec<Mark>> = BTreeMap::new();
    let mut verdicts: BTreeMap<(Rc<str>, &'static str), bool> = BTreeMap::new();
    for record in story {
        let (container, kind, text) = match &record.what {
            Happening::Runtime(note) => {
                let (kind, text) = match &note.event {
                    RuntimeEvent::Probed { probe, ok, message } => {
                        let before = verdicts.insert((note.container.clone(), probe), *ok);
                        match ok {
                            true if before == Some(true) => continue,
                            true => (MarkKind::ProbeOk, (*probe).to_owned()),
                            false => (MarkKind::ProbeFailed, format!("{probe}: {message}")),
                        }
                    }
                    RuntimeEvent::HookStarted { hook } => (MarkKind::Hook, (*hook).to_owned()),
                    RuntimeEvent::HookEnded { hook, ok: false } => (MarkKind::Hook, format!("{hook} failed")),
                    RuntimeEvent::Signal { name } => (MarkKind::Signal, format!("SIG{name}")),
                    RuntimeEvent::Exited { code, reason } => (MarkKind::Exit, format!("{reason} ({code})")),
                    _ => continue,
                };
                (note.container.clone(), kind, text)
            }
            Happening::Changed(change) => {
                let Some(row) = EventRow::of(&change.object, record.at, record.at) else { continue };
                let Some(container) = row.container() else { continue };
                let kind = if row.warning { MarkKind::Warning } else { MarkKind::Event };
                (container.into(), kind, format!("{}: {}", row.reason, row.message))
            }
            _ => continue,
        };
        marks.entry(container).or_default().push(Mark { at: record.at, kind, text: text.into() });
    }
    marks
}
