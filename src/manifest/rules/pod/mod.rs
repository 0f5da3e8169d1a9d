//! Rules on Pods and on the Pod templates of other kinds (kubernetes: pkg/apis/core/validation/validation.go, 1.36).
//!
//! The order of the calls is the order of the server's errors.

pub mod admission;
pub mod affinity;
pub mod annotations;
pub mod claim_volumes;
pub mod config_volumes;
mod containers;
mod dns;
mod downward;
mod env;
pub mod ephemeral_containers;
pub mod files;
mod handlers;
mod init_containers;
pub mod legacy_volumes;
mod mounts;
mod ports;
mod probes;
pub mod profiles;
mod projected_volumes;
mod resource_claims;
pub mod resources;
mod scalars;
mod security;
mod spread;
pub mod tolerations;
mod volumes;
mod windows;

use collections::{Map as BTreeMap, Set as BTreeSet};

use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::errors::Errors;
use super::{go, metadata, names};
use crate::api::{Path, Pod};

/// The good volumes of a Pod by name.
pub type Volumes<'a> = BTreeMap<&'a str, &'a Volume>;

/// What the rules of a container need to know of its Pod.
#[derive(Debug)]
pub struct Context<'a> {
    /// The volumes that mounts may name.
    pub volumes: Volumes<'a>,
    /// The names in `spec.resourceClaims`.
    pub claims: BTreeSet<&'a str>,
    /// `terminationGracePeriodSeconds`.
    pub grace: Option<i64>,
    /// The Pod's `restartPolicy`.
    pub restart_policy: &'a str,
    /// Whether the Pod shares the users of the node.
    pub host_users: bool,
    /// The place of the spec.
    pub spec_path: Path<'a>,
}

/// Every rule of a Pod.
pub fn validate(pod: &Pod, errors: &mut Errors) {
    let meta_path = Path::ROOT.field("metadata");
    let spec_path = Path::ROOT.field("spec");
    let annotations = pod.metadata.annotations.as_ref();
    metadata::validate(&pod.metadata, true, names::dns1123_subdomain, &meta_path, errors);
    annotations::validate(annotations, &pod.spec, &meta_path.field("annotations"), errors);
    spec(&pod.spec, Some(&pod.metadata), pod.metadata.labels.as_ref(), &spec_path, errors);
    only_for_pods(&pod.spec, annotations, &spec_path, errors);
}

/// The rules of a Pod that hold as long as it lives (ValidatePodUpdate's validatePodMetadataAndSpec).
pub fn validate_stored(pod: &Pod, errors: &mut Errors) {
    let meta_path = Path::ROOT.field("metadata");
    let spec_path = Path::ROOT.field("spec");
    metadata::validate(&pod.metadata, true, names::dns1123_subdomain, &meta_path, errors);
    annotations::validate(pod.metadata.annotations.as_ref(), &pod.spec, &meta_path.field("annotations"), errors);
    // What the keys of labels stand for is in the selectors already.
    spec(&pod.spec, Some(&pod.metadata), None, &spec_path, errors);
    image_blanks(&pod.spec, &spec_path, errors);
}

/// Whether the Pod has a container of this name, of any sort.
pub fn has_container(spec: &PodSpec, name: &str) -> bool {
    let mut found = false;
    each_container(spec, &Path::ROOT, &mut |container, _| found |= container.name == name);
    found
}

/// Every rule of a Pod template; `path` is the place of the template (`spec.template`).
pub fn validate_template(template: &PodTemplateSpec, path: &Path<'_>, errors: &mut Errors) {
    let empty_meta = ObjectMeta::default();
    let empty_spec = PodSpec::default();
    let meta = template.metadata.as_ref().unwrap_or(&empty_meta);
    let pod_spec = template.spec.as_ref().unwrap_or(&empty_spec);
    let annotations = meta.annotations.as_ref();
    let spec_path = path.field("spec");
    // The server leaves `metadata` out of these two paths.
    metadata::labels(meta.labels.as_ref(), &path.field("labels"), errors);
    metadata::annotations(annotations, &path.field("annotations"), errors);
    annotations::validate(annotations, pod_spec, &path.field("annotations"), errors);
    spec(pod_spec, None, None, &spec_path, errors);
    if let Some(annotations) = annotations {
        profiles::seccomp_matches(annotations, pod_spec, &spec_path, errors);
        profiles::app_armor_matches(annotations, pod_spec, true, &spec_path, errors);
    }
    if !go::list(&pod_spec.ephemeral_containers).is_empty() {
        let at = spec_path.field("ephemeralContainers");
        errors.forbidden(EPHEMERAL, &at, "ephemeral containers not allowed in pod template");
    }
}

/// `pod/ephemeral-containers`: containers for debugging are added to a running Pod, never written into a manifest.
///
/// Bad:
/// ```yaml
/// spec: {ephemeralContainers: [{name: debug, image: busybox}]}
/// ```
/// Good:
/// ```yaml
/// spec: {}
/// ```
const EPHEMERAL: &str = "pod/ephemeral-containers";

