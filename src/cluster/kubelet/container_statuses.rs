//! The statuses of containers (kubelet: kubelet_pods.go convertToAPIContainerStatuses, 1.36).

use collections::Map as BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus,
    PodStatus, VolumeMount, VolumeMountStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use k8s_openapi::jiff::Timestamp;
use k8s_openapi::{Common, Items, Text};

use super::phase::RESTARTING_ALL;
use super::resize::Resize;
use super::restart::{all_restart, init_containers, should_start};
use crate::api::Pod;
use crate::cluster::Time;
use crate::cluster::runtime::{Instance, PodView, State};

/// Why the last start of a container failed, and the detail: the reason cache (kubelet: reason_cache.go).
pub(super) type Reasons = BTreeMap<Rc<str>, (&'static str, Rc<str>)>;

/// The reason of a container that nobody can find any more.
const LOST: &str = "ContainerStatusUnknown";

/// Which of a Pod's lists of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Init,
    App,
    Ephemeral,
}

/// What the statuses are made from.
pub(super) struct Context<'a> {
    pub pod: &'a Pod,
    pub view: &'a PodView,
    pub reasons: &'a Reasons,
    pub resize: &'a Resize,
    pub epoch: Timestamp,
}

/// The API's second of an instant.
pub(super) fn second(at: Time, epoch: Timestamp) -> MetaTime {
    MetaTime(Timestamp::constant(at.to_timestamp(epoch).as_second(), 0))
}

/// The state of a container that was lost.
pub(super) fn lost(message: &str) -> ContainerStateTerminated {
    ContainerStateTerminated {
        exit_code: 137,
        reason: Some(Text::constant(LOST)),
        message: Some(message.into()),
        ..ContainerStateTerminated::default()
    }
}

fn waiting(reason: &'static str, message: impl Into<Text>) -> ContainerState {
    let text = |text: Text| Some(text).filter(|text| !text.is_empty());
    let waiting = ContainerStateWaiting { reason: text(Text::constant(reason)), message: text(message.into()) };
    ContainerState { waiting: Some(waiting), ..ContainerState::default() }
}

fn terminated(terminated: ContainerStateTerminated) -> ContainerState {
    ended_with(terminated.into())
}

fn ended_with(terminated: Common<ContainerStateTerminated>) -> ContainerState {
    ContainerState { terminated: Some(terminated), ..ContainerState::default() }
}

fn last_terminated(status: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    status.last_state.as_ref().and_then(|state| state.terminated.as_deref())
}

