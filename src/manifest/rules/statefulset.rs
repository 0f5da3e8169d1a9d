//! Rules on StatefulSets (kubernetes: pkg/apis/apps/validation/validation.go ValidateStatefulSetSpec, 1.36).

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy};
use k8s_openapi::api::core::v1::{PersistentVolumeClaimVolumeSource, PodTemplateSpec, Volume};

use super::errors::{Errors, Shown};
use super::workload::{self, Words};
use super::{claim, deployment, go, metadata, names, numbers, pod, shown};
use crate::api::Path;

/// `statefulset/selector`, `statefulset/selector-matches-template`, `statefulset/restart-policy` and
/// `statefulset/active-deadline`: a StatefulSet finds its Pods by its selector, so the selector must be there, have a
/// condition, and match the template's labels; its containers are always restarted.
///
/// Bad:
/// ```yaml
/// kind: StatefulSet
/// spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: b}}}}
/// ```
/// Good:
/// ```yaml
/// kind: StatefulSet
/// spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}}}
/// ```
const WORDS: Words = Words {
    selector: "statefulset/selector",
    matches: "statefulset/selector-matches-template",
    restart_policy: "statefulset/restart-policy",
    deadline: "statefulset/active-deadline",
    empty: "empty selector is invalid for statefulset",
    unusable: "",
    no_deadline: "activeDeadlineSeconds in StatefulSet is not Supported",
};

/// Every rule of a StatefulSet. Its name is a DNS label, for it stands in the host names of its Pods.
pub fn validate(set: &StatefulSet, errors: &mut Errors) {
    metadata::validate(&set.metadata, true, names::dns1123_label, &Path::ROOT.field("metadata"), errors);
    spec(set, errors);
}

/// The rules of a StatefulSet but those of its metadata.
pub fn spec(set: &StatefulSet, errors: &mut Errors) {
    let Some(spec) = &set.spec else { return };
    let path = Path::ROOT.field("spec");
    pod_management(spec, &path, errors);
    if let Some(it) = &spec.update_strategy {
        strategy(it, &path.field("updateStrategy"), errors);
    }
    retention(spec, &path, errors);
    claims(spec, &path, errors);
    deployment::replicas(spec.replicas, &path, errors);
    let seconds = spec.min_ready_seconds.map(i64::from);
    numbers::not_negative(workload::MIN_READY_SECONDS, seconds, &path.field("minReadySeconds"), errors);
    ordinals(spec, &path, errors);
    service_name(spec, &path, errors);
    if workload::selector(&WORDS, &spec.selector, &path, errors) {
        workload::matches_unless_empty(WORDS.matches, &spec.selector, &spec.template, &path, errors);
        let template = with_claims(spec);
        let at = path.field("template");
        // The server checks these twice, and lists what it finds twice.
        let meta = template.metadata.as_ref();
        metadata::labels(meta.and_then(|meta| meta.labels.as_ref()), &at.field("labels"), errors);
        metadata::annotations(meta.and_then(|meta| meta.annotations.as_ref()), &at.field("annotations"), errors);
        if let Some(spec) = &template.spec {
            let annotations = meta.and_then(|meta| meta.annotations.as_ref());
            pod::annotations::validate(annotations, spec, &at.field("annotations"), errors);
        }
        pod::validate_template(&template, &at, errors);
    }
    workload::always_restarted(&WORDS, &spec.template, &path.field("template"), errors);
}

/// The template with a volume for each claim, as the Pods will have it: claims come first, and take the place of a
/// volume of the same name.
fn with_claims(spec: &StatefulSetSpec) -> PodTemplateSpec {
    let mut template = spec.template.clone();
    let claims = go::list(&spec.volume_claim_templates);
    let pod = template.spec.get_or_insert_default();
    // Each Pod gets its own name as its host name, so the template's is not looked at.
    pod.hostname = None;
    if claims.is_empty() {
        return template;
    }
    let mut volumes: Vec<Volume> = Vec::new();
    for claim in claims {
        let name = go::text(&claim.metadata.name).to_owned();
        let source = PersistentVolumeClaimVolumeSource { claim_name: name.clone().into(), read_only: None };
        volumes.push(Volume { name: name.into(), persistent_volume_claim: Some(source.into()), ..Volume::default() });
    }
    let own = pod.volumes.take().unwrap_or_default();
    let own = own.into_iter().filter(|volume| claims.iter().all(|it| go::text(&it.metadata.name) != volume.name));
    volumes.extend(own);
    pod.volumes = Some(volumes.into());
    template
}

