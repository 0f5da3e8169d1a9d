//! `kubectl explain`: the fields of the API, from the schema tables (kubectl: explain/v2).
//!
//! The tables hold no prose: it is read from the file [`DOCS`].

use super::args::Args;
use super::resources::{self, Resource};
use super::{Failure, Output};
use crate::api::autoscaling_v1;
use crate::api::schema::{Field, FieldType, TypeId, values_of};
use serde_json::Value;

/// The file that [`super::Client::run`] reads for what upstream's API documentation says of each type (`Pod`) and field
/// (`Pod.spec`): a JSON object of texts. Where it cannot be had, descriptions read as those of a server without any.
pub const DOCS: &str = "podlab:fields.json";

/// `explain TYPE[.FIELD…]`.
pub(super) fn explain(args: &Args, read: &dyn Fn(&str) -> Option<String>) -> Result<Output, Failure> {
    let path = match args.arguments() {
        [] => {
            return Err(Failure::usage(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of \
                 supported resources.",
            ));
        }
        [path] => path,
        _ => return Err(Failure::usage("We accept only this format: explain RESOURCE")),
    };
    let depth = args.number("max-depth")?;
    if depth.is_some_and(|depth| depth < 0) {
        return Err(Failure::usage("--max-depth must be non-negative"));
    }
    if depth.is_some_and(|depth| depth > 0) && !args.on("recursive") {
        return Err(Failure::usage("--max-depth requires --recursive"));
    }
    // The path is read as a path of JSON, where a comma means nothing outside of brackets.
    if path.contains(',') {
        return Err(Failure::usage("unrecognized character in action: U+002C ','"));
    }
    match args.get("output") {
        None | Some("plaintext") => {}
        Some("plaintext-openapiv2") => {
            return Err(Failure(
                "Error from server (NotFound): the server could not find the requested resource".into(),
            ));
        }
        Some(other) => return Err(Failure::usage(format!("unrecognized format: {other}"))),
    }
    let path = path.trim_end_matches('.');
    if path.is_empty() {
        return Err(Failure::usage("a resource must be present, got: /, Resource="));
    }
    if path.starts_with('.') || path.contains("..") || path.contains(['[', ']']) {
        return Err(Failure::usage("invalid jsonpath syntax, first node must be field node"));
    }
    let (word, rest) = path.split_once('.').unwrap_or((path, ""));
    let resource =
        resources::find(word).map_err(|failure| Failure(failure.0.trim_start_matches("error: ").to_owned()))?;
    // The group may stand behind the type.
    let group = resource.group();
    let rest = match rest.strip_prefix(group).filter(|_| !group.is_empty()) {
        Some(rest) if rest.is_empty() || rest.starts_with('.') => rest.trim_start_matches('.'),
        _ => rest,
    };
    let parts: Vec<&str> = rest.split('.').filter(|name| !name.is_empty()).collect();
    let missing = |text: &str| {
        let failed = Failure::usage(format!("field {:?} does not exist", parts.last().copied().unwrap_or_default()));
        Ok(Output::text(text).then(failed.into()))
    };
    let warning = match word.eq_ignore_ascii_case("ev") {
        true => "Warning: short name \"ev\" could also match lower priority resource events.events.k8s.io\n",
        false => "",
    };
    let resource = of_version(resource, args.get("api-version").unwrap_or_default())?;
    let mut text = head(resource);
    let docs = Docs::of(read);
    let Some(root) = TypeId::of_kind(resource.api_version, resource.kind) else {
        if !parts.is_empty() {
            return missing(&text);
        }
        text.push_str(&docs.description(&[resource.kind], ""));
        text.push('\n');
        return Ok(Output::text(text));
    };
    let mut here = Some(root);
    let mut last: Option<(&'static str, &'static Field)> = None;
    for name in &parts {
        let field = here.and_then(|id| Some((id.name(), id.field(name)?)));
        let Some((holder, field)) = field else { return missing(&text) };
        (here, last) = (field.kind.structure(), Some((holder, field)));
    }
    let mut about = vec![];
    let mut values_told = String::new();
    if let Some((holder, field)) = last {
        let name = field.name;
        text.push_str(&format!("FIELD: {name} <{}>\n", type_name(&field.kind)));
        let values = sorted_values(&field.kind);
        match values.is_empty() {
            true => text.push_str("\n\n"),
            false => text.push_str(&format!("ENUM:\n    {}\n\n", values.join("\n    "))),
        }
        about.push(format!("{holder}.{name}"));
        values_told = told_values(&field.kind, &docs);
    }
    about.extend(here.map(|id| id.name().to_owned()));
    text.push_str(&docs.description(&about.iter().map(String::as_str).collect::<Vec<_>>(), &values_told));
    if let Some(id) = here {
        text.push_str("FIELDS:\n");
        let how = How {
            recursive: args.on("recursive"),
            depth: usize::try_from(depth.unwrap_or_default()).unwrap_or_default(),
            docs,
        };
        fields(&mut text, id, 1, &how, &mut Vec::new());
    }
    text.push('\n');
    Ok(Output { stderr: warning.to_owned(), ..Output::text(text) })
}

