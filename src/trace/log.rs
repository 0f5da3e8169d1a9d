//! The log of a Pod: what its containers wrote, merged by time, some of it picked out.

use std::rc::Rc;

use super::Run;
use crate::cluster::{LogLine, Time};

/// Which lines of a Pod's log are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// These containers; of each one instance, from 0, or all of them.
    pub containers: Vec<(Rc<str>, Option<u32>)>,
    /// Lines that hold this text, in capitals or not; nothing for all of them.
    pub search: Rc<str>,
}

impl LogFilter {
    fn takes(&self, line: &LogLine, search: &str) -> bool {
        let of = |(name, attempt): &(Rc<str>, Option<u32>)| {
            *name == line.container && attempt.is_none_or(|attempt| attempt == line.attempt)
        };
        self.containers.iter().any(of) && (search.is_empty() || line.text.to_lowercase().contains(search))
    }
}

/// The lines that a filter takes, found as the playhead goes on: what was found before is not looked for again.
#[derive(Clone, Debug, Default)]
pub struct LogView {
    uid: Rc<str>,
    filter: LogFilter,
    /// How many lines of the Pod have been looked at.
    seen: usize,
    /// The places of those that were taken.
    found: Vec<usize>,
}

impl LogView {
    /// Looks at what the Pod of `uid` wrote up to `at`, and says how many lines `filter` takes.
    pub fn look(&mut self, run: &Run, uid: &str, at: Time, filter: &LogFilter) -> usize {
        let length = run.chronicle().log_length(uid, at);
        if *self.uid != *uid || self.filter != *filter {
            *self = Self { uid: uid.into(), filter: filter.clone(), seen: 0, found: Vec::new() };
        }
        if length < self.seen {
            self.found.truncate(self.found.partition_point(|place| *place < length));
        } else {
            let search = filter.search.to_lowercase();
            let taken = |place: &usize| {
                run.chronicle().log_line(uid, *place).is_some_and(|(_, line)| filter.takes(line, &search))
            };
            self.found.extend((self.seen..length).filter(taken));
        }
        self.seen = length;
        self.found.len()
    }

    /// The lines found, from the one numbered `from` on, at most `count`.
    pub fn lines<'a>(&self, run: &'a Run, from: usize, count: usize) -> Vec<(Time, &'a LogLine)> {
        let places = self.found.iter().skip(from).take(count);
        places.filter_map(|place| run.chronicle().log_line(&self.uid, *place)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Config};
    use crate::manifest;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n    image: busybox\n    \
        command: [sh, -c, 'for i in 1 2 3; do echo Tick $i; sleep 2; done; exit 1']\n  - name: b\n    image: busybox\n    \
        command: [sh, -c, 'sleep 1; while true; do echo tock; sleep 2; done']\n";

    fn said(view: &LogView, run: &Run) -> Vec<String> {
        view.lines(run, 0, 99)
            .iter()
            .map(|(_, line)| format!("{}#{} {}", line.container, line.attempt, line.text))
            .collect()
    }

    #[test]
    fn lines_are_merged_by_time_and_found_again_when_time_goes_back() {
        let mut run = Run::new(Config::default());
        for object in manifest::check(POD, "p.yaml").accepted_objects() {
            run.act(Time::ZERO, Action::Create(object.clone())).unwrap();
        }
        let time = Time::from_secs_f64;
        run.run_until(time(60.0));
        let uid = run.pods().first().unwrap().uid.clone();
        let all = LogFilter { containers: vec![("a".into(), None), ("b".into(), None)], search: "".into() };
        let mut view = LogView::default();
        let whole = view.look(&run, &uid, time(60.0), &all);
        let early = view.look(&run, &uid, time(6.0), &all);
        assert!(early < whole, "{early} {whole}");
        let first = said(&view, &run);
        assert_eq!(
            first.iter().take(4).map(String::as_str).collect::<Vec<_>>(),
            ["a#0 Tick 1", "b#0 tock", "a#0 Tick 2", "b#0 tock"]
        );
        assert_eq!(view.look(&run, &uid, time(60.0), &all), whole);
        // Anew it finds the same.
        assert_eq!(LogView::default().look(&run, &uid, time(60.0), &all), whole);
        let second = LogFilter { containers: vec![("a".into(), Some(1))], search: "TICK 2".into() };
        assert_eq!(view.look(&run, &uid, time(60.0), &second), 1);
        assert_eq!(said(&view, &run), ["a#1 Tick 2"]);
    }
}
