//! What the runtime reports of one Pod: sandboxes and instances of containers, newest first.

use std::rc::Rc;

use k8s_openapi::Text;

use crate::cluster::Time;

/// The state of an instance of a container (CRI: ContainerState).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Made, not yet started.
    Created,
    /// Its first process runs.
    Running,
    /// Its first process has ended, or never began.
    Exited,
}

/// One instance of a container.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Instance {
    /// Unique in the run.
    pub id: u64,
    /// The id as the API shows it.
    pub container_id: Rc<str>,
    /// The container's name.
    pub name: Rc<str>,
    /// Which instance of the container it is, from 0; the API's restartCount.
    pub attempt: u32,
    /// The attempt of the sandbox it lives in.
    pub sandbox: u32,
    /// The image it was made from, as the manifest wrote it.
    pub image: Rc<str>,
    /// The image's full name and its id, as the runtime tells them.
    pub identity: Rc<(Text, Text)>,
    pub state: State,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`; empty before the end.
    pub reason: Rc<str>,
    /// The termination message.
    pub message: Rc<str>,
}

/// One sandbox of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sandbox {
    /// Counts the sandboxes of the Pod, from 0.
    pub attempt: u32,
    pub ready: bool,
    /// The Pod's address.
    pub ip: Rc<str>,
}

/// Everything the runtime has of one Pod, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PodView {
    pub sandboxes: Vec<Sandbox>,
    pub instances: Vec<Instance>,
}

impl PodView {
    /// The newest instance of `name`.
    pub fn newest(&self, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| &*instance.name == name)
    }

    /// The instance of `id`.
    pub fn instance(&self, id: u64) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.id == id)
    }

    /// The instances that run.
    pub fn running(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(|instance| instance.state == State::Running)
    }

    /// The newest sandbox that is ready.
    pub fn ready_sandbox(&self) -> Option<&Sandbox> {
        self.sandboxes.iter().find(|sandbox| sandbox.ready)
    }
}
