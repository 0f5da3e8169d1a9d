//! The way from components to the reducer.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::{Callback, Reducible, UseReducerDispatcher, hook, use_context};

use super::platform::speech;
use super::state::{Msg, State};
use crate::i18n;

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
    /// Sends `msg`; a change of the language once its words are here.
    pub fn send(&self, msg: Msg) {
        let Some(dispatcher) = self.0.clone() else { return };
        match msg {
            Msg::SetLang(lang) if !i18n::is_here(lang) => spawn_local(async move {
                let here = speech::bring(lang).await;
                dispatcher.dispatch(if here { msg } else { Msg::Notice(Some("language-missing")) });
            }),
            msg => dispatcher.dispatch(msg),
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
