//! One object on its way through the API server.

use k8s_openapi::json::from_json;
use serde_json::Value as Json;

use super::super::judgement::{Judged, Refusal, Stage};
use super::super::rules::pod::admission::Denied;
use super::super::{Cause, FieldError, Severity, decode, places, rules, sim};
use super::live::already_exists;
use super::{Mapping, NAMESPACES, Place, Run, TypeMeta, client, codes, conversion, report};
use crate::api::admission::priority;
use crate::api::schema::TypeId;
use crate::api::{Kind, Object, Other, Path, Segment, autoscaling_v1, defaults};
use crate::yaml::{quote, to_json};

impl Run<'_, '_> {
    /// Sends one object.
    pub(super) fn object(&mut self, place: Place<'_, '_>, meta: &TypeMeta) {
        let (namespaced, sent_as) = match client::mapping(meta) {
            Mapping::Served { namespaced } => (namespaced, None),
            Mapping::LowerCase { kind, namespaced } => (namespaced, Some(kind)),
            Mapping::NoAddress => {
                let message = "the server could not find the requested resource".to_owned();
                let diagnostic = report::no_such_kind(self.text, &place, meta, message.clone(), self.fixes);
                let refusal = Refusal::Status { reason: "NotFound", message };
                self.refuse_object(&place, &meta.kind, Stage::Server, refusal);
                self.diagnostics.push(diagnostic);
                return;
            }
            Mapping::None => return self.no_match(&place, meta),
        };
        let namespace = text_at(&place, "namespace").filter(|_| namespaced).unwrap_or_default();
        if let Some(why) = client::unusable_in_path(&namespace) {
            let (file, shown) = (quote(self.file), quote(&namespace));
            let message = format!("error when creating {file}: invalid namespace {shown}: [{why}]");
            self.refuse_object(&place, &meta.kind, Stage::Client, Refusal::Sending(message.clone()));
            self.diagnostics.push(report::at_namespace(&place, codes::CLIENT_NAMESPACE, message));
            return;
        }
        if let Some(warning) = rules::others::of_kind(&meta.api_version, &meta.kind) {
            self.warn(&place, &[warning]);
        }
        if let Some(kind) = sent_as {
            return self.lower_case(&place, meta, kind);
        }
        if self.on_server(&place, meta, &namespace, namespaced) {
            return;
        }
        if meta.kind == "ComponentStatus" {
            let message = "the server does not allow this method on the requested resource".to_owned();
            self.diagnostics.push(report::at_kind(&place, codes::KIND, message.clone()));
            let refusal = Refusal::Status { reason: "MethodNotAllowed", message };
            return self.refuse_object(&place, &meta.kind, Stage::Server, refusal);
        }
        if is_too_large(&place) {
            let message = format!("Request entity too large: limit is {LARGEST_BODY}");
            self.diagnostics.push(report::at_kind(&place, codes::TOO_LARGE, message.clone()));
            let refusal = Refusal::Status { reason: "RequestEntityTooLarge", message };
            return self.refuse_object(&place, &meta.kind, Stage::Server, refusal);
        }
        let json = TypeId::of_kind(&meta.api_version, &meta.kind).and_then(|kind| self.decode(&place, meta, kind));
        let Some(mut json) = json else { return };
        if !namespaced && let Some(metadata) = json.get_mut("metadata").and_then(Json::as_object_mut) {
            // kubectl takes it away (cli-runtime: resource/visitor.go FilterNamespace).
            metadata.remove("namespace");
        }
        if !namespace.is_empty() && !self.has_namespace(&namespace) {
            let message = format!("namespaces {} not found", quote(&namespace));
            let refusal = Refusal::Status { reason: "NotFound", message: message.clone() };
            self.refuse_object(&place, &meta.kind, Stage::Server, refusal);
            self.diagnostics.push(report::at_namespace(&place, codes::SERVER_NAMESPACE, message));
            return;
        }
        let object = typed(&place, meta, json);
        self.validate(&place, meta, object);
    }

