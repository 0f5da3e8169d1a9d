//! Rules on Ingresses and their classes (kubernetes: pkg/apis/networking/validation/validation.go, 1.36).

use super::{json, one_of_texts, required};
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{hpa, job, names};

const CLASS: &str = "kubernetes.io/ingress.class";

/// `ingress/rules`: an Ingress says where requests go, by rules or by one backend for all.
///
/// Bad:
/// ```yaml
/// kind: Ingress
/// spec: {ingressClassName: nginx}
/// ```
/// Good:
/// ```yaml
/// kind: Ingress
/// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
/// ```
const RULES: &str = "ingress/rules";

/// Every rule of an Ingress but those of its metadata.
pub fn ingress(object: View<'_>, errors: &mut Errors) {
    let spec = object.at("spec");
    let path = Path::ROOT.field("spec");
    let (rules, backend_of_all) = (spec.at("rules"), spec.at("defaultBackend"));
    if rules.items().len() == 0 && !backend_of_all.exists() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.invalid(RULES, &path, Shown::Json(&json(rules)), detail);
    }
    if backend_of_all.exists() {
        backend(backend_of_all, &path.field("defaultBackend"), errors);
    }
    let at = path.field("rules");
    for (i, rule) in rules.items().enumerate() {
        let at = at.index(i);
        host(rule.at("host").str(), &at.field("host"), errors);
        let http = rule.at("http");
        if http.exists() {
            let at = at.field("http");
            let at = at.field("paths");
            if http.at("paths").items().len() == 0 {
                errors.required("ingress/path", &at, "");
            }
            for (j, path) in http.at("paths").items().enumerate() {
                http_path(path, &at.index(j), errors);
            }
        }
    }
    tls(spec.at("tls"), &path.field("tls"), errors);
    class_name(object, &path, errors);
}

/// `ingress/host`: a host is a DNS name, and its first part alone may be `*`.
///
/// Bad:
/// ```yaml
/// kind: Ingress
/// spec: {rules: [{host: "www.*.example.com"}]}
/// ```
/// Good:
/// ```yaml
/// kind: Ingress
/// spec: {rules: [{host: "*.example.com"}]}
/// ```
const HOST: &str = "ingress/host";

fn host(host: &str, path: &Path<'_>, errors: &mut Errors) {
    if host.is_empty() {
        return;
    }
    if names::parse_ip(host).is_some() {
        errors.invalid(HOST, path, host, "must be a DNS name, not an IP address");
    }
    dns_name(host, path, errors);
}

fn dns_name(host: &str, path: &Path<'_>, errors: &mut Errors) {
    match host.contains('*') {
        true => errors.invalid_each(HOST, path, host, names::wildcard_subdomain(host)),
        false => errors.invalid_each(HOST, path, host, names::dns1123_subdomain(host)),
    }
}

/// `ingress/tls`: the hosts of a certificate are DNS names, and its Secret has the name of one.
///
/// Bad:
/// ```yaml
/// kind: Ingress
/// spec: {tls: [{hosts: [example.com], secretName: My_Cert}]}
/// ```
/// Good:
/// ```yaml
/// kind: Ingress
/// spec: {tls: [{hosts: [example.com], secretName: my-cert}]}
/// ```
fn tls(tls: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    for (i, entry) in tls.items().enumerate() {
        let at = path.index(i);
        let hosts = at.field("hosts");
        for (j, host) in entry.at("hosts").items().enumerate() {
            dns_name(host.str(), &hosts.index(j), errors);
        }
        let name = entry.at("secretName").str();
        if !name.is_empty() {
            errors.invalid_each("ingress/tls", &at.field("secretName"), name, names::dns1123_subdomain(name));
        }
    }
}

/// `ingress/path`: a path has a type, begins with `/`, and leads nowhere by detours.
///
/// Bad:
/// ```yaml
/// kind: Ingress
/// spec: {rules: [{http: {paths: [{path: shop, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
/// ```
/// Good:
/// ```yaml
/// kind: Ingress
/// spec: {rules: [{http: {paths: [{path: /shop, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
/// ```
///
/// Controllers read `Prefix` and `Exact` alike; what `ImplementationSpecific` means is up to each of them.
fn http_path(entry: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "ingress/path";
    let (kind, text) = (entry.at("pathType"), entry.at("path").str());
    if !kind.exists() {
        return errors.required(CODE, &path.field("pathType"), "pathType must be specified");
    }
    let at = path.field("path");
    let absolute = text.starts_with('/');
    match kind.str() {
        "Exact" | "Prefix" => {
            if !absolute {
                errors.invalid(CODE, &at, text, "must be an absolute path");
            }
            for sequence in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.contains(sequence) {
                    errors.invalid(CODE, &at, text, &["must not contain '", sequence, "'"].concat());
                }
            }
            for end in ["/..", "/."] {
                if text.ends_with(end) {
                    errors.invalid(CODE, &at, text, &["cannot end with '", end, "'"].concat());
                }
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !absolute {
                errors.invalid(CODE, &at, text, "must be an absolute path");
            }
        }
        other => {
            errors.not_supported(CODE, &path.field("pathType"), other, &["Exact", "ImplementationSpecific", "Prefix"]);
        }
    }
    backend(entry.at("backend"), &path.field("backend"), errors);
}

