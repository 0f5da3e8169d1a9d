//! What the entry point of an image does before it runs its program: a database wants a password before it is made
//! (docker-library/postgres, mysql, mariadb: docker-entrypoint.sh), nginx has its configuration changed
//! (nginxinc/docker-nginx: 10-listen-on-ipv6-by-default.sh).

use std::rc::Rc;

use super::super::expand_plain;
use super::super::images::{Image, stamped};
use super::Launch;
use crate::cluster::runtime::files::Body as Inode;
use crate::cluster::runtime::program::machine::{Body, Cx, Io, Step};

/// Begins `docker-entrypoint.sh PROGRAM …`.
pub(super) fn begin(launch: &Launch, io: &mut Io, cx: &mut Cx) -> Step {
    let rest: Rc<[Rc<str>]> = launch.words.get(1..).unwrap_or_default().into();
    let is_own = |image: &Image| rest.first().is_some_and(|word| image.programs().any(|own| *own == **word));
    if let Some(image) = cx.kernel.setup.image.filter(is_own) {
        if !may_begin(image, launch, io, cx) {
            return Step::Exit(1);
        }
        const CONFIG: &str = "/etc/nginx/conf.d/default.conf";
        if image.writes().next().is_some() && cx.files(io.user).create(CONFIG, false, 0o644).is_err() {
            let text =
                format!("10-listen-on-ipv6-by-default.sh: info: can not modify {CONFIG} (read-only file system?)\n");
            io.write(cx, 1, text.as_bytes());
        }
    }
    cx.kernel.rename(io.pid, rest.join(" ").into());
    Step::Become(Body::Start(Launch { words: rest, ..launch.clone() }))
}

/// Whether a database is there or can be made; it is then.
fn may_begin(image: Image, launch: &Launch, io: &mut Io, cx: &mut Cx) -> bool {
    let setup = cx.kernel.setup.clone();
    let Some(path) = image.data().map(|path| expand_plain(path, &setup.environment)) else { return true };
    if cx.files(0).stat(&path, true).is_ok() {
        return true;
    }
    let variable = |name: &str| {
        let known = launch.environment.get(name).and_then(|variable| variable.value.as_deref());
        known.filter(|value| !value.is_empty())
    };
    let is_said = |need: &str| match need.split_once('=') {
        Some((name, value)) => variable(name) == Some(value),
        None => variable(need).or_else(|| variable(&format!("{need}_FILE"))).is_some(),
    };
    if !image.needs().any(is_said) {
        for line in image.lacks() {
            let (fd, line) = line.strip_prefix("> ").map_or((2, line), |line| (1, line));
            io.write(cx, fd, format!("{}\n", stamped(line, setup.epoch, cx.now())).as_bytes());
        }
        return false;
    }
    let mut files = cx.files(0);
    for (at, _) in path.match_indices('/').skip(1) {
        let _there_already = files.make(path.get(..at).unwrap_or_default(), Inode::Folder, 0o755);
    }
    // Where it cannot be written the next container finds none.
    let _lost = files.put(&path, b"1\n", 0o600);
    true
}
