//! Log agents: Fluent Bit, Fluentd, Filebeat, Promtail, Vector, and the agent that an annotation describes. They follow
//! files and ship the lines to a server, a batch at a time, again and again until it takes them.

mod config;

use collections::Map as BTreeMap;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::super::images::{self, Image};
use super::super::machine::{Block, Body, Cx, Io, Read, Reply, Request, Step, Ticket, Watched, signal};
use super::super::shell::glob;
use super::{Launch, Tool, civil_text, fail};
use crate::cluster::Time;
use crate::cluster::network::Protocol;
use crate::cluster::runtime::network::ask::{Ask, http};
use config::{Config, Output, Way};

/// An agent at work.
#[derive(Clone, Debug)]
pub(crate) struct Ship {
    program: Rc<str>,
    image: Option<Image>,
    config: Rc<Config>,
    started: Time,
    /// How many of its first lines it has written.
    written: usize,
    /// Whether it has looked for files before.
    begun: bool,
    files: BTreeMap<Rc<str>, Followed>,
    /// Lines that wait to be shipped, with the number of their input.
    lines: Vec<(usize, Rc<str>)>,
    size: usize,
    /// When they are shipped.
    flush: Option<Time>,
    /// What is under way: to which output, how many lines, the text.
    batches: VecDeque<(usize, usize, Rc<str>)>,
    ticket: Ticket,
    failures: u32,
    retry: Option<Time>,
    ends: Option<(Time, i32)>,
    flushed: bool,
}

#[derive(Clone, Debug)]
struct Followed {
    handle: u32,
    input: usize,
    rest: Vec<u8>,
}

/// What waits to be shipped has so many bytes at most; the oldest go then.
const BUFFER: usize = 1 << 20;

/// Begins an agent, if `base` is one.
pub(super) fn begin(base: &str, launch: &Launch, io: &mut Io, cx: &mut Cx) -> Option<Step> {
    let arguments = launch.words.get(1..).unwrap_or_default();
    let environment: Vec<(String, String)> = launch
        .environment
        .iter()
        .filter_map(|(name, variable)| Some((name.to_string(), variable.value.as_deref()?.to_owned())))
        .collect();
    let config = match base {
        "podlab-agent" => Config::plain(arguments, &environment),
        "fluent-bit" | "fluentd" | "filebeat" | "promtail" | "vector" => {
            let flags = ["-c", "--config", "-config.file", "--config-file"];
            let after = arguments.windows(2).find(|pair| flags.contains(&&*pair[0])).map(|pair| pair[1].clone());
            let attached =
                arguments.iter().find_map(|word| word.split_once('=').filter(|(key, _)| flags.contains(key)));
            let usual = match base {
                "fluent-bit" => "/fluent-bit/etc/fluent-bit.conf",
                "fluentd" => "/fluentd/etc/fluent.conf",
                "filebeat" => "/usr/share/filebeat/filebeat.yml",
                "promtail" => "/etc/promtail/config.yml",
                _ => "/etc/vector/vector.yaml",
            };
            let file = after.or(attached.map(|(_, value)| value.into())).unwrap_or_else(|| usual.into());
            let read = cx.files(0).read(&io.path(&file));
            match read {
                Ok(bytes) => Config::read(base, &String::from_utf8_lossy(&bytes), &environment),
                // Options on the command line: `fluent-bit -i tail -p path=… -o stdout`.
                Err(_) if base == "fluent-bit" && arguments.iter().any(|word| &**word == "-i") => {
                    Config::options(arguments, &environment)
                }
                Err(error) => {
                    return Some(fail(
                        base,
                        &format!("could not open configuration file '{file}': {error}"),
                        1,
                        io,
                        cx,
                    ));
                }
            }
        }
        _ => return None,
    };
    let image = images::serving(base);
    let ship = Ship {
        program: base.into(),
        image,
        config: Rc::new(config),
        started: cx.now(),
        written: 0,
        begun: false,
        files: BTreeMap::new(),
        lines: Vec::new(),
        size: 0,
        flush: None,
        batches: VecDeque::new(),
        ticket: 0,
        failures: 0,
        retry: None,
        ends: None,
        flushed: false,
    };
    if ship.config.inputs.is_empty() || ship.config.outputs.is_empty() {
        io.complain(cx, &format!("podlab: of the configuration of {base} only files that are tailed and where their lines go are simulated; nothing of it was found, so nothing is shipped"));
    }
    Some(Step::Become(Body::Tool(Box::new(Tool::Ships(Box::new(ship))))))
}

