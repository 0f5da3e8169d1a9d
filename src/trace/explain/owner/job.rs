//! Jobs and what makes them: how much is done, what may still fail, when the next one comes.

use std::time::Duration;

use k8s_openapi::api::batch::v1::{CronJob, Job};

use super::{Keeper, plain};
use crate::api::{Kind, is_controlled_by};
use crate::cluster::{ChangeKind, Happening, Record, Time};
use crate::trace::scene::WorkScene;
use crate::trace::{Next, Phrase, Why};

impl Keeper<'_> {
    /// kubernetes: pkg/controller/job/job_controller.go syncJob.
    pub(super) fn job(&self, job: &Job) -> Why {
        let (Some(spec), Some(work)) = (&job.spec, self.owner.work) else { return self.number(None) };
        let status = job.status.as_ref();
        let condition = |name: &str| {
            let mut all = status.iter().flat_map(|status| status.conditions.iter().flatten());
            all.find(|condition| condition.type_ == name && condition.status == "True")
        };
        let limit = spec.backoff_limit.unwrap_or(6);
        if condition("Complete").is_some() {
            let mut why = self.why([worked("why-job-complete", work)], &["spec", "completions"]);
            why.next = self.removed(spec.ttl_seconds_after_finished, status.and_then(|it| it.completion_time.as_ref()));
            return why;
        }
        if let Some(failed) = condition("Failed").or_else(|| condition("FailureTarget")) {
            let (id, field) = match failed.reason.as_deref().unwrap_or_default() {
                "BackoffLimitExceeded" => ("why-job-too-many-failures", "backoffLimit"),
                "DeadlineExceeded" => ("why-job-deadline", "activeDeadlineSeconds"),
                "PodFailurePolicy" => ("why-job-policy", "podFailurePolicy"),
                "FailedIndexes" | "MaxFailedIndexesExceeded" => ("why-job-failed-indexes", "backoffLimitPerIndex"),
                _ => ("why-job-failed", "template"),
            };
            let because = [worked(id, work).with_count("limit", limit)];
            let mut why = self.why(because, &["spec", field]);
            why.because.extend(failed.message.as_deref().map(plain::said));
            why.next = self.removed(spec.ttl_seconds_after_finished, failed.last_transition_time.as_ref());
            return why;
        }
        if spec.suspend == Some(true) {
            return self.why([Phrase::new("why-job-suspended")], &["spec", "suspend"]);
        }
        let mut why = self.why([worked("why-job-works", work)], &["spec", "parallelism"]);
        if work.failed > 0 {
            why.because.push(worked("why-job-retries", work).with_count("limit", limit));
        }
        if work.failed > 0 && work.running == 0 {
            why.because.push(Phrase::new("why-job-waits"));
        }
        self.held_up(why)
    }

    /// When it is removed, where it says how long it stays (ttlafterfinished_controller.go processTTL).
    fn removed(
        &self,
        ttl: Option<i32>,
        finished: Option<&k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>,
    ) -> Option<Next> {
        let stays = Duration::from_secs(u64::try_from(ttl?).ok()?);
        let at = Time::of_timestamp(finished?.0, self.run.config().epoch) + stays;
        Some(Next { at: Some(at).filter(|at| *at >= self.scene.at), what: Phrase::new("next-job-removed") })
    }

    /// kubernetes: pkg/controller/cronjob/cronjob_controllerv2.go syncCronJob.
    pub(super) fn cron_job(&self, cron: &CronJob) -> Why {
        let Some(at) = self.owner.next else {
            return self.why([Phrase::new("why-cron-suspended")], &["spec", "suspend"]);
        };
        let at_work = self.owner.owners.iter().filter(|job| job.work.is_some_and(|work| work.running > 0)).count();
        let mut why = self.why([Phrase::new("why-cron-waits")], &["spec", "schedule"]);
        why.next = Some(Next { at: Some(at), what: Phrase::new("next-job") });
        if at_work > 0 {
            let id = match cron.spec.concurrency_policy.as_deref() {
                Some("Forbid") => "why-cron-forbids",
                Some("Replace") => "why-cron-replaces",
                _ => "why-cron-works",
            };
            why.because.push(Phrase::new(id).with_count("count", i64::try_from(at_work).unwrap_or(i64::MAX)));
            if id == "why-cron-forbids" {
                why.next = self.made_next().map(|at| Next { at: Some(at), what: Phrase::new("next-job") });
            }
        }
        why
    }

    /// When it makes its next Job, where the trace knows: what is forbidden now may be made up for later.
    fn made_next(&self) -> Option<Time> {
        // A look far ahead would cost more than it tells.
        const FAR: usize = 20_000;
        let later = self.run.records_between(self.scene.at, self.run.end());
        let made = |record: &&Record| match &record.what {
            Happening::Changed(change) if change.kind == ChangeKind::Added && change.key.kind == Kind::Job => {
                is_controlled_by(change.object.metadata(), Some(&self.owner.uid))
            }
            _ => false,
        };
        later.iter().take(FAR).find(made).map(|record| record.at)
    }
}

/// A phrase with how far a Job has come.
fn worked(id: &'static str, work: WorkScene) -> Phrase {
    let phrase = Phrase::new(id).with_count("wanted", work.wanted).with_count("running", work.running);
    phrase.with_count("succeeded", work.succeeded).with_count("failed", work.failed)
}
