//! One attempt of a probe: how long it takes, what it finds, the event it leaves (kubelet: prober/prober.go,
//! pkg/probe, 1.36).

use std::ops::Deref;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use k8s_openapi::pooled;

use super::Cx;
use super::probes::name;
use super::steady::Ground;
use super::timer::ProbeKey;
use super::worker::Worker;
use crate::cluster::probe_kind::ProbeKind;
use crate::cluster::runtime::network::{Ask, knock};
use crate::cluster::runtime::program::{HttpAnswer, Verdict};
use crate::cluster::world::World;
use crate::cluster::{Happening, Protocol, RuntimeEvent, RuntimeNote};

/// An attempt under way; what it will find is known, unless the container ends first.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// How long it takes.
    pub takes: Duration,
    /// How many successes, or failures, in a row make a result.
    pub thresholds: (i32, i32),
    /// What it depended on, where the next one will go as it did if that is the same.
    pub ground: Option<Ground>,
    instance: u64,
    exec: bool,
    finding: Finding,
}

impl Attempt {
    /// Whether it finds what it looks for.
    pub fn passes(&self) -> bool {
        matches!(self.finding, Finding::Passes)
    }

    /// Whether it is a command in the instance of this id.
    pub fn runs_in(&self, instance: u64) -> bool {
        self.exec && self.instance == instance
    }

    /// Which instance of its container is probed, as the kubelet knows it now.
    pub fn number(&self, worker: &Worker) -> u32 {
        worker.cache.instance(self.instance).map(|instance| instance.attempt).unwrap_or_default()
    }
}

/// Whether a status passes a probe (kubelet: pkg/probe/http/http.go).
pub(super) fn passes(status: u16) -> bool {
    (200..400).contains(&status)
}

#[derive(Clone, Debug)]
enum Finding {
    Passes,
    Fails(String),
    /// The attempt itself went wrong: no result.
    Error(String),
}

/// A request over the network of the node takes about this long.
pub(super) const NETWORK: Duration = Duration::from_millis(2);

