//! Which objects a command line names.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::args::Args;
use super::dry::{Dry, dry_run};
use super::resources::{self, Resource};
use super::selector::{Fields, Selector};
use super::{Failure, budgets, made};
use crate::api::{Kind, Object, Other, View};
use crate::cluster::{Cluster, ObjectKey};
use crate::manifest::rules::names;

/// The objects of one resource that were asked for.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Of which resource.
    pub resource: Resource,
    /// The objects, by namespace and name.
    pub objects: Vec<Object>,
}

/// What a command line names.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The objects, resource by resource.
    pub groups: Vec<Group>,
    /// Whether they were asked for by name.
    pub named: bool,
    /// How many names were asked for, whether there or not.
    pub asked: usize,
    /// What was said of the rest: a line for each object that is not there.
    pub missing: String,
    /// Warnings of the server.
    pub warnings: String,
    /// Whether something that was asked for, whether there or not, lives in no namespace.
    pub unscoped: bool,
}

impl Found {
    /// Every object with its resource.
    pub fn each(&self) -> impl Iterator<Item = (Resource, &Object)> {
        self.groups.iter().flat_map(|group| group.objects.iter().map(|object| (group.resource, object)))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.objects.is_empty())
    }
}

/// Types with names, or whole types: how the words of a command are read (cli-runtime: resource/builder.go).
enum Asked {
    Named(Vec<(Resource, String)>),
    All(Vec<Resource>),
}

/// How a word with a slash is to be written.
const NOT_SEPARATE: &str = "there is no need to specify a resource type as a separate argument when passing arguments \
                            in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl \
                            get resource resource/<resource_name>'";

/// The two parts of `TYPE/NAME`.
///
/// # Errors
/// When there are not two of them.
pub(super) fn well_named(word: &str) -> Result<(&str, &str), Failure> {
    let (of, name) = word.split_once('/').ok_or_else(|| Failure::usage(NOT_SEPARATE))?;
    if name.contains('/') {
        return Err(Failure::usage("arguments in resource/name form may not have more than one slash"));
    }
    if of.is_empty() || name.is_empty() {
        return Err(Failure::usage("arguments in resource/name form must have a single resource and name"));
    }
    Ok((of, name))
}

fn asked(words: &[String]) -> Result<Asked, Failure> {
    if words.iter().any(|word| word.contains('/')) {
        let named = words.iter().map(|word| {
            let (of, name) = well_named(word)?;
            Ok((resources::find(of)?, name.to_owned()))
        });
        return named.collect::<Result<_, _>>().map(Asked::Named);
    }
    let Some((first, names)) = words.split_first() else { return Ok(Asked::All(Vec::new())) };
    let mut kinds: Vec<Resource> = Vec::new();
    for word in first.split(',') {
        match word {
            "all" => kinds.extend(resources::of_all()),
            word => kinds.push(resources::find(word)?),
        }
    }
    // What is said twice counts once (cli-runtime: resource/builder.go resourceMappings).
    let mut before: Vec<Resource> = Vec::new();
    kinds.retain(|kind| {
        let new = !before.contains(kind);
        before.push(*kind);
        new
    });
    if names.is_empty() {
        return Ok(Asked::All(kinds));
    }
    if first == "all" {
        return Err(Failure::usage("you must specify only one resource"));
    }
    // Several types with names: each name of each type.
    Ok(Asked::Named(kinds.iter().flat_map(|kind| names.iter().map(move |name| (*kind, name.clone()))).collect()))
}

