//! The CronJob controller (kubernetes: pkg/controller/cronjob/cronjob_controllerv2.go, utils.go, 1.36).

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::Text;
use k8s_openapi::api::batch::v1::{CronJob, CronJobStatus, Job};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time as MetaTime};
use k8s_openapi::jiff::Timestamp;

use super::orphans::reference;
use super::pod_template;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::cron::Schedule;
use crate::api::time_zones::{self, Zone};
use crate::api::{Kind, Object};
use crate::cluster::world::World;
use crate::cluster::{ApiError, ObjectKey, Propagation, api_server};

const SOURCE: &str = "cronjob-controller";
/// It looks a little after the time it waits for (nextScheduleDelta).
const AFTER: Duration = Duration::from_millis(100);
/// The annotation that says for which time a Job was made.
const SCHEDULED_TIMESTAMP: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// From so many missed times on something is wrong with the clock or the deadline.
const MANY_MISSED: i64 = 100;

/// One CronJob for the length of one look.
struct Look<'a> {
    key: &'a ObjectKey,
    cron: &'a CronJob,
    status: CronJobStatus,
    zone: Zone,
    world: &'a mut World,
}

/// Looks at one CronJob: counts its Jobs, clears away old ones, makes the one that is due.
pub(super) fn sync(key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
    let Some(Object::CronJob(cron)) = world.store.get(key).cloned() else { return };
    let zone = time_zones::zone(cron.spec.time_zone.as_deref().unwrap_or_default());
    let status = cron.status.clone().unwrap_or_default();
    let mut look = Look { key, cron: &cron, status, zone, world };
    // What is cleared away in this very look is counted all the same.
    let jobs = look.jobs();
    look.clean_up(&jobs);
    let next = look.step(&jobs);
    let status = Some(look.status);
    if status != cron.status && status != Some(CronJobStatus::default()) {
        let changed = CronJob { status, ..cron.as_ref().clone() };
        // It may be gone meanwhile, which is as good.
        let _ = api_server::update_status(world, Object::CronJob(Rc::new(changed)));
    }
    match next {
        Ok(Some(after)) => {
            queue.succeeded(Controller::CronJob, key);
            queue.add(Controller::CronJob, key, after, world);
        }
        Ok(None) => queue.succeeded(Controller::CronJob, key),
        Err(_) => queue.retry(Controller::CronJob, key, world),
    }
}

/// How long until the CronJob of `key`, whose times have changed, is due; none where it never is (updateCronJob).
pub(super) fn next_look(key: &ObjectKey, world: &mut World) -> Option<Duration> {
    let Some(Object::CronJob(cron)) = world.store.get(key).cloned() else { return None };
    let schedule = Schedule::parse(&cron.spec.schedule).ok()?;
    let zone = time_zones::zone(cron.spec.time_zone.as_deref().unwrap_or_default());
    let status = cron.status.clone().unwrap_or_default();
    Look { key, cron: &cron, status, zone, world }.next_look(&schedule)
}

/// How a Job ended, where it did: `Complete` or `Failed`.
fn finished(job: &Job) -> Option<&str> {
    let mut conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let ended = conditions.find(|it| matches!(it.type_.as_str(), "Complete" | "Failed") && it.status == "True");
    ended.map(|condition| condition.type_.as_str())
}

