//! Probes that pass again and again while nothing changes around them. In a large cluster at rest they are nearly all that
//! happens, so a turn of one looks whether its ground is still the same, and is then told as the one before it went.

use std::rc::Rc;

use k8s_openapi::api::core::v1::PodStatus;

use super::probes::Health;
use super::probing::{self, NETWORK};
use super::timer::{ProbeKey, Steady};
use super::worker::Worker;
use super::{Cx, Kubelet, Timer};
use crate::api::{Pod, Shared};
use crate::cluster::probe_kind::ProbeKind;
use crate::cluster::runtime::network::{self, Ask};
use crate::cluster::runtime::{Echo, PodView, Runtime};
use crate::cluster::world::World;

/// All that a turn of a probe worker depends on: while it is the same, the next turn goes like the last one.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    status: Shared<PodStatus>,
    pod: Rc<Pod>,
    cache: Rc<PodView>,
    echo: Echo,
}

impl Ground {
    /// The ground of a probe of `worker` that has just been answered; none where a success would change anything, or the
    /// answer may be another one next time.
    pub fn of(worker: &Worker, key: &ProbeKey, ask: Option<&Ask>, cx: &Cx) -> Option<Self> {
        let status = worker.status.clone()?;
        let probe = worker.probes.get(key)?;
        let known = worker.results.of(probe.container_id.as_ref()?, key.1) == Some(Health::Success);
        if !known || key.1 == ProbeKind::Startup || !worker.forced.is_empty() {
            return None;
        }
        let echo = network::echo(cx.runtime, &worker.uid, ask?, cx.world)?;
        let passes = probing::passes(echo.status);
        passes.then(|| Self { status, pod: worker.pod.clone(), cache: worker.cache.clone(), echo })
    }

    fn holds(&self, worker: &Worker, runtime: &Runtime, world: &World) -> bool {
        worker.status.as_ref().is_some_and(|status| Shared::ptr_eq(status, &self.status))
            && Rc::ptr_eq(&worker.pod, &self.pod)
            && Rc::ptr_eq(&worker.cache, &self.cache)
            && worker.forced.is_empty()
            && runtime.answers_again(&self.echo)
            && network::is_crowd(world)
    }
}

impl Kubelet {
    /// The worker of a steady probe, while the Pod is there.
    fn worker_of(&self, probe: &Steady) -> Option<&Worker> {
        let (uid, worker) = self.workers.at(probe.slot)?;
        (*uid == probe.pod).then_some(worker)
    }

    /// A steady probe is due.
    pub(super) fn probe_again(&mut self, probe: Rc<Steady>, runtime: &mut Runtime, world: &mut World) {
        let Some(worker) = self.worker_of(&probe) else { return };
        let Some(known) = worker.probes.values().find(|known| known.token == probe.token) else { return };
        if let Some(ground) = known.ground.as_ref().filter(|ground| ground.holds(worker, runtime, world)) {
            ground.echo.sounds(world);
            return self.node.timer(NETWORK, Timer::ProbedAgain { probe }, world);
        }
        self.with(&probe.pod, runtime, world, |worker, cx| {
            if let Some(known) = worker.probes.get_mut(&probe.key) {
                known.next_tick = cx.world.now;
            }
            worker.probe_timer(&probe.key, probe.token, cx);
        });
    }

    /// A steady probe is answered.
    pub(super) fn probed_again(&mut self, probe: Rc<Steady>, world: &mut World) {
        let Some(worker) = self.worker_of(&probe) else { return };
        let goes_on = worker.probes.values().any(|known| known.token == probe.token);
        if !goes_on && !worker.probes.contains_key(&probe.key) {
            return;
        }
        probing::told(&probe.pod, &probe.key, probe.attempt, true, "", world);
        if goes_on {
            self.node.timer(probe.period.saturating_sub(NETWORK), Timer::ProbeAgain { probe }, world);
        }
    }
}
