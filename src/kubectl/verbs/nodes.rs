//! `kubectl cordon`, `uncordon`, `taint` and `drain` (kubectl: cmd/drain, cmd/taint, drain/drain.go, drain/filters.go).

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::Taint;

use super::submit::{self, Dry};
use crate::api::{Kind, Object, Pod, admission, controller_of};
use crate::cluster::{Action, Cluster, ObjectKey, Propagation, Time};
use crate::kubectl::args::Args;
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::selector::Selector;
use crate::kubectl::{Failure, Output, resource};
use crate::manifest::aggregate;
use crate::manifest::rules::names;

/// The nodes that a command is about: bare names, or `node/NAME`.
fn nodes(cluster: &Cluster, args: &Args, words: &[String]) -> Result<Vec<Object>, Failure> {
    let of = Resource::of(Kind::Node);
    if !words.is_empty() && args.get("selector").is_some_and(|text| !text.is_empty()) {
        return Err(args.misuse("cannot specify both a node name and a --selector option"));
    }
    if words.is_empty() {
        if args.get("selector").is_some() {
            return resource::select(cluster, args, of);
        }
        let verb = args.command;
        return Err(args.misuse(format!("USAGE: {verb} NODE [flags]")));
    }
    submit::dry_run(args)?;
    let one = |word: &String| {
        let name = match word.contains('/') {
            true => {
                let (of, name) = resource::well_named(word)?;
                if resources::find(of)?.kind != "Node" {
                    return Err(Failure::usage("you may only specify a single resource type"));
                }
                name
            }
            false if word.is_empty() => return Err(Failure::usage("resource name may not be empty")),
            false => word,
        };
        resource::live(cluster, of, "", name)
    };
    words.iter().map(one).collect()
}

/// `cordon NODE…` and `uncordon NODE…`.
pub(super) fn cordon(cluster: &mut Cluster, args: &Args, cordoned: bool) -> Result<Output, Failure> {
    let nodes = nodes(cluster, args, args.arguments())?;
    Ok(submit::each(&nodes, |node| mark(cluster, args, node, cordoned)))
}

fn mark(cluster: &mut Cluster, args: &Args, object: &Object, cordoned: bool) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    let Object::Node(node) = object else { return Ok(Output::default()) };
    let word = if cordoned { "cordoned" } else { "uncordoned" };
    let mut node = node.clone();
    let spec = Rc::make_mut(&mut node).spec.get_or_insert_default();
    if spec.unschedulable.unwrap_or_default() == cordoned {
        return submit::said(args, dry, object, &format!("already {word}"));
    }
    spec.unschedulable = cordoned.then_some(true);
    let stored = submit::put(cluster, dry, Object::Node(node))?;
    submit::said(args, dry, &stored, word)
}

/// `taint node NAME key=value:Effect… key:Effect-…`.
pub(super) fn taint(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    let words = args.arguments();
    if words.is_empty() {
        return Err(Failure::usage("one or more resources must be specified as <resource> <name>"));
    }
    let named = words;
    let words = words
        .strip_prefix(&["node".to_owned()])
        .or(words.strip_prefix(&["nodes".to_owned()]))
        .or(words.strip_prefix(&["no".to_owned()]))
        .unwrap_or(words);
    let is_taint = |word: &&String| word.contains([':', '=']) || word.ends_with('-');
    let names: Vec<String> = words.iter().filter(|word| !is_taint(word)).cloned().collect();
    let specs: Vec<&String> = words.iter().filter(is_taint).collect();
    if specs.is_empty() {
        return Err(Failure::usage("at least one taint update is required"));
    }
    if let Some(word) = named.first().filter(|word| word.contains('/') && !word.contains([':', '='])) {
        return Err(Failure(format!("the server doesn't have a resource type {word:?}")));
    }
    if let Some(word) = named.first().filter(|word| !word.contains([':', '=']))
        && let Ok(found) = resources::find(word)
        && found.kind != "Node"
    {
        return Err(Failure::usage(format!("invalid resource type {word}, only node types are supported")));
    }
    let mut add = Vec::new();
    let mut remove = Vec::new();
    for spec in specs {
        match spec.strip_suffix('-') {
            Some(spec) => remove.push(parse(args, spec, true)?),
            None => {
                let new = parse(args, spec, false)?;
                if add.iter().any(|known: &Taint| known.key == new.key && known.effect == new.effect) {
                    let value = new.value.as_deref().unwrap_or_default();
                    let shown = format!("{{{} {value} {} <nil>}}", new.key, new.effect);
                    return Err(args.misuse(format!("duplicated taints with the same key and effect: {shown}")));
                }
                add.push(new);
            }
        }
    }
    for new in &add {
        if let Some(gone) =
            remove.iter().find(|gone| gone.key == new.key && (gone.effect.is_empty() || gone.effect == new.effect))
        {
            return Err(Failure::usage(format!(
                "can not both modify and remove the following taint(s) in the same command: {}={}",
                gone.key, gone.effect
            )));
        }
    }
    let selects = args.get("selector").is_some_and(|text| !text.is_empty());
    if names.is_empty() && !selects && !args.on("all") {
        return Err(Failure::usage("at least one resource name must be specified since 'all' parameter is not set"));
    }
    let nodes = match args.on("all") || selects {
        // Beside a selector a name says nothing.
        true => resource::select(cluster, args, Resource::of(Kind::Node))?,
        false => nodes(cluster, args, &names)?,
    };
    Ok(submit::each(&nodes, |node| one_taint(cluster, args, node, &add, &remove)))
}

