//! Whose a file is and who may do what with it: `chmod`, `chown`, `chgrp`.

use super::super::Options;
use super::Work;
use crate::cluster::runtime::files::{Body, FileError};

impl Work<'_, '_, '_> {
    pub(super) fn change(&mut self, options: &Options) {
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
}

pub(super) fn known_user(name: &str) -> Option<u32> {
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
pub(in super::super) fn owner(id: u32, number: bool) -> String {
    match id {
        0 if !number => "root".to_owned(),
        id => id.to_string(),
    }
}

/// A mode, in octal or as `u+x,go-w`; from what it was.
pub(super) fn mode(text: &str, before: u16, folder: bool) -> Option<u16> {
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
