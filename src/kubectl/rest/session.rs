//! `exec` and `attach`: streams in both directions, in messages of the channels that clients since 1.29 speak
//! (client-go: tools/remotecommand/websocket.go, `v5.channel.k8s.io`; kubelet: cri-streaming/remotecommand).

use std::rc::Rc;

use serde_json::{Value, json};

use super::address::Address;
use super::status::Refused;
use super::{Request, Server, read};
use crate::api::{Kind, Object, Pod};
use crate::cluster::{Action, Cluster, ObjectKey, Record};
use crate::kubectl::follow::{Follow, LogTail, What as Goes};
use crate::kubectl::pods;
use crate::kubectl::verbs::exec;
use crate::kubectl::verbs::shell::{self, Origin, Shell};

/// The only protocol that is spoken: older ones cannot say that the input has ended.
pub const PROTOCOL: &str = "v5.channel.k8s.io";

const INPUT: u8 = 0;
const OUTPUT: u8 = 1;
const ERRORS: u8 = 2;
const ERROR: u8 = 3;
const CLOSE: u8 = 255;
/// How much goes into one message.
const MOST: usize = 32 << 10;
/// How much input a command takes.
const LONGEST_INPUT: usize = 8 << 20;

/// A message: its channel and what it carries.
pub type Message = (u8, Vec<u8>);

/// A command or a shell in a container that somebody talks to.
#[derive(Debug)]
pub struct Session {
    what: What,
    out: Vec<Message>,
    over: bool,
}

#[derive(Debug)]
enum What {
    /// A command that reads its input to the end first.
    Reads { pod: Rc<Pod>, container: String, command: Vec<String>, input: Vec<u8> },
    /// A shell at a terminal: what is typed of a line so far.
    Shell { shell: Box<Shell>, line: String },
    /// What the container writes.
    Log(Box<Follow>),
    /// A command that never ends, or has ended.
    Rests,
}

/// Begins a session; none may be had where the Pod is nowhere or the container is unknown.
pub(super) fn begin(server: &mut Server, request: &Request, address: &Address) -> Result<Box<Session>, Refused> {
    let object = read::named(server, address)?;
    let Object::Pod(pod) = &object else { return Err(Refused::no_path()) };
    if pod.spec.node_name.as_deref().is_none_or(str::is_empty) {
        return Err(Refused::bad(format!("pod {} does not have a host assigned", pod.name())));
    }
    let names: Vec<&str> = pods::containers(pod).iter().map(|(name, _)| *name).collect();
    let container = match (request.parameter("container"), pod.spec.containers.as_slice()) {
        (Some(name), _) if names.contains(&name) => name.to_owned(),
        (Some(name), _) => {
            return Err(Refused::bad(format!("container {name} is not valid for pod {}", pod.name())));
        }
        (None, [first, ..]) => first.name.to_string(),
        (None, []) => return Err(Refused::no_path()),
    };
    // What cannot be had was told first: it matters more than how one asks.
    if !request.protocols.iter().any(|protocol| protocol == PROTOCOL) {
        return Err(Refused::bad(format!("podlab serve speaks {PROTOCOL} over a WebSocket here")));
    }
    let command: Vec<String> =
        request.query.iter().filter(|(name, _)| name == "command").map(|(_, value)| value.clone()).collect();
    let mut session = Session { what: What::Rests, out: Vec::new(), over: false };
    if let Err(failure) = exec::reachable(pod, &container) {
        session.fails(&failure.0);
        return Ok(Box::new(session));
    }
    let (reads, terminal) = (request.is_on("stdin"), request.is_on("tty"));
    if address.sub == "attach" {
        let ephemeral = pod.spec.ephemeral_containers.iter().flatten().any(|it| it.name == container);
        if reads && terminal && shell::runs_shell(pod, &container) {
            session.shell(Shell::new(pod, &container, &[], Origin::Attach { ephemeral, remove: false }));
        } else {
            let tail = LogTail {
                pod: ObjectKey::new(Kind::Pod, pod.namespace(), pod.name()),
                uid: pod.uid().to_owned(),
                container,
                prefix: String::new(),
                timestamps: false,
                begins: None,
            };
            session.what = What::Log(Follow::new(Goes::Logs(vec![tail]), server.cluster.config().epoch, None));
        }
    } else if reads && terminal && shell::is_shell(&command) {
        session.shell(Shell::new(pod, &container, &command, Origin::Exec));
    } else if reads && !terminal {
        session.what = What::Reads { pod: pod.clone(), container, command, input: Vec::new() };
    } else {
        session.run(&mut server.cluster, (pod, &container), &command, &[], terminal);
    }
    Ok(Box::new(session))
}

