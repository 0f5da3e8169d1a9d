//! A script run by itself, without cluster and Pod: for tests, and for whoever wants to know what a script does.

use std::rc::Rc;
use std::time::Duration;

use super::base_layer;
use super::machine::{Machine, Outside, Reply, Setup, State, signal};
use crate::cluster::runtime::Etc;
use crate::cluster::runtime::files::{Disks, Layer};
use crate::cluster::{EPOCH, Time};

/// What a script run by itself did.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its lines, with the instant each was written and whether to standard error.
    pub lines: Vec<(Time, bool, String)>,
    /// The exit code; none where it still ran.
    pub code: Option<i32>,
    /// When it ended, or was left.
    pub end: Time,
    /// How many steps it took.
    pub steps: u64,
}

impl Trial {
    /// The lines of standard output.
    pub fn output(&self) -> Vec<&str> {
        self.lines.iter().filter(|(_, stderr, _)| !stderr).map(|(_, _, text)| text.as_str()).collect()
    }
}

/// Runs `sh -c text` for at most `time`, in a container of `image` (of one that nobody knows where that is empty), as a
/// process that signals end. At `term` SIGTERM comes. No network is there.
pub fn run_script(text: &str, image: &str, time: Duration, term: Option<Duration>) -> Trial {
    let mut machine = Machine::new(setup(image), &["sh", "-c", text], 1);
    let mut disks = Disks::default();
    let mut trial = Trial { lines: Vec::new(), code: None, end: Time::ZERO, steps: 0 };
    let last = Time::ZERO + time;
    let mut term = term.map(|term| Time::ZERO + term);
    loop {
        let (mut lines, mut requests) = (Vec::new(), Vec::new());
        let now = trial.end;
        let mut outside = Outside { now, disks: &mut disks, lines: &mut lines, requests: &mut requests };
        let state = machine.advance(&mut outside);
        trial.lines.extend(lines.into_iter().map(|(stderr, text)| (now, stderr, text)));
        trial.steps = machine.steps;
        let wake = match state {
            State::Exited(code) => {
                trial.code = Some(code);
                return trial;
            }
            State::OutOfMemory => {
                trial.code = Some(137);
                return trial;
            }
            State::Runs(wake) => wake,
        };
        if !requests.is_empty() {
            for (ticket, _) in requests {
                machine.reply(ticket, Reply::Unknown);
            }
            continue;
        }
        let next = match (wake, term) {
            (Some(wake), Some(term)) => wake.min(term),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => return trial,
        };
        if next > last {
            trial.end = last;
            return trial;
        }
        trial.end = next;
        if term == Some(next) {
            term = None;
            machine.signal(1, signal::TERM, next);
        }
    }
}

/// A container of `image` (of one that nobody knows where that is empty) that stands alone.
fn setup(image: &str) -> Rc<Setup> {
    let tag = super::images::tag(image).into();
    let image = super::images::find(image);
    let etc = Etc {
        hostname: "trial".into(),
        hosts: "127.0.0.1\tlocalhost\n10.88.0.1\ttrial\n".to_owned(),
        resolv: "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\n\
                 options ndots:5\n"
            .to_owned(),
    };
    Rc::new(Setup {
        image,
        tag,
        environment: Vec::new(),
        mounts: Vec::new(),
        layer: Rc::new(Layer::new(move || base_layer(image, &etc))),
        folder: "/tmp".into(),
        hostname: "trial".into(),
        user: 0,
        groups: vec![0],
        read_only_root: false,
        may_own: true,
        memory_limit: None,
        epoch: EPOCH.as_second(),
        first_process: false,
        message_path: "/dev/termination-log".into(),
    })
}

/// What a tool did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Handled {
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Its exit code.
    pub code: i32,
    /// The files that it made or changed, with what they hold now.
    pub files: Vec<(String, String)>,
}

/// Runs a tool of a usual image (`sed -i s/a/b/ web.yaml`) over `input`, in a folder with these `files`.
pub fn run_tool(words: &[String], input: &str, files: &[(&str, &str)]) -> Handled {
    let mut machine = Machine::empty(setup(""), 1);
    let mut disks = Disks::default();
    for (name, text) in files {
        step(&mut machine, &mut disks, &["sh", "-c", "cat > \"$0\"", name], text, false);
    }
    let command: Vec<&str> = words.iter().map(String::as_str).collect();
    let code = step(&mut machine, &mut disks, &command, input, true);
    let captured = machine.captured();
    let mut handled = Handled {
        stdout: String::from_utf8_lossy(&captured.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&captured.stderr).into_owned(),
        code,
        ..Handled::default()
    };
    // A file that is new is one that was named.
    let known = files.iter().map(|(name, _)| *name);
    let named = words.iter().skip(1).map(String::as_str).filter(|word| !files.iter().any(|(name, _)| name == word));
    let (mut lines, mut requests) = (Vec::new(), Vec::new());
    let mut outside = Outside { now: Time::ZERO, disks: &mut disks, lines: &mut lines, requests: &mut requests };
    for name in known.chain(named) {
        let Some(bytes) = machine.read_file(&format!("/tmp/{name}"), &mut outside) else { continue };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if files.iter().all(|(known, before)| *known != name || *before != text) {
            handled.files.push((name.to_owned(), text));
        }
    }
    handled
}

/// Runs one command to its end, or as far as it goes without waiting; its exit code.
fn step(machine: &mut Machine, disks: &mut Disks, words: &[&str], input: &str, captured: bool) -> i32 {
    const LOOKS: usize = 10_000;
    let pid = machine.aside(words, &input.as_bytes().into(), captured);
    let mut now = Time::ZERO;
    for _ in 0..LOOKS {
        let (mut lines, mut requests) = (Vec::new(), Vec::new());
        let mut outside = Outside { now, disks, lines: &mut lines, requests: &mut requests };
        let state = machine.advance(&mut outside);
        if let Some(code) = machine.ended(pid) {
            return code;
        }
        for (ticket, _) in requests {
            machine.reply(ticket, Reply::Unknown);
        }
        match state {
            State::Runs(Some(wake)) => now = now.max(wake),
            State::Runs(None) => {}
            State::Exited(_) | State::OutOfMemory => break,
        }
    }
    137
}

#[cfg(test)]
mod tests {
    use super::run_tool;

    #[test]
    fn a_tool_reads_and_changes_the_files_it_is_given() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let ran = run_tool(&words("sed -i s/3600/7200/ web.yaml"), "", &[("web.yaml", "sleep 3600\n"), ("b", "")]);
        assert_eq!(ran.files, [("web.yaml".to_owned(), "sleep 7200\n".to_owned())]);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
        let ran = run_tool(&words("awk {print$2}"), "a b\nc d\n", &[]);
        assert_eq!(ran.stdout, "b\nd\n");
        let ran = run_tool(&words("tee out"), "x\n", &[]);
        assert_eq!((ran.stdout.as_str(), ran.files), ("x\n", vec![("out".to_owned(), "x\n".to_owned())]));
    }
}