/// What the description says of the values, where anything is known of them.
fn told_values(kind: &FieldType, docs: &Docs) -> String {
    let FieldType::String(go_name) = kind else { return String::new() };
    explained(kind, docs.get(go_name)).map_or_else(String::new, |list| format!("\nPossible enum values:{list}\n"))
}

/// The list of the values with what is said of each; values that nobody explains are listed bare.
pub(super) fn explained(kind: &FieldType, said: Option<&str>) -> Option<String> {
    if *kind == FieldType::String("v1.RestartPolicy") {
        return Some(sorted_values(kind).iter().map(|value| format!("\n - `\"{value}\"`")).collect());
    }
    said.map(str::to_owned)
}

/// The resource in the version of `--api-version`.
fn of_version(resource: Resource, version: &str) -> Result<Resource, Failure> {
    if version.is_empty() || version == resource.api_version {
        return Ok(resource);
    }
    if autoscaling_v1::is_older(version, resource.kind) {
        return Ok(Resource { api_version: autoscaling_v1::API_VERSION, ..resource });
    }
    let slash = if version.contains('/') { "" } else { "/" };
    let plural = resource.plural;
    Err(Failure::usage(format!("couldn't find resource for \"{slash}{version}, Resource={plural}\"")))
}

/// What upstream's documentation says.
struct Docs(Value);

