//! Two texts compared line by line, as the server shows what changed.
//!
//! The algorithm is Python's difflib in its Go port (pmezard/go-difflib, used by apimachinery: util/diff/diff.go, 1.36), with its
//! habit of ignoring lines that are frequent in long texts: another one would give other hunks.

use collections::Map as BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// From this many lines on, frequent lines are not looked for.
const LONG: usize = 200;

/// A run of equal lines: where it begins in both texts, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    a: usize,
    b: usize,
    size: usize,
}

/// A stretch of both texts, equal or not.
#[derive(Clone, Debug)]
struct Step {
    equal: bool,
    a: Range<usize>,
    b: Range<usize>,
}

/// The unified diff of `a` and `b` without a head; empty when they are equal.
pub(super) fn diff(a: &str, b: &str) -> String {
    let a: Vec<&str> = a.split('\n').collect();
    let b: Vec<&str> = b.split('\n').collect();
    let mut out = String::new();
    for hunk in hunks(steps(&a, &b)) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        // Writing to a String cannot fail.
        let _ =
            writeln!(out, "@@ -{} +{} @@", range(&(first.a.start..last.a.end)), range(&(first.b.start..last.b.end)));
        for step in &hunk {
            if step.equal {
                lines(&mut out, ' ', &a, &step.a);
            } else {
                lines(&mut out, '-', &a, &step.a);
                lines(&mut out, '+', &b, &step.b);
            }
        }
    }
    out
}

fn lines(out: &mut String, sign: char, text: &[&str], range: &Range<usize>) {
    for line in text.get(range.clone()).unwrap_or_default() {
        out.push(sign);
        out.push_str(line);
        out.push('\n');
    }
}

fn range(range: &Range<usize>) -> String {
    match range.len() {
        1 => (range.start + 1).to_string(),
        0 => format!("{},0", range.start),
        length => format!("{},{length}", range.start + 1),
    }
}

/// The changes in groups that share their context (difflib: get_grouped_opcodes).
fn hunks(mut steps: Vec<Step>) -> Vec<Vec<Step>> {
    if let Some(first) = steps.first_mut().filter(|step| step.equal) {
        first.a.start = first.a.start.max(first.a.end.saturating_sub(CONTEXT));
        first.b.start = first.b.start.max(first.b.end.saturating_sub(CONTEXT));
    }
    if let Some(last) = steps.last_mut().filter(|step| step.equal) {
        last.a.end = last.a.end.min(last.a.start + CONTEXT);
        last.b.end = last.b.end.min(last.b.start + CONTEXT);
    }
    let mut hunks = Vec::new();
    let mut hunk: Vec<Step> = Vec::new();
    for mut step in steps {
        if step.equal && step.a.len() > 2 * CONTEXT {
            hunk.push(Step {
                equal: true,
                a: step.a.start..step.a.end.min(step.a.start + CONTEXT),
                b: step.b.start..step.b.end.min(step.b.start + CONTEXT),
            });
            hunks.push(std::mem::take(&mut hunk));
            step.a.start = step.a.start.max(step.a.end.saturating_sub(CONTEXT));
            step.b.start = step.b.start.max(step.b.end.saturating_sub(CONTEXT));
        }
        hunk.push(step);
    }
    hunks.push(hunk);
    hunks.retain(|hunk| hunk.iter().any(|step| !step.equal));
    hunks
}

/// Equal and unequal stretches in turn (difflib: get_opcodes).
fn steps(a: &[&str], b: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut i, mut j) = (0, 0);
    for block in blocks(a, b) {
        if i < block.a || j < block.b {
            steps.push(Step { equal: false, a: i..block.a, b: j..block.b });
        }
        (i, j) = (block.a + block.size, block.b + block.size);
        if block.size > 0 {
            steps.push(Step { equal: true, a: block.a..i, b: block.b..j });
        }
    }
    steps
}

