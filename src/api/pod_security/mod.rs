//! Pod Security: how strictly the labels of a namespace have its Pods judged, and what a Pod breaks of that
//! (k8s.io/pod-security-admission: api/helpers.go, admission/admission.go, policy/registry.go, 1.36).

mod checks;
#[cfg(test)]
mod tests;

use std::fmt;

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{Object, Pod};
use crate::yaml::quote;

/// How much of a Pod is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// Nothing.
    Privileged,
    /// What is known to lift privileges.
    Baseline,
    /// What hardens a Pod, too.
    Restricted,
}

/// A level as a version of Kubernetes had it: `baseline:latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standard {
    level: Level,
    /// The minor version, none for the latest.
    minor: Option<u32>,
}

impl Standard {
    /// What the labels of a namespace say of one mode: `enforce`, `warn`. A level that is unknown is the strictest where
    /// it is enforced, and warns of nothing (api/helpers.go PolicyToEvaluate).
    fn of(namespace: &ObjectMeta, mode: &str) -> Self {
        let label = |end: &str| {
            let key = ["pod-security.kubernetes.io/", mode, end].concat();
            namespace.labels.as_ref().and_then(|labels| labels.get(&key)).map(String::as_str)
        };
        let level = match label("") {
            None | Some("privileged") => Level::Privileged,
            Some("baseline") => Level::Baseline,
            Some("restricted") => Level::Restricted,
            Some(_) if mode == "enforce" => Level::Restricted,
            Some(_) => Level::Privileged,
        };
        let minor = label("-version").and_then(|version| version.strip_prefix("v1.")?.parse().ok());
        Self { level, minor }
    }

    /// Whether what came with version 1.`minor` is looked at.
    fn since(self, minor: u32) -> bool {
        self.minor.is_none_or(|version| version >= minor)
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        })?;
        match self.minor {
            None => f.write_str(":latest"),
            Some(minor) => write!(f, ":v1.{minor}"),
        }
    }
}

/// Why a Pod may not be in its namespace; the text after `pods "NAME" is forbidden: `.
pub fn refusal(namespace: &ObjectMeta, pod: &Pod) -> Option<String> {
    let broken = violations(namespace, "enforce", pod.metadata.annotations.as_ref(), &pod.spec)?;
    Some(["violates PodSecurity ", &broken].concat())
}

/// What the server warns of when a Pod, or what makes Pods, comes into its namespace.
pub fn warning(namespace: &ObjectMeta, object: &Object) -> Option<String> {
    let broken = match object {
        Object::Pod(pod) => violations(namespace, "warn", pod.metadata.annotations.as_ref(), &pod.spec),
        other => {
            let template = template(other)?;
            let annotations = template.metadata.as_ref().and_then(|metadata| metadata.annotations.as_ref());
            violations(namespace, "warn", annotations, template.spec.as_ref()?)
        }
    }?;
    Some(["would violate PodSecurity ", &broken].concat())
}

/// Whether another state of a Pod is judged again: its containers have another image, or there are others
/// (admission.go isSignificantPodUpdate).
pub fn is_significant(old: &Pod, new: &Pod) -> bool {
    let images = |pod: &Pod| {
        let all = pod.spec.containers.iter().chain(super::containers::init(&pod.spec));
        let images = all.map(|container| container.image.clone());
        let debugging = pod.spec.ephemeral_containers.iter().flatten().map(|container| container.image.clone());
        images.chain(debugging).collect::<Vec<_>>()
    };
    images(old) != images(new)
}

/// What Pods are made from.
fn template(object: &Object) -> Option<&PodTemplateSpec> {
    match object {
        Object::Deployment(it) => it.spec.as_ref().map(|spec| &spec.template),
        Object::ReplicaSet(it) => it.spec.as_ref()?.template.as_ref(),
        Object::StatefulSet(it) => it.spec.as_ref().map(|spec| &spec.template),
        Object::DaemonSet(it) => it.spec.as_ref().map(|spec| &spec.template),
        Object::Job(it) => it.spec.as_ref().map(|spec| &spec.template),
        Object::CronJob(it) => it.spec.job_template.spec.as_ref().map(|spec| &spec.template),
        _ => None,
    }
}

fn violations(
    namespace: &ObjectMeta,
    mode: &str,
    annotations: Option<&BTreeMap<String, String>>,
    spec: &PodSpec,
) -> Option<String> {
    // Most namespaces say nothing.
    namespace.labels.as_ref()?;
    let standard = Standard::of(namespace, mode);
    let broken = checks::broken(standard, annotations, spec);
    (!broken.is_empty()).then(|| [&quote(&standard.to_string()), ": ", &broken.join(", ")].concat())
}
