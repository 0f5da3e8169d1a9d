//! One Pod that requests come to: its capacity, the line before it, the CPU it uses.

use std::rc::Rc;

use k8s_openapi::api::core::v1::Container;

use super::latency::Latencies;
use crate::api::sim::Serves;
use crate::api::{Pod, quantity};

/// After so many seconds in line a user gives up.
const PATIENCE: f64 = 5.0;
/// Requests a second that a Pod answers, unless said otherwise.
const CAPACITY: f64 = 100.0;
/// The CPU of a container whose requests and limits say nothing, thousandths of a core.
const WHOLE_CORE: f64 = 1_000.0;
/// Seconds that an answer takes, unless said otherwise.
const LATENCY: f64 = 0.02;
/// No Pod is taken to be busier than this: there is always a moment between two requests.
const BUSIEST: f64 = 0.98;

/// A container that listens.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Server {
    /// Its name.
    pub container: Rc<str>,
    /// Requests a second that it answers at most.
    pub capacity: f64,
    /// Thousandths of a core that one request a second takes.
    pub cpu: f64,
    /// Seconds that an answer takes when nobody waits.
    pub latency: f64,
}

impl Server {
    /// The server in container `name` of `pod`, whose annotation says `said`.
    pub fn of(pod: &Pod, name: &Rc<str>, said: Serves) -> Self {
        let containers = pod.spec.containers.iter().chain(pod.spec.init_containers.iter().flatten());
        let container = containers.into_iter().find(|container| container.name == **name);
        let limit = container.and_then(|container| cpu(container, true));
        let full = limit.or_else(|| container.and_then(|container| cpu(container, false)).map(|cpu| 2.0 * cpu));
        let full = full.filter(|full| *full > 0.0).unwrap_or(WHOLE_CORE);
        let cpu = said.cpu.map(|nano| nano as f64 / 1e6);
        let (capacity, cpu) = match (said.capacity.map(f64::from), cpu) {
            (None, None) => (CAPACITY, full / CAPACITY),
            (Some(capacity), None) => (capacity, full / capacity),
            (None, Some(cpu)) => (full / cpu, cpu),
            (Some(capacity), Some(cpu)) => (limit.map_or(capacity, |limit| capacity.min(limit / cpu)), cpu),
        };
        let latency = said.latency.map_or(LATENCY, |latency| latency.as_secs_f64());
        Server { container: name.clone(), capacity: capacity.max(1e-3), cpu, latency }
    }
}

/// The CPU limit or request of a container, thousandths of a core.
fn cpu(container: &Container, limit: bool) -> Option<f64> {
    let resources = container.resources.as_ref()?;
    let side = if limit { resources.limits.as_ref() } else { resources.requests.as_ref() };
    Some(quantity::of(side?.get("cpu")?).nano() as f64 / 1e6)
}

/// A Pod that requests come to, or came to.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    /// What listens; none while nothing does.
    pub server: Option<Server>,
    /// How many wait in line.
    line: f64,
    /// How many came since the last look, from all targets together.
    pub arrivals: f64,
    /// What it used since it is looked at, thousandths of a core times seconds.
    pub milli_seconds: f64,
    /// The container that used it.
    pub container: Rc<str>,
}

/// What became of what came to a Pod and of what waited there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub answered: f64,
    pub refused: f64,
    pub timed_out: f64,
    pub milli_seconds: f64,
    /// The mean time of an answer, beside the time in line.
    busy: f64,
    /// The time in line.
    waited: f64,
}

impl Default for Backend {
    fn default() -> Self {
        Self { server: None, line: 0.0, arrivals: 0.0, milli_seconds: 0.0, container: "".into() }
    }
}

impl Backend {
    /// Whether someone still waits here.
    pub fn is_waited_at(&self) -> bool {
        self.line > 1e-9
    }

    /// Lets `seconds` pass, in which the arrivals came evenly.
    pub fn pass(&mut self, seconds: f64) -> Outcome {
        let arrivals = std::mem::take(&mut self.arrivals);
        let Some(server) = &self.server else {
            return Outcome { refused: arrivals + std::mem::take(&mut self.line), ..Outcome::default() };
        };
        let most = server.capacity * seconds;
        let waiting = self.line + arrivals;
        let answered = waiting.min(most);
        let left = waiting - answered;
        // Whoever would have to wait longer than patience allows has given up by now.
        let line = left.min(server.capacity * PATIENCE);
        let waited = (self.line + line) / 2.0 / server.capacity;
        self.line = if line < 1e-9 { 0.0 } else { line };
        let load = if most > 0.0 { (answered / most).min(BUSIEST) } else { 0.0 };
        let milli_seconds = answered * server.cpu;
        self.milli_seconds += milli_seconds;
        if self.container != server.container {
            self.container = server.container.clone();
        }
        // One server with one line: the mean time there is the time of an answer over what is free.
        let busy = server.latency / (1.0 - load);
        Outcome { answered, refused: 0.0, timed_out: left - line, milli_seconds, busy, waited }
    }
}

