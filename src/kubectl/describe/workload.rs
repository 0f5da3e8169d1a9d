//! Workloads: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs (kubectl: describe.go).

use k8s_openapi::jiff::Timestamp;

use super::writer::Writer;
use super::{Told, rfc1123, template};
use crate::api::table::human_duration;
use crate::api::{Kind, Object, View, is_controlled_by, labels};

fn selector(view: View<'_>) -> String {
    let selector = view.0.and_then(|value| serde_json::from_value(value.clone()).ok());
    selector.map_or_else(|| "<unset>".to_owned(), |selector| labels::print(&selector))
}

fn time(view: View<'_>) -> Option<String> {
    view.str().parse::<Timestamp>().ok().map(rfc1123)
}

fn owner(view: View<'_>, writer: &mut Writer) {
    if let Some(owner) = view.at("metadata.ownerReferences").items().find(|owner| owner.at("controller").is_true()) {
        writer.line(0, "Controlled By", &format!("{}/{}", owner.at("kind").str(), owner.at("name").str()));
    }
}

fn maybe(view: View<'_>, absent: &str) -> String {
    view.or(absent)
}

fn truth(view: View<'_>) -> &'static str {
    if view.is_true() { "True" } else { "False" }
}

/// The number at `path`, 1 where there is none: how replicas are defaulted.
fn replicas(view: View<'_>) -> i64 {
    if view.exists() { view.int() } else { 1 }
}

/// How many Pods are in which phase.
fn phases(told: &Told<'_>, object: &Object, label_selector: View<'_>) -> [usize; 4] {
    let selector = label_selector.0.and_then(|value| serde_json::from_value(value.clone()).ok());
    let uid = object.metadata().uid.as_deref();
    let mut counts = [0; 4];
    for pod in told.store.pods().filter(|pod| pod.namespace() == object.namespace()) {
        if !is_controlled_by(&pod.metadata, uid) || !labels::matches(selector.as_ref(), pod.metadata.labels.as_ref()) {
            continue;
        }
        let place = match pod.status.phase.as_deref() {
            Some("Running") => 0,
            Some("Pending") => 1,
            Some("Succeeded") => 2,
            Some("Failed") => 3,
            _ => continue,
        };
        if let Some(count) = counts.get_mut(place) {
            *count += 1;
        }
    }
    counts
}

/// `Type Status Reason`, as workloads list their conditions.
fn conditions(view: View<'_>, writer: &mut Writer) {
    if view.items().len() == 0 {
        return;
    }
    writer.raw(0, "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------");
    for condition in view.items() {
        let [kind, status, reason] = ["type", "status", "reason"].map(|field| condition.at(field).text());
        writer.raw(1, &format!("{kind} \t{status}\t{reason}"));
    }
}

fn pods_status(counts: [usize; 4]) -> String {
    let [running, waiting, succeeded, failed] = counts;
    format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
}

/// Writes everything up to the events.
pub(super) fn describe(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    match object.kind() {
        Some(Kind::Deployment) => deployment(told, object, view, writer),
        Some(Kind::ReplicaSet) => replica_set(told, object, view, writer),
        Some(Kind::StatefulSet) => stateful_set(told, object, view, writer),
        Some(Kind::DaemonSet) => daemon_set(told, object, view, writer),
        Some(Kind::Job) => job(object, view, writer),
        _ => cron_job(object, view, writer),
    }
}

fn deployment(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    let (spec, status) = (view.at("spec"), view.at("status"));
    let metadata = object.metadata();
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    writer.line(0, "CreationTimestamp", &time(view.at("metadata.creationTimestamp")).unwrap_or_default());
    writer.map("Labels", metadata.labels.as_ref(), "=");
    writer.annotations(metadata.annotations.as_ref());
    writer.line(0, "Selector", &selector(spec.at("selector")));
    writer.line(
        0,
        "Replicas",
        &format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            replicas(spec.at("replicas")),
            status.at("updatedReplicas").int(),
            status.at("replicas").int(),
            status.at("availableReplicas").int(),
            status.at("unavailableReplicas").int()
        ),
    );
    writer.line(0, "StrategyType", &spec.at("strategy.type").text());
    writer.line(0, "MinReadySeconds", &spec.at("minReadySeconds").int().to_string());
    let rolling = spec.at("strategy.rollingUpdate");
    if rolling.exists() {
        let (down, up) = (rolling.at("maxUnavailable").text(), rolling.at("maxSurge").text());
        writer.line(0, "RollingUpdateStrategy", &format!("{down} max unavailable, {up} max surge"));
    }
    template::describe(spec.at("template"), writer);
    conditions(status.at("conditions"), writer);
    let (old, new) = sets(told, object, spec);
    // One that was paused from the first has none to name.
    if (old.as_str(), new.as_str()) == ("<none>", "<none>") {
        return;
    }
    writer.line(0, "OldReplicaSets", &old);
    writer.line(0, "NewReplicaSet", &new);
}

