//! `kubectl describe`, `kubectl logs`, `kubectl events`: one object looked at closely.

use k8s_openapi::api::core::v1::ContainerStatus;
use k8s_openapi::jiff::Timestamp;

use crate::api::{Kind, Object, Pod, table};
use crate::cluster::{Cluster, ObjectKey, Time};
use crate::kubectl::args::Args;
use crate::kubectl::describe::describe as tell;
use crate::kubectl::resource;
use crate::kubectl::tabwriter;
use crate::kubectl::{Failure, Output};

/// `describe KIND [NAME…]`: what has the name, or else what begins with it.
pub(super) fn describe(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    let words = args.words.get(1..).unwrap_or_default();
    let Some((first, names)) = words.split_first() else {
        return Err(Failure::usage(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
             supported resources.",
        ));
    };
    let keys: Vec<ObjectKey> = if first.contains('/') || !names.is_empty() {
        let (keys, _) = resource::keys(cluster, args, words)?;
        keys.into_iter().flat_map(|key| begins_with(cluster, key)).collect()
    } else {
        let kind = resource::kind(first)?;
        let here = |key: &&ObjectKey| !kind.namespaced() || &*key.namespace == args.namespace();
        cluster.store().list(kind).map(|(key, _)| key).filter(here).cloned().collect()
    };
    if keys.is_empty() {
        let stderr = format!("No resources found in {} namespace.\n", args.namespace());
        return Ok(Output { stderr, ..Output::default() });
    }
    let now = cluster.now().to_timestamp(cluster.config().epoch);
    let mut texts = Vec::new();
    for key in keys {
        texts.push(tell(&resource::live(cluster, &key)?, cluster.store(), now));
    }
    Ok(Output { stdout: texts.join("\n\n"), ..Output::default() })
}

/// The key itself where it exists; else those of its kind whose names begin with its name; else itself, to fail on.
fn begins_with(cluster: &Cluster, key: ObjectKey) -> Vec<ObjectKey> {
    if cluster.store().get(&key).is_some() {
        return vec![key];
    }
    let alike = |other: &&ObjectKey| other.namespace == key.namespace && other.name.starts_with(&*key.name);
    let found: Vec<ObjectKey> = cluster.store().list(key.kind).map(|(key, _)| key).filter(alike).cloned().collect();
    if found.is_empty() { vec![key] } else { found }
}