impl Docs {
    fn of(read: &dyn Fn(&str) -> Option<String>) -> Self {
        Self(read(DOCS).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The head of a field or a type, with what is said of each of `names`, and `more`.
    fn description(&self, names: &[&str], more: &str) -> String {
        let told: String = names.iter().filter_map(|name| self.get(name)).map(|text| format!("{text}\n")).collect();
        let told = if told.is_empty() { told } else { told + more };
        let told = if told.is_empty() { "<empty>" } else { &told };
        format!("DESCRIPTION:\n    {}\n", indented(&wrap(told)))
    }
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}

/// Breaks lines at blanks, so that none is longer than it must be (mitchellh/go-wordwrap WrapString).
fn wrap(text: &str) -> String {
    const WIDTH: usize = 76;
    let (mut done, mut word, mut blanks) = (String::new(), String::new(), String::new());
    let (mut width, mut letters) = (0, 0);
    for letter in text.chars() {
        if letter == '\n' {
            if !word.is_empty() || width + blanks.len() <= WIDTH {
                done.push_str(&blanks);
            }
            done.push_str(&word);
            done.push('\n');
            (width, letters) = (0, 0);
            word.clear();
            blanks.clear();
        } else if letter.is_whitespace() && letter != '\u{a0}' {
            if blanks.is_empty() || !word.is_empty() {
                width += blanks.len() + letters;
                done.push_str(&blanks);
                done.push_str(&word);
                letters = 0;
                word.clear();
                blanks.clear();
            }
            blanks.push(letter);
        } else {
            word.push(letter);
            letters += 1;
            if width + blanks.len() + letters > WIDTH && letters < WIDTH {
                done.push('\n');
                width = 0;
                blanks.clear();
            }
        }
    }
    if !word.is_empty() || width + blanks.len() <= WIDTH {
        done.push_str(&blanks);
    }
    done + &word
}

struct How {
    recursive: bool,
    /// How many levels are shown; 0 is all.
    depth: usize,
    docs: Docs,
}

fn head(resource: Resource) -> String {
    let group = resource.group();
    let group = if group.is_empty() { String::new() } else { format!("GROUP:      {group}\n") };
    let version = resource.api_version.rsplit('/').next().unwrap_or_default();
    format!("{group}KIND:       {}\nVERSION:    {version}\n\n", resource.kind)
}

fn required(holder: TypeId, field: &Field) -> &'static str {
    if is_required(holder, field) { " -required-" } else { "" }
}

/// Whether the server's document requires a field. The tables have the metadata of every kind as required, which that
/// document does for Events alone, and the names in references to objects beside.
pub(super) fn is_required(holder: TypeId, field: &Field) -> bool {
    let of_kind = field.name == "metadata" && holder.field("apiVersion").is_some() && holder.name() != "Event";
    let of_reference = field.name == "name"
        && (field.embedded == Some("LocalObjectReference") || holder.name() == "LocalObjectReference");
    field.required && !of_kind && !of_reference
}

fn fields(text: &mut String, id: TypeId, level: usize, how: &How, above: &mut Vec<TypeId>) {
    let indent = "  ".repeat(level);
    above.push(id);
    for field in id.fields() {
        text.push_str(&format!("{indent}{}\t<{}>{}\n", field.name, type_name(&field.kind), required(id, field)));
        let values = sorted_values(&field.kind);
        if !values.is_empty() {
            let more = if values.len() > 4 { ", ...." } else { "" };
            let shown: Vec<&str> = values.iter().take(4).map(String::as_str).collect();
            text.push_str(&format!("{indent}enum: {}{more}\n", shown.join(", ")));
        }
        if !how.recursive {
            let name = format!("{}.{}", id.name(), field.name);
            let told = how.docs.get(&name).unwrap_or("<no description>");
            let told = wrap((told.to_owned() + "\n" + &told_values(&field.kind, &how.docs)).trim_end());
            text.push_str(&format!("{indent}  {}\n\n", indented(&told)));
        } else if let Some(inner) = field.kind.structure().filter(|inner| !above.contains(inner))
            && (how.depth == 0 || level < how.depth)
        {
            fields(text, inner, level + 1, how, above);
        }
    }
    above.pop();
}

/// The type as `explain` names it.
fn type_name(kind: &FieldType) -> String {
    match kind {
        FieldType::String(_) | FieldType::Time | FieldType::MicroTime | FieldType::Bytes => "string".to_owned(),
        FieldType::Int32 | FieldType::Int64 => "integer".to_owned(),
        FieldType::Float64 => "number".to_owned(),
        FieldType::Bool => "boolean".to_owned(),
        FieldType::Quantity => "Quantity".to_owned(),
        FieldType::IntOrString => "IntOrString".to_owned(),
        FieldType::Any => "FieldsV1".to_owned(),
        FieldType::List(items) => format!("[]{}", type_name(items)),
        FieldType::Map(values, _) => format!("map[string]{}", type_name(values)),
        FieldType::Struct(id) => id.name().to_owned(),
    }
}

pub(super) fn sorted_values(kind: &FieldType) -> Vec<String> {
    let FieldType::String(go_name) = kind else { return Vec::new() };
    // What the server's document says of these is not what a manifest may hold: no enumeration, or another.
    const TOLD: [(&str, &str); 14] = [
        ("v1.AzureDataDiskCachingMode", "None ReadOnly ReadWrite"),
        ("v1.AzureDataDiskKind", "Dedicated Managed Shared"),
        ("v1.ContainerRestartPolicy", ""),
        ("v1.ContainerRestartRuleAction", ""),
        ("v1.ContainerRestartRuleOnExitCodesOperator", ""),
        ("v1.LabelSelectorOperator", ""),
        ("v1.OSName", ""),
        ("v1.PodPhase", "Failed Pending Running Succeeded Unknown"),
        ("v1.PodQOSClass", "BestEffort Burstable Guaranteed"),
        ("v1.RecursiveReadOnlyMode", ""),
        ("v1.ResourceResizeRestartPolicy", ""),
        // More than four are never listed.
        ("v1.Signal", "SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD"),
        ("v1.StorageMedium", ""),
        ("v1.TolerationOperator", "Equal Exists Gt Lt"),
    ];
    if let Some((_, told)) = TOLD.iter().find(|(name, _)| name == go_name) {
        return told.split_whitespace().map(str::to_owned).collect();
    }
    let shown = |value: &&str| if value.is_empty() { "\"\"".to_owned() } else { (*value).to_owned() };
    let mut values: Vec<String> = values_of(go_name).iter().map(shown).collect();
    values.sort();
    values
}
