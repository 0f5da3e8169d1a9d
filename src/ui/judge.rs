//! The judge's verdict as the page holds it.

use crate::api::Object;
use crate::cluster::ObjectKey;
use crate::manifest::{self, Diagnostic, Severity};
use crate::text::{LineIndex, Span};
use crate::trace::Origin;
use crate::ui::model::{places, scripts};

/// The name that the judge is told for the text, as kubectl would say it.
const FILE_NAME: &str = "manifest.yaml";

/// A diagnostic and its line.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What was found.
    pub diagnostic: Diagnostic,
    /// Its line, from 1.
    pub line: usize,
}

/// What was said of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Whether every document was accepted.
    pub accepted: bool,
    /// Whether there was nothing to judge.
    pub empty: bool,
    /// What was found, errors first, each in the order of the text.
    pub problems: Vec<Problem>,
    /// The accepted objects and the numbers of their documents.
    objects: Vec<(ObjectKey, usize)>,
}

impl Verdict {
    /// How many problems are no mere advice; they come first.
    pub fn faults(&self) -> usize {
        self.problems.iter().take_while(|problem| problem.diagnostic.severity != Severity::Advice).count()
    }

    /// The number of the document that an accepted object is written in.
    pub fn document(&self, key: &ObjectKey) -> Option<usize> {
        self.objects.iter().find(|(own, _)| own == key).map(|(_, document)| *document)
    }

    /// Where `text`, the one judged, speaks of `origin`: the whole of the field.
    pub fn span(&self, text: &str, origin: &Origin) -> Option<Span> {
        places::extent(text, self.document(&origin.object)?, &origin.path)
    }
}

/// Judges `text`; the objects in it come with the verdict when all of them are accepted.
pub fn judge(text: &str) -> (Verdict, Vec<Object>) {
    let judgement = manifest::check(text, FILE_NAME);
    let lines = LineIndex::new(text);
    let problem = |diagnostic: &Diagnostic| Problem {
        line: lines.position(diagnostic.span.start).line,
        diagnostic: diagnostic.clone(),
    };
    let mut problems: Vec<Problem> = judgement.diagnostics.iter().map(problem).collect();
    let scripts = judgement.objects.iter().flat_map(|judged| scripts::advice(text, judged));
    problems.extend(scripts.map(|diagnostic| problem(&diagnostic)));
    collections::sort_by_key(&mut problems, |problem| (problem.diagnostic.severity, problem.diagnostic.span.start));
    let key = |judged: &manifest::Judged| Some((ObjectKey::of(judged.object.as_ref()?)?, judged.document));
    let verdict = Verdict {
        accepted: judgement.accepted() || judgement.objects.is_empty() && problems.is_empty(),
        empty: judgement.objects.is_empty(),
        problems,
        objects: judgement.objects.iter().filter_map(key).collect(),
    };
    let objects = if verdict.accepted { judgement.accepted_objects().cloned().collect() } else { Vec::new() };
    (verdict, objects)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{FieldPath, Kind, Path};
    use crate::text::apply;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    image: nginx\n  - name: b\n    image: redis\n";

    fn path() -> FieldPath {
        Path::ROOT.field("spec").field("containers").index(1).to_owned()
    }

    #[test]
    fn a_container_is_found_with_all_its_lines() {
        let (verdict, objects) = judge(POD);
        assert!(verdict.accepted && !verdict.empty && objects.len() == 1, "{verdict:?}");
        let origin = Origin { object: ObjectKey::new(Kind::Pod, "default", "web"), path: path() };
        let span = verdict.span(POD, &origin).unwrap();
        assert_eq!(POD.get(span.start..span.end).unwrap().trim_end(), "name: b\n    image: redis");
    }

    #[test]
    fn tabs_are_refused_and_mended_by_one_fix() {
        let text = crate::lessons::Example::find("lesson-tabs").unwrap().yaml;
        let (verdict, objects) = judge(text);
        assert!(!verdict.accepted && objects.is_empty());
        let problem = verdict.problems.first().unwrap();
        assert_eq!(problem.diagnostic.severity, Severity::Error);
        let mended = apply(text, &problem.diagnostic.fixes.first().unwrap().edits);
        let (verdict, objects) = judge(&mended);
        assert!(verdict.accepted && objects.len() == 1, "{:?}\n{mended}", verdict.problems);
    }

    #[test]
    fn every_other_example_is_accepted() {
        for example in crate::lessons::EXAMPLES.iter().filter(|example| example.id != "lesson-tabs") {
            let (verdict, objects) = judge(example.yaml);
            assert!(verdict.accepted && !objects.is_empty(), "{}: {:?}", example.id, verdict.problems);
        }
    }
}
