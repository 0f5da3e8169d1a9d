//! The programs that scripts call: which there are, and how each begins.

mod awk;
mod clients;
mod clock;
mod each;
mod entry;
mod files;
mod filter;
mod follow;
mod generate;
mod grep;
mod hog;
mod interpret;
mod known;
mod launch;
mod lines;
mod network;
mod nginx;
mod options;
mod redis;
mod regex;
mod sed;
mod serve;
mod ship;
mod system;
mod tar;

use std::rc::Rc;

use super::machine::{Block, Cx, Io, Step};
use crate::cluster::Time;
pub(in super::super) use clock::civil_text;
pub(super) use known::{Knows, has, is_known, is_program, knows, locate, provides};
pub(crate) use launch::Launch;
pub(super) use network::phrase;
use options::Options;
pub(super) use serve::Server;

/// A program that takes time.
#[derive(Clone, Debug)]
pub(crate) enum Tool {
    /// It ends with this code once everything it wrote is taken.
    Ends(i32),
    /// It sleeps until an instant, or for ever.
    Sleeps(Option<Time>),
    /// It serves until it is told to stop.
    Serves(Server),
    /// It reads lines or bytes and writes others.
    Filter(filter::Filter),
    /// `tail -f`
    Follows(follow::Follow),
    /// `yes`, `seq`
    Generates(generate::Generator),
    /// It runs other programs one after another, or one for a limited time.
    Runs(each::Each),
    /// It talks to the network.
    Talks(network::Talk),
    /// It ships the lines of files.
    Ships(Box<ship::Ship>),
    /// It asks a database.
    Asks(Box<clients::Client>),
    /// It prints a text at an instant, and ends.
    Prints(Rc<str>, Time),
    /// It uses memory and CPU.
    Hogs(hog::Hog),
}

impl Tool {
    /// One step.
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        match self {
            Tool::Ends(code) => Step::Exit(*code),
            Tool::Sleeps(Some(until)) if *until <= cx.now() => Step::Exit(0),
            Tool::Sleeps(Some(until)) => Step::Block(Block::Until(*until)),
            Tool::Sleeps(None) => Step::Block(Block::Forever),
            Tool::Serves(server) => server.step(io, cx),
            Tool::Filter(filter) => filter.step(io, cx),
            Tool::Follows(follow) => follow.step(io, cx),
            Tool::Generates(generator) => generator.step(io, cx),
            Tool::Runs(each) => each.step(io, cx),
            Tool::Talks(talk) => talk.step(io, cx),
            Tool::Asks(client) => client.step(io, cx),
            Tool::Ships(ship) => ship.step(io, cx),
            Tool::Hogs(hog) => hog.step(io, cx),
            Tool::Prints(_, until) if *until > cx.now() => Step::Block(Block::Until(*until)),
            Tool::Prints(text, _) => {
                io.write(cx, 1, text.as_bytes());
                Step::Exit(0)
            }
        }
    }

    /// What it only pretends to use: bytes of memory, and thousandths of a core.
    pub fn claims(&self) -> (u64, u64) {
        match self {
            Tool::Hogs(hog) => (hog.memory, hog.millis),
            _ => (0, 0),
        }
    }

    /// How it takes a signal: `Some(Some(at))` it ends by itself at an instant, `Some(None)` it does not care, none:
    /// it knows nothing of the signal.
    pub fn signal(&mut self, number: u8, now: Time) -> Option<Option<Time>> {
        match self {
            Tool::Serves(server) => server.signal(number, now),
            Tool::Ships(ship) => ship.signal(number, now),
            Tool::Hogs(hog) => hog.signal(number, now),
            _ => None,
        }
    }

    /// Whether it takes connections on `port`.
    pub fn listens(&self, port: u16, now: Time) -> bool {
        match self {
            Tool::Serves(server) => server.listens(port, now),
            Tool::Talks(talk) => talk.listens(port),
            _ => false,
        }
    }

    /// Whether it has taken `port`, be it that it does not answer yet.
    pub fn occupies(&self, port: u16) -> bool {
        match self {
            Tool::Serves(server) => server.occupies(port),
            Tool::Talks(talk) => talk.listens(port),
            _ => false,
        }
    }

    /// What it serves, where it is a server.
    pub fn site(&mut self) -> Option<&mut super::servers::Site> {
        match self {
            Tool::Serves(server) => Some(&mut server.site),
            _ => None,
        }
    }

    /// Bytes of memory it holds.
    pub fn used(&self) -> usize {
        match self {
            Tool::Filter(filter) => filter.used(),
            Tool::Ships(ship) => ship.used(),
            _ => 0,
        }
    }
}

/// Sends a signal to what `kill` names; false where there is no such process.
pub(super) fn kill(target: &str, pid: Option<u32>, number: u8, io: &Io, cx: &mut Cx) -> bool {
    if matches!(target, "0" | "-1") {
        let all: Vec<u32> = cx.kernel.list().map(|(pid, ..)| pid).filter(|pid| *pid != 1 && *pid != io.pid).collect();
        for pid in all {
            cx.kernel.kill(pid, number);
        }
        return true;
    }
    let group = target.strip_prefix('-').and_then(|pid| pid.parse().ok());
    pid.or(group).is_some_and(|pid| cx.kernel.kill(pid, number))
}

/// A complaint of a tool, and its end.
fn fail(base: &str, text: &str, code: i32, io: &mut Io, cx: &mut Cx) -> Step {
    io.complain(cx, &format!("{base}: {text}"));
    Step::Exit(code)
}
