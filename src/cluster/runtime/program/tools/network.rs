//! Programs that talk: `wget`, `curl`, `nc`, `nslookup`, `ping`, `git clone`. What they meet comes through the seam of
//! `machine::network`; here is only what each says of it.

use std::rc::Rc;
use std::time::Duration;

use super::super::machine::{Block, Body, Cx, Io, Read, Reply, Request, Step, Ticket};
use super::{Options, Tool, clock, fail};
use crate::cluster::Time;
use crate::cluster::runtime::files::Body as FileBody;

/// A program that talks.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    kind: Kind,
    /// The address as it was written.
    target: Rc<str>,
    request: Option<Request>,
    ticket: Ticket,
    /// When it gives up.
    until: Option<Time>,
}

#[derive(Clone, Debug)]
enum Kind {
    Wget {
        file: Option<Rc<str>>,
        quiet: bool,
        spider: bool,
    },
    Curl {
        file: Option<Rc<str>>,
        silent: bool,
        shows: bool,
        fails: bool,
        head: bool,
        form: Option<Rc<str>>,
    },
    Resolve {
        program: &'static str,
    },
    Ping,
    Netcat {
        listens: Option<u16>,
        probes: bool,
        open: bool,
        input: bool,
        verbose: bool,
    },
    Clone {
        folder: Rc<str>,
    },
    /// The files of a repository are written once they are here.
    Checkout {
        folder: Rc<str>,
        at: Time,
    },
}

pub(super) fn begin(base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
    let talk = match base {
        "wget" => wget(arguments),
        "curl" => curl(arguments),
        "nslookup" | "dig" | "host" | "getent" => resolve(base, arguments),
        "ping" => {
            let options = Options::of(arguments, "ciwWI");
            options
                .rest
                .first()
                .map(|host| (Kind::Ping, Rc::from(*host), Request::Resolve { name: (*host).into() }, None))
        }
        "git" => git(arguments),
        _ => netcat(arguments),
    };
    let Some((kind, target, request, timeout)) = talk else {
        let text = if base == "git" { "podlab: of git only `clone` is simulated" } else { "missing operand" };
        return fail(base, text, 1, io, cx);
    };
    if let Kind::Clone { folder } = &kind {
        io.complain(cx, &format!("Cloning into '{folder}'..."));
        if cx.files(io.user).list(&io.path(folder)).is_ok_and(|names| !names.is_empty()) {
            let text = format!("fatal: destination path '{folder}' already exists and is not an empty directory.");
            io.complain(cx, &text);
            return Step::Exit(128);
        }
    }
    let until = timeout.map(|timeout| cx.now() + timeout);
    Step::Become(Body::Tool(Box::new(Tool::Talks(Talk { kind, target, request: Some(request), ticket: 0, until }))))
}

type Begun = Option<(Kind, Rc<str>, Request, Option<Duration>)>;

fn seconds(text: Option<&str>) -> Option<Duration> {
    text.and_then(clock::duration).map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, 1e9)))
}

fn with_scheme(url: &str) -> Rc<str> {
    if url.contains("://") { url.into() } else { format!("http://{url}").into() }
}

fn wget(arguments: &[Rc<str>]) -> Begun {
    let options = Options::of(arguments, "OPTUotY");
    let url = options.rest.first()?;
    let timeout = seconds(options.value('T').or(options.long("timeout")));
    let body = options.long("post-data").unwrap_or_default();
    let method = if options.long("post-data").is_some() { "POST" } else { "GET" };
    let last = url.trim_end_matches('/').rsplit('/').next().filter(|last| !last.contains(':') && url.contains('/'));
    let file = match options.value('O') {
        Some("-") => None,
        Some(file) => Some(Rc::from(file)),
        None => Some(last.filter(|_| !url.ends_with('/')).unwrap_or("index.html").into()),
    };
    let spider = options.long("spider").is_some();
    let kind = Kind::Wget { file: file.filter(|_| !spider), quiet: options.has('q'), spider };
    let request = Request::Http {
        method: if spider { "HEAD" } else { method }.into(),
        url: with_scheme(url),
        agent: "Wget",
        body: body.as_bytes().into(),
        timeout,
    };
    Some((kind, Rc::from(*url), request, timeout))
}

