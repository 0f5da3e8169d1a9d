//! Why an owner of Pods is as it is: what it wants, what keeps it from having that, and what comes next.

mod job;
mod replicas;
mod rollout;

use super::plain;
use crate::api::{FieldPath, Object, Segment};
use crate::cluster::ObjectKey;
use crate::trace::scene::{AutoscalerScene, OwnerScene, PodScene, Scene};
use crate::trace::{Origin, Phrase, Run, Tone, Why};

/// Why the owner of `key` is as `scene` shows it; none where there is no such owner.
pub fn why_owner(run: &Run, scene: &Scene, key: &ObjectKey) -> Option<Why> {
    let owner = OwnerScene::find(&scene.owners, key)?;
    let keeper = Keeper { run, scene, owner };
    let object = run.object_at(key, scene.at)?;
    let mut why = match object {
        _ if owner.deleted.is_some() => keeper.why([Phrase::new("why-owner-deleted")], &[]),
        Object::Deployment(it) => keeper.deployment(it),
        Object::ReplicaSet(it) => keeper.replica_set(it),
        Object::StatefulSet(it) => keeper.stateful_set(it),
        Object::DaemonSet(it) => keeper.daemon_set(it),
        Object::Job(it) => keeper.job(it),
        Object::CronJob(it) => keeper.cron_job(it),
        _ => return None,
    };
    if let Some(scaler) = owner.autoscaler.as_ref().filter(|scaler| scaler.looked) {
        why.because.extend(keeper.autoscaled(scaler));
    }
    Some(why)
}

/// An owner in the picture of an instant.
struct Keeper<'a> {
    run: &'a Run,
    scene: &'a Scene,
    owner: &'a OwnerScene,
}

impl<'a> Keeper<'a> {
    /// What it is in for these reasons, caused by a field of its own.
    fn why<const N: usize>(&self, because: [Phrase; N], fields: &[&'static str]) -> Why {
        let path = fields.iter().map(|name| Segment::Field((*name).into())).collect();
        let origin = (!fields.is_empty()).then(|| Origin { object: self.owner.key.clone(), path: FieldPath(path) });
        Why { word: self.owner.word.clone(), because: because.into(), next: None, origin, remedies: Vec::new() }
    }

    /// A phrase with what it wants and has.
    fn counted(&self, id: &'static str) -> Phrase {
        let OwnerScene { desired, current, ready, updated, .. } = *self.owner;
        let phrase = Phrase::new(id).with_count("desired", desired).with_count("current", current);
        phrase.with_count("ready", ready).with_count("updated", updated.unwrap_or(current))
    }

    /// The Pod of it that most keeps it from being ready, of those that have a picture.
    fn blocking(&self) -> Option<&'a PodScene> {
        let owned = |pod: &&PodScene| pod.owner.as_ref().is_some_and(|key| self.owner.keeps(key));
        let late = |pod: &&PodScene| !matches!(pod.tone, Tone::Ready | Tone::Done | Tone::Terminating);
        let pods = self.scene.pods.iter().map(|pod| &**pod).filter(owned).filter(late);
        pods.min_by_key(|pod| pod.urgency())
    }

    /// The same, with why that Pod is as it is.
    fn held_up(&self, mut why: Why) -> Why {
        let Some(pod) = self.blocking() else { return why };
        let Some(inner) = super::why(self.run, self.scene.at, &pod.key, None) else { return why };
        why.because.push(Phrase::new("why-owner-pod").with("pod", &*pod.key.name).with("word", &*pod.word));
        why.because.extend(inner.because);
        why.next = inner.next.or(why.next);
        why.origin = inner.origin.or(why.origin);
        why.remedies.extend(inner.remedies);
        why
    }

    /// What an autoscaler makes of it, and what holds that back (kubernetes: pkg/controller/podautoscaler/horizontal.go
    /// reconcileAutoscaler, normalizeDesiredReplicas).
    fn autoscaled(&self, scaler: &AutoscalerScene) -> Vec<Phrase> {
        let said = Phrase::new("why-autoscaled").with("name", &*scaler.key.name).with("targets", &*scaler.targets);
        let mut phrases = vec![said.with_count("desired", scaler.desired)];
        let Some(Object::HorizontalPodAutoscaler(it)) = self.run.object_at(&scaler.key, self.scene.at) else {
            return phrases;
        };
        for condition in it.status.iter().flat_map(|status| status.conditions.iter().flatten()) {
            let id = match (&*condition.type_, &*condition.status, condition.reason.as_deref().unwrap_or_default()) {
                ("ScalingActive", "False", "ScalingDisabled") => "why-autoscaler-off",
                ("ScalingActive", "False", _) => "why-autoscaler-blind",
                ("AbleToScale", "True", "ScaleDownStabilized" | "ScaleUpStabilized") => "why-autoscaler-patient",
                ("ScalingLimited", "True", "TooManyReplicas") => "why-autoscaler-most",
                ("ScalingLimited", "True", "TooFewReplicas") => "why-autoscaler-fewest",
                ("ScalingLimited", "True", "ScaleUpLimit" | "ScaleDownLimit") => "why-autoscaler-paced",
                _ => continue,
            };
            phrases.push(Phrase::new(id).with_count("min", scaler.min).with_count("max", scaler.max));
            if id == "why-autoscaler-blind" {
                phrases.push(plain::said(condition.message.as_deref().unwrap_or_default()));
            }
        }
        phrases
    }
}