    fn no_match(&mut self, place: &Place<'_, '_>, meta: &TypeMeta) {
        let known = format!("no matches for kind {} in version {}", quote(&meta.kind), quote(&meta.api_version));
        let refusal = match place.nested {
            true => Refusal::Nested(format!("unable to recognize {known}")),
            false => {
                let name = quote(&text_at(place, "name").unwrap_or_default());
                let namespace = quote(&text_at(place, "namespace").unwrap_or_default());
                let file = quote(self.file);
                Refusal::Client(format!(
                    "resource mapping not found for name: {name} namespace: {namespace} from {file}: {known}\n\
                     ensure CRDs are installed first"
                ))
            }
        };
        self.refuse_object(place, &meta.kind, Stage::Client, refusal);
        self.diagnostics.push(report::no_such_kind(self.text, place, meta, known, self.fixes));
    }

    fn lower_case(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, kind: &str) {
        let reason = format!(
            "no kind {} is registered for version {} in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
            quote(&meta.kind),
            quote(&meta.api_version)
        );
        let diagnostic = report::no_such_kind(self.text, place, meta, reason.clone(), self.fixes);
        self.bad_request(place, meta, kind, &reason);
        self.diagnostics.push(diagnostic);
    }

    fn bad_request(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, handled_as: &str, reason: &str) {
        let version = meta.api_version.rsplit('/').next().unwrap_or_default();
        let (kind, version) = (&meta.kind, quote(version));
        let message = format!("{kind} in version {version} cannot be handled as a {handled_as}: {reason}");
        self.refuse_object(place, kind, Stage::Decode, Refusal::Status { reason: "BadRequest", message });
    }

    /// The server's decoder; none when it refuses.
    pub(super) fn decode(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, kind: TypeId) -> Option<Json> {
        let decoded = decode::decode(place.values, place.root, kind);
        if let Some(first) = decoded.failures.first() {
            self.bad_request(place, meta, &meta.kind, &first.message);
            self.mismatches(place, codes::TYPE, &decoded.failures);
        } else if let Some(fault) = conversion::fault(&meta.kind, &decoded.json) {
            // The version that is sent cannot be made into the server's own: nothing else is told.
            self.bad_request(place, meta, &meta.kind, &fault.message);
            self.diagnostics.push(report::at_annotation(place, fault.annotation, fault.message));
            return None;
        } else if !decoded.unknown.is_empty() {
            self.bad_request(place, meta, &meta.kind, &decode::strict_message(&decoded.unknown));
        }
        let found = decoded.unknown.iter().map(|unknown| report::unknown_field(self.text, place, unknown, self.fixes));
        self.diagnostics.extend(found);
        if !decoded.failures.is_empty() || !decoded.unknown.is_empty() {
            return None;
        }
        Some(decoded.json)
    }

    fn validate(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, mut object: Object) {
        defaults::apply(&mut object);
        self.tell(place, &sim::check(&object), Severity::Advice);
        let there = |kind, namespace: &str, name: &str| self.there(kind, namespace, name);
        let denied = rules::admission(&object, &there);
        if let Some(denied) = denied {
            return self.deny(place, meta, &object, denied, rules::early_warnings(&object));
        }
        // What every cluster has keeps what it has.
        let mut causes = match self.dry_run || already_there(&object).is_some() {
            true => Vec::new(),
            false => rules::allocate(&object, &self.taken.held),
        };
        if causes.is_empty() {
            causes = rules::validate(&object);
        }
        if !causes.is_empty() {
            absent_lists(place, &mut causes);
            let name = shown_name(&object, &mut causes);
            self.warn(place, &rules::early_warnings(&object));
            self.tell(place, &causes, Severity::Error);
            let group = meta.api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
            let refusal = Refusal::Invalid { kind: meta.kind.clone(), group, name, causes };
            return self.refuse_object(place, &meta.kind, Stage::Invalid, refusal);
        }
        let mut warnings = rules::warnings(&object);
        let namespace = self.namespace_of(&object);
        match rules::late_admission(&object, namespace.as_ref(), &there) {
            Some(text) => self.deny(place, meta, &object, Denied::Forbidden(text), warnings),
            None => {
                warnings.extend(rules::late_warning(&object, namespace.as_ref()));
                self.tell(place, &rules::advice(&object), Severity::Advice);
                if matches!(object, Object::Other(_)) {
                    self.diagnostics.push(report::not_simulated(place, meta));
                }
                self.accept(place, meta, object, warnings);
            }
        }
    }

    /// Adds what rules found to the diagnostics.
    fn tell(&mut self, place: &Place<'_, '_>, found: &[FieldError], severity: Severity) {
        for found in found {
            let text = self.fixable();
            self.diagnostics.push(report::finding(place, found, severity, text));
        }
    }