fn curl(arguments: &[Rc<str>]) -> Begun {
    let mut words: Vec<Rc<str>> = Vec::new();
    let (mut timeout, mut long_method, mut long_data) = (None, None, None);
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match &**word {
            "--max-time" | "--connect-timeout" => timeout = seconds(rest.next().map(|value| &**value)),
            "--request" => long_method = rest.next().cloned(),
            "--data" | "--data-raw" | "--data-binary" => long_data = rest.next().cloned(),
            "--retry" | "--retry-delay" | "--header" | "--user" | "--cacert" | "--resolve" => {
                rest.next();
            }
            "--silent" => words.push("-s".into()),
            "--fail" => words.push("-f".into()),
            "--head" => words.push("-I".into()),
            "--show-error" => words.push("-S".into()),
            _ => words.push(word.clone()),
        }
    }
    let options = Options::of(&words, "oXdHmuwAT");
    let url = options.rest.first()?;
    let timeout = timeout.or_else(|| seconds(options.value('m')));
    let data = long_data.as_deref().or(options.value('d'));
    let head = options.has('I');
    let method = match (long_method.as_deref().or(options.value('X')), data, head) {
        (Some(method), ..) => method,
        (None, Some(_), _) => "POST",
        (None, None, true) => "HEAD",
        _ => "GET",
    };
    let kind = Kind::Curl {
        file: options.value('o').map(Rc::from),
        silent: options.has('s'),
        shows: options.has('S'),
        fails: options.has('f'),
        head,
        form: options.value('w').map(Rc::from),
    };
    let body = data.unwrap_or_default().as_bytes().into();
    let request = Request::Http { method: method.into(), url: with_scheme(url), agent: "curl/8.9.1", body, timeout };
    Some((kind, Rc::from(*url), request, timeout))
}

fn resolve(base: &str, arguments: &[Rc<str>]) -> Begun {
    let program = match base {
        "nslookup" => "nslookup",
        "dig" => "dig",
        "host" => "host",
        _ => "getent",
    };
    let options = Options::of(arguments, "");
    let mut plain = options.rest.iter().filter(|word| !word.starts_with(['+', '@']));
    let name = *if base == "getent" { plain.next_back()? } else { plain.next()? };
    Some((Kind::Resolve { program }, name.into(), Request::Resolve { name: name.into() }, None))
}

fn netcat(arguments: &[Rc<str>]) -> Begun {
    let options = Options::of(arguments, "pwseoiq");
    let timeout = seconds(options.value('w'));
    let mut kind =
        Kind::Netcat { listens: None, probes: options.has('z'), open: false, input: true, verbose: options.has('v') };
    if options.has('l') {
        let port = options.value('p').or(options.rest.last().copied())?.parse().ok()?;
        if let Kind::Netcat { listens, .. } = &mut kind {
            *listens = Some(port);
        }
        let keep = options.has('k') || options.letters.matches('l').count() > 1;
        return Some((kind, format!("{port}").into(), Request::Listen { port, keep }, None));
    }
    let host: Rc<str> = (*options.rest.first()?).into();
    let port = options.rest.get(1)?.parse().ok()?;
    let request = Request::Connect { host: host.clone(), port, udp: options.has('u'), timeout };
    Some((kind, format!("{host}:{port}").into(), request, timeout))
}

fn git(arguments: &[Rc<str>]) -> Begun {
    let options = Options::of(arguments, "bCcj");
    let mut rest = options.rest.iter();
    if *rest.next()? != "clone" {
        return None;
    }
    let address = *rest.find(|word| word.contains(['/', ':']))?;
    let name = address.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    let folder = rest.next().copied().unwrap_or_else(|| name.trim_end_matches(".git"));
    Some((Kind::Clone { folder: folder.into() }, address.into(), Request::Clone { address: address.into() }, None))
}

/// How long a repository takes to come.
const CLONING: Duration = Duration::from_secs(2);

