//! `kubectl create`.

use serde_json::{Map, Value, json};

use super::super::args::Args;
use super::super::{Failure, Output, resource};
use super::Read;
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster, ObjectKey};
use crate::manifest::Verb;

/// `create -f FILE`: each object; those that are refused do not stop the others.
pub(super) fn create(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    super::apply::send(cluster, args, read, Verb::Create)
}

fn one(cluster: &mut Cluster, args: &Args, mut object: Object) -> Result<Output, Failure> {
    if object.metadata().namespace.is_none() && object.kind().is_some_and(Kind::namespaced) {
        object.metadata_mut().namespace = Some(args.namespace().to_owned());
    }
    let created = cluster.act(Action::Create(object))?;
    let key = created.as_ref().and_then(ObjectKey::of);
    Ok(key.map_or_else(Output::default, |key| Output::line(format!("{} created", resource::label(&key)))))
}

fn literals(args: &Args) -> Result<Map<String, Value>, Failure> {
    let pair = |text: &str| {
        let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
        let (key, value) =
            pair.ok_or_else(|| Failure::usage(format!("invalid literal source {text}, expected key=value")))?;
        Ok((key.to_owned(), Value::String(value.to_owned())))
    };
    args.all("from-literal").map(pair).collect()
}

fn made(cluster: &mut Cluster, args: &Args, kind: Kind, value: Value) -> Result<Output, Failure> {
    let object = Object::from_json(kind, value).map_err(Failure::usage)?;
    one(cluster, args, object)
}

/// `create configmap NAME --from-literal=k=v`.
pub(super) fn config_map(cluster: &mut Cluster, args: &Args, name: &str) -> Result<Output, Failure> {
    let data = literals(args)?;
    made(cluster, args, Kind::ConfigMap, json!({"metadata": {"name": name}, "data": data}))
}

/// `create secret generic NAME --from-literal=k=v`.
pub(super) fn secret(cluster: &mut Cluster, args: &Args, name: &str) -> Result<Output, Failure> {
    let data = literals(args)?;
    made(cluster, args, Kind::Secret, json!({"metadata": {"name": name}, "type": "Opaque", "stringData": data}))
}