impl Look<'_> {
    fn say(&mut self, warning: bool, reason: &'static str, message: String) {
        pod_template::say(self.world, self.key, SOURCE, warning, reason, message);
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.world.now.to_timestamp(self.world.config.epoch).as_second()
    }

    fn jobs(&self) -> Vec<(ObjectKey, Rc<Job>)> {
        let uid = self.cron.metadata.uid.as_deref().unwrap_or_default();
        let jobs = self.world.store.dependents(uid).filter(|key| key.kind == Kind::Job);
        let job = |key: &ObjectKey| match self.world.store.get(key) {
            Some(Object::Job(job)) => Some((key.clone(), job.clone())),
            _ => None,
        };
        jobs.filter_map(job).collect()
    }

    fn is_active(&self, uid: Option<&Text>) -> bool {
        self.status.active.iter().flatten().any(|job| job.uid.as_ref() == uid)
    }

    fn drop_active(&mut self, uid: Option<&Text>) {
        if let Some(active) = &mut self.status.active {
            active.retain(|job| job.uid.as_ref() != uid);
        }
        self.status.active = self.status.active.take().filter(|active| !active.is_empty());
    }

    /// Old Jobs go, as many as are above the limits (cleanupFinishedJobs).
    fn clean_up(&mut self, all: &[(ObjectKey, Rc<Job>)]) {
        let spec = &self.cron.spec;
        for (ending, limit) in
            [("Complete", spec.successful_jobs_history_limit), ("Failed", spec.failed_jobs_history_limit)]
        {
            let Some(limit) = limit else { continue };
            let ended = all.iter().filter(|(_, job)| finished(job) == Some(ending));
            let mut jobs: Vec<(ObjectKey, Rc<Job>)> = ended.cloned().collect();
            let started = |job: &Job| {
                let time = job.status.as_ref().and_then(|status| status.start_time.as_ref());
                time.map_or((true, Timestamp::MAX), |time| (false, time.0))
            };
            collections::sort_by_key(&mut jobs, |(key, job)| (started(job), key.name.clone()));
            let too_many = jobs.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
            for (key, job) in jobs.into_iter().take(too_many) {
                self.delete(&key, job.metadata.uid.as_ref());
            }
        }
    }

    fn delete(&mut self, key: &ObjectKey, uid: Option<&Text>) -> bool {
        match api_server::delete(self.world, key, None, Propagation::Background) {
            Ok(()) => {
                self.drop_active(uid);
                self.say(false, "SuccessfulDelete", format!("Deleted job {}", key.name));
                true
            }
            Err(error) => {
                self.say(true, "FailedDelete", format!("Deleted job: {error}"));
                false
            }
        }
    }

    /// Takes in what became of the Jobs, and makes the next one; when to look again (syncCronJob).
    fn step(&mut self, jobs: &[(ObjectKey, Rc<Job>)]) -> Result<Option<Duration>, ApiError> {
        self.count(jobs);
        let spec = &self.cron.spec;
        if self.cron.metadata.deletion_timestamp.is_some() {
            return Ok(None);
        }
        if let Some(zone) = &spec.time_zone
            && let Some(fault) = time_zones::fault(zone)
        {
            self.say(true, "UnknownTimeZone", format!("invalid timeZone: {zone:?}: {fault}"));
            return Ok(None);
        }
        if spec.suspend == Some(true) {
            return Ok(None);
        }
        let schedule = match Schedule::parse(&spec.schedule) {
            Ok(schedule) => schedule,
            Err(error) => {
                let message = format!("unparseable schedule: {:?} : {error}", spec.schedule);
                self.say(true, "UnparseableSchedule", message);
                return Ok(None);
            }
        };
        let now = self.now();
        let Some(due) = self.last_due(&schedule, true) else {
            let why = "time difference between two schedules is less than 1 second";
            self.say(true, "InvalidSchedule", format!("invalid schedule: {} : {why}", spec.schedule));
            return Ok(None);
        };
        if due.missed > MANY_MISSED && due.last.is_some() {
            let message =
                "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            self.say(true, "TooManyMissedTimes", message.to_owned());
        }
        let Some(scheduled) = due.last else { return Ok(self.next_look(&schedule)) };
        if spec.starting_deadline_seconds.is_some_and(|deadline| scheduled.saturating_add(deadline) < now) {
            let time = timestamp(scheduled).map(|time| time.0.to_rfc1123()).unwrap_or_default();
            self.say(true, "MissSchedule", format!("Missed scheduled time to start a job: {time}"));
            return Ok(self.next_look(&schedule));
        }
        let name = format!("{}-{}", self.key.name, scheduled.div_euclid(60));
        let known = self.status.active.iter().flatten().any(|job| job.name.as_deref() == Some(name.as_str()));
        let last = self.status.last_schedule_time.as_ref().map(|time| time.0.as_second());
        if known || last == Some(scheduled) {
            return Ok(self.next_look(&schedule));
        }
        let active = self.status.active.clone().unwrap_or_default();
        match spec.concurrency_policy.as_deref() {
            Some("Forbid") if !active.is_empty() => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                self.say(false, "JobAlreadyActive", message.to_owned());
                return Ok(self.next_look(&schedule));
            }
            Some("Replace") => {
                for job in active {
                    let key = ObjectKey::new(Kind::Job, &self.key.namespace, job.name.as_deref().unwrap_or_default());
                    if self.world.store.get(&key).is_none() {
                        let error = ApiError::not_found(&key);
                        self.say(true, "FailedGet", format!("Get job: {error}"));
                        return Err(error);
                    }
                    self.delete(&key, job.uid.as_ref());
                }
            }
            _ => {}
        }
        match api_server::create(self.world, Object::Job(Rc::new(self.job(&name, scheduled)))) {
            Ok(created) => {
                self.say(false, "SuccessfulCreate", format!("Created job {name}"));
                self.status.active.get_or_insert_default().push(job_reference(&created));
            }
            // Somebody made it: what is ours already is counted, what is not ours is left alone.
            Err(error) if error.reason == "AlreadyExists" => return Ok(self.next_look(&schedule)),
            Err(error) => {
                self.say(true, "FailedCreate", format!("Error creating job: {error}"));
                return Err(error);
            }
        }
        self.status.last_schedule_time = timestamp(scheduled);
        Ok(self.next_look(&schedule))
    }

    /// Takes in what became of the Jobs.
    fn count(&mut self, jobs: &[(ObjectKey, Rc<Job>)]) {
        for (key, job) in jobs {
            let uid = job.metadata.uid.as_ref();
            let known = self.is_active(uid);
            match finished(job) {
                None if !known => {
                    let message = format!("Saw a job that the controller did not create or forgot: {}", key.name);
                    self.say(true, "UnexpectedJob", message);
                }
                None => {}
                Some(ending) => {
                    if known {
                        self.drop_active(uid);
                        let message = format!("Saw completed job: {}, condition: {ending}", key.name);
                        self.say(false, "SawCompletedJob", message);
                    }
                    let completed = job.status.as_ref().and_then(|status| status.completion_time.clone());
                    let last = &mut self.status.last_successful_time;
                    if ending == "Complete" && completed.as_ref().map(|it| it.0) > last.as_ref().map(|it| it.0) {
                        *last = completed;
                    }
                }
            }
        }
        let gone = |job: &ObjectReference| !jobs.iter().any(|(_, known)| known.metadata.uid == job.uid);
        let missing: Vec<ObjectReference> =
            self.status.active.iter().flatten().filter(|job| gone(job)).cloned().collect();
        for job in missing {
            let name = job.name.as_deref().unwrap_or_default();
            self.say(false, "MissingJob", format!("Active job went missing: {name}"));
            self.drop_active(job.uid.as_ref());
        }
    }

    /// The last time up to now at which it was due; none where that cannot be told because its times come to an end
    /// (utils.go mostRecentScheduleTime).
    fn last_due(&self, schedule: &Schedule, with_deadline: bool) -> Option<LastDue> {
        let now = self.now();
        let seconds = |time: &MetaTime| time.0.as_second();
        let created = self.cron.metadata.creation_timestamp.as_ref().map_or(now, seconds);
        let mut earliest = self.status.last_schedule_time.as_ref().map_or(created, seconds);
        if let Some(deadline) = self.cron.spec.starting_deadline_seconds.filter(|_| with_deadline) {
            earliest = earliest.max(now.saturating_sub(deadline));
        }
        let nothing = LastDue { earliest, last: None, missed: 0 };
        let first = schedule.next_in(self.zone, earliest)?;
        if now < first {
            return Some(nothing);
        }
        let second = schedule.next_in(self.zone, first)?;
        if now < second {
            return Some(LastDue { earliest, last: Some(first), missed: 0 });
        }
        // Times of an uneven schedule (1 and 2 o'clock) can be jumped over here, as they are upstream.
        let distance = (second - first).max(1);
        let missed = (now - first) / distance + 1;
        let mut at = first.saturating_add((missed - 2).saturating_mul(distance));
        let mut last = None;
        while let Some(next) = schedule.next_in(self.zone, at).filter(|next| *next <= now) {
            (at, last) = (next, Some(next));
        }
        Some(LastDue { earliest, last, missed })
    }

    /// How long until it is due again (utils.go nextScheduleTimeDuration).
    fn next_look(&self, schedule: &Schedule) -> Option<Duration> {
        let since = match self.last_due(schedule, false) {
            Some(LastDue { last: Some(last), .. }) => last,
            Some(LastDue { earliest, missed: 0, .. }) => earliest,
            _ => self.now(),
        };
        let next = schedule.next_in(self.zone, since)?;
        Some(self.world.until(timestamp(next)?.0) + AFTER)
    }

    /// The Job for one time (utils.go getJobFromTemplate2).
    fn job(&self, name: &str, scheduled: i64) -> Job {
        let template = &self.cron.spec.job_template;
        let written = template.metadata.as_ref();
        let mut annotations = written.and_then(|metadata| metadata.annotations.clone()).unwrap_or_default();
        annotations.insert(SCHEDULED_TIMESTAMP.to_owned(), rfc3339(scheduled, self.zone.offset(scheduled).0));
        let owner = Object::CronJob(Rc::new(self.cron.clone()));
        let metadata = ObjectMeta {
            name: Some(name.into()),
            namespace: Some((&self.key.namespace).into()),
            labels: written.and_then(|metadata| metadata.labels.clone()),
            annotations: Some(annotations),
            owner_references: reference(self.key, &owner).map(|reference| vec![reference].into()),
            ..ObjectMeta::default()
        };
        Job { metadata, spec: template.spec.clone(), status: None }
    }
}

