//! What the tools that go through text line by line do with what they read.

mod count;
mod cut;
mod expr;
mod sort;
mod translate;
mod unique;
mod whole;

pub(super) use count::Wc;
pub(super) use cut::Cut;
pub(super) use expr::expr;
pub(super) use sort::Sort;
pub(super) use translate::Translate;
pub(super) use unique::Uniq;
pub(super) use whole::Whole;
