//! Everything that must hold before a change lands.

use std::fs;

use crate::step::{Failure, Outcome, Report, run};
use crate::{page, tools};

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// Installs what the tests need and runs them all. A failing step does not hide the ones after it.
pub fn all() -> Outcome {
    tools::for_page()?;
    tools::for_checks()?;
    tools::for_browser()?;
    tools::for_shells();
    tools::for_kubectl();
    let mut report = Report::default();
    report.step("Format (rustfmt)", || run(tools::cargo().args(["fmt", "--all", "--check"]), "run: cargo fmt --all"));
    report.step("Lints, native (clippy)", || {
        run(tools::cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]), MEND)
    });
    report.step("Lints, the page (clippy)", || {
        let mut cargo = tools::cargo();
        cargo
            .args(["clippy", "--lib", "--bins", "--test", "wasm", "--locked"])
            .args(WASM)
            .args(["--", "-D", "warnings"]);
        run(&mut cargo, MEND)
    });
    report.step("Native tests", native);
    report.step("Examples in the documentation (doc tests)", || {
        run(tools::cargo().args(["test", "--workspace", "--doc", "--locked", "--quiet"]), MEND)
    });
    report.step("Tests in wasm, run by Node.js", || {
        let mut cargo = tools::cargo();
        // Unoptimised: these tests are few, and building them is what takes the time.
        cargo.args(["test", "--profile", "dev", "--test", "wasm", "--locked"]).args(WASM);
        run(cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner"), MEND)
    });
    report.step("Build the page", page::build);
    report.step("The first load's budget", || page::weigh(true));
    report.step("Tests in the browser", browser);
    report.finish()
}

const MEND: &str = "mend what the lines above say";

/// With cargo-nextest when it is there (each test in its own process), else with Cargo's own runner.
fn native() -> Outcome {
    let mut cargo = tools::cargo();
    match tools::find("cargo-nextest") {
        Some(_) => {
            cargo.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--status-level", "fail"])
        }
        None => cargo.args(["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast"]),
    };
    // A snapshot that differs must fail here, never be rewritten.
    run(
        cargo.env("INSTA_UPDATE", "no"),
        "mend what the lines above say; a changed snapshot: INSTA_UPDATE=always, then read its diff",
    )
}

/// Every `*.test.mjs` of `tests/e2e`, by name: how `node --test` takes a folder differs between its versions.
fn browser() -> Outcome {
    let folder = tools::root().join("tests/e2e");
    let entries =
        fs::read_dir(&folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display()), MEND))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    if files.is_empty() {
        return Err(Failure::new("no browser tests found in tests/e2e", "git checkout tests/e2e"));
    }
    let mut node = tools::command("node");
    node.args(["--test", "--test-reporter=spec"]).args(files);
    run(&mut node, "mend what the lines above say; pictures are in target/screenshots")
}

/// Measures the engine by itself, then builds the page and measures it in a browser. Prints numbers and judges nothing:
/// they are this machine's.
pub fn bench() -> Outcome {
    for name in ["pod_hour", "scale_out", "seek"] {
        run(tools::cargo().args(["bench", "--profile", "native", "--bench", name]), MEND)?;
    }
    tools::for_browser()?;
    page::build()?;
    for script in ["tests/e2e/bench.mjs", "tests/e2e/crowd.mjs"] {
        run(tools::command("node").arg(tools::root().join(script)), MEND)?;
    }
    Ok(())
}
