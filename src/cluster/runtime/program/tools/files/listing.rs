//! Programs that say what lies where: `ls`, `stat`, `readlink`, `du`, `df`.

use super::super::Options;
use super::super::clock::civil_text;
use super::Work;
use super::owner::owner;
use crate::cluster::runtime::files::{Body, FileError, Stat};

impl Work<'_, '_, '_> {
    pub(super) fn ls(&mut self, options: &Options) {
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

    pub(super) fn readlink(&mut self, options: &Options) {
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

    pub(super) fn stat(&mut self, options: &Options) {
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

    pub(super) fn du(&mut self, options: &Options) {
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

    pub(super) fn df(&mut self, options: &Options) {
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
        let special = stat.mode >> (9 + shift / 3) & 1 != 0;
        out.push(match (bits & 1 != 0, special) {
            (true, true) if shift == 0 => 't',
            (false, true) if shift == 0 => 'T',
            (true, true) => 's',
            (false, true) => 'S',
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    out
}
