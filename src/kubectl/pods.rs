//! What several commands ask of a Pod: its containers by name, the one that is meant, the Pod behind a workload.

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus};
use k8s_openapi::jiff::Timestamp;

use super::args::Args;
use super::resources::{self, Resource};
use super::{Failure, resource};
use crate::api::{Kind, Object, Pod, View, labels};
use crate::cluster::Cluster;

/// An instant as logs have it (Go: RFC3339Nano, all nine digits).
pub(super) fn stamp(at: Timestamp) -> String {
    let seconds = at.to_seconds();
    format!("{}.{:09}Z", seconds.trim_end_matches('Z'), at.as_nanosecond().rem_euclid(1_000_000_000))
}

/// The containers in the order messages list them, with what is said after the name: containers, ephemeral ones,
/// init containers.
pub(super) fn containers(pod: &Pod) -> Vec<(&str, &'static str)> {
    let spec = &pod.spec;
    let main = spec.containers.iter().map(|container| (container.name.as_str(), ""));
    let ephemeral = spec.ephemeral_containers.iter().flatten().map(|container| (container.name.as_str(), " (ephem)"));
    let init = spec.init_containers.iter().flatten().map(|container| (container.name.as_str(), " (init)"));
    main.chain(ephemeral).chain(init).collect()
}

/// The containers in a line.
pub(super) fn container_list(pod: &Pod) -> String {
    containers(pod).iter().map(|(name, kind)| format!("{name}{kind}")).collect::<Vec<_>>().join(", ")
}

/// The container that is meant: the one asked for, or the default one, which is said on standard error where there is
/// a choice (kubectl: cmd/util/podcmd/podcmd.go FindOrDefaultContainerByName).
pub(super) fn container(pod: &Pod, asked: Option<&str>, stderr: &mut String) -> Result<String, Failure> {
    let all = containers(pod);
    if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
        if !all.iter().any(|(name, _)| *name == asked) {
            let (name, list) = (pod.name(), container_list(pod));
            return Err(Failure::usage(format!("container {asked} is not valid for pod {name} out of: {list}")));
        }
        return Ok(asked.to_owned());
    }
    let annotations = pod.metadata.annotations.as_ref();
    let said = annotations.and_then(|annotations| annotations.get("kubectl.kubernetes.io/default-container"));
    if let Some(said) = said.filter(|said| !said.is_empty()) {
        if all.iter().any(|(name, _)| name == said) {
            return Ok(said.clone());
        }
        stderr.push_str(&format!("Default container name {said:?} not found in pod {}\n", pod.name()));
    }
    let first = pod.spec.containers.first().map(|container| container.name.clone()).unwrap_or_default();
    if all.len() > 1 {
        stderr.push_str(&format!("Defaulted container {first:?} out of: {}\n", container_list(pod)));
    }
    Ok(first.to_string())
}

/// The status of a container, of whichever kind.
pub(super) fn status<'a>(pod: &'a Pod, container: &str) -> Option<&'a ContainerStatus> {
    let status = &pod.status;
    let groups = [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
    groups.into_iter().flatten().flatten().find(|status| status.name == container)
}

/// Whether a container runs.
pub(super) fn is_running(pod: &Pod, container: &str) -> bool {
    let state: Option<&ContainerState> = status(pod, container).and_then(|status| status.state.as_ref());
    state.is_some_and(|state| state.running.is_some())
}

/// Whether a container has ended and its log has no more to come.
pub(super) fn has_ended(pod: &Pod, container: &str) -> bool {
    let state: Option<&ContainerState> = status(pod, container).and_then(|status| status.state.as_ref());
    state.is_some_and(|state| state.terminated.is_some())
}

/// The Pods behind an object that keeps or serves Pods; an error for one that does not
/// (kubectl: polymorphichelpers SelectorsForObject).
pub(super) fn behind<'a>(cluster: &'a Cluster, resource: Resource, object: &Object) -> Result<Vec<&'a Pod>, Failure> {
    let value = object.to_json();
    let spec = View::new(&value).at("spec");
    let selects: Box<dyn Fn(&Pod) -> bool> = match resource.known() {
        Some(Kind::Service) => {
            let wanted: labels::Labels =
                spec.at("selector").entries().map(|(name, value)| (name.to_owned(), value.text())).collect();
            if wanted.is_empty() {
                return Err(Failure::usage(format!(
                    "invalid service '{}': Service is defined without a selector",
                    object.name()
                )));
            }
            Box::new(move |pod| {
                pod.metadata.labels.as_ref().is_some_and(|labels| labels::contains(labels, Some(&wanted)))
            })
        }
        Some(Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet | Kind::Job) => {
            let selector = spec.at("selector").0.cloned().unwrap_or_default();
            let selector: Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector> =
                serde_json::from_value(selector).ok();
            Box::new(move |pod| labels::matches(selector.as_ref(), pod.metadata.labels.as_ref()))
        }
        _ => {
            let go = format!("*{}.{}", resource.api_version.rsplit('/').next().unwrap_or("v1"), resource.kind);
            return Err(Failure::usage(format!("selector for {go} not implemented")));
        }
    };
    let namespace = object.namespace().to_owned();
    Ok(cluster.store().pods().filter(|pod| pod.namespace() == namespace && selects(pod)).collect())
}

/// A Pod's rank among its like: assigned, running, ready, ready for longest, restarted most, oldest come first
/// (kubectl: podutils.ByLogging; the reverse of the order of deletion but for the restarts).
pub(super) fn rank(pod: &Pod, logging: bool) -> impl Ord + use<> {
    let status = &pod.status;
    let ready =
        status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready" && condition.status == "True");
    let since = ready.and_then(|ready| ready.last_transition_time.as_ref()).map(|time| time.0);
    let phase = match status.phase.as_deref() {
        Some("Running") => 0,
        Some("Unknown") => 1,
        _ => 2,
    };
    let restarts = status.container_statuses.iter().flatten().map(|status| status.restart_count).max().unwrap_or(0);
    let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    (
        pod.spec.node_name.is_none(),
        phase,
        ready.is_none(),
        (since.is_none(), since),
        if logging { -restarts } else { restarts },
        created,
        pod.name().to_owned(),
    )
}

/// The Pod that a command on `POD` or `TYPE/NAME` means, and among how many it was chosen.
pub(super) fn target(cluster: &Cluster, args: &Args, word: &str) -> Result<(Pod, usize), Failure> {
    let (resource, name) = match word.split_once('/') {
        Some((of, name)) => (resources::find(of)?, name),
        None => (Resource::of(Kind::Pod), word),
    };
    let object = resource::live(cluster, resource, args.namespace(), name)?;
    if let Object::Pod(pod) = object {
        return Ok((pod.as_ref().clone(), 1));
    }
    let go = format!("*{}.{}", resource.api_version.rsplit('/').next().unwrap_or("v1"), resource.kind);
    let mut pods = behind(cluster, resource, &object).map_err(|failure| {
        Failure::usage(format!("cannot attach to {go}: {}", failure.0.trim_start_matches("error: ")))
    })?;
    pods.sort_by_cached_key(|pod| rank(pod, false));
    let first = pods.first().map(|pod| (*pod).clone());
    let first = first.ok_or_else(|| Failure::usage("timed out waiting for the condition"))?;
    Ok((first, pods.len()))
}
