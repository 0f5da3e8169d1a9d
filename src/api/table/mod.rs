//! The rows that the API server prints of objects (server-side printing: what `kubectl get` shows).

mod age;
mod other;
mod pod;
mod workload;

use k8s_openapi::jiff::Timestamp;

pub use age::{age, human_duration};
pub use pod::{PodRow, pod_row};

use super::{Kind, Object};

/// A column of the table of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name as the API has it (`Up-to-date`); kubectl prints it in capitals.
    pub name: &'static str,
    /// Whether only `-o wide` shows it (priority 1 in the API).
    pub wide: bool,
}

const fn always(name: &'static str) -> Column {
    Column { name, wide: false }
}

const fn wide(name: &'static str) -> Column {
    Column { name, wide: true }
}

/// The columns of a kind, in order (kubernetes: pkg/printers/internalversion/printers.go AddHandlers, 1.36).
pub fn columns(kind: Option<Kind>) -> &'static [Column] {
    const POD: &[Column] = &[
        always("Name"),
        always("Ready"),
        always("Status"),
        always("Restarts"),
        always("Age"),
        wide("IP"),
        wide("Node"),
        wide("Nominated Node"),
        wide("Readiness Gates"),
    ];
    const DEPLOYMENT: &[Column] = &[
        always("Name"),
        always("Ready"),
        always("Up-to-date"),
        always("Available"),
        always("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ];
    const REPLICA_SET: &[Column] = &[
        always("Name"),
        always("Desired"),
        always("Current"),
        always("Ready"),
        always("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ];
    const STATEFUL_SET: &[Column] =
        &[always("Name"), always("Ready"), always("Age"), wide("Containers"), wide("Images")];
    const DAEMON_SET: &[Column] = &[
        always("Name"),
        always("Desired"),
        always("Current"),
        always("Ready"),
        always("Up-to-date"),
        always("Available"),
        always("Node Selector"),
        always("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ];
    const JOB: &[Column] = &[
        always("Name"),
        always("Status"),
        always("Completions"),
        always("Duration"),
        always("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ];
    const CRON_JOB: &[Column] = &[
        always("Name"),
        always("Schedule"),
        always("Timezone"),
        always("Suspend"),
        always("Active"),
        always("Last Schedule"),
        always("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ];
    const SERVICE: &[Column] = &[
        always("Name"),
        always("Type"),
        always("Cluster-IP"),
        always("External-IP"),
        always("Port(s)"),
        always("Age"),
        wide("Selector"),
    ];
    const AUTOSCALER: &[Column] = &[
        always("Name"),
        always("Reference"),
        always("Targets"),
        always("MinPods"),
        always("MaxPods"),
        always("Replicas"),
        always("Age"),
    ];
    const NAMESPACE: &[Column] = &[always("Name"), always("Status"), always("Age")];
    const CONFIG_MAP: &[Column] = &[always("Name"), always("Data"), always("Age")];
    const SECRET: &[Column] = &[always("Name"), always("Type"), always("Data"), always("Age")];
    const CLAIM: &[Column] = &[
        always("Name"),
        always("Status"),
        always("Volume"),
        always("Capacity"),
        always("Access Modes"),
        always("StorageClass"),
        always("VolumeAttributesClass"),
        always("Age"),
        wide("VolumeMode"),
    ];
    const NODE: &[Column] = &[
        always("Name"),
        always("Status"),
        always("Roles"),
        always("Age"),
        always("Version"),
        wide("Internal-IP"),
        wide("External-IP"),
        wide("OS-Image"),
        wide("Kernel-Version"),
        wide("Container-Runtime"),
    ];
    const EVENT: &[Column] = &[
        always("Last Seen"),
        always("Type"),
        always("Reason"),
        always("Object"),
        wide("Subobject"),
        wide("Source"),
        always("Message"),
        wide("First Seen"),
        wide("Count"),
        wide("Name"),
    ];
    const PLAIN: &[Column] = &[always("Name"), always("Age")];
    match kind {
        Some(Kind::Pod) => POD,
        Some(Kind::Deployment) => DEPLOYMENT,
        Some(Kind::ReplicaSet) => REPLICA_SET,
        Some(Kind::StatefulSet) => STATEFUL_SET,
        Some(Kind::DaemonSet) => DAEMON_SET,
        Some(Kind::Job) => JOB,
        Some(Kind::CronJob) => CRON_JOB,
        Some(Kind::Service) => SERVICE,
        Some(Kind::HorizontalPodAutoscaler) => AUTOSCALER,
        Some(Kind::Namespace) => NAMESPACE,
        Some(Kind::ConfigMap) => CONFIG_MAP,
        Some(Kind::Secret) => SECRET,
        Some(Kind::PersistentVolumeClaim) => CLAIM,
        Some(Kind::Node) => NODE,
        Some(Kind::Event) => EVENT,
        Some(Kind::ServiceAccount) | None => PLAIN,
    }
}

/// The cells of `object` at `now`, one for each of the [`columns`] of its kind.
pub fn row(object: &Object, now: Timestamp) -> Vec<String> {
    match object {
        Object::Pod(object) => pod::cells(object, now),
        Object::Deployment(object) => workload::deployment(object, now),
        Object::ReplicaSet(object) => workload::replica_set(object, now),
        Object::StatefulSet(object) => workload::stateful_set(object, now),
        Object::DaemonSet(object) => workload::daemon_set(object, now),
        Object::Job(object) => workload::job(object, now),
        Object::CronJob(object) => workload::cron_job(object, now),
        Object::Service(object) => other::service(object, now),
        Object::HorizontalPodAutoscaler(object) => other::autoscaler(object, now),
        Object::Namespace(object) => other::namespace(object, now),
        Object::ConfigMap(object) => other::config_map(object, now),
        Object::Secret(object) => other::secret(object, now),
        Object::PersistentVolumeClaim(object) => other::claim(object, now),
        Object::Node(object) => other::node(object, now),
        Object::Event(object) => other::event(object, now),
        Object::ServiceAccount(_) | Object::Other(_) => {
            vec![object.name().to_owned(), age(object.metadata().creation_timestamp.as_ref(), now)]
        }
    }
}
