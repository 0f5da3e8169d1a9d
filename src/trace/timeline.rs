//! A run as text: a line for each change, for a person to read and a test to hold.

use collections::Map as BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus};

use super::Run;
use crate::api::{Object, Pod, table};
use crate::cluster::{Action, Change, ChangeKind, Flow, Happening, LoadSample, Party, RuntimeEvent, RuntimeNote, Time};

/// The whole run: `seconds  what  of which object  text`.
///
/// `row` is what `kubectl get -w` prints (without ages), `state` a container's state, `cond` a condition of a Pod,
/// `event` an Event, `cri` what the container runtime did, `log` a line a container wrote, `net` what flowed and how
/// that ended, `act` what a person did, `load` what became of the requests of a second.
/// Probes that repeat their verdict are left out, and so are exchanges that end as the one before.
pub fn timeline(run: &Run) -> String {
    let mut writer =
        Writer { run, out: String::new(), at: Time::ZERO, begun: false, last: BTreeMap::new(), pods: BTreeMap::new() };
    for record in run.records() {
        writer.at = record.at;
        match &record.what {
            Happening::Changed(change) => writer.change(change),
            Happening::Runtime(note) => writer.note(note),
            Happening::Log(line) => {
                let text = format!("{} {}", line.container, line.text);
                writer.line("log", writer.name(&line.pod), &text);
            }
            Happening::Acted(action) => {
                writer.begun = true;
                writer.action(action);
            }
            Happening::Flow(flow) => writer.flow(flow),
            Happening::Load(sample) => writer.load(sample),
            Happening::Decided(_) | Happening::Files(_) => {}
        }
    }
    writer.out
}

struct Writer<'a> {
    run: &'a Run,
    out: String,
    at: Time,
    /// Whether anyone has acted; what every cluster has from the start is not told.
    begun: bool,
    /// What was last said under each heading, so that nothing is said twice.
    last: BTreeMap<String, String>,
    /// Pod names by uid.
    pods: BTreeMap<Rc<str>, Rc<str>>,
}

