//! How many Pods of a Job run at once (job_controller.go manageJob).

use collections::Map as BTreeMap;
use std::cmp::Ordering;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector};

use super::super::pod_template;
use super::super::queue::Controller;
use super::super::replica_set::first_to_go;
use super::indexes::Indexes;
use super::pods::{INDEX, INDEX_FAILURES};
use super::{SOURCE, Sync, TRACKING, wait_after};
use crate::api::{Object, Pod};

/// So many Pods at most are created in one sync.
const BURST: usize = 500;

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
        if active > wanted {
            return self.remove(active - wanted);
        }
        let held =
            if self.spec.pod_replacement_policy.as_deref() == Some("Failed") { self.pods.terminating } else { 0 };
        let missing = wanted.saturating_sub(active).saturating_sub(held).min(BURST);
        if missing == 0 {
            return active;
        }
        if self.spec.backoff_limit_per_index.is_none()
            && let Some(wait) = self.back_off()
        {
            self.queue.add(Controller::Job, self.key, wait, self.world);
            return active;
        }
        let mut indexes = Vec::new();
        if self.indexed() {
            let free = self.free_indexes(missing, succeeded, failed);
            let wait = |index: &usize| self.index_back_off(*index);
            let shortest = free.iter().filter_map(wait).min();
            indexes.extend(free.iter().copied().filter(|index| self.index_back_off(*index).is_none()));
            if let (true, Some(shortest)) = (indexes.is_empty(), shortest) {
                self.queue.add(Controller::Job, self.key, shortest, self.world);
                return active;
            }
        }
        active + self.create(missing, indexes)
    }

    /// How long an index that failed gets no Pod yet, where each has a limit of its own
    /// (backoff_utils.go getRemainingTimePerIndex).
    fn index_back_off(&self, index: usize) -> Option<Duration> {
        self.spec.backoff_limit_per_index?;
        wait_after(*self.pods.failed_before.get(&index)?, *self.pods.failed_at.get(&index)?, self.world)
    }

    /// Deletes so many active Pods, those that would be missed least first; returns how many are left.
    fn remove(&mut self, count: usize) -> usize {
        let now = self.now();
        let nowhere = BTreeMap::new();
        collections::sort_by(&mut self.pods.active, |a, b| match first_to_go(&a.member, &b.member, &nowhere, now) {
            Ordering::Equal => a.key.cmp(&b.key),
            order => order,
        });
        let rest = self.pods.active.split_off(count.min(self.pods.active.len()));
        for pod in std::mem::replace(&mut self.pods.active, rest) {
            pod_template::delete(self.world, self.key, SOURCE, &pod.key);
            if self.spec.suspend != Some(true) {
                self.pods.removed(pod);
            }
        }
        self.pods.active.len()
    }

    fn create(&mut self, count: usize, indexes: Vec<usize>) -> usize {
        let Some(owner) = self.world.store.get(self.key).cloned() else { return 0 };
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
            Err(_) => self.queue.retry(Controller::Job, self.key, self.world),
        }
        made
    }

    fn pod(&self, owner: &Object) -> Pod {
        let mut pod = pod_template::pod_of(&self.spec.template, self.key, owner);
        let metadata = Rc::make_mut(&mut pod.metadata);
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
        let metadata = Rc::make_mut(&mut pod.metadata);
        let text = index.to_string();
        metadata.generate_name = Some(format!("{}-{index}-", self.key.name));
        metadata.annotations.get_or_insert_default().insert(INDEX.to_owned(), text.clone());
        metadata.labels.get_or_insert_default().insert(INDEX.to_owned(), text);
        if self.spec.backoff_limit_per_index.is_some() {
            let failures = self.pods.failed_before.get(&index).copied().unwrap_or(0).to_string();
            metadata.annotations.get_or_insert_default().insert(INDEX_FAILURES.to_owned(), failures);
        }
        let spec = Rc::make_mut(&mut pod.spec);
        spec.hostname = Some(format!("{}-{index}", self.key.name));
        let field = ObjectFieldSelector { api_version: None, field_path: format!("metadata.labels['{INDEX}']") };
        let variable = EnvVar {
            name: "JOB_COMPLETION_INDEX".to_owned(),
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
