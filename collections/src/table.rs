//! A map for very many entries that are looked up by their key again and again. Its clones share what neither has
//! changed since.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// So many entries a page holds.
const PAGE: usize = 32;
/// A place of the index that was never taken.
const FREE: u32 = u32::MAX;

/// One page of entries: as many places as it has room for, taken or not.
type Page<K, V> = Rc<[Option<(K, V)>]>;

/// A map that finds a key with one comparison, however many there are: what compares long names, and finds each in
/// another place of memory, feels the difference. It has no order of its own: what is listed is listed in the order of
/// the slots, which is the same for the same history and means nothing else.
pub struct Table<K, V> {
    pages: Vec<Page<K, V>>,
    /// How many slots were ever taken.
    begun: usize,
    /// Slots that are empty again.
    holes: Vec<u32>,
    /// By hash, with open addressing: the lower half of the hash, and the slot. Who moves an entry need not look at its key.
    index: Rc<Vec<(u32, u32)>>,
    len: usize,
}

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self {
            pages: self.pages.clone(),
            begun: self.begun,
            holes: self.holes.clone(),
            index: self.index.clone(),
            len: self.len,
        }
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { pages: Vec::new(), begun: 0, holes: Vec::new(), index: Rc::default(), len: 0 }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A hash that is the same everywhere and always: FxHash, which the Rust compiler uses for its own tables.
struct Fx(u64);

impl Fx {
    #[inline(always)]
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Fx {
    // Whoever hashes a text hashes it here and nowhere else: a call each time is not worth what it saves.
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        if rest.is_empty() {
            return;
        }
        // The last word of a longer text may say again what the one before it said.
        match bytes.last_chunk::<8>() {
            Some(last) => self.add(u64::from_le_bytes(*last)),
            None => self.add(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))),
        }
    }

    #[inline(always)]
    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }

    #[inline(always)]
    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    #[inline(always)]
    fn write_isize(&mut self, number: isize) {
        self.add(number as u64);
    }

    #[inline(always)]
    fn finish(&self) -> u64 {
        // The lower half of a product knows little of the upper half of its factors.
        self.0 ^ (self.0 >> 32)
    }
}

/// The hash by which a [`Table`] finds a key.
pub fn hash<Q: Hash + ?Sized>(key: &Q) -> u64 {
    let mut hasher = Fx(0);
    key.hash(&mut hasher);
    hasher.finish()
}

/// Whether two keys are equal: who looks something up has the very key it is kept by, more often than not.
#[inline(always)]
fn same<Q: Eq + ?Sized>(own: &Q, key: &Q) -> bool {
    std::ptr::eq(own, key) || own == key
}

/// The half of a key's hash that the index keeps.
#[inline(always)]
fn mark<Q: Hash + ?Sized>(key: &Q) -> u32 {
    hash(key) as u32
}

