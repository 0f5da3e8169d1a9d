//! Applying a strategic merge patch (apimachinery: util/strategicpatch/patch.go StrategicMergeMapPatch, 1.36).
//!
//! As upstream, merging takes out of the patch what it has dealt with: the server shows what is left of it in some errors.

use serde_json::{Map, Value};

use super::go_value;
use super::patch_meta::{self, Strategy};
use crate::api::schema::TypeId;

type Object = Map<String, Value>;

/// The field of a patch that says what to do with its object.
pub(super) const DIRECTIVE: &str = "$patch";
/// The field that lists what an object keeps.
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
/// Begins the name of a field that lists what leaves a list of plain values.
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
/// Begins the name of a field that tells the order of a list.
pub(super) const ORDER: &str = "$setElementOrder/";

/// What a null in the patch means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    /// It removes the field: the patch is applied to an object.
    Applied,
    /// It stays: the patch is joined with another patch, directives and all.
    Kept,
}

/// The complaint about an element without its key.
pub(super) fn no_key(item: &Value, key: &str) -> String {
    format!("map: {} does not contain declared merge key: {key}", go_value::plain(item))
}

fn bad_type(wanted: &str, found: &Value) -> String {
    format!("expected a {wanted}, but received a {}", go_value::kind(found))
}

/// Merges `patch` into `target`, an object each.
///
/// # Errors
/// Upstream's words about a patch that cannot be applied.
pub(super) fn merge(target: &mut Value, patch: &mut Value, kind: Option<TypeId>, nulls: Nulls) -> Result<(), String> {
    let Value::Object(fields) = patch else { return Err(bad_type("map[string]interface {}", patch)) };
    match fields.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default().to_owned()) {
        None => {}
        Some(directive) if directive == "replace" => {
            fields.remove(DIRECTIVE);
            *target = patch.clone();
            return Ok(());
        }
        Some(directive) if directive == "delete" => {
            *target = Value::Object(Object::new());
            return Ok(());
        }
        Some(directive) => return Err(unknown_directive(&directive, patch)),
    }
    if !target.is_object() {
        *target = Value::Object(Object::new());
    }
    let Value::Object(target) = target else { return Ok(()) };
    retain(target, fields, nulls)?;
    ordered_lists(target, fields, kind, nulls)?;
    let names: Vec<String> = fields.keys().cloned().collect();
    for name in names {
        if let Some(value) = fields.get_mut(&name) {
            field(target, &name, value, kind, nulls)?;
        }
    }
    Ok(())
}

fn unknown_directive(directive: &str, patch: &Value) -> String {
    format!("unknown patch type found: {directive} in map: {}", go_value::plain(patch))
}

fn field(target: &mut Object, name: &str, value: &mut Value, kind: Option<TypeId>, nulls: Nulls) -> Result<(), String> {
    let deleted = name.strip_prefix(DELETE_FROM);
    if deleted.is_some() && nulls == Nulls::Kept {
        target.insert(name.to_owned(), value.clone());
        return Ok(());
    }
    let name = deleted.unwrap_or(name);
    if value.is_null() {
        target.remove(name);
        if nulls == Nulls::Applied {
            return Ok(());
        }
    }
    let meta = patch_meta::of(kind, name);
    match (target.get_mut(name), &mut *value) {
        (Some(Value::Array(list)), Value::Array(gone)) if deleted.is_some() => {
            list.retain(|item| !gone.contains(item));
        }
        _ if deleted.is_some() => {}
        (Some(old @ Value::Object(_)), Value::Object(_)) => {
            merge(old, value, meta.holder, nulls)?;
        }
        (Some(Value::Array(old)), Value::Array(new)) => match meta.strategy {
            Strategy::Plain => *old = new.clone(),
            strategy => *old = list(old, new, strategy, meta.holder, nulls)?,
        },
        _ => {
            let mut taken = value.clone();
            if nulls == Nulls::Applied {
                tidy(&mut taken);
            }
            target.insert(name.to_owned(), taken);
        }
    }
    Ok(())
}

/// What is taken over whole loses its nulls and directives.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                let directive = name == DIRECTIVE || name == RETAIN_KEYS;
                !value.is_null() && !directive && !name.starts_with(DELETE_FROM) && !name.starts_with(ORDER)
            });
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => {
            items.retain(|item| item.get(DIRECTIVE).and_then(Value::as_str) != Some("delete"));
            items.iter_mut().for_each(tidy);
        }
        _ => {}
    }
}