/// One taint as it is written (kubectl: cmd/taint/utils.go parseTaint).
fn parse(args: &Args, spec: &str, removal: bool) -> Result<Taint, Failure> {
    let invalid = |faults: &[String]| {
        let why = if faults.is_empty() { String::new() } else { format!(", {}", faults.join("; ")) };
        args.misuse(format!("invalid taint spec: {spec}{why}"))
    };
    let faults = |faults: names::Faults| match faults.is_empty() {
        true => Ok(()),
        false => Err(invalid(&faults.iter().map(ToString::to_string).collect::<Vec<_>>())),
    };
    let (key, value, effect) = match spec.split(':').collect::<Vec<_>>().as_slice() {
        [key] => (*key, None, ""),
        [pair, effect @ ("NoSchedule" | "PreferNoSchedule" | "NoExecute")] => match pair.split_once('=') {
            Some((_, value)) if value.contains('=') => return Err(invalid(&[])),
            Some((key, value)) => (key, Some(value), *effect),
            None => (*pair, None, *effect),
        },
        [_, effect] => return Err(args.misuse(format!("invalid taint effect: {effect}, unsupported taint effect"))),
        _ => return Err(invalid(&[])),
    };
    faults(names::label_value(value.unwrap_or_default()))?;
    faults(names::qualified_name(key))?;
    if effect.is_empty() && !removal {
        return Err(invalid(&[]));
    }
    Ok(Taint {
        key: key.into(),
        value: value.filter(|value| !value.is_empty()).map(Text::from),
        effect: effect.into(),
        ..Taint::default()
    })
}

fn one_taint(
    cluster: &mut Cluster,
    args: &Args,
    object: &Object,
    add: &[Taint],
    remove: &[Taint],
) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    let Object::Node(node) = object else { return Ok(Output::default()) };
    let mut node = node.clone();
    let taints = Rc::make_mut(&mut node).spec.get_or_insert_default().taints.get_or_insert_default();
    let same = |a: &Taint, b: &Taint| a.key == b.key && (b.effect.is_empty() || a.effect == b.effect);
    let there: Vec<&str> =
        add.iter().filter(|new| taints.iter().any(|old| same(old, new))).map(|new| new.key.as_str()).collect();
    if !there.is_empty() && !args.on("overwrite") {
        return Err(Failure::usage(format!(
            "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
            object.name(),
            there.join(",")
        )));
    }
    for taint in remove {
        let before = taints.len();
        taints.retain(|old| !same(old, taint));
        if taints.len() == before {
            let effect = if taint.effect.is_empty() { String::new() } else { format!(":{}", taint.effect) };
            return Err(Failure::usage(format!("taint \"{}{effect}\" not found", taint.key)));
        }
    }
    taints.retain(|old| !add.iter().any(|new| same(old, new)));
    // New ones stand first.
    taints.splice(0..0, add.iter().cloned());
    if taints.is_empty() {
        Rc::make_mut(&mut node).spec.get_or_insert_default().taints = None;
    }
    let word = match (add.is_empty(), remove.is_empty(), !there.is_empty()) {
        (true, _, _) => "untainted",
        (false, true, false) => "tainted",
        _ => "modified",
    };
    let stored = submit::put(cluster, dry, Object::Node(node))?;
    submit::said(args, Dry::No, &stored, word)
}