    fn deny(
        &mut self,
        place: &Place<'_, '_>,
        meta: &TypeMeta,
        object: &Object,
        denied: Denied,
        warnings: Vec<FieldError>,
    ) {
        self.warn(place, &warnings);
        let (text, refusal) = match denied {
            Denied::Forbidden(text) => {
                let plural = object.kind().map_or("", Kind::plural);
                let message = format!("{plural} {} is forbidden: {text}", quote(forbidden_name(object)));
                (text, Refusal::Status { reason: "Forbidden", message })
            }
            Denied::Failed(text) => (text.clone(), Refusal::Status { reason: "", message: text }),
        };
        self.refuse_object(place, &meta.kind, Stage::Admission, refusal);
        if let Some(judged) = self.objects.last_mut() {
            judged.warnings = warnings;
        }
        self.diagnostics.push(report::forbidden(place, &text));
    }

    pub(super) fn warn(&mut self, place: &Place<'_, '_>, warnings: &[FieldError]) {
        self.tell(place, warnings, Severity::Warning);
        for warning in warnings {
            // kubectl prints a warning once.
            if !self.stopped && !self.warnings.contains(&warning.message) {
                self.warnings.push(warning.message.clone());
            }
        }
    }

    fn accept(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, object: Object, warnings: Vec<FieldError>) {
        self.warn(place, &warnings);
        if self.live.is_some() {
            return self.create_on_server(place, meta, object);
        }
        let taken = match self.dry_run {
            true => already_there(&object),
            false => self.taken.take(meta, &object).err(),
        };
        if let Some(message) = taken {
            let metadata = Path::ROOT.field("metadata");
            let found = FieldError::new(codes::EXISTS, Cause::Duplicate, &metadata.field("name"), message.clone());
            self.tell(place, &[found], Severity::Error);
            let refusal = Refusal::Status { reason: "AlreadyExists", message };
            return self.refuse_object(place, &meta.kind, Stage::Server, refusal);
        }
        if !self.dry_run && is_asked_for(&object) {
            self.made.push(object.clone());
        }
        self.keep(place, meta, object, warnings);
    }

    /// What the cluster holds when this object comes: what is stored, or what the file made before it.
    fn there(&self, kind: Kind, namespace: &str, name: &str) -> Option<Object> {
        let usual = kind == Kind::PriorityClass && name.is_empty();
        match &self.live {
            Some(live) if usual => return live.server.usual_class(),
            Some(live) => return live.server.get(kind, namespace, name),
            None if usual => {
                return priority::usual(self.made.iter().filter(|made| made.kind() == Some(kind))).cloned();
            }
            None => {}
        }
        let own = |object: &Object| {
            let place = object.metadata().namespace.as_deref().unwrap_or("default");
            object.kind() == Some(kind) && object.name() == name && (namespace.is_empty() || place == namespace)
        };
        self.made.iter().find(|object| own(object)).cloned()
    }

    /// The namespace that the object goes to, where more is known of it than its name.
    pub(super) fn namespace_of(&self, object: &Object) -> Option<Object> {
        let usual = self.live.as_ref().map_or("default", |live| live.namespace());
        let name = object.metadata().namespace.as_deref().filter(|name| !name.is_empty()).unwrap_or(usual);
        self.there(Kind::Namespace, "", name)
    }

    fn has_namespace(&self, name: &str) -> bool {
        match &self.live {
            Some(live) => live.server.has_namespace(name),
            None => super::NAMESPACES.contains(&name) || self.there(Kind::Namespace, "", name).is_some(),
        }
    }

    /// Notes an accepted object.
    pub(super) fn keep(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, object: Object, warnings: Vec<FieldError>) {
        self.objects.push(Judged {
            document: place.document,
            span: place.span,
            stage: Stage::Ok,
            kind: meta.kind.clone(),
            object: Some(object),
            refusal: None,
            warnings,
        });
    }
}

/// What admission calls an object that it refuses: a name is made only when it has let the object pass
/// (apiserver: pkg/admission/errors.go extractResourceName).
fn forbidden_name(object: &Object) -> &str {
    let prefix = object.metadata().generate_name.as_deref();
    [object.name(), prefix.unwrap_or_default()].into_iter().find(|name| !name.is_empty()).unwrap_or("Unknown")
}

/// The longest request that the server reads, in bytes
/// (apiserver: pkg/server/config.go MaxRequestBodyBytes, endpoints/handlers/rest.go limitedReadBody).
const LARGEST_BODY: usize = 3 << 20;

