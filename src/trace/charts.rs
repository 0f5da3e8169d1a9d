//! Curves of a run: replicas of each owner, the load of each target, what autoscalers saw. Each look is a binary
//! search in what is indexed by object, and gives no more points than can be drawn.

use std::rc::Rc;

use super::Run;
use crate::api::{Kind, Object, controller_of};
use crate::cluster::{Change, ChangeKind, LoadSample, ObjectKey, Time};

/// What a chart is about: its unit, and so its axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Requests a second to a target: all that came, and those that failed.
    Requests,
    /// How long answers took, seconds.
    Latency,
    /// The CPU that the Pods behind a target use for it, thousandths of a core.
    Cpu,
    /// What an autoscaler sees against what it aims at, percent of what is requested.
    Utilization,
    /// How many Pods an owner has.
    Replicas,
}

/// What a curve measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the topic tells what each is in")]
pub enum Measure {
    Requests,
    Refused,
    TimedOut,
    LatencyP50,
    LatencyP95,
    Cpu,
    Utilization,
    Target,
    Desired,
    Current,
    Updated,
    Ready,
    Available,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it measures.
    pub measure: Measure,
    /// Its points, ascending; it keeps a point's value up to the next one. `None` is a gap: there is no value from there.
    pub points: Vec<(Time, Option<f64>)>,
}

/// Some curves that share an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// About which object: a Service (or whatever load is sent to), an owner of Pods, an autoscaler.
    pub of: ObjectKey,
    /// About what of it.
    pub topic: Topic,
    /// The curves, in the order they are told.
    pub series: Vec<Series>,
}

impl Series {
    /// Its value at `at`.
    pub fn at(&self, at: Time) -> Option<f64> {
        let later = self.points.partition_point(|(when, _)| *when <= at);
        self.points.get(later.checked_sub(1)?)?.1
    }

    /// Its highest value; 0 where it has none.
    pub fn highest(&self) -> f64 {
        self.points.iter().filter_map(|(_, value)| *value).fold(0.0, f64::max)
    }
}

/// Every chart that has something to show between `from` and `to`, with at most about `most` points a curve; loads
/// first, then autoscalers, then owners, each by namespace and name.
pub fn charts(run: &Run, from: Time, to: Time, most: usize) -> Vec<Chart> {
    let mut charts = Vec::new();
    for target in run.load_targets() {
        charts.extend(load_charts(target, &run.load_samples(target, from, to), from, to, most.max(2)));
    }
    for kind in [Kind::HorizontalPodAutoscaler, Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::ReplicaSet]
    {
        for key in run.keys(kind) {
            charts.extend(object_chart(run, key, from, to, most.max(2)));
        }
    }
    charts
}

/// A value at each of some instants.
type Points = Vec<(Time, Option<f64>)>;

/// Requests, latency and CPU of one target.
fn load_charts(target: &ObjectKey, samples: &[&Rc<LoadSample>], from: Time, to: Time, most: usize) -> Vec<Chart> {
    if samples.is_empty() {
        return Vec::new();
    }
    let mut kept: Vec<(Measure, Points)> = Vec::new();
    let mut push = |measure: Measure, at: Time, value: Option<f64>| {
        let known = kept.iter_mut().find(|(known, _)| *known == measure);
        match known {
            Some((_, points)) => points.push((at, value)),
            None => kept.push((measure, vec![(at, value)])),
        }
    };
    let bucket = to.since(from) / u32::try_from(most).unwrap_or(u32::MAX);
    let mut rest = samples;
    let mut end = None;
    while let Some(first) = rest.first() {
        let length = rest.partition_point(|sample| sample.from <= first.from + bucket).max(1);
        // A second in which nothing was noted ends a bucket: nobody came then.
        let whole = rest.windows(2).take(length - 1).take_while(|pair| matches!(pair, [a, b] if a.to == b.from));
        let length = whole.count() + 1;
        let (part, after) = rest.split_at(length);
        rest = after;
        if end.is_some_and(|end| end < first.from) {
            gap(&mut push, end.unwrap_or_default());
        }
        let seconds: f64 = part.iter().map(|sample| sample.seconds()).sum();
        let rate = |value: fn(&LoadSample) -> f64| {
            Some(part.iter().map(|sample| value(sample)).sum::<f64>() / seconds.max(1e-6))
        };
        let worst =
            |value: fn(&LoadSample) -> Option<f64>| part.iter().filter_map(|sample| value(sample)).reduce(f64::max);
        push(Measure::Requests, first.from, rate(|sample| sample.requests));
        push(Measure::Refused, first.from, rate(|sample| sample.refused));
        push(Measure::TimedOut, first.from, rate(|sample| sample.timed_out));
        push(Measure::LatencyP50, first.from, worst(|sample| sample.latency_p50));
        push(Measure::LatencyP95, first.from, worst(|sample| sample.latency_p95));
        push(Measure::Cpu, first.from, rate(|sample| sample.cpu_millis * sample.seconds()));
        end = part.last().map(|sample| sample.to);
    }
    gap(&mut push, end.unwrap_or_default());
    let mut take = |topic: Topic, measures: &[Measure]| {
        let series = measures.iter().filter_map(|measure| {
            let (measure, points) = kept.iter_mut().find(|(known, _)| known == measure)?;
            Some(Series { measure: *measure, points: std::mem::take(points) })
        });
        Chart { of: target.clone(), topic, series: series.collect() }
    };
    vec![
        take(Topic::Requests, &[Measure::Requests, Measure::Refused, Measure::TimedOut]),
        take(Topic::Latency, &[Measure::LatencyP50, Measure::LatencyP95]),
        take(Topic::Cpu, &[Measure::Cpu]),
    ]
}

