//! The rows that the API server prints of objects (server-side printing: what `kubectl get` shows).

mod age;
mod carried;
mod other;
mod pod;
mod workload;

use k8s_openapi::jiff::Timestamp;

pub use age::{age, human_duration};
pub(crate) use carried::first_three;
pub use carried::is_default_class;
pub(crate) use other::access_modes;
pub use other::{autoscaler_targets, node_status};
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

/// The columns of a kind, in order (kubernetes: pkg/printers/internalversion/printers.go AddHandlers, 1.36); none is
/// for kinds that have no columns of their own.
pub fn columns(kind: Option<Kind>) -> Vec<Column> {
    let column = |name: &'static str| match name.strip_prefix('+') {
        Some(name) => Column { name, wide: true },
        None => Column { name, wide: false },
    };
    titles(kind).split('|').map(column).collect()
}

/// The names of the columns; a `+` stands before the wide ones.
fn titles(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Pod) => "Name|Ready|Status|Restarts|Age|+IP|+Node|+Nominated Node|+Readiness Gates",
        Some(Kind::Deployment) => "Name|Ready|Up-to-date|Available|Age|+Containers|+Images|+Selector",
        Some(Kind::ReplicaSet) => "Name|Desired|Current|Ready|Age|+Containers|+Images|+Selector",
        Some(Kind::StatefulSet) => "Name|Ready|Age|+Containers|+Images",
        Some(Kind::DaemonSet) => {
            "Name|Desired|Current|Ready|Up-to-date|Available|Node Selector|Age|+Containers|+Images|+Selector"
        }
        Some(Kind::Job) => "Name|Status|Completions|Duration|Age|+Containers|+Images|+Selector",
        Some(Kind::CronJob) => "Name|Schedule|Timezone|Suspend|Active|Last Schedule|Age|+Containers|+Images|+Selector",
        Some(Kind::Service) => "Name|Type|Cluster-IP|External-IP|Port(s)|Age|+Selector",
        Some(Kind::HorizontalPodAutoscaler) => "Name|Reference|Targets|MinPods|MaxPods|Replicas|Age",
        Some(Kind::Namespace) => "Name|Status|Age",
        Some(Kind::ConfigMap) => "Name|Data|Age",
        Some(Kind::Secret) => "Name|Type|Data|Age",
        Some(Kind::PersistentVolumeClaim) => {
            "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|+VolumeMode"
        }
        Some(Kind::Node) => {
            "Name|Status|Roles|Age|Version|+Internal-IP|+External-IP|+OS-Image|+Kernel-Version|+Container-Runtime"
        }
        Some(Kind::Event) => "Last Seen|Type|Reason|Object|+Subobject|+Source|Message|+First Seen|+Count|+Name",
        Some(Kind::EndpointSlice) => "Name|AddressType|Ports|Endpoints|Age",
        Some(Kind::PersistentVolume) => {
            "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|\
             +VolumeMode"
        }
        Some(Kind::PodDisruptionBudget) => "Name|Min Available|Max Unavailable|Allowed Disruptions|Age",
        Some(Kind::PriorityClass) => "Name|Value|Global-Default|Age|PreemptionPolicy",
        Some(Kind::ResourceQuota) => "Name|Request|Limit|Age",
        Some(Kind::LimitRange) => "Name|Created At",
        Some(Kind::StorageClass) => "Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age",
        Some(Kind::RuntimeClass) => "Name|Handler|Age",
        Some(Kind::ServiceAccount) | None => "Name|Age",
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
        Object::Other(other) => carried::row(object.kind(), other, now),
        Object::ServiceAccount(_) => {
            vec![object.name().to_owned(), age(object.metadata().creation_timestamp.as_ref(), now)]
        }
    }
}
