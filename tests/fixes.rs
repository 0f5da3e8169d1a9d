//! What a click mends is mended: over the truth set each fix removes its finding and brings no new one, and the faults
//! that people make most have one, in block style, in flow style and in JSON.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

#[path = "support/cases.rs"]
mod cases;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use podlab::i18n::{self, Lang};
use podlab::manifest::{Diagnostic, Severity, check, check_dry_run, fix_all};
use podlab::text::apply;

/// How early the server finds a fault: mending one may let it come to a later one.
fn stage(diagnostic: &Diagnostic) -> u8 {
    match diagnostic.code.split('/').next().unwrap() {
        "yaml" => 0,
        "client" => 1,
        "decode" => 2,
        "server" | "admission" => 3,
        _ => 4,
    }
}

/// Rule and demand, without path and value: a fix may move elements.
fn sort(diagnostic: &Diagnostic) -> String {
    let demand = diagnostic.message.rsplit(": ").next().unwrap();
    let demand = if demand.starts_with(['"', '{', '[']) { "" } else { demand };
    format!("{} {demand}", diagnostic.code)
}

fn counts(diagnostics: &[Diagnostic], severity: Severity) -> BTreeMap<String, (usize, u8)> {
    let mut counts = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|it| it.severity <= severity) {
        counts.entry(sort(diagnostic)).or_insert((0, stage(diagnostic))).0 += 1;
    }
    counts
}

