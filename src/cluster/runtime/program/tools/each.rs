//! Programs that run other programs: `xargs`, `find -exec`, `timeout`, `watch`, `env`, …

use std::rc::Rc;
use std::time::Duration;

use super::super::machine::{Block, Body, Cx, Io, Process, Read, Step, Variable, signal};
use super::{Launch, Options, Tool, clock, fail};
use crate::cluster::Time;
use crate::cluster::runtime::files::Body as FileBody;

/// A program that runs others.
#[derive(Clone, Debug)]
pub(crate) struct Each {
    launch: Launch,
    work: Work,
    /// The child that runs.
    child: Option<u32>,
    status: i32,
}

#[derive(Clone, Debug)]
enum Work {
    /// `xargs`: how words are read (lines, zeros or blanks), how many go to one command, what they replace.
    Words { input: Vec<u8>, by: Option<u8>, most: Option<usize>, replaces: Option<Rc<str>>, skips_empty: bool },
    /// Commands that are known, one after another; whether they are those of `xargs`.
    Commands(Vec<Rc<[Rc<str>]>>, bool),
    /// `timeout`
    Until { at: Time, number: u8, code: Option<i32>, sent: bool },
    /// `watch`
    Again { every: Duration, next: Option<Time> },
}

/// How many names `find` looks at.
const MOST: usize = 10_000;

pub(super) fn begin(base: &str, launch: &Launch, io: &mut Io, cx: &mut Cx) -> Step {
    let arguments = launch.words.get(1..).unwrap_or_default();
    let become_words = |words: &[Rc<str>]| Step::Become(Body::Start(Launch { words: words.into(), ..launch.clone() }));
    let runs = |words: &[Rc<str>], work| {
        let launch = Launch { words: words.into(), pid_one: false, ..launch.clone() };
        Step::Become(Body::Tool(Box::new(Tool::Runs(Each { launch, work, child: None, status: 0 }))))
    };
    // Where the command begins behind the options.
    let command = |valued: &str| {
        let mut at = 0;
        while let Some(word) = arguments.get(at).filter(|word| word.starts_with('-') && word.len() > 1) {
            at += 1 + usize::from(word.len() == 2 && word.chars().nth(1).is_some_and(|letter| valued.contains(letter)));
        }
        arguments.get(at..).unwrap_or_default()
    };
    match base {
        "busybox" | "nohup" | "setsid" | "nice" | "time" => match command("n") {
            [] => Step::Exit(0),
            words => become_words(words),
        },
        "su" => match arguments.iter().position(|word| &**word == "-c").and_then(|at| arguments.get(at + 1)) {
            Some(text) => become_words(&["sh".into(), "-c".into(), text.clone()]),
            None => Step::Exit(0),
        },
        "env" => {
            let mut launch = launch.clone();
            let mut rest = arguments;
            while let Some((first, after)) = rest.split_first() {
                match first.split_once('=') {
                    Some((name, value)) if !first.starts_with('-') => {
                        let variable = Variable { value: Some(value.into()), exported: true, read_only: false };
                        Rc::make_mut(&mut launch.environment).insert(name.into(), variable);
                    }
                    _ if matches!(&**first, "-i" | "-") => launch.environment = Rc::default(),
                    _ if &**first == "-u" => {
                        if let Some(name) = after.first() {
                            Rc::make_mut(&mut launch.environment).remove(name);
                        }
                        rest = after.get(1..).unwrap_or_default();
                        continue;
                    }
                    _ => break,
                }
                rest = after;
            }
            if rest.is_empty() {
                let shown = launch.environment.iter().filter(|(_, variable)| variable.exported);
                let text: String = shown
                    .filter_map(|(name, variable)| Some(format!("{name}={}\n", variable.value.as_deref()?)))
                    .collect();
                io.write(cx, 1, text.as_bytes());
                return Step::Exit(0);
            }
            launch.words = rest.into();
            Step::Become(Body::Start(launch))
        }
        "timeout" => {
            let options = Options::of(arguments, "sk");
            let debian = cx.kernel.setup.image.is_some_and(|image| image.tools().next() == Some("debian"));
            let number = options.value('s').and_then(signal::number).unwrap_or(signal::TERM);
            let words = command("sk");
            let Some((seconds, words)) = words.split_first().filter(|(_, words)| !words.is_empty()) else {
                return fail(base, "missing operand", 1, io, cx);
            };
            let Some(seconds) = clock::duration(seconds) else {
                return fail(base, &format!("invalid number '{seconds}'"), if debian { 125 } else { 1 }, io, cx);
            };
            let at = cx.now() + Duration::from_secs_f64(seconds);
            // Debian's says 124 when the time is over; busybox's is the program itself, and ends as that does.
            let code = (debian && number != signal::KILL).then_some(124);
            runs(words, Work::Until { at, number, code, sent: false })
        }
        "watch" => {
            let seconds = Options::of(arguments, "n").value('n').and_then(clock::duration).unwrap_or(2.0);
            let text: Rc<str> = command("n").join(" ").into();
            let every = Duration::from_secs_f64(seconds.clamp(0.1, 1e9));
            runs(&["sh".into(), "-c".into(), text], Work::Again { every, next: None })
        }
        "xargs" => {
            let options = Options::of(arguments, "nIdLPs");
            let by = if options.has('0') {
                Some(0)
            } else if options.value('I').is_some() || options.value('L').is_some() {
                Some(b'\n')
            } else {
                options.value('d').map(|by| if by == "\\n" { b'\n' } else { by.bytes().next().unwrap_or(b'\n') })
            };
            let replaces = options.value('I').map(Rc::from);
            let most = options.value('n').or(options.value('L')).and_then(|most| most.parse().ok());
            let words = command("nIdLPs");
            let echo: [Rc<str>; 1] = ["echo".into()];
            let words = if words.is_empty() { &echo[..] } else { words };
            runs(words, Work::Words { input: Vec::new(), by, most, replaces, skips_empty: options.has('r') })
        }
        _ => find(launch, arguments, io, cx),
    }
}

