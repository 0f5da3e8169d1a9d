//! What no cluster says and a colleague would: advice, never an error.

use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};

use super::errors::Errors;
use super::{FieldError, go};
use crate::api::{Object, Path, image};

/// Advice on an object that the server accepts; the message is a sentence of Podlab's own, without the path.
pub fn advice(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    let root = Path::ROOT;
    let spec = root.field("spec");
    let mut template = |template: Option<&PodTemplateSpec>, job: bool, path: &Path<'_>| {
        if let Some(pod_spec) = template.and_then(|template| template.spec.as_ref()) {
            pod(pod_spec, job, &path.field("spec"), &mut errors);
        }
    };
    let at = spec.field("template");
    match object {
        Object::Pod(it) => pod(&it.spec, false, &spec, &mut errors),
        Object::Deployment(it) => template(it.spec.as_ref().map(|spec| &spec.template), false, &at),
        Object::ReplicaSet(it) => template(it.spec.as_ref().and_then(|spec| spec.template.as_ref()), false, &at),
        Object::StatefulSet(it) => template(it.spec.as_ref().map(|spec| &spec.template), false, &at),
        Object::DaemonSet(it) => template(it.spec.as_ref().map(|spec| &spec.template), false, &at),
        Object::Job(it) => template(it.spec.as_ref().map(|spec| &spec.template), true, &at),
        Object::CronJob(it) => {
            let job = spec.field("jobTemplate");
            let job_spec = job.field("spec");
            let inner = it.spec.job_template.spec.as_ref();
            template(inner.map(|spec| &spec.template), true, &job_spec.field("template"));
        }
        _ => {}
    }
    errors.into_vec()
}

fn pod(spec: &PodSpec, job: bool, path: &Path<'_>, errors: &mut Errors) {
    for (field, list) in [("initContainers", go::list(&spec.init_containers)), ("containers", &spec.containers[..])] {
        let at = path.field(field);
        for (i, container) in list.iter().enumerate() {
            latest_tag(container, &at.index(i), errors);
        }
    }
    let at = path.field("containers");
    for (i, container) in spec.containers.iter().enumerate() {
        no_resources(container, spec, &at.index(i), errors);
        if job && spec.containers.len() > 1 {
            never_ending(container, &at.index(i), errors);
        }
    }
}

/// `advice/latest-tag`: an image without a tag, or with `latest`, is another one tomorrow.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{image: "nginx:latest"}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{image: "nginx:1.27"}]}
/// ```
///
/// At run time it is pulled at each start, and two Pods of one Deployment may run different programs.
fn latest_tag(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    let name = image::split(go::text(&container.image));
    if name.digest.is_none() && matches!(name.tag, None | Some("latest")) && !name.repository.is_empty() {
        let text = "without a fixed tag the image may be another one at each start; name a version";
        errors.warning("advice/latest-tag", &path.field("image"), text, false);
    }
}

/// `advice/no-resources`: a container that asks for no resources is the first to go when a node runs short.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{image: "nginx:1.27"}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{image: "nginx:1.27", resources: {requests: {cpu: 50m, memory: 64Mi}}}]}
/// ```
///
/// At run time the scheduler packs it anywhere, and under memory pressure its Pod (`BestEffort`) is evicted first.
fn no_resources(container: &Container, spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let some = |resources: &k8s_openapi::api::core::v1::ResourceRequirements| {
        [&resources.requests, &resources.limits].into_iter().flatten().any(|list| !list.is_empty())
    };
    if !container.resources.as_deref().is_some_and(some) && !spec.resources.as_deref().is_some_and(some) {
        let text = "no cpu or memory is requested; the scheduler cannot plan, and the Pod is evicted first";
        errors.warning("advice/no-resources", path, text, false);
    }
}

/// `advice/job-sidecar`: a helper that serves forever keeps a Job from ending; as a sidecar it is stopped at the end.
///
/// Bad:
/// ```yaml
/// kind: Job
/// spec: {template: {spec: {containers: [{name: a, image: "work:1"}, {name: proxy, image: "envoy:1", ports: [{containerPort: 80}]}]}}}
/// ```
/// Good:
/// ```yaml
/// kind: Job
/// spec: {template: {spec: {initContainers: [{name: proxy, image: "envoy:1", restartPolicy: Always, ports: [{containerPort: 80}]}]}}}
/// ```
///
/// At run time the Pod is done only when all app containers have exited; sidecars are ended for them.
fn never_ending(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    let serves = !go::list(&container.ports).is_empty()
        || container.readiness_probe.is_some()
        || container.liveness_probe.is_some();
    if serves {
        let text = "a container that serves forever keeps the Job from ending; \
                    make it an init container with restartPolicy: Always";
        errors.warning("advice/job-sidecar", path, text, false);
    }
}
