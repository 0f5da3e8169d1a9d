//! What flows: one value for each exchange between two parties, as the journal keeps it.

use std::rc::Rc;

use crate::cluster::{ObjectKey, Time};

/// One end of a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A container.
    Container {
        /// The uid of its Pod.
        pod: Rc<str>,
        /// Its name.
        container: Rc<str>,
    },
    /// The kubelet of this node: probes and hooks.
    Kubelet(Rc<str>),
    /// People outside of the cluster, by what they are called.
    User(Rc<str>),
    /// A host outside of the cluster, by its name or address.
    Outside(Rc<str>),
    /// The DNS server of the cluster.
    Dns,
    /// Nobody: the name or address that was asked for, where nothing was reached.
    Nobody(Rc<str>),
}

/// The language that two parties speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// A name is looked up.
    Dns,
    /// HTTP (and what is taken for it behind TLS).
    Http,
    /// gRPC, of which only the health check is known.
    Grpc,
    /// Bytes over TCP of which nothing more is known.
    Tcp,
    /// Datagrams.
    Udp,
    /// A command of Redis.
    Redis,
    /// A statement of PostgreSQL.
    Postgres,
    /// A statement of MySQL.
    Mysql,
    /// Commands of Memcached, MongoDB and other servers that are only greeted.
    Other,
    /// A repository is cloned.
    Git,
    /// Lines of a log are shipped.
    Logs,
}

impl Protocol {
    /// Its name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Dns => "DNS",
            Protocol::Http => "HTTP",
            Protocol::Grpc => "gRPC",
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Redis => "Redis",
            Protocol::Postgres => "PostgreSQL",
            Protocol::Mysql => "MySQL",
            Protocol::Other => "TCP",
            Protocol::Git => "Git",
            Protocol::Logs => "logs",
        }
    }
}

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// No such name (NXDOMAIN).
    NoSuchName,
    /// The Service has no Pod that takes requests, so the node refuses the connection (kube-proxy: REJECT).
    NoEndpoints {
        /// How many Pods it selects all the same: they are not ready.
        selected: u32,
    },
    /// The Service has no such port, so the packets go nowhere.
    NoSuchPort,
    /// The Pod is reached, and nothing in it listens on the port.
    NotListening,
    /// Nobody has the address.
    NoSuchAddress,
    /// The world outside, or this host of it, has been switched off.
    SwitchedOff,
    /// The connection is taken and nothing comes.
    Hangs,
    /// Proxies pass the request in a circle.
    Circle,
}

impl Fault {
    /// What the sender sees of it, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Fault::NoSuchName => "NXDOMAIN",
            Fault::NoEndpoints { .. } | Fault::NotListening => "refused",
            Fault::NoSuchPort | Fault::NoSuchAddress | Fault::SwitchedOff | Fault::Hangs => "timeout",
            Fault::Circle => "closed",
        }
    }
}

/// One exchange, or several of the same kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Counts the flows of a run.
    pub id: u64,
    /// Who asks, or sends.
    pub from: Party,
    /// Who is reached.
    pub to: Party,
    /// The host as the sender named it (`db`, `localhost`, `10.88.0.7`).
    pub host: Rc<str>,
    /// The port the sender named; 0 where there is none.
    pub port: u16,
    /// The Service through which it went.
    pub service: Option<ObjectKey>,
    /// The language.
    pub protocol: Protocol,
    /// What is asked or sent, in a line: `GET /healthz`, `PING`, the first line of a log.
    pub label: Rc<str>,
    /// What is answered, in a word or two: `200`, `PONG`; empty where nothing is.
    pub answer: Rc<str>,
    /// What is sent, as text; it may be cut.
    pub content: Rc<str>,
    /// Bytes that are sent.
    pub sent: u64,
    /// Bytes that come back.
    pub received: u64,
    /// How many exchanges this stands for.
    pub count: u32,
    /// When it left.
    pub left: Time,
    /// When it reached the other side (or would have).
    pub arrived: Time,
    /// When the answer was back, or the sender knew that none comes.
    pub answered: Time,
    /// Why it came to nothing; none where it was answered.
    pub fault: Option<Fault>,
    /// The flow that this one goes on from: a proxy passes on what it is sent.
    pub via: Option<u64>,
}

impl Flow {
    /// Takes in another exchange of the same kind.
    pub(super) fn join(&mut self, other: &Flow) {
        self.count = self.count.saturating_add(other.count);
        self.sent = self.sent.saturating_add(other.sent);
        self.received = self.received.saturating_add(other.received);
        self.arrived = self.arrived.max(other.arrived);
        self.answered = self.answered.max(other.answered);
        if !other.content.is_empty() && self.content.len() + other.content.len() < MERGED {
            let end = if self.content.is_empty() || self.content.ends_with('\n') { "" } else { "\n" };
            self.content = format!("{}{end}{}", self.content, other.content).into();
        }
    }
}

/// What is kept of the content of several exchanges together, bytes.
const MERGED: usize = 64 << 10;