impl Each {
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if let Some(pid) = self.child {
            if matches!(io.children.get(&pid), Some(None)) {
                if let Work::Until { at, number, sent, .. } = &mut self.work {
                    if *at <= cx.now() && !*sent {
                        *sent = true;
                        cx.kernel.kill(pid, *number);
                        return Step::Block(Block::Children(vec![pid]));
                    }
                    return Step::Block(Block::ChildUntil(pid, *at));
                }
                return Step::Block(Block::Children(vec![pid]));
            }
            let end = io.children.remove(&pid).flatten().unwrap_or(0);
            let code = signal::code(end);
            self.child = None;
            match &self.work {
                Work::Until { code: late, sent, .. } => return Step::Exit(late.filter(|_| *sent).unwrap_or(end)),
                // xargs ends at once where a signal has ended its program (busybox: xargs.c).
                Work::Commands(_, true) if end < 0 => {
                    let program = self.launch.words.first().cloned().unwrap_or_default();
                    return fail("xargs", &format!("'{program}' terminated by signal {}", -end), 125, io, cx);
                }
                Work::Commands(_, true) if matches!(code, 126 | 127) => return Step::Exit(code),
                Work::Commands(_, true) if code == 255 => {
                    let program = self.launch.words.first().cloned().unwrap_or_default();
                    return fail("xargs", &format!("{program}: exited with status 255; aborting"), 124, io, cx);
                }
                Work::Commands(_, xargs) if code != 0 => self.status = if *xargs { 123 } else { 1 },
                _ => {}
            }
            return Step::Go;
        }
        match &mut self.work {
            Work::Until { .. } => {
                let words = self.launch.words.clone();
                self.run(words, io, cx)
            }
            Work::Again { every, next } => {
                let now = cx.now();
                if let Some(at) = *next
                    && at > now
                {
                    return Step::Block(Block::Until(at));
                }
                *next = Some(now + *every);
                let words = self.launch.words.clone();
                self.run(words, io, cx)
            }
            Work::Commands(commands, _) => match commands.is_empty() {
                true => Step::Exit(self.status),
                false => {
                    let words = commands.remove(0);
                    self.run(words, io, cx)
                }
            },
            Work::Words { input, by, most, replaces, skips_empty } => {
                let Some(&handle) = io.fds.get(&0) else { return Step::Exit(0) };
                match cx.read(handle, 65_536) {
                    Read::Data(data) if input.len() < 1 << 20 => {
                        input.extend_from_slice(&data);
                        return Step::Go;
                    }
                    Read::Wait => return Step::Block(Block::Readable(handle)),
                    _ => {}
                }
                let words = split(input, *by);
                let own = self.launch.words.to_vec();
                let mut commands: Vec<Rc<[Rc<str>]>> = Vec::new();
                if let Some(mark) = replaces {
                    for word in words.iter().map(|word| word.trim_start()).filter(|word| !word.is_empty()) {
                        commands.push(own.iter().map(|own| Rc::from(own.replace(&**mark, word))).collect());
                    }
                } else {
                    let most = most.unwrap_or(usize::MAX).max(1);
                    for part in words.chunks(most.min(words.len().max(1))) {
                        commands
                            .push(own.iter().cloned().chain(part.iter().map(|word| Rc::from(word.as_str()))).collect());
                    }
                    if commands.is_empty() && !*skips_empty {
                        commands.push(own.into());
                    }
                }
                commands.truncate(MOST);
                self.work = Work::Commands(commands, true);
                Step::Go
            }
        }
    }

    fn run(&mut self, words: Rc<[Rc<str>]>, io: &mut Io, cx: &mut Cx) -> Step {
        if words.is_empty() {
            return Step::Go;
        }
        if !cx.kernel.may_fork() {
            return fail("sh", "can't fork: Resource temporarily unavailable", 2, io, cx);
        }
        let command: Rc<str> = words.join(" ").into();
        let launch = Launch { words, pid_one: false, ..self.launch.clone() };
        let child = io.fork(cx.kernel);
        let pid = cx.kernel.spawn(Process::new(child, Body::Start(launch)), command);
        io.children.insert(pid, None);
        self.child = Some(pid);
        Step::Go
    }
}

