//! A Deployment between two revisions: how far it is, what its bounds let it do, and what stalls it.

use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentCondition, DeploymentSpec};

use super::{Keeper, Tone};
use crate::api::rollout::{bounds, strategy};
use crate::cluster::Time;
use crate::trace::scene::OwnerScene;
use crate::trace::{Next, Phrase, Remedy, Why};

impl Keeper<'_> {
    pub(super) fn deployment(&self, deployment: &Deployment) -> Why {
        let condition = |name: &str| {
            let mut all = deployment.status.iter().flat_map(|status| status.conditions.iter().flatten());
            all.find(|condition| condition.type_ == name)
        };
        let Some(spec) = &deployment.spec else { return self.number(None) };
        if self.owner.paused && self.owner.desired > 0 {
            let mut why = self.why([Phrase::new("why-rollout-paused")], &["spec", "paused"]);
            why.remedies.push(Remedy::Resume(self.owner.key.clone()));
            return why;
        }
        let progress = condition("Progressing");
        if progress.and_then(|it| it.reason.as_deref()) == Some("ProgressDeadlineExceeded") {
            let seconds = i64::from(spec.progress_deadline_seconds.unwrap_or(600));
            let because =
                [Phrase::new("why-rollout-stalled").with_count("seconds", seconds), Phrase::new("why-rollout-undo")];
            let mut why = self.why(because, &["spec", "progressDeadlineSeconds"]);
            if self.owner.revision.as_deref() != Some("1") {
                why.remedies.push(Remedy::Undo(self.owner.key.clone()));
            }
            return self.held_up(why);
        }
        if self.owner.rolls() {
            return self.rolling(spec, progress);
        }
        let refused = condition("ReplicaFailure").filter(|it| it.status == "True");
        self.number(refused.and_then(|it| it.message.as_deref()))
    }

    /// Its rollout goes on (kubernetes: pkg/controller/deployment/rolling.go, recreate.go).
    fn rolling(&self, spec: &DeploymentSpec, progress: Option<&DeploymentCondition>) -> Why {
        let OwnerScene { desired, current, available, .. } = *self.owner;
        if strategy(spec) == "Recreate" {
            return self.why([self.counted("why-rollout-recreates")], &["spec", "strategy"]);
        }
        let (surge, missing) = bounds(spec);
        let (most, least) = (desired.saturating_add(surge), desired.saturating_sub(missing));
        let said = self.counted("why-rollout").with_count("most", most).with_count("least", least);
        let mut why = self.why([said], &["spec", "strategy"]);
        if current >= most && available.is_some_and(|available| available <= least) {
            why.because.push(Phrase::new("why-rollout-waits"));
        }
        // What is only on its way needs no explanation of its own.
        if self.blocking().is_some_and(|pod| matches!(pod.tone, Tone::Failed | Tone::BackOff)) {
            why.next = self.stalls(spec, progress);
            why = self.held_up(why);
        }
        why
    }

    /// When the rollout counts as failed, if nothing gets better (deployment_util.go DeploymentTimedOut).
    fn stalls(&self, spec: &DeploymentSpec, progress: Option<&DeploymentCondition>) -> Option<Next> {
        let seconds = u64::try_from(spec.progress_deadline_seconds?).ok()?;
        let since = progress?.last_update_time.as_ref()?.0;
        let at = Time::of_timestamp(since, self.run.config().epoch) + Duration::from_secs(seconds);
        Some(Next { at: Some(at).filter(|at| *at >= self.scene.at), what: Phrase::new("next-stalled") })
    }
}
