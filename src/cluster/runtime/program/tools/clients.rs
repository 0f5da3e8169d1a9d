//! Clients of databases: `redis-cli`, `psql`, `pg_isready`, `mysql`, `mysqladmin`, `mongosh`: what each says of what the
//! server answers.

use std::rc::Rc;
use std::time::Duration;

use super::super::machine::{Block, Body, Cx, Io, Read, Reply, Request, Step, Ticket, Variables};
use super::{Launch, Options, Tool, clock, fail};
use crate::cluster::Time;
use crate::cluster::network::Protocol;

/// A client at work.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    program: Program,
    host: Rc<str>,
    port: u16,
    /// Whether the host was named.
    named: bool,
    quiet: bool,
    /// Only the values are printed (`psql -t`).
    bare: bool,
    /// The statements that are still to be sent.
    statements: Vec<Rc<str>>,
    /// Where statements come from when none is given.
    reads: bool,
    timeout: Option<Duration>,
    ticket: Ticket,
    until: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Redis,
    Psql,
    PgIsReady,
    Mysql,
    MysqlAdmin,
    Mongo,
}

impl Program {
    fn of(base: &str) -> Option<Program> {
        Some(match base {
            "redis-cli" | "valkey-cli" => Program::Redis,
            "psql" => Program::Psql,
            "pg_isready" => Program::PgIsReady,
            "mysql" | "mariadb" => Program::Mysql,
            "mysqladmin" | "mariadb-admin" | "healthcheck.sh" => Program::MysqlAdmin,
            "mongosh" | "mongo" => Program::Mongo,
            _ => return None,
        })
    }

    fn port(self) -> u16 {
        match self {
            Program::Redis => 6379,
            Program::Psql | Program::PgIsReady => 5432,
            Program::Mysql | Program::MysqlAdmin => 3306,
            Program::Mongo => 27017,
        }
    }

    fn protocol(self) -> Protocol {
        match self {
            Program::Redis => Protocol::Redis,
            Program::Psql | Program::PgIsReady => Protocol::Postgres,
            Program::Mysql | Program::MysqlAdmin => Protocol::Mysql,
            Program::Mongo => Protocol::Other,
        }
    }
}

fn variable<'a>(environment: &'a Variables, name: &str) -> Option<&'a str> {
    environment.get(name)?.value.as_deref().filter(|value| !value.is_empty())
}

/// Host and port of `scheme://user:password@host:port/database`, or of `host=… port=…`.
fn address(text: &str) -> Option<(Rc<str>, Option<u16>)> {
    if let Some((_, rest)) = text.split_once("://") {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
        return (!host.is_empty()).then(|| (host.into(), port.parse().ok()));
    }
    let of = |key: &str| text.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
    Some((of("host")?.into(), of("port").and_then(|port| port.parse().ok())))
}

