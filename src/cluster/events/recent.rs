//! A map that forgets what was not used for longest, so that what is remembered of events stays bounded.

use collections::{SharedMap, Table};

/// At most `capacity` values by key.
#[derive(Clone, Debug)]
pub(super) struct Recent<V> {
    capacity: usize,
    values: Table<u64, (u64, V)>,
    used: SharedMap<u64, u64>,
    clock: u64,
}

impl<V: Clone> Recent<V> {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, values: Table::default(), used: SharedMap::default(), clock: 0 }
    }

    /// The value of `key`, made by `new` where there is none; this counts as a use.
    pub fn entry(&mut self, key: u64, new: impl FnOnce() -> V) -> Option<&mut V> {
        self.clock += 1;
        let clock = self.clock;
        if let Some((used, _)) = self.values.get(&key) {
            self.used.remove(used);
        } else if self.values.len() >= self.capacity
            && let Some((_, oldest)) = self.used.pop_first()
        {
            self.values.remove(&oldest);
        }
        self.used.insert(clock, key);
        if !self.values.contains_key(&key) {
            self.values.insert(key, (clock, new()));
        }
        let (used, value) = self.values.get_mut(&key)?;
        *used = clock;
        Some(value)
    }
}

/// A 64-bit hash of some texts, eight bytes at a time: keys of 4096 entries do not meet by chance.
pub(super) fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |word: u64| {
        hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 29;
    };
    for part in parts {
        let (words, rest) = part.as_bytes().as_chunks::<8>();
        words.iter().for_each(|word| add(u64::from_le_bytes(*word)));
        let mut last = [0xff; 8];
        last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
        add(u64::from_le_bytes(last));
    }
    hash
}
