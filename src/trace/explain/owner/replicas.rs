//! Owners that keep a number of Pods: what they have of it, and what they wait for.

use k8s_openapi::api::apps::v1::{DaemonSet, ReplicaSet, StatefulSet};

use super::{Keeper, plain};
use crate::trace::scene::OwnerScene;
use crate::trace::{Phrase, Why};

impl Keeper<'_> {
    /// What it wants against what it has; `refused` is why the API server takes no more of its Pods.
    pub(super) fn number(&self, refused: Option<&str>) -> Why {
        let OwnerScene { desired, current, ready, available, .. } = *self.owner;
        let replicas = &["spec", "replicas"];
        match () {
            () if desired == 0 && current == 0 => self.why([Phrase::new("why-scaled-down")], replicas),
            () if let Some(message) = refused => {
                let because = [self.counted("why-owner-lacks"), Phrase::new("why-owner-refused"), plain::said(message)];
                self.why(because, replicas)
            }
            () if current < desired => self.held_up(self.why([self.counted("why-owner-lacks")], replicas)),
            () if current > desired => self.why([self.counted("why-owner-too-many")], replicas),
            () if ready < desired => self.held_up(self.why([self.counted("why-owner-unready")], &[])),
            () if available.is_some_and(|available| available < desired) => {
                self.why([self.counted("why-owner-new")], &["spec", "minReadySeconds"])
            }
            () => self.why([self.counted("why-owner-full")], replicas),
        }
    }

    pub(super) fn replica_set(&self, set: &ReplicaSet) -> Why {
        let conditions = set.status.iter().flat_map(|status| status.conditions.iter().flatten());
        let refused = conditions
            .filter(|it| it.type_ == "ReplicaFailure" && it.status == "True")
            .find_map(|it| it.message.as_deref());
        let mut why = self.number(refused);
        if self.owner.old {
            why.because.insert(0, Phrase::new("why-owner-old"));
        }
        why
    }

    /// One Pod after another, unless it is told to make all at once (kubernetes: pkg/controller/statefulset/
    /// stateful_set_control.go updateStatefulSet).
    pub(super) fn stateful_set(&self, set: &StatefulSet) -> Why {
        let Some(spec) = &set.spec else { return self.number(None) };
        let OwnerScene { desired, current, ready, .. } = *self.owner;
        if self.owner.rolls() {
            let strategy = spec.update_strategy.as_ref();
            if strategy.is_some_and(|strategy| strategy.type_.as_deref() == Some("OnDelete")) {
                return self.why([self.counted("why-rollout-by-hand")], &["spec", "updateStrategy"]);
            }
            let mut why = self.why([self.counted("why-rollout-downwards")], &["spec", "updateStrategy"]);
            why.because.extend(self.partitioned());
            return self.held_up(why);
        }
        let in_turn = spec.pod_management_policy.as_deref() != Some("Parallel");
        if in_turn && current < desired && ready < desired && current > 0 {
            return self.held_up(self.why([self.counted("why-owner-in-turn")], &["spec", "podManagementPolicy"]));
        }
        let mut why = self.number(None);
        if self.owner.updated.is_some_and(|updated| updated < current) {
            why.because.extend(self.partitioned());
        }
        why
    }

    /// That some of its Pods keep an older template.
    fn partitioned(&self) -> Option<Phrase> {
        let kept = self.owner.kept;
        (kept > 0).then(|| Phrase::new("why-rollout-partition").with_count("partition", kept))
    }

    /// One Pod on each node that takes it (kubernetes: pkg/controller/daemon/daemon_controller.go).
    pub(super) fn daemon_set(&self, set: &DaemonSet) -> Why {
        let OwnerScene { desired, ready, .. } = *self.owner;
        let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref());
        let by_hand = strategy.is_some_and(|strategy| strategy.type_.as_deref() == Some("OnDelete"));
        match () {
            () if desired == 0 => self.why([Phrase::new("why-no-node-for-it")], &["spec", "template"]),
            () if self.owner.rolls() && by_hand => {
                self.why([self.counted("why-rollout-by-hand")], &["spec", "updateStrategy"])
            }
            () if self.owner.rolls() => {
                self.held_up(self.why([self.counted("why-rollout-node-by-node")], &["spec", "updateStrategy"]))
            }
            () if ready < desired => self.held_up(self.why([self.counted("why-daemon-unready")], &[])),
            () => self.why([self.counted("why-daemon-full")], &["spec", "template"]),
        }
    }
}
