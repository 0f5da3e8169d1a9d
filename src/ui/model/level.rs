//! How near Pods are seen.

/// How much of each Pod is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Each in full.
    Full,
    /// Each as a card, its containers as cells.
    Cards,
    /// Each as a cell.
    Cells,
}

impl Level {
    /// The level for so many Pods, on a stage with room for things side by side or without.
    pub fn of(count: usize, wide: bool) -> Self {
        let (full, cards) = if wide { (4, 40) } else { (2, 24) };
        match count {
            _ if count <= full => Level::Full,
            _ if count <= cards => Level::Cards,
            _ => Level::Cells,
        }
    }

    /// Its name in style sheets.
    pub fn id(self) -> &'static str {
        match self {
            Level::Full => "full",
            Level::Cards => "cards",
            Level::Cells => "cells",
        }
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
}
