//! How near Pods are seen.

/// How much of each Pod is shown; the nearest comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Each in full.
    #[default]
    Full,
    /// Each as a card with room for all that it says.
    Roomy,
    /// Each as a card, its containers as cells.
    Cards,
    /// Each as a cell.
    Cells,
}

/// Up to how many Pods are seen in full, as roomy cards and as cards, where there is room for things side by side.
const WIDE: [usize; 3] = [4, 12, 40];

/// The same where there is not.
const NARROW: [usize; 3] = [2, 12, 24];

impl Level {
    /// The level for so many Pods, on a stage with room for things side by side or without.
    pub fn of(count: usize, wide: bool) -> Self {
        Self::beyond(count, wide, |_| 0)
    }

    /// The level for so many Pods where the last picture had this one. A rollout goes over a limit and back with each Pod
    /// that it replaces: from further away one comes near again only when there are clearly fewer.
    pub fn after(self, count: usize, wide: bool) -> Self {
        let now = Self::of(count, wide);
        if now >= self { now } else { Self::beyond(count, wide, |limit| limit.div_ceil(6)).min(self) }
    }

    /// The level by how many limits are exceeded, each less a margin.
    fn beyond(count: usize, wide: bool, margin: impl Fn(usize) -> usize) -> Self {
        let limits = if wide { WIDE } else { NARROW };
        match limits.into_iter().filter(|limit| count > limit - margin(*limit)).count() {
            0 => Level::Full,
            1 => Level::Roomy,
            2 => Level::Cards,
            _ => Level::Cells,
        }
    }

    /// Its name in style sheets; the two kinds of cards have one, since they are the same cards.
    pub fn id(self) -> &'static str {
        match self {
            Level::Full => "full",
            Level::Roomy | Level::Cards => "cards",
            Level::Cells => "cells",
        }
    }
}

/// The levels of the pictures so far, on a stage with room and on one without: whoever turns a tablet gets the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    wide: Level,
    narrow: Level,
}

impl Levels {
    /// Those of a moment by itself, as it is seen by whoever jumps to it.
    pub fn of(count: usize) -> Self {
        Self { wide: Level::of(count, true), narrow: Level::of(count, false) }
    }

    /// Those of the picture that follows.
    pub fn after(self, count: usize) -> Self {
        Self { wide: self.wide.after(count, true), narrow: self.narrow.after(count, false) }
    }

    /// The one for a stage with room or without.
    pub fn on(self, wide: bool) -> Level {
        if wide { self.wide } else { self.narrow }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::scene::MANY;

    #[test]
    fn what_is_seen_near_has_a_picture() {
        assert_eq!(
            [1, 4, 5, 40, 41].map(|count| Level::of(count, true)).map(Level::id),
            ["full", "full", "cards", "cards", "cells"]
        );
        assert!([true, false].iter().all(|wide| Level::of(MANY, *wide) == Level::Cells));
    }

    #[test]
    fn a_rollout_does_not_flip_the_picture() {
        let mut level = Level::of(4, true);
        let seen = [5, 4, 5, 4, 3, 4].map(|count| {
            level = level.after(count, true);
            level.id()
        });
        assert_eq!(seen, ["cards", "cards", "cards", "cards", "full", "full"]);
        assert_eq!(Level::Cards.after(12, true), Level::Cards);
        assert_eq!(Level::Cards.after(10, true), Level::Roomy);
        assert_eq!(Level::Cells.after(1, true), Level::Full);
        assert_eq!(Level::Full.after(100, false), Level::Cells);
    }
}
