//! The files that an image brings, as far as scripts look at them.

use super::images::{Image, file_text};
use crate::cluster::Time;
use crate::cluster::runtime::Etc;
use crate::cluster::runtime::files::{Body, Tree};

/// A container's own layer may hold so much.
const LIMIT: u64 = 20 << 30;

/// The tree of an image, with what the kubelet writes into it.
pub(crate) fn base_layer(image: Option<Image>, etc: &Etc) -> Tree {
    let mut tree = Tree::new(0o755, 0, LIMIT);
    let folders = [
        "bin",
        "dev",
        "etc",
        "home",
        "mnt",
        "opt",
        "proc",
        "root",
        "run",
        "sbin",
        "srv",
        "sys",
        "usr/bin",
        "usr/lib",
        "usr/local/bin",
        "usr/sbin",
        "usr/share",
        "var/cache",
        "var/lib",
        "var/log",
        "var/tmp",
        "tmp",
    ];
    for folder in folders {
        tree.make_folders(folder);
    }
    let _linked = tree.make("var/run", Body::Link("/run".into()), 0o777, (0, 0), Time::ZERO);
    for path in image.into_iter().flat_map(|image| image.writes()) {
        if let Some((folder, _)) = path.trim_start_matches('/').rsplit_once('/') {
            tree.make_folders(folder);
        }
    }
    for open in ["tmp", "var/tmp"] {
        if let Some(number) = tree.lookup(open) {
            tree.change(number, |inode| inode.mode = 0o1777);
        }
    }
    let debian = image.is_some_and(|image| image.tools().next() == Some("debian"));
    let system = if debian {
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"
    } else {
        "NAME=\"Alpine Linux\"\nID=alpine\n"
    };
    let files = [
        ("dev/termination-log", String::new()),
        ("etc/hostname", format!("{}\n", etc.hostname)),
        ("etc/hosts", etc.hosts.clone()),
        ("etc/resolv.conf", etc.resolv.clone()),
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".to_owned()),
        ("etc/group", "root:x:0:\n".to_owned()),
        ("etc/os-release", system.to_owned()),
        ("proc/cpuinfo", "processor\t: 0\n\nprocessor\t: 1\n".to_owned()),
        ("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:         7864320 kB\n".to_owned()),
        ("proc/uptime", "0.00 0.00\n".to_owned()),
    ];
    for (name, text) in files {
        let mode = if name == "dev/termination-log" { 0o666 } else { 0o644 };
        tree.put(name, text.as_bytes(), mode);
    }
    for (path, text) in image.into_iter().flat_map(|image| image.files()) {
        tree.put(path.trim_start_matches('/'), file_text(text).as_bytes(), 0o644);
    }
    tree
}
