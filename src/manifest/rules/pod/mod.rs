//! Rules on Pods and on the Pod templates of other kinds (kubernetes: pkg/apis/core/validation/validation.go, 1.36).

pub mod admission;

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};

use super::errors::Errors;
use super::{metadata, names};
use crate::api::{Path, Pod};

/// Every rule of a Pod.
pub fn validate(pod: &Pod, errors: &mut Errors) {
    metadata::validate(&pod.metadata, true, names::dns1123_subdomain, &Path::ROOT.field("metadata"), errors);
    spec(&pod.spec, &Path::ROOT.field("spec"), errors);
}

/// Every rule of a Pod template; `path` is the place of the template (`spec.template`).
pub fn validate_template(template: &PodTemplateSpec, path: &Path<'_>, errors: &mut Errors) {
    let meta = template.metadata.as_ref();
    metadata::labels(meta.and_then(|meta| meta.labels.as_ref()), &path.field("labels"), errors);
    metadata::annotations(meta.and_then(|meta| meta.annotations.as_ref()), &path.field("annotations"), errors);
    if let Some(pod_spec) = &template.spec {
        spec(pod_spec, &path.field("spec"), errors);
    }
}

fn spec(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    if spec.containers.is_empty() {
        errors.required("pod/containers", &path.field("containers"), "");
    }
}
