//! The AppArmor annotations that were there before the fields, and the fields that the server makes of them.

use k8s_openapi::api::core::v1::AppArmorProfile;

use crate::api::Pod;

/// How the key of the annotation for one container begins.
pub const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// A profile's name is no longer than the path of a file may be.
const MAX_NAME: usize = 4095;

/// The profile that an annotation means, where a field may hold it (kubernetes: pkg/api/pod/util.go
/// ApparmorFieldForAnnotation, pkg/apis/core/validation/validation.go ValidateAppArmorProfileField).
pub fn from_annotation(text: &str) -> Option<AppArmorProfile> {
    let (kind, name) = match text {
        "unconfined" => ("Unconfined", None),
        "runtime/default" => ("RuntimeDefault", None),
        _ => ("Localhost", Some(text.strip_prefix("localhost/")?)),
    };
    let good = name.is_none_or(|name| !name.is_empty() && name.len() <= MAX_NAME && name.trim() == name);
    good.then(|| AppArmorProfile { type_: kind.into(), localhost_profile: name.map(Into::into) })
}

/// Writes the profiles of the annotations into the containers that have none of their own, where it is not the Pod's
/// anyhow (kubernetes: pkg/registry/core/pod/strategy.go applyAppArmorVersionSkew).
pub(super) fn write_fields(pod: &mut Pod) {
    let any = pod.metadata.annotations.iter().flatten().any(|(key, _)| key.starts_with(APP_ARMOR));
    if !any || pod.spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return;
    }
    let metadata = pod.metadata.clone();
    let spec = pod.spec.make_mut();
    let of_pod = spec.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        let own = container.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
        let key = [APP_ARMOR, &container.name].concat();
        let annotation = metadata.annotations.as_ref().and_then(|annotations| annotations.get(&key));
        let profile = annotation.filter(|_| own.is_none()).and_then(|text| from_annotation(text));
        if profile.is_some() && profile.as_ref() != of_pod {
            container.security_context.get_or_insert_default().app_armor_profile = profile;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::{Kind, Object};

    #[test]
    fn an_annotation_becomes_the_field_of_a_container_that_has_none() {
        let a = json!({"name": "a", "image": "i"});
        let own = json!({"name": "b", "image": "i", "securityContext": {"appArmorProfile": {"type": "Unconfined"}}});
        let value = json!({
            "metadata": {"name": "p", "annotations": {
                format!("{APP_ARMOR}a"): "localhost/x", format!("{APP_ARMOR}b"): "unconfined",
                format!("{APP_ARMOR}c"): "runtime/default", format!("{APP_ARMOR}d"): "localhost/ x",
            }},
            "spec": {
                "securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}},
                "containers": [a, own, {"name": "c", "image": "i"}, {"name": "d", "image": "i"}],
            },
        });
        let Object::Pod(mut pod) = Object::from_json(Kind::Pod, value).unwrap() else { panic!("a Pod") };
        write_fields(std::rc::Rc::make_mut(&mut pod));
        let kinds: Vec<_> = pod.to_json()["spec"]["containers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["securityContext"]["appArmorProfile"].clone())
            .collect();
        let localhost = json!({"type": "Localhost", "localhostProfile": "x"});
        assert_eq!(kinds, [localhost, json!({"type": "Unconfined"}), json!(null), json!(null)]);
    }
}