/// When it was due last.
struct LastDue {
    earliest: i64,
    last: Option<i64>,
    missed: i64,
}

fn job_reference(job: &Object) -> ObjectReference {
    let metadata = job.metadata();
    ObjectReference {
        api_version: Some(Kind::Job.api_version().into()),
        kind: Some(Kind::Job.name().into()),
        name: metadata.name.clone(),
        namespace: metadata.namespace.clone(),
        resource_version: metadata.resource_version.clone(),
        uid: metadata.uid.clone(),
        field_path: None,
    }
}

fn timestamp(seconds: i64) -> Option<MetaTime> {
    Timestamp::from_second(seconds).ok().map(MetaTime)
}

/// `2026-01-01T09:00:00+08:00` (Go: time.RFC3339).
fn rfc3339(seconds: i64, offset: i64) -> String {
    let local = timestamp(seconds + offset).map(|time| time.0.to_seconds()).unwrap_or_default();
    let local = local.trim_end_matches('Z');
    match offset / 60 {
        0 => format!("{local}Z"),
        minutes => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{local}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_go_prints_them() {
        assert_eq!(rfc3339(1_767_225_660, 0), "2026-01-01T00:01:00Z");
        assert_eq!(rfc3339(1_767_225_660, 8 * 3_600), "2026-01-01T08:01:00+08:00");
        assert_eq!(rfc3339(1_767_225_660, -(3 * 3_600 + 1_800)), "2025-12-31T20:31:00-03:30");
    }
}
