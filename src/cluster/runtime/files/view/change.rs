//! What changes files: writing, making, linking, removing, moving, copying.

use std::rc::Rc;

use super::{DiskChange, Files, Found, Place, absolute};
use crate::cluster::runtime::files::{Body, FileError, Inode};

impl Files<'_> {
    /// Opens a file for writing, made where it is missing; with `cut` it is emptied.
    pub fn create(&mut self, path: &str, cut: bool, mode: u16) -> Result<(Place, u32, Body), FileError> {
        let found = self.find(path, true)?;
        let there = self.tree(&found.place).and_then(|tree| tree.stat(&found.name));
        let Some(stat) = there else {
            if path.ends_with('/') {
                return Err(FileError::IsAFolder);
            }
            self.folder_writable(&found)?;
            let number = self.insert(&found, Body::File(Rc::default(), 0), mode)?;
            return Ok((found.place, number, Body::File(Rc::default(), 0)));
        };
        if stat.is_folder() {
            return Err(FileError::IsAFolder);
        }
        if found.read_only {
            return Err(FileError::ReadOnly);
        }
        self.may(&stat, 2)?;
        if cut && stat.size() > 0 && matches!(stat.body, Body::File(..)) {
            let now = self.now;
            if let Some(tree) = self.tree_mut(&found.place) {
                tree.truncate(stat.number, 0, now)?;
            }
            self.note(&found.place, DiskChange::Set(found.name.as_str().into()));
        }
        Ok((found.place, stat.number, stat.body))
    }

    fn insert(&mut self, found: &Found, body: Body, mode: u16) -> Result<u32, FileError> {
        let mut owner = (self.user, self.groups.first().copied().unwrap_or(0));
        let mut mode = mode;
        let now = self.now;
        let tree = self.tree_mut(&found.place).ok_or(FileError::NotFound)?;
        // What is made in a folder with the set-group-ID bit belongs to its group, and a folder there has the bit too.
        let folder = tree.stat(found.name.rsplit_once('/').map_or("", |(folder, _)| folder));
        if let Some(folder) = folder.filter(|folder| folder.mode & 0o2000 != 0) {
            owner.1 = folder.group;
            mode |= if body == Body::Folder { 0o2000 } else { 0 };
        }
        let number = tree.make(&found.name, body, mode, owner, now)?;
        self.note(&found.place, DiskChange::Set(found.name.as_str().into()));
        Ok(number)
    }

    /// Writes into an open file.
    pub fn write(&mut self, place: &Place, number: u32, offset: u64, data: &[u8]) -> Result<(), FileError> {
        let now = self.now;
        let Some(tree) = self.tree_mut(place) else { return Ok(()) };
        let size = tree.inode(number).map(|inode| match &inode.body {
            Body::File(bytes, zeros) => bytes.len() as u64 + zeros,
            _ => 0,
        });
        tree.write(number, offset, data, now)?;
        if matches!(place, Place::Disk(_))
            && let Some(name) = tree.name_of(number).cloned()
        {
            let appended = size == Some(offset) && data.len() < 65_536;
            self.note(place, if appended { DiskChange::Appended(name, data.to_vec()) } else { DiskChange::Set(name) });
        }
        Ok(())
    }

    /// Replaces a file's bytes, or makes it with them.
    pub fn put(&mut self, path: &str, bytes: &[u8], mode: u16) -> Result<(), FileError> {
        let (place, number, _) = self.create(path, true, mode)?;
        self.write(&place, number, 0, bytes)
    }

    /// Makes a folder, a link or a named pipe.
    pub fn make(&mut self, path: &str, body: Body, mode: u16) -> Result<(), FileError> {
        let found = self.find(path, false)?;
        if self.stat(path, false).is_ok() {
            return Err(FileError::Exists);
        }
        self.folder_writable(&found)?;
        self.insert(&found, body, mode).map(|_| ())
    }

    /// Gives a file another name beside its own.
    pub fn link(&mut self, path: &str, to: &str) -> Result<(), FileError> {
        let (from, target) = (self.find(path, false)?, self.find(to, false)?);
        if from.place != target.place {
            return Err(FileError::Invalid);
        }
        let stat = self.stat(path, false)?;
        self.folder_writable(&target)?;
        let now = self.now;
        if let Some(tree) = self.tree_mut(&from.place) {
            tree.link(stat.number, &target.name, now)?;
        }
        self.note(&target.place, DiskChange::Set(target.name.as_str().into()));
        Ok(())
    }

    /// Removes a file, or a folder with `folder`, and with `all` what is in it.
    pub fn remove(&mut self, path: &str, folder: bool, all: bool) -> Result<(), FileError> {
        let found = self.find(path, false)?;
        let stat = self.stat(path, false)?;
        if stat.is_folder() && !folder {
            return Err(FileError::IsAFolder);
        }
        let path = absolute("/", path);
        let mounted = self.mounts.iter().any(|mount| mount.at.starts_with(&path) && *mount.at == *path);
        if found.name.is_empty() || mounted {
            return Err(FileError::Busy);
        }
        if stat.is_folder() && !all && !self.list(&path)?.is_empty() {
            return Err(FileError::NotEmpty);
        }
        self.folder_writable(&found)?;
        if let Some(tree) = self.tree_mut(&found.place) {
            tree.remove_all(&found.name);
        }
        self.note(&found.place, DiskChange::Removed(found.name.as_str().into()));
        Ok(())
    }

    /// Moves a file or folder; what had the new name goes.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let stat = self.stat(from, false)?;
        let (source, target) = (self.find(from, false)?, self.find(to, false)?);
        self.folder_writable(&source)?;
        self.folder_writable(&target)?;
        if source.place == target.place && source.name == target.name {
            return Ok(());
        }
        if source.name.is_empty()
            || source.place == target.place && target.name.starts_with(&format!("{}/", source.name))
        {
            return Err(FileError::Invalid);
        }
        if let Ok(there) = self.stat(to, false) {
            if there.is_folder() && (!stat.is_folder() || !self.list(to)?.is_empty()) {
                return Err(if stat.is_folder() { FileError::NotEmpty } else { FileError::IsAFolder });
            }
            if let Some(tree) = self.tree_mut(&target.place) {
                tree.remove_all(&target.name);
            }
        }
        if source.place == target.place {
            if let Some(tree) = self.tree_mut(&source.place) {
                tree.rename(&source.name, &target.name);
            }
        } else {
            // Between two trees a move is a copy and a removal.
            self.copy(from, to, true)?;
            if let Some(tree) = self.tree_mut(&source.place) {
                tree.remove_all(&source.name);
            }
        }
        self.note(&source.place, DiskChange::Removed(source.name.as_str().into()));
        let below = self.tree(&target.place).into_iter().flat_map(|tree| tree.below(&target.name));
        let moved: Vec<Rc<str>> = below.map(|(name, _)| name.clone()).collect();
        for name in std::iter::once(Rc::from(target.name.as_str())).chain(moved) {
            self.note(&target.place, DiskChange::Set(name));
        }
        Ok(())
    }

    /// Copies a file, or a folder with all that is in it; with `keep` links stay links.
    pub fn copy(&mut self, from: &str, to: &str, keep: bool) -> Result<(), FileError> {
        let stat = self.stat(from, !keep)?;
        match stat.body {
            Body::File(bytes, zeros) => {
                self.access(from, 4)?;
                let (place, number, _) = self.create(to, true, stat.mode)?;
                self.write(&place, number, 0, &bytes)?;
                let now = self.now;
                if zeros > 0
                    && let Some(tree) = self.tree_mut(&place)
                {
                    tree.truncate(number, bytes.len() as u64 + zeros, now)?;
                }
                Ok(())
            }
            Body::Folder => {
                if absolute("/", to).starts_with(&format!("{}/", absolute("/", from))) {
                    return Err(FileError::Invalid);
                }
                match self.make(to, Body::Folder, stat.mode) {
                    Ok(()) | Err(FileError::Exists) => {}
                    Err(error) => return Err(error),
                }
                for name in self.list(from)? {
                    self.copy(&format!("{from}/{name}"), &format!("{to}/{name}"), keep)?;
                }
                Ok(())
            }
            body => self.make(to, body, stat.mode),
        }
    }

    /// Changes mode, owner or time of what a path leads to.
    pub fn change(&mut self, path: &str, change: impl FnOnce(&mut Inode)) -> Result<(), FileError> {
        let found = self.find(path, true)?;
        let stat = self.stat(path, true)?;
        if found.read_only {
            return Err(FileError::ReadOnly);
        }
        if self.user != 0 && stat.user != self.user {
            return Err(FileError::Denied);
        }
        if let Some(tree) = self.tree_mut(&found.place) {
            tree.change(stat.number, change);
        }
        Ok(())
    }

    /// Cuts a file off or lengthens it.
    pub fn truncate(&mut self, path: &str, size: u64) -> Result<(), FileError> {
        let (place, number, _) = self.create(path, false, 0o644)?;
        let now = self.now;
        if let Some(tree) = self.tree_mut(&place) {
            tree.truncate(number, size, now)?;
            let name = tree.name_of(number).cloned();
            if let Some(name) = name {
                self.note(&place, DiskChange::Set(name));
            }
        }
        Ok(())
    }
}