/// strategicpatch: applyRetainKeysDirective.
fn retain(target: &mut Object, patch: &mut Object, nulls: Nulls) -> Result<(), String> {
    let Some(kept) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    if nulls == Nulls::Kept {
        target.entry(RETAIN_KEYS).or_insert(kept);
        return Ok(());
    }
    const BAD: &str = "invalid patch format of retainKeys";
    let Value::Array(kept) = kept else { return Err(BAD.to_owned()) };
    let has = |name: &String| kept.iter().any(|it| it.as_str() == Some(name));
    let plain = |name: &String| !name.starts_with(DELETE_FROM) && !name.starts_with(ORDER);
    if patch.iter().any(|(name, value)| !value.is_null() && plain(name) && !has(name)) {
        return Err(BAD.to_owned());
    }
    target.retain(|name, _| has(name));
    Ok(())
}

/// strategicpatch: mergePatchIntoOriginal; the lists whose order the patch tells.
fn ordered_lists(target: &mut Object, patch: &mut Object, kind: Option<TypeId>, nulls: Nulls) -> Result<(), String> {
    let orders: Vec<String> = patch.keys().filter(|name| name.starts_with(ORDER)).cloned().collect();
    for directive in orders {
        let Some(order) = patch.remove(&directive) else { continue };
        if nulls == Nulls::Kept {
            target.entry(directive.clone()).or_insert_with(|| order.clone());
        }
        let Value::Array(order) = order else { return Err(bad_type("[]interface {}", &order)) };
        let name = directive.strip_prefix(ORDER).unwrap_or_default();
        let meta = patch_meta::of(kind, name);
        let as_list = |value: Option<&Value>| match value {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list.clone())),
            Some(other) => Err(bad_type("[]interface {}", other)),
        };
        let (old, new) = (as_list(target.get(name))?, as_list(patch.get(name))?);
        if let Some(new) = &new {
            follows(new, &order, meta.strategy)?;
        }
        let merged = match (&old, new) {
            (Some(old), None) => old.clone(),
            (None, Some(mut new)) => {
                if nulls == Nulls::Applied {
                    let mut whole = Value::Array(new);
                    tidy(&mut whole);
                    new = as_list(Some(&whole))?.unwrap_or_default();
                }
                new
            }
            (Some(old), Some(new)) => {
                let mut new = new;
                match meta.strategy {
                    Strategy::Plain => new,
                    strategy => list(old, &mut new, strategy, meta.holder, nulls)?,
                }
            }
            (None, None) => continue,
        };
        let (mine, theirs) = partition(merged, &order, meta.strategy)?;
        let both = in_order(mine, theirs, &order, old.as_deref().unwrap_or_default(), meta.strategy);
        target.insert(name.to_owned(), Value::Array(both));
        patch.remove(name);
    }
    Ok(())
}

/// The elements of the patch stand in the order that it tells (strategicpatch: validatePatchWithSetOrderList).
fn follows(new: &[Value], order: &[Value], strategy: Strategy) -> Result<(), String> {
    let mut rest = order.iter();
    let kept = new.iter().filter(|item| item.get(DIRECTIVE).is_none());
    for item in kept {
        if order.is_empty() {
            return Ok(());
        }
        if !rest.any(|wanted| same(wanted, item, strategy)) {
            let (new, order) = (go_value::plain(&Value::from(new)), go_value::plain(&Value::from(order)));
            return Err(format!("The order in patch list:\n{new}\n doesn't match $setElementOrder list:\n{order}\n"));
        }
    }
    Ok(())
}

/// Whether two elements are the same one.
fn same(left: &Value, right: &Value, strategy: Strategy) -> bool {
    match strategy {
        Strategy::ByKey(key) => left.get(key).is_some_and(|value| right.get(key) == Some(value)),
        _ => left == right,
    }
}

