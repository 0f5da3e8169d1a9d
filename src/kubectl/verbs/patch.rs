//! `kubectl patch`.

use serde_json::Value;

use super::super::args::Args;
use super::super::{Failure, Output, manifest};
use super::Read;
use super::submit::{self, Dry};
use crate::api::schema::TypeId;
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster};
use crate::manifest::invalid_text;
use crate::manifest::rules::go_json;
use crate::manifest::update::{self, PatchError};

/// How a patch is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patch {
    /// Lists of objects are merged by their key.
    Strategic,
    /// Lists are replaced (RFC 7386).
    Merge,
    /// A list of operations (RFC 6902).
    Json,
}

/// `patch TYPE NAME -p PATCH [--type=strategic|merge|json] [--subresource=status|scale|resize]`; the patch is YAML or
/// JSON.
pub(super) fn patch(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let file;
    let given = |flag: &str| args.get(flag).filter(|text| !text.is_empty());
    let text = match (given("patch"), given("patch-file")) {
        (Some(_), Some(_)) => return Err(Failure::usage("cannot specify --patch and --patch-file together")),
        (Some(text), _) => text,
        (None, Some(name)) => {
            let missing =
                || Failure::usage(format!("unable to read patch file: open {name}: no such file or directory"));
            file = read(name).ok_or_else(missing)?;
            &file
        }
        (None, None) => {
            return Err(Failure::usage("must specify --patch or --patch-file containing the contents of the patch"));
        }
    };
    let how = match args.get("type").unwrap_or("strategic") {
        "strategic" => Patch::Strategic,
        "merge" => Patch::Merge,
        "json" => Patch::Json,
        other => {
            return Err(Failure::usage(format!("--type must be one of [json merge strategic], not \"{other}\"")));
        }
    };
    let patch = parsed(text)?;
    if args.on("local") {
        return submit::in_files(args, read, "patched", |value| {
            let kind = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let id = TypeId::of_kind(&kind("apiVersion"), &kind("kind"));
            let merged = match (how, id) {
                (Patch::Strategic, Some(id)) => update::strategic_merge(value, &patch, id).ok(),
                (Patch::Json, _) => update::json_patch(value, &patch).ok(),
                _ => {
                    let mut merged = value.clone();
                    update::merge_patch(&mut merged, &patch);
                    Some(merged)
                }
            };
            *value = merged.ok_or_else(|| Failure::usage("unable to apply the patch"))?;
            Ok(())
        });
    }
    let found = super::named(cluster, args, args.arguments(), read)?;
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    let output = submit::each(&objects, |live| one(cluster, args, live, &patch, how));
    Ok(output.with_missing(&found.missing))
}

/// The patch as it is sent: what begins as an object of JSON does is left to the server to read (apimachinery:
/// util/yaml/decoder.go ToJSON).
fn parsed(text: &str) -> Result<Value, Failure> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|_| {
            let why = go_json::object(text.as_bytes()).err().unwrap_or_default();
            Failure(format!("Error from server (BadRequest): {why}"))
        });
    }
    let found = manifest::values(text).map_err(|error| {
        let text_of = error.to_string();
        let why = text_of.trim_start_matches("error converting YAML to JSON: ");
        Failure::usage(format!("unable to parse {text:?}: {why}"))
    })?;
    Ok(found.into_iter().next().unwrap_or_default())
}

fn one(cluster: &mut Cluster, args: &Args, live: &Object, patch: &Value, how: Patch) -> Result<Output, Failure> {
    let Some(kind) = live.kind() else { return Ok(Output::default()) };
    let dry = submit::dry_run(args)?;
    if args.get("subresource") == Some("scale") {
        return scale(cluster, args, live, patch);
    }
    let mut object = Object::from_json(kind, patched(live, kind, patch, how)?).map_err(Failure::usage)?;
    // The command line is recorded by a patch of its own, which is none of what was asked for.
    let changed = object != *live;
    submit::record(args, &mut object);
    let (object, action): (Object, fn(Object) -> Action) = match args.get("subresource") {
        None => (judged(live, &object)?, Action::Update),
        Some("status") => (object, Action::UpdateStatus),
        Some("resize") => (object, Action::Resize),
        Some(_) => {
            let text = "Error from server (NotFound): the server could not find the requested resource";
            return Err(Failure(text.to_owned()));
        }
    };
    let mut stored = object.clone();
    if object != *live && dry != Dry::Client {
        let mut tried = (dry == Dry::Server).then(|| cluster.clone());
        stored = tried.as_mut().unwrap_or(cluster).act(action(object))?.unwrap_or(stored);
    }
    // Unlike its kin this command does not say that nothing was done.
    submit::said(args, Dry::No, &stored, if changed { "patched" } else { "patched (no change)" })
}

/// The scale of a workload is an object of its own.
fn scale(cluster: &mut Cluster, args: &Args, live: &Object, patch: &Value) -> Result<Output, Failure> {
    let replicas = patch.pointer("/spec/replicas").cloned().unwrap_or_default();
    let done = submit::change(cluster, args, live, "patched", |value| {
        if replicas.is_i64() {
            value["spec"]["replicas"] = replicas;
        }
        Ok(())
    })?;
    let word = if done.is_some() { "patched" } else { "patched (no change)" };
    Ok(Output::line(format!("scale.autoscaling/{} {word}", live.name())))
}

/// The object as the server would store it, or kubectl's words about why it does not.
pub(super) fn judged(live: &Object, object: &Object) -> Result<Object, Failure> {
    let refusal = |causes: Vec<_>| {
        let kind = live.kind().map_or("", Kind::name);
        let text = invalid_text(kind, live.name(), &causes);
        // A refusal that shows what differs ends in a line of its own.
        Failure(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    };
    update::updated(live, object).map_err(refusal)
}

/// The live object with the patch, as its types read it.
fn patched(live: &Object, kind: Kind, patch: &Value, how: Patch) -> Result<Value, Failure> {
    let mut value = live.to_json();
    let id = TypeId::of_kind(kind.api_version(), kind.name());
    let read = |value: Value| id.map_or_else(|| Ok(value.clone()), |id| update::read_patched(&value, id));
    let result = match (how, id) {
        (Patch::Strategic, Some(id)) => update::strategic_merge(&value, patch, id),
        (Patch::Json, _) => match update::json_patch(&value, patch) {
            Ok(value) => read(value),
            Err(_) => {
                let words = "The request is invalid: the server rejected our request due to an error in our request";
                return Err(Failure(words.to_owned()));
            }
        },
        _ => {
            update::merge_patch(&mut value, patch);
            read(value)
        }
    };
    result.map_err(|error| match error {
        PatchError::Unusable(message) => Failure(format!("Error from server (BadRequest): {message}")),
        PatchError::Invalid(cause) => Failure(invalid_text("", "", &[cause]).trim_end_matches('\n').to_owned()),
    })
}
