//! A cluster whose nodes start every Pod after a while and stop it after a while.

use collections::Map as BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::PodCondition;
use serde_json::{Value, json};

use crate::api::{Kind, Object, Pod};
use crate::cluster::{Action, Cluster, Config, ObjectKey, Propagation, Time};

/// How the stand-in for the kubelets behaves.
pub(super) struct StandIn {
    pub cluster: Cluster,
    /// From the binding of a Pod to its being Ready.
    pub start: Duration,
    /// From the deletion of a Pod to its end.
    pub stop: Duration,
    /// Images that never get Ready.
    pub broken: Vec<&'static str>,
    due: BTreeMap<(Time, ObjectKey), bool>,
    known: BTreeMap<ObjectKey, (bool, bool)>,
}

impl StandIn {
    pub fn new(config: Config) -> Self {
        let mut cluster = Cluster::new(config);
        cluster.kubelets = collections::Listed::default();
        Self {
            cluster,
            start: Duration::from_millis(800),
            stop: Duration::from_millis(1500),
            broken: vec!["broken"],
            due: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// Does `action` now.
    pub fn act(&mut self, action: Action) -> Object {
        self.cluster.act(action).unwrap().unwrap_or_else(|| Object::Other(Rc::default()))
    }

    pub fn create(&mut self, kind: Kind, value: Value) -> Object {
        self.act(Action::Create(Object::from_json(kind, value).unwrap()))
    }

    pub fn key(kind: Kind, name: &str) -> ObjectKey {
        ObjectKey::new(kind, "default", name)
    }

    /// The object as JSON.
    pub fn get(&self, kind: Kind, name: &str) -> Value {
        self.cluster.store().get(&Self::key(kind, name)).map(Object::to_json).unwrap_or_default()
    }

    /// Every object of a kind as JSON, oldest first.
    pub fn list(&self, kind: Kind) -> Vec<Value> {
        let mut all: Vec<Value> = self.cluster.store().list(kind).map(|(_, object)| object.to_json()).collect();
        all.sort_by_key(|object| {
            let version = object["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned();
            (version, object["metadata"]["name"].as_str().unwrap_or_default().to_owned())
        });
        all
    }

    /// What was said of the objects of a kind, oldest first.
    pub fn messages(&self, kind: &str) -> Vec<String> {
        let mut events = self.list(Kind::Event);
        events.retain(|event| event["involvedObject"]["kind"] == kind);
        events.sort_by_key(|event| event["metadata"]["name"].as_str().unwrap().to_owned());
        events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Changes an object as a person would: its latest state, a change, a write.
    pub fn change(&mut self, kind: Kind, name: &str, change: impl FnOnce(&mut Value)) {
        let mut value = self.get(kind, name);
        change(&mut value);
        self.act(Action::Update(Object::from_json(kind, value).unwrap()));
    }

    pub fn delete(&mut self, kind: Kind, name: &str, propagation: Propagation) {
        self.act(Action::Delete { key: Self::key(kind, name), grace: None, propagation });
    }

    /// Lets time pass; `watch` sees every instant at which anything happened.
    pub fn run_watched(&mut self, time: Duration, mut watch: impl FnMut(&Cluster)) {
        let until = self.cluster.now() + time;
        loop {
            self.look();
            let next = self.cluster.next_due();
            let mine = self.due.first_key_value().map(|((at, _), _)| *at);
            match (next, mine) {
                (Some(next), mine) if next <= until && mine.is_none_or(|mine| next <= mine) => self.cluster.step(),
                (_, Some(mine)) if mine <= until => {
                    self.cluster.run_until(mine);
                    self.serve();
                }
                _ => break,
            }
            watch(&self.cluster);
        }
        self.cluster.run_until(until);
    }

    pub fn run(&mut self, seconds: u64) {
        self.run_watched(Duration::from_secs(seconds), |_| {});
    }

    /// Notices Pods that got a node, or are to go.
    fn look(&mut self) {
        for record in self.cluster.take_journal() {
            let crate::cluster::Happening::Changed(change) = record.what else { continue };
            let Object::Pod(pod) = &change.object else { continue };
            if self.cluster.store().get(&change.key).is_none() {
                self.known.remove(&change.key);
                continue;
            }
            let seen = self.known.entry(change.key.clone()).or_default();
            let image = pod.spec.containers.first().and_then(|container| container.image.as_deref());
            let works = !image.is_some_and(|image| self.broken.contains(&image));
            if pod.spec.node_name.is_some() && !seen.0 {
                seen.0 = true;
                if works {
                    self.due.insert((self.cluster.now() + self.start, change.key.clone()), true);
                }
            }
            if pod.metadata.deletion_timestamp.is_some() && !seen.1 {
                seen.1 = true;
                self.due.insert((self.cluster.now() + self.stop, change.key.clone()), false);
            }
        }
    }

    fn serve(&mut self) {
        while let Some(((at, key), start)) = self.due.first_key_value().map(|(key, start)| (key.clone(), *start)) {
            if at > self.cluster.now() {
                break;
            }
            self.due.remove(&(at, key.clone()));
            let Some(Object::Pod(pod)) = self.cluster.store().get(&key).cloned() else { continue };
            if !start {
                let action = Action::Delete { key, grace: Some(0), propagation: Propagation::Background };
                let _ = self.cluster.act(action);
            } else if pod.metadata.deletion_timestamp.is_none() {
                let ready = ready(pod.as_ref().clone(), &self.cluster);
                self.act(Action::UpdateStatus(Object::Pod(ready.into())));
            }
        }
    }
}

fn ready(mut pod: Pod, cluster: &Cluster) -> Pod {
    let now = cluster.world.timestamp();
    let status = pod.status.make_mut();
    status.phase = Some("Running".to_owned().into());
    let condition = PodCondition {
        type_: "Ready".to_owned().into(),
        status: "True".to_owned().into(),
        last_transition_time: Some(now),
        ..PodCondition::default()
    };
    status.conditions.get_or_insert_default().push(condition);
    pod
}

/// A Deployment.
pub(super) fn deployment(replicas: i32, image: &str, more: Value) -> Value {
    let mut value = json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": image}]}
            }
        }
    });
    if let Value::Object(more) = more {
        for (key, more) in more {
            value["spec"][key] = more;
        }
    }
    value
}
