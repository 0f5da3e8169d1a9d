//! The Job controller (kubernetes: pkg/controller/job/job_controller.go syncJob, 1.36).

mod conditions;
mod finish;
mod indexes;
mod pods;
mod policy;
mod replicas;

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::Text;
use k8s_openapi::api::batch::v1::{Job, JobSpec, JobStatus};
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::pod_template;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::{Kind, Object, controller_of};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Propagation, api_server};
use conditions::Verdict;
pub(super) use finish::let_go;
use indexes::Indexes;
use pods::{JobPod, Pods};

const SOURCE: &str = "job-controller";
/// What keeps a Pod until it is counted.
const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// What happens to the Pods of a Job is looked at once in this time.
pub(super) const BATCH: Duration = Duration::from_secs(1);
/// The first wait for a new Pod after a failure; it doubles with each …
const FIRST_BACK_OFF: i64 = 10;
/// … up to this, in seconds.
const LONGEST_BACK_OFF: i64 = 600;

/// The failures of a Job since a Pod of it last succeeded.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    count: u32,
    last: Option<Timestamp>,
}

/// What the controller remembers besides the objects.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs {
    failures: BTreeMap<String, Failures>,
}

/// One Job for the length of one sync.
struct Sync<'a> {
    key: &'a ObjectKey,
    uid: String,
    spec: JobSpec,
    status: JobStatus,
    pods: Pods,
    world: &'a mut World,
    queue: &'a mut WorkQueue,
    jobs: &'a mut Jobs,
    /// The last failed Pod of each index that has to have a successor, where indexes fail one by one.
    waiting: BTreeMap<usize, JobPod>,
}

impl Jobs {
    /// Forgets a Job that is gone.
    pub fn forget(&mut self, uid: &str) {
        self.failures.remove(uid);
    }

    /// Looks at one Job.
    pub fn sync(&mut self, key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
        let Some(Object::Job(job)) = world.store.get(key).cloned() else { return };
        let Some(spec) = job.spec.clone() else { return };
        let status = job.status.clone().unwrap_or_default();
        if conditions::finished(&status).is_some() {
            return;
        }
        if spec.managed_by.as_deref().is_some_and(|by| by != "kubernetes.io/job-controller") {
            return;
        }
        let uid = job.metadata.uid.clone().unwrap_or_default();
        let pods = Pods::of(&uid, &spec, &status, world);
        let waiting = BTreeMap::new();
        let mut sync = Sync { key, uid: uid.to_string(), spec, status, pods, world, queue, jobs: self, waiting };
        let deleting = job.metadata.deletion_timestamp.is_some();
        sync.step(&job, deleting);
    }
}

/// Whether a Pod is held for being counted by a Job that is over, or gone: nobody else would ever let it go
/// (syncOrphanPod).
pub(super) fn forgotten(pod: &Object, world: &World) -> bool {
    let metadata = pod.metadata();
    if !metadata.finalizers.iter().flatten().any(|name| name == TRACKING) {
        return false;
    }
    let Some(owner) = controller_of(metadata).filter(|owner| owner.kind == "Job") else { return true };
    let key = ObjectKey::new(Kind::Job, pod.namespace(), &owner.name);
    match world.store.get(&key) {
        Some(Object::Job(job)) if job.metadata.uid.as_ref() == Some(&owner.uid) => {
            job.status.as_ref().and_then(conditions::finished).is_some()
        }
        _ => true,
    }
}

/// Whether `job` is finished and goes by itself some time after (ttlafterfinished_controller.go needsCleanup).
pub(super) fn passes(job: &Job) -> bool {
    job.spec.as_ref().is_some_and(|spec| spec.ttl_seconds_after_finished.is_some())
        && job.status.as_ref().and_then(conditions::finished).is_some()
}

/// A finished Job goes after its time, where it has one (pkg/controller/ttlafterfinished processJob).
pub(super) fn clean_up(key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
    let Some(Object::Job(job)) = world.store.get(key) else { return };
    let ttl = job.spec.as_ref().and_then(|spec| spec.ttl_seconds_after_finished);
    let finished = job.status.as_ref().and_then(conditions::finished).and_then(|it| it.last_transition_time.as_ref());
    let (Some(ttl), Some(finished)) = (ttl, finished) else { return };
    if job.metadata.deletion_timestamp.is_some() {
        return;
    }
    let Ok(due) = finished.0.checked_add(SignedDuration::from_secs(i64::from(ttl))) else { return };
    match left(due, world) {
        None => _ = api_server::delete(world, key, None, Propagation::Foreground),
        Some(left) => queue.add(Controller::TtlAfterFinished, key, left, world),
    }
}

