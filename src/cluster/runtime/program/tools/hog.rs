//! Programs that use memory and CPU on purpose: `stress`, and the one of the image vish/stress that the documentation of
//! Kubernetes has.

use std::rc::Rc;
use std::time::Duration;

use super::serve::after;
use super::{Tool, clock};
use crate::cluster::Time;
use crate::cluster::runtime::program::machine::{Block, Body, Cx, Io, Step, signal};

/// One at work.
#[derive(Clone, Debug)]
pub(crate) struct Hog {
    /// Bytes of memory it holds now.
    pub memory: u64,
    /// Thousandths of a core.
    pub millis: u64,
    /// How much memory it wants, and how much more it takes in each second.
    wants: (u64, u64),
    began: Time,
    ends: Option<Duration>,
    /// Whether it stops on a signal (Go's runtime does so by itself), and has heard one.
    stops: Option<bool>,
}

/// Begins `stress` with its options: those of vish/stress have one dash.
pub(super) fn begin(arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
    let count = |flags: &[&str]| after(arguments, flags).and_then(|value| value.parse().ok()).unwrap_or(0_u64);
    let bytes = |flags: &[&str]| after(arguments, flags).and_then(|value| size(&value));
    let mut hog = Hog { memory: 0, millis: 0, wants: (0, u64::MAX), began: cx.now(), ends: None, stops: None };
    if arguments.iter().any(|word| matches!(&**word, "-logtostderr" | "-cpus" | "-mem-total")) {
        hog.millis = count(&["-cpus"]).saturating_mul(1_000);
        hog.stops = Some(false);
        let chunk = bytes(&["-mem-alloc-size"]).unwrap_or(4 << 10);
        let pause = after(arguments, &["-mem-alloc-sleep"]).and_then(|text| match text.strip_suffix("ms") {
            Some(millis) => millis.parse::<f64>().ok().map(|millis| millis / 1_000.0),
            None => clock::duration(&text),
        });
        let rate = chunk as f64 / pause.unwrap_or(0.001).max(1e-6);
        hog.wants = (bytes(&["-mem-total"]).unwrap_or(0), rate as u64);
        for text in [
            format!("main.go:26] Allocating {:?} memory, in {:?} chunks", hog.wants.0.to_string(), chunk.to_string()),
            "main.go:39] Spawning a thread to consume CPU".to_owned(),
        ] {
            let time = super::civil_text("%m%d %H:%M:%S.000000", cx.kernel.setup.epoch, cx.now());
            io.complain(cx, &format!("I{time}       {} {text}", io.pid));
        }
    } else if !arguments.is_empty() {
        let (cpu, vm) = (count(&["--cpu", "-c"]), count(&["--vm", "-m"]));
        let (disks, drives) = (count(&["--io", "-i"]), count(&["--hdd", "-d"]));
        // A worker that holds its memory (`--vm-hang`) does nothing meanwhile.
        let busy = if after(arguments, &["--vm-hang"]).is_some() { cpu } else { cpu.saturating_add(vm) };
        hog.millis = busy.saturating_mul(1_000);
        hog.wants.0 = vm.saturating_mul(bytes(&["--vm-bytes"]).unwrap_or(256 << 20));
        let timeout = after(arguments, &["--timeout", "-t"]).and_then(|text| clock::duration(&text));
        hog.ends = timeout.filter(|seconds| (0.0..1e9).contains(seconds)).map(Duration::from_secs_f64);
        let text =
            format!("stress: info: [{}] dispatching hogs: {cpu} cpu, {disks} io, {vm} vm, {drives} hdd\n", io.pid);
        io.write(cx, 1, text.as_bytes());
    } else {
        return Step::Exit(0);
    }
    Step::Become(Body::Tool(Box::new(Tool::Hogs(hog))))
}

/// A number of bytes: `128M`, `1Gi`.
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match text.get(digits.len()..)?.chars().next() {
        None | Some('B' | 'b') => 0,
        Some('K' | 'k') => 10,
        Some('M' | 'm') => 20,
        Some('G' | 'g') => 30,
        Some(_) => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

impl Hog {
    /// As [`Tool::signal`].
    pub fn signal(&mut self, number: u8, now: Time) -> Option<Option<Time>> {
        let ends = matches!(number, signal::TERM | signal::INT) && self.stops.is_some();
        ends.then(|| {
            self.stops = Some(true);
            Some(now)
        })
    }

    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        if self.stops == Some(true) {
            return Step::Exit(2);
        }
        let age = cx.now().since(self.began);
        if let Some(ends) = self.ends.filter(|ends| *ends <= age) {
            let text = format!("stress: info: [{}] successful run completed in {}s\n", io.pid, ends.as_secs());
            io.write(cx, 1, text.as_bytes());
            return Step::Exit(0);
        }
        let (wants, rate) = self.wants;
        self.memory = wants.min(rate.saturating_mul(age.as_secs() + 1));
        let growing = (self.memory < wants).then(|| cx.now() + Duration::from_secs(1));
        match [growing, self.ends.map(|ends| self.began + ends)].into_iter().flatten().min() {
            Some(at) => Step::Block(Block::Until(at)),
            None => Step::Block(Block::Forever),
        }
    }
}
