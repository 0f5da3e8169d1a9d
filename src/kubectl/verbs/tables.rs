//! The rows of `kubectl get`.

use k8s_openapi::jiff::Timestamp;
use serde_json::json;

use crate::api::{Object, View, table};
use crate::kubectl::args::Args;
use crate::kubectl::print::rows::Rows;
use crate::kubectl::print::{self, columns};
use crate::kubectl::resource::{self, Group};
use crate::kubectl::resources::Resource;
use crate::kubectl::selector::{Fields, Selector};
use crate::kubectl::{Failure, made, wire};
use crate::manifest::update::json_text;

/// Whether the selectors of `args` choose `object`; selectors that cannot be read were refused before.
pub(in crate::kubectl) fn chosen(args: &Args, resource: Resource, object: &Object) -> bool {
    let labels = Selector::parse(args.get("selector").unwrap_or_default()).unwrap_or_default();
    let fields = Fields::parse(args.get("field-selector").unwrap_or_default(), resource.known()).unwrap_or_default();
    labels.matches(object.metadata().labels.as_ref())
        && (fields == Fields::default() || fields.matches(View::new(&object.to_json())))
}

/// The columns that `-L` asks for.
fn label_columns(args: &Args) -> Vec<&str> {
    args.all("label-columns").flat_map(|names| names.split(',')).filter(|name| !name.is_empty()).collect()
}

fn shown(args: &Args, resource: Resource, cells: Vec<String>) -> Vec<String> {
    let wide = args.get("output") == Some("wide");
    let columns = table::columns(resource.known());
    columns.iter().zip(cells).filter(|(column, _)| wide || !column.wide).map(|(_, cell)| cell).collect()
}

/// The head of the table.
pub(in crate::kubectl) fn head(args: &Args, resource: Resource) -> Vec<String> {
    let names = table::columns(resource.known()).iter().map(|column| column.name.to_uppercase()).collect();
    // What the client prints by itself, it knows the name and the age of.
    let bare = args.off("server-print");
    let mut head = if bare { vec!["NAME".to_owned(), "AGE".to_owned()] } else { shown(args, resource, names) };
    if !bare {
        head.splice(1..1, made::columns(resource).iter().map(|name| name.to_uppercase()));
    }
    if args.on("all-namespaces") && resource.namespaced {
        head.insert(0, "NAMESPACE".to_owned());
    }
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_uppercase();
    head.extend(label_columns(args).into_iter().map(last));
    if args.on("show-labels") {
        head.push("LABELS".to_owned());
    }
    head
}

/// The row of an object; `prefix` puts its kind before its name.
pub(in crate::kubectl) fn row(
    args: &Args,
    resource: Resource,
    object: &Object,
    prefix: bool,
    now: Timestamp,
) -> Vec<String> {
    let bare = args.off("server-print");
    let mut cells = match bare {
        true => vec![object.name().to_owned(), table::age(object.metadata().creation_timestamp.as_ref(), now)],
        false => shown(args, resource, table::row(object, now)),
    };
    if !bare {
        cells.splice(1..1, made::cells(resource, object));
    }
    // The first column of events is no name.
    let is_name = bare || table::columns(resource.known()).first().is_some_and(|column| column.name == "Name");
    if let Some(name) = cells.first_mut().filter(|_| prefix && is_name) {
        *name = format!("{}/{name}", resource.kind_name());
    }
    if args.on("all-namespaces") && resource.namespaced {
        cells.insert(0, object.namespace().to_owned());
    }
    let labels = object.metadata().labels.as_ref();
    let label = |name: &str| labels.and_then(|labels| labels.get(name)).cloned().unwrap_or_default();
    cells.extend(label_columns(args).into_iter().map(label));
    if args.on("show-labels") {
        let pairs: Vec<String> = labels.into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
        cells.push(if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") });
    }
    cells
}

/// All cells of an object's row, the wide ones too.
#[cfg(not(target_arch = "wasm32"))]
pub(in crate::kubectl) fn cells(resource: Resource, object: &Object, now: Timestamp) -> Vec<String> {
    let mut cells = table::row(object, now);
    cells.splice(1..1, made::cells(resource, object));
    cells
}

/// One table for each group that has objects; with several resources names carry their kind.
pub(super) fn all(args: &Args, groups: &[Group], now: Timestamp) -> String {
    let several = groups.windows(2).any(|pair| matches!(pair, [a, b] if a.resource != b.resource));
    let prefix = several || args.on("show-kind");
    let tables = groups.iter().filter(|group| !group.objects.is_empty()).map(|group| {
        let mut rows = Vec::new();
        if !args.on("no-headers") {
            rows.push(head(args, group.resource));
        }
        rows.extend(group.objects.iter().map(|object| row(args, group.resource, object, prefix, now)));
        Rows::default().print(&rows)
    });
    let tables: Vec<String> = tables.collect();
    tables.join(if args.on("no-headers") { "" } else { "\n" })
}

/// One object of a watch in the format of `-o` that is no table, in its `event` where that is asked for. What stands
/// before all or between them depends on whether it is the `first`.
pub(in crate::kubectl) fn single(
    args: &Args,
    object: &Object,
    event: Option<&str>,
    first: bool,
) -> Result<String, Failure> {
    let format = args.get("output").unwrap_or_default();
    let mut value = wire::object(object);
    if let Some(event) = event {
        if format == "json" {
            return Ok(format!("{{\"type\":\"{event}\",\"object\":{}}}\n", json_text(&value)));
        }
        value = json!({"type": event, "object": value});
    }
    let between = if first { "" } else { "---\n" };
    match format {
        "name" => Ok(resource::object_label(object) + "\n"),
        "yaml" => Ok(between.to_owned() + &print::yaml::print(&value)),
        _ => match format.strip_prefix("custom-columns=") {
            Some(spec) => columns::print(spec, &[value], first && !args.on("no-headers")).map(|output| output.stdout),
            None => print::value(&value, format, args.template(), ""),
        },
    }
}
