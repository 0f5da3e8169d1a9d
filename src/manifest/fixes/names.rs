//! Mends of names: another form, another name for the second of two, and what refers to them.

use serde_json::Value as Json;

use super::site::{Site, below, shown};
use super::words::{Form, free_name, nearest};
use super::{Fix, REMOVE, RENAME, WRITE, fix};
use crate::api::Segment;
use crate::manifest::FieldError;
use crate::manifest::places::{Shown, shown_inside};
use crate::yaml::{Scalar, Value, ValueId};

/// A name in the form that the message asks for.
pub(super) fn form(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let Some(form) = Form::wanted_by(&found.message) else { return Vec::new() };
    let path = &found.place().0;
    match shown_inside(site.values, site.root, found) {
        Some(Shown::Key(key)) => {
            let written = site.slice(site.tree.node(key).span).trim_matches(['"', '\'']);
            let name = match written.split_once('/') {
                Some((prefix, name)) => form.of(name).map(|name| format!("{prefix}/{name}")),
                None => form.of(written),
            };
            name.map(|name| Fix { id: RENAME, value: name.clone(), edits: vec![site.rename(key, &name)] })
                .into_iter()
                .collect()
        }
        Some(Shown::Value(value)) => rename(site, path, value, form),
        None => match (site.at(path), path.last()) {
            (Some((value, _)), _) if site.values.text(value).is_some() => rename(site, path, value, form),
            (Some((_, Some(entry))), Some(Segment::Key(_))) => form
                .of(&entry.key)
                .map(|name| Fix { id: RENAME, value: name.clone(), edits: vec![site.rename(entry.key_node, &name)] })
                .into_iter()
                .collect(),
            _ => Vec::new(),
        },
    }
}

fn rename(site: &Site<'_, '_>, path: &[Segment], value: ValueId, form: Form) -> Vec<Fix> {
    let Some(old) = site.values.text(value) else { return Vec::new() };
    let Some(name) = form.of(old) else { return Vec::new() };
    let taken = names_beside(site, path);
    let name = free_name(&name, &taken);
    let Some(mut fix) = fix(RENAME, &name, site.write(value, &Json::from(name.as_str()))) else { return Vec::new() };
    // Mounts speak of a volume by its name, probes of a port.
    if let Some((spec, _)) = split_at(path, "volumes") {
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            let containers = below(spec, [list]);
            for container in site.items(&containers) {
                for mounts in ["volumeMounts", "volumeDevices"] {
                    fix.edits.extend(references(site, *container, mounts, old, &name));
                }
            }
        }
    }
    vec![fix]
}

/// Edits of the names in a list of a container that are `old`.
fn references(site: &Site<'_, '_>, container: ValueId, list: &str, old: &str, new: &str) -> Vec<crate::text::TextEdit> {
    let Some(entry) = site.values.field(container, list) else { return Vec::new() };
    let Value::List(items) = site.values.get(entry.value) else { return Vec::new() };
    let names = items.iter().filter_map(|item| site.values.field(*item, "name"));
    let old_ones = names.filter(|name| site.values.text(name.value) == Some(old));
    old_ones.filter_map(|name| site.write(name.value, &Json::from(new))).collect()
}

/// The path before the field `list`, and the element of it.
pub(super) fn split_at<'p>(path: &'p [Segment], list: &str) -> Option<(&'p [Segment], usize)> {
    let at = path.iter().position(|segment| matches!(segment, Segment::Field(name) if name == list))?;
    match path.get(at + 1) {
        Some(Segment::Index(index)) => Some((path.get(..at)?, *index)),
        _ => None,
    }
}

