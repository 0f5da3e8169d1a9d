//! What the API server adds when it creates an object, beyond the decoder's defaults: identity, admission, strategies.
//!
//! Everything random or timely is given by the caller, so that the same inputs make the same object.

pub mod app_armor;
mod job;
mod label_keys;
mod pod;
pub mod priority;
pub mod references;
pub mod runtime_class;
mod service;
mod status;

use std::rc::Rc;

use k8s_openapi::api::core::v1::ProjectedVolumeSource;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::{Common, Text};

use super::{Object, Pod};

/// What the server makes up for a new object.
#[derive(Clone, Debug, Default)]
pub struct Creation {
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.creationTimestamp`.
    pub time: Option<Time>,
    /// Five characters that complete a `generateName`.
    pub name_suffix: String,
    /// Five characters that complete the volume name `kube-api-access-`.
    pub volume_suffix: String,
}

/// Generated names keep this many bytes of `generateName` (apiserver: storage/names/generate.go).
const MAX_GENERATED_BASE: usize = 58;

/// The annotation that counts the templates of a DaemonSet (kubernetes: pkg/apis/apps/v1/conversion.go).
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// The annotation of a Pod that only shows a static Pod of a node: the plug-in for service accounts leaves it alone
/// (kubernetes: plugin/pkg/admission/serviceaccount/admission.go Admit).
pub const MIRROR: &str = "kubernetes.io/config.mirror";

/// The finalizer that keeps a claim while a Pod uses it.
const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";

/// Makes a defaulted object what the server stores: metadata is completed, a status sent along is replaced by a fresh
/// one, and each kind gets what admission plug-ins and its strategy add (kubernetes: pkg/registry/*/strategy.go and
/// plugin/pkg/admission, 1.36). Addresses and node ports of Services are the allocator's work, not done here.
pub fn apply(object: &mut Object, creation: &Creation) {
    if let Object::Pod(it) = object {
        let it = Rc::make_mut(it);
        pod::settle(it.spec.make_mut());
        it.status = pod::fresh_status(&it.spec).into();
        return pod(it, creation, &pod::token().into());
    }
    let kind = object.kind();
    let namespaced = kind.is_some_and(super::Kind::namespaced);
    metadata(object.metadata_mut(), namespaced, creation);
    object.set_resource_version(None);
    match object {
        Object::Deployment(it) => {
            let it = Rc::make_mut(it);
            it.metadata.generation = Some(1);
            it.status = Some(Default::default());
        }
        Object::ReplicaSet(it) => {
            let it = Rc::make_mut(it);
            it.metadata.generation = Some(1);
            it.status = Some(Default::default());
        }
        Object::StatefulSet(it) => {
            let it = Rc::make_mut(it);
            it.metadata.generation = Some(1);
            it.status = Some(status::stateful_set());
        }
        Object::DaemonSet(it) => {
            let it = Rc::make_mut(it);
            it.metadata.generation = Some(1);
            it.status = Some(Default::default());
            let annotations = it.metadata.annotations.get_or_insert_default();
            let sent = annotations.get(TEMPLATE_GENERATION).and_then(|sent| sent.parse::<i64>().ok());
            annotations.insert(TEMPLATE_GENERATION.to_owned(), sent.unwrap_or(1).max(1).to_string());
        }
        Object::Job(it) => {
            let it = Rc::make_mut(it);
            it.metadata.generation = Some(1);
            it.status = Some(Default::default());
            job::generate_selector(it);
            job::share_labels(it);
        }
        Object::CronJob(it) => {
            let it = Rc::make_mut(it);
            it.metadata.generation = Some(1);
            it.status = Some(Default::default());
        }
        Object::Service(it) => service::complete(Rc::make_mut(it)),
        Object::HorizontalPodAutoscaler(it) => Rc::make_mut(it).status = Some(Default::default()),
        Object::PersistentVolumeClaim(it) => {
            let it = Rc::make_mut(it);
            it.metadata.finalizers.get_or_insert_default().push(CLAIM_PROTECTION.to_owned());
            it.status = Some(status::claim());
        }
        Object::Namespace(it) => status::namespace(Rc::make_mut(it)),
        Object::Pod(_)
        | Object::ConfigMap(_)
        | Object::Secret(_)
        | Object::ServiceAccount(_)
        | Object::Node(_)
        | Object::Event(_) => {}
        Object::Other(it) if kind == Some(super::Kind::PersistentVolume) => status::volume(Rc::make_mut(it), creation),
        Object::Other(_) => {}
    }
}

/// Gives a Pod what it alone has: its metadata, the volume with its token, in which is what is in all of them
/// ([`token`]), and what follows from its labels and annotations. What all Pods of its specification have alike ([`settle`], [`fresh_status`]) it has already.
pub fn pod(pod: &mut Pod, creation: &Creation, token: &Common<ProjectedVolumeSource>) {
    metadata(pod.metadata.make_mut(), true, creation);
    pod.metadata.make_mut().generation = Some(1);
    pod.resource_version = None;
    let annotations = pod.metadata.annotations.as_ref();
    if annotations.is_some_and(|annotations| annotations.contains_key(MIRROR)) {
        // The kubelet wants the Pod back as it sent it.
        let spec = pod.spec.make_mut();
        (spec.service_account_name, spec.service_account) = (None, None);
    } else if pod.spec.automount_service_account_token != Some(false) {
        pod::mount_token(pod.spec.make_mut(), &creation.volume_suffix, token);
    }
    label_keys::merge(pod);
    app_armor::write_fields(pod);
}

/// What every object gets, and what no one may send (apiserver: registry/rest/create.go BeforeCreate).
fn metadata(metadata: &mut ObjectMeta, namespaced: bool, creation: &Creation) {
    if metadata.name.as_deref().is_none_or(str::is_empty)
        && let Some(prefix) = metadata.generate_name.as_deref().filter(|prefix| !prefix.is_empty())
    {
        let cut = (0..=MAX_GENERATED_BASE.min(prefix.len())).rev().find(|&at| prefix.is_char_boundary(at));
        let base = prefix.get(..cut.unwrap_or(0)).unwrap_or_default();
        metadata.name = Some(format!("{base}{}", creation.name_suffix).into());
    }
    if namespaced && metadata.namespace.as_deref().is_none_or(str::is_empty) {
        metadata.namespace = Some("default".into());
    }
    metadata.uid = Some(Text::from(creation.uid.clone())).filter(|uid| !uid.is_empty());
    metadata.creation_timestamp = creation.time.clone();
    metadata.generation = None;
    metadata.deletion_timestamp = None;
    metadata.deletion_grace_period_seconds = None;
    metadata.managed_fields = None;
    metadata.self_link = None;
}

pub use status::VOLUME_PROTECTION;

pub use job::generate_selector as generate_job_selector;
pub use pod::{fresh_status, settle, token, tolerate_trouble};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;

    #[test]
    fn a_mirror_pod_gets_neither_account_nor_token() {
        let made = |annotations: serde_json::Value| {
            let value = serde_json::json!({"metadata": {"name": "p", "annotations": annotations},
                "spec": {"containers": [{"name": "c", "image": "a"}]}});
            let mut object = Object::from_json(Kind::Pod, value).unwrap();
            apply(&mut object, &Creation::default());
            let Object::Pod(pod) = object else { panic!("a Pod") };
            (pod.spec.service_account_name.is_some(), pod.spec.volumes.is_some())
        };
        assert_eq!(made(serde_json::json!({MIRROR: "x"})), (false, false));
        assert_eq!(made(serde_json::json!({"a": "x"})), (true, true));
    }
}
