//! Which containers a Pod has, and in which part of its life they run.

use k8s_openapi::api::core::v1::{Container, ContainerPort, PodSpec};

/// Whether an init container is a sidecar: it starts in its turn, and then runs beside the app containers
/// (kubelet: container/helpers.go; `restartPolicy: Always` of an init container).
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// The init containers, sidecars among them.
pub fn init(spec: &PodSpec) -> &[Container] {
    spec.init_containers.as_deref().unwrap_or_default()
}

/// Whether the Pod has a sidecar of this name.
pub fn has_sidecar(spec: &PodSpec, name: &str) -> bool {
    init(spec).iter().any(|container| container.name == name && is_sidecar(container))
}

/// The init containers and then the app containers: the order in which they start. Ephemeral ones are of another type.
pub fn in_order(spec: &PodSpec) -> impl Iterator<Item = &Container> + Clone {
    init(spec).iter().chain(&spec.containers)
}

/// What runs side by side once the Pod is up: the app containers and then the sidecars.
pub fn lasting(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(init(spec).iter().filter(|container| is_sidecar(container)))
}

/// The ports of all that runs once the Pod is up (podutil.VisitContainers with Containers and sidecars, as
/// endpointslice/utils.go findPort and the scheduler's GetHostPorts go through them).
pub fn ports(spec: &PodSpec) -> impl Iterator<Item = &ContainerPort> {
    lasting(spec).flat_map(|container| container.ports.iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(containers: impl Iterator<Item = &'a Container>) -> Vec<&'a str> {
        containers.map(|container| container.name.as_str()).collect()
    }

    #[test]
    fn a_sidecar_starts_among_the_init_containers_and_lasts_with_the_app() {
        let spec: PodSpec = k8s_openapi::json::from_json(serde_json::json!({
            "initContainers": [
                {"name": "setup", "ports": [{"containerPort": 1}]},
                {"name": "proxy", "restartPolicy": "Always", "ports": [{"containerPort": 2}]},
            ],
            "containers": [{"name": "web", "ports": [{"containerPort": 3}]}],
        }))
        .unwrap();
        assert_eq!(names(in_order(&spec)), ["setup", "proxy", "web"]);
        assert_eq!(names(lasting(&spec)), ["web", "proxy"]);
        assert_eq!(ports(&spec).map(|port| port.container_port).collect::<Vec<_>>(), [3, 2]);
        assert!(has_sidecar(&spec, "proxy") && !has_sidecar(&spec, "setup") && !has_sidecar(&spec, "web"));
    }
}
