//! Fixes are tried before they are offered: one that does not remove its finding, or brings a new one, is none.

use collections::Map as BTreeMap;

use super::super::{Diagnostic, Fix, Severity};
use super::Run;
use crate::text::{Span, TextEdit, apply};
use crate::yaml::{split, terminated};

/// How many bytes of mended documents are judged for one text. What is over that is offered untried: proposals are made
/// to work, and trying them all would make typing in a long and broken text slow.
pub(super) const TRIALS: usize = 48 * 1024;

/// How often there is a finding of one sort: fixes move elements, so that paths do not tell findings apart.
type Counts<'d> = BTreeMap<(&'d str, &'d str), usize>;

impl Run<'_, '_> {
    /// Drops the fixes of the diagnostics from number `first` on, those of the document at `span`, that do not work.
    pub(super) fn keep_working_fixes(&mut self, span: Span, first: usize) {
        let Some(part) = self.text.get(span.start..span.end) else { return };
        let mut trials = self.trials;
        let found = self.diagnostics.get(first..).unwrap_or_default();
        if found.iter().all(|diagnostic| diagnostic.fixes.is_empty()) {
            return;
        }
        let before = Counted::of(found);
        let kept: Vec<Vec<Fix>> = found
            .iter()
            .map(|diagnostic| {
                let mut fixes = diagnostic.fixes.clone();
                fixes.retain(|fix| {
                    // Advice comes with nearly every text: its fixes must work by themselves.
                    if diagnostic.severity == Severity::Advice || trials < part.len() {
                        return true;
                    }
                    trials -= part.len();
                    let mended = apply(part, &moved_back(&fix.edits, span.start));
                    let after = self.judged_alone(&mended);
                    works(diagnostic, fix, span.start, &before, &Counted::of(&after))
                });
                fixes
            })
            .collect();
        self.trials = trials;
        for (diagnostic, fixes) in self.diagnostics.iter_mut().skip(first).zip(kept) {
            diagnostic.fixes = fixes;
        }
    }

    /// What there is to say of one document by itself.
    fn judged_alone(&self, text: &str) -> Vec<Diagnostic> {
        let whole = terminated(text);
        let mut run = Run::new(&whole, self.file, self.dry_run, false, self.made.clone());
        for (number, document) in split(&whole).iter().enumerate() {
            run.document(number, document);
        }
        run.diagnostics
    }
}

fn moved_back(edits: &[TextEdit], by: usize) -> Vec<TextEdit> {
    let back = |at: usize| at.saturating_sub(by);
    edits
        .iter()
        .map(|it| TextEdit::replace(Span::new(back(it.span.start), back(it.span.end)), &*it.replacement))
        .collect()
}

/// Findings by severity and sort.
struct Counted<'d>(Vec<(&'d Diagnostic, (&'d str, &'d str))>);

impl<'d> Counted<'d> {
    fn of(diagnostics: &'d [Diagnostic]) -> Self {
        Counted(diagnostics.iter().map(|it| (it, sort(it))).collect())
    }

    fn up_to(&self, severity: Severity) -> Counts<'d> {
        let mut counts = Counts::new();
        for (_, sort) in self.0.iter().filter(|(it, _)| it.severity <= severity) {
            *counts.entry(*sort).or_default() += 1;
        }
        counts
    }
}

/// The rule and what it demands, without the value that a message shows.
fn sort(diagnostic: &Diagnostic) -> (&str, &str) {
    let demand = diagnostic.message.rsplit(": ").next().unwrap_or_default();
    (&diagnostic.code, if demand.starts_with(['"', '{', '[']) { "" } else { demand })
}

/// How early the server finds faults of this rule; a later one may come to light when an earlier one is mended.
fn stage(code: &str) -> u8 {
    match code.split('/').next() {
        Some("yaml") => 0,
        Some("client") => 1,
        Some("decode") => 2,
        Some("server" | "admission") => 3,
        _ => 4,
    }
}

/// Whether `found` could not be seen while `finding` was there: the reader had not come so far.
fn was_hidden(found: &Diagnostic, finding: &Diagnostic, fix: &Fix, document: usize) -> bool {
    match stage(&finding.code) {
        0 => stage(&found.code) == 0 && found.span.start + document > finding.span.start,
        // What stands in an unknown field, or in one of a wrong type, was not looked at.
        2 => {
            let parent = finding.path.rsplit_once('.').map_or("", |(parent, _)| parent);
            let own = finding.path.rsplit('.').next().unwrap_or_default();
            let below = |prefix: &[&str]| {
                let mut rest = Some(found.path.as_str());
                for part in prefix {
                    rest = rest.and_then(|rest| rest.strip_prefix(part)).map(|rest| rest.trim_start_matches('.'));
                }
                rest.is_some_and(|rest| !rest.is_empty())
            };
            stage(&found.code) == 2
                && (below(&[&finding.path])
                    || !fix.value.is_empty() && (below(&[parent, &fix.value]) || below(&[&fix.value, own])))
        }
        _ => false,
    }
}

/// Whether the finding is gone, or one of its sort, and nothing new of its weight came.
fn works(finding: &Diagnostic, fix: &Fix, document: usize, before: &Counted<'_>, after: &Counted<'_>) -> bool {
    let before = before.up_to(finding.severity);
    let seen = after.0.iter().filter(|(it, _)| !was_hidden(it, finding, fix, document)).copied();
    let after = Counted(seen.collect()).up_to(finding.severity);
    let count = |counts: &Counts<'_>, sort: &(&str, &str)| counts.get(sort).copied().unwrap_or(0);
    let own = sort(finding);
    let late = |sort: &(&str, &str)| stage(sort.0) > stage(own.0);
    count(&after, &own) < count(&before, &own)
        && after.keys().all(|sort| late(sort) || count(&after, sort) <= count(&before, sort))
}
