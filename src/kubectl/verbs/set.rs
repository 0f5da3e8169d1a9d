//! `kubectl set image`, `env`, `resources`, `selector`, `serviceaccount`: changes of a Pod's spec or template
//! (kubectl: cmd/set).

use serde_json::{Map, Value, json};

use super::meant::{containers, meant};
use super::{Read, env, submit};
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object, View};
use crate::cluster::{ApiError, Cluster};
use crate::kubectl::args::Args;
use crate::kubectl::resource::{self, Found, Group};
use crate::kubectl::resources::Resource;
use crate::kubectl::selector::Selector;
use crate::kubectl::{Failure, Output, manifest};

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

/// The subcommands.
pub(super) fn set(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let (names, mut settings) = match args.command {
        "set_image" | "set_env" => {
            let (names, settings) = resource::split_settings(args.arguments());
            (names.to_vec(), settings.to_vec())
        }
        "set_serviceaccount" | "set_selector" => {
            let what = if args.command == "set_selector" { "one selector" } else { "serviceaccount" };
            let Some((last, names)) = args.arguments().split_last() else {
                return Err(Failure::usage(format!("{what} is required")));
            };
            (names.to_vec(), vec![last.clone()])
        }
        _ => (args.arguments().to_vec(), Vec::new()),
    };
    if args.command == "set_env" {
        settings.extend(args.all("env").map(str::to_owned));
    }
    let found = match args.get("filename") {
        Some(_) if args.on("local") => local(args, read)?,
        Some(_) => super::named_in_files(cluster, args, &names, read)?,
        None if names.is_empty() && args.command == "set_env" => {
            return Err(Failure::usage(
                "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            ));
        }
        None => resource::to_change(cluster, args, &names)?,
    };
    // All of them are looked for before the first is changed.
    if !found.missing.is_empty() {
        return Err(Failure(found.missing.trim_end().to_owned()));
    }
    check(args, &settings)?;
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    Ok(submit::each(&objects, |live| one(cluster, args, live, &settings)))
}

/// The objects of the files themselves, whatever the server holds.
pub(super) fn local(args: &Args, read: Read) -> Result<Found, Failure> {
    let mut found = Found { named: true, ..Found::default() };
    let selector = super::chosen(args)?;
    for (_, text) in super::files(args, read)? {
        let objects = manifest::read_objects(&text).map_err(Failure::usage)?;
        for object in objects.into_iter().filter(|object| selector.matches(object.metadata().labels.as_ref())) {
            let Some(kind) = object.kind() else { continue };
            found.groups.push(Group { resource: Resource::of(kind), objects: vec![object] });
        }
    }
    Ok(found)
}

fn check(args: &Args, settings: &[String]) -> Result<(), Failure> {
    let nothing = settings.iter().all(String::is_empty);
    match args.command {
        "set_image" if nothing => Err(Failure::usage("at least one image update is required")),
        "set_resources" if args.get("limits").is_none() && args.get("requests").is_none() => {
            Err(Failure::usage("you must specify an update to requests or limits (in the form of --requests/--limits)"))
        }
        "set_env" => env::check(args, settings),
        _ => Ok(()),
    }
}

fn one(cluster: &mut Cluster, args: &Args, live: &Object, settings: &[String]) -> Result<Output, Failure> {
    if args.command == "set_selector" {
        return selector(cluster, args, live, settings);
    }
    let Some(place) = pod_spec(live.kind()) else {
        // Who only lists passes over what has none.
        if args.on("list") {
            return Ok(Output::default());
        }
        let (kind, plural) = live.kind().map_or(("", ""), |kind| (kind.name(), kind.plural()));
        // What comes out of a file is called by its kind.
        let named = if args.on("local") { kind.to_lowercase() } else { plural.to_owned() };
        return Err(Failure::usage(format!(
            "{named}/{} the object is not a pod or does not have a pod template: *{}.{kind}",
            live.name(),
            live.kind().map_or("v1", Kind::version)
        )));
    };
    let mut remarks = String::new();
    if args.on("list") {
        let mut value = live.to_json();
        if let Some(spec) = value.pointer_mut(place) {
            env::variables(cluster, args, live, spec, settings, &mut remarks)?;
        }
        return Ok(Output::remark(remarks).then(env::list(cluster, args, live, &value, place)));
    }
    if args.command == "set_env" && settings.is_empty() && args.get("from").is_none() {
        return Ok(Output::default());
    }
    let (word, failed) = match args.command {
        "set_image" => ("image updated", "failed to patch image update to pod template:"),
        "set_env" => ("env updated", "failed to patch env update to pod template:"),
        "set_resources" => ("resource requirements updated", "failed to patch resources update to pod template"),
        "set_subject" => {
            let plural = live.kind().map_or("", Kind::plural);
            return Err(Failure::usage(format!(
                "{plural}/{} setting subjects is only supported for RoleBinding/ClusterRoleBinding",
                live.name()
            )));
        }
        _ => ("serviceaccount updated", "failed to patch ServiceAccountName"),
    };
    let mut value = live.to_json();
    if let Some(spec) = value.pointer_mut(place) {
        match args.command {
            "set_image" => images(spec, settings)?,
            "set_env" => env::variables(cluster, args, live, spec, settings, &mut remarks)?,
            "set_resources" => resources(args, spec)?,
            _ => {
                let account = settings.first().cloned().unwrap_or_default();
                spec["serviceAccountName"] = json!(account);
                // The server keeps the older field as well.
                if !args.on("local") && submit::dry_run(args)? != submit::Dry::Client {
                    spec["serviceAccount"] = json!(account);
                }
            }
        }
    }
    let put = |old: &mut Value| {
        *old = value;
        Ok(())
    };
    let refused = |error: ApiError| Failure::usage(format!("{failed} {}", error.message.trim_end()));
    let done = submit::change_or(cluster, args, live, word, put, &refused)?;
    let done = match done {
        // An account is always sent, though it be the same.
        None if args.command == "set_serviceaccount" => submit::said(args, submit::dry_run(args)?, live, word)?,
        done => done.unwrap_or_default(),
    };
    Ok(Output::remark(remarks).then(done))
}

fn selector(cluster: &mut Cluster, args: &Args, live: &Object, settings: &[String]) -> Result<Output, Failure> {
    if live.kind() != Some(Kind::Service) {
        return Err(Failure::usage("setting a selector is only supported for Services"));
    }
    let text = settings.first().map_or("", String::as_str);
    let parsed = Selector::parse(text).map_err(Failure::usage)?;
    if let Some(word) = parsed.order() {
        return Err(Failure::usage(format!("{word:?} isn't supported in label selectors")));
    }
    let parsed = parsed.to_json();
    let view = View::new(&parsed);
    let expressions: Vec<String> = view
        .at("matchExpressions")
        .items()
        .map(|it| {
            let values: Vec<String> = it.at("values").items().map(|value| value.text()).collect();
            format!("{{{} {} [{}]}}", it.at("key").str(), it.at("operator").str(), values.join(" "))
        })
        .collect();
    if !expressions.is_empty() {
        let shown = expressions.join(" ");
        return Err(Failure::usage(format!("match expression [{shown}] not supported on this object")));
    }
    let selector: Map<String, Value> = view.at("matchLabels").0.and_then(Value::as_object).cloned().unwrap_or_default();
    let dry = submit::dry_run(args)?;
    let done = submit::change(cluster, args, live, "selector updated", |value| {
        value["spec"]["selector"] = Value::Object(selector);
        Ok(())
    })?;
    done.map_or_else(|| submit::said(args, dry, live, "selector updated"), Ok)
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

fn resources(args: &Args, spec: &mut Value) -> Result<(), Failure> {
    let pattern = args.get("containers").unwrap_or("*");
    let mut found = false;
    for container in containers(spec, &["containers"]) {
        if !meant(container["name"].as_str().unwrap_or_default(), pattern) {
            continue;
        }
        found = true;
        for side in ["limits", "requests"] {
            for pair in args.all(side).flat_map(|text| text.split(',')) {
                let (name, amount) = amount(pair)?;
                if !container["resources"][side].is_object() {
                    container["resources"][side] = json!({});
                }
                container["resources"][side][name] = json!(amount);
            }
        }
    }
    if found { Ok(()) } else { Err(Failure::usage(format!("unable to find container named {pattern}"))) }
}

/// `cpu=100m` taken apart; the amount must be one.
pub(super) fn amount(pair: &str) -> Result<(&str, &str), Failure> {
    let parts = pair.split_once('=').filter(|(_, amount)| !amount.contains('='));
    let (name, amount) =
        parts.ok_or_else(|| Failure::usage(format!("invalid argument syntax {pair}, expected <resource>=<value>")))?;
    match Quantity::parse(amount) {
        Ok(_) => Ok((name, amount)),
        Err(_) => Err(Failure::usage(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        )),
    }
}
