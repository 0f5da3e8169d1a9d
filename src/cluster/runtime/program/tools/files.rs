//! Programs that only do something with files: `ls`, `mkdir`, `cp`, `chmod`, …

use std::rc::Rc;

use super::super::machine::{Cx, Io};
use super::Options;
use super::clock::civil_text;
use crate::cluster::runtime::files::{Body, FileError, Stat};

/// Runs `base`, if it is one of them: its exit code.
pub(super) fn run(base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Option<i32> {
    let mut work = Work { base, io, cx, status: 0 };
    match base {
        "mkdir" => work.mkdir(&Options::of(arguments, "m")),
        "rmdir" => {
            work.each(&Options::of(arguments, ""), |work, path| work.cx.files(work.io.user).remove(path, true, false))
        }
        "rm" => work.rm(&Options::of(arguments, "")),
        "unlink" => {
            work.each(&Options::of(arguments, ""), |work, path| work.cx.files(work.io.user).remove(path, false, false))
        }
        "touch" => work.touch(&Options::of(arguments, "dtr")),
        "cp" | "mv" | "ln" | "install" => work.place_at_target(&Options::of(arguments, "tmog")),
        "ls" => work.ls(&Options::of(arguments, "I")),
        "chmod" | "chown" | "chgrp" => work.change(&Options::of(arguments, "")),
        "mktemp" => work.mktemp(&Options::of(arguments, "p")),
        "mkfifo" => work
            .each(&Options::of(arguments, "m"), |work, path| work.cx.files(work.io.user).make(path, Body::Fifo, 0o644)),
        "readlink" | "realpath" => work.readlink(&Options::of(arguments, "")),
        "stat" => work.stat(&Options::of(arguments, "cf")),
        "truncate" | "fallocate" => work.truncate(&Options::of(arguments, "slo")),
        "du" => work.du(&Options::of(arguments, "d")),
        "df" => work.df(&Options::of(arguments, "")),
        "dd" => work.dd(arguments),
        _ => return None,
    }
    Some(work.status)
}

struct Work<'a, 'c, 'o> {
    base: &'a str,
    io: &'a mut Io,
    cx: &'a mut Cx<'c, 'o>,
    status: i32,
}

