//! Making the explanations: from what was decided, and from the walk through the Pod's history.

use std::rc::Rc;

use super::ahead::Ahead;
use super::scene::place::Place;
use super::scene::{Role, TimerKind, waits_for};
use super::track::{self, ContainerTrack, Sandbox, Track};
use super::{Next, Origin, Phrase, Progress, Run, Tone, Why};
use crate::api::{Object, table};
use crate::cluster::{Happening, ObjectKey, Reason, Record, RuntimeEvent, Time, go_duration};

/// The ids of every [`Phrase`] an explanation is made of; `locales/*.ftl` say each of them.
pub const PHRASES: &[&str] = &[
    "why-scheduling-gated",
    "why-unschedulable",
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
    "why-pull-failed",
    "why-cannot-start",
    "why-init-done",
    "why-completed",
    "why-failed",
    "why-not-restarted",
    "why-pod-container",
    "why-pod-ready",
    "why-pod-goes-on",
    "why-pod-gate",
    "why-pod-succeeded",
    "why-pod-failed",
    "why-killed",
    "why-oom",
    "why-liveness-failing",
    "why-readiness-failing",
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
    "next-ends",
    "next-hook",
    "next-its-turn",
    "next-nothing",
];

/// Why the Pod of `key`, or one container of it, is at `at` as it is; none where there is no such thing.
pub fn why(run: &Run, at: Time, key: &ObjectKey, container: Option<&str>) -> Option<Why> {
    let object = run.object_at(key, at)?;
    let Object::Pod(pod) = object else { return None };
    let track = Track::follow(run.chronicle().story_until(pod.uid(), at), |_, _| ())?;
    let place = Place::of(run, at, object, key);
    let ahead = Ahead::new(run, pod.uid(), run.chronicle().story_length(pod.uid(), at), at);
    let case = Case { at, track: &track, place: &place, ahead, over: run.progress() != Progress::Going };
    match container {
        Some(name) => case.container(name),
        None => Some(case.pod()),
    }
}

struct Case<'a> {
    at: Time,
    track: &'a Track,
    place: &'a Place,
    /// What the trace knows of the time after.
    ahead: Ahead<'a>,
    /// Whether nothing but repetition comes after what the trace knows.
    over: bool,
}

