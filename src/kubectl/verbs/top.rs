//! `kubectl top`: what Pods and nodes use (kubectl: cmd/top, metricsutil), as the metrics server last heard it.

use std::cmp::Reverse;
use std::fmt::Write as _;

use crate::api::{Kind, Object, Pod, quantity};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output, help, resource, tabwriter};

/// What something uses.
#[derive(Clone, Debug, Default)]
struct Used {
    namespace: String,
    name: String,
    /// The container, where it is one.
    container: String,
    /// Thousandths of a core.
    cpu: i64,
    /// Bytes.
    memory: i64,
}

/// `top pod` and `top node`.
pub(super) fn top(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    if args.command == "top" {
        let help = help::of("top");
        return Ok(Output { stdout: String::new(), stderr: help.stdout, exit_code: 1, ..Output::default() });
    }
    if args.arguments().len() > 1 {
        return Err(args.misuse("only one resource name may be given"));
    }
    // A cluster that is only looked at has no metrics server.
    if !cluster.is_live() {
        return Err(Failure::usage("Metrics API not available"));
    }
    if args.command == "top_node" { nodes(cluster, args) } else { pods(cluster, args) }
}

/// The Pods that were asked for; the name comes first where one is given.
fn chosen(cluster: &Cluster, args: &Args, kind: Kind) -> Result<Vec<Object>, Failure> {
    let Some(name) = args.arguments().first() else { return resource::select(cluster, args, Resource::of(kind)) };
    let namespace = if kind.namespaced() { args.namespace() } else { "" };
    resource::live(cluster, Resource::of(kind), namespace, name).map(|object| vec![object]).map_err(|_| {
        let title = if kind.namespaced() { format!("{namespace}/{name}") } else { name.clone() };
        let what = if kind == Kind::Pod { "podmetrics" } else { "nodemetrics" };
        Failure(format!("Error from server (NotFound): {what}.metrics.k8s.io \"{title}\" not found"))
    })
}

fn pods(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    let all = chosen(cluster, args, Kind::Pod)?;
    let mut rows = Vec::new();
    for pod in all.iter().filter_map(Object::as_pod) {
        let Some(metrics) = cluster.metrics(pod.uid()) else { continue };
        let row = |container: &str, cpu: f64, memory: u64| Used {
            namespace: pod.namespace().to_owned(),
            name: pod.name().to_owned(),
            container: container.to_owned(),
            cpu: cpu.ceil() as i64,
            memory: i64::try_from(memory).unwrap_or(i64::MAX),
        };
        match args.on("containers") {
            true => rows.extend(metrics.containers.iter().map(|it| row(&it.name, it.cpu_millis, it.memory))),
            false => rows.push(row("", metrics.cpu_millis(), metrics.memory())),
        }
    }
    if rows.is_empty() {
        let none = || {
            let place =
                if args.on("all-namespaces") { String::new() } else { format!(" in {} namespace.", args.namespace()) };
            Ok(Output::remark(format!("No resources found{place}\n")))
        };
        let young = all.iter().filter_map(Object::as_pod).find(|pod| !is_over(pod));
        return young.map_or_else(none, |pod| {
            // A Pod that runs and that nothing is known of is too new for the metrics server.
            let title = format!("{}/{}", pod.namespace(), pod.name());
            Err(Failure::usage(format!("metrics not available yet for pod {title}")))
        });
    }
    sort(&mut rows, args.get("sort-by"));
    let wide = args.on("all-namespaces");
    let mut text = String::new();
    if !args.on("no-headers") {
        text.push_str(if wide { "NAMESPACE\t" } else { "" });
        text.push_str(if args.on("containers") { "POD\tNAME\t" } else { "NAME\t" });
        text.push_str("CPU(cores)\tMEMORY(bytes)\t\n");
    }
    for row in &rows {
        if wide {
            let _infallible = write!(text, "{}\t", row.namespace);
        }
        let _infallible = write!(text, "{}\t", row.name);
        if args.on("containers") {
            let _infallible = write!(text, "{}\t", row.container);
        }
        let _infallible = writeln!(text, "{}m\t{}Mi\t", row.cpu, row.memory >> 20);
    }
    if args.on("sum") {
        let empty = "\t".repeat(1 + usize::from(wide) + usize::from(args.on("containers")));
        let cpu = rows.iter().fold(0_i64, |sum, row| sum.saturating_add(row.cpu));
        let memory = rows.iter().fold(0_i64, |sum, row| sum.saturating_add(row.memory)) >> 20;
        let _infallible = writeln!(text, "{empty}________\t________\t\n{empty}{cpu}m\t{memory}Mi\t");
    }
    Ok(Output { stdout: tabwriter::format(&text, 6, 3), ..Output::default() })
}

fn is_over(pod: &Pod) -> bool {
    matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed" | "Pending") | None)
}

fn sort(rows: &mut [Used], by: Option<&str>) {
    collections::sort_by_key(rows, |row| {
        let most = match by {
            Some("cpu") => row.cpu,
            Some("memory") => row.memory,
            _ => 0,
        };
        (Reverse(most), row.namespace.clone(), row.name.clone())
    });
}

/// What the Pods of a node use, and what the node needs for itself.
fn nodes(cluster: &Cluster, args: &Args) -> Result<Output, Failure> {
    /// What a node uses without any Pod.
    const OWN: (i64, i64) = (60, 400 << 20);
    let all = chosen(cluster, args, Kind::Node)?;
    if all.is_empty() {
        return Ok(Output::remark("No resources found\n".to_owned()));
    }
    let mut rows: Vec<(Used, i64, i64)> = Vec::new();
    for node in &all {
        let Object::Node(node) = node else { continue };
        let name = node.metadata.name.as_deref().unwrap_or_default();
        let mut used = Used { name: name.to_owned(), cpu: OWN.0, memory: OWN.1, ..Used::default() };
        for pod in cluster.store().pods().filter(|pod| pod.spec.node_name.as_deref() == Some(name)) {
            if let Some(metrics) = cluster.metrics(pod.uid()) {
                used.cpu = used.cpu.saturating_add(metrics.cpu_millis().ceil() as i64);
                used.memory = used.memory.saturating_add(i64::try_from(metrics.memory()).unwrap_or(i64::MAX));
            }
        }
        let allocatable = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
        let amount = |name: &str| allocatable.and_then(|it| it.get(name)).map(quantity::of);
        let cpu = amount("cpu").map_or(1, |it| it.milli_value()).max(1);
        let memory = amount("memory").map_or(1, |it| it.value()).max(1);
        // A node has no more to give than it has.
        used.cpu = used.cpu.min(cpu);
        used.memory = used.memory.min(memory);
        rows.push((used, cpu, memory));
    }
    let by = args.get("sort-by");
    collections::sort_by_key(&mut rows, |(row, ..)| {
        let most = match by {
            Some("cpu") => row.cpu,
            Some("memory") => row.memory,
            _ => 0,
        };
        (Reverse(most), row.name.clone())
    });
    let mut text = String::new();
    if !args.on("no-headers") {
        text.push_str("NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\t\n");
    }
    for (row, cpu, memory) in rows {
        let (of_cpu, of_memory) = (row.cpu.saturating_mul(100) / cpu, row.memory.saturating_mul(100) / memory);
        let _infallible =
            writeln!(text, "{}\t{}m\t{of_cpu}%\t{}Mi\t{of_memory}%\t", row.name, row.cpu, row.memory >> 20);
    }
    Ok(Output { stdout: tabwriter::format(&text, 6, 3), ..Output::default() })
}
