//! `kubectl debug`: an ephemeral container, a copy of a Pod, a Pod on a node (kubectl: cmd/debug).

use serde_json::{Value, json};

use super::container as flags;
use super::shell::Origin;
use super::{Read, exec, submit};
use crate::api::{Kind, Object, Pod, View, defaults, image};
use crate::cluster::{Action, Cluster};
use crate::kubectl::args::Args;
use crate::kubectl::merge::{self, Patch};
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::wire::compact;
use crate::kubectl::{Failure, Output, made, resource};
use crate::manifest::invalid_text;
use crate::manifest::update;

/// `debug POD --image=IMAGE`, `debug POD --copy-to=NAME`, `debug node/NAME --image=IMAGE`.
pub(super) fn debug(cluster: &mut Cluster, args: &Args, read: Read, interactive: bool) -> Result<Output, Failure> {
    let empty = String::new();
    let word = args.arguments().first().unwrap_or(&empty);
    let mut output = Output::default();
    check(args, read, &mut output)?;
    if let Some(file) = args.get("filename").filter(|file| read(file).is_none()) {
        return Err(Failure::usage(format!("the path {file:?} does not exist")));
    }
    if word.is_empty() {
        return Err(Failure::usage("NAME or TYPE/NAME is required for debug"));
    }
    let (of, name) = match word.split_once('/') {
        Some((of, name)) => (resources::find(of)?, name),
        None => (Resource::of(Kind::Pod), word.as_str()),
    };
    let object = resource::live(cluster, of, args.namespace(), name)?;
    let done = match &object {
        Object::Node(_) => on_node(cluster, args, interactive, name)?,
        Object::Pod(pod) if args.get("copy-to").is_some() => copy(cluster, args, pod)?,
        Object::Pod(pod) => ephemeral(cluster, args, interactive, pod)?,
        _ => {
            let slash = if of.group().is_empty() { "/" } else { "" };
            let gvk = format!("{slash}{}, Kind={}", of.api_version, of.kind);
            return Err(Failure::usage(format!("\"{gvk}\" not supported by debug")));
        }
    };
    Ok(output.then(done))
}

fn check(args: &Args, read: Read, output: &mut Output) -> Result<(), Failure> {
    let copy = args.get("copy-to").is_some();
    if args.on("replace") && !copy {
        return Err(Failure::usage("--replace may only be used with --copy-to."));
    }
    if args.on("same-node") && !copy {
        return Err(Failure::usage("--same-node may only be used with --copy-to."));
    }
    if args.get("set-image").is_some() && !copy {
        return Err(Failure::usage("--set-image may only be used with --copy-to."));
    }
    if args.get("target").is_some() && copy {
        return Err(Failure::usage("--target is incompatible with --copy-to. Use --share-processes instead."));
    }
    if args.get("image").is_none() && !copy {
        return Err(Failure::usage("you must specify --image when not using --copy-to."));
    }
    if copy
        && args.get("image").is_none()
        && args.get("set-image").is_none()
        && args.tail.as_ref().is_none_or(Vec::is_empty)
    {
        return Err(Failure::usage("you must specify --image, --set-image or command arguments."));
    }
    if let Some(odd) = args.get("image").filter(|image| !image::is_valid(image)) {
        return Err(Failure::usage(format!("invalid image name {odd:?}: invalid reference format")));
    }
    if let Some(odd) =
        args.get("image-pull-policy").filter(|it| !matches!(*it, "Always" | "IfNotPresent" | "Never" | ""))
    {
        return Err(Failure::usage(format!("invalid image pull policy: {odd}")));
    }
    if let Some(file) = args.get("custom").filter(|file| !file.is_empty()) {
        return Err(Failure::usage(match read(file) {
            None => format!(
                "must pass a container spec json file for custom profile: open {file}: no such file or directory"
            ),
            Some(_) => "--custom is not simulated here".to_owned(),
        }));
    }
    match args.get("profile").unwrap_or("general") {
        "general" | "baseline" | "restricted" | "netadmin" | "sysadmin" => Ok(()),
        "legacy" => {
            output.stderr.push_str(
                "--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify \
                 other profile, for example \"--profile=general\".\n",
            );
            Ok(())
        }
        other => Err(Failure::usage(format!("unknown profile: {other}"))),
    }
}

/// Whether what the new container writes is followed: with `-i`, unless `--attach` says otherwise.
fn attaches(args: &Args) -> bool {
    if args.get("attach").is_some() { args.on("attach") } else { args.on("stdin") }
}

