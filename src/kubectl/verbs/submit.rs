//! How changes reach the cluster: judged first, as its API server would, and told in the words every verb shares.

use serde_json::Value;

use super::{Read, apply};
use crate::api::{CHANGE_CAUSE, Object, View, defaults};
use crate::cluster::{Action, ApiError, Cluster, ObjectKey};
use crate::kubectl::args::Args;
pub(super) use crate::kubectl::dry::{Dry, dry_run};
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output, manifest, print, resource, wire};
use crate::manifest::{FieldError, aggregate, rules, update};

/// Writes the command line into an object, where `--record` asks for it (cli-runtime: genericclioptions/record_flags.go).
pub(super) fn record(args: &Args, object: &mut Object) {
    if args.on("record") {
        object.metadata_mut().annotations.get_or_insert_default().insert(CHANGE_CAUSE.to_owned(), args.recorded());
    }
}

/// The server's refusal of an object for what is wrong in its fields.
fn refusal(object: &Object, errors: &[FieldError]) -> ApiError {
    let kind = object.kind().map_or("", crate::api::Kind::name);
    let group = object.kind().map_or("", crate::api::Kind::group);
    let dot = if group.is_empty() { "" } else { "." };
    let causes = aggregate(errors.iter().map(|error| format!("{}: {}", error.path, error.message)));
    let message = format!("{kind}{dot}{group} \"{}\" is invalid: {causes}", object.name());
    ApiError { code: 422, reason: "Invalid", message }
}

fn judge(object: &Object) -> Result<(), ApiError> {
    let mut defaulted = object.clone();
    defaults::apply(&mut defaulted);
    let errors = rules::validate(&defaulted);
    if errors.is_empty() { Ok(()) } else { Err(refusal(object, &errors)) }
}

/// Creates an object, unless it is only to be said; what comes back is the object as it would be stored.
pub(super) fn create(cluster: &mut Cluster, dry: Dry, object: Object) -> Result<Object, ApiError> {
    if dry == Dry::Client {
        return Ok(object);
    }
    judge(&object)?;
    let mut tried = (dry == Dry::Server).then(|| cluster.clone());
    let target = tried.as_mut().unwrap_or(cluster);
    let created = target.act(Action::Create(object.clone()))?;
    Ok(created.unwrap_or(object))
}

/// Puts an object in place of what has its name, unless it is only to be said.
pub(super) fn put(cluster: &mut Cluster, dry: Dry, object: Object) -> Result<Object, ApiError> {
    if dry == Dry::Client {
        return Ok(object);
    }
    let live = ObjectKey::of(&object).and_then(|key| cluster.store().get(&key)).cloned();
    let object = match live.as_ref().map(|live| update::updated(live, &object)) {
        Some(Err(errors)) => return Err(refusal(&object, &errors)),
        Some(Ok(object)) => object,
        None => object,
    };
    let mut tried = (dry == Dry::Server).then(|| cluster.clone());
    let target = tried.as_mut().unwrap_or(cluster);
    let stored = target.act(Action::Update(object.clone()))?;
    Ok(stored.unwrap_or(object))
}

/// The formats of commands that print an object and no table.
pub(super) const FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,\
                                  template,templatefile,yaml";

/// Says that something was done to an object: `pod/a labeled`, or the object in the format of `-o`.
pub(super) fn said(args: &Args, dry: Dry, object: &Object, word: &str) -> Result<Output, Failure> {
    match args.get("output") {
        None | Some("") => {
            let dry = match dry {
                Dry::No => "",
                Dry::Client => " (dry run)",
                Dry::Server => " (server dry run)",
            };
            Ok(Output::line(format!("{} {word}{dry}", resource::object_label(object))))
        }
        Some("name") => Ok(Output::line(resource::object_label(object))),
        Some(format) => print::value(&wire::object(object), format, args.template(), FORMATS).map(Output::text),
    }
}

