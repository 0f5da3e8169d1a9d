//! Counting finished Pods exactly once, and ending the Job
//! (job_controller.go trackJobStatusAndRemoveFinalizers). A Pod is first written down as not counted yet, then let go,
//! then counted.

use std::rc::Rc;

use k8s_openapi::api::batch::v1::{Job, UncountedTerminatedPods};

use super::super::orphans;
use super::conditions::{self, Verdict};
use super::pods::JobPod;
use super::{Sync, TRACKING, policy};
use crate::api::Object;
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, api_server};

impl Sync<'_> {
    /// Counts what finished since, and writes the status; ends the Job where nothing of it runs any more.
    pub(super) fn count_and_finish(&mut self, job: &Rc<Job>, verdict: Option<Verdict>) {
        let uids = |pods: &[JobPod]| -> Vec<String> { pods.iter().map(|pod| pod.pod.uid().to_owned()).collect() };
        // Who waits for a successor is neither counted nor let go.
        let waits = |pod: &JobPod| self.waiting.values().any(|waiting| waiting.key == pod.key);
        let failed: Vec<JobPod> = self.pods.newly_failed.iter().filter(|pod| !waits(pod)).cloned().collect();
        let finished = self.pods.newly_succeeded.iter().chain(&failed).map(|pod| pod.key.clone());
        let mut done: Vec<ObjectKey> = finished.chain(std::mem::take(&mut self.pods.released)).collect();
        let counted: Vec<JobPod> = failed.into_iter().filter(|pod| !policy::ignored(pod, &self.spec)).collect();
        // Of indexes it is known which have succeeded; nothing of them has to be counted.
        let succeeded = if self.indexed() { Vec::new() } else { uids(&self.pods.newly_succeeded) };
        let failed = uids(&counted);
        let (more_succeeded, more_failed) = (succeeded.len(), failed.len());
        if let Some(verdict) = &verdict {
            let now = self.world.timestamp();
            let (announced, _) = verdict.types();
            conditions::set(&mut self.status, announced, "True", &verdict.reason, &verdict.message, &now);
        }
        let some = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
        self.status.uncounted_terminated_pods =
            Some(UncountedTerminatedPods { succeeded: some(succeeded), failed: some(failed) });
        self.write(job);

        collections::sort(&mut done);
        for key in done {
            let_go(&key, self.world);
        }
        let add = |count: Option<i32>, more: usize| {
            let sum = count.unwrap_or(0).saturating_add(i32::try_from(more).unwrap_or(i32::MAX));
            Some(sum).filter(|sum| *sum != 0)
        };
        self.status.uncounted_terminated_pods = Some(UncountedTerminatedPods::default());
        self.status.succeeded = add(self.status.succeeded, more_succeeded);
        self.status.failed = add(self.status.failed, more_failed);
        let over = verdict.filter(|_| self.pods.terminating == 0);
        if let Some(verdict) = &over {
            let now = self.world.timestamp();
            let (_, ended) = verdict.types();
            conditions::set(&mut self.status, ended, "True", &verdict.reason, &verdict.message, &now);
            if verdict.succeeded {
                self.status.completion_time = Some(now);
            }
        }
        self.write(job);
        if let Some(verdict) = over {
            if verdict.succeeded {
                self.say(false, "Completed", "Job completed".to_owned());
            } else if let Some(reason) = event_reason(&verdict.reason) {
                self.say(true, reason, verdict.message);
            }
        }
    }

    fn write(&mut self, job: &Rc<Job>) {
        let present = self.world.store.get(self.key);
        if let Some(Object::Job(present)) = present
            && present.status.as_ref() == Some(&self.status)
        {
            return;
        }
        let mut changed = Job::clone(job);
        changed.metadata.resource_version = None;
        changed.status = Some(self.status.clone());
        // The Job may be gone meanwhile; then nothing is left to say.
        let _ = api_server::update_status(self.world, Object::Job(Rc::new(changed)));
    }
}

/// Takes the finalizer off a Pod that is counted, or that nobody counts.
pub(in super::super) fn let_go(key: &ObjectKey, world: &mut World) {
    // A Pod that is gone needs nothing.
    let Some(pod) = world.store.get(key).cloned() else { return };
    orphans::let_go(&pod, TRACKING, world);
}

/// The reason as events have it.
fn event_reason(reason: &str) -> Option<&'static str> {
    ["PodFailurePolicy", "BackoffLimitExceeded", "DeadlineExceeded", "MaxFailedIndexesExceeded", "FailedIndexes"]
        .into_iter()
        .find(|known| *known == reason)
}
