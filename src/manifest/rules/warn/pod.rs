//! Warnings on Pods and Pod templates (kubernetes: pkg/api/pod/warnings.go, 1.36).

use k8s_openapi::api::core::v1::PodTemplateSpec;

use crate::api::{Path, Pod};
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::names;

/// Every warning of a Pod template; `path` is the place of the template (`spec.template`).
pub fn template_warnings(_template: &PodTemplateSpec, _path: &Path<'_>, _errors: &mut Errors) {}

/// Every warning of a Pod.
pub fn warnings(pod: &Pod, errors: &mut Errors) {
    hostname(pod.name(), errors);
}

/// `pod/name-in-hostname`: a Pod name with dots, or a long one, makes an odd hostname.
fn hostname(name: &str, errors: &mut Errors) {
    let faults = names::dns1123_label(name);
    if faults.is_empty() {
        return;
    }
    let text = [
        "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [",
        &faults.join(" "),
        "]",
    ]
    .concat();
    errors.warning("pod/name-in-hostname", &Path::ROOT.field("metadata").field("name"), &text, true);
}
