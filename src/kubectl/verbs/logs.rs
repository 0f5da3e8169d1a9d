//! `kubectl logs` (kubectl: cmd/logs/logs.go, polymorphichelpers/logsforobject.go).

use k8s_openapi::jiff::{SignedDuration, Timestamp};

use crate::api::{Kind, Object, Pod};
use crate::cluster::{Cluster, ObjectKey};
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, LogTail, What};
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::{Failure, Output, pods, resource};

/// `logs POD [CONTAINER]`, `logs TYPE/NAME`, `logs -l SELECTOR`.
pub(super) fn logs(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    check(args)?;
    let words = args.arguments();
    let mut output = Output::default();
    let all = args.on("all-containers");
    let mut prefix = args.on("prefix");
    let chosen: Vec<Pod> = match words.first() {
        None => {
            let selected = resource::select(cluster, args, Resource::of(Kind::Pod))?;
            if selected.is_empty() {
                return Ok(Output::remark(format!("No resources found in {} namespace.\n", args.namespace())));
            }
            selected.iter().filter_map(|object| object.as_pod().cloned()).collect()
        }
        Some(word) => {
            let pods = of_word(cluster, args, word, &mut output)?;
            prefix |= args.on("all-pods");
            pods
        }
    };
    let tail = match args.number("tail")? {
        Some(tail) => usize::try_from(tail).unwrap_or(usize::MAX),
        None if words.is_empty() => 10,
        None => usize::MAX,
    };
    let mut streams = Vec::new();
    let mut unsaid = String::new();
    for pod in &chosen {
        let asked = args.get("container").or(words.get(1).map(String::as_str));
        if all {
            streams.extend(in_order(pod).into_iter().map(|name| (pod, name)));
        } else {
            let said = if args.on("all-pods") { &mut unsaid } else { &mut output.stderr };
            match pods::container(pod, asked, said) {
                Ok(container) => streams.push((pod, container)),
                Err(failure) => return Ok(output.then(failure.into())),
            }
        }
    }
    follow_limit(args, streams.len())?;
    for (pod, container) in &streams {
        let head = if prefix { format!("[pod/{}/{container}] ", pod.name()) } else { String::new() };
        match attempt(pod, container, args.on("previous")) {
            Ok(Some(attempt)) => output.stdout.push_str(&lines(cluster, args, pod, container, attempt, tail, &head)?),
            Ok(None) => {}
            // What is to be ignored is written where the log would be.
            Err(failure) if args.on("ignore-errors") => {
                let said = failure.0.strip_prefix("Error from server (BadRequest): ").unwrap_or(&failure.0);
                output.stdout.push_str(&format!("error: {said}\n"));
            }
            Err(failure) => return Ok(output.then(failure.into())),
        }
    }
    if args.on("follow") {
        let run = streams.iter().filter(|(pod, container)| !pods::has_ended(pod, container));
        let tails: Vec<LogTail> = run
            .map(|(pod, container)| LogTail {
                pod: ObjectKey::new(Kind::Pod, pod.namespace(), pod.name()),
                uid: pod.uid().to_owned(),
                container: container.clone(),
                prefix: if prefix { format!("[pod/{}/{container}] ", pod.name()) } else { String::new() },
                timestamps: args.on("timestamps"),
                begins: None,
            })
            .collect();
        if !tails.is_empty() {
            output.follow = Some(Follow::new(What::Logs(tails), cluster.config().epoch, None));
        }
    }
    Ok(output)
}

/// How the command is to be used.
const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required \
                     argument for the logs command";

fn check(args: &Args) -> Result<(), Failure> {
    let words = args.arguments();
    let selector = args.get("selector").is_some_and(|text| !text.is_empty());
    if words.is_empty() && !selector {
        return Err(args.misuse(USAGE));
    }
    if words.len() > 1 && selector {
        return Err(Failure::usage("selectors and the all flag cannot be used when passing resource/name arguments"));
    }
    if !words.is_empty() && selector {
        return Err(args.misuse("only a selector (-l) or a POD name is allowed"));
    }
    if words.len() > 2 {
        return Err(args.misuse(USAGE));
    }
    if let (Some(_), Some(_)) = (args.get("container"), words.get(1)) {
        return Err(Failure::usage("only one of -c or an inline [CONTAINER] arg is allowed"));
    }
    if let Some(container) = args.get("container").filter(|_| args.on("all-containers")) {
        return Err(Failure::usage(format!(
            "--all-containers=true should not be specified with container name {container}"
        )));
    }
    if args.get("since").is_some() && args.get("since-time").is_some() {
        return Err(Failure::usage("at most one of `sinceTime` or `sinceSeconds` may be specified"));
    }
    if args.micros("since").is_some_and(|since| since < 0) {
        return Err(Failure::usage("--since must be greater than 0"));
    }
    if args.number("tail")?.is_some_and(|tail| tail < -1) {
        return Err(Failure::usage("--tail must be greater than or equal to -1"));
    }
    if args.number("limit-bytes")?.is_some_and(|limit| limit < 0) {
        return Err(Failure::usage("--limit-bytes must be greater than 0"));
    }
    Ok(())
}

