//! The container runtime: sandboxes, instances of containers, what their programs do, images.

mod changes;
mod echo;
mod etc;
mod exec;
pub(crate) mod files;
mod images;
pub(crate) mod network;
pub(crate) mod program;
mod sandbox;
mod serve;
mod service_variables;
pub(super) mod timer;
mod usage;
mod view;
pub(crate) mod volumes;

use k8s_openapi::pooled;
use std::collections::VecDeque;

use collections::{Listed, Map as BTreeMap, Table};
use std::rc::Rc;
use std::time::Duration;

pub(crate) use echo::Echo;
pub(crate) use etc::Etc;
pub(crate) use images::image_size;
pub(crate) use timer::Timer;
pub use usage::Usage;
pub(crate) use view::{Instance, PodView, State};

use super::hex::push_hex;
use super::kubelet::timer::Timer as KubeletTimer;
use super::world::{Due, World};
use super::{Happening, LogLine, RuntimeEvent, RuntimeNote, Time};
use crate::api::Pod;
use crate::api::sim::Serves;
pub(crate) use exec::Command;
pub(crate) use files::Disks;
use images::Images;
use program::{Outside, Process, ProcessState, Program, Reply, Setup, Ticket};
use sandbox::SandboxRules;

/// The runtime of all nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runtime {
    pods: Listed<Rc<str>, Rc<RuntimePod>>,
    pub images: Images,
    /// The volumes.
    pub disks: Disks,
    links: network::Links,
    /// Who read a file last, by volume and file, and when that was noted.
    readers: BTreeMap<(Rc<str>, Rc<str>), (u64, Time)>,
    /// Which Pod has an address of its own.
    addresses: Table<Rc<str>, Rc<str>>,
    next_id: u64,
    next_ip: u32,
}

/// What the runtime keeps of one Pod.
#[derive(Clone, Debug)]
struct RuntimePod {
    node: Rc<str>,
    /// As it was when its first sandbox was made.
    pod: Rc<Pod>,
    rules: SandboxRules,
    next_sandbox: u32,
    view: Rc<PodView>,
    live: BTreeMap<u64, Live>,
    /// The newest attempt whose log file is there, by container.
    logs: BTreeMap<Rc<str>, u32>,
}

/// What belongs to an instance until it ends.
#[derive(Clone, Debug)]
struct Live {
    program: Rc<Program>,
    process: Option<Process>,
    /// Tells the newest wake-up from those before.
    token: u32,
    /// How many lines a server may still write about requests, and when that was counted.
    lines_left: (u64, Time),
    /// The last lines, where they become the termination message.
    tail: Option<VecDeque<Rc<str>>>,
    /// What a script is started with.
    setup: Option<Rc<Setup>>,
    memory_limit: Option<u64>,
    /// Thousandths of a core.
    cpu_limit: Option<u64>,
}

/// The middle of every container's id here.
const ZEROS: &str = "00000000000000000000000000000000";
/// How long a changed ConfigMap takes to reach the files of a Pod (kubelet: syncFrequency).
const REFRESH: Duration = Duration::from_secs(60);
/// The termination message takes so many lines of the log (kubelet: kuberuntime_container.go).
const TAIL_LINES: usize = 80;
/// And so many bytes of them.
const TAIL_BYTES: usize = 2048;
/// A termination message from its file is cut here.
const MESSAGE_BYTES: usize = 4096;

impl Runtime {
    /// What is there of the Pod `uid`.
    pub fn view(&self, uid: &str) -> Rc<PodView> {
        self.pods.get(uid).map(|pod| pod.view.clone()).unwrap_or_default()
    }

    /// The process of a running instance.
    pub fn process(&self, uid: &str, id: u64) -> Option<&Process> {
        self.pods.get(uid)?.live.get(&id)?.process.as_ref()
    }

    /// The processes that run in the Pod `uid`: they share its address.
    pub fn processes(&self, uid: &str) -> impl Iterator<Item = &Process> {
        self.pods.get(uid).into_iter().flat_map(|pod| pod.live.values()).filter_map(|live| live.process.as_ref())
    }

    /// The container of the Pod `uid` that answers on `port` now, and what is said of how it serves.
    pub fn listener(&self, uid: &Rc<str>, port: u16, now: Time) -> Option<(Rc<str>, Serves)> {
        let pod = self.pods.get(uid).filter(|pod| pod.view.ready_sandbox().is_some())?;
        let waits = self.links.waits(uid, port).map(|listener| listener.0);
        let id = waits.or_else(|| self.answers(uid, port, now))?;
        Some((pod.view.instance(id)?.name.clone(), pod.live.get(&id)?.program.serves()))
    }

    /// Whether anything is left of the Pod `uid`.
    pub fn has(&self, uid: &str) -> bool {
        self.pods.contains_key(uid)
    }

