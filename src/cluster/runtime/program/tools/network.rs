//! Programs that talk: `wget`, `curl`, `nc`, `nslookup`, `ping`, `git clone`, `apk add`. What they meet comes through the
//! seam of `machine::network`; here is only what each says of it.

mod curl;
mod git;
mod install;
mod names;
mod ping;
mod wget;

use std::rc::Rc;
use std::time::Duration;

use super::super::machine::{Block, Body, Cx, Io, Read, Reply, Request, Step, Ticket};
use super::{Options, Tool, civil_text, clock, fail};
use crate::cluster::Time;
use crate::cluster::runtime::files::FileError;
pub(super) use install::PROGRAM;

/// A program that talks.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    kind: Kind,
    request: Option<Request>,
    ticket: Ticket,
    /// When it gives up.
    until: Option<Time>,
    call: Call,
}

/// What is known of an exchange.
#[derive(Clone, Debug)]
struct Call {
    /// The address as it was written.
    target: Rc<str>,
    /// What the name in it led to, once it is known.
    address: Rc<str>,
    began: Time,
}

impl Call {
    /// Host and port as they were written.
    fn authority(&self) -> &str {
        let rest = self.target.split("://").last().unwrap_or_default();
        rest.split(['/', '?']).next().unwrap_or_default()
    }

    fn host(&self) -> &str {
        self.authority().split(':').next().unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
enum Kind {
    Wget(wget::Wget),
    Curl(curl::Curl),
    Names(names::Names),
    Ping(ping::Ping),
    Netcat(Netcat),
    Clone(git::Clone),
    Install(install::Install),
}

/// `nc`, `telnet` (busybox: networking/nc_bloaty.c, telnet.c).
#[derive(Clone, Debug)]
struct Netcat {
    telnet: bool,
    listens: Option<u16>,
    port: Rc<str>,
    probes: bool,
    open: bool,
    input: bool,
    /// How often `-v` was said.
    verbose: usize,
}

/// What a program begins with; none where it was not told what to ask for.
type Begun = Option<(Kind, Rc<str>, Request, Option<Duration>)>;

pub(super) fn begin(base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
    let begun = match base {
        "wget" => wget::begin(arguments, io, cx),
        "curl" => curl::begin(arguments),
        "nslookup" | "dig" | "host" | "getent" => names::begin(base, arguments, &cx.kernel.setup),
        // It asks by itself, again and again.
        "ping" => ping::begin(arguments, cx.now()).map(|ping| (Kind::Ping(ping), "".into(), Request::Close, None)),
        "git" => git::begin(arguments),
        "apk" | "apt" | "apt-get" => install::begin(base, arguments),
        _ => netcat(base, arguments),
    };
    let Some((kind, target, request, timeout)) = begun else {
        return match base {
            "curl" => curl::aimless(arguments, io, cx),
            "git" => fail(base, "podlab: of git only `clone` is simulated", 1, io, cx),
            "apk" | "apt" | "apt-get" => {
                io.complain(cx, &format!("podlab: of {base} only installing is simulated; this is taken to succeed"));
                Step::Exit(0)
            }
            _ => fail(base, "missing operand", 1, io, cx),
        };
    };
    if let Kind::Clone(clone) = &kind
        && let Some(step) = clone.announce(io, cx)
    {
        return step;
    }
    let began = cx.now();
    let until = timeout.map(|timeout| began + timeout);
    let call = Call { target, address: "".into(), began };
    Step::Become(Body::Tool(Box::new(Tool::Talks(Talk { kind, request: Some(request), ticket: 0, until, call }))))
}

fn seconds(text: Option<&str>) -> Option<Duration> {
    text.and_then(clock::duration).map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, 1e9)))
}

fn with_scheme(url: &str) -> Rc<str> {
    if url.contains("://") { url.into() } else { format!("http://{url}").into() }
}

/// Puts letters in the place of long options: in `table` `name:L` takes a value, `name.l` none.
fn short(arguments: &[Rc<str>], table: &str) -> Vec<Rc<str>> {
    let mut words: Vec<Rc<str>> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let (long, value) = word.split_once('=').map_or((&**word, None), |(long, value)| (long, Some(value)));
        let entry = long.strip_prefix("--").and_then(|long| {
            table.split_whitespace().find_map(|entry| entry.strip_prefix(long).filter(|rest| rest.len() == 2))
        });
        let Some(entry) = entry else {
            words.push(word.clone());
            continue;
        };
        let (mark, letter) = entry.split_at(1);
        words.push(format!("-{letter}").into());
        if mark == ":" {
            words.extend(value.map(Rc::from).or_else(|| rest.next().cloned()));
        }
    }
    words
}

/// Writes what came into a file.
fn save(name: &str, bytes: &[u8], io: &mut Io, cx: &mut Cx) -> Result<(), FileError> {
    let path = io.path(name);
    if path == "/dev/null" { Ok(()) } else { cx.files(io.user).put(&path, bytes, 0o644) }
}

/// What a body is, as its server would say.
fn media(body: &[u8]) -> &'static str {
    match body.first() {
        Some(b'<') => "text/html",
        Some(b'{' | b'[') => "application/json",
        _ => "text/plain",
    }
}

/// The lines that stand before a body.
fn head_of(status: u16, server: &str, body: &[u8], connection: &str, cx: &Cx) -> Vec<String> {
    let mut lines = vec![format!("HTTP/1.1 {status} {}", phrase(status))];
    if !server.is_empty() {
        lines.push(format!("Server: {server}"));
    }
    let date = civil_text("%a, %d %b %Y %H:%M:%S GMT", cx.kernel.setup.epoch, cx.now());
    lines.push(format!("Date: {date}"));
    lines.push(format!("Content-Type: {}", media(body)));
    lines.push(format!("Content-Length: {}", body.len()));
    lines.push(format!("Connection: {connection}"));
    lines
}

