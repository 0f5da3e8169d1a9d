//! The verbs that take a file: `kubectl create`, `kubectl apply` and `kubectl replace`.

use serde_json::{Value, json};

use super::super::api::Api;
use super::super::args::Args;
use super::super::manifest as files_of;
use super::super::{Failure, Output, print, wire};
use super::{Read, submit};
use crate::api::{Kind, View};
use crate::cluster::{Action, Cluster, ObjectKey, Propagation};
use crate::manifest::update::{self, LAST_APPLIED};
use crate::manifest::{self, Command, Done, Stage, Verb};

/// `apply -f FILE`: creates what is not there, and patches what is.
pub(super) fn apply(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    if !args.arguments().is_empty() {
        return Err(args.misuse(format!("Unexpected args: [{}]", args.arguments().join(" "))));
    }
    if args.on("prune") && !args.on("all") && args.get("selector").is_none() {
        return Err(Failure::usage(
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all \
             flag. If you did not mean to prune all resources, specify a label selector",
        ));
    }
    let server_side = args.on("server-side");
    let dry = submit::dry_run(args)?;
    let wrong = match () {
        () if args.on("force-conflicts") && !server_side => Some("--force-conflicts only works with --server-side"),
        () if dry == submit::Dry::Client && server_side => {
            Some("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
        }
        () if args.on("force") && server_side => Some("--force cannot be used with --server-side"),
        () if args.on("force") && dry == submit::Dry::Server => Some("--dry-run=server cannot be used with --force"),
        () => None,
    };
    match wrong {
        Some(text) => Err(Failure::usage(text)),
        None => send(cluster, args, read, Verb::Apply),
    }
}

/// `replace -f FILE`: puts the file's objects in place of what is there; with `--force` they are deleted and made anew
/// (kubectl: cmd/replace/replace.go).
pub(super) fn replace(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let (_, warning) = super::delete::cascade(args)?;
    if !matches!(args.get("subresource"), None | Some("" | "status" | "scale")) {
        let mut output = Output::default();
        for (file, text) in super::files(args, read)? {
            let said = format!(
                "Error from server (NotFound): error when replacing {file:?}: the server could not find the requested \
                 resource"
            );
            let objects = files_of::read_objects(&text).map_err(Failure::usage)?;
            output = objects.iter().fold(output, |output, _| output.then(Failure(said.clone()).into()));
        }
        return Ok(output);
    }
    if !args.on("force") {
        if args.number("grace-period")?.is_some_and(|grace| grace >= 0) {
            return Err(Failure::usage("--grace-period must have --force specified"));
        }
        if args.micros("timeout").is_some_and(|timeout| timeout != 0) {
            return Err(Failure::usage("--timeout must have --force specified"));
        }
        return Ok(Output::remark(warning).then(send(cluster, args, read, Verb::Replace)?));
    }
    if submit::dry_run(args)? != submit::Dry::No {
        return Err(Failure::usage("--dry-run can not be used when --force is set"));
    }
    let mut gone = Output::remark(warning);
    for (_, text) in super::files(args, read)? {
        for object in manifest::check_without_fixes(&text, "").accepted_objects() {
            let Some(kind) = object.kind() else { continue };
            let namespace = object.metadata().namespace.as_deref().unwrap_or(args.namespace());
            let namespace = if kind.namespaced() { namespace } else { "" };
            let key = ObjectKey::new(kind, namespace, object.name());
            let delete = Action::Delete { key, grace: Some(0), propagation: Propagation::default() };
            if cluster.act(delete).is_ok() {
                gone = gone.then(Output::line(deleted(kind, namespace, object.name())));
            }
        }
    }
    let mut made = send(cluster, args, read, Verb::Create)?;
    if args.get("output").is_none_or(str::is_empty) {
        made.stdout = made.stdout.replace(" created\n", " replaced\n");
    }
    Ok(gone.then(made))
}

fn deleted(kind: Kind, namespace: &str, name: &str) -> String {
    let kind_name = super::super::resource::kind_name(kind);
    let place = if namespace.is_empty() { String::new() } else { format!(" from {namespace} namespace") };
    format!("{kind_name} \"{name}\" deleted{place}")
}

/// Sends every object of every file; what is refused does not stop the others.
pub(super) fn send(cluster: &mut Cluster, args: &Args, read: Read, verb: Verb) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    let remark = match dry {
        submit::Dry::No => "",
        submit::Dry::Server => " (server dry run)",
        submit::Dry::Client => " (dry run)",
    };
    let format = args.get("output").filter(|format| !format.is_empty());
    let mut tried = (!remark.is_empty()).then(|| cluster.clone());
    let before = tried.clone();
    let target = tried.as_mut().unwrap_or(cluster);
    if !matches!(args.get("validate"), None | Some("" | "unchanged" | "strict" | "true" | "warn" | "ignore" | "false"))
    {
        let odd = args.get("validate").unwrap_or_default();
        return Err(Failure::usage(format!(
            "invalid - validate option {odd:?}; must be one of: strict (or true), warn, ignore (or false)"
        )));
    }
    let mut output = Output::default();
    let mut objects = Vec::new();
    let selector = super::chosen(args)?;
    let cause = args.on("record").then(|| args.recorded());
    let wanted = serde_json::from_value(selector.to_json()).unwrap_or_default();
    for (file, text) in super::files(args, read)? {
        // What the client alone would create or replace, it does not show to the server.
        if dry == submit::Dry::Client && verb != Verb::Apply {
            let judgement = manifest::check_without_fixes(&text, &file);
            if matches!(judgement.stage, Stage::Yaml | Stage::Client) {
                output.stderr.push_str(&judgement.stderr);
                output.exit_code = 1;
                continue;
            }
            let mut values = written(&text, args)?;
            values.retain(|value| selector.chooses(View::new(value)));
            if values.is_empty() && args.get("selector").is_some() {
                return Err(Failure::usage(format!("no objects passed to {}", verb.word())));
            }
            for value in values {
                let label = label_of(&value);
                match format {
                    None => output.stdout.push_str(&format!("{label} {}d{remark}\n", verb.word())),
                    Some("name") => output.stdout.push_str(&format!("{label}\n")),
                    Some(_) => objects.push(value),
                }
            }
            continue;
        }
        let command = Command {
            verb,
            file: &file,
            namespace: args.namespace(),
            enforce_namespace: args.get("namespace").is_some(),
            save_config: args.on("save-config"),
            server_side: args.on("server-side"),
            selector: args.get("selector").map(|_| &wanted),
            change_cause: cause.as_deref(),
        };
        let (judgement, done) = manifest::send(&text, command, &mut Api(target));
        for done in &done {
            match format {
                None => {
                    let word =
                        if verb == Verb::Apply && args.on("server-side") { "serverside-applied" } else { done.word };
                    output.stdout.push_str(&format!("{} {word}{remark}\n", done.label()));
                }
                Some("name") => output.stdout.push_str(&format!("{}\n", done.label())),
                // What the client alone tries is what it has: the file's object, or the one that is there.
                Some(_) if dry == submit::Dry::Client => objects.push(tried_alone(before.as_ref(), &text, args, done)?),
                Some(_) => objects.push(wire::object(&done.object)),
            }
        }
        // What the client alone tries, no server warns of.
        let of_server = |line: &str| line.starts_with("Warning: ") && !line.starts_with("Warning: resource ");
        let warned = |line: &&str| dry != submit::Dry::Client || !of_server(line);
        output.stderr.extend(judgement.stderr.split_inclusive('\n').filter(warned));
        output.exit_code = output.exit_code.max(i32::from(!judgement.accepted()));
    }
    if let Some(format) = format.filter(|format| *format != "name") {
        output.stdout = printed(args, verb, objects, format)?;
    }
    Ok(output)
}

