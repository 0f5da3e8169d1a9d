//! Rules on probes.

use k8s_openapi::api::core::v1::{Container, Probe};

use super::handlers::{self, Handler};
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::names::NOT_NEGATIVE;

/// Every rule of the three probes of a container; `path` is the place of the container.
pub fn validate(container: &Container, grace: Option<i64>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(probe) = &container.liveness_probe {
        let at = path.field("livenessProbe");
        common(probe, grace, &at, errors);
        success_threshold(probe, &at, errors);
    }
    if let Some(probe) = &container.readiness_probe {
        let at = path.field("readinessProbe");
        common(probe, grace, &at, errors);
        no_grace(probe, &at, errors);
    }
    if let Some(probe) = &container.startup_probe {
        let at = path.field("startupProbe");
        common(probe, grace, &at, errors);
        success_threshold(probe, &at, errors);
    }
}

fn common(probe: &Probe, grace: Option<i64>, path: &Path<'_>, errors: &mut Errors) {
    handlers::validate(&Handler::of_probe(probe), grace, path, errors);
    numbers(probe, path, errors);
    grace_period(probe, path, errors);
}

/// `probe/number`: delays, periods and thresholds are not negative.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: -1}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 5}}]}
/// ```
fn numbers(probe: &Probe, path: &Path<'_>, errors: &mut Errors) {
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (field, number) in numbers {
        if let Some(number) = number.filter(|&number| number < 0) {
            errors.invalid("probe/number", &path.field(field), number, NOT_NEGATIVE);
        }
    }
}

/// `probe/grace-period`: a probe's own termination grace period is at least one second.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{livenessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 0}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{livenessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 5}}]}
/// ```
fn grace_period(probe: &Probe, path: &Path<'_>, errors: &mut Errors) {
    if let Some(seconds) = probe.termination_grace_period_seconds.filter(|&seconds| seconds <= 0) {
        let at = path.field("terminationGracePeriodSeconds");
        errors.invalid("probe/grace-period", &at, seconds, "must be greater than 0");
    }
}

/// `probe/success-threshold`: one success is enough for liveness and startup probes.
///
/// A container that lives or has started needs no second proof; only readiness may ask for several.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{livenessProbe: {tcpSocket: {port: 80}, successThreshold: 2}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{readinessProbe: {tcpSocket: {port: 80}, successThreshold: 2}}]}
/// ```
fn success_threshold(probe: &Probe, path: &Path<'_>, errors: &mut Errors) {
    let threshold = probe.success_threshold.unwrap_or(0);
    if threshold != 1 {
        errors.invalid("probe/success-threshold", &path.field("successThreshold"), threshold, "must be 1");
    }
}

/// `probe/readiness-grace-period`: a readiness probe has no termination grace period, for it never kills.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{readinessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 5}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{readinessProbe: {tcpSocket: {port: 80}}}]}
/// ```
fn no_grace(probe: &Probe, path: &Path<'_>, errors: &mut Errors) {
    if let Some(seconds) = probe.termination_grace_period_seconds {
        let at = path.field("terminationGracePeriodSeconds");
        errors.invalid("probe/readiness-grace-period", &at, seconds, "must not be set for readinessProbes");
    }
}
