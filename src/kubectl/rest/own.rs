//! `POST /podlab/kubectl`: a command of Podlab's own kubectl on the same cluster, so that both can be held against each
//! other. The body is `{"words": ["get", "pods"], "files": {"a.yaml": "…"}}`; the answer is a line of JSON for each
//! part of the output, `exitCode` in the last one.

use serde_json::Value;

use super::status::Refused;
use super::watch::{Stream, part};
use super::{Reply, Request, Server};
use crate::kubectl::{Heard, run_words};

/// Runs the command.
pub(super) fn kubectl(server: &mut Server, request: &Request) -> Result<Reply, Refused> {
    let body: Value = serde_json::from_slice(&request.body).map_err(|error| Refused::bad(error.to_string()))?;
    let words = body.get("words").and_then(Value::as_array).into_iter().flatten();
    let words: Vec<String> = words.filter_map(Value::as_str).map(str::to_owned).collect();
    let read = |name: &str| match name {
        crate::kubectl::DOCS => Some(include_str!("../../../docs/fields.json").to_owned()),
        name => body.get("files")?.get(name)?.as_str().map(str::to_owned),
    };
    let output = run_words(&mut server.cluster, &words, &read);
    let exit_code = output.follow.is_none().then_some(output.exit_code);
    let first = part(&Heard { stdout: output.stdout, stderr: output.stderr, exit_code });
    Ok(Reply { stream: output.follow.map(Stream::command), ..Reply::of("application/json", 200, first) })
}
