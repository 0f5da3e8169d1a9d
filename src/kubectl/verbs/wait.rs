//! `kubectl wait` (kubectl: cmd/wait).

use super::Read;
use crate::api::{Object, View};
use crate::cluster::{Change, ChangeKind, Cluster, ObjectKey};
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, Heard, What};
use crate::kubectl::print::{self, jsonpath, shown};
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output, manifest, resource, wire};

/// What is waited for.
#[derive(Clone, Debug)]
enum For {
    Delete,
    /// The objects by their names, which may come to be.
    Create,
    /// A condition and the status it is to have.
    Condition(String, String),
    /// A path and the value it is to have, or any.
    Path(jsonpath::Template, Option<String>),
}

/// What a `wait` remembers.
#[derive(Clone, Debug)]
pub(in crate::kubectl) struct Waiting {
    /// What is waited for, one after the other.
    what: Vec<For>,
    /// The objects in order.
    objects: Vec<Waited>,
    /// How many of them have been told of.
    told: usize,
    /// The command line, which says how objects are printed.
    args: Args,
}

/// One object, and how far it has come.
#[derive(Clone, Debug)]
struct Waited {
    key: ObjectKey,
    /// Empty where it is not there yet.
    uid: String,
    /// How much of what is waited for has come.
    met: usize,
    /// How it ended: what is printed, or what is wrong with the question.
    ended: Option<Result<String, String>>,
}

/// `wait TYPE/NAME --for=…`, `wait -f FILE --for=…`.
pub(super) fn wait(cluster: &Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let mut what: Vec<For> = args.all("for").map(parse).collect::<Result<_, _>>()?;
    if what.is_empty() {
        return Err(Failure::usage("unrecognized condition: []"));
    }
    // Nothing else can be waited for before an object is there.
    collections::sort_by_key(&mut what, |what| !matches!(what, For::Create));
    let [first, ..] = what.as_slice() else { return Ok(Output::default()) };
    let (create, delete) = (matches!(first, For::Create), what.iter().any(|what| matches!(what, For::Delete)));
    let found = super::named(cluster, args, args.arguments(), read)?;
    let missing = if create || delete { String::new() } else { found.missing.clone() };
    let mut waiting = Waiting { what, objects: Vec::new(), told: 0, args: args.clone() };
    let there = found.each().filter_map(|(_, object)| Some((ObjectKey::of(object)?, Some(object))));
    let asked: Vec<(ObjectKey, Option<&Object>)> = match create && !found.missing.is_empty() {
        true => keys(args, read)?.into_iter().map(|key| (key.clone(), cluster.store().get(&key))).collect(),
        false => there.collect(),
    };
    if asked.is_empty() && missing.is_empty() {
        return match delete {
            true => Ok(Output::default()),
            false => Err(Failure::usage("no matching resources found")),
        };
    }
    for (key, object) in asked {
        let mut waited = Waited { key, uid: String::new(), met: 0, ended: None };
        if let Some(object) = object {
            waited.look(&waiting.what, args, object, false);
        }
        waiting.objects.push(waited);
    }
    let micros = match args.micros("timeout") {
        None => 30_000_000,
        Some(negative) if negative < 0 => 7 * 86_400_000_000,
        Some(micros) => micros,
    };
    let heard = match micros {
        // Looked at once, and that is all.
        0 => waiting.close(&|key| format!("condition not met for {}", plural(key))),
        _ => waiting.tell(),
    };
    let mut output = Output {
        stdout: heard.stdout,
        stderr: heard.stderr,
        exit_code: heard.exit_code.unwrap_or_default(),
        ..Output::default()
    };
    if heard.exit_code.is_none() {
        let timeout = std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default());
        let deadline = Some(cluster.now() + timeout);
        output.follow = Some(Follow::new(What::Condition(waiting), cluster.config().epoch, deadline));
    }
    Ok(output.with_missing(&missing))
}

