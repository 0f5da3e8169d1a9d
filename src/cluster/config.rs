//! What a run is started with.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

/// What the clock shows when a run begins, unless said otherwise: 2026-01-01T00:00:00Z.
pub const EPOCH: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// The parameters of a cluster. The defaults are those of the recordings on a quiet node.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Seeds everything random. With 0 a run is a typical one: what the kubelet jitters stays near the middle of its
    /// range. Every other seed draws from the whole of it.
    pub seed: u64,
    /// What the clock shows when the run begins.
    pub epoch: Timestamp,
    /// How many nodes, `node-1` and on; 1 to 8 in the page.
    pub nodes: u32,
    /// CPU of each node, millicores.
    pub node_cpu_millis: u64,
    /// Memory of each node, bytes.
    pub node_memory: u64,
    /// How many Pods each node takes.
    pub node_pods: u32,
    /// How many Pods may be on nodes in the whole simulation, so that the page stays answerable.
    pub max_pods: u32,
    /// How many more there may be that wait, Pending, for one of those to go; what is beyond is refused.
    pub max_waiting: u32,
    /// Whether a node pulls one image after another (serializeImagePulls), and not all that are asked for at once.
    pub serialize_image_pulls: bool,
    /// How many pulls a second a node may begin, and how many at once after a pause (registryPullQPS,
    /// registryBurst); none means as many as are asked for.
    pub registry_pulls: Option<(u32, u32)>,
    /// Whether containers are told by their `SIM` variable what to do, as in the recordings.
    pub sim_variables: bool,
    /// How long things take.
    pub latencies: Latencies,
}

/// How long things take (`spec/kubelet.md` D, `truth/traces/README.md`).
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    /// From a write of the API to the components that watch it.
    pub watch: Duration,
    /// From an unscheduled Pod seen to its binding written.
    pub schedule: Duration,
    /// From the first status of a Pod to its volumes being mounted.
    pub volumes: Duration,
    /// RunPodSandbox.
    pub sandbox: Duration,
    /// StopPodSandbox.
    pub stop_sandbox: Duration,
    /// CreateContainer.
    pub create: Duration,
    /// StartContainer.
    pub start: Duration,
    /// Starting a command in a container.
    pub exec: Duration,
    /// Pulling an image nobody says more of.
    pub pull: Duration,
    /// From a status computed to its being written to the API.
    pub status: Duration,
}

impl Default for Latencies {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self {
            watch: ms(5),
            schedule: ms(3),
            volumes: ms(292),
            sandbox: ms(300),
            stop_sandbox: ms(100),
            create: ms(20),
            start: ms(60),
            exec: ms(15),
            pull: ms(500),
            status: ms(18),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 0,
            epoch: EPOCH,
            nodes: 1,
            node_cpu_millis: 2_000,
            node_memory: 8 << 30,
            node_pods: 110,
            max_pods: 20_000,
            max_waiting: 200,
            serialize_image_pulls: false,
            registry_pulls: None,
            sim_variables: false,
            latencies: Latencies::default(),
        }
    }
}
