//! From a text to the cluster's answer: read, decode, default, admit, validate, object by object.
//!
//! The order of the steps is that of `kubectl create -f` and of the server behind it; the first step that fails ends
//! its object, and a fault of the text ends the file for kubectl. What lies behind such a fault is judged all the
//! same, so that a broken document never hides the others; only `stderr` leaves it out.

mod answer;
mod client;
mod codes;
mod conversion;
mod live;
mod openapi;
mod report;
mod server;
mod shelf;
mod taken;
#[cfg(test)]
mod tests;
mod verify;

pub use self::answer::aggregate;
use self::client::{Mapping, TypeMeta};
use self::live::Live;
pub use self::live::{Command, Done, Server, Status, Verb};
pub use self::shelf::Shelf;
use self::taken::Taken;
use super::fixes::Site;
use super::judgement::{Judged, Judgement, Refusal, Stage};
use super::{Diagnostic, decode};
use crate::api::Object;
use crate::api::schema::{ServedKind, TypeId, served_kinds};
use crate::text::Span;
use crate::yaml::{Document, Scalar, Tree, Value, ValueId, Values, quote, split_terminated, terminated, to_json};

/// The namespaces that every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// How many findings of one text have fixes.
const MOST_FIXED: usize = 100;

/// What `kubectl create -f FILE` brings about on an empty cluster: later documents find the namespaces that earlier
/// ones made, and not the names, addresses and ports that those took. What every cluster has may be in the file all the
/// same, for `kubectl apply` patches it. `file` is the name that the messages call the file by.
pub fn check(text: &str, file: &str) -> Judgement {
    judge(text, file, false, true)
}

/// Sends the objects of a file to `server`, those that are judged good. The judgement's `stderr` and `causes` are the
/// command's; what was done is told apart from it.
pub fn send(text: &str, command: Command<'_>, server: &mut dyn Server) -> (Judgement, Vec<Done>) {
    let live = Live { command, server, done: Vec::new() };
    judge_live(text, command.file, false, false, Some(live))
}

/// What `kubectl create --dry-run=server -f FILE` answers: nothing is kept between documents.
pub fn check_dry_run(text: &str, file: &str) -> Judgement {
    judge(text, file, true, true)
}

/// As [`check`], without looking for fixes: for those who show none.
pub fn check_without_fixes(text: &str, file: &str) -> Judgement {
    judge(text, file, false, false)
}

/// What kubectl prints of an object that the server found invalid: `The Pod "a" is invalid: …`, with a line's end.
pub fn invalid_text(kind: &str, name: &str, causes: &[super::FieldError]) -> String {
    answer::invalid(kind, name, causes)
}

/// What kubectl was about when a request was refused, unless it says otherwise.
const CREATING: &str = "creating";

fn judge(text: &str, file: &str, dry_run: bool, fixes: bool) -> Judgement {
    judge_live(text, file, dry_run, fixes, None).0
}

fn judge_live(text: &str, file: &str, dry_run: bool, fixes: bool, live: Option<Live<'_>>) -> (Judgement, Vec<Done>) {
    let whole = terminated(text);
    let documents = split_terminated(&whole, text.len());
    let taken = Taken::at_first();
    let mut run = Run { live, taken, ..Run::new(&whole, file, dry_run, fixes, Vec::new()) };
    for (number, document) in documents.iter().enumerate() {
        // Behind a fault nothing is sent any more.
        if run.live.is_none() || !run.stopped {
            let first = run.diagnostics.len();
            run.document(number, document);
            run.keep_working_fixes(document.span, first);
        }
    }
    let done = run.live.as_mut().map(|live| std::mem::take(&mut live.done)).unwrap_or_default();
    (run.finish(text.len()), done)
}

/// One object in its document.
#[derive(Clone, Copy)]
struct Place<'p, 'a> {
    document: usize,
    span: Span,
    tree: &'p Tree<'a>,
    values: &'p Values<'a>,
    root: ValueId,
    /// Whether it is an item of a List.
    nested: bool,
}

impl<'p, 'a> Place<'p, 'a> {
    fn site<'s>(&'s self, text: &'s str) -> Site<'s, 'a> {
        Site { text, tree: self.tree, values: self.values, root: self.root }
    }
}

