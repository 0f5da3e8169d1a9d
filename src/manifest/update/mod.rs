//! What the server says of a change: the rules that compare an object with the one that is stored, and patches.
//!
//! [`update`] takes both objects whole, as a PUT does. [`three_way_patch`] is what `kubectl apply` makes of a file and
//! the stored object, and [`strategic_merge`], [`merge_patch`] and [`json_patch`] are how the server applies patches.

mod carried;
mod claim;
mod config;
mod gates;
mod go_value;
mod internal;
mod job;
mod json_patch;
mod last_applied;
mod merge;
mod metadata;
mod patch_meta;
mod pod;
mod prepare;
mod service;
mod three_way;
mod unified;
mod unstructured;
mod workload;

use serde_json::Value;

use self::merge::Nulls;
use super::rules::errors::{Errors, Shown};
use super::rules::{self, namespace};
use super::{FieldError, decode};
use crate::api::schema::TypeId;
use crate::api::{Object, Path};
use crate::yaml;

pub use json_patch::json_patch;
pub use last_applied::ANNOTATION as LAST_APPLIED;
pub(crate) use last_applied::{annotate, annotations, json_text};

const IMMUTABLE: &str = "field is immutable";

/// What the server refuses (422 Invalid) when `new` is to take the place of `old`, in its order; empty when it accepts.
///
/// `old` is as stored, with defaults and what admission adds. `new` needs its defaults no more than a file does.
pub fn update(old: &Object, new: &Object) -> Vec<FieldError> {
    updated(old, new).err().unwrap_or_default()
}

/// The object as the server would store it in the place of `old`.
///
/// # Errors
/// What [`update`] tells.
pub fn updated(old: &Object, new: &Object) -> Result<Object, Vec<FieldError>> {
    let new = prepare::prepared(old, new);
    let mut errors = Errors::new();
    if let (Object::Service(old), Object::Service(new)) = (old, &new) {
        service::begin(old, new, &mut errors);
    }
    if errors.is_empty() {
        metadata::common(old, &new, &mut errors);
        kind_rules(old, &new, &mut errors);
    }
    if errors.is_empty() { Ok(new) } else { Err(errors.into_vec()) }
}

/// What the server refuses when the ephemeral containers of `new` are to be those of the Pod `old`.
pub fn update_ephemeral(old: &Object, new: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    if let (Object::Pod(old), Object::Pod(new)) = (old, new) {
        pod::ephemeral(old, new, &mut errors);
    }
    errors.into_vec()
}

/// The update rules of the kind; objects of two kinds are never the same one.
fn kind_rules(old: &Object, new: &Object, errors: &mut Errors) {
    match (old, new) {
        (Object::Pod(old), Object::Pod(new)) => pod::validate(old, new, errors),
        (Object::ConfigMap(old), Object::ConfigMap(new)) => config::config_map(old, new, errors),
        (Object::Secret(old), Object::Secret(new)) => config::secret(old, new, errors),
        (Object::Service(old), Object::Service(new)) => service::validate(old, new, errors),
        (Object::PersistentVolumeClaim(old), Object::PersistentVolumeClaim(new)) => claim::validate(old, new, errors),
        (Object::ServiceAccount(old), Object::ServiceAccount(new)) => {
            metadata::update(&old.metadata, &new.metadata, errors);
            namespace::validate_service_account(new, errors);
        }
        (Object::Namespace(old), Object::Namespace(new)) => {
            metadata::update(&old.metadata, &new.metadata, errors);
            // An admission plug-in's look, which comes when everything else is good.
            if errors.is_empty() {
                namespace::pod_security(new, errors);
            }
        }
        (Object::Other(old), Object::Other(new)) if old.kind == new.kind && old.api_version == new.api_version => {
            metadata::update(&old.metadata, &new.metadata, errors);
            rules::others::spec(new, errors);
            carried::validate(old, new, errors);
        }
        (old, new) if old.kind() == new.kind() => {
            metadata::update(old.metadata(), new.metadata(), errors);
            rules::validate_spec(new, errors);
            workloads(old, new, errors);
        }
        _ => {
            let at = Path::ROOT.field("kind");
            let name = new.kind().map_or("", crate::api::Kind::name);
            errors.invalid("update/identity", &at, Shown::Str(name), IMMUTABLE);
        }
    }
}

