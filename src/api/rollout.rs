//! How a Deployment rolls out: by which strategy, and within which bounds.

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::int_or_string::scaled;

/// The strategy (`RollingUpdate`, `Recreate`).
pub fn strategy(spec: &DeploymentSpec) -> &str {
    spec.strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()).unwrap_or("RollingUpdate")
}

/// How many Pods there may be above what is wanted, and how many of those may be missing
/// (kubernetes: pkg/controller/deployment/util/deployment_util.go MaxSurge, MaxUnavailable, ResolveFenceposts).
pub fn bounds(spec: &DeploymentSpec) -> (i32, i32) {
    if strategy(spec) != "RollingUpdate" {
        return (0, 0);
    }
    let desired = spec.replicas.unwrap_or(1).max(0);
    let quarter = IntOrString::String("25%".to_owned());
    let rolling = spec.strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
    let surge = rolling.and_then(|rolling| rolling.max_surge.as_ref()).unwrap_or(&quarter);
    let unavailable = rolling.and_then(|rolling| rolling.max_unavailable.as_ref()).unwrap_or(&quarter);
    let surge = scaled(surge, desired, true).unwrap_or(0).max(0);
    let unavailable = scaled(unavailable, desired, false).unwrap_or(0).max(0);
    let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
    (surge, unavailable.min(desired))
}
