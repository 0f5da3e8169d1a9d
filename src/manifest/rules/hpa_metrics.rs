//! Rules on what a HorizontalPodAutoscaler measures.

use k8s_openapi::api::autoscaling::v2::{
    ContainerResourceMetricSource, ExternalMetricSource, HorizontalPodAutoscalerSpec, MetricIdentifier, MetricSpec,
    MetricTarget, ObjectMetricSource, PodsMetricSource, ResourceMetricSource,
};

use super::errors::{Errors, Shown};
use super::pod::{self, resources::Owner};
use super::{go, hpa, names};
use crate::api::{Path, quantity};

const CODE: &str = "hpa/metric";
const TYPES: [&str; 5] = ["ContainerResource", "External", "Object", "Pods", "Resource"];
const NOTHING_SET: &str = "must set either a target raw value or a target utilization";
const BOTH_SET: &str = "may not set both a target raw value and a target utilization";

/// Every rule of the metrics.
pub fn validate(spec: &HorizontalPodAutoscalerSpec, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("metrics");
    let metrics = go::list(&spec.metrics);
    for (i, it) in metrics.iter().enumerate() {
        metric(it, &at.index(i), errors);
    }
    if spec.min_replicas == Some(0) && !metrics.iter().any(|it| matches!(it.type_.as_str(), "Object" | "External")) {
        let detail = "must specify at least one Object or External metric to support scaling to zero replicas";
        errors.forbidden(CODE, &at, detail);
    }
}

/// `hpa/metric`: a metric has one source, and it is of the type that is named.
///
/// Bad:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {metrics: [{type: Resource}]}
/// ```
/// Good:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}
/// ```
fn metric(metric: &MetricSpec, path: &Path<'_>, errors: &mut Errors) {
    let at_type = path.field("type");
    if metric.type_.is_empty() {
        errors.required(CODE, &at_type, "must specify a metric source type");
    }
    let known = TYPES.contains(&metric.type_.as_str());
    if !known {
        errors.not_supported(CODE, &at_type, &metric.type_, &TYPES);
    }
    let present = [
        ("object", metric.object.is_some()),
        ("external", metric.external.is_some()),
        ("pods", metric.pods.is_some()),
        ("resource", metric.resource.is_some()),
        ("containerResource", metric.container_resource.is_some()),
    ];
    // Only the first source that is there is looked into.
    match present.iter().find(|(_, there)| *there).map(|(name, _)| *name) {
        Some("object") => metric.object.iter().for_each(|it| object(it, &path.field("object"), errors)),
        Some("external") => metric.external.iter().for_each(|it| external(it, &path.field("external"), errors)),
        Some("pods") => metric.pods.iter().for_each(|it| pods(it, &path.field("pods"), errors)),
        Some("resource") => metric.resource.iter().for_each(|it| resource(it, &path.field("resource"), errors)),
        Some(_) => {
            let at = path.field("containerResource");
            metric.container_resource.iter().for_each(|it| container_resource(it, &at, errors));
        }
        None => {}
    }
    let expected = match metric.type_.as_str() {
        "Object" => "object",
        "External" => "external",
        "Pods" => "pods",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => {
            errors.not_supported(CODE, &at_type, &metric.type_, &TYPES);
            ""
        }
    };
    if known && !present.contains(&(expected, true)) {
        errors.required(CODE, &path.field(expected), "must populate information for the given metric source");
    }
    if present.iter().filter(|(_, there)| *there).count() > 1 {
        for (name, _) in present.iter().filter(|(name, there)| *there && *name != expected) {
            errors.forbidden(CODE, &path.field(name), "must populate the given metric source only");
        }
    }
}

fn object(source: &ObjectMetricSource, path: &Path<'_>, errors: &mut Errors) {
    let described = path.field("describedObject");
    hpa::reference(&source.described_object, &described, errors);
    hpa::api_version(&source.described_object, false, &described, errors);
    identifier(&source.metric, &path.field("metric"), errors);
    let at = path.field("target");
    target(&source.target, &at, errors);
    if source.target.value.is_none() && source.target.average_value.is_none() {
        let detail = "must set either a target value or averageValue";
        errors.required("hpa/target", &at.field("averageValue"), detail);
    }
}

