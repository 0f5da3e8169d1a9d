//! What autoscalers see and want at an instant.

use std::rc::Rc;

use crate::api::{Kind, Object, table};
use crate::cluster::{AUTOSCALER_PERIOD, ObjectKey, Time};
use crate::trace::Run;

/// An autoscaler, as it stands beside what it scales.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoscalerScene {
    /// Which object.
    pub key: ObjectKey,
    /// What it sees and aims at, as kubectl says it (`cpu: 183%/60%`).
    pub targets: Rc<str>,
    /// Whether it has looked yet: before that it wants nothing.
    pub looked: bool,
    /// How many Pods it wants, as it last said.
    pub desired: i32,
    /// The fewest it may want.
    pub min: i32,
    /// The most it may want.
    pub max: i32,
    /// When it looks next.
    pub next: Time,
}

/// The next look at or after `at` of an autoscaler that was made at `made`: it looks again and again, at equal distances.
fn next_look(made: Time, at: Time) -> Time {
    let period = u64::try_from(AUTOSCALER_PERIOD.as_micros()).unwrap_or(u64::MAX).max(1);
    let looks = at.as_micros().saturating_sub(made.as_micros()) / period + 1;
    Time::from_micros(made.as_micros().saturating_add(looks.saturating_mul(period)))
}

/// The autoscalers at `at`, each with what it scales.
pub fn autoscalers(run: &Run, at: Time) -> Vec<(ObjectKey, AutoscalerScene)> {
    let one = |(key, object): (&ObjectKey, &Object)| {
        let Object::HorizontalPodAutoscaler(it) = object else { return None };
        let target = &it.spec.scale_target_ref;
        let kind = Kind::referred(target.api_version.as_deref().unwrap_or_default(), &target.kind)?;
        let uid = &it.metadata.uid;
        let mut made = run.chronicle().changes(key).filter(|(_, change)| change.object.metadata().uid == *uid);
        let scene = AutoscalerScene {
            key: key.clone(),
            targets: table::autoscaler_targets(it).into(),
            looked: it
                .status
                .as_ref()
                .is_some_and(|status| status.conditions.as_deref().is_some_and(|all| !all.is_empty())),
            desired: it.status.as_ref().map_or(0, |status| status.desired_replicas),
            min: it.spec.min_replicas.unwrap_or(1),
            max: it.spec.max_replicas,
            next: next_look(made.next().map_or(Time::ZERO, |(made, _)| made), at),
        };
        Some((ObjectKey::new(kind, &key.namespace, &target.name), scene))
    };
    run.objects_at(Kind::HorizontalPodAutoscaler, at).filter_map(one).collect()
}
