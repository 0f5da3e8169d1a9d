//! `kubectl describe` and `kubectl events`.

use k8s_openapi::jiff::Timestamp;

use super::Read;
use crate::api::{Kind, Object, View, table};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::describe::describe_in;
use crate::kubectl::print::rows;
use crate::kubectl::resource::{self, Found};
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::{Failure, Output, go_sort};

/// `describe KIND [NAME…]`: what has the name, or else what begins with it.
pub(super) fn describe(cluster: &Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let words = args.arguments();
    let mut found = if args.get("filename").is_some() {
        super::named_in_files(cluster, args, words, read)?
    } else if words.is_empty() {
        return Err(Failure::usage(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
             supported resources.",
        ));
    } else {
        resource::find(cluster, args, words)?
    };
    let guessed = by_prefix(cluster, args, words, &mut found)?;
    if found.is_empty() && found.missing.is_empty() {
        let everywhere = args.on("all-namespaces");
        let place = if everywhere { String::new() } else { format!(" in {} namespace.", args.namespace()) };
        return Ok(Output::remark(format!("No resources found{place}\n")));
    }
    let now = cluster.now().to_timestamp(cluster.config().epoch);
    // Where several objects are told of, their events are told only when they are asked for (1.37).
    let alone = found.each().count() == 1 && !guessed;
    let events = if args.get("show-events").is_some() { args.on("show-events") } else { alone };
    let texts: Vec<String> = found.each().map(|(_, object)| describe_in(cluster, object, now, events)).collect();
    // What was found by its beginning is told one after the other, each with an empty line.
    let stdout = match guessed {
        true => texts.iter().map(|text| format!("{text}\n")).collect(),
        false => texts.join("\n\n"),
    };
    let output = Output { stdout, stderr: found.warnings.clone(), ..Output::default() };
    Ok(output.with_missing(&found.missing))
}

/// Where exactly one name is given and nothing has it, what begins with it is meant; true where that is so.
fn by_prefix(cluster: &Cluster, args: &Args, words: &[String], found: &mut Found) -> Result<bool, Failure> {
    let [kind, name] = words else { return Ok(false) };
    if found.missing.is_empty() || !found.is_empty() || kind.contains(['/', ',']) {
        return Ok(false);
    }
    let resource = resources::find(kind)?;
    let mut alike = resource::list(cluster, resource, Some(args.namespace()));
    alike.retain(|object| object.name().starts_with(name.as_str()));
    let guessed = !alike.is_empty();
    if guessed {
        found.missing.clear();
        found.groups = vec![resource::Group { resource, objects: alike }];
    }
    Ok(guessed)
}

/// `kubectl events`: what was said, in order of time (kubectl: cmd/events/events.go).
pub(super) fn events(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    let now = cluster.now().to_timestamp(cluster.config().epoch);
    let everywhere = args.on("all-namespaces");
    let of = args.get("for").map(subject).transpose()?;
    let types: Vec<&str> = args.all("types").flat_map(|types| types.split(',')).collect();
    if types.iter().any(|kind| !["Normal", "Warning"].iter().any(|known| known.eq_ignore_ascii_case(kind))) {
        return Err(Failure::usage("valid --types are Normal or Warning"));
    }
    let namespace = (!everywhere).then(|| args.namespace());
    let mut events: Vec<(Option<Timestamp>, Object)> = Vec::new();
    for object in resource::list(cluster, Resource::of(Kind::Event), namespace) {
        let Object::Event(event) = &object else { continue };
        let involved = &event.involved_object;
        let is_of = of.as_ref().is_none_or(|(kind, name)| {
            involved.kind.as_deref() == Some(kind) && involved.name.as_deref() == Some(name.as_str())
        });
        let kind = event.type_.as_deref().unwrap_or_default();
        if is_of && (types.is_empty() || types.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind))) {
            let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
            let last = event.last_timestamp.as_ref().map(|time| time.0);
            let first = event.event_time.as_ref().map(|time| time.0);
            events.push((series.or(last).or(first), object));
        }
    }
    if events.is_empty() {
        return Ok(Output::remark(match everywhere {
            true => "No events found.\n".to_owned(),
            false => format!("No events found in {} namespace.\n", args.namespace()),
        }));
    }
    go_sort::sort(&mut events, |(a, _), (b, _)| a < b);
    if args.get("output") == Some("name") {
        // A list has no name of its own.
        return Ok(Output::default());
    }
    if let Some(format) = args.get("output").filter(|format| !format.is_empty()) {
        let values = events.iter().map(|(_, object)| crate::kubectl::wire::object(object)).collect();
        let list = crate::kubectl::wire::list(values);
        return crate::kubectl::print::value(&list, format, args.template(), super::submit::FORMATS).map(Output::text);
    }
    let mut table: Vec<Vec<String>> = Vec::new();
    if !args.on("no-headers") {
        table.push(["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"].map(str::to_owned).to_vec());
    }
    for (_, event) in &events {
        table.push(event_row(event, now));
    }
    if everywhere {
        let head = (!args.on("no-headers")).then(|| "NAMESPACE".to_owned());
        let names = events.iter().map(|(_, event)| event.namespace().to_owned());
        table.iter_mut().zip(head.into_iter().chain(names)).for_each(|(row, name)| row.insert(0, name));
    }
    // Messages keep their line breaks here.
    let marked: Vec<Vec<String>> =
        table.iter().map(|row| row.iter().map(|cell| cell.replace('\n', "\u{1}")).collect()).collect();
    Ok(Output::text(rows::table(&marked).replace('\u{1}', "\n")))
}

fn event_row(event: &Object, now: Timestamp) -> Vec<String> {
    let value = event.to_json();
    let view = View::new(&value);
    let time = |path: &str| view.at(path).str().parse::<Timestamp>().ok();
    let since = |time: Option<Timestamp>| {
        time.map_or_else(|| "<unknown>".to_owned(), |time| table::human_duration(now.duration_since(time).as_secs()))
    };
    let first = time("firstTimestamp").or_else(|| time("eventTime"));
    let (last, count) = match view.at("series").exists() {
        true => (time("series.lastObservedTime"), view.at("series.count").int()),
        false => (time("lastTimestamp"), view.at("count").int()),
    };
    let seen = if count > 1 { format!("{} (x{count} over {})", since(last), since(first)) } else { since(first) };
    let object = format!("{}/{}", view.at("involvedObject.kind").str(), view.at("involvedObject.name").str());
    vec![seen, view.at("type").text(), view.at("reason").text(), object, view.at("message").str().trim().to_owned()]
}

/// The object of `--for`: its kind and name.
fn subject(word: &str) -> Result<(&'static str, String), Failure> {
    let (of, name) = word.split_once('/').ok_or_else(|| Failure::usage("--for must be in resource/name form"))?;
    // The mapper's own words reach the person here.
    let found = resources::find(of).map_err(|failure| Failure(failure.0.trim_start_matches("error: ").to_owned()))?;
    Ok((found.kind, name.to_owned()))
}
