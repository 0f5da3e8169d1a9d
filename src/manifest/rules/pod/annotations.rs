//! Rules on the annotations that mean something for a Pod.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{PodSpec, Toleration};
use serde_json::Value;

use super::{profiles, tolerations};
use crate::api::Path;
use crate::api::admission::MIRROR;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{go, go_json};

const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Every rule of the annotations of a Pod or template; `path` is the place of the annotations.
pub fn validate(annotations: Option<&BTreeMap<String, String>>, spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let Some(annotations) = annotations else { return };
    mirror(annotations, spec, path, errors);
    old_tolerations(annotations, path, errors);
    deletion_cost(annotations, path, errors);
    profiles::seccomp_annotations(annotations, path, errors);
    profiles::app_armor_annotations(annotations, spec, path, errors);
}

/// `pod/mirror-annotation`: a mirror Pod, the picture of a static Pod, is on a node.
///
/// Bad:
/// ```yaml
/// metadata: {annotations: {kubernetes.io/config.mirror: x}}
/// ```
/// Good:
/// ```yaml
/// metadata: {annotations: {kubernetes.io/config.mirror: x}}
/// spec: {nodeName: node-1}
/// ```
fn mirror(annotations: &BTreeMap<String, String>, spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    if let Some(value) = annotations.get(MIRROR)
        && go::text(&spec.node_name).is_empty()
    {
        let detail = "must set spec.nodeName if mirror pod annotation is set";
        errors.invalid("pod/mirror-annotation", &path.key(MIRROR), value, detail);
    }
}

/// `pod/tolerations-annotation`: the oldest way to write tolerations, as JSON in an annotation, is still checked.
///
/// Bad:
/// ```yaml
/// metadata: {annotations: {scheduler.alpha.kubernetes.io/tolerations: "x"}}
/// ```
/// Good:
/// ```yaml
/// metadata: {annotations: {scheduler.alpha.kubernetes.io/tolerations: "[]"}}
/// ```
fn old_tolerations(annotations: &BTreeMap<String, String>, path: &Path<'_>, errors: &mut Errors) {
    let Some(text) = annotations.get(TOLERATIONS).filter(|text| !text.is_empty()) else { return };
    match read_tolerations(text) {
        Ok(list) => tolerations::validate(&list, &path.named(TOLERATIONS), errors),
        Err(fault) => errors.invalid("pod/tolerations-annotation", path, TOLERATIONS, &fault),
    }
}

/// The list, read as Go reads it into structs whose fields have no names in JSON: those of the fields, in any case.
fn read_tolerations(text: &str) -> Result<Vec<Toleration>, String> {
    let kind = go_json::kind(text.as_bytes())?;
    if !matches!(kind, "array" | "null") {
        return Err(go_json::mismatch(kind, "value of type []core.Toleration"));
    }
    let list: Value = serde_json::from_str(text).unwrap_or_default();
    list.as_array().into_iter().flatten().map(read_toleration).collect()
}

fn read_toleration(value: &Value) -> Result<Toleration, String> {
    let mut read = Toleration::default();
    let fields = match value {
        Value::Null => return Ok(read),
        Value::Object(fields) => fields,
        other => return Err(go_json::mismatch(go_json::kind_of(other), "value of type core.Toleration")),
    };
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let (field, place) = match name.to_ascii_lowercase().as_str() {
            "key" => (&mut read.key, "Key of type string"),
            "operator" => (&mut read.operator, "Operator of type core.TolerationOperator"),
            "value" => (&mut read.value, "Value of type string"),
            "effect" => (&mut read.effect, "Effect of type core.TaintEffect"),
            "tolerationseconds" => {
                read.toleration_seconds = value.as_i64();
                if read.toleration_seconds.is_none() {
                    let shown = if value.is_number() { format!("number {value}") } else { String::new() };
                    let shown = if shown.is_empty() { go_json::kind_of(value) } else { &shown };
                    return Err(go_json::mismatch(shown, "struct field Toleration.TolerationSeconds of type int64"));
                }
                continue;
            }
            _ => continue,
        };
        let Some(text) = value.as_str() else {
            return Err(go_json::mismatch(go_json::kind_of(value), &["struct field Toleration.", place].concat()));
        };
        *field = Some(text.into());
    }
    Ok(read)
}

/// `pod/deletion-cost`: the deletion cost is a 32-bit integer without a plus sign, and without leading zeros where
/// it is not negative.
///
/// Bad:
/// ```yaml
/// metadata: {annotations: {controller.kubernetes.io/pod-deletion-cost: "cheap"}}
/// ```
/// Good:
/// ```yaml
/// metadata: {annotations: {controller.kubernetes.io/pod-deletion-cost: "-10"}}
/// ```
///
/// At run time a ReplicaSet that scales down deletes the Pods of the lowest cost first.
fn deletion_cost(annotations: &BTreeMap<String, String>, path: &Path<'_>, errors: &mut Errors) {
    let Some(value) = annotations.get(DELETION_COST) else { return };
    // Behind a minus sign zeros may lead.
    let canonical = value == "0" || value.starts_with(|c: char| matches!(c, '-' | '1'..='9'));
    if !canonical || value.parse::<i32>().is_err() {
        errors.invalid("pod/deletion-cost", &path.key(DELETION_COST), value, "must be a 32bit integer");
    }
}
