//! `kubectl get`: tables, and objects in every format.

use std::cmp::Ordering;

use serde_json::Value;

use super::Read;
use super::tables;
use crate::api::Object;
use crate::api::quantity::Quantity;
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, Watch, What};
use crate::kubectl::print::rows::Rows;
use crate::kubectl::print::{self, columns, jsonpath};
use crate::kubectl::resource::{self, Found, Group};
use crate::kubectl::{Failure, Output, wire};

/// `get KINDS [NAME…]`, `get KIND/NAME…`, `get -f FILE`.
pub(super) fn get(cluster: &Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let words = args.arguments();
    let format = args.get("output").unwrap_or(if args.get("template").is_some() { "go-template" } else { "" });
    check_format(format)?;
    if args.on("output-watch-events") && !args.on("watch") && !args.on("watch-only") {
        return Err(Failure::usage("--output-watch-events option can only be used with --watch or --watch-only"));
    }
    if args.get("raw").is_some() {
        return Err(Failure::usage("--raw needs a server with addresses; podlab serve is one"));
    }
    let mut found = if args.get("filename").is_some() {
        super::named_in_files(cluster, args, read)?
    } else if words.is_empty() {
        return Err(Failure(NO_TYPE.to_owned()));
    } else {
        resource::find(cluster, args, words)?
    };
    if let Some(path) = args.get("sort-by").filter(|path| !path.is_empty())
        && !sort(&mut found, path)?
    {
        // A list in which nothing has the field is told as an empty one.
        return Ok(Output::remark(format!("No resources found in {} namespace.\n", args.namespace())));
    }
    if args.on("watch") || args.on("watch-only") {
        return watch(cluster, args, &found);
    }
    let table = matches!(format, "" | "wide");
    if found.is_empty() && found.missing.is_empty() && table {
        let everywhere = args.on("all-namespaces") || found.groups.iter().all(|group| !group.resource.namespaced);
        return Ok(Output::remark(
            found.warnings
                + &match (found.named, everywhere) {
                    (true, _) => String::new(),
                    (_, true) => "No resources found\n".to_owned(),
                    (_, false) => format!("No resources found in {} namespace.\n", args.namespace()),
                },
        ));
    }
    let stdout = match format {
        _ if table => tables::all(args, &found.groups, cluster.now().to_timestamp(cluster.config().epoch)),
        _ if found.named && found.is_empty() => String::new(),
        "name" => found.each().map(|(_, object)| resource::object_label(object) + "\n").collect(),
        _ => formatted(args, &found, format)?,
    };
    let output = Output { stdout, stderr: found.warnings, ..Output::default() };
    Ok(output.with_missing(&found.missing))
}

const NO_TYPE: &str = "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete \
                       list of supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain \
                       <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\nSee \
                       'kubectl get -h' for help and examples";

/// A format that does not exist is refused before anything is looked up.
fn check_format(format: &str) -> Result<(), Failure> {
    let name = format.split('=').next().unwrap_or_default();
    match name {
        "" | "wide" | "name" | "custom-columns" => Ok(()),
        "jsonpath" | "jsonpath-as-json" | "go-template" | "template" => Ok(()),
        _ => print::value(&Value::Null, format, None, "").map(|_| ()),
    }
}

fn formatted(args: &Args, found: &Found, format: &str) -> Result<String, Failure> {
    let mut values: Vec<Value> = found.each().map(|(_, object)| wire::object(object)).collect();
    if let Some(spec) = format.strip_prefix("custom-columns=") {
        return columns::print(spec, &values, !args.on("no-headers"));
    }
    let value = match (found.named && values.len() == 1).then(|| values.pop()).flatten() {
        Some(single) => single,
        None => wire::list(values),
    };
    print::value(&value, format, args.get("template"), "")
}

/// Puts the objects in the order of a field; false where none of a list has it (kubectl: cmd/get/sorter.go).
fn sort(found: &mut Found, path: &str) -> Result<bool, Failure> {
    let relaxed = jsonpath::relaxed(path)?;
    let template = jsonpath::Template::parse(&relaxed)
        .map_err(|why| Failure::usage(format!("error parsing jsonpath {relaxed}, {why}")))?;
    // Objects asked for by name come as rows that know no more than their metadata.
    let hidden = found.named && !relaxed.starts_with("{.metadata") && found.each().count() > 1
        || found.groups.iter().filter(|group| !group.objects.is_empty()).count() > 1;
    let named = found.named;
    for group in &mut found.groups {
        let field = |object: &Object| template.find(&wire::object(object)).into_iter().flatten().next().cloned();
        let mut keyed: Vec<(Option<Value>, Object)> =
            group.objects.drain(..).map(|object| (field(&object), object)).collect();
        let none = !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none());
        if none && !named && !hidden {
            return Ok(false);
        }
        if none || hidden && !keyed.is_empty() {
            return Err(Failure::usage(format!(
                "couldn't find any field with path {relaxed:?} in the list of objects"
            )));
        }
        keyed.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
        group.objects = keyed.into_iter().map(|(_, object)| object).collect();
    }
    Ok(true)
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::String(a)), Some(Value::String(b))) => match (Quantity::parse(a), Quantity::parse(b)) {
            (Ok(a), Ok(b)) => a.nano().cmp(&b.nano()),
            _ => natural(a, b),
        },
        (Some(a), Some(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Texts with numbers in them by their numbers: `a2` before `a10` (fvbommel/sortorder NaturalLess).
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (x, y) = (digits(a), digits(b));
        if x > 0 && y > 0 {
            let (m, n) = (a.get(..x).unwrap_or_default(), b.get(..y).unwrap_or_default());
            let (p, q) = (m.trim_start_matches('0'), n.trim_start_matches('0'));
            let order = p.len().cmp(&q.len()).then_with(|| p.cmp(q)).then_with(|| m.len().cmp(&n.len()));
            if order.is_ne() {
                return order;
            }
            (a, b) = (a.get(x..).unwrap_or_default(), b.get(y..).unwrap_or_default());
            continue;
        }
        let (mut m, mut n) = (a.chars(), b.chars());
        match (m.next(), n.next()) {
            (Some(p), Some(q)) if p == q => (a, b) = (m.as_str(), n.as_str()),
            (p, q) => return p.cmp(&q),
        }
    }
}

/// `get -w`: what there is, then a row for each change.
fn watch(cluster: &Cluster, args: &Args, found: &Found) -> Result<Output, Failure> {
    if !found.missing.is_empty() {
        return Err(Failure(found.missing.trim_end().to_owned()));
    }
    let [group] = found.groups.as_slice() else {
        return Err(Failure::usage("you may only specify a single resource type"));
    };
    let Group { resource, objects } = group;
    let name = found.named.then(|| objects.first().map(|object| object.name().to_owned())).flatten();
    let mut watch = Watch { resource: *resource, args: args.clone(), name, headed: false, rows: Rows::default() };
    let epoch = cluster.config().epoch;
    let listed: Vec<(&str, &Object)> = objects.iter().map(|object| ("ADDED", object)).collect();
    let stdout = match args.on("watch-only") {
        true => String::new(),
        false => watch.print(&listed, cluster.now().to_timestamp(epoch)),
    };
    let follow = Some(Follow::new(What::Watch(watch), epoch, None));
    Ok(Output { stdout, stderr: found.warnings.clone(), follow, ..Output::default() })
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["a10", "a2", "b", "a02", "a"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["a", "a2", "a02", "a10", "b"]);
    }
}
