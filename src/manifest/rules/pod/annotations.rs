//! Rules on the annotations that mean something for a Pod.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{PodSpec, Toleration};
use k8s_openapi::json::from_json;

use super::{profiles, tolerations};
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::go;

const MIRROR: &str = "kubernetes.io/config.mirror";
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
    match serde_json::from_str(text).map(from_json::<Vec<Toleration>>) {
        Ok(Ok(list)) => tolerations::validate(&list, &path.named(TOLERATIONS), errors),
        Ok(Err(_)) | Err(_) => {
            let fault = json_fault(text);
            errors.invalid("pod/tolerations-annotation", path, TOLERATIONS, &fault);
        }
    }
}

/// What Go's encoding/json says of a text that is no JSON list of objects; the commonest faults only.
fn json_fault(text: &str) -> String {
    let rest = text.trim_start_matches([' ', '\t', '\r', '\n']);
    match rest.chars().next() {
        None => "unexpected end of JSON input".to_owned(),
        Some('{') => "json: cannot unmarshal object into Go value of type []core.Toleration".to_owned(),
        Some('"') => "json: cannot unmarshal string into Go value of type []core.Toleration".to_owned(),
        Some('0'..='9' | '-') => "json: cannot unmarshal number into Go value of type []core.Toleration".to_owned(),
        Some('[') => "unexpected end of JSON input".to_owned(),
        Some('t' | 'f') if matches!(rest, "true" | "false") => {
            "json: cannot unmarshal bool into Go value of type []core.Toleration".to_owned()
        }
        Some(c) => {
            let mut shown = String::new();
            crate::manifest::rules::errors::push_go_quoted(&mut shown, c.encode_utf8(&mut [0; 4]));
            let inner = shown.trim_matches('"');
            ["invalid character '", inner, "' looking for beginning of value"].concat()
        }
    }
}

/// `pod/deletion-cost`: the deletion cost is a 32-bit integer without a plus sign or leading zeros.
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
    let digits = value.strip_prefix('-').unwrap_or(value);
    let canonical = digits == "0" || digits.starts_with(|c: char| ('1'..='9').contains(&c));
    if !canonical || value.parse::<i32>().is_err() {
        errors.invalid("pod/deletion-cost", &path.key(DELETION_COST), value, "must be a 32bit integer");
    }
}
