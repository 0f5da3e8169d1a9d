//! Who answers in a Pod: the programs that listen on its address, and what they say.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Container;
use k8s_openapi::pooled;

use super::program::{Outside, Process, Question, Served, Workplace};
use super::{Due, LogLine, Runtime, Timer, World, volumes};
use crate::api::Pod;
use crate::cluster::{Happening, Time};

/// A server writes so many lines about requests at once, and so many a second after that; others are not kept.
pub(super) const LINES: u64 = 4_000;
const LINES_A_SECOND: u64 = 100;

/// The container `name` of a Pod.
pub(super) fn container<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    let mut all = pod.spec.containers.iter().chain(pod.spec.init_containers.iter().flatten());
    all.find(|it| it.name == *name)
}

/// Whether the manifest mounts anything into a container. The token that the server mounts everywhere is of no account.
pub(super) fn mounts(container: &Container) -> bool {
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    mounts.iter().any(|mount| !mount.mount_path.starts_with("/var/run/secrets/kubernetes.io/"))
}

/// The name of the host that the containers of a Pod see.
pub(super) fn hostname(pod: &Pod) -> &str {
    pod.spec.hostname.as_deref().unwrap_or_else(|| pod.name())
}

impl Runtime {
    /// The Pod that has `address`; of several that share the address of a node the one that listens on `port`.
    pub(super) fn holder(&self, address: &str, port: u16, now: Time) -> Option<Rc<str>> {
        if let Some(uid) = self.addresses.get(address) {
            return Some(uid.clone());
        }
        if address.starts_with("10.88.") {
            return None;
        }
        let there = self.pods.iter().filter(|(_, pod)| pod.view.ready_sandbox().is_some_and(|it| &*it.ip == address));
        let mut uids = there.map(|(uid, _)| uid);
        uids.find(|uid| self.links.waits(uid, port).is_some() || self.answering(uid, port, now).is_some()).cloned()
    }

    /// The Pod that an instance belongs to.
    pub(super) fn pod_of(&self, id: u64) -> Option<Rc<str>> {
        self.pods.iter().find(|(_, pod)| pod.live.contains_key(&id)).map(|(uid, _)| uid.clone())
    }

    /// The instance that answers on `port` of a Pod. One of which nothing is known answers where nobody else does.
    pub(super) fn answers(&self, uid: &str, port: u16, now: Time) -> Option<u64> {
        let pod = self.pods.get(uid)?;
        let processes = || pod.live.iter().filter_map(|(id, live)| Some((*id, live.process.as_ref()?)));
        let sure = processes().find(|(_, process)| !process.is_assumed() && process.tcp(port, now));
        sure.or_else(|| processes().find(|(_, process)| process.is_assumed())).map(|(id, _)| id)
    }

    /// The container that answers on `port` of a Pod.
    pub(super) fn answering(&self, uid: &str, port: u16, now: Time) -> Option<Rc<str>> {
        let id = self.answers(uid, port, now)?;
        self.pods.get(uid)?.view.instance(id).map(|instance| instance.name.clone())
    }

    /// Whether somebody but the instance `id` has taken `port` in the network namespace of a Pod.
    pub(super) fn occupied(&self, uid: &str, id: u64, port: u16) -> bool {
        let Some(pod) = self.pods.get(uid) else { return false };
        let taken = |pod: &super::RuntimePod| {
            let mut others = pod.live.iter().filter(|(other, _)| **other != id);
            others.any(|(_, live)| live.process.as_ref().is_some_and(|process| process.occupies(port)))
        };
        if taken(pod) {
            return true;
        }
        let on_node = |pod: &super::RuntimePod| pod.pod.spec.host_network == Some(true);
        on_node(pod)
            && self.pods.iter().any(|(other, it)| **other != *uid && it.node == pod.node && on_node(it) && taken(it))
    }

    /// A well-known server begins: where somebody else has its port it says so and gives up.
    pub(super) fn bind(&mut self, uid: &Rc<str>, id: u64, world: &World) {
        let process = self.pods.get(uid).and_then(|pod| pod.live.get(&id)?.process.as_ref());
        let taken = process.and_then(|process| process.wants().find(|port| self.occupied(uid, id, *port)));
        let Some(port) = taken else { return };
        let live = self.pods.get_mut(uid).and_then(|pod| Rc::make_mut(pod).live.get_mut(&id));
        if let Some(process) = live.and_then(|live| live.process.as_mut()) {
            process.refuse(port, world.now);
        }
    }

