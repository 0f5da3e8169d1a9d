//! Rules on what probes and lifecycle hooks do: run a command, call a port, sleep.

use k8s_openapi::api::core::v1::{
    ExecAction, GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, SleepAction, TCPSocketAction,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::api::Path;
use crate::manifest::rules::errors::{Errors, push_int};
use crate::manifest::rules::{go, names};

/// What a probe or a hook may do; exactly one of them is set.
#[derive(Debug)]
pub struct Handler<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_socket: Option<&'a TCPSocketAction>,
    grpc: Option<&'a GRPCAction>,
    sleep: Option<&'a SleepAction>,
}

impl<'a> Handler<'a> {
    /// The handler of a probe.
    pub fn of_probe(probe: &'a Probe) -> Self {
        Self {
            exec: probe.exec.as_ref(),
            http_get: probe.http_get.as_ref(),
            tcp_socket: probe.tcp_socket.as_ref(),
            grpc: probe.grpc.as_ref(),
            sleep: None,
        }
    }

    fn of_hook(hook: &'a LifecycleHandler) -> Self {
        Self {
            exec: hook.exec.as_ref(),
            http_get: hook.http_get.as_ref(),
            tcp_socket: hook.tcp_socket.as_ref(),
            grpc: None,
            sleep: hook.sleep.as_ref(),
        }
    }
}

/// Both hooks of a container.
pub fn lifecycle(lifecycle: &Lifecycle, grace: Option<i64>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(hook) = &lifecycle.post_start {
        validate(&Handler::of_hook(hook), grace, &path.field("postStart"), errors);
    }
    if let Some(hook) = &lifecycle.pre_stop {
        validate(&Handler::of_hook(hook), grace, &path.field("preStop"), errors);
    }
}

/// `handler/one`: a probe or hook does exactly one thing.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 80}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{livenessProbe: {tcpSocket: {port: 80}}}]}
/// ```
pub fn validate(handler: &Handler<'_>, grace: Option<i64>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "handler/one";
    let mut seen = false;
    let mut first = |field: &'static str, errors: &mut Errors| {
        if seen {
            errors.forbidden(CODE, &path.field(field), "may not specify more than 1 handler type");
        }
        !std::mem::replace(&mut seen, true)
    };
    if let Some(action) = handler.exec
        && first("exec", errors)
    {
        exec(action, &path.field("exec"), errors);
    }
    if let Some(action) = handler.http_get
        && first("httpGet", errors)
    {
        http_get(action, &path.field("httpGet"), errors);
    }
    if let Some(action) = handler.tcp_socket
        && first("tcpSocket", errors)
    {
        port(&action.port, &path.field("tcpSocket").field("port"), errors);
    }
    if let Some(action) = handler.grpc
        && first("grpc", errors)
    {
        port(&IntOrString::Int(action.port), &path.field("grpc").field("port"), errors);
    }
    if let Some(action) = handler.sleep
        && first("sleep", errors)
    {
        sleep(action, grace, &path.field("sleep"), errors);
    }
    if !seen {
        errors.required(CODE, path, "must specify a handler type");
    }
}

/// `handler/exec`: `exec` has a command.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{livenessProbe: {exec: {command: []}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{livenessProbe: {exec: {command: [cat, /tmp/healthy]}}}]}
/// ```
///
/// The command runs without a shell: `["sh", "-c", "…"]` where `&&` or `$X` is meant.
fn exec(action: &ExecAction, path: &Path<'_>, errors: &mut Errors) {
    if go::list(&action.command).is_empty() {
        errors.required("handler/exec", &path.field("command"), "");
    }
}

/// `handler/http-get`: `httpGet` has a path, a port, a scheme in capitals and good header names.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{livenessProbe: {httpGet: {port: 80, scheme: http}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{livenessProbe: {httpGet: {port: 80, path: /healthz}}}]}
/// ```
fn http_get(action: &HTTPGetAction, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "handler/http-get";
    if go::text(&action.path).is_empty() {
        errors.required(CODE, &path.field("path"), "");
    }
    port(&action.port, &path.field("port"), errors);
    let scheme = go::text(&action.scheme);
    if !matches!(scheme, "HTTP" | "HTTPS") {
        errors.not_supported(CODE, &path.field("scheme"), scheme, &["HTTP", "HTTPS"]);
    }
    for header in go::list(&action.http_headers) {
        errors.invalid_each(CODE, &path.field("httpHeaders"), &header.name, names::http_header(&header.name));
    }
}

/// `handler/port`: the port is a number from 1 to 65535 or the name of a container port.
///
/// A number in quotes is a name, and a name needs a letter.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{livenessProbe: {tcpSocket: {port: "8080"}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{livenessProbe: {tcpSocket: {port: 8080}}}]}
/// ```
///
/// A name that no port of the container has is accepted; the probe then fails at run time.
pub fn port(port: &IntOrString, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "handler/port";
    match port {
        IntOrString::Int(number) => {
            for fault in names::port_number(i64::from(*number)) {
                errors.invalid(CODE, path, *number, fault);
            }
        }
        IntOrString::String(name) => errors.invalid_each(CODE, path, name, names::port_name(name)),
    }
}

/// `handler/sleep`: a hook sleeps no longer than the Pod's grace period, for it is killed then.
///
/// Bad:
/// ```yaml
/// spec: {terminationGracePeriodSeconds: 30, containers: [{lifecycle: {preStop: {sleep: {seconds: 60}}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {terminationGracePeriodSeconds: 90, containers: [{lifecycle: {preStop: {sleep: {seconds: 60}}}}]}
/// ```
fn sleep(action: &SleepAction, grace: Option<i64>, path: &Path<'_>, errors: &mut Errors) {
    let Some(grace) = grace else { return };
    if !(0..=grace).contains(&action.seconds) {
        let mut detail = String::from("must be non-negative and less than terminationGracePeriodSeconds (");
        push_int(&mut detail, grace);
        detail.push(')');
        errors.invalid("handler/sleep", path, action.seconds, &detail);
    }
}
