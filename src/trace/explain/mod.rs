//! Making the explanations: from what was decided, and from the walk through the Pod's history.

mod container;
mod node;
mod owner;
mod plain;
mod pod;
mod running;

use std::rc::Rc;

use super::ahead::Ahead;
use super::scene::place::Place;
use super::track::{self, Sandbox, Track};
use super::{Next, Origin, Phrase, Progress, Run, Tone, Why};
use crate::api::Object;
use crate::cluster::{Happening, ObjectKey, Reason, Record, RuntimeEvent, Time};
use node::Silent;
pub use owner::why_owner;

/// The ids of every [`Phrase`] an explanation is made of; `locales/*.ftl` say each of them.
pub const PHRASES: &[&str] = &[
    "why-scheduling-gated",
    "why-unschedulable",
    "why-nodes-too-small",
    "why-nodes-lack",
    "why-nodes-full",
    "why-nodes-unlike",
    "why-nodes-cordoned",
    "why-nodes-tainted",
    "why-nodes-port-taken",
    "why-nodes-lack-friends",
    "why-nodes-have-foes",
    "why-nodes-uneven",
    "why-claim-unbound",
    "why-cluster-says",
    "why-image-invalid",
    "why-image-denied",
    "why-image-missing",
    "why-image-never",
    "why-image-unreachable",
    "why-nobody-listens",
    "why-answers-badly",
    "why-answers-late",
    "why-ended-before",
    "why-was-killed-before",
    "why-last-words",
    "why-unscheduled",
    "why-waits-for-volume",
    "why-waits-for-init",
    "why-waits-for-sidecar",
    "why-waits-for-earlier",
    "why-waits-for-turn",
    "why-mounts-volumes",
    "why-sandbox-starting",
    "why-sandbox-failed",
    "why-pulling",
    "why-creating",
    "why-starting",
    "why-startup-probe",
    "why-running-init",
    "why-running",
    "why-not-ready-yet",
    "why-not-ready-probe",
    "why-ready",
    "why-post-start",
    "why-pod-deleted",
    "why-pre-stop",
    "why-stopping",
    "why-killed-by-probe",
    "why-stops-after",
    "why-crash-back-off",
    "why-image-back-off",
    "why-cannot-start",
    "why-post-start-failed",
    "why-sidecar-stopped",
    "why-init-done",
    "why-completed",
    "why-failed",
    "why-not-restarted",
    "why-pod-container",
    "why-pod-ready",
    "why-pod-deadline",
    "why-pod-goes-on",
    "why-pod-gate",
    "why-node-silent",
    "why-node-lost",
    "why-node-holds",
    "why-all-nodes-lost",
    "why-pod-succeeded",
    "why-pod-succeeded-sidecars",
    "why-pod-evicted",
    "why-no-such-node",
    "why-pod-failed",
    "why-killed",
    "why-oom",
    "why-liveness-failing",
    "why-readiness-failing",
    "why-cron-waits",
    "why-cron-suspended",
    "why-rollout-paused",
    "why-scaled-down",
    "why-no-node-for-it",
    "why-owner-deleted",
    "why-owner-lacks",
    "why-owner-refused",
    "why-owner-too-many",
    "why-owner-unready",
    "why-owner-new",
    "why-owner-full",
    "why-owner-old",
    "why-owner-in-turn",
    "why-owner-pod",
    "why-rollout",
    "why-rollout-waits",
    "why-rollout-recreates",
    "why-rollout-stalled",
    "why-rollout-undo",
    "why-rollout-downwards",
    "why-rollout-partition",
    "why-rollout-node-by-node",
    "why-rollout-by-hand",
    "why-daemon-unready",
    "why-daemon-full",
    "why-job-complete",
    "why-job-too-many-failures",
    "why-job-deadline",
    "why-job-policy",
    "why-job-failed-indexes",
    "why-job-failed",
    "why-job-suspended",
    "why-job-works",
    "why-job-retries",
    "why-job-waits",
    "why-cron-works",
    "why-cron-forbids",
    "why-cron-replaces",
    "why-autoscaled",
    "why-autoscaler-off",
    "why-autoscaler-blind",
    "why-autoscaler-patient",
    "why-autoscaler-most",
    "why-autoscaler-fewest",
    "why-autoscaler-paced",
    "flow-direct",
    "flow-through-service",
    "flow-passed-on",
    "flow-no-such-name",
    "flow-selects-nothing",
    "flow-none-ready",
    "flow-no-such-port",
    "flow-not-listening",
    "flow-no-such-address",
    "flow-switched-off",
    "flow-hangs",
    "flow-circle",
    "next-retry-volume",
    "next-pull-again",
    "next-restart",
    "next-start",
    "next-probe",
    "next-kill",
    "next-gone",
    "next-bound",
    "next-node-lost",
    "next-evicted",
    "next-ends",
    "next-hook",
    "next-its-turn",
    "next-job",
    "next-job-removed",
    "next-stalled",
    "next-nothing",
];

