//! A map that forgets what was not used for longest, so that what is remembered of events stays bounded.

use collections::{SharedMap, Table};

/// At most `capacity` values by key.
#[derive(Clone, Debug)]
pub(super) struct Recent<V> {
    capacity: usize,
    /// Each with when it was used last.
    values: Table<u64, (u64, V)>,
    /// The keys by their last use, from when it matters: once there are as many as there may be.
    used: Option<SharedMap<u64, u64>>,
    clock: u64,
}

impl<V: Clone> Recent<V> {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, values: Table::default(), used: None, clock: 0 }
    }

    /// The value of `key`, made by `new` where there is none; this counts as a use.
    pub fn entry(&mut self, key: u64, new: impl FnOnce() -> V) -> Option<&mut V> {
        self.placed(key, new).map(|(_, value)| value)
    }

    /// The value in a place that [`Recent::placed`] told, where nothing was asked for since.
    pub fn at(&mut self, place: u32) -> Option<&mut V> {
        self.values.at_mut(place).map(|(_, value)| value)
    }

    /// [`Recent::entry`], with the value's place.
    pub fn placed(&mut self, key: u64, new: impl FnOnce() -> V) -> Option<(u32, &mut V)> {
        self.clock += 1;
        let clock = self.clock;
        let slot = match self.values.slot(&key) {
            Some(slot) => slot,
            None => {
                self.make_room();
                self.values.add(key, (clock, new()))
            }
        };
        let (last, value) = self.values.at_mut(slot)?;
        let before = std::mem::replace(last, clock);
        if let Some(used) = &mut self.used {
            used.remove(&before);
            used.insert(clock, key);
        }
        Some((slot, value))
    }

    /// Forgets what was not used for longest, where there are as many as there may be.
    fn make_room(&mut self) {
        if self.values.len() < self.capacity {
            return;
        }
        if self.used.is_none() {
            let mut order: Vec<(u64, u64)> = self.values.iter().map(|(key, (used, _))| (*used, *key)).collect();
            order.sort_unstable();
            let used = self.used.insert(SharedMap::default());
            order.into_iter().for_each(|(at, key)| _ = used.insert(at, key));
        }
        if let Some((_, oldest)) = self.used.as_mut().and_then(SharedMap::pop_first) {
            self.values.remove(&oldest);
        }
    }
}

/// A 64-bit hash of some texts, eight bytes at a time: keys of 4096 entries do not meet by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hash(u64);

impl Hash {
    /// The hash of these texts. More can be added to it, for keys that begin in the same way.
    pub fn of(parts: &[&str]) -> Self {
        Self(0xcbf2_9ce4_8422_2325).and(parts)
    }

    /// The hash of what was hashed before, and these.
    pub fn and(mut self, parts: &[&str]) -> Self {
        for part in parts {
            let (words, rest) = part.as_bytes().as_chunks::<8>();
            words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
            self.add(rest.iter().rev().fold(u64::MAX, |word, byte| word << 8 | u64::from(*byte)));
        }
        self
    }

    /// The hash of what was hashed before, and a text of which this is the key.
    pub fn and_key(mut self, key: u64) -> Self {
        self.add(key);
        self
    }

    #[inline(always)]
    fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 29;
    }

    /// The number to find something by.
    pub fn key(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn what_was_not_used_for_longest_is_forgotten() {
        let mut recent = Recent::new(3);
        for key in [1, 2, 3, 1, 4, 3, 5] {
            *recent.entry(key, || 0).unwrap() += 1;
        }
        // The 4 put out the 2, and the 5 the 1, which was used before the 4 and the 3.
        let counts = [5, 4, 3].map(|key| *recent.entry(key, || 100).unwrap());
        assert_eq!(counts, [1, 1, 2]);
        assert_eq!([1, 2].map(|key| *recent.entry(key, || 100).unwrap()), [100, 100]);
    }
}
