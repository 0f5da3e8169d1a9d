//! Warnings on Pods and Pod templates (kubernetes: pkg/api/pod/warnings.go, 1.36).

use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{pod_ports, pod_scheduling, pod_volumes};
use crate::api::admission::app_armor::{APP_ARMOR, from_annotation};
use crate::api::quantity;
use crate::api::{Path, Pod};
use crate::manifest::rules::errors::{Errors, push_go_quoted};
use crate::manifest::rules::pod::{each_container, profiles};
use crate::manifest::rules::{go, metadata, names};

/// What the server says while it prepares a Pod, whether or not the Pod is then refused.
pub fn early(pod: &Pod, errors: &mut Errors) {
    let meta = Path::ROOT.field("metadata");
    let annotations = meta.field("annotations");
    if pod.spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return;
    }
    each_container(&pod.spec, &Path::ROOT.field("spec"), &mut |container, _| {
        app_armor_annotation(container, &pod.spec, &pod.metadata, false, &annotations, errors);
    });
}

/// The further warnings of a Pod.
pub fn warnings(pod: &Pod, errors: &mut Errors) {
    hostname(&metadata::effective_name(&pod.metadata), errors);
    common(&pod.spec, &pod.metadata, false, &Path::ROOT, errors);
}

/// Every warning of a Pod template; `path` is the place of the template (`spec.template`).
pub fn template_warnings(template: &PodTemplateSpec, path: &Path<'_>, errors: &mut Errors) {
    let empty = ObjectMeta::default();
    let meta = template.metadata.as_ref().unwrap_or(&empty);
    if let Some(spec) = &template.spec {
        common(spec, meta, true, path, errors);
    }
}

fn common(spec: &PodSpec, meta: &ObjectMeta, is_template: bool, path: &Path<'_>, errors: &mut Errors) {
    let spec_path = path.field("spec");
    let meta_path = path.field("metadata");
    let annotations = meta_path.field("annotations");
    pod_scheduling::labels(spec, &spec_path, errors);
    dead_annotations(meta, &annotations, errors);
    pod_volumes::dead_types(spec, &spec_path.field("volumes"), errors);
    pod_volumes::overlaps(spec, &spec_path.field("volumes"), errors);
    duplicate_aliases(spec, &spec_path.field("hostAliases"), errors);
    pull_secrets(spec, &spec_path.field("imagePullSecrets"), errors);
    let overhead = spec_path.field("overhead");
    for resource in ["memory", "ephemeral-storage"] {
        fraction(spec.overhead.as_ref(), resource, &overhead, errors);
    }
    let profile = spec.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref());
    if profile.is_none() {
        seccomp_annotation(profiles::SECCOMP_POD, meta, &annotations, errors);
    }
    each_container(spec, &spec_path, &mut |container, at| {
        let own = container.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref());
        if own.is_none() {
            let key = [profiles::SECCOMP_CONTAINER, &container.name].concat();
            seccomp_annotation(&key, meta, &annotations, errors);
        }
        if is_template {
            app_armor_annotation(container, spec, meta, true, &annotations, errors);
        }
        container_fractions(container, &at.field("resources"), errors);
        hidden_variables(container, &at.field("env"), errors);
    });
    pod_ports::definitions(spec, &spec_path, errors);
    pod_ports::names(spec, &spec_path, errors);
    negative_grace(spec, &spec_path, errors);
    pod_scheduling::empty_selectors(spec, &spec_path.field("affinity"), errors);
    addresses(spec, &spec_path, errors);
}

/// `pod/name-in-hostname`: a Pod name with dots, or a long one, makes an odd hostname.
///
/// Bad:
/// ```yaml
/// metadata: {name: web.example}
/// ```
/// Good:
/// ```yaml
/// metadata: {name: web-example}
/// ```
fn hostname(name: &str, errors: &mut Errors) {
    let faults = names::dns1123_label(name);
    if faults.is_empty() {
        return;
    }
    let text = [
        "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [",
        &faults.join(" "),
        "]",
    ]
    .concat();
    errors.warning("pod/name-in-hostname", &Path::ROOT.field("metadata").field("name"), &text, true);
}