pub(super) fn begin(base: &str, launch: &Launch, io: &mut Io, cx: &mut Cx) -> Option<Step> {
    let program = Program::of(base)?;
    let arguments = launch.words.get(1..).unwrap_or_default();
    // Long options with their value in the next word.
    let mut words: Vec<Rc<str>> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let letter = match &**word {
            "--host" => "-h",
            "--port" if program == Program::Redis || program == Program::Psql || program == Program::PgIsReady => "-p",
            "--port" => "-P",
            "--command" => "-c",
            "--execute" | "--eval" => "-e",
            "--username" | "--user" => "-u",
            "--dbname" => "-d",
            "--timeout" => "-t",
            "--quiet" => "-q",
            "--tuples-only" => "-t",
            "--uri" => continue,
            _ => {
                words.push(word.clone());
                continue;
            }
        };
        words.push(letter.into());
        words.extend(rest.next().cloned().filter(|_| !matches!(letter, "-q")));
    }
    let valued = match program {
        Program::Redis => "hpanrdu",
        Program::Psql => "hpUdcfvFPR",
        Program::PgIsReady => "hpUdt",
        Program::Mysql | Program::MysqlAdmin => "hPueDS",
        Program::Mongo => "hpue",
    };
    let options = Options::of(&words, valued);
    let environment = &launch.environment;
    let (host_variable, port_variable) = match program {
        Program::Psql | Program::PgIsReady => ("PGHOST", "PGPORT"),
        Program::Mysql | Program::MysqlAdmin => ("MYSQL_HOST", "MYSQL_TCP_PORT"),
        _ => ("", ""),
    };
    let uri = options
        .rest
        .iter()
        .chain(options.value('d').iter())
        .chain(options.value('u').iter())
        .find_map(|word| address(word));
    let host = options.value('h').or(options.long("host")).or(variable(environment, host_variable)).map(Rc::from);
    let host = host.or(uri.as_ref().map(|(host, _)| host.clone()));
    let letter = if matches!(program, Program::Mysql | Program::MysqlAdmin) { 'P' } else { 'p' };
    let port = options.value(letter).or(options.long("port")).or(variable(environment, port_variable));
    let port = port.and_then(|port| port.parse().ok()).or(uri.and_then(|(_, port)| port)).unwrap_or(program.port());
    let mut statements: Vec<Rc<str>> = match program {
        Program::Psql => {
            options.values.iter().filter(|(key, _)| *key == 'c').map(|(_, text)| Rc::from(*text)).collect()
        }
        Program::Mysql | Program::Mongo => {
            let long = options.long("execute").or(options.long("eval"));
            options.value('e').or(long).map(Rc::from).into_iter().collect()
        }
        Program::Redis => {
            let words: Vec<&str> = options.rest.iter().copied().filter(|word| !word.contains("://")).collect();
            if words.is_empty() { Vec::new() } else { vec![words.join(" ").into()] }
        }
        Program::PgIsReady => vec!["".into()],
        Program::MysqlAdmin => vec![options.rest.first().copied().unwrap_or("ping").into()],
    };
    if let (Program::Psql, Some(file)) = (program, options.value('f')) {
        let path = io.path(file);
        match cx.files(io.user).read(&path) {
            Ok(bytes) => statements.extend(split(&String::from_utf8_lossy(&bytes))),
            Err(error) => return Some(fail("psql", &format!("error: {file}: {error}"), 1, io, cx)),
        }
    }
    let timeout = match program {
        Program::PgIsReady => {
            Some(options.value('t').and_then(clock::duration).map_or(3.0, |seconds| seconds.clamp(0.1, 600.0)))
        }
        _ => variable(environment, "PGCONNECT_TIMEOUT").and_then(clock::duration),
    };
    let client = Client {
        program,
        named: host.is_some(),
        host: host.unwrap_or_else(|| "127.0.0.1".into()),
        port,
        quiet: options.has('q') || options.has('s'),
        bare: options.has('t') || options.has('A') || options.has('N'),
        reads: statements.is_empty(),
        statements,
        timeout: timeout.map(Duration::from_secs_f64),
        ticket: 0,
        until: None,
    };
    Some(Step::Become(Body::Tool(Box::new(Tool::Asks(Box::new(client))))))
}

/// Statements of SQL, each without its end.
fn split(text: &str) -> Vec<Rc<str>> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    lines.join("\n").split(';').map(str::trim).filter(|one| !one.is_empty()).map(Rc::from).collect()
}