struct Run<'r, 's> {
    text: &'r str,
    file: &'r str,
    dry_run: bool,
    fixes: bool,
    /// kubectl has stopped reading.
    stopped: bool,
    /// Each with what kubectl was about.
    refusals: Vec<(Refusal, String)>,
    /// The stage of the first refusal that is printed.
    stage: Stage,
    warnings: Vec<String>,
    /// What kubectl itself says before the errors, as it stands.
    said: String,
    objects: Vec<Judged>,
    diagnostics: Vec<Diagnostic>,
    /// What the file has made so far, of the kinds that others need to be there.
    made: Vec<Object>,
    /// What the file has taken so far; nothing where a document is judged by itself.
    taken: Taken,
    /// How many objects kubectl came to.
    sent: usize,
    /// What kubectl is about: `creating`.
    action: String,
    /// The server that the objects go to, where they go anywhere.
    live: Option<Live<'s>>,
    /// How many bytes of mended documents may still be judged to see whether fixes work.
    trials: usize,
}

impl<'r> Run<'r, '_> {
    fn new(text: &'r str, file: &'r str, dry_run: bool, fixes: bool, made: Vec<Object>) -> Self {
        Run {
            text,
            file,
            dry_run,
            fixes,
            stopped: false,
            refusals: Vec::new(),
            stage: Stage::Ok,
            warnings: Vec::new(),
            said: String::new(),
            objects: Vec::new(),
            diagnostics: Vec::new(),
            made,
            taken: Taken::default(),
            sent: 0,
            action: CREATING.to_owned(),
            live: None,
            trials: verify::TRIALS,
        }
    }

    fn finish(mut self, length: usize) -> Judgement {
        if self.refusals.is_empty() && self.sent == 0 {
            let verb = self.live.as_ref().map_or("create", |live| live.command.verb.word());
            self.refuse(Stage::Client, Refusal::Client(format!("no objects passed to {verb}")));
        }
        // `apply` looks at all of them before it sends the first.
        let read_first = self.live.as_ref().is_some_and(|live| live.command.verb == Verb::Apply);
        for diagnostic in &mut self.diagnostics {
            report::clamp(diagnostic, length);
        }
        collections::sort_by_key(&mut self.diagnostics, |diagnostic| (diagnostic.span.start, diagnostic.severity));
        let warnings: String = self.warnings.iter().map(|warning| format!("Warning: {warning}\n")).collect();
        let causes = self.refusals.iter().flat_map(|(refusal, _)| match refusal {
            Refusal::Invalid { causes, .. } => causes.clone(),
            _ => Vec::new(),
        });
        Judgement {
            causes: causes.collect(),
            stderr: warnings + &self.said + &answer::stderr(&self.refusals, self.file, read_first),
            objects: self.objects,
            diagnostics: self.diagnostics,
            stage: self.stage,
            warnings: self.warnings,
        }
    }

    /// The text, for fixes of one more finding. Nobody mends hundreds of them one by one, and each costs a walk.
    fn fixable(&self) -> Option<&'r str> {
        (self.fixes && self.diagnostics.len() < MOST_FIXED).then_some(self.text)
    }

    /// Notes a refusal that kubectl prints, unless it has stopped before.
    fn refuse(&mut self, stage: Stage, refusal: Refusal) {
        if self.stopped {
            return;
        }
        if self.refusals.is_empty() {
            self.stage = stage;
        }
        self.refusals.push((refusal, self.action.clone()));
    }

    /// An object that goes no further than `stage`.
    fn refuse_object(&mut self, place: &Place<'_, '_>, kind: &str, stage: Stage, refusal: Refusal) {
        self.refuse(stage, refusal.clone());
        self.objects.push(Judged {
            document: place.document,
            span: place.span,
            stage,
            kind: kind.to_owned(),
            object: None,
            refusal: Some(refusal),
            warnings: Vec::new(),
        });
    }

    fn document(&mut self, number: usize, document: &Document<'_>) {
        let tree = &document.tree;
        if let Some(fault) = &document.fault {
            let message = format!("error parsing {}: {}", self.file, fault.message);
            self.refuse(Stage::Yaml, Refusal::Client(message));
            self.stopped = true;
            self.diagnostics.push(report::stream_fault(fault));
            return;
        }
        let values = match Values::resolve(tree) {
            Ok(values) => values,
            Err(error) => {
                let reason = match &document.json_fault {
                    Some(fault) => fault.message.clone(),
                    None => format!("error converting YAML to JSON: {}", error.message),
                };
                let message = format!("error parsing {}: {reason}", self.file);
                self.refuse(Stage::Yaml, Refusal::Client(message));
                self.stopped = true;
                let diagnostic = match &document.json_fault {
                    Some(fault) => report::stream_fault(fault),
                    None => report::yaml_fault(self.text, document, &error, self.fixes),
                };
                self.diagnostics.push(diagnostic);
                return;
            }
        };
        let Some(root) = values.root().filter(|root| !values.is_null(*root)) else { return };
        if !self.stopped {
            self.sent += 1;
        }
        let place = Place { document: number, span: document.span, tree, values: &values, root, nested: false };
        for duplicate in &values.duplicates {
            let text = self.fixable();
            self.diagnostics.push(report::duplicate_key(&place, duplicate, text));
        }
        let Some(meta) = self.type_meta(&place) else { return };
        match items_of(&place, &meta) {
            Listing::None => {
                if !self.kind_is_there(&place, &meta) || !self.metadata_fits(&place, &meta) {
                    return;
                }
                match self.is_chosen(&place) {
                    true => self.object(place, &meta),
                    false => self.sent -= 1,
                }
            }
            Listing::Broken => self.invalid_list(&place, &meta),
            Listing::Items(items) => self.list(&place, &meta, &items),
        }
    }

    /// The type of an object; where it has none, kubectl stops reading the file.
    fn type_meta(&mut self, place: &Place<'_, '_>) -> Option<TypeMeta> {
        let errors = match client::type_meta(place.values, place.root) {
            Ok(meta) => return Some(meta),
            Err(errors) => errors,
        };
        let messages: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
        let refusal = Refusal::Client(client::validation_error(&messages, self.file));
        self.refuse_object(place, "", Stage::Client, refusal);
        self.stopped = true;
        let diagnostics = errors.iter().map(|error| report::type_meta(self.text, place, error, self.fixes));
        self.diagnostics.extend(diagnostics);
        None
    }

    /// An empty kind passes for one until kubectl reads the object (apimachinery: unstructured/helpers.go Decode).
    fn kind_is_there(&mut self, place: &Place<'_, '_>, meta: &TypeMeta) -> bool {
        if meta.kind.is_empty() {
            let object = to_json(place.values, place.root);
            let missing = format!("Object 'Kind' is missing in '{object}'");
            let message = format!("unable to decode {}: {missing}", quote(self.file));
            self.refuse_object(place, "", Stage::Client, Refusal::Client(message));
            self.diagnostics.push(report::at_kind(place, codes::TYPE_META, missing));
        }
        !meta.kind.is_empty()
    }

    /// kubectl's own look at `metadata`, and whether the kind exists.
    fn metadata_fits(&mut self, place: &Place<'_, '_>, meta: &TypeMeta) -> bool {
        let failures = decode::check_metadata(place.values, place.root);
        if let Some(first) = failures.first() {
            let message = format!("unable to decode {}: {}", quote(self.file), first.message);
            self.refuse_object(place, &meta.kind, Stage::Client, Refusal::Client(message));
            self.mismatches(place, codes::TYPE_META, &failures);
        }
        failures.is_empty()
    }

    /// All wrong types: the one that is told, and those that would be told after it.
    fn mismatches(&mut self, place: &Place<'_, '_>, code: &'static str, failures: &[decode::Failure]) {
        let found = failures.iter().map(|it| {
            let code = if it.message.starts_with("quantities must match") { codes::QUANTITY } else { code };
            report::type_mismatch(self.text, place, code, (it, failures), self.fixes)
        });
        self.diagnostics.extend(found);
    }

    fn invalid_list(&mut self, place: &Place<'_, '_>, meta: &TypeMeta) {
        let message = "invalid object to validate".to_owned();
        let refusal = Refusal::Client(client::validation_error(std::slice::from_ref(&message), self.file));
        self.refuse_object(place, &meta.kind, Stage::Client, refusal);
        self.stopped = true;
        self.diagnostics.push(report::at_kind(place, codes::LIST, message));
    }

    fn list(&mut self, place: &Place<'_, '_>, meta: &TypeMeta, items: &[ValueId]) {
        let findings = self.list_findings(place, meta, items);
        if !findings.is_empty() {
            let messages: Vec<String> = findings.iter().map(|finding| finding.message.clone()).collect();
            let refusal = Refusal::Client(client::validation_error(&messages, self.file));
            self.refuse_object(place, &meta.kind, Stage::Client, refusal);
            self.stopped = true;
            self.diagnostics.extend(findings.into_iter().map(report::openapi));
            return;
        }
        if !self.metadata_fits(place, meta) {
            return;
        }
        if !self.stopped && !items.iter().any(|item| self.is_chosen(&Place { root: *item, ..*place })) {
            self.sent -= 1;
        }
        for item in items {
            let place = Place { root: *item, nested: true, ..*place };
            if !self.is_chosen(&place) {
                continue;
            }
            let meta = match item_meta(&place, meta) {
                Ok(meta) => meta,
                Err(missing) => {
                    let why =
                        ["unable to get type info from the object \"*unstructured.Unstructured\": ", missing].concat();
                    self.refuse_object(&place, "", Stage::Client, Refusal::Nested(why));
                    self.diagnostics.push(report::at_kind(&place, codes::TYPE_META, missing.to_owned()));
                    continue;
                }
            };
            if !matches!(items_of(&place, &meta), Listing::None) {
                let message = "*unstructured.Unstructured is not a list: no Items field in this object";
                self.refuse_object(&place, &meta.kind, Stage::Client, Refusal::Client(message.to_owned()));
                self.diagnostics.push(report::at_kind(&place, codes::LIST, message.to_owned()));
                continue;
            }
            self.object(place, &meta);
        }
    }

    /// What kubectl's OpenAPI check finds in a List and its items: it opens a `v1` List, takes a list of one kind for
    /// an object like others, and knows no other List (kubectl: pkg/util/openapi/validation ValidateBytes).
    fn list_findings(&self, place: &Place<'_, '_>, meta: &TypeMeta, items: &[ValueId]) -> Vec<openapi::Finding> {
        let element = meta.kind.strip_suffix("List").unwrap_or_default();
        if let Some(kind) = TypeId::of_kind(&meta.api_version, element) {
            return openapi::check_list(place.tree, place.values, place.root, kind, &meta.kind);
        }
        let mut findings = Vec::new();
        for item in items.iter().filter(|_| meta.api_version == "v1") {
            match client::type_meta(place.values, *item) {
                Ok(meta) => {
                    if let Some(kind) = TypeId::of_kind(&meta.api_version, &meta.kind) {
                        findings.extend(openapi::check(place.tree, place.values, *item, kind, &meta.kind));
                    }
                }
                Err(errors) => {
                    let span = super::places::object_place(place.tree, place.values, *item);
                    let found = errors.into_iter().map(|e| openapi::Finding { message: e.message, span });
                    findings.extend(found);
                }
            }
        }
        findings
    }
}

