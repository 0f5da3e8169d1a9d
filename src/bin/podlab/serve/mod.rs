//! `podlab serve`: a simulated cluster behind the Kubernetes API, for a real kubectl.

#![allow(
    clippy::disallowed_methods,
    reason = "a server runs by the clock and has a thread for each connection; the engine has neither"
)]

mod engine;
mod http;
mod socket;

use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::SystemTime;

use k8s_openapi::jiff::Timestamp;
use lexopt::prelude::*;
use podlab::cluster::Config;

use crate::{out, scenario};

const HELP: &str = "\
podlab serve: a simulated cluster behind the Kubernetes API, for a real kubectl

usage: podlab serve [--port 0] [-f FILE] [--speed 1] [--kubeconfig FILE] [--seed 0] [--nodes 1]

  --port        the port on 127.0.0.1; with 0 a free one is taken and told
  -f            a manifest that is applied at the start
  --speed       how many seconds pass in the cluster in one second of the clock
  --kubeconfig  writes a configuration there: kubectl --kubeconfig FILE get pods
  --seed        another seed, another jitter
  --nodes       how many nodes there are, 1 to 8
";

struct Options {
    port: u16,
    file: Option<PathBuf>,
    speed: f64,
    kubeconfig: Option<PathBuf>,
    config: Config,
    help: bool,
}

/// Serves until it is ended.
pub fn main(words: impl Iterator<Item = OsString>) -> Result<ExitCode, String> {
    let options = parse(words).map_err(|error| format!("podlab serve: {error}\n\n{HELP}"))?;
    if options.help {
        out::print(HELP);
        return Ok(ExitCode::SUCCESS);
    }
    let mut objects = Vec::new();
    if let Some(file) = &options.file {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}\n", file.display()))?;
        objects = scenario::accepted(&text, &file.to_string_lossy());
    }
    let listener = TcpListener::bind(("127.0.0.1", options.port))
        .map_err(|error| format!("podlab serve: 127.0.0.1:{}: {error}; --port 0 takes a free one\n", options.port))?;
    let address = listener.local_addr().map_err(|error| format!("podlab serve: {error}\n"))?;
    let server = format!("http://{address}");
    if let Some(file) = &options.kubeconfig {
        fs::write(file, kubeconfig(&server)).map_err(|error| format!("{}: {error}\n", file.display()))?;
    }
    out::print(&format!("serving on {server}\n  kubectl --server={server} get pods\n"));
    let (asks, asked) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let asks = asks.clone();
            thread::spawn(move || http::converse(&stream, &asks));
        }
    });
    engine::run(options.config, objects, options.speed, &asked);
    Ok(ExitCode::SUCCESS)
}

/// What kubectl is to be told about the server.
fn kubeconfig(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: podlab\n  cluster: {{server: '{server}'}}\ncontexts:\n\
         - name: podlab\n  context: {{cluster: podlab, user: podlab}}\ncurrent-context: podlab\nusers:\n\
         - name: podlab\n  user: {{}}\n"
    )
}

/// The clock of the world outside: only the command line looks at it, and only here.
#[allow(clippy::disallowed_methods, reason = "a real kubectl counts ages by the real clock")]
fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    Timestamp::constant(seconds, i32::try_from(since.subsec_nanos()).unwrap_or_default())
}

fn parse(words: impl Iterator<Item = OsString>) -> Result<Options, lexopt::Error> {
    let config = Config { epoch: wall_clock(), ..Config::default() };
    let mut options = Options { port: 0, file: None, speed: 1.0, kubeconfig: None, config, help: false };
    let mut parser = lexopt::Parser::from_args(words);
    while let Some(word) = parser.next()? {
        match word {
            Long("port") | Short('p') => options.port = parser.value()?.parse()?,
            Short('f') | Long("filename") => options.file = Some(parser.value()?.into()),
            Long("speed") => {
                options.speed = parser.value()?.parse()?;
                if !(options.speed > 0.0 && options.speed <= 1e6) {
                    return Err("--speed takes a number above 0, at most 1000000".into());
                }
            }
            Long("kubeconfig") => options.kubeconfig = Some(parser.value()?.into()),
            Long("seed") => options.config.seed = parser.value()?.parse()?,
            Long("nodes") => {
                options.config.nodes = parser.value()?.parse()?;
                if !(1..=8).contains(&options.config.nodes) {
                    return Err("--nodes takes 1 to 8".into());
                }
            }
            Long("help") | Short('h') => options.help = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}