impl Outcome {
    /// The part of it that falls to someone who sent this share of what came.
    pub fn share(&self, part: f64) -> Outcome {
        Outcome {
            answered: self.answered * part,
            refused: self.refused * part,
            timed_out: self.timed_out * part,
            milli_seconds: self.milli_seconds * part,
            ..*self
        }
    }

    /// Puts the times of its answers on the account. They spread as those of a line before one server do:
    /// half take less than 0.7 of the mean, one in twenty more than three times it.
    pub fn tell(&self, latencies: &mut Latencies) {
        for (times, part) in [(0.35, 0.3), (0.7, 0.3), (1.2, 0.2), (2.0, 0.14), (3.0, 0.06)] {
            latencies.add(self.waited + self.busy * times, self.answered * part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend(capacity: f64) -> Backend {
        let server = Server { container: "web".into(), capacity, cpu: 2.0, latency: 0.02 };
        Backend { server: Some(server), ..Backend::default() }
    }

    #[test]
    fn below_its_capacity_all_are_answered() {
        let mut pod = backend(100.0);
        pod.arrivals = 50.0;
        let outcome = pod.pass(1.0);
        assert_eq!((outcome.answered, outcome.refused, outcome.timed_out), (50.0, 0.0, 0.0));
        assert_eq!(pod.milli_seconds, 100.0);
        assert!(!pod.is_waited_at());
    }

    #[test]
    fn above_it_the_line_grows_until_patience_ends() {
        let mut pod = backend(100.0);
        let mut timed_out = 0.0;
        for _ in 0..20 {
            pod.arrivals = 150.0;
            let outcome = pod.pass(1.0);
            assert_eq!(outcome.answered, 100.0);
            timed_out += outcome.timed_out;
        }
        // 3,000 came, 2,000 were answered, five seconds' worth wait.
        assert!((timed_out - 500.0).abs() < 1e-6, "{timed_out}");
        let mut latencies = Latencies::default();
        pod.arrivals = 150.0;
        pod.pass(1.0).tell(&mut latencies);
        assert!(latencies.quantile(0.5).unwrap() > 5.0);
    }

    #[test]
    fn who_waits_at_a_pod_that_goes_is_cut_off() {
        let mut pod = backend(10.0);
        pod.arrivals = 30.0;
        pod.pass(1.0);
        pod.server = None;
        pod.arrivals = 5.0;
        assert_eq!(pod.pass(1.0).refused, 25.0);
    }

    #[test]
    fn capacity_and_cpu_follow_from_resources() {
        let server = |resources: serde_json::Value, said: Serves| {
            let containers = serde_json::json!([{"name": "web", "image": "a", "resources": resources}]);
            let pod = serde_json::json!({"metadata": {"name": "p"}, "spec": {"containers": containers}});
            let crate::api::Object::Pod(pod) = crate::api::Object::from_json(crate::api::Kind::Pod, pod).unwrap()
            else {
                unreachable!()
            };
            let server = Server::of(&pod, &"web".into(), said);
            (server.capacity, server.cpu)
        };
        let said = |capacity, cpu| Serves { capacity, cpu, latency: None };
        let limit = || serde_json::json!({"limits": {"cpu": "200m"}, "requests": {"cpu": "50m"}});
        let request = || serde_json::json!({"requests": {"cpu": "50m"}});
        assert_eq!(server(serde_json::json!({}), said(None, None)), (100.0, 10.0));
        assert_eq!(server(limit(), said(None, None)), (100.0, 2.0));
        assert_eq!(server(request(), said(None, None)), (100.0, 1.0));
        assert_eq!(server(request(), said(Some(50), None)), (50.0, 2.0));
        assert_eq!(server(limit(), said(None, Some(4_000_000))), (50.0, 4.0));
        assert_eq!(server(limit(), said(Some(80), Some(4_000_000))), (50.0, 4.0));
        assert_eq!(server(request(), said(Some(80), Some(4_000_000))), (80.0, 4.0));
    }
}
