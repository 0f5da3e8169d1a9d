//! Delays that double (client-go: util/flowcontrol/backoff.go).

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::cluster::Time;

/// The first delay of crashes and of image pulls.
const INITIAL: Duration = Duration::from_secs(10);
/// The longest.
const MAX: Duration = Duration::from_secs(300);

/// The delays of one Pod, by key.
#[derive(Clone, Debug, Default)]
pub(super) struct BackOff {
    entries: BTreeMap<Rc<str>, Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    delay: Duration,
    last_update: Time,
}

impl BackOff {
    /// The delay of `key` as it stands.
    pub fn delay(&self, key: &str) -> Duration {
        self.entries.get(key).map(|entry| entry.delay).unwrap_or_default()
    }

    /// When the delay of `key`, counted from `event`, is over; none when it does not hold at `now`.
    pub fn holds_since(&self, key: &str, event: Time, now: Time) -> Option<Time> {
        let entry = self.entries.get(key).filter(|entry| !entry.expired(event))?;
        (now.since(event) < entry.delay).then(|| event + entry.delay)
    }

    /// The same, counted from the last time it was lengthened.
    pub fn holds_since_update(&self, key: &str, now: Time) -> Option<Time> {
        let entry = self.entries.get(key).filter(|entry| !entry.expired(now))?;
        (now.since(entry.last_update) < entry.delay).then(|| entry.last_update + entry.delay)
    }

    /// Lengthens the delay of `key` after something that happened at `event`.
    pub fn next(&mut self, key: Rc<str>, event: Time, now: Time) {
        let delay = match self.entries.get(&key) {
            Some(entry) if !entry.expired(event) => (entry.delay * 2).min(MAX),
            _ => INITIAL,
        };
        self.entries.insert(key, Entry { delay, last_update: now });
    }
}

impl Entry {
    /// Nothing happened for twice the longest delay.
    fn expired(&self, event: Time) -> bool {
        event.since(self.last_update) > MAX * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_five_minutes_and_begin_anew_after_ten() {
        let mut backoff = BackOff::default();
        let key: Rc<str> = "app".into();
        let mut now = Time::ZERO;
        let mut delays = Vec::new();
        for _ in 0..7 {
            assert_eq!(backoff.holds_since(&key, now, now + backoff.delay(&key)), None);
            backoff.next(key.clone(), now, now);
            delays.push(backoff.delay(&key).as_secs());
            now = now + backoff.delay(&key);
        }
        assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300]);
        now = now + Duration::from_secs(601);
        assert_eq!(backoff.holds_since(&key, now, now), None);
        backoff.next(key.clone(), now, now);
        assert_eq!(backoff.delay(&key).as_secs(), 10);
    }
}
