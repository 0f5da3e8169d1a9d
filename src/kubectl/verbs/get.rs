//! `kubectl get`: tables, and objects in every format.

use std::borrow::Cow;

use serde_json::Value;

use super::Read;
use super::tables;
use crate::api::Object;
use crate::api::quantity::Quantity;
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, Watch, What};
use crate::kubectl::print::rows::{self, Rows};
use crate::kubectl::print::{self, columns, jsonpath};
use crate::kubectl::resource::{self, Found, Group};
use crate::kubectl::{Failure, Output, go_sort, wire};

/// `get KINDS [NAME…]`, `get KIND/NAME…`, `get -f FILE`.
pub(super) fn get(cluster: &Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let words = args.arguments();
    let format = args.get("output").unwrap_or(if args.get("template").is_some() { "go-template" } else { "" });
    raw(args)?;
    check_format(format)?;
    if args.on("output-watch-events") && !args.on("watch") && !args.on("watch-only") {
        return Err(Failure::usage("--output-watch-events option can only be used with --watch or --watch-only"));
    }
    if args.on("show-labels") && !matches!(format, "" | "wide") {
        return Err(Failure::usage(format!("--show-labels option cannot be used with {format} printer")));
    }
    let mut found = if args.get("filename").is_some() {
        super::named_in_files(cluster, args, words, read)?
    } else if words.is_empty() {
        return Err(Failure(NO_TYPE.to_owned()));
    } else {
        resource::find(cluster, args, words)?
    };
    let subresource = args.get("subresource").unwrap_or_default();
    if !subresource.is_empty() {
        return part(cluster, args, found, subresource, format);
    }
    let table = matches!(format, "" | "wide");
    let of_files = args.get("filename").is_some();
    let everywhere = args.on("all-namespaces") || found.groups.iter().any(|group| !group.resource.namespaced);
    let nothing_there = || match everywhere && !of_files {
        true => "No resources found\n".to_owned(),
        false => format!("No resources found in {} namespace.\n", args.namespace()),
    };
    if let Some(path) = args.get("sort-by").filter(|path| !path.is_empty()) {
        let asked = found.asked.max(found.groups.len());
        match (asked, table) {
            // The order of a single list is its printer's concern, and nobody listens to what it says against the path.
            (1, _) if found.named => {}
            // A table of one row is in order whatever it is asked for.
            (1, true) if found.each().count() == 1 => _ = sorter(path)?,
            (1, true) => match sorter(path).and_then(|path| sort(&mut found.groups, &path)) {
                Ok(()) => {}
                Err(Unsorted::Said(_)) => return Ok(Output::remark(nothing_there())),
                Err(stopped) => return Err(stopped.into()),
            },
            (_, true) => rows_in_order(path)?,
            (_, false) => sort(&mut found.groups, &sorter(path)?)?,
        }
    }
    if args.on("watch") || args.on("watch-only") {
        return watch(cluster, args, found);
    }
    if found.is_empty() && found.missing.is_empty() && table {
        let silent = args.on("ignore-not-found") || found.named && !of_files;
        let told = if silent { String::new() } else { nothing_there() };
        return Ok(Output::remark(found.warnings + &told));
    }
    let output = match format {
        _ if table => {
            Output::text(tables::all(args, &found.groups, cluster.now().to_timestamp(cluster.config().epoch)))
        }
        _ if found.named && found.is_empty() => Output::default(),
        "name" => {
            Output::text(found.each().map(|(_, object)| resource::object_label(object) + "\n").collect::<String>())
        }
        _ => formatted(args, &found, format)?,
    };
    let warned = Output { stderr: found.warnings, ..Output::default() };
    Ok(warned.then(output).with_missing(&found.missing))
}

