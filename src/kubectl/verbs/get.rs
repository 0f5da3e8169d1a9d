//! `kubectl get`: tables, and objects as YAML or JSON.

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::{Kind, Object, labels, table};
use crate::cluster::{Cluster, ObjectKey};
use crate::kubectl::args::Args;
use crate::kubectl::resource::{self, label};
use crate::kubectl::tabwriter;
use crate::kubectl::{Failure, Output};

/// What `get all` lists, in kubectl's order, as far as the kinds are simulated.
const ALL: &[Kind] = &[
    Kind::Pod,
    Kind::Service,
    Kind::DaemonSet,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::HorizontalPodAutoscaler,
    Kind::CronJob,
    Kind::Job,
];

/// The objects of one kind that were asked for.
struct Listing {
    kind: Kind,
    objects: Vec<Object>,
}

/// `get KINDS [NAME…]`, `get KIND/NAME…`.
pub(super) fn get(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    let words = args.words.get(1..).unwrap_or_default();
    let mut missing = String::new();
    let (listings, named) = listings(cluster, args, words, &mut missing)?;
    let now = cluster.now().to_timestamp(cluster.config().epoch);
    let found = listings.iter().any(|listing| !listing.objects.is_empty());
    let stdout = match args.get("output").unwrap_or_default() {
        "" | "wide" => tables(&listings, args, now),
        "name" => listings
            .iter()
            .flat_map(|listing| &listing.objects)
            .filter_map(ObjectKey::of)
            .map(|key| label(&key) + "\n")
            .collect(),
        "yaml" => serde_yaml::to_string(&whole(&listings, named)).unwrap_or_default(),
        "json" => indented(&whole(&listings, named)),
        other => {
            return Err(Failure::usage(format!(
                "unable to match a printer suitable for the output format \"{other}\", allowed formats are: \
                 json,name,wide,yaml"
            )));
        }
    };
    let mut stderr = missing;
    let table = matches!(args.get("output"), None | Some("wide"));
    if !found && stderr.is_empty() && table {
        let namespaced = listings.iter().any(|listing| listing.kind.namespaced()) && !args.on("all-namespaces");
        stderr = match namespaced {
            true => format!("No resources found in {} namespace.\n", args.namespace()),
            false => "No resources found\n".to_owned(),
        };
        return Ok(Output { stdout: String::new(), stderr, exit_code: 0 });
    }
    let exit_code = i32::from(!stderr.is_empty());
    Ok(Output { stdout, stderr, exit_code })
}

/// What is asked for, kind by kind, and whether it was asked for by name. Names that are not there go to `missing`.
fn listings(
    cluster: &Cluster,
    args: &Args,
    words: &[String],
    missing: &mut String,
) -> Result<(Vec<Listing>, bool), Failure> {
    let Some((first, names)) = words.split_first() else {
        return Err(Failure(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
             supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for a \
             detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and \
             examples"
                .to_owned(),
        ));
    };
    if first.contains('/') || !names.is_empty() {
        let (keys, _) = resource::keys(cluster, args, words)?;
        let mut listings: Vec<Listing> = Vec::new();
        for key in keys {
            match resource::live(cluster, &key) {
                Ok(object) => match listings.last_mut().filter(|listing| listing.kind == key.kind) {
                    Some(listing) => listing.objects.push(object),
                    None => listings.push(Listing { kind: key.kind, objects: vec![object] }),
                },
                Err(failure) => missing.push_str(&(failure.0 + "\n")),
            }
        }
        return Ok((listings, true));
    }
    let mut kinds: Vec<Kind> = Vec::new();
    for word in first.split(',') {
        match word {
            "all" => kinds.extend(ALL),
            word => kinds.push(resource::kind(word)?),
        }
    }
    let selector = args.get("selector").map(labels::parse).transpose().map_err(|error| Failure::usage(error.0))?;
    let everywhere = args.on("all-namespaces");
    let wanted = |key: &ObjectKey, object: &Object| {
        (everywhere || !key.kind.namespaced() || &*key.namespace == args.namespace())
            && (selector.is_none() || labels::matches(selector.as_ref(), object.metadata().labels.as_ref()))
    };
    let list = |kind: Kind| {
        let listed = cluster.store().list(kind).filter(|(key, object)| wanted(key, object));
        Listing { kind, objects: listed.map(|(_, object)| object.clone()).collect() }
    };
    Ok((kinds.into_iter().map(list).collect(), false))
}

/// One table for each kind that has objects; with several kinds names carry their kind.
fn tables(listings: &[Listing], args: &Args, now: Timestamp) -> String {
    let prefix = listings.len() > 1 || args.on("show-kind");
    let tables: Vec<String> = listings
        .iter()
        .filter(|listing| !listing.objects.is_empty())
        .map(|listing| one_table(listing, args, prefix, now))
        .collect();
    tables.join(if args.on("no-headers") { "" } else { "\n" })
}

fn one_table(listing: &Listing, args: &Args, prefix: bool, now: Timestamp) -> String {
    let wide = args.get("output") == Some("wide");
    let columns = table::columns(Some(listing.kind));
    let shown = |cells: Vec<String>| {
        columns.iter().zip(cells).filter(|(column, _)| wide || !column.wide).map(|(_, cell)| cell).collect::<Vec<_>>()
    };
    let namespaces = args.on("all-namespaces") && listing.kind.namespaced();
    let mut rows = Vec::new();
    if !args.on("no-headers") {
        let mut header = shown(columns.iter().map(|column| column.name.to_uppercase()).collect());
        if namespaces {
            header.insert(0, "NAMESPACE".to_owned());
        }
        if args.on("show-labels") {
            header.push("LABELS".to_owned());
        }
        rows.push(header.join("\t"));
    }
    for object in &listing.objects {
        let mut cells = shown(table::row(object, now));
        if let Some(name) = cells.first_mut().filter(|_| prefix) {
            *name = format!("{}/{name}", resource::kind_name(listing.kind));
        }
        if namespaces {
            cells.insert(0, object.namespace().to_owned());
        }
        if args.on("show-labels") {
            let labels = object.metadata().labels.iter().flatten();
            let labels: Vec<String> = labels.map(|(key, value)| format!("{key}={value}")).collect();
            cells.push(if labels.is_empty() { "<none>".to_owned() } else { labels.join(",") });
        }
        let cells: Vec<String> = cells.iter().map(|cell| one_line(cell)).collect();
        rows.push(cells.join("\t"));
    }
    rows.push(String::new());
    tabwriter::format(&rows.join("\n"), 6, 3)
}

/// A cell ends where its first line ends (cli-runtime: printers/tableprinter.go).
fn one_line(cell: &str) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", cell.get(..end).unwrap_or_default()),
        None => cell.to_owned(),
    }
}

/// One object as it is, several as a `List`.
fn whole(listings: &[Listing], named: bool) -> Value {
    let mut objects: Vec<Value> = listings.iter().flat_map(|listing| &listing.objects).map(Object::to_json).collect();
    if named && objects.len() == 1 {
        return objects.remove(0);
    }
    json!({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}})
}

/// JSON as kubectl prints it: four blanks a level.
fn indented(value: &Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    // Writing to memory cannot fail, and the value is plain JSON.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    String::from_utf8_lossy(&out).into_owned() + "\n"
}
