//! client-go's correlation: equal events are counted, similar ones combined, a flood is held back
//! (client-go: tools/record/events_cache.go).

use collections::{Set as BTreeSet, Table};
use std::rc::Rc;
use std::time::Duration;

use super::note::EventNote;
use super::recent::{Hash, Recent};
use crate::cluster::{ObjectKey, Time};

/// How many entries each of a component's caches holds.
const CACHE: usize = 4096;
/// From this many distinct messages on, events of one reason are combined.
const SIMILAR: usize = 10;
/// Similar events count together while no more than this lies between them.
const SIMILAR_WITHIN: Duration = Duration::from_secs(600);
/// So many events of one source about one object pass at once …
const BURST: f64 = 25.0;
/// … and then one in this time.
const REFILL: Duration = Duration::from_secs(300);

/// What is to be done with a note.
pub(super) enum Verdict {
    /// A new Event; `remember` is what it is known by later.
    Create { message: Rc<str>, count: i32, remember: Option<Memory> },
    /// The Event of this name gets a new count.
    Count { name: Rc<str>, message: Rc<str>, count: i32 },
    /// Its source said too much about this object of late.
    Drop,
}

/// Where it is remembered how often an event was seen, as long as nothing else is correlated.
pub(super) struct Memory {
    correlator: u32,
    seen: u32,
}

/// A repeated event, as far as it is remembered.
#[derive(Clone, Debug)]
pub(in crate::cluster) struct Series {
    pub(super) key: ObjectKey,
    pub(super) count: i32,
    pub(super) last: Time,
    pub(super) written: Time,
}

/// The correlators of all components, each with its own memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Correlators {
    of: Table<(&'static str, Rc<str>), Correlator>,
    /// The scheduler's series.
    pub(super) series: Table<u64, Series>,
    /// How many of them were left when those that were over had been cleared.
    pub(super) living: usize,
    /// Room to write names in.
    pub(super) room: String,
}

#[derive(Clone, Debug)]
struct Correlator {
    similar: Recent<Similar>,
    seen: Recent<Seen>,
    budget: Recent<Budget>,
}

/// The distinct messages of events that differ in nothing else.
#[derive(Clone, Debug)]
struct Similar {
    /// The first of them: most have no other.
    first: u64,
    more: BTreeSet<u64>,
    last: Time,
}

/// How often one event was seen, and under which name it is stored.
#[derive(Clone, Debug, Default)]
struct Seen {
    count: i32,
    name: Option<Rc<str>>,
}

#[derive(Clone, Debug)]
struct Budget {
    tokens: f64,
    at: Time,
}

impl Default for Correlator {
    fn default() -> Self {
        Self { similar: Recent::new(CACHE), seen: Recent::new(CACHE), budget: Recent::new(CACHE) }
    }
}

impl Correlators {
    /// Says what is to be done with `note`.
    pub(super) fn correlate(&mut self, note: &EventNote, now: Time) -> Verdict {
        let place = self.of.slot_or_default(&(note.topic.source, note.topic.host.clone()), Clone::clone);
        let Some(correlator) = self.of.at_mut(place) else {
            return Verdict::Create { message: note.message.clone(), count: 1, remember: None };
        };
        // Who speaks about what, in which tone: what every key begins with.
        let topic = note.topic.begin.and(&[note.type_()]);
        let (key, message) = correlator.aggregate(topic, note, now);
        let (mut count, mut name, mut remember) = (1, None, None);
        if let Some((at, seen)) = correlator.seen.placed(key, Seen::default) {
            seen.count = seen.count.saturating_add(1);
            (count, name) = (seen.count, seen.name.clone());
            remember = Some(Memory { correlator: place, seen: at });
        }
        if !correlator.passes(topic, now) {
            return Verdict::Drop;
        }
        match name {
            Some(name) => Verdict::Count { name, message, count },
            None => Verdict::Create { message, count, remember },
        }
    }

    /// The components on `host` end, and what they remember with them.
    pub(crate) fn forget(&mut self, host: &str) {
        self.of.retain(|(_, known), _| **known != *host);
    }

    /// Remembers under which name an event is stored.
    pub(super) fn remember(&mut self, memory: &Memory, name: Rc<str>) {
        if let Some(correlator) = self.of.at_mut(memory.correlator)
            && let Some(seen) = correlator.seen.at(memory.seen)
        {
            seen.name = Some(name);
        }
    }
}

impl Correlator {
    /// The key that the note is counted under, and its text: from the tenth distinct message on those of the whole
    /// group (EventAggregator).
    fn aggregate(&mut self, topic: Hash, note: &EventNote, now: Time) -> (u64, Rc<str>) {
        let group = topic.and(&[note.reason]);
        let message = Hash::of(&[&note.message]).key();
        let exact = || (group.and(&[&note.field_path]).and_key(message).key(), note.message.clone());
        let group = group.key();
        let similar = self.similar.entry(group, || Similar { first: message, more: BTreeSet::new(), last: now });
        let Some(similar) = similar else { return exact() };
        if now.since(similar.last) > SIMILAR_WITHIN {
            (similar.first, similar.more) = (message, BTreeSet::new());
        }
        similar.last = now;
        if message != similar.first {
            similar.more.insert(message);
        }
        if 1 + similar.more.len() >= SIMILAR {
            similar.more.pop_first();
            return (group, format!("(combined from similar events): {}", note.message).into());
        }
        exact()
    }

    /// Whether the source may still speak about the object (EventSourceObjectSpamFilter; one budget for each type).
    fn passes(&mut self, topic: Hash, now: Time) -> bool {
        let budget = self.budget.entry(topic.key(), || Budget { tokens: BURST, at: now });
        let Some(budget) = budget else { return true };
        let refilled = now.since(budget.at).as_secs_f64() / REFILL.as_secs_f64();
        budget.tokens = (budget.tokens + refilled).min(BURST);
        budget.at = now;
        let passes = budget.tokens >= 1.0;
        if passes {
            budget.tokens -= 1.0;
        }
        passes
    }
}
