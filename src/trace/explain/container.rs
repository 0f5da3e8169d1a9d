//! Why a container is as it is.

use super::{Case, plain};
use crate::api::Object;
use crate::cluster::{LogLine, ObjectKey, Reason, RuntimeEvent};
use crate::trace::scene::{Role, TimerKind, waits_for};
use crate::trace::track::{self, ContainerTrack, Sandbox};
use crate::trace::{Next, Phrase, Remedy, Tone, Why};

impl Case<'_> {
    /// It has not begun: something before it in the order is not done.
    pub(super) fn waiting(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        if let Some(message) = &it.pull_failed {
            return self.unpulled(name, it, message, None);
        }
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

    /// When its image is pulled once more: where the trace does not reach so far, the back-off says it.
    fn pulls_again(&self, name: &str, it: &ContainerTrack) -> Option<Next> {
        let at = self.ahead.event(name, &|event| matches!(event, RuntimeEvent::PullStarted { .. }));
        let waits = it.back_off.filter(|timer| timer.kind == TimerKind::ImageBackOff);
        let at = at.or(waits.map(|timer| timer.until))?;
        Some(Next { at: Some(at), what: Phrase::new("next-pull-again").with("container", name) })
    }

    pub(super) fn pulling(&self, name: &str, it: &ContainerTrack) -> Why {
        let unknown = || Next { at: None, what: Phrase::new("next-start").with("container", name) };
        let next = Some(self.starts(name, "next-start").unwrap_or_else(unknown));
        match &it.pull {
            Some(pull) => {
                let phrase = Phrase::new("why-pulling").with("image", &*pull.image);
                self.why(it.view.word.clone(), [phrase], next, self.origin(name, &["image"]))
            }
            // The kubelet has made up its mind to start it, and is held up by a hook of one before it.
            None if self.track.sandbox == Sandbox::Ready && self.held_by_hook(name) => self.waiting(name, it),
            None if self.track.sandbox == Sandbox::Ready => {
                self.why(it.view.word.clone(), [Phrase::new("why-creating")], next, self.origin(name, &[]))
            }
            None => self.why(it.view.word.clone(), [self.preparing()], next, self.origin(name, &[])),
        }
    }

    /// Whether the postStart hook of a container before `name` runs.
    fn held_by_hook(&self, name: &str) -> bool {
        let mut before = track::names(&self.track.pod).take_while(|(_, other)| *other != name);
        before.any(|(_, other)| self.track.containers.get(other).is_some_and(|it| it.post_start().is_some()))
    }

    /// The last line that the instance `attempt` of `name`, counted from 1, has written.
    pub(super) fn last_words(&self, name: &str, attempt: u32) -> Option<Phrase> {
        // What others wrote since is passed over, as far as that is quick.
        const FAR: usize = 500;
        let chronicle = self.run.chronicle();
        let uid = self.track.pod.uid();
        let lines = (0..chronicle.log_length(uid, self.at)).rev().take(FAR);
        let mut lines = lines.filter_map(|number| chronicle.log_line(uid, number).map(|(_, line)| line));
        let own = |line: &&LogLine| *line.container == *name && line.attempt.saturating_add(1) == attempt;
        let line = lines.find(|line| own(line) && !line.text.trim().is_empty())?;
        Some(Phrase::new("why-last-words").with("line", &*line.text))
    }

    /// The image that the manifest names for the container.
    fn image(&self, name: &str) -> &str {
        track::container(&self.track.pod, name).and_then(|it| it.image.as_deref()).unwrap_or_default()
    }

    /// That the postStart hook of `name` runs, and when it ends.
    pub(super) fn hooked(&self, name: &str) -> (Phrase, Next) {
        let at = self.ahead.event(name, &|event| matches!(event, RuntimeEvent::HookEnded { .. }));
        let next = Next { at, what: Phrase::new("next-hook").with("hook", "postStart") };
        (Phrase::new("why-post-start").with("container", name), next)
    }

    pub(super) fn stopping(&self, name: &str, it: &ContainerTrack) -> Why {
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

    pub(super) fn back_off(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        let delay = it.back_off.map(|timer| timer.until.since(timer.from)).unwrap_or_default();
        let image =
            it.back_off.is_some_and(|timer| timer.kind == TimerKind::ImageBackOff) || &*word == "ImagePullBackOff";
        if image {
            let waits = Phrase::new("why-image-back-off").with_time("delay", delay);
            return self.unpulled(name, it, &it.view.detail, Some(waits));
        }
        // The kubelet acts at its first sync after the back-off is over: the trace knows when that is.
        let at = self.ahead.event(name, &|event| matches!(event, RuntimeEvent::Started));
        let at = at.or(it.back_off.map(|timer| timer.until));
        let next = at.map(|at| Next { at: Some(at), what: Phrase::new("next-restart").with("container", name) });
        let mut why = self.why(word, [], next, self.origin(name, &["command"]));
        if it.past.last().is_some_and(|past| &*past.reason == "OOMKilled") {
            why.because.push(Phrase::new("why-oom").with("code", code_of(it)));
            why.origin = self.origin(name, &["resources", "limits"]);
        }
        let phrase = Phrase::new("why-crash-back-off").with_time("delay", delay).with("code", code_of(it));
        why.because.push(phrase.with("attempts", it.attempt.to_string()));
        match it.killed_by {
            Some((probe, threshold)) => {
                let killed = Phrase::new("why-killed-by-probe").with("probe", probe);
                why.because.push(killed.with("threshold", threshold.to_string()));
            }
            None => self.tell_last_words(name, it, &mut why),
        }
        why
    }

    /// Its image is not there: why, and how long the kubelet `waits` where it does. Where only the registry lacks it, that can
    /// be given it.
    fn unpulled(&self, name: &str, it: &ContainerTrack, message: &str, waits: Option<Phrase>) -> Why {
        let word = it.view.word.clone();
        let pull = plain::pull(&format!("{word} {message}"), self.image(name));
        let lacks = matches!(pull.id, "why-image-missing" | "why-image-denied" | "why-image-unreachable");
        let remedies = lacks.then(|| Remedy::LetPull(self.image(name).into())).into_iter().collect();
        let because = [Some(pull), waits, Some(plain::said(message))].into_iter().flatten().collect();
        let why = self.why(word, [], self.pulls_again(name, it), self.origin(name, &["image"]));
        Why { because, remedies, ..why }
    }

    /// The last line that the newest instance of `name` has written, and where the others are read.
    fn tell_last_words(&self, name: &str, it: &ContainerTrack, why: &mut Why) {
        let Some(words) = self.last_words(name, it.attempt) else { return };
        why.because.push(words);
        why.remedies.extend(
            ObjectKey::of(&Object::Pod(self.track.pod.clone().into()))
                .map(|pod| Remedy::ReadLog { pod, container: name.into() }),
        );
    }

    /// It ended, or cannot begin.
    pub(super) fn ended(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        let Some(code) = it.view.exit_code else {
            let message = &*it.view.detail;
            let starts = || self.starts(name, "next-start");
            if word.contains("Image") {
                let why = self.unpulled(name, it, message, None);
                return Why { next: why.next.clone().or_else(starts), ..why };
            }
            let next = self.pulls_again(name, it).or_else(starts);
            let first = match &*word {
                "PostStartHookError" => Phrase::new("why-post-start-failed"),
                reason => Phrase::new("why-cannot-start").with("reason", reason),
            };
            return self.why(word, [first, plain::said(message)], next, self.origin(name, &[]));
        };
        let was_stopped = it.signals.last().is_some_and(|signal| signal.name == "TERM");
        let first = match (it.role, it.view.tone) {
            // The code of a sidecar that is stopped when the others are done does not count
            // (kubelet: kuberuntime_container.go killContainersWithSyncResult; pkg/api/pod IsRestartableInitContainer).
            (Role::Sidecar, _) if was_stopped && it.killed_by.is_none() && self.track.deleted.is_none() => {
                Phrase::new("why-sidecar-stopped").with("code", code.to_string())
            }
            (Role::Init, Tone::Done) => Phrase::new("why-init-done"),
            (_, Tone::Done) => Phrase::new("why-completed"),
            _ if &*word == "OOMKilled" => Phrase::new("why-oom").with("code", code.to_string()),
            _ if it.signals.last().is_some_and(|signal| signal.name == "KILL") => {
                Phrase::new("why-killed").with("code", code.to_string())
            }
            _ => Phrase::new("why-failed").with("code", code.to_string()).with("reason", &*word),
        };
        let cause: &[&'static str] = match it.view.tone {
            _ if &*word == "OOMKilled" => &["resources", "limits"],
            // What failed is what it runs.
            Tone::Failed => &["command"],
            _ => &[],
        };
        let mut why = self.why(word, [first], None, self.origin(name, cause));
        if it.view.tone == Tone::Failed && it.killed_by.is_none() {
            self.tell_last_words(name, it, &mut why);
        }
        if let Some((probe, threshold)) = it.killed_by {
            let killed = Phrase::new("why-killed-by-probe").with("probe", probe);
            why.because.push(killed.with("threshold", threshold.to_string()));
        }
        if self.track.deleted.is_some() {
            why.because.push(Phrase::new("why-pod-deleted"));
            why.next = Some(self.gone().unwrap_or(Next { at: None, what: Phrase::new("next-gone") }));
        } else if it.post_start().is_some() {
            let (phrase, next) = self.hooked(name);
            why.because.push(phrase);
            (why.next, why.origin) = (Some(next), self.origin(name, &["lifecycle", "postStart"]));
        } else if let Some((_, Reason::NotRestarted { policy })) = &it.decision {
            why.because.push(Phrase::new("why-not-restarted").with("policy", &**policy));
            why.origin = Some(self.place.at(&["restartPolicy"]));
        } else if self.restarts(it) {
            let until = it.back_off.map(|timer| timer.until).filter(|&until| until >= self.at);
            let unknown = || Next { at: until, what: Phrase::new("next-restart").with("container", name) };
            why.next = Some(self.starts(name, "next-restart").unwrap_or_else(unknown));
        }
        why
    }

    /// Whether a container that ended is started again (kubelet: container/helpers.go ShouldContainerBeRestarted).
    pub(super) fn restarts(&self, it: &ContainerTrack) -> bool {
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

/// The exit code that a container's view tells, or nothing.
fn code_of(it: &ContainerTrack) -> String {
    it.view.exit_code.map(|code| code.to_string()).unwrap_or_default()
}
