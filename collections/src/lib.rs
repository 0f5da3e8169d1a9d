//! Sorted maps and sets, and a stable sort: what `std` has, made for weight.
//!
//! `BTreeMap` and `sort` are written out anew for every type they hold, at 4 to 8 kB each; with a hundred types that was
//! a fifth of the page. These keep a sorted list, and what does not depend on the type is written once. Their price is
//! that an insertion moves what comes after it, which is nothing for some hundreds of entries. What may hold tens of
//! thousands is a [`SharedMap`], or, where it is looked up more than it is listed, a [`Table`] or a [`Listed`]; what only
//! grows, without end, is [`Chunks`].

mod chunks;
mod entry;
mod iter;
mod listed;
mod map;
mod set;
mod shared;
mod sort;
mod table;
mod text;

pub use chunks::{Chunks, Items, Slice};
pub use entry::Entry;
pub use iter::{Iter, IterMut};
pub use listed::Listed;
pub use map::Map;
pub use set::Set;
pub use shared::SharedMap;
pub use sort::{sort, sort_by, sort_by_key};
pub use table::{Table, hash};
pub use text::{same_text, text_order};

#[cfg(test)]
mod tests;