/// `ingress/backend`: requests go to a Service and one of its ports, or to a resource of another kind.
///
/// Bad:
/// ```yaml
/// kind: Ingress
/// spec: {defaultBackend: {service: {name: web}}}
/// ```
/// Good:
/// ```yaml
/// kind: Ingress
/// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
/// ```
fn backend(backend: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "ingress/backend";
    let (resource, service) = (backend.at("resource"), backend.at("service"));
    match (resource.exists(), service.exists()) {
        (true, true) => errors.invalid(CODE, path, "", "cannot set both resource and service backends"),
        (false, false) => errors.invalid(CODE, path, "", "resource or service backend is required"),
        (true, false) => reference(CODE, resource, &path.field("resource"), errors),
        (false, true) => {
            let at = path.field("service");
            let name = service.at("name");
            if required(CODE, name, &at.field("name"), errors) {
                errors.invalid_each(CODE, &at.field("name"), name.str(), names::dns1123_label(name.str()));
            }
            let (port, number) = (service.at("port.name").str(), service.at("port.number").int());
            let at = at.field("port");
            match (port, number) {
                ("", 0) => errors.required(CODE, path, "port name or number is required"),
                ("", number) => {
                    for fault in names::port_number(number) {
                        errors.invalid(CODE, &at.field("number"), number, fault);
                    }
                }
                (name, 0) => errors.invalid_each(CODE, &at.field("name"), name, names::port_name(name)),
                _ => errors.invalid(CODE, path, "", "cannot set both port name & port number"),
            }
        }
    }
}

fn reference(code: &'static str, reference: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    let group = reference.at("apiGroup");
    if group.exists() {
        errors.invalid_each(code, &path.field("apiGroup"), group.str(), names::dns1123_subdomain(group.str()));
    }
    for field in ["kind", "name"] {
        let (value, at) = (reference.at(field), path.field(field));
        if required(code, value, &at, errors) {
            hpa::path_segment(code, value.str(), &at, errors);
        }
    }
}

/// `ingress/class`: the class is named like an object, and the old annotation does not contradict the field.
///
/// Bad:
/// ```yaml
/// kind: Ingress
/// spec: {ingressClassName: My_Class}
/// ```
/// Good:
/// ```yaml
/// kind: Ingress
/// spec: {ingressClassName: nginx}
/// ```
const OF_CLASS: &str = "ingress/class";

fn class_name(object: View<'_>, spec: &Path<'_>, errors: &mut Errors) {
    let class = object.at("spec.ingressClassName");
    if !class.exists() {
        return;
    }
    let at = spec.field("ingressClassName");
    errors.invalid_each(OF_CLASS, &at, class.str(), names::dns1123_subdomain(class.str()));
    let annotation = object.at("metadata.annotations").key(CLASS);
    if annotation.exists() && annotation.str() != class.str() {
        let annotations = Path::ROOT.field("annotations");
        let detail = "must match `ingressClassName` when both are specified";
        errors.invalid(OF_CLASS, &annotations.field(CLASS), annotation.str(), detail);
        errors.related(&at);
    }
}

/// `ingress/controller`: a class names the controller that serves it, with its domain.
///
/// Bad:
/// ```yaml
/// kind: IngressClass
/// spec: {controller: nginx}
/// ```
/// Good:
/// ```yaml
/// kind: IngressClass
/// spec: {controller: k8s.io/ingress-nginx}
/// ```
pub fn class(object: View<'_>, errors: &mut Errors) {
    const CODE: &str = "ingress/controller";
    let spec = Path::ROOT.field("spec");
    let (controller, at) = (object.at("spec.controller"), spec.field("controller"));
    if required(CODE, controller, &at, errors) {
        let name = controller.str();
        if name.len() > 250 {
            errors.too_long(CODE, &at, 250);
        }
        job::domain_prefixed_path(CODE, name, &at, errors);
    }
    let parameters = object.at("spec.parameters");
    if !parameters.exists() {
        return;
    }
    let at = spec.field("parameters");
    reference(CODE, parameters, &at, errors);
    let (scope, namespace) = (parameters.at("scope"), parameters.at("namespace"));
    let at_namespace = at.field("namespace");
    match scope.or("Cluster").as_str() {
        "Namespace" if !namespace.exists() => {
            errors.required(CODE, &at_namespace, "`parameters.scope` is set to 'Namespace'");
        }
        "Namespace" => {
            errors.invalid_each(CODE, &at_namespace, namespace.str(), names::dns1123_label(namespace.str()));
        }
        "Cluster" if namespace.exists() => {
            errors.forbidden(CODE, &at_namespace, "`parameters.scope` is set to 'Cluster'");
        }
        scope => one_of_texts(CODE, scope, &["Cluster", "Namespace"], &at.field("scope"), errors),
    }
}
