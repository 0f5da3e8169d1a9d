//! The files of a volume at any instant, made of what the journal says of their changes.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::Run;
use crate::cluster::{FileChange, Happening, Time};

/// A file of a volume at an instant.
#[derive(Clone, Debug, PartialEq)]
pub enum VolumeFile {
    /// Its bytes, and how many zeros come after them that nobody keeps.
    File(Vec<u8>, u64),
    /// A folder.
    Folder,
    /// A link to a path.
    Link(Rc<str>),
}

impl VolumeFile {
    /// The length in bytes.
    pub fn size(&self) -> u64 {
        match self {
            VolumeFile::File(bytes, zeros) => bytes.len() as u64 + zeros,
            VolumeFile::Folder => 0,
            VolumeFile::Link(target) => target.len() as u64,
        }
    }
}

impl Run {
    /// The files of the volume `disk` ([`crate::cluster::volume_keys`]) as they are at `at`, by their names.
    pub fn files(&self, disk: &str, at: Time) -> BTreeMap<Rc<str>, VolumeFile> {
        let mut files: BTreeMap<Rc<str>, VolumeFile> = BTreeMap::new();
        for record in self.chronicle().files_until(disk, at) {
            let Happening::Files(note) = &record.what else { continue };
            match &note.change {
                FileChange::Appended(bytes) => {
                    let file = files.entry(note.path.clone()).or_insert_with(|| VolumeFile::File(Vec::new(), 0));
                    if let VolumeFile::File(so_far, _) = file {
                        so_far.extend_from_slice(bytes);
                    }
                }
                FileChange::Set(bytes, zeros) => {
                    files.insert(note.path.clone(), VolumeFile::File(bytes.to_vec(), *zeros));
                }
                FileChange::Folder => {
                    files.insert(note.path.clone(), VolumeFile::Folder);
                }
                FileChange::Link(target) => {
                    files.insert(note.path.clone(), VolumeFile::Link(target.clone()));
                }
                FileChange::Removed => {
                    let below = format!("{}/", note.path);
                    files.retain(|name, _| *name != note.path && !name.starts_with(&below));
                }
            }
        }
        files
    }
}