impl Talk {
    /// Whether it takes connections on `port`.
    pub fn listens(&self, port: u16) -> bool {
        matches!(self.kind, Kind::Netcat { listens: Some(own), .. } if own == port)
    }

    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if let Some(request) = self.request.take() {
            self.ticket = io.ask(cx, request);
        }
        if let Kind::Checkout { folder, at } = &self.kind {
            if *at > cx.now() {
                return Step::Block(Block::Until(*at));
            }
            let folder = folder.clone();
            return self.checkout(&folder, io, cx);
        }
        match cx.reply(self.ticket) {
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
        if let Kind::Netcat { open: true, input, .. } = &mut self.kind
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
        let target = self.target.clone();
        let host = target.split("://").last().unwrap_or_default();
        let host = host.split(['/', ':']).next().unwrap_or_default().to_owned();
        match &mut self.kind {
            Kind::Wget { file, quiet, spider } => match reply {
                Reply::Http { status: 200..400, body, .. } => {
                    if !*quiet {
                        io.complain(cx, &format!("Connecting to {host}"));
                    }
                    match file {
                        Some(name) => {
                            let path = io.path(name);
                            if let Err(error) = cx.files(io.user).put(&path, &body, 0o644) {
                                return fail("wget", &format!("can't open '{name}': {error}"), 1, io, cx);
                            }
                            if !*quiet {
                                io.complain(cx, &format!("saving to '{name}'\n'{name}' saved"));
                            }
                        }
                        None if !*spider => io.write(cx, 1, &body),
                        None => {}
                    }
                    Step::Exit(0)
                }
                Reply::Http { status, .. } => {
                    fail("wget", &format!("server returned error: HTTP/1.1 {status} {}", phrase(status)), 1, io, cx)
                }
                Reply::Unknown => fail("wget", &format!("bad address '{host}'"), 1, io, cx),
                Reply::TimedOut => fail("wget", "download timed out", 1, io, cx),
                Reply::Closed | Reply::Data(_) => fail("wget", "error getting response", 1, io, cx),
                _ => fail("wget", &format!("can't connect to remote host ({host}): Connection refused"), 1, io, cx),
            },
            Kind::Curl { file, silent, shows, fails, head, form } => {
                let says = !*silent || *shows;
                let mut complain = |code: i32, text: String| {
                    if says {
                        io.complain(cx, &format!("curl: ({code}) {text}"));
                    }
                    if let Some(form) = form {
                        io.write(cx, 1, written(form, 0).as_bytes());
                    }
                    Step::Exit(code)
                };
                match reply {
                    Reply::Http { status, .. } if *fails && status >= 400 => {
                        complain(22, format!("The requested URL returned error: {status}"))
                    }
                    Reply::Http { status, body, server } => {
                        let mut out = Vec::new();
                        if *head {
                            let text = format!("HTTP/1.1 {status} {}\r\nServer: {server}\r\n\r\n", phrase(status));
                            out.extend_from_slice(text.as_bytes());
                        } else {
                            out.extend_from_slice(&body);
                        }
                        match file.as_deref() {
                            None => io.write(cx, 1, &out),
                            Some("/dev/null") => {}
                            Some(name) => {
                                let path = io.path(name);
                                if cx.files(io.user).put(&path, &out, 0o644).is_err() {
                                    return fail("curl", "(23) Failure writing output to destination", 23, io, cx);
                                }
                            }
                        }
                        if let Some(form) = form {
                            io.write(cx, 1, written(form, status).as_bytes());
                        }
                        Step::Exit(0)
                    }
                    Reply::Unknown => complain(6, format!("Could not resolve host: {host}")),
                    Reply::TimedOut => complain(28, "Connection timed out".to_owned()),
                    Reply::Closed => complain(52, "Empty reply from server".to_owned()),
                    Reply::Data(_) => complain(1, "Received HTTP/0.9 when not allowed".to_owned()),
                    _ => complain(7, format!("Failed to connect to {host}: Connection refused")),
                }
            }
            Kind::Resolve { program } => {
                let program = *program;
                match reply {
                    Reply::Addresses { name, addresses } => {
                        let mut text = String::new();
                        if program == "nslookup" {
                            text.push_str("Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n");
                        }
                        for address in &addresses {
                            match program {
                                "nslookup" => text.push_str(&format!("Name:\t{name}\nAddress: {address}\n")),
                                "host" => text.push_str(&format!("{name} has address {address}\n")),
                                "getent" => text.push_str(&format!("{address:15} {name}\n")),
                                _ => text.push_str(&format!("{address}\n")),
                            }
                        }
                        if program == "nslookup" {
                            text.push('\n');
                        }
                        io.write(cx, 1, text.as_bytes());
                        Step::Exit(0)
                    }
                    Reply::TimedOut if program == "nslookup" => {
                        io.write(cx, 1, b";; connection timed out; no servers could be reached\n");
                        Step::Exit(1)
                    }
                    _ if program == "nslookup" => {
                        let text = format!(
                            "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find {target}: NXDOMAIN\n\n"
                        );
                        io.write(cx, 1, text.as_bytes());
                        Step::Exit(1)
                    }
                    _ if program == "host" => {
                        io.write(cx, 1, format!("Host {target} not found: 3(NXDOMAIN)\n").as_bytes());
                        Step::Exit(1)
                    }
                    _ => Step::Exit(if program == "getent" { 2 } else { 0 }),
                }
            }
            Kind::Ping => match reply {
                Reply::Addresses { addresses, .. } => {
                    let address = addresses.first().cloned().unwrap_or_default();
                    let text = format!(
                        "PING {target} ({address}): 56 data bytes\n64 bytes from {address}: seq=0 ttl=64 time=0.100 ms\n"
                    );
                    io.write(cx, 1, text.as_bytes());
                    Step::Exit(0)
                }
                _ => fail("ping", &format!("bad address '{target}'"), 1, io, cx),
            },
            Kind::Netcat { probes, open, listens, verbose, .. } => match reply {
                Reply::Connected => {
                    *open = true;
                    if *verbose {
                        io.complain(cx, &format!("{target} open"));
                    }
                    // Once somebody is there only the other side ends it.
                    self.until = None;
                    if *probes { Step::Exit(0) } else { Step::Go }
                }
                Reply::Data(bytes) => {
                    io.write(cx, 1, &bytes);
                    Step::Go
                }
                Reply::Closed => Step::Exit(0),
                Reply::InUse => fail("nc", "bind: Address in use", 1, io, cx),
                Reply::Unknown => fail("nc", &format!("bad address '{host}'"), 1, io, cx),
                Reply::TimedOut if listens.is_none() => {
                    fail("nc", &format!("{target}: Connection timed out"), 1, io, cx)
                }
                _ => fail("nc", &format!("{target}: Connection refused"), 1, io, cx),
            },
            Kind::Clone { folder } => match reply {
                Reply::Connected => {
                    self.kind = Kind::Checkout { folder: folder.clone(), at: cx.now() + CLONING };
                    Step::Go
                }
                Reply::Unknown => {
                    io.complain(cx, &format!("fatal: unable to access '{target}/': Could not resolve host: {host}"));
                    Step::Exit(128)
                }
                _ => {
                    io.complain(cx, &format!("fatal: unable to access '{target}/': Failed to connect to {host}"));
                    Step::Exit(128)
                }
            },
            Kind::Checkout { .. } => Step::Go,
        }
    }

