//! `kubectl label`, `kubectl annotate`, `kubectl cordon`.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::args::Args;
use super::super::{Failure, Output, resource};
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster, ObjectKey};

/// `label TYPE NAME key=value… key-…`.
pub(super) fn label(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    change(cluster, args, "labeled", |object| object.metadata_mut().labels.get_or_insert_default())
}

/// `annotate TYPE NAME key=value… key-…`.
pub(super) fn annotate(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    change(cluster, args, "annotated", |object| object.metadata_mut().annotations.get_or_insert_default())
}

fn change(
    cluster: &mut Cluster,
    args: &Args,
    done: &str,
    entries: fn(&mut Object) -> &mut BTreeMap<String, String>,
) -> Result<Output, Failure> {
    let (keys, settings) = resource::keys(cluster, args, args.words.get(1..).unwrap_or_default())?;
    let what = if done == "labeled" { "label" } else { "annotation" };
    if settings.is_empty() {
        return Err(Failure::usage(format!("at least one {what} update is required")));
    }
    let mut output = Output::default();
    for key in keys {
        let live = resource::live(cluster, &key)?;
        let mut object = live.clone();
        let map = entries(&mut object);
        let mut removed = false;
        for setting in &settings {
            if let Some((name, value)) = setting.split_once('=') {
                match map.get(name) {
                    Some(old) if old != value && !args.on("overwrite") => {
                        return Err(Failure::usage(format!(
                            "'{name}' already has a value ({old}), and --overwrite is false"
                        )));
                    }
                    _ => map.insert(name.to_owned(), value.to_owned()),
                };
            } else if let Some(name) = setting.strip_suffix('-') {
                removed |= map.remove(name).is_some();
            }
        }
        let word = match () {
            () if object == live => format!("not {done}"),
            () if removed && done == "labeled" => "unlabeled".to_owned(),
            () => done.to_owned(),
        };
        if object != live {
            cluster.act(Action::Update(object))?;
        }
        output = output.then(Output::line(format!("{} {word}", resource::label(&key))));
    }
    Ok(output)
}

/// `cordon NODE…` and `uncordon NODE…`.
pub(super) fn cordon(cluster: &mut Cluster, args: &Args, cordoned: bool) -> Result<Output, Failure> {
    let mut output = Output::default();
    for name in args.words.iter().skip(1) {
        let key = ObjectKey::new(Kind::Node, "", name.strip_prefix("node/").unwrap_or(name));
        let word = if cordoned { "cordoned" } else { "uncordoned" };
        let Object::Node(mut node) = resource::live(cluster, &key)? else { continue };
        let spec = Rc::make_mut(&mut node).spec.get_or_insert_default();
        let already = spec.unschedulable.unwrap_or_default() == cordoned;
        if !already {
            spec.unschedulable = cordoned.then_some(true);
            cluster.act(Action::Update(Object::Node(node)))?;
        }
        let word = if already { format!("already {word}") } else { word.to_owned() };
        output = output.then(Output::line(format!("{} {word}", resource::label(&key))));
    }
    Ok(output)
}
