//! Rules on `containers`, and those that all containers of a Pod share.

use collections::Map as BTreeMap;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Container, ContainerRestartRule};

use super::{Context, env, handlers, mounts, ports, probes, resources, security};
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{go, names};

/// Every rule of the list `containers`.
pub fn validate(containers: &[Container], context: &Context<'_>, path: &Path<'_>, errors: &mut Errors) {
    if containers.is_empty() {
        required(path, errors);
        return;
    }
    let mut seen = BTreeMap::new();
    for (i, container) in containers.iter().enumerate() {
        let at = path.index(i);
        common(container, context, &at, errors);
        unique_name(container, i, &mut seen, path, errors);
        if let Some(lifecycle) = &container.lifecycle {
            handlers::lifecycle(lifecycle, context.grace, &at.field("lifecycle"), errors);
        }
        probes::validate(container, context.grace, &at, errors);
        restart_policy(container, false, &at, errors);
    }
    ports::host_port_conflicts(containers, path, errors);
}

/// `pod/containers`: a Pod has at least one container.
///
/// Bad:
/// ```yaml
/// spec: {containers: []}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{name: web, image: nginx}]}
/// ```
fn required(path: &Path<'_>, errors: &mut Errors) {
    errors.required("pod/containers", path, "");
}

/// The rules that hold for containers of every sort; `path` is the place of the container.
pub fn common(container: &Container, context: &Context<'_>, path: &Path<'_>, errors: &mut Errors) {
    name(container, path, errors);
    image(container, path, errors);
    termination_message(container, path, errors);
    ports::validate(go::list(&container.ports), &path.field("ports"), errors);
    env::validate(go::list(&container.env), &path.field("env"), errors);
    env::validate_from(go::list(&container.env_from), &path.field("envFrom"), errors);
    mounts::validate(container, context, path, errors);
    pull_policy("container/pull-policy", &container.image_pull_policy, &path.field("imagePullPolicy"), errors);
    if let Some(requirements) = &container.resources {
        let at = path.field("resources");
        resources::validate(requirements, resources::Owner::Container, &context.claims, &at, errors);
    }
    resize_policy(container, context, &path.field("resizePolicy"), errors);
    if let Some(security) = &container.security_context {
        security::container(security, context.host_users, &path.field("securityContext"), errors);
    }
}

/// `container/name`: a container has a name that is a DNS label.
///
/// The name becomes part of host names, log paths and events.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{name: My_App, image: nginx}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{name: my-app, image: nginx}]}
/// ```
fn name(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "container/name";
    let at = path.field("name");
    match container.name.as_str() {
        "" => errors.required(CODE, &at, ""),
        name => errors.invalid_each(CODE, &at, name, names::dns1123_label(name)),
    }
}

/// `container/duplicate-name`: no two containers of a Pod have one name.
///
/// `kubectl logs -c NAME` and the status refer to containers by name.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{name: web, image: nginx}, {name: web, image: redis}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{name: web, image: nginx}, {name: cache, image: redis}]}
/// ```
fn unique_name<'a>(
    container: &'a Container,
    index: usize,
    seen: &mut BTreeMap<&'a str, usize>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    match seen.get(container.name.as_str()) {
        Some(&first) => {
            let entry = path.index(index);
            errors.duplicate(DUPLICATE, &entry.field("name"), &container.name);
            errors.related(&path.index(first).field("name"));
        }
        None => _ = seen.insert(&container.name, index),
    }
}

/// The code of equal container names, also across the lists.
pub const DUPLICATE: &str = "container/duplicate-name";

/// `container/image`: a container has an image.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{name: web, image: ""}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{name: web, image: "nginx:1.27"}]}
/// ```
///
/// How the reference is spelt is checked by the kubelet: a bad one gives `InvalidImageName`.
fn image(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    if go::text(&container.image).is_empty() {
        errors.required("container/image", &path.field("image"), "");
    }
}

/// `container/image-blanks`: in a Pod the image has no blanks around it (templates are let through).
///
/// Bad:
/// ```yaml
/// spec: {containers: [{name: web, image: " nginx"}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{name: web, image: nginx}]}
/// ```
pub fn image_blanks(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    let image = go::text(&container.image);
    if image.trim() != image {
        let detail = "must not have leading or trailing whitespace";
        errors.invalid("container/image-blanks", &path.field("image"), image, detail);
    }
}

