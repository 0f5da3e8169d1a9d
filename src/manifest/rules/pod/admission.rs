//! The admission plug-ins that refuse a Pod (403 Forbidden): some before validation, some after it.

use k8s_openapi::api::core::v1::PodSpec;

use crate::api::{Kind, Object, Path, Pod, pod_security};
use crate::manifest::rules::There;
use crate::manifest::{Cause, FieldError};

/// The PriorityClasses that every cluster has, with their values.
const PRIORITY_CLASSES: [(&str, i32); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

/// Why the Pod is forbidden before validation; the text after `pods "NAME" is forbidden: `.
///
/// The cluster that Podlab stands for has the service account `default` in each namespace, the two `system-…`
/// PriorityClasses and no RuntimeClass; beside them what is `there`.
pub fn mutating(pod: &Pod, there: There<'_>) -> Option<String> {
    service_account(pod, there).or_else(|| priority(&pod.spec, there)).or_else(|| runtime_class(&pod.spec))
}

/// Why the valid Pod is forbidden after all.
pub fn validating(pod: &Pod, namespace: Option<&Object>) -> Option<String> {
    namespace.and_then(|namespace| pod_security(namespace, pod)).or_else(|| overhead(&pod.spec))
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
/// Its token is mounted into the containers, so a Pod without one could not start.
fn service_account(pod: &Pod, there: There<'_>) -> Option<String> {
    let name = pod.spec.service_account_name.as_deref().filter(|name| !name.is_empty() && *name != "default")?;
    let namespace = pod.namespace();
    there(Kind::ServiceAccount, namespace, name).is_none().then(|| {
        ["error looking up service account ", namespace, "/", name, ": serviceaccount \"", name, "\" not found"]
            .concat()
    })
}

/// `admission/priority`: the class names the priority; a number or policy by hand must be the class's own
/// (kubernetes: plugin/pkg/admission/priority).
///
/// Else anyone could push other Pods off the nodes by writing a large number.
fn priority(spec: &PodSpec, there: There<'_>) -> Option<String> {
    let class = spec.priority_class_name.as_deref().unwrap_or_default();
    let mut usual = "PreemptLowerPriority".to_owned();
    let computed = match (class, PRIORITY_CLASSES.iter().find(|(name, _)| *name == class)) {
        ("", _) => 0,
        (_, Some((_, value))) => *value,
        _ => match there(Kind::PriorityClass, "", class) {
            Some(Object::Other(found)) => {
                let policy = found.value.get("preemptionPolicy").and_then(serde_json::Value::as_str);
                usual = policy.map_or(usual, str::to_owned);
                let value = found.value.get("value").and_then(serde_json::Value::as_i64);
                value.and_then(|value| i32::try_from(value).ok()).unwrap_or_default()
            }
            _ => return Some(["no PriorityClass with name ", class, " was found"].concat()),
        },
    };
    const ADMISSION: &str = ") must not be provided in pod spec; priority admission controller computed ";
    const END: &str = " from the given PriorityClass name";
    if let Some(given) = spec.priority.filter(|&given| given != computed) {
        return Some(
            ["the integer value of priority (", &given.to_string(), ADMISSION, &computed.to_string(), END].concat(),
        );
    }
    let policy = spec.preemption_policy.as_deref().filter(|&policy| policy != usual)?;
    Some(["the string value of PreemptionPolicy (", policy, ADMISSION, &usual, END].concat())
}

/// `admission/runtime-class`: the RuntimeClass exists (kubernetes: plugin/pkg/admission/runtimeclass).
fn runtime_class(spec: &PodSpec) -> Option<String> {
    let name = spec.runtime_class_name.as_deref()?;
    Some(["pod rejected: RuntimeClass \"", name, "\" not found"].concat())
}

/// `admission/overhead`: the overhead of a Pod comes from its RuntimeClass alone
/// (kubernetes: plugin/pkg/admission/runtimeclass).
fn overhead(spec: &PodSpec) -> Option<String> {
    let set = spec.overhead.as_ref().is_some_and(|overhead| !overhead.is_empty());
    let text = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
    (set && spec.runtime_class_name.is_none()).then(|| text.to_owned())
}
