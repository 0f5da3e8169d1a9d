//! Rules on `initContainers`: those that run to their end, and sidecars (`restartPolicy: Always`).

use k8s_openapi::api::core::v1::Container;

use super::{Context, containers, handlers, ports, probes};
use crate::api::Path;
use crate::api::containers::is_sidecar;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::go;

/// Every rule of the list `initContainers`; `apps` are the app containers of the same Pod.
pub fn validate(
    init_containers: &[Container],
    apps: &[Container],
    context: &Context<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    for (i, container) in init_containers.iter().enumerate() {
        let at = path.index(i);
        containers::common(container, context, &at, errors);
        containers::restart_policy(container, true, &at, errors);
        unique_name(init_containers, i, apps, context, path, errors);
        // Init containers run one after another, so each is looked at alone: the index in the path is always 0.
        ports::host_port_conflicts(std::slice::from_ref(container), path, errors);
        if is_sidecar(container) {
            if let Some(lifecycle) = &container.lifecycle {
                handlers::lifecycle(lifecycle, context.grace, &at.field("lifecycle"), errors);
            }
            probes::validate(container, context.grace, &at, errors);
        } else {
            only_for_sidecars(container, &at, errors);
            no_restart_on_resize(container, &at.field("resizePolicy"), errors);
        }
    }
}

/// The name of an init container is free among the app containers and the init containers before it
/// (`container/duplicate-name`).
fn unique_name(
    init_containers: &[Container],
    index: usize,
    apps: &[Container],
    context: &Context<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let Some(name) = init_containers.get(index).map(|container| container.name.as_str()) else { return };
    let same = |container: &Container| container.name == name;
    let app = apps.iter().position(same);
    // Two init containers without a name are not also told that their names are equal.
    let earlier = init_containers.iter().take(index).position(same).filter(|_| !name.is_empty());
    if app.is_none() && earlier.is_none() {
        return;
    }
    let entry = path.index(index);
    errors.duplicate(containers::DUPLICATE, &entry.field("name"), name);
    if let Some(app) = app {
        let list = context.spec_path.field("containers");
        errors.related(&list.index(app).field("name"));
    } else if let Some(earlier) = earlier {
        errors.related(&path.index(earlier).field("name"));
    }
}

/// `init-container/only-for-sidecars`: an init container that runs to its end has no probes and no hooks.
///
/// It is done before anything could depend on its being ready or alive; a sidecar (`restartPolicy: Always`) stays and
/// may have them.
///
/// Bad:
/// ```yaml
/// spec: {initContainers: [{name: i, image: b, readinessProbe: {tcpSocket: {port: 80}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {initContainers: [{name: i, image: b, restartPolicy: Always, readinessProbe: {tcpSocket: {port: 80}}}]}
/// ```
fn only_for_sidecars(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    let fields = [
        ("lifecycle", container.lifecycle.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
    ];
    for (field, _) in fields.iter().filter(|(_, set)| *set) {
        let detail = "may not be set for init containers without restartPolicy=Always";
        errors.forbidden("init-container/only-for-sidecars", &path.field(field), detail);
    }
}

/// `init-container/resize-policy`: an init container that runs to its end is not restarted for a resize.
///
/// Bad:
/// ```yaml
/// spec: {initContainers: [{name: i, image: b, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {initContainers: [{name: i, image: b, resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]}]}
/// ```
fn no_restart_on_resize(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    for (i, policy) in go::list(&container.resize_policy).iter().enumerate() {
        if policy.restart_policy == "RestartContainer" {
            let at = path.index(i);
            let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
            let value = Shown::Named(&policy.restart_policy);
            errors.invalid("init-container/resize-policy", &at.field("restartPolicy"), value, detail);
        }
    }
}
