//! What flows at an instant, and the hosts outside of the cluster with what they received.

use std::rc::Rc;
use std::time::Duration;

use crate::cluster::{Action, Flow, Party, Protocol, Time};
use crate::trace::Run;

/// A flow is in the scenes of so long after it left, however fast it was: long enough to be seen.
pub const LINGERS: Duration = Duration::from_secs(1);

/// How many of what a host received are in its picture: the newest.
pub const RECEIVED: usize = 200;

/// A host outside of the cluster that something has been sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct OutsideScene {
    /// Its name, or its address where nobody asked for a name.
    pub name: Rc<str>,
    /// Whether it can be reached.
    pub on: bool,
    /// When it was spoken to first.
    pub since: Time,
    /// How many exchanges there were.
    pub exchanges: u64,
    /// What it received, the newest [`RECEIVED`] in order; what did not reach it is not among them.
    pub received: Vec<Received>,
}

/// Something that a host outside of the cluster received.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// When it arrived.
    pub at: Time,
    /// From whom.
    pub from: Party,
    /// In which language.
    pub protocol: Protocol,
    /// What it was, in a line.
    pub label: Rc<str>,
    /// What was sent, as text: of a log its lines.
    pub content: Rc<str>,
    /// What was answered.
    pub answer: Rc<str>,
    /// How many exchanges these are.
    pub count: u32,
}

/// The flows that are under way at `at` or have been a moment before, in the order they left.
pub(super) fn flows(run: &Run, at: Time) -> Vec<Rc<Flow>> {
    let from = Time::from_micros(at.as_micros().saturating_sub(LINGERS.as_micros() as u64));
    // What takes long (a time-out) stays until it is over.
    let earlier = Time::from_micros(from.as_micros().saturating_sub(PATIENCE.as_micros() as u64));
    let slow = run.chronicle().slow_flows_between(earlier, from).filter(|flow| flow.answered > at);
    slow.chain(run.chronicle().flows_between(from, at)).cloned().collect()
}

/// Nothing is waited for longer.
const PATIENCE: Duration = Duration::from_secs(130);

/// The hosts outside, by name.
pub(super) fn outside(run: &Run, at: Time) -> Vec<OutsideScene> {
    let switched = switched(run, at);
    let everything = switched.iter().rev().find(|(host, _)| host.is_none()).is_none_or(|(_, on)| *on);
    let mut hosts = Vec::new();
    for sent in run.chronicle().outside_until(at) {
        let reached = sent.flows().rev().filter(|flow| flow.fault.is_none() && flow.arrived <= at);
        let mut received: Vec<Received> = reached
            .take(RECEIVED)
            .map(|flow| Received {
                at: flow.arrived,
                from: flow.from.clone(),
                protocol: flow.protocol,
                label: flow.label.clone(),
                content: flow.content.clone(),
                answer: flow.answer.clone(),
                count: flow.count,
            })
            .collect();
        received.reverse();
        let own = switched.iter().rev().find(|(host, _)| host.as_ref() == Some(sent.host)).is_none_or(|(_, on)| *on);
        hosts.push(OutsideScene {
            name: sent.host.clone(),
            on: everything && own,
            since: sent.since,
            exchanges: sent.exchanges,
            received,
        });
    }
    hosts
}

/// What was switched on or off up to `at`, in order.
fn switched(run: &Run, at: Time) -> Vec<(Option<Rc<str>>, bool)> {
    let acts = run.acts().iter().take_while(|act| act.at <= at);
    let switched = acts.filter_map(|act| match act.action.as_ref() {
        Action::SetNetwork { host, on } => Some((host.clone(), *on)),
        _ => None,
    });
    switched.collect()
}

impl Run {
    /// What flowed and was noted after `from`, up to and including `to`, in order.
    pub fn flows_between(&self, from: Time, to: Time) -> impl DoubleEndedIterator<Item = &Rc<Flow>> {
        self.chronicle().flows_between(from, to)
    }

    /// The newest flow of this number up to `at`.
    pub fn flow(&self, id: u64, at: Time) -> Option<&Rc<Flow>> {
        self.chronicle().flows_between(Time::ZERO, at).rev().find(|flow| flow.id == id)
    }

    /// Everything the host `name` outside of the cluster received up to `at`, line by line, in order: a central log
    /// server's merged log.
    pub fn received(&self, name: &str, at: Time) -> Vec<(Time, Party, String)> {
        let mut lines = Vec::new();
        for sent in self.chronicle().outside_until(at).filter(|sent| **sent.host == *name) {
            for flow in sent.flows().filter(|flow| flow.fault.is_none() && flow.arrived <= at) {
                let all = flow.content.lines().map(|line| (flow.arrived, flow.from.clone(), line.to_owned()));
                lines.extend(all);
            }
        }
        lines
    }
}