/// A size as people write it: `10M`, `2G`, `512`.
pub(super) fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text.get(digits.len()..)?.chars().next() {
        None | Some('c' | 'b') => 1,
        Some('k' | 'K') => 1 << 10,
        Some('M' | 'm') => 1 << 20,
        Some('G' | 'g') => 1 << 30,
        Some(_) => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

impl Work<'_, '_, '_> {
    fn wrong(&mut self, text: &str) {
        self.io.complain(self.cx, &format!("{}: {text}", self.base));
        self.status = 1;
    }

    fn print(&mut self, text: &str) {
        self.io.write(self.cx, 1, text.as_bytes());
    }

    fn stat_of(&mut self, path: &str, follow: bool) -> Result<Stat, FileError> {
        let path = self.io.path(path);
        self.cx.files(self.io.user).stat(&path, follow)
    }

    fn each(&mut self, options: &Options, act: impl Fn(&mut Self, &str) -> Result<(), FileError>) {
        for name in &options.rest {
            let path = self.io.path(name);
            if let Err(error) = act(self, &path) {
                self.wrong(&format!("'{name}': {error}"));
            }
        }
    }

    fn mkdir(&mut self, options: &Options) {
        let parents = options.has('p') || options.long("parents").is_some();
        let given = options.value('m').and_then(|mode| u16::from_str_radix(mode, 8).ok());
        let mode = given.unwrap_or(0o777 & !self.io.umask);
        if options.rest.is_empty() {
            self.wrong("missing operand");
        }
        for name in &options.rest {
            let path = self.io.path(name);
            let mut result = Ok(());
            if parents {
                let mut end = 0;
                while end < path.len() && result.is_ok() {
                    end = path.get(end + 1..).and_then(|rest| rest.find('/')).map_or(path.len(), |at| end + 1 + at);
                    let part = path.get(..end).unwrap_or_default();
                    result = match self.cx.files(self.io.user).stat(part, true) {
                        Ok(stat) if stat.is_folder() => Ok(()),
                        Ok(_) => Err(FileError::Exists),
                        Err(_) => self.cx.files(self.io.user).make(part, Body::Folder, mode),
                    };
                }
            } else {
                result = self.cx.files(self.io.user).make(&path, Body::Folder, mode);
            }
            if let Err(error) = result {
                self.wrong(&format!("can't create directory '{name}': {error}"));
            }
        }
    }

    fn rm(&mut self, options: &Options) {
        let force = options.has('f');
        let all = options.has('r') || options.has('R');
        for name in &options.rest {
            let path = self.io.path(name);
            let result = self.cx.files(self.io.user).remove(&path, all, all);
            match result {
                Err(FileError::NotFound) if force => {}
                Err(error) => self.wrong(&format!("can't remove '{name}': {error}")),
                Ok(()) => {}
            }
        }
    }

    fn touch(&mut self, options: &Options) {
        let only_there = options.has('c');
        let mode = 0o666 & !self.io.umask;
        self.each(options, |work, path| {
            let now = work.cx.now();
            let mut files = work.cx.files(work.io.user);
            match files.stat(path, true) {
                Ok(_) => files.change(path, |inode| inode.modified = now),
                Err(_) if only_there => Ok(()),
                Err(_) => files.create(path, false, mode).map(|_| ()),
            }
        });
    }

    /// `cp`, `mv` and `ln` go to the last name, or into it where it is a folder.
    fn place_at_target(&mut self, options: &Options) {
        let mut names = options.rest.clone();
        let target = match options.value('t') {
            Some(target) => Some(target),
            None if self.base == "ln" && names.len() == 1 => Some("."),
            None => names.pop(),
        };
        let Some(target) = target.filter(|_| !names.is_empty()) else { return self.wrong("missing operand") };
        let no_folder = options.has('T') || options.has('n') && self.base == "ln";
        let into = !no_folder && self.stat_of(target, true).is_ok_and(|stat| stat.is_folder());
        if names.len() > 1 && !into {
            return self.wrong(&format!("target '{target}': Not a directory"));
        }
        for name in names {
            let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
            let to = if into { format!("{}/{last}", target.trim_end_matches('/')) } else { target.to_owned() };
            let (from_path, to_path) = (self.io.path(name), self.io.path(&to));
            let user = self.io.user;
            let result = match self.base {
                "mv" => self.cx.files(user).rename(&from_path, &to_path),
                "ln" => {
                    let mut files = self.cx.files(user);
                    if options.has('f') {
                        let _not_there = files.remove(&to_path, false, false);
                    }
                    if options.has('s') {
                        files.make(&to_path, Body::Link(name.into()), 0o777)
                    } else {
                        files.link(&from_path, &to_path)
                    }
                }
                _ => {
                    let all = options.has('r') || options.has('R') || options.has('a');
                    match self.stat_of(name, true) {
                        Ok(stat) if stat.is_folder() && !all => {
                            self.wrong(&format!("omitting directory '{name}'"));
                            continue;
                        }
                        Ok(_) if from_path == to_path => {
                            self.wrong(&format!("'{name}' and '{to}' are the same file"));
                            continue;
                        }
                        _ => {
                            // `cp -r a/. b` copies what is in `a`.
                            self.cx.files(user).copy(&from_path, &to_path, options.has('a') || options.has('d'))
                        }
                    }
                }
            };
            if let Err(error) = result {
                let there = self.stat_of(name, true).is_ok();
                let text = match self.base {
                    "mv" => format!("can't rename '{name}': {error}"),
                    "ln" => format!("{to}: {error}"),
                    _ if !there => format!("can't stat '{name}': {error}"),
                    _ => format!("can't create '{to}': {error}"),
                };
                self.wrong(&text);
            }
        }
    }

    fn ls(&mut self, options: &Options) {
        let names = if options.rest.is_empty() { vec!["."] } else { options.rest.clone() };
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for name in names {
            match self.stat_of(name, !options.has('l') || name.ends_with('/')) {
                Ok(stat) if stat.is_folder() && !options.has('d') => folders.push(name.to_owned()),
                Ok(_) => files.push(name.to_owned()),
                Err(error) => self.wrong(&format!("{name}: {error}")),
            }
        }
        let several = files.len() + folders.len() > 1 || options.has('R');
        let mut out = String::new();
        collections::sort(&mut files);
        self.entries("", &files, options, &mut out);
        let mut first = files.is_empty();
        collections::sort(&mut folders);
        folders.reverse();
        while let Some(folder) = folders.pop() {
            if several {
                out.push_str(if first { "" } else { "\n" });
                out.push_str(&format!("{folder}:\n"));
            }
            first = false;
            let path = self.io.path(&folder);
            match self.cx.files(self.io.user).list(&path) {
                Ok(mut names) => {
                    names.retain(|name| !name.starts_with('.') || options.has('a') || options.has('A'));
                    if options.has('a') {
                        names.splice(0..0, [".".to_owned(), "..".to_owned()]);
                    }
                    if options.has('t') {
                        let mut timed: Vec<_> = names
                            .into_iter()
                            .map(|name| {
                                let stat = self.stat_of(&format!("{folder}/{name}"), false);
                                (std::cmp::Reverse(stat.map(|stat| stat.modified).unwrap_or_default()), name)
                            })
                            .collect();
                        collections::sort(&mut timed);
                        names = timed.into_iter().map(|(_, name)| name).collect();
                    }
                    if options.has('r') {
                        names.reverse();
                    }
                    if options.has('l') && !options.has('d') {
                        out.push_str("total 0\n");
                    }
                    self.entries(&folder, &names, options, &mut out);
                    if options.has('R') && out.len() < 1 << 20 {
                        for name in names.iter().rev().filter(|name| !matches!(name.as_str(), "." | "..")) {
                            let path = format!("{}/{name}", folder.trim_end_matches('/'));
                            if self.stat_of(&path, false).is_ok_and(|stat| stat.is_folder()) {
                                folders.push(path);
                            }
                        }
                    }
                }
                Err(error) => self.wrong(&format!("can't open '{folder}': {error}")),
            }
        }
        self.print(&out);
    }

    fn entries(&mut self, folder: &str, names: &[String], options: &Options, out: &mut String) {
        for name in names {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let Ok(stat) = self.stat_of(&path, false) else { continue };
            let mark = match &stat.body {
                Body::Folder if options.has('F') || options.has('p') => "/",
                Body::Link(_) if options.has('F') => "@",
                _ => "",
            };
            if options.has('i') {
                out.push_str(&format!("{} ", stat.number));
            }
            if !options.has('l') {
                out.push_str(&format!("{name}{mark}\n"));
                continue;
            }
            let when = civil_text("%b %e %H:%M", self.cx.kernel.setup.epoch, stat.modified);
            let size = if options.has('h') { human(stat.size()) } else { stat.size().to_string() };
            let target = match &stat.body {
                Body::Link(target) => format!(" -> {target}"),
                _ => String::new(),
            };
            let (user, group) = (owner(stat.user, options.has('n')), owner(stat.group, options.has('n')));
            let links = stat.links;
            out.push_str(&format!(
                "{} {links:4} {user:<8} {group:<8} {size:>9} {when} {name}{mark}{target}\n",
                letters(&stat)
            ));
        }
    }

    fn change(&mut self, options: &Options) {
        let mut names: Vec<&str> = Vec::new();
        let mut wanted: Option<String> = None;
        // `chmod -x file`: what looks like an option is a mode.
        let minus = options.letters.chars().filter(|c| "rwxst".contains(*c)).collect::<String>();
        if self.base == "chmod" && !minus.is_empty() && options.letters.chars().all(|c| "rwxstR".contains(c)) {
            wanted = Some(format!("-{minus}"));
        }
        for word in &options.rest {
            if wanted.is_none() {
                wanted = Some((*word).to_owned());
            } else {
                names.push(word);
            }
        }
        let Some(wanted) = wanted.filter(|_| !names.is_empty()) else { return self.wrong("missing operand") };
        let base = self.base;
        let id = |text: &str| if text == "root" { Some(0) } else { text.parse::<u32>().ok().or(known_user(text)) };
        let (user, group) = match wanted.split_once([':', '.']) {
            Some((user, group)) => (id(user), id(group)),
            None if base == "chgrp" => (None, id(&wanted)),
            None => (id(&wanted), None),
        };
        if base != "chmod" && user.is_none() && group.is_none() {
            return self.wrong(&format!("unknown user {wanted}"));
        }
        if base == "chmod" && mode(&wanted, 0, false).is_none() {
            return self.wrong(&format!("invalid mode '{wanted}'"));
        }
        for name in names {
            let path = self.io.path(name);
            let mut paths = vec![path.clone()];
            if options.has('R') {
                let mut at = 0;
                while let Some(folder) = paths.get(at).cloned().filter(|_| paths.len() < 10_000) {
                    at += 1;
                    let names = self.cx.files(self.io.user).list(&folder).unwrap_or_default();
                    paths.extend(names.into_iter().map(|name| format!("{folder}/{name}")));
                }
            }
            for path in paths {
                let root = self.io.user == 0;
                let result = if base != "chmod" && !root {
                    self.cx.files(self.io.user).stat(&path, true).and(Err(FileError::Denied))
                } else {
                    self.cx.files(self.io.user).change(&path, |inode| {
                        if base == "chmod" {
                            inode.mode = mode(&wanted, inode.mode, inode.body == Body::Folder).unwrap_or(inode.mode);
                        } else {
                            inode.user = user.unwrap_or(inode.user);
                            inode.group = group.unwrap_or(inode.group);
                        }
                    })
                };
                if let Err(error) = result {
                    self.wrong(&format!("{name}: {error}"));
                    break;
                }
            }
        }
    }

    fn mktemp(&mut self, options: &Options) {
        let form = options.rest.first().copied().unwrap_or("tmp.XXXXXX");
        let plain = form.trim_end_matches('X');
        let folder = options.value('p').unwrap_or("/tmp");
        let mut name = plain.to_owned();
        for _ in plain.len()..form.len() {
            let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
            let at = (self.cx.kernel.random() % letters.len() as u64) as usize;
            name.push(char::from(letters.get(at).copied().unwrap_or(b'a')));
        }
        let path = if form.contains('/') { name } else { format!("{folder}/{name}") };
        let full = self.io.path(&path);
        let mut files = self.cx.files(self.io.user);
        let made = match options.has('d') {
            true => files.make(&full, Body::Folder, 0o700),
            false => files.create(&full, false, 0o600).map(|_| ()),
        };
        match made {
            Ok(()) => self.print(&format!("{path}\n")),
            Err(error) => self.wrong(&format!("{path}: {error}")),
        }
    }

    fn readlink(&mut self, options: &Options) {
        let whole = self.base == "realpath" || options.has('f');
        for name in &options.rest {
            let mut path = self.io.path(name);
            let mut links = 0;
            loop {
                match self.stat_of(&path, false) {
                    Ok(Stat { body: Body::Link(target), .. }) if links < 40 => {
                        if !whole {
                            self.print(&format!("{target}\n"));
                            break;
                        }
                        let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder).to_owned();
                        path = crate::cluster::runtime::files::absolute(&folder, &target);
                        links += 1;
                    }
                    Ok(_) | Err(FileError::NotFound) if whole => {
                        self.print(&format!("{path}\n"));
                        break;
                    }
                    _ => {
                        self.status = 1;
                        break;
                    }
                }
            }
        }
    }

    fn stat(&mut self, options: &Options) {
        let epoch = self.cx.kernel.setup.epoch;
        for name in &options.rest {
            let stat = match self.stat_of(name, options.has('L')) {
                Ok(stat) => stat,
                Err(error) => {
                    self.wrong(&format!("can't stat '{name}': {error}"));
                    continue;
                }
            };
            let form =
                options.value('c').unwrap_or("  File: %n\n  Size: %s\nAccess: (%a/%A)  Uid: %u   Gid: %g\nModify: %y");
            let mut out = String::new();
            let mut chars = form.chars();
            while let Some(c) = chars.next() {
                if c != '%' {
                    out.push(c);
                    continue;
                }
                match chars.next() {
                    Some('n') => out.push_str(name),
                    Some('s') => out.push_str(&stat.size().to_string()),
                    Some('a') => out.push_str(&format!("{:o}", stat.mode)),
                    Some('A') => out.push_str(&letters(&stat)),
                    Some('u') => out.push_str(&stat.user.to_string()),
                    Some('g') => out.push_str(&stat.group.to_string()),
                    Some('U') => out.push_str(&owner(stat.user, false)),
                    Some('G') => out.push_str(&owner(stat.group, false)),
                    Some('h') => out.push_str(&stat.links.to_string()),
                    Some('i') => out.push_str(&stat.number.to_string()),
                    Some('F') => out.push_str(match stat.body {
                        Body::Folder => "directory",
                        Body::Link(_) => "symbolic link",
                        Body::Fifo => "fifo",
                        Body::File(..) if stat.size() == 0 => "regular empty file",
                        Body::File(..) => "regular file",
                    }),
                    Some('Y' | 'X' | 'Z') => out.push_str(&civil_text("%s", epoch, stat.modified)),
                    Some('y' | 'x' | 'z') => out.push_str(&civil_text("%F %T.%N +0000", epoch, stat.modified)),
                    Some(other) => out.extend(['%', other]),
                    None => out.push('%'),
                }
            }
            out.push('\n');
            self.print(&out);
        }
    }

    fn truncate(&mut self, options: &Options) {
        let text = options.value('s').or(options.value('l')).unwrap_or_default();
        let Some(bytes) = size(text) else { return self.wrong(&format!("invalid number '{text}'")) };
        self.each(options, |work, path| work.cx.files(work.io.user).truncate(path, bytes));
    }

    fn du(&mut self, options: &Options) {
        let names = if options.rest.is_empty() { vec!["."] } else { options.rest.clone() };
        for name in names {
            let (mut sum, mut stack) = (0, vec![self.io.path(name)]);
            while let Some(path) = stack.pop() {
                let Ok(stat) = self.stat_of(&path, false) else { continue };
                if stat.is_folder() {
                    let names = self.cx.files(self.io.user).list(&path).unwrap_or_default();
                    stack.extend(names.into_iter().map(|name| format!("{path}/{name}")));
                } else {
                    sum += stat.size();
                }
            }
            let shown = match () {
                () if options.has('h') => human(sum),
                () if options.has('b') => sum.to_string(),
                () if options.has('m') => sum.div_ceil(1 << 20).to_string(),
                () => sum.div_ceil(1 << 10).to_string(),
            };
            self.print(&format!("{shown}\t{name}\n"));
        }
    }

    fn df(&mut self, options: &Options) {
        let mut out = "Filesystem           1K-blocks      Used Available Use% Mounted on\n".to_owned();
        let mounts: Vec<String> = self.cx.kernel.setup.mounts.iter().map(|mount| mount.at.to_string()).collect();
        for at in std::iter::once("/".to_owned()).chain(mounts) {
            if !options.rest.is_empty() && !options.rest.iter().any(|path| self.io.path(path) == at) {
                continue;
            }
            let used = self.cx.files(0).used(&at).div_ceil(1 << 10);
            let name = if at == "/" { "overlay" } else { "/dev/sda1" };
            out.push_str(&format!(
                "{name:<20} {:>9} {used:>9} {:>9}   1% {at}\n",
                10_485_760,
                10_485_760 - used.min(10_485_760)
            ));
        }
        self.print(&out);
    }

    fn dd(&mut self, arguments: &[Rc<str>]) {
        let value = |name: &str| arguments.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let block = value("bs").map_or(Some(512), size).unwrap_or(512);
        let count = value("count").and_then(|count| count.parse::<u64>().ok());
        let total = count.unwrap_or(1).saturating_mul(block);
        let source = value("if").unwrap_or("/dev/zero").to_owned();
        let Some(target) = value("of") else { return self.wrong("podlab: without of= it is not simulated") };
        let path = self.io.path(target);
        let (mode, user) = (0o666 & !self.io.umask, self.io.user);
        let result = if matches!(&*source, "/dev/zero" | "/dev/urandom" | "/dev/random") {
            let mut files = self.cx.files(user);
            // What does not fit is what a real disk takes before it is full.
            files.create(&path, true, mode).and_then(|_| files.truncate(&path, total)).map(|()| total)
        } else {
            let bytes = self.cx.files(user).read(&self.io.path(&source));
            bytes.and_then(|bytes| {
                let length = usize::try_from(total).unwrap_or(usize::MAX).min(bytes.len());
                let length = if count.is_none() { bytes.len() } else { length };
                self.cx.files(user).put(&path, bytes.get(..length).unwrap_or_default(), mode).map(|()| length as u64)
            })
        };
        match result {
            Ok(bytes) => {
                let records = bytes.div_ceil(block.max(1));
                self.io.complain(self.cx, &format!("{records}+0 records in\n{records}+0 records out"));
            }
            Err(error) => self.wrong(&format!("error writing '{target}': {error}")),
        }
    }
}

