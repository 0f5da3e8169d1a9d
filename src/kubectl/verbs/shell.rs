//! An interactive shell in a container: `exec -it POD -- sh`, and what `run -it`, `attach -it` and `debug -it` lead to.
//!
//! A container runs commands that end; a shell does not. So each line is a command of its own, with what the lines before
//! it left behind: the folder, and what they assigned.

use crate::api::{Kind, Pod, image};
use crate::cluster::{Action, Cluster, Happening, ObjectKey, Propagation, Record};
use crate::kubectl::args::Args;
use crate::kubectl::follow::Heard;
use crate::kubectl::{Output, pods};
use k8s_openapi::{Items, Text};

/// Ends the part of the output that a person sees; after it comes the folder.
const MARK: char = '\u{1e}';

/// What follows a line: it tells the folder, and ends as the line did.
const AFTER: &str = "\n__status=$?\nprintf '\\036'\npwd\nexit $__status\n";

/// What is said before the first line of a session that is recorded (kubectl: cmd/attach/attach.go).
pub(super) const ATTACHED: &str = "All commands and output from this session will be recorded in container logs, \
    including credentials and sensitive information passed through the command prompt.\nIf you don't see a command \
    prompt, try pressing enter.\n";

/// How a session began, and so how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kubectl) enum Origin {
    /// Beside the container's program.
    Exec,
    /// As the container's program.
    Attach {
        /// Whether the container is an ephemeral one.
        ephemeral: bool,
        /// Whether the Pod goes with it (`run --rm`).
        remove: bool,
    },
    /// Ports are forwarded: a line is the path of a request.
    Forward {
        /// The port on this side.
        local: u16,
        /// The port of the Pod.
        port: u16,
    },
}

/// A shell that waits for lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Shell {
    pod: ObjectKey,
    container: String,
    program: String,
    origin: Origin,
    folder: String,
    /// Assignments, in order.
    set: Vec<String>,
    /// Whether the container runs.
    ready: bool,
}

/// What a line led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// What was printed.
    pub stdout: String,
    /// What kubectl said, once the shell has ended.
    pub stderr: String,
    /// The exit status, once the shell has ended.
    pub exit_code: Option<i32>,
}

/// Whether a command is a shell that reads its lines from the terminal.
pub(in crate::kubectl) fn is_shell(command: &[String]) -> bool {
    !command.is_empty() && image::reads_lines("", command)
}

/// Whether the program of a container is a shell that reads its lines from the terminal.
pub(in crate::kubectl) fn runs_shell(pod: &Pod, container: &str) -> bool {
    let spec = &pod.spec;
    let of = |command: &Option<Vec<String>>, args: &Option<Vec<String>>, image: &Option<Text>| {
        let words: Vec<String> = command.iter().chain(args).flatten().cloned().collect();
        image::reads_lines(image.as_deref().unwrap_or_default(), &words)
    };
    let main = spec.containers.iter().find(|it| it.name == container).map(|it| of(&it.command, &it.args, &it.image));
    let ephemeral = spec.ephemeral_containers.iter().flatten().find(|it| it.name == container);
    main.or(ephemeral.map(|it| of(&it.command, &it.args, &it.image))).unwrap_or(false)
}

impl Shell {
    pub(in crate::kubectl) fn new(pod: &Pod, container: &str, command: &[String], origin: Origin) -> Box<Self> {
        Box::new(Self {
            pod: ObjectKey::new(Kind::Pod, pod.namespace(), pod.name()),
            container: container.to_owned(),
            program: command.first().cloned().unwrap_or_else(|| "sh".to_owned()),
            origin,
            folder: "/".to_owned(),
            set: Vec::new(),
            ready: pods::is_running(pod, container),
        })
    }

    /// Ports that are forwarded to a container.
    pub(super) fn forward(pod: &Pod, local: u16, port: u16) -> Box<Self> {
        let listens = |ports: &Option<Items<k8s_openapi::api::core::v1::ContainerPort>>| {
            ports.iter().flatten().any(|known| known.container_port == i32::from(port))
        };
        let containers = &pod.spec.containers;
        let found = containers.iter().find(|it| listens(&it.ports)).or(containers.first());
        let name = found.map(|it| it.name.clone()).unwrap_or_default();
        Self::new(pod, &name, &[], Origin::Forward { local, port })
    }

    /// Whether its lines are requests through a forwarded port.
    pub fn forwards(&self) -> bool {
        matches!(self.origin, Origin::Forward { .. })
    }

    /// The Pod whose port is forwarded, the port on this side and the Pod's own.
    pub fn forwarded(&self) -> Option<(&str, u16, u16)> {
        match self.origin {
            Origin::Forward { local, port } => Some((&self.pod.name, local, port)),
            _ => None,
        }
    }

