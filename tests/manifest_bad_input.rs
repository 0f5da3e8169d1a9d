//! Whatever is typed gets an answer: no panic, no hang, places inside the text.
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::io::Read as _;

use podlab::manifest::{Judgement, check};
use podlab::text::{Span, apply};
use proptest::prelude::*;

fn judge(text: &str) -> Judgement {
    let judgement = check(text, "f.yaml");
    let inside = |span: Span| assert!(text.get(span.start..span.end).is_some(), "{span:?} of {text:?}");
    for diagnostic in &judgement.diagnostics {
        inside(diagnostic.span);
        diagnostic.related.iter().for_each(|related| inside(related.span));
        for fix in &diagnostic.fixes {
            fix.edits.iter().for_each(|edit| inside(edit.span));
            apply(text, &fix.edits);
        }
    }
    judgement
}

fn manifests() -> Vec<String> {
    let packed = std::fs::read("tests/truth/validation/text.jsonl.gz").unwrap();
    let mut lines = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut lines).unwrap();
    let cases = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let of_all_kinds = include_str!("kinds.yaml").split("---\n").map(str::to_owned);
    cases.filter_map(|case| case["yaml"].as_str().map(str::to_owned)).chain(of_all_kinds).collect()
}

#[test]
fn known_traps_have_answers() {
    for text in [
        "", "\u{feff}", "\"\\", "[!a,b]", "!<", "!%", "%", "&", "*", "? ", "{", "[", "'", "|", "- - -", "\r", "a: |9",
        "{}: a", "- {}: b",
    ] {
        judge(text);
    }
}

#[test]
fn deep_nesting_is_bounded() {
    for open in ["[", "{a: ", "- ", "{\"a\":", "[[{a: ["] {
        judge(&open.repeat(20_000));
    }
    let deep = format!("a: {}{}", "[".repeat(9_000), "]".repeat(9_000));
    judge(&deep);
    let judgement = judge(&format!("a: {}", "[".repeat(20_000)));
    assert!(judgement.stderr.contains("exceeded max depth of 10000"), "{}", judgement.stderr);
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let before = format!("*a{}, ", i - 1).repeat(9);
        text.push_str(&format!("a{i}: &a{i} [{}]\n", before.trim_end_matches(", ")));
    }
    let judgement = judge(&text);
    assert!(judgement.stderr.contains("yaml: document contains excessive aliasing"), "{}", judgement.stderr);
    assert!(judge("a: &a [*a]\n").stderr.contains("anchor 'a' value contains itself"));
}

#[test]
fn large_texts_end() {
    judge(&"a: b\n".repeat(200_000));
    judge(&"- {a: [1, 2, \"x\"], b: *c}\n".repeat(50_000));
    judge(&"\t".repeat(1_000_000));
    judge(&"é😀: 你\n---\n".repeat(50_000));
    let keys: String = (0..100_000).map(|i| format!("key{i}: v\n")).collect();
    judge(&format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: big}}\ndata:\n{}",
        keys.replace("key", "  key")
    ));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_an_answer(text in "\\PC*") {
        judge(&text);
    }

    #[test]
    fn any_yaml_like_text_gets_an_answer(text in "[-a-c:,{}\\[\\]\"'|>&*!?%#@ \t\r\n\\\\0-9.é😀\u{85}\u{2028}]{0,80}") {
        judge(&text);
    }

    #[test]
    fn mutated_manifests_get_an_answer(which in 0usize..1100, at in any::<prop::sample::Index>(), cut in 0usize..12, with in "[-:{}\\[\\]\"'\t\n &*!|a😀]{0,4}") {
        let all = manifests();
        let text = &all[which % all.len()];
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len() + 1);
        let mut mutated: String = chars[..at].iter().collect();
        mutated.push_str(&with);
        mutated.extend(chars.iter().skip(at + cut));
        judge(&mutated);
    }
}

/// Pieces that break manifests in many ways.
const PIECES: [&str; 28] = [
    "\t", "  ", "- ", ": ", "{", "}", "[", "]", "\"", "'", "|", ">\n", "&a ", "*a", "<<: ", "!!int ", "#", "\n",
    "---\n", "null", "~", "1e9", "0x1F", "yes", "\u{85}", "😀", "\r\n", "\u{0}",
];

/// One of many changes: a piece put in, some bytes taken out, a stretch doubled or moved, two manifests joined.
fn mutate(text: &mut Vec<u8>, other: &[u8], mut random: impl FnMut(usize) -> usize) {
    let from = random(text.len() + 1);
    let to = (from + random(40)).min(text.len());
    match random(6) {
        0 => drop(text.splice(from..from, PIECES[random(PIECES.len())].bytes())),
        1 => drop(text.drain(from..to)),
        2 => {
            let stretch: Vec<u8> = text[from..to].to_vec();
            let at = random(text.len() + 1);
            text.splice(at..at, stretch);
        }
        3 => {
            let start = random(other.len() + 1);
            let end = (start + random(200)).min(other.len());
            text.splice(from..to, other[start..end].iter().copied());
        }
        4 => drop(text.splice(from..to, PIECES[random(PIECES.len())].bytes())),
        _ => {
            let byte = u8::try_from(random(256)).unwrap();
            text.splice(from..to.min(from + 1), [byte]);
        }
    }
}

/// Run by hand: as long as `PODLAB_FUZZ_SECONDS` says.
#[test]
#[ignore = "takes as long as it is told to"]
#[expect(clippy::disallowed_methods, reason = "it ends by the clock")]
fn mutations_for_long() {
    let seconds = std::env::var("PODLAB_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let all: Vec<Vec<u8>> = manifests().into_iter().map(String::into_bytes).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let start = std::time::Instant::now();
    let (mut count, mut slowest) = (0, (std::time::Duration::ZERO, String::new()));
    while start.elapsed().as_secs() < seconds {
        let mut bytes = all[random(all.len())].clone();
        let other = &all[random(all.len())];
        for _ in 0..=random(6) {
            mutate(&mut bytes, other, &mut random);
        }
        let text = podlab::manifest::decode_bytes(&bytes);
        let begun = std::time::Instant::now();
        let judged = std::panic::catch_unwind(|| {
            judge(&text);
            let fixed = podlab::manifest::fix_all(&text);
            assert_eq!(apply(&text, &fixed.edits), fixed.text);
        });
        assert!(judged.is_ok(), "after {count} texts:\n{text:?}");
        if begun.elapsed() > slowest.0 {
            slowest = (begun.elapsed(), text);
        }
        count += 1;
    }
    println!("{count} texts; the slowest took {:?}: {:?}", slowest.0, slowest.1);
}

/// Long and broken: fixes are looked for and tried, and still there is an answer soon.
#[test]
fn long_broken_texts_end() {
    let containers = |one: &str| {
        let list = one.repeat(1_000_000 / one.len());
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{list}")
    };
    for one in [
        "  - {image: nginx, nam: a}\n",
        "  - image: nginx\n    command: [sleep, 20]\n",
        "  - image: nginx\n",
        "  - name: a\n    image: nginx\n    volumeMounts: [{name: v, mountPath: /v}]\n",
        "  - name: a\n    name: b\n",
    ] {
        judge(&containers(one));
    }
    judge(&(containers("  - name: a\n") + "\tb: c\n"));
    judge(&(containers("  - name: a\n") + "  - name:a\n    image: b\n"));
}
