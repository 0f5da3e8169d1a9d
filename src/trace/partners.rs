//! Whom a Pod talks to, and who talks to it, as the playhead goes on.

use std::rc::Rc;

use super::Run;
use crate::cluster::{Flow, ObjectKey, Party, Time};

/// Somebody outside of a Pod with whom its containers exchanged something.
#[derive(Clone, Debug, PartialEq)]
pub struct Partner {
    /// Who; of another Pod its first container that was met.
    pub party: Party,
    /// The host as the sender named it last, where the Pod is the sender.
    pub host: Rc<str>,
    /// The Service through which it went last.
    pub service: Option<ObjectKey>,
    /// How many exchanges there were.
    pub count: u64,
    /// How many of them came to nothing.
    pub failed: u64,
    /// The newest of them.
    pub last: Rc<Flow>,
}

impl Partner {
    /// Whether `party` is this one: all containers of another Pod are one.
    pub fn is(&self, party: &Party) -> bool {
        match (&self.party, party) {
            (Party::Container { pod, .. }, Party::Container { pod: other, .. }) => pod == other,
            (one, other) => one == other,
        }
    }
}

/// What flowed from and to the containers of a Pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Those it was exchanged with, in the order in which they were met.
    pub partners: Vec<Partner>,
    /// How many exchanges there were within the Pod.
    pub inside: u64,
    /// The newest exchange.
    pub last: Option<Rc<Flow>>,
}

/// The traffic of a Pod, followed as the playhead goes on: what flowed before is not gone through again.
#[derive(Clone, Debug, Default)]
pub struct TrafficView {
    uid: Rc<str>,
    seen: Time,
    traffic: Rc<Traffic>,
}

/// How many partners are told apart.
const MOST: usize = 40;

impl TrafficView {
    /// What flowed from and to the Pod of `uid` up to `at`; the same [`Rc`] as long as nothing did. What the kubelet
    /// asks (probes) is told elsewhere.
    pub fn look(&mut self, run: &Run, uid: &str, at: Time) -> Rc<Traffic> {
        if *self.uid != *uid || at < self.seen {
            *self = Self { uid: uid.into(), ..Self::default() };
        }
        let own = |party: &Party| matches!(party, Party::Container { pod, .. } if **pod == *uid);
        for flow in run.flows_between(self.seen, at) {
            let (from, to) = (own(&flow.from), own(&flow.to));
            let probe = matches!(flow.from, Party::Kubelet(_)) || matches!(flow.to, Party::Kubelet(_));
            if !(from || to) || probe {
                continue;
            }
            let traffic = Rc::make_mut(&mut self.traffic);
            traffic.last = Some(flow.clone());
            match (from, to) {
                (true, true) => traffic.inside += u64::from(flow.count),
                (true, false) => traffic.meet(&flow.to, flow),
                _ => traffic.meet(&flow.from, flow),
            }
        }
        self.seen = at;
        self.traffic.clone()
    }
}

impl Traffic {
    fn meet(&mut self, party: &Party, flow: &Rc<Flow>) {
        let (count, failed) = (u64::from(flow.count), if flow.fault.is_some() { u64::from(flow.count) } else { 0 });
        let full = self.partners.len() >= MOST;
        match self.partners.iter_mut().find(|partner| partner.is(party)) {
            Some(known) => {
                known.count += count;
                known.failed += failed;
                known.host = flow.host.clone();
                known.service = flow.service.clone();
                known.last = flow.clone();
            }
            None if !full => self.partners.push(Partner {
                party: party.clone(),
                host: flow.host.clone(),
                service: flow.service.clone(),
                count,
                failed,
                last: flow.clone(),
            }),
            None => {}
        }
    }
}
