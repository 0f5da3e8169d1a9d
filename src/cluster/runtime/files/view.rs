//! What a container sees: its own layer with volumes mounted over it, and what it may do there.

mod change;

use collections::Listed;
use std::rc::Rc;

use super::{Body, FileError, Layer, Stat, Tree};
use crate::cluster::Time;

/// Every volume of the cluster by its key.
pub(crate) type Disks = Listed<Rc<str>, Rc<Disk>>;

/// A volume's files, and what has changed in it since somebody last took note.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub tree: Tree,
    pub changes: Vec<DiskChange>,
    /// Whether its files come from the API: the kubelet alone writes there, containers may only read.
    pub from_api: bool,
}

/// A change of a volume's files; names are relative to the volume's root.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DiskChange {
    /// Bytes were added at a file's end.
    Appended(Rc<str>, Vec<u8>),
    /// A file (or link, or folder) is there anew, or has other bytes than before.
    Set(Rc<str>),
    /// A name is gone, with all below it.
    Removed(Rc<str>),
}

impl DiskChange {
    fn name(&self) -> &Rc<str> {
        let (DiskChange::Appended(name, _) | DiskChange::Set(name) | DiskChange::Removed(name)) = self;
        name
    }
}

impl Disk {
    /// A volume with these files.
    pub fn new(tree: Tree) -> Self {
        Self { tree, changes: Vec::new(), from_api: false }
    }

    fn note(&mut self, change: DiskChange) {
        if let DiskChange::Appended(name, bytes) = &change
            && let Some(DiskChange::Appended(last, so_far)) = self.changes.last_mut()
            && last == name
        {
            so_far.extend_from_slice(bytes);
            return;
        }
        if matches!(change, DiskChange::Set(_)) && self.changes.last() == Some(&change) {
            return;
        }
        // What a file holds that was set is read when note is taken: with all that is added to it until then.
        if let DiskChange::Appended(name, _) = &change
            && let Some(DiskChange::Set(_)) = self.changes.iter().rev().find(|earlier| earlier.name() == name)
        {
            return;
        }
        self.changes.push(change);
    }
}

/// A volume (or a part of it) as a container sees it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mount {
    /// The folder it is seen at: absolute, without a slash at the end.
    pub at: Rc<str>,
    /// The volume's key.
    pub disk: Rc<str>,
    /// The part of the volume that is seen; empty for all of it.
    pub sub: Rc<str>,
    pub read_only: bool,
}

/// Which tree a file is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The container's own layer.
    Layer,
    /// A volume.
    Disk(Rc<str>),
}

/// The files as one process of a container sees them, for the length of a step.
pub(crate) struct Files<'a> {
    pub layer: &'a mut Rc<Layer>,
    pub mounts: &'a [Mount],
    pub disks: &'a mut Disks,
    pub read_only_root: bool,
    pub user: u32,
    pub groups: &'a [u32],
    pub now: Time,
}

/// A path that was followed: the tree, the name in it, and whether it may be written.
struct Found {
    place: Place,
    name: String,
    read_only: bool,
}

