//! Sending the objects of a file to a server that holds some already: `kubectl create`, `apply` and `replace`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::Value as Json;

use super::super::judgement::{Refusal, Stage};
use super::super::update::{self, LAST_APPLIED, PatchError};
use super::super::{FieldError, decode, rules};
use super::server::{text_at, typed};
use super::{Mapping, Place, Run, TypeMeta, client};
use crate::api::schema::TypeId;
use crate::api::{CHANGE_CAUSE, Kind, Object, Other, View, autoscaling_v1, labels, pod_security};
use crate::yaml::quote;

/// What the commands need of an API server. Objects reach it judged and with their defaults.
pub trait Server {
    /// Whether the namespace is there.
    fn has_namespace(&self, name: &str) -> bool;
    /// The stored object; `namespace` is empty for kinds that live in none.
    fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Object>;
    /// The PriorityClass of those Pods that name none.
    fn usual_class(&self) -> Option<Object>;
    /// The same of a kind that is not known by name; none where the server keeps no such objects.
    fn get_other(&self, _api_version: &str, _kind: &str, _namespace: &str, _name: &str) -> Option<Object> {
        None
    }
    /// Stores a new object and gives it back.
    ///
    /// # Errors
    /// Why it is refused all the same: its name is taken, an address is.
    fn create(&mut self, object: Object) -> Result<Object, Status>;
    /// Stores an object in the place of the one with its name, and gives it back.
    ///
    /// # Errors
    /// Why it is refused all the same.
    fn update(&mut self, object: Object) -> Result<Object, Status>;
}

/// A refusal of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `NotFound`, `AlreadyExists`, `Conflict` …
    pub reason: &'static str,
    /// Its message.
    pub message: String,
}

/// What is to be done with the objects of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `kubectl create`: none of them may be there.
    Create,
    /// `kubectl apply`: those that are there are patched.
    Apply,
    /// `kubectl replace`: all of them must be there.
    Replace,
}

impl Verb {
    /// The verb as one types it.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Create => "create",
            Verb::Apply => "apply",
            Verb::Replace => "replace",
        }
    }
}

/// A command on a file.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// What is to be done.
    pub verb: Verb,
    /// The name that the messages call the file by.
    pub file: &'a str,
    /// The namespace of objects that name none.
    pub namespace: &'a str,
    /// Whether objects that name another namespace are refused, as with `--namespace`.
    pub enforce_namespace: bool,
    /// Whether the object remembers the file, as with `create --save-config`; `apply` always has it so.
    pub save_config: bool,
    /// Whether the server does the merging, as with `apply --server-side`; nothing is remembered in an annotation then.
    pub server_side: bool,
    /// Which of the file's objects are meant, by the labels they have there, as with `-l`.
    pub selector: Option<&'a LabelSelector>,
    /// The command line that the objects are to remember, as with `--record`.
    pub change_cause: Option<&'a str>,
}

impl<'a> Command<'a> {
    /// `kubectl apply -f FILE`.
    pub fn apply(file: &'a str) -> Self {
        Self {
            verb: Verb::Apply,
            file,
            namespace: "default",
            enforce_namespace: false,
            save_config: true,
            server_side: false,
            selector: None,
            change_cause: None,
        }
    }
}

/// What became of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The object as it is stored now.
    pub object: Object,
    /// `created`, `configured`, `unchanged` or `replaced`.
    pub word: &'static str,
}

/// The kind of an object, be it known by name or not.
#[derive(Clone, Copy)]
struct Sort<'a> {
    known: Option<Kind>,
    api_version: &'a str,
    name: &'a str,
}

impl<'a> Sort<'a> {
    fn of(meta: &'a TypeMeta) -> Self {
        let known = autoscaling_v1::kind(&meta.api_version, &meta.kind);
        let api_version = known.map_or(meta.api_version.as_str(), |kind| kind.api_version());
        Self { known, api_version, name: &meta.kind }
    }

    fn group(self) -> &'a str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    fn version(self) -> &'a str {
        self.api_version.split_once('/').map_or(self.api_version, |(_, version)| version)
    }

    fn plural(self) -> String {
        self.known.map_or_else(|| plural(self.name), |kind| kind.plural().to_owned())
    }

    fn read(self, value: Json) -> Option<Object> {
        match self.known {
            Some(kind) => Object::from_json(kind, value).ok(),
            None => Other::from_json(self.api_version, self.name, value).map(Object::Other).ok(),
        }
    }
}

/// The name of a resource, as all of the API's are made of their kinds (apimachinery: meta/restmapper.go
/// UnsafeGuessKindToResource).
pub(super) fn plural(kind: &str) -> String {
    let name = kind.to_lowercase();
    match name.strip_suffix('y') {
        _ if name == "endpoints" => name,
        Some(stem) => [stem, "ies"].concat(),
        None if name.ends_with('s') => name + "es",
        None => name + "s",
    }
}

