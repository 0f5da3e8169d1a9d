//! `kubectl scale` (kubectl: cmd/scale/scale.go).

use serde_json::json;

use super::{Read, submit};
use crate::api::{Kind, Object, View};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::{Failure, Output};

/// `scale TYPE/NAME --replicas=N`.
pub(super) fn scale(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let replicas = args.number("replicas")?.filter(|replicas| *replicas >= 0).ok_or_else(|| {
        Failure::usage("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    })?;
    let expected = args.number("current-replicas")?;
    if expected.is_some_and(|expected| expected < -1) {
        return Err(Failure::usage("The --current-replicas must specify an integer of -1 or greater"));
    }
    let expected = expected.filter(|expected| *expected >= 0);
    let found = super::named(cluster, args, args.arguments(), read)?;
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    if objects.is_empty() && found.missing.is_empty() {
        return Err(Failure::usage("no objects passed to scale"));
    }
    let mut output = Output::default();
    for live in &objects {
        match one(cluster, args, live, replicas, expected) {
            Ok(said) => output = output.then(said),
            // What cannot be scaled ends the command.
            Err(failure) => return Ok(output.then(failure.into())),
        }
    }
    // The first that is not there ends the search.
    let missing = found.missing.split_inclusive('\n').next().unwrap_or_default();
    Ok(output.with_missing(missing))
}

/// Scales one object; where it is printed, it is as it was before but for the number (kubectl: cmd/scale/scale.go RunScale).
fn one(
    cluster: &mut Cluster,
    args: &Args,
    live: &Object,
    replicas: i64,
    expected: Option<i64>,
) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    let scalable = matches!(live.kind(), Some(Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet));
    if !scalable && dry == submit::Dry::Client {
        // Nobody is asked whether it can be scaled.
        return submit::said(args, dry, live, "scaled");
    }
    if !scalable {
        let text = "Error from server (NotFound): the server could not find the requested resource";
        return Err(Failure(text.to_owned()));
    }
    let mut value = live.to_json();
    let now = View::new(&value).at("spec.replicas");
    let now = now.0.map_or(1, |_| now.int());
    let version = live.resource_version().unwrap_or_default();
    if let Some(expected) = args.get("resource-version").filter(|expected| *expected != version) {
        return Err(Failure::usage(format!("Expected resource version to be {expected}, was {version}")));
    }
    if let Some(expected) = expected.filter(|expected| *expected != now) {
        return Err(Failure::usage(format!("Expected replicas to be {expected}, was {now}")));
    }
    submit::change(cluster, args, live, "scaled", |value| {
        value["spec"]["replicas"] = json!(replicas);
        Ok(())
    })?;
    value["spec"]["replicas"] = json!(replicas);
    let shown = live.kind().and_then(|kind| Object::from_json(kind, value).ok());
    submit::said(args, dry, shown.as_ref().unwrap_or(live), "scaled")
}