/// The time until `due`; none where it is past.
fn left(due: Timestamp, world: &World) -> Option<Duration> {
    Some(world.until(due)).filter(|left| !left.is_zero())
}

impl Sync<'_> {
    fn now(&self) -> Timestamp {
        self.world.now.to_timestamp(self.world.config.epoch)
    }

    fn indexed(&self) -> bool {
        self.spec.completion_mode.as_deref() == Some("Indexed")
    }

    fn say(&mut self, warning: bool, reason: &'static str, message: String) {
        pod_template::say(self.world, self.key, SOURCE, warning, reason, message);
    }

    /// One look at the Job.
    fn step(&mut self, job: &Rc<Job>, deleting: bool) {
        let suspend = self.spec.suspend == Some(true);
        if self.status.start_time.is_none() && !suspend {
            self.status.start_time = Some(self.world.timestamp());
        }
        // An elastic Job may have fewer indexes than it had.
        let wanted = usize::try_from(self.spec.completions.unwrap_or(0)).unwrap_or(0);
        let mut succeeded = Indexes::parse(self.status.completed_indexes.as_deref()).below(wanted);
        let mut failed = Indexes::parse(self.status.failed_indexes.as_deref()).below(wanted);
        if self.indexed() {
            succeeded.extend(self.pods.newly_succeeded.iter().filter_map(|pod| pod.index));
            if self.spec.backoff_limit_per_index.is_some() {
                failed.extend(policy::failed_indexes(&self.pods, &self.spec));
                let done = |index: usize| succeeded.contains(index) || failed.contains(index);
                self.waiting = self.pods.waiting_for_successor(done);
            }
        }
        let mut verdict = self.verdict(&succeeded, &failed);
        self.note_failures();
        let mut active = self.pods.active.len();
        if let Some(verdict) = &verdict {
            for pod in std::mem::take(&mut self.pods.active) {
                pod_template::delete(self.world, self.key, SOURCE, &pod.key);
                match verdict.succeeded {
                    true => self.pods.not_needed(pod),
                    false => self.pods.failed_with_the_job(pod),
                }
            }
            active = 0;
        } else {
            if !deleting {
                active = self.manage(&succeeded, &failed);
            }
            verdict = self.complete(active, &succeeded);
            if verdict.is_none() {
                self.check_suspended(suspend);
            }
        }
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        self.status.active = Some(count(active)).filter(|count| *count != 0);
        self.status.ready = Some(if verdict.is_some() { 0 } else { count(self.pods.ready) });
        self.status.terminating = Some(count(self.pods.terminating));
        if self.indexed() {
            self.status.succeeded = Some(count(succeeded.len())).filter(|count| *count != 0);
            self.status.completed_indexes = succeeded.print().map(Text::from);
            if self.spec.backoff_limit_per_index.is_some() {
                self.status.failed_indexes = Some(failed.print().unwrap_or_default().into());
            }
        }
        if verdict.is_some() || deleting {
            self.waiting.clear();
        }
        self.count_and_finish(job, verdict);
    }

    /// How many Pods have succeeded so far, those not counted yet included.
    fn succeeded(&self) -> usize {
        let counted = usize::try_from(self.status.succeeded.unwrap_or(0)).unwrap_or(0);
        counted + self.pods.newly_succeeded.len()
    }

    /// How many Pods have failed so far, those not counted yet included.
    fn failed(&self) -> usize {
        let counted = usize::try_from(self.status.failed.unwrap_or(0)).unwrap_or(0);
        counted + self.pods.newly_failed.iter().filter(|pod| !policy::ignored(pod, &self.spec)).count()
    }

    /// Whether the Job is to end, and why, before any Pod is made.
    fn verdict(&mut self, succeeded: &Indexes, failed: &Indexes) -> Option<Verdict> {
        if let Some(begun) = conditions::get(&self.status, "FailureTarget") {
            return Some(Verdict::again(begun, false));
        }
        if let Some(begun) = conditions::get(&self.status, "SuccessCriteriaMet") {
            return Some(Verdict::again(begun, true));
        }
        if let Some(message) = policy::fail_job(&self.pods, &self.spec, self.key) {
            return Some(Verdict::failed("PodFailurePolicy", message));
        }
        let limit = usize::try_from(self.spec.backoff_limit.unwrap_or(6)).unwrap_or(usize::MAX);
        if self.failed() > limit || self.restarted_too_often(limit) {
            return Some(Verdict::failed(
                "BackoffLimitExceeded",
                "Job has reached the specified backoff limit".to_owned(),
            ));
        }
        if let Some(late) = self.past_deadline() {
            return late;
        }
        if !self.indexed() {
            return None;
        }
        if let Some(most) = self.spec.max_failed_indexes
            && i64::try_from(failed.len()).unwrap_or(i64::MAX) > i64::from(most)
        {
            let message = "Job has exceeded the specified maximal number of failed indexes".to_owned();
            return Some(Verdict::failed("MaxFailedIndexesExceeded", message));
        }
        let wanted = usize::try_from(self.spec.completions.unwrap_or(0)).unwrap_or(0);
        if failed.len() > 0 && failed.len() + succeeded.len() >= wanted {
            return Some(Verdict::failed("FailedIndexes", "Job has failed indexes".to_owned()));
        }
        policy::success(&self.spec, succeeded)
    }

    /// With `restartPolicy: OnFailure` restarts count as failures (pastBackoffLimitOnFailure).
    fn restarted_too_often(&self, limit: usize) -> bool {
        let policy = self.spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
        if policy != Some("OnFailure") {
            return false;
        }
        let restarts = self.pods.restarts;
        if limit == 0 { restarts > 0 } else { restarts >= limit }
    }

    /// The verdict where `activeDeadlineSeconds` are over; a wake-up call where they are not.
    fn past_deadline(&mut self) -> Option<Option<Verdict>> {
        let seconds = self.spec.active_deadline_seconds?;
        let start = self.status.start_time.as_ref()?;
        if self.spec.suspend == Some(true) {
            return None;
        }
        let due = start.0.checked_add(SignedDuration::from_secs(seconds.clamp(0, 1 << 40))).ok()?;
        match left(due, self.world) {
            None => Some(Some(Verdict::failed(
                "DeadlineExceeded",
                "Job was active longer than specified deadline".to_owned(),
            ))),
            Some(left) => {
                self.queue.add(Controller::Job, self.key, left, self.world);
                None
            }
        }
    }

    /// Remembers failures for the back-off: those after the last success, and when the last of them ended.
    fn note_failures(&mut self) {
        let record = self.jobs.failures.entry(self.uid.clone()).or_default();
        let success = self.pods.newly_succeeded.iter().filter_map(|pod| pod.finished).max();
        if success.is_some() || !self.pods.newly_succeeded.is_empty() {
            *record = Failures::default();
        }
        for pod in &self.pods.newly_failed {
            if success.is_some() && pod.finished <= success {
                continue;
            }
            record.count = record.count.saturating_add(1);
            record.last = record.last.max(pod.finished);
        }
    }

    /// How long no Pod may be made yet.
    fn back_off(&self) -> Option<Duration> {
        let record = self.jobs.failures.get(&self.uid)?;
        let doublings = record.count.checked_sub(1)?.min(10);
        let wait = FIRST_BACK_OFF.saturating_mul(1 << doublings).min(LONGEST_BACK_OFF);
        let due = record.last?.checked_add(SignedDuration::from_secs(wait)).ok()?;
        left(due, self.world)
    }

    /// Whether enough Pods have succeeded.
    fn complete(&self, active: usize, succeeded: &Indexes) -> Option<Verdict> {
        let complete = match self.spec.completions {
            None => self.succeeded() > 0 && active == 0,
            Some(wanted) if self.indexed() => succeeded.len() >= usize::try_from(wanted).unwrap_or(0),
            Some(wanted) => self.succeeded() >= usize::try_from(wanted).unwrap_or(0),
        };
        complete.then(|| {
            let message = "Reached expected number of succeeded pods".to_owned();
            Verdict { succeeded: true, reason: "CompletionsReached".to_owned(), message }
        })
    }

    fn check_suspended(&mut self, suspend: bool) {
        let said = conditions::get(&self.status, "Suspended").map(|it| it.status == "True");
        let now = self.world.timestamp();
        match (suspend, said) {
            (true, None | Some(false)) => {
                conditions::set(&mut self.status, "Suspended", "True", "JobSuspended", "Job suspended", &now);
                self.status.start_time = None;
                self.say(false, "Suspended", "Job suspended".to_owned());
            }
            (false, Some(true)) => {
                conditions::set(&mut self.status, "Suspended", "False", "JobResumed", "Job resumed", &now);
                self.status.start_time = Some(now);
                self.say(false, "Resumed", "Job resumed".to_owned());
            }
            _ => {}
        }
    }
}
