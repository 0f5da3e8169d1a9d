//! Why an owner keeps no Pod: while nothing is on the stage, there is no Pod to ask about.

use crate::api::Kind;
use crate::trace::scene::OwnerScene;
use crate::trace::{Next, Phrase, Why};

/// Why `owner` has no Pods now, where it says so itself; none where it has some, or is about to make them.
///
/// cronjob: cronjob_controllerv2.go syncCronJob; deployment: deployment_controller.go syncDeployment, sync.go sync, 1.36.
pub fn why_owner(owner: &OwnerScene) -> Option<Why> {
    let idle = owner.pods == 0 && owner.current == 0 && owner.owners.iter().all(|child| why_owner(child).is_some());
    if !idle || owner.deleted.is_some() {
        return None;
    }
    let (because, next) = match owner.key.kind {
        Kind::CronJob => match owner.next {
            Some(at) => ("why-cron-waits", Some(Next { at: Some(at), what: Phrase::new("next-job") })),
            None => ("why-cron-suspended", None),
        },
        Kind::Deployment if owner.paused && owner.desired > 0 => ("why-rollout-paused", None),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet if owner.desired == 0 => ("why-scaled-down", None),
        Kind::DaemonSet if owner.desired == 0 => ("why-no-node-for-it", None),
        _ => return None,
    };
    Some(Why { word: owner.word.clone(), because: vec![Phrase::new(because)], next, origin: None })
}
