//! Rules on `ephemeralContainers`. They are added to a running Pod by `kubectl debug`; on create the list is refused,
//! after its entries were judged.

use collections::Set as BTreeSet;

use k8s_openapi::api::core::v1::{Container, EphemeralContainer, PodSpec, ResourceRequirements};

use super::{Context, containers};
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::go;

const NOT_ALLOWED: &str = "cannot be set for an Ephemeral Container";

/// Every rule of the entries of `ephemeralContainers`.
pub fn validate(spec: &PodSpec, context: &Context<'_>, path: &Path<'_>, errors: &mut Errors) {
    let others: BTreeSet<&str> =
        spec.containers.iter().chain(go::list(&spec.init_containers)).map(|each| each.name.as_str()).collect();
    let mut names = others.clone();
    for (i, ephemeral) in go::list(&spec.ephemeral_containers).iter().enumerate() {
        let at = path.index(i);
        let container = as_container(ephemeral);
        containers::common(&container, context, &at, errors);
        containers::image_blanks(&container, &at, errors);
        if !names.insert(&ephemeral.name) {
            errors.duplicate(containers::DUPLICATE, &at.field("name"), &ephemeral.name);
        }
        let target = go::text(&ephemeral.target_container_name);
        if !target.is_empty() && !others.contains(target) {
            errors.not_found(TARGET, &at.field("targetContainerName"), target, "");
        }
        fields(&container, &at, errors);
    }
}

/// `ephemeral-container/target`: `targetContainerName` names a container of the Pod.
const TARGET: &str = "ephemeral-container/target";

/// `ephemeral-container/field`: a container for debugging has no ports, resources, probes, hooks or sub-paths.
///
/// It comes and goes without the Pod being scheduled anew, so nothing may depend on it.
fn fields(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "ephemeral-container/field";
    let fields = [
        ("ports", container.ports.is_some()),
        ("resources", container.resources.as_ref().is_some_and(|given| **given != ResourceRequirements::default())),
        ("resizePolicy", container.resize_policy.is_some()),
        ("restartPolicy", container.restart_policy.is_some()),
        ("restartPolicyRules", container.restart_policy_rules.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
        ("lifecycle", container.lifecycle.is_some()),
    ];
    for (field, _) in fields.iter().filter(|(_, set)| *set) {
        errors.forbidden(CODE, &path.field(field), NOT_ALLOWED);
    }
    let mounts = path.field("volumeMounts");
    for (i, mount) in go::list(&container.volume_mounts).iter().enumerate() {
        let at = mounts.index(i);
        for (field, text) in [("subPath", &mount.sub_path), ("subPathExpr", &mount.sub_path_expr)] {
            if !go::text(text).is_empty() {
                errors.forbidden(CODE, &at.field(field), NOT_ALLOWED);
            }
        }
    }
}

/// The fields that an ephemeral container shares with the others.
pub fn as_container(ephemeral: &EphemeralContainer) -> Container {
    let it = ephemeral.clone();
    Container {
        args: it.args,
        command: it.command,
        env: it.env,
        env_from: it.env_from,
        image: it.image,
        image_pull_policy: it.image_pull_policy,
        lifecycle: it.lifecycle,
        liveness_probe: it.liveness_probe,
        name: it.name,
        ports: it.ports,
        readiness_probe: it.readiness_probe,
        resize_policy: it.resize_policy,
        resources: it.resources,
        restart_policy: it.restart_policy,
        restart_policy_rules: it.restart_policy_rules,
        security_context: it.security_context,
        startup_probe: it.startup_probe,
        stdin: it.stdin,
        stdin_once: it.stdin_once,
        termination_message_path: it.termination_message_path,
        termination_message_policy: it.termination_message_policy,
        tty: it.tty,
        volume_devices: it.volume_devices,
        volume_mounts: it.volume_mounts,
        working_dir: it.working_dir,
    }
}
