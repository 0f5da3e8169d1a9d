//! Watches: what changes, line by line, as the cluster goes on (apiserver: endpoints/handlers/watch.go).

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::address::Address;
use super::read::{self, Chosen};
use super::shape::{self, Beside, Shape};
use super::status::Refused;
use super::{Reply, Request, Server};
use crate::api::Object;
use crate::cluster::{Change, ChangeKind, Happening, Record};
use crate::kubectl::Heard;
use crate::kubectl::follow::Follow;

/// What a command printed, as a line.
pub(super) fn part(heard: &Heard) -> Vec<u8> {
    if heard.stdout.is_empty() && heard.stderr.is_empty() && heard.exit_code.is_none() {
        return Vec::new();
    }
    let value = json!({"stdout": heard.stdout, "stderr": heard.stderr, "exitCode": heard.exit_code});
    format!("{value}\n").into_bytes()
}

/// An answer that goes on.
#[derive(Clone, Debug)]
pub struct Stream {
    what: What,
    epoch: Timestamp,
}

#[derive(Clone, Debug)]
enum What {
    Watch(Box<Watch>),
    /// Lines of a log.
    Log(Box<Follow>),
    /// The output of a command of our own prompt, each part in JSON.
    Command(Box<Follow>),
}

#[derive(Clone, Debug)]
struct Watch {
    address: Address,
    chosen: Chosen,
    shape: Shape,
    /// Whether the head of the table was sent.
    headed: bool,
}

impl Stream {
    /// A log that goes on.
    pub(super) fn log(follow: Box<Follow>) -> Box<Self> {
        Box::new(Self { what: What::Log(follow), epoch: Timestamp::UNIX_EPOCH })
    }

    /// A command that goes on.
    pub(super) fn command(follow: Box<Follow>) -> Box<Self> {
        Box::new(Self { what: What::Command(follow), epoch: Timestamp::UNIX_EPOCH })
    }

    /// When a command gives up.
    pub fn deadline(&self) -> Option<crate::cluster::Time> {
        match &self.what {
            What::Command(follow) => follow.deadline(),
            _ => None,
        }
    }

    /// What a command says when its time is over.
    pub fn expire(&self) -> Vec<u8> {
        match &self.what {
            What::Command(follow) => part(&follow.expire()),
            _ => Vec::new(),
        }
    }

    /// Takes in what happened: the bytes to send, and whether that was all.
    pub fn hear(&mut self, record: &Record) -> (Vec<u8>, bool) {
        let now = record.at.to_timestamp(self.epoch);
        match &mut self.what {
            What::Watch(watch) => match &record.what {
                Happening::Changed(change) => (watch.hear(change, now), false),
                _ => (Vec::new(), false),
            },
            What::Log(follow) => {
                let heard = follow.hear(record);
                (heard.stdout.into_bytes(), heard.exit_code.is_some())
            }
            What::Command(follow) => {
                let heard = follow.hear(record);
                (part(&heard), heard.exit_code.is_some())
            }
        }
    }
}

impl Watch {
    fn hear(&mut self, change: &Change, now: Timestamp) -> Vec<u8> {
        let address = &self.address;
        let place = address.namespace.is_empty() || *change.key.namespace == *address.namespace;
        let named = address.name.is_empty() || *change.key.name == *address.name;
        if address.resource.known() != Some(change.key.kind) || !place || !named {
            return Vec::new();
        }
        let is = self.chosen.takes(&change.object);
        let was = change.old.as_ref().is_some_and(|old| self.chosen.takes(old));
        // What no longer fits is gone for those who watch, and what fits now is new to them.
        let word = match (change.kind, was, is) {
            (ChangeKind::Deleted, _, true) | (ChangeKind::Modified, true, false) => "DELETED",
            (ChangeKind::Added, _, true) | (ChangeKind::Modified, false, true) => "ADDED",
            (ChangeKind::Modified, true, true) => "MODIFIED",
            _ => return Vec::new(),
        };
        self.event(word, &change.object, now)
    }

    fn event(&mut self, word: &str, object: &Object, now: Timestamp) -> Vec<u8> {
        let object = match self.shape {
            Shape::Table(beside) => {
                let head = !std::mem::replace(&mut self.headed, true);
                let version = shape::version_of(object);
                shape::as_table(&self.address, std::slice::from_ref(object), beside, now, head, version)
            }
            shape => shape::single(&self.address, object, shape, now),
        };
        line(&json!({"type": word, "object": object}))
    }

    /// A sign of life that carries only a version.
    fn bookmark(&self, version: u64, annotations: &Value, now: Timestamp) -> Vec<u8> {
        let metadata = json!({"resourceVersion": version.to_string(), "annotations": annotations});
        let object = match self.shape {
            Shape::Table(_) => {
                let mut table = shape::as_table(&self.address, &[], Beside::Nothing, now, false, Some(version));
                let partial =
                    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata});
                table["rows"] = json!([{"cells": [], "object": partial}]);
                table
            }
            _ => {
                json!({"kind": self.address.resource.kind, "apiVersion": self.address.api_version, "metadata": metadata})
            }
        };
        line(&json!({"type": "BOOKMARK", "object": object}))
    }
}

fn line(value: &Value) -> Vec<u8> {
    let mut text = value.to_string();
    text.push('\n');
    text.into_bytes()
}

/// `GET …?watch=true`: what there is, where that was asked for, then what changes.
pub(super) fn begin(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    let chosen = Chosen::of(request, address)?;
    let mut watch = Watch { address: address.clone(), chosen, shape: Shape::of(request), headed: false };
    let epoch = server.cluster.config().epoch;
    let now = server.cluster.now().to_timestamp(epoch);
    let mut body = Vec::new();
    let since = request.parameter("resourceVersion").unwrap_or_default();
    let since: u64 = match since {
        "" => 0,
        text => text.parse().map_err(|_| Refused::bad(format!("Invalid value: {text:?}: strconv.ParseUint")))?,
    };
    if since == 0 || request.is_on("sendInitialEvents") {
        for object in read::listed(server, address, &watch.chosen) {
            if address.name.is_empty() || object.name() == address.name {
                body.extend(watch.event("ADDED", &object, now));
            }
        }
        if request.is_on("sendInitialEvents") {
            let end = json!({"k8s.io/initial-events-end": "true"});
            body.extend(watch.bookmark(server.version, &end, now));
        }
    } else {
        let oldest = server.past.front().map_or(server.version, |(version, _)| *version);
        if since.saturating_add(1) < oldest {
            return Err(Refused::new(410, "Expired", format!("too old resource version: {since} ({oldest})")));
        }
        let missed = server.past.iter().filter(|(version, _)| *version > since);
        for (_, change) in missed {
            body.extend(watch.hear(change, now));
        }
    }
    let stream = Some(Box::new(Stream { what: What::Watch(Box::new(watch)), epoch }));
    Ok(Reply { stream, ..Reply::of("application/json", 200, body) })
}
