//! Changes of the text that leave its meaning alone: an even layout, lists in one line or in several.

mod list;

pub use self::list::{ListForm, convert_list};
use crate::text::TextEdit;
use crate::yaml::layout;

/// A text longer than this, in bytes, is not laid out.
const LONGEST: usize = 2_000_000;

/// What makes the indentation of `text` even: quotes, comments and what scalars hold stay. None where the text is
/// broken, or where it could not be done without changing what the text means.
pub fn format(text: &str) -> Option<Vec<TextEdit>> {
    if text.len() > LONGEST { None } else { layout(text) }
}

#[cfg(test)]
mod tests;
