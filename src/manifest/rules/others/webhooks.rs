//! Rules on webhooks that admit objects (kubernetes: pkg/apis/admissionregistration/validation/validation.go, 1.36).

use super::{json, network_policy, number, one_of};
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::names;

/// `webhook/hook`: a webhook has a full name, its own, says what it changes besides, and answers in time.
///
/// Bad:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: Some, admissionReviewVersions: [v1], clientConfig: {url: "https://example.com"}}]
/// ```
/// Good:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "https://example.com"}}]
/// ```
///
/// A dry run asks the webhook too, so one that changes something elsewhere would do it for an object that is never made.
const CODE: &str = "webhook/hook";

/// Every rule of the webhooks of a configuration.
pub fn validate(webhooks: View<'_>, errors: &mut Errors) {
    let list = Path::ROOT.field("webhooks");
    let known: Vec<&str> = webhooks.items().map(|hook| hook.at("name").str()).collect();
    for (i, hook) in webhooks.items().enumerate() {
        let path = list.index(i);
        one(hook, &path, errors);
        versions(hook.at("admissionReviewVersions"), &path.field("admissionReviewVersions"), errors);
        let name = hook.at("name").str();
        if !name.is_empty() && known.iter().take(i).any(|earlier| *earlier == name) {
            errors.duplicate(CODE, &path.field("name"), name);
        }
    }
}

fn one(hook: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    let (name, at) = (hook.at("name").str(), path.field("name"));
    let faults = names::dns1123_subdomain(name);
    match name {
        "" => errors.required(CODE, &at, ""),
        _ if !faults.is_empty() => errors.invalid(CODE, &at, name, &faults.join(",")),
        _ if name.split('.').count() < 3 => {
            errors.invalid(CODE, &at, name, "should be a domain with at least three segments separated by dots");
        }
        _ => {}
    }
    let rules = path.field("rules");
    for (i, entry) in hook.at("rules").items().enumerate() {
        rule(entry, &rules.index(i), errors);
    }
    one_of(CODE, hook.at("failurePolicy"), &["Fail", "Ignore"], &path.field("failurePolicy"), errors);
    one_of(CODE, hook.at("matchPolicy"), &["Equivalent", "Exact"], &path.field("matchPolicy"), errors);
    let (effects, at) = (hook.at("sideEffects"), path.field("sideEffects"));
    match effects.exists() {
        true => one_of(CODE, effects, &["None", "NoneOnDryRun"], &at, errors),
        false => errors.required(CODE, &at, "must specify one of None, NoneOnDryRun"),
    }
    if let Some(seconds) = number(hook.at("timeoutSeconds")).filter(|seconds| !(1..=30).contains(seconds)) {
        let detail = "the timeout value must be between 1 and 30 seconds";
        errors.invalid(CODE, &path.field("timeoutSeconds"), seconds, detail);
    }
    network_policy::selector(hook.at("namespaceSelector"), &path.field("namespaceSelector"), errors);
    network_policy::selector(hook.at("objectSelector"), &path.field("objectSelector"), errors);
    let policies = ["IfNeeded", "Never"];
    one_of(CODE, hook.at("reinvocationPolicy"), &policies, &path.field("reinvocationPolicy"), errors);
    client(hook.at("clientConfig"), &path.field("clientConfig"), errors);
}

/// `webhook/client`: a webhook is reached by an address or through a Service.
///
/// Bad:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {}}]
/// ```
/// Good:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {service: {name: hook, namespace: default}}}]
/// ```
fn client(config: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "webhook/client";
    let (url, service) = (config.at("url"), config.at("service"));
    if url.exists() == service.exists() {
        return errors.required(CODE, path, "exactly one of url or service is required");
    }
    if url.exists() {
        return address(url.str(), &path.field("url"), errors);
    }
    let at = path.field("service");
    for (field, detail) in [("name", "service name is required"), ("namespace", "service namespace is required")] {
        if service.at(field).str().is_empty() {
            errors.required(CODE, &at.field(field), detail);
        }
    }
    if let Some(port) = number(service.at("port")).filter(|port| !(1..=65_535).contains(port)) {
        let detail = "port is not valid: must be between 1 and 65535, inclusive";
        errors.invalid(CODE, &at.field("port"), port, detail);
    }
}

