//! Which containers of a Pod template `kubectl set` means.

use serde_json::{Map, Value};

/// The containers in the lists of these names.
pub(super) fn containers<'a>(spec: &'a mut Value, lists: &'a [&str]) -> impl Iterator<Item = &'a mut Value> {
    let fields = spec.as_object_mut().into_iter().flat_map(Map::iter_mut);
    let chosen = fields.filter(move |(name, _)| lists.contains(&name.as_str()));
    chosen.filter_map(|(_, list)| list.as_array_mut()).flatten()
}

/// Whether a container's name is meant by a pattern: `*` stands for anything.
pub(super) fn meant(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
    }
}
