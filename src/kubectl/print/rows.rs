//! Tables as `kubectl get` prints them: widths are remembered from one flush to the next
//! (cli-runtime: printers/tableprinter.go; liggitt/tabwriter RememberWidths).

/// Prints rows under one another; columns never become narrower.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::kubectl) struct Rows {
    widths: Vec<usize>,
}

impl Rows {
    /// The rows as text; each cell is cut where its first line ends, the last one of a row is not padded.
    pub fn print(&mut self, rows: &[Vec<String>]) -> String {
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
        self.whole(&rows)
    }

    /// The same, the cells as they are.
    fn whole(&mut self, rows: &[Vec<String>]) -> String {
        for row in rows {
            let padded = row.len().saturating_sub(1);
            for (column, cell) in row.iter().take(padded).enumerate() {
                let width = 6.max(cell.chars().count() + 3);
                match self.widths.get_mut(column) {
                    Some(known) => *known = width.max(*known),
                    None => self.widths.push(width),
                }
            }
        }
        let mut text = String::new();
        for row in rows {
            for (column, cell) in row.iter().enumerate() {
                text.push_str(cell);
                if column + 1 < row.len() {
                    let width = self.widths.get(column).copied().unwrap_or_default();
                    text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
                }
            }
            text.push('\n');
        }
        text
    }
}

/// A table by itself.
pub(in crate::kubectl) fn table(rows: &[Vec<String>]) -> String {
    Rows::default().print(rows)
}

/// A table whose cells may have several lines (kubectl: cmd/get/customcolumn.go prints them as they are).
pub(in crate::kubectl) fn lines(rows: &[Vec<String>]) -> String {
    let text = rows.iter().map(|row| row.join("\t")).collect::<Vec<_>>().join("\n");
    let rows: Vec<Vec<String>> = text.split('\n').map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    Rows::default().whole(&rows)
}

/// A cell ends where its first line ends; escapes are made visible.
fn one_line(cell: &str) -> String {
    let cell = cell.replace('\u{1b}', "^[");
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", cell.get(..end).unwrap_or_default()),
        None => cell,
    }
}