/// What the words or the files name, whether there or not.
fn keys(args: &Args, read: Read) -> Result<Vec<ObjectKey>, Failure> {
    if args.get("filename").is_some() {
        let mut keys = Vec::new();
        for (_, text) in super::files(args, read)? {
            let objects = manifest::read_objects(&text).map_err(Failure::usage)?;
            keys.extend(objects.iter().filter_map(|object| Some(super::key_of(object, object.kind()?, args))));
        }
        return Ok(keys);
    }
    let named: Vec<(&str, &str)> = match args.arguments() {
        [of, names @ ..] if !of.contains('/') => names.iter().map(|name| (of.as_str(), name.as_str())).collect(),
        words => words.iter().filter_map(|word| word.split_once('/')).collect(),
    };
    let key = |(of, name): (&str, &str)| {
        let kind = crate::kubectl::resources::find(of).ok().and_then(Resource::known)?;
        Some(ObjectKey::new(kind, if kind.namespaced() { args.namespace() } else { "" }, name))
    };
    Ok(named.into_iter().filter_map(key).collect())
}

/// What is waited for (kubectl: cmd/wait/wait.go conditionFuncFor).
fn parse(text: &str) -> Result<For, Failure> {
    match text.to_lowercase().as_str() {
        "delete" => return Ok(For::Delete),
        "create" => return Ok(For::Create),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix("condition=") {
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(For::Condition(name.to_owned(), value.to_owned()));
    }
    let Some(rest) = text.strip_prefix("jsonpath=") else {
        return Err(Failure::usage(format!("unrecognized condition: {text:?}")));
    };
    let parts = parts(rest);
    let (path, value) = match parts.as_slice() {
        [path] => (path, None),
        [path, value] => (path, Some(value.trim_matches(['\'', '"']).to_owned())),
        _ => {
            return Err(Failure::usage(
                "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                 --for=jsonpath='{.status.readyReplicas}'",
            ));
        }
    };
    let path = jsonpath::relaxed(path)?;
    if value.as_deref() == Some("") {
        return Err(Failure::usage(
            "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
        ));
    }
    if path.is_empty() {
        return Err(Failure::usage("jsonpath expression cannot be empty"));
    }
    Ok(For::Path(jsonpath::Template::parse(&path).map_err(Failure::usage)?, value))
}

/// A text apart at each `=`; two of them are no place to divide it (kubectl: cmd/wait/wait.go splitJSONPathInput).
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '=' {
            part.push(letter);
        } else if letters.next_if_eq(&'=').is_some() {
            part.push_str("==");
        } else {
            parts.push(std::mem::take(&mut part));
        }
    }
    parts.push(part);
    parts
}

/// Whether an object has come to what is waited for.
///
/// # Errors
/// What is wrong with what the path leads to (kubectl: cmd/wait/json.go).
fn is_met(what: &For, object: &Object) -> Result<bool, String> {
    let (template, value) = match what {
        For::Delete => return Ok(false),
        For::Create => return Ok(true),
        For::Condition(name, value) => return Ok(holds(object, name, value)),
        For::Path(template, value) => (template, value),
    };
    let json = object.to_json();
    let found = template.find(&json)?;
    let first = match found.as_slice() {
        [] => return Ok(false),
        [only] => only,
        _ => return Err("given jsonpath expression matches more than one list".to_owned()),
    };
    match (first.as_slice(), value) {
        ([], _) => Ok(false),
        ([_], None) => Ok(true),
        ([found], Some(_)) if found.is_array() || found.is_object() => {
            Err("jsonpath leads to a nested object or list which is not supported".to_owned())
        }
        ([found], Some(value)) => Ok(shown::shown(found).trim() == value.trim()),
        _ => Err("given jsonpath expression matches more than one value".to_owned()),
    }
}

impl Waited {
    /// Takes in a state of the object, or that it is gone.
    fn look(&mut self, what: &[For], args: &Args, object: &Object, gone: bool) {
        let uid = object.metadata().uid.as_deref().unwrap_or_default();
        if self.uid.is_empty() {
            self.uid = uid.to_owned();
        }
        if self.ended.is_some() || (gone && self.uid != uid) {
            return;
        }
        while let Some(next) = what.get(self.met) {
            let met = match (gone, next) {
                (true, next) => Ok(matches!(next, For::Delete)),
                (false, next) => is_met(next, object),
            };
            match met {
                Ok(true) => self.met += 1,
                Ok(false) => return,
                Err(why) => return self.ended = Some(Err(why)),
            }
        }
        // Each condition is told.
        let line = match args.get("output") {
            None | Some("") => format!("{} condition met\n", resource::label(&self.key)),
            Some("name") => resource::label(&self.key) + "\n",
            Some(format) => {
                let value = wire::object(object);
                let printed = print::value(&value, format, args.template(), super::submit::FORMATS);
                printed.unwrap_or_else(|failure| failure.0 + "\n")
            }
        };
        self.ended = Some(Ok(line.repeat(what.len())));
    }
}

