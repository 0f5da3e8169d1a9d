//! What of kinds may change that Podlab holds as JSON (kubernetes: pkg/apis/{core,discovery,networking,node,rbac,
//! scheduling,storage}/validation, 1.36).

use serde_json::Value;

use super::internal::{self, Origin};
use super::last_applied::json_text;
use super::{IMMUTABLE, unified};
use crate::api::{Other, Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::go;

/// `update/carried`: what others have been made by does not change: the value of a PriorityClass, what a StorageClass
/// makes of volumes, the role of a binding, where the data of a volume lie.
///
/// Pods and volumes that were made by them would not fit them any more, and rights would move unseen.
const CODE: &str = "update/carried";

/// The fields that are refused with a sentence.
const FORBIDDEN: [(&str, &str, &str); 4] = [
    ("PriorityClass", "value", "may not be changed in an update."),
    ("StorageClass", "parameters", "updates to parameters are forbidden."),
    ("StorageClass", "provisioner", "updates to provisioner are forbidden."),
    ("StorageClass", "reclaimPolicy", "updates to reclaimPolicy are forbidden."),
];

/// The fields that are shown with their new value.
const SHOWN: [(&str, &str); 4] = [
    ("PriorityClass", "preemptionPolicy"),
    ("StorageClass", "volumeBindingMode"),
    ("EndpointSlice", "addressType"),
    ("RuntimeClass", "handler"),
];

/// What the server fills in.
fn default(field: &str) -> Value {
    match field {
        "reclaimPolicy" => "Delete".into(),
        "volumeBindingMode" => "Immediate".into(),
        "preemptionPolicy" => "PreemptLowerPriority".into(),
        "value" => 0.into(),
        _ => Value::Null,
    }
}

/// The rules of these kinds; there are none for others.
pub(super) fn validate(old: &Other, new: &Other, errors: &mut Errors) {
    let of = |object: &Other, field: &str| {
        object.value.get(field).filter(|value| !value.is_null()).cloned().unwrap_or_else(|| default(field))
    };
    let changed = |kind: &str, field: &str| new.kind == kind && of(old, field) != of(new, field);
    for (kind, field, words) in FORBIDDEN {
        if changed(kind, field) {
            errors.forbidden(CODE, &Path::ROOT.field(field), words);
        }
    }
    for (kind, field) in SHOWN {
        if changed(kind, field) {
            let value = json_text(&of(new, field));
            errors.invalid(CODE, &Path::ROOT.field(field), Shown::Json(&value), IMMUTABLE);
        }
    }
    let (before, after) = (View::new(&old.value), View::new(&new.value));
    let spec = Path::ROOT.field("spec");
    match new.kind.as_str() {
        "IngressClass" if before.at("spec.controller").str() != after.at("spec.controller").str() => {
            errors.invalid(CODE, &spec.field("controller"), after.at("spec.controller").str(), IMMUTABLE);
        }
        "ResourceQuota" => scopes(before.at("spec.scopes"), after.at("spec.scopes"), errors),
        "RoleBinding" | "ClusterRoleBinding" if role(before) != role(after) => {
            let shown = role(after);
            errors.invalid(CODE, &Path::ROOT.field("roleRef"), Shown::Json(&shown), "cannot change roleRef");
        }
        "CSIDriver" => driver(before.at("spec"), after.at("spec"), errors),
        "IPAddress" if parent(before) != parent(after) => {
            let shown = parent(after);
            errors.invalid(CODE, &spec.field("parentRef"), Shown::Json(&shown), IMMUTABLE);
        }
        "ServiceCIDR" => ranges(before.at("spec.cidrs"), after.at("spec.cidrs"), errors),
        "PersistentVolume" => volume(before.at("spec"), after.at("spec"), errors),
        _ => {}
    }
}

/// The order of scopes is nobody's concern.
fn scopes(before: View<'_>, after: View<'_>, errors: &mut Errors) {
    let has = |list: View<'_>, scope: View<'_>| list.items().any(|other| other.str() == scope.str());
    if !before.items().all(|scope| has(after, scope)) || !after.items().all(|scope| has(before, scope)) {
        let shown = json_text(after.0.unwrap_or(&Value::Null));
        let spec = Path::ROOT.field("spec");
        errors.invalid(CODE, &spec.field("scopes"), Shown::Json(&shown), IMMUTABLE);
    }
}

/// The role of a binding as Go writes the internal struct.
fn role(binding: View<'_>) -> String {
    let at = binding.at("roleRef");
    let group = at.at("apiGroup").or("rbac.authorization.k8s.io");
    let role = go::Struct::new().string("APIGroup", &group).string("Kind", at.at("kind").str());
    role.string("Name", at.at("name").str()).finish()
}

/// Whether a driver attaches, and how its volumes live; the first path is upstream's
/// (kubernetes: pkg/apis/storage/validation ValidateCSIDriverUpdate).
fn driver(before: View<'_>, after: View<'_>, errors: &mut Errors) {
    let spec = Path::ROOT.field("spec");
    let attaches = |spec: View<'_>| spec.at("attachRequired").0 != Some(&Value::Bool(false));
    if attaches(before) != attaches(after) {
        errors.invalid(CODE, &spec.field("attachedRequired"), Shown::Bool(attaches(after)), IMMUTABLE);
        errors.place(&spec.field("attachRequired"));
    }
    let modes = |spec: View<'_>| match spec.at("volumeLifecycleModes").0 {
        Some(Value::Array(modes)) if !modes.is_empty() => Value::Array(modes.clone()),
        _ => Value::Array(vec!["Persistent".into()]),
    };
    if modes(before) != modes(after) {
        let shown = json_text(&modes(after));
        errors.invalid(CODE, &spec.field("volumeLifecycleModes"), Shown::Json(&shown), IMMUTABLE);
    }
}