/// The names of the other elements of the list that `path` leads into; of containers, those of all kinds.
fn names_beside<'s>(site: &Site<'s, '_>, path: &[Segment]) -> Vec<&'s str> {
    let [before @ .., Segment::Field(list), Segment::Index(_), Segment::Field(_)] = path else { return Vec::new() };
    let lists: &[&str] = match list.as_ref() {
        "containers" | "initContainers" => &["containers", "initContainers"],
        other => &[other],
    };
    let mut names = Vec::new();
    for list in lists {
        let path: Vec<Segment> = before.iter().cloned().chain([Segment::Field((*list).to_owned().into())]).collect();
        let elements = site.items(&path).iter();
        names.extend(elements.filter_map(|item| site.values.text(site.values.field(*item, "name")?.value)));
    }
    names
}

/// The second of two that may be one only.
pub(super) fn duplicate(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let path = &found.place().0;
    let taken = || names_beside(site, path);
    let remove_item = |path: &[Segment], index: usize| {
        let (list, _) = site.at(path)?;
        let name = path.last().map(|segment| shown(std::slice::from_ref(segment))).unwrap_or_default();
        fix(REMOVE, &format!("{name}[{index}]"), site.remove_item(list, index))
    };
    match path.as_slice() {
        [list @ .., Segment::Index(index)] => remove_item(list, *index).into_iter().collect(),
        [list @ .., Segment::Index(index), Segment::Field(field)] => {
            let Some((value, Some(entry))) = site.at(path) else { return Vec::new() };
            let earlier = found.related.first().map(|related| related.0.as_slice());
            let same_element = earlier.and_then(|earlier| earlier.get(..earlier.len().saturating_sub(1)));
            let same_element = same_element
                .and_then(|earlier| site.at(earlier))
                .zip(site.at(path.get(..path.len() - 1).unwrap_or_default()));
            let equal = same_element.is_some_and(|((a, _), (b, _))| {
                crate::yaml::to_json(site.values, a) == crate::yaml::to_json(site.values, b)
            });
            let removal = || remove_item(list, *index);
            let renaming = || {
                let name = free_name(site.values.text(value)?, &taken());
                fix(RENAME, &name, site.write(value, &Json::from(name.as_str())))
            };
            let fixes = match (field.as_ref(), equal) {
                (_, true) => [removal(), None],
                ("name", _) => [renaming(), None],
                ("mountPath", _) => [removal(), None],
                _ => [fix(REMOVE, field, site.remove(entry.key_node)), removal()],
            };
            fixes.into_iter().flatten().collect()
        }
        _ => match shown_inside(site.values, site.root, found) {
            Some(Shown::Value(value)) => {
                let list = site.items(path);
                let index = list.iter().rposition(|item| *item == value);
                index.and_then(|index| remove_item(path, index)).into_iter().collect()
            }
            _ => Vec::new(),
        },
    }
}

/// One of the values that the message lists.
pub(super) fn one_of(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let Some((_, list)) = found.message.split_once("values: ") else { return Vec::new() };
    let known: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    let path = &found.place().0;
    let at = site.at(path);
    let written = at.and_then(|(value, _)| match site.values.get(value) {
        Value::Scalar(Scalar::Str(text)) => Some(text.to_string()),
        _ => None,
    });
    let name = path.last().map(|segment| shown(std::slice::from_ref(segment))).unwrap_or_default();
    let set = |value: &&str| match at.filter(|(value, _)| !site.values.is_null(*value)) {
        Some((id, _)) => fix(WRITE, value, site.write(id, &Json::from(*value))),
        None => fix(super::ADD, &format!("{name}: {value}"), site.put(path, &Json::from(*value), false)),
    };
    let same = known.iter().find(|value| written.as_deref().is_some_and(|text| squeezed(text) == squeezed(value)));
    let near = same.copied().or_else(|| nearest(written.as_deref()?, known.iter().copied()));
    match near {
        Some(value) => set(&value).into_iter().collect(),
        None if known.len() <= 3 => {
            // HTTP, and nearly all else that is meant, runs over TCP.
            let (usual, others): (Vec<&str>, Vec<&str>) = known.iter().partition(|value| **value == "TCP");
            usual.iter().chain(&others).filter_map(set).collect()
        }
        None => Vec::new(),
    }
}

/// Only the letters and digits, small: `if-not-present` is `IfNotPresent`.
fn squeezed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
