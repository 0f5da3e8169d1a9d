//! What recordings say of sandboxes: the annotation `sim.sandbox`.

use std::time::Duration;

use crate::api::Pod;
use crate::cluster::Config;

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
