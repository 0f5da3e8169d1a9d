//! The controllers' work queues: an object waits in one at most once (client-go: util/workqueue).

use collections::Map as BTreeMap;
use std::time::Duration;

use super::timer::{Controller, Timer};
use crate::cluster::world::{Due, World};
use crate::cluster::{ObjectKey, Time};

/// How long it is until a failed sync is tried again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retries {
    /// The first wait; it doubles with each failure …
    pub first: Duration,
    /// … up to this.
    pub longest: Duration,
}

impl Retries {
    /// Those of most controllers (client-go: workqueue DefaultTypedControllerRateLimiter).
    pub const USUAL: Self = Self { first: Duration::from_millis(5), longest: Duration::from_secs(1000) };
}

/// What waits to be looked at, and since how many failures.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkQueue {
    due: BTreeMap<(Controller, ObjectKey), Time>,
    failures: BTreeMap<(Controller, ObjectKey), u32>,
}

impl WorkQueue {
    /// Lets `key` be looked at `after` from now, or earlier where it is due earlier.
    pub fn add(&mut self, controller: Controller, key: &ObjectKey, after: Duration, world: &mut World) {
        let at = world.now + after;
        let entry = (controller, key.clone());
        if self.due.get(&entry).is_some_and(|due| *due <= at) {
            return;
        }
        self.due.insert(entry, at);
        world.wake(after, Due::Controllers(Timer::Sync(controller, key.clone())));
    }

    /// Whether `key` is going to be looked at.
    pub fn holds(&self, controller: Controller, key: &ObjectKey) -> bool {
        self.due.contains_key(&(controller, key.clone()))
    }

    /// Lets `key` be looked at again after a failure, each time later.
    pub fn retry(&mut self, controller: Controller, key: &ObjectKey, world: &mut World) {
        self.retry_after(Retries::USUAL, controller, key, world);
    }

    /// The same, where the waits are other ones.
    pub fn retry_after(&mut self, waits: Retries, controller: Controller, key: &ObjectKey, world: &mut World) {
        let failures = self.failures.entry((controller, key.clone())).or_default();
        let after = waits.first.saturating_mul(1 << (*failures).min(20)).min(waits.longest);
        *failures = failures.saturating_add(1);
        self.add(controller, key, after, world);
    }

    /// Forgets the failures of `key`.
    pub fn succeeded(&mut self, controller: Controller, key: &ObjectKey) {
        if !self.failures.is_empty() {
            self.failures.remove(&(controller, key.clone()));
        }
    }

    /// Takes `key` out to be looked at; false where a timer is out of date.
    pub fn take(&mut self, controller: Controller, key: &ObjectKey, now: Time) -> bool {
        let entry = (controller, key.clone());
        if self.due.get(&entry) != Some(&now) {
            return false;
        }
        self.due.remove(&entry);
        true
    }
}
