//! Why a container that runs is, or is not yet, what it should be: its probes, its hook, and how it came to run.

use super::{Case, plain};
use crate::cluster::Reason;
use crate::trace::scene::Role;
use crate::trace::track::{self, ContainerTrack, Verdict};
use crate::trace::{Next, Phrase, Tone, Why};

/// A probe that fails: what it said last, and at how many failures in a row that has consequences.
struct Failing<'a> {
    verdict: &'a Verdict,
    threshold: i32,
}

impl Failing<'_> {
    /// The phrase `id` with how often it has failed, and how often it may.
    fn counted(&self, id: &'static str) -> Phrase {
        let phrase = Phrase::new(id).with("failures", self.verdict.in_a_row.to_string());
        phrase.with("threshold", self.threshold.to_string())
    }

    /// What its failure means, and its message.
    fn plainly(&self) -> impl Iterator<Item = Phrase> {
        plain::probe(&self.verdict.message).into_iter().chain([plain::said(&*self.verdict.message)])
    }
}

impl Case<'_> {
    pub(super) fn running(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        if let (Some(_), Some((_, Reason::StopsAfter { others }))) = (self.track.deleted, &it.decision) {
            let phrase = Phrase::new("why-stops-after").with("others", &**others);
            let turn = self.decided(name, &|reason| matches!(reason, Reason::Terminating { .. }));
            let next = turn.map(|at| Next { at: Some(at), what: Phrase::new("next-its-turn") });
            return self.why(word, [Phrase::new("why-pod-deleted"), phrase], next, self.origin(name, &[]));
        }
        if it.hook().is_some() {
            let (phrase, next) = self.hooked(name);
            let mut why = self.why(word, [phrase], Some(next), self.origin(name, &["lifecycle", "postStart"]));
            if self.track.deleted.is_some() {
                why.because.insert(0, Phrase::new("why-pod-deleted"));
            }
            return why;
        }
        if it.role == Role::Init && &*word != "Starting" {
            return self.why(word, [Phrase::new("why-running-init")], self.ends(name), self.origin(name, &["command"]));
        }
        let has_readiness = track::container(&self.track.pod, name).is_some_and(|it| it.readiness_probe.is_some());
        let mut why = match () {
            () if &*word == "Starting" => self.starting(name, it),
            () if it.view.tone == Tone::Ready => self.ready(name, it),
            () if !has_readiness => {
                self.why(word, [Phrase::new("why-running")], self.ends(name), self.origin(name, &[]))
            }
            () => self.unready(name, it),
        };
        why.because.extend(self.ran_before(name, it));
        why
    }

    /// Its startup probe has not passed yet.
    fn starting(&self, name: &str, it: &ContainerTrack) -> Why {
        let failing = self.failing(name, it, "startup");
        let phrase = failing.as_ref().map_or(Phrase::new("why-starting"), |it| it.counted("why-startup-probe"));
        let origin = self.origin(name, &["startupProbe"]);
        let mut why = self.why(it.view.word.clone(), [phrase], self.probed(name, "startup"), origin);
        why.because.extend(failing.iter().flat_map(Failing::plainly));
        why
    }

    /// It is ready; a probe that has begun to fail is on its way to more.
    fn ready(&self, name: &str, it: &ContainerTrack) -> Why {
        let word = it.view.word.clone();
        let mut why = self.why(word, [Phrase::new("why-ready")], self.ends(name), self.origin(name, &[]));
        let doubts = [
            ("liveness", "why-liveness-failing", "livenessProbe"),
            ("readiness", "why-readiness-failing", "readinessProbe"),
        ];
        let doubt =
            doubts.into_iter().find_map(|(probe, id, field)| Some((probe, id, field, self.failing(name, it, probe)?)));
        if let Some((probe, id, field, failing)) = doubt {
            why.because.push(failing.counted(id));
            why.because.extend(failing.plainly());
            why.next = self.probed(name, probe).or(why.next);
            why.origin = self.origin(name, &[field]);
        }
        why
    }

    /// Its readiness probe has not passed yet, or fails.
    fn unready(&self, name: &str, it: &ContainerTrack) -> Why {
        let failing = self.failing(name, it, "readiness");
        let phrase = failing.as_ref().map_or(Phrase::new("why-not-ready-yet"), |it| it.counted("why-not-ready-probe"));
        let origin = self.origin(name, &["readinessProbe"]);
        let mut why = self.why(it.view.word.clone(), [phrase], self.probed(name, "readiness"), origin);
        why.because.extend(failing.iter().flat_map(Failing::plainly));
        why.because.extend(self.failing(name, it, "liveness").map(|it| it.counted("why-liveness-failing")));
        why
    }

    /// When a probe asks next.
    fn probed(&self, name: &str, probe: &'static str) -> Option<Next> {
        let at = self.ahead.probe(name, probe)?;
        Some(Next { at: Some(at), what: Phrase::new("next-probe").with("probe", probe) })
    }

    /// A probe of the running instance, where it fails.
    fn failing<'a>(&self, name: &str, it: &'a ContainerTrack, wanted: &str) -> Option<Failing<'a>> {
        let verdict = it.verdicts.get(wanted).filter(|verdict| !verdict.ok)?;
        let container = track::container(&self.track.pod, name)?;
        let (_, probe) = track::probes(container).find(|(name, _)| *name == wanted)?;
        Some(Failing { verdict, threshold: probe.failure_threshold.unwrap_or(3) })
    }

    /// How the instance before this one ended, and what it wrote last: whoever looks at one that was started again asks
    /// for that.
    pub(super) fn ran_before(&self, name: &str, it: &ContainerTrack) -> Vec<Phrase> {
        let Some(past) = it.past.last().filter(|past| past.attempt < it.attempt) else { return Vec::new() };
        let phrase = match past.killed_by {
            Some(probe) => Phrase::new("why-was-killed-before").with("probe", probe),
            None => Phrase::new("why-ended-before").with("code", past.code.to_string()).with("reason", &*past.reason),
        };
        let phrase = phrase.with("container", name).with("attempt", it.attempt.to_string());
        let failed = past.code != 0 && past.killed_by.is_none();
        let words = self.last_words(name, past.attempt).filter(|_| failed);
        [Some(phrase), words].into_iter().flatten().collect()
    }
}
