//! `kubectl wait` (kubectl: cmd/wait).

use serde_json::Value;

use crate::api::{Object, View};
use crate::cluster::{Change, ChangeKind, Cluster, ObjectKey};
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, Heard, What};
use crate::kubectl::print::jsonpath;
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output, resource};

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

/// What a `wait` remembers: the objects in order, and whether each has come to what is waited for.
#[derive(Clone, Debug)]
pub(in crate::kubectl) struct Waiting {
    what: For,
    objects: Vec<(ObjectKey, String, bool)>,
    told: usize,
}

/// `wait TYPE/NAME --for=…`.
pub(super) fn wait(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    let what = parse(args.get("for"))?;
    let words = args.arguments();
    if words.is_empty() {
        return Err(Failure::usage(resource::NOTHING_NAMED));
    }
    let bare = words.len() == 1 && !words.iter().any(|word| word.contains('/'));
    if bare && args.get("selector").is_none() && args.get("field-selector").is_none() && !args.on("all") {
        return Err(Failure::usage("resource name(s) must be provided, or use --all or a selector"));
    }
    let found = resource::find(cluster, args, words)?;
    let missing = if matches!(what, For::Delete | For::Create) { String::new() } else { found.missing.clone() };
    if matches!(what, For::Create) && !found.missing.is_empty() {
        return Ok(awaited(cluster, args, words));
    }
    if found.is_empty() && missing.is_empty() {
        return match what {
            For::Delete if found.named => Ok(Output::default()),
            _ => Err(Failure::usage("no matching resources found")),
        };
    }
    let mut waiting = Waiting { what, objects: Vec::new(), told: 0 };
    for (_, object) in found.each() {
        let Some(key) = ObjectKey::of(object) else { continue };
        let uid = object.metadata().uid.clone().unwrap_or_default();
        let met = waiting.is_met(object);
        waiting.objects.push((key, uid.to_string(), met));
    }
    let heard = waiting.tell();
    let mut output =
        Output { stdout: heard.stdout, exit_code: heard.exit_code.unwrap_or_default(), ..Output::default() };
    if heard.exit_code.is_none() {
        let micros = match args.micros("timeout") {
            None => 30_000_000,
            Some(negative) if negative < 0 => 7 * 86_400_000_000,
            Some(micros) => micros,
        };
        let timeout = std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default());
        if micros == 0 {
            // Looked at once, and that is all.
            let lines = waiting.unmet().map(|key| format!("condition not met for {}", plural(key)));
            let late = late(&lines.collect::<Vec<_>>());
            let told = Output { stderr: late.stderr, exit_code: 1, ..Output::default() };
            return Ok(output.then(told).with_missing(&missing));
        }
        let deadline = Some(cluster.now() + timeout);
        output.follow = Some(Follow::new(What::Condition(waiting), cluster.config().epoch, deadline));
    }
    Ok(output.with_missing(&missing))
}

fn parse(text: Option<&str>) -> Result<For, Failure> {
    let unknown = |text: &str| Failure::usage(format!("unrecognized condition: {text}"));
    let Some(text) = text else { return Err(unknown("[]")) };
    let lower = text.to_lowercase();
    if lower == "delete" {
        return Ok(For::Delete);
    }
    if lower == "create" {
        return Ok(For::Create);
    }
    if let Some(rest) = lower.strip_prefix("condition=") {
        let rest = text.get(text.len() - rest.len()..).unwrap_or_default();
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(For::Condition(name.to_owned(), value.to_owned()));
    }
    if let Some(rest) = text.strip_prefix("jsonpath=") {
        let rest = rest.trim_matches(['\'', '"']);
        let (path, value) = match rest.find("}=") {
            Some(at) => (rest.get(..=at).unwrap_or_default(), rest.get(at + 2..)),
            None => (rest, None),
        };
        let relaxed = jsonpath::relaxed(path)?;
        let template = jsonpath::Template::parse(&relaxed)
            .map_err(|why| Failure::usage(format!("error parsing jsonpath {relaxed}, {why}")))?;
        let value = value.map(|value| value.trim_matches(['\'', '"']).to_owned());
        return Ok(For::Path(template, value));
    }
    Err(unknown(&format!("{text:?}")))
}

impl Waiting {
    fn is_met(&self, object: &Object) -> bool {
        match &self.what {
            For::Delete => false,
            For::Create => true,
            For::Condition(name, value) => holds(object, name, value),
            For::Path(template, value) => {
                let json = object.to_json();
                let found = template.find(&json).unwrap_or_default();
                let found: Vec<&Value> = found.iter().flatten().map(AsRef::as_ref).collect();
                match (found.as_slice(), value) {
                    ([], _) => false,
                    (_, None) => true,
                    (found, Some(value)) => found.iter().any(|found| jsonpath::shown(found) == *value),
                }
            }
        }
    }

    pub(in crate::kubectl) fn hear(&mut self, change: &Change) -> Heard {
        let uid = change.object.metadata().uid.as_deref().unwrap_or_default();
        let gone = change.kind == ChangeKind::Deleted;
        let met = match self.what {
            For::Delete => gone,
            _ => !gone && self.is_met(&change.object),
        };
        for (key, known, is) in &mut self.objects {
            if *key == change.key && (!gone || known == uid) {
                *is |= met;
            }
        }
        self.tell()
    }

    /// Objects are waited for one after the other, and told so.
    fn tell(&mut self) -> Heard {
        let mut heard = Heard::default();
        while let Some((key, _, true)) = self.objects.get(self.told) {
            heard.stdout.push_str(&format!("{} condition met\n", resource::label(key)));
            self.told += 1;
        }
        if self.told == self.objects.len() {
            heard.exit_code = Some(0);
        }
        heard
    }

    /// Once the time is over for one, nothing is left of it for those after it.
    pub(in crate::kubectl) fn expire(&self) -> Heard {
        let line = |key: &ObjectKey| match self.what {
            For::Create => "timed out waiting for the condition".to_owned(),
            _ => format!("timed out waiting for the condition on {}", plural(key)),
        };
        late(&self.unmet().map(line).collect::<Vec<_>>())
    }

    /// The objects that nothing good was told of yet.
    fn unmet(&self) -> impl Iterator<Item = &ObjectKey> {
        self.objects.get(self.told..).unwrap_or_default().iter().map(|(key, ..)| key)
    }
}

/// `pods/a`, as these messages name an object.
fn plural(key: &ObjectKey) -> String {
    format!("{}/{}", Resource::of(key.kind).plural, key.name)
}

/// Waits for objects that are not there yet.
fn awaited(cluster: &Cluster, args: &Args, words: &[String]) -> Output {
    let mut waiting = Waiting { what: For::Create, objects: Vec::new(), told: 0 };
    let named: Vec<(String, String)> = match words {
        [of, names @ ..] if !of.contains('/') => names.iter().map(|name| (of.clone(), name.clone())).collect(),
        words => words.iter().filter_map(|word| word.split_once('/')).map(|(a, b)| (a.into(), b.into())).collect(),
    };
    for (of, name) in named {
        let kind = crate::kubectl::resources::find(&of).ok().and_then(Resource::known);
        let Some(kind) = kind else { continue };
        let key = ObjectKey::new(kind, args.namespace(), &name);
        let there = cluster.store().get(&key).is_some();
        waiting.objects.push((key, String::new(), there));
    }
    let micros = args.micros("timeout").filter(|micros| *micros >= 0).unwrap_or(30_000_000);
    let deadline = cluster.now() + std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default());
    let follow = Some(Follow::new(What::Condition(waiting), cluster.config().epoch, Some(deadline)));
    Output { follow, ..Output::default() }
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
