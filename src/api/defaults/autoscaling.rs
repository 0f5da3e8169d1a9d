//! Defaults of a HorizontalPodAutoscaler.

use k8s_openapi::api::autoscaling::v2::{
    ExternalMetricSource, HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler, MetricSpec, MetricTarget,
    ResourceMetricSource,
};

use super::{fill, quantities};

pub(super) fn autoscaler(autoscaler: &mut HorizontalPodAutoscaler) {
    let spec = &mut autoscaler.spec;
    fill::pointer(&mut spec.min_replicas, 1);
    if spec.metrics.as_ref().is_none_or(Vec::is_empty) {
        spec.metrics = Some(vec![cpu_at_80_percent()]);
    }
    for metric in spec.metrics.iter_mut().flatten() {
        targets(metric);
    }
    // One rule given, even an empty one, brings in all the others.
    if let Some(behavior) = &mut spec.behavior {
        rules(behavior.scale_up.get_or_insert_default(), Some(0), &[("Pods", 4), ("Percent", 100)]);
        rules(behavior.scale_down.get_or_insert_default(), None, &[("Percent", 100)]);
    }
}

fn cpu_at_80_percent() -> MetricSpec {
    let target = MetricTarget { type_: "Utilization".into(), average_utilization: Some(80), ..MetricTarget::default() };
    MetricSpec {
        type_: "Resource".into(),
        resource: Some(ResourceMetricSource { name: "cpu".into(), target }),
        ..MetricSpec::default()
    }
}

fn rules(rules: &mut HPAScalingRules, window: Option<i32>, policies: &[(&str, i32)]) {
    if rules.stabilization_window_seconds.is_none() {
        rules.stabilization_window_seconds = window;
    }
    fill::pointer(&mut rules.select_policy, "Max".into());
    quantities::one(&mut rules.tolerance);
    if rules.policies.is_none() {
        let policy = |(type_, value): &(&str, i32)| HPAScalingPolicy {
            type_: (*type_).into(),
            value: *value,
            period_seconds: 15,
        };
        rules.policies = Some(policies.iter().map(policy).collect());
    }
}

fn targets(metric: &mut MetricSpec) {
    let targets = [
        metric.resource.as_mut().map(|it| &mut it.target),
        metric.container_resource.as_mut().map(|it| &mut it.target),
        metric.pods.as_mut().map(|it| &mut it.target),
        metric.object.as_mut().map(|it| &mut it.target),
        metric.external.as_mut().map(|ExternalMetricSource { target, .. }| target),
    ];
    for target in targets.into_iter().flatten() {
        quantities::one(&mut target.value);
        quantities::one(&mut target.average_value);
    }
}
