//! Rules on single fields of the Pod's spec.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::PodSpec;

use super::resources::{Owner, each_limit};
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::go;
use crate::manifest::rules::names::{self, Faults};

/// `pod/grace-period`: there is a termination grace period. The default fills it in, so only code can leave it out.
///
/// Good:
/// ```yaml
/// spec: {terminationGracePeriodSeconds: 5}
/// ```
pub fn grace_period(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    if spec.termination_grace_period_seconds.is_none() {
        errors.required("pod/grace-period", &path.field("terminationGracePeriodSeconds"), "");
    }
}

/// `pod/restart-policy`: `restartPolicy` is `Always`, `OnFailure` or `Never`.
///
/// Bad:
/// ```yaml
/// spec: {restartPolicy: Sometimes}
/// ```
/// Good:
/// ```yaml
/// spec: {restartPolicy: OnFailure}
/// ```
///
/// At run time it decides whether the kubelet starts an exited container again, after waits that grow from ten
/// seconds to five minutes.
pub fn restart_policy(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "pod/restart-policy";
    let known = &["Always", "OnFailure", "Never"];
    let at = path.field("restartPolicy");
    match go::text(&spec.restart_policy) {
        "" => errors.required(CODE, &at, ""),
        policy if known.contains(&policy) => {}
        other => errors.not_supported(CODE, &at, other, known),
    }
}

/// `pod/node-selector`: `nodeSelector` holds good label keys and values.
///
/// Bad:
/// ```yaml
/// spec: {nodeSelector: {disk: "very fast"}}
/// ```
/// Good:
/// ```yaml
/// spec: {nodeSelector: {disk: ssd}}
/// ```
pub fn node_selector(selector: Option<&BTreeMap<String, String>>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "pod/node-selector";
    let at = path.field("nodeSelector");
    for (key, value) in selector.into_iter().flatten() {
        errors.invalid_each(CODE, &at, key, names::qualified_name(key));
        errors.invalid_each(CODE, &at, value, names::label_value(value));
    }
}

/// `pod/readiness-gates`: a readiness gate names a condition.
///
/// Bad:
/// ```yaml
/// spec: {readinessGates: [{conditionType: "is ready"}]}
/// ```
/// Good:
/// ```yaml
/// spec: {readinessGates: [{conditionType: example.com/is-ready}]}
/// ```
///
/// At run time the Pod is not ready before someone sets that condition to `True`.
pub fn readiness_gates(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("readinessGates");
    for (i, gate) in go::list(&spec.readiness_gates).iter().enumerate() {
        let name = gate.condition_type.as_str();
        let entry = at.index(i);
        errors.invalid_each("pod/readiness-gates", &entry.field("conditionType"), name, names::qualified_name(name));
    }
}

/// `pod/scheduling-gates`: a scheduling gate has a good name, once.
///
/// Bad:
/// ```yaml
/// spec: {schedulingGates: [{name: a}, {name: a}]}
/// ```
/// Good:
/// ```yaml
/// spec: {schedulingGates: [{name: example.com/quota}]}
/// ```
///
/// At run time the scheduler leaves the Pod alone until all gates are removed.
pub fn scheduling_gates(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "pod/scheduling-gates";
    let at = path.field("schedulingGates");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, gate) in go::list(&spec.scheduling_gates).iter().enumerate() {
        let entry = at.index(i);
        errors.invalid_each(CODE, &entry, &gate.name, names::qualified_name(&gate.name));
        if let Some(&first) = seen.get(gate.name.as_str()) {
            errors.duplicate(CODE, &entry, &gate.name);
            errors.related(&at.index(first));
        }
        seen.entry(&gate.name).or_insert(i);
    }
}

/// `pod/reference-name`: names of other objects are object names.
///
/// Bad:
/// ```yaml
/// spec: {nodeName: Node_1}
/// ```
/// Good:
/// ```yaml
/// spec: {nodeName: node-1}
/// ```
fn reference(field: &'static str, name: &str, path: &Path<'_>, errors: &mut Errors) {
    errors.invalid_each("pod/reference-name", &path.field(field), name, names::dns1123_subdomain(name));
}

