//! Which Pods stand behind each Service, kept up to date as they change
//! (kubernetes: pkg/controller/endpointslice and pkg/proxy, 1.36).

use collections::{Map as BTreeMap, Set as BTreeSet, SharedMap};
use std::rc::Rc;

use super::{Change, ObjectKey, Store};
use crate::api::{Kind, Object, Pod, labels};

/// One Pod behind a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The Pod.
    pub pod: ObjectKey,
    /// Its address.
    pub ip: Rc<str>,
    /// Its node.
    pub node: Rc<str>,
    /// Whether new requests go there: it is Ready and not on its way out, or the Service publishes all.
    pub ready: bool,
    /// Whether it is Ready, on its way out or not.
    pub serving: bool,
    /// Whether it is on its way out.
    pub terminating: bool,
}

/// The endpoints of every Service with a selector.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    of: BTreeMap<ObjectKey, SharedMap<ObjectKey, Endpoint>>,
    services: BTreeMap<Rc<str>, BTreeSet<ObjectKey>>,
    revision: u64,
}

impl Endpoints {
    /// The endpoints of the Service `name`, by the names of their Pods.
    pub fn of(&self, namespace: &str, name: &str) -> impl Iterator<Item = &Endpoint> {
        self.of.get(&ObjectKey::new(Kind::Service, namespace, name)).into_iter().flat_map(SharedMap::values)
    }

    /// The endpoints that a request may reach: the ready ones, or where there are none, those that still serve on
    /// their way out (kube-proxy: ProxyTerminatingEndpoints).
    pub fn reachable(&self, namespace: &str, name: &str) -> Vec<&Endpoint> {
        let ready: Vec<&Endpoint> = self.of(namespace, name).filter(|endpoint| endpoint.ready).collect();
        if !ready.is_empty() {
            return ready;
        }
        self.of(namespace, name).filter(|endpoint| endpoint.serving && endpoint.terminating).collect()
    }

    /// A number that grows with every change of any of them.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes in a change.
    pub(crate) fn see(&mut self, change: &Change, now: Option<&Object>, store: &Store) {
        match change.key.kind {
            Kind::Service => self.see_service(&change.key, store),
            Kind::Pod => {
                let Some(services) = self.services.get(&change.key.namespace) else { return };
                let pod = now.and_then(Object::as_pod);
                for service in services {
                    let found = pod.and_then(|pod| endpoint(service, &change.key, pod, store));
                    let endpoints = self.of.entry(service.clone()).or_default();
                    self.revision += u64::from(endpoints.get(&change.key) != found.as_ref());
                    match found {
                        Some(endpoint) => _ = endpoints.insert(change.key.clone(), endpoint),
                        None => _ = endpoints.remove(&change.key),
                    }
                }
            }
            _ => {}
        }
    }

    fn see_service(&mut self, key: &ObjectKey, store: &Store) {
        self.revision += 1;
        let selects = matches!(store.get(key), Some(Object::Service(service))
            if service.spec.as_ref().and_then(|spec| spec.selector.as_ref()).is_some_and(|it| !it.is_empty()));
        let services = self.services.entry(key.namespace.clone()).or_default();
        if !selects {
            services.remove(key);
            self.of.remove(key);
            return;
        }
        services.insert(key.clone());
        let pods = store.list(Kind::Pod).filter(|(pod, _)| pod.namespace == key.namespace);
        let mut found = SharedMap::default();
        for (pod_key, object) in pods {
            if let Some(endpoint) = object.as_pod().and_then(|pod| endpoint(key, pod_key, pod, store)) {
                found.insert(pod_key.clone(), endpoint);
            }
        }
        self.of.insert(key.clone(), found);
    }
}

/// What the Pod is for the Service; none where it is not selected, has no address or is over.
fn endpoint(service: &ObjectKey, key: &ObjectKey, pod: &Pod, store: &Store) -> Option<Endpoint> {
    let Some(Object::Service(service)) = store.get(service) else { return None };
    let spec = service.spec.as_ref()?;
    let labels = pod.metadata.labels.as_ref()?;
    if !labels::contains(labels, spec.selector.as_ref()) {
        return None;
    }
    if matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return None;
    }
    let ip = pod.status.pod_ip.as_deref().filter(|ip| !ip.is_empty())?;
    let mut conditions = pod.status.conditions.iter().flatten();
    let serving = conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let terminating = pod.metadata.deletion_timestamp.is_some();
    let all = spec.publish_not_ready_addresses == Some(true);
    Some(Endpoint {
        pod: key.clone(),
        ip: ip.into(),
        node: pod.spec.node_name.as_deref().unwrap_or_default().into(),
        ready: all || (serving && !terminating),
        serving,
        terminating,
    })
}