/// From `at` on there is no load.
fn gap(push: &mut impl FnMut(Measure, Time, Option<f64>), at: Time) {
    push(Measure::Requests, at, None);
    push(Measure::Refused, at, None);
    push(Measure::TimedOut, at, None);
    push(Measure::LatencyP50, at, None);
    push(Measure::LatencyP95, at, None);
    push(Measure::Cpu, at, None);
}

/// The curves that follow from the states of one object; none where it was not there, or is kept by another owner.
fn object_chart(run: &Run, key: &ObjectKey, from: Time, to: Time, most: usize) -> Option<Chart> {
    let mut series: Vec<Series> = Vec::new();
    let bucket = to.since(from) / u32::try_from(most).unwrap_or(u32::MAX);
    let mut topic = None;
    for (at, change) in run.changes_between(key, from, to) {
        let values = match change.kind {
            ChangeKind::Deleted => Some((topic?, Vec::new())),
            _ => measures(change),
        };
        let (about, values) = values?;
        topic = Some(about);
        let at = at.max(from);
        for (measure, _) in &values {
            if !series.iter().any(|known| known.measure == *measure) {
                series.push(Series { measure: *measure, points: Vec::new() });
            }
        }
        for curve in &mut series {
            let value = values.iter().find(|(measure, _)| *measure == curve.measure).map(|(_, value)| *value);
            let before = curve.points.len().checked_sub(2).and_then(|place| curve.points.get(place)).copied();
            match curve.points.last_mut() {
                Some((_, last)) if *last == value => {}
                // What changes faster than can be drawn shows where it got to.
                Some((when, last)) if at.since(*when) < bucket && before.is_some_and(|(_, before)| before != value) => {
                    *last = value;
                }
                _ => curve.points.push((at, value)),
            }
        }
    }
    Some(Chart { of: key.clone(), topic: topic?, series })
}

/// What the state of an object says, by measure.
fn measures(change: &Change) -> Option<(Topic, Vec<(Measure, f64)>)> {
    let owned = controller_of(change.object.metadata()).is_some();
    let counts = |counts: &[(Measure, Option<i32>)]| {
        let counts = counts.iter().filter_map(|(measure, count)| Some((*measure, f64::from((*count)?))));
        Some((Topic::Replicas, counts.collect()))
    };
    match &change.object {
        Object::Deployment(object) => {
            let (spec, status) = (object.spec.as_ref()?, object.status.as_ref());
            counts(&[
                (Measure::Desired, spec.replicas.or(Some(1))),
                (Measure::Current, status.and_then(|it| it.replicas).or(Some(0))),
                (Measure::Updated, status.and_then(|it| it.updated_replicas).or(Some(0))),
                (Measure::Ready, status.and_then(|it| it.ready_replicas).or(Some(0))),
                (Measure::Available, status.and_then(|it| it.available_replicas).or(Some(0))),
            ])
        }
        Object::StatefulSet(object) => {
            let (spec, status) = (object.spec.as_ref()?, object.status.as_ref());
            counts(&[
                (Measure::Desired, spec.replicas.or(Some(1))),
                (Measure::Current, status.map(|it| it.replicas).or(Some(0))),
                (Measure::Updated, status.and_then(|it| it.updated_replicas).or(Some(0))),
                (Measure::Ready, status.and_then(|it| it.ready_replicas).or(Some(0))),
                (Measure::Available, status.and_then(|it| it.available_replicas).or(Some(0))),
            ])
        }
        Object::DaemonSet(object) => {
            let status = object.status.as_ref();
            counts(&[
                (Measure::Desired, status.map(|it| it.desired_number_scheduled).or(Some(0))),
                (Measure::Current, status.map(|it| it.current_number_scheduled).or(Some(0))),
                (Measure::Updated, status.and_then(|it| it.updated_number_scheduled).or(Some(0))),
                (Measure::Ready, status.map(|it| it.number_ready).or(Some(0))),
                (Measure::Available, status.and_then(|it| it.number_available).or(Some(0))),
            ])
        }
        Object::ReplicaSet(object) if !owned => {
            let (spec, status) = (object.spec.as_ref()?, object.status.as_ref());
            counts(&[
                (Measure::Desired, spec.replicas.or(Some(1))),
                (Measure::Current, status.map(|it| it.replicas).or(Some(0))),
                (Measure::Ready, status.and_then(|it| it.ready_replicas).or(Some(0))),
                (Measure::Available, status.and_then(|it| it.available_replicas).or(Some(0))),
            ])
        }
        Object::HorizontalPodAutoscaler(object) => {
            let metrics = object.spec.metrics.iter().flatten();
            let mut targets = metrics.filter_map(|metric| {
                let resource = metric.resource.as_ref().map(|it| &it.target);
                let container = metric.container_resource.as_ref().map(|it| &it.target);
                resource.or(container)?.average_utilization
            });
            let current = object.status.iter().flat_map(|status| status.current_metrics.iter().flatten());
            let mut current = current.filter_map(|metric| {
                let resource = metric.resource.as_ref().map(|it| &it.current);
                let container = metric.container_resource.as_ref().map(|it| &it.current);
                resource.or(container)?.average_utilization
            });
            let values = [(Measure::Utilization, current.next()), (Measure::Target, targets.next())];
            let values = values.into_iter().filter_map(|(measure, value)| Some((measure, f64::from(value?))));
            Some((Topic::Utilization, values.collect()))
        }
        _ => None,
    }
}
