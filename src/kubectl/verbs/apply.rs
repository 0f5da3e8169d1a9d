//! `kubectl apply` and `kubectl replace`.

use super::super::args::Args;
use super::super::merge::{self, Patch};
use super::super::{Failure, Output, manifest, resource};
use super::Read;
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster, ObjectKey};

/// `apply -f FILE`: creates what is not there, and merges the manifest into what is.
pub(super) fn apply(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    each(cluster, args, read, |cluster, object, key| {
        let Some(live) = cluster.store().get(key).cloned() else {
            cluster.act(Action::Create(object))?;
            return Ok("created");
        };
        let mut merged = live.to_json();
        merge::apply(&mut merged, &object.to_json(), Patch::Strategic);
        let merged = Object::from_json(key.kind, merged).map_err(Failure::usage)?;
        if merged == live {
            return Ok("unchanged");
        }
        cluster.act(Action::Update(merged))?;
        Ok("configured")
    })
}

/// `replace -f FILE`: puts the manifest in place of what is there.
pub(super) fn replace(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    each(cluster, args, read, |cluster, object, key| {
        resource::live(cluster, key)?;
        cluster.act(Action::Update(object))?;
        Ok("replaced")
    })
}

fn each(
    cluster: &mut Cluster,
    args: &Args,
    read: Read,
    mut what: impl FnMut(&mut Cluster, Object, &ObjectKey) -> Result<&'static str, Failure>,
) -> Result<Output, Failure> {
    let mut output = Output::default();
    for text in super::files(args, read)? {
        for mut object in manifest::read_objects(&text).map_err(Failure::usage)? {
            if object.metadata().namespace.is_none() && object.kind().is_some_and(Kind::namespaced) {
                object.metadata_mut().namespace = Some(args.namespace().to_owned());
            }
            let Some(key) = ObjectKey::of(&object) else { continue };
            let done =
                what(cluster, object, &key).map(|word| Output::line(format!("{} {word}", resource::label(&key))));
            output = output.then(done.unwrap_or_else(Output::from));
        }
    }
    Ok(output)
}
