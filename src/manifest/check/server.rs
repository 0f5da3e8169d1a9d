//! One object on its way through the API server.

use k8s_openapi::json::from_json;
use serde_json::Value as Json;

use super::super::judgement::{Judged, Refusal, Stage};
use super::super::{FieldError, decode, rules, sim};
use super::{Mapping, Place, Run, TypeMeta, client, report};
use crate::api::schema::TypeId;
use crate::api::{Kind, Object, Other, defaults};
use crate::yaml::quote;

impl Run<'_> {
    /// Sends one object.
    pub(super) fn object(&mut self, place: Place<'_, '_>, meta: &TypeMeta) {
        let (namespaced, sent_as) = match client::mapping(meta) {
            Mapping::Served { namespaced } => (namespaced, None),
            Mapping::LowerCase { kind, namespaced } => (namespaced, Some(kind)),
            Mapping::NoAddress => {
                let message = "the server could not find the requested resource".to_owned();
                let diagnostic = report::no_such_kind(&place, meta, message.clone(), self.fixes);
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
            self.refuse_object(&place, &meta.kind, Stage::Client, Refusal::Client(message.clone()));
            self.diagnostics.push(report::at_namespace(&place, "client/namespace", message));
            return;
        }
        if let Some(kind) = sent_as {
            return self.lower_case(&place, meta, kind);
        }
        let json = match TypeId::of_kind(&meta.api_version, &meta.kind) {
            None => decode::plain_json(place.values, place.root),
            Some(kind) => match self.decode(&place, meta, kind) {
                Some(json) => json,
                None => return,
            },
        };
        if !namespace.is_empty() && !self.namespaces.contains(&namespace) {
            let message = format!("namespaces {} not found", quote(&namespace));
            let refusal = Refusal::Status { reason: "NotFound", message: message.clone() };
            self.refuse_object(&place, &meta.kind, Stage::Server, refusal);
            self.diagnostics.push(report::at_namespace(&place, "server/namespace", message));
            return;
        }
        match typed(meta, json) {
            Ok(object) => self.validate(&place, meta, object),
            Err(other) => {
                self.diagnostics.push(report::not_simulated(&place, meta));
                self.accept(&place, meta, other, Vec::new());
            }
        }
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
        self.diagnostics.push(report::no_such_kind(place, meta, known, self.fixes));
    }

    fn lower_case(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, kind: &str) {
        let reason = format!(
            "no kind {} is registered for version {} in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
            quote(&meta.kind),
            quote(&meta.api_version)
        );
        let diagnostic = report::no_such_kind(place, meta, reason.clone(), self.fixes);
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
    fn decode(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, kind: TypeId) -> Option<Json> {
        let decoded = decode::decode(place.values, place.root, kind);
        if let Some(failure) = &decoded.failure {
            self.bad_request(place, meta, &meta.kind, &failure.message);
            self.diagnostics.push(report::type_mismatch(self.text, place, failure, self.fixes));
            return None;
        }
        if !decoded.unknown.is_empty() {
            self.bad_request(place, meta, &meta.kind, &decode::strict_message(&decoded.unknown));
            let found = decoded.unknown.iter().map(|unknown| report::unknown_field(place, unknown, self.fixes));
            self.diagnostics.extend(found);
            return None;
        }
        Some(decoded.json)
    }

    fn validate(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, mut object: Object) {
        defaults::apply(&mut object);
        self.diagnostics.extend(sim::check(&object).iter().map(|found| report::advice(place, found)));
        if let Some(text) = rules::admission(&object) {
            return self.forbid(place, meta, &object, &text, rules::early_warnings(&object));
        }
        let causes = rules::validate(&object);
        if !causes.is_empty() {
            self.warn(place, &rules::early_warnings(&object));
            self.diagnostics.extend(causes.iter().map(|cause| report::cause(place, cause)));
            let group = object.kind().map_or("", Kind::group).to_owned();
            let name = object.name().to_owned();
            let refusal = Refusal::Invalid { kind: meta.kind.clone(), group, name, causes };
            return self.refuse_object(place, &meta.kind, Stage::Invalid, refusal);
        }
        let warnings = rules::warnings(&object);
        match rules::late_admission(&object) {
            Some(text) => self.forbid(place, meta, &object, &text, warnings),
            None => self.accept(place, meta, object, warnings),
        }
    }

    fn forbid(
        &mut self,
        place: &Place<'_, '_>,
        meta: &TypeMeta,
        object: &Object,
        text: &str,
        warnings: Vec<FieldError>,
    ) {
        self.warn(place, &warnings);
        let plural = object.kind().map_or("", Kind::plural);
        let message = format!("{plural} {} is forbidden: {text}", quote(object.name()));
        let refusal = Refusal::Status { reason: "Forbidden", message };
        self.refuse_object(place, &meta.kind, Stage::Admission, refusal);
        if let Some(judged) = self.objects.last_mut() {
            judged.warnings = warnings;
        }
        self.diagnostics.push(report::forbidden(place, text));
    }

    fn warn(&mut self, place: &Place<'_, '_>, warnings: &[FieldError]) {
        self.diagnostics.extend(warnings.iter().map(|warning| report::warning(place, warning)));
        for warning in warnings {
            // kubectl prints a warning once.
            if !self.stopped && !self.warnings.contains(&warning.message) {
                self.warnings.push(warning.message.clone());
            }
        }
    }

    fn accept(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, object: Object, warnings: Vec<FieldError>) {
        self.warn(place, &warnings);
        if !self.dry_run && object.kind() == Some(Kind::Namespace) {
            self.namespaces.insert(object.name().to_owned());
        }
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

/// The text of a field of `metadata`.
fn text_at(place: &Place<'_, '_>, field: &str) -> Option<String> {
    let metadata = place.values.field(place.root, "metadata")?.value;
    let value = place.values.field(metadata, field)?.value;
    place.values.text(value).map(str::to_owned)
}

/// The object by its type, or carried as it is where Podlab does not simulate its kind.
fn typed(meta: &TypeMeta, json: Json) -> Result<Object, Object> {
    let kind = Kind::find(&meta.api_version, &meta.kind).filter(|kind| !kind.is_carried());
    if let Some(object) = kind.and_then(|kind| Object::from_json(kind, json.clone()).ok()) {
        return Ok(object);
    }
    let metadata = json.get("metadata").cloned().unwrap_or_default();
    let other = Other {
        api_version: meta.api_version.clone(),
        kind: meta.kind.clone(),
        metadata: from_json(metadata).unwrap_or_default(),
        value: json,
    };
    Err(Object::Other(other.into()))
}
