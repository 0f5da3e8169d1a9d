//! `kubectl patch`.

use serde_json::Value;

use super::super::args::Args;
use super::super::resources::Resource;
use super::super::{Failure, Output, resource};
use crate::api::schema::TypeId;
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster};
use crate::manifest::invalid_text;
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

/// `patch TYPE NAME -p PATCH [--type=strategic|merge|json] [--subresource=status|resize]`; the patch is YAML or JSON.
pub(super) fn patch(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    let text = args
        .get("patch")
        .ok_or_else(|| Failure::usage("must specify --patch or --patch-file containing the contents of the patch"))?;
    let patch: Value =
        serde_yaml::from_str(text).map_err(|error| Failure::usage(format!("unable to parse \"{text}\": {error}")))?;
    let how = match args.get("type").unwrap_or("strategic") {
        "strategic" => Patch::Strategic,
        "merge" => Patch::Merge,
        "json" => Patch::Json,
        other => {
            return Err(Failure::usage(format!("--type must be one of [json merge strategic], not \"{other}\"")));
        }
    };
    let (keys, _) = resource::keys(cluster, args, args.arguments())?;
    let mut output = Output::default();
    for key in keys {
        let live = resource::live(cluster, Resource::of(key.kind), &key.namespace, &key.name)?;
        let object = Object::from_json(key.kind, patched(&live, key.kind, &patch, how)?).map_err(Failure::usage)?;
        let (object, action): (Object, fn(Object) -> Action) = match args.get("subresource") {
            None => (judged(&live, &object)?, Action::Update),
            Some("status") => (object, Action::UpdateStatus),
            Some("resize") => (object, Action::Resize),
            Some(other) => return Err(Failure::usage(format!("the subresource \"{other}\" is not simulated"))),
        };
        let changed = object != live;
        if changed {
            cluster.act(action(object))?;
        }
        let word = if changed { "patched" } else { "patched (no change)" };
        output = output.then(Output::line(format!("{} {word}", resource::label(&key))));
    }
    Ok(output)
}

/// The object as the server would store it, or kubectl's words about why it does not.
pub(super) fn judged(live: &Object, object: &Object) -> Result<Object, Failure> {
    let refusal = |causes: Vec<_>| {
        let kind = live.kind().map_or("", Kind::name);
        Failure(invalid_text(kind, live.name(), &causes).trim_end_matches('\n').to_owned())
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
