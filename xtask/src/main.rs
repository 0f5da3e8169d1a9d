//! `cargo xtask`: the one entry to every task of the project. Standard library only, so that it starts at once.

mod kinds;
mod page;
mod rules;
mod schema;
mod serve;
mod step;
mod test;
mod tools;
mod truth;
mod types;

use std::env;
use std::process::ExitCode;

use step::{Failure, Outcome};

const HELP: &str = "\
Tasks of Podlab. Each installs what it needs first, and says what it does.

  cargo xtask serve [--port 8080]   build the page and serve it on 127.0.0.1
  cargo xtask setup                 install what building needs; then `trunk serve` works by itself
  cargo xtask build                 build the page into dist/, a static site for any path of any server
  cargo xtask single-file           write dist-single/podlab.html: the whole page in one file, for file://
  cargo xtask release               write dist-release/: the site as an archive with its licences, and the one file
  cargo xtask test                  everything that must hold: format, lints, tests
  cargo xtask bench                 measure the engine, and the page in a browser: its start, keystroke to marks, many Pods
  cargo xtask truth validation      hold `podlab check` against a real API server; options go to judge.py
  cargo xtask truth updates         hold `podlab check --update` against kubectl apply; options go to updates.py
  cargo xtask truth traces          hold `podlab run` against a real kubelet; or only the runs named
  cargo xtask truth kubectl         hold `podlab kubectl` against a real kubectl; or show what differs of one capture
  cargo xtask rules                 write docs/rules anew from the rules' doc comments
  cargo xtask schema                write the API's field tables and structs anew from k8s-openapi
  cargo xtask help                  this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match task(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn task(words: &[&str]) -> Outcome {
    match words {
        ["setup"] => {
            tools::for_page()?;
            println!("Everything that building needs is installed. Next: cargo xtask serve, or trunk serve");
            Ok(())
        }
        ["build"] => page::build(),
        ["single-file"] => page::single_file(),
        ["release"] => page::release(),
        ["test"] => test::all(),
        ["bench"] => test::bench(),
        ["serve"] => build_and_serve(8080),
        ["serve", "--port", port] => {
            let port = port.parse().map_err(|_| Failure::new(format!("{port} is not a port"), "0 to 65535"))?;
            build_and_serve(port)
        }
        ["rules"] => rules::generate(),
        ["schema"] => schema::generate(),
        ["truth", "validation", options @ ..] => truth::validation(options),
        ["truth", "updates", options @ ..] => truth::updates(options),
        ["truth", "traces", names @ ..] => truth::traces(names),
        ["truth", "kubectl", names @ ..] => truth::kubectl(names),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(Failure::new(format!("no such task: {}", words.join(" ")), HELP)),
    }
}

fn build_and_serve(port: u16) -> Outcome {
    let listener = serve::listen(port)?;
    page::build()?;
    serve::serve(&listener, &page::dist())
}