/// The names of the service account and the node.
pub fn account_and_node(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let account = match go::text(&spec.service_account_name) {
        "" => go::text(&spec.service_account),
        name => name,
    };
    for (field, name) in [("serviceAccountName", account), ("nodeName", go::text(&spec.node_name))] {
        if !name.is_empty() {
            reference(field, name, path, errors);
        }
    }
}

/// The names of the priority class and the runtime class.
pub fn classes(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let priority = go::text(&spec.priority_class_name);
    if !priority.is_empty() {
        reference("priorityClassName", priority, path, errors);
    }
    if let Some(runtime) = &spec.runtime_class_name {
        reference("runtimeClassName", runtime, path, errors);
    }
}

/// `pod/active-deadline`: `activeDeadlineSeconds` is between 1 and 2147483647.
///
/// Bad:
/// ```yaml
/// spec: {activeDeadlineSeconds: 0}
/// ```
/// Good:
/// ```yaml
/// spec: {activeDeadlineSeconds: 600}
/// ```
///
/// At run time the Pod fails with `DeadlineExceeded` when the time is over.
pub fn active_deadline(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let out_of_range = |seconds: &i64| !(1..=i64::from(i32::MAX)).contains(seconds);
    if let Some(seconds) = spec.active_deadline_seconds.filter(out_of_range) {
        let detail = "must be between 1 and 2147483647, inclusive";
        errors.invalid("pod/active-deadline", &path.field("activeDeadlineSeconds"), seconds, detail);
    }
}

/// `pod/hostname`: `hostname` and `subdomain` are DNS labels.
///
/// Bad:
/// ```yaml
/// spec: {hostname: web.example}
/// ```
/// Good:
/// ```yaml
/// spec: {hostname: web, subdomain: example}
/// ```
pub fn hostname(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    for (field, name) in [("hostname", go::text(&spec.hostname)), ("subdomain", go::text(&spec.subdomain))] {
        if !name.is_empty() {
            errors.invalid_each("pod/hostname", &path.field(field), name, names::dns1123_label(name));
        }
    }
}

/// `pod/hostname-override`: `hostnameOverride` is a DNS name of at most 64 bytes, and the only source of the hostname.
///
/// Bad:
/// ```yaml
/// spec: {hostnameOverride: a, hostNetwork: true}
/// ```
/// Good:
/// ```yaml
/// spec: {hostnameOverride: web.example.com}
/// ```
pub fn hostname_override(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "pod/hostname-override";
    let Some(name) = &spec.hostname_override else { return };
    let at = path.field("hostnameOverride");
    let faults: Faults = names::dns1123_subdomain(name);
    errors.invalid_each(CODE, &at, name, faults);
    if name.len() > 64 {
        errors.too_long(CODE, &at, 64);
    }
    if go::flag(spec.set_hostname_as_fqdn) {
        errors.forbidden(CODE, &at, "may not be specified when setHostnameAsFQDN is true");
    }
    if go::flag(spec.host_network) {
        errors.forbidden(CODE, &at, "may not be specified when hostNetwork is true");
    }
}

/// `pod/preemption-policy`: `preemptionPolicy` is `PreemptLowerPriority` or `Never`.
///
/// Bad:
/// ```yaml
/// spec: {preemptionPolicy: Always}
/// ```
/// Good:
/// ```yaml
/// spec: {preemptionPolicy: PreemptLowerPriority}
/// ```
pub fn preemption_policy(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "pod/preemption-policy";
    let known = &["PreemptLowerPriority", "Never"];
    let at = path.field("preemptionPolicy");
    match spec.preemption_policy.as_deref() {
        None => {}
        Some("") => errors.required(CODE, &at, ""),
        Some(policy) if known.contains(&policy) => {}
        Some(other) => errors.not_supported(CODE, &at, other, known),
    }
}

/// The overhead of a Pod is an amount of known resources (`resources/name`, `resources/amount`).
///
/// Bad:
/// ```yaml
/// spec: {overhead: {cpu: "-1"}}
/// ```
/// Good:
/// ```yaml
/// spec: {overhead: {cpu: 100m}}
/// ```
pub fn overhead(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    // The server checks it as if it were the limits of a container, and says so in the path.
    let at = path.field("overhead");
    each_limit(spec.overhead.as_ref(), Owner::Container, &at.field("limits"), errors);
    super::resources::huge_pages(spec.overhead.as_ref(), None, &at, errors);
}
