//! `kubectl patch`.

use serde_json::Value;

use super::super::args::Args;
use super::super::merge::{self, Patch};
use super::super::{Failure, Output, manifest, resource};
use crate::api::Object;
use crate::cluster::{Action, Cluster};

/// `patch TYPE NAME -p PATCH [--type=strategic|merge] [--subresource=status|resize]`; the patch is YAML or JSON.
pub(super) fn patch(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    let text = args
        .get("patch")
        .ok_or_else(|| Failure::usage("must specify --patch or --patch-file containing the contents of the patch"))?;
    let mut patch: Value =
        serde_yaml::from_str(text).map_err(|error| Failure::usage(format!("unable to parse \"{text}\": {error}")))?;
    let how = match args.get("type").unwrap_or("strategic") {
        "strategic" => Patch::Strategic,
        "merge" => Patch::Merge,
        other => {
            return Err(Failure::usage(format!("--type must be one of [json merge strategic], not \"{other}\"")));
        }
    };
    quantities(&mut patch);
    let (keys, _) = resource::keys(cluster, args, args.words.get(1..).unwrap_or_default())?;
    let mut output = Output::default();
    for key in keys {
        let live = resource::live(cluster, &key)?;
        let mut value = live.to_json();
        merge::apply(&mut value, &patch, how);
        let object = Object::from_json(key.kind, value).map_err(Failure::usage)?;
        let changed = object != live;
        if changed {
            cluster.act(match args.get("subresource") {
                None => Action::Update(object),
                Some("status") => Action::UpdateStatus(object),
                Some("resize") => Action::Resize(object),
                Some(other) => return Err(Failure::usage(format!("the subresource \"{other}\" is not simulated"))),
            })?;
        }
        let word = if changed { "patched" } else { "patched (no change)" };
        output = output.then(Output::line(format!("{} {word}", resource::label(&key))));
    }
    Ok(output)
}

/// Writes quantities as texts; the patch's nulls stay, for they remove fields.
fn quantities(patch: &mut Value) {
    match patch {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if matches!(name.as_str(), "limits" | "requests") && value.is_object() {
                    manifest::tidy_quantities(value);
                } else {
                    quantities(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(quantities),
        _ => {}
    }
}