impl<K, V> Table<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries, in the order of their slots.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        self.pages.iter().flat_map(|page| page.iter()).flatten().map(|(key, value)| (key, value))
    }

    /// The entry in a slot that [`Table::slot`] told, unless it was removed since.
    pub fn at(&self, slot: u32) -> Option<(&K, &V)> {
        self.look(slot)
    }

    /// The entry in a slot, looked at on the spot: it is what finding a key consists of.
    #[inline(always)]
    fn look(&self, slot: u32) -> Option<(&K, &V)> {
        let slot = slot as usize;
        let (key, value) = self.pages.get(slot / PAGE)?.get(slot % PAGE)?.as_ref()?;
        Some((key, value))
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    /// Where in the index a key is, and in which slot.
    fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<(usize, u32)>
    where
        K: Borrow<Q>,
    {
        self.find_marked(mark(key), key)
    }

    /// The same for a key whose mark is known: what is not found is often put in, and a long name is hashed only once.
    fn find_marked<Q: Hash + Eq + ?Sized>(&self, mark: u32, key: &Q) -> Option<(usize, u32)>
    where
        K: Borrow<Q>,
    {
        let mask = self.index.len().checked_sub(1)?;
        let mut place = mark as usize & mask;
        loop {
            match self.index.get(place)? {
                (_, FREE) => return None,
                (known, slot) if *known == mark && self.look(*slot).is_some_and(|(own, _)| same(own.borrow(), key)) => {
                    return Some((place, *slot));
                }
                _ => place = (place + 1) & mask,
            }
        }
    }

    /// The value of a key.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The entry of a key.
    pub fn get_key_value<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        self.at(self.find(key)?.1)
    }

    /// The slot of a key: it stays the same as long as the key is there.
    pub fn slot<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
    {
        self.find(key).map(|(_, slot)| slot)
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_some()
    }

    /// Puts a slot into the index, where there is room for it.
    fn point(index: &mut [(u32, u32)], mark: u32, slot: u32) {
        let Some(mask) = index.len().checked_sub(1) else { return };
        let mut place = mark as usize & mask;
        while let Some(entry) = index.get_mut(place) {
            if entry.1 == FREE {
                *entry = (mark, slot);
                return;
            }
            place = (place + 1) & mask;
        }
    }

    /// Makes room in the index for one more: it is never more than half full.
    fn reserve(&mut self) {
        if (self.len + 1) * 2 <= self.index.len() {
            return;
        }
        let mut index = vec![(0, FREE); (self.index.len() * 2).max(16)];
        for (mark, slot) in self.index.iter().filter(|(_, slot)| *slot != FREE) {
            Self::point(&mut index, *mark, *slot);
        }
        self.index = Rc::new(index);
    }

    /// Takes a place out of the index, and closes the gap: what stands behind it may have looked for its place.
    fn unpoint(&mut self, mut gap: usize) {
        let Some(mask) = self.index.len().checked_sub(1) else { return };
        let mut place = gap;
        loop {
            place = (place + 1) & mask;
            let Some(&(mark, slot)) = self.index.get(place).filter(|(_, slot)| *slot != FREE) else { break };
            let home = mark as usize & mask;
            // It may stand in the gap if its home does not lie between the gap and where it is.
            if (place.wrapping_sub(home) & mask) >= (place.wrapping_sub(gap) & mask)
                && let Some(entry) = Rc::make_mut(&mut self.index).get_mut(gap)
            {
                *entry = (mark, slot);
                gap = place;
            }
        }
        if let Some(entry) = Rc::make_mut(&mut self.index).get_mut(gap) {
            *entry = (0, FREE);
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Table<K, V> {
    fn entry(&mut self, slot: u32) -> Option<&mut Option<(K, V)>> {
        let slot = slot as usize;
        Rc::make_mut(self.pages.get_mut(slot / PAGE)?).get_mut(slot % PAGE)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (_, slot) = self.find(key)?;
        self.entry(slot)?.as_mut().map(|(_, value)| value)
    }

    /// The value in a slot that [`Table::slot`] told, to be changed, unless it was removed since.
    pub fn at_mut(&mut self, slot: u32) -> Option<&mut V> {
        self.entry(slot)?.as_mut().map(|(_, value)| value)
    }

    /// The slot of a key; of a new entry, under the key that `own` makes, where there is none.
    pub fn slot_or_default<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, own: impl FnOnce(&Q) -> K) -> u32
    where
        V: Default,
        K: Borrow<Q>,
    {
        let mark = mark(key);
        match self.find_marked(mark, key) {
            Some((_, slot)) => slot,
            None => self.add_marked(mark, own(key), V::default()),
        }
    }

    /// The value of a key, to be changed; a new one, under the key that `own` makes, where there is none.
    pub fn or_default<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, own: impl FnOnce(&Q) -> K) -> Option<&mut V>
    where
        V: Default,
        K: Borrow<Q>,
    {
        let slot = self.slot_or_default(key, own);
        self.at_mut(slot)
    }

    /// Puts a value in; the one that was there comes out.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let mark = mark(&key);
        match self.find_marked(mark, &key) {
            Some((_, slot)) => self.entry(slot)?.as_mut().map(|(_, own)| std::mem::replace(own, value)),
            None => {
                self.add_marked(mark, key, value);
                None
            }
        }
    }

    /// Puts in what is not there, and tells its slot.
    pub fn add(&mut self, key: K, value: V) -> u32 {
        self.add_marked(mark(&key), key, value)
    }

    /// Puts in what is not there and whose mark is known, and tells its slot.
    fn add_marked(&mut self, mark: u32, key: K, value: V) -> u32 {
        self.reserve();
        let slot = match self.holes.pop() {
            Some(slot) => slot,
            None => {
                if self.begun == self.pages.len() * PAGE {
                    self.pages.push(std::iter::repeat_with(|| None).take(PAGE).collect());
                }
                self.begun += 1;
                u32::try_from(self.begun - 1).unwrap_or(FREE)
            }
        };
        if let Some(entry) = self.entry(slot) {
            *entry = Some((key, value));
        }
        let index: &mut Vec<(u32, u32)> = Rc::make_mut(&mut self.index);
        Self::point(index, mark, slot);
        self.len += 1;
        slot
    }

    /// Takes a value out.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (place, slot) = self.find(key)?;
        self.unpoint(place);
        let (_, value) = self.entry(slot)?.take()?;
        self.holes.push(slot);
        self.len -= 1;
        Some(value)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        let mut gone = Vec::new();
        self.for_each_mut(|key, value| {
            if !keep(key, value) {
                gone.push(key.clone());
            }
        });
        for key in gone {
            self.remove(&key);
        }
    }

    /// Lets every value be changed, in the order of their slots.
    pub fn for_each_mut(&mut self, mut change: impl FnMut(&K, &mut V)) {
        for page in &mut self.pages {
            Rc::make_mut(page).iter_mut().flatten().for_each(|(key, value)| change(key, value));
        }
    }
}
