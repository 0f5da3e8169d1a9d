//! The annotations that say what a container does: words that Podlab does not know are pointed at.

use super::{Cause, FieldError};
use crate::api::sim::{ANNOTATION_PREFIX, parse};
use crate::api::{Object, Path};

/// `podlab/script`: a container's script says something that the simulated shell does not do, or calls a program that the
/// image lacks.
///
/// Advice: a cluster does not look into scripts.
pub const SCRIPT: &str = "podlab/script";

/// `podlab/sim`: an annotation `podlab.dev/sim.CONTAINER` of a Pod, or of a Pod template, says something that Podlab
/// does not know.
///
/// A cluster accepts them all; these findings are Podlab's own advice. The words are in `docs/annotations.md`.
pub fn check(object: &Object) -> Vec<FieldError> {
    let metadata = Path::ROOT.field("metadata");
    let spec = Path::ROOT.field("spec");
    let template = spec.field("template");
    let job = spec.field("jobTemplate");
    let job_spec = job.field("spec");
    let job_template = job_spec.field("template");
    let (annotations, path) = match object {
        Object::Pod(pod) => (pod.metadata.annotations.as_ref(), metadata),
        Object::Deployment(o) => (annotations(o.spec.as_ref().map(|spec| &spec.template)), template.field("metadata")),
        Object::StatefulSet(o) => (annotations(o.spec.as_ref().map(|spec| &spec.template)), template.field("metadata")),
        Object::DaemonSet(o) => (annotations(o.spec.as_ref().map(|spec| &spec.template)), template.field("metadata")),
        Object::Job(o) => (annotations(o.spec.as_ref().map(|spec| &spec.template)), template.field("metadata")),
        Object::ReplicaSet(o) => {
            (annotations(o.spec.as_ref().and_then(|spec| spec.template.as_ref())), template.field("metadata"))
        }
        Object::CronJob(o) => {
            let template = o.spec.job_template.spec.as_ref().map(|spec| &spec.template);
            (annotations(template), job_template.field("metadata"))
        }
        _ => return Vec::new(),
    };
    let path = path.field("annotations");
    let sims = annotations.into_iter().flatten().filter(|(name, _)| name.starts_with(ANNOTATION_PREFIX));
    sims.flat_map(|(name, text)| {
        let errors = parse(text).err().unwrap_or_default();
        errors
            .into_iter()
            .map(|error| FieldError::new("podlab/sim", Cause::Invalid, &path.key(name), error.to_string()))
    })
    .collect()
}

/// The annotations of a template.
fn annotations(
    template: Option<&k8s_openapi::api::core::v1::PodTemplateSpec>,
) -> Option<&collections::Map<String, String>> {
    template.and_then(|template| template.metadata.as_ref()).and_then(|metadata| metadata.annotations.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;

    #[test]
    fn an_unknown_word_is_told_with_its_annotation() {
        let pod = serde_json::json!({"metadata": {"annotations": {
            "podlab.dev/sim.app": "run=5 colour=red", "podlab.dev/sim.ok": "run=5", "other": "colour=red"}}});
        let object = Object::from_json(Kind::Pod, pod).unwrap();
        let found = check(&object);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.starts_with("`colour=red` is not known"), "{}", found[0].message);
        assert_eq!(found[0].path.to_string(), "metadata.annotations[podlab.dev/sim.app]");
    }
}
