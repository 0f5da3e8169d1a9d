//! Why a Pod as a whole is as it is.

use k8s_openapi::Text;
use std::rc::Rc;

use super::{Case, plain};
use crate::api::{Kind, Object, table};
use crate::cluster::{ChangeKind, Happening, ObjectKey, Reason, Record};
use crate::trace::scene::Role;
use crate::trace::{Next, Origin, Phrase, Remedy, Tone, Why, track};

impl Case<'_> {
    /// The Pod: what keeps all of it, or else the container that its STATUS speaks of.
    pub(super) fn pod(&self) -> Why {
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
                let restarts = Some(self.place.at(&["restartPolicy"]));
                return self.why(word, [self.succeeded()], None, restarts);
            }
            "Failed" => blocking(&[Tone::Failed]),
            _ => blocking(&[Tone::Terminating])
                // The kubelet does nothing else for the Pod while it waits for a hook.
                .or_else(|| all().find(|(_, it)| it.running && it.post_start().is_some()).map(|(name, _)| name))
                .or_else(|| blocking(&[Tone::BackOff, Tone::Failed]))
                .or_else(|| blocking(&[Tone::Pulling]))
                .or_else(|| {
                    all()
                        .find(|(_, it)| it.role != Role::Ephemeral && it.view.tone == Tone::Running)
                        .map(|(name, _)| name)
                })
                .or_else(|| blocking(&[Tone::Waiting]))
                // It ended while the kubelet waits for its hook, and the status still says nothing of that.
                .or_else(|| all().find(|(_, it)| it.post_start().is_some()).map(|(name, _)| name)),
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
            let mut why = self.why(word, [phrase], None, None);
            // What runs now may have ended before.
            let again =
                all().find_map(|(name, it)| Some(self.ran_before(name, it)).filter(|before| !before.is_empty()));
            if self.track.deleted.is_none() && phase == "Running" {
                why.because.extend(again.into_iter().flatten());
            }
            return why;
        };
        let first = Phrase::new("why-pod-container").with("container", name).with("word", &*why.word);
        why.because.insert(0, first);
        why.word = word;
        why
    }

    /// That all of it is done; the sidecars did not end by themselves.
    fn succeeded(&self) -> Phrase {
        let sidecars = self.track.containers.values().any(|it| it.role == Role::Sidecar);
        Phrase::new(if sidecars { "why-pod-succeeded-sidecars" } else { "why-pod-succeeded" })
    }

    /// A Pod whose containers do what they should, and which is not ready all the same.
    fn ready_in_part(&self, word: &Rc<str>) -> Option<Why> {
        let pod = &self.track.pod;
        let app = |tone: Tone| {
            let mut all = self.track.containers.iter();
            all.find(|(_, it)| it.role == Role::App && it.view.tone == tone).map(|(name, _)| &**name)
        };
        if let (Some(ended), Some(runs)) = (app(Tone::Done), app(Tone::Ready)) {
            let phrase = Phrase::new("why-pod-goes-on").with("ended", ended).with("runs", runs);
            return Some(self.why(word.clone(), [phrase], self.ends(runs), self.origin(runs, &[])));
        }
        if app(Tone::Done).is_some() && !self.track.containers.values().any(|it| it.running) {
            return Some(self.why(word.clone(), [self.succeeded()], None, None));
        }
        let holds =
            |gate: &str| pod.status.conditions.iter().flatten().any(|it| it.type_ == gate && it.status == "True");
        let gates = pod.spec.readiness_gates.as_deref().unwrap_or_default();
        let gate = gates.iter().find(|gate| !holds(&gate.condition_type))?;
        let phrase = Phrase::new("why-pod-gate").with("gate", &*gate.condition_type);
        Some(self.why(word.clone(), [phrase], None, Some(self.place.at(&["readinessGates"]))))
    }

    /// What keeps the whole Pod, no matter which container is asked about.
    pub(super) fn whole(&self, word: &Rc<str>) -> Option<Why> {
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
                    self.kept_out(word, message)
                }
                Some(_) => self.kept_out(word, &message()),
                None => self.why(word.clone(), [Phrase::new("why-unscheduled")], self.bound(), None),
            });
        }
        let whole = self.on_silent_node(word).or_else(|| self.on_no_node(word));
        if let Some(why) = whole.or_else(|| self.over_deadline(word)).or_else(|| self.evicted(word)) {
            return Some(why);
        }
        let (volume, message) = self.track.volume_problem.as_ref()?;
        let phrase = Phrase::new("why-waits-for-volume").with("volume", &**volume).with("message", &**message);
        let volumes = pod.spec.volumes.as_deref().unwrap_or_default();
        let place = volumes.iter().position(|one| *one.name == **volume);
        let retry = |reason: &Reason| matches!(reason, Reason::WaitsForVolume { .. });
        let next = Next { at: self.decided("", &retry), what: Phrase::new("next-retry-volume") };
        Some(self.why(word.clone(), [phrase], Some(next), place.map(|place| self.place.element("volumes", place))))
    }

    /// No node takes the Pod.
    fn kept_out(&self, word: &Rc<str>, message: &str) -> Why {
        let because = plain::unschedulable(message, &self.track.pod, self.run, self.at);
        // One more node helps where one like those there has room.
        let helps = because
            .iter()
            .any(|phrase| matches!(phrase.id, "why-nodes-lack" | "why-nodes-full" | "why-nodes-port-taken"))
            && !because.iter().any(|phrase| phrase.id == "why-nodes-too-small");
        let remedies = if helps { vec![Remedy::AddNode] } else { Vec::new() };
        Why { because, remedies, ..self.why(word.clone(), [], self.bound(), Some(self.unschedulable())) }
    }

    /// It was written for a node that does not exist: no kubelet takes it.
    fn on_no_node(&self, word: &Rc<str>) -> Option<Why> {
        let node = self.track.pod.spec.node_name.as_deref()?;
        let begun = self.track.containers.values().any(|it| it.attempt > 0);
        let exists = self.run.object_at(&ObjectKey::new(Kind::Node, "", node), self.at).is_some();
        let phrase = Phrase::new("why-no-such-node").with("node", node);
        (!begun && !exists).then(|| self.why(word.clone(), [phrase], self.gone(), Some(self.place.at(&["nodeName"]))))
    }

    /// When the object is gone, where the trace knows.
    pub(super) fn gone(&self) -> Option<Next> {
        let gone = |record: &Record| matches!(&record.what, Happening::Changed(change) if change.kind == ChangeKind::Deleted && matches!(change.object, Object::Pod(_)));
        let at = self.ahead.record(&gone).map(|record| record.at)?;
        Some(Next { at: Some(at), what: Phrase::new("next-gone") })
    }

    /// Its node was short of something, or it took more than it may: the kubelet has ended it.
    fn evicted(&self, word: &Rc<str>) -> Option<Why> {
        let status = &self.track.pod.status;
        let message = status.message.clone().unwrap_or_default();
        let evicted = status.reason.as_deref() == Some("Evicted");
        let because = [Phrase::new("why-pod-evicted"), plain::said(message)];
        evicted.then(|| self.why(word.clone(), because, None, None))
    }

    /// A Pod that ran longer than it may: its containers are stopped, or were.
    fn over_deadline(&self, word: &Rc<str>) -> Option<Why> {
        let pod = &self.track.pod;
        let seconds = pod.spec.active_deadline_seconds?;
        // The kubelet says so in the status once everything has stopped, and before that in the conditions.
        let ended = pod.status.reason.as_deref() == Some("DeadlineExceeded");
        let failed = |reason: &Option<Text>| reason.as_deref() == Some("PodFailed");
        let ends = pod.status.phase.as_deref() != Some("Failed")
            && pod.status.conditions.iter().flatten().any(|it| it.type_ == "Ready" && failed(&it.reason));
        let phrase = Phrase::new("why-pod-deadline").with("seconds", seconds.to_string());
        (ended || ends).then(|| self.why(word.clone(), [phrase], None, Some(self.place.at(&["activeDeadlineSeconds"]))))
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

    /// When the scheduler binds the Pod.
    fn bound(&self) -> Option<Next> {
        let at = self.decided("", &|reason| matches!(reason, Reason::Scheduled { .. }));
        at.map(|at| Next { at: Some(at), what: Phrase::new("next-bound") })
    }
}
