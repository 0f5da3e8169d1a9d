//! What makes a replica itself: its name, its place in the network, its claims
//! (kubernetes: pkg/controller/statefulset/stateful_set_utils.go).

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Volume};

use super::super::pod_template;
use super::super::revisions::Revision;
use super::REVISION_LABEL;
use crate::api::{Object, Pod};
use crate::cluster::ObjectKey;

const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// The Pod number `ordinal`.
pub(super) fn pod(
    set: &Rc<StatefulSet>,
    spec: &StatefulSetSpec,
    key: &ObjectKey,
    revision: &Revision,
    ordinal: i64,
) -> Pod {
    let name = format!("{}-{ordinal}", key.name);
    let mut pod = pod_template::pod_of(&revision.template, key, &Object::StatefulSet(set.clone()));
    let metadata = pod.metadata.make_mut();
    metadata.name = Some(name.clone().into());
    let labels = metadata.labels.get_or_insert_default();
    labels.insert(REVISION_LABEL.to_owned(), revision.name.clone());
    labels.insert(POD_NAME_LABEL.to_owned(), name.clone());
    labels.insert(POD_INDEX_LABEL.to_owned(), ordinal.to_string());
    let pod_spec = pod.spec.make_mut();
    pod_spec.hostname = Some(name.into());
    pod_spec.subdomain = spec.service_name.clone().filter(|service| !service.is_empty());
    for claim in claims(spec, key, ordinal) {
        let template = claim.metadata.generate_name.clone().unwrap_or_default();
        let volumes = pod_spec.volumes.get_or_insert_default();
        volumes.retain(|volume| volume.name != template);
        let source = PersistentVolumeClaimVolumeSource {
            claim_name: claim.metadata.name.unwrap_or_default(),
            ..PersistentVolumeClaimVolumeSource::default()
        };
        volumes.push(Volume { name: template, persistent_volume_claim: Some(source.into()), ..Volume::default() });
    }
    pod
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