#[test]
fn each_fix_removes_its_finding_and_brings_none() {
    let (mut offered, mut wrong) = (0, Vec::new());
    // By rule: findings, those with a fix.
    let mut by_code: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut by_fix: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases::all() {
        let text = cases::text_of(&case);
        let judgement = check_dry_run(&text, "case.yaml");
        for diagnostic in &judgement.diagnostics {
            if diagnostic.severity == Severity::Error {
                let count = by_code.entry(diagnostic.code.to_string()).or_default();
                count.0 += 1;
                count.1 += usize::from(!diagnostic.fixes.is_empty());
                if diagnostic.fixes.is_empty() && std::env::var_os("SHOW_UNMENDED").is_some() {
                    println!(
                        "NOFIX {} {}: {} | {:?}",
                        diagnostic.code,
                        diagnostic.path,
                        diagnostic.message,
                        text.get(diagnostic.span.start..diagnostic.span.end)
                    );
                }
            }
            for fix in &diagnostic.fixes {
                offered += 1;
                *by_fix.entry(fix.id).or_default() += 1;
                let mended = apply(&text, &fix.edits);
                if diagnostic.severity == Severity::Advice {
                    // Advice is no fault: following it only must not make one.
                    let after = check_dry_run(&mended, "case.yaml");
                    if after.stage < judgement.stage {
                        wrong.push(format!("{}: {} makes faults: {}\n{mended}", case["id"], fix.id, after.stderr));
                    }
                    continue;
                }
                let after = check_dry_run(&mended, "case.yaml").diagnostics;
                let before = counts(&judgement.diagnostics, diagnostic.severity);
                // What the reader had not come to yet, and what stands in a field that was not looked at.
                let hidden = |it: &&Diagnostic| match stage(diagnostic) {
                    0 => stage(it) == 0 && it.span.start > diagnostic.span.start,
                    2 => {
                        let parent = diagnostic.path.rsplit_once('.').map_or("", |(parent, _)| parent);
                        let own = diagnostic.path.rsplit('.').next().unwrap();
                        let homes = [
                            diagnostic.path.clone(),
                            format!("{parent}.{}", fix.value),
                            fix.value.clone(),
                            format!("{}.{own}", fix.value),
                        ];
                        stage(it) == 2
                            && homes
                                .iter()
                                .any(|home| !home.is_empty() && it.path.starts_with(home) && it.path.len() > home.len())
                    }
                    _ => false,
                };
                let after: Vec<Diagnostic> = after.iter().filter(|it| !hidden(it)).cloned().collect();
                let after = counts(&after, diagnostic.severity);
                let own = sort(diagnostic);
                let left = after.get(&own).map_or(0, |count| count.0);
                let new = after.iter().find(|(sort, (count, stage_of))| {
                    *stage_of <= stage(diagnostic) && *count > before.get(*sort).map_or(0, |count| count.0)
                });
                if left >= before[&own].0 || new.is_some() {
                    let id = &case["id"];
                    wrong.push(format!("{id}: {} of {own}: {left} left, new {new:?}\n{mended}", fix.id));
                }
            }
        }
    }
    println!("{offered} fixes offered: {by_fix:#?}");
    for (code, (found, mendable)) in &by_code {
        println!("{mendable:5} of {found:5} {code}");
    }
    let (found, mendable) = by_code.values().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    println!("{mendable} of {found} errors have a fix");
    assert!(wrong.is_empty(), "{} fixes do not work:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

#[test]
fn all_fixes_together_leave_no_more_faults_than_before() {
    let (mut errors, mut left, mut whole) = (0, 0, 0);
    for case in cases::all() {
        let text = cases::text_of(&case);
        let count = |text: &str| {
            let found = check(text, "f").diagnostics;
            found.iter().filter(|it| it.severity == Severity::Error).count()
        };
        let before = count(&text);
        if before == 0 {
            continue;
        }
        let fixed = fix_all(&text);
        assert_eq!(apply(&text, &fixed.edits), fixed.text, "{}", case["id"]);
        let after = count(&fixed.text);
        errors += before;
        left += after;
        whole += usize::from(after == 0);
    }
    println!("of {errors} errors {left} are left; {whole} manifests are accepted after a click");
    assert!(left < errors);
}

/// The manifest before, what is offered, and the manifest after each first fix, applied until none is left.
fn story(text: &str) -> String {
    let mut out = String::new();
    for diagnostic in check(text, "f.yaml").diagnostics.iter().filter(|it| it.severity != Severity::Advice) {
        let _ = writeln!(out, "{}: {}: {}", diagnostic.code, diagnostic.path, diagnostic.message);
        for fix in &diagnostic.fixes {
            let name = i18n::text_with(Lang::En, fix.id, &[("value", fix.value.as_str().into())]);
            let _ = writeln!(out, "  [{name}]");
        }
    }
    let fixed = fix_all(text);
    let verdict = if check(&fixed.text, "f.yaml").accepted() { "accepted" } else { "refused" };
    let _ = write!(out, "--- {verdict}\n{}", fixed.text);
    out
}

#[test]
fn what_people_get_wrong_is_mended_in_each_style() {
    let mut stories = String::new();
    for file in include_str!("fixes.txt").split("=== ").skip(1) {
        let (title, text) = file.split_once('\n').unwrap();
        let _ = writeln!(stories, "=== {title}\n{}", story(text));
    }
    insta::assert_snapshot!(stories);
    let refused = stories.matches("--- refused").count();
    assert_eq!(refused, 0, "{refused} of them are not mended wholly");
}

/// Fixes that must be offered: id and a part of the value.
type Offered = &'static [(&'static str, &'static str)];

/// Section G of the specification: what each error is mended by.
#[test]
fn each_common_error_has_its_fixes() {
    let pod = |rest: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n{rest}");
    let container = |rest: &str| pod(&format!("  containers:\n  - name: a\n    image: nginx\n{rest}"));
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: a, image: nginx}\n";
    let cases: Vec<(String, Offered)> = vec![
        (container("    env:\n    - {name: N, value: x}\n"), &[("fix-quote-value", "N")]),
        (container("    ports:\n    - containerPort: \"80\"\n"), &[("fix-unquote-value", "80")]),
        (container("    command: echo x\n"), &[("fix-make-list", ""), ("fix-run-in-shell", "")]),
        (container("    resources: {limits: {memory: 64mb}}\n"), &[("fix-quantity", "64M")]),
        (container("    resources: {limits: {memory: 5K}}\n"), &[("fix-quantity", "5k")]),
        (container("    resources: {limits: {cpu: 1 core}}\n"), &[("fix-quantity", "1")]),
        (container("    resources: {limits: {memory: 100m}}\n"), &[("fix-quantity", "100Mi")]),
        (
            container("    livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 80}}\n"),
            &[("fix-remove", "tcpSocket")],
        ),
        (container("  volumes:\n  - {name: v, emptyDir: {}, hostPath: {path: /x}}\n"), &[("fix-remove", "hostPath")]),
        (
            container("    env:\n    - {name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}\n"),
            &[("fix-remove", "value"), ("fix-remove", "valueFrom")],
        ),
        (container("    env:\n    - {name: A, value: x}\n    - {name: A, value: y}\n"), &[]),
        (container("    volumeMounts: [{name: v, mountPath: /v}]\n"), &[("fix-add-volume", "v")]),
        (job.to_owned(), &[("fix-add", "Never")]),
    ];
    let mut missing = Vec::new();
    for (text, wanted) in cases {
        let found = check(&text, "f").diagnostics;
        let offered: Vec<(&str, &str)> =
            found.iter().flat_map(|it| &it.fixes).map(|fix| (fix.id, fix.value.as_str())).collect();
        for (id, value) in wanted {
            if !offered.iter().any(|(known, with)| known == id && (value.is_empty() || with.contains(value))) {
                let codes: Vec<&str> = found.iter().map(|it| it.code.as_ref()).collect();
                missing.push(format!("{id} {value} is not among {offered:?} of {codes:?}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
