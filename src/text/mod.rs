//! Floor 0: places in a text. Byte spans, lines and columns, edits; knows nothing of YAML.

mod diff;
mod edit;
mod lines;
mod span;

pub use diff::{DiffLine, LineChange, changed_lines, diff_lines};
pub use edit::{TextEdit, apply};
pub use lines::{LineIndex, Position, byte_offset, floor_char_boundary, utf16_offset};
pub use span::Span;
