//! Packets on their way at the playhead.

use std::rc::Rc;
use std::time::Duration;

use crate::cluster::{Flow, Party, Time};

/// For how many seconds of wall time a packet is seen, however fast it is.
const SEEN: f64 = 0.9;

/// How long packets are seen in virtual time, where it flows so many times faster than the wall's.
pub fn dwell(rate: f64) -> Duration {
    Duration::from_secs_f64((SEEN * rate.max(1.0)).clamp(SEEN, 30.0))
}

/// A packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// What it is part of.
    pub flow: Rc<Flow>,
    /// How far it has come on its way out, 0 to 1; it stays at 1 while the answer is on its way.
    pub out: f64,
    /// How far the answer has come; none before it leaves, and where nothing is answered.
    pub back: Option<f64>,
}

/// Where the packet of `flow` is at `at`, when it is seen for `dwell`.
pub fn packet(flow: &Rc<Flow>, at: Time, dwell: Duration) -> Option<Packet> {
    let passed = at.since(flow.left).as_secs_f64();
    // What takes longer than it is to be seen is on its way for as long as it takes.
    let whole = dwell.as_secs_f64().max(flow.answered.since(flow.left).as_secs_f64());
    if at < flow.left || passed >= whole {
        return None;
    }
    let share = passed / whole;
    let back = (share > 0.5 && flow.fault.is_none()).then(|| ease((share - 0.5) * 2.0));
    Some(Packet { flow: flow.clone(), out: ease((share * 2.0).min(1.0)), back })
}

/// Slow at both ends.
fn ease(share: f64) -> f64 {
    share * share * (3.0 - 2.0 * share)
}

/// The name that someone at the edge of the picture bears there.
pub fn edge_id(party: &Party) -> String {
    match party {
        Party::Container { pod, .. } => format!("pod-{pod}"),
        Party::Kubelet(node) => format!("kubelet-{node}"),
        Party::User(who) => format!("user-{who}"),
        Party::Outside(host) => format!("outside-{host}"),
        Party::Dns => "dns".to_owned(),
        Party::Nobody(whom) => format!("nobody-{whom}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Fault, Protocol};

    fn flow(fault: Option<Fault>) -> Rc<Flow> {
        let time = Time::from_secs_f64;
        Rc::new(Flow {
            id: 1,
            from: Party::Dns,
            to: Party::Dns,
            host: "db".into(),
            port: 80,
            service: None,
            protocol: Protocol::Http,
            label: "GET /".into(),
            answer: "200".into(),
            content: "".into(),
            sent: 1,
            received: 1,
            count: 1,
            left: time(10.0),
            arrived: time(10.001),
            answered: time(10.002),
            fault,
            via: None,
        })
    }

    #[test]
    fn a_packet_goes_out_and_its_answer_comes_back() {
        let at = |seconds: f64, fault| packet(&flow(fault), Time::from_secs_f64(seconds), dwell(1.0));
        assert_eq!(at(9.9, None), None);
        assert_eq!(at(11.0, None), None);
        let early = at(10.1, None).unwrap();
        assert!(early.out > 0.0 && early.out < 0.5 && early.back.is_none(), "{early:?}");
        let late = at(10.8, None).unwrap();
        assert!(late.out == 1.0 && late.back.is_some_and(|back| back > 0.5), "{late:?}");
        assert_eq!(at(10.8, Some(Fault::NoSuchName)).unwrap().back, None);
        // At speed they are seen as long by the clock on the wall.
        assert_eq!(dwell(10.0).as_secs(), 9);
    }
}
