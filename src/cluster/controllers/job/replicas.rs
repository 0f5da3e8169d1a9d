//! How many Pods of a Job run at once (job_controller.go manageJob).

use collections::Map as BTreeMap;
use std::cmp::Ordering;
use std::time::Duration;

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector};
use k8s_openapi::jiff::SignedDuration;

use super::super::pod_template;
use super::super::queue::Retries;
use super::super::replica_set::first_to_go;
use super::super::timer::Controller;
use super::finish::let_go;
use super::indexes::Indexes;
use super::pods::{INDEX, INDEX_FAILURES, INDEX_IGNORED, JobPod};
use super::{FIRST_BACK_OFF, LONGEST_BACK_OFF, SOURCE, Sync, TRACKING, left, policy};
use crate::api::{Object, Pod};
use crate::cluster::api_server::GENERATED_PREFIX;

/// So many Pods at most are created in one sync.
const BURST: usize = 500;
/// The waits after Pods could not be made (job_controller.go DefaultJobApiBackOff, MaxJobApiBackOff).
const RETRIES: Retries = Retries { first: Duration::from_secs(1), longest: Duration::from_secs(60) };

impl Sync<'_> {
    /// Creates what is missing or deletes what is too much; returns how many are active then.
    pub(super) fn manage(&mut self, succeeded: &Indexes, failed: &Indexes) -> usize {
        let active = self.pods.active.len();
        if self.spec.suspend == Some(true) {
            return self.remove(active);
        }
        let parallelism = usize::try_from(self.spec.parallelism.unwrap_or(1)).unwrap_or(0);
        let wanted = match self.spec.completions {
            None if self.succeeded() > 0 => active,
            None => parallelism,
            Some(completions) => {
                let done = if self.indexed() { succeeded.len() + failed.len() } else { self.succeeded() };
                usize::try_from(completions).unwrap_or(0).saturating_sub(done).min(parallelism)
            }
        };
        // Of several Pods of one index, and of those beyond the last index, one at most is kept.
        let surplus = self.surplus_of_indexes();
        if active > wanted || surplus > 0 {
            return self.remove(active.saturating_sub(wanted).max(surplus));
        }
        let held =
            if self.spec.pod_replacement_policy.as_deref() == Some("Failed") { self.pods.terminating } else { 0 };
        let missing = wanted.saturating_sub(active).saturating_sub(held).min(BURST);
        if missing == 0 {
            self.queue.succeeded(Controller::Job, self.key);
            return active;
        }
        if self.spec.backoff_limit_per_index.is_none()
            && let Some(wait) = self.back_off()
        {
            self.queue.add(Controller::Job, self.key, wait, self.world);
            return active;
        }
        active + self.create(missing, succeeded, failed)
    }

    /// Puts the active Pods first whose index another has too, or that is no index any more, and says how many they are
    /// (indexed_job_utils.go appendDuplicatedIndexPodsForRemoval).
    fn surplus_of_indexes(&mut self) -> usize {
        if !self.indexed() {
            return 0;
        }
        let completions = usize::try_from(self.spec.completions.unwrap_or(0)).unwrap_or(0);
        let (now, nowhere) = (self.now(), BTreeMap::new());
        let mut pods = std::mem::take(&mut self.pods.active);
        // Who would be missed most comes last and is kept.
        collections::sort_by(&mut pods, |a, b| {
            a.index.cmp(&b.index).then_with(|| first_to_go(&a.member, &b.member, &nowhere, now))
        });
        let mut surplus = Vec::new();
        let mut kept: Vec<JobPod> = Vec::new();
        for pod in pods.into_iter().rev() {
            let known = kept.last().is_some_and(|last| last.index == pod.index);
            let is_index = pod.index.is_some_and(|index| index < completions);
            if known || !is_index { surplus.push(pod) } else { kept.push(pod) }
        }
        let count = surplus.len();
        self.pods.active = surplus.into_iter().chain(kept).collect();
        count
    }

    /// How long the next Pod of an index has to wait after the failures of those before it
    /// (backoff_utils.go getRemainingTimePerIndex).
    fn back_off_of_index(&self, index: usize) -> Option<Duration> {
        let last = self.waiting.get(&index)?;
        let wait = FIRST_BACK_OFF.saturating_mul(1 << last.failures().min(10)).min(LONGEST_BACK_OFF);
        left(last.finished?.checked_add(SignedDuration::from_secs(wait)).ok()?, self.world)
    }

    /// Deletes so many active Pods, those that would be missed least first; returns how many are left.
    fn remove(&mut self, count: usize) -> usize {
        let now = self.now();
        let nowhere = BTreeMap::new();
        let surplus = self.surplus_of_indexes();
        if let Some(others) = self.pods.active.get_mut(surplus..) {
            collections::sort_by(others, |a, b| match first_to_go(&a.member, &b.member, &nowhere, now) {
                Ordering::Equal => a.key.cmp(&b.key),
                order => order,
            });
        }
        let rest = self.pods.active.split_off(count.min(self.pods.active.len()));
        for pod in std::mem::replace(&mut self.pods.active, rest) {
            // It is let go before it is deleted: what the controller takes away is no failure (deleteJobPods).
            let_go(&pod.key, self.world);
            pod_template::delete(self.world, self.key, SOURCE, &pod.key);
            self.pods.not_needed(pod);
        }
        self.pods.active.len()
    }

    fn create(&mut self, count: usize, succeeded: &Indexes, failed: &Indexes) -> usize {
        let Some(owner) = self.world.store.get(self.key).cloned() else { return 0 };
        let mut indexes = self.free_indexes(count, succeeded, failed);
        let mut count = count;
        if self.spec.backoff_limit_per_index.is_some() {
            let soonest = indexes.iter().filter_map(|index| self.back_off_of_index(*index)).min();
            indexes.retain(|index| self.back_off_of_index(*index).is_none());
            count = indexes.len();
            if let Some(wait) = soonest.filter(|_| indexes.is_empty()) {
                self.queue.add(Controller::Job, self.key, wait, self.world);
            }
        }
        let mut indexes = indexes.into_iter();
        let template = self.pod(&owner);
        let mut made = 0;
        let result = pod_template::slow_start(count, || {
            let mut pod = template.clone();
            if self.indexed() {
                let Some(index) = indexes.next() else { return Ok(()) };
                self.give_index(&mut pod, index);
            }
            pod_template::create(self.world, self.key, SOURCE, pod)?;
            made += 1;
            Ok(())
        });
        match result {
            Ok(()) => self.queue.succeeded(Controller::Job, self.key),
            Err(_) => self.queue.retry_after(RETRIES, Controller::Job, self.key, self.world),
        }
        made
    }

    fn pod(&self, owner: &Object) -> Pod {
        let mut pod = pod_template::pod_of(&self.spec.template, self.key, owner);
        let metadata = pod.metadata.make_mut();
        metadata.finalizers.get_or_insert_default().push(TRACKING.to_owned());
        pod
    }

    /// The lowest indexes that nobody works on.
    fn free_indexes(&self, count: usize, succeeded: &Indexes, failed: &Indexes) -> Vec<usize> {
        let mut busy = Indexes::default();
        busy.extend(self.pods.active.iter().filter_map(|pod| pod.index));
        let completions = usize::try_from(self.spec.completions.unwrap_or(0)).unwrap_or(0);
        let free = |index: &usize| !busy.contains(*index) && !succeeded.contains(*index) && !failed.contains(*index);
        (0..completions).filter(free).take(count).collect()
    }

    /// Makes the Pod work on one index (indexed_job_utils.go addCompletionIndexEnvVariables).
    fn give_index(&self, pod: &mut Pod, index: usize) {
        let metadata = pod.metadata.make_mut();
        let text = index.to_string();
        metadata.generate_name = Some(name_of_index(&self.key.name, index).into());
        metadata.annotations.get_or_insert_default().insert(INDEX.to_owned(), text.clone());
        metadata.labels.get_or_insert_default().insert(INDEX.to_owned(), text);
        if self.spec.backoff_limit_per_index.is_some() {
            let (mut failures, mut ignored) = (0_u32, 0_u32);
            if let Some(last) = self.waiting.get(&index) {
                (failures, ignored) = last.before;
                match policy::ignored(last, &self.spec) {
                    true => ignored = ignored.saturating_add(1),
                    false => failures = failures.saturating_add(1),
                }
            }
            let annotations = metadata.annotations.get_or_insert_default();
            annotations.insert(INDEX_FAILURES.to_owned(), failures.to_string());
            if ignored > 0 {
                annotations.insert(INDEX_IGNORED.to_owned(), ignored.to_string());
            }
        }
        let spec = pod.spec.make_mut();
        spec.hostname = Some(format!("{}-{index}", self.key.name).into());
        let field = ObjectFieldSelector { api_version: None, field_path: format!("metadata.labels['{INDEX}']").into() };
        let variable = EnvVar {
            name: "JOB_COMPLETION_INDEX".into(),
            value_from: Some(EnvVarSource { field_ref: Some(field), ..EnvVarSource::default() }),
            ..EnvVar::default()
        };
        for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
            let env = container.env.get_or_insert_default();
            if env.iter().all(|known| known.name != variable.name) {
                env.push(variable.clone());
            }
        }
    }
}

/// What the names of an index's Pods begin with: of a long name of a Job the index is left (podGenerateNameWithIndex).
fn name_of_index(job: &str, index: usize) -> String {
    let tail = format!("-{index}-");
    let job: String = job.chars().take(GENERATED_PREFIX.saturating_sub(tail.len())).collect();
    job + &tail
}
