//! `--dry-run`.

use k8s_openapi::jiff::Timestamp;

use super::Failure;
use super::args::Args;

/// Whether a command only says what it would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dry {
    /// It does it.
    No,
    /// The client alone says so.
    Client,
    /// The server was asked.
    Server,
}

/// What `--dry-run` says (kubectl: cmd/util/helpers.go GetDryRunStrategy).
pub(super) fn dry_run(args: &Args) -> Result<Dry, Failure> {
    match args.get("dry-run") {
        None | Some("none" | "false") => Ok(Dry::No),
        Some("client" | "unchanged" | "true") => Ok(Dry::Client),
        Some("server") => Ok(Dry::Server),
        Some(other) => Err(Failure::usage(format!(
            "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
        ))),
    }
}

/// What the client's log says of an outdated value of `--dry-run`, at `now`: a bare flag, or a yes or no
/// (kubectl: cmd/util/helpers.go GetDryRunStrategy; klog's head: day, time, process, place).
pub(super) fn outdated(args: &Args, now: Timestamp) -> String {
    let (line, said, instead) = match args.get("dry-run") {
        Some("unchanged") => (714, "--dry-run", "client"),
        Some("true") => (728, "--dry-run=true", "client"),
        Some("false") => (731, "--dry-run=false", "none"),
        _ => return String::new(),
    };
    let stamp = now.to_string();
    let part = |range: std::ops::Range<usize>| stamp.get(range).unwrap_or_default();
    let (day, time, micros) = (part(5..7).to_owned() + part(8..10), part(11..19), now.subsec_nanosecond() / 1_000);
    let boolean = if said == "--dry-run" { "" } else { " (boolean value)" };
    format!(
        "W{day} {time}.{micros:06} {:7} helpers.go:{line}] {said} is deprecated{boolean} and can be replaced with \
         --dry-run={instead}.\n",
        1
    )
}
