//! From what metrics ask for to what is done: stabilisation, rates, bounds
//! (kubernetes: pkg/controller/podautoscaler/horizontal.go normalizeDesiredReplicas…, 1.36).

use std::time::Duration;

use k8s_openapi::api::autoscaling::v2::{HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscalerBehavior};

use crate::cluster::Time;

/// Without a behaviour, and by default with one, the highest recommendation of so many seconds counts for scaling down
/// (`--horizontal-pod-autoscaler-downscale-stabilization`).
const DOWN_WINDOW: i32 = 300;

/// What an autoscaler remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    recommendations: Vec<(Time, i32)>,
    /// When replicas were added, and how many.
    ups: Vec<(Time, i32)>,
    downs: Vec<(Time, i32)>,
}

/// What has to be decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub now: Time,
    pub current: i32,
    pub desired: i32,
    pub min: i32,
    pub max: i32,
    pub behavior: Option<&'a HorizontalPodAutoscalerBehavior>,
}

/// A condition's reason and message.
pub(super) type Words = (&'static str, &'static str);

/// What is decided, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Answer {
    pub replicas: i32,
    /// For `AbleToScale`.
    pub able: Words,
    /// For `ScalingLimited`, and whether it is true.
    pub limited: (bool, Words),
}

const MATCHES: Words = ("ReadyForNewScale", "recommended size matches current size");
const STABLE_DOWN: Words = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const STABLE_UP: Words = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const IN_RANGE: Words = ("DesiredWithinRange", "the desired count is within the acceptable range");
const TOO_FEW: Words = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
const TOO_MANY: Words = ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
const UP_LIMIT: Words = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const DOWN_LIMIT: Words =
    ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");

impl History {
    /// The first recommendation is what is there (horizontal.go recordInitialRecommendation).
    pub fn begin(&mut self, now: Time, current: i32) {
        if self.recommendations.is_empty() {
            self.recommendations.push((now, current));
        }
    }

    /// Remembers that something was done; only behaviours ask for it (horizontal.go storeScaleEvent).
    pub fn scaled(&mut self, now: Time, behavior: Option<&HorizontalPodAutoscalerBehavior>, from: i32, to: i32) {
        let Some(behavior) = behavior else { return };
        let longest = |rules: &Option<HPAScalingRules>| {
            let policies = rules.iter().flat_map(|rules| rules.policies.iter().flatten());
            policies.map(|policy| policy.period_seconds).max().unwrap_or(0)
        };
        let (events, rules) = match to > from {
            true => (&mut self.ups, &behavior.scale_up),
            false => (&mut self.downs, &behavior.scale_down),
        };
        let since = now - seconds(longest(rules));
        events.retain(|(at, _)| *at > since);
        events.push((now, to.saturating_sub(from).abs()));
    }

    /// Decides.
    pub fn decide(&mut self, question: Question) -> Answer {
        match question.behavior {
            None => self.plain(question),
            Some(behavior) => self.behaved(question, behavior),
        }
    }

    fn plain(&mut self, question: Question) -> Answer {
        let cutoff = question.now - seconds(DOWN_WINDOW);
        let recent = self.recommendations.iter().filter(|(at, _)| *at > cutoff).map(|(_, replicas)| *replicas);
        let stable = recent.chain([question.desired]).max().unwrap_or(question.desired);
        self.recommend(question.now, question.desired, DOWN_WINDOW);
        let able = if stable == question.desired { MATCHES } else { STABLE_DOWN };
        // At most twice as many at once, and four at least (horizontal.go calculateScaleUpLimit).
        let rate = question.current.saturating_mul(2).max(4);
        let (most, why) = if question.max > rate { (rate, UP_LIMIT) } else { (question.max, TOO_MANY) };
        let (replicas, words) = match stable {
            few if few < question.min => (question.min, TOO_FEW),
            many if many > most => (most, why),
            fits => (fits, IN_RANGE),
        };
        Answer { replicas, able, limited: (replicas != stable, words) }
    }

