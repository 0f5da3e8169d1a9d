//! A run in the format of the recordings of real clusters, so that both can be compared.

use collections::Map as BTreeMap;
use k8s_openapi::Text;
use std::rc::Rc;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::Run;
use crate::api::{Kind, Object, Pod, table};
use crate::cluster::{Change, ChangeKind, Happening, RuntimeEvent, RuntimeNote, Time};

/// The kinds whose rows are exported beside those of Pods.
const CONTROLLERS: [Kind; 5] = [Kind::Deployment, Kind::ReplicaSet, Kind::StatefulSet, Kind::DaemonSet, Kind::Job];

/// What a recording says of itself, and a run does not know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exported {
    /// The recording's name.
    pub name: String,
    /// What it shows.
    pub note: String,
    /// The manifest.
    pub manifest: String,
    /// What was done when, in words.
    pub actions: Vec<(Time, String, Option<String>)>,
}

/// A row of a table: its cells in the order of the columns, by which `compare.py` compares them.
struct Row(Vec<(String, Value)>);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, cell)| (name, cell)))
    }
}

/// An exported run: what needs no order, and the rows of the controllers, which do.
struct Whole {
    parts: Map<String, Value>,
    controller_rows: Vec<Row>,
}

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, part) in &self.parts {
            map.serialize_entry(name, part)?;
        }
        if !self.controller_rows.is_empty() {
            map.serialize_entry("controller_rows", &self.controller_rows)?;
        }
        map.end()
    }
}

/// The whole run as JSON in the format of the recordings (`tests/truth/traces/README.md`).
pub fn export(run: &Run, about: &Exported) -> String {
    let mut out = Tables::new(run);
    for record in run.records() {
        match &record.what {
            Happening::Changed(change) => out.change(record.at, change),
            Happening::Runtime(note) => out.note(record.at, note),
            Happening::Log(_)
            | Happening::Files(_)
            | Happening::Flow(_)
            | Happening::Decided(_)
            | Happening::Load(_)
            | Happening::Acted(_) => {}
        }
    }
    let entry = |(at, action, error): &(Time, String, Option<String>)| {
        let mut entry = json!({"t": seconds(*at), "action": action});
        if let (Some(error), Some(entry)) = (error, entry.as_object_mut()) {
            entry.insert("error".to_owned(), error.as_str().into());
        }
        entry
    };
    let actions: Vec<Value> = about.actions.iter().map(entry).collect();
    let whole = json!({
        "name": about.name,
        "note": about.note,
        "manifest": about.manifest,
        "version": "podlab",
        "creationTimestamp": run.config().epoch.to_string(),
        "recorded_seconds": seconds(run.end()),
        "actions": actions,
        "pod_watch": out.pod_watch,
        "get_rows": out.get_rows,
        "events": out.events,
        "cri": out.cri,
    });
    let Value::Object(mut parts) = whole else { return String::new() };
    if !out.controller_watch.is_empty() {
        parts.insert("controller_watch".to_owned(), out.controller_watch.into());
    }
    let whole = Whole { parts, controller_rows: out.controller_rows };
    serde_json::to_string(&whole).unwrap_or_default()
}

/// An instant as the recordings write it: seconds, to the millisecond.
fn seconds(at: Time) -> Value {
    json!((at.as_secs_f64() * 1_000.0).round() / 1_000.0)
}

fn watch_type(change: &Change) -> &'static str {
    match change.kind {
        ChangeKind::Added => "ADDED",
        ChangeKind::Modified => "MODIFIED",
        ChangeKind::Deleted => "DELETED",
    }
}

struct Tables<'a> {
    run: &'a Run,
    /// Pod names by uid.
    names: BTreeMap<Rc<str>, String>,
    /// The last row printed of each object, without its ages.
    rows: BTreeMap<String, Vec<String>>,
    pod_watch: Vec<Value>,
    get_rows: Vec<Value>,
    events: Vec<Value>,
    cri: Vec<Value>,
    controller_watch: Vec<Value>,
    controller_rows: Vec<Row>,
}

impl<'a> Tables<'a> {
    fn new(run: &'a Run) -> Self {
        Self {
            run,
            names: BTreeMap::new(),
            rows: BTreeMap::new(),
            pod_watch: Vec::new(),
            get_rows: Vec::new(),
            events: Vec::new(),
            cri: Vec::new(),
            controller_watch: Vec::new(),
            controller_rows: Vec::new(),
        }
    }

    fn change(&mut self, at: Time, change: &Change) {
        match &change.object {
            Object::Pod(pod) => self.pod(at, change, pod),
            // A recording has what was said of a scenario's own objects: its node served many at once.
            Object::Event(event) if event.involved_object.kind.as_deref() == Some("Node") => {}
            Object::Event(event) => {
                let whole = change.object.to_json();
                let text = |value: &Option<Text>| value.clone().filter(|text| !text.is_empty());
                let component = event.source.as_ref().and_then(|source| text(&source.component));
                let count = event.series.as_ref().and_then(|series| series.count).or(event.count).unwrap_or(1);
                let involved = &event.involved_object;
                let first = whole.get("firstTimestamp").or(whole.get("eventTime"));
                self.events.push(json!({
                    "t": seconds(at),
                    "watch": watch_type(change),
                    "type": event.type_,
                    "reason": event.reason,
                    "message": event.message,
                    "count": count.max(1),
                    "source": component.or_else(|| text(&event.reporting_component)),
                    "object": format!("{}/{}", text(&involved.kind).unwrap_or_default(), text(&involved.name).unwrap_or_default()),
                    "fieldPath": text(&involved.field_path),
                    "firstTimestamp": first,
                    "lastTimestamp": whole.get("lastTimestamp"),
                }));
            }
            object if CONTROLLERS.contains(&change.key.kind) => self.controller(at, change, object),
            _ => {}
        }
    }