/// Whether the object is longer as JSON, with the line's end that kubectl writes, than the server reads. A byte of the text
/// becomes six at most.
fn is_too_large(place: &Place<'_, '_>) -> bool {
    place.span.len() >= LARGEST_BODY / 6 && to_json(place.values, place.root).len() >= LARGEST_BODY
}

/// Whether objects that come later need it to be there.
fn is_asked_for(object: &Object) -> bool {
    let asked = [Kind::Namespace, Kind::ServiceAccount, Kind::PriorityClass, Kind::RuntimeClass];
    object.kind().is_some_and(|kind| asked.contains(&kind))
}

/// What the server says of an object that every cluster has from its first minute on.
fn already_there(object: &Object) -> Option<String> {
    let (kind, name) = (object.kind()?, object.name());
    let there = match kind {
        Kind::Namespace => NAMESPACES.contains(&name),
        Kind::ServiceAccount => name == "default" && NAMESPACES.contains(&object.namespace()),
        Kind::PriorityClass => matches!(name, "system-cluster-critical" | "system-node-critical"),
        Kind::Service => (object.namespace(), name) == ("default", "kubernetes"),
        _ => false,
    };
    there.then(|| already_exists(kind.api_version(), kind.name(), name))
}

/// The text of a field of `metadata`.
pub(super) fn text_at(place: &Place<'_, '_>, field: &str) -> Option<String> {
    let metadata = place.values.field(place.root, "metadata")?.value;
    let value = place.values.field(metadata, field)?.value;
    place.values.text(value).map(str::to_owned)
}

/// The name that a refused object would have got: `<rand5>` stands for what the server draws, in the causes too.
fn shown_name(object: &Object, causes: &mut [FieldError]) -> String {
    let name = rules::metadata::effective_name(object.metadata());
    let Some(prefix) = name.strip_suffix(rules::metadata::GENERATED_SUFFIX).filter(|_| object.name().is_empty()) else {
        return name;
    };
    let shown = format!("{prefix}<rand5>");
    for cause in causes {
        cause.message = cause.message.replace(&name, &shown);
    }
    shown
}

/// A list that is not there prints as `null`; the typed field cannot tell it from an empty one.
fn absent_lists(place: &Place<'_, '_>, causes: &mut [FieldError]) {
    const EMPTY: &str = "Invalid value: []:";
    const NO_RULES: &str = "{\"Rules\":[]}";
    let absent = |cause: &FieldError, below: &[Segment]| {
        let path = [&cause.path.0, below].concat();
        places::walk(place.values, place.root, &path).is_none_or(|(value, _)| place.values.is_null(value))
    };
    for cause in causes {
        if cause.message.contains(NO_RULES) && absent(cause, &[Segment::Field("rules".into())]) {
            cause.message = cause.message.replace(NO_RULES, "{\"Rules\":null}");
        } else if let Some(rest) = cause.message.strip_prefix(EMPTY)
            && absent(cause, &[])
        {
            cause.message = ["Invalid value: null:", rest].concat();
        }
    }
}

/// The object by its type, or carried as it is where Podlab does not simulate its kind. What its type cannot hold
/// is rare and read from the text once more: to keep a copy of each object would cost as much as validating it.
pub(super) fn typed(place: &Place<'_, '_>, meta: &TypeMeta, json: Json) -> Object {
    let older = autoscaling_v1::is_older(&meta.api_version, &meta.kind);
    let kind = match older {
        true => Some(Kind::HorizontalPodAutoscaler),
        false => Kind::find(&meta.api_version, &meta.kind).filter(|kind| !kind.is_carried()),
    };
    let value = match kind {
        Some(kind) => {
            let json = if older { autoscaling_v1::to_v2(json) } else { json };
            match Object::from_json(kind, json) {
                Ok(object) => return object,
                Err(_) => TypeId::of_kind(&meta.api_version, &meta.kind)
                    .map_or(Json::Null, |kind| decode::decode(place.values, place.root, kind).json),
            }
        }
        None => json,
    };
    let metadata = value.get("metadata").cloned().unwrap_or_default();
    let metadata = from_json(metadata).unwrap_or_default();
    let other = Other { api_version: meta.api_version.clone(), kind: meta.kind.clone(), metadata, value };
    Object::Other(other.into())
}
