//! A node: its state, its Pods and what they ask for (kubectl: describe.go describeNode).

use collections::Map as BTreeMap;

use k8s_openapi::jiff::Timestamp;

use super::writer::Writer;
use super::{Told, rfc1123};
use crate::api::quantity::Quantity;
use crate::api::table::human_duration;
use crate::api::{Object, Pod, View, resources};

/// Writes a node up to its events.
pub(super) fn describe(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    let (spec, status) = (view.at("spec"), view.at("status"));
    writer.line(0, "Name", object.name());
    let labels = object.metadata().labels.iter().flatten();
    let roles: Vec<String> = labels
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .filter(|role| !role.is_empty())
        .map(str::to_owned)
        .collect();
    writer.line(0, "Roles", &if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") });
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    writer.line(0, "CreationTimestamp", &time(view.at("metadata.creationTimestamp")));
    let mut taints: Vec<String> = spec
        .at("taints")
        .items()
        .map(|taint| {
            let value = taint.at("value").str();
            let value = if value.is_empty() { String::new() } else { format!("={value}") };
            format!("{}{value}:{}", taint.at("key").str(), taint.at("effect").str())
        })
        .collect();
    taints.sort();
    writer.list("Taints", &taints);
    writer.line(0, "Unschedulable", if spec.at("unschedulable").is_true() { "true" } else { "false" });
    lease(told, object, view, writer);
    conditions(status.at("conditions"), writer);
    writer.raw(0, "Addresses:");
    for address in status.at("addresses").items() {
        writer.line(1, address.at("type").str(), address.at("address").str());
    }
    for (title, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if status.at(field).exists() {
            writer.raw(0, &format!("{title}:"));
            status.at(field).entries().for_each(|(name, amount)| writer.line(1, name, &amount.text()));
        }
    }
    writer.raw(0, "System Info:");
    for (name, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        writer.line(1, name, &status.at("nodeInfo").at(field).text());
    }
    if spec.at("podCIDR").exists() {
        writer.line(0, "PodCIDR", spec.at("podCIDR").str());
        writer.line(0, "PodCIDRs", &spec.at("podCIDRs").joined());
    }
    if spec.at("providerID").exists() {
        writer.line(0, "ProviderID", spec.at("providerID").str());
    }
    pods(told, object, status, writer);
}

fn time(view: View<'_>) -> String {
    view.str().parse::<Timestamp>().map_or_else(|_| "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(), rfc1123)
}

fn lease(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    if !told.live {
        let name = object.name();
        return writer.line(
            0,
            "Lease",
            &format!("Failed to get lease: leases.coordination.k8s.io \"{name}\" not found"),
        );
    }
    // The simulated kubelets keep no lease; what one would show follows from the node's conditions.
    writer.raw(0, "Lease:");
    writer.line(1, "HolderIdentity", object.name());
    writer.line(1, "AcquireTime", "<unset>");
    let last = view.at("status.conditions").items().map(|condition| time(condition.at("lastHeartbeatTime"))).next();
    writer.line(1, "RenewTime", &last.unwrap_or_default());
}

fn conditions(conditions: View<'_>, writer: &mut Writer) {
    if conditions.items().len() == 0 {
        return;
    }
    writer.raw(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    writer.raw(0, "  ----\t------\t-----------------\t------------------\t------\t-------");
    for condition in conditions.items() {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|field| condition.at(field).text());
        let [beat, change] = ["lastHeartbeatTime", "lastTransitionTime"].map(|field| time(condition.at(field)));
        writer.raw(1, &format!("{kind} \t{status} \t{beat} \t{change} \t{reason} \t{message}"));
    }
}

/// What a Pod requests or is limited to, with its overhead.
fn asks(pod: &Pod, limits: bool) -> BTreeMap<String, Quantity> {
    if limits { resources::pod_limits(&pod.spec) } else { resources::pod_requests(&pod.spec) }
}

fn pods(told: &Told<'_>, node: &Object, status: View<'_>, writer: &mut Writer) {
    let here: Vec<&Pod> = told
        .store
        .pods()
        .filter(|pod| pod.spec.node_name.as_deref() == Some(node.name()))
        .filter(|pod| !matches!(pod.status.phase.as_deref(), Some("Succeeded" | "Failed")))
        .collect();
    let allocatable = if status.at("allocatable").exists() { status.at("allocatable") } else { status.at("capacity") };
    let has = |name: &str| Quantity::parse(&allocatable.key(name).text()).unwrap_or_default();
    let percent = |amount: Quantity, name: &str, milli: bool| {
        let (part, whole) = match milli {
            true => (amount.milli_value(), has(name).milli_value()),
            false => (amount.value(), has(name).value()),
        };
        if whole == 0 { 0 } else { (part as f64 / whole as f64 * 100.0) as i64 }
    };
    writer.line(0, "Non-terminated Pods", &format!("({} in total)", here.len()));
    writer.raw(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    writer.raw(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let mut sums = [BTreeMap::new(), BTreeMap::new()];
    for pod in here {
        let sides = [asks(pod, false), asks(pod, true)];
        let cell = |side: &BTreeMap<String, Quantity>, name: &str| {
            let amount = side.get(name).copied().unwrap_or_default();
            format!("{amount} ({}%)", percent(amount, name, name == "cpu"))
        };
        let [requests, limits] = &sides;
        let age = pod.metadata.creation_timestamp.as_ref();
        let age = age
            .map_or_else(|| "<unknown>".to_owned(), |time| human_duration(told.now.duration_since(time.0).as_secs()));
        writer.raw(
            1,
            &format!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{age}",
                pod.namespace(),
                pod.name(),
                cell(requests, "cpu"),
                cell(limits, "cpu"),
                cell(requests, "memory"),
                cell(limits, "memory")
            ),
        );
        for (sum, side) in sums.iter_mut().zip(sides) {
            for (name, amount) in side {
                let entry: &mut Quantity = sum.entry(name).or_default();
                *entry = *entry + amount;
            }
        }
    }
    writer.raw(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    writer.raw(1, "Resource\tRequests\tLimits\n  --------\t--------\t------");
    let [requests, limits] = &sums;
    let mut names = vec!["cpu", "memory", "ephemeral-storage"];
    names.extend(
        allocatable.entries().map(|(name, _)| name).filter(|name| name.contains('/') || name.starts_with("hugepages-")),
    );
    for name in names {
        let get = |side: &BTreeMap<String, Quantity>| side.get(name).copied().unwrap_or_default();
        let text = |amount: Quantity| match name {
            // The sum of processors is told in thousandths as soon as it is none of whole ones.
            "cpu" if !amount.is_integer() => format!("{}m", amount.milli_value()),
            _ => amount.to_string(),
        };
        let cell = |amount: Quantity| match name.contains('/') {
            true => text(amount),
            false => format!("{} ({}%)", text(amount), percent(amount, name, name == "cpu")),
        };
        writer.raw(1, &format!("{name}\t{}\t{}", cell(get(requests)), cell(get(limits))));
    }
}
