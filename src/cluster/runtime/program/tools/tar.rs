//! `tar`: files in one stream and out of it again, as `kubectl cp` carries them (POSIX.1-2017 pax, ustar interchange
//! format; busybox: archival/tar.c).

use std::rc::Rc;

use super::super::machine::{Body as Work, Cx, Io, Step};
use super::filter::{Filter, Kind};
use super::{Options, Tool, fail};
use crate::cluster::runtime::files::Body;

/// Headers, and what files are filled up to.
const BLOCK: usize = 512;
/// How many files go into an archive.
const MOST: usize = 10_000;

/// What is done with an archive that is read.
#[derive(Clone, Debug)]
pub(super) struct Unpack {
    /// Where its files go.
    folder: String,
    /// Only their names are told.
    lists: bool,
    /// Names are told as they are met.
    tells: bool,
    /// What was read of it so far.
    pub data: Vec<u8>,
}

/// Begins `tar`.
pub(super) fn begin(arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
    // The first word may be letters without a dash.
    let mut arguments = arguments.to_vec();
    if let Some(first) = arguments.first_mut().filter(|word| !word.starts_with('-')) {
        *first = format!("-{first}").into();
    }
    let options = Options::of(&arguments, "fC");
    if options.has('z') || options.has('j') || options.has('J') {
        return fail("tar", "compression is not simulated", 1, io, cx);
    }
    let file = options.value('f').unwrap_or("-");
    let folder = options.value('C').map_or_else(|| io.folder.to_string(), |folder| io.path(folder));
    if !cx.files(io.user).stat(&folder, true).is_ok_and(|stat| stat.is_folder()) {
        let name = options.value('C').unwrap_or_default();
        return fail("tar", &format!("can't change directory to '{name}': No such file or directory"), 1, io, cx);
    }
    match (options.has('c'), options.has('x'), options.has('t')) {
        (true, false, false) => pack(&options, file, &folder, io, cx),
        (false, extracts, lists) if extracts != lists => {
            let unpack = Unpack { folder, lists, tells: lists || options.has('v'), data: Vec::new() };
            let filter = Filter::new(Kind::Untar(Box::new(unpack)), vec![file.into()]);
            Step::Become(Work::Tool(Box::new(Tool::Filter(filter))))
        }
        _ => fail("tar", "one of -c, -x and -t is needed", 1, io, cx),
    }
}

fn pack(options: &Options, file: &str, folder: &str, io: &mut Io, cx: &mut Cx) -> Step {
    if options.rest.is_empty() {
        return fail("tar", "empty archive", 1, io, cx);
    }
    let (mut out, mut status) = (Vec::new(), 0);
    let mut names: Vec<String> = options.rest.iter().rev().map(|name| (*name).to_owned()).collect();
    let mut count = 0;
    let mut told = false;
    while let Some(name) = names.pop().filter(|_| count < MOST) {
        count += 1;
        let path = crate::cluster::runtime::files::absolute(folder, &name);
        let stat = match cx.files(io.user).stat(&path, false) {
            Ok(stat) => stat,
            Err(error) => {
                io.complain(cx, &format!("tar: {name}: {error}"));
                status = 1;
                continue;
            }
        };
        let bare = name.trim_start_matches('/');
        if bare.len() < name.len() && !std::mem::replace(&mut told, true) {
            io.complain(cx, "tar: removing leading '/' from member names");
        }
        if options.has('v') {
            io.write(cx, if file == "-" { 2 } else { 1 }, format!("{bare}\n").as_bytes());
        }
        let modified = cx.kernel.setup.epoch + i64::try_from(stat.modified.as_micros() / 1_000_000).unwrap_or_default();
        let owner = (stat.user, stat.group);
        let head = Head { name: bare, mode: stat.mode, owner, size: 0, modified, kind: b'0', target: "" };
        match &stat.body {
            Body::Folder => {
                let slashed = format!("{}/", bare.trim_end_matches('/'));
                Head { name: &slashed, kind: b'5', ..head }.write(&mut out);
                let inside = cx.files(io.user).list(&path).unwrap_or_default();
                names.extend(inside.into_iter().rev().map(|one| format!("{}/{one}", name.trim_end_matches('/'))));
            }
            Body::Link(target) => Head { kind: b'2', target, ..head }.write(&mut out),
            Body::File(..) => match cx.files(io.user).read(&path) {
                Ok(bytes) => {
                    Head { size: bytes.len(), ..head }.write(&mut out);
                    out.extend_from_slice(&bytes);
                    out.resize(out.len().next_multiple_of(BLOCK), 0);
                }
                Err(error) => {
                    io.complain(cx, &format!("tar: can't open '{name}': {error}"));
                    status = 1;
                }
            },
            Body::Fifo => {}
        }
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    if file == "-" {
        io.write(cx, 1, &out);
    } else if let Err(error) = cx.files(io.user).put(&io.path(file), &out, 0o644) {
        return fail("tar", &format!("can't open '{file}': {error}"), 1, io, cx);
    }
    Step::Exit(status)
}

/// What stands before a file.
struct Head<'a> {
    name: &'a str,
    mode: u16,
    owner: (u32, u32),
    size: usize,
    /// Seconds since 1970.
    modified: i64,
    kind: u8,
    target: &'a str,
}

