//! Asks the linker to leave its relocations in the page's wasm: `web/data.mjs` learns from them which constants only the
//! second part of the program can reach. They do not get into `dist/`.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name, value| env::var(name).is_ok_and(|found| found == value);
    // A quick build is not cut.
    if is("CARGO_CFG_TARGET_ARCH", "wasm32") && is("PROFILE", "release") {
        println!("cargo:rustc-link-arg-bin=podlab-page=--emit-relocs");
    }
}
