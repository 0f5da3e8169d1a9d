//! `kubectl label` and `kubectl annotate` (kubectl: cmd/label/label.go, cmd/annotate/annotate.go).

use serde_json::json;

use super::{Read, submit};
use crate::api::{Object, labels};
use crate::cluster::{Cluster, ObjectKey};
use crate::kubectl::args::Args;
use crate::kubectl::resource;
use crate::kubectl::{Failure, Output};

/// One change: a key and its new value, or none where it goes.
type Change = (String, Option<String>);

/// `label TYPE NAME key=value… key-…` and `annotate …`.
pub(super) fn change(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let of_labels = args.command == "label";
    let what = if of_labels { "label" } else { "annotation" };
    let (names, settings) = resource::split_settings(args.arguments());
    let changes = changes(settings, of_labels)?;
    let list = args.on("list");
    if changes.is_empty() && !list && (!names.is_empty() || args.get("filename").is_some()) {
        return Err(Failure::usage(format!("at least one {what} update is required")));
    }
    if args.on("all") && args.get("selector").is_some_and(|text| !text.is_empty()) {
        return Err(Failure::usage("cannot set --all and --selector at the same time"));
    }
    if args.on("local") {
        return in_files(args, read, &changes, of_labels);
    }
    let found = match args.get("filename") {
        Some(_) => super::named_in_files(cluster, args, names, read)?,
        None if names.is_empty() => {
            return Err(Failure::usage(
                "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            ));
        }
        None => resource::to_change(cluster, args, names)?,
    };
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    let alone = found.named && found.asked == 1;
    if args.get("resource-version").is_some() && !alone {
        return Err(Failure::usage("--resource-version may only be used with a single resource"));
    }
    let output = submit::each(&objects, |object| match list {
        true => {
            let told =
                if changes.is_empty() { Output::default() } else { one(cluster, args, object, &changes, of_labels)? };
            let key = ObjectKey::of(object);
            let live = key.and_then(|key| cluster.store().get(&key)).unwrap_or(object);
            Ok(Output { stdout: String::new(), ..told }.then(listed(live, of_labels, alone)))
        }
        false => one(cluster, args, object, &changes, of_labels),
    });
    Ok(output.with_missing(&found.missing))
}

fn changes(settings: &[String], of_labels: bool) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    for setting in settings {
        if !resource::is_setting(setting) {
            let what = if of_labels { "label" } else { "annotation" };
            return Err(Failure::usage(format!("all resources must be specified before {what} changes: {setting}")));
        }
        if let Some((key, value)) = setting.split_once('=') {
            if of_labels && value.contains('=') {
                return Err(Failure::usage(format!("invalid label spec: {setting}")));
            }
            if of_labels && !labels::is_value(value) {
                return Err(Failure::usage(format!(
                    "invalid label value: {setting:?}: a valid label must be an empty string or consist of \
                     alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character \
                     (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
                     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                )));
            }
            changes.push((key.to_owned(), Some(value.to_owned())));
        } else if let Some(key) = setting.strip_suffix('-') {
            changes.push((key.to_owned(), None));
        }
    }
    for (key, value) in &changes {
        if value.is_some() && changes.contains(&(key.clone(), None)) {
            return Err(Failure::usage(match of_labels {
                true => "can not both modify and remove a label in the same command".to_owned(),
                false => {
                    format!("can not both modify and remove the following annotation(s) in the same command: {key}")
                }
            }));
        }
    }
    Ok(changes)
}

fn listed(object: &Object, of_labels: bool, alone: bool) -> Output {
    let metadata = object.metadata();
    let (map, what) = match of_labels {
        true => (&metadata.labels, "labels"),
        false => (&metadata.annotations, "annotations"),
    };
    let mut text = String::new();
    if !alone {
        let (kind, group) = object.kind().map_or(("", ""), |kind| (kind.name(), kind.group()));
        text = format!("Listing {what} for {kind}.{group}/{}:\n", object.name());
    }
    let indent = if alone { "" } else { " " };
    text.extend(map.iter().flatten().map(|(key, value)| format!("{indent}{key}={value}\n")));
    Output::text(text)
}

/// `--local`: the objects as the files have them, whatever the server holds.
fn in_files(args: &Args, read: Read, changes: &[Change], of_labels: bool) -> Result<Output, Failure> {
    let (field, word) = if of_labels { ("labels", "labeled") } else { ("annotations", "annotated") };
    submit::in_files(args, read, word, |value| {
        let map = &mut value["metadata"][field];
        if !map.is_object() {
            *map = json!({});
        }
        for (key, new) in changes {
            match (new, map.as_object_mut()) {
                (Some(new), _) => map[key] = json!(new),
                (None, Some(entries)) => _ = entries.remove(key),
                (None, None) => {}
            }
        }
        Ok(())
    })
}

fn one(
    cluster: &mut Cluster,
    args: &Args,
    live: &Object,
    changes: &[Change],
    of_labels: bool,
) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    let mut object = live.clone();
    let metadata = object.metadata_mut();
    let map = if of_labels { &mut metadata.labels } else { &mut metadata.annotations };
    let entries = map.get_or_insert_default();
    if !args.on("overwrite") {
        taken(entries, changes, of_labels)?;
    }
    let mut output = Output::default();
    let (mut set, mut removed) = (false, false);
    for (key, value) in changes {
        match value {
            Some(value) => set |= entries.insert(key.clone(), value.clone()).as_ref() != Some(value),
            None => {
                let was = entries.remove(key).is_some();
                if !was && of_labels {
                    output = output.then(Output::line(format!("label {key:?} not found.")));
                }
                removed |= was;
            }
        }
    }
    if entries.is_empty() {
        *map = None;
    }
    submit::record(args, &mut object);
    let word = match () {
        () if !of_labels => "annotated",
        () if object == *live => "not labeled",
        () if removed && set => "modified",
        () if removed => "unlabeled",
        () => "labeled",
    };
    let asked = args.get("resource-version").filter(|version| !version.is_empty());
    let stored = match asked {
        // What changes no label is not sent.
        _ if of_labels && object == *live => object,
        Some(version) if object.metadata().resource_version.as_deref() != Some(version) => {
            return Err(submit::conflict(live).into());
        }
        _ if object == *live => object,
        _ => submit::put(cluster, dry, object)?,
    };
    Ok(output.then(submit::said(args, dry, &stored, word)?))
}

/// What is there already is not changed unless that is asked for.
fn taken(entries: &labels::Labels, changes: &[Change], of_labels: bool) -> Result<(), Failure> {
    let mut texts = Vec::new();
    for (key, value) in changes {
        match (entries.get(key), value) {
            (Some(old), Some(new)) if old != new => {
                texts.push(format!("'{key}' already has a value ({old})"));
            }
            _ => {}
        }
    }
    match (texts.first(), of_labels) {
        (None, _) => Ok(()),
        (Some(first), true) => Err(Failure::usage(format!("{first}, and --overwrite is false"))),
        (Some(_), false) => Err(Failure::usage(format!(
            "--overwrite is false but found the following declared annotation(s): {}",
            texts.join("; ")
        ))),
    }
}
