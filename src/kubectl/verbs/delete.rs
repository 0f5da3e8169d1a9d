//! `kubectl delete`.

use super::super::args::Args;
use super::super::{Failure, Output, manifest, resource};
use super::Read;
use crate::cluster::{Action, Cluster, ObjectKey, Propagation};

/// What kubectl says of a forced deletion.
const FORCED: &str = "Warning: Immediate deletion does not wait for confirmation that the running resource has been \
                      terminated. The resource may continue to run on the cluster indefinitely.\n";

/// `delete TYPE NAME…`, `delete TYPE/NAME…`, `delete -f FILE` (kubectl: cmd/delete/delete.go).
pub(super) fn delete(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let force = args.on("force");
    let grace = match args.number("grace-period")?.filter(|&seconds| seconds >= 0) {
        _ if args.on("now") => Some(1),
        // Without --force nothing is taken away before its node has let go of it.
        Some(0) if !force => Some(1),
        None if force => Some(0),
        grace => grace,
    };
    let propagation = match args.get("cascade").unwrap_or("background") {
        "background" | "true" => Propagation::Background,
        "foreground" => Propagation::Foreground,
        "orphan" | "false" => Propagation::Orphan,
        other => {
            return Err(Failure::usage(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    let keys = if args.get("filename").is_some() {
        let mut keys = Vec::new();
        for text in super::files(args, read)? {
            keys.extend(manifest::read_objects(&text).map_err(Failure::usage)?.iter().filter_map(ObjectKey::of));
        }
        keys
    } else {
        resource::keys(cluster, args, args.words.get(1..).unwrap_or_default())?.0
    };
    let mut output = Output::default();
    if force && grace == Some(0) {
        output.stderr.push_str(FORCED);
    }
    for key in keys {
        let one = one(cluster, &key, grace, propagation, force && grace == Some(0));
        output = output.then(one.unwrap_or_else(Output::from));
    }
    Ok(output)
}

fn one(
    cluster: &mut Cluster,
    key: &ObjectKey,
    grace: Option<i64>,
    propagation: Propagation,
    forced: bool,
) -> Result<Output, Failure> {
    resource::live(cluster, key)?;
    cluster.act(Action::Delete { key: key.clone(), grace, propagation })?;
    let verb = if forced { "force deleted" } else { "deleted" };
    let place = if key.namespace.is_empty() { String::new() } else { format!(" from {} namespace", key.namespace) };
    Ok(Output::line(format!("{} \"{}\" {verb}{place}", resource::kind_name(key.kind), key.name)))
}
