//! Commands that go on: they hear what happens in the cluster and print as it does.

use k8s_openapi::Text;
use k8s_openapi::jiff::Timestamp;

use super::Failure;
use super::args::Args;
use super::print::rows::Rows;
use super::resources::Resource;
use super::verbs::{look, rollout, tables, wait};
use crate::cluster::{Change, ChangeKind, Happening, ObjectKey, Record, Time};

/// What a command that goes on does with what happens.
#[derive(Clone, Debug)]
pub struct Follow {
    what: What,
    epoch: Timestamp,
    deadline: Option<Time>,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// `get -w`.
    Watch(Watch),
    /// `rollout status`.
    Rollout(ObjectKey, i64),
    /// `delete` that waits: the objects, and their uids.
    Gone(Vec<(ObjectKey, Text)>),
    /// `wait`.
    Condition(wait::Waiting),
    /// `logs -f`: the containers that still write.
    Logs(Vec<LogTail>),
    /// `events -w`.
    Events(look::Events),
    /// Ends by Ctrl-C alone: `port-forward`, `proxy`.
    Forever,
}

/// What `get -w` remembers.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub resource: Resource,
    pub args: Args,
    /// The only object watched; none for all that the selectors choose.
    pub name: Option<String>,
    /// Whether the head of the table is printed already.
    pub headed: bool,
    pub rows: Rows,
}

/// What `logs -f` remembers.
#[derive(Clone, Debug)]
pub(super) struct LogTail {
    pub pod: ObjectKey,
    pub uid: String,
    pub container: String,
    pub prefix: String,
    pub timestamps: bool,
    /// What is said once the container runs, where it does not yet.
    pub begins: Option<&'static str>,
}

/// What a command printed when it heard something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// To standard output.
    pub stdout: String,
    /// To standard error.
    pub stderr: String,
    /// Its exit status, once it has ended.
    pub exit_code: Option<i32>,
}

impl Heard {
    pub(super) fn end(code: i32) -> Self {
        Self { exit_code: Some(code), ..Self::default() }
    }

    pub(super) fn failure(failure: &Failure) -> Self {
        Self { stderr: format!("{}\n", failure.0), exit_code: Some(1), ..Self::default() }
    }
}

impl Follow {
    pub(super) fn new(what: What, epoch: Timestamp, deadline: Option<Time>) -> Box<Self> {
        Box::new(Self { what, epoch, deadline })
    }

    /// When it gives up; none where it never does.
    pub fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// Takes in one thing that happened.
    pub fn hear(&mut self, record: &Record) -> Heard {
        let now = record.at.to_timestamp(self.epoch);
        match (&mut self.what, &record.what) {
            (What::Logs(tails), happening) => {
                let mut all = Heard::default();
                tails.retain_mut(|tail| {
                    let heard = tail.hear(happening, now);
                    all.stdout.push_str(&heard.stdout);
                    all.stderr.push_str(&heard.stderr);
                    heard.exit_code.is_none()
                });
                all.exit_code = tails.is_empty().then_some(0);
                all
            }
            (What::Forever, _) => Heard::default(),
            (what, Happening::Changed(change)) => what.hear(change, now),
            _ => Heard::default(),
        }
    }

    /// What is printed when the deadline has come.
    pub fn expire(&self) -> Heard {
        let late = "timed out waiting for the condition";
        match &self.what {
            What::Rollout(..) => Heard::failure(&Failure::usage(late)),
            What::Gone(objects) => {
                let names: Vec<String> = objects
                    .iter()
                    .map(|(key, _)| format!("{late} on {}/{}", Resource::of(key.kind).plural, key.name))
                    .collect();
                wait::late(&names)
            }
            What::Condition(waiting) => waiting.expire(),
            _ => Heard::end(0),
        }
    }
}

