//! Floor 0: places in a text. Byte spans, lines and columns, edits; knows nothing of YAML.

mod edit;
mod span;

pub use edit::TextEdit;
pub use span::Span;