impl Case<'_> {
    /// The Pod: what keeps all of it, or else the container that its STATUS speaks of.
    fn pod(&self) -> Why {
        let pod = &self.track.pod;
        let word: Rc<str> = table::pod_row(pod).status.into();
        if let Some(why) = self.whole(&word) {
            return why;
        }
        let phase = pod.status.phase.as_deref().unwrap_or_default();
        let all = || track::names(pod).filter_map(|(_, name)| Some((name, self.track.containers.get(name)?)));
        let blocking = |tones: &[Tone]| all().find(|(_, it)| tones.contains(&it.view.tone)).map(|(name, _)| name);
        let named = match phase {
            "Succeeded" => {
                return self.why(
                    word,
                    [Phrase::new("why-pod-succeeded")],
                    None,
                    Some(self.place.at(&["restartPolicy"])),
                );
            }
            "Failed" => blocking(&[Tone::Failed]),
            _ => blocking(&[Tone::Terminating])
                .or_else(|| blocking(&[Tone::BackOff, Tone::Failed]))
                .or_else(|| blocking(&[Tone::Pulling]))
                .or_else(|| {
                    all()
                        .find(|(_, it)| it.role != Role::Ephemeral && it.view.tone == Tone::Running)
                        .map(|(name, _)| name)
                })
                .or_else(|| blocking(&[Tone::Waiting])),
        };
        let inner = named.and_then(|name| Some((name, self.container(name)?)));
        let Some((name, mut why)) = inner else {
            if phase == "Running"
                && self.track.deleted.is_none()
                && let Some(why) = self.ready_in_part(&word)
            {
                return why;
            }
            let phrase = match phase {
                _ if self.track.deleted.is_some() => Phrase::new("why-pod-deleted"),
                "Failed" => {
                    Phrase::new("why-pod-failed").with("message", pod.status.message.clone().unwrap_or_default())
                }
                _ => Phrase::new("why-pod-ready"),
            };
            return self.why(word, [phrase], None, None);
        };
        let first = Phrase::new("why-pod-container").with("container", name).with("word", &*why.word);
        why.because.insert(0, first);
        why.word = word;
        why
    }

    /// A Pod whose containers do what they should, and which is not ready all the same.
    fn ready_in_part(&self, word: &Rc<str>) -> Option<Why> {
        let pod = &self.track.pod;
        let app = |tone: Tone| {
            let mut apps = self.track.containers.iter().filter(|(_, it)| it.role == Role::App);
            apps.find(|(_, it)| it.view.tone == tone).map(|(name, _)| &**name)
        };
        if let (Some(ended), Some(runs)) = (app(Tone::Done), app(Tone::Ready)) {
            let phrase = Phrase::new("why-pod-goes-on").with("ended", ended).with("runs", runs);
            return Some(self.why(word.clone(), [phrase], self.ends(runs), self.origin(runs, &[])));
        }
        let holds =
            |gate: &str| pod.status.conditions.iter().flatten().any(|it| it.type_ == gate && it.status == "True");
        let gates = pod.spec.readiness_gates.as_deref().unwrap_or_default();
        let gate = gates.iter().find(|gate| !holds(&gate.condition_type))?;
        let phrase = Phrase::new("why-pod-gate").with("gate", &*gate.condition_type);
        Some(self.why(word.clone(), [phrase], None, Some(self.place.at(&["readinessGates"]))))
    }

    /// What keeps the whole Pod, no matter which container is asked about.
    fn whole(&self, word: &Rc<str>) -> Option<Why> {
        let pod = &self.track.pod;
        if pod.spec.node_name.is_none() && self.track.deleted.is_none() {
            let condition = |name: &str| pod.status.conditions.iter().flatten().find(|one| one.type_ == name);
            let scheduled = condition("PodScheduled").filter(|one| one.status == "False");
            let message = || scheduled.and_then(|one| one.message.clone()).unwrap_or_default();
            return Some(match scheduled.and_then(|one| one.reason.as_deref()) {
                Some("SchedulingGated") => {
                    let origin = self.place.at(&["schedulingGates"]);
                    self.why(word.clone(), [Phrase::new("why-scheduling-gated")], None, Some(origin))
                }
                _ if let Some((_, Reason::Unschedulable { message })) = &self.track.decision => {
                    let phrase = Phrase::new("why-unschedulable").with("message", &**message);
                    self.why(word.clone(), [phrase], self.bound(), Some(self.unschedulable()))
                }
                Some(_) => {
                    let phrase = Phrase::new("why-unschedulable").with("message", message());
                    self.why(word.clone(), [phrase], self.bound(), Some(self.unschedulable()))
                }
                None => self.why(word.clone(), [Phrase::new("why-unscheduled")], self.bound(), None),
            });
        }
        let (volume, message) = self.track.volume_problem.as_ref()?;
        let phrase = Phrase::new("why-waits-for-volume").with("volume", &**volume).with("message", &**message);
        let volumes = pod.spec.volumes.as_deref().unwrap_or_default();
        let place = volumes.iter().position(|one| *one.name == **volume);
        let retry = |reason: &Reason| matches!(reason, Reason::WaitsForVolume { .. });
        let next = Next { at: self.decided("", &retry), what: Phrase::new("next-retry-volume") };
        Some(self.why(word.clone(), [phrase], Some(next), place.map(|place| self.place.element("volumes", place))))
    }

    /// The field that most likely keeps the Pod off every node.
    fn unschedulable(&self) -> Origin {
        let spec = &self.track.pod.spec;
        match () {
            () if spec.node_selector.is_some() => self.place.at(&["nodeSelector"]),
            () if spec.affinity.is_some() => self.place.at(&["affinity"]),
            () if spec.topology_spread_constraints.is_some() => self.place.at(&["topologySpreadConstraints"]),
            () => self.place.below("containers", 0, &["resources"]),
        }
    }

    fn why<const N: usize>(
        &self,
        word: Rc<str>,
        because: [Phrase; N],
        next: Option<Next>,
        origin: Option<Origin>,
    ) -> Why {
        // What should have happened already comes with the kubelet's next sync, which has no fixed time.
        let next = next.map(|next| Next { at: next.at.filter(|&at| at >= self.at), ..next });
        Why { word, because: because.into(), next, origin }
    }

    /// When the scheduler binds the Pod.
    fn bound(&self) -> Option<Next> {
        let at = self.decided("", &|reason| matches!(reason, Reason::Scheduled { .. }));
        at.map(|at| Next { at: Some(at), what: Phrase::new("next-bound") })
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

    /// It has not begun: something before it in the order is not done.
    fn waiting(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        let before = track::names(&self.track.pod).take_while(|(_, other)| *other != name);
        let unfinished = |(role, other): &(Role, &str)| {
            self.track.containers.get(*other).is_some_and(|track| match role {
                Role::Init => track.view.tone != Tone::Done,
                Role::Sidecar => {
                    !matches!(track.view.tone, Tone::Ready) && (!track.running || &*track.view.word == "Starting")
                }
                Role::App | Role::Ephemeral => !track.running || track.hook().is_some(),
            })
        };
        // The kubelet's own decision comes first; before it has made one, the order of the spec says it.
        let decided = waits_for(self.track, name, it);
        let role_of = |other: &str| track::names(&self.track.pod).find(|(_, one)| *one == other);
        let Some((role, other)) = decided.as_deref().and_then(role_of).or_else(|| before.into_iter().find(unfinished))
        else {
            return self.why(word, [self.preparing()], self.starts(name, "next-start"), self.origin(name, &[]));
        };
        let (id, argument) = match role {
            Role::Init => ("why-waits-for-init", "init"),
            Role::Sidecar => ("why-waits-for-sidecar", "sidecar"),
            Role::App | Role::Ephemeral => ("why-waits-for-earlier", "container"),
        };
        let phrase = Phrase::new(id).with(argument, other);
        // What keeps the other one explains this one too. The chain ends: each step goes back in the spec.
        let inner = self.container(other);
        let mut why = self.why(word, [phrase], None, self.origin(other, &[]));
        if let Some(inner) = inner {
            why.because.extend(inner.because);
            why.next = inner.next.filter(|next| next.what.id != "next-nothing");
            why.origin = inner.origin.or(why.origin);
        }
        why
    }

    fn pulling(&self, name: &str, it: &ContainerTrack) -> Why {
        let unknown = || Next { at: None, what: Phrase::new("next-start").with("container", name) };
        let next = Some(self.starts(name, "next-start").unwrap_or_else(unknown));
        match &it.pull {
            Some(pull) => {
                let phrase = Phrase::new("why-pulling").with("image", &*pull.image);
                self.why(it.view.word.clone(), [phrase], next, self.origin(name, &["image"]))
            }
            None if self.track.sandbox == Sandbox::Ready => {
                self.why(it.view.word.clone(), [Phrase::new("why-creating")], next, self.origin(name, &[]))
            }
            None => self.why(it.view.word.clone(), [self.preparing()], next, self.origin(name, &[])),
        }
    }

    fn running(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        let probe = |wanted: &str| {
            let container = track::container(&self.track.pod, name)?;
            track::probes(container).find(|(name, _)| *name == wanted).map(|(_, probe)| probe)
        };
        let next = |wanted: &'static str| {
            let at = self.ahead.probe(name, wanted)?;
            Some(Next { at: Some(at), what: Phrase::new("next-probe").with("probe", wanted) })
        };
        let failures = |wanted: &str| {
            let verdict = it.verdicts.get(wanted).filter(|verdict| !verdict.ok)?;
            let threshold = probe(wanted)?.failure_threshold.unwrap_or(3);
            Some((verdict, threshold))
        };
        if let (Some(_), Some((_, Reason::StopsAfter { others }))) = (self.track.deleted, &it.decision) {
            let phrase = Phrase::new("why-stops-after").with("others", &**others);
            let turn = self.decided(name, &|reason| matches!(reason, Reason::Terminating { .. }));
            let next = turn.map(|at| Next { at: Some(at), what: Phrase::new("next-its-turn") });
            return self.why(word, [Phrase::new("why-pod-deleted"), phrase], next, self.origin(name, &[]));
        }
        if let Some(hook) = it.hook() {
            let phrase = Phrase::new("why-post-start").with("container", name);
            let at = self.ahead.event(name, &|event| matches!(event, RuntimeEvent::HookEnded { .. }));
            let next = Next { at, what: Phrase::new("next-hook").with("hook", hook.hook) };
            return self.why(word, [phrase], Some(next), self.origin(name, &["lifecycle", "postStart"]));
        }
        if &*word == "Starting" {
            let phrase = match failures("startup") {
                Some((verdict, threshold)) => Phrase::new("why-startup-probe")
                    .with("failures", verdict.in_a_row.to_string())
                    .with("threshold", threshold.to_string())
                    .with("message", &*verdict.message),
                None => Phrase::new("why-starting"),
            };
            return self.why(word, [phrase], next("startup"), self.origin(name, &["startupProbe"]));
        }
        if it.role == Role::Init {
            return self.why(word, [Phrase::new("why-running-init")], self.ends(name), self.origin(name, &["command"]));
        }
        if it.view.tone == Tone::Ready {
            // A probe that has begun to fail is on its way to more.
            let doubt = ["liveness", "readiness"].into_iter().find(|probe| failures(probe).is_some());
            let mut why = self.why(word, [Phrase::new("why-ready")], self.ends(name), self.origin(name, &[]));
            if let Some((probe, (verdict, threshold))) = doubt.and_then(|probe| Some((probe, failures(probe)?))) {
                let id = if probe == "liveness" { "why-liveness-failing" } else { "why-readiness-failing" };
                let phrase = Phrase::new(id).with("failures", verdict.in_a_row.to_string());
                why.because.push(phrase.with("threshold", threshold.to_string()).with("message", &*verdict.message));
                why.next = next(probe).or(why.next);
                why.origin = self.origin(name, &[if probe == "liveness" { "livenessProbe" } else { "readinessProbe" }]);
            }
            return why;
        }
        if probe("readiness").is_none() {
            return self.why(word, [Phrase::new("why-running")], self.ends(name), self.origin(name, &[]));
        }
        let phrase = match failures("readiness") {
            Some((verdict, _)) => Phrase::new("why-not-ready-probe")
                .with("failures", verdict.in_a_row.to_string())
                .with("message", &*verdict.message),
            None => Phrase::new("why-not-ready-yet"),
        };
        self.why(word, [phrase], next("readiness"), self.origin(name, &["readinessProbe"]))
    }

    fn stopping(&self, name: &str, it: &ContainerTrack) -> Why {
        let mut because = Vec::new();
        let mut origin = Some(self.place.at(&["terminationGracePeriodSeconds"]));
        if let Some((probe, threshold)) = it.killed_by {
            because
                .push(Phrase::new("why-killed-by-probe").with("probe", probe).with("threshold", threshold.to_string()));
            let field = if probe == "startup" { "startupProbe" } else { "livenessProbe" };
            origin = self.origin(name, &[field]);
        } else if self.track.deleted.is_some() {
            because.push(Phrase::new("why-pod-deleted"));
        }
        if let Some((_, Reason::StopsAfter { others })) = &it.decision {
            because.push(Phrase::new("why-stops-after").with("others", &**others));
        }
        because.push(match (it.hook(), &it.stopping) {
            (Some(_), _) => Phrase::new("why-pre-stop"),
            (None, _) => Phrase::new("why-stopping"),
        });
        let until = match (&it.stopping, &it.decision) {
            (Some(timer), _) => Some(timer.until),
            (None, Some((_, Reason::Terminating { until }))) => Some(*until),
            _ => None,
        };
        let kill = until.map(|until| Next { at: Some(until), what: Phrase::new("next-kill") });
        let hook = it.hook().and_then(|hook| {
            let at = self.ahead.event(name, &|event| matches!(event, RuntimeEvent::HookEnded { .. }))?;
            origin = self.origin(name, &["lifecycle", "preStop"]);
            Some(Next { at: Some(at), what: Phrase::new("next-hook").with("hook", hook.hook) })
        });
        // It may end by itself before SIGKILL comes.
        let ends = self.ends(name).filter(|end| end.at.is_some() && end.at < until);
        let next = hook.or(ends).or(kill);
        Why { because, ..self.why(it.view.word.clone(), [], next, origin) }
    }

    fn back_off(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        let delay = it.back_off.map_or_else(String::new, |timer| go_duration(timer.until.since(timer.from)));
        let until = it.back_off.map(|timer| timer.until);
        let image =
            it.back_off.is_some_and(|timer| timer.kind == TimerKind::ImageBackOff) || &*word == "ImagePullBackOff";
        // The kubelet acts at its first sync after the back-off is over: the trace knows when that is.
        let next = |id, event: &dyn Fn(&RuntimeEvent) -> bool| {
            let at = self.ahead.event(name, event).or(until);
            at.map(|at| Next { at: Some(at), what: Phrase::new(id).with("container", name) })
        };
        if image {
            let phrase = Phrase::new("why-image-back-off").with("delay", delay).with("message", &*it.view.detail);
            return self.why(
                word,
                [phrase],
                next("next-pull-again", &|event| matches!(event, RuntimeEvent::PullStarted { .. })),
                self.origin(name, &["image"]),
            );
        }
        let code = it.view.exit_code.map(|code| code.to_string()).unwrap_or_default();
        let phrase = Phrase::new("why-crash-back-off").with("delay", delay).with("attempts", it.attempt.to_string());
        let phrase = phrase.with("code", code);
        let mut why = self.why(
            word,
            [phrase],
            next("next-restart", &|event| matches!(event, RuntimeEvent::Started)),
            self.origin(name, &[]),
        );
        if let Some((probe, threshold)) = it.killed_by {
            let killed = Phrase::new("why-killed-by-probe").with("probe", probe);
            why.because.push(killed.with("threshold", threshold.to_string()));
        }
        why
    }

    /// It ended, or cannot begin.
    fn ended(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        let Some(code) = it.view.exit_code else {
            let id = if &*word == "ErrImagePull" { "why-pull-failed" } else { "why-cannot-start" };
            let phrase = Phrase::new(id).with("reason", &*word).with("message", &*it.view.detail);
            let fields: &[&'static str] = if word.contains("Image") { &["image"] } else { &[] };
            let again = self.ahead.event(name, &|event| matches!(event, RuntimeEvent::PullStarted { .. }));
            let again =
                again.map(|at| Next { at: Some(at), what: Phrase::new("next-pull-again").with("container", name) });
            let next = again.or_else(|| self.starts(name, "next-start"));
            return self.why(word, [phrase], next, self.origin(name, fields));
        };
        let first = match (it.role, it.view.tone) {
            (Role::Init, Tone::Done) => Phrase::new("why-init-done"),
            (_, Tone::Done) => Phrase::new("why-completed"),
            _ if &*word == "OOMKilled" => Phrase::new("why-oom").with("code", code.to_string()),
            _ if it.signals.last().is_some_and(|signal| signal.name == "KILL") => {
                Phrase::new("why-killed").with("code", code.to_string())
            }
            _ => Phrase::new("why-failed").with("code", code.to_string()).with("reason", &*word),
        };
        let oom: &[&'static str] = if &*word == "OOMKilled" { &["resources", "limits"] } else { &[] };
        let mut why = self.why(word, [first], None, self.origin(name, oom));
        if let Some((probe, threshold)) = it.killed_by {
            let killed = Phrase::new("why-killed-by-probe").with("probe", probe);
            why.because.push(killed.with("threshold", threshold.to_string()));
        }
        if self.track.deleted.is_some() {
            why.because.push(Phrase::new("why-pod-deleted"));
            let gone = |record: &Record| matches!(&record.what, Happening::Changed(change) if change.kind == crate::cluster::ChangeKind::Deleted && matches!(change.object, Object::Pod(_)));
            let at = self.ahead.record(&gone).map(|record| record.at);
            why.next = Some(Next { at, what: Phrase::new("next-gone") });
        } else if let Some((_, Reason::NotRestarted { policy })) = &it.decision {
            why.because.push(Phrase::new("why-not-restarted").with("policy", &**policy));
            why.origin = Some(self.place.at(&["restartPolicy"]));
        } else if self.restarts(it) {
            if let Some(timer) = it.back_off {
                let delay = go_duration(timer.until.since(timer.from));
                let phrase = Phrase::new("why-crash-back-off").with("delay", delay);
                why.because.push(phrase.with("attempts", it.attempt.to_string()).with("code", code.to_string()));
            }
            let until = it.back_off.map(|timer| timer.until).filter(|&until| until >= self.at);
            let unknown = || Next { at: until, what: Phrase::new("next-restart").with("container", name) };
            why.next = Some(self.starts(name, "next-restart").unwrap_or_else(unknown));
        }
        why
    }

    /// Whether a container that ended is started again (kubelet: container/helpers.go ShouldContainerBeRestarted).
    fn restarts(&self, it: &ContainerTrack) -> bool {
        let finished = matches!(self.track.pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
        let policy = self.track.pod.spec.restart_policy.as_deref().unwrap_or("Always");
        match it.role {
            _ if finished => false,
            Role::Sidecar => true,
            Role::Ephemeral => false,
            Role::Init => it.view.tone == Tone::Failed && policy != "Never",
            Role::App => policy == "Always" || (policy == "OnFailure" && it.view.tone == Tone::Failed),
        }
    }
}