/// `pod/dead-annotation`: annotations that fields have replaced.
///
/// Bad:
/// ```yaml
/// metadata: {annotations: {scheduler.alpha.kubernetes.io/critical-pod: ""}}
/// ```
/// Good:
/// ```yaml
/// spec: {priorityClassName: system-cluster-critical}
/// ```
fn dead_annotations(meta: &ObjectMeta, path: &Path<'_>, errors: &mut Errors) {
    const SYSCTLS: &str = "non-functional in v1.11+; use the \"sysctls\" field instead";
    let dead = [
        (
            "scheduler.alpha.kubernetes.io/critical-pod",
            "non-functional in v1.16+; use the \"priorityClassName\" field instead",
        ),
        ("security.alpha.kubernetes.io/sysctls", SYSCTLS),
        ("security.alpha.kubernetes.io/unsafe-sysctls", SYSCTLS),
    ];
    for (key, text) in dead {
        if has_annotation(meta, key) {
            errors.warning("pod/dead-annotation", &path.key(key), text, true);
        }
    }
}

fn has_annotation(meta: &ObjectMeta, key: &str) -> bool {
    meta.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(key))
}

/// The seccomp annotations do nothing any more (`pod/dead-annotation`).
fn seccomp_annotation(key: &str, meta: &ObjectMeta, path: &Path<'_>, errors: &mut Errors) {
    if has_annotation(meta, key) {
        let text = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
        errors.warning("pod/dead-annotation", &path.key(key), text, true);
    }
}

/// `pod/old-annotation`: the AppArmor annotation still works; the field is the way to write it.
///
/// Bad:
/// ```yaml
/// metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/a: runtime/default}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {appArmorProfile: {type: RuntimeDefault}}}
/// ```
fn app_armor_annotation(
    container: &Container,
    spec: &PodSpec,
    meta: &ObjectMeta,
    is_template: bool,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let of_pod = spec.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
    let own = container.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
    let key = [APP_ARMOR, &container.name].concat();
    let annotation = meta.annotations.as_ref().and_then(|annotations| annotations.get(&key));
    let Some(annotation) = annotation.filter(|_| own.is_none()) else { return };
    // In a Pod it becomes the field: told where it can not, and where it is another than that of the Pod.
    let told = match is_template {
        true => of_pod.is_none(),
        false => from_annotation(annotation).is_none_or(|profile| Some(&profile) != of_pod),
    };
    if told {
        let text = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
        errors.warning("pod/old-annotation", &path.key(&key), text, true);
    }
}

/// `pod/duplicate-alias`: one address stands in two entries of `hostAliases`.
///
/// Bad:
/// ```yaml
/// spec: {hostAliases: [{ip: 1.2.3.4, hostnames: [a]}, {ip: 1.2.3.4, hostnames: [b]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {hostAliases: [{ip: 1.2.3.4, hostnames: [a, b]}]}
/// ```
fn duplicate_aliases(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let aliases = go::list(&spec.host_aliases);
    for (i, alias) in aliases.iter().enumerate() {
        let Some(first) = aliases.iter().take(i).position(|earlier| earlier.ip == alias.ip) else { continue };
        let mut text = String::from("duplicate ip ");
        push_go_quoted(&mut text, &alias.ip);
        errors.warning("pod/duplicate-alias", &path.index(i).field("ip"), &text, true);
        errors.related(&path.index(first).field("ip"));
    }
}

/// `pod/pull-secret`: an image pull secret stands twice in the list or has no name.
///
/// Bad:
/// ```yaml
/// spec: {imagePullSecrets: [{name: ""}]}
/// ```
/// Good:
/// ```yaml
/// spec: {imagePullSecrets: [{name: registry}]}
/// ```
fn pull_secrets(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "pod/pull-secret";
    let secrets = go::list(&spec.image_pull_secrets);
    for (i, secret) in secrets.iter().enumerate() {
        let Some(first) = secrets.iter().take(i).position(|earlier| earlier.name == secret.name) else { continue };
        let mut text = String::from("duplicate name ");
        push_go_quoted(&mut text, &secret.name);
        errors.warning(CODE, &path.index(i).field("name"), &text, true);
        errors.related(&path.index(first).field("name"));
    }
    for (i, _) in secrets.iter().enumerate().filter(|(_, secret)| secret.name.is_empty()) {
        errors.warning(CODE, &path.index(i).field("name"), "invalid empty name \"\"", true);
    }
}