/// Whose an address is, as Go writes the internal struct.
fn parent(address: View<'_>) -> String {
    let at = address.at("spec.parentRef");
    let fields = [("Group", "group"), ("Resource", "resource"), ("Namespace", "namespace"), ("Name", "name")];
    fields.iter().fold(go::Struct::new(), |json, (shown, name)| json.string(shown, at.at(name).str())).finish()
}

/// A range stays what it is; a second one may come (kubernetes: pkg/apis/networking/validation ValidateServiceCIDRUpdate).
fn ranges(before: View<'_>, after: View<'_>, errors: &mut Errors) {
    let spec = Path::ROOT.field("spec");
    let path = spec.field("cidrs");
    let texts = |list: View<'_>| list.items().map(|it| it.str().to_owned()).collect::<Vec<_>>();
    let (old, new) = (texts(before), texts(after));
    if old.len() != new.len() && (old.len(), new.len()) != (1, 2) {
        let shown = json_text(after.0.unwrap_or(&Value::Null));
        return errors.invalid(CODE, &path, Shown::Json(&shown), IMMUTABLE);
    }
    for (i, (_, is)) in old.iter().zip(&new).enumerate().filter(|(_, (was, is))| was != is) {
        errors.invalid(CODE, &path.index(i), is.as_str(), IMMUTABLE);
    }
}