impl Client {
    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if self.ticket == 0 {
            if self.reads {
                return self.read(io, cx);
            }
            if self.statements.is_empty() {
                return Step::Exit(0);
            }
            let text = self.statements.remove(0);
            let (host, port, protocol) = (self.host.clone(), self.port, self.program.protocol());
            self.until = self.timeout.map(|timeout| cx.now() + timeout);
            self.ticket = io.ask(cx, Request::Query { host, port, protocol, text, timeout: self.timeout });
        }
        match cx.reply(self.ticket) {
            Some(reply) => {
                self.ticket = 0;
                self.hear(reply, io, cx)
            }
            None if self.until.is_some_and(|until| until <= cx.now()) => self.hear(Reply::TimedOut, io, cx),
            None => Step::Block(Block::Reply { ticket: self.ticket, handle: None, until: self.until }),
        }
    }

    /// Statements come from the input.
    fn read(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let Some(&handle) = io.fds.get(&0) else { return Step::Exit(0) };
        match cx.read(handle, 32_768) {
            Read::Data(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                match self.program {
                    Program::Redis => {
                        self.statements.extend(text.lines().filter(|line| !line.trim().is_empty()).map(Rc::from));
                    }
                    _ => self.statements.extend(split(&text)),
                }
                Step::Go
            }
            Read::End => {
                self.reads = false;
                Step::Go
            }
            Read::Wait => Step::Block(Block::Readable(handle)),
        }
    }

    fn hear(&mut self, reply: Reply, io: &mut Io, cx: &mut Cx) -> Step {
        let (host, port) = (self.host.clone(), self.port);
        let place = if self.named { format!("{host}:{port}") } else { format!("/var/run/postgresql:{port}") };
        if let Reply::Data(bytes) = &reply {
            return self.print(&String::from_utf8_lossy(bytes), &place, io, cx);
        }
        if reply == Reply::Connected {
            return self.print("", &place, io, cx);
        }
        let (reason, number) = match reply {
            Reply::Unknown => ("Name or service not known", 0),
            Reply::TimedOut => ("Connection timed out", 110),
            Reply::Closed => ("server closed the connection unexpectedly", 104),
            _ => ("Connection refused", 111),
        };
        match self.program {
            Program::Redis => {
                io.complain(cx, &format!("Could not connect to Redis at {host}:{port}: {reason}"));
                Step::Exit(1)
            }
            Program::PgIsReady => {
                if !self.quiet {
                    io.write(cx, 1, format!("{place} - no response\n").as_bytes());
                }
                Step::Exit(2)
            }
            Program::Psql => {
                let text = match reply {
                    Reply::Unknown => format!("could not translate host name \"{host}\" to address: {reason}"),
                    _ => format!(
                        "connection to server at \"{host}\", port {port} failed: {reason}\n\tIs the server running on that \
                         host and accepting TCP/IP connections?"
                    ),
                };
                io.complain(cx, &format!("psql: error: {text}"));
                Step::Exit(2)
            }
            Program::Mysql => {
                let text = match reply {
                    Reply::Unknown => format!("ERROR 2005 (HY000): Unknown MySQL server host '{host}' (-2)"),
                    _ => format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{port}' ({number})"),
                };
                io.complain(cx, &text);
                Step::Exit(1)
            }
            Program::MysqlAdmin => {
                let text = format!(
                    "mysqladmin: connect to server at '{host}' failed\nerror: 'Can't connect to MySQL server on \
                     '{host}:{port}' ({number})'\nCheck that mysqld is running on {host} and that the port is {port}."
                );
                io.complain(cx, &text);
                Step::Exit(1)
            }
            Program::Mongo => {
                io.complain(cx, &format!("MongoNetworkError: connect ECONNREFUSED {host}:{port}"));
                Step::Exit(1)
            }
        }
    }

    fn print(&self, answer: &str, place: &str, io: &mut Io, cx: &mut Cx) -> Step {
        match self.program {
            Program::PgIsReady => {
                if !self.quiet {
                    io.write(cx, 1, format!("{place} - accepting connections\n").as_bytes());
                }
                return Step::Exit(0);
            }
            Program::MysqlAdmin => io.write(cx, 1, b"mysqld is alive\n"),
            Program::Mongo => io.write(cx, 1, b"{ ok: 1 }\n"),
            // What was done is not told; a table is.
            Program::Psql if self.quiet && !answer.contains("---") => {}
            // Only the rows of a table.
            Program::Psql if self.bare => {
                let rows = answer.lines().skip(2).take_while(|line| !line.starts_with('(') && !line.is_empty());
                let rows: Vec<&str> = if answer.contains("---") { rows.collect() } else { answer.lines().collect() };
                let text: String = rows.iter().fold(String::new(), |so_far, row| so_far + row + "\n");
                io.write(cx, 1, text.as_bytes());
            }
            Program::Mysql if self.bare => {
                let text: String = answer.lines().skip(1).fold(String::new(), |so_far, row| so_far + row + "\n");
                io.write(cx, 1, text.as_bytes());
            }
            _ => io.write(cx, 1, answer.as_bytes()),
        }
        if self.statements.is_empty() && !self.reads { Step::Exit(0) } else { Step::Go }
    }
}
