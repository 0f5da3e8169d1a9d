//! A [`Table`] that can be listed in order.

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;

use super::{SharedMap, Table};

/// A map that finds a key by its hash and keeps, beside that, the order of the keys: for what is looked up and changed
/// again and again, is listed now and then, and comes and goes only once.
pub struct Listed<K, V> {
    values: Table<K, V>,
    /// The slots in order of their keys.
    order: SharedMap<K, u32>,
}

impl<K, V> Clone for Listed<K, V> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), order: self.order.clone() }
    }
}

impl<K, V> Default for Listed<K, V> {
    fn default() -> Self {
        Self { values: Table::default(), order: SharedMap::default() }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Listed<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K, V> Listed<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The entries by their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.order.values().filter_map(|slot| self.values.at(*slot))
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.order.keys()
    }

    /// The values by their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Hash + Ord, V> Listed<K, V> {
    /// The value of a key.
    pub fn get<Q: Hash + Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.values.get(key)
    }

    /// The entry of a key.
    pub fn get_key_value<Q: Hash + Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        self.values.get_key_value(key)
    }

    /// The slot of a key: it stays the same as long as the key is there.
    pub fn slot<Q: Hash + Ord + ?Sized>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
    {
        self.values.slot(key)
    }

    /// The entry in a slot that [`Listed::slot`] told, unless it was removed since.
    pub fn at(&self, slot: u32) -> Option<(&K, &V)> {
        self.values.at(slot)
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Hash + Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.values.contains_key(key)
    }

    /// The entries from the first key that is not below `key`.
    pub fn iter_from<'a, Q: Ord + ?Sized>(&'a self, key: &Q) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        self.order.iter_from(key).filter_map(|(_, slot)| self.values.at(*slot))
    }
}

impl<K: Hash + Ord + Clone, V: Clone> Listed<K, V> {
    /// The value of a key, to be changed.
    pub fn get_mut<Q: Hash + Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.values.get_mut(key)
    }

    /// Shows each value to `what`, to be changed, by the order of their keys.
    pub fn for_each_mut(&mut self, mut what: impl FnMut(&mut V)) {
        for slot in self.order.values() {
            if let Some(value) = self.values.at_mut(*slot) {
                what(value);
            }
        }
    }

    /// The value of a key, to be changed; a new one where there is none.
    pub fn or_default(&mut self, key: &K) -> Option<&mut V>
    where
        V: Default,
    {
        let slot = match self.values.slot(key) {
            Some(slot) => slot,
            None => self.add(key.clone(), V::default()),
        };
        self.values.at_mut(slot)
    }

    /// Puts a value in; the one that was there comes out.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(present) = self.values.get_mut(&key) {
            return Some(std::mem::replace(present, value));
        }
        self.add(key, value);
        None
    }

    /// Puts in what is not there, and tells its slot.
    fn add(&mut self, key: K, value: V) -> u32 {
        let slot = self.values.add(key.clone(), value);
        self.order.insert(key, slot);
        slot
    }

    /// Takes a value out.
    pub fn remove<Q: Hash + Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let value = self.values.remove(key)?;
        self.order.remove(key);
        Some(value)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        let mut gone = Vec::new();
        self.values.for_each_mut(|key, value| {
            if !keep(key, value) {
                gone.push(key.clone());
            }
        });
        for key in gone {
            self.remove(&key);
        }
    }
}
