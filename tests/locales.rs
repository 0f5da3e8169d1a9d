//! The languages are complete: same messages, same variables, well formed, and every id that the program uses is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use podlab::i18n::{Catalogue, Lang, has, variables};
use podlab::lessons::EXAMPLES;
use podlab::manifest::FIX_IDS;
use podlab::trace::PHRASES;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every string literal of the sources below `folder` that `wanted` wants.
fn literals(folder: &str, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap_or_default();
        let program = text.split("#[cfg(test)]").next().unwrap_or_default();
        found.extend(program.split('"').skip(1).step_by(2).filter(|literal| wanted(literal)).map(str::to_owned));
    }
    found
}

#[test]
fn both_languages_say_the_same_with_the_same_variables() {
    let [en, zh] = Lang::ALL.map(Catalogue::of);
    let ids = |catalogue: &Catalogue| catalogue.iter().map(|(id, _)| id).collect::<BTreeSet<_>>();
    assert_eq!(ids(&en), ids(&zh));
    assert!(ids(&en).len() > 200);
    for (id, pattern) in en.iter() {
        let here = variables(pattern).unwrap_or_else(|error| panic!("en {id}: {error:?}"));
        let there = variables(zh.get(id).unwrap()).unwrap_or_else(|error| panic!("zh-CN {id}: {error:?}"));
        assert_eq!(here, there, "{id}");
        assert!(!pattern.is_empty() && !zh.get(id).unwrap().is_empty(), "{id}");
    }
}

#[test]
fn every_line_of_the_files_belongs_to_a_message() {
    for lang in Lang::ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("locales/{}.ftl", lang.tag()));
        let text = fs::read_to_string(path).unwrap();
        let mut seen = BTreeSet::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', ' ', '}'])) {
            let (id, _) = line.split_once(" = ").unwrap_or_else(|| panic!("{lang:?}: {line}"));
            assert!(seen.insert(id), "{lang:?}: {id} stands twice");
        }
    }
}

#[test]
fn every_id_that_the_program_uses_is_there() {
    let fixed = FIX_IDS.iter().chain(PHRASES).map(|id| id.to_string());
    let examples = EXAMPLES.iter().flat_map(|example| [example.title_id(), example.story_id()]);
    // Ids in the page's sources are told by the known ids' beginnings: a misspelt one still begins like its family.
    let families: BTreeSet<String> = Catalogue::of(Lang::En)
        .iter()
        .filter_map(|(id, _)| id.split_once('-').map(|(family, _)| format!("{family}-")))
        .filter(|family| !["to-", "full-", "nothing-"].contains(&family.as_str()))
        .collect();
    let used = literals("src/ui/components", |literal| {
        let id = literal.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !literal.ends_with('-');
        id && [
            "verdict-", "problem", "stage-", "fact-", "column-", "key-", "theme-", "why-", "zoom-", "step-", "lanes-",
        ]
        .iter()
        .any(|family| literal.starts_with(family) && (families.contains(*family) || *family == "problem"))
    });
    let not_messages =
        ["problem", "problems", "why-scroll", "stage-story", "key-", "fact-list", "stage-wrap", "why-slot"];
    let used = used.into_iter().filter(|id| !not_messages.contains(&id.as_str()));
    for id in fixed.chain(examples).chain(used) {
        for lang in Lang::ALL {
            assert!(has(lang, &id), "{lang:?} lacks {id}");
        }
    }
}

#[test]
fn every_rule_is_explained_by_itself_or_by_its_group() {
    let codes = literals("src/manifest", |literal| {
        let code = |c: char| c.is_ascii_lowercase() || c == '-';
        literal.split_once('/').is_some_and(|(group, rule)| {
            !group.is_empty() && !rule.is_empty() && group.chars().all(code) && rule.chars().all(code)
        })
    });
    assert!(codes.len() > 50, "{codes:?}");
    // Values of fields and one of its own examples, which look like codes.
    let others = ["application/json", "text/plain", "docker/default", "runtime/default", "a/b"];
    let lacking: Vec<_> = codes
        .iter()
        .filter(|code| !others.contains(&code.as_str()))
        .filter(|code| {
            let group = code.split('/').next().unwrap();
            !has(Lang::En, &format!("rule-{}", code.replace('/', "-"))) && !has(Lang::En, &format!("rule-{group}"))
        })
        .collect();
    assert!(lacking.is_empty(), "locales/*.ftl lack rule-GROUP-RULE or rule-GROUP for {lacking:?}");
}