/// What a drain finds on a node.
#[derive(Default)]
struct Finds {
    go: Vec<Pod>,
    no_controller: Vec<String>,
    local_storage: Vec<String>,
    daemons: Vec<String>,
    forced: Vec<String>,
}

/// How long a drain waits for budgets before it is taken for stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// `drain NODE`: no new Pods, and the ones there are evicted.
pub(super) fn drain(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    if Selector::parse(args.get("pod-selector").unwrap_or_default()).is_err() {
        return Err(Failure::usage("--pod-selector=<pod_selector> must be a valid label selector"));
    }
    let dry = submit::dry_run(args)?;
    let nodes = nodes(cluster, args, args.arguments())?;
    let mut output = Output::default();
    for node in &nodes {
        output = output.then(mark(cluster, args, node, true)?);
    }
    let mut pending = Vec::new();
    for node in &nodes {
        if let Err(causes) = drain_one(cluster, args, node.name(), dry, &mut output) {
            let all = aggregate(causes.iter().cloned());
            let name = node.name();
            output.stderr.push_str(&format!(
                "error: unable to drain node {name:?} due to error: {all}, continuing command...\n"
            ));
            pending.push((name, causes));
        }
    }
    if !pending.is_empty() {
        output.stderr.push_str("There are pending nodes to be drained:\n");
        output.stderr.extend(pending.iter().map(|(name, _)| format!(" {name}\n")));
        output.exit_code = 1;
    }
    // What one node failed of is told cause by cause, what several did node by node.
    match pending.as_slice() {
        [(_, causes)] => output.stderr.extend(causes.iter().map(|cause| format!("{cause}\n"))),
        several => {
            output.stderr.extend(several.iter().map(|(_, causes)| aggregate(causes.iter().cloned()) + "\n"));
        }
    }
    Ok(output)
}

/// Drains a node.
///
/// # Errors
/// Why it is not drained: a line for each cause.
fn drain_one(cluster: &mut Cluster, args: &Args, node: &str, dry: Dry, output: &mut Output) -> Result<(), Vec<String>> {
    let finds = look(cluster, args, node);
    let mut errors = Vec::new();
    let said = |text: &str, names: &[String]| format!("{text}: {}", names.join(", "));
    if !finds.daemons.is_empty() && !args.on("ignore-daemonsets") {
        errors.push(said("cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)", &finds.daemons));
    }
    if !finds.no_controller.is_empty() {
        errors.push(said(
            "cannot delete Pods that declare no controller (use --force to override)",
            &finds.no_controller,
        ));
    }
    if !finds.local_storage.is_empty() {
        errors.push(said(
            "cannot delete Pods with local storage (use --delete-emptydir-data to override)",
            &finds.local_storage,
        ));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut warnings = Vec::new();
    if !finds.forced.is_empty() {
        warnings.push(said("deleting Pods that declare no controller", &finds.forced));
    }
    if !finds.daemons.is_empty() {
        warnings.push(said("ignoring DaemonSet-managed Pods", &finds.daemons));
    }
    if !warnings.is_empty() {
        output.stderr.push_str(&format!("Warning: {}\n", warnings.join("; ")));
    }
    let tried = remark(dry);
    if dry == Dry::No {
        if let Err(causes) = evict(cluster, args, &finds.go, output) {
            let all = aggregate(causes.iter().cloned());
            output.stderr.push_str(&format!("There are pending pods in node {node:?} when an error occurred: {all}\n"));
            let left = look(cluster, args, node).go;
            output.stderr.extend(left.iter().map(|pod| format!("pod/{}\n", pod.name())));
            return Err(causes);
        }
    } else if !args.on("disable-eviction") || dry == Dry::Client {
        output
            .stdout
            .extend(finds.go.iter().map(|pod| format!("evicting pod {}/{}{tried}\n", pod.namespace(), pod.name())));
    }
    output.stdout.push_str(&format!("node/{node} drained{tried}\n"));
    Ok(())
}

/// What is said behind what was only tried.
fn remark(dry: Dry) -> &'static str {
    match dry {
        Dry::No => "",
        Dry::Client => " (dry run)",
        Dry::Server => " (server dry run)",
    }
}