impl Context<'_> {
    /// Whether all containers are being started again: an exit that asks for it is still there.
    pub fn restarting_all(&self, _old: &PodStatus) -> bool {
        all_restart(self.pod, self.view)
    }

    /// The statuses of `list`; `restarting` as [`Self::restarting_all`] says.
    pub fn statuses(&self, list: List, old: &PodStatus, restarting: bool) -> Option<Items<ContainerStatus>> {
        let ephemeral: Vec<Container>;
        let (containers, old_list) = match list {
            List::Init => (init_containers(self.pod), &old.init_container_statuses),
            List::App => (self.pod.spec.containers.as_slice(), &old.container_statuses),
            List::Ephemeral => {
                let specs = self.pod.spec.ephemeral_containers.as_deref().unwrap_or_default();
                ephemeral = specs.iter().map(as_container).collect();
                (ephemeral.as_slice(), &old.ephemeral_container_statuses)
            }
        };
        if containers.is_empty() {
            return None;
        }
        let was_restarting = old
            .conditions
            .iter()
            .flatten()
            .any(|condition| condition.type_ == "AllContainersRestarting" && condition.status == "True");
        let removed = was_restarting && !restarting && list != List::Ephemeral;
        let mut statuses: Vec<ContainerStatus> = containers
            .iter()
            .map(|container| {
                let old = old_list.iter().flatten().find(|status| status.name == container.name);
                let mut status = self.status(container, list, old, removed);
                self.wait_for_start(container, list, &mut status);
                status.volume_mounts = mounts(container, old.and_then(|old| old.volume_mounts.as_ref()));
                self.resources(container, old, &mut status);
                status.last_state.get_or_insert_default();
                status
            })
            .collect();
        if list != List::Init {
            collections::sort_by(&mut statuses, |a, b| a.name.cmp(&b.name));
        }
        // Most of what is looked at again is as it was.
        match old_list.clone().filter(|old| **old == *statuses) {
            Some(old) => Some(old),
            None => Some(statuses.into()),
        }
    }

    /// What was allocated to the container and what it has, which a resize under way makes two. Nothing is known of what
    /// the runtime has not made yet (convertContainerStatusResources).
    fn resources(&self, container: &Container, old: Option<&ContainerStatus>, status: &mut ContainerStatus) {
        if status.container_id.is_none() {
            (status.resources, status.allocated_resources) = (None, None);
            return;
        }
        let allocated = self.resize.allocated(&container.name).and_then(|resources| resources.requests.as_ref());
        let known = old.and_then(|old| old.allocated_resources.clone());
        status.allocated_resources = match known.filter(|known| Some(&**known) == allocated) {
            Some(known) => Some(known),
            None => allocated.cloned().map(Common::from),
        };
        status.resources = Some(self.resize.actual(&container.name).cloned().unwrap_or_default());
    }

    fn status(
        &self,
        container: &Container,
        list: List,
        old: Option<&ContainerStatus>,
        removed: bool,
    ) -> ContainerStatus {
        let mut instances = self.view.instances.iter().filter(|instance| *instance.name == *container.name);
        let Some(newest) = instances.next() else {
            return self.without_instance(container, list, old, removed);
        };
        let mut status = self.of_instance(newest, old);
        if let Some(before) = instances.next() {
            status.last_state = Some(self.state_of(before).into());
        } else if let Some(old) = old {
            // What was removed from the runtime lives on in the status.
            let same = old.container_id == status.container_id;
            match old.state.as_ref().and_then(|state| state.terminated.as_ref()).filter(|_| !same) {
                Some(ended) => {
                    status.last_state = Some(ended_with(ended.clone()).into());
                    status.restart_count = status.restart_count.max(old.restart_count.saturating_add(1));
                }
                None => {
                    status.last_state = old.last_state.clone();
                    status.restart_count = status.restart_count.max(old.restart_count);
                }
            }
        }
        status
    }

    fn without_instance(
        &self,
        container: &Container,
        list: List,
        old: Option<&ContainerStatus>,
        removed: bool,
    ) -> ContainerStatus {
        let reason = if init_containers(self.pod).is_empty() { "ContainerCreating" } else { "PodInitializing" };
        let image = container.image.clone().unwrap_or_default();
        let mut status = ContainerStatus {
            name: container.name.clone(),
            image,
            state: Some(waiting(reason, Text::default())),
            ..ContainerStatus::default()
        };
        let Some(old) = old else { return status };
        if removed && old.state.as_ref().is_none_or(|state| state.waiting.is_none()) {
            const MESSAGE: &str = "The container is removed because RestartAllContainers in place";
            status.state = Some(waiting(RESTARTING_ALL, Text::constant(MESSAGE)));
            let ended = ContainerStateTerminated {
                exit_code: 137,
                reason: Some(Text::constant(RESTARTING_ALL)),
                message: Some(Text::constant(MESSAGE)),
                ..ContainerStateTerminated::default()
            };
            status.last_state = Some(terminated(ended).into());
            status.restart_count = old.restart_count.saturating_add(1);
            status.ready = old.ready;
            // One whose end was told keeps its name once more (recording rules-restart-all-ignoreterm, 16.162).
            if old.state.as_ref().is_some_and(|state| state.terminated.is_some()) {
                status.container_id = old.container_id.clone();
                status.image = old.image.clone();
                status.image_id = old.image_id.clone();
            }
            return status;
        }
        let old_state = old.state.clone().unwrap_or_default();
        if list == List::Init && old_state.terminated.is_some() {
            return old.clone();
        }
        status.restart_count = old.restart_count;
        status.last_state = old.last_state.clone();
        if old_state.running.is_some() && last_terminated(&status).is_none() {
            let message =
                "The container could not be located when the pod was deleted.  The container used to be Running";
            status.last_state = Some(terminated(lost(message)).into());
            if self.pod.metadata.deletion_timestamp.is_none() {
                status.restart_count = status.restart_count.saturating_add(1);
            }
        }
        status
    }

    fn state_of(&self, instance: &Instance) -> ContainerState {
        let at = |at: Option<Time>| at.map(|at| second(at, self.epoch));
        match instance.state {
            State::Created => waiting("", Text::default()),
            State::Running => ContainerState {
                running: Some(ContainerStateRunning { started_at: at(instance.started_at) }),
                ..ContainerState::default()
            },
            State::Exited => terminated(ContainerStateTerminated {
                container_id: Some((&instance.container_id).into()),
                exit_code: instance.exit_code,
                finished_at: at(instance.finished_at),
                message: Some(Text::from(&instance.message)).filter(|message| !message.is_empty()),
                reason: Some((&instance.reason).into()),
                signal: None,
                started_at: Some(at(instance.started_at).unwrap_or(MetaTime(Timestamp::UNIX_EPOCH))),
            }),
        }
    }

    /// `old` is what the status was before: it may know the image of this instance.
    fn of_instance(&self, instance: &Instance, old: Option<&ContainerStatus>) -> ContainerStatus {
        let known = old.filter(|old| old.container_id.as_deref() == Some(&*instance.container_id));
        let (image, image_id) = match known {
            Some(known) => (known.image.clone(), known.image_id.clone()),
            None => instance.identity.as_ref().clone(),
        };
        ContainerStatus {
            name: (&instance.name).into(),
            container_id: Some((&instance.container_id).into()),
            image_id,
            image,
            restart_count: i32::try_from(instance.attempt).unwrap_or(i32::MAX),
            state: Some(self.state_of(instance)),
            ..ContainerStatus::default()
        }
    }

    /// A container that the next sync starts, and whose last start failed, waits for that reason.
    fn wait_for_start(&self, container: &Container, list: List, status: &mut ContainerStatus) {
        let newest = self.view.newest(&container.name);
        if list == List::Init
            && newest.is_some_and(|instance| instance.state == State::Exited && instance.exit_code == 0)
        {
            return;
        }
        if list == List::Ephemeral && newest.is_some() {
            return;
        }
        if !should_start(self.pod, container, self.view) {
            return;
        }
        let Some((reason, message)) = self.reasons.get(container.name.as_str()) else { return };
        let state = status.state.take().unwrap_or_default();
        if state.terminated.is_some() {
            status.last_state = Some(state.into());
        }
        status.state = Some(waiting(reason, message));
    }
}

