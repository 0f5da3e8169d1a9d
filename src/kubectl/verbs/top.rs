//! `kubectl top`: what Pods and nodes use (kubectl: cmd/top, metricsutil/metrics_printer.go).
//!
//! The numbers are those of the simulated containers as they run now, or what the metrics server of a recorded cluster
//! told. A cluster that does not go on and has no such numbers answers as one without a metrics server.

use crate::api::{Kind, Object, Pod, View, quantity};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::print::rows;
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output, help, pods, resource};

/// How long a container has to run until there are numbers of it: two samples (metrics-server: metric-resolution 15s).
const FIRST_SAMPLE: i64 = 15;
/// Until a Pod is this old, it is no wonder that there are no numbers of it, in seconds.
const PATIENCE: i64 = 120;

/// Millionths of a core, and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::kubectl) struct Used {
    /// Millionths of a core.
    pub cpu: u64,
    /// Bytes.
    pub memory: u64,
}

impl Used {
    fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu.saturating_add(other.cpu), memory: self.memory.saturating_add(other.memory) }
    }

    /// Thousandths of a core, rounded up as quantities are.
    fn millis(self) -> u64 {
        self.cpu.div_ceil(1000)
    }

    fn cells(self) -> [String; 2] {
        [format!("{}m", self.millis()), format!("{}Mi", self.memory >> 20)]
    }
}

/// `top pod` and `top node`.
pub(super) fn top(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    if args.command == "top" {
        let help = help::of("top");
        return Ok(Output { stdout: String::new(), stderr: help.stdout, exit_code: 1, ..Output::default() });
    }
    let of_pods = args.command == "top_pod";
    if args.arguments().len() > 1 {
        let what = if of_pods { "pod" } else { "node" };
        return Err(args.misuse(format!("{what} [NAME | -l label]")));
    }
    if !matches!(args.get("sort-by"), None | Some("" | "cpu" | "memory")) {
        return Err(Failure::usage("--sort-by accepts only cpu or memory"));
    }
    if !args.arguments().is_empty() && args.get("selector").is_some() {
        return Err(Failure::usage("only one of NAME or selector can be provided"));
    }
    if !cluster.has_metrics() {
        return Err(Failure::usage("Metrics API not available"));
    }
    if of_pods { of_the_pods(cluster, args) } else { nodes(cluster, args) }
}

/// What each container of a Pod uses, where there are numbers of it.
pub(in crate::kubectl) fn containers(cluster: &Cluster, pod: &Pod) -> Vec<(String, Used)> {
    let metrics = cluster.metrics(pod.uid());
    let micros = |millis: f64| (millis * 1000.0).round() as u64;
    if !cluster.is_live() {
        let told = metrics.into_iter().flat_map(|told| told.containers);
        return told.map(|it| (it.name.to_string(), Used { cpu: micros(it.cpu_millis), memory: it.memory })).collect();
    }
    let now = cluster.now().to_timestamp(cluster.config().epoch).as_second();
    let names = pods::containers(pod).into_iter().map(|(name, _)| name.to_owned());
    let measured = names.filter_map(|name| {
        let state = pods::status(pod, &name)?.state.as_ref()?;
        let since = state.running.as_ref()?.started_at.as_ref()?.0.as_second();
        let usage = cluster.usage(pod.uid(), &name).filter(|_| now - since >= FIRST_SAMPLE)?;
        // What load costs is told as the mean since the metrics server asked before.
        let mean = metrics.as_ref().and_then(|metrics| metrics.containers.iter().find(|it| *it.name == *name));
        let cpu = mean.map_or(usage.cpu_millis.saturating_mul(1000), |it| micros(it.cpu_millis));
        let memory = usage.memory.or(mean.map(|it| it.memory)).unwrap_or_default();
        Some((name, Used { cpu, memory }))
    });
    measured.collect()
}

/// What a node's Pods use together, or what the metrics server told of the node.
pub(in crate::kubectl) fn of_node(cluster: &Cluster, name: &str) -> Used {
    if let Some(told) = cluster.metrics(name) {
        return Used { cpu: (told.cpu_millis() * 1000.0).round() as u64, memory: told.memory() };
    }
    let on_it = cluster.store().pods().filter(|pod| pod.spec.node_name.as_deref() == Some(name));
    on_it.map(|pod| total(&containers(cluster, pod))).fold(Used::default(), Used::plus)
}

fn total<'a>(all: impl IntoIterator<Item = &'a (String, Used)>) -> Used {
    all.into_iter().fold(Used::default(), |sum, (_, used)| sum.plus(*used))
}

/// Those that use most stand first, where that is asked for.
fn sort<T>(args: &Args, all: &mut [T], used: impl Fn(&T) -> Used) {
    match args.get("sort-by") {
        Some("cpu") => collections::sort_by_key(all, |it| std::cmp::Reverse(used(it).cpu)),
        Some("memory") => collections::sort_by_key(all, |it| std::cmp::Reverse(used(it).memory)),
        _ => {}
    }
}

/// Every line ends in a tab, and so in blanks.
fn table(args: &Args, head: &[&str], mut lines: Vec<Vec<String>>) -> Output {
    if !args.on("no-headers") {
        lines.insert(0, head.iter().map(|name| (*name).to_owned()).collect());
    }
    lines.iter_mut().for_each(|line| line.push(String::new()));
    Output::text(rows::table(&lines))
}

