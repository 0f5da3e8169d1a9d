//! How many replicas a resource metric asks for
//! (kubernetes: pkg/controller/podautoscaler/replica_calculator.go, metrics/utilization.go, 1.36).

use collections::Map as BTreeMap;

use k8s_openapi::jiff::{SignedDuration, Timestamp};

use crate::api::{Pod, containers, quantity};
use crate::cluster::metrics::PodMetrics;

/// A Pod that began less long ago may be busy starting (`--horizontal-pod-autoscaler-cpu-initialization-period`).
const STARTING: SignedDuration = SignedDuration::from_secs(5 * 60);
/// A Pod that has been unready since so soon after its start was never ready
/// (`--horizontal-pod-autoscaler-initial-readiness-delay`).
const READINESS_DELAY: SignedDuration = SignedDuration::from_secs(30);

/// By how much the ratio may be off before anything is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tolerances {
    pub down: f64,
    pub up: f64,
}

impl Tolerances {
    fn hold(self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// What is measured: `cpu` or `memory`, of one container or of all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured<'a> {
    pub resource: &'a str,
    pub container: Option<&'a str>,
}

/// A Pod and what the metrics API tells of it.
pub(super) struct Sample<'a> {
    pub pod: &'a Pod,
    /// Milli-units: thousandths of a core, or of a byte.
    pub value: Option<i64>,
    /// When that was, and since how long before.
    pub when: Option<(Timestamp, SignedDuration)>,
}

/// What a target asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Proposal {
    pub replicas: i32,
    /// Percent of what is requested; none for a target that is an amount.
    pub utilization: Option<i32>,
    /// The mean of the Pods, milli-units.
    pub average: i64,
}

/// What is aimed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Aim {
    /// Percent of what is requested.
    Utilization(i32),
    /// Milli-units a Pod.
    Average(i64),
}

/// What a Pod used of what is measured, milli-units.
///
/// # Errors
/// When the container is not there.
pub(super) fn used(metrics: &PodMetrics, measured: Measured, pod: &Pod) -> Result<i64, String> {
    let containers = &metrics.containers;
    let amount = |index: usize| {
        containers.get(index).map_or(0, |container| match measured.resource {
            "cpu" => container.cpu_millis.round() as i64,
            _ => i64::try_from(container.memory).unwrap_or(i64::MAX).saturating_mul(1_000),
        })
    };
    let Some(name) = measured.container else { return Ok((0..containers.len()).map(amount).sum()) };
    match containers.iter().position(|container| *container.name == *name) {
        Some(index) => Ok(amount(index)),
        None => Err(format!("container {name} not present in metrics for pod {}/{}", pod.namespace(), pod.name())),
    }
}

/// What each Pod requests of what is measured, milli-units.
///
/// # Errors
/// When a container has no request (replica_calculator.go calculatePodRequests).
fn requests(samples: &[Sample], measured: Measured) -> Result<Vec<i64>, String> {
    samples.iter().map(|sample| request(sample.pod, measured)).collect()
}

fn request(pod: &Pod, measured: Measured) -> Result<i64, String> {
    let whole = pod.spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    if measured.container.is_none()
        && let Some(field) = whole.and_then(|requests| requests.get(measured.resource))
    {
        return Ok(quantity::of(field).milli_value());
    }
    let mut sum: i64 = 0;
    for container in
        containers::lasting(&pod.spec).filter(|container| measured.container.is_none_or(|name| container.name == name))
    {
        let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        let Some(field) = requests.and_then(|requests| requests.get(measured.resource)) else {
            let (resource, name) = (measured.resource, &container.name);
            return Err(format!("missing request for {resource} in container {name} of Pod {}", pod.name()));
        };
        sum = sum.saturating_add(quantity::of(field).milli_value());
    }
    Ok(sum)
}

/// How a Pod counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Ready,
    Unready,
    Missing,
    Ignored,
}

/// How a Pod counts (replica_calculator.go groupPods).
fn class(sample: &Sample, resource: &str, now: Timestamp) -> Class {
    let (metadata, status) = (&sample.pod.metadata, &sample.pod.status);
    match status.phase.as_deref() {
        _ if metadata.deletion_timestamp.is_some() => return Class::Ignored,
        Some("Failed") => return Class::Ignored,
        Some("Pending") | None => return Class::Unready,
        _ => {}
    }
    let (Some(_), Some((at, window))) = (sample.value, sample.when) else { return Class::Missing };
    if resource != "cpu" {
        return Class::Ready;
    }
    let condition = super::super::family::condition(sample.pod, "Ready");
    let unready = match (condition, &status.start_time) {
        (Some(condition), Some(started)) => {
            let after = |time: Timestamp, by: SignedDuration| time.checked_add(by).unwrap_or(Timestamp::MAX);
            let moved = condition.last_transition_time.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0);
            let not_ready = condition.status == "False";
            match after(started.0, STARTING) > now {
                true => not_ready || at < after(moved, window),
                false => not_ready && after(started.0, READINESS_DELAY) > moved,
            }
        }
        _ => true,
    };
    if unready { Class::Unready } else { Class::Ready }
}

