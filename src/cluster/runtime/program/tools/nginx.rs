//! nginx as a command: its switches, and what keeps it from starting (nginx: src/core/nginx.c, ngx_create_paths).

use std::rc::Rc;

use super::super::images::{self, Image, stamped};
use super::super::servers::proxy;
use super::serve::{Server, after};
use crate::cluster::runtime::files::{Body, FileError};
use crate::cluster::runtime::program::machine::{Cx, Io, Step, signal};

/// Begins nginx.
pub(super) fn begin(arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Option<Step> {
    let has = |flags: &[&str]| arguments.iter().any(|word| flags.contains(&&**word));
    if has(&["-v", "-V"]) {
        io.complain(cx, "nginx version: nginx/1.27.1");
        return Some(Step::Exit(0));
    }
    let own = cx.kernel.setup.image.filter(|image| image.programs().any(|program| program == "nginx"));
    let image = own.or_else(|| images::serving("nginx"))?;
    let file = after(arguments, &["-c"]);
    let read = proxy::configured("nginx", file.as_deref(), image, io, cx);
    let path = file.map_or_else(|| "/etc/nginx/nginx.conf".to_owned(), |file| io.path(&file));
    let (ports, site) = match read {
        Ok(read) => read,
        Err(text) => {
            io.complain(cx, &text);
            return Some(Step::Exit(1));
        }
    };
    if has(&["-t", "-T"]) {
        io.complain(cx, &format!("nginx: the configuration file {path} syntax is ok"));
        io.complain(cx, &format!("nginx: configuration file {path} test is successful"));
        return Some(Step::Exit(0));
    }
    if let Some(what) = after(arguments, &["-s"]) {
        let number = if &*what == "stop" { signal::TERM } else { signal::QUIT };
        let running = cx.kernel.list().find(|(pid, _, command, _)| *pid != io.pid && command.starts_with("nginx"));
        let pid = running.map(|(pid, ..)| pid).filter(|_| matches!(&*what, "stop" | "quit"));
        let _found = pid.is_some_and(|pid| cx.kernel.kill(pid, number));
        return Some(Step::Exit(0));
    }
    let text = cx.files(0).read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    if io.user != 0
        && let Some(line) = text.lines().position(|line| line.trim_start().starts_with("user "))
    {
        let text = format!(
            "the \"user\" directive makes sense only if the master process runs with super-user privileges, ignored in \
             {path}:{}",
            line + 1
        );
        tell("warn", &text, io, cx);
    }
    if let Some(text) = refused(image, &text, io, cx) {
        tell("emerg", &text, io, cx);
        return Some(Step::Exit(1));
    }
    let daemon = !arguments.iter().any(|word| word.contains("daemon off")) && !text.contains("daemon off")
        // `-g daemon off;` as the list of images writes it.
        && !arguments.windows(2).any(|pair| &*pair[0] == "daemon" && pair[1].starts_with("off"));
    let mut server = Server::new(&ports, true, site);
    server.daemon = daemon;
    Some(server.begin())
}

/// Tells a fault: into the log, and to whoever has started it.
fn tell(level: &str, text: &str, io: &mut Io, cx: &mut Cx) {
    let log = format!("{{%Y/%m/%d %H:%M:%S}} [{level}] {pid}#{pid}: {text}", pid = io.pid);
    io.complain(cx, &stamped(&log, cx.kernel.setup.epoch, cx.now()));
    io.complain(cx, &format!("nginx: [{level}] {text}"));
}

/// Makes the folders and the file that it needs, unless the configuration names others: what goes wrong there.
fn refused(image: Image, text: &str, io: &Io, cx: &mut Cx) -> Option<String> {
    let may_own = io.user != 0 || cx.kernel.setup.may_own;
    for usual in image.writes() {
        let name = usual.rsplit('/').next().unwrap_or_default();
        let is_file = name.ends_with(".pid");
        let key = match name.strip_suffix("_temp") {
            Some("client") => "client_body_temp_path".to_owned(),
            Some(kind) => format!("{kind}_temp_path"),
            None => "pid".to_owned(),
        };
        let said = text.split([';', '{', '}', '\n']).find_map(|said| {
            let mut words = said.split_whitespace();
            (words.next()? == key).then(|| words.next()).flatten()
        });
        let path = said.unwrap_or(usual);
        let mut files = cx.files(io.user);
        let (call, done) = match is_file {
            true => ("open", files.put(path, b"1\n", 0o644)),
            false => ("mkdir", files.make(path, Body::Folder, 0o700)),
        };
        if let Err(error) = done
            && error != FileError::Exists
        {
            return Some(format!("{call}() \"{path}\" failed ({}: {error})", error.number()));
        }
        if !may_own && !is_file {
            return Some(format!("chown(\"{path}\", 101) failed (1: Operation not permitted)"));
        }
    }
    None
}
