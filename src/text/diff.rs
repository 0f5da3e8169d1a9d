//! What differs between two texts, line by line.

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineChange {
    /// It stayed.
    Same,
    /// It is only in the text before.
    Removed,
    /// It is only in the text after.
    Added,
}

/// A line of either text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine<'t> {
    /// What became of it.
    pub change: LineChange,
    /// Its number from 1: in the text before where it was removed, else in the text after.
    pub number: usize,
    /// The line without its break.
    pub text: &'t str,
}

/// Texts with more differing lines than this squared are taken to differ as a whole.
const MOST_PAIRS: usize = 4_000_000;

/// The lines of both texts in order; where lines differ, those removed come before those added.
pub fn diff_lines<'t>(before: &'t str, after: &'t str) -> Vec<DiffLine<'t>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let (old_part, new_part) = (middle(&old, head, tail), middle(&new, head, tail));
    let mut lines = Vec::with_capacity(new.len() + old_part.len());
    let mut push = |change, index: usize, text| lines.push(DiffLine { change, number: index + 1, text });
    for (i, text) in new.iter().take(head).enumerate() {
        push(LineChange::Same, i, *text);
    }
    let (mut i, mut j) = (0, 0);
    for (a, b) in common(old_part, new_part).into_iter().chain([(old_part.len(), new_part.len())]) {
        while i < a {
            push(LineChange::Removed, head + i, old_part.get(i).copied().unwrap_or_default());
            i += 1;
        }
        while j < b {
            push(LineChange::Added, head + j, new_part.get(j).copied().unwrap_or_default());
            j += 1;
        }
        if let (true, Some(text)) = (a < old_part.len(), new_part.get(b)) {
            push(LineChange::Same, head + b, *text);
            (i, j) = (a + 1, b + 1);
        }
    }
    for (i, text) in new.iter().enumerate().skip(new.len() - tail) {
        push(LineChange::Same, i, *text);
    }
    lines
}

/// The changed lines and `around` lines on either side of each; none stands for lines that are left out between.
pub fn changed_lines<'d, 't>(lines: &'d [DiffLine<'t>], around: usize) -> Vec<Option<&'d DiffLine<'t>>> {
    let near_change = |at: usize| {
        let near = lines.get(at.saturating_sub(around)..(at + around + 1).min(lines.len())).unwrap_or_default();
        near.iter().any(|line| line.change != LineChange::Same)
    };
    let mut shown: Vec<Option<&DiffLine<'t>>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match near_change(at) {
            true => shown.push(Some(line)),
            false if matches!(shown.last(), Some(Some(_))) => shown.push(None),
            false => {}
        }
    }
    if matches!(shown.last(), Some(None)) {
        shown.pop();
    }
    shown
}

fn middle<'s, 't>(lines: &'s [&'t str], head: usize, tail: usize) -> &'s [&'t str] {
    lines.get(head..lines.len() - tail).unwrap_or_default()
}

/// The places, in both, of the longest run of lines that both have in this order.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return Vec::new();
    }
    // How many lines are common behind each pair of places.
    let mut table = vec![0_u32; (old.len() + 1) * width];
    let at = |table: &[u32], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let best = match old.get(i) == new.get(j) {
                true => at(&table, i + 1, j + 1) + 1,
                false => at(&table, i + 1, j).max(at(&table, i, j + 1)),
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < old.len() && j < new.len() {
        if old.get(i) == new.get(j) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if at(&table, i + 1, j) >= at(&table, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines as a patch shows them.
    fn shown(before: &str, after: &str) -> Vec<String> {
        let sign = |change| match change {
            LineChange::Same => ' ',
            LineChange::Removed => '-',
            LineChange::Added => '+',
        };
        diff_lines(before, after)
            .iter()
            .map(|line| format!("{}{}:{}", sign(line.change), line.number, line.text))
            .collect()
    }

    #[test]
    fn lines_stay_go_and_come() {
        assert_eq!(shown("a\nb\nc\n", "a\nx\nc\n"), [" 1:a", "-2:b", "+2:x", " 3:c"]);
        assert_eq!(shown("a\nb\nc\nd", "a\nc\ny\nd"), [" 1:a", "-2:b", " 2:c", "+3:y", " 4:d"]);
        assert_eq!(shown("", "a\n"), ["+1:a"]);
        assert_eq!(shown("a\n", ""), ["-1:a"]);
        assert_eq!(shown("a\na\n", "a\n"), [" 1:a", "-2:a"]);
        assert_eq!(shown("", ""), [""; 0]);
    }

    #[test]
    fn both_texts_can_be_read_from_it() {
        let (before, after) = ("a\nb\nc\nb\na\nd\n", "b\nc\nx\na\nb\nd\n");
        let lines = diff_lines(before, after);
        let of = |gone: LineChange| -> Vec<&str> {
            lines.iter().filter(|line| line.change != gone).map(|line| line.text).collect()
        };
        assert_eq!(of(LineChange::Added), before.lines().collect::<Vec<_>>());
        assert_eq!(of(LineChange::Removed), after.lines().collect::<Vec<_>>());
    }

    #[test]
    fn only_what_is_near_a_change_is_shown() {
        let before: String = (0..30).map(|n| format!("{n}\n")).collect();
        let after = before.replace("\n9\n", "\nnine\n").replace("\n20\n", "\n");
        let lines = diff_lines(&before, &after);
        let shown = changed_lines(&lines, 1);
        let numbers: Vec<usize> = shown.into_iter().map(|line| line.map_or(0, |line| line.number)).collect();
        assert_eq!(numbers, [9, 10, 10, 11, 0, 20, 21, 21]);
    }
}
