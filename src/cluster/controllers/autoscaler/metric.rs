//! One metric of an autoscaler: what it says now, and how many replicas it asks for
//! (kubernetes: pkg/controller/podautoscaler/horizontal.go computeReplicasForMetric, 1.36).

use std::rc::Rc;

use k8s_openapi::api::autoscaling::v2::{
    ContainerResourceMetricStatus, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus, ResourceMetricStatus,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Field;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use super::calculate::{self, Aim, Measured, Sample, Tolerances};
use crate::api::quantity::{self, Quantity};
use crate::api::{Object, Pod};
use crate::cluster::metrics::PodMetrics;
use crate::cluster::world::World;

/// What one metric asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub replicas: i32,
    /// How the metric is named in conditions and events.
    pub name: String,
    pub status: MetricStatus,
}

/// Why a metric asks for nothing.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// The reason of the event and the condition; none where neither is told.
    pub reason: Option<&'static str>,
    /// The event's message, and the end of the condition's.
    pub cause: String,
    /// The error as the list of metrics tells it.
    pub error: String,
}

/// The Pods that a target has, with what the metrics API tells of them.
pub(super) struct Pods {
    pods: Vec<(Pod, Option<Rc<PodMetrics>>)>,
}

impl Pods {
    /// The Pods that a selector matches.
    pub fn of(namespace: &str, selector: &LabelSelector, world: &World) -> Self {
        let matches = |pod: &&Pod| crate::api::labels::matches(Some(selector), pod.metadata.labels.as_ref());
        let pods = world.store.in_namespace(crate::api::Kind::Pod, namespace).filter_map(|(_, it)| Object::as_pod(it));
        let pods = pods.filter(matches).map(|pod| (pod.clone(), world.metrics.of(pod.uid()).cloned()));
        Self { pods: pods.collect() }
    }
}

/// What is given for every metric.
pub(super) struct Context<'a> {
    pub namespace: &'a str,
    pub current: i32,
    pub pods: &'a Pods,
    pub tolerances: Tolerances,
    pub now: Timestamp,
    pub epoch: Timestamp,
}

/// What `spec` asks for.
///
/// # Errors
/// Why it cannot be said.
pub(super) fn ask(spec: &MetricSpec, context: &Context) -> Result<Asked, Failure> {
    match spec.type_.as_str() {
        "Resource" => {
            let Some(source) = &spec.resource else { return Err(unknown(&spec.type_)) };
            let measured = Measured { resource: &source.name, container: None };
            let (replicas, name, current) = resource(measured, &source.target, context).map_err(|cause| {
                let error = format!("failed to get {} resource metric value: {cause}", source.name);
                Failure { reason: Some("FailedGetResourceMetric"), cause, error }
            })?;
            let resource = Some(ResourceMetricStatus { current, name: source.name.clone() });
            Ok(Asked { replicas, name, status: MetricStatus { type_: spec.type_.clone(), resource, ..empty() } })
        }
        "ContainerResource" => {
            let Some(source) = &spec.container_resource else { return Err(unknown(&spec.type_)) };
            let measured = Measured { resource: &source.name, container: Some(&source.container) };
            let (replicas, name, current) = resource(measured, &source.target, context).map_err(|cause| {
                let error = format!("failed to get {} container metric value: {cause}", source.container);
                Failure { reason: Some("FailedGetContainerResourceMetric"), cause, error }
            })?;
            let (container, of) = (source.container.clone(), source.name.clone());
            let container_resource = Some(ContainerResourceMetricStatus { container, current, name: of });
            let status = MetricStatus { type_: spec.type_.clone(), container_resource, ..empty() };
            Ok(Asked { replicas, name, status })
        }
        // No adapter serves these in a cluster that was just made.
        "Object" => {
            let Some(source) = &spec.object else { return Err(unknown(&spec.type_)) };
            let (of, metric) = (&source.described_object, &source.metric.name);
            let what = format!("{} on {} {}", of.kind, context.namespace, of.name);
            let cause = format!("unable to get metric {metric}: {what}/{NO_CUSTOM_METRICS}");
            let middle = match &source.target.average_value {
                Some(_) => format!("failed to get {metric} object metric: "),
                None => String::new(),
            };
            let error = format!("failed to get object metric value: {middle}{cause}");
            Err(Failure { reason: Some("FailedGetObjectMetric"), cause, error })
        }
        "Pods" => {
            let Some(source) = &spec.pods else { return Err(unknown(&spec.type_)) };
            let cause = format!("unable to get metric {}: {NO_CUSTOM_METRICS}", source.metric.name);
            let error = format!("failed to get pods metric value: {cause}");
            Err(Failure { reason: Some("FailedGetPodsMetric"), cause, error })
        }
        "External" => {
            let Some(source) = &spec.external else { return Err(unknown(&spec.type_)) };
            let name = &source.metric.name;
            let selector = source.metric.selector.as_ref().map_or_else(|| "nil".to_owned(), go_selector);
            let cause = format!(
                "unable to get external metric {}/{name}/{selector}: unable to fetch metrics from external metrics \
                 API: the server could not find the requested resource (get {name}.external.metrics.k8s.io)",
                context.namespace
            );
            let middle = match &source.target.average_value {
                Some(_) => format!("failed to get {name} external metric: "),
                None => format!("failed to get external metric {name}: "),
            };
            let error = format!("failed to get {name} external metric value: {middle}{cause}");
            Err(Failure { reason: Some("FailedGetExternalMetric"), cause, error })
        }
        other => Err(unknown(other)),
    }
}

