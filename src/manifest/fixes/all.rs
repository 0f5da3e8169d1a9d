//! All fixes at once, for a preview of what they would make of a text.

use super::{DROP, Fix, RENAME};
use crate::manifest::{Severity, check};
use crate::text::{Span, TextEdit, apply};

/// A text after all its fixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixedText {
    /// The text.
    pub text: String,
    /// What was done, in order.
    pub fixes: Vec<Fix>,
    /// What changed against the text before, in order and without overlaps.
    pub edits: Vec<TextEdit>,
}

/// How often the mended text is judged again: one fault may hide another.
const ROUNDS: usize = 12;

/// The length, in bytes, from which on a text is judged again only once.
const LONG: usize = 100 * 1024;

/// Mends every error and warning of `text` that has a fix, the first fix of each, until none is left.
///
/// Fields that are not known are left alone where the only fix is to drop them. Advice is not followed.
pub fn fix_all(text: &str) -> FixedText {
    let mut fixed = FixedText { text: text.to_owned(), ..FixedText::default() };
    let mut pieces = vec![Piece::Old(Span::new(0, text.len()))];
    for _ in 0..if text.len() < LONG { ROUNDS } else { 2 } {
        let judgement = check(&fixed.text, "");
        let mended = judgement.diagnostics.iter().filter(|it| it.severity != Severity::Advice);
        let mut edits: Vec<TextEdit> = Vec::new();
        let done = fixed.fixes.len();
        for fix in mended.filter_map(|it| it.fixes.first()).filter(|fix| fix.id != DROP) {
            let known = fix.edits.iter().all(|edit| edits.contains(edit));
            if known || fix.edits.iter().any(|edit| edits.iter().any(|other| touch(edit, other))) {
                continue;
            }
            // Two things that get the same name in one round would clash: the second waits for the next.
            let same = |other: &Fix| other.id == RENAME && fix.id == RENAME && other.value == fix.value;
            if fixed.fixes.get(done..).is_some_and(|round| round.iter().any(same)) {
                continue;
            }
            edits.extend(fix.edits.iter().cloned());
            fixed.fixes.push(fix.clone());
        }
        if edits.is_empty() {
            break;
        }
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        fixed.text = apply(&fixed.text, &edits);
        for edit in edits.iter().rev() {
            replace(&mut pieces, edit);
        }
    }
    fixed.edits = changes(&pieces, text.len());
    fixed
}

/// Whether two edits cannot be made in one go.
fn touch(a: &TextEdit, b: &TextEdit) -> bool {
    let (a, b) = (a.span, b.span);
    a.start < b.end && b.start < a.end || a.start == b.start
}

/// A part of the mended text: one of the text before, or a new one.
#[derive(Clone)]
enum Piece {
    Old(Span),
    New(String),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Piece::Old(span) => span.len(),
            Piece::New(text) => text.len(),
        }
    }

    /// Its two parts before and behind the byte `at`.
    fn split(&self, at: usize) -> (Piece, Piece) {
        match self {
            Piece::Old(span) => {
                let middle = span.start + at.min(span.len());
                (Piece::Old(Span::new(span.start, middle)), Piece::Old(Span::new(middle, span.end)))
            }
            Piece::New(text) => {
                let (before, behind) = text.split_at_checked(at).unwrap_or((text, ""));
                (Piece::New(before.to_owned()), Piece::New(behind.to_owned()))
            }
        }
    }
}

/// Makes an edit of the text that the pieces make.
fn replace(pieces: &mut Vec<Piece>, edit: &TextEdit) {
    let mut out = Vec::with_capacity(pieces.len() + 2);
    let mut at = 0;
    let mut done = false;
    for piece in pieces.drain(..) {
        let end = at + piece.len();
        let (before, rest) = piece.split(edit.span.start.saturating_sub(at));
        let behind = rest.split(edit.span.end.saturating_sub(at + before.len())).1;
        if edit.span.start >= end {
            out.push(piece);
        } else {
            out.push(before);
            if !done {
                out.push(Piece::New(edit.replacement.clone()));
                done = true;
            }
            out.push(behind);
        }
        at = end;
    }
    if !done {
        out.push(Piece::New(edit.replacement.clone()));
    }
    out.retain(|piece| piece.len() > 0);
    *pieces = out;
}

/// The edits that lead from the text before, of `length` bytes, to that of the pieces.
fn changes(pieces: &[Piece], length: usize) -> Vec<TextEdit> {
    let mut edits = Vec::new();
    let mut at = 0;
    let mut new = String::new();
    let whole = [Piece::Old(Span::new(length, length))];
    for piece in pieces.iter().chain(&whole) {
        match piece {
            Piece::New(text) => new.push_str(text),
            Piece::Old(span) => {
                if span.start > at || !new.is_empty() {
                    edits.push(TextEdit::replace(Span::new(at, span.start), std::mem::take(&mut new)));
                }
                at = span.end;
            }
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_where_a_brace_came_too_early() {
        let text = r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"},
            "spec": {"type": "NodePort", "selecto1e9"}, "ports": [{"name": "http", "port": 80}]}}"#;
        let fixed = fix_all(text);
        assert_eq!(apply(text, &fixed.edits), fixed.text);
        assert!(fixed.text.contains(r#""port": 80"#), "{}", fixed.text);
    }

    #[test]
    fn faults_behind_faults_are_mended_and_comments_stay() {
        let text = "apiVersion: v1\nkind: pod # the kind\nmetadata: {name: Web}\nspec:\n  restartpolicy: always\n  containers:\n  - image: nginx # no name\n    command: [sh, -c, sleep, 20]\n    volumeMounts:\n    - name: data\n      mountPath: /data\n";
        let fixed = fix_all(text);
        assert!(check(&fixed.text, "f").accepted(), "{}", fixed.text);
        assert_eq!(apply(text, &fixed.edits), fixed.text);
        insta::assert_snapshot!(fixed.text, @r#"
        apiVersion: v1
        kind: Pod # the kind
        metadata: {name: web}
        spec:
          restartPolicy: Always
          containers:
          - name: nginx
            image: nginx # no name
            command: [sh, -c, sleep, "20"]
            volumeMounts:
            - name: data
              mountPath: /data
          volumes:
          - name: data
            emptyDir: {}
        "#);
    }

    #[test]
    fn what_has_no_fix_stays() {
        let text =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: nginx, foo: 1}]}\n";
        assert_eq!(fix_all(text), FixedText { text: text.to_owned(), ..FixedText::default() });
    }
}
