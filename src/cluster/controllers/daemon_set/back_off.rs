//! How long a failed Pod of a DaemonSet is left alone before it is replaced, so that one that fails at once does not make
//! its controller spin (kubernetes: daemon_controller.go failedPodsBackoff; client-go: util/flowcontrol/backoff.go, 1.36).

use std::rc::Rc;
use std::time::Duration;

use collections::Map as BTreeMap;

use crate::cluster::Time;

/// The first wait; it doubles with each failed Pod …
const FIRST: Duration = Duration::from_secs(1);
/// … up to this. An entry that was not used for twice as long is forgotten.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The uid of a set, its generation, and a node: every generation begins anew.
type Key = (Rc<str>, i64, Rc<str>);

#[derive(Clone, Debug)]
struct Entry {
    wait: Duration,
    last: Time,
}

/// The waits of all DaemonSets.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct FailedPods(BTreeMap<Key, Entry>);

impl FailedPods {
    /// How long a failed Pod has to stay; none where it may be replaced now, which makes the next one wait longer.
    pub(super) fn wait(&mut self, set: &str, generation: i64, node: &str, now: Time) -> Option<Duration> {
        let key: Key = (set.into(), generation, node.into());
        let known = self.0.get_mut(&key).filter(|entry| now.since(entry.last) <= LONGEST * 2);
        match known {
            Some(entry) if now.since(entry.last) < entry.wait => Some(entry.wait),
            Some(entry) => {
                entry.wait = (entry.wait * 2).min(LONGEST);
                entry.last = now;
                None
            }
            None => {
                self.0.insert(key, Entry { wait: FIRST, last: now });
                None
            }
        }
    }

    /// Forgets a set that is gone.
    pub(in super::super) fn forget(&mut self, set: &str) {
        self.0.retain(|(of, _, _), _| &**of != set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failed_pod_makes_the_next_one_wait_twice_as_long() {
        let mut waits = FailedPods::default();
        let mut now = Time::ZERO;
        let mut ask = |after: u64| {
            now = now + Duration::from_millis(after);
            waits.wait("set", 1, "node-1", now).map(|wait| wait.as_secs())
        };
        assert_eq!([ask(0), ask(500), ask(500), ask(1_000), ask(1_000)], [None, Some(1), None, Some(2), None]);
        assert_eq!([ask(3_999), ask(1)], [Some(4), None]);
        // After half an hour of peace it is as if nothing had been.
        assert_eq!([ask(1_800_001), ask(999), ask(1)], [None, Some(1), None]);
        assert_eq!(waits.wait("set", 2, "node-1", Time::ZERO), None);
        assert_eq!(waits.wait("set", 1, "node-2", Time::ZERO), None);
    }
}