fn workloads(old: &Object, new: &Object, errors: &mut Errors) {
    let selectors = match (old, new) {
        (Object::Deployment(old), Object::Deployment(new)) => {
            old.spec.as_ref().zip(new.spec.as_ref()).map(|(old, new)| (&old.selector, &new.selector))
        }
        (Object::ReplicaSet(old), Object::ReplicaSet(new)) => {
            old.spec.as_ref().zip(new.spec.as_ref()).map(|(old, new)| (&old.selector, &new.selector))
        }
        (Object::DaemonSet(old), Object::DaemonSet(new)) => {
            old.spec.as_ref().zip(new.spec.as_ref()).map(|(old, new)| (&old.selector, &new.selector))
        }
        (Object::StatefulSet(old), Object::StatefulSet(new)) => return workload::stateful_set(old, new, errors),
        (Object::Job(old), Object::Job(new)) => return job::validate(old, new, errors),
        _ => None,
    };
    if let Some((old, new)) = selectors {
        workload::selector(old, new, errors);
    }
}

/// The strategic merge patch that `kubectl apply` sends: `last_applied` is the file as it was applied last, `file` the
/// file now, `live` the stored object. Empty when nothing is to be done.
///
/// # Errors
/// kubectl's words about an element of a list without the key that tells it apart.
pub fn three_way_patch(
    last_applied: &Value,
    file: &Value,
    live: &Value,
    kind: Option<TypeId>,
) -> Result<Value, String> {
    three_way::patch(last_applied, file, live, kind)
}

/// Why a patch makes no object.
#[derive(Clone, Debug, PartialEq)]
pub enum PatchError {
    /// It cannot be applied; upstream's words.
    Unusable(String),
    /// What it makes does not fit the API (422).
    Invalid(FieldError),
}

/// `live` with a strategic merge patch, as its types read it (apiserver: endpoints/handlers/patch.go
/// applyPatchToObject, 1.36).
///
/// # Errors
/// See [`PatchError`].
pub fn strategic_merge(live: &Value, patch: &Value, kind: TypeId) -> Result<Value, PatchError> {
    let (mut merged, mut rest) = (live.clone(), patch.clone());
    merge::merge(&mut merged, &mut rest, Some(kind), Nulls::Applied).map_err(PatchError::Unusable)?;
    unstructured::convert(&merged, kind).map_err(|why| misfit(&go_value::plain(&rest), &why))
}

/// `live` with a JSON merge patch (RFC 7386), not yet read by any type.
pub fn merge_patch(live: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *live = patch.clone();
        return;
    };
    if !live.is_object() {
        *live = Value::Object(Default::default());
    }
    let Value::Object(live) = live else { return };
    for (name, value) in patch {
        if value.is_null() {
            live.remove(name);
        } else {
            merge_patch(live.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// An object after a merge patch or a JSON patch, as its types read it (apiserver: endpoints/handlers/patch.go
/// jsonPatcher.createNewObject): the decoder's words, with the whole object.
///
/// # Errors
/// See [`PatchError`].
pub fn read_patched(patched: &Value, kind: TypeId) -> Result<Value, PatchError> {
    let text = json_text(patched);
    let whole = yaml::terminated(&text);
    let unreadable = || PatchError::Unusable("the patched object cannot be read".to_owned());
    let documents = yaml::split(&whole);
    let document = documents.first().ok_or_else(unreadable)?;
    let values = yaml::Values::resolve(&document.tree).map_err(|_| unreadable())?;
    let decoded = decode::decode(&values, values.root().ok_or_else(unreadable)?, kind);
    if let Some(failure) = decoded.failures.first() {
        return Err(misfit(&text, &failure.message));
    }
    if !decoded.unknown.is_empty() {
        return Err(misfit(&text, &decode::strict_message(&decoded.unknown)));
    }
    Ok(decoded.json)
}

/// `update/patch`: what a patch makes of an object must still be of the object's kind.
///
/// The server decodes the patched object as strictly as a new one, and shows it whole where it does not fit.
fn misfit(shown: &str, why: &str) -> PatchError {
    let mut errors = Errors::new();
    errors.invalid("update/patch", &Path::ROOT.field("patch"), shown, why);
    match errors.into_vec().pop() {
        Some(error) => PatchError::Invalid(error),
        None => PatchError::Unusable(why.to_owned()),
    }
}