    fn behaved(&mut self, question: Question, behavior: &HorizontalPodAutoscalerBehavior) -> Answer {
        let window = |rules: &Option<HPAScalingRules>| rules.as_ref().and_then(|it| it.stabilization_window_seconds);
        let (up_window, down_window) =
            (window(&behavior.scale_up).unwrap_or(0), window(&behavior.scale_down).unwrap_or(DOWN_WINDOW));
        let (up_cutoff, down_cutoff) = (question.now - seconds(up_window), question.now - seconds(down_window));
        let (mut up, mut down) = (question.desired, question.desired);
        for (at, replicas) in &self.recommendations {
            if *at > up_cutoff {
                up = up.min(*replicas);
            }
            if *at > down_cutoff {
                down = down.max(*replicas);
            }
        }
        let stable = question.current.max(up).min(down);
        self.recommend(question.now, question.desired, up_window.max(down_window));
        let able = match () {
            () if stable == question.desired => MATCHES,
            () if question.desired >= question.current => STABLE_UP,
            () => STABLE_DOWN,
        };
        let (replicas, words) = self.within_rates(question, stable, behavior);
        Answer { replicas, able, limited: (replicas != stable, words) }
    }

    /// horizontal.go convertDesiredReplicasWithBehaviorRate.
    fn within_rates(
        &self,
        question: Question,
        desired: i32,
        behavior: &HorizontalPodAutoscalerBehavior,
    ) -> (i32, Words) {
        let Question { current, min, max, .. } = question;
        if desired > current {
            let limit = self.limit(question, behavior.scale_up.as_ref(), true).max(current);
            let (most, why) = if max > limit { (limit, UP_LIMIT) } else { (max, TOO_MANY) };
            if desired > most {
                return (most, why);
            }
        } else if desired < current {
            let limit = self.limit(question, behavior.scale_down.as_ref(), false).min(current);
            let (least, why) = if min < limit { (limit, DOWN_LIMIT) } else { (min, TOO_FEW) };
            if desired < least {
                return (least, why);
            }
        }
        (desired, IN_RANGE)
    }

    /// How far one may go in a direction: the policies, each from what was there when its period began
    /// (horizontal.go calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors).
    fn limit(&self, question: Question, rules: Option<&HPAScalingRules>, up: bool) -> i32 {
        let choice = rules.and_then(|rules| rules.select_policy.as_deref()).unwrap_or("Max");
        if choice == "Disabled" {
            return question.current;
        }
        let policies = rules.and_then(|rules| rules.policies.as_deref()).unwrap_or_default();
        let limits = policies.iter().map(|policy| {
            let since = question.now - seconds(policy.period_seconds);
            let sum = |events: &[(Time, i32)]| -> i32 {
                let recent = events.iter().filter(|(at, _)| *at > since);
                recent.fold(0, |sum, (_, count)| sum.saturating_add(*count))
            };
            let start = question.current.saturating_sub(sum(&self.ups)).saturating_add(sum(&self.downs));
            step(start, policy, up)
        });
        // The greatest change is the highest limit upwards and the lowest downwards.
        let found = if up == (choice != "Min") { limits.max() } else { limits.min() };
        found.unwrap_or(question.current)
    }

    fn recommend(&mut self, now: Time, replicas: i32, window: i32) {
        let cutoff = now - seconds(window);
        self.recommendations.retain(|(at, _)| *at >= cutoff);
        self.recommendations.push((now, replicas));
    }
}

/// How far one policy lets go from `start`: the share is added to the whole before it is multiplied, for what floating
/// point makes of a tenth decides about a Pod more or less.
fn step(start: i32, policy: &HPAScalingPolicy, up: bool) -> i32 {
    let by = policy.value;
    let (whole, share) = (f64::from(start), f64::from(by) / 100.0);
    match (policy.type_.as_str(), up) {
        ("Pods", true) => start.saturating_add(by),
        ("Pods", false) => start.saturating_sub(by),
        (_, true) => (whole * (1.0 + share)).ceil() as i32,
        (_, false) => (whole * (1.0 - share)) as i32,
    }
}

fn seconds(seconds: i32) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}
