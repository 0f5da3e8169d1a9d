//! What the editor asks while one writes, in its own terms: places in UTF-16 units, words in the reader's language.

use crate::i18n::{self, Lang, Value};
use crate::manifest::{self, CompletionKind, Hover, Severity};
use crate::text::{Span, byte_offset, utf16_offset};
use crate::ui::judge::{Problem, Verdict, judge};
use crate::yaml::readable;

/// How many problems are marked in the text; the list holds all of them.
const MOST_MARKS: usize = 200;

/// Texts longer than this, in bytes, are judged after a pause only: a key must not wait.
const JUDGED_AT_ONCE: usize = 100_000;

/// How many values of a closed set are told.
const MOST_VALUES: usize = 12;

/// A problem shown in the text; places in UTF-16 units.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its first unit.
    pub from: usize,
    /// One past its last unit.
    pub to: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What is said.
    pub message: String,
}

/// What could be written at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Offers {
    /// Where the word begins that is replaced, in UTF-16 units.
    pub from: usize,
    /// The likeliest first.
    pub offers: Vec<Offer>,
}

/// One thing that could be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What it is called.
    pub label: String,
    /// Its type, and whether it is required.
    pub detail: String,
    /// `field`, `value` or `name`.
    pub kind: &'static str,
    /// Whether the API requires it.
    pub required: bool,
    /// What its sentence is kept under.
    pub doc: String,
    /// What is put in.
    pub insert: String,
    /// Whether more can be completed behind it.
    pub again: bool,
}

/// What is known of a field; places in UTF-16 units.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Its first unit.
    pub from: usize,
    /// One past its last unit.
    pub to: usize,
    /// Where it is in its object.
    pub path: String,
    /// Its type; empty where the API knows no such field.
    pub kind: String,
    /// Whether it is required, its default and the like.
    pub notes: Vec<String>,
    /// What its sentence is kept under.
    pub doc: String,
}

/// What could be written at `units`.
pub fn offers(text: &str, units: usize, lang: Lang) -> Option<Offers> {
    let found = manifest::complete(text, byte_offset(text, units));
    let from = utf16_offset(text, found.first()?.span.start);
    let required = i18n::text(lang, "editor-required");
    let offer = |completion: manifest::Completion| Offer {
        kind: match completion.kind {
            CompletionKind::Field => "field",
            CompletionKind::Value => "value",
            CompletionKind::Name => "name",
        },
        detail: match completion.required {
            true => format!("{} · {required}", completion.detail),
            false => completion.detail,
        },
        label: completion.label,
        required: completion.required,
        doc: completion.doc,
        insert: completion.insert,
        again: completion.again,
    };
    Some(Offers { from, offers: found.into_iter().map(offer).collect() })
}

/// What is known of the field at `units`.
pub fn explained(text: &str, units: usize, lang: Lang) -> Option<Explained> {
    let found = manifest::hover(text, byte_offset(text, units))?;
    let notes = notes(&found, lang);
    let Hover { span, path, kind, doc, .. } = found;
    Some(Explained {
        from: utf16_offset(text, span.start),
        to: utf16_offset(text, span.end),
        notes: if doc.is_empty() && kind.is_empty() { vec![i18n::text(lang, "hover-unknown")] } else { notes },
        path,
        kind,
        doc,
    })
}

fn notes(found: &Hover, lang: Lang) -> Vec<String> {
    let mut notes = Vec::new();
    if found.required {
        notes.push(i18n::text(lang, "editor-required"));
    }
    if let Some(default) = found.default {
        notes.push(i18n::text_with(lang, "hover-default", &[("default", Value::from(default))]));
    }
    if !found.values.is_empty() {
        let values: Vec<&str> = found.values.iter().copied().take(MOST_VALUES).collect();
        let values = values.join(", ");
        notes.push(i18n::text_with(lang, "hover-values", &[("values", Value::from(values.as_str()))]));
    }
    if found.immutable {
        notes.push(i18n::text(lang, "hover-immutable"));
    }
    notes
}

/// The marks of a verdict on `text`. Where a fault of the YAML hides the rest of a document from the verdict, as it does
/// from kubectl, what is wrong in that rest is marked all the same.
pub fn marks(verdict: &Verdict, text: &str, lang: Lang) -> Vec<Mark> {
    // Advice on running is for the list: a text that the cluster takes as it is stays unmarked.
    let marked = verdict.problems.iter().filter(|problem| !problem.diagnostic.code.starts_with("advice/"));
    let mut marks: Vec<Mark> = marked.take(MOST_MARKS).map(|problem| mark(problem, text, lang)).collect();
    if text.len() <= JUDGED_AT_ONCE && verdict.problems.iter().any(is_fault) {
        let known: Vec<Span> = verdict.problems.iter().map(|problem| problem.diagnostic.span).collect();
        let hidden = behind_faults(text).into_iter().filter(|problem| !known.contains(&problem.diagnostic.span));
        marks.extend(hidden.take(MOST_MARKS).map(|problem| mark(&problem, text, lang)));
    }
    marks
}