fn follow_limit(args: &Args, streams: usize) -> Result<(), Failure> {
    let most = args.number("max-log-requests")?.unwrap_or(5);
    if args.on("follow") && i64::try_from(streams).unwrap_or(i64::MAX) > most {
        return Err(Failure::usage(format!(
            "you are attempting to follow {streams} log streams, but maximum allowed concurrency is {most}, use \
             --max-log-requests to increase the limit"
        )));
    }
    Ok(())
}

/// The Pods that a word means, which is said where one was chosen among several.
fn of_word(cluster: &Cluster, args: &Args, word: &str, output: &mut Output) -> Result<Vec<Pod>, Failure> {
    let namespace = args.namespace();
    let (of, name) = match word.split_once('/') {
        _ if word.is_empty() => return Err(Failure::usage(resource::NOTHING_NAMED)),
        Some(_) => {
            let (of, name) = resource::well_named(word)?;
            (resources::find(of)?, name)
        }
        None => (Resource::of(Kind::Pod), word),
    };
    let object = resource::live(cluster, of, namespace, name).map_err(|failure| {
        let said = failure.0.strip_prefix("Error from server ").unwrap_or(&failure.0).to_owned();
        Failure::usage(format!("error from server {said} in namespace {namespace:?}"))
    })?;
    if let Object::Pod(pod) = object {
        return Ok(vec![pod.as_ref().clone()]);
    }
    let mut behind = pods::behind(cluster, of, &object).map_err(|failure| {
        let go = format!("*{}.{}", of.api_version.rsplit('/').next().unwrap_or("v1"), of.kind);
        let why = failure.0.trim_start_matches("error: ").trim_start_matches("cannot get pods from *v1.Service: ");
        Failure::usage(format!("cannot get the logs from {go}: {why}"))
    })?;
    if args.on("all-pods") {
        return Ok(behind.into_iter().cloned().collect());
    }
    behind.sort_by_cached_key(|pod| pods::rank(pod, true));
    let first = behind.first().ok_or_else(|| Failure::usage("timed out waiting for the condition"))?;
    if behind.len() > 1 {
        output.stderr.push_str(&format!("Found {} pods, using pod/{}\n", behind.len(), first.name()));
    }
    Ok(vec![(*first).clone()])
}

/// Every container of a Pod in the order `--all-containers` takes them.
fn in_order(pod: &Pod) -> Vec<String> {
    let spec = &pod.spec;
    let init = spec.init_containers.iter().flatten().map(|container| container.name.to_string());
    let main = spec.containers.iter().map(|container| container.name.to_string());
    let ephemeral = spec.ephemeral_containers.iter().flatten().map(|container| container.name.to_string());
    init.chain(main).chain(ephemeral).collect()
}

/// The last `tail` lines of an instance of a container, each after `head`, as `args` want them.
pub(in crate::kubectl) fn lines(
    cluster: &Cluster,
    args: &Args,
    pod: &Pod,
    container: &str,
    attempt: u32,
    tail: usize,
    head: &str,
) -> Result<String, Failure> {
    let epoch = cluster.config().epoch;
    let now = cluster.now().to_timestamp(epoch);
    let mut since: Option<Timestamp> = None;
    if let Some(micros) = args.micros("since").filter(|micros| *micros > 0) {
        since = now.checked_add(SignedDuration::from_micros(-micros)).ok();
    }
    if let Some(time) = args.get("since-time") {
        let wrong = || {
            Failure::usage(format!(
                "parsing time {time:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {time:?} as \"2006\""
            ))
        };
        since = Some(time.parse().map_err(|_| wrong())?);
    }
    let written = cluster.log(pod.uid(), container, attempt);
    let recent = written.iter().filter(|(at, _)| since.is_none_or(|since| at.to_timestamp(epoch) >= since));
    let recent: Vec<_> = recent.collect();
    let shown = recent.get(recent.len().saturating_sub(tail)..).unwrap_or_default();
    let mut text = String::new();
    for (at, line) in shown {
        text.push_str(head);
        if args.on("timestamps") {
            text.push_str(&pods::stamp(at.to_timestamp(epoch)));
            text.push(' ');
        }
        text.push_str(line);
        text.push('\n');
    }
    if let Some(limit) = args.number("limit-bytes")?.filter(|limit| *limit > 0) {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(text.len());
        let cut = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(cut);
    }
    Ok(text)
}

/// The instance whose log is meant; none for a Pod without a node
/// (kubelet: kubelet_pods.go validateContainerLogStatus).
pub(in crate::kubectl) fn attempt(pod: &Pod, container: &str, previous: bool) -> Result<Option<u32>, Failure> {
    if pod.spec.node_name.as_deref().is_none_or(str::is_empty) {
        return Ok(None);
    }
    let bad = |text: String| Failure(format!("Error from server (BadRequest): {text}"));
    let name = pod.name();
    let Some(status) = pods::status(pod, container) else {
        return Err(bad(format!("container \"{container}\" in pod \"{name}\" is not available")));
    };
    let count = u32::try_from(status.restart_count).unwrap_or_default();
    let had_before = status.last_state.as_ref().is_some_and(|state| state.terminated.is_some());
    let waiting = status.state.as_ref().and_then(|state| state.waiting.as_ref());
    let waits = waiting.map(|waiting| waiting.reason.as_deref().unwrap_or_default());
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