impl Writer<'_> {
    fn line(&mut self, what: &str, of: Rc<str>, text: &str) {
        let text = text.replace('\n', "\\n");
        let _infallible = writeln!(self.out, "{:>9.3}  {what:<5}  {of}  {text}", self.at.as_secs_f64());
    }

    /// Writes `text` where it differs from what was last said under the same heading.
    fn news(&mut self, what: &str, of: &Rc<str>, about: &str, text: String) {
        let heading = format!("{what} {of} {about}");
        if self.last.get(&heading) != Some(&text) {
            let line = format!("{about} {text}");
            self.line(what, of.clone(), line.trim());
            self.last.insert(heading, text);
        }
    }

    fn name(&self, uid: &Rc<str>) -> Rc<str> {
        self.pods.get(uid).unwrap_or(uid).clone()
    }

    fn change(&mut self, change: &Change) {
        match &change.object {
            Object::Event(event) => {
                let involved = &event.involved_object;
                let of = format!(
                    "{}/{}",
                    involved.kind.as_deref().unwrap_or_default().to_lowercase(),
                    involved.name.as_deref().unwrap_or_default()
                );
                let count = event.series.as_ref().and_then(|series| series.count).or(event.count).unwrap_or(1);
                let mut text = String::new();
                for part in [&event.type_, &event.reason, &involved.field_path].into_iter().flatten() {
                    text.push_str(part);
                    text.push(' ');
                }
                if count > 1 {
                    let _infallible = write!(text, "x{count} ");
                }
                text.push_str(event.message.as_deref().unwrap_or_default());
                if change.kind != ChangeKind::Deleted {
                    self.line("event", of.into(), text.trim_end());
                }
            }
            Object::Pod(pod) => {
                self.pods.insert(pod.shared_uid(), pod.name().into());
                self.row(change);
                self.pod(pod);
            }
            _ => self.row(change),
        }
        if change.kind == ChangeKind::Deleted && !matches!(change.object, Object::Event(_)) {
            let of: Rc<str> = change.key.slashed().into();
            self.line("row", of.clone(), "gone");
            let prefixes = [format!("row {of} "), format!("state {of} "), format!("cond {of} ")];
            self.last.retain(|heading, _| !prefixes.iter().any(|prefix| heading.starts_with(prefix.as_str())));
        }
    }

    fn row(&mut self, change: &Change) {
        let kind = change.key.kind;
        if change.kind == ChangeKind::Deleted || !self.begun {
            return;
        }
        let cells = match &change.object {
            Object::Pod(pod) => {
                let row = table::pod_row(pod);
                let mut cells = format!("{} {} {}", row.ready_cell(), row.status, row.restarts);
                for (name, value) in [("node", &pod.spec.node_name), ("ip", &pod.status.pod_ip)] {
                    if let Some(value) = value {
                        let _infallible = write!(cells, " {name}={value}");
                    }
                }
                cells
            }
            object => {
                let cells = table::row(object, self.at.to_timestamp(self.run.config().epoch));
                let columns = table::columns(Some(kind)).into_iter().zip(cells);
                let lasting = columns.filter(|(column, _)| {
                    !column.wide && !matches!(column.name, "Name" | "Age" | "Duration" | "Last Schedule")
                });
                lasting.map(|(column, cell)| format!("{}={cell}", column.name)).collect::<Vec<_>>().join(" ")
            }
        };
        self.news("row", &change.key.slashed().into(), "", cells);
    }

    fn pod(&mut self, pod: &Pod) {
        let of: Rc<str> = format!("pod/{}", pod.name()).into();
        let status = &pod.status;
        let lists = [&status.init_container_statuses, &status.container_statuses, &status.ephemeral_container_statuses];
        for container in lists.into_iter().flatten().flatten() {
            self.news("state", &of, &container.name, state(container));
        }
        for condition in status.conditions.iter().flatten() {
            let mut text = condition.status.to_string();
            for part in [&condition.reason, &condition.message].into_iter().flatten() {
                text.push(' ');
                text.push_str(part);
            }
            self.news("cond", &of, &condition.type_, text);
        }
    }

    fn note(&mut self, note: &RuntimeNote) {
        let of: Rc<str> = format!("pod/{}", self.name(&note.pod)).into();
        let (verb, text) = words(&note.event);
        let about = match &*note.container {
            "" => verb.to_owned(),
            container => format!("{container}#{} {verb}", note.attempt),
        };
        match &note.event {
            RuntimeEvent::Probed { .. } => self.news("cri", &of, &about, text),
            _ => self.line("cri", of, format!("{about} {text}").trim()),
        }
    }

    fn flow(&mut self, flow: &Flow) {
        let (from, to) = (self.party(&flow.from), self.party(&flow.to));
        let through = flow.service.as_ref().map_or_else(String::new, |key| format!(" through {}", key.slashed()));
        let outcome = match &flow.fault {
            Some(fault) => format!("{fault:?}"),
            None => flow.answer.to_string(),
        };
        let about = format!("{} {} to {to}{through}", flow.protocol.name(), flow.label);
        self.news("net", &from.into(), about.trim(), format!("-> {outcome}"));
    }

    fn party(&self, party: &Party) -> String {
        match party {
            Party::Container { pod, container } => format!("pod/{}.{container}", self.name(pod)),
            Party::Kubelet(node) => format!("kubelet/{node}"),
            Party::User(who) => format!("user/{who}"),
            Party::Outside(host) => format!("outside/{host}"),
            Party::Dns => "dns".to_owned(),
            Party::Nobody(whom) => format!("nobody/{whom}"),
        }
    }

    /// A second of load that differs from the one before, in whole numbers.
    fn load(&mut self, sample: &LoadSample) {
        let part = |count: f64| (count / sample.requests.max(1e-9) * 100.0).round();
        let millis = |seconds: Option<f64>| seconds.map_or_else(|| "-".to_owned(), |it| format!("{:.0}", it * 1e3));
        let text = format!(
            "{:.0}/s refused {}% timed out {}% p50 {}ms p95 {}ms cpu {:.0}m to {}/{}",
            sample.requests / sample.seconds().max(1e-6),
            part(sample.refused),
            part(sample.timed_out),
            millis(sample.latency_p50),
            millis(sample.latency_p95),
            sample.cpu_millis,
            sample.listening,
            sample.receivers,
        );
        self.news("load", &sample.target.slashed().into(), "", text);
    }

    fn action(&mut self, action: &Action) {
        let of = action.subject().map_or_else(|| "cluster".to_owned(), |key| key.slashed());
        let text = match action {
            Action::Delete { grace, propagation, .. } => {
                let grace = grace.map_or_else(String::new, |grace| format!(" grace={grace}s"));
                format!("{propagation:?}{grace}")
            }
            Action::RestartKubelet { down, .. } => format!("away {}s", down.as_secs_f64()),
            Action::KillContainer { container, exit_code, .. } => format!("{container} exit code {exit_code}"),
            Action::ForceProbe { container, probe, passes, .. } => format!("{container} {probe} {passes:?}"),
            Action::NodePressure { resource, pods, .. } => format!("{resource} pods={pods}"),
            Action::SetLoad { load, .. } => {
                let over = load.curve.over().map_or_else(String::new, |over| format!(" over {}s", over.as_secs_f64()));
                format!("{}/s {}{over}", load.per_second, load.curve.name())
            }
            Action::SetImage { image, available } => format!("{image} available={available}"),
            Action::SetNetwork { host, on } => {
                format!("{} {}", host.as_deref().unwrap_or("outside"), if *on { "on" } else { "off" })
            }
            _ => String::new(),
        };
        self.line("act", of.into(), format!("{} {text}", action.verb()).trim_end());
    }
}

