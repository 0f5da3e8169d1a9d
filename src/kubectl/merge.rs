//! Patches: what `kubectl patch` and `kubectl apply` send.

use serde_json::{Map, Value};

/// How a patch is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patch {
    /// Lists of objects are merged by their key.
    Strategic,
    /// Lists are replaced (RFC 7386).
    Merge,
}

/// The field that tells the elements of a list apart, where the API merges that list
/// (the `patchMergeKey` tags of kubernetes: staging/src/k8s.io/api/core/v1/types.go).
fn merge_key(list: &str, element: &Map<String, Value>) -> Option<&'static str> {
    match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "resourceClaims"
        | "schedulingGates" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "volumeDevices" => Some("devicePath"),
        "conditions" => Some("type"),
        "ownerReferences" => Some("uid"),
        "ports" if element.contains_key("containerPort") => Some("containerPort"),
        "ports" if element.contains_key("port") => Some("port"),
        "hostAliases" => Some("ip"),
        "topologySpreadConstraints" => Some("topologyKey"),
        _ => None,
    }
}

/// Applies `patch` to `target`; `null` removes a field.
pub(super) fn apply(target: &mut Value, patch: &Value, how: Patch) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(name);
            }
            Value::Array(items) if how == Patch::Strategic => {
                merge_list(name, target.entry(name.clone()).or_insert(Value::Null), items);
            }
            value => apply(target.entry(name.clone()).or_insert(Value::Null), value, how),
        }
    }
}

fn merge_list(name: &str, target: &mut Value, items: &[Value]) {
    let key = items.first().and_then(Value::as_object).and_then(|first| merge_key(name, first));
    let (Some(key), Value::Array(list)) = (key, &mut *target) else {
        *target = Value::Array(items.to_vec());
        return;
    };
    for item in items {
        let same = |known: &Value| item.get(key).is_some() && known.get(key) == item.get(key);
        let deleted = item.get("$patch").and_then(Value::as_str) == Some("delete");
        match list.iter().position(same) {
            Some(place) if deleted => {
                list.remove(place);
            }
            Some(place) => {
                if let Some(known) = list.get_mut(place) {
                    apply(known, item, Patch::Strategic);
                }
            }
            None if deleted => {}
            None => list.push(item.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_strategic_patch_merges_lists_by_key() {
        let mut pod = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}});
        apply(&mut pod, &json!({"spec": {"containers": [{"name": "b", "image": "z"}]}}), Patch::Strategic);
        assert_eq!(pod["spec"]["containers"], json!([{"name": "a", "image": "x"}, {"name": "b", "image": "z"}]));
        apply(&mut pod, &json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}]}}), Patch::Strategic);
        assert_eq!(pod["spec"]["containers"], json!([{"name": "b", "image": "z"}]));
    }

    #[test]
    fn a_merge_patch_replaces_lists_and_null_removes() {
        let mut pod = json!({"a": [1, 2], "b": {"c": 1, "d": 2}});
        apply(&mut pod, &json!({"a": [3], "b": {"c": null}}), Patch::Merge);
        assert_eq!(pod, json!({"a": [3], "b": {"d": 2}}));
    }
}
