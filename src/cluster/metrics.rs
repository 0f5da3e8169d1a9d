//! The metrics server: asks every kubelet every 15 seconds what the containers used, and tells the average between two
//! answers (kubernetes-sigs/metrics-server: pkg/storage/pod.go, 0.8).

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::Time;

/// How often it asks (metrics-server: `--metric-resolution`).
pub(crate) const RESOLUTION: Duration = Duration::from_secs(15);
/// A container that is younger counts from its second answer only (metrics-server: freshContainerMinMetricsResolution).
const FRESH: Duration = Duration::from_secs(10);

/// What a container used between two answers.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerMetrics {
    /// The container.
    pub name: Rc<str>,
    /// CPU, thousandths of a core.
    pub cpu_millis: f64,
    /// Memory, bytes.
    pub memory: u64,
}

/// What a Pod used, as the metrics API tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct PodMetrics {
    /// When it was asked.
    pub at: Time,
    /// Since how long before.
    pub window: Duration,
    /// Its containers.
    pub containers: Vec<ContainerMetrics>,
}

impl PodMetrics {
    /// The CPU of all its containers, thousandths of a core.
    pub fn cpu_millis(&self) -> f64 {
        self.containers.iter().map(|container| container.cpu_millis).sum()
    }

    /// The memory of all its containers, bytes.
    pub fn memory(&self) -> u64 {
        self.containers.iter().map(|container| container.memory).sum()
    }
}

/// One answer about a container: what it has used since it began.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub name: Rc<str>,
    /// When this instance began.
    pub started: Time,
    /// What it uses at all times, thousandths of a core.
    pub idle_millis: f64,
    /// What load has cost it, thousandths of a core times seconds.
    pub spent: f64,
    pub memory: u64,
}

/// What the server keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    /// The last answers, by the Pod's uid, and when they came.
    answers: BTreeMap<Rc<str>, (Time, Vec<Answer>)>,
    pods: BTreeMap<Rc<str>, Rc<PodMetrics>>,
    /// Whether it asks on and on.
    pub running: bool,
}

impl Metrics {
    /// What the metrics API tells of the Pod of `uid`; none where it knows too little yet.
    pub fn of(&self, uid: &str) -> Option<&Rc<PodMetrics>> {
        self.pods.get(uid)
    }

    /// Takes in what a metrics server told, in a cluster that was recorded.
    pub fn load(&mut self, key: &str, told: PodMetrics) {
        self.running = true;
        self.pods.insert(key.into(), Rc::new(told));
    }

    /// Takes in what all Pods answered at `now`.
    pub fn take(&mut self, now: Time, answers: Vec<(Rc<str>, Vec<Answer>)>) {
        let mut before = std::mem::take(&mut self.answers);
        self.pods = BTreeMap::new();
        for (uid, answer) in answers {
            let last = before.remove(&uid);
            if let Some(metrics) = between(last.as_ref(), now, &answer) {
                self.pods.insert(uid.clone(), Rc::new(metrics));
            }
            self.answers.insert(uid, (now, answer));
        }
    }

    /// What it would tell at `now` of a Pod that has used the same all the time.
    pub fn steady(now: Time, answers: &[Answer]) -> Option<PodMetrics> {
        let before: Vec<Answer> = answers.to_vec();
        if answers.iter().any(|answer| now.since(answer.started) < FRESH) {
            return None;
        }
        between(Some(&(now - RESOLUTION, before)), now, answers)
    }

    /// Forgets everything: nobody asked for a while.
    pub fn rest(&mut self) {
        *self = Self::default();
    }
}

/// What a Pod used since its last answer; none where one of its containers is too new to tell.
fn between(last: Option<&(Time, Vec<Answer>)>, now: Time, answers: &[Answer]) -> Option<PodMetrics> {
    let mut window = Duration::ZERO;
    let mut containers = Vec::with_capacity(answers.len());
    for answer in answers {
        let before = last.and_then(|(at, answers)| {
            let same = |before: &&Answer| before.name == answer.name && before.started == answer.started;
            Some((*at, answers.iter().find(same)?.spent))
        });
        let age = now.since(answer.started);
        let (since, spent) = match before {
            Some(before) => before,
            None if (FRESH..RESOLUTION).contains(&age) => (answer.started, 0.0),
            None => return None,
        };
        window = now.since(since);
        let seconds = window.as_secs_f64();
        let cpu_millis = answer.idle_millis + (answer.spent - spent).max(0.0) / seconds.max(1e-6);
        containers.push(ContainerMetrics { name: answer.name.clone(), cpu_millis, memory: answer.memory });
    }
    (!containers.is_empty()).then_some(PodMetrics { at: now, window, containers })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(started: f64, spent: f64) -> Answer {
        let started = Time::from_secs_f64(started);
        Answer { name: "web".into(), started, idle_millis: 1.0, spent, memory: 1 << 20 }
    }

    fn at(seconds: f64) -> Time {
        Time::from_secs_f64(seconds)
    }

    #[test]
    fn a_pod_is_told_of_after_two_answers_or_one_in_its_first_seconds() {
        let mut metrics = Metrics::default();
        let take = |metrics: &mut Metrics, now: f64, started: f64, spent: f64| {
            metrics.take(at(now), vec![("u".into(), vec![answer(started, spent)])]);
            metrics.of("u").map(|pod| pod.cpu_millis())
        };
        // Five seconds old: too fresh. Then the average since the last answer.
        assert_eq!(take(&mut metrics, 15.0, 10.0, 500.0), None);
        assert_eq!(take(&mut metrics, 30.0, 10.0, 2_000.0), Some(101.0));
        // Restarted twelve seconds ago: since its start.
        assert_eq!(take(&mut metrics, 45.0, 33.0, 1_200.0), Some(101.0));
        // Restarted again, too fresh.
        assert_eq!(take(&mut metrics, 60.0, 58.0, 0.0), None);
    }

    #[test]
    fn pods_that_are_gone_are_forgotten() {
        let mut metrics = Metrics::default();
        metrics.take(at(15.0), vec![("u".into(), vec![answer(3.0, 0.0)])]);
        assert!(metrics.of("u").is_some());
        metrics.take(at(30.0), Vec::new());
        assert!(metrics.of("u").is_none());
    }
}
