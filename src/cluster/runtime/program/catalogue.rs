//! Well-known images: what they do when nothing else is said. The list is here, for people to extend.

use std::time::Duration;

use super::process::{ExitReason, ProcessState, ended};
use crate::cluster::Time;

/// One image of the catalogue.
#[derive(Debug)]
pub(super) struct Image {
    /// The repository without registry and tag (`nginx`, `bitnami/redis`).
    pub name: &'static str,
    /// What it does by itself.
    default: Alone,
    /// The ports it listens on.
    ports: &'static [u16],
    /// How long it takes to be ready to serve.
    start_up: Duration,
    /// How it takes SIGTERM.
    on_term: Option<(Duration, i32)>,
    /// Whether it has a shell and the usual tools.
    pub has_shell: bool,
    /// Whether arguments alone are a command to run (its entry point runs what it is given).
    pub runs_arguments: bool,
    /// The program its entry point puts before the arguments, where it is one.
    pub entry: &'static [&'static str],
    /// What it writes while it starts.
    lines: &'static [&'static str],
}

/// What an image does with neither command nor arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alone {
    /// It serves until it is told to stop.
    Serves,
    /// It ends at once with this code: a shell without a terminal, a greeting.
    Ends(i32),
}

/// A server that stops cleanly and at once when told.
const CLEAN: Option<(Duration, i32)> = Some((Duration::from_millis(50), 0));

const fn server(name: &'static str, ports: &'static [u16], start_ms: u64, lines: &'static [&'static str]) -> Image {
    let start_up = Duration::from_millis(start_ms);
    Image {
        name,
        default: Alone::Serves,
        ports,
        start_up,
        on_term: CLEAN,
        has_shell: true,
        runs_arguments: true,
        entry: &[],
        lines,
    }
}

/// An image made to run commands in: by itself it is a shell, which ends at once without a terminal.
const fn tools(name: &'static str) -> Image {
    Image {
        name,
        default: Alone::Ends(0),
        ports: &[],
        start_up: Duration::ZERO,
        on_term: None,
        has_shell: true,
        runs_arguments: true,
        entry: &[],
        lines: &[],
    }
}

/// The images, by name.
static IMAGES: &[Image] = &[
    tools("alpine"),
    Image { entry: &["git"], default: Alone::Ends(1), ..tools("alpine/git") },
    tools("bash"),
    tools("busybox"),
    Image { entry: &["curl"], default: Alone::Ends(2), ..tools("curlimages/curl") },
    tools("debian"),
    server(
        "envoyproxy/envoy",
        &[10000, 9901],
        400,
        &[
            "[info][main] all clusters initialized. initializing init manager",
            "[info][main] starting main dispatch loop",
        ],
    ),
    server(
        "fluent/fluent-bit",
        &[2020],
        300,
        &["[ info] [fluent bit] version=3.0, commit=, pid=1", "[ info] [sp] stream processor started"],
    ),
    server(
        "fluent/fluentd",
        &[24224],
        900,
        &["[info]: starting fluentd", "[info]: fluentd worker is now running worker=0"],
    ),
    server("haproxy", &[80], 200, &["[NOTICE]   (1) : New worker (8) forked", "[NOTICE]   (1) : Loading success."]),
    Image {
        default: Alone::Ends(0),
        has_shell: false,
        runs_arguments: false,
        ..server(
            "hello-world",
            &[],
            0,
            &["Hello from Docker!", "This message shows that your installation appears to be working correctly."],
        )
    },
    server(
        "httpd",
        &[80],
        300,
        &["[mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4 (Unix) configured -- resuming normal operations"],
    ),
    server(
        "mariadb",
        &[3306],
        4000,
        &[
            "[Note] [Entrypoint]: Entrypoint script for MariaDB Server started.",
            "[Note] mariadbd: ready for connections.",
        ],
    ),
    server("memcached", &[11211], 100, &[]),
    server(
        "mongo",
        &[27017],
        2000,
        &["{\"s\":\"I\",\"c\":\"NETWORK\",\"msg\":\"Waiting for connections\",\"attr\":{\"port\":27017}}"],
    ),
    server(
        "mysql",
        &[3306],
        6000,
        &[
            "[Note] [Entrypoint]: Entrypoint script for MySQL Server started.",
            "[System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections.",
        ],
    ),
    server(
        "nginx",
        &[80],
        200,
        &["/docker-entrypoint.sh: Configuration complete; ready for start up", "[notice] 1#1: start worker processes"],
    ),
    server("nginxinc/nginx-unprivileged", &[8080], 200, &["[notice] 1#1: start worker processes"]),
    Image { default: Alone::Ends(0), on_term: None, ..server("node", &[], 0, &[]) },
    Image { has_shell: false, runs_arguments: false, ..server("pause", &[], 0, &[]) },
    server(
        "postgres",
        &[5432],
        2500,
        &["LOG:  starting PostgreSQL", "LOG:  database system is ready to accept connections"],
    ),
    server("prom/prometheus", &[9090], 800, &["level=INFO msg=\"Server is ready to receive web requests.\""]),
    Image { default: Alone::Ends(0), on_term: None, ..server("python", &[], 0, &[]) },
    server("rabbitmq", &[5672, 15672], 6000, &["Starting RabbitMQ", "Server startup complete"]),
    server("redis", &[6379], 150, &["* Running mode=standalone, port=6379.", "* Ready to accept connections tcp"]),
    server("traefik", &[80, 8080], 400, &["level=info msg=\"Traefik version 3\""]),
    tools("ubuntu"),
];