/// strategicpatch: mergeSlice.
fn list(
    old: &[Value],
    new: &mut [Value],
    strategy: Strategy,
    kind: Option<TypeId>,
    nulls: Nulls,
) -> Result<Vec<Value>, String> {
    let mut merged = old.to_vec();
    let mut order: Vec<Value> = Vec::new();
    let Strategy::ByKey(key) = strategy else {
        for item in new.iter() {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        let (mine, theirs) = partition(merged, new, strategy)?;
        return Ok(in_order(mine, theirs, new, old, strategy));
    };
    let mut replaced = false;
    for item in new.iter().filter(|item| item.get(DIRECTIVE).is_some()) {
        match item.get(DIRECTIVE).and_then(Value::as_str).unwrap_or_default() {
            "delete" if item.get(key).is_none() => return Err(no_key(item, key)),
            "delete" => merged.retain(|known| !same(known, item, strategy)),
            "replace" => replaced = true,
            "merge" => return Err("merging lists cannot yet be specified in the patch".to_owned()),
            other => return Err(unknown_directive(other, item)),
        }
    }
    if replaced {
        return Ok(new.iter().filter(|item| item.get(DIRECTIVE).is_none()).cloned().collect());
    }
    for item in new.iter_mut().filter(|item| item.get(DIRECTIVE).is_none()) {
        if !item.is_object() {
            return Err(bad_type("map[string]interface {}", item));
        }
        if item.get(key).is_none() {
            return Err(no_key(item, key));
        }
        order.push(item.clone());
        match merged.iter_mut().find(|known| same(known, item, strategy)) {
            Some(known) => merge(known, item, kind, nulls)?,
            None => merged.push(item.clone()),
        }
    }
    let (mine, theirs) = partition(merged, &order, strategy)?;
    Ok(in_order(mine, theirs, &order, old, strategy))
}

/// The elements that `by` names, and the others.
fn partition(list: Vec<Value>, by: &[Value], strategy: Strategy) -> Result<(Vec<Value>, Vec<Value>), String> {
    if let Strategy::ByKey(key) = strategy
        && let Some(bare) = list.iter().find(|item| item.get(key).is_none())
    {
        return Err(no_key(bare, key));
    }
    Ok(list.into_iter().partition(|item| by.iter().any(|wanted| same(wanted, item, strategy))))
}

/// The patch's elements in the order it tells, the others where they stood between them
/// (strategicpatch: normalizeElementOrder, mergeSortedSlice).
fn in_order(
    mut mine: Vec<Value>,
    theirs: Vec<Value>,
    order: &[Value],
    old: &[Value],
    strategy: Strategy,
) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| list.iter().position(|known| same(known, item, strategy));
    // Deletions come last.
    mine.sort_by_key(|item| (item.get(DIRECTIVE).is_some(), place(order, item)));
    let mut both = Vec::with_capacity(mine.len() + theirs.len());
    let (mut left, mut right) = (theirs.into_iter().peekable(), mine.into_iter().peekable());
    loop {
        let first = match (left.peek(), right.peek()) {
            (None, None) => return both,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(theirs), Some(mine)) => match (place(old, theirs), place(old, mine)) {
                (Some(theirs), Some(mine)) => theirs < mine,
                _ => false,
            },
        };
        both.extend(if first { left.next() } else { right.next() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(mut target: Value, mut patch: Value) -> (Value, Value) {
        merge(&mut target, &mut patch, TypeId::of_kind("v1", "Pod"), Nulls::Applied).unwrap();
        (target, patch)
    }

    #[test]
    fn lists_are_merged_by_key() {
        let pod = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}});
        let (pod, _) = merged(pod, json!({"spec": {"containers": [{"name": "b", "image": "z"}]}}));
        let containers = json!([{"name": "a", "image": "x"}, {"name": "b", "image": "z"}]);
        assert_eq!(pod["spec"]["containers"], containers);
        let (pod, _) = merged(pod, json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}]}}));
        assert_eq!(pod["spec"]["containers"], json!([{"name": "b", "image": "z"}]));
    }

    #[test]
    fn what_is_dealt_with_leaves_the_patch() {
        let pod = json!({"spec": {"containers": [{"name": "a", "image": "x"}]}});
        let order = json!([{"name": "b"}, {"name": "a"}]);
        let patch = json!({"spec": {"$setElementOrder/containers": order, "containers": [{"name": "b"}], "foo": 1}});
        let (pod, patch) = merged(pod, patch);
        assert_eq!(patch, json!({"spec": {"foo": 1}}));
        assert_eq!(pod["spec"]["containers"], json!([{"name": "b"}, {"name": "a", "image": "x"}]));
    }

    #[test]
    fn another_volume_source_takes_the_place_of_the_first() {
        let pod = json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}});
        let volume = json!({"$retainKeys": ["configMap", "name"], "name": "v", "configMap": {"name": "c"}});
        let (pod, _) = merged(pod, json!({"spec": {"volumes": [volume]}}));
        assert_eq!(pod["spec"]["volumes"], json!([{"name": "v", "configMap": {"name": "c"}}]));
    }

    #[test]
    fn faulty_patches_are_refused() {
        let id = TypeId::of_kind("v1", "Pod");
        let fault = |mut patch: Value| {
            let mut pod = json!({"spec": {"containers": [{"name": "a"}]}});
            merge(&mut pod, &mut patch, id, Nulls::Applied).unwrap_err()
        };
        assert!(fault(json!({"spec": {"containers": [{"image": "x"}]}})).contains("merge key: name"));
        assert!(fault(json!({"spec": {"$patch": "what"}})).contains("unknown patch type"));
    }
}
