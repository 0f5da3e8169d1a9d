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
    let tag = super::images::tag(image).into();
    let image = super::images::find(image);
    let etc = Etc {
        hostname: "trial".into(),
        hosts: "127.0.0.1\tlocalhost\n10.88.0.1\ttrial\n".to_owned(),
        resolv: "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\n\
                 options ndots:5\n"
            .to_owned(),
    };
    let setup = Setup {
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
    };
    let mut machine = Machine::new(Rc::new(setup), &["sh", "-c", text], 1);
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
