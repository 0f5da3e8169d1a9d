//! The files of a volume that are written all at once: what changes is a link to the folder they are in
//! (kubernetes: pkg/volume/util/atomic_writer.go).

use std::rc::Rc;

use super::{Body, Tree};
use crate::cluster::Time;

/// The link to the folder with the files.
const DATA: &str = "..data";

/// A file: name, bytes, mode.
pub(crate) type Written = (String, Vec<u8>, u16);

/// A tree of these files, which are in `folder`.
pub(crate) fn tree(files: &[Written], folder: &str) -> Tree {
    let mut tree = Tree::new(0o777, 0, u64::MAX);
    tree.make_folders(folder);
    for (name, bytes, mode) in files {
        tree.put(&format!("{folder}/{name}"), bytes, *mode);
    }
    let mut link = |name: &str, target: String| {
        let _there_already = tree.make(name, Body::Link(target.into()), 0o777, (0, 0), Time::ZERO);
    };
    link(DATA, folder.to_owned());
    for (name, ..) in files {
        let first = name.split('/').next().unwrap_or_default();
        link(first, format!("{DATA}/{first}"));
    }
    tree
}

/// Whether a tree that was made so has these files and no others.
pub(crate) fn holds(tree: &Tree, files: &[Written]) -> bool {
    let count = tree.below(&tree.follow(DATA)).filter(|(_, inode)| matches!(inode.body, Body::File(..))).count();
    count == files.len()
        && files.iter().all(|(name, bytes, _)| {
            let stat = tree.stat(&tree.follow(name));
            matches!(stat.map(|stat| stat.body), Some(Body::File(own, _)) if *own == *bytes)
        })
}

/// Keeps what an older tree of the volume had: a container that has mounted a part of it goes on seeing that.
pub(crate) fn keep(old: &Tree, tree: &mut Tree) {
    for (name, inode) in old.below("") {
        if let Body::File(bytes, _) = &inode.body {
            tree.put(name, bytes, inode.mode);
        }
    }
}

/// What people call the file `path` of such a tree.
pub(crate) fn plain(path: &Rc<str>) -> Rc<str> {
    match path.split_once('/') {
        Some((folder, name)) if folder.starts_with("..") => name.into(),
        _ => path.clone(),
    }
}
