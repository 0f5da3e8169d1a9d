//! Programs that only do something with files: `ls`, `mkdir`, `cp`, `chmod`, …

mod listing;
mod owner;

use std::rc::Rc;

use super::super::machine::{Cx, Io};
use super::Options;
use crate::cluster::runtime::files::{Body, FileError, Stat};

pub(super) use owner::owner;

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
                Err(FileError::IsAFolder) => self.wrong(&format!("'{name}' is a directory")),
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

    fn truncate(&mut self, options: &Options) {
        let text = options.value('s').or(options.value('l')).unwrap_or_default();
        let Some(bytes) = size(text) else { return self.wrong(&format!("invalid number '{text}'")) };
        self.each(options, |work, path| work.cx.files(work.io.user).truncate(path, bytes));
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
