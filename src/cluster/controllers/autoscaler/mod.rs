//! The HorizontalPodAutoscaler controller (kubernetes: pkg/controller/podautoscaler/horizontal.go, 1.36).

mod calculate;
mod limit;
mod metric;
mod target;
#[cfg(test)]
mod tests;

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::autoscaling::v2::{
    HPAScalingRules, HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus,
    MetricStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

use super::pod_template;
use super::queue::WorkQueue;
use super::timer::Controller;
use crate::api::quantity;
use crate::api::{Kind, Object, labels};
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, api_server};
use calculate::Tolerances;
use limit::{History, Question};
pub(super) use metric::go_selector;
use metric::{Asked, Context, Failure, Pods};
use target::Scale;

const SOURCE: &str = "horizontal-pod-autoscaler";
/// How often each is looked at (`--horizontal-pod-autoscaler-sync-period`).
pub const PERIOD: Duration = Duration::from_secs(15);
/// How far off a ratio may be before anything is done (`--horizontal-pod-autoscaler-tolerance`).
const TOLERANCE: f64 = 0.1;

/// What the controller remembers besides the objects.
#[derive(Clone, Debug, Default)]
pub(super) struct Autoscalers {
    histories: BTreeMap<ObjectKey, History>,
}

/// One autoscaler for the length of one look.
struct Look<'a> {
    key: &'a ObjectKey,
    hpa: &'a HorizontalPodAutoscaler,
    status: HorizontalPodAutoscalerStatus,
    history: &'a mut History,
    world: &'a mut World,
}

impl Autoscalers {
    /// Forgets one that is gone.
    pub fn forget(&mut self, key: &ObjectKey) {
        self.histories.remove(key);
    }

    /// Looks at one, and lets it be looked at again after its period.
    pub fn sync(&mut self, key: &ObjectKey, queue: &mut WorkQueue, world: &mut World) {
        let Some(Object::HorizontalPodAutoscaler(hpa)) = world.store.get(key).cloned() else { return };
        if !self.histories.contains_key(key) {
            self.histories.insert(key.clone(), History::default());
        }
        let Some(history) = self.histories.get_mut(key) else { return };
        let status = hpa.status.clone().unwrap_or_default();
        let mut look = Look { key, hpa: &hpa, status, history, world };
        look.reconcile();
        let mut changed = hpa.as_ref().clone();
        changed.status = Some(look.status);
        if changed.status != hpa.status {
            // It may be gone meanwhile, which is as good.
            let _ = api_server::update_status(world, Object::HorizontalPodAutoscaler(Rc::new(changed)));
        }
        queue.add(Controller::Autoscaler, key, PERIOD, world);
    }
}