    /// Where a proxy in a Pod leads what comes to `port`, and which instance it is.
    pub(super) fn forwards(&mut self, uid: &Rc<str>, port: u16, world: &mut World) -> Option<(Rc<str>, u16, u64)> {
        let question = Question::connection(port);
        match self.serve(uid, &question, world).1 {
            Served::Forward { host, port, id } => Some((host, port, id)),
            _ => None,
        }
    }

    /// Lets a question reach `port` of a Pod: the container that takes it, and what comes of it.
    pub(super) fn serve(&mut self, uid: &Rc<str>, question: &Question, world: &mut World) -> (Option<Rc<str>>, Served) {
        if let Some(listener) = self.links.waits(uid, question.port) {
            let name = self.pods.get(uid).and_then(|pod| pod.view.instance(listener.0)).map(|it| it.name.clone());
            return (name, Served::Talks(listener));
        }
        let Some(id) = self.answers(uid, question.port, world.now) else { return (None, Served::Refused) };
        let served = self.at_work(uid, id, world, |process, place, outside| process.serve(question, place, outside));
        let Some((name, served)) = served else { return (None, Served::Refused) };
        let served = match served {
            Served::Forward { host, port, .. } => Served::Forward { host, port, id },
            served => served,
        };
        (Some(name), served)
    }

    /// A request that the instance `id` has passed on was answered.
    pub(super) fn passed(
        &mut self,
        uid: &Rc<str>,
        id: u64,
        question: &Question,
        answer: (u16, usize),
        world: &mut World,
    ) {
        self.at_work(uid, id, world, |process, place, outside| process.passed(question, answer, place, outside));
    }

    /// Lets a process work for somebody; what it writes and changes is noted. The name of its container, and what came
    /// of it.
    fn at_work<T>(
        &mut self,
        uid: &Rc<str>,
        id: u64,
        world: &mut World,
        work: impl FnOnce(&mut Process, &mut Workplace, &mut Outside) -> T,
    ) -> Option<(Rc<str>, T)> {
        let pod = self.pods.get_mut(uid).map(Rc::make_mut)?;
        let instance = pod.view.instance(id)?;
        let (name, attempt) = (instance.name.clone(), instance.attempt);
        let address = pod.view.ready_sandbox().map(|sandbox| sandbox.ip.clone()).unwrap_or_default();
        let spec = &pod.pod;
        let live = pod.live.get_mut(&id)?;
        let process = live.process.as_mut()?;
        let container = container(spec, &name);
        let (mut lines, mut requests) = (Vec::new(), Vec::new());
        let mut outside =
            Outside { now: world.now, disks: &mut self.disks, lines: &mut lines, requests: &mut requests };
        let mut place = Workplace {
            hostname: hostname(spec),
            epoch: world.config.epoch.as_second(),
            mounted: container.is_some_and(mounts),
            setup: &mut |disks| {
                let container = container.cloned().unwrap_or_default();
                Rc::new(volumes::setup(spec, &container, &address, world, disks))
            },
        };
        let done = work(process, &mut place, &mut outside);
        let busy = process.processes().is_some_and(|machine| machine.is_busy());
        let earned = world.now.since(live.lines_left.1).as_secs() * LINES_A_SECOND;
        let left = live.lines_left.0.saturating_add(earned).min(LINES);
        if earned > 0 {
            live.lines_left.1 = world.now;
        }
        lines.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        live.lines_left.0 = left - lines.len() as u64;
        for (stderr, text) in lines {
            // Of a thousand Pods that are probed in one second each writes the same line.
            let text = pooled(&text);
            let line = LogLine { pod: uid.clone(), container: name.clone(), attempt, stderr, text };
            world.note(Happening::Log(line));
        }
        if busy {
            live.token = live.token.wrapping_add(1);
            let timer = Timer::Process { pod: uid.clone(), id, token: live.token };
            world.wake(Duration::ZERO, Due::Runtime(timer));
        }
        if process.processes().is_some() {
            self.note_files_of(uid, id, &name, world);
        }
        Some((name, done))
    }
}
