//! Which programs there are: of the simulation, and of an image.

use crate::cluster::runtime::program::images;
use crate::cluster::runtime::program::machine::{Cx, Io};
use crate::cluster::runtime::program::shell;

/// The tools of busybox that are simulated.
const BUSYBOX: &[&str] = &[
    "[",
    "ash",
    "awk",
    "base64",
    "basename",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "clear",
    "cp",
    "cut",
    "date",
    "dd",
    "df",
    "dirname",
    "du",
    "echo",
    "egrep",
    "env",
    "expr",
    "fallocate",
    "false",
    "fgrep",
    "find",
    "fold",
    "free",
    "grep",
    "groups",
    "head",
    "hostname",
    "httpd",
    "id",
    "ifconfig",
    "install",
    "ip",
    "kill",
    "killall",
    "less",
    "ln",
    "logger",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
    "nc",
    "netstat",
    "nice",
    "nl",
    "nohup",
    "nproc",
    "nslookup",
    "od",
    "paste",
    "pgrep",
    "pidof",
    "ping",
    "pkill",
    "printenv",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "rev",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "setsid",
    "sh",
    "sha256sum",
    "shuf",
    "sleep",
    "sort",
    "split",
    "stat",
    "stty",
    "su",
    "sync",
    "sysctl",
    "tac",
    "tail",
    "tar",
    "tee",
    "telnet",
    "test",
    "time",
    "timeout",
    "touch",
    "tr",
    "true",
    "truncate",
    "tty",
    "uname",
    "uniq",
    "unlink",
    "uptime",
    "usleep",
    "vi",
    "watch",
    "wc",
    "wget",
    "which",
    "whoami",
    "xargs",
    "yes",
];
/// Those of them that a slim Debian has not.
const NOT_IN_DEBIAN: &[&str] = &[
    "ash", "free", "httpd", "ifconfig", "ip", "killall", "less", "logger", "nc", "netstat", "nslookup", "pgrep",
    "pidof", "ping", "pkill", "ps", "su", "telnet", "time", "uptime", "usleep", "vi", "watch", "wget",
];
/// And those that only Debian has.
const DEBIAN: &[&str] = &["apt", "apt-get", "arch", "bash", "dash", "getent", "perl"];
/// Tools known to images that say so.
const OTHERS: &[&str] = &[
    "apk",
    "busctl",
    "curl",
    "dig",
    "envsubst",
    "filebeat",
    "fluent-bit",
    "fluentd",
    "getent",
    "git",
    "healthcheck.sh",
    "host",
    "java",
    "jq",
    "mariadb",
    "mariadb-admin",
    "mongo",
    "mongosh",
    "mysql",
    "mysqladmin",
    "nc",
    "node",
    "npm",
    "pg_isready",
    "php",
    "ping",
    "podlab-agent",
    "promtail",
    "ps",
    "psql",
    "python",
    "python3",
    "redis-cli",
    "ruby",
    "socat",
    "stress",
    "valkey-cli",
    "vector",
    "wget",
];

fn among(list: &[&str], name: &str) -> bool {
    list.binary_search(&name).is_ok()
}

/// Whether the simulation knows `program` at all.
pub(in super::super) fn is_known(program: &str) -> bool {
    shell::is_shell(program)
        || among(BUSYBOX, program)
        || among(OTHERS, program)
        || among(DEBIAN, program)
        || images::serving(program).is_some()
}

/// Whether an image has `program`. Of an image nobody knows everything usual is expected.
pub(in super::super) fn has(image: Option<images::Image>, program: &str) -> bool {
    let Some(image) = image.filter(|_| !program.starts_with("podlab-")) else { return is_known(program) };
    let mut tools = image.tools();
    let family = tools.next().unwrap_or("busybox");
    let entry = |path: &str| path.rsplit('/').next() == Some(program);
    if tools.any(|tool| tool == program) || image.programs().any(|known| known == program) || image.entry().any(entry) {
        return true;
    }
    match family {
        "none" => false,
        "debian" => {
            among(DEBIAN, program) || program == "sh" || among(BUSYBOX, program) && !among(NOT_IN_DEBIAN, program)
        }
        "alpine" => program == "apk" || among(BUSYBOX, program),
        _ => among(BUSYBOX, program),
    }
}

/// Whether an absolute path is that of a program of the image, which is no file of its tree.
pub(in super::super) fn is_program(path: &str, cx: &Cx) -> bool {
    provides(cx.kernel.setup.image, path)
}

/// Whether an absolute path is that of a program of `image`.
pub(in super::super) fn provides(image: Option<images::Image>, path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    if image.is_some_and(|image| image.entry().any(|entry| entry == path)) {
        return true;
    }
    matches!(folder, "/bin" | "/usr/bin" | "/sbin" | "/usr/sbin" | "/usr/local/bin" | "/usr/local/sbin")
        && has(image, name)
}

/// Where a program is found, as `which` says it.
pub(in super::super) fn locate(name: &str, io: &Io, cx: &mut Cx) -> Option<String> {
    if name.contains('/') {
        let path = io.path(name);
        let there = cx.files(io.user).access(&path, 1).is_ok() || is_program(&path, cx);
        return there.then(|| name.to_owned());
    }
    for folder in ["/usr/local/bin", "/usr/bin", "/bin"] {
        let path = format!("{folder}/{name}");
        if cx.files(io.user).access(&path, 1).is_ok() {
            return Some(path);
        }
    }
    has(cx.kernel.setup.image, name).then(|| format!("/bin/{name}"))
}

/// Whether a container's command can be interpreted.
pub(in super::super) enum Knows {
    Yes,
    /// Its program is not in the image.
    Missing(String),
    /// Nothing is known of it.
    No,
}

/// Whether the command `words` of an image can be interpreted.
pub(in super::super) fn knows(image: Option<images::Image>, words: &[String]) -> Knows {
    let Some(program) = words.first() else { return Knows::No };
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    // A whole command line in one word is the name of a program that nobody has.
    if program.split_once(' ').is_some_and(|(first, _)| is_known(&name(first))) {
        return Knows::Missing(program.clone());
    }
    let base = &*name(program);
    match image {
        // A file of a volume or of the image may have any path.
        _ if program.contains('/') && !is_known(base) => match image {
            Some(image) if image.has_shell() => Knows::Yes,
            _ => Knows::No,
        },
        None if is_known(base) => Knows::Yes,
        None => Knows::No,
        Some(image) if has(Some(image), base) => Knows::Yes,
        // What an image without a shell runs is its own affair.
        Some(image) if !image.has_shell() && !is_known(base) => Knows::No,
        Some(_) => Knows::Missing(program.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_so_that_they_are_searched() {
        for list in [BUSYBOX, NOT_IN_DEBIAN, DEBIAN, OTHERS] {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
        }
        assert!(is_known("sleep") && is_known("[") && !is_known("no-such-program"));
    }
}
