//! The API of a cluster as a real kubectl speaks it: requests in, answers out; knows no sockets (`podlab serve` does).
//!
//! What is answered is what kubectl asks for: discovery, OpenAPI, objects and tables, changes of every kind, logs, and
//! watches, which go on as the cluster does (kubernetes: staging/src/k8s.io/apiserver, 1.36).

mod address;
mod change;
mod discovery;
mod logs;
mod metrics;
mod openapi;
mod own;
mod read;
mod session;
mod shape;
mod status;
mod watch;

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::Value;

use self::address::Address;
use self::status::Refused;
use crate::cluster::{Change, ChangeKind, Cluster, Happening, Record, Time};

pub use session::{Message, PROTOCOL, Session};
pub use watch::Stream;

/// How many changes are remembered for watches that begin in the past.
const REMEMBERED: usize = 20_000;

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// The path, percent signs resolved.
    pub path: String,
    /// What follows the question mark, percent signs resolved.
    pub query: Vec<(String, String)>,
    /// The header `Accept`.
    pub accept: String,
    /// The header `Content-Type`.
    pub content_type: String,
    /// What was sent.
    pub body: Vec<u8>,
    /// The protocols by which the client would go on in both directions.
    pub protocols: Vec<String>,
}

impl Request {
    /// A parameter of the query; the first where there are several.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is set and true.
    pub fn is_on(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| matches!(value, "true" | "1"))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The answer to a request.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub code: u16,
    /// The header `Content-Type`.
    pub content_type: String,
    /// What the headers `Warning` say.
    pub warnings: Vec<String>,
    /// What is answered at once.
    pub body: Vec<u8>,
    /// What goes on with it; none where that is all.
    pub stream: Option<Box<Stream>>,
    /// What goes on in both directions, in [`PROTOCOL`].
    pub session: Option<Box<Session>>,
}

impl Reply {
    fn json(code: u16, value: &Value) -> Self {
        Self::of("application/json", code, value.to_string().into_bytes())
    }

    fn text(text: impl Into<String>) -> Self {
        Self::of("text/plain", 200, text.into().into_bytes())
    }

    fn of(content_type: &str, code: u16, body: Vec<u8>) -> Self {
        Self { code, content_type: content_type.to_owned(), warnings: Vec::new(), body, stream: None, session: None }
    }
}

/// A cluster behind its API.
#[derive(Debug)]
pub struct Server {
    cluster: Cluster,
    /// The latest changes, by the resourceVersion that each made.
    past: VecDeque<(u64, Rc<Change>)>,
    version: u64,
}

impl Server {
    /// The API of `cluster`.
    pub fn new(cluster: Cluster) -> Self {
        let mut server = Self { cluster, past: VecDeque::new(), version: 0 };
        server.take();
        server
    }

    /// The cluster as it is now.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Lets at most `steps` due things happen, none after `until`; true when nothing more is due by then.
    pub fn run_some(&mut self, until: Time, steps: usize) -> bool {
        self.cluster.run_some(until, steps)
    }

    /// What has happened since the last call, to be told to every stream ([`Stream::hear`]).
    pub fn take(&mut self) -> Vec<Record> {
        let mut records = self.cluster.take_journal();
        for record in &mut records {
            let Happening::Changed(change) = &mut record.what else { continue };
            // Every change moves the version by one; the last state of what is gone bears the one of its end.
            self.version = match change.kind {
                ChangeKind::Deleted => self.version.saturating_add(1),
                _ => shape::version_of(&change.object).unwrap_or(self.version),
            };
            if change.kind == ChangeKind::Deleted {
                Rc::make_mut(change).object.set_resource_version(Some(&self.version.to_string()));
            }
            self.past.push_back((self.version, change.clone()));
            if self.past.len() > REMEMBERED {
                self.past.pop_front();
            }
        }
        records
    }

    /// Answers a request now. Whoever asks for the answer takes what happened ([`Server::take`]) before the next one.
    pub fn answer(&mut self, request: &Request) -> Reply {
        let outcome = self.routed(request);
        outcome.unwrap_or_else(|refused| Reply::json(refused.code, &refused.to_json()))
    }

    /// Takes in what a client said in a session.
    pub fn said(&mut self, session: &mut Session, (channel, bytes): &Message) {
        session.hears(&mut self.cluster, *channel, bytes);
    }

    fn routed(&mut self, request: &Request) -> Result<Reply, Refused> {
        let path = request.path.trim_end_matches('/');
        if path == "/podlab/kubectl" {
            return own::kubectl(self, request);
        }
        if let Some(reply) = metrics::answer(self, request, path) {
            return reply;
        }
        if let Some(reply) = discovery::answer(self, request, path) {
            return Ok(reply);
        }
        let address = Address::read(path).ok_or_else(Refused::no_path)?;
        let mut reply = if request.parameter("watch").is_some_and(|value| value != "false" && value != "0") {
            watch::begin(self, request, &address)
        } else {
            match (request.method.as_str(), address.sub.as_str()) {
                (_, "exec" | "attach") => self.session(request, &address),
                ("GET", "log") => logs::answer(self, request, &address),
                ("GET", _) => read::answer(self, request, &address),
                _ => change::answer(self, request, &address),
            }
        }?;
        if address.resource.kind == "Endpoints" {
            let text = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
            reply.warnings.push(text.to_owned());
        }
        Ok(reply)
    }
}

impl Server {
    fn session(&mut self, request: &Request, address: &Address) -> Result<Reply, Refused> {
        let session = session::begin(self, request, address)?;
        Ok(Reply { session: Some(session), ..Reply::of("text/plain", 101, Vec::new()) })
    }
}

#[cfg(test)]
mod tests;