const NO_CUSTOM_METRICS: &str =
    "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";

fn unknown(type_: &str) -> Failure {
    let error = format!("unknown metric source type {type_:?}");
    Failure { reason: None, cause: error.clone(), error }
}

/// A status that says nothing.
pub(super) fn empty() -> MetricStatus {
    MetricStatus::default()
}

/// A resource of the Pods (horizontal.go computeStatusForResourceMetricGeneric).
fn resource(
    measured: Measured,
    target: &MetricTarget,
    context: &Context,
) -> Result<(i32, String, MetricValueStatus), String> {
    let resource = measured.resource;
    let of = if measured.container.is_some() { "container " } else { "" };
    let (aim, what, name) = match (&target.average_value, target.average_utilization) {
        // The container is named only where its share is aimed at.
        (Some(value), _) => (Aim::Average(quantity::of(value).milli_value()), "usage", format!("{resource} resource")),
        (None, Some(percent)) => {
            let name = format!("{resource} {of}resource utilization (percentage of request)");
            (Aim::Utilization(percent), "utilization", name)
        }
        (None, None) => {
            return Err("invalid resource metric source: neither an average utilization target nor an average value \
                        (usage) target was set"
                .to_owned());
        }
    };
    let proposal =
        proposal(measured, aim, context).map_err(|error| format!("failed to get {resource} {what}: {error}"))?;
    let current = MetricValueStatus {
        average_utilization: proposal.utilization,
        average_value: Some(milli(proposal.average)),
        value: None,
    };
    Ok((proposal.replicas, name, current))
}

fn proposal(measured: Measured, aim: Aim, context: &Context) -> Result<calculate::Proposal, String> {
    let unable = |error: String| format!("unable to get metrics for resource {}: {error}", measured.resource);
    if context.pods.pods.iter().all(|(_, metrics)| metrics.is_none()) {
        return Err(unable("no metrics returned from resource metrics API".to_owned()));
    }
    let mut samples = Vec::with_capacity(context.pods.pods.len());
    for (pod, metrics) in &context.pods.pods {
        let mut sample = Sample { pod, value: None, when: None };
        if let Some(metrics) = metrics {
            sample.value = Some(calculate::used(metrics, measured, pod).map_err(unable)?);
            let window = SignedDuration::from_micros(i64::try_from(metrics.window.as_micros()).unwrap_or(0));
            sample.when = Some((metrics.at.to_timestamp(context.epoch), window));
        }
        samples.push(sample);
    }
    calculate::replicas(context.current, &samples, measured, aim, context.tolerances, context.now)
}

/// Milli-units as a quantity.
fn milli(milli: i64) -> Field {
    Field(Quantity::from_milli(milli).to_string())
}

/// A selector as Go prints it with `%+v` (apimachinery: apis/meta/v1/generated.pb.go LabelSelector.String).
pub(in crate::cluster::controllers) fn go_selector(selector: &LabelSelector) -> String {
    let mut labels: Vec<(&String, &String)> = selector.match_labels.iter().flatten().collect();
    collections::sort(&mut labels);
    let labels: Vec<String> = labels.into_iter().map(|(key, value)| format!("{key}: {value},")).collect();
    let expression = |it: &LabelSelectorRequirement| {
        let values: Vec<&str> = it.values.iter().flatten().map(String::as_str).collect();
        let (key, operator, values) = (&it.key, &it.operator, values.join(" "));
        format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{values}],}},")
    };
    let expressions: Vec<String> = selector.match_expressions.iter().flatten().map(expression).collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{}}},MatchExpressions:[]LabelSelectorRequirement{{{}}},}}",
        labels.join(""),
        expressions.join("")
    )
}