/// `webhook/url`: the address of a webhook is one of HTTPS, and names nothing but a host and a path
/// (apiserver: pkg/util/webhook/validation.go ValidateWebhookURL).
///
/// Bad:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "http://example.com"}}]
/// ```
/// Good:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "https://example.com"}}]
/// ```
///
/// The server sends it whole objects, Secrets among them.
fn address(url: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "webhook/url";
    // What Go's reader of addresses says of odd ones is not known here.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=".contains(&b);
    if !url.bytes().all(plain) {
        return;
    }
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, rest)) if scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && !scheme.contains('/') => {
            (scheme.to_ascii_lowercase(), rest)
        }
        _ => (String::new(), rest),
    };
    let authority = rest.strip_prefix("//").map_or("", |rest| rest.split('/').next().unwrap_or_default());
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let form = "; desired format: https://host[/path]";
    if scheme != "https" {
        errors.invalid(CODE, path, &scheme, &["'https' is the only allowed URL scheme", form].concat());
    }
    if host.is_empty() {
        errors.invalid(CODE, path, host, &["host must be provided", form].concat());
    }
    for (part, detail) in [
        (user, "user information is not permitted in the URL"),
        (fragment, "fragments are not permitted in the URL"),
        (query, "query parameters are not permitted in the URL"),
    ] {
        if !part.is_empty() {
            errors.invalid(CODE, path, part, detail);
        }
    }
}

/// `webhook/rule`: a rule names operations, groups, versions and resources; `*` stands alone.
///
/// Bad:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "https://example.com"}, rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1]}]}]
/// ```
/// Good:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "https://example.com"}, rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]}]
/// ```
fn rule(rule: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "webhook/rule";
    let lists = [
        ("operations", "if '*' is present, must not specify other operations"),
        ("apiGroups", "if '*' is present, must not specify other API groups"),
        ("apiVersions", "if '*' is present, must not specify other API versions"),
        ("resources", ""),
    ];
    for (field, alone) in lists {
        let (list, at) = (rule.at(field), path.field(field));
        if list.items().len() == 0 {
            errors.required(CODE, &at, "");
        }
        if !alone.is_empty() && list.items().len() > 1 && list.items().any(|item| item.str() == "*") {
            errors.invalid(CODE, &at, Shown::Json(&json(list)), alone);
        }
        for (i, item) in list.items().enumerate() {
            match (field, item.str()) {
                ("operations", _) => {
                    let known = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
                    one_of(CODE, item, &known, &at.index(i), errors);
                }
                ("apiVersions" | "resources", "") => errors.required(CODE, &at.index(i), ""),
                _ => {}
            }
        }
    }
    let resources = rule.at("resources");
    if resources.items().len() > 1 && resources.items().any(|item| item.str() == "*/*") {
        let detail = "if '*/*' is present, must not specify other resources";
        errors.invalid(CODE, &path.field("resources"), Shown::Json(&json(resources)), detail);
    }
    let scopes = ["*", "Cluster", "Namespaced"];
    one_of(CODE, rule.at("scope"), &scopes, &path.field("scope"), errors);
}

/// `webhook/versions`: a webhook says which versions of the question it understands, among them one that is asked.
///
/// Bad:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v2], clientConfig: {url: "https://example.com"}}]
/// ```
/// Good:
/// ```yaml
/// kind: ValidatingWebhookConfiguration
/// webhooks: [{name: check.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {url: "https://example.com"}}]
/// ```
fn versions(versions: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "webhook/versions";
    let known: Vec<&str> = versions.items().map(View::str).collect();
    if known.is_empty() {
        return errors.required(CODE, path, "must specify one of v1, v1beta1");
    }
    for (i, version) in known.iter().enumerate() {
        match known.iter().take(i).any(|earlier| earlier == version) {
            true => errors.invalid(CODE, &path.index(i), *version, "duplicate version"),
            false => errors.invalid_each(CODE, &path.index(i), version, names::dns1035_label(version)),
        }
    }
    if !known.iter().any(|version| matches!(*version, "v1" | "v1beta1")) {
        let value = json(versions);
        errors.invalid(CODE, path, Shown::Json(&value), "must include at least one of v1, v1beta1");
    }
}
