//! Holds the plan of the house that `ARCHITECTURE.md` draws: lower floors never import higher ones, rooms of one floor
//! do not import one another, only `ui` knows the browser, nothing is `unsafe`, and a file holds one idea.
//!
//! It reads the sources as text, without comments and strings, and looks at paths: `crate::room`, `podlab::room`,
//! groups in braces, and chains of `super` that end at the crate's root.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The rooms, lowest floor first. A room may import the rooms of lower floors, and itself.
const FLOORS: [&[&str]; 7] = [
    &["text"],
    &["yaml"],
    &["api"],
    &["manifest", "cluster"],
    &["trace", "kubectl"],
    &["share", "lessons", "i18n"],
    &["ui"],
];

/// Crates of the browser: only the room `ui` may name them, so that everything else runs natively and in tests.
const BROWSER: [&str; 8] =
    ["web_sys", "js_sys", "gloo", "wasm_bindgen", "wasm_bindgen_futures", "yew", "gloo_timers", "gloo_events"];

/// A file longer than this holds more than one idea: whoever changes one of them has to read past the others.
const LONGEST: usize = 700;

/// One word or sign of a source, with the line it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    line: usize,
    text: String,
}

/// Splits a source into words and signs; comments, strings and characters are left out. `::` is one sign.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut found, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let start = i;
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
        } else if let Some(end) = raw_string_end(&chars, i) {
            i = end;
        } else if c == '"' {
            i += 1;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            // A character; a lifetime has neither a backslash nor a quote there.
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else if word(c) {
            while word(at(i)) {
                i += 1;
            }
            found.push(Token { line, text: chars[start..i].iter().collect() });
        } else {
            i += if c == ':' && at(i + 1) == ':' { 2 } else { 1 };
            if !c.is_whitespace() {
                found.push(Token { line, text: chars[start..i].iter().collect() });
            }
        }
        let end = i.min(chars.len());
        line += chars[start..end].iter().filter(|&&c| c == '\n').count();
    }
    found
}

/// Where a raw string that begins at `i` ends, one past its last sign.
fn raw_string_end(chars: &[char], i: usize) -> Option<usize> {
    let before = i.checked_sub(1).and_then(|b| chars.get(b)).copied().unwrap_or(' ');
    if before.is_alphanumeric() || before == '_' {
        return None;
    }
    let mut open = i;
    while matches!(chars.get(open), Some('b' | 'c')) {
        open += 1;
    }
    if chars.get(open) != Some(&'r') {
        return None;
    }
    let hashes = chars[open + 1..].iter().take_while(|&&c| c == '#').count();
    let mut end = open + 1 + hashes;
    if chars.get(end) != Some(&'"') {
        return None;
    }
    loop {
        end += 1;
        match chars.get(end) {
            None => return Some(chars.len()),
            Some('"') if chars[end + 1..].iter().take_while(|&&c| c == '#').count() >= hashes => {
                return Some(end + 1 + hashes);
            }
            Some(_) => {}
        }
    }
}