/// `path` from `folder`, absolute, without `.`, `..` and double slashes.
pub(crate) fn absolute(folder: &str, path: &str) -> String {
    if is_plain(path) {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { folder };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut out = String::with_capacity(path.len() + 1);
    for part in parts {
        out.push('/');
        out.push_str(part);
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

/// Whether a path is absolute and has nothing in it that could be left out.
fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    bytes.len() > 1
        && bytes.first() == Some(&b'/')
        && bytes.last() != Some(&b'/')
        && !pairs.into_iter().any(|(one, next)| *one == b'/' && matches!(next, b'/' | b'.'))
}

/// The folder of an absolute path, and the last name in it.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name))
}

impl Files<'_> {
    fn tree(&self, place: &Place) -> Option<&Tree> {
        match place {
            Place::Layer => Some(self.layer),
            Place::Disk(key) => self.disks.get(key).map(|disk| &disk.tree),
        }
    }

    fn tree_mut(&mut self, place: &Place) -> Option<&mut Tree> {
        match place {
            Place::Layer => Rc::make_mut(self.layer).tree_mut(),
            Place::Disk(key) => self.disks.get_mut(key).map(|disk| &mut Rc::make_mut(disk).tree),
        }
    }

    fn note(&mut self, place: &Place, change: DiskChange) {
        if let Place::Disk(key) = place
            && let Some(disk) = self.disks.get_mut(key)
        {
            Rc::make_mut(disk).note(change);
        }
    }

    /// The tree that an absolute path without links lies in.
    fn place(&self, path: &str) -> Found {
        let mut best: Option<&Mount> = None;
        for mount in self.mounts {
            let inside = path.strip_prefix(&*mount.at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if inside && best.is_none_or(|best| best.at.len() <= mount.at.len()) {
                best = Some(mount);
            }
        }
        match best {
            Some(mount) => {
                let rest = path.get(mount.at.len()..).unwrap_or_default().trim_start_matches('/');
                let name = match (mount.sub.is_empty(), rest.is_empty()) {
                    (true, _) => rest.to_owned(),
                    (false, true) => mount.sub.to_string(),
                    (false, false) => format!("{}/{rest}", mount.sub),
                };
                Found { place: Place::Disk(mount.disk.clone()), name, read_only: mount.read_only }
            }
            None => {
                let name = path.trim_start_matches('/').to_owned();
                Found { place: Place::Layer, name, read_only: self.read_only_root }
            }
        }
    }

    /// Follows an absolute path; with `last` also where its last part is a link.
    fn find(&self, path: &str, last: bool) -> Result<Found, FileError> {
        let mut path = absolute("/", path);
        for _ in 0..40 {
            let found = self.place(&path);
            let Some(tree) = self.tree(&found.place) else { return Err(FileError::NotFound) };
            let mut linked = None;
            let mut end = 0;
            let name = found.name.as_str();
            // Most names are there and have no links: one look tells.
            while end < name.len() {
                end = name.get(end + 1..).and_then(|rest| rest.find('/')).map_or(name.len(), |at| end + 1 + at);
                if end == name.len() && !last {
                    break;
                }
                match tree.lookup(name.get(..end).unwrap_or_default()).and_then(|number| tree.inode(number)) {
                    Some(inode) => match &inode.body {
                        Body::Link(target) => {
                            linked = Some((end, target.clone()));
                            break;
                        }
                        Body::Folder => {}
                        _ if end < name.len() => return Err(FileError::NotAFolder),
                        _ => {}
                    },
                    None if end < name.len() => {
                        // A mount point below need not be a folder of the layer.
                        if self.mounts.iter().any(|mount| mount.at.starts_with(&path)) {
                            break;
                        }
                        return Err(FileError::NotFound);
                    }
                    None => {}
                }
            }
            let Some((end, target)) = linked else { return Ok(found) };
            let cut = path.len().saturating_sub(name.len() - end);
            let (folder, _) = split(path.get(..cut).unwrap_or_default());
            let rest = path.get(cut..).unwrap_or_default();
            path = absolute(folder, &format!("{target}{rest}"));
        }
        Err(FileError::Loop)
    }

    fn may(&self, stat: &Stat, want: u16) -> Result<(), FileError> {
        let shift = if stat.user == self.user {
            6
        } else if self.groups.contains(&stat.group) {
            3
        } else {
            0
        };
        // Root may do everything but run what nobody may run.
        if self.user == 0 && (want != 1 || stat.mode & 0o111 != 0) || (stat.mode >> shift) & want == want {
            return Ok(());
        }
        Err(FileError::Denied)
    }

    /// Whether the file may be used: 4 read, 2 write, 1 run.
    pub fn access(&self, path: &str, want: u16) -> Result<(), FileError> {
        let found = self.find(path, true)?;
        let stat = self.tree(&found.place).and_then(|tree| tree.stat(&found.name)).ok_or(FileError::NotFound)?;
        if want == 2 && found.read_only {
            return Err(FileError::ReadOnly);
        }
        self.may(&stat, want)
    }

    /// Whether something may be made or removed in the folder of `found`.
    fn folder_writable(&self, found: &Found) -> Result<(), FileError> {
        let folder = found.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let tree = self.tree(&found.place).ok_or(FileError::NotFound)?;
        let stat = tree.stat(folder).ok_or(FileError::NotFound)?;
        if !stat.is_folder() {
            return Err(FileError::NotAFolder);
        }
        if found.read_only {
            return Err(FileError::ReadOnly);
        }
        self.may(&stat, 2)
    }

    /// What is known of a path; with `follow` of what a link leads to.
    pub fn stat(&self, path: &str, follow: bool) -> Result<Stat, FileError> {
        let found = self.find(path, follow)?;
        match self.tree(&found.place).and_then(|tree| tree.stat(&found.name)) {
            Some(stat) => Ok(stat),
            None if self.is_above_a_mount(path) => Ok(Stat {
                number: 0,
                body: Body::Folder,
                mode: 0o755,
                user: 0,
                group: 0,
                modified: Time::ZERO,
                links: 1,
            }),
            None => Err(FileError::NotFound),
        }
    }

    fn is_above_a_mount(&self, path: &str) -> bool {
        let path = absolute("/", path);
        let inside = |mount: &Mount| mount.at.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/'));
        path == "/" || self.mounts.iter().any(inside)
    }

    /// The bytes of a file.
    pub fn read(&self, path: &str) -> Result<Rc<Vec<u8>>, FileError> {
        let stat = self.stat(path, true)?;
        self.may(&stat, 4)?;
        match stat.body {
            Body::File(bytes, _) => Ok(bytes),
            Body::Folder => Err(FileError::IsAFolder),
            _ => Err(FileError::Invalid),
        }
    }

    /// The names in a folder, sorted.
    pub fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        let stat = self.stat(path, true)?;
        if !stat.is_folder() {
            return Err(FileError::NotAFolder);
        }
        self.may(&stat, 4)?;
        let found = self.find(path, true)?;
        let mut names = self.tree(&found.place).map(|tree| tree.list(&found.name)).unwrap_or_default();
        let folder = absolute("/", path);
        let folder = folder.trim_end_matches('/');
        for mount in self.mounts {
            let rest = mount.at.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
            if let Some(name) = rest.and_then(|rest| rest.split('/').next())
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
            }
        }
        collections::sort(&mut names);
        Ok(names)
    }

    /// Opens a file for reading: where it is.
    pub fn open(&self, path: &str) -> Result<(Place, u32, Body), FileError> {
        let found = self.find(path, true)?;
        let stat = self.tree(&found.place).and_then(|tree| tree.stat(&found.name)).ok_or(FileError::NotFound)?;
        self.may(&stat, 4)?;
        Ok((found.place, stat.number, stat.body))
    }

    /// Up to `most` bytes of an open file from `offset` on.
    pub fn read_at(&self, place: &Place, number: u32, offset: u64, most: usize) -> Vec<u8> {
        let Some(inode) = self.tree(place).and_then(|tree| tree.inode(number)) else { return Vec::new() };
        let Body::File(bytes, zeros) = &inode.body else { return Vec::new() };
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(most).min(bytes.len());
        match bytes.get(start..end) {
            Some(part) if !part.is_empty() => part.to_vec(),
            _ => {
                let left = (bytes.len() as u64 + zeros).saturating_sub(offset);
                vec![0; usize::try_from(left).unwrap_or(usize::MAX).min(most)]
            }
        }
    }

    /// The length of an open file; none once it has no name.
    pub fn size_of(&self, place: &Place, number: u32) -> Option<u64> {
        match &self.tree(place)?.inode(number)?.body {
            Body::File(bytes, zeros) => Some(bytes.len() as u64 + zeros),
            _ => Some(0),
        }
    }

    /// How many bytes the tree of a path has in use.
    pub fn used(&self, path: &str) -> u64 {
        let found = self.place(&absolute("/", path));
        self.tree(&found.place).map(Tree::used).unwrap_or_default()
    }
}
