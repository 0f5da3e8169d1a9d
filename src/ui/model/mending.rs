//! All fixes at once, for a preview of what they would make of a text.

use crate::manifest::{Fix, Severity};
use crate::text::{Span, TextEdit, apply};
use crate::ui::judge::judge;

/// How often the mended text is judged again: one fault may hide another.
const ROUNDS: usize = 8;

/// A text after all its fixes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mended {
    /// The text.
    pub text: String,
    /// What was done, in order.
    pub fixes: Vec<Fix>,
    /// What changed against the text before; nothing where there was no fix.
    pub edits: Vec<TextEdit>,
}

/// Mends every error and warning of `text` that has a fix, the first fix of each, until none is left.
pub fn mend_all(text: &str) -> Mended {
    let mut mended = Mended { text: text.to_owned(), ..Mended::default() };
    for _ in 0..ROUNDS {
        let (verdict, _) = judge(&mended.text);
        let mut edits: Vec<TextEdit> = Vec::new();
        for problem in verdict.problems.iter().filter(|problem| problem.diagnostic.severity != Severity::Advice) {
            let Some(fix) = problem.diagnostic.fixes.first() else { continue };
            let clash = |edit: &TextEdit| edits.iter().any(|other| touch(edit.span, other.span));
            if !fix.edits.iter().any(clash) {
                edits.extend(fix.edits.iter().cloned());
                mended.fixes.push(fix.clone());
            }
        }
        let next = apply(&mended.text, &edits);
        if next == mended.text {
            break;
        }
        mended.text = next;
    }
    mended.edits = difference(text, &mended.text).into_iter().collect();
    mended
}

fn touch(a: Span, b: Span) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// The one edit that leads from one text to the other: whatever lies between their common beginning and end.
fn difference(before: &str, after: &str) -> Option<TextEdit> {
    let same = |(a, b): &(char, char)| a == b;
    let head: usize = before.chars().zip(after.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (old, new) = (before.get(head..)?, after.get(head..)?);
    let tail: usize = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let replacement = new.get(..new.len() - tail)?;
    let span = Span::new(head, before.len() - tail);
    (!span.is_empty() || !replacement.is_empty()).then(|| TextEdit::replace(span, replacement))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_behind_faults_are_mended() {
        let text = "apiVersion: v1\nkind: pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: a\n    Image: nginx # 你\n    command: [sh, -c, sleep, 20]\n";
        let mended = mend_all(text);
        assert!(mended.fixes.len() >= 3, "{:?}", mended.fixes);
        assert_eq!(apply(text, &mended.edits), mended.text);
        assert!(judge(&mended.text).0.accepted, "{}", mended.text);
    }

    #[test]
    fn what_needs_no_fix_stays() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: nginx}]}\n";
        assert_eq!(mend_all(text), Mended { text: text.to_owned(), ..Mended::default() });
    }
}