/// `resources/fraction`: an amount of bytes is not a whole number; `100m` of memory is a tenth of a byte, not 100 MB.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{resources: {limits: {memory: 100m}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{resources: {limits: {memory: 100M}}}]}
/// ```
///
/// At run time the container is killed as soon as it starts, or does not start at all.
pub fn fraction(
    list: Option<&collections::Map<String, k8s_openapi::apimachinery::pkg::api::resource::Quantity>>,
    resource: &str,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let Some(field) = list.and_then(|list| list.get(resource)) else { return };
    if !quantity::of(field).round_up_to_milli().is_integer() {
        let amount = quantity::printed(&field.0);
        let text = ["fractional byte value \"", &amount, "\" is invalid, must be an integer"].concat();
        errors.warning("resources/fraction", &path.key(resource), &text, true);
    }
}

fn container_fractions(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    let Some(resources) = &container.resources else { return };
    for resource in ["memory", "ephemeral-storage"] {
        fraction(resources.limits.as_ref(), resource, &path.field("limits"), errors);
        fraction(resources.requests.as_ref(), resource, &path.field("requests"), errors);
    }
}

/// `env/hidden`: a variable is set twice and the second does not build on the first.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{env: [{name: A, value: x}, {name: A, value: y}]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{env: [{name: A, value: x}, {name: A, value: "$(A):y"}]}]}
/// ```
fn hidden_variables(container: &Container, path: &Path<'_>, errors: &mut Errors) {
    let vars = go::list(&container.env);
    for (i, var) in vars.iter().enumerate() {
        let Some(first) = vars.iter().take(i).position(|earlier| earlier.name == var.name) else { continue };
        let reference = ["$(", &var.name, ")"].concat();
        let value = go::text(&var.value);
        if var.value_from.is_none() && value != reference && value.contains(&reference) {
            continue;
        }
        let mut text = String::from("hides previous definition of ");
        push_go_quoted(&mut text, &var.name);
        text.push_str(", which may be dropped when using apply");
        errors.warning("env/hidden", &path.index(i), &text, true);
        errors.related(&path.index(first));
    }
}

/// `pod/negative-grace`: a negative termination grace period counts as one second (told for templates; a Pod's own is
/// changed before anyone looks).
///
/// Good:
/// ```yaml
/// spec: {terminationGracePeriodSeconds: 0}
/// ```
fn negative_grace(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        let text = "must be >= 0; negative values are invalid and will be treated as 1";
        errors.warning("pod/negative-grace", &path.field("terminationGracePeriodSeconds"), text, true);
    }
}

/// `dns/address-form`: an IPv6 address is not written in its shortest form.
///
/// Bad:
/// ```yaml
/// spec: {hostAliases: [{ip: "2001:DB8::1", hostnames: [a]}]}
/// ```
/// Good:
/// ```yaml
/// spec: {hostAliases: [{ip: "2001:db8::1", hostnames: [a]}]}
/// ```
fn addresses(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let config = path.field("dnsConfig");
    let servers = config.field("nameservers");
    let list = spec.dns_config.as_ref().map_or(&[][..], |config| go::list(&config.nameservers));
    for (i, server) in list.iter().enumerate() {
        address_form(server, &servers.index(i), errors);
    }
    let aliases = path.field("hostAliases");
    for (i, alias) in go::list(&spec.host_aliases).iter().enumerate() {
        address_form(&alias.ip, &aliases.index(i).field("ip"), errors);
    }
}

/// Warns of an IPv6 address in another than the canonical form (apimachinery: util/validation/ip.go GetWarningsForIP).
pub fn address_form(text: &str, path: &Path<'_>, errors: &mut Errors) {
    let Some(names::Ip::V6(address)) = names::parse_ip(text) else { return };
    let canonical = address.to_string();
    if canonical != text {
        let mut warning = String::from("IPv6 address ");
        push_go_quoted(&mut warning, text);
        warning.push_str(" should be in RFC 5952 canonical format (");
        push_go_quoted(&mut warning, &canonical);
        warning.push(')');
        errors.warning("dns/address-form", path, &warning, true);
    }
}