/// `--raw` asks for an address, which a cluster without a network has not.
fn raw(args: &Args) -> Result<(), Failure> {
    let Some(path) = args.get("raw").filter(|path| !path.is_empty()) else { return Ok(()) };
    if args.on("watch") || args.on("watch-only") || args.get("selector").is_some_and(|text| !text.is_empty()) {
        return Err(Failure::usage(
            "--raw may not be specified with other flags that filter the server request or alter the output",
        ));
    }
    if !args.arguments().is_empty() {
        return Err(Failure::usage("arguments may not be passed when --raw is specified"));
    }
    if args.get("output").is_some_and(|format| !format.is_empty()) {
        return Err(Failure::usage("--raw and --output are mutually exclusive"));
    }
    if !path.starts_with('/') {
        return Err(Failure::usage(format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request")));
    }
    Err(Failure::usage("--raw needs a server with addresses; podlab serve is one"))
}

const NO_TYPE: &str = "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete \
                       list of supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain \
                       <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\nSee \
                       'kubectl get -h' for help and examples";

/// A format that does not exist is refused before anything is looked up.
fn check_format(format: &str) -> Result<(), Failure> {
    let name = format.split('=').next().unwrap_or_default();
    match name {
        "" | "wide" | "name" if name == format => Ok(()),
        "custom-columns" if format.len() > name.len() + 1 => Ok(()),
        "custom-columns" => Err(Failure::usage("custom-columns format specified but no custom columns given")),
        "jsonpath" | "jsonpath-as-json" | "go-template" | "template" => Ok(()),
        _ => print::value(&Value::Null, format, print::Given::default(), "").map(|_| ()),
    }
}

fn formatted(args: &Args, found: &Found, format: &str) -> Result<Output, Failure> {
    let mut values: Vec<Value> = found.each().map(|(_, object)| wire::object(object)).collect();
    if let Some(spec) = format.strip_prefix("custom-columns=") {
        return columns::print(spec, &values, !args.on("no-headers"));
    }
    // Several names are a list, even where one of them is all there is.
    let value = match (found.named && found.asked == 1 && values.len() == 1).then(|| values.pop()).flatten() {
        Some(single) => single,
        None => wire::list(values),
    };
    print::value(&value, format, args.template(), "").map(Output::text)
}

/// `--subresource`: a part of each object that has an address of its own.
fn part(cluster: &Cluster, args: &Args, found: Found, name: &str, format: &str) -> Result<Output, Failure> {
    if !found.named {
        return Err(Failure::usage("subresource cannot be used when bulk resources are specified"));
    }
    let values = found.each().map(|(_, object)| match name {
        "status" => Ok(wire::object(object)),
        "scale" => wire::scale(object).ok_or_else(no_part),
        _ => Err(no_part()),
    });
    let mut values = values.collect::<Result<Vec<Value>, Failure>>()?;
    let output = match (name, format) {
        ("scale", "" | "wide") => {
            let now = cluster.now().to_timestamp(cluster.config().epoch);
            let mut table = vec![wire::SCALE_COLUMNS.map(str::to_uppercase).to_vec()];
            let rows = found.each().zip(&values);
            table.extend(rows.map(|((_, object), scale)| wire::scale_cells(object, scale, now).to_vec()));
            Output::text(rows::table(table.get(usize::from(args.on("no-headers"))..).unwrap_or_default()))
        }
        (_, "" | "wide") => {
            Output::text(tables::all(args, &found.groups, cluster.now().to_timestamp(cluster.config().epoch)))
        }
        (_, "name") => {
            let label = |object| match name {
                "scale" => format!("scale.autoscaling/{}\n", Object::name(object)),
                _ => resource::object_label(object) + "\n",
            };
            Output::text(found.each().map(|(_, object)| label(object)).collect::<String>())
        }
        _ if format.starts_with("custom-columns=") => {
            let spec = format.strip_prefix("custom-columns=").unwrap_or_default();
            columns::print(spec, &values, !args.on("no-headers"))?
        }
        _ => {
            let single = (found.asked == 1 && values.len() == 1).then(|| values.pop()).flatten();
            let value = single.unwrap_or_else(|| wire::list(values));
            Output::text(print::value(&value, format, args.template(), "")?)
        }
    };
    Ok(output.with_missing(&found.missing))
}

fn no_part() -> Failure {
    Failure("Error from server (NotFound): the server could not find the requested resource".to_owned())
}

/// Why a list could not be put in order.
enum Unsorted {
    /// What is wrong with the path, or that nothing has it.
    Said(Failure),
    /// Values that have no order end the client.
    Fatal(Failure),
}

impl From<Unsorted> for Failure {
    fn from(why: Unsorted) -> Self {
        match why {
            Unsorted::Said(failure) | Unsorted::Fatal(failure) => failure,
        }
    }
}

/// A path to sort by, read.
struct Sorter {
    path: String,
    template: jsonpath::Template,
}

fn sorter(path: &str) -> Result<Sorter, Unsorted> {
    let path = jsonpath::relaxed(path).map_err(Unsorted::Said)?;
    let template = jsonpath::Template::parse(&path).map_err(|why| Unsorted::Said(Failure::usage(why)))?;
    Ok(Sorter { path, template })
}

fn nowhere(path: &str) -> Failure {
    Failure::usage(format!("couldn't find any field with path {path:?} in the list of objects"))
}

/// Several tables are no rows to sort: what is looked at is each table itself, which knows no more than that it is one
/// (kubectl: cmd/get/sorter.go RuntimeSorter).
fn rows_in_order(path: &str) -> Result<(), Failure> {
    let Sorter { path, template } = sorter(path)?;
    let table = serde_json::json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": ""}, "rows": [{}],
        "columnDefinitions": [{}],
    });
    match template.first(&table) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(nowhere(&path)),
        Err(why) => Err(Failure::usage(why)),
    }
}

