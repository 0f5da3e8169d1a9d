//! `podlab`, the command line over the same library as the page.

mod actions;
mod check;
mod duration;
mod kubectl;
mod out;
mod recording;
mod run;
mod scenario;
#[cfg(not(target_arch = "wasm32"))]
mod serve;

use std::process::ExitCode;

const HELP: &str = "\
podlab: Kubernetes manifests judged and run in virtual time

usage: podlab check …   says what a cluster would answer to a manifest
       podlab run …     runs a manifest or a recording's scenario
       podlab kubectl … gives one kubectl command at one moment of a run
       podlab serve …   serves a simulated cluster to a real kubectl
       podlab --help    this text; each command has its own: podlab run --help
";

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let command = words.next().unwrap_or_default();
    let outcome = match command.to_string_lossy().as_ref() {
        "check" => check::main(words),
        "run" => run::main(words),
        "kubectl" => kubectl::main(words),
        #[cfg(not(target_arch = "wasm32"))]
        "serve" => serve::main(words),
        "--help" | "-h" | "help" => {
            out::print(HELP);
            Ok(ExitCode::SUCCESS)
        }
        "" => Err(HELP.to_owned()),
        other => Err(format!("podlab: unknown command {other:?}\n\n{HELP}")),
    };
    outcome.unwrap_or_else(|message| {
        out::complain(&message);
        ExitCode::from(2)
    })
}
