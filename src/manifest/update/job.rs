//! What of a Job may change (kubernetes: pkg/apis/batch/validation/validation.go ValidateJobSpecUpdate, 1.36).

use k8s_openapi::Text;
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Affinity, PodTemplateSpec};
use k8s_openapi::json::to_json;
use k8s_openapi::record::Part;

use super::IMMUTABLE;
use super::internal::{self, Origin};
use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, job as rules, shown};

/// Every rule of the update of a Job but those of its metadata.
pub(super) fn validate(old: &Job, new: &Job, errors: &mut Errors) {
    let (Some(before), Some(after)) = (&old.spec, &new.spec) else { return };
    let path = Path::ROOT.field("spec");
    rules::spec_and_selector(after, &path, errors);
    completions(before, after, &path, errors);
    selector(before, after, &path, errors);
    template(old, before, after, &path, errors);
    let quoted = |text: &Option<Text>| text.as_ref().map(|text| format!("\"{text}\""));
    let number = |number: Option<i32>| number.map(|number| number.to_string());
    // In the order of the server.
    let fields: [(&'static str, bool, Option<String>); 5] = [
        ("completionMode", before.completion_mode == after.completion_mode, quoted(&after.completion_mode)),
        (
            "podFailurePolicy",
            before.pod_failure_policy == after.pod_failure_policy,
            dump("PodFailurePolicy", after.pod_failure_policy.as_ref().map(|it| it as &dyn Part)),
        ),
        (
            "backoffLimitPerIndex",
            before.backoff_limit_per_index == after.backoff_limit_per_index,
            number(after.backoff_limit_per_index),
        ),
        ("managedBy", before.managed_by == after.managed_by, quoted(&after.managed_by)),
        (
            "successPolicy",
            before.success_policy == after.success_policy,
            dump("SuccessPolicy", after.success_policy.as_ref().map(|it| it as &dyn Part)),
        ),
    ];
    for (field, same, value) in fields {
        if !same {
            let value = value.unwrap_or_else(|| "null".to_owned());
            errors.invalid(CODE, &path.field(field), Shown::Json(&value), IMMUTABLE);
        }
    }
}

/// `update/job`: what a Job does and how it counts its successes does not change while it runs.
///
/// Pods of the old kind would be counted among those of the new one.
const CODE: &str = "update/job";

fn dump(kind: &str, value: Option<&dyn Part>) -> Option<String> {
    let json = to_json(value?);
    Some(internal::compact(kind, &json, Origin::Sent))
}

/// The number of completions changes for Indexed Jobs only, together with the parallelism.
fn completions(old: &JobSpec, new: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    if old.completions == new.completions {
        return;
    }
    let at = path.field("completions");
    let value = new.completions.map_or_else(|| "null".to_owned(), |number| number.to_string());
    if go::text(&new.completion_mode) != "Indexed" {
        errors.invalid(CODE, &at, Shown::Json(&value), IMMUTABLE);
    } else if new.completions.is_some() && old.completions.is_some() && new.completions != new.parallelism {
        errors.invalid(CODE, &at, Shown::Json(&value), "can only be modified in tandem with spec.parallelism");
    }
}

fn selector(old: &JobSpec, new: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    if old.selector != new.selector {
        let value = new.selector.as_ref().map_or_else(|| "null".to_owned(), shown::selector);
        errors.invalid(CODE, &path.field("selector"), Shown::Json(&value), IMMUTABLE);
    }
}

fn template(job: &Job, old: &JobSpec, new: &JobSpec, path: &Path<'_>, errors: &mut Errors) {
    let mut before = old.template.clone();
    let started = job.status.as_ref().is_some_and(|status| status.start_time.is_some());
    if old.suspend == Some(true) && !started {
        follow(&mut before, &new.template);
    }
    let dump = |template: &PodTemplateSpec, origin| {
        let mut json = to_json(template);
        if let Some(spec) = json.get_mut("spec") {
            internal::move_host_fields(spec);
        }
        internal::compact("PodTemplateSpec", &json, origin)
    };
    if dump(&before, Origin::Stored) != dump(&new.template, Origin::Stored) {
        let value = dump(&new.template, Origin::Sent);
        errors.invalid(CODE, &path.field("template"), Shown::Json(&value), IMMUTABLE);
    }
}

/// A Job that waits to be started may still be told where its Pods run and what they ask for.
fn follow(before: &mut PodTemplateSpec, after: &PodTemplateSpec) {
    let (labels, annotations) = match &after.metadata {
        Some(metadata) => (metadata.labels.clone(), metadata.annotations.clone()),
        None => (None, None),
    };
    let metadata = before.metadata.get_or_insert_default();
    metadata.labels = labels;
    metadata.annotations = annotations;
    let (Some(before), Some(after)) = (&mut before.spec, &after.spec) else { return };
    let nodes = after.affinity.as_ref().and_then(|affinity| affinity.node_affinity.clone());
    match (&mut before.affinity, &after.affinity) {
        (Some(old), None) => {
            old.node_affinity = None;
            if **old == Affinity::default() {
                before.affinity = None;
            }
        }
        (None, Some(_)) => before.affinity = Some(Affinity { node_affinity: nodes, ..Affinity::default() }.into()),
        (Some(old), Some(_)) => old.node_affinity = nodes,
        (None, None) => {}
    }
    before.node_selector.clone_from(&after.node_selector);
    before.tolerations.clone_from(&after.tolerations);
    before.scheduling_gates.clone_from(&after.scheduling_gates);
    let old = before.containers.iter_mut().chain(before.init_containers.iter_mut().flatten());
    let new = after.containers.iter().chain(after.init_containers.iter().flatten());
    for (old, new) in old.zip(new).filter(|(old, new)| old.name == new.name) {
        old.resources.clone_from(&new.resources);
    }
}