/// The objects that `words` name: `pods a b`, `pod/a deploy/b`, `pods,svc -l app=x`.
///
/// # Errors
/// When a word names no type or a selector cannot be read. Objects that are not there are no error here.
pub(super) fn find(cluster: &Cluster, args: &Args, words: &[String]) -> Result<Found, Failure> {
    let mut found = Found::default();
    let kinds = match asked(words)? {
        Asked::Named(named) => {
            found.named = true;
            found.asked = named.len();
            let says = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
            if says(selector(args)) || says(args.get("field-selector")) {
                let slash = words.iter().any(|word| word.contains('/'));
                return Err(Failure::usage(match slash {
                    true => "selectors and the all flag cannot be used when passing resource/name arguments",
                    false => "name cannot be provided when a selector is specified",
                }));
            }
            if args.on("all-namespaces") {
                return Err(Failure::usage("a resource cannot be retrieved by name across all namespaces"));
            }
            for (resource, name) in named {
                usable(&name)?;
                found.unscoped |= !resource.namespaced;
                match sought(cluster, args, resource, args.namespace(), &name) {
                    Ok(object) => found.add(resource, object),
                    Err(_) if args.on("ignore-not-found") => {}
                    Err(failure) => found.missing.push_str(&(failure.0 + "\n")),
                }
                found.warn(resource);
            }
            return Ok(found);
        }
        Asked::All(kinds) => kinds,
    };
    let words = words.first().map_or("", String::as_str);
    if words.split(',').any(|word| word == "ev") {
        found
            .warnings
            .push_str("Warning: short name \"ev\" could also match lower priority resource events.events.k8s.io\n");
    }
    for resource in kinds {
        found.warn(resource);
        found.unscoped |= !resource.namespaced;
        let objects = select(cluster, args, resource)?;
        found.groups.push(Group { resource, objects });
    }
    Ok(found)
}

/// A name is part of an address (apimachinery: api/validation/path/name.go IsValidPathSegmentName).
fn usable(name: &str) -> Result<(), Failure> {
    if name.is_empty() {
        return Err(Failure::usage("resource name may not be empty"));
    }
    match names::path_segment(name).first() {
        Some(why) => Err(Failure::usage(format!("invalid resource name {name:?}: [{why}]"))),
        None => Ok(()),
    }
}

impl Found {
    /// Takes in an object: neighbours of one resource are one group, which is one table.
    pub fn add(&mut self, resource: Resource, object: Object) {
        match self.groups.last_mut().filter(|group| group.resource == resource) {
            Some(group) => group.objects.push(object),
            None => self.groups.push(Group { resource, objects: vec![object] }),
        }
    }

    fn warn(&mut self, resource: Resource) {
        const ENDPOINTS: &str =
            "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n";
        if resource.kind == "Endpoints" && !self.warnings.contains(ENDPOINTS) {
            self.warnings.push_str(ENDPOINTS);
        }
    }
}

/// What chooses by labels; `expose` has a flag of this name that says something else.
fn selector(args: &Args) -> Option<&str> {
    args.get("selector").filter(|_| args.command != "expose")
}

/// The objects of `resource` that the selectors of `args` choose.
pub(super) fn select(cluster: &Cluster, args: &Args, resource: Resource) -> Result<Vec<Object>, Failure> {
    let (labels, fields) = (selector(args).unwrap_or_default(), args.get("field-selector").unwrap_or_default());
    let refused = |why: String| {
        Failure(format!(
            "Error from server (BadRequest): Unable to find {:?} that match label selector {labels:?}, field selector \
             {fields:?}: {why}",
            resource.gvr()
        ))
    };
    let selector = Selector::parse(labels).map_err(refused)?;
    let fields = Fields::parse(fields, resource.known()).map_err(refused)?;
    let chosen = |object: &Object| {
        selector.matches(object.metadata().labels.as_ref())
            && (fields == Fields::default() || fields.matches(View::new(&object.to_json())))
    };
    let namespace = (!args.on("all-namespaces")).then(|| args.namespace());
    Ok(list(cluster, resource, namespace).into_iter().filter(chosen).collect())
}