/// `container/termination-message`: `terminationMessagePolicy` is `File` or `FallbackToLogsOnError`.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{terminationMessagePolicy: Logs}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{terminationMessagePolicy: FallbackToLogsOnError}]}
/// ```
fn termination_message(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "container/termination-message";
    let known = &["File", "FallbackToLogsOnError"];
    let at = path.field("terminationMessagePolicy");
    match go::text(&container.termination_message_policy) {
        "" => errors.required(CODE, &at, ""),
        policy if known.contains(&policy) => {}
        other => errors.not_supported(CODE, &at, other, known),
    }
}

/// `container/pull-policy`: `imagePullPolicy` is `Always`, `IfNotPresent` or `Never`.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{imagePullPolicy: Sometimes}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{imagePullPolicy: IfNotPresent}]}
/// ```
pub fn pull_policy(code: &'static str, policy: &Option<Text>, path: &Path<'_>, errors: &mut Errors) {
    let known = &["Always", "IfNotPresent", "Never"];
    match go::text(policy) {
        "" => errors.required(code, path, ""),
        policy if known.contains(&policy) => {}
        other => errors.not_supported(code, path, other, known),
    }
}

/// `container/resize-policy`: each of cpu and memory has at most one resize policy, a known one; where nothing is
/// restarted, nothing may be restarted for a resize either.
///
/// Bad:
/// ```yaml
/// spec: {restartPolicy: Never, containers: [{resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]}]}
/// ```
///
/// The server leaves the index out of the path of most of these errors.
fn resize_policy(container: &Container, context: &Context<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "container/resize-policy";
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, policy) in go::list(&container.resize_policy).iter().enumerate() {
        let resource = policy.resource_name.as_str();
        if let Some(&first) = seen.get(resource) {
            errors.duplicate(CODE, &path.index(i), resource);
            errors.related(&path.index(first));
        }
        seen.entry(resource).or_insert(i);
        match resource {
            "cpu" | "memory" => {}
            "" => errors.required(CODE, path, ""),
            other => errors.not_supported(CODE, path, other, &["cpu", "memory"]),
        }
        let restart = policy.restart_policy.as_str();
        match restart {
            "NotRequired" | "RestartContainer" => {}
            "" => errors.required(CODE, path, ""),
            other => errors.not_supported(CODE, path, other, &["NotRequired", "RestartContainer"]),
        }
        if context.restart_policy == "Never" && restart != "NotRequired" {
            let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            errors.invalid(CODE, path, crate::manifest::rules::errors::Shown::Named(restart), detail);
        }
    }
}

/// `container/restart-policy`: a container's own `restartPolicy` is a known one, and rules need it.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{restartPolicy: Never, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]}]}
/// ```
///
/// The rules of an init container without a policy are not looked at any further.
pub fn restart_policy(container: &Container, is_init: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "container/restart-policy";
    let known = &["Always", "Never", "OnFailure"];
    let rules = go::list(&container.restart_policy_rules);
    let at = path.field("restartPolicy");
    match container.restart_policy.as_deref() {
        None if !rules.is_empty() => {
            errors.required(CODE, &at, "must specify restartPolicy when restart rules are used");
        }
        None => {}
        Some(policy) if known.contains(&policy) => {}
        Some(other) => errors.not_supported(CODE, &at, other, known),
    }
    if container.restart_policy.is_some() || !is_init {
        restart_rules(rules, &path.field("restartPolicyRules"), errors);
    }
}

/// `container/restart-rules`: at most 20 rules, each with a known action and a test of at most 255 exit codes.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{restartPolicy: Never, restartPolicyRules: [{action: Restart, exitCodes: {operator: Is, values: [1]}}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{restartPolicy: Never, restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, values: [1]}}]}]}
/// ```
fn restart_rules(rules: &[ContainerRestartRule], path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "container/restart-rules";
    if rules.len() > 20 {
        errors.too_many(CODE, path, rules.len(), 20);
    }
    for (i, rule) in rules.iter().enumerate() {
        let at = path.index(i);
        if !matches!(rule.action.as_str(), "Restart" | "RestartAllContainers") {
            errors.not_supported(CODE, &at.field("action"), &rule.action, &["Restart", "RestartAllContainers"]);
        }
        let exit_codes = at.field("exitCodes");
        let Some(test) = &rule.exit_codes else {
            errors.required(CODE, &exit_codes, "must be specified");
            continue;
        };
        if !matches!(test.operator.as_str(), "In" | "NotIn") {
            errors.not_supported(CODE, &exit_codes.field("operator"), &test.operator, &["In", "NotIn"]);
        }
        let values = go::list(&test.values);
        if values.len() > 255 {
            errors.too_many(CODE, &exit_codes.field("values"), values.len(), 255);
        }
    }
}
