//! The values that the API server's decoder fills in, before anything is validated.
//!
//! What admission and storage add later is [`super::admission`]'s.

mod autoscaling;
mod batch;
mod container;
mod fill;
mod gates;
mod omit;
mod pod;
mod quantities;
mod service;
mod storage;
mod volume;
mod workload;

use std::rc::Rc;

use k8s_openapi::api::core::v1::PodSpec;

use super::Object;
use super::schema::{FieldType, TypeId};

/// Fills in the defaults of the object's kind, brings its quantities into canonical form, and takes out what the server
/// does not write because it is empty
/// (kubernetes: pkg/apis/{core,apps,batch}/v1/defaults.go, pkg/apis/autoscaling/v2/defaults.go, 1.36).
/// Doing it twice changes nothing more.
pub fn apply(object: &mut Object) {
    counts_itself(object);
    match object {
        Object::Pod(it) => {
            let it = Rc::make_mut(it);
            if pod::has_init_containers(&it.metadata) {
                pod::drop_init_containers(it.metadata.make_mut());
            }
            pod(it.spec.make_mut());
        }
        Object::Deployment(it) => workload::deployment(Rc::make_mut(it)),
        Object::ReplicaSet(it) => workload::replica_set(Rc::make_mut(it)),
        Object::StatefulSet(it) => workload::stateful_set(Rc::make_mut(it)),
        Object::DaemonSet(it) => workload::daemon_set(Rc::make_mut(it)),
        Object::Job(it) => batch::job(Rc::make_mut(it)),
        Object::CronJob(it) => batch::cron_job(Rc::make_mut(it)),
        Object::Service(it) => service::service(Rc::make_mut(it)),
        Object::HorizontalPodAutoscaler(it) => autoscaling::autoscaler(Rc::make_mut(it)),
        Object::Secret(it) => storage::secret(Rc::make_mut(it)),
        Object::Namespace(it) => storage::namespace(Rc::make_mut(it)),
        Object::PersistentVolumeClaim(it) => storage::claim(Rc::make_mut(it)),
        Object::Node(it) => storage::node(Rc::make_mut(it)),
        Object::Other(it) if it.kind == "EndpointSlice" => service::slice(&mut Rc::make_mut(it).value),
        Object::Other(it) => storage::carried(it),
        Object::ConfigMap(_) | Object::ServiceAccount(_) | Object::Event(_) => {}
    }
    match object {
        Object::Pod(it) => omit::record(Rc::make_mut(it).metadata.make_mut()),
        Object::Other(it) => {
            let it = Rc::make_mut(it);
            omit::record(&mut it.metadata);
            if let Some(kind) = TypeId::of_kind(&it.api_version, &it.kind) {
                omit::json(&mut it.value, &FieldType::Struct(kind));
            }
        }
        // Events are the server's own, and many.
        Object::Event(_) => {}
        other => _ = other.record_mut().map(omit::record),
    }
}

/// Fills in the defaults of a Pod's specification, as [`apply`] does for a Pod.
pub fn pod(spec: &mut PodSpec) {
    pod::pod(spec);
    omit::record(spec);
}

/// Forgets the generation of the kinds whose generation the server counts itself
/// (kubernetes: pkg/registry/*/strategy.go PrepareForCreate).
fn counts_itself(object: &mut Object) {
    let counted = matches!(
        object,
        Object::Pod(_)
            | Object::Deployment(_)
            | Object::ReplicaSet(_)
            | Object::StatefulSet(_)
            | Object::DaemonSet(_)
            | Object::Job(_)
            | Object::CronJob(_)
    );
    if counted && object.metadata().generation.is_some() {
        object.metadata_mut().generation = None;
    }
}
