//! The selector and labels that the server makes for a Job.

use k8s_openapi::api::batch::v1::Job;

/// Makes the Pods of a Job its own: labels with its name and uid on the template, and a selector for the uid, unless
/// `manualSelector` is set (kubernetes: pkg/registry/batch/job/strategy.go generateSelector). Labels that the manifest
/// already sets stay; validation says when they are wrong. A Job without labels shares its template's.
pub fn generate_selector(job: &mut Job) {
    let name = job.metadata.name.clone().unwrap_or_default();
    let uid = job.metadata.uid.clone().unwrap_or_default();
    let Some(spec) = job.spec.as_mut() else { return };
    if spec.manual_selector == Some(true) {
        return;
    }
    let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    for (key, value) in [
        ("job-name", &name),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("batch.kubernetes.io/controller-uid", &uid),
    ] {
        labels.entry(key.to_owned()).or_insert_with(|| value.clone());
    }
    let labels = labels.clone();
    let wanted = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
    wanted.entry("batch.kubernetes.io/controller-uid".to_owned()).or_insert(uid);
    let own =
        job.metadata.labels.as_ref().is_none_or(|own| own.iter().all(|(key, value)| labels.get(key) == Some(value)));
    if own {
        job.metadata.labels = Some(labels);
    }
}