/// `logs POD [-c CONTAINER] [-p] [--tail N] [--timestamps]`.
pub(super) fn logs(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    let Some(name) = args.words.get(1) else {
        return Err(Failure::usage(
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for \
             the logs command\nSee 'kubectl logs -h' for help and examples",
        ));
    };
    let name = name.strip_prefix("pod/").or_else(|| name.strip_prefix("pods/")).unwrap_or(name);
    let namespace = args.namespace();
    let Some(pod) = cluster.store().pod(namespace, name) else {
        return Err(Failure(format!(
            "error: error from server (NotFound): pods \"{name}\" not found in namespace \"{namespace}\""
        )));
    };
    let mut stderr = String::new();
    let asked = args.get("container").or(args.words.get(2).map(String::as_str));
    let container = match asked {
        Some(asked) => asked.to_owned(),
        None => default_container(pod, &mut stderr),
    };
    if !names(pod).iter().any(|(name, _)| *name == container) {
        let list = name_list(pod);
        return Err(Failure(format!("error: container {container} is not valid for pod {name} out of: {list}")));
    }
    let Some(attempt) = attempt(pod, &container, args.on("previous"))? else { return Ok(Output::default()) };
    let lines = cluster.log(pod.uid(), &container, attempt);
    let tail = match args.number("tail")? {
        Some(tail) if tail < -1 => return Err(Failure::usage("--tail must be greater than or equal to -1")),
        Some(tail) => usize::try_from(tail).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let shown = lines.get(lines.len().saturating_sub(tail)..).unwrap_or_default();
    let stamp = |at: Time| match args.on("timestamps") {
        true => format!("{} ", at.to_timestamp(cluster.config().epoch)),
        false => String::new(),
    };
    let stdout = shown.iter().map(|(at, line)| format!("{}{line}\n", stamp(*at))).collect();
    Ok(Output { stdout, stderr, exit_code: 0 })
}

/// Every container with what kind of container it is: apps, then ephemeral ones, then init containers.
fn names(pod: &Pod) -> Vec<(&str, &'static str)> {
    let apps = pod.spec.containers.iter().map(|container| (container.name.as_str(), ""));
    let ephemeral = pod.spec.ephemeral_containers.iter().flatten().map(|c| (c.name.as_str(), " (ephem)"));
    let init = pod.spec.init_containers.iter().flatten().map(|container| (container.name.as_str(), " (init)"));
    apps.chain(ephemeral).chain(init).collect()
}

fn name_list(pod: &Pod) -> String {
    let names: Vec<String> = names(pod).into_iter().map(|(name, kind)| format!("{name}{kind}")).collect();
    names.join(", ")
}

/// The container that is meant when none is said; where there are several, kubectl says which.
fn default_container(pod: &Pod, stderr: &mut String) -> String {
    let annotations = pod.metadata.annotations.as_ref();
    let said = annotations.and_then(|annotations| annotations.get("kubectl.kubernetes.io/default-container"));
    if let Some(said) = said.filter(|said| names(pod).iter().any(|(name, _)| name == said)) {
        return said.clone();
    }
    let first = pod.spec.containers.first().map(|container| container.name.clone()).unwrap_or_default();
    if names(pod).len() > 1 {
        *stderr = format!("Defaulted container \"{first}\" out of: {}\n", name_list(pod));
    }
    first
}

/// The instance whose log is meant; none for a Pod without a node
/// (kubelet: kubelet_pods.go validateContainerLogStatus).
fn attempt(pod: &Pod, container: &str, previous: bool) -> Result<Option<u32>, Failure> {
    if pod.spec.node_name.is_none() {
        return Ok(None);
    }
    let bad = |text: String| Failure(format!("Error from server (BadRequest): {text}"));
    let (status, name) = (&pod.status, pod.name());
    let groups = [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
    let found = groups.into_iter().flatten().flatten().find(|status| status.name == container);
    let Some(status) = found else {
        return Err(bad(format!("container \"{container}\" in pod \"{name}\" is not available")));
    };
    let count = u32::try_from(status.restart_count).unwrap_or_default();
    let had_before = status.last_state.as_ref().is_some_and(|state| state.terminated.is_some());
    let waits = waiting_reason(status);
    if previous {
        return match (had_before, waits) {
            (true, Some(_)) => Ok(Some(count)),
            (true, None) => Ok(Some(count.saturating_sub(1))),
            (false, _) => {
                Err(bad(format!("previous terminated container \"{container}\" in pod \"{name}\" not found")))
            }
        };
    }
    match waits {
        Some(reason) if !had_before => {
            let reason = match reason {
                "ErrImagePull" => "image can't be pulled",
                "ImagePullBackOff" => "trying and failing to pull image",
                reason => reason,
            };
            Err(bad(format!("container \"{container}\" in pod \"{name}\" is waiting to start: {reason}")))
        }
        _ => Ok(Some(count)),
    }
}

fn waiting_reason(status: &ContainerStatus) -> Option<&str> {
    let waiting = status.state.as_ref().and_then(|state| state.waiting.as_ref());
    waiting.map(|waiting| waiting.reason.as_deref().unwrap_or_default())
}

/// `kubectl events`: what was said, in order of time.
pub(super) fn events(cluster: &Cluster, args: &Args) -> Output {
    let now = cluster.now().to_timestamp(cluster.config().epoch);
    let everywhere = args.on("all-namespaces");
    let mut events: Vec<(Option<Timestamp>, &Object)> = cluster
        .store()
        .list(Kind::Event)
        .filter(|(key, _)| everywhere || &*key.namespace == args.namespace())
        .filter_map(|(_, object)| match object {
            Object::Event(event) => {
                let first = event.event_time.as_ref().map(|time| time.0);
                Some((event.last_timestamp.as_ref().map(|time| time.0).or(first), object))
            }
            _ => None,
        })
        .collect();
    if events.is_empty() {
        let stderr = match everywhere {
            true => "No events found.\n".to_owned(),
            false => format!("No events found in {} namespace.\n", args.namespace()),
        };
        return Output { stderr, ..Output::default() };
    }
    collections::sort_by_key(&mut events, |(time, _)| *time);
    let columns = table::columns(Some(Kind::Event));
    let shown = |cells: Vec<String>| {
        let cells = columns.iter().zip(cells).filter(|(column, _)| !column.wide).map(|(_, cell)| cell);
        cells.collect::<Vec<_>>().join("\t")
    };
    let mut text = shown(columns.iter().map(|column| column.name.to_uppercase()).collect());
    for (_, event) in events {
        text.push('\n');
        text.push_str(&shown(table::row(event, now)));
    }
    text.push('\n');
    Output { stdout: tabwriter::format(&text, 6, 3), ..Output::default() }
}
