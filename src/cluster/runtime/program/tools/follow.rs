//! `tail`: the end of a file, and with `-f` what is added to it afterwards.

use std::rc::Rc;

use super::super::machine::{Block, Cx, Io, Read, Step, Watched};
use super::filter;
use super::{Options, Tool};

/// A `tail -f` at work.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    files: Vec<Followed>,
    /// The number of lines or bytes at the end to begin with, or from which on.
    count: filter::Count,
    /// Whether a file that another takes the place of is followed by its name (`-F`).
    by_name: bool,
    /// Whose output came last; several files have headings.
    shown: Option<usize>,
    begun: bool,
}

#[derive(Clone, Debug)]
struct Followed {
    name: Rc<str>,
    handle: Option<u32>,
}

/// `tail` begins: as a filter, or following.
pub(super) fn begin(arguments: &[Rc<str>]) -> Result<Tool, String> {
    // `tail -5` and `tail +5`.
    let arguments: Vec<Rc<str>> = arguments
        .iter()
        .map(|word| match word.strip_prefix('-').and_then(|digits| digits.parse::<u64>().ok()) {
            Some(_) => format!("-n{}", word.trim_start_matches('-')).into(),
            None => word.clone(),
        })
        .collect();
    let options = Options::of(&arguments, "ncs");
    let count = match (options.value('c'), options.value('n').or(options.long("lines"))) {
        (Some(bytes), _) => filter::Count::read(bytes, true)?,
        (None, lines) => filter::Count::read(lines.unwrap_or("10"), false)?,
    };
    let names: Vec<Rc<str>> = options.rest.iter().map(|name| Rc::from(*name)).collect();
    let by_name = options.has('F');
    let follows = by_name || options.has('f') || options.long("follow").is_some();
    if !follows || names.is_empty() {
        return Ok(Tool::Filter(filter::tail(names, count)));
    }
    let files = names.into_iter().map(|name| Followed { name, handle: None }).collect();
    Ok(Tool::Follows(Follow { files, count, by_name, shown: None, begun: false }))
}

impl Follow {
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let several = self.files.len() > 1;
        let mut moved = false;
        for number in 0..self.files.len() {
            let Some(file) = self.files.get_mut(number) else { continue };
            let path = io.path(&file.name);
            let mut fresh = false;
            if file.handle.is_none() {
                match cx.open_file(&path, None, false, io) {
                    Ok(handle) => {
                        file.handle = Some(handle);
                        fresh = true;
                    }
                    Err(error) if !self.begun => {
                        io.complain(cx, &format!("tail: can't open '{}': {error}", file.name));
                    }
                    Err(_) => {}
                }
            } else if self.by_name
                && let Some((place, inode, size, offset)) = file.handle.and_then(|handle| cx.position(handle))
                && offset >= size
            {
                let there = cx.files(io.user).open(&path);
                if there.is_ok_and(|(other, number, _)| other != place || number != inode)
                    && let Ok(handle) = cx.open_file(&path, None, false, io)
                    && let Some(old) = file.handle.replace(handle)
                {
                    cx.kernel.close(old);
                }
            }
            let Some(handle) = file.handle else { continue };
            let mut out = Vec::new();
            if fresh && !self.begun {
                let mut all = Vec::new();
                while let Read::Data(data) = cx.read(handle, 65_536) {
                    all.extend_from_slice(&data);
                    if all.len() > 4 << 20 {
                        break;
                    }
                }
                out.extend_from_slice(self.count.of(&all));
            } else {
                // A file that became shorter was begun anew.
                if let Some((_, _, size, offset)) = cx.position(handle)
                    && size < offset
                {
                    cx.seek(handle, 0);
                }
                if let Read::Data(data) = cx.read(handle, 65_536) {
                    out = data;
                }
            }
            if out.is_empty() {
                continue;
            }
            moved = true;
            if several && self.shown != Some(number) {
                let gap = if self.shown.is_some() { "\n" } else { "" };
                io.write(cx, 1, format!("{gap}==> {} <==\n", file.name).as_bytes());
            }
            self.shown = Some(number);
            io.write(cx, 1, &out);
        }
        self.begun = true;
        let some = self.files.iter().any(|file| file.handle.is_some());
        if io.failed.is_some() || !some && !self.by_name {
            return Step::Exit(1);
        }
        if moved {
            return Step::Go;
        }
        let watched = self.files.iter().map(|file| {
            let at = file.handle.and_then(|handle| cx.position(handle));
            let size = at.as_ref().map_or(0, |(_, _, size, _)| *size);
            let path: Rc<str> = io.path(&file.name).into();
            if self.by_name || file.handle.is_none() {
                let named = cx.files(io.user).open(&path).ok().map(|(place, inode, _)| (place, inode));
                return Watched { path, file: named, size };
            }
            // Followed by descriptor: whatever has the name now is seen as it is, so that only growth wakes.
            Watched { path, file: at.map(|(place, inode, ..)| (place, inode)), size }
        });
        Step::Block(Block::Watch(watched.collect()))
    }
}
