//! The verbs that take a file: `kubectl create`, `kubectl apply` and `kubectl replace`.

use super::super::api::Api;
use super::super::args::Args;
use super::super::{Failure, Output};
use super::Read;
use crate::api::Kind;
use crate::cluster::{Action, Cluster, ObjectKey, Propagation};
use crate::manifest::{self, Command, Verb};

/// `apply -f FILE`: creates what is not there, and patches what is.
pub(super) fn apply(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    send(cluster, args, read, Verb::Apply)
}

/// `replace -f FILE`: puts the file's objects in place of what is there; with `--force` they are deleted and made anew
/// (kubectl: cmd/replace/replace.go).
pub(super) fn replace(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    if !args.on("force") {
        return send(cluster, args, read, Verb::Replace);
    }
    let mut gone = Output::default();
    for (_, text) in files(args, read)? {
        for object in manifest::check(&text, "").accepted_objects() {
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
    made.stdout = made.stdout.replace(" created\n", " replaced\n");
    Ok(gone.then(made))
}

fn deleted(kind: Kind, namespace: &str, name: &str) -> String {
    let kind_name = super::super::resource::kind_name(kind);
    let place = if namespace.is_empty() { String::new() } else { format!(" from {namespace} namespace") };
    format!("{kind_name} \"{name}\" deleted{place}")
}

/// Sends every object of every file; what is refused does not stop the others.
pub(super) fn send(cluster: &mut Cluster, args: &Args, read: Read, verb: Verb) -> Result<Output, Failure> {
    let remark = match args.get("dry-run") {
        None | Some("none" | "false") => "",
        Some("server") => " (server dry run)",
        Some(_) => " (dry run)",
    };
    let mut tried = (!remark.is_empty()).then(|| cluster.clone());
    let target = tried.as_mut().unwrap_or(cluster);
    let mut output = Output::default();
    for (file, text) in files(args, read)? {
        let command = Command {
            verb,
            file: &file,
            namespace: args.namespace(),
            enforce_namespace: args.get("namespace").is_some(),
            save_config: args.on("save-config"),
        };
        let (judgement, done) = manifest::send(&text, command, &mut Api(target));
        for done in &done {
            output.stdout.push_str(&format!("{} {}{remark}\n", done.label(), done.word));
        }
        output.stderr.push_str(&judgement.stderr);
        output.exit_code = output.exit_code.max(i32::from(!judgement.accepted()));
    }
    Ok(output)
}

/// The files of every `-f`: the name that messages call each by, and its text.
fn files(args: &Args, read: Read) -> Result<Vec<(String, String)>, Failure> {
    let file = |name: &str| match read(name) {
        Some(text) => Ok((if name == "-" { "STDIN".to_owned() } else { name.to_owned() }, text)),
        None => Err(Failure::usage(format!("the path \"{name}\" does not exist"))),
    };
    let files: Vec<(String, String)> = args.all("filename").map(file).collect::<Result<_, _>>()?;
    if files.is_empty() { Err(Failure::usage("must specify one of -f and -k")) } else { Ok(files) }
}
