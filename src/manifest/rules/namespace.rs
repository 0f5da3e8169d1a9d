//! Rules on namespaces, on service accounts and on nodes.

use k8s_openapi::api::core::v1::{Namespace, Node, ServiceAccount};

use super::errors::{Errors, Shown};
use super::{go, metadata, names};
use crate::api::Path;

/// Every rule of a Namespace: its name is a DNS label (kubernetes: pkg/apis/core/validation ValidateNamespace, 1.36).
pub fn validate(namespace: &Namespace, errors: &mut Errors) {
    metadata::validate(&namespace.metadata, false, names::dns1123_label, &Path::ROOT.field("metadata"), errors);
    finalizers(namespace, errors);
    // This check is an admission plug-in's and comes only when everything else is good.
    if errors.is_empty() {
        pod_security(namespace, errors);
    }
}

/// `namespace/finalizers`: a finalizer is a known word or a name with a domain.
///
/// A finalizer that nobody serves keeps the namespace in `Terminating` for ever.
///
/// Bad:
/// ```yaml
/// kind: Namespace
/// spec: {finalizers: [mine]}
/// ```
/// Good:
/// ```yaml
/// kind: Namespace
/// spec: {finalizers: [example.com/mine]}
/// ```
fn finalizers(namespace: &Namespace, errors: &mut Errors) {
    const CODE: &str = "namespace/finalizers";
    let spec = Path::ROOT.field("spec");
    let at = spec.field("finalizers");
    for finalizer in namespace.spec.iter().flat_map(|spec| spec.finalizers.iter().flatten()) {
        errors.invalid_each(CODE, &at, finalizer, names::qualified_name(finalizer));
        if !finalizer.contains('/') && !matches!(finalizer.as_str(), "kubernetes" | "orphan" | "foregroundDeletion") {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(CODE, &at, finalizer, detail);
        }
    }
}

/// `namespace/pod-security`: the labels that set how strictly Pods are judged know three levels and the versions of
/// Kubernetes (pod-security-admission: api/helpers.go).
///
/// Bad:
/// ```yaml
/// kind: Namespace
/// metadata: {labels: {pod-security.kubernetes.io/enforce: strict}}
/// ```
/// Good:
/// ```yaml
/// kind: Namespace
/// metadata: {labels: {pod-security.kubernetes.io/enforce: restricted}}
/// ```
pub fn pod_security(namespace: &Namespace, errors: &mut Errors) {
    const CODE: &str = "namespace/pod-security";
    let Some(labels) = &namespace.metadata.labels else { return };
    let metadata = Path::ROOT.field("metadata");
    let at = metadata.field("labels");
    for mode in ["enforce", "audit", "warn"] {
        let level = ["pod-security.kubernetes.io/", mode].concat();
        if let Some(value) = labels.get(&level)
            && !matches!(value.as_str(), "privileged" | "baseline" | "restricted")
        {
            errors.invalid(CODE, &at.key(&level), value, "must be one of privileged, baseline, restricted");
        }
        let version = [level.as_str(), "-version"].concat();
        if let Some(value) = labels.get(&version)
            && !is_version(value)
        {
            errors.invalid(CODE, &at.key(&version), value, "must be \"latest\" or \"v1.x\"");
        }
    }
}

fn is_version(text: &str) -> bool {
    let minor = text.strip_prefix("v1.").unwrap_or_default();
    let canonical = minor == "0" || !minor.starts_with('0');
    text == "latest" || (!minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()) && canonical)
}

/// Every rule of a ServiceAccount.
pub fn validate_service_account(account: &ServiceAccount, errors: &mut Errors) {
    metadata::validate(&account.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
}

/// `cluster/taint`: a taint has a label's key and value, and an effect that is known; key and effect together are there
/// once (kubernetes: validateNodeTaints).
///
/// Bad:
/// ```yaml
/// kind: Node
/// spec: {taints: [{key: dedicated, effect: Sometimes}]}
/// ```
/// Good:
/// ```yaml
/// kind: Node
/// spec: {taints: [{key: dedicated, effect: NoSchedule}]}
/// ```
pub fn validate_node(node: &Node, errors: &mut Errors) {
    const CODE: &str = "cluster/taint";
    let metadata = Path::ROOT.field("metadata");
    metadata::validate(&node.metadata, false, names::dns1123_subdomain, &metadata, errors);
    let spec = Path::ROOT.field("spec");
    // The server takes them for a part of the metadata.
    let (list, place) = (metadata.field("taints"), spec.field("taints"));
    let taints = node.spec.as_ref().map_or(&[][..], |spec| go::list(&spec.taints));
    for (i, taint) in taints.iter().enumerate() {
        let at = list.index(i);
        let value = go::text(&taint.value);
        errors.invalid_each(CODE, &at.field("key"), &taint.key, names::qualified_name(&taint.key));
        let faults = names::label_value(value).join(";");
        if !faults.is_empty() {
            errors.invalid(CODE, &at.field("value"), value, &faults);
        }
        let known = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
        match taint.effect.as_str() {
            "" => errors.required(CODE, &at.field("effect"), ""),
            effect if !known.contains(&effect) => {
                errors.not_supported(CODE, &at.field("effect"), effect, known);
                errors.place(&place.index(i).field("effect"));
            }
            _ => {}
        }
        if taints.iter().take(i).any(|other| (&other.key, &other.effect) == (&taint.key, &taint.effect)) {
            let time = taint.time_added.as_ref().map_or_else(|| "null".to_owned(), |time| format!("\"{}\"", time.0));
            let shown = go::Struct::new().string("Key", &taint.key).string("Value", value);
            let shown = shown.string("Effect", &taint.effect).raw("TimeAdded", &time).finish();
            errors.duplicate(CODE, &at, Shown::Json(&shown));
            errors.detail("taints must be unique by key and effect pair");
            errors.place(&place.index(i));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::api::{Kind, Object};
    use crate::manifest::rules;

    #[test]
    fn taints_are_told_apart_by_key_and_effect() {
        let taint = |key: &str, effect: &str| json!({"key": key, "value": "v", "effect": effect});
        let taints = [taint("a", "NoSchedule"), taint("a", "NoExecute"), taint("a", "NoSchedule")];
        let node = json!({"metadata": {"name": "n"}, "spec": {"taints": taints}});
        let found = rules::validate(&Object::from_json(Kind::Node, node).unwrap());
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "metadata.taints[2]: Duplicate value: {\"Key\":\"a\",\"Value\":\"v\",\"Effect\":\"NoSchedule\",\"TimeAdded\":null}: taints must be unique by key and effect pair"
            ]
        );
    }

    #[test]
    fn fields_of_a_node_that_nobody_reads_are_told_of() {
        let node = json!({"metadata": {"name": "n"}, "spec": {"externalID": "x"}});
        let found = rules::warnings(&Object::from_json(Kind::Node, node).unwrap());
        let texts: Vec<&str> = found.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(texts, ["spec.externalID: this field is deprecated, and is unused by Kubernetes"]);
    }
}
