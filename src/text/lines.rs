//! Lines, columns and UTF-16: the one place where offsets are converted.
//!
//! Inside Podlab every place is a byte offset. People count lines and characters; browsers count UTF-16 units.

use super::Span;

/// A place as a person reads it: both numbers start at 1, the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// Where the lines of one text begin. `\n`, `\r\n` and a lone `\r` end a line.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    /// The first byte of each line; never empty.
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// The index of `text`, in time linear to its length.
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, byte) in bytes.iter().enumerate() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => bytes.get(i + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends_line {
                starts.push(i + 1);
            }
        }
        Self { text, starts }
    }

    /// How many lines there are; a text that ends in a line break has an empty last line.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The position of the byte `offset`; beyond the text it is the end of the text, inside a character its start.
    pub fn position(&self, offset: usize) -> Position {
        let offset = floor_char_boundary(self.text, offset);
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        Position { line, column: column + 1 }
    }

    /// The byte at `position`; a column beyond its line gives the end of the line, a line beyond the text its end.
    pub fn offset(&self, position: Position) -> usize {
        let Some(span) = self.line_span(position.line) else { return self.text.len() };
        let line = self.text.get(span.start..span.end).unwrap_or_default();
        line.char_indices().nth(position.column.saturating_sub(1)).map_or(span.end, |(i, _)| span.start + i)
    }

    /// The bytes of line number `line` (from 1), without its line break.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let index = line.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let next = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..next)?;
        let trimmed = text.strip_suffix('\n').unwrap_or(text);
        let trimmed = trimmed.strip_suffix('\r').unwrap_or(trimmed);
        Some(Span::new(start, start + trimmed.len()))
    }

    /// The text of line number `line` (from 1), without its line break; empty beyond the text.
    pub fn line_text(&self, line: usize) -> &'a str {
        self.line_span(line).and_then(|span| self.text.get(span.start..span.end)).unwrap_or_default()
    }
}

/// The nearest character boundary at or before `offset`, at most the length of `text`.
pub fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// How many UTF-16 units stand before the byte `offset`: what a browser's editor calls the position.
pub fn utf16_offset(text: &str, offset: usize) -> usize {
    let offset = floor_char_boundary(text, offset);
    text.get(..offset).map_or(0, |before| before.chars().map(char::len_utf16).sum())
}

/// The byte that `units` UTF-16 units from the start mean; inside a pair it is the start of the character.
pub fn byte_offset(text: &str, units: usize) -> usize {
    let mut seen = 0;
    for (i, c) in text.char_indices() {
        if seen + c.len_utf16() > units {
            return i;
        }
        seen += c.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 你好\nb: 😀x\r\nc\rd";

    #[test]
    fn lines_end_at_each_kind_of_break() {
        let index = LineIndex::new(TEXT);
        assert_eq!(index.line_count(), 4);
        let lines: Vec<_> = (1..=5).map(|line| index.line_text(line)).collect();
        assert_eq!(lines, ["a: 你好", "b: 😀x", "c", "d", ""]);
    }

    #[test]
    fn columns_count_characters_and_come_back() {
        let index = LineIndex::new(TEXT);
        for (offset, _) in TEXT.char_indices().filter(|(_, c)| *c != '\n' && *c != '\r') {
            assert_eq!(index.offset(index.position(offset)), offset);
        }
        let x = TEXT.find('x').unwrap();
        assert_eq!(index.position(x), Position { line: 2, column: 5 });
        assert_eq!(index.position(9999), Position { line: 4, column: 2 });
        assert_eq!(index.position(4), index.position(3), "inside a character is its start");
    }

    #[test]
    fn utf16_counts_pairs_for_emoji() {
        let x = TEXT.find('x').unwrap();
        assert_eq!(utf16_offset(TEXT, x), 11);
        assert_eq!(byte_offset(TEXT, 11), x);
        assert_eq!(byte_offset(TEXT, 10), TEXT.find('😀').unwrap(), "between the halves of a pair");
        for (offset, _) in TEXT.char_indices() {
            assert_eq!(byte_offset(TEXT, utf16_offset(TEXT, offset)), offset);
        }
        assert_eq!(byte_offset(TEXT, 9999), TEXT.len());
    }
}