    /// The newest attempt of `name` that has left a log.
    pub fn logged(&self, uid: &str, name: &str) -> Option<u32> {
        self.pods.get(uid)?.logs.get(name).copied()
    }

    /// A ConfigMap or Secret has changed that `pod` may mount: its files follow with the kubelet's next sync of it, which
    /// comes once a minute.
    pub fn refresh_later(&self, pod: &Rc<Pod>, world: &mut World) {
        let mounts = volumes::keys(pod).any(|(_, key)| self.disks.contains_key(&key));
        if mounts {
            world.wake(REFRESH, Due::Runtime(Timer::Refresh { pod: pod.clone() }));
        }
    }

    /// CreateContainer: an instance of `name` that runs `program` from `image`. With `tail` its last lines become
    /// the termination message of a failure.
    pub fn create(&mut self, uid: &Rc<str>, made: NewInstance, world: &mut World) -> u64 {
        let Some(entry) = self.pods.get_mut(uid) else { return 0 };
        let entry = Rc::make_mut(entry);
        self.next_id += 1;
        let id = self.next_id;
        let identity = self.images.identity(&made.image);
        let mut container_id = String::with_capacity(80);
        container_id.push_str("containerd://");
        push_hex(&mut container_id, world.rng.next_u64());
        container_id.push_str(ZEROS);
        push_hex(&mut container_id, id);
        entry.logs.insert(made.name.clone(), made.attempt);
        let tail = made.tail.then(VecDeque::new);
        let sandbox = entry.view.sandboxes.first().map(|sandbox| sandbox.attempt).unwrap_or_default();
        entry.live.insert(
            id,
            Live {
                program: made.program,
                process: None,
                token: 0,
                lines_left: (serve::LINES, Time::ZERO),
                tail,
                setup: made.setup,
                memory_limit: made.memory_limit,
                cpu_limit: made.cpu_limit,
            },
        );
        note(world, uid, &made.name, made.attempt, RuntimeEvent::Created);
        Rc::make_mut(&mut entry.view).instances.insert(
            0,
            Instance {
                id,
                container_id: container_id.into(),
                name: made.name,
                attempt: made.attempt,
                sandbox,
                image: made.image,
                identity,
                state: State::Created,
                started_at: None,
                finished_at: None,
                exit_code: 0,
                reason: pooled(""),
                message: pooled(""),
            },
        );
        id
    }

    /// StartContainer.
    ///
    /// # Errors
    /// The runtime's words; the instance then counts as exited with 128.
    pub fn start(&mut self, uid: &Rc<str>, id: u64, world: &mut World) -> Result<(), String> {
        let Some(entry) = self.pods.get_mut(uid) else { return Err("sandbox not found".to_owned()) };
        let entry = Rc::make_mut(entry);
        let view = Rc::make_mut(&mut entry.view);
        let Some(instance) = view.instances.iter_mut().find(|instance| instance.id == id) else {
            return Err("container not found".to_owned());
        };
        if instance.state != State::Created {
            return Err("container is not in CONTAINER_CREATED state".to_owned());
        }
        let Some(live) = entry.live.get_mut(&id) else { return Err("container not found".to_owned()) };
        if let Some(message) = live.program.start_error(instance.attempt, live.setup.as_deref(), &mut self.disks) {
            instance.state = State::Exited;
            instance.exit_code = 128;
            instance.reason = "StartError".into();
            instance.message = message.as_str().into();
            instance.finished_at = Some(world.now);
            note(
                world,
                uid,
                &instance.name,
                instance.attempt,
                RuntimeEvent::StartFailed { message: message.as_str().into() },
            );
            entry.live.remove(&id);
            return Err(message);
        }
        instance.state = State::Running;
        instance.started_at = Some(world.now);
        note(world, uid, &instance.name, instance.attempt, RuntimeEvent::Started);
        live.process = Some(Process::start(
            live.program.clone(),
            instance.attempt,
            world.now,
            live.setup.clone(),
            world.config.seed ^ id.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        ));
        self.bind(uid, id, world);
        self.advance(uid, id, world);
        Ok(())
    }

    /// StopContainer: SIGTERM now, SIGKILL after `grace` seconds. Whoever waits hears of the end from the runtime.
    /// False when nothing runs any more.
    pub fn stop(&mut self, uid: &Rc<str>, id: u64, grace: i64, world: &mut World) -> bool {
        let Some(entry) = self.pods.get_mut(uid) else { return false };
        let Some((name, attempt)) =
            entry.view.running().find(|instance| instance.id == id).map(|i| (i.name.clone(), i.attempt))
        else {
            return false;
        };
        note(world, uid, &name, attempt, RuntimeEvent::Stopping { grace_seconds: grace });
        let signal = entry.live.get(&id).and_then(|live| live.program.stop_signal()).unwrap_or("TERM");
        note(world, uid, &name, attempt, RuntimeEvent::Signal { name: signal });
        let entry = Rc::make_mut(entry);
        if let Some(process) = entry.live.get_mut(&id).and_then(|live| live.process.as_mut()) {
            process.terminate(world.now);
        }
        let grace = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
        world.wake(grace, Due::Runtime(Timer::Kill { pod: uid.clone(), id }));
        self.advance(uid, id, world);
        self.pods.get(uid).is_some_and(|entry| entry.view.running().any(|instance| instance.id == id))
    }

