//! What the runtime waits for.

use std::rc::Rc;

use super::program::machine::reply::{Reply, Ticket};
use crate::api::Pod;

/// Something that comes to its end.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// A process wants to be looked at.
    Process { pod: Rc<str>, id: u64, token: u32 },
    /// The time a container had after SIGTERM is over.
    Kill { pod: Rc<str>, id: u64 },
    /// A sandbox dies.
    SandboxDies { pod: Rc<str>, attempt: u32 },
    /// What a Pod's volumes hold of ConfigMaps and Secrets is brought up to date.
    Refresh { pod: Rc<Pod> },
    /// The network answers a program.
    Reply { pod: Rc<str>, id: u64, ticket: Ticket, reply: Reply },
}