/// An ephemeral container in the fields it shares with the others.
pub(super) fn as_container(ephemeral: &k8s_openapi::api::core::v1::EphemeralContainer) -> Container {
    Container {
        name: ephemeral.name.clone(),
        image: ephemeral.image.clone(),
        command: ephemeral.command.clone(),
        args: ephemeral.args.clone(),
        env: ephemeral.env.clone(),
        env_from: ephemeral.env_from.clone(),
        image_pull_policy: ephemeral.image_pull_policy.clone(),
        security_context: ephemeral.security_context.clone(),
        volume_mounts: ephemeral.volume_mounts.clone(),
        working_dir: ephemeral.working_dir.clone(),
        stdin: ephemeral.stdin,
        tty: ephemeral.tty,
        restart_policy: Some(Text::constant("Never")),
        ..Container::default()
    }
}

fn mounts(container: &Container, old: Option<&Items<VolumeMountStatus>>) -> Option<Items<VolumeMountStatus>> {
    let mounts = container.volume_mounts.as_ref()?;
    let same = |(mount, old): (&VolumeMount, &VolumeMountStatus)| {
        (&mount.name, &mount.mount_path, mount.read_only) == (&old.name, &old.mount_path, old.read_only)
    };
    if let Some(old) = old.filter(|old| old.len() == mounts.len() && mounts.iter().zip(*old).all(same)) {
        return Some(old.clone());
    }
    let statuses = mounts.iter().map(|mount| VolumeMountStatus {
        name: mount.name.clone(),
        mount_path: mount.mount_path.clone(),
        read_only: mount.read_only,
        recursive_read_only: (mount.read_only == Some(true)).then(|| Text::constant("Disabled")),
        ..VolumeMountStatus::default()
    });
    Some(statuses.collect())
}
