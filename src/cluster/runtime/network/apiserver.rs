//! What the API server says to a program in a Pod: who it is, and that it may look at nothing but what everybody may
//! (kubernetes: apiserver/pkg/endpoints/handlers/responsewriters/errors.go Forbidden; RBAC's roles
//! system:public-info-viewer and system:discovery). No role is bound to anybody here.

use serde_json::Value;

use super::{Ask, Asker};
use crate::cluster::api_server::VERSION;
use crate::cluster::runtime::program::Reply;

/// The token of every Pod's service account (`runtime::volumes`).
pub(in super::super) const TOKEN: &str = "simulated-token";

/// The answer to a request.
pub(super) fn answer(ask: &Ask, asker: &Asker) -> Reply {
    let user = match (ask.header("authorization").and_then(|it| it.strip_prefix("Bearer ")), &asker.pod) {
        (None, _) => "system:anonymous".to_owned(),
        (Some(TOKEN), Some(pod)) => {
            let account = pod.spec.service_account_name.as_deref().unwrap_or("default");
            format!("system:serviceaccount:{}:{account}", pod.namespace())
        }
        _ => return status("Unauthorized", "Unauthorized", None, 401),
    };
    let known = user != "system:anonymous";
    let (path, query) = ask.path.split_once('?').unwrap_or((&ask.path, ""));
    match path.trim_end_matches('/') {
        "/healthz" | "/livez" | "/readyz" => return said(200, "ok".to_owned()),
        "/version" => {
            let minor = VERSION.split('.').nth(1).unwrap_or_default();
            let fields = [("major", "1"), ("minor", minor), ("gitVersion", VERSION), ("platform", "linux/amd64")];
            return said(200, object(&fields, ""));
        }
        "/api" if known => {
            let text = "{\n  \"kind\": \"APIVersions\",\n  \"versions\": [\n    \"v1\"\n  ],\n  \
                        \"serverAddressByClientCIDRs\": [\n    {\n      \"clientCIDR\": \"0.0.0.0/0\",\n      \
                        \"serverAddress\": \"172.18.0.2:6443\"\n    }\n  ]\n}";
            return said(200, text.to_owned());
        }
        _ => {}
    }
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let group = match (parts.next(), parts.next(), parts.next()) {
        (Some("api"), Some(_), Some(first)) => Some(("", first)),
        (Some("apis"), Some(group), Some(_)) => parts.next().map(|first| (group, first)),
        _ => None,
    };
    let Some((group, first)) = group else {
        // What there is to discover is not told here; who may not ask is.
        if known && (path.starts_with("/api") || path.starts_with("/openapi")) {
            return said(404, "404 page not found\n".to_owned());
        }
        let verb = ask.method.to_ascii_lowercase();
        let text = format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\"");
        return status("Forbidden", &text, Some(&[]), 403);
    };
    let rest: Vec<&str> = parts.collect();
    let (namespace, resource, name, sub) = match (first, &rest[..]) {
        ("namespaces", [namespace, resource, rest @ ..]) => {
            (Some(*namespace), *resource, rest.first().copied(), rest.get(1).copied())
        }
        (resource, rest) => (None, resource, rest.first().copied(), rest.get(1).copied()),
    };
    let verb = match (&*ask.method, name) {
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", None) => "deletecollection",
        ("DELETE", _) => "delete",
        (_, Some(_)) => "get",
        _ if query.split('&').any(|part| matches!(part, "watch=true" | "watch=1")) => "watch",
        _ => "list",
    };
    let whole = if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") };
    let named = name.map_or(String::new(), |name| format!(" \"{name}\""));
    let part = sub.map_or(String::new(), |sub| format!("/{sub}"));
    let place = match namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    let text = format!(
        "{whole}{named} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}{part}\" in API group \"{group}\" \
         {place}"
    );
    let details = [("name", name.unwrap_or_default()), ("group", group), ("kind", resource)];
    let details: Vec<_> = details.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    status("Forbidden", &text, Some(&details), 403)
}

fn said(status: u16, text: String) -> Reply {
    Reply::Http { status, server: "".into(), body: text.into_bytes().into() }
}

/// Texts by name, as Go indents them.
fn object(fields: &[(&str, &str)], indent: &str) -> String {
    let lines: Vec<String> =
        fields.iter().map(|(name, value)| format!("{indent}  \"{name}\": {}", Value::from(*value))).collect();
    if lines.is_empty() { "{}".to_owned() } else { format!("{{\n{}\n{indent}}}", lines.join(",\n")) }
}

/// A refusal.
fn status(reason: &str, message: &str, details: Option<&[(&str, &str)]>, code: u16) -> Reply {
    let details = details.map_or(String::new(), |fields| format!("  \"details\": {},\n", object(fields, "  ")));
    let text = format!(
        "{{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {{}},\n  \"status\": \"Failure\",\n  \
         \"message\": {},\n  \"reason\": \"{reason}\",\n{details}  \"code\": {code}\n}}",
        Value::from(message)
    );
    said(code, text)
}
