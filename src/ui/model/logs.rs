//! What of a log is wanted and which of its lines are painted.

use std::ops::Range;
use std::rc::Rc;

use crate::trace::LogFilter;
use crate::trace::scene::PodScene;

/// How many rows are painted above and below those that are seen.
const SPARE: usize = 12;

/// Which instances of containers speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instances {
    /// Every one there was.
    #[default]
    All,
    /// The newest, as `kubectl logs` has it.
    Newest,
    /// The one before it, as `kubectl logs --previous` has it.
    Previous,
}

impl Instances {
    /// Each of them, in the order of a menu.
    pub const ALL: [Instances; 3] = [Instances::All, Instances::Newest, Instances::Previous];

    /// Its name in ids of messages and values of a list.
    pub fn id(self) -> &'static str {
        match self {
            Instances::All => "all",
            Instances::Newest => "newest",
            Instances::Previous => "previous",
        }
    }
}

/// What a person wants to see of logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChoice {
    /// The containers that are left out.
    pub hidden: Vec<Rc<str>>,
    /// What lines must hold.
    pub search: Rc<str>,
    /// Which instances speak.
    pub instances: Instances,
    /// Whether each line begins with its time.
    pub times: bool,
    /// Whether the newest line is kept in sight.
    pub follow: bool,
}

impl Default for LogChoice {
    fn default() -> Self {
        Self { hidden: Vec::new(), search: "".into(), instances: Instances::All, times: true, follow: true }
    }
}

impl LogChoice {
    /// The lines of `pod` that are wanted.
    pub fn filter(&self, pod: &PodScene) -> LogFilter {
        let wanted = pod.containers().filter(|container| !self.hidden.contains(&container.name));
        let containers = wanted.filter_map(|container| match self.instances {
            Instances::All => Some((container.name.clone(), None)),
            Instances::Newest => Some((container.name.clone(), Some(container.attempt.saturating_sub(1)))),
            Instances::Previous => Some((container.name.clone(), Some(container.attempt.checked_sub(2)?))),
        });
        LogFilter { containers: containers.collect(), search: self.search.clone() }
    }
}

/// The rows to paint of `total`, when `top` is the first that is seen and `seen` are.
pub fn window(total: usize, top: usize, seen: usize, follow: bool) -> Range<usize> {
    let last = total.saturating_sub(seen);
    let top = if follow { last } else { top.min(last) };
    top.saturating_sub(SPARE)..(top + seen + SPARE).min(total)
}

/// `text` in parts: those that `search` fits, in capitals or not, and those between them.
pub fn found<'a>(text: &'a str, search: &str) -> Vec<(&'a str, bool)> {
    let wanted: Vec<char> = search.chars().flat_map(char::to_lowercase).collect();
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty() && !wanted.is_empty()) {
        match fits(rest, &wanted) {
            Some(length) => {
                parts.extend(text.get(from..at).filter(|before| !before.is_empty()).map(|before| (before, false)));
                parts.extend(rest.get(..length).map(|part| (part, true)));
                at += length;
                from = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    parts.extend(text.get(from..).filter(|rest| !rest.is_empty()).map(|rest| (rest, false)));
    parts
}

/// How many bytes of the beginning of `text` are `wanted`.
fn fits(text: &str, wanted: &[char]) -> Option<usize> {
    let mut left = wanted.iter();
    let mut next = left.next();
    for (at, c) in text.char_indices() {
        for lower in c.to_lowercase() {
            match next {
                Some(want) if *want == lower => next = left.next(),
                _ => return None,
            }
        }
        if next.is_none() {
            return Some(at + c.len_utf8());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_is_found_in_capitals_or_not() {
        assert_eq!(
            found("An Error, errors", "error"),
            [("An ", false), ("Error", true), (", ", false), ("error", true), ("s", false)]
        );
        assert_eq!(found("数据库错误", "错"), [("数据库", false), ("错", true), ("误", false)]);
        assert_eq!(found("plain", ""), [("plain", false)]);
        assert_eq!(found("", "x"), []);
    }

    #[test]
    fn few_rows_are_painted() {
        assert_eq!(window(100_000, 50_000, 30, false), 49_988..50_042);
        assert_eq!(window(100_000, 0, 30, true), 99_958..100_000);
        assert_eq!(window(5, 900, 30, false), 0..5);
    }
}
