//! Where a server works: in a container with its files, or, where nothing is mounted into it, by its image alone; then
//! nothing has to be kept for it.

use std::rc::Rc;

use super::super::images::Image;
use super::super::machine::{Cx, Io};
use super::super::tools::civil_text;
use crate::cluster::Time;

/// See the module.
pub(crate) enum Desk<'a, 'b, 'o> {
    /// With the files and descriptors of a container.
    Container(&'a mut Io, &'a mut Cx<'b, 'o>),
    /// By the image alone.
    Image(Bare<'a>),
}

/// What is known of a container of which only the image matters.
pub(crate) struct Bare<'a> {
    pub image: Option<Image>,
    pub hostname: &'a str,
    /// Seconds since 1970 when the run began.
    pub epoch: i64,
    pub now: Time,
    /// What it writes: whether to standard error, and the line.
    pub lines: &'a mut Vec<(bool, String)>,
}

impl Desk<'_, '_, '_> {
    /// The present.
    pub fn now(&self) -> Time {
        match self {
            Desk::Container(_, cx) => cx.now(),
            Desk::Image(bare) => bare.now,
        }
    }

    /// The present by a form of `strftime`.
    pub fn time(&self, form: &str) -> String {
        match self {
            Desk::Container(_, cx) => civil_text(form, cx.kernel.setup.epoch, cx.now()),
            Desk::Image(bare) => civil_text(form, bare.epoch, bare.now),
        }
    }

    /// The name of the host.
    pub fn hostname(&self) -> String {
        match self {
            Desk::Container(_, cx) => cx.kernel.setup.hostname.to_string(),
            Desk::Image(bare) => bare.hostname.to_owned(),
        }
    }

    /// An absolute path.
    pub fn path(&self, path: &str) -> String {
        match self {
            Desk::Container(io, _) => io.path(path),
            Desk::Image(_) => path.to_owned(),
        }
    }

    /// The bytes of a file.
    pub fn read(&mut self, path: &str) -> Option<Rc<[u8]>> {
        match self {
            Desk::Container(_, cx) => cx.files(0).read(path).ok().map(|bytes| bytes.as_slice().into()),
            Desk::Image(bare) => {
                let (_, text) = bare.image?.files().find(|(name, _)| *name == path)?;
                Some(super::super::images::file_text(text).into_bytes().into())
            }
        }
    }

    /// Whether there is a folder of this name.
    pub fn is_folder(&mut self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        match self {
            Desk::Container(_, cx) => cx.files(0).stat(path, true).is_ok_and(|stat| stat.is_folder()),
            Desk::Image(bare) => bare.image.is_some_and(|image| {
                image.files().any(|(name, _)| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
            }),
        }
    }

    /// The names in a folder.
    pub fn list(&mut self, path: &str) -> Vec<String> {
        match self {
            Desk::Container(_, cx) => cx.files(0).list(path).unwrap_or_default(),
            Desk::Image(_) => Vec::new(),
        }
    }

    /// Writes a line to standard output or standard error.
    pub fn say(&mut self, stderr: bool, line: &str) {
        match self {
            // A server goes on without its log where that cannot take more.
            Desk::Container(io, _) if io.is_blocked() => {}
            Desk::Container(io, cx) => io.write(cx, if stderr { 2 } else { 1 }, format!("{line}\n").as_bytes()),
            Desk::Image(bare) => bare.lines.push((stderr, line.to_owned())),
        }
    }

    /// Writes a line to a log file. In the image that is a link to the container's own log; where a volume is mounted
    /// over its folder it is a file of the volume.
    pub fn log(&mut self, stderr: bool, path: &str, line: &str) {
        if let Desk::Container(_, cx) = self
            && cx.kernel.setup.mounts.iter().any(|mount| path.starts_with(&format!("{}/", mount.at)))
        {
            let mut files = cx.files(0);
            if let Ok((place, number, _)) = files.create(path, false, 0o644) {
                let size = files.size_of(&place, number).unwrap_or(0);
                // A log that is full is lost, as a server goes on without it.
                let _lost = files.write(&place, number, size, format!("{line}\n").as_bytes());
            }
            return;
        }
        self.say(stderr, line);
    }
}