/// Begins an attempt on the running `instance` of `container`, which over HTTP or TCP asks `ask`. `forced` is a
/// verdict that a person imposed.
pub(super) fn begin(
    worker: &Worker,
    container: &Container,
    (kind, probe, ask): (ProbeKind, &Probe, Option<&Ask>),
    instance: u64,
    forced: Option<bool>,
    cx: &mut Cx,
) -> Attempt {
    let timeout =
        Duration::from_secs(u64::try_from(probe.timeout_seconds.filter(|&s| s > 0).unwrap_or(1)).unwrap_or(1));
    let exec = cx.world.config.latencies.exec;
    let thresholds = (probe.success_threshold.unwrap_or(1), probe.failure_threshold.unwrap_or(3));
    let attempt =
        |takes, finding| Attempt { takes, thresholds, ground: None, instance, exec: probe.exec.is_some(), finding };
    if let Some(passes) = forced {
        let finding = if passes { Finding::Passes } else { Finding::Fails(String::new()) };
        return attempt(exec, finding);
    }
    if let Some(action) = &probe.exec {
        let command = action.command.as_deref().unwrap_or_default();
        let Some(answer) = worker.exec(container, instance, command.into(), false, cx) else {
            return attempt(Duration::ZERO, Finding::Error(exec_error(EXITED)));
        };
        if let Some(missing) = answer.missing(command) {
            return attempt(exec, Finding::Error(exec_error(&missing.text(&worker.uid, cx.world.now))));
        }
        return match answer.after.map(|after| after + exec) {
            Some(takes) if takes <= timeout || (takes - exec) < timeout => match answer.code {
                0 => attempt(takes, Finding::Passes),
                _ => attempt(takes, Finding::Fails(answer.output)),
            },
            _ => {
                let text = format!(
                    "command timed out: \"{}\" timed out after {}",
                    command.join(" "),
                    crate::cluster::go_duration(timeout)
                );
                attempt(timeout, Finding::Fails(text))
            }
        };
    }
    // What a well-known image serves is no TLS, unless its port says so.
    let image = cx.runtime.process(&worker.uid, instance).and_then(|process| process.image());
    let plain = |port: u16| port % 1000 != 443 && image.is_some_and(|image| image.ports().any(|own| own == port));
    let ip = worker.cache.ready_sandbox().map(|sandbox| sandbox.ip.clone()).unwrap_or_default();
    if let Some(action) = &probe.http_get {
        let Some(ask) = ask else { return attempt(Duration::ZERO, Finding::Error(no_port(&action.port))) };
        let (port, path) = (ask.port, &*ask.path);
        let scheme = action.scheme.as_deref().unwrap_or("HTTP");
        let host = if ask.host.is_empty() { &ip } else { &ask.host };
        let url = || url(Some(scheme), host, port, path);
        return match knock(cx.runtime, &cx.node.name, &worker.uid, ask, cx.world) {
            // The recordings' listeners know no TLS either.
            HttpAnswer::Status(_)
                if scheme.eq_ignore_ascii_case("https")
                    && (cx.world.config.sim_variables || ask.host.is_empty() && plain(port)) =>
            {
                let text = format!("Get \"{}\": http: server gave HTTP response to HTTPS client", url());
                attempt(NETWORK, Finding::Fails(text))
            }
            HttpAnswer::Status(code) if passes(code) => attempt(NETWORK, Finding::Passes),
            HttpAnswer::Status(code) => {
                attempt(NETWORK, Finding::Fails(format!("HTTP probe failed with statuscode: {code}")))
            }
            HttpAnswer::Refused => {
                let text = format!("Get \"{}\": dial tcp {host}:{port}: connect: connection refused", url());
                attempt(NETWORK, Finding::Fails(text))
            }
            HttpAnswer::Hangs => {
                let text = format!(
                    "Get \"{}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
                    url()
                );
                attempt(timeout, Finding::Fails(text))
            }
        };
    }
    if let Some(action) = &probe.tcp_socket {
        let Some(ask) = ask else { return attempt(Duration::ZERO, Finding::Error(no_port(&action.port))) };
        return if listens(worker, ask, cx) {
            attempt(NETWORK, Finding::Passes)
        } else {
            let (host, port) = (if ask.host.is_empty() { &ip } else { &ask.host }, ask.port);
            attempt(NETWORK, Finding::Fails(format!("dial tcp {host}:{port}: connect: connection refused")))
        };
    }
    if let Some(action) = &probe.grpc {
        let port = u16::try_from(action.port).unwrap_or(0);
        let seconds = crate::cluster::go_duration(timeout);
        // Who speaks HTTP/1 alone never sends the preface of HTTP/2.
        let old = plain(port) && image.is_some_and(|image| image.serves_pages());
        return if listens(worker, &ask_for(Protocol::Grpc, None, port, "", "Health/Check".to_owned()), cx) && !old {
            let now = cx.world.now;
            let process = cx.runtime.process(&worker.uid, instance);
            match process.map_or(Verdict::Passes, |process| process.probe(kind, now)) {
                Verdict::Passes => attempt(NETWORK, Finding::Passes),
                Verdict::Fails => {
                    attempt(NETWORK, Finding::Fails("service unhealthy (responded with \"NOT_SERVING\")".to_owned()))
                }
                Verdict::Hangs => {
                    attempt(timeout, Finding::Fails(format!("timeout: health rpc did not complete within {seconds}")))
                }
            }
        } else {
            let text = format!(
                "timeout: failed to connect service \"{ip}:{port}\" within {seconds}: context deadline exceeded"
            );
            attempt(timeout, Finding::Fails(text))
        };
    }
    attempt(Duration::ZERO, Finding::Error("missing probe handler".to_owned()))
}

/// Ends an attempt: its event and its verdict; none when it gave no result. A command that runs when its container ends
/// dies with it, of signal 9, and has said nothing (kubelet: pkg/probe/exec; recording deploy-readiness-min, 38.895).
pub(super) fn end(worker: &Worker, key: &ProbeKey, attempt: &Attempt, cx: &mut Cx) -> Option<bool> {
    let killed = attempt.exec && cx.runtime.process(&worker.uid, attempt.instance).is_none();
    let finding = match &attempt.finding {
        Finding::Passes | Finding::Fails(_) if killed => Finding::Fails(String::new()),
        finding => finding.clone(),
    };
    let title = match key.1 {
        ProbeKind::Startup => "Startup",
        ProbeKind::Liveness => "Liveness",
        ProbeKind::Readiness => "Readiness",
    };
    let (verdict, message) = match finding {
        Finding::Passes => (Some(true), String::new()),
        Finding::Fails(output) => (Some(false), format!("{title} probe failed: {output}")),
        Finding::Error(error) => (None, format!("{title} probe errored and resulted in unknown state: {error}")),
    };
    told(&worker.uid, key, attempt.number(worker), verdict == Some(true), &message, cx.world);
    if verdict != Some(true) {
        worker.container_event(cx, &key.0, true, "Unhealthy", message);
    }
    verdict
}

