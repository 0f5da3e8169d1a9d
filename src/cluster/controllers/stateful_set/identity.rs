//! What makes a replica itself: its name, its place in the network, its claims
//! (kubernetes: pkg/controller/statefulset/stateful_set_utils.go).

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, PodSpec, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::super::pod_template;
use super::super::revisions::TemplateRevision;
use super::REVISION_LABEL;
use crate::api::{Object, Pod};
use crate::cluster::ObjectKey;

pub(super) const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
pub(super) const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// The Pod number `ordinal`.
pub(super) fn pod(
    set: &Rc<StatefulSet>,
    spec: &StatefulSetSpec,
    key: &ObjectKey,
    revision: &TemplateRevision,
    ordinal: i64,
) -> Pod {
    let name = format!("{}-{ordinal}", key.name);
    let mut pod = pod_template::pod_of(&revision.template, key, &Object::StatefulSet(set.clone()));
    let metadata = pod.metadata.make_mut();
    metadata.name = Some(name.clone().into());
    metadata.labels.get_or_insert_default().insert(REVISION_LABEL.to_owned(), revision.name.clone());
    label(metadata, &name, ordinal);
    let pod_spec = pod.spec.make_mut();
    pod_spec.hostname = Some(name.into());
    pod_spec.subdomain = spec.service_name.clone().filter(|service| !service.is_empty());
    mount(pod_spec, claims(spec, key, ordinal));
    pod
}

/// Says in the labels which Pod of its set it is (updateIdentity).
pub(super) fn label(metadata: &mut ObjectMeta, name: &str, ordinal: i64) {
    let labels = metadata.labels.get_or_insert_default();
    labels.insert(POD_NAME_LABEL.to_owned(), name.to_owned());
    labels.insert(POD_INDEX_LABEL.to_owned(), ordinal.to_string());
}

/// Puts the volumes of the claims first, in place of the template's volumes of the same names (updateStorage).
fn mount(spec: &mut PodSpec, claims: Vec<PersistentVolumeClaim>) {
    if claims.is_empty() {
        return;
    }
    let mut volumes: Vec<Volume> = Vec::with_capacity(claims.len());
    for claim in claims {
        let source = PersistentVolumeClaimVolumeSource {
            claim_name: claim.metadata.name.unwrap_or_default(),
            ..PersistentVolumeClaimVolumeSource::default()
        };
        let name = claim.metadata.generate_name.unwrap_or_default();
        volumes.push(Volume { name, persistent_volume_claim: Some(source.into()), ..Volume::default() });
    }
    let count = volumes.len();
    for volume in spec.volumes.take().into_iter().flatten() {
        if volumes.iter().take(count).all(|claimed| claimed.name != volume.name) {
            volumes.push(volume);
        }
    }
    spec.volumes = Some(volumes.into());
}

/// The claims of the replica number `ordinal`; `generateName` holds the name of each one's template meanwhile.
pub(super) fn claims(spec: &StatefulSetSpec, key: &ObjectKey, ordinal: i64) -> Vec<PersistentVolumeClaim> {
    let templates = spec.volume_claim_templates.iter().flatten();
    templates
        .map(|template| {
            let mut claim = template.clone();
            let template = claim.metadata.name.clone().unwrap_or_default();
            claim.metadata.name = Some(format!("{template}-{}-{ordinal}", key.name).into());
            claim.metadata.generate_name = Some(template);
            claim.metadata.namespace = Some((&key.namespace).into());
            let wanted = spec.selector.match_labels.clone().unwrap_or_default();
            claim.metadata.labels.get_or_insert_default().extend(wanted);
            claim.status = None;
            claim
        })
        .collect()
}
