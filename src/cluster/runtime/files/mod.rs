//! Files: trees of them, and how a container sees several trees as one (its own layer with volumes mounted over it).

pub(crate) mod atomic;
mod layer;
mod tree;
mod view;

use std::fmt;

pub(crate) use layer::Layer;
pub(crate) use tree::{Body, Inode, Stat, Tree};
pub(crate) use view::{Disk, DiskChange, Disks, Files, Mount, Place, absolute};

/// Why something cannot be done with a file, in the words of the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileError {
    NotFound,
    NotAFolder,
    IsAFolder,
    Exists,
    ReadOnly,
    NoSpace,
    Denied,
    NotEmpty,
    Loop,
    Invalid,
    Busy,
}

impl FileError {
    /// The number of the error (Linux: errno.h), of those that servers tell.
    pub fn number(self) -> u8 {
        match self {
            FileError::NotFound => 2,
            FileError::Denied => 13,
            FileError::NotAFolder => 20,
            FileError::IsAFolder => 21,
            FileError::NoSpace => 28,
            FileError::ReadOnly => 30,
            _ => 22,
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileError::NotFound => "No such file or directory",
            FileError::NotAFolder => "Not a directory",
            FileError::IsAFolder => "Is a directory",
            FileError::Exists => "File exists",
            FileError::ReadOnly => "Read-only file system",
            FileError::NoSpace => "No space left on device",
            FileError::Denied => "Permission denied",
            FileError::NotEmpty => "Directory not empty",
            FileError::Loop => "Too many levels of symbolic links",
            FileError::Invalid => "Invalid argument",
            FileError::Busy => "Resource busy",
        })
    }
}
