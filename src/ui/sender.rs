//! The way from components to the reducer.

use std::rc::Rc;

use yew::{Callback, Reducible, UseReducerDispatcher, hook, use_context};

use super::state::{Msg, State};

/// The state as Yew's reducer holds it.
#[derive(Clone, PartialEq)]
pub(crate) struct Store(pub State);

impl Reducible for Store {
    type Action = Msg;

    fn reduce(self: Rc<Self>, msg: Msg) -> Rc<Self> {
        let mut store = Rc::unwrap_or_clone(self);
        store.0.apply(msg);
        Rc::new(store)
    }
}

/// Sends messages to the reducer. It never changes, so components that hold it are not painted again for it.
#[derive(Clone, PartialEq)]
pub(crate) struct Sender(pub Option<UseReducerDispatcher<Store>>);

impl Sender {
    /// Sends `msg`.
    pub fn send(&self, msg: Msg) {
        if let Some(dispatcher) = &self.0 {
            dispatcher.dispatch(msg);
        }
    }

    /// A handler that sends `msg`, whatever the event.
    pub fn on<E>(&self, msg: Msg) -> Callback<E> {
        let sender = self.clone();
        Callback::from(move |_| sender.send(msg.clone()))
    }
}

/// The sender of the page, handed down by context; outside of the page it sends nowhere.
#[hook]
pub(crate) fn use_sender() -> Sender {
    use_context::<Sender>().unwrap_or(Sender(None))
}