fn human(bytes: u64) -> String {
    let units = ["", "K", "M", "G", "T"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { bytes.to_string() } else { format!("{value:.1}{}", units.get(unit).copied().unwrap_or_default()) }
}

fn known_user(name: &str) -> Option<u32> {
    Some(match name {
        "daemon" => 1,
        "www-data" => 33,
        "nginx" => 101,
        "postgres" | "redis" | "mysql" => 999,
        "node" => 1000,
        "nobody" | "nogroup" => 65_534,
        _ => return None,
    })
}

/// The name of a user or group.
pub(super) fn owner(id: u32, number: bool) -> String {
    match id {
        0 if !number => "root".to_owned(),
        id => id.to_string(),
    }
}

/// `drwxr-xr-x`
fn letters(stat: &Stat) -> String {
    let kind = match stat.body {
        Body::Folder => 'd',
        Body::Link(_) => 'l',
        Body::Fifo => 'p',
        Body::File(..) => '-',
    };
    let mut out = String::from(kind);
    for shift in [6, 3, 0] {
        let bits = stat.mode >> shift;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        let sticky = shift == 0 && stat.mode & 0o1000 != 0;
        out.push(match (bits & 1 != 0, sticky) {
            (true, true) => 't',
            (false, true) => 'T',
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    out
}

/// A mode, in octal or as `u+x,go-w`; from what it was.
fn mode(text: &str, before: u16, folder: bool) -> Option<u16> {
    if let Ok(mode) = u16::from_str_radix(text, 8) {
        return Some(mode & 0o7777);
    }
    let mut mode = before;
    for clause in text.split(',') {
        let end = clause.find(['+', '-', '='])?;
        let (who, what) = clause.split_at(end);
        let mut mask = 0;
        for letter in who.chars() {
            mask |= match letter {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return None,
            };
        }
        let mask = if mask == 0 { 0o777 } else { mask };
        let operator = what.chars().next()?;
        let mut bits = 0;
        for letter in what.chars().skip(1) {
            bits |= match letter {
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' if folder || before & 0o111 != 0 => 0o111,
                'X' => 0,
                't' => 0o1000,
                's' => 0o6000,
                _ => return None,
            };
        }
        let bits = bits & (mask | 0o7000);
        mode = match operator {
            '+' => mode | bits,
            '-' => mode & !bits,
            _ => (mode & !mask) | bits,
        };
    }
    Some(mode)
}