/// The ReplicaSets of a Deployment: those before, and the present one (deploymentutil: GetAllReplicaSets).
fn sets(told: &Told<'_>, object: &Object, spec: View<'_>) -> (String, String) {
    let uid = object.metadata().uid.as_deref();
    let mut owned: Vec<(Option<Timestamp>, String, serde_json::Value)> = told
        .store
        .list(Kind::ReplicaSet)
        .map(|(_, set)| set)
        .filter(|set| is_controlled_by(set.metadata(), uid))
        .map(|set| {
            (set.metadata().creation_timestamp.as_ref().map(|time| time.0), set.name().to_owned(), set.to_json())
        })
        .collect();
    owned.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let template = spec.at("template").0.cloned().unwrap_or_default();
    let same = |set: &serde_json::Value| {
        let mut of_set = set.pointer("/spec/template").cloned().unwrap_or_default();
        if let Some(labels) = of_set.pointer_mut("/metadata/labels").and_then(serde_json::Value::as_object_mut) {
            labels.remove("pod-template-hash");
        }
        of_set == template
    };
    let new = owned.iter().position(|(.., set)| same(set));
    let text = |set: &serde_json::Value, name: &str| {
        let view = View::new(set);
        let (count, wanted) = (view.at("status.replicas").int(), replicas(view.at("spec.replicas")));
        format!("{name} ({count}/{wanted} replicas created)")
    };
    let old: Vec<String> = owned
        .iter()
        .enumerate()
        .filter(|(at, _)| Some(*at) != new)
        .map(|(_, (_, name, set))| text(set, name))
        .collect();
    let new = new.and_then(|at| owned.get(at)).map(|(_, name, set)| text(set, name));
    let none = || "<none>".to_owned();
    (if old.is_empty() { none() } else { old.join(", ") }, new.unwrap_or_else(none))
}

fn replica_set(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    let (spec, status) = (view.at("spec"), view.at("status"));
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    writer.line(0, "Selector", &selector(spec.at("selector")));
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    owner(view, writer);
    let (now, wanted) = (status.at("replicas").int(), replicas(spec.at("replicas")));
    writer.line(0, "Replicas", &format!("{now} current / {wanted} desired"));
    writer.line(0, "Pods Status", &pods_status(phases(told, object, spec.at("selector"))));
    template::describe(spec.at("template"), writer);
    conditions(status.at("conditions"), writer);
}

fn stateful_set(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    let (spec, status) = (view.at("spec"), view.at("status"));
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    writer.line(0, "CreationTimestamp", &time(view.at("metadata.creationTimestamp")).unwrap_or_default());
    writer.line(0, "Selector", &selector(spec.at("selector")));
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    writer.line(0, "Service Name", spec.at("serviceName").str());
    writer.line(0, "Pod Management Policy", &spec.at("podManagementPolicy").or("OrderedReady"));
    let wanted = replicas(spec.at("replicas"));
    writer.line(0, "Replicas", &format!("{wanted} desired | {} total", status.at("replicas").int()));
    writer.line(0, "Update Strategy", &spec.at("updateStrategy.type").text());
    let partition = spec.at("updateStrategy.rollingUpdate.partition");
    if partition.exists() {
        writer.line(1, "Partition", &partition.text());
    }
    let policy = spec.at("persistentVolumeClaimRetentionPolicy");
    if policy.exists() {
        writer.raw(0, "Persistent Volume Claim Retention Policy:");
        writer.line(1, "WhenDeleted", policy.at("whenDeleted").str());
        writer.line(1, "WhenScaled", policy.at("whenScaled").str());
    }
    writer.line(0, "Pods Status", &pods_status(phases(told, object, spec.at("selector"))));
    template::describe(spec.at("template"), writer);
    claims(spec.at("volumeClaimTemplates"), writer);
}

fn claims(claims: View<'_>, writer: &mut Writer) {
    if claims.items().len() == 0 {
        return writer.line(0, "Volume Claims", "<none>");
    }
    writer.raw(0, "Volume Claims:");
    for claim in claims.items() {
        writer.line(1, "Name", &claim.at("metadata.name").text());
        writer.line(1, "StorageClass", &claim.at("spec.storageClassName").text());
        for (name, path) in [("Labels", "metadata.labels"), ("Annotations", "metadata.annotations")] {
            let entries = claim.at(path).entries().map(|(key, value)| format!("{key}={}", value.text()));
            writer.list_at(1, name, &entries.collect::<Vec<_>>());
        }
        writer.line(1, "Capacity", &maybe(claim.at("spec.resources.requests.storage"), "<default>"));
        writer.line(1, "Access Modes", &format!("[{}]", claim.at("spec.accessModes").joined().replace(',', " ")));
    }
}

