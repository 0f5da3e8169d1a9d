//! What a name leads to.

use std::rc::Rc;

use crate::cluster::fnv::fnv1a;

/// A name that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// The full name.
    pub name: Rc<str>,
    /// Its addresses: of a Service its cluster IP, of a headless one its Pods'.
    pub addresses: Vec<Rc<str>>,
    /// The name of the host, where it is outside of the cluster.
    pub outside: Option<Rc<str>>,
}

impl Found {
    pub(super) fn outside(name: &str) -> Self {
        Found { name: name.into(), addresses: vec![outside_address(name)], outside: Some(name.into()) }
    }

    pub(super) fn at(name: &str, address: &str) -> Self {
        Found { name: name.into(), addresses: vec![address.into()], outside: None }
    }
}

/// The address that a host outside has: always the same for the same name (from a range that is kept for examples).
fn outside_address(name: &str) -> Rc<str> {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return name.into();
    }
    format!("203.0.113.{}", number_of(name) % 254 + 1).into()
}

/// A number made of a text, the same in every run.
pub(super) fn number_of(text: &str) -> u64 {
    let number = fnv1a(text.bytes());
    number ^ (number >> 32)
}
