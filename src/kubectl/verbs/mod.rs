//! What each verb does.

mod apply;
mod create;
mod delete;
mod get;
mod look;
mod meta;
mod patch;
mod scale;
mod set;

use super::args::Args;
use super::{Failure, Output};
use crate::cluster::Cluster;

/// Reads a file by its name, `-` being standard input.
type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Does what `args` say.
pub(super) fn run(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["apply", ..] => apply::apply(cluster, args, read),
        ["create", "configmap" | "cm", name] => create::config_map(cluster, args, name),
        ["create", "secret", "generic", name] => create::secret(cluster, args, name),
        ["create"] => create::create(cluster, args, read),
        ["replace"] => apply::replace(cluster, args, read),
        ["delete", ..] => delete::delete(cluster, args, read),
        ["patch", ..] => patch::patch(cluster, args),
        ["scale", ..] => scale::scale(cluster, args),
        ["set", "image", ..] => set::image(cluster, args),
        ["label", ..] => meta::label(cluster, args),
        ["annotate", ..] => meta::annotate(cluster, args),
        ["cordon", ..] => meta::cordon(cluster, args, true),
        ["uncordon", ..] => meta::cordon(cluster, args, false),
        ["get", ..] => get::get(cluster, args),
        ["describe", ..] => look::describe(cluster, args),
        ["logs", ..] => look::logs(cluster, args),
        ["events"] => Ok(look::events(cluster, args)),
        ["rollout", "restart", ..] => set::restart(cluster, args),
        [] => Err(Failure::usage("no command given")),
        [verb, ..] => Err(Failure::usage(format!("unknown command \"{verb}\" for \"kubectl\""))),
    }
}

/// The texts of every `-f`.
fn files(args: &Args, read: Read) -> Result<Vec<String>, Failure> {
    let text = |name: &str| read(name).ok_or_else(|| Failure::usage(format!("the path \"{name}\" does not exist")));
    let texts: Vec<String> = args.all("filename").map(text).collect::<Result<_, _>>()?;
    if texts.is_empty() { Err(Failure::usage("must specify one of -f and -k")) } else { Ok(texts) }
}