    fn pod(&mut self, at: Time, change: &Change, pod: &Pod) {
        self.names.insert(pod.shared_uid(), pod.name().to_owned());
        let whole = pod.to_json();
        let part = |name: &str| whole.get("metadata").and_then(|metadata| metadata.get(name)).cloned();
        let mut metadata = Map::new();
        for name in ["deletionTimestamp", "deletionGracePeriodSeconds", "generation", "finalizers"] {
            if let Some(value) = part(name) {
                metadata.insert(name.to_owned(), value);
            }
        }
        self.pod_watch.push(json!({
            "t": seconds(at),
            "type": watch_type(change),
            "pod": pod.name(),
            "metadata": metadata,
            "nodeName": pod.spec.node_name,
            "status": whole.get("status").cloned().unwrap_or_else(|| json!({})),
        }));
        if let Some(Row(cells)) = self.row(at, change) {
            self.get_rows.push(Value::Object(cells.into_iter().collect()));
        }
    }

    fn controller(&mut self, at: Time, change: &Change, object: &Object) {
        let whole = object.to_json();
        let spec = whole.get("spec").and_then(|spec| spec.get("replicas").or(spec.get("parallelism")));
        self.controller_watch.push(json!({
            "t": seconds(at),
            "type": watch_type(change),
            "kind": change.key.kind.plural(),
            "name": object.name(),
            "spec_replicas": spec,
            "status": whole.get("status").cloned().unwrap_or_else(|| json!({})),
        }));
        if let Some(row) = self.row(at, change) {
            self.controller_rows.push(row);
        }
    }

    /// The row of an object, where it differs from the one before in more than its ages.
    fn row(&mut self, at: Time, change: &Change) -> Option<Row> {
        let kind = change.key.kind;
        let cells = table::row(&change.object, at.to_timestamp(self.run.config().epoch));
        let columns = table::columns(Some(kind));
        let shown: Vec<_> = columns.iter().zip(cells).filter(|(column, _)| !column.wide).collect();
        let ageless = |name: &str| !matches!(name, "Age" | "Duration" | "Last Schedule");
        let lasting: Vec<String> =
            shown.iter().filter(|(column, _)| ageless(column.name)).map(|(_, cell)| cell.clone()).collect();
        let place = format!("{}/{}/{}", kind.plural(), change.key.namespace, change.key.name);
        let before = if change.kind == ChangeKind::Deleted {
            self.rows.remove(&place);
            None
        } else {
            self.rows.insert(place, lasting.clone())
        };
        if before.as_ref() == Some(&lasting) {
            return None;
        }
        let mut row = vec![("t".to_owned(), seconds(at)), ("type".to_owned(), watch_type(change).into())];
        if kind != Kind::Pod {
            row.push(("kind".to_owned(), kind.plural().into()));
        }
        for (column, cell) in shown {
            let name = if kind == Kind::Pod { column.name.to_uppercase() } else { column.name.to_owned() };
            row.push((name, cell.into()));
        }
        Some(Row(row))
    }

    fn note(&mut self, at: Time, note: &RuntimeNote) {
        let Some((event, details)) = cri(&note.event) else { return };
        let mut entry = Map::new();
        entry.insert("t".to_owned(), seconds(at));
        entry.insert("ev".to_owned(), event.into());
        let pod = self.names.get(&note.pod).cloned().unwrap_or_default();
        entry.insert("pod".to_owned(), pod.into());
        if !note.container.is_empty() {
            entry.insert("c".to_owned(), (*note.container).into());
            entry.insert("attempt".to_owned(), note.attempt.into());
        }
        if let Value::Object(details) = details {
            entry.extend(details);
        }
        self.cri.push(Value::Object(entry));
    }
}

/// The name of a runtime event in the recordings, and what goes with it; none for what they do not hold.
fn cri(event: &RuntimeEvent) -> Option<(&'static str, Value)> {
    Some(match event {
        RuntimeEvent::SandboxStarting => ("RunPodSandbox.begin", Value::Null),
        RuntimeEvent::SandboxReady { ip } => ("RunPodSandbox.end", json!({"ip": **ip})),
        RuntimeEvent::SandboxFailed { .. } => ("RunPodSandbox.fail", Value::Null),
        RuntimeEvent::SandboxStopped => ("StopPodSandbox", Value::Null),
        RuntimeEvent::PullStarted { image } => ("PullImage.begin", json!({"image": **image})),
        RuntimeEvent::PullEnded { image, error } => {
            ("PullImage.end", json!({"image": **image, "fail": error.is_some()}))
        }
        RuntimeEvent::Created => ("CreateContainer", Value::Null),
        RuntimeEvent::Started => ("StartContainer", Value::Null),
        RuntimeEvent::StartFailed { .. } => ("StartContainer.fail", Value::Null),
        RuntimeEvent::Signal { .. } => return None,
        RuntimeEvent::Stopping { grace_seconds } => ("StopContainer", json!({"timeout": grace_seconds})),
        RuntimeEvent::Exited { code, reason } => ("Exit", json!({"code": code, "reason": **reason})),
        RuntimeEvent::Removed => ("RemoveContainer", Value::Null),
        RuntimeEvent::HookStarted { hook } => ("Exec.begin", json!({"cmd": hook})),
        RuntimeEvent::HookEnded { hook, ok } => ("Exec.end", json!({"cmd": hook, "code": i32::from(!ok)})),
        RuntimeEvent::Probed { probe, ok, .. } => {
            ("Exec.end", json!({"cmd": format!("probe {probe}"), "code": i32::from(!ok)}))
        }
    })
}
