//! Programs that serve until they are told to stop.

use std::rc::Rc;
use std::time::Duration;

use super::super::images::{self, Image};
use super::super::machine::{Block, Cx, Io, Reply, Request, Step, Ticket, signal};
use super::super::servers::{Site, proxy};
use crate::cluster::Time;

/// A server at work.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    ports: Rc<[u16]>,
    /// What it answers.
    pub site: Site,
    started: Option<Time>,
    written: usize,
    /// Whether it stops by itself on these signals; else it knows none.
    stops: bool,
    ends: Option<(Time, i32)>,
    /// Where it is told that a port is taken.
    bound: Vec<(u16, Ticket)>,
    /// The lines it still has to write before it gives up.
    last_words: Vec<String>,
}

impl Server {
    /// A server of which nothing is known.
    pub fn assumed() -> Self {
        Self::new(&[], true, Site::default())
    }

    fn new(ports: &[u16], stops: bool, site: Site) -> Self {
        Self {
            ports: ports.into(),
            site,
            started: None,
            written: 0,
            stops,
            ends: None,
            bound: Vec::new(),
            last_words: Vec::new(),
        }
    }

    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let now = cx.now();
        if let Some((at, code)) = self.ends {
            for line in std::mem::take(&mut self.last_words) {
                io.complain(cx, &line);
            }
            return if at <= now { Step::Exit(code) } else { Step::Block(Block::Until(at)) };
        }
        if self.started.is_none() {
            self.started = Some(now);
            self.bound = self.ports.iter().map(|port| (*port, io.ask(cx, Request::Bind { port: *port }))).collect();
        }
        let taken = self.bound.iter().find(|(_, ticket)| cx.reply(*ticket) == Some(Reply::InUse));
        if let Some((port, _)) = taken {
            let (lines, after, code) = images::taken(self.site.image, *port, cx.kernel.setup.epoch, now);
            self.last_words = lines;
            self.ends = Some((now + after, code));
            return Step::Go;
        }
        let started = self.started.unwrap_or(now);
        // It hears that a port is taken before it says that it serves.
        let ticket = self.bound.first().map_or(0, |(_, ticket)| *ticket);
        let wait = |until| Step::Block(Block::Reply { ticket, handle: None, until });
        let Some(image) = self.site.image else { return wait(None) };
        if !self.ports.is_empty() && now.since(started) < Duration::from_millis(2) {
            return wait(Some(started + Duration::from_millis(2)));
        }
        match image.line(self.written, started) {
            Some((at, _, _)) if at > now => wait(Some(at)),
            Some((_, stderr, text)) => {
                self.written += 1;
                let line = images::stamped(text, cx.kernel.setup.epoch, now);
                io.write(cx, if stderr { 2 } else { 1 }, line.as_bytes());
                io.write(cx, if stderr { 2 } else { 1 }, b"\n");
                Step::Go
            }
            None => wait(None),
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
                    self.site.image.and_then(|image| image.on_term()).unwrap_or((Duration::from_millis(50), 0));
                let (at, _) = *self.ends.get_or_insert((now + after, code));
                Some(Some(at))
            }
            _ => None,
        }
    }

    pub fn listens(&self, port: u16, now: Time) -> bool {
        let start_up = self.site.image.map(Image::start_up).unwrap_or_default();
        self.occupies(port) && self.started.is_some_and(|started| now.since(started) >= start_up)
    }

    /// Whether it has taken `port`.
    pub fn occupies(&self, port: u16) -> bool {
        self.ports.contains(&port) && self.started.is_some() && self.ends.is_none()
    }
}

/// The server that a program is, if it is one.
pub(super) fn find(base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Option<Result<Server, String>> {
    let after = |flags: &[&str]| {
        let found = arguments.windows(2).find(|pair| flags.contains(&&*pair[0]));
        found.map(|pair| pair[1].clone())
    };
    let port_after = |flags: &[&str]| after(flags).and_then(|value| value.rsplit(':').next()?.parse::<u16>().ok());
    let server = |ports: &[u16], stops: bool, site: Site| Some(Ok(Server::new(ports, stops, site)));
    let files = |root: Option<Rc<str>>, io: &Io, style: &str| {
        let root = root.map_or_else(|| io.folder.to_string(), |root| io.path(&root));
        Site { style: style.into(), root: root.into(), ..Site::default() }
    };
    match base {
        "python" | "python3" => {
            if arguments.windows(2).any(|pair| &*pair[0] == "-m" && &*pair[1] == "http.server") {
                let port = arguments.iter().rev().find_map(|word| word.parse().ok()).unwrap_or(8000);
                return server(&[port], false, files(after(&["-d", "--directory"]), io, "files"));
            }
            let text = "podlab: programs in Python are not simulated; this one is taken to serve until told to stop";
            io.complain(cx, text);
            server(&[], false, Site::default())
        }
        "node" | "npm" | "perl" | "java" | "ruby" | "php" => {
            io.complain(
                cx,
                &format!("podlab: programs of {base} are not simulated; this one is taken to serve until told to stop"),
            );
            server(&[], false, Site::default())
        }
        "httpd"
            if arguments
                .iter()
                .any(|word| word.starts_with("-f") || word.starts_with("-p") || word.starts_with("-h")) =>
        {
            // The one of busybox; without -f it goes to the background.
            let attached = arguments.iter().find_map(|word| word.strip_prefix("-p")?.parse::<u16>().ok());
            let port = port_after(&["-p"]).or(attached).unwrap_or(80);
            server(&[port], false, files(after(&["-h"]), io, "httpd"))
        }
        "socat" => {
            let (ports, site) = proxy::socat(arguments)?;
            server(&ports, true, site)
        }
        "nginx" | "haproxy" | "envoy" => {
            let image = images::serving(base)?;
            let file = after(&["-c", "-f", "--config-path"]);
            match proxy::configured(base, file.as_deref(), image, io, cx) {
                Ok((ports, site)) => server(&ports, true, site),
                Err(text) => Some(Err(text)),
            }
        }
        _ => {
            let image = images::serving(base)?;
            let ports: Vec<u16> = image.ports().collect();
            let own = port_after(&["--port", "-p", "--listen"]);
            match own {
                Some(port) => server(&[port], true, Site::of(image)),
                None => server(&ports, true, Site::of(image)),
            }
        }
    }
}
