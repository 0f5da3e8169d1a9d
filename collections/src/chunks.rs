//! A list that only grows at its end, and of which nothing is moved when it grows: a very long list that is copied into more
//! room takes a long moment, and for that moment twice its room.

use std::ops::Range;

/// So many items a chunk holds.
const CHUNK: usize = 1 << 12;

/// See the module.
#[derive(Clone, Debug)]
pub struct Chunks<T> {
    /// All but the last are full, and none is empty.
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T> Chunks<T> {
    /// How many items there are.
    pub fn len(&self) -> usize {
        let Some(last) = self.chunks.last() else { return 0 };
        (self.chunks.len() - 1) * CHUNK + last.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Puts an item at the end.
    pub fn push(&mut self, item: T) {
        match self.chunks.last_mut().filter(|last| last.len() < CHUNK) {
            Some(last) => last.push(item),
            None => {
                // What stays short takes no more room than it needs.
                let mut first = Vec::with_capacity(if self.chunks.is_empty() { 4 } else { CHUNK });
                first.push(item);
                self.chunks.push(first);
            }
        }
    }

    /// The item in a place.
    pub fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// The item in a place, to be changed.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)
    }

    /// The last item.
    pub fn last(&self) -> Option<&T> {
        self.chunks.last()?.last()
    }

    /// Takes away everything from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.chunks.truncate(length.div_ceil(CHUNK));
        if let Some(last) = self.chunks.get_mut(length / CHUNK) {
            last.truncate(length % CHUNK);
        }
    }

    /// How many items come first for which `before` says so, where all those are in front of the others.
    pub fn partition_point(&self, mut before: impl FnMut(&T) -> bool) -> usize {
        let past = self.chunks.partition_point(|chunk| chunk.last().is_some_and(&mut before));
        match self.chunks.get(past) {
            Some(chunk) => past * CHUNK + chunk.partition_point(before),
            None => self.len(),
        }
    }

    /// All of it.
    pub fn all(&self) -> Slice<'_, T> {
        self.part(0..self.len())
    }

    /// A part of it, as far as there is one.
    pub fn part(&self, places: Range<usize>) -> Slice<'_, T> {
        let to = places.end.min(self.len());
        Slice { of: self, from: places.start.min(to), to }
    }
}

/// A part of a list.
#[derive(Debug)]
pub struct Slice<'a, T> {
    of: &'a Chunks<T>,
    from: usize,
    to: usize,
}

impl<T> Clone for Slice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slice<'_, T> {}

impl<'a, T> Slice<'a, T> {
    /// How many items there are.
    pub fn len(self) -> usize {
        self.to - self.from
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.from == self.to
    }

    /// The item in a place, counted from the beginning of the part.
    pub fn get(self, place: usize) -> Option<&'a T> {
        let place = self.from.checked_add(place).filter(|place| *place < self.to)?;
        self.of.get(place)
    }

    /// The last item.
    pub fn last(self) -> Option<&'a T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// What comes after the first `count` items.
    pub fn after(self, count: usize) -> Self {
        Self { from: self.from.saturating_add(count).min(self.to), ..self }
    }

    /// The first `count` items.
    pub fn first(self, count: usize) -> Self {
        Self { to: self.from.saturating_add(count).min(self.to), ..self }
    }

    /// The items, in order.
    pub fn iter(self) -> Items<'a, T> {
        self.into_iter()
    }
}

/// The items of a part, in order.
#[derive(Clone, Debug)]
pub struct Items<'a, T>(Slice<'a, T>);

impl<'a, T> Iterator for Items<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let item = self.0.get(0)?;
        self.0.from += 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T> DoubleEndedIterator for Items<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let item = self.0.last()?;
        self.0.to -= 1;
        Some(item)
    }
}

impl<T> ExactSizeIterator for Items<'_, T> {}

impl<'a, T> IntoIterator for Slice<'a, T> {
    type Item = &'a T;
    type IntoIter = Items<'a, T>;

    fn into_iter(self) -> Items<'a, T> {
        Items(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, Chunks};

    fn numbers(count: usize) -> Chunks<usize> {
        let mut all = Chunks::default();
        (0..count).for_each(|number| all.push(number));
        all
    }

    #[test]
    fn it_is_a_list() {
        for count in [0, 1, 5, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7] {
            let list: Vec<usize> = (0..count).collect();
            let mut all = numbers(count);
            assert_eq!((all.len(), all.is_empty(), all.last()), (list.len(), list.is_empty(), list.last()));
            assert!(all.all().iter().eq(&list) && all.all().iter().rev().eq(list.iter().rev()));
            assert_eq!(all.all().iter().len(), count);
            for place in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, count.saturating_sub(1), count] {
                assert_eq!(all.get(place), list.get(place));
                assert_eq!(
                    all.partition_point(|number| *number < place),
                    list.partition_point(|number| *number < place)
                );
                assert!(all.part(place..count + 3).iter().eq(list.get(place..).unwrap_or_default()));
                assert_eq!(all.part(place..count).last(), list.get(place..).unwrap_or_default().last());
                assert!(all.all().first(place).iter().chain(all.all().after(place)).eq(&list));
                let mut short = all.clone();
                short.truncate(place);
                short.push(99);
                let kept = place.min(count);
                assert!(short.len() == kept + 1 && short.all().first(kept).iter().eq(&list[..kept]));
            }
            if let Some(first) = all.get_mut(0) {
                *first = 7;
                assert_eq!(all.get(0), Some(&7));
            }
        }
    }
}
