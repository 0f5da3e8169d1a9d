//! How far a Job has come.

use k8s_openapi::api::batch::v1::Job;

/// What a Job is to bring about, and what has become of its Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkScene {
    /// How many Pods are to succeed; of a Job that names no number, how many work at once.
    pub wanted: i32,
    /// How many are at work.
    pub running: i32,
    /// How many have succeeded.
    pub succeeded: i32,
    /// How many have failed.
    pub failed: i32,
}

impl WorkScene {
    /// How far `job` has come, as its status tells.
    pub(super) fn of(job: &Job) -> Self {
        let spec = job.spec.as_ref();
        let status = job.status.clone().unwrap_or_default();
        Self {
            wanted: spec.and_then(|spec| spec.completions.or(spec.parallelism)).unwrap_or(1),
            running: status.active.unwrap_or_default(),
            succeeded: status.succeeded.unwrap_or_default(),
            failed: status.failed.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Object};
    use crate::cluster::{Action, Config, Time};
    use crate::trace::{Run, scene};

    /// What is told of a Job at each of `seconds`.
    fn told(seconds: [f64; 2], job: &str) -> [Option<WorkScene>; 2] {
        let object = Object::from_json(Kind::Job, serde_yaml::from_str(job).unwrap()).unwrap();
        let mut run = Run::new(Config::default());
        run.act(Time::ZERO, Action::Create(object)).unwrap();
        run.run_until(Time::from_secs_f64(200.0));
        seconds.map(|at| scene::scene(&run, Time::from_secs_f64(at)).owners.first().and_then(|owner| owner.work))
    }

    #[test]
    fn a_complete_job_has_done_all_of_its_work() {
        let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: render}\nspec: {completions: 6, parallelism: 3, template: \
            {spec: {restartPolicy: Never, containers: [{name: a, image: busybox, command: [sleep, '8']}]}}}";
        let [first, last] = told([5.0, 200.0], job);
        assert_eq!(first, Some(WorkScene { wanted: 6, running: 3, succeeded: 0, failed: 0 }));
        assert_eq!(last, Some(WorkScene { wanted: 6, running: 0, succeeded: 6, failed: 0 }));
    }

    #[test]
    fn what_failed_is_told_apart() {
        let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: bad}\nspec: {backoffLimit: 1, template: \
            {spec: {restartPolicy: Never, containers: [{name: a, image: busybox, command: ['false']}]}}}";
        let [_, last] = told([5.0, 200.0], job);
        assert_eq!(last, Some(WorkScene { wanted: 1, running: 0, succeeded: 0, failed: 2 }));
    }
}