impl Session {
    /// What is to be sent, in order.
    pub fn take(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.out)
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.over
    }

    fn says(&mut self, bytes: &[u8]) {
        self.out.extend(bytes.chunks(MOST).map(|part| (OUTPUT, part.to_vec())));
    }

    /// The last word: how it ended.
    fn ends(&mut self, status: &Value) {
        let mut whole = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}});
        if let (Some(whole), Some(status)) = (whole.as_object_mut(), status.as_object()) {
            whole.extend(status.clone());
        }
        self.out.push((ERROR, whole.to_string().into_bytes()));
        self.what = What::Rests;
        self.over = true;
    }

    fn exits(&mut self, code: i32) {
        match code {
            0 => self.ends(&json!({"status": "Success"})),
            code => self.ends(&json!({
                "status": "Failure", "reason": "NonZeroExitCode",
                "message": format!("command terminated with non-zero exit code: exit status {code}"),
                "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
            })),
        }
    }

    fn fails(&mut self, why: &str) {
        let why = why.strip_prefix("error: ").unwrap_or(why);
        self.ends(&json!({"status": "Failure", "reason": "InternalError", "message": why, "code": 500}));
    }

    fn run(
        &mut self,
        cluster: &mut Cluster,
        (pod, container): (&Pod, &str),
        command: &[String],
        input: &[u8],
        terminal: bool,
    ) {
        match exec::ran(cluster, pod, container, command, input) {
            Ok(ran) => {
                if terminal {
                    self.says(ran.output.replace('\n', "\r\n").as_bytes());
                } else {
                    self.says(&ran.stdout);
                    self.out.extend(ran.stderr.chunks(MOST).map(|part| (ERRORS, part.to_vec())));
                }
                // What never ends is left when the client hangs up.
                if let Some(code) = ran.exit_code {
                    self.exits(code);
                }
            }
            Err(failure) => self.fails(&failure.0),
        }
    }

    fn shell(&mut self, shell: Box<Shell>) {
        self.says(format!("{} ", shell.sign()).as_bytes());
        self.what = What::Shell { shell, line: String::new() };
    }

    /// Takes in what the client said.
    pub(super) fn hears(&mut self, cluster: &mut Cluster, channel: u8, bytes: &[u8]) {
        match (&mut self.what, channel, bytes) {
            (What::Reads { input, .. }, INPUT, _) if input.len() + bytes.len() <= LONGEST_INPUT => {
                input.extend_from_slice(bytes);
            }
            (What::Reads { .. }, INPUT, _) => self.fails("the input is too long"),
            (What::Reads { .. }, CLOSE, [INPUT]) => {
                if let What::Reads { pod, container, command, input } = std::mem::replace(&mut self.what, What::Rests) {
                    self.run(cluster, (&pod, &container), &command, &input, false);
                }
            }
            (What::Shell { .. }, INPUT, _) => {
                for letter in String::from_utf8_lossy(bytes).chars() {
                    self.types(cluster, letter);
                }
            }
            (What::Shell { .. }, CLOSE, [INPUT]) => self.enters(cluster, "exit"),
            _ => {}
        }
    }

    /// One key at the terminal, which echoes what is typed.
    fn types(&mut self, cluster: &mut Cluster, letter: char) {
        let What::Shell { line, shell } = &mut self.what else { return };
        match letter {
            '\r' | '\n' => {
                let line = std::mem::take(line);
                self.says(b"\r\n");
                self.enters(cluster, &line);
            }
            '\u{7f}' | '\u{8}' if !line.is_empty() => {
                line.pop();
                self.says(b"\x08 \x08");
            }
            // Ctrl-C drops the line, Ctrl-D on an empty one leaves.
            '\u{3}' => {
                line.clear();
                let sign = shell.sign();
                self.says(format!("^C\r\n{sign} ").as_bytes());
            }
            '\u{4}' if line.is_empty() => self.enters(cluster, "exit"),
            letter if !letter.is_control() => {
                line.push(letter);
                self.says(letter.to_string().as_bytes());
            }
            _ => {}
        }
    }

    fn enters(&mut self, cluster: &mut Cluster, line: &str) {
        let What::Shell { shell, .. } = &mut self.what else { return };
        let typed = shell.line(cluster, line);
        let sign = shell.sign();
        let ended = typed.exit_code;
        if let (Some(code), Some((pod, container))) = (ended, shell.attached()) {
            // A container that has ended meanwhile has nothing left to end.
            let _ = cluster.act(Action::KillContainer { pod, container, exit_code: code });
        }
        self.says(typed.stdout.replace('\n', "\r\n").as_bytes());
        match ended {
            Some(code) => self.exits(code),
            None => self.says(format!("{sign} ").as_bytes()),
        }
    }

    /// Takes in what happened in the cluster.
    pub fn hear(&mut self, record: &Record) {
        let What::Log(follow) = &mut self.what else { return };
        let heard = follow.hear(record);
        self.says(heard.stdout.as_bytes());
        if heard.exit_code.is_some() {
            self.exits(0);
        }
    }
}
