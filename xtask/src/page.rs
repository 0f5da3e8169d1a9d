//! Building the page into `dist/` and weighing it.

use std::path::PathBuf;

use crate::step::{Outcome, run, step};
use crate::tools;

/// Where the built page is.
pub fn dist() -> PathBuf {
    tools::root().join("dist")
}

/// Installs what is missing and builds the page, optimised for size.
pub fn build() -> Outcome {
    tools::for_page()?;
    step("Build the page into dist/", || {
        let mut trunk = tools::command("trunk");
        trunk.args(["build", "--release", "--locked", "--skip-version-check"]);
        // Names that say the types of generic functions: the wasm is cut in two by names (web/split.mjs).
        trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Csymbol-mangling-version=v0");
        run(&mut trunk, "read the compiler's or Trunk's message above; `cargo xtask setup` brings missing tools")
    })?;
    weigh(false)
}

/// Builds the page, and writes it once more as one file that opens without a server.
pub fn single_file() -> Outcome {
    build()?;
    step("Write dist-single/podlab.html", || {
        run(tools::command("node").arg("web/single.mjs"), "see the message above; dist/ holds the build it reads")
    })
}

/// Builds the page in both forms, and writes what a release offers for download.
pub fn release() -> Outcome {
    single_file()?;
    step("Write dist-release/", || {
        run(
            tools::command("node").arg("web/release.mjs"),
            "see the message above; dist/ and dist-single/ hold what it packs",
        )
    })
}

/// Prints the bytes of the first load; when `strict`, more than the level reached before is a failure.
pub fn weigh(strict: bool) -> Outcome {
    step("Weigh the first load", || {
        let mut node = tools::command("node");
        node.arg("web/size.mjs");
        if strict {
            node.arg("--strict");
        }
        run(&mut node, "the page grew over its budget: see what your change pulled in (`cargo tree`, `npm run editor`)")
    })
}
