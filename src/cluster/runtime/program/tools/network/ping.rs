//! `ping` of busybox (networking/ping.c).

use std::rc::Rc;
use std::time::Duration;

use super::seconds;
use crate::cluster::Time;
use crate::cluster::runtime::program::machine::{Block, Cx, Io, Reply, Request, Step, Ticket};
use crate::cluster::runtime::program::tools::{Options, fail};

/// A ping at work.
#[derive(Clone, Debug)]
pub(super) struct Ping {
    host: Rc<str>,
    /// What the name led to, once it is known.
    address: Rc<str>,
    count: Option<u32>,
    interval: Duration,
    /// How long it waits for the last answer.
    wait: Duration,
    deadline: Option<Duration>,
    quiet: bool,
    ticket: Ticket,
    began: Time,
    next: Time,
    sent: u32,
    received: u32,
}

pub(super) fn begin(arguments: &[Rc<str>], now: Time) -> Option<Ping> {
    let options = Options::of(arguments, "cistTwWIp");
    Some(Ping {
        host: (*options.rest.first()?).into(),
        address: "".into(),
        count: options.value('c').and_then(|count| count.parse().ok()).filter(|count| *count > 0),
        interval: seconds(options.value('i')).unwrap_or(SECOND).max(Duration::from_millis(10)),
        wait: seconds(options.value('W')).unwrap_or(10 * SECOND),
        deadline: seconds(options.value('w')),
        quiet: options.has('q'),
        ticket: 0,
        began: now,
        next: now,
        sent: 0,
        received: 0,
    })
}

const SECOND: Duration = Duration::from_secs(1);
/// How long an answer takes, as it is told, milliseconds.
const TAKES: &str = "0.100";

impl Ping {
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if self.ticket == 0 {
            self.ticket = io.ask(cx, Request::Resolve { name: self.host.clone() });
        }
        let now = cx.now();
        let (host, address) = (self.host.clone(), self.address.clone());
        match cx.reply(self.ticket) {
            Some(Reply::Addresses { addresses, .. }) => {
                self.address = addresses.first().cloned().unwrap_or_default();
                io.write(cx, 1, format!("PING {host} ({}): 56 data bytes\n", self.address).as_bytes());
                (self.began, self.next) = (now, now);
                return Step::Go;
            }
            Some(Reply::Connected) => {
                let seq = self.sent.saturating_sub(1);
                if !self.quiet {
                    let text = format!("64 bytes from {address}: seq={seq} ttl=64 time={TAKES} ms\n");
                    io.write(cx, 1, text.as_bytes());
                }
                self.received += 1;
                return if self.count == Some(self.received) { self.end(io, cx) } else { Step::Go };
            }
            Some(_) => return fail("ping", &format!("bad address '{host}'"), 1, io, cx),
            None if address.is_empty() => {
                return Step::Block(Block::Reply { ticket: self.ticket, handle: None, until: None });
            }
            None => {}
        }
        let deadline = self.deadline.map(|deadline| self.began + deadline);
        if deadline.is_some_and(|deadline| deadline <= now) {
            return self.end(io, cx);
        }
        if self.next <= now {
            if self.count.is_some_and(|count| self.sent >= count) {
                return self.end(io, cx);
            }
            self.sent += 1;
            self.next = now + if self.count == Some(self.sent) { self.wait } else { self.interval };
            cx.tell(self.ticket, Request::Echo { host });
        }
        let until = Some(deadline.map_or(self.next, |deadline| deadline.min(self.next)));
        Step::Block(Block::Reply { ticket: self.ticket, handle: None, until })
    }

    fn end(&self, io: &mut Io, cx: &mut Cx) -> Step {
        let (sent, received) = (self.sent, self.received);
        let lost = (sent - received.min(sent)) * 100 / sent.max(1);
        let mut text = format!(
            "\n--- {} ping statistics ---\n{sent} packets transmitted, {received} packets received, {lost}% packet loss\n",
            self.host
        );
        if received > 0 {
            text.push_str(&format!("round-trip min/avg/max = {TAKES}/{TAKES}/{TAKES} ms\n"));
        }
        io.write(cx, 1, text.as_bytes());
        Step::Exit(i32::from(received == 0))
    }
}
