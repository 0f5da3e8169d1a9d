//! What the trace already knows of the time after an instant: a run is computed before it is watched.

use std::cell::Cell;

use super::Run;
use crate::cluster::{Happening, Record, RuntimeEvent, Time};

/// How many records are looked through for one answer; what lies further is not told.
const FAR: usize = 600;

/// The records of one Pod after an instant.
pub(super) struct Ahead<'a> {
    run: &'a Run,
    uid: &'a str,
    from: usize,
    /// When a person acts next: what follows from that is not foretold.
    limit: Option<Time>,
    missed: Cell<bool>,
}

impl<'a> Ahead<'a> {
    /// What comes after `at`, which is after the first `from` records of the story of the Pod of `uid`.
    pub fn new(run: &'a Run, uid: &'a str, from: usize, at: Time) -> Self {
        let limit = run.acts().iter().map(|act| act.at).find(|act| *act > at);
        Self { run, uid, from, limit, missed: Cell::new(false) }
    }

    /// The first record that fits.
    pub fn record(&self, fits: &dyn Fn(&Record) -> bool) -> Option<&'a Record> {
        let known = |record: &&Record| self.limit.is_none_or(|limit| record.at < limit);
        let mut story = self.run.chronicle().story_after(self.uid, self.from).take(FAR).take_while(known);
        let found = story.find(|record| fits(record));
        if found.is_none() {
            self.missed.set(true);
        }
        found
    }

    /// When the first thing that fits befalls `container`.
    pub fn event(&self, container: &str, fits: &dyn Fn(&RuntimeEvent) -> bool) -> Option<Time> {
        let note = |record: &Record| match &record.what {
            // What kind it is says itself; the name lies elsewhere in memory.
            Happening::Runtime(note) => fits(&note.event) && &*note.container == container,
            _ => false,
        };
        self.record(&note).map(|record| record.at)
    }

    /// When `probe` of `container` gives its next verdict about the running instance.
    pub fn probe(&self, container: &str, probe: &str) -> Option<Time> {
        let told = |event: &RuntimeEvent| match event {
            RuntimeEvent::Probed { probe: other, .. } => *other == probe,
            RuntimeEvent::Exited { .. } => true,
            _ => false,
        };
        self.event(container, &told)
    }

    /// Whether a person acts later, so that what is not found may yet come.
    pub fn limited(&self) -> bool {
        self.limit.is_some()
    }

    /// Whether something was asked for that is not known; it may be once more has been run.
    pub fn missed(&self) -> bool {
        self.missed.get()
    }
}
