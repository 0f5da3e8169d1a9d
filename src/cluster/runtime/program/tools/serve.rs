//! Programs that serve until they are told to stop.

use std::rc::Rc;
use std::time::Duration;

use super::super::images::{self, Image};
use super::super::machine::{Block, Cx, Io, Step, signal};
use crate::cluster::Time;

/// A server at work.
#[derive(Clone, Debug)]
pub(in super::super) struct Server {
    ports: Rc<[u16]>,
    /// What is known of it.
    image: Option<Image>,
    started: Option<Time>,
    written: usize,
    /// Whether it stops by itself on these signals; else it knows none.
    stops: bool,
    ends: Option<(Time, i32)>,
}

impl Server {
    /// A server of which nothing is known.
    pub fn assumed() -> Self {
        Self { ports: [].into(), image: None, started: None, written: 0, stops: true, ends: None }
    }

    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let now = cx.now();
        if let Some((at, code)) = self.ends {
            return if at <= now { Step::Exit(code) } else { Step::Block(Block::Until(at)) };
        }
        let started = *self.started.get_or_insert(now);
        let Some(image) = self.image else { return Step::Block(Block::Forever) };
        match image.line(self.written, started) {
            Some((at, _, _)) if at > now => Step::Block(Block::Until(at)),
            Some((_, stderr, text)) => {
                self.written += 1;
                let line = images::stamped(text, cx.kernel.setup.epoch, now);
                io.write(cx, if stderr { 2 } else { 1 }, line.as_bytes());
                io.write(cx, if stderr { 2 } else { 1 }, b"\n");
                Step::Go
            }
            None => Step::Block(Block::Forever),
        }
    }

    /// As [`super::Tool::signal`].
    pub fn signal(&mut self, number: u8, now: Time) -> Option<Option<Time>> {
        if !self.stops {
            return None;
        }
        match number {
            1 => Some(None),
            signal::TERM | signal::INT | signal::QUIT | signal::WINCH => {
                let (after, code) =
                    self.image.and_then(|image| image.on_term()).unwrap_or((Duration::from_millis(50), 0));
                let (at, _) = *self.ends.get_or_insert((now + after, code));
                Some(Some(at))
            }
            _ => None,
        }
    }

    pub fn listens(&self, port: u16, now: Time) -> bool {
        let start_up = self.image.map(Image::start_up).unwrap_or_default();
        self.ports.contains(&port) && self.started.is_some_and(|started| now.since(started) >= start_up)
    }
}

/// The server that a program is, if it is one.
pub(super) fn find(base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Option<Result<Server, String>> {
    let port_after = |flags: &[&str]| {
        let found = arguments.windows(2).find(|pair| flags.contains(&&*pair[0]));
        found.and_then(|pair| pair[1].rsplit(':').next()?.parse::<u16>().ok())
    };
    let server = |ports: &[u16], stops: bool, image: Option<Image>| {
        Some(Ok(Server { ports: ports.into(), image, started: None, written: 0, stops, ends: None }))
    };
    match base {
        "python" | "python3" => {
            if arguments.windows(2).any(|pair| &*pair[0] == "-m" && &*pair[1] == "http.server") {
                let port = arguments.iter().rev().find_map(|word| word.parse().ok()).unwrap_or(8000);
                return server(&[port], false, None);
            }
            let text = "podlab: programs in Python are not simulated; this one is taken to serve until told to stop";
            io.complain(cx, text);
            server(&[], false, None)
        }
        "node" | "npm" | "perl" | "java" | "ruby" | "php" => {
            io.complain(
                cx,
                &format!("podlab: programs of {base} are not simulated; this one is taken to serve until told to stop"),
            );
            server(&[], false, None)
        }
        "httpd"
            if arguments
                .iter()
                .any(|word| word.starts_with("-f") || word.starts_with("-p") || word.starts_with("-h")) =>
        {
            // The one of busybox; without -f it goes to the background.
            let attached = arguments.iter().find_map(|word| word.strip_prefix("-p")?.parse::<u16>().ok());
            server(&[port_after(&["-p"]).or(attached).unwrap_or(80)], false, None)
        }
        _ => {
            let image = images::serving(base)?;
            let ports: Vec<u16> = image.ports().collect();
            let own = port_after(&["--port", "-p", "--listen"]);
            match own {
                Some(port) => server(&[port], true, Some(image)),
                None => server(&ports, true, Some(image)),
            }
        }
    }
}
