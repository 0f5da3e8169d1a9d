//! What each verb does.

mod apply;
mod auth;
mod config;
mod container;
mod create;
mod debug;
mod delete;
mod diff;
pub(super) mod edit;
mod env;
pub(super) mod exec;
mod get;
pub(super) mod info;
pub(super) mod logs;
pub(super) mod look;
pub(super) mod make;
mod meant;
mod meta;
mod nodes;
pub(super) mod patch;
pub(super) mod rollout;
mod scale;
mod set;
pub(super) mod shell;
pub(super) mod submit;
pub(super) mod tables;
#[cfg(test)]
mod tests;
pub(super) mod top;
pub(super) mod wait;

use super::args::Args;
use super::resource::Found;
use super::resources::{self, Resource};
use super::selector::Selector;
use super::{Client, Failure, Output, explain, help, manifest, resource};
use crate::api::schema::served_kinds;
use crate::api::{Kind, Object};
use crate::cluster::{Cluster, ObjectKey};
use crate::manifest::aggregate;

/// Reads a file by its name, `-` being standard input.
type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Does what `args` say.
pub(super) fn run(client: &mut Client, cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    if args.on("help") {
        return Ok(if args.command.is_empty() { help::commands() } else { help::of(args.command) });
    }
    if !args.command.starts_with("config") {
        config::configured(args)?;
    }
    if let Some(text) = args.get("request-timeout")
        && text.parse::<u64>().is_err()
        && args.micros("request-timeout").is_none()
    {
        return Err(Failure::usage(
            "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a \
             corresponding time unit (e.g. 1s | 2m | 3h)",
        ));
    }
    match args.command {
        "" => Ok(help::commands()),
        "proxy" => Ok(exec::proxy(cluster, args)),
        "get" => get::get(cluster, args, read),
        "describe" => look::describe(cluster, args, read),
        "logs" => logs::logs(cluster, args),
        "events" => look::events(cluster, args),
        "apply" => apply::apply(cluster, args, read),
        "apply_view-last-applied" => apply::view_last_applied(cluster, args, read),
        "create" => match args.arguments() {
            [] => create::create(cluster, args, read),
            words => Err(args.misuse(format!("Unexpected args: [{}]", words.join(" ")))),
        },
        "replace" => apply::replace(cluster, args, read),
        "delete" => delete::delete(cluster, args, read),
        "patch" => patch::patch(cluster, args, read),
        "edit" => edit::edit(cluster, args, read),
        "diff" => info::diff(cluster, args, read),
        "scale" => scale::scale(cluster, args, read),
        "label" | "annotate" => meta::change(cluster, args, read),
        "cordon" => nodes::cordon(cluster, args, true),
        "uncordon" => nodes::cordon(cluster, args, false),
        "taint" => nodes::taint(cluster, args),
        "drain" => nodes::drain(cluster, args),
        "run" => make::run(cluster, args, client.interactive),
        "expose" => make::expose(cluster, args, read),
        "autoscale" => make::autoscale(cluster, args, read),
        "wait" => wait::wait(cluster, args, read),
        "exec" => exec::exec(cluster, args, read, client.interactive),
        "attach" => exec::attach(cluster, args, client.interactive),
        "cp" => exec::cp(cluster, args, read),
        "port-forward" => exec::port_forward(cluster, args, client.interactive),
        "debug" => debug::debug(cluster, args, read, client.interactive),
        "explain" => explain::explain(args, read),
        "api-resources" => info::api_resources(args),
        "api-versions" => info::api_versions(args),
        "version" => info::version(cluster, args),
        "cluster-info" => Ok(info::cluster_info()),
        "options" => Ok(help::options()),
        "top" | "top_pod" | "top_node" => top::top(cluster, args),
        "plugin_list" => Err(Failure::usage("unable to find any kubectl plugins in your PATH")),
        "rollout" | "set" | "config" | "auth" | "create_secret" | "create_service" => {
            // What needs a word more says so as an error.
            let help = help::of(args.command);
            if args.command == "rollout" {
                return Ok(Output { exit_code: 1, ..help });
            }
            Ok(Output { stdout: String::new(), stderr: help.stdout, exit_code: 1, ..Output::default() })
        }
        path => match path.split('_').next().unwrap_or_default() {
            "create" => make::create(cluster, args, read),
            "rollout" => rollout::rollout(cluster, args, read),
            "set" => set::set(cluster, args, read),
            "config" => config::config(client, args),
            "auth" => auth::auth(args),
            "certificate" => certificate(args),
            "completion" => Err(match args.arguments().first() {
                None => args.misuse("Shell not specified."),
                Some(shell) if matches!(shell.as_str(), "bash" | "zsh" | "fish" | "powershell") => {
                    Failure::usage("this prompt completes by itself: press Tab")
                }
                Some(shell) => args.misuse(format!("Unsupported shell type {shell:?}.")),
            }),
            verb => Err(Failure::usage(format!("\"kubectl {verb}\" is not simulated"))),
        },
    }
}

