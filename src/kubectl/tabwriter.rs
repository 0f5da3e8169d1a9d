//! Columns out of text with tabs, as Go's text/tabwriter makes them.
//!
//! A cell is what ends in a tab; what follows the last tab of a line belongs to no column. A column is a run of
//! consecutive lines that have a cell at that place, so lines without a tab cut the columns apart.

/// Pads the cells of `text` with blanks: each at least `min_width` wide, and `padding` wider than the longest of its
/// column.
pub fn format(text: &str, min_width: usize, padding: usize) -> String {
    let ends_in_newline = text.ends_with('\n');
    let text = if ends_in_newline { text.get(..text.len() - 1).unwrap_or_default() } else { text };
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|_| Vec::new()).collect();
    let deepest = lines.iter().map(Vec::len).max().unwrap_or_default();
    for column in 0..deepest {
        let mut at = 0;
        while at < lines.len() {
            // A column block lies within one block of the column before it, for each line keeps the widths so far.
            let inside = |line: usize| {
                lines.get(line).is_some_and(|cells| column + 1 < cells.len())
                    && widths.get(line).is_some_and(|widths| widths.len() == column)
            };
            if !inside(at) {
                at += 1;
                continue;
            }
            let end = (at..lines.len()).find(|line| !inside(*line)).unwrap_or(lines.len());
            let cells = lines.get(at..end).unwrap_or_default().iter().filter_map(|cells| cells.get(column));
            let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or_default();
            let width = min_width.max(longest + padding);
            widths.get_mut(at..end).unwrap_or_default().iter_mut().for_each(|widths| widths.push(width));
            at = end;
        }
    }
    let mut out = String::with_capacity(text.len() * 2);
    for (number, (cells, widths)) in lines.iter().zip(&widths).enumerate() {
        if number > 0 {
            out.push('\n');
        }
        for (column, cell) in cells.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(column) {
                let blanks = width.saturating_sub(cell.chars().count());
                out.extend(std::iter::repeat_n(' ', blanks));
            }
        }
    }
    if ends_in_newline {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn columns_align_and_last_cells_are_left_alone() {
        assert_eq!(format("NAME\tREADY\nweb-1\t0/1\n", 6, 3), "NAME    READY\nweb-1   0/1\n");
    }

    #[test]
    fn a_line_without_a_tab_begins_new_columns() {
        assert_eq!(format("a:\tx\nlong:\ty\nhead:\n  b:\tz\n", 0, 2), "a:     x\nlong:  y\nhead:\n  b:  z\n");
    }

    #[test]
    fn a_shorter_line_ends_only_the_columns_it_lacks() {
        assert_eq!(format("a\tb\tc\nd\te\nf\tgggg\th\n", 0, 2), "a  b  c\nd  e\nf  gggg  h\n");
    }
}