/// Puts the objects in the order of a field (kubectl: cmd/get/sorter.go).
fn sort(groups: &mut [Group], by: &Sorter) -> Result<(), Unsorted> {
    for group in groups {
        let mut keyed = Vec::new();
        for object in group.objects.drain(..) {
            let value = wire::object(&object);
            let key = by.template.first(&value).map_err(|why| Unsorted::Said(Failure::usage(why)))?;
            keyed.push((key.map(Cow::into_owned), object));
        }
        if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
            return Err(Unsorted::Said(nowhere(&by.path)));
        }
        let mixed = |key: &Option<Value>| matches!(key, Some(Value::Array(_) | Value::Object(_)));
        if keyed.len() > 1 && keyed.iter().any(|(key, _)| mixed(key)) {
            let path = &by.path;
            return Err(Unsorted::Fatal(Failure(format!("error: the values of {path} have no order"))));
        }
        go_sort::sort(&mut keyed, |(a, _), (b, _)| is_less(a.as_ref(), b.as_ref()));
        group.objects = keyed.into_iter().map(|(_, object)| object).collect();
    }
    Ok(())
}

/// Whether one value belongs before another; what is not there belongs before everything.
fn is_less(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (None | Some(Value::Null), _) => true,
        (_, None | Some(Value::Null)) => false,
        (Some(Value::String(a)), Some(Value::String(b))) => match (Quantity::parse(a), Quantity::parse(b)) {
            (Ok(a), Ok(b)) => a.nano() < b.nano(),
            // Byte by byte, since 1.31 (kubectl: cmd/get/sorter.go isLess): `a10` stands before `a2`.
            _ => a < b,
        },
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a < b,
        (Some(a), Some(b)) => a.as_f64() < b.as_f64(),
    }
}

/// `get -w`: what there is, then a row for each change.
fn watch(cluster: &Cluster, args: &Args, found: Found) -> Result<Output, Failure> {
    if !found.missing.is_empty() {
        return Err(Failure(found.missing.trim_end().to_owned()));
    }
    let [group] = found.groups.as_slice() else {
        return Err(Failure::usage("you may only specify a single resource type"));
    };
    let several = found.named && found.asked > 1;
    let Group { resource, objects } = group;
    let name = found.named.then(|| objects.first().map(|object| object.name().to_owned())).flatten();
    let mut watch = Watch { resource: *resource, args: args.clone(), name, headed: false, rows: Rows::default() };
    let epoch = cluster.config().epoch;
    let listed: Vec<(&str, &Object)> = objects.iter().map(|object| ("ADDED", object)).collect();
    let stdout = match args.on("watch-only") {
        true => String::new(),
        false => watch.print(&listed, cluster.now().to_timestamp(epoch)),
    };
    let mut stderr = found.warnings.clone();
    if args.get("sort-by").is_some_and(|path| !path.is_empty()) {
        stderr.push_str("warning: --watch requested, --sort-by will be ignored for watch events received\n");
    }
    let listed = Output { stdout, stderr, ..Output::default() };
    if several {
        let refusal = Failure::usage("you may only watch a single resource or type of resource at a time");
        return Ok(listed.then(refusal.into()));
    }
    Ok(Output { follow: Some(Follow::new(What::Watch(watch), epoch, None)), ..listed })
}
