//! Warnings on the kinds besides Pods (kubernetes: pkg/registry/*/strategy.go WarningsOnCreate,
//! pkg/api/{service,persistentvolumeclaim,job}/warnings.go, 1.36).

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{Node, PersistentVolumeClaim, PersistentVolumeClaimSpec, Secret, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{Since, ip, pod};
use crate::api::{Object, Path, quantity};
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{go, metadata, names, others, pem};

/// Every warning of an object that is no Pod.
pub fn warnings(object: &Object, since: Since, errors: &mut Errors) {
    let spec = Path::ROOT.field("spec");
    let at_template = spec.field("template");
    // Names do not change, and of a template enough was said when it came.
    if since == Since::Creation
        && matches!(object, Object::Deployment(_) | Object::ReplicaSet(_) | Object::Job(_) | Object::CronJob(_))
    {
        name_in_pods(object.metadata(), errors);
    }
    if since != Since::Update {
        match object {
            Object::Deployment(it) => {
                it.spec.iter().for_each(|it| pod::template_warnings(&it.template, &at_template, errors));
            }
            Object::ReplicaSet(it) => {
                let template = it.spec.as_ref().and_then(|spec| spec.template.as_ref());
                template.iter().for_each(|it| pod::template_warnings(it, &at_template, errors));
            }
            Object::StatefulSet(it) => {
                it.spec.iter().for_each(|it| pod::template_warnings(&it.template, &at_template, errors));
            }
            Object::DaemonSet(it) => {
                it.spec.iter().for_each(|it| pod::template_warnings(&it.template, &at_template, errors));
            }
            Object::Job(it) => it.spec.iter().for_each(|it| job_spec(it, &spec, errors)),
            Object::CronJob(it) => {
                let job_template = spec.field("jobTemplate");
                it.spec.job_template.spec.iter().for_each(|it| job_spec(it, &job_template.field("spec"), errors));
            }
            _ => {}
        }
    }
    match object {
        Object::StatefulSet(it) => stateful_set(it, since, errors),
        Object::Service(it) => service(it, errors),
        Object::Secret(it) => secret(it, errors),
        Object::PersistentVolumeClaim(it) => claim(it, errors),
        Object::Node(it) => node(it, errors),
        Object::Other(it) => others::warnings(it, since, errors),
        _ => {}
    }
}

/// `workload/name-in-pods`: Pods are named after their controller, and their names are host names.
pub fn name_in_pods(meta: &ObjectMeta, errors: &mut Errors) {
    let name = metadata::effective_name(meta);
    let faults = names::dns1123_label(&name);
    if !faults.is_empty() {
        let text = [
            "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [",
            &faults.join(" "),
            "]",
        ]
        .concat();
        errors.warning("workload/name-in-pods", &Path::ROOT.field("metadata").field("name"), &text, true);
    }
}

/// `statefulset/history`: a negative history keeps everything.
///
/// The server speaks of the claims' specs as if they were the claims, or by the name that Go has for them
/// (pkg/registry/apps/statefulset/strategy.go WarningsOnCreate, WarningsOnUpdate).
pub fn stateful_set(set: &StatefulSet, since: Since, errors: &mut Errors) {
    let Some(spec) = &set.spec else { return };
    let path = Path::ROOT.field("spec");
    let templates = path.field("volumeClaimTemplates");
    for (i, template) in go::list(&spec.volume_claim_templates).iter().enumerate() {
        let at = templates.index(i);
        let told = at.field("Spec");
        let told = if since == Since::Creation { &at } else { &told };
        if let Some(it) = &template.spec {
            claim_spec(it, &at.field("spec"), told, errors);
        }
    }
    if spec.revision_history_limit.is_some_and(|limit| limit < 0) {
        let text = "a negative value retains all historical revisions; a value >= 0 is recommended";
        errors.warning("statefulset/history", &path.field("revisionHistoryLimit"), text, true);
    }
}

/// `job/many-indexes`: more indexes than the controller can keep track of.
///
/// Then what is to be said of the Pods (pkg/api/job/warnings.go WarningsForJobSpec).
fn job_spec(spec: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    let indexed = spec.completion_mode.as_deref() == Some("Indexed");
    let many = spec.completions.is_some_and(|count| count > 100_000) && spec.parallelism.is_some_and(|it| it > 10_000);
    if indexed && many {
        let text = "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
        errors.warning("job/many-indexes", path, text, true);
    }
    pod::template_warnings(&spec.template, &path.field("template"), errors);
}

/// `service/ignored-fields` and `service/deprecated-fields`: what is accepted and does nothing, or soon will not.
pub fn service(service: &Service, errors: &mut Errors) {
    const IGNORED: &str = "service/ignored-fields";
    const DEPRECATED: &str = "service/deprecated-fields";
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let Some(spec) = &service.spec else { return };
    let path = Path::ROOT.field("spec");
    let metadata = Path::ROOT.field("metadata");
    if service.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(HINTS)) {
        let text =
            ["annotation ", HINTS, " is deprecated, please use service.kubernetes.io/topology-mode instead"].concat();
        errors.warning(DEPRECATED, &metadata.field("annotations").key(HINTS), &text, false);
    }
    let (external, balancer) = (go::list(&spec.external_ips), go::text(&spec.load_balancer_ip));
    let (at_external, at_balancer) = (path.field("externalIPs"), path.field("loadBalancerIP"));
    if go::text(&spec.cluster_ip) == "None" {
        if !balancer.is_empty() {
            let text = "spec.loadBalancerIP is ignored for headless services";
            errors.warning(IGNORED, &at_balancer, text, false);
        }
        if !external.is_empty() {
            errors.warning(IGNORED, &at_external, "spec.externalIPs is ignored for headless services", false);
        }
        if go::text(&spec.session_affinity) != "None" {
            let text = "spec.SessionAffinity is ignored for headless services";
            errors.warning(IGNORED, &path.field("sessionAffinity"), text, false);
        }
    }
    ip::list(go::list(&spec.cluster_ips), &path.field("clusterIPs"), errors);
    ip::list(external, &at_external, errors);
    if !balancer.is_empty() {
        ip::address(balancer, &at_balancer, errors);
    }
    let at_ranges = path.field("loadBalancerSourceRanges");
    for (i, range) in go::list(&spec.load_balancer_source_ranges).iter().enumerate() {
        ip::range(range.trim(), &at_ranges.index(i), errors);
    }
    let external_name = go::text(&spec.type_) == "ExternalName";
    if external_name && !external.is_empty() {
        let text = "spec.externalIPs is ignored when spec.type is \"ExternalName\"";
        errors.warning(IGNORED, &at_external, text, false);
    }
    if !external_name && !go::text(&spec.external_name).is_empty() {
        let text = "spec.externalName is ignored when spec.type is not \"ExternalName\"";
        errors.warning(IGNORED, &path.field("externalName"), text, false);
    }
    if go::text(&spec.traffic_distribution) == "PreferClose" {
        let text = "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"";
        errors.warning(DEPRECATED, &path.field("trafficDistribution"), text, false);
    }
    if !external.is_empty() && !external_name && go::text(&spec.cluster_ip) != "None" {
        let text = "spec.externalIPs is deprecated and may no longer be implemented in some clusters";
        errors.warning(DEPRECATED, &at_external, text, false);
    }
}

