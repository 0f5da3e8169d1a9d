//! `apk` and `apt-get`: while the world outside can be reached they put the tools of a package into the container
//! (apk-tools 2.14: src/package.c, src/solver.c; apt 2.6: apt-pkg/acquire-item.cc).

use std::rc::Rc;

use super::{Begun, Kind};
use crate::cluster::runtime::files::Body as FileBody;
use crate::cluster::runtime::network::ask::http;
use crate::cluster::runtime::program::machine::{Cx, Io, Reply, Request, Step};
use crate::cluster::runtime::program::tools::is_known;

/// What a program that was installed begins with: no file of a person does.
pub(in super::super) const PROGRAM: &[u8] = b"\x7fELF";

/// An installation at work.
#[derive(Clone, Debug)]
pub(super) struct Install {
    apk: bool,
    /// The lists of packages are fetched.
    updates: bool,
    packages: Vec<Rc<str>>,
}

/// The tools of packages that are not called like them.
const TOOLS: [(&str, &str); 18] = [
    ("bind-tools", "dig host nslookup"),
    ("bind9-dnsutils", "dig host nslookup"),
    ("bind9-host", "host"),
    ("busybox-extras", "telnet"),
    ("dnsutils", "dig host nslookup"),
    ("gettext", "envsubst"),
    ("gettext-base", "envsubst"),
    ("inetutils-telnet", "telnet"),
    ("iproute2", "ip"),
    ("iputils-ping", "ping"),
    ("mariadb-client", "mariadb mysql mysqladmin"),
    ("net-tools", "ifconfig netstat"),
    ("netcat-openbsd", "nc"),
    ("nodejs", "node"),
    ("postgresql-client", "pg_isready psql"),
    ("procps", "free pgrep pkill ps uptime watch"),
    ("redis", "redis-cli"),
    ("redis-tools", "redis-cli"),
];

/// The folder of apt's lists.
const LISTS: &str = "/var/lib/apt/lists";

pub(super) fn begin(base: &str, arguments: &[Rc<str>]) -> Begun {
    let apk = base == "apk";
    // Versions and releases (curl=8.5, curl/stable) are of no account.
    let mut words = arguments.iter().filter(|word| !word.starts_with('-'));
    let command: &str = words.next()?;
    let adds = command == if apk { "add" } else { "install" };
    let packages: Vec<Rc<str>> = match adds {
        true => words.map(|word| word.split(['=', '/']).next().unwrap_or(word).into()).collect(),
        false => Vec::new(),
    };
    let updates = command == "update" || apk && adds;
    if !adds && !updates {
        return None;
    }
    let host = if apk { "https://dl-cdn.alpinelinux.org/alpine/v3.20/main" } else { "http://deb.debian.org/debian" };
    let request = Request::Http(Box::new(http("GET", host, [].into(), None)));
    Some((Kind::Install(Install { apk, updates, packages }), host.into(), request, None))
}

impl Install {
    pub fn hear(&self, reply: &Reply, io: &mut Io, cx: &mut Cx) -> Step {
        let there = matches!(reply, Reply::Http { .. });
        if self.apk { self.add(there, io, cx) } else { self.get(there, io, cx) }
    }