/// The objects of `resource`, of one namespace or of all.
pub(super) fn list(cluster: &Cluster, resource: Resource, namespace: Option<&str>) -> Vec<Object> {
    let here =
        |object: &Object| !resource.namespaced || namespace.is_none_or(|namespace| object.namespace() == namespace);
    let stored = resource
        .known()
        .into_iter()
        .flat_map(|kind| cluster.store().list(kind).filter(|(_, object)| !cluster.is_over(object)))
        .map(|(_, object)| budgets::with_status(cluster, object));
    let mut all: Vec<Object> = stored.chain(made::all(cluster, resource)).filter(here).collect();
    if resource.known() == Some(Kind::EndpointSlice) {
        all.sort_by(|a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
    }
    all
}

/// The live object `name` of `resource`.
///
/// # Errors
/// NotFound, in the server's words.
pub(super) fn live(cluster: &Cluster, resource: Resource, namespace: &str, name: &str) -> Result<Object, Failure> {
    let stored = resource.known().and_then(|kind| cluster.store().get(&ObjectKey::new(kind, namespace, name)));
    let stored = stored.filter(|object| !cluster.is_over(object)).map(|object| budgets::with_status(cluster, object));
    let found = stored.or_else(|| {
        let mut made = made::all(cluster, resource);
        made.find(|object| object.name() == name && object.namespace() == namespace)
    });
    found.ok_or_else(|| match resource.namespaced && !has_namespace(cluster, namespace) {
        true => Failure(format!("Error from server (NotFound): namespaces {namespace:?} not found")),
        false => not_found(resource, name),
    })
}

/// The object `name` as the command of `args` comes by it: `delete` sends its request without a look, so that no
/// namespace is missed, and where the client alone says what it would do, nobody is asked at all.
///
/// # Errors
/// NotFound, in the server's words.
pub(super) fn sought(
    cluster: &Cluster,
    args: &Args,
    resource: Resource,
    namespace: &str,
    name: &str,
) -> Result<Object, Failure> {
    match live(cluster, resource, namespace, name) {
        Err(_) if args.command == "delete" => match dry_run(args)? {
            Dry::Client => Ok(unseen(resource, namespace, name)),
            Dry::No | Dry::Server => Err(not_found(resource, name)),
        },
        found => found,
    }
}

/// An object of which no more is known than its name.
fn unseen(resource: Resource, namespace: &str, name: &str) -> Object {
    let (api_version, kind) = (resource.api_version.to_owned(), resource.kind.to_owned());
    let namespace = resource.namespaced.then(|| namespace.into());
    let metadata = ObjectMeta { name: Some(name.into()), namespace, ..ObjectMeta::default() };
    Object::Other(Other { api_version, kind, metadata, value: Value::Null }.into())
}

/// Whether there is such a namespace; objects that came without theirs have it all the same.
pub(super) fn has_namespace(cluster: &Cluster, namespace: &str) -> bool {
    namespace == "default"
        || cluster.store().get(&ObjectKey::new(Kind::Namespace, "", namespace)).is_some()
        || cluster.store().count(Kind::Namespace) == 0
}

/// NotFound, in the server's words.
pub(super) fn not_found(resource: Resource, name: &str) -> Failure {
    Failure(format!("Error from server (NotFound): {} \"{name}\" not found", resource.full()))
}

/// `pod/web` or `deployment.apps/web`: how messages name an object.
pub(super) fn label(key: &ObjectKey) -> String {
    format!("{}/{}", Resource::of(key.kind).kind_name(), key.name)
}

/// `pod` or `deployment.apps`.
pub(super) fn kind_name(kind: Kind) -> String {
    Resource::of(kind).kind_name().into_owned()
}

/// `pod/web` of any object.
pub(super) fn object_label(object: &Object) -> String {
    match object {
        Object::Other(other) if object.kind().is_none() => {
            resources::label_of(&other.api_version, &other.kind, object.name())
        }
        object => ObjectKey::of(object).map_or_else(String::new, |key| label(&key)),
    }
}

/// The words that name objects, and those that set something: the first that holds `=` or ends in `-` begins these.
pub(super) fn split_settings(words: &[String]) -> (&[String], &[String]) {
    let names = words.iter().take_while(|word| !is_setting(word)).count();
    words.split_at(names)
}

/// Whether a word is a setting and no name (kubectl: cmd/util/helpers.go GetResourcesAndPairs).
pub(super) fn is_setting(word: &str) -> bool {
    !word.starts_with('=') && word.contains('=') || word.ends_with('-') && word != "-"
}

/// The objects that `words` name, for a change: something must be named.
pub(super) fn to_change(cluster: &Cluster, args: &Args, words: &[String]) -> Result<Found, Failure> {
    if words.is_empty() {
        return Err(Failure::usage(NOTHING_NAMED));
    }
    let by_type = !words.iter().any(|word| word.contains('/')) && words.len() == 1;
    if by_type && args.get("selector").is_none() && args.get("field-selector").is_none() && !args.on("all") {
        find_types(words)?;
        return Err(Failure::usage("resource(s) were provided, but no name was specified"));
    }
    find(cluster, args, words)
}

fn find_types(words: &[String]) -> Result<(), Failure> {
    asked(words).map(|_| ())
}

/// What kubectl says where nothing is named.
pub(super) const NOTHING_NAMED: &str = "You must provide one or more resources by argument or filename.\nExample \
                                        resource specifications include:\n   '-f rsrc.yaml'\n   \
                                        '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";
