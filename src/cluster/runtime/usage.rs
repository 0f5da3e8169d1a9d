//! What containers use of their nodes, as the metrics server hears of it.

use std::rc::Rc;

use super::program::Process;
use super::{Instance, Runtime};
use crate::cluster::load::Spent;
use crate::cluster::metrics::Answer;

/// What a container uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes, where the annotation says so or its processes are simulated.
    pub memory: Option<u64>,
    /// Thousandths of a core: a program that spins takes what it may, one that waits next to nothing.
    pub cpu_millis: u64,
}

/// What a program whose memory nobody knows is taken to use, bytes.
const UNKNOWN_MEMORY: u64 = 16 << 20;

impl Runtime {
    /// What the metrics server is told: of every Pod with running containers on a node that is not `away`, what each has
    /// used, with what load has `spent` there.
    pub fn all_usage(
        &self,
        away: &dyn Fn(&str) -> bool,
        spent: &dyn Fn(&str) -> Option<Spent>,
    ) -> Vec<(Rc<str>, Vec<Answer>)> {
        let mine = self.pods.iter().filter(|(_, pod)| !pod.live.is_empty() && !away(&pod.node));
        mine.filter_map(|(uid, _)| self.usage_of(uid, spent)).collect()
    }

    /// What the metrics server is told of one Pod.
    pub fn usage_of(&self, uid: &str, spent: &dyn Fn(&str) -> Option<Spent>) -> Option<(Rc<str>, Vec<Answer>)> {
        let (uid, pod) = self.pods.get_key_value(uid)?;
        let spent = spent(uid);
        let answer = |instance: &Instance| {
            let usage = self.usage(uid, &instance.name)?;
            let load = spent.as_ref().filter(|spent| spent.container == instance.name);
            Some(Answer {
                name: instance.name.clone(),
                started: instance.started_at?,
                idle_millis: usage.cpu_millis as f64,
                spent: load.map_or(0.0, |spent| spent.milli_seconds),
                memory: usage.memory.unwrap_or(UNKNOWN_MEMORY),
            })
        };
        let mut answers: Vec<Answer> = pod.view.running().filter_map(answer).collect();
        answers.reverse();
        (!answers.is_empty()).then(|| (uid.clone(), answers))
    }

    /// What a running container of `name` uses.
    pub fn usage(&self, uid: &str, name: &str) -> Option<Usage> {
        let pod = self.pods.get(uid)?;
        let instance = pod.view.running().find(|instance| &*instance.name == name)?;
        let live = pod.live.get(&instance.id)?;
        let said = live.program.memory(instance.attempt);
        let machine = live.process.as_ref().and_then(Process::processes);
        let spins = machine.is_some_and(|machine| machine.is_throttled());
        Some(Usage {
            memory: said.or(machine.map(|machine| machine.memory())),
            cpu_millis: match machine.map_or(0, |machine| machine.cpu_millis()) {
                0 if spins => live.cpu_limit.unwrap_or(1_000),
                claimed => claimed.clamp(1, live.cpu_limit.unwrap_or(u64::MAX).max(1)),
            },
        })
    }
}
