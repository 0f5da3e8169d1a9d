//! `kubectl delete` (kubectl: cmd/delete/delete.go).

use std::time::Duration;

use super::{Read, submit};
use crate::api::Object;
use crate::cluster::{Action, Cluster, ObjectKey, Propagation};
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, What};
use crate::kubectl::resource::{self, Found};
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output};

/// What kubectl says of a forced deletion.
const FORCED: &str = "Warning: Immediate deletion does not wait for confirmation that the running resource has been \
                      terminated. The resource may continue to run on the cluster indefinitely.\n";

/// How objects are deleted.
struct How {
    grace: Option<i64>,
    propagation: Propagation,
    forced: bool,
    dry: submit::Dry,
    /// What is said of an outdated value of `--cascade`.
    warning: String,
}

/// `delete TYPE NAME…`, `delete TYPE/NAME…`, `delete -f FILE`.
pub(super) fn delete(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let how = how(args)?;
    check(args)?;
    let found = super::named(cluster, args, args.arguments(), read)?;
    let mut output = Output { stderr: how.warning.clone() + &found.warnings, ..Output::default() };
    if how.forced {
        output.stderr.push_str(FORCED);
    }
    if found.unscoped && args.get("namespace").is_some() {
        output.stderr.push_str("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
    }
    if found.is_empty() && found.missing.is_empty() {
        return Ok(if found.asked > 0 { output } else { output.then(Output::line("No resources found")) });
    }
    if args.on("interactive") {
        output.stdout.push_str(&asked(&found));
        let answer = read("-").unwrap_or_default();
        if !answer.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("y")) {
            return Ok(output.then(Output::line("deletion is cancelled")));
        }
    }
    let mut gone = Vec::new();
    for (resource, object) in found.each() {
        match one(cluster, args, resource, object, &how) {
            Ok(said) => output = output.then(said),
            Err(failure) => {
                output = output.then(failure.into());
                continue;
            }
        }
        gone.extend(ObjectKey::of(object).map(|key| (key, object.metadata().uid.clone().unwrap_or_default())));
    }
    gone.retain(|(key, uid)| cluster.store().get(key).is_some_and(|live| live.metadata().uid.as_ref() == Some(uid)));
    // What was refused or is not there ends the command before it waits for the rest.
    let all_went = output.exit_code == 0 && found.missing.is_empty();
    if all_went && !gone.is_empty() && !args.off("wait") && how.dry == submit::Dry::No && !how.forced {
        let timeout = args.micros("timeout").filter(|micros| *micros > 0).and_then(|micros| u64::try_from(micros).ok());
        let deadline = timeout.map(|micros| cluster.now() + Duration::from_micros(micros));
        output.follow = Some(Follow::new(What::Gone(gone), cluster.config().epoch, deadline));
    }
    Ok(output.with_missing(&found.missing))
}

/// What `--interactive` asks, which leaves its line open (kubectl: cmd/delete/delete.go confirmation).
fn asked(found: &Found) -> String {
    let names: String = found.each().map(|(_, object)| resource::object_label(object) + "\n").collect();
    let count = found.each().count();
    format!("You are about to delete the following {count} resource(s):\n{names}Do you want to continue? (y/N): ")
}

/// What does not go together.
fn check(args: &Args) -> Result<(), Failure> {
    let selects = args.get("selector").is_some() || args.get("field-selector").is_some();
    if args.on("all") && selects {
        return Err(Failure::usage("setting 'all' parameter but found a non empty selector. "));
    }
    let named = args.arguments().len() > 1 || args.arguments().iter().any(|word| word.contains('/'));
    if args.on("all") && named && args.get("filename").is_none() {
        return Err(Failure::usage("name cannot be provided when a selector is specified"));
    }
    if args.on("all") && args.arguments().is_empty() && args.get("filename").is_none() {
        return Err(Failure::usage("at least one resource must be specified to use a selector"));
    }
    match args.get("output") {
        None | Some("" | "name") => {}
        Some(other) => {
            return Err(Failure::usage(format!("unexpected -o output mode: {other}. We only support '-o name'")));
        }
    }
    match args.get("raw") {
        Some(_) => {
            Err(Failure("Error from server (NotFound): the server could not find the requested resource".into()))
        }
        None => Ok(()),
    }
}

fn how(args: &Args) -> Result<How, Failure> {
    let force = args.on("force");
    let asked = args.number("grace-period")?;
    if args.on("now") && asked.is_some_and(|grace| grace != -1) {
        return Err(Failure::usage("--now and --grace-period cannot be specified together"));
    }
    // What goes now has a second.
    if force && (args.on("now") || asked.is_some_and(|grace| grace > 0)) {
        return Err(Failure::usage("--force and --grace-period greater than 0 cannot be specified together"));
    }
    let grace = match asked.filter(|seconds| *seconds >= 0) {
        _ if args.on("now") => Some(1),
        // Without --force nothing is taken away before its node has let go of it.
        Some(0) if !force => Some(1),
        None if force => Some(0),
        grace => grace,
    };
    let (propagation, warning) = cascade(args)?;
    Ok(How { grace, propagation, forced: force && grace == Some(0), dry: submit::dry_run(args)?, warning })
}

/// What `--cascade` says, and what is said of an outdated way to say it
/// (kubectl: cmd/util/helpers.go GetCascadingDeletionStrategy).
pub(super) fn cascade(args: &Args) -> Result<(Propagation, String), Failure> {
    let text = args.get("cascade").unwrap_or("unchanged");
    let (propagation, name) = match text {
        "background" | "unchanged" => return Ok((Propagation::Background, String::new())),
        "foreground" => return Ok((Propagation::Foreground, String::new())),
        "orphan" => return Ok((Propagation::Orphan, String::new())),
        "1" | "t" | "T" | "true" | "TRUE" | "True" => (Propagation::Background, "background"),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => (Propagation::Orphan, "orphan"),
        other => {
            return Err(Failure::usage(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    let outdated = format!("warning: --cascade={text} is deprecated (boolean value) and can be replaced with");
    Ok((propagation, format!("{outdated} --cascade={name}.\n")))
}

fn one(cluster: &mut Cluster, args: &Args, resource: Resource, object: &Object, how: &How) -> Result<Output, Failure> {
    let delete = |key| Action::Delete { key, grace: how.grace, propagation: how.propagation };
    match (ObjectKey::of(object), how.dry) {
        (Some(key), submit::Dry::No) => _ = cluster.act(delete(key))?,
        // The server refuses what it would refuse.
        (Some(key), submit::Dry::Server) => _ = cluster.clone().act(delete(key))?,
        _ => {}
    }
    if args.get("output") == Some("name") {
        return Ok(Output::line(format!("{}/{}", resource.kind_name(), object.name())));
    }
    let verb = if how.forced { "force deleted" } else { "deleted" };
    let place = if resource.namespaced { format!(" from {} namespace", object.namespace()) } else { String::new() };
    let dry = match how.dry {
        submit::Dry::No => "",
        submit::Dry::Client => " (dry run)",
        submit::Dry::Server => " (server dry run)",
    };
    Ok(Output::line(format!("{} \"{}\" {verb}{place}{dry}", resource.kind_name(), object.name())))
}