impl Head<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let mut block = [0_u8; BLOCK];
        let mut put = |at: usize, bytes: &[u8], most: usize| {
            for (place, byte) in block.iter_mut().skip(at).zip(bytes.iter().take(most)) {
                *place = *byte;
            }
        };
        // A name that is too long for its field goes into two, parted at a slash.
        let parted = (self.name.len() > 100)
            .then(|| self.name.match_indices('/').map(|(at, _)| at).find(|at| self.name.len() - at - 1 <= 100))
            .flatten();
        let (before, name) = match parted {
            Some(at) => (self.name.get(..at).unwrap_or_default(), self.name.get(at + 1..).unwrap_or_default()),
            None => ("", self.name),
        };
        put(0, name.as_bytes(), 100);
        put(100, format!("{:07o}", self.mode & 0o7777).as_bytes(), 7);
        put(108, format!("{:07o}", self.owner.0).as_bytes(), 7);
        put(116, format!("{:07o}", self.owner.1).as_bytes(), 7);
        put(124, format!("{:011o}", self.size).as_bytes(), 11);
        put(136, format!("{:011o}", self.modified.max(0)).as_bytes(), 11);
        // The sum counts its own field as blanks.
        put(148, b"        ", 8);
        put(156, &[self.kind], 1);
        put(157, self.target.as_bytes(), 100);
        put(257, b"ustar\x0000", 8);
        put(345, before.as_bytes(), 155);
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        for (place, byte) in block.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
            *place = byte;
        }
        out.extend_from_slice(&block);
    }
}

fn text(block: &[u8], at: usize, most: usize) -> String {
    let field = block.get(at..at + most).unwrap_or_default();
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

fn number(block: &[u8], at: usize, most: usize) -> Option<usize> {
    let digits = text(block, at, most);
    let digits = digits.trim();
    if digits.is_empty() { Some(0) } else { usize::from_str_radix(digits, 8).ok() }
}

impl Unpack {
    /// Puts the files of the archive where they go, or tells their names: the exit code.
    pub fn finish(&mut self, out: &mut Vec<u8>, io: &mut Io, cx: &mut Cx) -> i32 {
        let data = std::mem::take(&mut self.data);
        let mut rest = data.as_slice();
        // What an extended header said of the next file.
        let mut long_name = None;
        let mut status = 0;
        loop {
            let Some((block, after)) = rest.split_at_checked(BLOCK) else {
                if rest.is_empty() && !data.is_empty() {
                    return status;
                }
                io.complain(cx, "tar: short read");
                return 1;
            };
            if block.iter().all(|byte| *byte == 0) {
                return status;
            }
            let size = number(block, 124, 12).filter(|_| text(block, 257, 5) == "ustar");
            let Some((body, after)) = size.and_then(|size| {
                let (body, _) = after.split_at_checked(size)?;
                Some((body, after.get(size.next_multiple_of(BLOCK)..).unwrap_or_default()))
            }) else {
                io.complain(cx, "tar: invalid tar magic");
                return 1;
            };
            rest = after;
            let kind = block.get(156).copied().unwrap_or_default();
            match kind {
                b'x' => long_name = pax_path(body).or(long_name),
                b'L' => long_name = Some(text(body, 0, body.len())),
                b'g' => {}
                _ => {
                    let before = text(block, 345, 155);
                    let short = text(block, 0, 100);
                    let slash = if before.is_empty() { "" } else { "/" };
                    let name = long_name.take().unwrap_or_else(|| format!("{before}{slash}{short}"));
                    if self.tells {
                        out.extend_from_slice(format!("{name}\n").as_bytes());
                    }
                    if self.lists {
                        continue;
                    }
                    let mode =
                        number(block, 100, 8).and_then(|mode| u16::try_from(mode & 0o7777).ok()).unwrap_or(0o644);
                    if let Err(text) = self.place(&name, kind, mode, &text(block, 157, 100), body, io, cx) {
                        io.complain(cx, &format!("tar: {text}"));
                        status = 1;
                    }
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one entry")]
    fn place(
        &self,
        name: &str,
        kind: u8,
        mode: u16,
        target: &str,
        body: &[u8],
        io: &mut Io,
        cx: &mut Cx,
    ) -> Result<(), String> {
        let bare = name.trim_matches('/');
        if bare.split('/').any(|part| part == "..") {
            return Err(format!("name with '..' skipped: '{name}'"));
        }
        let path = crate::cluster::runtime::files::absolute(&self.folder, bare);
        let mut files = cx.files(io.user);
        // Folders that the archive does not name are made.
        for (at, _) in path.match_indices('/').skip(1) {
            let folder = path.get(..at).unwrap_or_default();
            if files.stat(folder, true).is_err() {
                files
                    .make(folder, Body::Folder, 0o755)
                    .map_err(|error| format!("can't create directory '{folder}': {error}"))?;
            }
        }
        match kind {
            b'5' if files.stat(&path, true).is_ok_and(|stat| stat.is_folder()) => Ok(()),
            b'5' => files.make(&path, Body::Folder, mode),
            b'2' => {
                let _not_there = files.remove(&path, false, false);
                files.make(&path, Body::Link(target.into()), 0o777)
            }
            _ => files.put(&path, body, mode),
        }
        .map_err(|error| format!("can't open '{bare}': {error}"))
    }
}

/// The name in the records of an extended header: `30 path=some/name`, each with its length first.
fn pax_path(mut records: &[u8]) -> Option<String> {
    while let Some(at) = records.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(records.get(..at)?).ok()?.parse().ok()?;
        let record = records.get(at + 1..length)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            return Some(String::from_utf8_lossy(path.strip_suffix(b"\n").unwrap_or(path)).into_owned());
        }
        records = records.get(length..)?;
    }
    None
}