    /// Asks for a path with what the container has for it.
    fn request(&self, cluster: &mut Cluster, line: &str, local: u16, port: u16) -> Typed {
        let path = line.trim().trim_start_matches("GET ").trim();
        let slash = if path.starts_with('/') { "" } else { "/" };
        let url = format!("http://127.0.0.1:{port}{slash}{path}");
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        let mut stdout = format!("Handling connection for {local}\n");
        for command in [words(&["curl", "-sS", "-i", &url]), words(&["wget", "-q", "-O", "-", &url])] {
            let Some(ran) = cluster.exec(&self.pod, &self.container, &command, &[]) else {
                let name = &self.pod.name;
                let stderr = format!("error: lost connection to pod {name}\n");
                return Typed { stdout, stderr, exit_code: Some(1) };
            };
            if matches!(ran.exit_code, Some(126 | 127)) {
                continue;
            }
            stdout.push_str(&ran.output);
            if !ran.output.ends_with('\n') {
                stdout.push('\n');
            }
            break;
        }
        Typed { stdout, stderr: String::new(), exit_code: None }
    }

    /// Whether it takes lines: until the container runs, nobody is there to read them.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// What stands before a line: the folder and `#`, for the user is root.
    pub fn sign(&self) -> String {
        if self.forwards() {
            return "GET".to_owned();
        }
        format!("{} #", self.folder)
    }

    /// Takes in what happened until the container runs.
    pub fn hear(&mut self, record: &Record) -> Heard {
        let Happening::Changed(change) = &record.what else { return Heard::default() };
        let runs =
            change.key == self.pod && change.object.as_pod().is_some_and(|pod| pods::is_running(pod, &self.container));
        if self.ready || !runs {
            return Heard::default();
        }
        self.ready = true;
        Heard { stderr: ATTACHED.to_owned(), ..Heard::default() }
    }

    /// The container whose program it is; none where it runs beside one.
    #[cfg(not(target_arch = "wasm32"))]
    pub(in crate::kubectl) fn attached(&self) -> Option<(ObjectKey, std::rc::Rc<str>)> {
        matches!(self.origin, Origin::Attach { .. }).then(|| (self.pod.clone(), self.container.as_str().into()))
    }

    /// Runs a line; once it has ended, kubectl says so.
    pub fn enter(&mut self, cluster: &mut Cluster, line: &str) -> Typed {
        let typed = self.line(cluster, line);
        if typed.exit_code.is_some() { typed.said(self, cluster) } else { typed }
    }

    /// The line that the person typed, of a command that [`Shell::enter`] ran for it (the last one of several); none for
    /// another command.
    pub fn typed(command: &[String]) -> Option<&str> {
        let [_, dash_c, script] = command else { return None };
        let script = script.strip_suffix(AFTER).filter(|_| dash_c == "-c")?;
        script.lines().next_back()
    }

    /// Runs a line.
    pub(in crate::kubectl) fn line(&mut self, cluster: &mut Cluster, line: &str) -> Typed {
        if let Origin::Forward { local, port } = self.origin {
            return match line.trim() {
                "exit" => Typed { stdout: String::new(), stderr: String::new(), exit_code: Some(0) },
                line => self.request(cluster, line, local, port),
            };
        }
        let folder = self.folder.replace('\'', "'\\''");
        let set = self.set.join("\n");
        let script = format!("cd '{folder}'\n{set}\n{line}{AFTER}");
        let command = [self.program.clone(), "-c".to_owned(), script];
        let Some(ran) = cluster.exec(&self.pod, &self.container, &command, &[]) else {
            return Typed { stdout: String::new(), stderr: String::new(), exit_code: Some(137) };
        };
        let (shown, folder) = match ran.output.rsplit_once(MARK) {
            Some((shown, folder)) => (shown.to_owned(), Some(folder.trim_end().to_owned())),
            None => (ran.output, None),
        };
        let Some(code) = ran.exit_code else {
            // A person would end it.
            return Typed { stdout: format!("{shown}^C\n"), stderr: String::new(), exit_code: None };
        };
        match folder {
            Some(folder) => {
                self.folder = folder;
                if code == 0 && assigns(line) {
                    self.set.push(line.trim().to_owned());
                }
                Typed { stdout: shown, stderr: String::new(), exit_code: None }
            }
            // A line that cannot be read is told, and the shell goes on.
            None if code == 2 && shown.contains("syntax error") => {
                Typed { stdout: shown, stderr: String::new(), exit_code: None }
            }
            None => Typed { stdout: shown, stderr: String::new(), exit_code: Some(code) },
        }
    }
}