/// The words of an input: by a byte, or at blanks with quotes.
fn split(input: &[u8], by: Option<u8>) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some(by) = by {
        let whole = input.strip_suffix(&[by]).unwrap_or(input);
        return if whole.is_empty() { Vec::new() } else { whole.split(|byte| *byte == by).map(text).collect() };
    }
    let mut words = Vec::new();
    let mut current: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = input.iter().copied();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (Some(end), byte) if byte == end => quote = None,
            (Some(_), byte) => current.get_or_insert_default().push(byte),
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                current.get_or_insert_default();
            }
            (None, b'\\') => current.get_or_insert_default().extend(bytes.next()),
            (None, b' ' | b'\t' | b'\n') => words.extend(current.take().map(|word| text(&word))),
            (None, byte) => current.get_or_insert_default().push(byte),
        }
    }
    words.extend(current.map(|word| text(&word)));
    words
}

/// `find` with the tests and actions that are usual.
fn find(launch: &Launch, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
    let roots = arguments.iter().take_while(|word| !word.starts_with(['-', '!', '('])).count();
    let (roots, tests) = arguments.split_at(roots);
    let here: [Rc<str>; 1] = [".".into()];
    let roots = if roots.is_empty() { &here[..] } else { roots };
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut status = 0;
    for root in roots {
        if cx.files(io.user).stat(&io.path(root), false).is_err() {
            io.complain(cx, &format!("find: {root}: No such file or directory"));
            status = 1;
            continue;
        }
        let mut stack = vec![(root.to_string(), 0)];
        while let Some((path, depth)) = stack.pop() {
            let full = io.path(&path);
            let folder = cx.files(io.user).stat(&full, false).is_ok_and(|stat| stat.is_folder());
            found.push((path.clone(), depth));
            if folder && found.len() < MOST {
                let mut names = cx.files(io.user).list(&full).unwrap_or_default();
                names.reverse();
                let join =
                    |name: String| if path.ends_with('/') { format!("{path}{name}") } else { format!("{path}/{name}") };
                stack.extend(names.into_iter().map(|name| (join(name), depth + 1)));
            }
        }
    }
    let (mut out, mut commands, mut deletes) = (Vec::new(), Vec::new(), Vec::new());
    let mut together: Vec<(usize, Vec<Rc<str>>)> = Vec::new();
    for (path, depth) in &found {
        let full = io.path(path);
        let Ok(stat) = cx.files(io.user).stat(&full, false) else { continue };
        let name = path.rsplit('/').next().unwrap_or(path);
        let (mut keeps, mut turned, mut acted) = (true, false, false);
        let mut at = 0;
        while let Some(test) = tests.get(at) {
            let value = tests.get(at + 1).map_or("", |value| value);
            at += 1;
            let answer = match &**test {
                "!" | "-not" => {
                    turned = !turned;
                    continue;
                }
                "-o" | "-or" => {
                    // What came before is decided; the other side counts where it was not kept.
                    if keeps {
                        break;
                    }
                    keeps = true;
                    continue;
                }
                "-a" | "-and" | "(" | ")" | "-xdev" | "-depth" => continue,
                "-name" | "-iname" | "-path" | "-type" | "-maxdepth" | "-mindepth" | "-size" | "-newer" | "-user"
                | "-perm" | "-mtime" | "-mmin" => {
                    at += 1;
                    let count = || value.parse::<usize>().unwrap_or(0);
                    match &**test {
                        "-name" => super::super::shell::pattern::matches(value, name),
                        "-iname" => super::super::shell::pattern::matches(&value.to_lowercase(), &name.to_lowercase()),
                        "-path" => super::super::shell::pattern::matches(value, path),
                        "-type" => match value {
                            "f" => matches!(stat.body, FileBody::File(..)),
                            "d" => stat.is_folder(),
                            "l" => matches!(stat.body, FileBody::Link(_)),
                            _ => stat.body == FileBody::Fifo,
                        },
                        "-maxdepth" => *depth <= count(),
                        "-mindepth" => *depth >= count(),
                        "-size" => {
                            let (sign, rest) = match value.split_at_checked(1) {
                                Some((sign @ ("+" | "-"), rest)) => (sign, rest),
                                _ => ("", value),
                            };
                            let unit = match rest.chars().last() {
                                Some('c') => 1,
                                Some('k') => 1 << 10,
                                Some('M') => 1 << 20,
                                Some('G') => 1 << 30,
                                _ => 512,
                            };
                            let wanted: u64 = rest.trim_end_matches(char::is_alphabetic).parse().unwrap_or(0);
                            let size = stat.size().div_ceil(unit);
                            match sign {
                                "+" => size > wanted,
                                "-" => size < wanted,
                                _ => size == wanted,
                            }
                        }
                        _ => true,
                    }
                }
                "-empty" => match stat.is_folder() {
                    true => cx.files(io.user).list(&full).is_ok_and(|names| names.is_empty()),
                    false => stat.size() == 0,
                },
                "-print" | "-print0" | "-delete" | "-prune" => {
                    if keeps {
                        acted = true;
                        match &**test {
                            "-print" => out.extend_from_slice(format!("{path}\n").as_bytes()),
                            "-print0" => out.extend_from_slice(format!("{path}\0").as_bytes()),
                            "-delete" => deletes.push(full.clone()),
                            _ => {}
                        }
                    }
                    continue;
                }
                "-exec" => {
                    let rest = tests.get(at..).unwrap_or_default();
                    let Some(end) = rest.iter().position(|word| matches!(&**word, ";" | "+")) else {
                        return fail("find", "-exec requires an argument", 1, io, cx);
                    };
                    let command = rest.get(..end).unwrap_or_default();
                    let each = rest.get(end).is_some_and(|word| &**word == ";");
                    if keeps {
                        acted = true;
                        if each {
                            commands.push(command.iter().map(|word| Rc::from(word.replace("{}", path))).collect());
                        } else {
                            match together.iter_mut().find(|(known, _)| *known == at) {
                                Some((_, words)) => words.push(path.as_str().into()),
                                None => {
                                    let fixed = command.iter().filter(|word| &***word != "{}").cloned();
                                    together.push((at, fixed.chain([Rc::from(path.as_str())]).collect()));
                                }
                            }
                        }
                    }
                    at += end + 1;
                    continue;
                }
                other => return fail("find", &format!("unrecognized: {other}"), 1, io, cx),
            };
            keeps &= answer != turned;
            turned = false;
        }
        if keeps && !acted {
            out.extend_from_slice(format!("{path}\n").as_bytes());
        }
    }
    for path in deletes.iter().rev() {
        if let Err(error) = cx.files(io.user).remove(path, true, false) {
            io.complain(cx, &format!("find: {path}: {error}"));
            status = 1;
        }
    }
    io.write(cx, 1, &out);
    commands.extend(together.into_iter().map(|(_, words)| Rc::from(words)));
    let launch = Launch { pid_one: false, ..launch.clone() };
    Step::Become(Body::Tool(Box::new(Tool::Runs(Each {
        launch,
        work: Work::Commands(commands, false),
        child: None,
        status,
    }))))
}
