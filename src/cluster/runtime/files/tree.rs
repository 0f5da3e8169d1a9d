//! One tree of files: names that lead to inodes. A clone shares every file's bytes, so that a checkpoint is cheap.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::{FileError, absolute};
use crate::cluster::Time;

/// What an inode holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// A folder; which names are in it follows from the names.
    Folder,
    /// A file: its bytes, and how many zeros follow them that are counted and not kept.
    File(Rc<Vec<u8>>, u64),
    /// A symbolic link.
    Link(Rc<str>),
    /// A named pipe.
    Fifo,
}

/// A file, folder, link or named pipe, whatever its names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inode {
    pub body: Body,
    /// Permission bits.
    pub mode: u16,
    pub user: u32,
    pub group: u32,
    /// When it was last written.
    pub modified: Time,
    /// How many names lead to it.
    links: u32,
}

/// What `stat` tells of a file.
#[derive(Clone, Debug)]
pub(crate) struct Stat {
    pub number: u32,
    pub body: Body,
    pub mode: u16,
    pub user: u32,
    pub group: u32,
    pub modified: Time,
    pub links: u32,
}

impl Stat {
    /// The length in bytes.
    pub fn size(&self) -> u64 {
        match &self.body {
            Body::File(bytes, zeros) => bytes.len() as u64 + zeros,
            Body::Link(target) => target.len() as u64,
            Body::Folder => 4096,
            Body::Fifo => 0,
        }
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.body == Body::Folder
    }
}

/// A tree. Names are relative to its root, which is the empty name: `a/b`.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    names: BTreeMap<Rc<str>, u32>,
    inodes: BTreeMap<u32, Inode>,
    next: u32,
    /// The sum of all files' sizes.
    used: u64,
    /// What `used` may come to; beyond there is no space left.
    limit: u64,
}

/// How many bytes a tree really keeps; a disk is full then, whatever its limit.
const HELD: u64 = 16 << 20;
/// How many files and folders a tree holds.
const INODES: usize = 20_000;
/// How long a name may be.
const LONGEST_NAME: usize = 4_096;

impl Tree {
    /// An empty tree whose root has `mode`, for at most `limit` bytes.
    pub fn new(mode: u16, group: u32, limit: u64) -> Self {
        let root = Inode { body: Body::Folder, mode, user: 0, group, modified: Time::ZERO, links: 1 };
        Self { names: BTreeMap::from([("".into(), 0)]), inodes: BTreeMap::from([(0, root)]), next: 1, used: 0, limit }
    }

    /// How many bytes its files have.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// The inode of `number`, while it has a name.
    pub fn inode(&self, number: u32) -> Option<&Inode> {
        self.inodes.get(&number)
    }

