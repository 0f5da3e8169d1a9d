//! `git clone`: the files of a small repository.

use std::rc::Rc;
use std::time::Duration;

use super::{Begun, Kind};
use crate::cluster::Time;
use crate::cluster::runtime::files::Body as FileBody;
use crate::cluster::runtime::program::machine::{Block, Cx, Io, Reply, Request, Step};
use crate::cluster::runtime::program::tools::Options;

/// A clone at work.
#[derive(Clone, Debug)]
pub(super) struct Clone {
    folder: Rc<str>,
    address: Rc<str>,
    /// When its files are written.
    due: Option<Time>,
}

pub(super) fn begin(arguments: &[Rc<str>]) -> Begun {
    let options = Options::of(arguments, "bCcj");
    let mut rest = options.rest.iter();
    if *rest.next()? != "clone" {
        return None;
    }
    let address = *rest.find(|word| word.contains(['/', ':']))?;
    let name = address.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    let folder = rest.next().copied().unwrap_or_else(|| name.trim_end_matches(".git"));
    let clone = Clone { folder: folder.into(), address: address.into(), due: None };
    Some((Kind::Clone(clone), address.into(), Request::Clone { address: address.into() }, None))
}

/// How long a repository takes to come.
const CLONING: Duration = Duration::from_secs(2);

impl Clone {
    /// It begins; the step of its end where it cannot.
    pub fn announce(&self, io: &mut Io, cx: &mut Cx) -> Option<Step> {
        let folder = &self.folder;
        io.complain(cx, &format!("Cloning into '{folder}'..."));
        if cx.files(io.user).list(&io.path(folder)).is_ok_and(|names| !names.is_empty()) {
            let text = format!("fatal: destination path '{folder}' already exists and is not an empty directory.");
            io.complain(cx, &text);
            return Some(Step::Exit(128));
        }
        None
    }

    /// Once the server has answered: the files are written when they are here.
    pub fn step(&self, io: &mut Io, cx: &mut Cx) -> Option<Step> {
        let at = self.due?;
        Some(if at > cx.now() { Step::Block(Block::Until(at)) } else { self.checkout(io, cx) })
    }

    pub fn hear(&mut self, reply: &Reply, host: &str, io: &mut Io, cx: &mut Cx) -> Step {
        let why = match reply {
            Reply::Connected => {
                self.due = Some(cx.now() + CLONING);
                return Step::Go;
            }
            Reply::Unknown => "Could not resolve host",
            _ => "Failed to connect to",
        };
        let colon = if *reply == Reply::Unknown { ":" } else { "" };
        io.complain(cx, &format!("fatal: unable to access '{}/': {why}{colon} {host}", self.address));
        Step::Exit(128)
    }

    /// Writes a small tree, as a repository may have.
    fn checkout(&self, io: &mut Io, cx: &mut Cx) -> Step {
        let (folder, address) = (&self.folder, &self.address);
        let root = io.path(folder);
        let name = address.trim_end_matches('/').trim_end_matches(".git").rsplit('/').next().unwrap_or("repository");
        let page = format!("<!DOCTYPE html>\n<title>{name}</title>\n<h1>{name}</h1>\n");
        let files: [(&str, String); 4] = [
            ("README.md", format!("# {name}\n\nCloned from {address}\n")),
            ("index.html", page),
            (".git/HEAD", "ref: refs/heads/main\n".to_owned()),
            (".git/config", format!("[remote \"origin\"]\n\turl = {address}\n")),
        ];
        let mut files_view = cx.files(io.user);
        let mut result = Ok(());
        for path in [root.clone(), format!("{root}/.git")] {
            if files_view.stat(&path, true).is_err() {
                result = result.and(files_view.make(&path, FileBody::Folder, 0o755));
            }
        }
        for (path, text) in files {
            result = result.and_then(|()| files_view.put(&format!("{root}/{path}"), text.as_bytes(), 0o644));
        }
        match result {
            Ok(()) => Step::Exit(0),
            Err(error) => {
                io.complain(cx, &format!("fatal: could not create work tree dir '{folder}': {error}"));
                Step::Exit(128)
            }
        }
    }
}
