//! A sorted map for very many entries. Its clones share what neither has changed since.

use std::borrow::Borrow;
use std::fmt;
use std::rc::Rc;

/// So many entries a leaf holds at most.
const LEAF: usize = 64;

/// A map sorted by its keys, kept in leaves: an insertion moves a leaf at most, and a clone copies none.
pub struct SharedMap<K, V> {
    leaves: Vec<Rc<Vec<(K, V)>>>,
    len: usize,
}

impl<K, V> Clone for SharedMap<K, V> {
    fn clone(&self) -> Self {
        Self { leaves: self.leaves.clone(), len: self.len }
    }
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self { leaves: Vec::new(), len: 0 }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SharedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K, V> SharedMap<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Removes all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The entries by their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.leaves.iter().flat_map(|leaf| leaf.iter()).map(|(key, value)| (key, value))
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values by their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The entry with the smallest key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.leaves.first()?.first().map(|(key, value)| (key, value))
    }

    /// The entry with the largest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.leaves.last()?.last().map(|(key, value)| (key, value))
    }
}

impl<K: Ord, V> SharedMap<K, V> {
    /// The leaf that holds the key, or would.
    fn leaf<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        let begins = |leaf: &Rc<Vec<(K, V)>>| leaf.first().is_some_and(|(first, _)| first.borrow() <= key);
        self.leaves.partition_point(begins).saturating_sub(1)
    }

    /// Where the key is.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(usize, usize)>
    where
        K: Borrow<Q>,
    {
        let leaf = self.leaf(key);
        let at = self.leaves.get(leaf)?.binary_search_by(|(own, _)| own.borrow().cmp(key)).ok()?;
        Some((leaf, at))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The entry of a key.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let (leaf, at) = self.find(key)?;
        self.leaves.get(leaf)?.get(at).map(|(key, value)| (key, value))
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_some()
    }

    /// The entries from the first key that is not below `key`.
    pub fn iter_from<'a, Q: Ord + ?Sized>(&'a self, key: &Q) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let leaf = self.leaf(key);
        let begin = self.leaves.get(leaf).map_or(0, |leaf| leaf.partition_point(|(own, _)| own.borrow() < key));
        let leaves = self.leaves.get(leaf..).unwrap_or_default();
        leaves.iter().flat_map(|leaf| leaf.iter()).skip(begin).map(|(key, value)| (key, value))
    }
}

impl<K: Ord + Clone, V: Clone> SharedMap<K, V> {
    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (leaf, at) = self.find(key)?;
        Rc::make_mut(self.leaves.get_mut(leaf)?).get_mut(at).map(|(_, value)| value)
    }

    /// The value of a key, to be changed; a new one where there is none.
    pub fn or_default(&mut self, key: &K) -> Option<&mut V>
    where
        V: Default,
    {
        if self.find(key).is_none() {
            self.insert(key.clone(), V::default());
        }
        self.get_mut(key)
    }

    /// Puts a value in; the one that was there comes out.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.leaf(&key);
        let last = place + 1 == self.leaves.len();
        let Some(leaf) = self.leaves.get_mut(place) else {
            self.leaves.push(Rc::new(vec![(key, value)]));
            self.len = 1;
            return None;
        };
        let leaf = Rc::make_mut(leaf);
        match leaf.binary_search_by(|(own, _)| own.cmp(&key)) {
            Ok(at) => return leaf.get_mut(at).map(|(_, own)| std::mem::replace(own, value)),
            // Keys that come in order fill their leaves.
            Err(at) if at == leaf.len() && at >= LEAF && last => self.leaves.push(Rc::new(vec![(key, value)])),
            Err(at) if leaf.len() < LEAF => leaf.insert(at, (key, value)),
            // It is cut before there is one too many: then no leaf ever takes room for more than it may hold.
            Err(at) => {
                let mut rest = leaf.split_off(LEAF / 2);
                match at.checked_sub(LEAF / 2).filter(|at| *at > 0) {
                    Some(at) => rest.insert(at, (key, value)),
                    None => leaf.insert(at, (key, value)),
                }
                self.leaves.insert(place + 1, Rc::new(rest));
            }
        }
        self.len += 1;
        None
    }

    /// Takes a value out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (place, at) = self.find(key)?;
        let (_, value) = Rc::make_mut(self.leaves.get_mut(place)?).remove(at);
        self.len -= 1;
        let left = self.leaves.get(place).map_or(0, |leaf| leaf.len());
        let next = self.leaves.get(place + 1).map_or(LEAF, |leaf| leaf.len());
        if left == 0 {
            self.leaves.remove(place);
        } else if left + next <= LEAF / 2 {
            let next = self.leaves.remove(place + 1);
            if let Some(leaf) = self.leaves.get_mut(place) {
                Rc::make_mut(leaf).extend(next.iter().cloned());
            }
        }
        Some(value)
    }

    /// Takes the entry with the smallest key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        let first = Rc::make_mut(self.leaves.first_mut()?);
        let entry = first.remove(0);
        if first.is_empty() {
            self.leaves.remove(0);
        }
        self.len -= 1;
        Some(entry)
    }

    /// Takes the entry with the largest key: nothing has to move for that.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let last = Rc::make_mut(self.leaves.last_mut()?);
        let entry = last.pop()?;
        if last.is_empty() {
            self.leaves.pop();
        }
        self.len -= 1;
        Some(entry)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for leaf in &mut self.leaves {
            Rc::make_mut(leaf).retain_mut(|(key, value)| keep(key, value));
        }
        self.leaves.retain(|leaf| !leaf.is_empty());
        self.len = self.leaves.iter().map(|leaf| leaf.len()).sum();
    }

    /// Lets every value be changed.
    pub fn for_each_mut(&mut self, mut change: impl FnMut(&K, &mut V)) {
        for leaf in &mut self.leaves {
            Rc::make_mut(leaf).iter_mut().for_each(|(key, value)| change(key, value));
        }
    }
}
