//! An example's manifest with its comments in the reader's language: the files of `examples/` speak English.

use std::rc::Rc;

use crate::i18n::{self, Lang};
use crate::lessons::Example;

/// How many letters of a language without blanks stand on a line of a comment.
const WIDTH: usize = 26;

/// The manifest of `example` for readers of `lang`: in other languages than English its story stands in place of the
/// comment at its head, and its note in place of the one further down.
pub fn text(example: &Example, lang: Lang) -> Rc<str> {
    if lang == Lang::En {
        return example.yaml.into();
    }
    let note_id = format!("example-{}-note", example.id);
    let note = i18n::has(lang, &note_id).then(|| i18n::text(lang, &note_id));
    let mut out = String::new();
    if example.yaml.starts_with('#') {
        for line in lines(&i18n::text(lang, &example.story_id())) {
            out.push_str(&format!("# {line}\n"));
        }
    }
    for line in example.yaml.lines().skip_while(|line| line.starts_with('#')) {
        match (line.split_once("# "), &note) {
            (Some((before, _)), Some(note)) => out.push_str(&format!("{before}# {note}\n")),
            _ => out.push_str(&format!("{line}\n")),
        }
    }
    out.into()
}

/// Whether `text` is the manifest of `example`, whoever reads it.
pub fn is_untouched(example: &Example, text: &str) -> bool {
    Lang::ALL.into_iter().any(|lang| *self::text(example, lang) == *text)
}

/// `story` in lines of about [`WIDTH`] letters, broken behind its marks.
fn lines(story: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for clause in story.split_inclusive(['，', '。', '；', '：', '、']) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + clause.chars().count() <= WIDTH => line.push_str(clause),
            _ => lines.push(clause.trim_start().to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::EXAMPLES;
    use crate::manifest;

    #[test]
    fn every_example_is_the_same_manifest_in_every_language() {
        let objects = |text: &str| -> Vec<_> {
            manifest::check_without_fixes(text, "x").accepted_objects().map(|object| object.to_json()).collect()
        };
        for example in EXAMPLES {
            let chinese = text(example, Lang::ZhCn);
            assert_eq!(objects(&chinese), objects(example.yaml), "{}", example.id);
            assert!(is_untouched(example, &chinese) && is_untouched(example, example.yaml), "{}", example.id);
        }
    }

    #[test]
    fn no_comment_stays_english() {
        for example in EXAMPLES {
            let chinese = text(example, Lang::ZhCn);
            let comments = chinese.lines().filter_map(|line| Some(line.split_once("# ")?.1));
            for comment in comments {
                assert!(!comment.is_ascii(), "{}: {comment}", example.id);
                assert!(comment.chars().count() <= 2 * WIDTH, "{}: {comment}", example.id);
            }
        }
    }
}
