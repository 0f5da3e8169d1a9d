//! The place of a key in a map, whether it is there or not.

use super::Map;

/// The place of a key in a map.
#[derive(Debug)]
pub struct Entry<'a, K, V> {
    pub(super) map: &'a mut Map<K, V>,
    pub(super) key: K,
    /// Where the key is, or where it belongs.
    pub(super) place: Result<usize, usize>,
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    /// Its key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Changes the value where there is one.
    #[must_use]
    pub fn and_modify(self, change: impl FnOnce(&mut V)) -> Self {
        if let Ok(index) = self.place
            && let Some((_, value)) = self.map.entries.get_mut(index)
        {
            change(value);
        }
        self
    }

    /// The value, which is `value` from now on where there was none.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The value, which is the type's default from now on where there was none.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// The value, which is made by `make` where there was none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let index = match self.place {
            Ok(index) => index,
            Err(index) => {
                self.map.put(index, (self.key, make()));
                index
            }
        };
        // The index was just found in this list, and a slice is the only way to say so.
        &mut self.map.entries[index].1
    }
}
