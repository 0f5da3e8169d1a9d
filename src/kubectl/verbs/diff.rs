//! The differences that `kubectl diff` prints: those of two texts, as `diff -u` writes them.

use crate::api::Object;
use crate::cluster::{Cluster, ObjectKey};
use crate::kubectl::{print, wire};
use crate::manifest::update::LAST_APPLIED;

/// The name of an object's file, and how it differs from the live one; none where it does not.
pub(super) fn one(cluster: &Cluster, merged: &Object) -> Option<(String, String)> {
    let key = ObjectKey::of(merged)?;
    let live = cluster.store().get(&key);
    let mut merged = merged.clone();
    // What is compared is not what apply remembers.
    let remembered = live.and_then(|live| live.metadata().annotations.as_ref()?.get(LAST_APPLIED).cloned());
    let metadata = merged.metadata_mut();
    if let Some(annotations) = &mut metadata.annotations {
        match remembered {
            Some(text) => _ = annotations.insert(LAST_APPLIED.to_owned(), text),
            None => _ = annotations.remove(LAST_APPLIED),
        }
        if annotations.is_empty() {
            metadata.annotations = None;
        }
    }
    if let Some(live) = live {
        merged.set_resource_version(live.resource_version());
        // What apply remembers is not sent (kubectl: cmd/diff/diff.go Merged), so by itself it makes no new generation.
        let part = |object: &Object| {
            let mut json = object.to_json();
            (json["spec"].take(), json["metadata"]["annotations"].take())
        };
        if part(live) == part(&merged) {
            merged.metadata_mut().generation = live.metadata().generation;
        }
    }
    let before = live.map_or_else(String::new, |live| print::yaml::print(&wire::object(live)));
    let after = print::yaml::print(&wire::object(&merged));
    let group = key.kind.group();
    let group = if group.is_empty() { String::new() } else { format!("{group}.") };
    let file = format!("{group}{}.{}.{}.{}", key.kind.version(), key.kind.name(), key.namespace, key.name);
    let stamp = cluster.now().to_timestamp(cluster.config().epoch);
    let stamp = crate::kubectl::pods::stamp(stamp).replace('T', " ").replace('Z', " +0000");
    let hunks = unified(&before, &after);
    if hunks.is_empty() {
        return None;
    }
    let text = format!(
        "diff -u -N /tmp/LIVE-1/{file} /tmp/MERGED-1/{file}\n--- /tmp/LIVE-1/{file}\t{stamp}\n+++ \
         /tmp/MERGED-1/{file}\t{stamp}\n{hunks}"
    );
    Some((file, text))
}

/// A line of both texts, or of one of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// The hunks that lead from one text to the other, with three lines around each change.
pub(in crate::kubectl) fn unified(before: &str, after: &str) -> String {
    const AROUND: usize = 3;
    let lines = lines(&before.lines().collect::<Vec<_>>(), &after.lines().collect::<Vec<_>>());
    let changed: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Same(_))).map(|(at, _)| at).collect();
    let mut out = String::new();
    let mut next = 0;
    while let Some(first) = changed.get(next) {
        let from = first.saturating_sub(AROUND);
        let mut to = first + 1;
        while let Some(more) = changed.get(next).filter(|more| **more <= to + 2 * AROUND) {
            to = more + 1;
            next += 1;
        }
        let to = (to + AROUND).min(lines.len());
        let (head, body) = (lines.get(..from).unwrap_or_default(), lines.get(from..to).unwrap_or_default());
        let count = |lines: &[Line<'_>], new: bool| {
            let counts = |line: &&Line<'_>| match line {
                Line::Same(_) => true,
                Line::Gone(_) => !new,
                Line::New(_) => new,
            };
            lines.iter().filter(counts).count()
        };
        let range = |new: bool| {
            let (start, length) = (count(head, new), count(body, new));
            match length {
                0 => format!("{start},0"),
                1 => format!("{}", start + 1),
                _ => format!("{},{length}", start + 1),
            }
        };
        out.push_str(&format!("@@ -{} +{} @@\n", range(false), range(true)));
        for line in body {
            let (mark, text) = match line {
                Line::Same(text) => (' ', text),
                Line::Gone(text) => ('-', text),
                Line::New(text) => ('+', text),
            };
            out.push(mark);
            out.push_str(text);
            out.push('\n');
        }
    }
    out
}

/// The longest common lines of two texts, and the rest. Texts of objects are short; of longer ones only what their
/// beginnings and ends share is found.
fn lines<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<Line<'a>> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    let mid_a = rest_a.get(..rest_a.len() - tail).unwrap_or_default();
    let mid_b = rest_b.get(..rest_b.len() - tail).unwrap_or_default();
    let mut lines: Vec<Line<'a>> = a.iter().take(head).map(|text| Line::Same(text)).collect();
    if mid_a.len().saturating_mul(mid_b.len()) > 4_000_000 {
        lines.extend(mid_a.iter().map(|text| Line::Gone(text)));
        lines.extend(mid_b.iter().map(|text| Line::New(text)));
    } else {
        common(mid_a, mid_b, &mut lines);
    }
    lines.extend(a.iter().skip(a.len() - tail).map(|text| Line::Same(text)));
    lines
}

fn common<'a>(a: &[&'a str], b: &[&'a str], lines: &mut Vec<Line<'a>>) {
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    let get = |longest: &[u32], i: usize, j: usize| longest.get(i * width + j).copied().unwrap_or_default();
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let best = match x == y {
                true => get(&longest, i + 1, j + 1) + 1,
                false => get(&longest, i + 1, j).max(get(&longest, i, j + 1)),
            };
            if let Some(cell) = longest.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x == y => {
                lines.push(Line::Same(x));
                (i, j) = (i + 1, j + 1);
            }
            (Some(x), y) if y.is_none() || get(&longest, i + 1, j) >= get(&longest, i, j + 1) => {
                lines.push(Line::Gone(x));
                i += 1;
            }
            (_, Some(y)) => {
                lines.push(Line::New(y));
                j += 1;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changes_come_with_three_lines_around_them() {
        let before: String = (1..=12).map(|n| format!("{n}\n")).collect();
        let after = before.replace("6\n", "six\n");
        assert_eq!(unified(&before, &after), "@@ -3,7 +3,7 @@\n 3\n 4\n 5\n-6\n+six\n 7\n 8\n 9\n");
        assert_eq!(unified("a\n", "a\n"), "");
    }
}