/// What the server says of a new object whose name another has.
pub(super) fn already_exists(api_version: &str, kind: &str, name: &str) -> String {
    let group = api_version.split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
    format!("{}{group} {} already exists", plural(kind), quote(name))
}

/// The live side of a run.
pub(super) struct Live<'r> {
    pub command: Command<'r>,
    pub server: &'r mut dyn Server,
    pub done: Vec<Done>,
}

impl Live<'_> {
    pub fn namespace(&self) -> &str {
        self.command.namespace
    }
}

impl Run<'_, '_> {
    /// Whether `-l` chooses the object (cli-runtime: resource/visitor.go FilterByLabelSelector).
    pub(super) fn is_chosen(&self, place: &Place<'_, '_>) -> bool {
        let Some(selector) = self.live.as_ref().and_then(|live| live.command.selector) else { return true };
        let json = decode::plain_json(place.values, place.root);
        let labels = View::new(&json).at("metadata.labels").entries();
        let labels = labels.map(|(key, value)| (key.to_owned(), value.text())).collect();
        labels::matches(Some(selector), Some(&labels))
    }

    /// What is peculiar to objects that may be there already; false where the object is to be created.
    pub(super) fn on_server(
        &mut self,
        place: &Place<'_, '_>,
        meta: &TypeMeta,
        namespace: &str,
        namespaced: bool,
    ) -> bool {
        let Some(live) = &self.live else { return false };
        let (verb, wanted) = (live.command.verb, live.namespace().to_owned());
        if live.command.enforce_namespace && namespaced && !namespace.is_empty() && namespace != wanted {
            let message = format!(
                "the namespace from the provided object {} does not match the namespace {}. \
                 You must pass '--namespace={namespace}' to perform this operation.",
                quote(namespace),
                quote(&wanted)
            );
            self.refuse_object(place, &meta.kind, Stage::Client, Refusal::Client(message));
            return true;
        }
        if verb == Verb::Create {
            return false;
        }
        let kind = Sort::of(meta);
        let namespace = match (namespaced, namespace) {
            (false, _) => String::new(),
            (true, "") => wanted,
            (true, given) => given.to_owned(),
        };
        let name = text_at(place, "name").unwrap_or_default();
        if name.is_empty() {
            return self.nameless(place, meta, kind, &namespace);
        }
        let found = self.live.as_ref().and_then(|live| match kind.known {
            Some(kind) => live.server.get(kind, &namespace, &name),
            None => live.server.get_other(kind.api_version, kind.name, &namespace, &name),
        });
        match (verb, found) {
            (Verb::Apply, Some(stored)) => self.apply_to(place, meta, kind, &stored),
            (Verb::Replace, Some(stored)) => self.put(place, meta, &stored),
            (Verb::Replace, None) if kind.known.is_some() => {
                let group = if kind.group().is_empty() { String::new() } else { format!(".{}", kind.group()) };
                let message = format!("{}{group} {} not found", kind.plural(), quote(&name));
                self.action = "replacing".to_owned();
                self.refuse_object(place, &meta.kind, Stage::Server, Refusal::Status { reason: "NotFound", message });
            }
            _ => return false,
        }
        true
    }

    /// Only `create` makes names up.
    fn nameless(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, kind: Sort<'_>, namespace: &str) -> bool {
        let prefix = text_at(place, "generateName").unwrap_or_default();
        let replaces = self.live.as_ref().is_some_and(|live| live.command.verb == Verb::Replace);
        let message = if replaces {
            format!("error when replacing {}: resource name may not be empty", quote(self.file))
        } else if prefix.is_empty() {
            let (info, file) = (info(kind, "", namespace), quote(self.file));
            format!(
                "error when retrieving current configuration of:\n{info}\nfrom server for: {file}: \
                 resource name may not be empty"
            )
        } else {
            format!("from {prefix}: cannot use generate name with apply")
        };
        self.refuse_object(place, &meta.kind, Stage::Client, Refusal::Sending(message));
        true
    }

    /// The object as kubectl sends it.
    fn sent(&self, place: &Place<'_, '_>, namespace: &str) -> Json {
        let mut json = decode::plain_json(place.values, place.root);
        if !namespace.is_empty()
            && let Json::Object(fields) = &mut json
        {
            let metadata = fields.entry("metadata").or_insert(Json::Null);
            if metadata.is_null() {
                *metadata = Json::Object(Default::default());
            }
            if let Json::Object(metadata) = metadata {
                let missing = metadata.get("namespace").is_none_or(|it| it.is_null() || it.as_str() == Some(""));
                if missing {
                    metadata.insert("namespace".to_owned(), namespace.into());
                }
            }
        }
        let command = self.live.as_ref().map(|live| live.command);
        // `apply` remembers this before it remembers the file; `create` after that.
        if let Some(command) = command.filter(|command| command.verb == Verb::Apply)
            && let Some(cause) = command.change_cause
            && let Some(annotations) = update::annotations(&mut json)
        {
            annotations.insert(CHANGE_CAUSE.to_owned(), cause.into());
        }
        json
    }

