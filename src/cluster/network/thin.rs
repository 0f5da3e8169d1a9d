//! Many flows of one kind are told as one, so that a busy cluster's journal stays bounded.

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::Flow;
use crate::cluster::Time;

/// So many flows of a kind are told one by one within a [`WINDOW`]; the rest of them come together at its end.
const SINGLE: u32 = 4;
/// How long flows are gathered.
const WINDOW: Duration = Duration::from_secs(1);
/// How many kinds are remembered before those are forgotten that have fallen silent.
const KINDS: usize = 512;

/// What flows there were lately, by their kinds.
#[derive(Clone, Debug, Default)]
pub(super) struct Thinning {
    windows: BTreeMap<Rc<str>, Window>,
}

#[derive(Clone, Debug)]
struct Window {
    since: Time,
    told: u32,
    held: Option<Rc<Flow>>,
}

/// What becomes of a flow.
pub(super) enum Taken {
    /// It is told at once.
    Told(Rc<Flow>),
    /// It is the first of those that are held back, until this long from now.
    Held(Rc<str>, Duration),
}

impl Thinning {
    /// Takes a flow; none where it has joined others.
    pub fn take(&mut self, flow: Flow, now: Time) -> Option<Taken> {
        let key: Rc<str> =
            format!("{:?} {:?} {} {:?} {}", flow.from, flow.to, flow.port, flow.protocol, flow.answer).into();
        if self.windows.len() > KINDS {
            self.windows.retain(|_, window| window.held.is_some() || now.since(window.since) < WINDOW);
        }
        let window = self.windows.entry(key.clone()).or_insert_with(|| Window { since: now, told: 0, held: None });
        if window.held.is_none() && now.since(window.since) >= WINDOW {
            (window.since, window.told) = (now, 0);
        }
        match &mut window.held {
            Some(held) => {
                Rc::make_mut(held).join(&flow);
                None
            }
            None if window.told < SINGLE => {
                window.told += 1;
                Some(Taken::Told(Rc::new(flow)))
            }
            None => {
                window.held = Some(Rc::new(flow));
                Some(Taken::Held(key, WINDOW.saturating_sub(now.since(window.since))))
            }
        }
    }

    /// The flows of a kind that were held back, as one.
    pub fn release(&mut self, key: &str) -> Option<Flow> {
        let held = self.windows.get_mut(key)?.held.take()?;
        self.windows.remove(key);
        Some(Rc::try_unwrap(held).unwrap_or_else(|held| held.as_ref().clone()))
    }
}