/// `certificate approve` and `deny`: nobody asks for certificates here.
fn certificate(args: &Args) -> Result<Output, Failure> {
    match (args.command, args.arguments()) {
        ("certificate", _) => Ok(help::of("certificate")),
        (_, [name, ..]) => Err(resource::not_found(resources::find("csr")?, name)),
        (_, []) => Err(Failure::usage("one or more CSRs must be specified as <name> or -f <filename>")),
    }
}

/// The files of every `-f`: the name that messages call each by, and its text.
fn files(args: &Args, read: Read) -> Result<Vec<(String, String)>, Failure> {
    let file = |name: &str| match read(name) {
        Some(text) => Ok((if name == "-" { "STDIN".to_owned() } else { name.to_owned() }, text)),
        None => Err(Failure::usage(format!("the path \"{name}\" does not exist"))),
    };
    if let Some(folder) = args.get("kustomize") {
        const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        let there = NAMES.iter().any(|name| read(&format!("{folder}/{name}")).is_some());
        let [a, b, c] = NAMES;
        let folder = format!("/{}", folder.trim_start_matches("./").trim_matches('/'));
        return Err(Failure::usage(match there {
            true => "-k is not simulated here".to_owned(),
            false => format!("unable to find one of '{a}', '{b}' or '{c}' in directory '{folder}'"),
        }));
    }
    let files: Vec<(String, String)> = args.all("filename").map(file).collect::<Result<_, _>>()?;
    if files.is_empty() { Err(Failure::usage("must specify one of -f and -k")) } else { Ok(files) }
}

/// What `-l` asks of the objects of files (cli-runtime: resource/builder.go LabelSelectorParam).
fn chosen(args: &Args) -> Result<Selector, Failure> {
    let text = args.get("selector").filter(|_| args.command != "expose").unwrap_or_default();
    Selector::parse(text).map_err(|why| Failure::usage(format!("the provided selector {text:?} is not valid: {why}")))
}

/// The live objects that the files of `-f` name, or else `words`, for a change.
fn named(cluster: &Cluster, args: &Args, words: &[String], read: Read) -> Result<Found, Failure> {
    match args.get("filename").or(args.get("kustomize")) {
        Some(_) => named_in_files(cluster, args, words, read),
        None => resource::to_change(cluster, args, words),
    }
}

