//! Floor 5: languages.
//!
//! The words of the page stand in `locales/*.ftl`, in a subset of Fluent that translators' tools read: messages,
//! continued lines, `{ $variable }`, quoted literals, and selections over plural categories, numbers and words.
//! `fluent-bundle` reads all of Fluent; it has not been weighed against this reader yet. See [`pattern`] for what is read
//! here.

mod catalogue;
mod lang;
mod pattern;

pub use catalogue::{Args, Catalogue, bring, explanation, has, is_here, text, text_with};
pub use lang::Lang;
pub use pattern::{PatternError, Value, check_pattern, variables};