fn external(source: &ExternalMetricSource, path: &Path<'_>, errors: &mut Errors) {
    identifier(&source.metric, &path.field("metric"), errors);
    let at = path.field("target");
    target(&source.target, &at, errors);
    match (&source.target.value, &source.target.average_value) {
        (None, None) => {
            let detail = "must set either a target value for metric or a per-pod target";
            errors.required("hpa/target", &at.field("averageValue"), detail);
        }
        (Some(_), Some(_)) => {
            let detail = "may not set both a target value for metric and a per-pod target";
            errors.forbidden("hpa/target", &at.field("value"), detail);
        }
        _ => {}
    }
}

fn pods(source: &PodsMetricSource, path: &Path<'_>, errors: &mut Errors) {
    identifier(&source.metric, &path.field("metric"), errors);
    let at = path.field("target");
    target(&source.target, &at, errors);
    if source.target.average_value.as_ref().is_none_or(|value| quantity::of(value).sign() <= 0) {
        errors.required("hpa/target", &at.field("averageValue"), "must specify a positive target averageValue");
    }
}

fn resource(source: &ResourceMetricSource, path: &Path<'_>, errors: &mut Errors) {
    if source.name.is_empty() {
        errors.required(CODE, &path.field("name"), "must specify a resource name");
    }
    resource_target(&source.target, &path.field("target"), errors);
}

fn container_resource(source: &ContainerResourceMetricSource, path: &Path<'_>, errors: &mut Errors) {
    match source.name.as_str() {
        "" => errors.required(CODE, &path.field("name"), "must specify a resource name"),
        name => pod::resources::resource_name(name, Owner::Container, &path.field("name"), errors),
    }
    let at = path.field("container");
    match source.container.as_str() {
        "" => errors.required(CODE, &at, "must specify a container"),
        name => errors.invalid_each(CODE, &at, name, names::dns1123_label(name)),
    }
    resource_target(&source.target, &path.field("target"), errors);
}

fn resource_target(it: &MetricTarget, path: &Path<'_>, errors: &mut Errors) {
    target(it, path, errors);
    match (it.average_utilization, &it.average_value) {
        (None, None) => errors.required("hpa/target", &path.field("averageUtilization"), NOTHING_SET),
        (Some(_), Some(_)) => errors.forbidden("hpa/target", &path.field("averageValue"), BOTH_SET),
        _ => {}
    }
}

/// `hpa/target`: what a metric aims at: a value, an average for each Pod, or a share of what the Pods request; one of
/// them, and above zero.
///
/// Bad:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 0}}}]}
/// ```
/// Good:
/// ```yaml
/// kind: HorizontalPodAutoscaler
/// spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}
/// ```
fn target(target: &MetricTarget, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "hpa/target";
    let at_type = path.field("type");
    if target.type_.is_empty() {
        errors.required(CODE, &at_type, "must specify a metric target type");
    }
    if !matches!(target.type_.as_str(), "Utilization" | "Value" | "AverageValue") {
        let value = Shown::Named(&target.type_);
        errors.invalid(CODE, &at_type, value, "must be either Utilization, Value, or AverageValue");
    }
    for (name, value) in [("value", &target.value), ("averageValue", &target.average_value)] {
        if let Some(field) = value.as_ref().filter(|field| quantity::of(field).sign() <= 0) {
            let text = quantity::printed(&field.0);
            errors.invalid(CODE, &path.field(name), Shown::Str(&text), "must be positive");
        }
    }
    if let Some(utilization) = target.average_utilization.filter(|it| *it < 1) {
        errors.invalid(CODE, &path.field("averageUtilization"), utilization, "must be greater than 0");
    }
}

/// `hpa/metric-name`: a metric has a name that can stand in a URL.
fn identifier(metric: &MetricIdentifier, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("name");
    match metric.name.is_empty() {
        true => errors.required("hpa/metric-name", &at, "must specify a metric name"),
        false => hpa::path_segment("hpa/metric-name", &metric.name, &at, errors),
    }
}