/// Whether a problem is that the text is no YAML.
fn is_fault(problem: &Problem) -> bool {
    problem.diagnostic.code.starts_with("yaml/") && problem.diagnostic.severity == Severity::Error
}

/// What is wrong in the parts of the text that can be read, as far as it cannot come from the parts that cannot: that
/// something is missing or not found may well.
fn behind_faults(text: &str) -> Vec<Problem> {
    const UNSURE: [&str; 5] = ["Required value", "Not found", "does not match", "missing", "must match"];
    let copy = readable(text);
    let (mut verdict, _) = judge(&copy);
    verdict.problems.retain(|problem| {
        let Span { start, end } = problem.diagnostic.span;
        let blank = text.get(start..end) != copy.get(start..end) || start == end;
        !blank && !UNSURE.iter().any(|words| problem.diagnostic.message.contains(words))
    });
    verdict.problems
}

fn mark(problem: &Problem, text: &str, lang: Lang) -> Mark {
    let diagnostic = &problem.diagnostic;
    let message = match i18n::explanation(lang, &diagnostic.code) {
        Some(reason) => format!("{}\n{reason}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let from = utf16_offset(text, diagnostic.span.start);
    Mark { from, to: utf16_offset(text, diagnostic.span.end), severity: diagnostic.severity, message }
}

/// The marks of a text that was just changed at `units`, to be shown at once; none where the marks there are should
/// rather stay until the writer pauses.
///
/// What is being written is not wrong before it is finished. And while it is, it may hide the rest: a half-written key
/// makes the text no YAML for a moment, a half-written value may keep it from being decoded.
pub fn marks_at_once(text: &str, units: usize, lang: Lang) -> Option<Vec<Mark>> {
    if text.len() > JUDGED_AT_ONCE {
        return None;
    }
    let (verdict, _) = judge(text);
    let line = line_around(text, byte_offset(text, units));
    let in_work = |problem: &Problem| {
        let Span { start, end } = problem.diagnostic.span;
        problem.diagnostic.severity == Severity::Error && start <= line.end && end >= line.start
    };
    let unfinished = verdict.problems.iter().any(|problem| is_fault(problem) || in_work(problem));
    (!unfinished).then(|| marks(&verdict, text, lang))
}

fn line_around(text: &str, offset: usize) -> Span {
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let end = text.get(offset..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| offset + at);
    Span::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANG: Lang = Lang::En;

    #[test]
    fn places_are_counted_as_the_editor_counts() {
        let text = "# 😀\nkind: Pod\nspec:\n  rest";
        let units = utf16_offset(text, text.len());
        let found = offers(text, units, LANG).unwrap();
        assert_eq!(found.from, units - 4);
        assert!(found.offers.iter().any(|offer| offer.label == "restartPolicy"));
        let found = explained("# 😀\nkind: Pod\n", 6, LANG).unwrap();
        assert_eq!((found.from, found.to), (5, 9));
    }

    #[test]
    fn what_is_being_written_waits() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: Bad}\nspec:\n  restartPolicy: Alw\n  containers: []\n";
        let cursor = text.find("Alw").unwrap() + 3;
        let all = judge(text).0.problems.len();
        assert_eq!(marks_at_once(text, 0, LANG).unwrap().len(), all);
        assert_eq!(marks_at_once(text, cursor, LANG), None);
        assert!(marks_at_once(&text.replace("restartPolicy: Alw", "rest"), 0, LANG).is_none(), "no YAML");
    }

    #[test]
    fn a_fault_hides_no_marks_of_other_parts() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  restartPolicy: Sometimes\n  nodeSel\n  containers:\n  - name: a\n    Image: x\n";
        let (verdict, _) = judge(text);
        assert_eq!(verdict.problems.len(), 1, "kubectl says no more");
        let marked: Vec<&str> = marks(&verdict, text, LANG).iter().map(|mark| &text[mark.from..mark.to]).collect();
        assert!(marked.contains(&"Image"), "{marked:?}");
        let text = text.replace("Image", "image");
        let (verdict, _) = judge(&text);
        let marked: Vec<&str> = marks(&verdict, &text, LANG).iter().map(|mark| &text[mark.from..mark.to]).collect();
        assert!(marked.contains(&"Sometimes"), "{marked:?}");
    }
}
