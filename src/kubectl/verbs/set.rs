//! `kubectl set image` and `kubectl rollout restart`: changes of a Pod's spec or template.

use serde_json::{Value, json};

use super::super::args::Args;
use super::super::merge::{self, Patch};
use super::super::{Failure, Output, resource};
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster};

/// Where the Pod's spec lies in an object of `kind`, as a JSON pointer.
fn pod_spec(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Pod => Some("/spec"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template/spec"),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet | Kind::Job => {
            Some("/spec/template/spec")
        }
        _ => None,
    }
}

/// `set image TYPE/NAME container=image…`, `*` standing for every container (kubectl: cmd/set/set_image.go).
pub(super) fn image(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    let (keys, settings) = resource::keys(cluster, args, args.words.get(2..).unwrap_or_default())?;
    let settings: Vec<(&str, &str)> = settings.iter().filter_map(|setting| setting.split_once('=')).collect();
    if settings.is_empty() {
        return Err(Failure::usage("at least one image update is required"));
    }
    let mut output = Output::default();
    for key in keys {
        let live = resource::live(cluster, &key)?;
        let mut value = live.to_json();
        let spec = pod_spec(key.kind).and_then(|place| value.pointer_mut(place));
        let Some(Value::Object(spec)) = spec else {
            return Err(Failure::usage(format!("the {} does not have a Pod spec", resource::label(&key))));
        };
        for (name, image) in &settings {
            let mut found = false;
            for list in ["initContainers", "containers"] {
                for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                    if *name == "*" || container.get("name").and_then(Value::as_str) == Some(name) {
                        merge::apply(container, &json!({"image": image}), Patch::Merge);
                        found = true;
                    }
                }
            }
            if !found {
                return Err(Failure::usage(format!("unable to find container named \"{name}\"")));
            }
        }
        let object = Object::from_json(key.kind, value).map_err(Failure::usage)?;
        if object == live {
            continue;
        }
        cluster.act(Action::Update(object))?;
        output = output.then(Output::line(format!("{} image updated", resource::label(&key))));
    }
    Ok(output)
}

/// `rollout restart TYPE/NAME`: an annotation with the present instant makes the template another one.
pub(super) fn restart(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    let (keys, _) = resource::keys(cluster, args, args.words.get(2..).unwrap_or_default())?;
    let now = cluster.now().to_timestamp(cluster.config().epoch);
    let now = format!("{now:.0}");
    let mut output = Output::default();
    for key in keys {
        if !matches!(key.kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet) {
            return Err(Failure::usage(format!("{} restarting is not supported", resource::label(&key))));
        }
        let mut value = resource::live(cluster, &key)?.to_json();
        let annotation = json!({"kubectl.kubernetes.io/restartedAt": now});
        let patch = json!({"spec": {"template": {"metadata": {"annotations": annotation}}}});
        merge::apply(&mut value, &patch, Patch::Merge);
        cluster.act(Action::Update(Object::from_json(key.kind, value).map_err(Failure::usage)?))?;
        output = output.then(Output::line(format!("{} restarted", resource::label(&key))));
    }
    Ok(output)
}
