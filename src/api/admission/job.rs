//! The selector and labels that the server makes for a Job.

use k8s_openapi::api::batch::v1::Job;

/// Makes the Pods of a Job its own: labels with its name and uid on the template, and a selector for the uid, unless
/// `manualSelector` is set (kubernetes: pkg/registry/batch/job/strategy.go generateSelector). Labels that the manifest
/// already sets stay; validation says when they are wrong. A Job without labels shares those of a template that has
/// some (batch/v1: defaults.go SetDefaults_Job).
pub fn generate_selector(job: &mut Job) {
    let name = job.metadata.name.clone().unwrap_or_default();
    let uid = job.metadata.uid.clone().unwrap_or_default();
    let unlabelled = job.metadata.labels.as_ref().is_none_or(|labels| labels.is_empty());
    let Some(spec) = job.spec.as_mut() else { return };
    let template = spec.template.metadata.get_or_insert_default();
    let shared = unlabelled && template.labels.as_ref().is_some_and(|labels| !labels.is_empty());
    if spec.manual_selector != Some(true) {
        let labels = template.labels.get_or_insert_default();
        for (key, value) in [
            ("job-name", &name),
            ("batch.kubernetes.io/job-name", &name),
            ("controller-uid", &uid),
            ("batch.kubernetes.io/controller-uid", &uid),
        ] {
            labels.entry(key.to_owned()).or_insert_with(|| value.to_string());
        }
        let wanted = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
        wanted.entry("batch.kubernetes.io/controller-uid".to_owned()).or_insert(uid.to_string());
    }
    if shared {
        job.metadata.labels.clone_from(&template.labels);
    }
}

/// Also a Job whose template got its labels from the server carries them, once it is stored and read back.
pub(super) fn share_labels(job: &mut Job) {
    if job.metadata.labels.as_ref().is_none_or(|labels| labels.is_empty()) {
        let template = job.spec.as_ref().and_then(|spec| spec.template.metadata.as_ref());
        job.metadata.labels = template.and_then(|metadata| metadata.labels.clone());
    }
}