/// Notes what a probe gave.
pub(super) fn told(pod: &Rc<str>, key: &ProbeKey, attempt: u32, ok: bool, message: &str, world: &mut World) {
    let (container, kind) = key;
    let event = RuntimeEvent::Probed { probe: name(*kind), ok, message: pooled(message) };
    let (pod, container) = (pod.clone(), container.clone());
    world.note(Happening::Runtime(RuntimeNote { pod, container, attempt, event }));
}

/// The runtime's words for a command in a container that has ended.
const EXITED: &str = "failed to exec in container: container is in CONTAINER_EXITED state";

/// What the kubelet hears of a command that the runtime could not run.
pub(super) fn exec_error(what: &str) -> String {
    format!("rpc error: code = Unknown desc = {what}")
}

/// The address that the kubelet asks, as its texts write it (kubelet: pkg/probe/http/request.go formatURL).
pub(super) fn url(scheme: Option<&str>, host: &str, port: u16, path: &str) -> String {
    let scheme = scheme.unwrap_or("HTTP").to_ascii_lowercase();
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{scheme}://{host}:{port}{slash}{path}")
}

fn no_port(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(port) => format!("invalid port number: {port}"),
        IntOrString::String(name) => format!("strconv.Atoi: parsing \"{name}\": invalid syntax"),
    }
}

/// The number of a port that may be named.
pub(super) fn port_of(container: &Container, port: &IntOrString) -> Option<u16> {
    match port {
        IntOrString::Int(port) => u16::try_from(*port).ok().filter(|&port| port > 0),
        IntOrString::String(name) => {
            let ports = container.ports.as_deref().unwrap_or_default();
            let named = ports.iter().find(|port| port.name.as_deref() == Some(name));
            let number = named.map(|port| port.container_port).or_else(|| name.parse().ok())?;
            u16::try_from(number).ok()
        }
    }
}

/// A request of the kubelet over `protocol`; without a host it goes to the Pod.
fn ask_for(protocol: Protocol, host: Option<&str>, port: u16, path: &str, label: String) -> Ask {
    Ask {
        host: pooled(host.unwrap_or_default()),
        port,
        protocol,
        label: pooled(&label),
        method: pooled("GET"),
        path: pooled(path),
        agent: "kube-probe/1.36",
        ..Ask::default()
    }
}

/// A GET of the kubelet.
fn get(host: Option<&str>, port: u16, path: &str) -> Ask {
    ask_for(Protocol::Http, host, port, path, format!("GET {path}"))
}

/// What a probe of `container` asks over HTTP or TCP; none where its port has no number, and for other probes.
pub(super) fn ask_of(container: &Container, probe: &Probe) -> Option<Ask> {
    fn set(host: &Option<impl Deref<Target = str>>) -> Option<&str> {
        host.as_deref().filter(|host| !host.is_empty())
    }
    match (&probe.http_get, &probe.tcp_socket) {
        (Some(action), _) => {
            let path = action.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("/");
            Some(get(set(&action.host), port_of(container, &action.port)?, path))
        }
        (None, Some(action)) => {
            let port = port_of(container, &action.port)?;
            Some(ask_for(Protocol::Tcp, set(&action.host), port, "", "connect".to_owned()))
        }
        (None, None) => None,
    }
}

/// What a GET at the Pod's address (or at another host) meets: whichever of its processes listens there answers.
pub(super) fn http(worker: &Worker, host: Option<&str>, port: u16, path: &str, cx: &mut Cx) -> HttpAnswer {
    knock(cx.runtime, &cx.node.name, &worker.uid, &get(host, port, path), cx.world)
}

fn listens(worker: &Worker, ask: &Ask, cx: &mut Cx) -> bool {
    matches!(knock(cx.runtime, &cx.node.name, &worker.uid, ask, cx.world), HttpAnswer::Status(_))
}
