//! Mends of unknown fields: another spelling, or the place where the API has a field of this name.

use super::site::Site;
use super::words::nearest;
use super::{DROP, FIELD_CASE, FIELD_NAME, Fix, MATCH_LABELS, MOVE, fix};
use crate::api::schema::{FieldType, TypeId};
use crate::manifest::decode::Unknown;
use crate::text::TextEdit;
use crate::yaml::{Entry, NodeKind, Value, ValueId};

/// An object in which the field may be at home.
#[derive(Clone)]
struct Home<'v, 'a> {
    object: ValueId,
    entry: Option<&'v Entry<'a>>,
    kind: TypeId,
    path: String,
}

/// A field that its struct does not have.
pub(in crate::manifest) fn unknown_field(site: &Site<'_, '_>, unknown: &Unknown) -> Vec<Fix> {
    let NodeKind::Scalar { value: name, .. } = &site.tree.node(unknown.key).kind else { return Vec::new() };
    let rename = |id, field: &str| Fix { id, value: field.to_owned(), edits: vec![site.rename(unknown.key, field)] };
    let fields = unknown.holder.fields();
    if let Some(field) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)) {
        return vec![rename(FIELD_CASE, field.name)];
    }
    let mut fixes: Vec<Fix> = homes(site, unknown, name)
        .into_iter()
        .filter_map(|home| {
            let edits = site.transfer(unknown.key, home.object, home.entry)?;
            Some(Fix { id: MOVE, value: if home.path.is_empty() { "/".to_owned() } else { home.path }, edits })
        })
        .take(2)
        .collect();
    fixes.extend(match_labels(site, unknown));
    let near = nearest(name, fields.iter().map(|field| field.name)).map(|field| rename(FIELD_NAME, field));
    fixes.extend(near);
    fixes.extend(fix(DROP, name, site.remove(unknown.key)));
    fixes
}

/// Where a field of this name could be at home, the likeliest first: in what stands just before it, further out, or
/// further in.
fn homes<'v, 'a>(site: &Site<'v, 'a>, unknown: &Unknown, name: &str) -> Vec<Home<'v, 'a>> {
    let chain: Vec<Home<'v, 'a>> = unknown
        .chain
        .iter()
        .map(|(object, kind, length)| {
            let path = unknown.path.get(..*length).unwrap_or_default().to_owned();
            Home { object: *object, entry: None, kind: *kind, path }
        })
        .collect();
    let Some(holder) = chain.last() else { return Vec::new() };
    let start = site.tree.node(unknown.key).span.start;
    let before = |home: &Home<'_, '_>| home.entry.map_or(0, |entry| site.tree.node(entry.key_node).span.start);
    let mut near: Vec<Home<'v, 'a>> = children(site, holder);
    near.retain(|home| before(home) < start);
    near.sort_by_key(|home| std::cmp::Reverse(before(home)));
    near.truncate(1);
    let mut found: Vec<Home<'v, 'a>> = Vec::new();
    let mut consider = |home: &Home<'v, 'a>| {
        let free = site.values.field(home.object, name).is_none();
        let new = found.iter().all(|other| other.object != home.object);
        if home.kind.field(name).is_some() && free && new && home.object != holder.object {
            found.push(home.clone());
        }
    };
    near.iter().for_each(&mut consider);
    chain.iter().rev().for_each(&mut consider);
    for outer in chain.iter().rev() {
        let mut level = vec![outer.clone()];
        for _ in 0..3 {
            level = level.iter().flat_map(|home| children(site, home)).take(60).collect();
            level.iter().for_each(&mut consider);
        }
    }
    found
}

/// The objects directly below one, and the last element of each list of objects.
fn children<'v, 'a>(site: &Site<'v, 'a>, home: &Home<'v, 'a>) -> Vec<Home<'v, 'a>> {
    let values = site.values;
    let Value::Object(entries) = values.get(home.object) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = if home.path.is_empty() { entry.key.to_string() } else { format!("{}.{}", home.path, entry.key) };
        match (home.kind.field(&entry.key).map(|field| &field.kind), values.get(entry.value)) {
            (Some(FieldType::Struct(kind)), _) => {
                found.push(Home { object: entry.value, entry: Some(entry), kind: *kind, path });
            }
            (Some(FieldType::List(items)), Value::List(list)) => {
                if let (FieldType::Struct(kind), Some(last)) = (&**items, list.last()) {
                    let path = format!("{path}[{}]", list.len() - 1);
                    found.push(Home { object: *last, entry: Some(entry), kind: *kind, path });
                }
            }
            _ => {}
        }
    }
    found
}

/// Labels that stand in a selector of objects as they do in one of Services: they belong into `matchLabels`.
fn match_labels(site: &Site<'_, '_>, unknown: &Unknown) -> Option<Fix> {
    let (object, ..) = unknown.chain.last().filter(|_| unknown.holder.name() == "LabelSelector")?;
    let node = site.tree.node(site.values.node(*object));
    let NodeKind::Mapping { pairs, flow } = &node.kind else { return None };
    let Value::Object(entries) = site.values.get(*object) else { return None };
    let labels = |entry: &Entry<'_>| {
        unknown.holder.field(&entry.key).is_none() && matches!(site.values.get(entry.value), Value::Scalar(_))
    };
    if !entries.iter().all(labels) {
        return None;
    }
    let edits = match flow {
        true => vec![
            TextEdit::insert(node.span.start + 1, "matchLabels: {"),
            TextEdit::insert(node.span.end.saturating_sub(1), "}"),
        ],
        false => {
            let starts = pairs.iter().map(|(key, _)| site.tree.node(*key).span.start);
            let indent = " ".repeat(site.column_of(node.span.start));
            starts
                .enumerate()
                .map(|(i, start)| {
                    let head = if i == 0 { format!("matchLabels:\n{indent}  ") } else { "  ".to_owned() };
                    TextEdit::insert(start, head)
                })
                .collect()
        }
    };
    Some(Fix { id: MATCH_LABELS, value: String::new(), edits })
}