impl Waiting {
    pub(in crate::kubectl) fn hear(&mut self, change: &Change) -> Heard {
        for waited in self.objects.iter_mut().filter(|waited| waited.key == change.key) {
            waited.look(&self.what, &self.args, &change.object, change.kind == ChangeKind::Deleted);
        }
        self.tell()
    }

    /// Objects are waited for one after the other, and told so; what is wrong is told at the end.
    fn tell(&mut self) -> Heard {
        let mut heard = Heard::default();
        while let Some(ended) = self.objects.get(self.told).and_then(|waited| waited.ended.as_ref()) {
            heard.stdout.push_str(ended.as_deref().unwrap_or_default());
            self.told += 1;
        }
        if self.told == self.objects.len() {
            let end = self.close(&plural);
            (heard.stderr, heard.exit_code) = (end.stderr, end.exit_code);
        }
        heard
    }

    /// Ends: what is told yet of those that have come, and a line for each that has not.
    fn close(&self, line: &dyn Fn(&ObjectKey) -> String) -> Heard {
        let rest = self.objects.get(self.told..).unwrap_or_default();
        let stdout = rest.iter().filter_map(|waited| waited.ended.as_ref()?.as_deref().ok()).collect();
        let wrong = self.objects.iter().filter_map(|waited| match &waited.ended {
            Some(Ok(_)) => None,
            Some(Err(why)) => Some(why.clone()),
            None => Some(line(&waited.key)),
        });
        let wrong: Vec<String> = wrong.collect();
        match wrong.is_empty() {
            true => Heard { stdout, exit_code: Some(0), ..Heard::default() },
            false => Heard { stdout, ..late(&wrong) },
        }
    }

    /// Once the time is over for one, nothing is left of it for those after it.
    pub(in crate::kubectl) fn expire(&self) -> Heard {
        let line = |waited: &Waited| match (&waited.ended, self.what.get(waited.met)) {
            (Some(Err(why)), _) => why.clone(),
            (_, Some(For::Create)) => "timed out waiting for the condition".to_owned(),
            _ => format!("timed out waiting for the condition on {}", plural(&waited.key)),
        };
        let told = self.objects.get(..self.told).unwrap_or_default();
        let wrong = told.iter().filter(|waited| matches!(waited.ended, Some(Err(_))));
        let rest = self.objects.get(self.told..).unwrap_or_default();
        late(&wrong.chain(rest).map(line).collect::<Vec<_>>())
    }
}

/// `pods/a`, as these messages name an object.
fn plural(key: &ObjectKey) -> String {
    format!("{}/{}", Resource::of(key.kind).plural, key.name)
}

/// Errors one below the other; a single one is introduced.
pub(in crate::kubectl) fn late(lines: &[String]) -> Heard {
    let stderr = match lines {
        [one] => format!("error: {one}\n"),
        several => several.iter().map(|line| format!("{line}\n")).collect(),
    };
    Heard { stderr, exit_code: Some(1), ..Heard::default() }
}

/// Whether a condition has a status, and was computed from the present spec.
fn holds(object: &Object, name: &str, value: &str) -> bool {
    let json = object.to_json();
    let view = View::new(&json);
    let generation = view.at("metadata.generation").int();
    view.at("status.conditions").items().any(|condition| {
        let observed = [condition.at("observedGeneration"), view.at("status.observedGeneration")];
        let observed = observed.into_iter().find(|observed| observed.exists()).map(View::int);
        condition.at("type").str().eq_ignore_ascii_case(name)
            && condition.at("status").str().eq_ignore_ascii_case(value)
            && observed.is_none_or(|observed| observed >= generation)
    })
}
