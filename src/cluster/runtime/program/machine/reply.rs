//! What the network answers a program.

use std::rc::Rc;

use crate::cluster::network::answer::Answered;

/// Tells a program's requests apart, within one instance of a container.
pub(crate) type Ticket = u32;

/// What the network answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    /// The full name that was found and its addresses; of a Service its ClusterIP, of a headless one its Pods'.
    Addresses { name: Rc<str>, addresses: Vec<Rc<str>> },
    /// What the DNS server says.
    Records(Vec<Answered>),
    /// The address of the name; what comes of the connection to it follows.
    At(Rc<str>),
    /// No such name.
    Unknown,
    /// An HTTP response.
    Http { status: u16, server: Rc<str>, body: Rc<[u8]> },
    /// The connection is open.
    Connected,
    /// Bytes from the other side.
    Data(Vec<u8>),
    /// The other side has closed.
    Closed,
    /// Nobody listens there.
    Refused,
    /// No answer came in time.
    TimedOut,
    /// The port is taken already.
    InUse,
}