/// The replicas that one resource asks for, where there are `current` now
/// (replica_calculator.go GetResourceReplicas, calcPlainMetricReplicas).
///
/// # Errors
/// Why it cannot be said, in the controller's words.
pub(super) fn replicas(
    current: i32,
    samples: &[Sample],
    measured: Measured,
    aim: Aim,
    tolerances: Tolerances,
    now: Timestamp,
) -> Result<Proposal, String> {
    if samples.is_empty() {
        return Err("no pods returned by selector while calculating replica count".to_owned());
    }
    let classes: Vec<Class> = samples.iter().map(|sample| class(sample, measured.resource, now)).collect();
    let of = |wanted: Class| classes.iter().enumerate().filter(move |(_, class)| **class == wanted).map(|(at, _)| at);
    let mut values: BTreeMap<usize, i64> = BTreeMap::new();
    for (at, sample) in samples.iter().enumerate() {
        let counts = !matches!(classes.get(at), Some(Class::Ignored | Class::Unready));
        if let Some(value) = sample.value.filter(|_| counts) {
            values.insert(at, value);
        }
    }
    if values.is_empty() {
        return Err("did not receive metrics for targeted pods (pods might be unready)".to_owned());
    }
    let requests = match aim {
        Aim::Utilization(_) => requests(samples, measured)?,
        Aim::Average(_) => Vec::new(),
    };
    let measure = |values: &BTreeMap<usize, i64>| ratio(values, &requests, aim);
    let (usage, utilization, average) = measure(&values)?;
    let keep = |replicas: i32| Ok(Proposal { replicas, utilization, average });
    let missing = of(Class::Missing).count();
    let unready_matter = of(Class::Unready).next().is_some() && usage > 1.0;
    if !unready_matter && missing == 0 {
        if tolerances.hold(usage) {
            return keep(current);
        }
        return keep(ceil(usage * of(Class::Ready).count() as f64));
    }
    if usage < 1.0 {
        // Who says nothing may be at its limit.
        for at in of(Class::Missing) {
            let fallback = match aim {
                Aim::Utilization(target) => {
                    requests.get(at).copied().unwrap_or(0).saturating_mul(i64::from(target.max(100))) / 100
                }
                Aim::Average(target) => target,
            };
            values.insert(at, fallback);
        }
    } else if usage > 1.0 {
        of(Class::Missing).for_each(|at| _ = values.insert(at, 0));
    }
    if unready_matter {
        of(Class::Unready).for_each(|at| _ = values.insert(at, 0));
    }
    let (again, ..) = measure(&values)?;
    if tolerances.hold(again) || (usage < 1.0 && again > 1.0) || (usage > 1.0 && again < 1.0) {
        return keep(current);
    }
    let replicas = ceil(again * values.len() as f64);
    let against = (again < 1.0 && replicas > current) || (again > 1.0 && replicas < current);
    keep(if against { current } else { replicas })
}

/// What is used over what is aimed at; percent of what is requested; the mean.
fn ratio(values: &BTreeMap<usize, i64>, requests: &[i64], aim: Aim) -> Result<(f64, Option<i32>, i64), String> {
    let total: i128 = values.values().map(|value| i128::from(*value)).sum();
    let mean = i64::try_from(total / i128::try_from(values.len().max(1)).unwrap_or(1)).unwrap_or(i64::MAX);
    match aim {
        Aim::Average(target) => Ok((mean as f64 / target.max(1) as f64, None, mean)),
        Aim::Utilization(target) => {
            let requested: i128 = values.keys().filter_map(|at| requests.get(*at)).map(|it| i128::from(*it)).sum();
            if requested == 0 {
                return Err("no metrics returned matched known pods".to_owned());
            }
            let percent = i32::try_from(total * 100 / requested).unwrap_or(i32::MAX);
            Ok((f64::from(percent) / f64::from(target.max(1)), Some(percent), mean))
        }
    }
}

/// Rounded up, within what a number of replicas can be.
fn ceil(replicas: f64) -> i32 {
    replicas.ceil().clamp(0.0, f64::from(i32::MAX)) as i32
}
