//! What the API server does to objects of one kind before it stores them.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{
    NamespaceStatus, PersistentVolumeClaimStatus, PodCondition, PodStatus, Service, ServiceStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::ApiError;
use crate::api::{Kind, Object, Pod, resources};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// Whether objects of `kind` count the changes of their spec in `metadata.generation`.
pub(super) fn counts_generations(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Pod
            | Kind::Deployment
            | Kind::ReplicaSet
            | Kind::StatefulSet
            | Kind::DaemonSet
            | Kind::Job
            | Kind::CronJob
    )
}

/// Clears the status that a client may have sent and fills in what the kind's strategy gives a new object.
pub(super) fn prepare_for_create(world: &mut World, key: &ObjectKey, object: &mut Object) -> Result<(), ApiError> {
    match object {
        Object::Pod(pod) => new_pod(world, pod),
        Object::Deployment(it) => Rc::make_mut(it).status = None,
        Object::ReplicaSet(it) => Rc::make_mut(it).status = None,
        Object::StatefulSet(it) => Rc::make_mut(it).status = None,
        Object::DaemonSet(it) => Rc::make_mut(it).status = None,
        Object::CronJob(it) => Rc::make_mut(it).status = None,
        Object::HorizontalPodAutoscaler(it) => Rc::make_mut(it).status = None,
        Object::Job(it) => new_job(Rc::make_mut(it)),
        Object::Service(it) => new_service(world, key, Rc::make_mut(it))?,
        Object::PersistentVolumeClaim(it) => {
            let status = PersistentVolumeClaimStatus { phase: Some("Pending".to_owned()), ..Default::default() };
            Rc::make_mut(it).status = Some(status);
        }
        Object::Namespace(it) => {
            let status = NamespaceStatus { phase: Some("Active".to_owned()), ..Default::default() };
            Rc::make_mut(it).status = Some(status);
        }
        Object::ConfigMap(_) | Object::Secret(_) | Object::ServiceAccount(_) => {}
        Object::Node(_) | Object::Event(_) | Object::Other(_) => {}
    }
    Ok(())
}

/// A new Pod is Pending, and says at once when gates keep it from being scheduled
/// (kubernetes: registry/core/pod/strategy.go PrepareForCreate, applySchedulingGatedCondition).
fn new_pod(world: &World, pod: &mut Pod) {
    let gated = pod.spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    let condition = PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "False".to_owned(),
        reason: Some("SchedulingGated".to_owned()),
        message: Some("Scheduling is blocked due to non-empty scheduling gates".to_owned()),
        observed_generation: Some(1),
        last_transition_time: Some(world.timestamp()),
        ..PodCondition::default()
    };
    pod.status = Rc::new(PodStatus {
        phase: Some("Pending".to_owned()),
        qos_class: Some(resources::qos_class(&pod.spec).to_owned()),
        conditions: gated.then(|| vec![condition]),
        ..PodStatus::default()
    });
}

/// A Job finds its Pods by its own uid (kubernetes: registry/batch/job/strategy.go generateSelector).
fn new_job(job: &mut Job) {
    job.status = None;
    let uid = job.metadata.uid.clone().unwrap_or_default();
    let name = job.metadata.name.clone().unwrap_or_default();
    let Some(spec) = &mut job.spec else { return };
    if spec.manual_selector == Some(true) {
        return;
    }
    let generated: BTreeMap<String, String> = [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.clone()))
    .collect();
    let template = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    // The Job's own labels, where they came from the template, are the very same map in the API server's memory.
    let shared = job.metadata.labels.as_ref().is_some_and(|labels| labels == template);
    template.extend(generated.clone());
    if shared {
        job.metadata.labels.get_or_insert_default().extend(generated);
    }
    let by_uid = BTreeMap::from([("batch.kubernetes.io/controller-uid".to_owned(), uid)]);
    spec.selector = Some(LabelSelector { match_labels: Some(by_uid), match_expressions: None });
}

/// A Service gets its cluster IP and node ports (kubernetes: registry/core/service/storage/alloc.go).
fn new_service(world: &mut World, key: &ObjectKey, service: &mut Service) -> Result<(), ApiError> {
    service.status = Some(ServiceStatus { load_balancer: Some(Default::default()), ..Default::default() });
    let Some(spec) = &mut service.spec else { return Ok(()) };
    if spec.type_.as_deref() == Some("ExternalName") {
        return Ok(());
    }
    let taken = Taken::of(world);
    match spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty()) {
        Some("None") => {}
        Some(ip) if taken.ips.iter().any(|other| other == ip) => {
            let why = format!(
                "spec.clusterIPs: Invalid value: [\"{ip}\"]: failed to allocate IP {ip}: \
                 provided IP is already allocated"
            );
            return Err(ApiError::invalid(key, &why));
        }
        Some(_) => {}
        None => spec.cluster_ip = free_ip(world, &taken),
    }
    spec.cluster_ips = spec.cluster_ip.clone().map(|ip| vec![ip]);
    spec.ip_families.get_or_insert_with(|| vec!["IPv4".to_owned()]);
    spec.ip_family_policy.get_or_insert_with(|| "SingleStack".to_owned());
    if !matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer")) {
        return Ok(());
    }
    let mut ports = taken.ports;
    for (index, port) in spec.ports.iter_mut().flatten().enumerate() {
        match port.node_port.filter(|port| *port != 0) {
            Some(asked) if ports.contains(&asked) => {
                let why =
                    format!("spec.ports[{index}].nodePort: Invalid value: {asked}: provided port is already allocated");
                return Err(ApiError::invalid(key, &why));
            }
            Some(asked) => ports.push(asked),
            None => {
                port.node_port = free_port(world, &ports);
                ports.extend(port.node_port);
            }
        }
    }
    Ok(())
}

/// What other Services hold already.
struct Taken {
    ips: Vec<String>,
    ports: Vec<i32>,
}

impl Taken {
    fn of(world: &World) -> Self {
        let mut taken = Taken { ips: Vec::new(), ports: Vec::new() };
        for (_, object) in world.store.list(Kind::Service) {
            let Object::Service(service) = object else { continue };
            let Some(spec) = &service.spec else { continue };
            taken.ips.extend(spec.cluster_ip.iter().filter(|ip| *ip != "None").cloned());
            taken.ports.extend(spec.ports.iter().flatten().filter_map(|port| port.node_port));
        }
        taken
    }
}

/// Addresses are drawn from the upper band of 10.96.0.0/16, from offset 256 on.
fn free_ip(world: &mut World, taken: &Taken) -> Option<String> {
    let band = 65_534 - 256;
    let start = world.rng.below(band);
    let ip = |offset: u64| format!("10.96.{}.{}", offset / 256, offset % 256);
    (0..band).map(|step| ip(256 + (start + step) % band)).find(|ip| !taken.ips.contains(ip))
}

/// Node ports are drawn from 30086 to 32767 first, the band below is for people to choose from.
fn free_port(world: &mut World, taken: &[i32]) -> Option<i32> {
    let (first, last) = (30_086, 32_767);
    let band = last - first + 1;
    let start = world.rng.below(band as u64) as i32;
    (0..band).map(|step| first + (start + step) % band).chain(30_000..first).find(|port| !taken.contains(port))
}
