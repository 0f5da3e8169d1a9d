//! Sets of completion indexes, written as `1,3-5,7`.

use collections::Set as BTreeSet;

/// Some indexes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Indexes(BTreeSet<usize>);

/// More indexes than any Job may have.
const MOST: usize = 1_000_000;

impl Indexes {
    /// Reads them; what cannot be read is left out.
    pub fn parse(text: Option<&str>) -> Self {
        let mut indexes = BTreeSet::new();
        for part in text.unwrap_or_default().split(',').filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            if let (Ok(first), Ok(last)) = (first.parse::<usize>(), last.parse::<usize>()) {
                indexes.extend(first..=last.min(MOST));
            }
        }
        Self(indexes)
    }

    /// Those below `end`.
    pub fn below(mut self, end: usize) -> Self {
        self.0.retain(|index| *index < end);
        self
    }

    /// Adds some.
    pub fn extend(&mut self, more: impl IntoIterator<Item = usize>) {
        self.0.extend(more);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `index` is one of them.
    pub fn contains(&self, index: usize) -> bool {
        self.0.contains(&index)
    }

    /// How many of them are in `other` too.
    pub fn common(&self, other: &Indexes) -> usize {
        self.0.intersection(&other.0).count()
    }

    /// Writes them; runs of three and more are joined by a dash.
    pub fn print(&self) -> Option<String> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &index in &self.0 {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == index => *last = index,
                _ => runs.push((index, index)),
            }
        }
        let print = |(first, last): (usize, usize)| match last - first {
            0 => first.to_string(),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        };
        let text = runs.into_iter().map(print).collect::<Vec<_>>().join(",");
        Some(text).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_written() {
        for text in ["0", "0,1", "0-2", "1,3-5,7", "2,3,5"] {
            assert_eq!(Indexes::parse(Some(text)).print().as_deref(), Some(text));
        }
        assert_eq!(Indexes::parse(Some("")).print(), None);
    }
}