/// kubernetes: pkg/apis/core/validation ValidatePersistentVolumeUpdate.
fn volume(before: View<'_>, after: View<'_>, errors: &mut Errors) {
    let mut after_source = after.0.cloned().unwrap_or_default();
    const EXPAND: &str = "controllerExpandSecretRef";
    // What a volume grows with may be told it later.
    if !before.at("csi").at(EXPAND).exists()
        && let Some(csi) = after_source.get_mut("csi").and_then(Value::as_object_mut)
    {
        csi.remove(EXPAND);
    }
    let dump = |spec: &Value, origin| internal::indented("PersistentVolumeSource", spec, origin);
    let shown = dump(before.0.unwrap_or(&Value::Null), Origin::Stored);
    let spec = Path::ROOT.field("spec");
    if shown != dump(&after_source, Origin::Stored) {
        let diff = unified::diff(&shown, &dump(after.0.unwrap_or(&Value::Null), Origin::Sent));
        let detail = ["spec.persistentvolumesource is immutable after creation\n", &diff].concat();
        errors.forbidden(CODE, &spec.field("persistentvolumesource"), &detail);
    }
    let mode = after.at("volumeMode").or("Filesystem");
    if before.at("volumeMode").or("Filesystem") != mode {
        errors.invalid(CODE, &Path::ROOT.field("volumeMode"), Shown::Named(&mode), IMMUTABLE);
        errors.place(&spec.field("volumeMode"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::update;
    use crate::api::{Kind, Object, Other};
    use serde_json::{Value, json};

    #[test]
    fn a_priority_keeps_its_value() {
        let class = |value: i32| {
            let json = json!({"metadata": {"name": "high"}, "value": value});
            Object::from_json(Kind::PriorityClass, json).unwrap()
        };
        let errors = update(&class(1), &class(2));
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["value: Forbidden: may not be changed in an update."]);
        assert_eq!(update(&class(1), &class(1)), []);
    }

    /// What is said when fields of an object become others.
    fn changed(api_version: &str, kind: &str, old: Value, new: Value) -> String {
        let object = |mut value: Value| {
            let name = if kind == "IPAddress" { "10.0.0.1" } else { "x" };
            value["metadata"] = json!({"name": name, "namespace": "default"});
            if !matches!(kind, "RoleBinding" | "EndpointSlice" | "ResourceQuota") {
                value["metadata"] = json!({"name": name});
            }
            Object::Other(Other::from_json(api_version, kind, value).unwrap())
        };
        assert_eq!(update(&object(new.clone()), &object(new.clone())), []);
        let errors = update(&object(old), &object(new));
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_others_were_made_by_stays() {
        let slice = |kind: &str| json!({"addressType": kind, "endpoints": []});
        let text = changed("discovery.k8s.io/v1", "EndpointSlice", slice("IPv4"), slice("IPv6"));
        assert_eq!(text, "addressType: Invalid value: \"IPv6\": field is immutable");
        let text = changed("node.k8s.io/v1", "RuntimeClass", json!({"handler": "a"}), json!({"handler": "b"}));
        assert_eq!(text, "handler: Invalid value: \"b\": field is immutable");
        let class = |name: &str| json!({"spec": {"controller": name}});
        let text = changed("networking.k8s.io/v1", "IngressClass", class("example.com/a"), class("example.com/b"));
        assert_eq!(text, "spec.controller: Invalid value: \"example.com/b\": field is immutable");
        let quota = |scope: &str| json!({"spec": {"hard": {"pods": "1"}, "scopes": [scope]}});
        let text = changed("v1", "ResourceQuota", quota("NotBestEffort"), quota("BestEffort"));
        assert_eq!(text, "spec.scopes: Invalid value: [\"BestEffort\"]: field is immutable");
        let binding = |role: &str| {
            let reference = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role});
            json!({"subjects": [], "roleRef": reference})
        };
        let text = changed("rbac.authorization.k8s.io/v1", "RoleBinding", binding("a"), binding("b"));
        let shown = "{\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"Role\",\"Name\":\"b\"}";
        assert_eq!(text, format!("roleRef: Invalid value: {shown}: cannot change roleRef"));
    }

    #[test]
    fn a_volume_lies_where_it_lay() {
        let volume = |path: &str, mode: &str| {
            json!({"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "volumeMode": mode,
                "persistentVolumeReclaimPolicy": "Retain", "hostPath": {"path": path, "type": ""}}})
        };
        let text = changed("v1", "PersistentVolume", volume("/a", "Filesystem"), volume("/b", "Block"));
        let head = "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n\
            @@ -2,7 +2,7 @@\n  \"GCEPersistentDisk\": null,\n  \"AWSElasticBlockStore\": null,\n  \"HostPath\": {\n\
            -  \"Path\": \"/a\",\n+  \"Path\": \"/b\",\n   \"Type\": \"\"\n  },\n  \"Glusterfs\": null,\n; \
            volumeMode: Invalid value: \"Block\": field is immutable";
        assert_eq!(text, head);
    }

    #[test]
    fn drivers_addresses_and_ranges_stay() {
        let storage = "storage.k8s.io/v1";
        let network = "networking.k8s.io/v1";
        let immutable = "field is immutable";
        let driver = |spec: Value| json!({"spec": spec});
        let parent = |name: &str| json!({"spec": {"parentRef": {"resource": "services", "name": name}}});
        let cidrs = |list: &[&str]| json!({"spec": {"cidrs": list}});
        for (version, kind, old, new, wanted) in [
            (
                storage,
                "CSIDriver",
                driver(json!({})),
                driver(json!({"attachRequired": false})),
                format!("spec.attachedRequired: Invalid value: false: {immutable}"),
            ),
            (storage, "CSIDriver", driver(json!({})), driver(json!({"attachRequired": true})), String::new()),
            (
                storage,
                "CSIDriver",
                driver(json!({})),
                driver(json!({"volumeLifecycleModes": ["Ephemeral"]})),
                format!("spec.volumeLifecycleModes: Invalid value: [\"Ephemeral\"]: {immutable}"),
            ),
            (
                network,
                "IPAddress",
                parent("a"),
                parent("b"),
                format!(
                    "spec.parentRef: Invalid value: {{\"Group\":\"\",\"Resource\":\"services\",\"Namespace\":\"\",\"Name\":\"b\"}}: {immutable}"
                ),
            ),
            (
                network,
                "ServiceCIDR",
                cidrs(&["10.0.0.0/16"]),
                cidrs(&["10.1.0.0/16"]),
                format!("spec.cidrs[0]: Invalid value: \"10.1.0.0/16\": {immutable}"),
            ),
            (network, "ServiceCIDR", cidrs(&["10.0.0.0/16"]), cidrs(&["10.0.0.0/16", "fd00::/112"]), String::new()),
            (
                network,
                "ServiceCIDR",
                cidrs(&["10.0.0.0/16", "fd00::/112"]),
                cidrs(&["10.0.0.0/16"]),
                format!("spec.cidrs: Invalid value: [\"10.0.0.0/16\"]: {immutable}"),
            ),
        ] {
            assert_eq!(changed(version, kind, old, new), wanted, "{kind}");
        }
    }
}