fn netcat(base: &str, arguments: &[Rc<str>]) -> Begun {
    let options = Options::of(arguments, "pwseoiq");
    let timeout = seconds(options.value('w'));
    let verbose = options.letters.matches('v').count();
    let mut netcat = Netcat {
        telnet: base == "telnet",
        listens: None,
        port: "".into(),
        probes: options.has('z'),
        open: false,
        input: true,
        verbose,
    };
    if options.has('l') {
        let port = options.value('p').or(options.rest.last().copied())?.parse().ok()?;
        netcat.listens = Some(port);
        let keep = options.has('k') || options.letters.matches('l').count() > 1;
        return Some((Kind::Netcat(netcat), format!("{port}").into(), Request::Listen { port, keep }, None));
    }
    let host: Rc<str> = (*options.rest.first()?).into();
    let port = options.rest.get(1).copied().or(netcat.telnet.then_some("23"))?;
    netcat.port = port.into();
    let request = Request::Connect { host: host.clone(), port: port.parse().ok()?, udp: options.has('u'), timeout };
    Some((Kind::Netcat(netcat), host, request, timeout))
}

impl Netcat {
    fn hear(&mut self, reply: Reply, call: &Call, until: &mut Option<Time>, io: &mut Io, cx: &mut Cx) -> Step {
        let (host, base) = (call.host(), if self.telnet { "telnet" } else { "nc" });
        let place = format!("{host} ({}:{})", call.address, self.port);
        let why = match reply {
            Reply::Connected => {
                self.open = true;
                match self.listens {
                    None if self.telnet => io.write(cx, 1, format!("Connected to {host}\n").as_bytes()),
                    None if self.verbose > 0 => io.complain(cx, &format!("{place} open")),
                    _ => {}
                }
                // Once somebody is there only the other side ends it.
                *until = None;
                return if self.probes { Step::Exit(0) } else { Step::Go };
            }
            Reply::Data(bytes) => {
                io.write(cx, 1, &bytes);
                return Step::Go;
            }
            Reply::Closed => return Step::Exit(0),
            Reply::InUse => return fail("nc", "bind: Address in use", 1, io, cx),
            Reply::Unknown => return fail(base, &format!("bad address '{host}'"), 1, io, cx),
            Reply::TimedOut => "Connection timed out",
            _ => "Connection refused",
        };
        // Who is refused says so only to who asks twice.
        let told = if reply == Reply::TimedOut { 1 } else { 2 };
        match self.telnet {
            true => fail(base, &format!("can't connect to remote host ({}): {why}", call.address), 1, io, cx),
            false if self.verbose >= told => fail(base, &format!("{place}: {why}"), 1, io, cx),
            false => Step::Exit(1),
        }
    }
}

impl Talk {
    /// Whether it takes connections on `port`.
    pub fn listens(&self, port: u16) -> bool {
        matches!(self.kind, Kind::Netcat(Netcat { listens: Some(own), .. }) if own == port)
    }

    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        match &mut self.kind {
            Kind::Ping(ping) => return ping.step(io, cx),
            Kind::Clone(clone) => {
                if let Some(step) = clone.step(io, cx) {
                    return step;
                }
            }
            _ => {}
        }
        if let Some(request) = self.request.take() {
            self.ticket = io.ask(cx, request);
        }
        match cx.reply(self.ticket) {
            Some(Reply::At(address)) => {
                self.call.address = address;
                match &self.kind {
                    Kind::Wget(wget) => wget.reached(&self.call, io, cx),
                    Kind::Curl(curl) => curl.reached(&self.call, io, cx),
                    _ => {}
                }
                Step::Go
            }
            Some(reply) => self.hear(reply, io, cx),
            None => self.wait(io, cx),
        }
    }

    /// Nothing has come: it gives up, sends what it has to send, or waits.
    fn wait(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if self.until.is_some_and(|until| until <= cx.now()) {
            return self.hear(Reply::TimedOut, io, cx);
        }
        let mut handle = None;
        if let Kind::Netcat(Netcat { open: true, input, .. }) = &mut self.kind
            && *input
            && let Some(&own) = io.fds.get(&0)
        {
            match cx.read(own, 32_768) {
                Read::Data(bytes) => {
                    cx.tell(self.ticket, Request::Send { bytes });
                    return Step::Go;
                }
                // busybox's nc says nothing more then and goes on listening to the other side.
                Read::End => {
                    *input = false;
                    cx.tell(self.ticket, Request::Shutdown);
                }
                Read::Wait => handle = Some(own),
            }
        }
        Step::Block(Block::Reply { ticket: self.ticket, handle, until: self.until })
    }

    fn hear(&mut self, reply: Reply, io: &mut Io, cx: &mut Cx) -> Step {
        let call = &self.call;
        match &mut self.kind {
            Kind::Wget(wget) => wget.hear(reply, call, io, cx),
            Kind::Curl(curl) => curl.hear(reply, call, io, cx),
            Kind::Names(names) => names.hear(reply, &call.target, io, cx),
            Kind::Netcat(netcat) => netcat.hear(reply, call, &mut self.until, io, cx),
            Kind::Clone(clone) => clone.hear(&reply, call.host(), io, cx),
            Kind::Install(install) => install.hear(&reply, io, cx),
            Kind::Ping(_) => Step::Go,
        }
    }
}

pub(in super::super) fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