    /// kubectl: cmd/apply/patcher.go Patch.
    fn apply_to(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, kind: Sort<'_>, stored: &Object) {
        let namespace = stored.metadata().namespace.as_deref().unwrap_or_default();
        let server_side = self.live.as_ref().is_some_and(|live| live.command.server_side);
        let sent = self.sent(place, namespace);
        let file = if server_side { sent } else { update::annotate(sent) };
        let remembered = stored.metadata().annotations.as_ref().and_then(|annotations| annotations.get(LAST_APPLIED));
        if remembered.is_none() && !server_side {
            let what = format!("{}/{}", kind.plural(), stored.name());
            self.warnings.push(format!(
                "resource {what} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl \
                 apply should only be used on resources created declaratively by either kubectl create --save-config or \
                 kubectl apply. The missing annotation will be patched automatically."
            ));
        }
        let remembered = remembered.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let older = autoscaling_v1::is_older(&meta.api_version, &meta.kind);
        let current = if older { autoscaling_v1::from_v2(stored.to_json()) } else { stored.to_json() };
        let id = TypeId::of_kind(&meta.api_version, kind.name);
        let info = info(kind, stored.name(), namespace);
        // The server knows who owns which field, and lays what is sent over what is there.
        let patch =
            if server_side { Ok(file.clone()) } else { update::three_way_patch(&remembered, &file, &current, id) };
        let patch = match patch {
            Ok(patch) => patch,
            Err(why) => {
                // Each ends its line, and what was never applied is not there at all.
                let line = |value: &Json| if value.is_null() { String::new() } else { update::json_text(value) + "\n" };
                let [remembered, file, current] = [&remembered, &file, &current].map(line);
                let name = quote(self.file);
                for spec in ["openapi v3 spec", "openapi spec"] {
                    self.said += &format!("warning: error calculating patch from {spec}: {why}\n");
                }
                let message = format!(
                    "error when applying patch:\n\nto:\n{info}\nfor: {name}: error when patching {name}: creating \
                     patch with:\noriginal:\n{remembered}\nmodified:\n{file}\ncurrent:\n{current}\nfor:: {why}"
                );
                return self.refuse_object(place, &meta.kind, Stage::Client, Refusal::Sending(message));
            }
        };
        if patch.as_object().is_none_or(serde_json::Map::is_empty) {
            self.warn_of_deletion(stored);
            return self.finish_object(place, meta, stored.clone(), "unchanged");
        }
        self.action = match server_side {
            // What the server says of an object that it merges itself, kubectl hands on as it is.
            true => String::new(),
            false => {
                let (patch, name) = (update::json_text(&patch), quote(self.file));
                format!("applying patch:\n{patch}\nto:\n{info}\nfor: {name}: error when patching")
            }
        };
        let Some(id) = id else {
            let mut patched = current;
            update::merge_patch(&mut patched, &patch);
            return self.store(place, meta, stored, kind.read(patched), "configured");
        };
        match update::strategic_merge(&current, &patch, id) {
            Ok(patched) => {
                let mut patched = if older { autoscaling_v1::to_v2(patched) } else { patched };
                // The core group may be written with an empty group.
                if let Some(fields) = patched.as_object_mut() {
                    fields.insert("apiVersion".to_owned(), kind.api_version.into());
                }
                self.store(place, meta, stored, kind.read(patched), "configured");
            }
            Err(PatchError::Unusable(message)) => {
                self.refuse_object(place, &meta.kind, Stage::Decode, Refusal::Status { reason: "BadRequest", message });
            }
            Err(PatchError::Invalid(cause)) => self.refuse_patch(place, meta, cause),
        }
        self.action = super::CREATING.to_owned();
    }

    fn refuse_patch(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, cause: FieldError) {
        let (kind, group, name) = (String::new(), String::new(), String::new());
        let refusal = Refusal::Invalid { kind, group, name, causes: vec![cause] };
        self.refuse_object(place, &meta.kind, Stage::Invalid, refusal);
    }

    /// A PUT: the whole object in the place of the stored one.
    fn put(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, stored: &Object) {
        self.action = "replacing".to_owned();
        let kind = TypeId::of_kind(&meta.api_version, &meta.kind);
        if let Some(json) = kind.and_then(|kind| self.decode(place, meta, kind)) {
            self.store(place, meta, stored, Some(typed(place, meta, json)), "replaced");
        }
        self.action = super::CREATING.to_owned();
    }

