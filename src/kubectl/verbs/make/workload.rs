//! `kubectl create deployment`, `job` and `cronjob` (kubectl: cmd/create/create_deployment.go, create_job.go,
//! create_cronjob.go).

use serde_json::{Value, json};

use super::{made, of};
use crate::api::{Kind, View};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::wire::compact;
use crate::kubectl::{Failure, Output, made, resource};

/// The name a container gets from its image: the last part of its path. What is no DNS label is made one, with letters
/// drawn by lot, for two images could come to have one name then.
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let bare = last.split([':', '@']).next().unwrap_or(last);
    if bare.contains(['_', '.']) {
        return format!("{}-{}", bare.replace(['_', '.'], "-"), made::suffix(image));
    }
    bare.to_owned()
}

fn command(args: &Args) -> Option<Vec<String>> {
    args.tail.clone().filter(|tail| !tail.is_empty())
}

pub(super) fn deployment(args: &Args, name: &str) -> Result<Value, Failure> {
    let images: Vec<&str> =
        args.all("image").flat_map(|images| images.split(',')).filter(|it| !it.is_empty()).collect();
    let command = command(args);
    if images.len() > 1 && command.is_some() {
        return Err(Failure::usage("cannot specify multiple --image options and command"));
    }
    let port = args.number("port")?.filter(|port| *port >= 0);
    let containers: Vec<Value> = images
        .iter()
        .enumerate()
        .map(|(i, image)| {
            // The first one is the one that is meant (kubectl: cmd/create/create_deployment.go).
            let ports = port.filter(|_| i == 0).map(|port| json!([{"containerPort": port}]));
            compact(vec![
                ("name", json!(container_name(image))),
                ("image", json!(image)),
                ("command", command.clone().map_or(Value::Null, |command| json!(command))),
                ("ports", ports.unwrap_or_default()),
                ("resources", json!({})),
            ])
        })
        .collect();
    let labels = json!({"app": name});
    let spec = json!({
        "replicas": args.number("replicas")?.unwrap_or(1),
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    });
    Ok(json!({"metadata": {"name": name, "labels": labels}, "spec": spec}))
}

fn pod_template(args: &Args, name: &str, restart: &str) -> Value {
    let container = compact(vec![
        ("name", json!(name)),
        ("image", json!(args.get("image"))),
        ("command", command(args).map_or(Value::Null, |command| json!(command))),
        ("resources", json!({})),
    ]);
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": args.get("restart").unwrap_or(restart)}})
}

pub(super) fn cron_job(args: &Args, name: &str) -> Value {
    let metadata = json!({"name": name});
    let job = json!({"metadata": metadata, "spec": {"template": pod_template(args, name, "OnFailure")}});
    json!({"metadata": metadata, "spec": {"schedule": args.get("schedule"), "jobTemplate": job}})
}

pub(super) fn job(cluster: &mut Cluster, args: &Args, name: &str) -> Result<Output, Failure> {
    let metadata = json!({"name": name});
    if args.get("image").is_some() == args.get("from").is_some() {
        return Err(Failure::usage("either --image or --from must be specified"));
    }
    let Some(from) = args.get("from") else {
        let value = json!({"metadata": metadata, "spec": {"template": pod_template(args, name, "Never")}});
        return made(cluster, args, of("jobs")?, value, true);
    };
    if command(args).is_some() {
        return Err(Failure::usage("cannot specify --from and command"));
    }
    let Some((kind, cron)) = from.split_once('/') else {
        of(from)?;
        return Err(Failure::usage("resource(s) were provided, but no name was specified"));
    };
    let of_cron = of(kind)?;
    if of_cron.known() != Some(Kind::CronJob) {
        resource::live(cluster, of_cron, args.namespace(), cron)?;
        let version = of_cron.api_version.rsplit('/').next().unwrap_or_default();
        return Err(Failure::usage(format!("unknown object type *{version}.{}", of_cron.kind)));
    }
    let cron = resource::live(cluster, of_cron, args.namespace(), cron)?;
    let value = cron.to_json();
    let view = View::new(&value);
    let uid = view.at("metadata.uid").0.cloned().unwrap_or_default();
    let template = |part: &str| view.at("spec.jobTemplate.metadata").at(part).0.cloned();
    let mut annotations = template("annotations").filter(Value::is_object).unwrap_or_else(|| json!({}));
    annotations["cronjob.kubernetes.io/instantiate"] = json!("manual");
    let mut job = json!({
        "metadata": {
            "name": name,
            "annotations": annotations,
            "ownerReferences": [{
                "apiVersion": "batch/v1", "kind": "CronJob", "name": cron.name(), "uid": uid, "controller": true,
            }],
        },
        "spec": view.at("spec.jobTemplate.spec").0,
    });
    if let Some(labels) = template("labels") {
        job["metadata"]["labels"] = labels;
    }
    made(cluster, args, of("jobs")?, job, true)
}
