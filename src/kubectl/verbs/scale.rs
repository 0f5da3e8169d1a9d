//! `kubectl scale`.

use serde_json::json;

use super::super::args::Args;
use super::super::merge::{self, Patch};
use super::super::{Failure, Output, resource};
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster};

/// `scale TYPE/NAME --replicas=N`.
pub(super) fn scale(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    let replicas = args.number("replicas")?;
    let replicas = replicas.filter(|&replicas| replicas >= 0).ok_or_else(|| {
        Failure::usage("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    })?;
    let (keys, _) = resource::keys(cluster, args, args.words.get(1..).unwrap_or_default())?;
    let mut output = Output::default();
    for key in keys {
        let live = resource::live(cluster, &key)?;
        if !matches!(key.kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet) {
            return Err(Failure(
                "Error from server (NotFound): the server could not find the requested resource".into(),
            ));
        }
        let mut value = live.to_json();
        merge::apply(&mut value, &json!({"spec": {"replicas": replicas}}), Patch::Merge);
        cluster.act(Action::Update(Object::from_json(key.kind, value).map_err(Failure::usage)?))?;
        output = output.then(Output::line(format!("{} scaled", resource::label(&key))));
    }
    Ok(output)
}
