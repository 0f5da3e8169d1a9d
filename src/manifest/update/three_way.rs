//! The patch that `kubectl apply` sends: from what was applied last, what is to be applied and what is there
//! (apimachinery: util/strategicpatch/patch.go CreateThreeWayMergePatch, 1.36).
//!
//! What the file has and the cluster has not, or has otherwise, is set; what the file had and has no more is removed;
//! everything else is left alone.

use serde_json::{Map, Value};

use super::go_value;
use super::merge::{self, Nulls};
use super::patch_meta::{self, PatchMeta, Strategy};
use crate::api::schema::TypeId;

type Object = Map<String, Value>;

/// Which differences a comparison is to tell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// What is new or another.
    Changes,
    /// What is gone.
    Deletions,
}

/// The strategic merge patch, an object; empty when nothing is to be done.
///
/// # Errors
/// When an element of a list has not the key that tells it apart, in kubectl's words.
pub(super) fn patch(original: &Value, modified: &Value, live: &Value, kind: Option<TypeId>) -> Result<Value, String> {
    let empty = Object::new();
    let fields = |value: &'_ Value| value.as_object().cloned().unwrap_or_default();
    let modified = modified.as_object().unwrap_or(&empty);
    let delta = maps(&fields(live), modified, kind, Wanted::Changes, false)?;
    let mut deletions = Value::Object(maps(&fields(original), modified, kind, Wanted::Deletions, false)?);
    merge::merge(&mut deletions, &mut Value::Object(delta), kind, Nulls::Kept)?;
    Ok(deletions)
}

/// strategicpatch: diffMaps.
fn maps(
    original: &Object,
    modified: &Object,
    kind: Option<TypeId>,
    wanted: Wanted,
    retain_keys: bool,
) -> Result<Object, String> {
    let mut patch = Object::new();
    for (name, new) in modified {
        let Some(old) = original.get(name) else {
            if wanted == Wanted::Changes {
                patch.insert(name.clone(), new.clone());
            }
            continue;
        };
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                let meta = patch_meta::of(kind, name);
                let inner = maps(old, new, meta.holder, wanted, meta.retain_keys)?;
                if !inner.is_empty() {
                    patch.insert(name.clone(), Value::Object(inner));
                }
            }
            (Value::Array(old), Value::Array(new)) => lists(name, old, new, &mut patch, kind, wanted)?,
            _ if wanted == Wanted::Changes && old != new => {
                patch.insert(name.clone(), new.clone());
            }
            _ => {}
        }
    }
    if wanted == Wanted::Deletions {
        for name in original.keys().filter(|name| !modified.contains_key(*name)) {
            patch.insert(name.clone(), Value::Null);
        }
    }
    let kept: Vec<Value> =
        modified.iter().filter(|(_, it)| !it.is_null()).map(|(name, _)| name.clone().into()).collect();
    let more = original.keys().any(|name| !modified.contains_key(name));
    if retain_keys && !kept.is_empty() && (!patch.is_empty() || more) {
        patch.insert(merge::RETAIN_KEYS.to_owned(), Value::Array(kept));
    }
    Ok(patch)
}

/// strategicpatch: handleSliceDiff and diffLists.
fn lists(
    name: &str,
    old: &[Value],
    new: &[Value],
    patch: &mut Object,
    kind: Option<TypeId>,
    wanted: Wanted,
) -> Result<(), String> {
    let meta = patch_meta::of(kind, name);
    let order = [merge::ORDER, name].concat();
    match meta.strategy {
        Strategy::Plain => {
            if wanted == Wanted::Changes && old != new {
                patch.insert(name.to_owned(), new.into());
            }
        }
        _ if old.is_empty() => {
            if wanted == Wanted::Changes && !new.is_empty() {
                patch.insert(name.to_owned(), new.into());
            }
        }
        Strategy::Set => {
            let absent = |from: &[Value], than: &[Value]| -> Vec<Value> {
                from.iter().filter(|value| !than.contains(value)).cloned().collect()
            };
            let (added, gone) = (absent(new, old), absent(old, new));
            match wanted {
                Wanted::Changes => {
                    if !added.is_empty() {
                        patch.insert(name.to_owned(), Value::Array(added));
                    }
                    if old != new {
                        patch.insert(order, new.into());
                    }
                }
                Wanted::Deletions if !gone.is_empty() => {
                    patch.insert([merge::DELETE_FROM, name].concat(), Value::Array(gone));
                    patch.insert(order, new.into());
                }
                Wanted::Deletions => {}
            }
        }
        Strategy::ByKey(key) => {
            let changes = elements(old, new, key, &meta, wanted)?;
            let moved = old.len() != new.len() || old.iter().zip(new).any(|(old, new)| old.get(key) != new.get(key));
            if !changes.is_empty() || (wanted == Wanted::Changes && moved) {
                let keys = new.iter().map(|item| {
                    let value = item.get(key).cloned().unwrap_or(Value::Null);
                    Value::Object(std::iter::once((key.to_owned(), value)).collect())
                });
                patch.insert(order, keys.collect());
            }
            if !changes.is_empty() {
                patch.insert(name.to_owned(), Value::Array(changes));
            }
        }
    }
    Ok(())
}

/// strategicpatch: diffListsOfMaps; the changes in the order of the new list, the deletions after them.
fn elements(old: &[Value], new: &[Value], key: &str, meta: &PatchMeta, wanted: Wanted) -> Result<Vec<Value>, String> {
    let text = |item: &Value| item.get(key).map(go_value::plain).ok_or_else(|| merge::no_key(item, key));
    let old_keys = old.iter().map(text).collect::<Result<Vec<String>, String>>()?;
    let mut seen = vec![false; old.len()];
    let mut changes = Vec::new();
    for item in new {
        let name = text(item)?;
        // Of several with one key each meets its own.
        let same = old_keys.iter().zip(&seen).position(|(key, seen)| !seen && *key == name);
        match (same, item.as_object()) {
            (Some(place), Some(fields)) => {
                if let Some(seen) = seen.get_mut(place) {
                    *seen = true;
                }
                let before = old.get(place).and_then(Value::as_object).cloned().unwrap_or_default();
                let mut change = maps(&before, fields, meta.holder, wanted, meta.retain_keys)?;
                if !change.is_empty() {
                    change.insert(key.to_owned(), item.get(key).cloned().unwrap_or_default());
                    changes.push(Value::Object(change));
                }
            }
            _ if wanted == Wanted::Changes => changes.push(item.clone()),
            _ => {}
        }
    }
    if wanted == Wanted::Deletions {
        for (item, _) in old.iter().zip(&seen).filter(|(_, seen)| !**seen) {
            let mut gone = Object::new();
            gone.insert(merge::DIRECTIVE.to_owned(), "delete".into());
            gone.insert(key.to_owned(), item.get(key).cloned().unwrap_or_default());
            changes.push(Value::Object(gone));
        }
    }
    Ok(changes)
}