/// Why the Pod of `key`, or one container of it, is at `at` as it is; none where there is no such thing.
pub fn why(run: &Run, at: Time, key: &ObjectKey, container: Option<&str>) -> Option<Why> {
    let object = run.object_at(key, at)?;
    let Object::Pod(pod) = object else { return None };
    let track = Track::follow(run.chronicle().story_until(pod.uid(), at), |_, _| ())?;
    let place = Place::of(run, at, object, key);
    let ahead = Ahead::new(run, pod.uid(), run.chronicle().story_length(pod.uid(), at), at);
    let silent = Silent::find(run, at, key, pod.spec.node_name.as_deref());
    let case = Case { run, at, track: &track, place: &place, ahead, over: run.progress() != Progress::Going, silent };
    match container {
        Some(name) => case.container(name),
        None => Some(case.pod()),
    }
}

struct Case<'a> {
    run: &'a Run,
    at: Time,
    track: &'a Track,
    place: &'a Place,
    /// What the trace knows of the time after.
    ahead: Ahead<'a>,
    /// Whether nothing but repetition comes after what the trace knows.
    over: bool,
    /// The Pod's node, where nothing is heard of it.
    silent: Option<Silent>,
}

impl Case<'_> {
    fn why<const N: usize>(
        &self,
        word: Rc<str>,
        because: [Phrase; N],
        next: Option<Next>,
        origin: Option<Origin>,
    ) -> Why {
        // What should have happened already comes with the kubelet's next sync, which has no fixed time.
        let next = next.map(|next| Next { at: next.at.filter(|&at| at >= self.at), ..next });
        Why { word, because: because.into(), next, origin, remedies: Vec::new() }
    }

    /// When something is next decided about `container`, or about the Pod where that is empty.
    fn decided(&self, container: &str, fits: &dyn Fn(&Reason) -> bool) -> Option<Time> {
        let record = self.ahead.record(&|record| match &record.what {
            Happening::Decided(decision) => *decision.container == *container && fits(&decision.reason),
            _ => false,
        });
        record.map(|record| record.at)
    }

    /// When `name` is started next, with `id` as the words.
    fn starts(&self, name: &str, id: &'static str) -> Option<Next> {
        let at = self.ahead.event(name, &|event| matches!(event, RuntimeEvent::Started));
        at.map(|at| Next { at: Some(at), what: Phrase::new(id).with("container", name) })
    }

    /// How the running instance of `name` ends, where the trace knows; a Pod that stays as it is says so.
    fn ends(&self, name: &str) -> Option<Next> {
        let end = |record: &Record| match &record.what {
            Happening::Runtime(note) if *note.container == *name => match &note.event {
                RuntimeEvent::Exited { code, .. } => Some(*code),
                _ => None,
            },
            _ => None,
        };
        let Some(record) = self.ahead.record(&|record| end(record).is_some()) else {
            return (self.over && !self.ahead.limited()).then(|| Next { at: None, what: Phrase::new("next-nothing") });
        };
        let what = Phrase::new("next-ends").with("container", name);
        Some(Next { at: Some(record.at), what: what.with("code", end(record).unwrap_or_default().to_string()) })
    }

    /// What a container that nothing before it keeps still waits for.
    fn preparing(&self) -> Phrase {
        match &self.track.sandbox {
            Sandbox::None => Phrase::new("why-mounts-volumes"),
            Sandbox::Starting => Phrase::new("why-sandbox-starting"),
            Sandbox::Failed(message) => Phrase::new("why-sandbox-failed").with("message", &**message),
            Sandbox::Ready => Phrase::new("why-waits-for-turn"),
        }
    }

    fn container(&self, name: &str) -> Option<Why> {
        let it = self.track.containers.get(name)?;
        if let Some(why) = self.whole(&it.view.word) {
            return Some(why);
        }
        Some(match it.view.tone {
            Tone::Waiting => self.waiting(name, it),
            Tone::Pulling => self.pulling(name, it),
            Tone::Running | Tone::Ready => self.running(name, it),
            Tone::Terminating => self.stopping(name, it),
            Tone::BackOff => self.back_off(name, it),
            Tone::Done | Tone::Failed => self.ended(name, it),
        })
    }

    /// The place of a container in its list, with a field of it.
    fn origin(&self, name: &str, fields: &[&'static str]) -> Option<Origin> {
        let role = self.track.containers.get(name)?.role;
        let mut same_list = track::names(&self.track.pod).filter(|(other, _)| other.list() == role.list());
        let index = same_list.position(|(_, other)| other == name)?;
        Some(self.place.below(role.list(), index, fields))
    }
}