    /// `apk add`, `apk update`
    fn add(&self, there: bool, io: &mut Io, cx: &mut Cx) -> Step {
        for part in ["main", "community"] {
            let place = format!("https://dl-cdn.alpinelinux.org/alpine/v3.20/{part}");
            io.write(cx, 1, format!("fetch {place}/x86_64/APKINDEX.tar.gz\n").as_bytes());
            if !there {
                io.complain(cx, &format!("WARNING: fetching {place}: temporary error (try again later)"));
            }
        }
        if !there && !self.packages.is_empty() {
            let mut text = "ERROR: unable to select packages:".to_owned();
            for name in &self.packages {
                text.push_str(&format!("\n  {name} (no such package):\n    required by: world[{name}]"));
            }
            io.complain(cx, &text);
            return Step::Exit(self.packages.len().try_into().unwrap_or(1));
        }
        let count = self.packages.len();
        for (number, name) in self.packages.iter().enumerate() {
            io.write(cx, 1, format!("({}/{count}) Installing {name}\n", number + 1).as_bytes());
            if let Err(error) = unpack(name, io, cx) {
                let text =
                    format!("ERROR: Unable to lock database: {error}\nERROR: Failed to open apk database: {error}");
                io.complain(cx, &text);
                return Step::Exit(99);
            }
        }
        match there {
            true => io.write(cx, 1, b"OK\n"),
            false => io.complain(cx, "2 unavailable, 0 stale; 0 distinct packages available"),
        }
        Step::Exit(if there { 0 } else { 2 })
    }

    /// `apt-get update`, `apt-get install`
    fn get(&self, there: bool, io: &mut Io, cx: &mut Cx) -> Step {
        let denied = |what: &str, error: String, io: &mut Io, cx: &mut Cx| {
            io.complain(cx, &format!("E: {what} - open (13: {error})"));
            Step::Exit(100)
        };
        if self.updates {
            if there {
                let mut files = cx.files(io.user);
                for folder in ["/var/lib/apt", LISTS] {
                    if files.stat(folder, true).is_err() {
                        // What cannot be made is told of with the file in it.
                        let _refused = files.make(folder, FileBody::Folder, 0o755);
                    }
                }
                if let Err(error) = files.put(&format!("{LISTS}/deb.debian.org"), b"", 0o644) {
                    return denied(&format!("Could not open lock file {LISTS}/lock"), error.to_string(), io, cx);
                }
                io.write(cx, 1, b"Get:1 http://deb.debian.org/debian bookworm InRelease [151 kB]\n");
            } else {
                let why = "Temporary failure resolving 'deb.debian.org'";
                io.write(cx, 1, format!("Err:1 http://deb.debian.org/debian bookworm InRelease\n  {why}\n").as_bytes());
                let place = "http://deb.debian.org/debian/dists/bookworm/InRelease";
                io.complain(
                    cx,
                    &format!(
                        "W: Failed to fetch {place}  {why}\nW: Some index files failed to download. They have been ignored, \
                         or old ones used instead."
                    ),
                );
            }
            io.write(cx, 1, b"Reading package lists...\n");
            return Step::Exit(0);
        }
        io.write(cx, 1, b"Reading package lists...\nBuilding dependency tree...\nReading state information...\n");
        let listed = cx.files(io.user).list(LISTS).is_ok_and(|names| !names.is_empty());
        for name in &self.packages {
            if !listed {
                io.complain(cx, &format!("E: Unable to locate package {name}"));
            } else if !there {
                let place = "http://deb.debian.org/debian/pool/main";
                io.complain(
                    cx,
                    &format!("E: Failed to fetch {place}/{name}  Temporary failure resolving 'deb.debian.org'"),
                );
            } else if let Err(error) = unpack(name, io, cx) {
                return denied("Could not open lock file /var/lib/dpkg/lock-frontend", error, io, cx);
            } else {
                io.write(cx, 1, format!("Setting up {name} ...\n").as_bytes());
            }
        }
        Step::Exit(if self.packages.is_empty() || listed && there { 0 } else { 100 })
    }
}

/// Writes the tools of a package into the container.
fn unpack(package: &str, io: &Io, cx: &mut Cx) -> Result<(), String> {
    let found = TOOLS.iter().find(|(name, _)| *name == package).map(|(_, tools)| *tools);
    let own = found.or_else(|| package.split(['1', '2', '3', '4', '5', '6', '7', '8', '9']).next()).unwrap_or(package);
    for tool in own.split(' ').filter(|tool| is_known(tool)) {
        let put = cx.files(io.user).put(&format!("/usr/bin/{tool}"), PROGRAM, 0o755);
        put.map_err(|error| error.to_string())?;
    }
    Ok(())
}