impl What {
    fn hear(&mut self, change: &Change, now: Timestamp) -> Heard {
        match self {
            What::Watch(watch) => watch.hear(change, now),
            // That an event is forgotten is no news.
            What::Events(_) if change.kind == ChangeKind::Deleted => Heard::default(),
            What::Events(events) => Heard { stdout: events.print(&change.object, now), ..Heard::default() },
            What::Rollout(key, revision) => match (change.key == *key, change.kind) {
                (false, _) => Heard::default(),
                (true, ChangeKind::Deleted) => Heard::failure(&Failure::usage("object has been deleted")),
                (true, _) => rollout::told(&change.object, *revision),
            },
            What::Gone(objects) => {
                let uid = change.object.metadata().uid.as_deref().unwrap_or_default();
                if change.kind == ChangeKind::Deleted {
                    objects.retain(|(key, known)| *key != change.key || known != uid);
                }
                if objects.is_empty() { Heard::end(0) } else { Heard::default() }
            }
            What::Condition(waiting) => waiting.hear(change),
            What::Logs(_) | What::Forever => Heard::default(),
        }
    }
}

impl Watch {
    fn hear(&mut self, change: &Change, now: Timestamp) -> Heard {
        let object = &change.object;
        let of_mine = self.resource.known() == Some(change.key.kind)
            && (self.args.on("all-namespaces")
                || change.key.namespace.is_empty()
                || *change.key.namespace == *self.args.namespace())
            && self.name.as_ref().is_none_or(|name| **name == *change.key.name)
            && tables::chosen(&self.args, self.resource, object);
        if !of_mine {
            return Heard::default();
        }
        let event = match change.kind {
            ChangeKind::Added => "ADDED",
            ChangeKind::Modified => "MODIFIED",
            ChangeKind::Deleted => "DELETED",
        };
        Heard { stdout: self.print(&[(event, object)], now), ..Heard::default() }
    }

    /// The rows of objects, after the head where it is not printed yet.
    pub fn print(&mut self, objects: &[(&str, &crate::api::Object)], now: Timestamp) -> String {
        let format = self.args.get("output").unwrap_or_default();
        let events = self.args.on("output-watch-events");
        if !matches!(format, "" | "wide") {
            let each = objects.iter().map(|(event, object)| {
                let first = !std::mem::replace(&mut self.headed, true);
                tables::single(&self.args, object, events.then_some(event), first).unwrap_or_default()
            });
            return each.collect();
        }
        let mut rows = Vec::new();
        if !self.headed && !self.args.on("no-headers") && !objects.is_empty() {
            let mut head = tables::head(&self.args, self.resource);
            if events {
                head.insert(0, "EVENT".to_owned());
            }
            rows.push(head);
            self.headed = true;
        }
        for (event, object) in objects {
            let mut row = tables::row(&self.args, self.resource, object, self.args.on("show-kind"), now);
            if events {
                // kubectl writes the event with blanks up to eight letters.
                row.insert(0, format!("{event:<8}"));
            }
            rows.push(row);
        }
        self.rows.print(&rows)
    }
}

impl LogTail {
    fn hear(&mut self, happening: &Happening, now: Timestamp) -> Heard {
        match happening {
            Happening::Log(line) if *line.pod == *self.uid && *line.container == *self.container => {
                let stamp = if self.timestamps { format!("{} ", super::pods::stamp(now)) } else { String::new() };
                Heard { stdout: format!("{}{stamp}{}\n", self.prefix, line.text), ..Heard::default() }
            }
            Happening::Changed(change) if change.key == self.pod => {
                let gone = change.kind == ChangeKind::Deleted;
                let runs = change.object.as_pod().is_some_and(|pod| super::pods::is_running(pod, &self.container));
                if let Some(text) = self.begins.take_if(|_| runs) {
                    return Heard { stderr: text.to_owned(), ..Heard::default() };
                }
                let ended = change.object.as_pod().is_some_and(|pod| super::pods::has_ended(pod, &self.container));
                if gone || ended { Heard::end(0) } else { Heard::default() }
            }
            _ => Heard::default(),
        }
    }
}
