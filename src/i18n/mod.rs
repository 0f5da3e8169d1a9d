//! Floor 5: languages.
//!
//! The words of the page stand in `locales/*.ftl`, in a subset of Fluent that translators' tools read: messages,
//! continued lines, `{ $variable }`, quoted literals, and selections over plural categories, numbers and words.
//! `fluent-bundle` reads all of Fluent but would weigh more than the page's texts; see [`pattern`] for what is read here.

mod catalogue;
mod lang;
mod pattern;

pub use catalogue::{Args, Catalogue, has, text, text_with};
pub use lang::Lang;
pub use pattern::{PatternError, Value, check_pattern, variables};
