//! `kubectl run` (kubectl: cmd/run/run.go).

use serde_json::{Map, Value, json};

use super::{labels, made};
use crate::api::{Object, image};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::merge::{self, Patch};
use crate::kubectl::verbs::container as flags;
use crate::kubectl::verbs::exec;
use crate::kubectl::verbs::shell::Origin;
use crate::kubectl::verbs::submit::{self, Dry};
use crate::kubectl::wire::compact;
use crate::kubectl::{Failure, Output, resource, resources};
use crate::manifest::update::json_patch;

/// `run NAME --image=IMAGE`.
pub(in crate::kubectl::verbs) fn run(cluster: &mut Cluster, args: &Args, interactive: bool) -> Result<Output, Failure> {
    let Some(name) = args.arguments().first() else {
        return Err(args.misuse("NAME is required for run"));
    };
    let image_name = args.get("image").unwrap_or_default();
    let port = check(args, image_name)?;
    let restart = args.get("restart").unwrap_or("Always");
    let attached = args.on("attach") || args.on("stdin") || args.on("tty");
    let object = resources::find("pods")?;
    let given = labels(args, "labels")?;
    let labels = if given.is_empty() { json!({"run": name}) } else { Value::Object(given) };
    let mut rest: Vec<String> = args.arguments().get(1..).unwrap_or_default().to_vec();
    rest.extend(args.tail.clone().unwrap_or_default());
    let words = if rest.is_empty() { Value::Null } else { json!(rest) };
    let container = compact(vec![
        ("name", json!(name)),
        ("image", json!(image_name)),
        ("imagePullPolicy", flags::pull_policy(args)),
        (if args.on("command") { "command" } else { "args" }, words),
        ("env", flags::env(args)),
        ("ports", port.map_or(Value::Null, |port| json!([{"containerPort": port}]))),
        ("resources", json!({})),
        ("stdin", flags::on(args, "stdin")),
        ("stdinOnce", flags::on(args, "stdin")),
        ("tty", flags::on(args, "tty")),
        ("securityContext", if args.on("privileged") { json!({"privileged": true}) } else { Value::Null }),
    ]);
    let annotations = annotations(args)?;
    let metadata = compact(vec![("name", json!(name)), ("labels", labels.clone()), ("annotations", annotations)]);
    let mut pod = json!({
        "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
    });
    overridden(args, &mut pod)?;
    let mut output = made(cluster, args, object, pod, false)?;
    if args.on("expose") {
        let spec = json!({"ports": [{"port": port, "protocol": "TCP", "targetPort": port}], "selector": labels});
        let value = json!({"metadata": {"name": name}, "spec": spec});
        let service = made(cluster, args, resources::find("services")?, value, false)?;
        // A printer of YAML begins every document after its first with a line.
        if args.get("output") == Some("yaml") {
            output.stdout.push_str("---\n");
        }
        output = output.then(service);
    }
    let pod = resource::live(cluster, object, args.namespace(), name).ok();
    let Some(pod) = pod.as_ref().and_then(Object::as_pod).filter(|_| attached) else { return Ok(output) };
    let origin = Origin::Attach { ephemeral: false, remove: args.on("rm") };
    // What is attached says nothing of its creation.
    output.stdout.clear();
    Ok(output.then(exec::followed(cluster, args, pod, (name, interactive), origin)))
}

/// What `--overrides` puts over an object (kubectl: cmd/util/override_options.go).
pub(super) fn overridden(args: &Args, value: &mut Value) -> Result<(), Failure> {
    let Some(overrides) = args.get("overrides").filter(|text| !text.is_empty()) else { return Ok(()) };
    let patch: Value = serde_json::from_str(overrides).map_err(|_| Failure::usage("Invalid JSON Patch"))?;
    match args.get("override-type").unwrap_or("merge") {
        "strategic" => merge::apply(value, &patch, Patch::Strategic),
        "json" => {
            *value = json_patch(value, &patch).map_err(|_| Failure::usage("Invalid JSON Patch"))?;
        }
        "merge" => merge::apply(value, &patch, Patch::Merge),
        odd => return Err(Failure::usage(format!("invalid override type: {odd}"))),
    }
    Ok(())
}

/// What is wrong with the flags; the port, where one is given.
fn check(args: &Args, image_name: &str) -> Result<Option<i64>, Failure> {
    if image_name.is_empty() {
        return Err(Failure::usage("--image is required"));
    }
    if !image::is_valid(image_name) {
        return Err(Failure::usage(format!("invalid image name {image_name:?}: invalid reference format")));
    }
    let restart = args.get("restart").unwrap_or("Always");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(Failure::usage(format!(
            "invalid restart policy: {restart}, valid values are: Always, OnFailure, Never"
        )));
    }
    if let Some(odd) = args
        .get("cascade")
        .filter(|it| !matches!(*it, "background" | "foreground" | "orphan" | "true" | "false" | "unchanged"))
    {
        return Err(Failure::usage(format!(
            "invalid cascade value ({odd}). Must be \"background\", \"foreground\", or \"orphan\""
        )));
    }
    if args.on("tty") && !args.on("stdin") {
        return Err(Failure::usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    let attached = args.on("attach") || args.on("stdin");
    if attached && submit::dry_run(args)? != Dry::No {
        return Err(Failure::usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    if args.on("rm") && !attached {
        return Err(Failure::usage("--rm should only be used for attached containers"));
    }
    if args.on("expose") && args.get("port").is_none() {
        return Err(Failure::usage("--port must be set when exposing a service"));
    }
    let policy = args.get("image-pull-policy").unwrap_or("Always");
    if !matches!(policy, "Always" | "IfNotPresent" | "Never") {
        return Err(Failure::usage(format!(
            "invalid image pull policy: {policy}, valid values are: Always, IfNotPresent, Never"
        )));
    }
    let port = args.get("port").filter(|port| !port.is_empty());
    let port =
        port.map(|port| port.parse::<i64>().map_err(|_| Failure::usage("--port must be a number"))).transpose()?;
    // Names of variables are not what the server takes for them (kubectl: cmd/run/run.go parseEnvs).
    let wrong = |pair: &&str| pair.split_once('=').is_none_or(|(name, _)| !super::data::is_variable(name));
    match args.all("env").find(wrong) {
        Some(odd) => Err(Failure::usage(format!("invalid env: {odd}"))),
        None => Ok(port),
    }
}

fn annotations(args: &Args) -> Result<Value, Failure> {
    let mut annotations = Map::new();
    for pair in args.all("annotations") {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Failure::usage(format!("invalid annotations format: {pair}")))?;
        annotations.insert(key.to_owned(), value.into());
    }
    Ok(if annotations.is_empty() { Value::Null } else { Value::Object(annotations) })
}
