//! `wget` of busybox (networking/wget.c, libbb/progress.c).

use std::rc::Rc;

use super::{Begun, Call, Kind, head_of, save, seconds, short, with_scheme};
use crate::cluster::runtime::network::ask::{Ask, http};
use crate::cluster::runtime::program::machine::{Cx, Io, Reply, Request, Step};
use crate::cluster::runtime::program::tools::{Options, fail, phrase};

/// How it was called.
#[derive(Clone, Debug)]
pub(super) struct Wget {
    ask: Box<Ask>,
    /// Where the body goes; none: to standard output.
    file: Option<Rc<str>>,
    /// Whether the file is named after the URL and must not be there yet.
    fresh: bool,
    quiet: bool,
    spider: bool,
    /// `-S`
    shows: bool,
}

const LONG: &str = "header:H post-data:D post-file:F timeout:T tries:t output-document:O user-agent:U directory-prefix:P \
                    spider.z quiet.q server-response.S no-check-certificate.n";

pub(super) fn begin(arguments: &[Rc<str>], io: &Io, cx: &mut Cx) -> Begun {
    let words = short(arguments, LONG);
    let options = Options::of(&words, "OPTUotYHDF");
    let url = *options.rest.first()?;
    let timeout = seconds(options.value('T'));
    let body = match (options.value('D'), options.value('F')) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(file)) => {
            Some(cx.files(io.user).read(&io.path(file)).map_or_else(|_| Vec::new(), |it| it.to_vec()))
        }
        _ => None,
    };
    let spider = options.has('z');
    let method = match (&body, spider) {
        (_, true) => "HEAD",
        (Some(_), _) => "POST",
        _ => "GET",
    };
    let headers = options.all('H').join("\n").into();
    let ask = http(method, &with_scheme(url), body.unwrap_or_default().into(), timeout);
    let ask = Box::new(Ask { agent: "Wget", headers, ..ask });
    let last = ask.path.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or("index.html");
    let folder = options.value('P').map_or(String::new(), |folder| format!("{}/", folder.trim_end_matches('/')));
    let file = match options.value('O') {
        Some("-") => None,
        Some(file) => Some(file.into()),
        None => Some(format!("{folder}{last}").into()),
    };
    let request = Request::Http(ask.clone());
    let fresh = options.value('O').is_none();
    let wget = Wget { ask, file, fresh, quiet: options.has('q'), spider, shows: options.has('S') };
    Some((Kind::Wget(wget), url.into(), request, timeout))
}

impl Wget {
    /// The name is known.
    pub fn reached(&self, call: &Call, io: &mut Io, cx: &mut Cx) {
        if !self.quiet {
            io.complain(cx, &format!("Connecting to {} ({}:{})", call.authority(), call.address, self.ask.port));
        }
    }

    pub fn hear(&self, reply: Reply, call: &Call, io: &mut Io, cx: &mut Cx) -> Step {
        let mut fails = |text: String| fail("wget", &text, 1, io, cx);
        let address = &call.address;
        match reply {
            Reply::Http { status, server, body } => {
                if call.target.starts_with("https:") {
                    io.complain(cx, "wget: note: TLS certificate validation not implemented");
                }
                if self.shows {
                    for line in head_of(status, &server, &body, "close", cx) {
                        io.complain(cx, &format!("  {line}"));
                    }
                }
                if !(200..400).contains(&status) {
                    let text = format!("server returned error: HTTP/1.1 {status} {}", phrase(status));
                    return fail("wget", &text, 1, io, cx);
                }
                self.take(&body, io, cx)
            }
            Reply::TimedOut if self.ask.timeout.is_some() => fails("download timed out".to_owned()),
            Reply::TimedOut => fails(format!("can't connect to remote host ({address}): Connection timed out")),
            Reply::Unknown => fails(format!("bad address '{}'", self.ask.host)),
            Reply::Closed | Reply::Data(_) => fails("error getting response".to_owned()),
            _ => fails(format!("can't connect to remote host ({address}): Connection refused")),
        }
    }

    /// The body is here.
    fn take(&self, body: &[u8], io: &mut Io, cx: &mut Cx) -> Step {
        let say = |text: &str, io: &mut Io, cx: &mut Cx| {
            if !self.quiet {
                io.complain(cx, text);
            }
        };
        if self.spider {
            say("remote file exists", io, cx);
            return Step::Exit(0);
        }
        if let Some(name) = self.file.as_deref().filter(|_| self.fresh)
            && cx.files(io.user).stat(&io.path(name), true).is_ok()
        {
            return fail("wget", &format!("can't open '{name}': File exists"), 1, io, cx);
        }
        let bar = |name: &str| {
            let size = match body.len() {
                size @ ..100_000 => format!("{size:>5}"),
                size => format!("{:>4}k", size / 1024),
            };
            format!("{name:<20.20} 100% |{}| {size}  0:00:00 ETA", "*".repeat(32))
        };
        let (before, after, name) = match self.file.as_deref() {
            None => ("writing to stdout".to_owned(), "written to stdout".to_owned(), "-"),
            Some(file) => (format!("saving to '{file}'"), format!("'{file}' saved"), file),
        };
        if let Some(file) = self.file.as_deref() {
            if let Err(error) = save(file, body, io, cx) {
                return fail("wget", &format!("can't open '{file}': {error}"), 1, io, cx);
            }
            say(&before, io, cx);
        } else {
            say(&before, io, cx);
            io.write(cx, 1, body);
        }
        if !body.is_empty() {
            say(&bar(name.rsplit('/').next().unwrap_or(name)), io, cx);
        }
        say(&after, io, cx);
        Step::Exit(0)
    }
}
