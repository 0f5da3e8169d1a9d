//! What every part of the cluster shares: the clock, the objects, the queue of what is due, the journal.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use k8s_openapi::jiff::Timestamp;

use super::api_server::mould::Mould;
use super::controllers::timer::Timer as ControllersTimer;
use super::endpoints::Endpoints;
use super::events::correlator::Correlators;
use super::journal::{Happening, Record, RuntimeEvent, RuntimeNote};
use super::kubelet::timer::Timer as KubeletTimer;
use super::load::timer::Timer as LoadTimer;
use super::logs::Logs;
use super::metrics::Metrics;
use super::network::state::Network;
use super::network::timer::Timer as NetworkTimer;
use super::node_lifecycle::timer::Timer as NodeLifecycleTimer;
use super::runtime::timer::Timer as RuntimeTimer;
use super::scheduler::timer::Timer as SchedulerTimer;
use super::{Change, ChangeKind, Config, Decision, Queue, Rng, Store, Time};

use crate::api::{Kind, Object};

/// Something that will happen at an instant.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    /// Those who watch hear of a change, one after the other.
    Heard(Rc<Change>),
    /// A timer of the scheduler.
    Scheduler(SchedulerTimer),
    /// A timer of the controllers.
    Controllers(ControllersTimer),
    /// A timer of the controller that looks after nodes.
    NodeLifecycle(NodeLifecycleTimer),
    /// The collector of Pods without a node looks.
    PodGc,
    /// A timer of a node's kubelet.
    Kubelet(Rc<str>, KubeletTimer),
    /// The metrics server asks all kubelets.
    Scrape,
    /// The load is looked at.
    Load(LoadTimer),
    /// Something in a container, a sandbox or a pull comes to its end.
    Runtime(RuntimeTimer),
    /// Flows that were held back are told.
    Network(NetworkTimer),
}

/// The shared state. Parts of the cluster get it as `&mut World` for the length of one step.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub now: Time,
    pub config: Rc<Config>,
    pub store: Store,
    pub rng: Rng,
    pub queue: Queue<Due>,
    pub events: Correlators,
    pub endpoints: Endpoints,
    pub journal: Vec<Record>,
    pub logs: Logs,
    pub metrics: Metrics,
    pub mould: Mould,
    /// The nodes whose kubelets are not heard of, each since when.
    pub silent: collections::Map<Rc<str>, Time>,
    /// The namespaces on their way out, in which nothing new is made.
    pub ending: collections::Set<Rc<str>>,
    pub network: Network,
    /// Whether a container has begun or ended since the load was looked at.
    pub stirred: bool,
}

impl World {
    /// Lets `what` happen `after` from now.
    pub fn wake(&mut self, after: Duration, what: Due) {
        self.queue.push(self.now + after, what);
    }

    /// Notes something in the journal.
    pub fn note(&mut self, what: Happening) {
        match &what {
            Happening::Log(line) => self.logs.append(self.now, line),
            Happening::Runtime(RuntimeNote {
                event: RuntimeEvent::Started | RuntimeEvent::Exited { .. } | RuntimeEvent::SandboxStopped,
                ..
            }) => self.stirred = true,
            Happening::Changed(change) if change.kind == ChangeKind::Deleted && change.key.kind == Kind::Pod => {
                self.logs.forget(change.object.metadata().uid.as_deref().unwrap_or_default());
            }
            // Components annotate no Event.
            Happening::Changed(change) if matches!(&change.object, Object::Event(it) if it.recipe().is_some()) => {}
            Happening::Changed(change) => self.network.learn(change.object.metadata().annotations.as_ref()),
            _ => {}
        }
        self.journal.push(Record { at: self.now, what });
    }

    /// Notes a decision in the journal.
    pub fn decide(&mut self, decision: Decision) {
        self.note(Happening::Decided(decision));
    }

    /// How long it is until an instant of the API's; nothing where that is over.
    pub fn until(&self, at: Timestamp) -> Duration {
        Duration::try_from(at.duration_since(self.now.to_timestamp(self.config.epoch))).unwrap_or_default()
    }

    /// The present as the API writes it: to the second.
    pub fn timestamp(&self) -> MetaTime {
        let timestamp = self.now.to_timestamp(self.config.epoch);
        MetaTime(Timestamp::constant(timestamp.as_second(), 0))
    }
}