impl Look<'_> {
    fn say(&mut self, warning: bool, reason: &'static str, message: String) {
        pod_template::say(self.world, self.key, SOURCE, warning, reason, message);
    }

    /// horizontal.go reconcileAutoscaler.
    fn reconcile(&mut self) {
        let spec = &self.hpa.spec;
        let reference = &spec.scale_target_ref;
        let group = reference.api_version.as_deref().unwrap_or_default();
        let scale = match target::scale(&self.key.namespace, group, &reference.kind, &reference.name, self.world) {
            Ok(scale) => scale,
            Err(error) => {
                self.say(true, "FailedGetScale", error.clone());
                let message = format!("the HPA controller was unable to get the target's current scale: {error}");
                return self.condition("AbleToScale", false, "FailedGetScale", message);
            }
        };
        let message = "the HPA controller was able to get the target's current scale";
        self.condition("AbleToScale", true, "SucceededGetScale", message.to_owned());
        let current = scale.replicas;
        self.history.begin(self.world.now, current);
        let (min, max) = (spec.min_replicas.unwrap_or(1), spec.max_replicas);
        let mut metrics = Vec::new();
        let (desired, reason) = match current {
            0 if min != 0 => {
                let message = "scaling is disabled since the replica count of the target is zero";
                self.condition("ScalingActive", false, "ScalingDisabled", message.to_owned());
                (0, String::new())
            }
            many if many > max => (max, "Current number of replicas above Spec.MaxReplicas".to_owned()),
            few if few < min => (min, "Current number of replicas below Spec.MinReplicas".to_owned()),
            _ => match self.ask_metrics(&scale, &mut metrics) {
                Ok((asked, name)) => {
                    let asked = asked.max(0);
                    let behavior = spec.behavior.as_ref();
                    let question = Question { now: self.world.now, current, desired: asked, min, max, behavior };
                    let answer = self.history.decide(question);
                    let (reason, message) = answer.able;
                    self.condition("AbleToScale", true, reason, message.to_owned());
                    let (limited, (reason, message)) = answer.limited;
                    self.condition("ScalingLimited", limited, reason, message.to_owned());
                    let why = match asked {
                        asked if asked > current => format!("{name} above target"),
                        asked if asked < current => "All metrics below target".to_owned(),
                        _ => String::new(),
                    };
                    (answer.replicas, why)
                }
                Err(error) => {
                    self.write(current, self.status.desired_replicas, metrics, false);
                    return self.say(true, "FailedComputeMetricsReplicas", error);
                }
            },
        };
        if desired == current {
            return self.write(current, desired, metrics, false);
        }
        if let Err(error) = target::set(&scale, desired, self.world) {
            let text = format!("New size: {desired}; reason: {reason}; error: {error}");
            self.say(true, "FailedRescale", text);
            let message = format!("the HPA controller was unable to update the target scale: {error}");
            self.condition("AbleToScale", false, "FailedUpdateScale", message);
            return self.write(current, self.status.desired_replicas, metrics, false);
        }
        let message = format!("the HPA controller was able to update the target scale to {desired}");
        self.condition("AbleToScale", true, "SucceededRescale", message);
        self.say(false, "SuccessfulRescale", format!("New size: {desired}; reason: {reason}"));
        self.history.scaled(self.world.now, spec.behavior.as_ref(), current, desired);
        self.write(current, desired, metrics, true);
    }

    /// What all metrics together ask for, and the name of the one that asks for the most
    /// (horizontal.go computeReplicasForMetrics).
    fn ask_metrics(&mut self, scale: &Scale, statuses: &mut Vec<MetricStatus>) -> Result<(i32, String), String> {
        let selector = self.selector(scale)?;
        let pods = Pods::of(&self.key.namespace, &selector, self.world);
        let epoch = self.world.config.epoch;
        let tolerance = |rules: Option<&HPAScalingRules>| {
            let said = rules.and_then(|rules| rules.tolerance.as_ref());
            said.map_or(TOLERANCE, |field| quantity::of(field).nano() as f64 / 1e9)
        };
        let behavior = self.hpa.spec.behavior.as_ref();
        let context = Context {
            namespace: &self.key.namespace,
            current: scale.replicas,
            pods: &pods,
            tolerances: Tolerances {
                down: tolerance(behavior.and_then(|behavior| behavior.scale_down.as_ref())),
                up: tolerance(behavior.and_then(|behavior| behavior.scale_up.as_ref())),
            },
            now: self.world.now.to_timestamp(epoch),
            epoch,
        };
        let specs = self.hpa.spec.metrics.as_deref().unwrap_or_default();
        let answers: Vec<Result<Asked, Failure>> = specs.iter().map(|spec| metric::ask(spec, &context)).collect();
        let mut most: Option<(i32, String)> = None;
        let mut failures = Vec::new();
        for answer in answers {
            match answer {
                Ok(asked) => {
                    statuses.push(asked.status);
                    if most.as_ref().is_none_or(|(replicas, _)| *replicas == 0 || asked.replicas > *replicas) {
                        most = Some((asked.replicas, asked.name));
                    }
                }
                Err(failure) => {
                    statuses.push(metric::empty());
                    if let Some(reason) = failure.reason {
                        self.say(true, reason, failure.cause.clone());
                    }
                    failures.push(failure);
                }
            }
        }
        let replicas = most.as_ref().map_or(0, |(replicas, _)| *replicas);
        if let Some(first) = failures.first()
            && (failures.len() >= specs.len() || replicas < scale.replicas)
        {
            let message = format!("the HPA was unable to compute the replica count: {}", first.cause);
            self.condition("ScalingActive", false, first.reason.unwrap_or("InvalidMetricSourceType"), message);
            let (failed, of) = (failures.len(), specs.len());
            return Err(format!("invalid metrics ({failed} invalid out of {of}), first error is: {}", first.error));
        }
        let (replicas, name) = most.unwrap_or_default();
        let message = format!("the HPA was able to successfully calculate a replica count from {name}");
        self.condition("ScalingActive", true, "ValidMetricFound", message);
        Ok((replicas, name))
    }

    /// The selector of the target's Pods, where this autoscaler alone scales them
    /// (horizontal.go validateAndParseSelector).
    fn selector(
        &mut self,
        scale: &Scale,
    ) -> Result<k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector, String> {
        let Some(selector) = scale.selector.clone().filter(|selector| !labels::is_empty(selector)) else {
            self.say(true, "SelectorRequired", "selector is required".to_owned());
            let message = "the HPA target's scale is missing a selector";
            self.condition("ScalingActive", false, "InvalidSelector", message.to_owned());
            return Err("selector is required".to_owned());
        };
        let mut rivals: Vec<ObjectKey> = Vec::new();
        for (key, object) in self.world.store.in_namespace(Kind::HorizontalPodAutoscaler, &self.key.namespace) {
            let Object::HorizontalPodAutoscaler(hpa) = object else { continue };
            let reference = &hpa.spec.scale_target_ref;
            let group = reference.api_version.as_deref().unwrap_or_default();
            let other = target::scale(&self.key.namespace, group, &reference.kind, &reference.name, self.world);
            let Ok(other) = other else { continue };
            let same = key == self.key || other.key == scale.key || self.share_pods(&selector, &other);
            if same {
                rivals.push(key.clone());
            }
        }
        if rivals.len() < 2 {
            return Ok(selector);
        }
        let names: Vec<String> = rivals.iter().map(|key| format!("{}/{}", key.namespace, key.name)).collect();
        let text = labels::print(&selector);
        let message = format!("pods by selector {text} are controlled by multiple HPAs: [{}]", names.join(" "));
        self.say(true, "AmbiguousSelector", message.clone());
        self.condition("ScalingActive", false, "AmbiguousSelector", message.clone());
        Err(message)
    }

    /// Whether another target's selector matches one of the Pods that `selector` matches.
    fn share_pods(
        &self,
        selector: &k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector,
        other: &Scale,
    ) -> bool {
        let pods = self.world.store.in_namespace(Kind::Pod, &self.key.namespace);
        pods.into_iter().any(|(_, object)| {
            let labels = object.metadata().labels.as_ref();
            labels::matches(Some(selector), labels) && labels::matches(other.selector.as_ref(), labels)
        })
    }

    fn write(&mut self, current: i32, desired: i32, metrics: Vec<MetricStatus>, scaled: bool) {
        self.status.current_replicas = Some(current);
        self.status.desired_replicas = desired;
        self.status.current_metrics = Some(metrics).filter(|metrics| !metrics.is_empty());
        if scaled {
            self.status.last_scale_time = Some(self.world.timestamp());
        }
    }

    /// Sets a condition; those that are there keep their place (horizontal.go setConditionInList).
    fn condition(&mut self, type_: &str, holds: bool, reason: &str, message: String) {
        let now: MetaTime = self.world.timestamp();
        let status = if holds { "True" } else { "False" };
        let conditions = self.status.conditions.get_or_insert_default();
        let place = conditions.iter().position(|condition| condition.type_ == type_).unwrap_or_else(|| {
            let new = HorizontalPodAutoscalerCondition { type_: type_.into(), ..Default::default() };
            conditions.push(new);
            conditions.len() - 1
        });
        let Some(condition) = conditions.get_mut(place) else { return };
        if condition.status != status {
            condition.last_transition_time = Some(now);
            condition.status = status.into();
        }
        condition.reason = Some(reason.into());
        condition.message = Some(message.into());
    }
}
