//! Parts of the API's structs that many hold at a time: the containers of a Pod's spec are those of every state of the
//! Pod, and most of a status is what it was before.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use crate::record::{Part, Slot, View};

/// A value that a clone shares; who changes it has his own from then on.
pub struct Common<T>(Rc<T>);

/// A list that a clone shares; who changes it has his own from then on.
pub struct Items<T>(Rc<Vec<T>>);

impl<T> Clone for Common<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Clone for Items<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Default> Default for Common<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> Deref for Common<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Common<T> {
    fn deref_mut(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}

impl<T> Deref for Items<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Clone> DerefMut for Items<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.to_mut()
    }
}

impl<T: PartialEq> PartialEq for Common<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl<T: PartialEq> PartialEq for Items<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Common<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> From<T> for Common<T> {
    fn from(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T> From<Vec<T>> for Items<T> {
    fn from(items: Vec<T>) -> Self {
        Self(Rc::new(items))
    }
}

impl<T> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(Rc::new(items.into_iter().collect()))
    }
}

impl<T: Clone> Items<T> {
    /// The list, to be made longer or shorter; what others hold too is copied.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        Rc::make_mut(&mut self.0)
    }

    /// Puts an item at the end. Such a list is short and stays as it is for long: no room is kept for more.
    pub fn push(&mut self, item: T) {
        let items = self.to_mut();
        items.reserve_exact(1);
        items.push(item);
    }

    /// Keeps the items for which `keep` says so.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.to_mut().retain(keep);
    }
}

impl<T> Items<T> {
    /// The items.
    pub fn as_slice(&self) -> &[T] {
        self
    }
}

impl<'a, T> IntoIterator for &'a Items<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut Items<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: Clone> IntoIterator for Items<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        Rc::unwrap_or_clone(self.0).into_iter()
    }
}

impl<T: serde::Serialize> serde::Serialize for Common<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().serialize(serializer)
    }
}

impl<T: Part + Clone> Part for Common<T> {
    fn view(&self) -> View<'_> {
        self.0.view()
    }

    fn slot(&mut self) -> Slot<'_> {
        Rc::make_mut(&mut self.0).slot()
    }

    fn clear(&mut self) {
        Rc::make_mut(&mut self.0).clear();
    }
}

impl<T: Part + Default + Clone> Part for Items<T> {
    fn view(&self) -> View<'_> {
        View::List(&*self.0)
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::List(self.to_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_changes_a_part_leaves_that_of_others() {
        let all: Items<i32> = vec![1, 2].into();
        let mut mine = all.clone();
        mine.push(3);
        assert_eq!((all.len(), mine.len()), (2, 3));
        let one = Common::from(7);
        let mut mine = one.clone();
        *mine += 1;
        assert_eq!((*one, *mine), (7, 8));
    }
}
