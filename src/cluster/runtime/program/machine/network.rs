//! The seam between programs and the network.
//!
//! A program that wants something of the network never computes the answer. It takes a [`super::Ticket`] and asks
//! ([`super::Cx::ask`]): the [`Request`] comes out of [`super::Machine::advance`] in `Outside::requests`, and the
//! process waits. The runtime carries it (`runtime::network`), whenever and however long that takes, and answers with
//! [`super::Machine::reply`], after which the machine has to be advanced. A ticket stays open until one side sends
//! [`Request::Close`] or [`super::Reply::Closed`]: any number of replies may come for it, and the program may send more.
//! A program that ends closes its tickets.
//!
//! - `getent`: [`Request::Resolve`], one reply: `Addresses` or `Unknown`.
//! - `nslookup`, `dig`, `host`: [`Request::Records`], one reply: `Records` or `TimedOut`.
//! - `ping`: [`Request::Resolve`], then [`Request::Echo`] on the same ticket; `Connected` where somebody answers.
//! - `wget`, `curl`: [`Request::Http`]; `At` once the name is known, then `Http`, `Refused`, `TimedOut`, `Unknown`.
//! - `nc HOST PORT`, `telnet`: [`Request::Connect`]; `At`, `Connected`, then `Data` both ways (`Send`), `Closed`.
//! - `nc -l`: [`Request::Listen`]; `Connected` when somebody comes, then as above. `InUse` where the port is taken.
//! - `redis-cli`, `psql`, `mysql`, agents that ship logs: [`Request::Query`]; `Data` with the answer (`Connected` where
//!   there is none), `Closed` where the server speaks another language, `Refused`, `TimedOut`, `Unknown`.
//! - `git clone`: [`Request::Clone`]; `Connected` where the host can be reached.

use std::rc::Rc;
use std::time::Duration;

use crate::cluster::network::{Protocol, Search};
use crate::cluster::runtime::network::ask::Ask;

/// What a program asks of the network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// The addresses of a name; search paths apply where it has few dots.
    Resolve { name: Rc<str> },
    /// The records of a name, of each of these types.
    Records { name: Rc<str>, kinds: Rc<[&'static str]>, search: Search },
    /// Whether a host answers to a ping.
    Echo { host: Rc<str> },
    /// One HTTP exchange.
    Http(Box<Ask>),
    /// A TCP connection (or a UDP flow) to `host`, a name or an address.
    Connect { host: Rc<str>, port: u16, udp: bool, timeout: Option<Duration> },
    /// Takes connections on a port of the Pod; with `keep` more than one.
    Listen { port: u16, keep: bool },
    /// Takes a port of the Pod for a server, which is asked by itself and hears of no connection; only `InUse` comes.
    Bind { port: u16 },
    /// Asks whether a repository's host can be reached.
    Clone { address: Rc<str> },
    /// One command to a server that speaks `protocol`.
    Query { host: Rc<str>, port: u16, protocol: Protocol, text: Rc<str>, timeout: Option<Duration> },
    /// Bytes on a connection of this ticket.
    Send { bytes: Vec<u8> },
    /// This side says nothing more, and still listens.
    Shutdown,
    /// Nothing more comes from this side.
    Close,
}