/// What is said of `--target`.
fn targeting(args: &Args) -> Output {
    let Some(target) = args.get("target") else { return Output::default() };
    Output::line(format!(
        "Targeting container {target:?}. If you don't see processes from this container it may be because the container \
         runtime doesn't support this feature."
    ))
}

/// The security context that a profile gives a debug container.
fn security(args: &Args) -> Value {
    match args.get("profile").unwrap_or("general") {
        "general" => json!({"capabilities": {"add": ["SYS_PTRACE"]}}),
        "netadmin" => json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}),
        "sysadmin" => json!({"privileged": true}),
        "restricted" => json!({
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
            "seccompProfile": {"type": "RuntimeDefault"},
        }),
        _ => Value::Null,
    }
}

fn container(args: &Args, name: &str) -> Value {
    let tail = args.tail.clone().filter(|tail| !tail.is_empty());
    let words = tail.map_or(Value::Null, |tail| json!(tail));
    compact(vec![
        ("name", json!(name)),
        ("image", args.get("image").map_or(Value::Null, |image| json!(image))),
        ("imagePullPolicy", flags::pull_policy(args)),
        (if args.on("arguments-only") { "args" } else { "command" }, words),
        ("env", flags::env(args)),
        ("stdin", flags::on(args, "stdin")),
        ("tty", flags::on(args, "tty")),
        ("securityContext", security(args)),
        ("terminationMessagePolicy", json!("File")),
    ])
}

/// The name of the debug container, made up and said where none is given.
fn container_name(cluster: &Cluster, args: &Args, pod: &Pod, said: &mut String) -> String {
    if let Some(name) = args.get("container").filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let count = pod.spec.ephemeral_containers.iter().flatten().count();
    let name = format!("debugger-{}", made::suffix(&format!("{}{count}{}", pod.uid(), cluster.now().as_micros())));
    said.push_str(&format!("Defaulting debug container name to {name}.\n"));
    name
}

fn ephemeral(cluster: &mut Cluster, args: &Args, interactive: bool, pod: &Pod) -> Result<Output, Failure> {
    let mut output = targeting(args);
    let name = container_name(cluster, args, pod, &mut output.stdout);
    let mut value = Object::Pod(pod.clone().into()).to_json();
    let mut new = container(args, &name);
    if let Some(target) = args.get("target") {
        new["targetContainerName"] = json!(target);
    }
    let list = &mut value["spec"]["ephemeralContainers"];
    if !list.is_array() {
        *list = json!([]);
    }
    let known = list.as_array_mut().into_iter().flatten().find(|container| container["name"] == name.as_str());
    match known {
        Some(container) => merged(container, &new),
        None => {
            if let Some(list) = list.as_array_mut() {
                list.push(new);
            }
        }
    }
    let live = Object::Pod(pod.clone().into());
    let mut object = Object::from_json(Kind::Pod, value).map_err(Failure::usage)?;
    defaults::apply(&mut object);
    let causes = update::update_ephemeral(&live, &object);
    if !causes.is_empty() {
        let text = invalid_text("Pod", pod.name(), &causes);
        return Ok(output.then(Failure(text.strip_suffix('\n').unwrap_or(&text).to_owned()).into()));
    }
    let stored = cluster.act(Action::Update(object))?;
    if !attaches(args) {
        return Ok(output);
    }
    let origin = Origin::Attach { ephemeral: true, remove: false };
    let pod = stored.as_ref().and_then(Object::as_pod).map_or(pod, |stored| stored);
    Ok(output.then(exec::followed(cluster, args, pod, (&name, interactive), origin)))
}

/// A container of the same name is patched over the one that is there: what it may do is added up.
fn merged(container: &mut Value, new: &Value) {
    let added = |value: &Value| value.pointer("/securityContext/capabilities/add").and_then(Value::as_array).cloned();
    let all: Vec<Value> = added(container).into_iter().chain(added(new)).flatten().collect();
    merge::apply(container, new, Patch::Strategic);
    if let Some(list) = container.pointer_mut("/securityContext/capabilities/add") {
        *list = Value::Array(all);
    }
}