/// The rules of a spec, of a Pod (with its metadata) or of a template. `labels` are those of a new Pod.
fn spec(
    spec: &PodSpec,
    meta: Option<&ObjectMeta>,
    labels: affinity::PodLabels<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let is_pod = meta.is_some();
    let pod_name = meta.map(metadata::effective_name).unwrap_or_default();
    scalars::grace_period(spec, path, errors);
    let volumes = volumes::validate(go::list(&spec.volumes), &pod_name, is_pod, &path.field("volumes"), errors);
    let claims = go::list(&spec.resource_claims);
    resource_claims::validate(claims, &path.field("resourceClaims"), errors);
    let context = Context {
        volumes,
        claims: claims.iter().map(|claim| claim.name.as_str()).filter(|name| !name.is_empty()).collect(),
        grace: spec.termination_grace_period_seconds,
        restart_policy: go::text(&spec.restart_policy),
        host_users: spec.host_users != Some(false),
        spec_path: *path,
    };
    containers::validate(&spec.containers, &context, &path.field("containers"), errors);
    let init_containers = go::list(&spec.init_containers);
    init_containers::validate(init_containers, &spec.containers, &context, &path.field("initContainers"), errors);
    ephemeral_containers::validate(spec, &context, &path.field("ephemeralContainers"), errors);
    env::file_key_volumes(spec, path, errors);
    resources::pod_level(spec, &context.claims, &path.field("resources"), errors);
    ports::host_network(spec, is_pod, path, errors);
    scalars::restart_policy(spec, path, errors);
    dns::policy(spec, path, errors);
    scalars::node_selector(spec.node_selector.as_ref(), path, errors);
    security::pod(spec, path, errors);
    if let Some(affinity) = &spec.affinity {
        affinity::validate(affinity, labels, &path.field("affinity"), errors);
    }
    dns::config(spec, &path.field("dnsConfig"), errors);
    scalars::readiness_gates(spec, path, errors);
    scalars::scheduling_gates(spec, path, errors);
    let constraints = go::list(&spec.topology_spread_constraints);
    spread::validate(constraints, labels, &path.field("topologySpreadConstraints"), errors);
    windows::host_process(spec, path, errors);
    security::host_users(spec, path, errors);
    scalars::account_and_node(spec, path, errors);
    scalars::active_deadline(spec, path, errors);
    scalars::hostname(spec, path, errors);
    scalars::hostname_override(spec, path, errors);
    tolerations::validate(go::list(&spec.tolerations), &path.field("tolerations"), errors);
    dns::host_aliases(go::list(&spec.host_aliases), &path.field("hostAliases"), errors);
    scalars::classes(spec, path, errors);
    scalars::preemption_policy(spec, path, errors);
    scalars::overhead(spec, path, errors);
    windows::os(spec, path, errors);
}

fn image_blanks(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    for (field, list) in [("containers", &spec.containers[..]), ("initContainers", go::list(&spec.init_containers))] {
        let at = path.field(field);
        for (i, container) in list.iter().enumerate() {
            containers::image_blanks(container, &at.index(i), errors);
        }
    }
}

/// The rules that hold for Pods and not for templates.
fn only_for_pods(spec: &PodSpec, annotations: Option<&BTreeMap<String, String>>, path: &Path<'_>, errors: &mut Errors) {
    image_blanks(spec, path, errors);
    if !go::list(&spec.ephemeral_containers).is_empty() {
        errors.forbidden(EPHEMERAL, &path.field("ephemeralContainers"), "cannot be set on create");
    }
    gated_node(spec, path, errors);
    if let Some(annotations) = annotations {
        profiles::seccomp_matches(annotations, spec, path, errors);
        profiles::app_armor_matches(annotations, spec, false, path, errors);
    }
}

/// `pod/gated-node`: a Pod that waits behind scheduling gates has no node yet.
///
/// Bad:
/// ```yaml
/// spec: {nodeName: node-1, schedulingGates: [{name: a}]}
/// ```
/// Good:
/// ```yaml
/// spec: {schedulingGates: [{name: a}]}
/// ```
fn gated_node(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    if !go::text(&spec.node_name).is_empty() && !go::list(&spec.scheduling_gates).is_empty() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        errors.forbidden("pod/gated-node", &path.field("nodeName"), detail);
        errors.related(&path.field("schedulingGates"));
    }
}

/// Calls `visit` for each container of the Pod with its place: init containers, app containers, ephemeral ones
/// (kubernetes: pkg/apis/core/pods/helpers.go VisitContainersWithPath).
pub fn each_container(spec: &PodSpec, path: &Path<'_>, visit: &mut dyn FnMut(&Container, &Path<'_>)) {
    for (field, list) in [("initContainers", go::list(&spec.init_containers)), ("containers", &spec.containers[..])] {
        let at = path.field(field);
        for (i, container) in list.iter().enumerate() {
            visit(container, &at.index(i));
        }
    }
    let at = path.field("ephemeralContainers");
    for (i, ephemeral) in go::list(&spec.ephemeral_containers).iter().enumerate() {
        visit(&ephemeral_containers::as_container(ephemeral), &at.index(i));
    }
}
