//! The Pods that wait for a node (scheduler: backend/queue/scheduling_queue.go, 1.36).

use collections::{Map as BTreeMap, Set as BTreeSet, SharedMap, Table};
use std::cmp::Reverse;
use std::time::Duration;

use super::hints::Event;
use super::rejection::Plugin;
use crate::cluster::{ObjectKey, Store, Time};

/// The first back-off of a Pod that could not be scheduled; it doubles with each attempt …
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
/// … up to this.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(10);
/// After longer than this without anything that might help, a Pod is tried again anyhow
/// (DefaultPodMaxInUnschedulablePodsDuration) …
const GIVE_UP_WAITING: Duration = Duration::from_secs(5 * 60);
/// … once that is looked for, which is this often (scheduling_queue.go Run).
const FLUSH: Duration = Duration::from_secs(30);

/// The order of attempts: higher priority first, then who waits longer.
type Order = (Reverse<i32>, Time, u64);

#[derive(Clone, Debug)]
struct Waiting {
    priority: i32,
    since: Time,
    number: u64,
    attempts: u32,
    place: Place,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// To be tried next.
    Active,
    /// To be tried when nothing is active, or at this instant.
    BackOff(Time),
    /// Waits for something that helps.
    Unschedulable { until: Time },
    /// Being tried.
    InFlight,
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    waiting: Table<ObjectKey, Waiting>,
    active: SharedMap<Order, ObjectKey>,
    back_off: SharedMap<(Time, ObjectKey), ()>,
    /// Those that wait for help, by the plugins that turned them down.
    unschedulable: BTreeMap<Plugin, SharedMap<ObjectKey, ()>>,
    next: u64,
}

/// When it is found that a Pod has waited too long which could not be scheduled at `since`
/// (flushUnschedulablePodsLeftover).
fn first_flush(since: Time) -> Time {
    let waited = since + GIVE_UP_WAITING;
    let into = Duration::from_micros(waited.as_micros() % FLUSH.as_micros() as u64);
    waited + (FLUSH - into)
}

impl Queue {
    /// Takes in a Pod, or tries again one that was changed.
    pub fn add(&mut self, key: &ObjectKey, priority: i32, now: Time) {
        if self.waiting.contains_key(key) {
            return self.activate(key, now);
        }
        self.next += 1;
        let waiting = Waiting { priority, since: now, number: self.next, attempts: 0, place: Place::Active };
        self.active.insert((Reverse(priority), now, self.next), key.clone());
        self.waiting.insert(key.clone(), waiting);
    }

    /// Whether the Pod waits here.
    pub fn contains(&self, key: &ObjectKey) -> bool {
        self.waiting.contains_key(key)
    }

    /// Forgets a Pod.
    pub fn remove(&mut self, key: &ObjectKey) {
        self.unplace(key);
        self.waiting.remove(key);
    }

    /// Whether anything is to be tried now.
    pub fn is_idle(&self) -> bool {
        self.active.is_empty() && self.back_off.is_empty()
    }

    /// The Pod to be tried next: an active one, else the one whose back-off ends first
    /// (SchedulerPopFromBackoffQ, on since 1.33).
    pub fn pop(&mut self) -> Option<ObjectKey> {
        let key = match self.active.pop_first() {
            Some((_, key)) => key,
            None => self.back_off.pop_first()?.0.1,
        };
        let waiting = self.waiting.get_mut(&key)?;
        waiting.place = Place::InFlight;
        waiting.attempts = waiting.attempts.saturating_add(1);
        Some(key)
    }

    /// Puts back a Pod that could not be scheduled; it waits for what may help, at the longest until the instant
    /// returned.
    pub fn fail(&mut self, key: &ObjectKey, plugins: BTreeSet<Plugin>, now: Time) -> Option<Time> {
        let waiting = self.waiting.get_mut(key)?;
        let until = first_flush(now);
        waiting.since = now;
        waiting.place = Place::Unschedulable { until };
        for plugin in plugins {
            self.unschedulable.entry(plugin).or_default().insert(key.clone(), ());
        }
        Some(until)
    }

    /// Something happened that may help some.
    pub fn helped(&mut self, by: &Event<'_>, store: &Store, now: Time) {
        self.helped_up_to(i32::MAX, by, store, now);
    }

    /// Something happened that may help some of those who are not more important than `priority`.
    pub fn helped_up_to(&mut self, priority: i32, by: &Event<'_>, store: &Store, now: Time) {
        let fits = |key: &ObjectKey| {
            priority == i32::MAX || self.waiting.get(key).is_some_and(|waiting| waiting.priority <= priority)
        };
        let may: BTreeSet<ObjectKey> = self
            .unschedulable
            .iter()
            .filter(|(plugin, _)| by.concerns(**plugin))
            .flat_map(|(plugin, keys)| keys.keys().map(move |key| (*plugin, key)))
            .filter(|(plugin, key)| fits(key) && by.helps(*plugin, key, store))
            .map(|(_, key)| key.clone())
            .collect();
        for key in may {
            self.activate(&key, now);
        }
    }

    /// A Pod has waited long enough.
    pub fn flush(&mut self, key: &ObjectKey, now: Time) {
        let over = self
            .waiting
            .get(key)
            .is_some_and(|waiting| matches!(waiting.place, Place::Unschedulable { until } if until <= now));
        if over {
            self.activate(key, now);
        }
    }

    /// Out of waiting for help, into the back-off or, where that is over, among the active ones.
    fn activate(&mut self, key: &ObjectKey, now: Time) {
        let Some(waiting) = self.waiting.get(key) else { return };
        if !matches!(waiting.place, Place::Unschedulable { .. }) {
            return;
        }
        self.unplace(key);
        let Some(waiting) = self.waiting.get_mut(key) else { return };
        let doublings = waiting.attempts.saturating_sub(1).min(10);
        let back_off = FIRST_BACK_OFF.saturating_mul(1 << doublings).min(LONGEST_BACK_OFF);
        let until = waiting.since + back_off;
        if until > now {
            waiting.place = Place::BackOff(until);
            self.back_off.insert((until, key.clone()), ());
        } else {
            waiting.place = Place::Active;
            self.active.insert((Reverse(waiting.priority), waiting.since, waiting.number), key.clone());
        }
    }

    fn unplace(&mut self, key: &ObjectKey) {
        let Some(waiting) = self.waiting.get(key) else { return };
        match &waiting.place {
            Place::Active => _ = self.active.remove(&(Reverse(waiting.priority), waiting.since, waiting.number)),
            Place::BackOff(until) => _ = self.back_off.remove(&(*until, key.clone())),
            Place::Unschedulable { .. } => {
                for keys in self.unschedulable.values_mut() {
                    keys.remove(key);
                }
            }
            Place::InFlight => {}
        }
    }
}