/// The type of an item of a list; in a list of one kind it need not be written
/// (apimachinery: apis/meta/v1/unstructured/helpers.go decodeToList).
///
/// # Errors
/// What of it is missing (apis/meta/v1/unstructured/unstructuredscheme/scheme.go ObjectKinds).
fn item_meta(item: &Place<'_, '_>, list: &TypeMeta) -> Result<TypeMeta, &'static str> {
    let is_written = ["apiVersion", "kind"].iter().any(|field| item.values.field(item.root, field).is_some());
    match list.kind.strip_suffix("List").filter(|element| !element.is_empty() && !is_written) {
        Some(element) => Ok(TypeMeta { kind: element.to_owned(), ..list.clone() }),
        None => client::type_meta(item.values, item.root).map_err(|_| {
            match item
                .values
                .field(item.root, "kind")
                .and_then(|entry| item.values.text(entry.value))
                .unwrap_or_default()
            {
                "" => "Object 'Kind' is missing in 'object has no kind field '",
                _ => "Object 'apiVersion' is missing in 'object has no apiVersion field'",
            }
        }),
    }
}

/// What an object is to kubectl.
enum Listing {
    /// No list.
    None,
    /// A `v1` List without items.
    Broken,
    /// A list.
    Items(Vec<ValueId>),
}

/// The items of a list: of a List in any version of any group, or of one kind.
fn items_of(place: &Place<'_, '_>, meta: &TypeMeta) -> Listing {
    let Some(element) = meta.kind.strip_suffix("List") else { return Listing::None };
    let of_version = |kind: &&ServedKind| kind.api_version == meta.api_version;
    let known = served_kinds().iter().filter(of_version).any(|it| element.is_empty() || it.kind == element);
    if !known {
        return Listing::None;
    }
    let items = place.values.field(place.root, "items").map(|entry| place.values.get(entry.value));
    match items {
        Some(Value::List(items)) => Listing::Items(items.clone()),
        _ if !element.is_empty() => Listing::Items(Vec::new()),
        _ if meta.api_version == "v1" => Listing::Broken,
        Some(Value::Scalar(Scalar::Null)) => Listing::Items(Vec::new()),
        _ => Listing::None,
    }
}
