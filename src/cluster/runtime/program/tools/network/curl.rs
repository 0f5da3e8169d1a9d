//! `curl` (curl 8.14: lib/connect.c, src/tool_operate.c, src/tool_writeout.c).

use std::net::IpAddr;
use std::rc::Rc;

use super::{Begun, Call, Kind, head_of, media, save, seconds, short, with_scheme};
use crate::cluster::runtime::network::ask::{Ask, http};
use crate::cluster::runtime::program::machine::{Cx, Io, Reply, Request, Step};
use crate::cluster::runtime::program::tools::Options;

/// How it was called.
#[derive(Clone, Debug)]
pub(super) struct Curl {
    ask: Box<Ask>,
    file: Option<Rc<str>>,
    silent: bool,
    /// `-S`
    shows: bool,
    fails: bool,
    /// `-i`, `-I`
    include: bool,
    verbose: bool,
    /// Whether it may not believe a server whose certificate the cluster has signed.
    careful: bool,
    form: Option<Rc<str>>,
}

const LONG: &str = "max-time:m connect-timeout:m request:X data:d data-raw:d data-binary:d header:H user:u cacert:E \
                    resolve:K retry:K retry-delay:K retry-max-time:K output:o write-out:w user-agent:A referer:K cookie:K \
                    silent.s fail.f fail-with-body.f head.I show-error.S insecure.k verbose.v include.i remote-name.O";

/// What it is asked for last.
const HELP: &str = "curl: try 'curl --help' or 'curl --manual' for more information";

/// It was not told what to ask for.
pub(super) fn aimless(arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
    if !arguments.is_empty() {
        io.complain(cx, "curl: (2) no URL specified");
    }
    io.complain(cx, HELP);
    Step::Exit(2)
}

pub(super) fn begin(arguments: &[Rc<str>]) -> Begun {
    let words = short(arguments, LONG);
    let options = Options::of(&words, "oXdHmuwATEKbceFx");
    let url = *options.rest.first()?;
    let timeout = seconds(options.value('m'));
    let data = options.all('d');
    let head = options.has('I');
    let method = match options.value('X') {
        Some(method) => method,
        None if !data.is_empty() => "POST",
        None if head => "HEAD",
        None => "GET",
    };
    let whole = with_scheme(url);
    let ask = http(method, &whole, data.join("&").into_bytes().into(), timeout);
    let ask = Box::new(Ask { agent: "curl/8.14.1", headers: options.all('H').join("\n").into(), ..ask });
    let last = ask.path.rsplit('/').next().filter(|_| options.has('O'));
    let request = Request::Http(ask.clone());
    let curl = Curl {
        file: options.value('o').or(last).map(Rc::from),
        silent: options.has('s'),
        shows: options.has('S'),
        fails: options.has('f'),
        include: head || options.has('i'),
        verbose: options.has('v'),
        careful: whole.starts_with("https") && !options.has('k') && options.value('E').is_none(),
        form: options.value('w').map(Rc::from),
        ask,
    };
    Some((Kind::Curl(curl), url.into(), request, timeout))
}

impl Curl {
    fn note(&self, text: &str, io: &mut Io, cx: &mut Cx) {
        if self.verbose {
            io.complain(cx, text);
        }
    }

    /// The name is known.
    pub fn reached(&self, call: &Call, io: &mut Io, cx: &mut Cx) {
        let (host, port, address) = (&self.ask.host, self.ask.port, &call.address);
        if host.parse::<IpAddr>().is_err() {
            self.note(&format!("* Host {host}:{port} was resolved.\n* IPv6: (none)\n* IPv4: {address}"), io, cx);
        }
        self.note(&format!("*   Trying {address}:{port}..."), io, cx);
    }

    pub fn hear(&self, reply: Reply, call: &Call, io: &mut Io, cx: &mut Cx) -> Step {
        let (host, port, address) = (&self.ask.host, self.ask.port, &call.address);
        let millis = cx.now().since(call.began).as_millis();
        let unreached =
            format!("Failed to connect to {host} port {port} after {millis} ms: Could not connect to server");
        let (code, text) = match reply {
            Reply::Http { .. } if self.careful && &**address == API_SERVER => {
                let text = "SSL certificate problem: unable to get local issuer certificate\nMore details here: \
                            https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and \
                            therefore could not\nestablish a secure connection to it. To learn more about this situation \
                            and\nhow to fix it, please visit the webpage mentioned above.";
                (60, text.to_owned())
            }
            Reply::Http { status, body, server } => return self.take(status, &server, &body, call, io, cx),
            Reply::Unknown => (6, format!("Could not resolve host: {host}")),
            Reply::TimedOut if self.ask.timeout.is_some() => {
                (28, format!("Connection timed out after {} milliseconds", millis + 1))
            }
            Reply::TimedOut => (28, unreached),
            Reply::Closed => (52, "Empty reply from server".to_owned()),
            Reply::Data(_) => (1, "Received HTTP/0.9 when not allowed".to_owned()),
            _ => {
                self.note(&format!("* connect to {address} port {port} failed: Connection refused"), io, cx);
                (7, unreached)
            }
        };
        let line = text.lines().next().unwrap_or_default();
        self.note(&format!("* {line}\n* closing connection #0"), io, cx);
        self.end(code, &text, (0, &[]), call, io, cx)
    }

