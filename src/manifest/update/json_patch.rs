//! JSON patches, a list of operations (RFC 6902; the server's words are those of evanphx/json-patch).

use serde_json::Value;

/// `live` after the operations of `patch`.
///
/// # Errors
/// When an operation cannot be done; then nothing is.
pub fn json_patch(live: &Value, patch: &Value) -> Result<Value, String> {
    let Value::Array(operations) = patch else {
        return Err("json: cannot unmarshal object into Go value of type jsonpatch.Patch".to_owned());
    };
    let mut patched = live.clone();
    for operation in operations {
        let text = |name: &str| operation.get(name).and_then(Value::as_str);
        let path = text("path").ok_or("missing value")?;
        let value = || operation.get("value").cloned().unwrap_or(Value::Null);
        let from = || text("from").ok_or_else(|| "missing value".to_owned());
        match text("op").unwrap_or_default() {
            "add" => add(&mut patched, path, value())?,
            "remove" => {
                remove(&mut patched, path, "remove")?;
            }
            "replace" => {
                let place = patched.pointer_mut(path).ok_or_else(|| missing("replace", path))?;
                *place = value();
            }
            "move" => {
                let taken = remove(&mut patched, from()?, "move")?;
                add(&mut patched, path, taken)?;
            }
            "copy" => {
                let copied = patched.pointer(from()?).cloned().ok_or_else(|| missing("copy", path))?;
                add(&mut patched, path, copied)?;
            }
            "test" if patched.pointer(path).unwrap_or(&Value::Null) == &value() => {}
            "test" => return Err(format!("testing value {path} failed: test failed")),
            other => return Err(format!("Unexpected kind: {other}")),
        }
    }
    Ok(patched)
}

fn missing(operation: &str, path: &str) -> String {
    format!("{operation} operation does not apply: doc is missing key: {path}: missing value")
}

/// The parent of a path, and the last step.
fn parent<'p>(value: &'p mut Value, path: &str, operation: &str) -> Result<(&'p mut Value, String), String> {
    let (parent, last) = path.rsplit_once('/').ok_or_else(|| missing(operation, path))?;
    let holder = value.pointer_mut(parent);
    let why = || format!("{operation} operation does not apply: doc is missing path: \"{path}\": missing value");
    Ok((holder.ok_or_else(why)?, last.replace("~1", "/").replace("~0", "~")))
}

fn add(value: &mut Value, path: &str, new: Value) -> Result<(), String> {
    if path.is_empty() {
        *value = new;
        return Ok(());
    }
    let (holder, last) = parent(value, path, "add")?;
    match holder {
        Value::Object(fields) => {
            fields.insert(last, new);
        }
        Value::Array(items) if last == "-" => items.push(new),
        Value::Array(items) => match last.parse::<usize>() {
            Ok(place) if place <= items.len() => items.insert(place, new),
            _ => return Err(format!("add operation does not apply: doc is missing path: \"{path}\": missing value")),
        },
        _ => return Err(missing("add", path)),
    }
    Ok(())
}

fn remove(value: &mut Value, path: &str, operation: &str) -> Result<Value, String> {
    let (holder, last) = parent(value, path, operation)?;
    let gone = match holder {
        Value::Object(fields) => fields.remove(&last),
        Value::Array(items) => last.parse::<usize>().ok().filter(|at| *at < items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    gone.ok_or_else(|| {
        format!("{operation} operation does not apply: Unable to remove nonexistent key: {last}: missing value")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_are_done_in_turn() {
        let live = json!({"a": [1, 2], "b": {"c/d": 1}});
        let patch = json!([
            {"op": "add", "path": "/a/1", "value": 9},
            {"op": "add", "path": "/a/-", "value": 3},
            {"op": "replace", "path": "/b/c~1d", "value": 2},
            {"op": "move", "from": "/b", "path": "/e"},
            {"op": "copy", "from": "/e", "path": "/f"},
            {"op": "test", "path": "/f", "value": {"c/d": 2}},
            {"op": "remove", "path": "/e"},
        ]);
        assert_eq!(json_patch(&live, &patch).unwrap(), json!({"a": [1, 9, 2, 3], "f": {"c/d": 2}}));
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        for patch in [
            json!([{"op": "remove", "path": "/x"}]),
            json!([{"op": "add", "path": "/x/y", "value": 1}]),
            json!([{"op": "test", "path": "/a", "value": 2}]),
            json!([{"op": "add", "path": "/a/7", "value": 2}]),
            json!({}),
        ] {
            assert!(json_patch(&json!({"a": [1]}), &patch).is_err(), "{patch}");
        }
    }
}