fn of_the_pods(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    let of = Resource::of(Kind::Pod);
    let everywhere = args.on("all-namespaces");
    let missing = |name: &str| {
        let namespace = args.namespace();
        Failure(format!("Error from server (NotFound): podmetrics.metrics.k8s.io \"{namespace}/{name}\" not found"))
    };
    let named = args.arguments().first();
    let chosen = match named {
        Some(name) => vec![resource::live(cluster, of, args.namespace(), name).map_err(|_| missing(name))?],
        None => resource::select(cluster, args, of)?,
    };
    let measured = |object: &Object| {
        let pod = object.as_pod()?.clone();
        let mut containers = containers(cluster, &pod);
        collections::sort_by_key(&mut containers, |(name, _)| name.clone());
        sort(args, &mut containers, |(_, used)| *used);
        (!containers.is_empty()).then_some((pod, containers))
    };
    let mut found: Vec<(Pod, Vec<(String, Used)>)> = chosen.iter().filter_map(measured).collect();
    if found.is_empty() {
        // What is asked for by name the server looks up by itself.
        return named.map_or_else(|| nothing(cluster, args, &chosen), |name| Err(missing(name)));
    }
    sort(args, &mut found, |(_, containers)| total(containers));
    let by_container = args.on("containers");
    let mut head = vec!["NAME", "CPU(cores)", "MEMORY(bytes)"];
    if by_container {
        head.insert(0, "POD");
    }
    if everywhere {
        head.insert(0, "NAMESPACE");
    }
    let mut lines = Vec::new();
    for (pod, containers) in &found {
        let place = everywhere.then(|| pod.namespace().to_owned());
        let line = |name: &[&str], used: Used| {
            let names = place.iter().cloned().chain(name.iter().map(|name| (*name).to_owned()));
            names.chain(used.cells()).collect::<Vec<String>>()
        };
        match by_container {
            true => lines.extend(containers.iter().map(|(name, used)| line(&[pod.name(), name], *used))),
            false => lines.push(line(&[pod.name()], total(containers))),
        }
    }
    if args.on("sum") {
        let sum = found.iter().fold(Used::default(), |sum, (_, containers)| sum.plus(total(containers)));
        let before = vec![String::new(); head.len() - 2];
        let rule = "________".to_owned();
        lines.push(before.iter().cloned().chain([rule.clone(), rule]).collect());
        lines.push(before.into_iter().chain(sum.cells()).collect());
    }
    Ok(table(args, &head, lines))
}

/// What is said where there are no numbers.
fn nothing(cluster: &Cluster, args: &Args, chosen: &[Object]) -> Result<Output, Failure> {
    if chosen.is_empty() {
        let place =
            if args.on("all-namespaces") { String::new() } else { format!(" in {} namespace.", args.namespace()) };
        return Ok(Output::remark(format!("No resources found{place}\n")));
    }
    let now = cluster.now().to_timestamp(cluster.config().epoch);
    let age = |object: &&Object| {
        let created = object.metadata().creation_timestamp.as_ref()?;
        Some(now.duration_since(created.0).as_secs()).filter(|age| *age >= PATIENCE)
    };
    match chosen.iter().find(|object| age(object).is_some()) {
        None => Err(Failure::usage("metrics not available yet")),
        Some(object) => {
            let seconds = age(&object).unwrap_or_default();
            let duration = std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
            let age = crate::cluster::go_duration(duration);
            let (namespace, name) = (object.namespace(), object.name());
            Err(Failure::usage(format!("Metrics not available for pod {namespace}/{name}, age: {age}")))
        }
    }
}

fn nodes(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    let of = Resource::of(Kind::Node);
    let chosen = match args.arguments().first() {
        Some(name) => vec![resource::live(cluster, of, "", name).map_err(|_| {
            Failure(format!("Error from server (NotFound): nodemetrics.metrics.k8s.io {name:?} not found"))
        })?],
        None => resource::select(cluster, args, of)?,
    };
    let mut found: Vec<(&Object, Used)> = chosen.iter().map(|node| (node, of_node(cluster, node.name()))).collect();
    sort(args, &mut found, |(_, used)| *used);
    let lines = found.into_iter().map(|(node, used)| {
        let value = node.to_json();
        let room =
            View::new(&value).at(if args.on("show-capacity") { "status.capacity" } else { "status.allocatable" });
        let amount = |name: &str| quantity::Quantity::parse(&room.key(name).text()).ok();
        let percent = |used: u64, of: Option<i64>| {
            let of = of.and_then(|of| u64::try_from(of).ok()).filter(|of| *of > 0);
            of.map_or_else(|| "<unknown>".to_owned(), |of| format!("{}%", used.saturating_mul(100) / of))
        };
        let [cpu, memory] = used.cells();
        let of_cpu = percent(used.millis(), amount("cpu").map(|amount| amount.milli_value()));
        let of_memory = percent(used.memory, amount("memory").map(|amount| amount.value()));
        vec![node.name().to_owned(), cpu, of_cpu, memory, of_memory]
    });
    Ok(table(args, &["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"], lines.collect()))
}
