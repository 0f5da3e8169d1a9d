//! What the network waits for.

use std::rc::Rc;

/// A timer of the network: flows that were held back are told together.
#[derive(Clone, Debug)]
pub(crate) struct Timer(pub(super) Rc<str>);
