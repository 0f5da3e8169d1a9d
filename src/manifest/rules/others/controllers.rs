//! Rules on the old kinds that hold a template of a Pod (kubernetes: pkg/apis/core/validation/validation.go
//! ValidateReplicationControllerSpec, 1.36).

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Value, json};

use super::number;
use crate::api::{Kind, Object, Path, View, defaults};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::workload::{self, Words};
use crate::manifest::rules::{numbers, pod, shown};

/// `workload/replication-controller`: a ReplicationController keeps Pods that are restarted always, and finds them by labels
/// that its template has.
///
/// Bad:
/// ```yaml
/// kind: ReplicationController
/// spec: {selector: {app: b}}
/// ```
/// Good:
/// ```yaml
/// kind: ReplicationController
/// spec: {selector: {app: a}}
/// ```
const CODE: &str = "workload/replication-controller";

const WORDS: Words = Words {
    selector: CODE,
    matches: CODE,
    restart_policy: CODE,
    deadline: CODE,
    empty: "",
    unusable: "",
    no_deadline: "activeDeadlineSeconds in ReplicationController is not Supported",
};

/// The template with what the server fills in; none where there is none.
pub(super) fn template(view: View<'_>) -> Option<PodTemplateSpec> {
    let template = view.0.filter(|value| !value.is_null())?;
    let mut object = Object::from_json(Kind::ReplicaSet, json!({"spec": {"template": template}})).ok()?;
    defaults::apply(&mut object);
    match object {
        Object::ReplicaSet(set) => set.spec.as_ref().and_then(|spec| spec.template.clone()),
        _ => None,
    }
}

/// Every rule of the spec of a ReplicationController.
pub fn replication_controller(spec: View<'_>, errors: &mut Errors) {
    let path = Path::ROOT.field("spec");
    let seconds = number(spec.at("minReadySeconds"));
    numbers::not_negative(CODE, seconds, &path.field("minReadySeconds"), errors);
    let template = template(spec.at("template"));
    let labels = template.as_ref().and_then(|template| template.metadata.as_ref()?.labels.as_ref());
    let selector: Vec<(&str, &str)> = spec.at("selector").entries().map(|(key, value)| (key, value.str())).collect();
    // A selector that is not there is that of the template's labels.
    if selector.is_empty() && labels.is_none_or(|labels| labels.is_empty()) {
        errors.required(CODE, &path.field("selector"), "");
    }
    numbers::not_negative(CODE, number(spec.at("replicas")), &path.field("replicas"), errors);
    let at = path.field("template");
    let Some(template) = &template else { return errors.required(CODE, &at, "") };
    let found = |key: &str, value: &str| labels.and_then(|labels| labels.get(key)).is_some_and(|own| own == value);
    if !selector.iter().all(|(key, value)| found(key, value)) {
        let metadata = at.field("metadata");
        let detail = "`selector` does not match template `labels`";
        errors.invalid(CODE, &metadata.field("labels"), Shown::Json(&shown::labels(labels)), detail);
        errors.related(&path.field("selector"));
    }
    workload::template(&WORDS, template, &path, errors);
}

/// `workload/revision`: a ControllerRevision holds the state that it remembers, and a number that is not negative
/// (kubernetes: pkg/apis/apps/validation ValidateControllerRevision).
pub fn revision(object: View<'_>, errors: &mut Errors) {
    const CODE: &str = "workload/revision";
    if !object.at("data").exists() {
        errors.required(CODE, &Path::ROOT.field("data"), "data is mandatory");
    }
    numbers::not_negative(CODE, number(object.at("revision")), &Path::ROOT.field("revision"), errors);
}

/// Every rule of a PodTemplate.
pub fn pod_template(view: View<'_>, errors: &mut Errors) {
    let empty = Value::Object(Default::default());
    let there = if view.exists() { view } else { View::new(&empty) };
    if let Some(template) = template(there) {
        pod::validate_template(&template, &Path::ROOT.field("template"), errors);
    }
}
