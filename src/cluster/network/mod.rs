//! The network of the cluster: names, Services, addresses, the world outside, and what flows between them.
//!
//! Here is what is true of the network as such. How a program's request is carried, and what the server at the other
//! end makes of it, is told by `runtime::network`; whoever sends something notes a [`Flow`] by [`World::flow`].

pub(super) mod answer;
pub(super) mod flow;
mod found;
mod hostname;
mod names;
mod records;
mod route;
pub(super) mod state;
mod thin;
pub(super) mod timer;
mod told;

pub(crate) use answer::{Answered, Record, Search};
pub use flow::{Fault, Flow, Party, Protocol};
pub(crate) use found::Found;
pub(crate) use hostname::host_and_domain;
pub(crate) use names::{is_node, resolv_conf, resolve};
pub(crate) use records::{records, reversed};
pub(crate) use route::{Client, Route, To, route};
pub(crate) use state::Network;
pub(crate) use timer::Timer;

/// The address of the cluster's DNS server.
pub(crate) const DNS_ADDRESS: &str = "10.96.0.10";