/// A container's state in one line.
fn state(container: &ContainerStatus) -> String {
    let mut text = one(container.state.as_ref());
    if container.ready {
        text.push_str(" ready");
    }
    if container.started == Some(true) {
        text.push_str(" started");
    }
    if container.restart_count > 0 {
        let _infallible = write!(text, " restarts={}", container.restart_count);
    }
    match one(container.last_state.as_deref()).as_str() {
        "none" => {}
        last => {
            let _infallible = write!(text, " last={last}");
        }
    }
    text
}

fn one(state: Option<&ContainerState>) -> String {
    let Some(state) = state else { return "none".to_owned() };
    if let Some(waiting) = &state.waiting {
        let mut text = format!("waiting:{}", waiting.reason.as_deref().unwrap_or_default());
        if let Some(message) = &waiting.message {
            let _infallible = write!(text, "({message})");
        }
        return text;
    }
    if let Some(ended) = &state.terminated {
        return format!("terminated:{}({})", ended.reason.as_deref().unwrap_or_default(), ended.exit_code);
    }
    if state.running.is_some() { "running".to_owned() } else { "none".to_owned() }
}

/// What the runtime did, in words: the verb, and what goes with it.
fn words(event: &RuntimeEvent) -> (&'static str, String) {
    let text = |value: &Rc<str>| value.to_string();
    match event {
        RuntimeEvent::SandboxStarting => ("sandbox starting", String::new()),
        RuntimeEvent::SandboxReady { ip } => ("sandbox ready", text(ip)),
        RuntimeEvent::SandboxFailed { message } => ("sandbox failed", text(message)),
        RuntimeEvent::SandboxStopped => ("sandbox stopped", String::new()),
        RuntimeEvent::PullStarted { image } => ("pulling", text(image)),
        RuntimeEvent::PullEnded { image, error: None } => ("pulled", text(image)),
        RuntimeEvent::PullEnded { image, error: Some(error) } => ("pull failed", format!("{image}: {error}")),
        RuntimeEvent::Created => ("created", String::new()),
        RuntimeEvent::Started => ("started", String::new()),
        RuntimeEvent::StartFailed { message } => ("start failed", text(message)),
        RuntimeEvent::Signal { name } => ("signal", (*name).to_owned()),
        RuntimeEvent::Stopping { grace_seconds } => ("stopping", format!("grace={grace_seconds}s")),
        RuntimeEvent::Exited { code, reason } => ("exited", format!("{code} {reason}")),
        RuntimeEvent::Removed => ("removed", String::new()),
        RuntimeEvent::HookStarted { hook } => ("hook", format!("{hook} started")),
        RuntimeEvent::HookEnded { hook, ok } => ("hook", format!("{hook} {}", if *ok { "ended" } else { "failed" })),
        RuntimeEvent::Probed { probe, ok: true, .. } => (probe, "ok".to_owned()),
        RuntimeEvent::Probed { probe, ok: false, message } => (probe, format!("failed: {message}")),
    }
}