    /// SIGKILL.
    pub fn kill(&mut self, uid: &Rc<str>, id: u64, world: &mut World) {
        let running = self.pods.get(uid).and_then(|entry| entry.view.instance(id));
        if let Some(instance) = running.filter(|instance| instance.state == State::Running) {
            note(world, uid, &instance.name, instance.attempt, RuntimeEvent::Signal { name: "KILL" });
            self.exited(uid, id, 137, "Error", None, world);
        }
    }

    /// The first process of an instance ends with `code`, as if by itself.
    pub fn crash(&mut self, uid: &Rc<str>, id: u64, code: i32, world: &mut World) {
        self.exited(uid, id, code, if code == 0 { "Completed" } else { "Error" }, None, world);
    }

    /// RemoveContainer; `keep_log` leaves the log file, from which the next attempt is counted.
    pub fn remove(&mut self, uid: &Rc<str>, id: u64, keep_log: bool, world: &mut World) {
        let Some(entry) = self.pods.get_mut(uid) else { return };
        let Some((name, attempt)) = entry.view.instance(id).map(|i| (i.name.clone(), i.attempt)) else { return };
        let entry = Rc::make_mut(entry);
        entry.live.remove(&id);
        Rc::make_mut(&mut entry.view).instances.retain(|instance| instance.id != id);
        if !keep_log && entry.logs.get(&name) == Some(&attempt) {
            entry.logs.remove(&name);
        }
        note(world, uid, &name, attempt, RuntimeEvent::Removed);
    }

    /// The Pod is gone for good.
    pub fn forget(&mut self, uid: &Rc<str>) {
        self.pods.remove(uid);
        self.images.forget(uid);
        volumes::forget(uid, &mut self.disks);
    }

    /// Everything on `node` dies with the power: its containers are found exited with 255 afterwards.
    pub fn lose_node(&mut self, node: &str, world: &mut World) {
        let uids: Vec<Rc<str>> =
            self.pods.iter().filter(|(_, pod)| &*pod.node == node).map(|(uid, _)| uid.clone()).collect();
        for uid in uids {
            for id in self.running(&uid) {
                self.exited(&uid, id, 255, "Unknown", None, world);
            }
            self.stop_sandboxes(&uid, world);
        }
    }

    /// Ends whatever `node` still runs of Pods that are not among `known`: the API has forgotten them while the kubelet
    /// was away (kubelet: kubelet_pods.go HandlePodCleanups).
    pub fn kill_orphans(&mut self, node: &str, known: &[&str], world: &mut World) {
        let orphans: Vec<Rc<str>> = self
            .pods
            .iter()
            .filter(|(uid, pod)| &*pod.node == node && !known.contains(&uid.as_ref()))
            .map(|(uid, _)| uid.clone())
            .collect();
        for uid in orphans {
            self.stop_sandboxes(&uid, world);
            self.forget(&uid);
        }
    }

    /// Something comes to its end.
    pub fn wake(&mut self, timer: Timer, world: &mut World) {
        match timer {
            Timer::Process { pod, id, token } => {
                let current = self.pods.get(&pod).and_then(|entry| entry.live.get(&id)).map(|live| live.token);
                if current == Some(token) {
                    self.advance(&pod, id, world);
                }
            }
            Timer::Kill { pod, id } => self.kill(&pod, id, world),
            Timer::Refresh { pod } => {
                volumes::refresh(&pod, world, &mut self.disks);
                let keys: Vec<Rc<str>> = volumes::keys(&pod).map(|(_, key)| key).collect();
                self.note_files(keys, None, world);
            }
            Timer::Reply { pod, id, ticket, reply } => self.reply(&pod, id, ticket, reply, world),
            Timer::SandboxDies { pod, attempt } => {
                let ready = self.pods.get(&pod).is_some_and(|entry| {
                    entry.view.sandboxes.iter().any(|sandbox| sandbox.attempt == attempt && sandbox.ready)
                });
                if ready {
                    self.stop_sandboxes(&pod, world);
                    if let Some(entry) = self.pods.get(&pod) {
                        let heard = KubeletTimer::SandboxDied { pod: pod.clone() };
                        world.wake(Duration::ZERO, Due::Kubelet(entry.node.clone(), heard));
                    }
                }
            }
        }
    }

