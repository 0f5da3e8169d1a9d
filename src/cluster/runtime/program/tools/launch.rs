//! How a program begins: a tool, a shell, a file of the container.

use std::rc::Rc;

use super::known::{has, is_known, is_program};
use super::{
    Server, Tool, clients, clock, each, fail, files, filter, follow, generate, network, serve, ship, system, tar,
};
use crate::cluster::runtime::program::machine::{Body, Cx, Io, Step, Variables};
use crate::cluster::runtime::program::shell::{self, Shell};

/// A program about to begin.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    /// Its name and arguments.
    pub words: Rc<[Rc<str>]>,
    pub environment: Variables,
    /// Whether it is the first process of the container.
    pub pid_one: bool,
    /// Whether the runtime begins it, and no shell.
    pub direct: bool,
}

impl Launch {
    /// Begins the program.
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let Some(name) = self.words.first().cloned() else { return Step::Exit(0) };
        let base = name.rsplit('/').next().unwrap_or(&name).to_owned();
        let file = if name.contains('/') {
            let path = io.path(&name);
            cx.files(io.user).stat(&path, true).is_ok().then_some(path)
        } else if has(cx.kernel.setup.image, &base) {
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
        // A tool that somebody has installed.
        if bytes.starts_with(network::PROGRAM) {
            return self.tool(path.rsplit('/').next().unwrap_or(path), io, cx);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let first = text.strip_prefix("#!").map(|rest| rest.lines().next().unwrap_or_default());
        // The kernel runs no text; a shell that is told so reads it itself.
        if self.direct && first.is_none() {
            return Self::not_run(name, "exec format error", io, cx);
        }
        let mut interpreter = first.unwrap_or("/bin/sh").split_whitespace();
        let mut program = interpreter.next().unwrap_or("/bin/sh");
        let by_env = program.ends_with("/env");
        if by_env {
            program = interpreter.find(|word| !word.starts_with('-')).unwrap_or("sh");
        }
        let base = program.rsplit('/').next().unwrap_or(program);
        let image = cx.kernel.setup.image;
        if self.direct && image.is_some() && !has(image, base) && cx.files(io.user).stat(program, true).is_err() {
            if by_env {
                io.complain(cx, &format!("env: can't execute '{program}': No such file or directory"));
                return Step::Exit(127);
            }
            return Self::not_run(name, "no such file or directory", io, cx);
        }
        let options: Vec<Rc<str>> = interpreter.map(Rc::from).collect();
        if shell::is_shell(base) {
            if !has(image, base) {
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

    /// What runc leaves of a file that the kernel does not run (libcontainer/system/linux.go Exec, init_linux.go Init).
    fn not_run(name: &str, why: &str, io: &mut Io, cx: &mut Cx) -> Step {
        io.complain(cx, &format!("exec {name}: {why}"));
        Step::Exit(255)
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
            "tar" => tar::begin(arguments, io, cx),
            "tail" => match follow::begin(arguments) {
                Ok(begun) => tool(begun),
                Err(text) => fail(base, &text, 1, io, cx),
            },
            "xargs" | "find" | "watch" | "timeout" | "time" | "env" | "nohup" | "nice" | "setsid" | "su"
            | "busybox" => each::begin(base, self, io, cx),
            "wget" | "curl" | "nc" | "telnet" | "nslookup" | "dig" | "host" | "getent" | "ping" | "git" | "apk"
            | "apt" | "apt-get" => network::begin(base, arguments, io, cx),
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
                        if let Some(begun) = serve::begin(base, self, io, cx) {
                            return begun;
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