    /// The inode's number of a name.
    pub fn lookup(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// What is known of a name.
    pub fn stat(&self, name: &str) -> Option<Stat> {
        let number = self.lookup(name)?;
        let Inode { body, mode, user, group, modified, links } = self.inodes.get(&number)?.clone();
        Some(Stat { number, body, mode, user, group, modified, links })
    }

    /// The name that `name` leads to, where links on its way lead somewhere in the tree.
    pub fn follow(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for _ in 0..8 {
            let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
            let linked = ends.filter_map(|end| {
                let (before, rest) = name.split_at_checked(end)?;
                match &self.inodes.get(&self.lookup(before)?)?.body {
                    Body::Link(target) if !target.starts_with('/') => Some((before, rest, target)),
                    _ => None,
                }
            });
            let Some((before, rest, target)) = linked.take(1).next() else { break };
            let folder = before.rsplit_once('/').map_or("", |(folder, _)| folder);
            name = absolute(&format!("/{folder}"), &format!("{target}{rest}")).trim_start_matches('/').to_owned();
        }
        name
    }

    /// Some name of an inode.
    pub fn name_of(&self, number: u32) -> Option<&Rc<str>> {
        self.names.iter().find(|(_, known)| **known == number).map(|(name, _)| name)
    }

    /// Every name below the folder `name`, in order, with what it is.
    pub fn below<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a Rc<str>, &'a Inode)> + use<'a> {
        let prefix = if name.is_empty() { String::new() } else { format!("{name}/") };
        self.names
            .range(Rc::from(prefix.as_str())..)
            .take_while({
                let prefix = prefix.clone();
                move |(known, _)| known.starts_with(&prefix)
            })
            .filter(|(known, _)| !known.is_empty())
            .filter_map(|(known, number)| Some((known, self.inodes.get(number)?)))
    }

    /// The names directly in a folder.
    pub fn list(&self, name: &str) -> Vec<String> {
        let skip = if name.is_empty() { 0 } else { name.len() + 1 };
        let names = self.below(name).filter_map(|(known, _)| known.get(skip..));
        names.filter(|rest| !rest.contains('/')).map(str::to_owned).collect()
    }

    /// Makes an inode at `name`, whose folder must be there.
    ///
    /// # Errors
    /// The folder is missing, the name is taken, or there is no room.
    pub fn make(&mut self, name: &str, body: Body, mode: u16, owner: (u32, u32), now: Time) -> Result<u32, FileError> {
        if self.names.contains_key(name) {
            return Err(FileError::Exists);
        }
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        match self.lookup(folder).and_then(|number| self.inodes.get(&number)) {
            None => return Err(FileError::NotFound),
            Some(inode) if inode.body != Body::Folder => return Err(FileError::NotAFolder),
            Some(_) => {}
        }
        if self.inodes.len() >= INODES || name.len() > LONGEST_NAME {
            return Err(FileError::NoSpace);
        }
        let number = self.next;
        self.next += 1;
        if let Body::File(bytes, zeros) = &body {
            self.used += bytes.len() as u64 + zeros;
        }
        let inode = Inode { body, mode, user: owner.0, group: owner.1, modified: now, links: 1 };
        self.inodes.insert(number, inode);
        self.names.insert(name.into(), number);
        Ok(number)
    }

    /// Makes a folder and those above it, where they are missing; for a tree being filled.
    pub fn make_folders(&mut self, name: &str) {
        let mut end = 0;
        while end < name.len() {
            end = name.get(end + 1..).and_then(|rest| rest.find('/')).map_or(name.len(), |at| end + 1 + at);
            let _there_already =
                self.make(name.get(..end).unwrap_or_default(), Body::Folder, 0o755, (0, 0), Time::ZERO);
        }
    }

    /// Puts a file with these bytes at `name`, and folders above it; for a tree being filled.
    pub fn put(&mut self, name: &str, bytes: &[u8], mode: u16) {
        if let Some((folder, _)) = name.rsplit_once('/') {
            self.make_folders(folder);
        }
        if let Ok(number) = self.make(name, Body::File(Rc::new(bytes.to_vec()), 0), mode, (0, 0), Time::ZERO) {
            debug_assert!(self.inodes.contains_key(&number));
        }
    }

    /// Gives an inode another name.
    ///
    /// # Errors
    /// The name is taken or its folder missing.
    pub fn link(&mut self, number: u32, name: &str, now: Time) -> Result<(), FileError> {
        // A name for a moment of its own inode checks everything a name needs.
        let own = self.make(name, Body::Fifo, 0, (0, 0), now)?;
        self.inodes.remove(&own);
        self.names.insert(name.into(), number);
        if let Some(inode) = self.inodes.get_mut(&number) {
            inode.links += 1;
        }
        Ok(())
    }

    /// Takes a name away, and the inode with its last name.
    pub fn unlink(&mut self, name: &str) {
        let Some(number) = self.names.remove(name) else { return };
        let Some(inode) = self.inodes.get_mut(&number) else { return };
        inode.links = inode.links.saturating_sub(1);
        if inode.links == 0 {
            if let Body::File(bytes, zeros) = &inode.body {
                self.used = self.used.saturating_sub(bytes.len() as u64 + zeros);
            }
            self.inodes.remove(&number);
        }
    }

    /// Takes away a name and everything below it.
    pub fn remove_all(&mut self, name: &str) {
        let below: Vec<Rc<str>> = self.below(name).map(|(known, _)| known.clone()).collect();
        for known in below {
            self.unlink(&known);
        }
        if !name.is_empty() {
            self.unlink(name);
        }
    }

    /// Gives everything at and below `from` names at and below `to`, which must be free.
    pub fn rename(&mut self, from: &str, to: &str) {
        let names: Vec<Rc<str>> = self.below(from).map(|(known, _)| known.clone()).collect();
        for known in names.into_iter().chain([Rc::from(from)]) {
            let rest = known.get(from.len()..).unwrap_or_default();
            if let Some(number) = self.names.remove(&known) {
                self.names.insert(format!("{to}{rest}").into(), number);
            }
        }
    }

    /// Writes `data` into the file `number` at `offset`; what lies beyond the end first becomes zeros.
    ///
    /// # Errors
    /// There is no room for it, or it is no file.
    pub fn write(&mut self, number: u32, offset: u64, data: &[u8], now: Time) -> Result<(), FileError> {
        // A file without a name goes on being written by whoever has it open; nobody can see it.
        let Some(inode) = self.inodes.get_mut(&number) else { return Ok(()) };
        let Body::File(bytes, zeros) = &mut inode.body else { return Err(FileError::Invalid) };
        let size = bytes.len() as u64 + *zeros;
        let end = offset.saturating_add(data.len() as u64);
        let grows = end.saturating_sub(size);
        if self.used.saturating_add(grows) > self.limit {
            return Err(FileError::NoSpace);
        }
        let only_zeros = offset >= size && data.len() > 4_096 && data.iter().all(|byte| *byte == 0);
        if only_zeros || *zeros > 0 {
            *zeros = end.max(size).saturating_sub(bytes.len() as u64);
        } else {
            if end > HELD {
                return Err(FileError::NoSpace);
            }
            let (start, end) = (offset as usize, end as usize);
            let bytes = Rc::make_mut(bytes);
            if start == bytes.len() {
                bytes.extend_from_slice(data);
            } else {
                bytes.resize(bytes.len().max(end), 0);
                if let Some(place) = bytes.get_mut(start..end) {
                    place.copy_from_slice(data);
                }
            }
        }
        self.used += grows;
        inode.modified = now;
        Ok(())
    }

    /// Cuts a file off, or lengthens it with zeros.
    ///
    /// # Errors
    /// There is no room for it, or it is no file.
    pub fn truncate(&mut self, number: u32, size: u64, now: Time) -> Result<(), FileError> {
        let Some(inode) = self.inodes.get_mut(&number) else { return Ok(()) };
        let Body::File(bytes, zeros) = &mut inode.body else { return Err(FileError::Invalid) };
        let before = bytes.len() as u64 + *zeros;
        if (self.used - before.min(self.used)).saturating_add(size) > self.limit {
            return Err(FileError::NoSpace);
        }
        if size < bytes.len() as u64 {
            Rc::make_mut(bytes).truncate(size as usize);
        }
        *zeros = size.saturating_sub(bytes.len() as u64);
        self.used = self.used.saturating_sub(before) + size;
        inode.modified = now;
        Ok(())
    }

    /// Gives everything in it to a group that may read it, as it may what is made in its folders later (kubernetes:
    /// pkg/volume/volume_linux.go changeFilePermission, of a volume that is only read).
    pub fn share(&mut self, group: u32) {
        for inode in self.inodes.values_mut() {
            inode.group = group;
            inode.mode |= if inode.body == Body::Folder { 0o2550 } else { 0o440 };
        }
    }

    /// Changes what is kept beside a file's bytes.
    pub fn change(&mut self, number: u32, change: impl FnOnce(&mut Inode)) {
        if let Some(inode) = self.inodes.get_mut(&number) {
            change(inode);
        }
    }
}