fn copy(cluster: &mut Cluster, args: &Args, pod: &Pod) -> Result<Output, Failure> {
    let mut output = Output::default();
    let value = Object::Pod(pod.clone().into()).to_json();
    let view = View::new(&value);
    let mut spec = view.at("spec").0.cloned().unwrap_or_default();
    let keep = |flag: &str| args.on(flag);
    if let Some(fields) = spec.as_object_mut() {
        fields.remove("ephemeralContainers");
        if !keep("same-node") {
            fields.remove("nodeName");
        }
        if args.off("keep-init-containers") {
            fields.remove("initContainers");
        }
        if !args.off("share-processes") {
            fields.insert("shareProcessNamespace".to_owned(), json!(true));
        }
    }
    let existing = args.get("container").filter(|name| pod.spec.containers.iter().any(|it| it.name == **name));
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        let Some(fields) = container.as_object_mut() else { continue };
        for (probe, flag) in
            [("livenessProbe", "keep-liveness"), ("readinessProbe", "keep-readiness"), ("startupProbe", "keep-startup")]
        {
            if !keep(flag) {
                fields.remove(probe);
            }
        }
        let name = fields.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        for pair in args.all("set-image").flat_map(|text| text.split(',')) {
            if let Some((of, image)) = pair.split_once('=')
                && (of == name || of == "*")
            {
                fields.insert("image".to_owned(), json!(image));
            }
        }
        if existing == Some(name.as_str()) {
            if let Some(image) = args.get("image") {
                fields.insert("image".to_owned(), json!(image));
            }
            if let Some(tail) = args.tail.clone().filter(|tail| !tail.is_empty()) {
                fields.insert("command".to_owned(), json!(tail));
                fields.remove("args");
            }
        }
    }
    if existing.is_none() && (args.get("image").is_some() || args.get("set-image").is_none()) {
        if args.get("image").is_none() {
            return Err(Failure::usage("you must specify image when creating new container"));
        }
        let name = container_name(cluster, args, pod, &mut output.stdout);
        if let Some(list) = spec["containers"].as_array_mut() {
            list.push(container(args, &name));
        }
    }
    let kept = |flag: &str, field: &str| {
        if keep(flag) { view.at("metadata").key(field).0.cloned().unwrap_or_default() } else { Value::Null }
    };
    let metadata = compact(vec![
        ("name", json!(args.get("copy-to"))),
        ("namespace", json!(pod.namespace())),
        ("labels", kept("keep-labels", "labels")),
        ("annotations", kept("keep-annotations", "annotations")),
    ]);
    let object = Object::from_json(Kind::Pod, json!({"metadata": metadata, "spec": spec})).map_err(Failure::usage)?;
    if args.on("replace") {
        let key = crate::cluster::ObjectKey::new(Kind::Pod, pod.namespace(), pod.name());
        let propagation = crate::cluster::Propagation::Background;
        cluster.act(Action::Delete { key, grace: None, propagation })?;
    }
    if let Err(error) = submit::create(cluster, submit::Dry::No, object) {
        return Ok(output.then(Failure::from(error).into()));
    }
    Ok(output)
}

fn on_node(cluster: &mut Cluster, args: &Args, interactive: bool, node: &str) -> Result<Output, Failure> {
    let suffix = made::suffix(&format!("{node}{}", cluster.now().as_micros()));
    let name = format!("node-debugger-{node}-{suffix}");
    let container_name = args.get("container").unwrap_or("debugger");
    let mut container = container(args, container_name);
    container["volumeMounts"] = json!([{"mountPath": "/host", "name": "host-root"}]);
    if args.get("profile").unwrap_or("general") == "general" {
        container["securityContext"] = Value::Null;
    }
    let pod = json!({
        "metadata": {
            "name": name, "namespace": args.namespace(), "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"},
        },
        "spec": {
            "containers": [container], "hostIPC": true, "hostNetwork": true, "hostPID": true, "nodeName": node,
            "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}],
            "volumes": [{"name": "host-root", "hostPath": {"path": "/"}}],
        },
    });
    let object = Object::from_json(Kind::Pod, pod).map_err(Failure::usage)?;
    let created = submit::create(cluster, submit::Dry::No, object)?;
    let text = format!("Creating debugging pod {} with container {container_name} on node {node}.", created.name());
    let output = targeting(args).then(Output::line(text));
    let Some(pod) = created.as_pod().filter(|_| attaches(args)) else { return Ok(output) };
    let origin = Origin::Attach { ephemeral: false, remove: false };
    Ok(output.then(exec::followed(cluster, args, pod, (container_name, interactive), origin)))
}