impl Ship {
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let now = cx.now();
        if let Some(image) = self.image
            && let Some((at, stderr, text)) = image.line(self.written, self.started)
            && self.ends.is_none()
        {
            if at > now {
                return Step::Block(Block::Until(at));
            }
            self.written += 1;
            let line = images::stamped(text, cx.kernel.setup.epoch, now);
            io.write(cx, if stderr { 2 } else { 1 }, format!("{line}\n").as_bytes());
            return Step::Go;
        }
        if self.ticket != 0 {
            match cx.reply(self.ticket) {
                Some(Reply::At(_)) => return Step::Go,
                Some(reply) => {
                    self.ticket = 0;
                    self.hear(&reply, io, cx);
                }
                None => return Step::Block(Block::Reply { ticket: self.ticket, handle: None, until: self.last() }),
            }
        }
        let moved = self.read(io, cx);
        if !self.lines.is_empty() && self.flush.is_none() {
            self.flush = Some(now + self.config.flush);
        }
        let over = self.last().is_some_and(|last| last <= now);
        if over && (self.flushed || self.batches.is_empty() && self.lines.is_empty()) {
            return Step::Exit(self.ends.map_or(0, |(_, code)| code));
        }
        let due = self.flush.is_some_and(|at| at <= now) || self.ends.is_some();
        if due && !self.lines.is_empty() {
            self.gather(io, cx);
        }
        if let Some((output, _, text)) = self.batches.front().cloned()
            && self.retry.is_none_or(|at| at <= now)
        {
            self.retry = None;
            return self.send(output, text, io, cx);
        }
        if let Some((last, code)) = self.ends {
            // What it had is on its way or lost.
            self.flushed = true;
            return if last <= now { Step::Exit(code) } else { Step::Block(Block::Until(last)) };
        }
        if moved {
            return Step::Go;
        }
        match [self.retry.filter(|_| !self.batches.is_empty()), self.flush.filter(|_| !self.lines.is_empty())]
            .into_iter()
            .flatten()
            .min()
        {
            Some(at) if at > now => Step::Block(Block::Until(at)),
            _ => Step::Block(Block::Watch(self.watched(io, cx))),
        }
    }

    fn last(&self) -> Option<Time> {
        self.ends.map(|(at, _)| at)
    }

    /// As [`Tool::signal`]: it ships what it has and ends.
    pub fn signal(&mut self, number: u8, now: Time) -> Option<Option<Time>> {
        match number {
            1 => Some(None),
            signal::TERM | signal::INT | signal::QUIT => {
                let (after, code) =
                    self.image.and_then(|image| image.on_term()).unwrap_or((Duration::from_millis(500), 0));
                self.ends.get_or_insert((now + after, code));
                Some(Some(now))
            }
            _ => None,
        }
    }

    /// Bytes of memory it holds.
    pub fn used(&self) -> usize {
        self.size + self.batches.iter().map(|(_, _, text)| text.len()).sum::<usize>()
    }

    /// Reads what is new in the files; whether there was something.
    fn read(&mut self, io: &mut Io, cx: &mut Cx) -> bool {
        let config = self.config.clone();
        let mut moved = false;
        for (input, wanted) in config.inputs.iter().enumerate() {
            let names = match wanted.path.contains(['*', '?', '[']) {
                true => glob::expand(&wanted.path, io, cx),
                false => vec![wanted.path.to_string()],
            };
            for name in names {
                if self.files.contains_key(&*name) || wanted.excludes(&name) {
                    continue;
                }
                let Ok(handle) = cx.open_file(&name, None, false, io) else { continue };
                if !self.begun
                    && !wanted.from_head
                    && let Some((_, _, size, _)) = cx.position(handle)
                {
                    cx.seek(handle, size);
                }
                if self.program.starts_with("fluent-bit") {
                    let time = civil_text("%Y/%m/%d %H:%M:%S", cx.kernel.setup.epoch, cx.now());
                    let text = format!(
                        "[{time}] [ info] [input:tail:tail.{input}] inotify_fs_add(): inode={} watch_fd={} name={name}",
                        handle + 1000,
                        self.files.len() + 1
                    );
                    io.complain(cx, &text);
                } else if &*self.program == "fluentd" {
                    let time = civil_text("%Y-%m-%d %H:%M:%S +0000", cx.kernel.setup.epoch, cx.now());
                    io.write(cx, 1, format!("{time} [info]: #0 following tail of {name}\n").as_bytes());
                }
                self.files.insert(name.as_str().into(), Followed { handle, input, rest: Vec::new() });
            }
        }
        self.begun = true;
        for (name, file) in &mut self.files {
            if let Some((place, number, size, offset)) = cx.position(file.handle) {
                if size < offset {
                    cx.seek(file.handle, 0);
                }
                // Another file has its name now: the old one is read to its end first.
                if offset >= size
                    && let Ok((other, inode, _)) = cx.files(io.user).open(name)
                    && (other != place || inode != number)
                    && let Ok(handle) = cx.open_file(name, None, false, io)
                {
                    cx.kernel.close(file.handle);
                    file.handle = handle;
                }
            }
            while let Read::Data(data) = cx.read(file.handle, 65_536) {
                moved = true;
                file.rest.extend_from_slice(&data);
                let Some(end) = file.rest.iter().rposition(|byte| *byte == b'\n') else { continue };
                let whole: Vec<u8> = file.rest.drain(..=end).collect();
                for line in String::from_utf8_lossy(&whole).lines().filter(|line| !line.is_empty()) {
                    self.size += line.len();
                    self.lines.push((file.input, line.into()));
                }
                if self.size > BUFFER {
                    break;
                }
            }
        }
        while self.size > BUFFER && !self.lines.is_empty() {
            let (_, line) = self.lines.remove(0);
            self.size = self.size.saturating_sub(line.len());
        }
        moved
    }

    /// Makes batches of the lines that wait: one for each output that they match.
    fn gather(&mut self, io: &mut Io, cx: &mut Cx) {
        let lines = std::mem::take(&mut self.lines);
        (self.size, self.flush) = (0, None);
        let config = self.config.clone();
        for (number, output) in config.outputs.iter().enumerate() {
            let mut text = String::new();
            let mut count = 0;
            for (input, line) in &lines {
                let Some(input) = config.inputs.get(*input).filter(|input| output.takes(&input.tag)) else { continue };
                text.push_str(&self.shape(input, output, line, cx));
                text.push('\n');
                count += 1;
            }
            match &output.way {
                _ if count == 0 => {}
                Way::Log => io.write(cx, 1, text.as_bytes()),
                Way::File(path) => {
                    let mut files = cx.files(io.user);
                    if let Ok((place, inode, _)) = files.create(path, false, 0o644) {
                        let size = files.size_of(&place, inode).unwrap_or(0);
                        // What does not fit is lost, as the agent says nothing of it.
                        let _lost = files.write(&place, inode, size, text.as_bytes());
                    }
                }
                _ => self.batches.push_back((number, count, text.into())),
            }
        }
        while self.batches.len() > 64 {
            self.batches.pop_front();
        }
    }

    /// A line as it is shipped.
    fn shape(&self, input: &config::Input, output: &Output, line: &str, cx: &Cx) -> String {
        let seconds = cx.kernel.setup.epoch as f64 + cx.now().as_secs_f64();
        let json = |key: &str| match line.starts_with('{') && input.json {
            true => line.to_owned(),
            false => format!("{{\"{key}\":{}}}", serde_json::Value::from(line)),
        };
        let key = if &*self.program == "fluentd" { "message" } else { "log" };
        if output.raw {
            return line.to_owned();
        }
        match (&*self.program, &output.way) {
            ("fluent-bit", Way::Log) => format!("[0] {}: [[{seconds:.9}, {{}}], {{\"{key}\"=>\"{line}\"}}]", input.tag),
            ("fluentd", Way::Log) => {
                let time = civil_text("%Y-%m-%d %H:%M:%S.000000000 +0000", cx.kernel.setup.epoch, cx.now());
                format!("{time} {}: {}", input.tag, json(key))
            }
            ("fluent-bit", Way::Http(_) | Way::Tcp) => {
                let rest = json(key);
                format!("{{\"date\":{seconds:.6},{}", rest.get(1..).unwrap_or_default())
            }
            ("fluent-bit" | "fluentd", Way::Forward) => format!("{} {}", input.tag, json(key)),
            ("fluentd", _) => json(key),
            _ => line.to_owned(),
        }
    }

    fn send(&mut self, output: usize, text: Rc<str>, io: &mut Io, cx: &mut Cx) -> Step {
        let Some(output) = self.config.outputs.get(output) else { return Step::Go };
        let timeout = Some(Duration::from_secs(10));
        let request = match &output.way {
            Way::Http(path) => {
                let url = format!("http://{}:{}{path}", output.host, output.port);
                Request::Http(Box::new(Ask {
                    agent: "Fluent-Bit",
                    ..http("POST", &url, text.as_bytes().into(), timeout)
                }))
            }
            _ => {
                Request::Query { host: output.host.clone(), port: output.port, protocol: Protocol::Logs, text, timeout }
            }
        };
        self.ticket = io.ask(cx, request);
        Step::Go
    }

    fn hear(&mut self, reply: &Reply, io: &mut Io, cx: &mut Cx) {
        let fine = matches!(reply, Reply::Connected | Reply::Data(_) | Reply::Http { status: 200..300, .. });
        if fine {
            self.batches.pop_front();
            self.failures = 0;
            return;
        }
        let why = match reply {
            Reply::Unknown => "no such host",
            Reply::TimedOut => "connection timed out",
            Reply::Http { .. } => "the server refused it",
            _ => "connection refused",
        };
        let wait = Duration::from_secs(1 << self.failures.min(5));
        self.failures = self.failures.saturating_add(1);
        self.retry = Some(cx.now() + wait);
        let (epoch, now) = (cx.kernel.setup.epoch, cx.now());
        let place = self.batches.front().and_then(|(number, ..)| self.config.outputs.get(*number));
        let place = place.map_or_else(String::new, |output| format!("{}:{}", output.host, output.port));
        let text = match &*self.program {
            "fluent-bit" => {
                let time = civil_text("%Y/%m/%d %H:%M:%S", epoch, now);
                format!(
                    "[{time}] [ warn] [engine] failed to flush chunk, retry in {} seconds: {place}: {why}",
                    wait.as_secs()
                )
            }
            "fluentd" => {
                let time = civil_text("%Y-%m-%d %H:%M:%S +0000", epoch, now);
                format!(
                    "{time} [warn]: #0 failed to flush the buffer. retry_times={} next_retry_seconds={} {place}: {why}",
                    self.failures - 1,
                    wait.as_secs()
                )
            }
            program => format!("{program}: {place}: {why}; again in {} s", wait.as_secs()),
        };
        io.complain(cx, &text);
    }

    /// What it waits for: its files to grow, and new ones to come.
    fn watched(&self, io: &Io, cx: &mut Cx) -> Vec<Watched> {
        let mut watched = Vec::new();
        for (name, file) in &self.files {
            let at = cx.position(file.handle);
            let size = at.as_ref().map_or(0, |(_, _, size, _)| *size);
            let named = cx.files(io.user).open(name).ok().map(|(place, inode, _)| (place, inode));
            watched.push(Watched { path: name.clone(), file: named, size });
        }
        for input in &*self.config.inputs {
            if input.path.contains(['*', '?', '[']) {
                let folder = input.path.rsplit_once('/').map_or("/", |(folder, _)| folder);
                let names = cx.files(io.user).list(folder).unwrap_or_default().len() as u64;
                watched.push(Watched { path: format!("{folder}/").into(), file: None, size: names });
            } else if !self.files.contains_key(&input.path) {
                watched.push(Watched { path: input.path.clone(), file: None, size: 0 });
            }
        }
        watched
    }
}