/// Whether a line does nothing but assign: it may be run again before every later one.
fn assigns(line: &str) -> bool {
    let line = line.trim();
    if line.contains([';', '|', '&', '`', '\n', '>']) || line.contains("$(") {
        return false;
    }
    let first = line.split_whitespace().next().unwrap_or_default();
    let name = |word: &str| {
        let name = word.split('=').next().unwrap_or_default();
        word.contains('=') && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    matches!(first, "export" | "unset" | "readonly" | "set" | "umask" | "alias")
        || !line.is_empty() && line.split_whitespace().all(name)
}

impl Typed {
    /// What kubectl says when the session is over.
    fn said(mut self, shell: &Shell, cluster: &mut Cluster) -> Self {
        let code = self.exit_code.unwrap_or_default();
        let (pod, container, namespace) = (&shell.pod.name, &shell.container, &shell.pod.namespace);
        match shell.origin {
            Origin::Exec if code != 0 => self.stderr = format!("command terminated with exit code {code}\n"),
            Origin::Exec | Origin::Forward { .. } => {}
            Origin::Attach { ephemeral, remove } => {
                let end = Action::KillContainer {
                    pod: shell.pod.clone(),
                    container: container.as_str().into(),
                    exit_code: code,
                };
                // A container that has ended meanwhile has nothing left to end.
                let _ = cluster.act(end);
                let again = format!("'kubectl attach {pod} -c {container} -n {namespace} -i -t' command");
                self.stdout.push_str(&match (ephemeral, remove) {
                    (true, _) => format!(
                        "Session ended, the ephemeral container will not be restarted but may be reattached using \
                         {again} if it is still running\n"
                    ),
                    (false, true) => {
                        let key = shell.pod.clone();
                        let delete = Action::Delete { key, grace: None, propagation: Propagation::Background };
                        // A Pod that is gone already is gone.
                        let _ = cluster.act(delete);
                        format!("pod \"{pod}\" deleted from {namespace} namespace\n")
                    }
                    (false, false) => format!("Session ended, resume using {again}\n"),
                });
                self.exit_code = Some(0);
            }
        }
        self
    }
}

/// The session that `-it` begins where someone sits at the prompt.
pub(super) fn session(args: &Args, pod: &Pod, container: &str, interactive: bool, origin: Origin) -> Option<Output> {
    if !interactive || !args.on("stdin") || !args.on("tty") || !runs_shell(pod, container) {
        return None;
    }
    let shell = Shell::new(pod, container, &[], origin);
    let stderr = if shell.ready { ATTACHED.to_owned() } else { String::new() };
    Some(Output { stderr, shell: Some(shell), ..Output::default() })
}

#[cfg(test)]
mod tests {
    use crate::cluster::{Cluster, Config, Time};
    use crate::kubectl::Client;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_shell_remembers_its_folder_and_what_was_assigned() {
        let mut cluster = Cluster::new(Config::default());
        let mut client = Client { interactive: true, ..Client::default() };
        client.run(&mut cluster, &words("run a --image=busybox -- sleep 1000"), &|_| None);
        cluster.run_until(Time::from_secs_f64(10.0));
        let output = client.run(&mut cluster, &words("exec -it a -- sh"), &|_| None);
        let mut shell = output.shell.unwrap();
        assert_eq!(shell.sign(), "/ #");
        assert_eq!(shell.enter(&mut cluster, "cd /tmp").stdout, "");
        assert_eq!(shell.sign(), "/tmp #");
        shell.enter(&mut cluster, "X=kept");
        shell.enter(&mut cluster, "echo $X > f");
        assert_eq!(shell.enter(&mut cluster, "cat /tmp/f").stdout, "kept\n");
        assert_eq!(shell.enter(&mut cluster, "false").exit_code, None);
        let ended = shell.enter(&mut cluster, "exit 3");
        assert_eq!((ended.exit_code, ended.stderr.as_str()), (Some(3), "command terminated with exit code 3\n"));
    }

    #[test]
    fn a_forwarded_port_takes_paths() {
        let mut cluster = Cluster::new(Config::default());
        let mut client = Client { interactive: true, ..Client::default() };
        client.run(&mut cluster, &words("run web --image=nginx --port=80"), &|_| None);
        cluster.run_until(Time::from_secs_f64(10.0));
        let output = client.run(&mut cluster, &words("port-forward web 8080:80"), &|_| None);
        assert!(output.stdout.starts_with("Forwarding from 127.0.0.1:8080 -> 80\n"), "{}", output.stdout);
        let mut shell = output.shell.unwrap();
        let answer = shell.enter(&mut cluster, "/").stdout;
        assert!(answer.starts_with("Handling connection for 8080\n") && answer.contains("nginx"), "{answer}");
        assert_eq!(shell.enter(&mut cluster, "exit").exit_code, Some(0));
    }

    #[test]
    fn a_session_of_run_ends_with_its_pod() {
        let mut cluster = Cluster::new(Config::default());
        let mut client = Client { interactive: true, ..Client::default() };
        let run = "run a --image=busybox -it --rm --restart=Never -- sh";
        let mut shell = client.run(&mut cluster, &words(run), &|_| None).shell.unwrap();
        assert!(!shell.is_ready());
        cluster.take_journal();
        cluster.run_until(Time::from_secs_f64(10.0));
        let said: String = cluster.take_journal().iter().map(|record| shell.hear(record).stderr).collect();
        assert!(shell.is_ready() && said.ends_with("try pressing enter.\n"), "{said}");
        let ended = shell.enter(&mut cluster, "exit");
        assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(0), "pod \"a\" deleted from default namespace\n"));
    }
}