    /// An answer is here.
    fn take(&self, status: u16, server: &str, body: &[u8], call: &Call, io: &mut Io, cx: &mut Cx) -> Step {
        let (host, port, address) = (&self.ask.host, self.ask.port, &call.address);
        let mut head = head_of(status, server, body, "keep-alive", cx);
        head.push(String::new());
        if self.verbose {
            let mut text = format!("* Connected to {host} ({address}) port {port}\n* using HTTP/1.x\n");
            self.ask.head().split_terminator("\r\n").for_each(|line| text.push_str(&format!("> {line}\r\n")));
            match self.ask.body.len() {
                0 => text.push_str("* Request completely sent off\n"),
                size => text.push_str(&format!("* upload completely sent off: {size} bytes\n")),
            }
            head.iter().for_each(|line| text.push_str(&format!("< {line}\r\n")));
            io.write(cx, 2, text.as_bytes());
        }
        if self.fails && status >= 400 {
            let text = format!("The requested URL returned error: {status}");
            return self.end(22, &text, (status, body), call, io, cx);
        }
        let mut out = Vec::new();
        if self.include {
            head.iter().for_each(|line| out.extend_from_slice(format!("{line}\r\n").as_bytes()));
        }
        let body = if &*self.ask.method == "HEAD" { &[] } else { body };
        out.extend_from_slice(body);
        match self.file.as_deref() {
            None => io.write(cx, 1, &out),
            Some(name) if save(name, &out, io, cx).is_err() => {
                let text = "Failure writing output to destination";
                return self.end(23, text, (status, body), call, io, cx);
            }
            Some(_) => {}
        }
        self.note(&format!("* Connection #0 to host {host} left intact"), io, cx);
        self.end(0, "", (status, body), call, io, cx)
    }

    /// What is said at the end.
    fn end(&self, code: i32, text: &str, answer: (u16, &[u8]), call: &Call, io: &mut Io, cx: &mut Cx) -> Step {
        if code != 0 && (!self.silent || self.shows) {
            io.complain(cx, &format!("curl: ({code}) {text}"));
        }
        if let Some(form) = &self.form {
            let text = self.written(form, (code, text), answer, call, cx);
            io.write(cx, 1, text.as_bytes());
        }
        Step::Exit(code)
    }

    /// What `-w` writes.
    fn written(
        &self,
        form: &str,
        (code, error): (i32, &str),
        (status, body): (u16, &[u8]),
        call: &Call,
        cx: &Cx,
    ) -> String {
        let seconds = cx.now().since(call.began).as_secs_f64();
        let value = |name: &str| match name {
            "http_code" | "response_code" => format!("{status:03}"),
            "time_appconnect" | "time_redirect" => "0.000000".to_owned(),
            "time_namelookup" | "time_connect" | "time_pretransfer" if status == 0 => "0.000000".to_owned(),
            _ if name.starts_with("time_") => format!("{seconds:.6}"),
            "size_download" => body.len().to_string(),
            "size_upload" => self.ask.body.len().to_string(),
            "speed_download" => format!("{:.0}", body.len() as f64 / seconds.max(1e-6)),
            "remote_ip" if status > 0 => call.address.to_string(),
            "remote_port" if status > 0 => self.ask.port.to_string(),
            "url" => call.target.to_string(),
            "url_effective" => {
                let scheme = if call.target.starts_with("https:") { "https" } else { "http" };
                format!("{scheme}://{}{}", call.authority(), self.ask.path)
            }
            "method" => self.ask.method.to_string(),
            "content_type" if status > 0 => media(body).to_owned(),
            "num_connects" => u8::from(status > 0).to_string(),
            "num_redirects" => "0".to_owned(),
            "exitcode" => code.to_string(),
            "errormsg" => error.lines().next().unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        let form = form.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
        let mut parts = form.split("%{");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once('}') {
                Some((name, rest)) => out.push_str(&(value(name) + rest)),
                None => out.push_str(&format!("%{{{part}")),
            }
        }
        out
    }
}

/// The address of the Service `kubernetes`, whose certificate only the cluster vouches for.
const API_SERVER: &str = "10.96.0.1";
