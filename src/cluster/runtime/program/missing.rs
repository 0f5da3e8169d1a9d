//! Why the runtime cannot begin the program that a container's command names (runc: libcontainer/standard_init_linux.go;
//! Go: os/exec/lp_unix.go LookPath).

use super::machine::Setup;
use super::tools;
use crate::cluster::Time;
use crate::cluster::runtime::files::{Disks, Files, absolute};

/// What is said of a program that is not there: only a word without a slash is looked for in the folders of `$PATH`.
pub(crate) fn missing(program: &str) -> String {
    match program.contains('/') {
        true => format!("stat {program}: no such file or directory"),
        false => "executable file not found in $PATH".to_owned(),
    }
}

/// What containerd says where a container's program cannot begin, and `why`.
pub(super) fn not_begun(program: &str, why: &str) -> String {
    format!(
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: \
         unable to start container process: error during container init: exec: {program:?}: {why}"
    )
}

/// Why the path `program` cannot be run in a container that is started with `setup`, by its files as they are now.
pub(super) fn fault(program: &str, setup: &Setup, disks: &mut Disks) -> Option<String> {
    let path = absolute(&setup.folder, program);
    if !program.contains('/') || tools::provides(setup.image, &path) {
        return None;
    }
    let mut layer = setup.layer.clone();
    let files = Files {
        layer: &mut layer,
        mounts: &setup.mounts,
        disks,
        read_only_root: setup.read_only_root,
        user: setup.user,
        groups: &setup.groups,
        now: Time::ZERO,
    };
    match files.stat(&path, true) {
        Ok(stat) if stat.is_folder() => Some("is a directory".to_owned()),
        Ok(_) => files.access(&path, 1).is_err().then(|| "permission denied".to_owned()),
        Err(error) => {
            let mounts = setup.mounts.iter().filter(|mount| super::inside(&path, &mount.at));
            let mount = mounts.max_by_key(|mount| mount.at.len());
            // An image that nobody knows may hold any program, and so may a folder of the node.
            let open = match mount {
                Some(mount) => mount.disk.starts_with("node/"),
                None => setup.image.is_none(),
            };
            (!open).then(|| format!("stat {program}: {}", error.to_string().to_ascii_lowercase()))
        }
    }
}