    /// Gives a program the network's answer.
    fn reply(&mut self, uid: &Rc<str>, id: u64, ticket: Ticket, reply: Reply, world: &mut World) {
        let Some(pod) = self.pods.get_mut(uid) else { return };
        let live = Rc::make_mut(pod).live.get_mut(&id);
        if let Some(machine) = live.and_then(|live| live.process.as_mut()).and_then(Process::machine) {
            machine.reply(ticket, reply);
            self.advance(uid, id, world);
        }
    }

    fn running(&self, uid: &str) -> Vec<u64> {
        let instances = self.pods.get(uid).map(|entry| entry.view.running().map(|instance| instance.id).collect());
        instances.unwrap_or_default()
    }

    /// Lets the process of an instance do what is due, and takes its lines and its end.
    fn advance(&mut self, uid: &Rc<str>, id: u64, world: &mut World) {
        let Some(entry) = self.pods.get_mut(uid) else { return };
        let entry = Rc::make_mut(entry);
        let Some(instance) = entry.view.instance(id) else { return };
        let (name, attempt) = (instance.name.clone(), instance.attempt);
        let Some(live) = entry.live.get_mut(&id) else { return };
        let Some(process) = &mut live.process else { return };
        let (mut lines, mut requests) = (Vec::new(), Vec::new());
        let mut outside =
            Outside { now: world.now, disks: &mut self.disks, lines: &mut lines, requests: &mut requests };
        let state = process.advance(world.config.epoch.as_second(), live.memory_limit, &mut outside);
        for (stderr, text) in lines {
            let text: Rc<str> = text.into();
            if let Some(tail) = &mut live.tail {
                tail.push_back(text.clone());
                if tail.len() > TAIL_LINES {
                    tail.pop_front();
                }
            }
            let line = LogLine { pod: uid.clone(), container: name.clone(), attempt, stderr, text };
            world.note(Happening::Log(line));
        }
        match state {
            ProcessState::Runs { wake } => {
                live.token = live.token.wrapping_add(1);
                if let Some(at) = wake {
                    let timer = Timer::Process { pod: uid.clone(), id, token: live.token };
                    world.wake(at.since(world.now), Due::Runtime(timer));
                }
            }
            ProcessState::Exited { code, reason, message } => {
                self.exited(uid, id, code, reason.name(), message, world);
            }
        }
        if !requests.is_empty() {
            network::carry(self, uid, id, requests, world);
        }
        self.note_files_of(uid, id, &name, world);
    }

    fn exited(&mut self, uid: &Rc<str>, id: u64, code: i32, reason: &str, message: Option<String>, world: &mut World) {
        let Some(entry) = self.pods.get_mut(uid) else { return };
        let entry = Rc::make_mut(entry);
        let tail = entry.live.remove(&id).and_then(|live| live.tail);
        let view = Rc::make_mut(&mut entry.view);
        let Some(instance) = view.instances.iter_mut().find(|instance| instance.id == id) else { return };
        if instance.state == State::Exited {
            return;
        }
        let message = message.filter(|message| !message.is_empty()).or_else(|| match tail {
            Some(tail) if code != 0 => Some(last_lines(&tail)),
            _ => None,
        });
        instance.state = State::Exited;
        instance.finished_at = Some(world.now);
        instance.exit_code = code;
        instance.reason = reason.into();
        instance.message = cut(message.as_deref().unwrap_or_default(), MESSAGE_BYTES).into();
        note(world, uid, &instance.name, instance.attempt, RuntimeEvent::Exited { code, reason: reason.into() });
        let heard = KubeletTimer::Exited { pod: uid.clone(), id };
        world.wake(Duration::ZERO, Due::Kubelet(entry.node.clone(), heard));
        network::forget(self, uid, id, world);
    }
}

/// What CreateContainer is told.
pub(crate) struct NewInstance {
    pub name: Rc<str>,
    pub attempt: u32,
    pub image: Rc<str>,
    pub program: Rc<Program>,
    /// Whether the last lines of its log become the termination message of a failure.
    pub tail: bool,
    /// What it is started with; a program that is not interpreted needs none.
    pub setup: Option<Rc<Setup>>,
    /// Bytes.
    pub memory_limit: Option<u64>,
    /// Thousandths of a core.
    pub cpu_limit: Option<u64>,
}

fn last_lines(tail: &VecDeque<Rc<str>>) -> String {
    let mut text = String::new();
    for line in tail {
        text.push_str(line);
        text.push('\n');
    }
    let mut from = text.len().saturating_sub(TAIL_BYTES);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or_default().to_owned()
}

fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn note(world: &mut World, pod: &Rc<str>, container: &str, attempt: u32, event: RuntimeEvent) {
    world.note(Happening::Runtime(RuntimeNote { pod: pod.clone(), container: pooled(container), attempt, event }));
}