/// The same of an object that was made of flags: what the client alone made of them it writes in the order of its
/// structs.
pub(super) fn said_of_made(args: &Args, dry: Dry, object: &Object, word: &str) -> Result<Output, Failure> {
    match (args.get("output"), dry) {
        (Some("json"), Dry::Client) => Ok(Output::text(print::json::in_order(&wire::object(object)))),
        (Some("kyaml"), Dry::Client) => Ok(Output::text(print::kyaml::in_order(&wire::object(object)))),
        _ => said(args, dry, object, word),
    }
}

/// Changes the JSON of a live object and puts it back; `None` from `change` means that nothing is to be done.
pub(super) fn change(
    cluster: &mut Cluster,
    args: &Args,
    live: &Object,
    word: &str,
    change: impl FnOnce(&mut Value) -> Result<(), Failure>,
) -> Result<Option<Output>, Failure> {
    change_or(cluster, args, live, word, change, &Failure::from)
}

/// The same; `failed` says what is told of the server's refusal. With `--local` nothing reaches the server.
pub(super) fn change_or(
    cluster: &mut Cluster,
    args: &Args,
    live: &Object,
    word: &str,
    change: impl FnOnce(&mut Value) -> Result<(), Failure>,
    failed: &dyn Fn(ApiError) -> Failure,
) -> Result<Option<Output>, Failure> {
    let dry = if args.on("local") { Dry::Client } else { dry_run(args)? };
    let mut value = live.to_json();
    change(&mut value)?;
    let Some(kind) = live.kind() else { return Ok(None) };
    let mut object = Object::from_json(kind, value).map_err(Failure::usage)?;
    record(args, &mut object);
    if object == *live && !args.on("local") {
        return Ok(None);
    }
    let stored = put(cluster, dry, object).map_err(failed)?;
    // What stays in the file is told as done.
    let said_of = if args.on("local") { Dry::No } else { dry };
    said(args, said_of, &stored, word).map(Some)
}

/// `--local`: changes the objects of the files themselves and prints them; nothing reaches the server.
pub(super) fn in_files(
    args: &Args,
    read: Read,
    word: &str,
    change: impl Fn(&mut Value) -> Result<(), Failure>,
) -> Result<Output, Failure> {
    if args.get("filename").is_none() {
        return Err(Failure::usage(
            "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set",
        ));
    }
    let mut output = Output::default();
    let selector = super::chosen(args)?;
    for (_, text) in super::files(args, read)? {
        let values = manifest::values(&text).map_err(Failure::usage)?;
        for mut value in values.into_iter().filter(|value| selector.chooses(View::new(value))) {
            change(&mut value)?;
            let label = apply::label_of(&value);
            output.stdout.push_str(&match args.get("output").unwrap_or_default() {
                "" => format!("{label} {word}\n"),
                "name" => format!("{label}\n"),
                format => print::value(&value, format, args.template(), FORMATS)?,
            });
        }
    }
    Ok(output)
}

/// The server's refusal of a change to an object that is no longer what it was.
pub(super) fn conflict(object: &Object) -> ApiError {
    let of = object.kind().map(Resource::of).map_or_else(String::new, |of| of.full().into_owned());
    let message = format!(
        "Operation cannot be fulfilled on {of} \"{}\": the object has been modified; please apply your changes to the \
         latest version and try again",
        object.name()
    );
    ApiError { code: 409, reason: "Conflict", message }
}

/// What became of each object of a command that is about several: those that fail do not stop the rest.
pub(super) fn each(objects: &[Object], what: impl FnMut(&Object) -> Result<Output, Failure>) -> Output {
    each_introduced(objects, false, what)
}

/// The same; whether each of several mistakes has `error:` before it.
pub(super) fn each_introduced(
    objects: &[Object],
    introduced: bool,
    mut what: impl FnMut(&Object) -> Result<Output, Failure>,
) -> Output {
    let done: Vec<Result<Output, Failure>> = objects.iter().map(&mut what).collect();
    let several = !introduced && done.iter().filter(|done| done.is_err()).count() > 1;
    done.into_iter().fold(Output::default(), |output, done| {
        output.then(done.unwrap_or_else(|failure| match several {
            true => Failure(failure.0.strip_prefix("error: ").unwrap_or(&failure.0).to_owned()).into(),
            false => failure.into(),
        }))
    })
}
