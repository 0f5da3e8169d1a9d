//! Mends of what does not fit together in a Pod and in what makes Pods: mounts and volumes, selectors and labels,
//! requests and limits, init containers.

use serde_json::Value as Json;

use super::render::object;
use super::site::{Site, below, shown};
use super::words::nearest;
use super::{
    ADD, ADD_VOLUME, Fix, LABELS, LOWER_REQUEST, RAISE_LIMIT, REMOVE, RENAME, SELECT, SIDECAR, fix, names::split_at,
};
use crate::api::Segment;
use crate::manifest::FieldError;
use crate::text::TextEdit;
use crate::yaml::{Entry, ValueId};

/// The path of the Pod's spec in which the container of `path` stands.
fn spec_of(path: &[Segment]) -> Option<&[Segment]> {
    ["containers", "initContainers", "ephemeralContainers"].iter().find_map(|list| Some(split_at(path, list)?.0))
}

fn volumes<'s>(site: &Site<'s, '_>, spec: &[Segment]) -> Vec<&'s str> {
    let items = site.items(&below(spec, ["volumes"])).iter();
    items.filter_map(|item| site.values.text(site.values.field(*item, "name")?.value)).collect()
}

/// The Pod's volume, where it has just one.
pub(super) fn only_volume<'s>(site: &Site<'s, '_>, mount: &[Segment]) -> Option<&'s str> {
    match volumes(site, spec_of(mount)?).as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// A mount without a volume: the volume with nearly this name, or a new one.
pub(super) fn no_such_volume(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let path = &found.place().0;
    let (Some(spec), Some((value, _))) = (spec_of(path), site.at(path)) else { return Vec::new() };
    let Some(name) = site.values.text(value).filter(|name| !name.is_empty()) else { return Vec::new() };
    let near = nearest(name, volumes(site, spec).into_iter().filter(|volume| *volume != name));
    let renamed = near.and_then(|near| fix(RENAME, near, site.write(value, &Json::from(near))));
    let volume = object([("name", Json::from(name)), ("emptyDir", object([]))]);
    let list = below(spec, ["volumes"]);
    let count = site.items(&list).len();
    let at: Vec<Segment> = list.into_iter().chain([Segment::Index(count)]).collect();
    let added = fix(ADD_VOLUME, name, site.put(&at, &volume, false));
    let added = added.filter(|_| found.code == "mount/name");
    renamed.into_iter().chain(added).collect()
}

/// A request above its limit: the limit goes up, or the request down.
pub(super) fn request_above_limit(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let Some(limit) = found.related.first() else { return Vec::new() };
    let (Some((request, _)), Some((limit, _))) = (site.at(&found.place().0), site.at(&limit.0)) else {
        return Vec::new();
    };
    let written = |value: ValueId| site.slice(site.tree.node(site.values.node(value)).span).to_owned();
    let copy = |id, from: ValueId, to: ValueId| {
        let text = written(from);
        let span = site.tree.node(site.values.node(to)).span;
        Fix { id, value: text.trim_matches(['"', '\'']).to_owned(), edits: vec![TextEdit::replace(span, text)] }
    };
    vec![copy(RAISE_LIMIT, request, limit), copy(LOWER_REQUEST, limit, request)]
}

/// Only sidecars have probes and hooks: the init container becomes one, or loses them.
pub(super) fn only_for_sidecars(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let path = &found.place().0;
    let Some((container, entry)) = path.split_last().and_then(|(_, it)| Some((it, site.at(path)?.1?))) else {
        return Vec::new();
    };
    let always = site.put(&below(container, ["restartPolicy"]), &Json::from("Always"), false);
    let sidecar = fix(SIDECAR, "", always);
    let removed = fix(REMOVE, &entry.key, site.remove(entry.key_node));
    sidecar.into_iter().chain(removed).collect()
}

/// A variable that a later one hides goes.
pub(super) fn hidden_variable(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let Some((Segment::Index(index), list)) = found.related.first().and_then(|first| first.0.split_last()) else {
        return Vec::new();
    };
    let edit = site.at(list).and_then(|(list, _)| site.remove_item(list, *index));
    fix(REMOVE, &shown(&found.related.first().map(|path| path.0.clone()).unwrap_or_default()), edit)
        .into_iter()
        .collect()
}

fn text_of<'s>(site: &Site<'s, '_>, entry: &Entry<'_>) -> Option<&'s str> {
    site.values.text(entry.value)
}

