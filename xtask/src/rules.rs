//! `cargo xtask rules`: a page for each group of rules, from the rules' own doc comments, and the reasons that the
//! page gives, from `locales/`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::step::{Failure, Outcome};
use crate::tools;

/// Writes `docs/rules/` anew.
pub fn generate() -> Outcome {
    let folder = tools::root().join("docs/rules");
    let disk = |path: &Path, error: &std::io::Error| {
        Failure::new(format!("{}: {error}", path.display()), "check the disk's space and the folder's permissions")
    };
    // Pages of groups that are gone must go.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| disk(&folder, &error))?;
    let pages = pages()?;
    for (name, text) in &pages {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| disk(&path, &error))?;
    }
    println!("docs/rules: {} pages", pages.len());
    Ok(())
}

/// A rule as its doc comment describes it, or several that one comment describes.
struct Rule {
    codes: Vec<String>,
    /// What it is, in a sentence.
    head: String,
    /// The rest of the comment, Markdown.
    body: String,
    /// Where it is written, from the project's root.
    file: String,
}

/// Every page by its name.
fn pages() -> Outcome<BTreeMap<String, String>> {
    let mut files = Vec::new();
    sources(&tools::root().join("src/manifest"), &mut files);
    let mut groups: BTreeMap<String, BTreeMap<String, Rule>> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file)
            .map_err(|error| Failure::new(format!("{}: {error}", file.display()), "git checkout src"))?;
        let name = file.strip_prefix(tools::root()).unwrap_or(&file).to_string_lossy().into_owned();
        for rule in rules(&text, &name) {
            let Some(code) = rule.codes.first().cloned() else { continue };
            let group = code.split('/').next().unwrap_or_default().to_owned();
            groups.entry(group).or_default().entry(code).or_insert(rule);
        }
    }
    let languages = [("en", words("en")?), ("zh-CN", words("zh-CN")?)];
    let mut pages = BTreeMap::new();
    let mut index = String::from(
        "# The rules\n\n\
         What Podlab finds in a manifest, by group. The pages are written by `cargo xtask rules` from the doc comments of\n\
         the rules, whose examples are tests.\n\n\
         | group | rules | in short |\n|---|---:|---|\n",
    );
    for (group, rules) in &groups {
        let short = languages.first().and_then(|(_, words)| words.get(&format!("rule-{group}")));
        let short = short.map(String::as_str).unwrap_or_default();
        let _ = writeln!(index, "| [{group}]({group}.md) | {} | {short} |", rules.len());
        pages.insert(format!("{group}.md"), page(group, rules, &languages));
    }
    pages.insert("README.md".to_owned(), index);
    Ok(pages)
}

fn page(group: &str, rules: &BTreeMap<String, Rule>, languages: &[(&str, BTreeMap<String, String>)]) -> String {
    let mut out = format!("# {group}\n\n[All rules](README.md)\n");
    for rule in rules.values() {
        let _ = write!(out, "\n## {}\n\n{}\n", rule.codes.join(", "), capital(&rule.head));
        for (language, words) in languages {
            let mut reasons: Vec<&String> = Vec::new();
            for code in &rule.codes {
                let ids = [format!("rule-{}", code.replace('/', "-")), format!("rule-{group}")];
                let reason = ids.iter().find_map(|id| words.get(id));
                reasons.extend(reason.filter(|reason| !reasons.contains(reason)));
            }
            for reason in reasons {
                let _ = write!(out, "\n> {language}: {reason}\n");
            }
        }
        if !rule.body.is_empty() {
            let _ = write!(out, "\n{}\n", rule.body);
        }
        let _ = write!(out, "\nWritten in [{0}](../../{0}).\n", rule.file);
    }
    out
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The rules of one source: doc comments that begin with a code in backquotes and a colon.
fn rules(text: &str, file: &str) -> Vec<Rule> {
    let mut found = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    for line in text.lines().chain([""]) {
        match line.trim_start().strip_prefix("///") {
            Some(doc) => comment.push(doc.strip_prefix(' ').unwrap_or(doc)),
            None => found.extend(rule(&std::mem::take(&mut comment), file)),
        }
    }
    found
}

fn rule(comment: &[&str], file: &str) -> Option<Rule> {
    // The first paragraph is the head, however many lines it has.
    let end = comment.iter().position(|line| line.is_empty()).unwrap_or(comment.len());
    let (head, body) = comment.split_at(end);
    let head = head.join(" ");
    let (names, head) = head.strip_prefix('`')?.split_once("`:")?;
    // `a/b` and `a/c`: the names stand between every second pair of backquotes.
    let codes: Vec<String> = names.split('`').step_by(2).map(str::to_owned).collect();
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '/';
    let is_code = |code: &String| code.matches('/').count() == 1 && code.chars().all(kebab);
    if !codes.iter().all(is_code) {
        return None;
    }
    let body: Vec<String> = body.iter().map(|line| link_free(line)).collect();
    let (head, body) = (link_free(head.trim()), body.join("\n").trim().to_owned());
    Some(Rule { codes, head, body, file: file.to_owned() })
}

/// Links to Rust items are mere names here.
fn link_free(line: &str) -> String {
    let mut out = line.replace("[`", "`").replace("`]", "`");
    if out.starts_with("Bad") && out.ends_with(':') || out == "Good:" {
        out = format!("{out}\n");
    }
    out
}

/// The messages of one line of a language.
fn words(language: &str) -> Outcome<BTreeMap<String, String>> {
    let path = tools::root().join(format!("locales/{language}.ftl"));
    let text = fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display()), "git checkout locales"))?;
    let message = |line: &str| line.split_once(" = ").map(|(id, text)| (id.to_owned(), text.to_owned()));
    Ok(text.lines().filter(|line| line.starts_with("rule-")).filter_map(message).collect())
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_say_what_the_rules_say() {
        let folder = tools::root().join("docs/rules");
        let pages = pages().unwrap_or_else(|_| panic!("the sources can be read"));
        assert!(pages.len() > 30, "{} pages", pages.len());
        for (name, text) in &pages {
            let written = fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(&written == text, "docs/rules/{name} is not current: run `cargo xtask rules`");
        }
        let there = fs::read_dir(&folder).into_iter().flatten().count();
        assert_eq!(there, pages.len(), "docs/rules holds a page of a group that is gone: run `cargo xtask rules`");
    }

    #[test]
    fn a_doc_comment_with_a_code_is_a_rule() {
        let source =
            "/// `pod/os`: first line\n/// goes on.\n///\n/// Why.\nfn os() {}\n/// Another comment.\nfn x() {}\n";
        let rules = rules(source, "a.rs");
        assert_eq!(rules.len(), 1);
        let rule = rules.first().map(|rule| (rule.codes.join(" "), rule.head.as_str(), rule.body.as_str()));
        assert_eq!(rule, Some(("pod/os".to_owned(), "first line goes on.", "Why.")));
        let several = "/// `a/b`, `a/c` and\n/// `a/d`: they\n/// belong together.\nconst X: u8 = 0;\n";
        let codes = super::rules(several, "a.rs").into_iter().map(|rule| rule.codes.join(" "));
        assert_eq!(codes.collect::<Vec<_>>(), ["a/b a/c a/d"]);
    }
}
