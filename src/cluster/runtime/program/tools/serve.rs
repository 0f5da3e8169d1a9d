//! Programs that serve until they are told to stop.

use std::rc::Rc;
use std::time::Duration;

use super::super::images::{self, Image};
use super::super::machine::{Block, Body, Cx, Io, Process, Reply, Request, Step, Ticket, signal};
use super::super::servers::{Site, proxy};
use super::{Launch, Tool, entry, hog, interpret, nginx, redis};
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
    /// Whether it goes to the background once it has its ports: who started it sees it end.
    pub daemon: bool,
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

    pub fn new(ports: &[u16], stops: bool, site: Site) -> Self {
        Self {
            ports: ports.into(),
            site,
            started: None,
            written: 0,
            stops,
            ends: None,
            daemon: false,
            bound: Vec::new(),
            last_words: Vec::new(),
        }
    }

    /// It runs from now on.
    pub fn begin(self) -> Step {
        Step::Become(Body::Tool(Box::new(Tool::Serves(self))))
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
            self.site.began = now;
            self.bound = self.ports.iter().map(|port| (*port, io.ask(cx, Request::Bind { port: *port }))).collect();
        }
        let taken = self.bound.iter().find(|(_, ticket)| cx.reply(*ticket) == Some(Reply::InUse));
        if let Some((port, _)) = taken {
            let image = match &*self.site.style {
                "httpd" => images::find("busybox"),
                "files" => images::find("python"),
                _ => self.site.image,
            };
            let (lines, after, code) = images::taken(image, *port, cx.kernel.setup.epoch, now);
            self.last_words = lines;
            self.ends = Some((now + after, code));
            return Step::Go;
        }
        let started = self.started.unwrap_or(now);
        // It hears that a port is taken before it says that it serves.
        let ticket = self.bound.first().map_or(0, |(_, ticket)| *ticket);
        let wait = |until| Step::Block(Block::Reply { ticket, handle: None, until });
        if !self.ports.is_empty() && now.since(started) < Duration::from_millis(2) {
            return wait(Some(started + Duration::from_millis(2)));
        }
        if self.daemon {
            return self.go_on_behind(io, cx);
        }
        let Some(image) = self.site.image else { return wait(None) };
        match image.line(self.written, started) {
            Some((at, _, _)) if at > now => wait(Some(at)),
            Some((_, stderr, text)) => {
                self.written += 1;
                let line = images::filled(text, self.ports.first(), cx.kernel.setup.epoch, now);
                io.write(cx, if stderr { 2 } else { 1 }, line.as_bytes());
                io.write(cx, if stderr { 2 } else { 1 }, b"\n");
                Step::Go
            }
            None => wait(None),
        }
    }

    /// The same server in a process of its own; this one ends.
    fn go_on_behind(&self, io: &mut Io, cx: &mut Cx) -> Step {
        if !cx.kernel.may_fork() {
            return Step::Exit(1);
        }
        let own = cx.kernel.list().find(|(pid, ..)| *pid == io.pid).map(|(_, _, command, _)| command.clone());
        let server = Server { started: None, daemon: false, bound: Vec::new(), ..self.clone() };
        let child = Process::new(io.fork(cx.kernel), Body::Tool(Box::new(Tool::Serves(server))));
        cx.kernel.spawn(child, own.unwrap_or_default());
        Step::Exit(0)
    }

    /// As [`super::Tool::signal`].
    pub fn signal(&mut self, number: u8, now: Time) -> Option<Option<Time>> {
        if !self.stops {
            return None;
        }
        match number {
            1 => Some(None),
            signal::TERM | signal::INT | signal::QUIT | signal::USR1 | signal::WINCH => {
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

/// What `minio` says that is not told what to do.
const MINIO: &str = "NAME:\n  minio - High Performance Object Storage\n\nUSAGE:\n  minio [FLAGS] COMMAND [ARGS...]\n\n\
                     COMMANDS:\n  server  start object storage server\n";

/// Begins a server, or one of the other programs that images bring; none where `base` is neither.
pub(super) fn begin(base: &str, launch: &Launch, io: &mut Io, cx: &mut Cx) -> Option<Step> {
    let arguments = launch.words.get(1..).unwrap_or_default();
    match base {
        "docker-entrypoint.sh" => return Some(entry::begin(launch, io, cx)),
        "nginx" => return nginx::begin(arguments, io, cx),
        "redis-server" => return redis::begin(arguments, io, cx),
        "stress" => return Some(hog::begin(arguments, io, cx)),
        "minio" if !arguments.iter().any(|word| &**word == "server") => {
            io.write(cx, 1, MINIO.as_bytes());
            return Some(Step::Exit(0));
        }
        "python" | "python3" if arguments.windows(2).any(|pair| &*pair[0] == "-m" && &*pair[1] == "http.server") => {}
        "python" | "python3" | "node" | "npm" | "perl" | "java" | "ruby" | "php" => {
            return Some(interpret::begin(base, arguments, io, cx));
        }
        _ => {}
    }
    Some(match find(base, arguments, io, cx)? {
        Ok(server) => server.begin(),
        Err(text) => {
            io.complain(cx, &text);
            Step::Exit(1)
        }
    })
}

/// What stands behind one of `flags`, as the next word or behind `=`.
pub(super) fn after(arguments: &[Rc<str>], flags: &[&str]) -> Option<Rc<str>> {
    arguments.iter().enumerate().find_map(|(at, word)| match word.split_once('=') {
        Some((flag, value)) if flags.contains(&flag) => Some(value.into()),
        _ if flags.contains(&&**word) => arguments.get(at + 1).cloned(),
        _ => None,
    })
}

/// The server that a program is, if it is one.
fn find(base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Option<Result<Server, String>> {
    let after = |flags: &[&str]| after(arguments, flags);
    let port_after = |flags: &[&str]| after(flags).and_then(|value| value.rsplit(':').next()?.parse::<u16>().ok());
    let server = |ports: &[u16], stops: bool, site: Site| Some(Ok(Server::new(ports, stops, site)));
    let files = |root: Option<Rc<str>>, io: &Io, style: &str| {
        let root = root.map_or_else(|| io.folder.to_string(), |root| io.path(&root));
        Site { style: style.into(), root: root.into(), ..Site::default() }
    };
    match base {
        "python" | "python3" => {
            let port = arguments.iter().rev().find_map(|word| word.parse().ok()).unwrap_or(8000);
            server(&[port], false, files(after(&["-d", "--directory"]), io, "files"))
        }
        "httpd"
            if arguments
                .iter()
                .any(|word| word.starts_with("-f") || word.starts_with("-p") || word.starts_with("-h")) =>
        {
            // The one of busybox.
            let attached = arguments.iter().find_map(|word| word.strip_prefix("-p")?.parse::<u16>().ok());
            let port = port_after(&["-p"]).or(attached).unwrap_or(80);
            let daemon = !arguments.iter().any(|word| word.starts_with("-f"));
            Some(Ok(Server { daemon, ..Server::new(&[port], false, files(after(&["-h"]), io, "httpd")) }))
        }
        "socat" => {
            let (ports, site) = proxy::socat(arguments)?;
            server(&ports, true, site)
        }
        "haproxy" | "envoy" => {
            let image = images::serving(base)?;
            let file = after(&["-c", "-f", "--config-path"]);
            match proxy::configured(base, file.as_deref(), image, io, cx) {
                Ok((ports, site)) => server(&ports, true, site),
                Err(text) => Some(Err(text)),
            }
        }
        _ => {
            // A name of two words is what a subcommand of an image's entry point does.
            let own = cx.kernel.setup.image.filter(|image| image.entry().any(|entry| entry.ends_with(base)));
            let of = |image: Image| images::find(&format!("{} {}", image.name, arguments.first()?));
            let image = own.and_then(of).or_else(|| images::serving(base))?;
            let ports: Vec<u16> = image.ports().collect();
            let mut site = Site::of(image);
            if let Some(text) = after(&["-text"]) {
                site.root = format!("{text}\n").into();
            }
            let flags = ["--port", "-port", "-p", "--listen", "-listen", "--http-port", "--web.listen-address"];
            let stops = image.on_term().is_some();
            match port_after(&flags) {
                Some(port) => server(&[port], stops, site),
                None => server(&ports, stops, site),
            }
        }
    }
}