/// A selector that selects the Pods of the template, which gets labels if it has none.
pub(super) fn missing_selector(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let at_selector = &found.place().0;
    let spec = at_selector.get(..at_selector.len().saturating_sub(1)).unwrap_or_default();
    let at_labels = below(spec, ["template", "metadata", "labels"]);
    let labels: Option<serde_json::Map<String, Json>> = site
        .entries(&at_labels)
        .iter()
        .map(|entry| Some((entry.key.to_string(), Json::from(text_of(site, entry)?))))
        .collect();
    let Some(mut labels) = labels else { return Vec::new() };
    let mut edits = Vec::new();
    if labels.is_empty() {
        let name = site.text_at(&below(&[], ["metadata", "name"])).unwrap_or("app");
        labels.insert("app".to_owned(), Json::from(name));
        edits.extend(site.put(&at_labels, &Json::Object(labels.clone()), true));
    }
    let at = below(at_selector, ["matchLabels"]);
    let Some(edit) = site.put(&at, &Json::Object(labels), true) else { return Vec::new() };
    edits.push(edit);
    vec![Fix { id: ADD, value: "selector".to_owned(), edits }]
}

/// A selector that does not fit the template's labels: the labels follow it, or it follows them.
pub(super) fn selector_mismatch(site: &Site<'_, '_>, found: &FieldError) -> Vec<Fix> {
    let at_labels = &found.place().0;
    let Some(at_selector) = found.related.first() else { return Vec::new() };
    let wanted = site.entries(&below(&at_selector.0, ["matchLabels"]));
    let own = site.entries(at_labels);
    // Nobody writes so many by hand.
    if wanted.len().saturating_mul(own.len()) > 10_000 {
        return Vec::new();
    }
    let mut fixes = Vec::new();
    let differs = |entry: &&Entry<'_>| {
        let label = own.iter().find(|label| label.key == entry.key);
        label.and_then(|label| text_of(site, label)) != text_of(site, entry)
    };
    let missing: Vec<&Entry<'_>> = wanted.iter().filter(differs).collect();
    let edits: Option<Vec<TextEdit>> = match own.is_empty() {
        // All at once, for they have no place of their own yet.
        true => {
            let all = missing.iter().map(|entry| Some((entry.key.to_string(), Json::from(text_of(site, entry)?))));
            let all: Option<serde_json::Map<String, Json>> = all.collect();
            all.and_then(|all| site.put(at_labels, &Json::Object(all), true)).map(|edit| vec![edit])
        }
        false => missing
            .iter()
            .map(|entry| {
                let path: Vec<Segment> =
                    at_labels.iter().cloned().chain([Segment::Key(entry.key.to_string())]).collect();
                site.put(&path, &Json::from(text_of(site, entry)?), false)
            })
            .collect(),
    };
    if let Some(edits) = edits.filter(|edits| !edits.is_empty()) {
        fixes.push(Fix { id: LABELS, value: String::new(), edits });
    }
    let followed: Option<Vec<TextEdit>> = missing
        .iter()
        .map(|entry| match own.iter().find(|label| label.key == entry.key) {
            Some(label) => site.write(entry.value, &Json::from(text_of(site, label)?)),
            // Of the labels that the selector does not know one takes the place of what no Pod has.
            None => {
                let spare = own.iter().find(|label| wanted.iter().all(|it| it.key != label.key))?;
                let key = site.rename(entry.key_node, &spare.key);
                let value = site.write(entry.value, &Json::from(text_of(site, spare)?))?;
                let span = crate::text::Span::new(key.span.start, value.span.end);
                let between = site.slice(crate::text::Span::new(key.span.end, value.span.start));
                Some(TextEdit::replace(span, format!("{}{between}{}", key.replacement, value.replacement)))
            }
        })
        .collect();
    if let Some(edits) = followed.filter(|edits| !edits.is_empty()) {
        fixes.push(Fix { id: SELECT, value: String::new(), edits });
    }
    fixes
}