/// The catalogue's entry for an image as manifests write it: registry, `library/`, tag and digest do not matter.
pub(super) fn find(image: &str) -> Option<&'static Image> {
    let name = image.split('@').next().unwrap_or_default();
    let name = match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    };
    let name = match name.split_once('/') {
        Some((registry, rest)) if registry.contains('.') || registry.contains(':') || registry == "localhost" => rest,
        _ => name,
    };
    let name = name.strip_prefix("library/").unwrap_or(name);
    IMAGES.iter().find(|image| image.name == name)
}

impl Image {
    /// What it does by itself up to `now`.
    pub fn advance(
        &self,
        started: Time,
        now: Time,
        written: &mut usize,
        lines: &mut Vec<(bool, String)>,
    ) -> ProcessState {
        // The first lines come while it starts, the last one when it is ready.
        let count = self.lines.len() as u32;
        while let Some(line) = self.lines.get(*written) {
            let at = started + self.start_up.saturating_mul(*written as u32 + 1) / count.max(1);
            if at > now {
                return ProcessState::Runs { wake: Some(at) };
            }
            lines.push((false, (*line).to_owned()));
            *written += 1;
        }
        match self.default {
            Alone::Serves => ProcessState::Runs { wake: None },
            Alone::Ends(code) => ended(code, ExitReason::of_code(code), None),
        }
    }

    /// How it takes SIGTERM: exits after a while with a code, or not at all.
    pub fn on_term(&self) -> Option<(Duration, i32)> {
        self.on_term
    }

    /// Whether it listens on `port` at `age`.
    pub fn listens(&self, port: u16, age: Duration) -> bool {
        self.ports.contains(&port) && age >= self.start_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_found_whatever_their_registry_and_tag() {
        for image in ["nginx", "nginx:1.27", "docker.io/library/nginx:1.27", "localhost:5000/nginx@sha256:0"] {
            assert_eq!(find(image).map(|image| image.name), Some("nginx"), "{image}");
        }
        assert!(find("registry.example.com/team/nginx-proxy:1").is_none());
    }

    #[test]
    fn the_list_is_sorted_and_without_doubles() {
        assert!(IMAGES.is_sorted_by(|a, b| a.name < b.name));
    }
}