/// `statefulset/pod-management`: Pods come one after another (`OrderedReady`) or all at once (`Parallel`).
///
/// Bad:
/// ```yaml
/// kind: StatefulSet
/// spec: {podManagementPolicy: Ordered}
/// ```
/// Good:
/// ```yaml
/// kind: StatefulSet
/// spec: {podManagementPolicy: OrderedReady}
/// ```
fn pod_management(spec: &StatefulSetSpec, path: &Path<'_>, errors: &mut Errors) {
    let policy = go::text(&spec.pod_management_policy);
    if !matches!(policy, "OrderedReady" | "Parallel") {
        let at = path.field("podManagementPolicy");
        errors.invalid("statefulset/pod-management", &at, Shown::Named(policy), "must be 'OrderedReady' or 'Parallel'");
    }
}

/// `statefulset/strategy`: the strategy is `RollingUpdate`, which may have settings, or `OnDelete`, which has none.
///
/// Bad:
/// ```yaml
/// kind: StatefulSet
/// spec: {updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}}
/// ```
/// Good:
/// ```yaml
/// kind: StatefulSet
/// spec: {updateStrategy: {rollingUpdate: {partition: 1}}}
/// ```
fn strategy(strategy: &StatefulSetUpdateStrategy, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "statefulset/strategy";
    let at = path.field("rollingUpdate");
    let rolling = strategy.rolling_update.as_ref();
    let value = rolling.map(|rolling| {
        let partition = i64::from(rolling.partition.unwrap_or(0));
        let unavailable = shown::optional_int_or_string(rolling.max_unavailable.as_ref(), "null");
        go::Struct::new().optional_int("Partition", Some(partition)).raw("MaxUnavailable", &unavailable)
    });
    match (go::text(&strategy.type_), rolling) {
        ("OnDelete", None) | ("RollingUpdate", None) => {}
        ("OnDelete", Some(_)) => {
            let value = value.map(go::Struct::finish).unwrap_or_default();
            errors.invalid(CODE, &at, Shown::Json(&value), "only allowed for updateStrategy 'RollingUpdate'");
        }
        ("RollingUpdate", Some(rolling)) => {
            numbers::not_negative(CODE, rolling.partition.map(i64::from), &at.field("partition"), errors);
        }
        (type_, _) => {
            let value = go::Struct::new().string("Type", type_).optional_struct("RollingUpdate", value).finish();
            errors.invalid(CODE, path, Shown::Json(&value), "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
}

/// `statefulset/claim-retention`: claims are kept (`Retain`) or go with their Pods (`Delete`).
///
/// Bad:
/// ```yaml
/// kind: StatefulSet
/// spec: {persistentVolumeClaimRetentionPolicy: {whenDeleted: Keep}}
/// ```
/// Good:
/// ```yaml
/// kind: StatefulSet
/// spec: {persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}}
/// ```
fn retention(spec: &StatefulSetSpec, path: &Path<'_>, errors: &mut Errors) {
    let Some(policy) = &spec.persistent_volume_claim_retention_policy else { return };
    let at = path.field("persistentVolumeClaimRetentionPolicy");
    for (name, value) in [("whenDeleted", &policy.when_deleted), ("whenScaled", &policy.when_scaled)] {
        let value = go::text(value);
        if !matches!(value, "Retain" | "Delete") {
            errors.not_supported("statefulset/claim-retention", &at.field(name), value, &["Retain", "Delete"]);
        }
    }
}

/// The claims that each Pod gets are claims like any others, except that their names are checked as volume names.
fn claims(spec: &StatefulSetSpec, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("volumeClaimTemplates");
    for (i, template) in go::list(&spec.volume_claim_templates).iter().enumerate() {
        if let Some(it) = &template.spec {
            claim::spec(it, &at.index(i).field("spec"), errors);
        }
    }
}

/// `statefulset/ordinals`: Pods are numbered from zero or above.
///
/// Bad:
/// ```yaml
/// kind: StatefulSet
/// spec: {ordinals: {start: -1}}
/// ```
/// Good:
/// ```yaml
/// kind: StatefulSet
/// spec: {ordinals: {start: 1}}
/// ```
fn ordinals(spec: &StatefulSetSpec, path: &Path<'_>, errors: &mut Errors) {
    let start = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).map(i64::from);
    numbers::not_negative("statefulset/ordinals", start, &path.field("ordinals").field("start"), errors);
}

/// `statefulset/service-name`: the Service that names the Pods is named like a DNS label; none at all is accepted, but
/// then the Pods have no DNS names.
///
/// Bad:
/// ```yaml
/// kind: StatefulSet
/// spec: {serviceName: db.example}
/// ```
/// Good:
/// ```yaml
/// kind: StatefulSet
/// spec: {serviceName: db}
/// ```
fn service_name(spec: &StatefulSetSpec, path: &Path<'_>, errors: &mut Errors) {
    let name = go::text(&spec.service_name);
    if !name.is_empty() {
        errors.invalid_each("statefulset/service-name", &path.field("serviceName"), name, names::dns1123_label(name));
    }
}