    /// Writes a small tree, as a repository may have.
    fn checkout(&self, folder: &str, io: &mut Io, cx: &mut Cx) -> Step {
        let root = io.path(folder);
        let name =
            self.target.trim_end_matches('/').trim_end_matches(".git").rsplit('/').next().unwrap_or("repository");
        let page = format!("<!DOCTYPE html>\n<title>{name}</title>\n<h1>{name}</h1>\n");
        let files: [(&str, String); 4] = [
            ("README.md", format!("# {name}\n\nCloned from {}\n", self.target)),
            ("index.html", page),
            (".git/HEAD", "ref: refs/heads/main\n".to_owned()),
            (".git/config", format!("[remote \"origin\"]\n\turl = {}\n", self.target)),
        ];
        let mut files_view = cx.files(io.user);
        let mut result = Ok(());
        for path in [root.clone(), format!("{root}/.git")] {
            if files_view.stat(&path, true).is_err() {
                result = result.and(files_view.make(&path, FileBody::Folder, 0o755));
            }
        }
        for (path, text) in files {
            result = result.and_then(|()| files_view.put(&format!("{root}/{path}"), text.as_bytes(), 0o644));
        }
        match result {
            Ok(()) => Step::Exit(0),
            Err(error) => {
                io.complain(cx, &format!("fatal: could not create work tree dir '{folder}': {error}"));
                Step::Exit(128)
            }
        }
    }
}

/// What `curl -w` writes.
fn written(form: &str, status: u16) -> String {
    form.replace("%{http_code}", &format!("{status:03}"))
        .replace("%{response_code}", &format!("{status:03}"))
        .replace("\\n", "\n")
        .replace("%{time_total}", "0.002")
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