/// `secret/tls-pair`: a pair of certificate and key that a server could not use.
pub fn secret(secret: &Secret, errors: &mut Errors) {
    if go::text(&secret.type_) != "kubernetes.io/tls" {
        return;
    }
    let part = |key: &str| secret.data.as_ref().and_then(|data| data.get(key)).map_or(&[][..], |value| &value.0);
    if let Some(fault) = pem::pair_fault(part("tls.crt"), part("tls.key")) {
        errors.warning("secret/tls-pair", &Path::ROOT.field("data"), &fault, false);
    }
}

/// `claim/deprecated-class`: the class of a claim has had a field of its own since Kubernetes 1.8; the annotation is old.
///
/// Bad:
/// ```yaml
/// kind: PersistentVolumeClaim
/// metadata: {annotations: {volume.beta.kubernetes.io/storage-class: fast}}
/// ```
/// Good:
/// ```yaml
/// kind: PersistentVolumeClaim
/// spec: {storageClassName: fast}
/// ```
///
/// At run time the annotation wins over the field, which surprises whoever changes the field.
pub fn claim(claim: &PersistentVolumeClaim, errors: &mut Errors) {
    const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
    let metadata = Path::ROOT.field("metadata");
    if claim.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(CLASS)) {
        let text = "deprecated since v1.8; use \"storageClassName\" attribute instead";
        errors.warning("claim/deprecated-class", &metadata.field("annotations").key(CLASS), text, true);
    }
    if let Some(it) = &claim.spec {
        let path = Path::ROOT.field("spec");
        claim_spec(it, &path, &path, errors);
    }
}

/// `claim/fractional-bytes`: storage that is not a whole number of bytes, most often `m` for `M`.
///
/// `path` is where the spec stands, and `told` where the server says it does.
fn claim_spec(spec: &PersistentVolumeClaimSpec, path: &Path<'_>, told: &Path<'_>, errors: &mut Errors) {
    let resources = path.field("resources");
    let Some(lists) = &spec.resources else { return };
    for (name, list) in [("requests", &lists.requests), ("limits", &lists.limits)] {
        let Some(field) = list.as_ref().and_then(|list| list.get("storage")) else { continue };
        if !quantity::of(field).is_integer() {
            let amount = quantity::printed(&field.0);
            let text = format!(
                "{told}.resources.{name}[storage]: fractional byte value \"{amount}\" is invalid, must be an integer"
            );
            errors.warning("claim/fractional-bytes", &resources.field(name).key("storage"), &text, false);
        }
    }
}

/// Fields of a Node that nobody reads any more (kubernetes: pkg/registry/core/node/strategy.go
/// fieldIsDeprecatedWarnings).
fn node(node: &Node, errors: &mut Errors) {
    let Some(spec) = &node.spec else { return };
    let path = Path::ROOT.field("spec");
    if spec.config_source.is_some() {
        errors.warning(others::DEPRECATED, &path.field("configSource"), "the feature is removed", true);
    }
    if !go::text(&spec.external_id).is_empty() {
        let text = "this field is deprecated, and is unused by Kubernetes";
        errors.warning(others::DEPRECATED, &path.field("externalID"), text, true);
    }
}

/// `metadata/duplicate-owners`: one owner listed twice.
pub fn owners(meta: &ObjectMeta, errors: &mut Errors) {
    let owners = go::list(&meta.owner_references);
    let mut twice: Vec<&str> = Vec::new();
    for (i, owner) in owners.iter().enumerate() {
        let uid = owner.uid.as_str();
        if owners.iter().take(i).any(|other| other == owner) && !twice.contains(&uid) {
            twice.push(uid);
        }
    }
    if !twice.is_empty() {
        let text = [
            ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ",
            &twice.join(", "),
        ]
        .concat();
        let metadata = Path::ROOT.field("metadata");
        errors.warning("metadata/duplicate-owners", &metadata.field("ownerReferences"), &text, false);
    }
}
