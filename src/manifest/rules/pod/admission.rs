//! The admission plug-ins that refuse a Pod: some before validation, some after it.

use k8s_openapi::api::core::v1::PodSpec;

use crate::api::admission::priority::Priority;
use crate::api::admission::{references, runtime_class};
use crate::api::{Kind, Object, Path, Pod, pod_security};
use crate::manifest::rules::errors::push_go_quoted;
use crate::manifest::rules::{There, names};
use crate::manifest::{Cause, FieldError};

/// How a plug-in refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// 403 Forbidden; the text after `pods "NAME" is forbidden: `.
    Forbidden(String),
    /// It failed itself, in these words: an error of the server without a reason.
    Failed(String),
}

/// Why the Pod is refused before validation.
///
/// The cluster that Podlab stands for has the service account `default` in each namespace, the two `system-…`
/// PriorityClasses and no RuntimeClass; beside them what is `there`.
pub fn mutating(pod: &Pod, there: There<'_>) -> Option<Denied> {
    let forbidden = service_account(pod, there).or_else(|| priority(&pod.spec, there));
    forbidden.map(Denied::Forbidden).or_else(|| class(&pod.spec, there))
}

/// Why the valid Pod is forbidden after all.
pub fn validating(pod: &Pod, namespace: Option<&Object>, there: There<'_>) -> Option<String> {
    namespace.and_then(|namespace| pod_security(namespace, pod)).or_else(|| overhead(&pod.spec, there))
}

/// `admission/pod-security`: a Pod keeps to the Pod Security standard that the labels of its namespace name
/// (k8s.io/pod-security-admission).
///
/// The baseline keeps out what reaches the node; the restricted level asks Pods to give up all that they do not need.
fn pod_security(namespace: &Object, pod: &Pod) -> Option<String> {
    pod_security::refusal(namespace.metadata(), pod)
}

/// The same as a warning, of Pods and of what makes Pods.
pub fn security_warning(object: &Object, namespace: &Object) -> Option<FieldError> {
    let text = pod_security::warning(namespace.metadata(), object)?;
    Some(FieldError::new("admission/pod-security", Cause::Invalid, &Path::ROOT.field("spec"), text))
}

/// `admission/service-account`: the service account of a Pod exists (kubernetes: plugin/pkg/admission/serviceaccount).
///
/// Its token is mounted into the containers, so a Pod without one could not start. A mirror Pod, the picture of a Pod
/// that a node runs by itself, has neither service account nor secrets.
fn service_account(pod: &Pod, there: There<'_>) -> Option<String> {
    references::service_account(pod, &|namespace, name| match unusable(name) {
        Some(why) => Err(why),
        None => Ok(there(Kind::ServiceAccount, namespace, name).is_some()),
    })
}

/// Why the plug-in's client cannot even ask for an object of this name (client-go: rest/request.go Name).
fn unusable(name: &str) -> Option<String> {
    let faults = names::path_segment(name);
    if faults.is_empty() {
        return name.is_empty().then(|| "resource name may not be empty".to_owned());
    }
    let mut text = String::from("invalid resource name ");
    push_go_quoted(&mut text, name);
    Some([&text, ": [", &faults.join(" "), "]"].concat())
}

/// `admission/priority`: the class names the priority; a number or policy by hand must be the class's own
/// (kubernetes: plugin/pkg/admission/priority).
///
/// Else anyone could push other Pods off the nodes by writing a large number.
fn priority(spec: &PodSpec, there: There<'_>) -> Option<String> {
    Priority::of(spec, &|name| there(Kind::PriorityClass, "", name)).err()
}

/// `admission/runtime-class`: the RuntimeClass exists, and the Pod asks for no other overhead and no other nodes than it
/// (kubernetes: plugin/pkg/admission/runtimeclass).
fn class(spec: &PodSpec, there: There<'_>) -> Option<Denied> {
    let name = spec.runtime_class_name.as_deref()?;
    if let Some(class) = there(Kind::RuntimeClass, "", name) {
        return runtime_class::give(&class, &mut spec.clone()).err().map(Denied::Forbidden);
    }
    Some(match unusable(name) {
        Some(text) => Denied::Failed(text),
        None => Denied::Forbidden(runtime_class::missing(name)),
    })
}

/// `admission/overhead`: the overhead of a Pod comes from its RuntimeClass alone
/// (kubernetes: plugin/pkg/admission/runtimeclass).
fn overhead(spec: &PodSpec, there: There<'_>) -> Option<String> {
    let class = spec.runtime_class_name.as_deref().and_then(|name| there(Kind::RuntimeClass, "", name));
    runtime_class::refusal(class.as_ref(), spec).map(str::to_owned)
}
