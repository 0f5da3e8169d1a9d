//! The programs that scripts call: which there are, and how each begins.

mod awk;
mod clients;
mod clock;
mod each;
mod files;
mod filter;
mod follow;
mod generate;
mod grep;
mod lines;
mod network;
mod regex;
mod sed;
mod serve;
mod ship;
mod system;

use std::rc::Rc;

use super::images;
use super::machine::{Block, Body, Cx, Io, Step, Variables};
use super::shell::{self, Shell};
use crate::cluster::Time;
pub(in super::super) use clock::civil_text;
pub(super) use network::phrase;
pub(super) use serve::Server;

/// A program about to begin.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    /// Its name and arguments.
    pub words: Rc<[Rc<str>]>,
    pub environment: Variables,
    /// Whether it is the first process of the container.
    pub pid_one: bool,
}

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
        }
    }

    /// How it takes a signal: `Some(Some(at))` it ends by itself at an instant, `Some(None)` it does not care, none:
    /// it knows nothing of the signal.
    pub fn signal(&mut self, number: u8, now: Time) -> Option<Option<Time>> {
        match self {
            Tool::Serves(server) => server.signal(number, now),
            Tool::Ships(ship) => ship.signal(number, now),
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

/// The tools of busybox that are simulated.
const BUSYBOX: &[&str] = &[
    "[",
    "ash",
    "awk",
    "base64",
    "basename",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "clear",
    "cp",
    "cut",
    "date",
    "dd",
    "df",
    "dirname",
    "du",
    "echo",
    "egrep",
    "env",
    "expr",
    "fallocate",
    "false",
    "fgrep",
    "find",
    "fold",
    "free",
    "grep",
    "groups",
    "head",
    "hostname",
    "httpd",
    "id",
    "ifconfig",
    "install",
    "ip",
    "kill",
    "killall",
    "less",
    "ln",
    "logger",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
    "nc",
    "netstat",
    "nice",
    "nl",
    "nohup",
    "nproc",
    "nslookup",
    "od",
    "paste",
    "pgrep",
    "pidof",
    "ping",
    "pkill",
    "printenv",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "rev",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "setsid",
    "sh",
    "sha256sum",
    "shuf",
    "sleep",
    "sort",
    "split",
    "stat",
    "stty",
    "su",
    "sync",
    "sysctl",
    "tac",
    "tail",
    "tar",
    "tee",
    "telnet",
    "test",
    "time",
    "timeout",
    "touch",
    "tr",
    "true",
    "truncate",
    "tty",
    "uname",
    "uniq",
    "unlink",
    "uptime",
    "usleep",
    "vi",
    "watch",
    "wc",
    "wget",
    "which",
    "whoami",
    "xargs",
    "yes",
];
/// Those of them that a slim Debian has not.
const NOT_IN_DEBIAN: &[&str] = &[
    "ash", "free", "httpd", "ifconfig", "ip", "killall", "less", "logger", "nc", "netstat", "nslookup", "pgrep",
    "pidof", "ping", "pkill", "ps", "su", "telnet", "time", "uptime", "usleep", "vi", "watch", "wget",
];
/// And those that only Debian has.
const DEBIAN: &[&str] = &["apt", "apt-get", "arch", "bash", "dash", "getent", "perl"];
/// Tools known to images that say so.
const OTHERS: &[&str] = &[
    "apk",
    "busctl",
    "curl",
    "dig",
    "envsubst",
    "filebeat",
    "fluent-bit",
    "fluentd",
    "getent",
    "git",
    "healthcheck.sh",
    "host",
    "jq",
    "mariadb",
    "mariadb-admin",
    "mongo",
    "mongosh",
    "mysql",
    "mysqladmin",
    "nc",
    "node",
    "npm",
    "pg_isready",
    "ping",
    "podlab-agent",
    "promtail",
    "ps",
    "psql",
    "python",
    "python3",
    "redis-cli",
    "socat",
    "valkey-cli",
    "vector",
    "wget",
];

fn among(list: &[&str], name: &str) -> bool {
    list.binary_search(&name).is_ok()
}

/// Whether the simulation knows `program` at all.
pub(super) fn is_known(program: &str) -> bool {
    shell::is_shell(program)
        || among(BUSYBOX, program)
        || among(OTHERS, program)
        || among(DEBIAN, program)
        || images::serving(program).is_some()
}

/// Whether an image has `program`. Of an image nobody knows everything usual is expected.
pub(super) fn has(image: Option<images::Image>, program: &str) -> bool {
    let Some(image) = image.filter(|_| !program.starts_with("podlab-")) else { return is_known(program) };
    let mut tools = image.tools();
    let family = tools.next().unwrap_or("busybox");
    if tools.any(|tool| tool == program) || image.programs().any(|known| known == program) {
        return true;
    }
    match family {
        "none" => false,
        "debian" => {
            among(DEBIAN, program) || program == "sh" || among(BUSYBOX, program) && !among(NOT_IN_DEBIAN, program)
        }
        "alpine" => program == "apk" || among(BUSYBOX, program),
        _ => among(BUSYBOX, program),
    }
}

/// Whether an absolute path is that of a program of the image, which is no file of its tree.
pub(super) fn is_program(path: &str, cx: &Cx) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    matches!(folder, "/bin" | "/usr/bin" | "/sbin" | "/usr/sbin" | "/usr/local/bin" | "/usr/local/sbin")
        && has(cx.kernel.setup.image, name)
}

/// Where a program is found, as `which` says it.
pub(super) fn locate(name: &str, io: &Io, cx: &mut Cx) -> Option<String> {
    if name.contains('/') {
        let path = io.path(name);
        let there = cx.files(io.user).access(&path, 1).is_ok() || is_program(&path, cx);
        return there.then(|| name.to_owned());
    }
    for folder in ["/usr/local/bin", "/usr/bin", "/bin"] {
        let path = format!("{folder}/{name}");
        if cx.files(io.user).access(&path, 1).is_ok() {
            return Some(path);
        }
    }
    has(cx.kernel.setup.image, name).then(|| format!("/bin/{name}"))
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

/// Whether a container's command can be interpreted.
pub(super) enum Knows {
    Yes,
    /// Its program is not in the image.
    Missing(String),
    /// Nothing is known of it.
    No,
}

/// Whether the command `words` of an image can be interpreted.
pub(super) fn knows(image: Option<images::Image>, words: &[String]) -> Knows {
    let Some(program) = words.first() else { return Knows::No };
    let base = program.rsplit('/').next().unwrap_or(program);
    match image {
        // A file of a volume or of the image may have any path.
        _ if program.contains('/') && !is_known(base) => match image {
            Some(image) if image.has_shell() => Knows::Yes,
            _ => Knows::No,
        },
        None if is_known(base) => Knows::Yes,
        None => Knows::No,
        Some(image) if has(Some(image), base) => Knows::Yes,
        // What an image without a shell runs is its own affair.
        Some(image) if !image.has_shell() && !is_known(base) => Knows::No,
        Some(_) => Knows::Missing(program.clone()),
    }
}

impl Launch {
    /// Begins the program.
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let Some(name) = self.words.first().cloned() else { return Step::Exit(0) };
        let base = name.rsplit('/').next().unwrap_or(&name).to_owned();
        let file = if name.contains('/') {
            let path = io.path(&name);
            cx.files(io.user).stat(&path, true).is_ok().then_some(path)
        } else if is_known(&base) {
            None
        } else {
            ["/usr/local/bin", "/usr/bin", "/bin"]
                .iter()
                .map(|folder| format!("{folder}/{name}"))
                .find(|path| cx.files(io.user).stat(path, true).is_ok())
        };
        if let Some(path) = file {
            return self.file(&name, &path, io, cx);
        }
        let image = cx.kernel.setup.image;
        if !has(image, &base) || name.contains('/') && image.is_some() && !is_program(&io.path(&name), cx) {
            return self.missing(&name, &base, io, cx);
        }
        self.tool(&base, io, cx)
    }

    /// A file of the container that is run.
    fn file(&self, name: &str, path: &str, io: &mut Io, cx: &mut Cx) -> Step {
        let files = cx.files(io.user);
        let folder = files.stat(path, true).is_ok_and(|stat| stat.is_folder());
        let (allowed, bytes) = (files.access(path, 1).is_ok(), files.read(path));
        let Some(bytes) = bytes.ok().filter(|_| allowed && !folder) else {
            io.complain(cx, &format!("sh: {name}: Permission denied"));
            return Step::Exit(126);
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let first = text.lines().next().unwrap_or_default();
        let mut interpreter = first.strip_prefix("#!").unwrap_or("/bin/sh").split_whitespace();
        let mut program = interpreter.next().unwrap_or("/bin/sh");
        if program.ends_with("/env") {
            program = interpreter.find(|word| !word.starts_with('-')).unwrap_or("sh");
        }
        let base = program.rsplit('/').next().unwrap_or(program);
        let options: Vec<Rc<str>> = interpreter.map(Rc::from).collect();
        if shell::is_shell(base) {
            if !has(cx.kernel.setup.image, base) {
                io.complain(cx, &format!("sh: {name}: not found"));
                return Step::Exit(127);
            }
            let arguments: Rc<[Rc<str>]> = self.words.get(1..).unwrap_or_default().into();
            let mut shell = Shell::new(&text, name.into(), arguments, exported(&self.environment), io.pid);
            for option in options {
                shell.switch(&option, true);
            }
            return Step::Become(Body::Shell(Box::new(shell)));
        }
        let words: Vec<Rc<str>> =
            std::iter::once(Rc::from(program)).chain(options).chain(self.words.iter().cloned()).collect();
        Step::Become(Body::Start(Launch { words: words.into(), ..self.clone() }))
    }

    /// A program that is not there, or that nobody simulates.
    fn missing(&self, name: &str, base: &str, io: &mut Io, cx: &mut Cx) -> Step {
        if cx.kernel.setup.image.is_some() || name.contains('/') && !is_program(name, cx) && is_known(base) {
            io.complain(cx, &format!("sh: {name}: not found"));
            return Step::Exit(127);
        }
        if self.pid_one {
            io.complain(cx, &format!("podlab: {name} is not simulated; it is taken to serve until told to stop"));
            return Step::Become(Body::Tool(Box::new(Tool::Serves(Server::assumed()))));
        }
        io.complain(cx, &format!("podlab: {name} is not simulated; it is taken to succeed in a second"));
        Step::Become(Body::Tool(Box::new(Tool::Sleeps(Some(cx.now() + std::time::Duration::from_secs(1))))))
    }

    fn tool(&self, base: &str, io: &mut Io, cx: &mut Cx) -> Step {
        let arguments = self.words.get(1..).unwrap_or_default();
        let tool = |tool| Step::Become(Body::Tool(Box::new(tool)));
        if shell::is_shell(base) {
            return self.shell(base, arguments, io, cx);
        }
        match base {
            "sleep" | "usleep" => match clock::sleep(base, arguments) {
                Ok(time) => tool(Tool::Sleeps(time.map(|time| cx.now() + time))),
                Err(text) => fail(base, &text, 1, io, cx),
            },
            "yes" | "seq" => match generate::Generator::new(base, arguments) {
                Ok(generator) => tool(Tool::Generates(generator)),
                Err(text) => fail(base, &text, 1, io, cx),
            },
            "tail" => match follow::begin(arguments) {
                Ok(begun) => tool(begun),
                Err(text) => fail(base, &text, 1, io, cx),
            },
            "xargs" | "find" | "watch" | "timeout" | "time" | "env" | "nohup" | "nice" | "setsid" | "su"
            | "busybox" => each::begin(base, self, io, cx),
            "wget" | "curl" | "nc" | "telnet" | "nslookup" | "dig" | "host" | "getent" | "ping" | "git" => {
                network::begin(base, arguments, io, cx)
            }
            _ => {
                if let Some(begun) = clients::begin(base, self, io, cx).or_else(|| ship::begin(base, self, io, cx)) {
                    return begun;
                }
                if let Some(filter) = filter::begin(base, arguments, io, cx) {
                    return match filter {
                        Ok(filter) => tool(Tool::Filter(filter)),
                        Err((text, code)) => fail(base, &text, code, io, cx),
                    };
                }
                let found = files::run(base, arguments, io, cx).or_else(|| system::run(base, self, io, cx));
                match found {
                    Some(code) => {
                        let code = match io.failed.take() {
                            Some(error) if code == 0 => {
                                io.complain(cx, &format!("{base}: write error: {error}"));
                                1
                            }
                            _ => code,
                        };
                        Step::Exit(code)
                    }
                    None => {
                        if let Some(server) = serve::find(base, arguments, io, cx) {
                            return match server {
                                Ok(server) => tool(Tool::Serves(server)),
                                Err(text) => fail(base, &text, 1, io, cx),
                            };
                        }
                        io.complain(
                            cx,
                            &format!("podlab: {base} is not simulated; it is taken to succeed in a second"),
                        );
                        tool(Tool::Sleeps(Some(cx.now() + std::time::Duration::from_secs(1))))
                    }
                }
            }
        }
    }

    /// `sh -c TEXT`, `sh FILE`, or a shell that reads its commands from its input.
    fn shell(&self, base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
        let mut rest = arguments;
        let mut options: Vec<Rc<str>> = Vec::new();
        let mut from_text = false;
        while let Some((first, after)) = rest.split_first() {
            if !first.starts_with(['-', '+']) || first.len() < 2 {
                break;
            }
            rest = after;
            if &**first == "--" {
                break;
            }
            if first.starts_with("--") {
                continue;
            }
            from_text |= first.contains('c');
            if first.ends_with('o') {
                rest = rest.get(1..).unwrap_or_default();
            }
            options.push(first.clone());
        }
        let (text, name, given) = match (from_text, rest.split_first()) {
            (true, Some((text, rest))) => {
                let name = rest.first().cloned().unwrap_or_else(|| base.into());
                (text.to_string(), name, rest.get(1..).unwrap_or_default())
            }
            (true, None) => return fail(base, "-c requires an argument", 2, io, cx),
            (false, Some((file, rest))) => {
                let Ok(bytes) = cx.files(io.user).read(&io.path(file)) else {
                    return fail(base, &format!("can't open '{file}': No such file or directory"), 2, io, cx);
                };
                (String::from_utf8_lossy(&bytes).into_owned(), file.clone(), rest)
            }
            (false, None) => {
                let begun = filter::script(exported(&self.environment), options);
                return Step::Become(Body::Tool(Box::new(Tool::Filter(begun))));
            }
        };
        let mut shell = Shell::new(&text, name, given.into(), exported(&self.environment), io.pid);
        for option in options {
            shell.switch(option.get(1..).unwrap_or_default(), option.starts_with('-'));
        }
        Step::Become(Body::Shell(Box::new(shell)))
    }
}

/// What a new program knows of its parent's variables.
fn exported(variables: &Variables) -> Variables {
    let mut known = variables.clone();
    if known.values().any(|variable| !variable.exported || variable.read_only) {
        let known = Rc::make_mut(&mut known);
        known.retain(|_, variable| variable.exported);
        known.values_mut().for_each(|variable| variable.read_only = false);
    }
    known
}

/// A complaint of a tool, and its end.
fn fail(base: &str, text: &str, code: i32, io: &mut Io, cx: &mut Cx) -> Step {
    io.complain(cx, &format!("{base}: {text}"));
    Step::Exit(code)
}

/// The letters of options and what is left: `-la` gives `l`, `a`. Letters in `valued` take the rest of the word or the
/// next word.
struct Options<'a> {
    letters: String,
    values: Vec<(char, &'a str)>,
    rest: Vec<&'a str>,
}

impl<'a> Options<'a> {
    fn of(arguments: &'a [Rc<str>], valued: &str) -> Self {
        let mut options = Options { letters: String::new(), values: Vec::new(), rest: Vec::new() };
        let mut words = arguments.iter();
        let mut only_rest = false;
        while let Some(word) = words.next() {
            let word: &'a str = word;
            if only_rest || !word.starts_with('-') || word.len() < 2 {
                options.rest.push(word);
                continue;
            }
            if word == "--" {
                only_rest = true;
                continue;
            }
            if word.starts_with("--") {
                options.values.push(('-', word.get(2..).unwrap_or_default()));
                continue;
            }
            for (at, letter) in word.char_indices().skip(1) {
                if valued.contains(letter) {
                    let after = word.get(at + letter.len_utf8()..).unwrap_or_default();
                    let value = if after.is_empty() { words.next().map_or("", |word| &**word) } else { after };
                    options.values.push((letter, value));
                    break;
                }
                options.letters.push(letter);
            }
        }
        options
    }

    fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }

    /// The last value of a letter.
    fn value(&self, letter: char) -> Option<&'a str> {
        self.values.iter().rev().find(|(known, _)| *known == letter).map(|(_, value)| *value)
    }

    /// Whether a long option was given, and what stands behind its `=`.
    fn long(&self, name: &str) -> Option<&'a str> {
        self.values.iter().filter(|(known, _)| *known == '-').find_map(|(_, text)| match text.split_once('=') {
            Some((known, value)) => (known == name).then_some(value),
            None => (*text == name).then_some(""),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_so_that_they_are_searched() {
        for list in [BUSYBOX, NOT_IN_DEBIAN, DEBIAN, OTHERS] {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
        }
        assert!(is_known("sleep") && is_known("[") && !is_known("no-such-program"));
    }
}
