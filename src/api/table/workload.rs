//! The rows of the objects that keep Pods (kubernetes: printers.go printDeployment and its neighbours, 1.36).

use k8s_openapi::Items;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::jiff::Timestamp;

use super::age::{age, human_duration};
use crate::api::labels;

fn name(metadata: &ObjectMeta) -> String {
    metadata.name.clone().unwrap_or_default().to_string()
}

fn containers(containers: Option<&Items<Container>>) -> [String; 2] {
    let join =
        |field: fn(&Container) -> &str| containers.into_iter().flatten().map(field).collect::<Vec<_>>().join(",");
    [join(|container| &container.name), join(|container| container.image.as_deref().unwrap_or_default())]
}

fn selector(selector: Option<&LabelSelector>) -> String {
    selector.map_or_else(|| "<none>".to_owned(), labels::print)
}

fn number(number: Option<i32>) -> String {
    number.unwrap_or_default().to_string()
}

pub(super) fn deployment(object: &Deployment, now: Timestamp) -> Vec<String> {
    let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
    let desired = spec.map_or(0, |spec| spec.replicas.unwrap_or(1));
    let ready = status.and_then(|status| status.ready_replicas).unwrap_or_default();
    let pods = spec.and_then(|spec| spec.template.spec.as_ref()).map(|pod| &pod.containers);
    let [names, images] = containers(pods);
    vec![
        name(&object.metadata),
        format!("{ready}/{desired}"),
        number(status.and_then(|status| status.updated_replicas)),
        number(status.and_then(|status| status.available_replicas)),
        age(object.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        selector(spec.map(|spec| &spec.selector)),
    ]
}

pub(super) fn replica_set(object: &ReplicaSet, now: Timestamp) -> Vec<String> {
    let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
    let pods = spec.and_then(|spec| spec.template.as_ref()).and_then(|template| template.spec.as_ref());
    let [names, images] = containers(pods.map(|pod| &pod.containers));
    vec![
        name(&object.metadata),
        spec.map_or(0, |spec| spec.replicas.unwrap_or(1)).to_string(),
        status.map_or(0, |status| status.replicas).to_string(),
        number(status.and_then(|status| status.ready_replicas)),
        age(object.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        selector(spec.map(|spec| &spec.selector)),
    ]
}

pub(super) fn stateful_set(object: &StatefulSet, now: Timestamp) -> Vec<String> {
    let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
    let desired = spec.map_or(0, |spec| spec.replicas.unwrap_or(1));
    let ready = status.and_then(|status| status.ready_replicas).unwrap_or_default();
    let pods = spec.and_then(|spec| spec.template.spec.as_ref()).map(|pod| &pod.containers);
    let [names, images] = containers(pods);
    vec![
        name(&object.metadata),
        format!("{ready}/{desired}"),
        age(object.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
    ]
}

pub(super) fn daemon_set(object: &DaemonSet, now: Timestamp) -> Vec<String> {
    let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
    let pod = spec.and_then(|spec| spec.template.spec.as_ref());
    let [names, images] = containers(pod.map(|pod| &pod.containers));
    let labels = pod.and_then(|pod| pod.node_selector.as_ref());
    let labels: Vec<String> = labels.into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    vec![
        name(&object.metadata),
        status.map_or(0, |status| status.desired_number_scheduled).to_string(),
        status.map_or(0, |status| status.current_number_scheduled).to_string(),
        status.map_or(0, |status| status.number_ready).to_string(),
        number(status.and_then(|status| status.updated_number_scheduled)),
        number(status.and_then(|status| status.number_available)),
        if labels.is_empty() { "<none>".to_owned() } else { labels.join(",") },
        age(object.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        selector(spec.map(|spec| &spec.selector)),
    ]
}

/// STATUS of a Job, by the first condition that holds (printers.go printJob).
fn job_status(job: &Job) -> &'static str {
    let conditions = job.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let holds = |name: &str| conditions.iter().any(|condition| condition.type_ == name && condition.status == "True");
    match () {
        () if holds("Complete") => "Complete",
        () if holds("Failed") => "Failed",
        () if job.metadata.deletion_timestamp.is_some() => "Terminating",
        () if holds("Suspended") => "Suspended",
        () if holds("FailureTarget") => "FailureTarget",
        () if holds("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

pub(super) fn job(object: &Job, now: Timestamp) -> Vec<String> {
    let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
    let succeeded = status.and_then(|status| status.succeeded).unwrap_or_default();
    let parallelism = spec.and_then(|spec| spec.parallelism).unwrap_or_default();
    let completions = match spec.and_then(|spec| spec.completions) {
        Some(completions) => format!("{succeeded}/{completions}"),
        None if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        None => format!("{succeeded}/1"),
    };
    let began = status.and_then(|status| status.start_time.as_ref());
    let ended = status.and_then(|status| status.completion_time.as_ref());
    let duration = began.map_or_else(String::new, |began| {
        human_duration(ended.map_or(now, |ended| ended.0).duration_since(began.0).as_secs())
    });
    let pods = spec.and_then(|spec| spec.template.spec.as_ref()).map(|pod| &pod.containers);
    let [names, images] = containers(pods);
    vec![
        name(&object.metadata),
        job_status(object).to_owned(),
        completions,
        duration,
        age(object.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        selector(spec.and_then(|spec| spec.selector.as_ref())),
    ]
}

pub(super) fn cron_job(object: &CronJob, now: Timestamp) -> Vec<String> {
    let (spec, status) = (&object.spec, object.status.as_ref());
    let template = spec.job_template.spec.as_ref();
    let pods = template.and_then(|job| job.template.spec.as_ref()).map(|pod| &pod.containers);
    let [names, images] = containers(pods);
    let last = status.and_then(|status| status.last_schedule_time.as_ref());
    vec![
        name(&object.metadata),
        spec.schedule.to_string(),
        spec.time_zone.clone().unwrap_or_else(|| "<none>".into()).to_string(),
        if spec.suspend.unwrap_or_default() { "True" } else { "False" }.to_owned(),
        status.and_then(|status| status.active.as_ref()).map_or(0, Vec::len).to_string(),
        last.map_or_else(|| "<none>".to_owned(), |last| age(Some(last), now)),
        age(object.metadata.creation_timestamp.as_ref(), now),
        names,
        images,
        selector(template.and_then(|job| job.selector.as_ref())),
    ]
}
