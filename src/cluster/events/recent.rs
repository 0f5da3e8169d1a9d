//! A map that forgets what was not used for longest, so that what is remembered of events stays bounded.

use collections::SharedMap;

/// At most `capacity` values by key.
#[derive(Clone, Debug)]
pub(super) struct Recent<V> {
    capacity: usize,
    values: SharedMap<u64, (u64, V)>,
    used: SharedMap<u64, u64>,
    clock: u64,
}

impl<V: Clone> Recent<V> {
    pub fn new(capacity: usize) -> Self {
        Self { capacity, values: SharedMap::default(), used: SharedMap::default(), clock: 0 }
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

/// A 64-bit FNV-1a hash of some texts: keys of 4096 entries do not meet by chance.
pub(super) fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}
