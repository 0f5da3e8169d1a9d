//! The Pods of a Job, sorted by what they mean for it.

use collections::Map as BTreeMap;
use k8s_openapi::Items;
use k8s_openapi::api::batch::v1::{JobSpec, JobStatus};
use k8s_openapi::api::core::v1::ContainerStatus;
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::super::family::{Member, Phase, condition};
use super::TRACKING;
use crate::api::{Kind, Object, Pod, containers};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// The annotation with the index of a Pod of an indexed Job.
pub(super) const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// The annotation with the number of failures of its index before it.
pub(super) const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
/// The annotation with the number of failures of its index that a policy told to ignore.
pub(super) const INDEX_IGNORED: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

/// One Pod of the Job.
#[derive(Clone, Debug)]
pub(super) struct JobPod {
    pub key: ObjectKey,
    pub pod: Pod,
    pub member: Member,
    pub index: Option<usize>,
    /// When its last container ended.
    pub finished: Option<Timestamp>,
    /// The failures of its index before it that count, and those that do not.
    pub before: (u32, u32),
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Pods {
    pub active: Vec<JobPod>,
    pub newly_succeeded: Vec<JobPod>,
    pub newly_failed: Vec<JobPod>,
    /// Those that are let go without being counted.
    pub released: Vec<ObjectKey>,
    pub ready: usize,
    /// On their way out.
    pub terminating: usize,
    /// Restarts of the containers of Pods that are not over.
    pub restarts: usize,
}

impl JobPod {
    /// The failures of its index before it, all of them.
    pub fn failures(&self) -> u32 {
        self.before.0.saturating_add(self.before.1)
    }
}

impl Pods {
    /// Sorts the Pods that the Job controls.
    pub fn of(uid: &str, spec: &JobSpec, status: &JobStatus, world: &World) -> Self {
        let mut pods = Pods::default();
        let indexed = spec.completion_mode.as_deref() == Some("Indexed");
        let completions = usize::try_from(spec.completions.unwrap_or(0)).unwrap_or(0);
        let only_failed = spec.pod_replacement_policy.as_deref() == Some("Failed");
        let counted = status.uncounted_terminated_pods.clone().unwrap_or_default();
        let counted: Vec<String> = counted.succeeded.into_iter().chain(counted.failed).flatten().collect();
        for key in world.store.dependents(uid).filter(|key| key.kind == Kind::Pod) {
            let Some(Object::Pod(pod)) = world.store.get(key) else { continue };
            if !Member::belongs(pod, uid) {
                continue;
            }
            let member = Member::of(pod);
            let tracked = pod.metadata.finalizers.iter().flatten().any(|name| name == TRACKING);
            let annotation = |name: &str| pod.metadata.annotations.as_ref().and_then(|all| all.get(name));
            let number = |name: &str| annotation(name).and_then(|count| count.parse::<u32>().ok()).unwrap_or(0);
            let one = JobPod {
                key: key.clone(),
                index: annotation(INDEX).and_then(|index| index.parse().ok()),
                finished: finished(pod),
                before: (number(INDEX_FAILURES), number(INDEX_IGNORED)),
                pod: pod.as_ref().clone(),
                member,
            };
            if one.member.phase != Phase::Terminal {
                pods.restarts += restarts(pod);
                pods.terminating += usize::from(one.member.deleting);
            }
            let succeeded = pod.status.phase.as_deref() == Some("Succeeded");
            let failed = pod.status.phase.as_deref() == Some("Failed") || (one.member.deleting && !only_failed);
            let fresh = tracked && !counted.iter().any(|uid| uid == pod.uid());
            // What an index did that the Job has no longer is nobody's concern (getValidPodsWithFilter).
            let beyond = indexed && one.index.is_none_or(|index| index >= completions);
            if (succeeded || failed) && beyond {
                pods.released.extend(fresh.then_some(one.key));
            } else if succeeded {
                pods.newly_succeeded.extend(fresh.then_some(one));
            } else if failed {
                pods.newly_failed.extend(fresh.then_some(one));
            } else if one.member.active() {
                pods.ready += usize::from(one.member.ready.is_some());
                pods.active.push(one);
            }
        }
        pods
    }

    /// The last failed Pod of each index that waits for its successor: it keeps its finalizer, and with it the count of
    /// failures, until the successor is there (backoff_utils.go getPodsWithDelayedDeletionPerIndex).
    pub fn waiting_for_successor(&self, done: impl Fn(usize) -> bool) -> BTreeMap<usize, JobPod> {
        let mut last: BTreeMap<usize, JobPod> = BTreeMap::new();
        let busy = |index: usize| self.active.iter().any(|pod| pod.index == Some(index));
        for pod in &self.newly_failed {
            let Some(index) = pod.index.filter(|index| !done(*index) && !busy(*index)) else { continue };
            let later = |known: &JobPod| known.failures() <= pod.failures() && known.finished <= pod.finished;
            if last.get(&index).is_none_or(later) {
                last.insert(index, pod.clone());
            }
        }
        last
    }

    /// A Pod was deleted because the Job has failed: it counts as failed too, and is on its way out.
    pub fn failed_with_the_job(&mut self, pod: JobPod) {
        self.terminating += 1;
        self.newly_failed.push(pod);
    }

    /// A Pod was deleted that is not needed any more: it is on its way out, and no failure.
    pub fn not_needed(&mut self, pod: JobPod) {
        self.terminating += 1;
        self.ready = self.ready.saturating_sub(usize::from(pod.member.ready.is_some()));
        self.released.push(pod.key);
    }
}

fn restarts(pod: &Pod) -> usize {
    let sum = |statuses: &Option<Items<ContainerStatus>>| -> i64 {
        statuses.iter().flatten().map(|status| i64::from(status.restart_count)).sum()
    };
    let all = sum(&pod.status.init_container_statuses) + sum(&pod.status.container_statuses);
    usize::try_from(all).unwrap_or(0)
}

/// When the Pod was over (backoff_utils.go getFinishedTime): when the last of its containers ended, sidecars among them,
/// if all have; else when it stopped being Ready; else when it was deleted, its grace period not counted; else when it was
/// made.
fn finished(pod: &Pod) -> Option<Timestamp> {
    let sidecar = |status: &&ContainerStatus| containers::has_sidecar(&pod.spec, &status.name);
    let sidecars = pod.status.init_container_statuses.iter().flatten().filter(sidecar);
    let containers = pod.status.container_statuses.iter().flatten().chain(sidecars);
    let ends: Option<Vec<Timestamp>> = containers
        .map(|status| status.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref().map(|time| time.0))
        .collect();
    let unready = || {
        let ready = condition(pod, "Ready").filter(|condition| condition.status == "False")?;
        ready.last_transition_time.as_ref().map(|time| time.0)
    };
    let deleted = || {
        let grace = SignedDuration::from_secs(-pod.metadata.deletion_grace_period_seconds.unwrap_or(0).max(0));
        pod.metadata.deletion_timestamp.as_ref()?.0.checked_add(grace).ok()
    };
    let made = || pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    ends.and_then(|ends| ends.into_iter().max()).or_else(unready).or_else(deleted).or_else(made)
}
