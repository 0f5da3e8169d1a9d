//! `kubectl set image`, `env`, `resources`, `selector`, `serviceaccount`: changes of a Pod's spec or template
//! (kubectl: cmd/set).

use serde_json::{Map, Value, json};

use super::{Read, submit};
use crate::api::{Kind, Object, View};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::resource;
use crate::kubectl::{Failure, Output};

/// Where the Pod's spec lies in an object of `kind`, as a JSON pointer.
pub(super) fn pod_spec(kind: Option<Kind>) -> Option<&'static str> {
    match kind? {
        Kind::Pod => Some("/spec"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template/spec"),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet | Kind::Job => {
            Some("/spec/template/spec")
        }
        _ => None,
    }
}

/// Whether a container's name is meant by a pattern: `*` stands for anything.
fn meant(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
    }
}

/// The subcommands.
pub(super) fn set(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let of_env = args.command == "set_env";
    let (names, mut settings) = match args.command {
        "set_image" | "set_env" => {
            let (names, settings) = resource::split_settings(args.arguments());
            (names.to_vec(), settings.to_vec())
        }
        "set_serviceaccount" | "set_selector" => {
            let (last, names) = args
                .arguments()
                .split_last()
                .map_or((String::new(), Vec::new()), |(last, names)| (last.clone(), names.to_vec()));
            (names, vec![last])
        }
        _ => (args.arguments().to_vec(), Vec::new()),
    };
    if of_env {
        settings.extend(args.all("env").map(str::to_owned));
    }
    let found = match args.get("filename") {
        Some(_) => super::named_in_files(cluster, args, read)?,
        None if names.is_empty() => {
            return Err(Failure::usage(
                "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            ));
        }
        None => resource::to_change(cluster, args, &names)?,
    };
    check(args, &settings)?;
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    let output = submit::each(&objects, |live| one(cluster, args, live, &settings));
    Ok(output.with_missing(&found.missing))
}

fn check(args: &Args, settings: &[String]) -> Result<(), Failure> {
    let nothing = settings.iter().all(String::is_empty);
    match args.command {
        "set_image" if nothing => Err(Failure::usage("at least one image update is required")),
        "set_env" if nothing && !args.on("list") && args.get("from").is_none() => {
            Err(Failure::usage("at least one environment variable must be provided"))
        }
        "set_resources" if args.get("limits").is_none() && args.get("requests").is_none() => {
            Err(Failure::usage("you must specify an update to requests or limits (in the form of --requests/--limits)"))
        }
        "set_serviceaccount" if nothing => Err(Failure::usage("serviceaccount is required")),
        _ => Ok(()),
    }
}

fn one(cluster: &mut Cluster, args: &Args, live: &Object, settings: &[String]) -> Result<Output, Failure> {
    if args.command == "set_selector" {
        let pairs = settings.iter().flat_map(|text| text.split(',')).filter_map(|pair| pair.split_once('='));
        let selector: Map<String, Value> = pairs.map(|(key, value)| (key.to_owned(), value.into())).collect();
        let done = submit::change(cluster, args, live, "selector updated", |value| {
            value["spec"]["selector"] = Value::Object(selector);
            Ok(())
        })?;
        return Ok(done.unwrap_or_default());
    }
    let Some(place) = pod_spec(live.kind()) else {
        let kind = live.kind().map_or("", Kind::name);
        return Err(Failure::usage(format!("the object is not a pod or does not have a pod template: *v1.{kind}")));
    };
    if args.on("list") {
        return Ok(list(live, place));
    }
    let word = match args.command {
        "set_image" => "image updated",
        "set_env" => "env updated",
        "set_resources" => "resource requirements updated",
        _ => "serviceaccount updated",
    };
    let done = submit::change(cluster, args, live, word, |value| {
        let Some(spec) = value.pointer_mut(place) else { return Ok(()) };
        match args.command {
            "set_image" => images(spec, settings),
            "set_env" => variables(args, spec, settings),
            "set_resources" => resources(args, spec),
            _ => {
                let account = settings.first().cloned().unwrap_or_default();
                spec["serviceAccountName"] = json!(account);
                spec["serviceAccount"] = json!(account);
                Ok(())
            }
        }
    })?;
    Ok(done.unwrap_or_default())
}

fn containers<'a>(spec: &'a mut Value, lists: &'a [&str]) -> impl Iterator<Item = &'a mut Value> {
    let fields = spec.as_object_mut().into_iter().flat_map(Map::iter_mut);
    let chosen = fields.filter(move |(name, _)| lists.contains(&name.as_str()));
    chosen.filter_map(|(_, list)| list.as_array_mut()).flatten()
}

fn images(spec: &mut Value, settings: &[String]) -> Result<(), Failure> {
    for setting in settings {
        let (name, image) =
            setting.split_once('=').ok_or_else(|| Failure::usage(format!("invalid image spec {setting}")))?;
        let mut found = false;
        for container in containers(spec, &["containers", "initContainers"]) {
            if meant(container["name"].as_str().unwrap_or_default(), name) {
                container["image"] = json!(image);
                found = true;
            }
        }
        if !found {
            return Err(Failure::usage(format!("unable to find container named {name:?}")));
        }
    }
    Ok(())
}

fn variables(args: &Args, spec: &mut Value, settings: &[String]) -> Result<(), Failure> {
    let pattern = args.get("containers").unwrap_or("*");
    for container in containers(spec, &["containers"]) {
        if !meant(container["name"].as_str().unwrap_or_default(), pattern) {
            continue;
        }
        let mut env = container["env"].as_array().cloned().unwrap_or_default();
        for setting in settings {
            if let Some((name, value)) = setting.split_once('=') {
                match env.iter_mut().find(|variable| variable["name"] == name) {
                    Some(variable) => *variable = json!({"name": name, "value": value}),
                    None => env.push(json!({"name": name, "value": value})),
                }
            } else if let Some(name) = setting.strip_suffix('-') {
                env.retain(|variable| variable["name"] != name);
            }
        }
        if let Some(source) = args.get("from") {
            let kind = if source.starts_with("secret") { "secretRef" } else { "configMapRef" };
            let name = source.split_once('/').map_or(source, |(_, name)| name);
            let mut from = container["envFrom"].as_array().cloned().unwrap_or_default();
            from.push(json!({kind: {"name": name}}));
            container["envFrom"] = Value::Array(from);
        }
        container["env"] = if env.is_empty() { Value::Null } else { Value::Array(env) };
    }
    Ok(())
}

fn resources(args: &Args, spec: &mut Value) -> Result<(), Failure> {
    let pattern = args.get("containers").unwrap_or("*");
    for container in containers(spec, &["containers"]) {
        if !meant(container["name"].as_str().unwrap_or_default(), pattern) {
            continue;
        }
        for side in ["limits", "requests"] {
            for pair in args.all(side).flat_map(|text| text.split(',')) {
                let (name, amount) = pair.split_once('=').ok_or_else(|| {
                    Failure::usage(format!("invalid argument syntax {pair:?}, expected <resource>=<value>"))
                })?;
                if !container["resources"][side].is_object() {
                    container["resources"][side] = json!({});
                }
                container["resources"][side][name] = if amount == "0" { Value::Null } else { json!(amount) };
            }
        }
    }
    Ok(())
}

/// `set env --list`.
fn list(live: &Object, place: &str) -> Output {
    let value = live.to_json();
    let kind = live.kind().map_or("", Kind::name);
    let kind = if kind == "Pod" { "pods" } else { kind };
    let mut text = String::new();
    for container in View(value.pointer(place)).at("containers").items() {
        text.push_str(&format!("# {kind} {}, container {}\n", live.name(), container.at("name").str()));
        for variable in container.at("env").items() {
            let name = variable.at("name").str();
            match variable.at("valueFrom").exists() {
                false => text.push_str(&format!("{name}={}\n", variable.at("value").str())),
                true => text.push_str(&format!("# {name} from {}\n", source(variable.at("valueFrom")))),
            }
        }
    }
    Output::text(text)
}

fn source(from: View<'_>) -> String {
    let key = |place: View<'_>, kind: &str| format!("{kind} {}, key {}", place.at("name").str(), place.at("key").str());
    match () {
        () if from.at("configMapKeyRef").exists() => key(from.at("configMapKeyRef"), "configmap"),
        () if from.at("secretKeyRef").exists() => key(from.at("secretKeyRef"), "secret"),
        () if from.at("fieldRef").exists() => format!("field path {}", from.at("fieldRef.fieldPath").str()),
        () => format!("resource field path {}", from.at("resourceFieldRef.resource").str()),
    }
}