/// The Pods of a node, sorted by what a drain does with them.
fn look(cluster: &Cluster, args: &Args, node: &str) -> Finds {
    let mut finds = Finds::default();
    let wanted = Selector::parse(args.get("pod-selector").unwrap_or_default()).unwrap_or_default();
    let wanted = |pod: &&Pod| wanted.matches(pod.metadata.labels.as_ref());
    for pod in cluster.store().pods().filter(|pod| pod.spec.node_name.as_deref() == Some(node)).filter(wanted) {
        let name = format!("{}/{}", pod.namespace(), pod.name());
        let owner = controller_of(&pod.metadata);
        let finished = matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed"));
        let mirror = pod.metadata.annotations.as_ref().is_some_and(|it| it.contains_key(admission::MIRROR));
        if owner.is_some_and(|owner| owner.kind == "DaemonSet") {
            finds.daemons.push(name);
            continue;
        }
        if mirror {
            continue;
        }
        let local = pod.spec.volumes.iter().flatten().any(|volume| volume.empty_dir.is_some());
        if local && !finished && !args.on("delete-emptydir-data") {
            finds.local_storage.push(name);
            continue;
        }
        if owner.is_none() && !finished {
            if !args.on("force") {
                finds.no_controller.push(name);
                continue;
            }
            finds.forced.push(name);
        }
        finds.go.push(pod.clone());
    }
    finds
}

/// Evicts Pods and waits until they are gone; those that a budget protects are tried again every five seconds.
///
/// # Errors
/// What is said of each Pod that is still there when the time is over.
fn evict(cluster: &mut Cluster, args: &Args, pods: &[Pod], output: &mut Output) -> Result<(), Vec<String>> {
    let grace = args.number("grace-period").ok().flatten().filter(|grace| *grace >= 0);
    let timeout = args.micros("timeout").and_then(|micros| u64::try_from(micros).ok()).filter(|micros| *micros > 0);
    let end: Time = cluster.now() + timeout.map_or(PATIENCE, Duration::from_micros);
    let mut waiting: Vec<(ObjectKey, String)> =
        pods.iter().map(|pod| (ObjectKey::new(Kind::Pod, pod.namespace(), pod.name()), pod.uid().to_owned())).collect();
    let mut evicted: Vec<ObjectKey> = Vec::new();
    loop {
        for (key, _) in &waiting {
            if evicted.contains(key) {
                continue;
            }
            // Deletions are told when they are done, evictions before as well.
            if !args.on("disable-eviction") {
                output.stdout.push_str(&format!("evicting pod {}/{}\n", key.namespace, key.name));
            }
            let action = match args.on("disable-eviction") {
                true => Action::Delete { key: key.clone(), grace, propagation: Propagation::Background },
                false => Action::Evict { key: key.clone(), grace },
            };
            // What is gone meanwhile is as good as evicted.
            if let Err(error) = cluster.act(action)
                && error.code == 429
            {
                output.stderr.push_str(&format!(
                    "error when evicting pods/\"{}\" -n \"{}\" (will retry after 5s): {error}\n",
                    key.name, key.namespace
                ));
                continue;
            }
            evicted.push(key.clone());
        }
        let again = cluster.now() + Duration::from_secs(5);
        let retry = again.min(end);
        loop {
            waiting.retain(|(key, uid)| {
                let there =
                    cluster.store().get(key).is_some_and(|live| live.metadata().uid.as_deref() == Some(uid.as_str()));
                if !there {
                    let word = if args.on("disable-eviction") { "deleted" } else { "evicted" };
                    output.stdout.push_str(&format!("pod/{} {word}\n", key.name));
                }
                there
            });
            match cluster.next_due().filter(|due| *due <= retry && !waiting.is_empty()) {
                Some(due) => cluster.run_until(due),
                None => break,
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        cluster.run_until(retry);
        if cluster.now() >= end {
            let limit = crate::cluster::go_duration(timeout.map_or(PATIENCE, Duration::from_micros));
            let (gone, kept): (Vec<_>, Vec<_>) = waiting.iter().partition(|(key, _)| evicted.contains(key));
            let late = gone.iter().map(|(key, _)| {
                format!(
                    "error when waiting for pod \"{}\" in namespace \"{}\" to terminate: context deadline exceeded",
                    key.name, key.namespace
                )
            });
            let protected = kept.iter().map(|(key, _)| {
                format!(
                    "error when evicting pods/\"{}\" -n \"{}\": global timeout reached: {limit}",
                    key.name, key.namespace
                )
            });
            let causes = late.chain(protected).collect();
            // Who waits for its next try learns only then that it is too late.
            if !kept.is_empty() {
                cluster.run_until(again.max(end));
                for (key, _) in kept.iter().filter(|_| !args.on("disable-eviction")) {
                    output.stdout.push_str(&format!("evicting pod {}/{}\n", key.namespace, key.name));
                }
            }
            return Err(causes);
        }
    }
}