    /// The server's way with a changed object.
    fn store(
        &mut self,
        place: &Place<'_, '_>,
        meta: &TypeMeta,
        stored: &Object,
        object: Option<Object>,
        word: &'static str,
    ) {
        let Some(object) = object else {
            let message = format!("{} cannot be read", meta.kind);
            let refusal = Refusal::Status { reason: "BadRequest", message };
            return self.refuse_object(place, &meta.kind, Stage::Decode, refusal);
        };
        let object = match update::updated(stored, &object) {
            Ok(object) => object,
            Err(causes) => {
                let group = Sort::of(meta).group().to_owned();
                let name = stored.name().to_owned();
                let refusal = Refusal::Invalid { kind: meta.kind.clone(), group, name, causes };
                return self.refuse_object(place, &meta.kind, Stage::Invalid, refusal);
            }
        };
        self.warn(place, &rules::update_warnings(stored, &object));
        let judged_again = match (stored, &object) {
            (Object::Pod(old), Object::Pod(new)) => pod_security::is_significant(old, new),
            _ => true,
        };
        let warning = self.namespace_of(&object).filter(|_| judged_again);
        let warning = rules::late_warning(&object, warning.as_ref());
        let Some(live) = &mut self.live else { return };
        match live.server.update(object) {
            Ok(object) => {
                self.warn(place, warning.as_slice());
                if word == "configured" {
                    self.warn_of_deletion(&object);
                }
                self.finish_object(place, meta, object, word);
            }
            Err(status) => self.refuse_status(place, meta, status),
        }
    }

    /// kubectl: cmd/apply/apply.go WarnIfDeleting.
    fn warn_of_deletion(&mut self, object: &Object) {
        if object.metadata().deletion_timestamp.is_some() {
            let name = object.name();
            self.warnings.push(format!("Detected changes to resource {name} which is currently being deleted."));
        }
    }

    pub(super) fn refuse_status(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, status: Status) {
        let refusal = Refusal::Status { reason: status.reason, message: status.message };
        self.refuse_object(place, &meta.kind, Stage::Server, refusal);
    }

    /// Gives a new object to the server; without one, accepts it.
    pub(super) fn create_on_server(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, mut object: Object) {
        let Some(live) = &self.live else { return };
        let namespaced = match object.kind() {
            Some(kind) => kind.namespaced(),
            None => matches!(client::mapping(meta), Mapping::Served { namespaced: true }),
        };
        if namespaced && object.metadata().namespace.as_deref().is_none_or(str::is_empty) {
            object.metadata_mut().namespace = Some(live.namespace().into());
        }
        let applied = live.command.verb == Verb::Apply && !live.command.server_side;
        if applied || live.command.save_config {
            let namespace = if namespaced { object.namespace().to_owned() } else { String::new() };
            let sent = update::annotate(self.sent(place, &namespace));
            let text = sent.pointer("/metadata/annotations").and_then(|annotations| annotations.get(LAST_APPLIED));
            if let Some(text) = text.and_then(Json::as_str) {
                let annotations = object.metadata_mut().annotations.get_or_insert_default();
                annotations.insert(LAST_APPLIED.to_owned(), text.to_owned());
            }
        }
        if let Some(cause) = live.command.change_cause {
            let annotations = object.metadata_mut().annotations.get_or_insert_default();
            annotations.insert(CHANGE_CAUSE.to_owned(), cause.to_owned());
        }
        let Some(live) = &mut self.live else { return };
        match live.server.create(object) {
            Ok(object) => self.finish_object(place, meta, object, "created"),
            Err(status) => self.refuse_status(place, meta, status),
        }
    }

    fn finish_object(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, object: Object, word: &'static str) {
        if let Some(live) = &mut self.live {
            live.done.push(Done { object: object.clone(), word });
        }
        self.keep(place, meta, object, Vec::new());
    }
}

/// How kubectl describes an object in its errors (cli-runtime: resource/visitor.go Info.String).
fn info(kind: Sort<'_>, name: &str, namespace: &str) -> String {
    let group = kind.group();
    let version = kind.version();
    format!(
        "Resource: \"{group}/{version}, Resource={}\", GroupVersionKind: \"{group}/{version}, Kind={}\"\n\
         Name: {}, Namespace: {}",
        kind.plural(),
        kind.name,
        quote(name),
        quote(namespace)
    )
}

impl Done {
    /// How kubectl names the object: `pod/a`, `deployment.apps/web`.
    pub fn label(&self) -> String {
        let (kind, group) = match &self.object {
            Object::Other(other) => {
                (other.kind.as_str(), other.api_version.rsplit_once('/').map_or("", |(group, _)| group))
            }
            object => object.kind().map_or(("", ""), |kind| (kind.name(), kind.group())),
        };
        let dot = if group.is_empty() { "" } else { "." };
        format!("{}{dot}{group}/{}", kind.to_lowercase(), self.object.name())
    }
}
