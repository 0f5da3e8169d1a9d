//! `kubectl describe` and `kubectl events`.

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;

use super::{Read, tables};
use crate::api::{Kind, Object, View, table};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::describe::describe_in;
use crate::kubectl::follow::{Follow, What};
use crate::kubectl::print::rows::Rows;
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
    let epoch = cluster.config().epoch;
    let now = cluster.now().to_timestamp(epoch);
    let everywhere = args.on("all-namespaces");
    let of = args.get("for").map(subject).transpose()?;
    let types: Vec<String> = args.all("types").flat_map(|types| types.split(',')).map(str::to_owned).collect();
    if types.iter().any(|kind| !["Normal", "Warning"].iter().any(|known| known.eq_ignore_ascii_case(kind))) {
        return Err(Failure::usage("valid --types are Normal or Warning"));
    }
    let namespace = (!everywhere).then(|| args.namespace());
    let mut heard = Events { args: args.clone(), of, types, headed: false, rows: Rows::default() };
    let listed = resource::list(cluster, Resource::of(Kind::Event), namespace);
    if args.on("watch") {
        let stdout = listed.iter().map(|event| heard.print(event, now)).collect();
        return Ok(Output { stdout, follow: Some(Follow::new(What::Events(heard), epoch, None)), ..Output::default() });
    }
    let mut events: Vec<(Option<Timestamp>, Object)> = Vec::new();
    for object in listed {
        let Object::Event(event) = &object else { continue };
        if heard.wants(event) {
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
    Ok(Output::text(heard.table(events.iter().map(|(_, event)| event), now)))
}

/// Which events are told, and how far the table of them has come.
#[derive(Clone, Debug)]
pub(in crate::kubectl) struct Events {
    args: Args,
    of: Option<(&'static str, String)>,
    types: Vec<String>,
    headed: bool,
    rows: Rows,
}

impl Events {
    fn wants(&self, event: &Event) -> bool {
        let involved = &event.involved_object;
        let is_of = self.of.as_ref().is_none_or(|(kind, name)| {
            involved.kind.as_deref() == Some(kind) && involved.name.as_deref() == Some(name.as_str())
        });
        let kind = event.type_.as_deref().unwrap_or_default();
        is_of && (self.types.is_empty() || self.types.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind)))
    }

    /// What `events -w` prints of an object that came or changed; nothing of what is no event, or not one that was asked
    /// for.
    pub fn print(&mut self, object: &Object, now: Timestamp) -> String {
        let here = self.args.on("all-namespaces") || object.namespace() == self.args.namespace();
        if !here || !matches!(object, Object::Event(event) if self.wants(event)) {
            return String::new();
        }
        match self.args.get("output").filter(|format| !format.is_empty()) {
            Some(_) => {
                let first = !std::mem::replace(&mut self.headed, true);
                tables::single(&self.args, object, None, first).unwrap_or_default()
            }
            None => self.table([object].into_iter(), now),
        }
    }

    /// The rows of events, after the head where it is not printed yet.
    fn table<'a>(&mut self, events: impl Iterator<Item = &'a Object>, now: Timestamp) -> String {
        let everywhere = self.args.on("all-namespaces");
        let mut table: Vec<Vec<String>> = Vec::new();
        if !std::mem::replace(&mut self.headed, true) && !self.args.on("no-headers") {
            let names = ["NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
            table.push(names.iter().skip(usize::from(!everywhere)).map(|name| (*name).to_owned()).collect());
        }
        for event in events {
            let mut row = event_row(event, now);
            if everywhere {
                row.insert(0, event.namespace().to_owned());
            }
            // Messages keep their line breaks here.
            table.push(row.into_iter().map(|cell| cell.replace('\n', "\u{1}")).collect());
        }
        self.rows.print(&table).replace('\u{1}', "\n")
    }
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
