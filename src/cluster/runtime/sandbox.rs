//! Sandboxes: RunPodSandbox and StopPodSandbox, and what recordings say of them (the annotation `sim.sandbox`).

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::view::Sandbox;
use super::{Runtime, RuntimePod, Timer, note};
use crate::api::Pod;
use crate::cluster::world::{Due, World};
use crate::cluster::{Config, RuntimeEvent};

/// How the sandboxes of one Pod fare.
#[derive(Clone, Debug, Default)]
pub(super) struct SandboxRules {
    /// How many of the next sandboxes fail.
    failures: u32,
    /// How long RunPodSandbox takes, where it is not the usual.
    pub time: Option<Duration>,
    /// How long the first sandbox lives.
    pub dies: Option<Duration>,
}

/// What the network plugin says when a sandbox fails.
const FAILURE: &str = "rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type=\"bridge\" \
                       failed (add): no IP addresses available";

impl SandboxRules {
    /// Reads the annotation; without `sim_variables` every sandbox fares well.
    pub fn of(pod: &Pod, config: &Config) -> Self {
        let mut rules = Self::default();
        let annotation = pod.metadata.annotations.as_ref().and_then(|annotations| annotations.get("sim.sandbox"));
        let words = annotation.filter(|_| config.sim_variables).map(String::as_str).unwrap_or_default();
        for (key, value) in words.split_whitespace().filter_map(|word| word.split_once('=')) {
            let seconds = value.parse::<f64>().ok().filter(|seconds| (0.0..1e9).contains(seconds));
            match key {
                "fail" => rules.failures = value.parse().unwrap_or(0),
                "time" => rules.time = seconds.map(Duration::from_secs_f64),
                "die" => rules.dies = seconds.map(Duration::from_secs_f64),
                _ => {}
            }
        }
        rules
    }

    /// The runtime's words, when the next sandbox fails.
    pub fn fail(&mut self) -> Option<&'static str> {
        (self.failures > 0).then(|| {
            self.failures -= 1;
            FAILURE
        })
    }
}

impl Runtime {
    /// RunPodSandbox begins: how long it takes.
    pub fn begin_sandbox(&mut self, node: &Rc<str>, pod: &Rc<Pod>, world: &mut World) -> Duration {
        let uid = pod.shared_uid();
        if !self.pods.contains_key(&uid) {
            let new = RuntimePod {
                node: node.clone(),
                pod: pod.clone(),
                rules: SandboxRules::of(pod, &world.config),
                next_sandbox: 0,
                view: Rc::default(),
                live: BTreeMap::new(),
                logs: BTreeMap::new(),
            };
            self.pods.insert(uid.clone(), Rc::new(new));
        }
        let takes = self.pods.get(&uid).and_then(|entry| entry.rules.time);
        let takes = takes.unwrap_or(world.config.latencies.sandbox);
        note(world, &uid, "", 0, RuntimeEvent::SandboxStarting);
        takes
    }

    /// RunPodSandbox ends.
    ///
    /// # Errors
    /// The runtime's words.
    pub fn end_sandbox(&mut self, uid: &Rc<str>, host_ip: Option<&str>, world: &mut World) -> Result<(), String> {
        let Some(entry) = self.pods.get_mut(uid) else { return Err("sandbox not found".to_owned()) };
        let entry = Rc::make_mut(entry);
        if let Some(message) = entry.rules.fail() {
            note(world, uid, "", 0, RuntimeEvent::SandboxFailed { message: message.into() });
            return Err(message.to_owned());
        }
        let ip: Rc<str> = match host_ip {
            Some(ip) => ip.into(),
            None => {
                self.next_ip += 1;
                let number = self.next_ip;
                format!("10.88.{}.{}", (number / 254) & 255, number % 254 + 1).into()
            }
        };
        if host_ip.is_none() {
            self.addresses.insert(ip.clone(), uid.clone());
        }
        let attempt = entry.next_sandbox;
        entry.next_sandbox += 1;
        Rc::make_mut(&mut entry.view).sandboxes.insert(0, Sandbox { attempt, ready: true, ip: ip.clone() });
        note(world, uid, "", attempt, RuntimeEvent::SandboxReady { ip });
        if let Some(after) = entry.rules.dies.take() {
            world.wake(after, Due::Runtime(Timer::SandboxDies { pod: uid.clone(), attempt }));
        }
        Ok(())
    }

    /// StopPodSandbox: what still runs in the Pod's sandboxes is killed, the network is gone.
    pub fn stop_sandboxes(&mut self, uid: &Rc<str>, world: &mut World) {
        for id in self.running(uid) {
            self.kill(uid, id, world);
        }
        if let Some(entry) = self.pods.get_mut(uid)
            && entry.view.ready_sandbox().is_some()
        {
            let entry = Rc::make_mut(entry);
            for sandbox in &mut Rc::make_mut(&mut entry.view).sandboxes {
                sandbox.ready = false;
                if self.addresses.get(&sandbox.ip) == Some(uid) {
                    self.addresses.remove(&sandbox.ip);
                }
            }
            note(world, uid, "", 0, RuntimeEvent::SandboxStopped);
        }
    }
}