/// The first names of all paths that start at the crate's root, with their lines. `depth` is how many modules deep the
/// file is: so many `super` lead to the root.
fn roots(tokens: &[Token], depth: usize) -> Vec<Token> {
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    for i in 0..tokens.len() {
        if i > 0 && text(i - 1) == "::" {
            continue;
        }
        let mut next = match text(i) {
            "crate" | "podlab" if text(i + 1) == "::" => i + 2,
            "super" if depth > 0 && (0..depth).all(|n| text(i + 2 * n) == "super" && text(i + 2 * n + 1) == "::") => {
                i + 2 * depth
            }
            _ => continue,
        };
        if text(next) != "{" {
            found.extend(tokens.get(next).cloned());
            continue;
        }
        // `{a::B, c::{D, E}}`: the names right behind the outer brace and its commas.
        let mut open = 0;
        loop {
            match text(next) {
                "{" => open += 1,
                "}" => open -= 1,
                _ => {}
            }
            if open == 1 && matches!(text(next), "{" | ",") && text(next + 1) != "}" {
                found.extend(tokens.get(next + 1).cloned());
            }
            next += 1;
            if open == 0 || next >= tokens.len() {
                break;
            }
        }
    }
    found
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// What is wrong with one file; `path` is relative to `src/`.
fn complaints(path: &str, source: &str) -> Vec<String> {
    let mut parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if parts.last() == Some(&"mod") {
        parts.pop();
    }
    let room = parts.first().copied().unwrap_or_default();
    // The programs stand on the roof: they may import every room.
    let roof = matches!(room, "lib" | "main" | "bin");
    let mut wrong = Vec::new();
    let mut say = |line: usize, what: String| wrong.push(format!("src/{path}:{line}: {what}"));
    if !roof && floor(room).is_none() {
        say(1, format!("the room `{room}` is on no floor: give it one in tests/floors.rs and in ARCHITECTURE.md"));
    }
    let tokens = tokens(source);
    for token in roots(&tokens, parts.len()) {
        let other = token.text.as_str();
        match (floor(room), floor(other)) {
            (Some(own), Some(theirs)) if theirs > own => {
                say(token.line, format!("`{room}` imports `{other}`, which is on a higher floor"));
            }
            (Some(own), Some(theirs)) if theirs == own && room != other => {
                say(token.line, format!("`{room}` imports `{other}`, another room of its own floor"));
            }
            _ => {}
        }
    }
    for token in &tokens {
        if room != "ui" && BROWSER.contains(&token.text.as_str()) {
            say(token.line, format!("`{}` outside `ui`: the engine knows no browser", token.text));
        }
        if token.text == "unsafe" {
            say(token.line, "`unsafe`: there is none of our own".to_owned());
        }
    }
    let lines = source.lines().count();
    if lines > LONGEST {
        say(lines, format!("{lines} lines, more than {LONGEST}: a file holds one idea; split it by its ideas"));
    }
    wrong
}

/// The modules that a file declares for wasm alone. Their `#[test]`s would be compiled by nobody and run by nobody.
fn wasm_only(tokens: &[Token]) -> Vec<String> {
    let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let gate = ["cfg", "(", "target_arch", "=", ")", "]"];
    let gated = words.windows(gate.len() + 3).filter(|window| window.starts_with(&gate));
    gated
        .filter_map(|window| match window[gate.len()..] {
            ["mod", name, ";"] | ["pub", "mod", name] => Some(name.to_owned()),
            _ => None,
        })
        .collect()
}

/// Every Rust source in a folder and below it.
fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

#[test]
fn the_house_stands() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = sources(&src).unwrap();
    files.sort();
    assert!(files.len() > FLOORS.len(), "no sources found in {}", src.display());
    let mut wrong = Vec::new();
    for file in &files {
        let path = file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let source = fs::read_to_string(file).unwrap();
        wrong.extend(complaints(&path, &source));
        let inside =
            path.strip_suffix("mod.rs").or(path.strip_suffix("lib.rs")).unwrap_or(path.trim_end_matches(".rs"));
        for module in wasm_only(&tokens(&source)) {
            let below = src.join(inside).join(module);
            let gated = files.iter().filter(|other| other.starts_with(&below) || **other == below.with_extension("rs"));
            let tested = gated.filter(|other| fs::read_to_string(other).unwrap().contains("#[test]"));
            wrong.extend(tested.map(|other| {
                format!(
                    "{}: `#[test]` in a module for wasm alone never runs: test it from tests/wasm.rs",
                    other.display()
                )
            }));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn higher_floors_are_seen_however_they_are_imported() {
    for source in [
        "use crate::ui::Page;",
        "use crate::{text::Span, ui::{Page, mount}};",
        "use crate::{\n    text::{Span, TextEdit},\n    ui,\n};",
        "fn f() { crate::ui::mount(); }",
        "fn f() { podlab::ui::mount(); }",
        "use super::super::ui;",
        "use super::super::{text::Span, ui};",
        "fn f() -> &'static str { crate::ui::name('\"', \"x\") }",
    ] {
        let wrong = complaints("yaml/scan.rs", source);
        assert_eq!(wrong.len(), 1, "{source}: {wrong:?}");
        assert!(wrong[0].contains("`yaml` imports `ui`"), "{wrong:?}");
    }
    assert!(complaints("yaml/mod.rs", "use super::ui;")[0].contains("higher floor"));
    assert!(complaints("trace/mod.rs", "use crate::kubectl::run;")[0].contains("its own floor"));
    assert_eq!(complaints("yaml/a.rs", "\n\nuse crate::api::Pod;")[0].split(':').nth(1), Some("3"));
}

#[test]
fn what_is_allowed_is_left_alone() {
    for (path, source) in [
        ("yaml/scan.rs", "use crate::text::Span;\nuse crate::yaml::Node;\nuse super::ui;\nuse std::fmt;"),
        (
            "yaml/scan.rs",
            "// crate::ui and unsafe\n/* crate::ui /* yew */ unsafe */ const A: &str = \"crate::ui unsafe\";",
        ),
        ("yaml/scan.rs", "const A: &str = r#\"unsafe \" crate::ui\"#; const B: char = '\\'';\nfn r<'a>(r: &'a str) {}"),
        ("ui/mod.rs", "use crate::trace::Trace; use yew::prelude::*;"),
        ("bin/podlab/main.rs", "use podlab::manifest; use podlab::cluster;"),
        ("lib.rs", "pub mod ui;"),
    ] {
        assert_eq!(complaints(path, source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn browser_unsafe_length_and_unknown_rooms_are_seen() {
    for (path, source, expected) in [
        ("trace/mod.rs", "use web_sys::Window;", "knows no browser"),
        ("bin/podlab/main.rs", "fn f() { yew::x() }", "knows no browser"),
        ("ui/mod.rs", "fn f() { unsafe { g() } }", "`unsafe`"),
        ("text/mod.rs", &"\n".repeat(LONGEST + 1), "more than 700"),
        ("attic/mod.rs", "", "on no floor"),
    ] {
        let wrong = complaints(path, source);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].contains(expected), "{wrong:?}");
    }
}

#[test]
fn modules_for_wasm_alone_are_seen() {
    let source = "#[cfg(target_arch = \"wasm32\")]\nmod app;\n#[cfg(target_arch = \"wasm32\")] pub mod ui;\n\
                  #[cfg(not(target_arch = \"wasm32\"))]\nmod native;\nmod both;\n\
                  #[cfg(target_arch = \"wasm32\")]\npub use app::mount;";
    assert_eq!(wasm_only(&tokens(source)), ["app", "ui"]);
}