/// What `apply --dry-run=client` shows of an object: the file's own with what it will remember where there is none yet,
/// and the one that is there (kubectl: cmd/apply/apply.go applyOneObject).
fn tried_alone(before: Option<&Cluster>, text: &str, args: &Args, done: &Done) -> Result<Value, Failure> {
    let key = ObjectKey::of(&done.object);
    if let Some(live) = key.and_then(|key| before?.store().get(&key)) {
        return Ok(wire::object(live));
    }
    let name = done.object.name();
    let kind = done.object.kind().map_or("", Kind::name);
    let same = |value: &Value| value["metadata"]["name"] == name && value["kind"] == kind;
    let value = written(text, args)?.into_iter().find(same);
    Ok(value.map_or_else(|| wire::object(&done.object), update::annotate))
}

/// Objects in the format of `-o`: `apply` makes a list of several, the others print one after the other.
fn printed(args: &Args, verb: Verb, objects: Vec<Value>, format: &str) -> Result<String, Failure> {
    let print = |value: &Value| print::value(value, format, args.template(), submit::FORMATS);
    if verb == Verb::Apply && objects.len() > 1 {
        return print(&json!({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {}}));
    }
    let texts: Vec<String> = objects.iter().map(print).collect::<Result<_, _>>()?;
    Ok(texts.join(if format == "yaml" { "---\n" } else { "" }))
}

/// The objects as a file has them, in the namespace they would be sent to.
fn written(text: &str, args: &Args) -> Result<Vec<Value>, Failure> {
    let mut values = files_of::items(files_of::values(text).map_err(Failure::usage)?);
    for value in &mut values {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = Kind::find(&text("apiVersion"), &text("kind"));
        if kind.is_none_or(Kind::namespaced)
            && value.get("metadata").is_some_and(|metadata| metadata.get("namespace").is_none())
        {
            value["metadata"]["namespace"] = json!(args.namespace());
        }
        if args.on("save-config") {
            *value = update::annotate(value.take());
        }
    }
    values.retain(|value| !value.is_null());
    Ok(values)
}

/// `deployment.apps/web` of an object as it is written.
pub(super) fn label_of(value: &Value) -> String {
    let text = |at: &str| value.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let group = text("/apiVersion").split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
    let name = text("/metadata/name");
    let name = if name.is_empty() { "<unknown>" } else { name };
    format!("{}{group}/{name}", text("/kind").to_lowercase())
}

/// `apply view-last-applied TYPE/NAME`: what was applied last, as it was remembered.
pub(super) fn view_last_applied(cluster: &Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let found = super::named(cluster, args, args.arguments(), read)?;
    let mut output = Output::default();
    for (_, object) in found.each() {
        let annotations = object.metadata().annotations.as_ref();
        let Some(text) = annotations.and_then(|all| all.get(LAST_APPLIED)) else { continue };
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        output.stdout.push_str(&match args.get("output").unwrap_or("yaml") {
            "json" => print::json::print(&value),
            "yaml" => print::yaml::print(&value),
            other => {
                return Err(args.misuse(format!(
                    "Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json"
                )));
            }
        });
    }
    Ok(output.with_missing(&found.missing))
}