/// The live objects that the files of `-f` name; `words` may name none beside them.
fn named_in_files(cluster: &Cluster, args: &Args, words: &[String], read: Read) -> Result<Found, Failure> {
    let files = files(args, read)?;
    if !words.is_empty() {
        return Err(Failure::usage(
            "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
        ));
    }
    let selector = chosen(args)?;
    // These take the objects as the files have them; the others fetch them first, `get` as tables, which have no
    // labels (cli-runtime: resource/builder.go Latest, RetrieveLatest).
    let as_written = matches!(args.command, "delete" | "describe" | "scale");
    let as_tables = args.command == "get" && matches!(args.get("output"), None | Some("" | "wide"));
    let mut found = Found { named: true, ..Found::default() };
    let forgiving = args.on("ignore-not-found") || args.on("all") && args.get("ignore-not-found").is_none();
    // What is said of each that is not there, and whether it is the reader of the file that says so.
    let mut missing: Vec<(bool, String)> = Vec::new();
    'files: for (file, text) in files {
        let (values, fault) = manifest::values_until(&text);
        for object in manifest::objects(values).map_err(|why| unread(args, &file, &why))? {
            if as_written && !selector.matches(object.metadata().labels.as_ref()) {
                continue;
            }
            found.asked += 1;
            let Some(kind) = object.kind() else {
                missing.extend(no_match(&object, &file).map(|line| (true, line)));
                continue;
            };
            let resource = Resource::of(kind);
            let key = key_of(&object, kind, args);
            found.unscoped |= !resource.namespaced;
            match resource::sought(cluster, args, resource, &key.namespace, &key.name) {
                Ok(object) => {
                    let labels = object.metadata().labels.as_ref().filter(|_| !as_tables);
                    if as_written || selector.matches(labels) {
                        found.add(resource, object);
                    }
                }
                Err(_) if forgiving => {}
                Err(failure) => {
                    let verb = match args.command {
                        "delete" => format!("error when deleting {file:?}: "),
                        _ => String::new(),
                    };
                    missing.push((false, failure.0.replacen("(NotFound): ", &format!("(NotFound): {verb}"), 1)));
                    if args.command == "scale" {
                        break 'files;
                    }
                }
            }
        }
        missing.extend(fault.map(|fault| (true, format!("error parsing {file}: {fault}"))));
    }
    found.missing = told(missing, args.command == "delete");
    Ok(found)
}

/// What is said of a file whose objects cannot be read (cli-runtime: resource/mapper.go infoForData); those who only look
/// say so without a word before it.
fn unread(args: &Args, file: &str, why: &manifest::ReadError) -> Failure {
    let text = why.to_string();
    match text.starts_with(manifest::NO_KIND) {
        true if matches!(args.command, "get" | "describe") => Failure(format!("unable to decode {file:?}: {text}")),
        true => Failure::usage(format!("unable to decode {file:?}: {text}")),
        false => Failure::usage(text),
    }
}

/// What is said of a kind that no server has.
fn no_match(object: &Object, file: &str) -> Option<String> {
    let Object::Other(other) = object else { return None };
    let (version, kind) = (&other.api_version, &other.kind);
    let served = served_kinds().iter().any(|it| it.api_version == *version && it.kind == *kind);
    let (name, namespace) = (object.name(), object.metadata().namespace.as_deref().unwrap_or_default());
    (!served).then(|| {
        format!(
            "resource mapping not found for name: {name:?} namespace: {namespace:?} from {file:?}: no matches for kind \
             {kind:?} in version {version:?}\nensure CRDs are installed first"
        )
    })
}

/// The lines of several errors. Where the server is asked while the file is read, what its reader met comes last and in
/// one piece (cli-runtime: resource/visitor.go ContinueOnErrorVisitor).
fn told(errors: Vec<(bool, String)>, reader_last: bool) -> String {
    if let [(true, one)] = errors.as_slice() {
        return format!("error: {one}\n");
    }
    let several = reader_last && errors.iter().any(|(of_reader, _)| !of_reader);
    let (read, mut lines): (Vec<_>, Vec<_>) = errors.into_iter().partition(|(of_reader, _)| several && *of_reader);
    if !read.is_empty() {
        lines.push((true, aggregate(read.into_iter().map(|(_, line)| line))));
    }
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

/// Where an object of a file lives.
fn key_of(object: &Object, kind: Kind, args: &Args) -> ObjectKey {
    let namespace = match object.metadata().namespace.as_deref() {
        _ if !kind.namespaced() => "",
        Some(namespace) => namespace,
        None => args.namespace(),
    };
    ObjectKey::new(kind, namespace, object.name())
}