/// The equal runs in order, joined where they touch, and an empty one at the end (difflib: get_matching_blocks).
fn blocks(a: &[&str], b: &[&str]) -> Vec<Block> {
    let places = places(b);
    let mut found = Vec::new();
    let mut open = vec![(0..a.len(), 0..b.len())];
    while let Some((in_a, in_b)) = open.pop() {
        let block = longest(a, b, &places, &in_a, &in_b);
        if block.size > 0 {
            open.push((in_a.start..block.a, in_b.start..block.b));
            open.push((block.a + block.size..in_a.end, block.b + block.size..in_b.end));
            found.push(block);
        }
    }
    found.sort_by_key(|block| block.a);
    let mut joined: Vec<Block> = Vec::new();
    for block in found {
        match joined.last_mut() {
            Some(last) if last.a + last.size == block.a && last.b + last.size == block.b => last.size += block.size,
            _ => joined.push(block),
        }
    }
    joined.push(Block { a: a.len(), b: b.len(), size: 0 });
    joined
}

/// Where each line stands in `b`, without the frequent ones.
fn places<'b>(b: &[&'b str]) -> BTreeMap<&'b str, Vec<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, line) in b.iter().enumerate() {
        places.entry(line).or_default().push(i);
    }
    if b.len() >= LONG {
        places.retain(|_, at| at.len() <= b.len() / 100 + 1);
    }
    places
}

/// The longest equal run within the ranges, the first of several (difflib: find_longest_match).
fn longest(
    a: &[&str],
    b: &[&str],
    places: &BTreeMap<&str, Vec<usize>>,
    in_a: &Range<usize>,
    in_b: &Range<usize>,
) -> Block {
    let mut best = Block { a: in_a.start, b: in_b.start, size: 0 };
    // The length of the run that ends at each place of `b`, for the line of `a` before.
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    for i in in_a.clone() {
        let mut now = BTreeMap::new();
        let at = a.get(i).and_then(|line| places.get(line));
        for &j in at.into_iter().flatten().filter(|j| in_b.contains(j)) {
            let run = j.checked_sub(1).and_then(|j| before.get(&j)).copied().unwrap_or(0) + 1;
            now.insert(j, run);
            if run > best.size {
                best = Block { a: i + 1 - run, b: j + 1 - run, size: run };
            }
        }
        before = now;
    }
    let equal = |i: usize, j: usize| a.get(i).is_some_and(|line| b.get(j) == Some(line));
    while best.a > in_a.start && best.b > in_b.start && equal(best.a - 1, best.b - 1) {
        best = Block { a: best.a - 1, b: best.b - 1, size: best.size + 1 };
    }
    while best.a + best.size < in_a.end
        && best.b + best.size < in_b.end
        && equal(best.a + best.size, best.b + best.size)
    {
        best.size += 1;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_their_context() {
        let text = |changed: &str| format!("1\n2\n3\n4\n5\n{changed}\n7\n8\n9\n10");
        assert_eq!(diff(&text("6"), &text("six")), "@@ -3,7 +3,7 @@\n 3\n 4\n 5\n-6\n+six\n 7\n 8\n 9\n");
        assert_eq!(diff("a", "a"), "");
        assert_eq!(diff("a\nb", "a\nx\nb"), "@@ -1,2 +1,3 @@\n a\n+x\n b\n");
        assert_eq!(diff("", "x"), "@@ -1 +1 @@\n-\n+x\n");
    }

    #[test]
    fn distant_changes_are_hunks_of_their_own() {
        let old: Vec<String> = (0..20).map(|i| i.to_string()).collect();
        let mut new = old.clone();
        new[2] = "two".to_owned();
        new.remove(17);
        let diff = diff(&old.join("\n"), &new.join("\n"));
        assert_eq!(diff.matches("@@ -").count(), 2);
        assert!(diff.contains("@@ -15,6 +15,5 @@\n 14\n 15\n 16\n-17\n 18\n 19\n"), "{diff}");
    }
}