fn daemon_set(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    let (spec, status) = (view.at("spec"), view.at("status"));
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    writer.line(0, "Selector", &selector(spec.at("selector")));
    let entries = spec.at("template.spec.nodeSelector").entries().map(|(key, value)| format!("{key}={}", value.text()));
    writer.list("Node-Selector", &entries.collect::<Vec<_>>());
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    for (name, path) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        // These lines are no columns.
        writer.raw(0, &format!("{name}: {}", status.at(path).int()));
    }
    writer.line(0, "Pods Status", &pods_status(phases(told, object, spec.at("selector"))));
    template::describe(spec.at("template"), writer);
}

fn job(object: &Object, view: View<'_>, writer: &mut Writer) {
    let (spec, status) = (view.at("spec"), view.at("status"));
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    if spec.at("selector").exists() {
        writer.line(0, "Selector", &selector(spec.at("selector")));
    }
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    owner(view, writer);
    writer.line(0, "Parallelism", &maybe(spec.at("parallelism"), "<unset>"));
    writer.line(0, "Completions", &maybe(spec.at("completions"), "<unset>"));
    writer.line(0, "Completion Mode", &maybe(spec.at("completionMode"), "NonIndexed"));
    writer.line(0, "Suspend", if spec.at("suspend").is_true() { "true" } else { "false" });
    if spec.at("backoffLimit").exists() {
        writer.line(0, "Backoff Limit", &spec.at("backoffLimit").text());
    }
    if spec.at("ttlSecondsAfterFinished").exists() {
        writer.line(0, "TTL Seconds After Finished", &spec.at("ttlSecondsAfterFinished").text());
    }
    let (began, ended) = (status.at("startTime"), status.at("completionTime"));
    if let Some(text) = time(began) {
        writer.line(0, "Start Time", &text);
    }
    if let Some(text) = time(ended) {
        writer.line(0, "Completed At", &text);
    }
    if let (Ok(began), Ok(ended)) = (began.str().parse::<Timestamp>(), ended.str().parse::<Timestamp>()) {
        writer.line(0, "Duration", &human_duration(ended.duration_since(began).as_secs()));
    }
    if spec.at("activeDeadlineSeconds").exists() {
        writer.line(0, "Active Deadline Seconds", &format!("{}s", spec.at("activeDeadlineSeconds").text()));
    }
    let count = |name: &str| status.at(name).int();
    let ready = if status.at("ready").exists() { format!(" ({} Ready)", count("ready")) } else { String::new() };
    let statuses =
        format!("{} Active{ready} / {} Succeeded / {} Failed", count("active"), count("succeeded"), count("failed"));
    writer.line(0, "Pods Statuses", &statuses);
    if spec.at("completionMode").str() == "Indexed" {
        writer.line(0, "Completed Indexes", &maybe(status.at("completedIndexes"), "<none>"));
    }
    template::describe(spec.at("template"), writer);
}

fn cron_job(object: &Object, view: View<'_>, writer: &mut Writer) {
    let (spec, status) = (view.at("spec"), view.at("status"));
    let job = spec.at("jobTemplate.spec");
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    writer.line(0, "Schedule", spec.at("schedule").str());
    writer.line(0, "Concurrency Policy", &spec.at("concurrencyPolicy").text());
    writer.line(0, "Suspend", truth(spec.at("suspend")));
    writer.line(0, "Time Zone", &maybe(spec.at("timeZone"), "<unset>"));
    writer.line(0, "Successful Job History Limit", &maybe(spec.at("successfulJobsHistoryLimit"), "<unset>"));
    writer.line(0, "Failed Job History Limit", &maybe(spec.at("failedJobsHistoryLimit"), "<unset>"));
    let deadline = spec.at("startingDeadlineSeconds");
    let deadline = if deadline.exists() { format!("{}s", deadline.text()) } else { "<unset>".to_owned() };
    writer.line(0, "Starting Deadline Seconds", &deadline);
    writer.line(0, "Selector", &selector(job.at("selector")));
    writer.line(0, "Parallelism", &maybe(job.at("parallelism"), "<unset>"));
    writer.line(0, "Completions", &maybe(job.at("completions"), "<unset>"));
    if job.at("activeDeadlineSeconds").exists() {
        writer.line(0, "Active Deadline Seconds", &format!("{}s", job.at("activeDeadlineSeconds").text()));
    }
    template::describe(job.at("template"), writer);
    let last = time(status.at("lastScheduleTime")).unwrap_or_else(|| "<unset>".to_owned());
    writer.line(0, "Last Schedule Time", &last);
    let active: Vec<String> = status.at("active").items().map(|job| job.at("name").text()).collect();
    writer.line(0, "Active Jobs", &if active.is_empty() { "<none>".to_owned() } else { active.join(", ") });
}
