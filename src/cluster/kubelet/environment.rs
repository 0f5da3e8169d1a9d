//! Why a container's configuration cannot be made: variables from what is missing, a user it must not be
//! (kubelet: kubelet_pods.go makeEnvironmentVariables, kuberuntime/security_context.go verifyRunAsNonRoot).

use k8s_openapi::api::core::v1::Container;

use super::worker::Worker;
use crate::api::{Kind, Object};
use crate::cluster::ObjectKey;
use crate::cluster::runtime::program::images;
use crate::cluster::world::World;

/// The error of CreateContainerConfigError, where there is one.
pub(super) fn config_error(worker: &Worker, container: &Container, world: &World) -> Option<String> {
    let namespace = worker.pod.namespace();
    for from in container.env_from.as_deref().unwrap_or_default() {
        if let Some(map) = from.config_map_ref.as_ref().filter(|map| map.optional != Some(true))
            && find(world, Kind::ConfigMap, namespace, &map.name).is_none()
        {
            return Some(format!("configmap \"{}\" not found", map.name));
        }
        if let Some(secret) = from.secret_ref.as_ref().filter(|secret| secret.optional != Some(true))
            && find(world, Kind::Secret, namespace, &secret.name).is_none()
        {
            return Some(format!("secret \"{}\" not found", secret.name));
        }
    }
    for variable in container.env.as_deref().unwrap_or_default() {
        let Some(from) = &variable.value_from else { continue };
        if let Some(key) = from.config_map_key_ref.as_ref().filter(|key| key.optional != Some(true)) {
            match find(world, Kind::ConfigMap, namespace, &key.name) {
                Some(Object::ConfigMap(map)) if map.data.as_ref().is_some_and(|d| d.contains_key(key.key.as_str())) => {
                }
                Some(_) => {
                    let name = &key.name;
                    return Some(format!("couldn't find key {} in ConfigMap {namespace}/{name}", key.key));
                }
                None => return Some(format!("configmap \"{}\" not found", key.name)),
            }
        }
        if let Some(key) = from.secret_key_ref.as_ref().filter(|key| key.optional != Some(true)) {
            match find(world, Kind::Secret, namespace, &key.name) {
                Some(Object::Secret(secret))
                    if secret.data.as_ref().is_some_and(|data| data.contains_key(key.key.as_str()))
                        || secret.string_data.as_ref().is_some_and(|data| data.contains_key(key.key.as_str())) => {}
                Some(_) => {
                    return Some(format!("couldn't find key {} in Secret {namespace}/{}", key.key, key.name));
                }
                None => return Some(format!("secret \"{}\" not found", key.name)),
            }
        }
    }
    user_error(worker, container)
}

fn find<'a>(world: &'a World, kind: Kind, namespace: &str, name: &str) -> Option<&'a Object> {
    world.store.get(&ObjectKey::new(kind, namespace, name))
}

/// Whether the container may run as its user (verifyRunAsNonRoot). Images that nobody says more of run as root.
fn user_error(worker: &Worker, container: &Container) -> Option<String> {
    let own = container.security_context.as_ref();
    let pods = worker.pod.spec.security_context.as_ref();
    let non_root = own.and_then(|c| c.run_as_non_root).or_else(|| pods.and_then(|c| c.run_as_non_root));
    if non_root != Some(true) {
        return None;
    }
    let user = own.and_then(|c| c.run_as_user).or_else(|| pods.and_then(|c| c.run_as_user));
    let whom = format!("(pod: \"{}\", container: {})", worker.title(), container.name);
    match user {
        Some(0) => Some(format!("container's runAsUser breaks non-root policy {whom}")),
        Some(_) => None,
        None => {
            let image = container.image.as_deref().and_then(images::find);
            match image.map(|image| (image.user(), image.user_name())) {
                Some((_, Some(name))) => Some(format!(
                    "container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root \
                     {whom}"
                )),
                Some((Some(user), None)) if user != 0 => None,
                _ => Some(format!("container has runAsNonRoot and image will run as root {whom}")),
            }
        }
    }
}
