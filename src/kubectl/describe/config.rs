//! What workloads use: ConfigMaps, Secrets, claims and volumes, service accounts, namespaces, quotas, and the rest
//! (kubectl: describe.go).

use super::writer::Writer;
use super::{Told, generic};
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object, View};
use crate::kubectl::budgets;

fn head(object: &Object, writer: &mut Writer) {
    writer.line(0, "Name", object.name());
    if object.kind().is_none_or(Kind::namespaced) {
        writer.line(0, "Namespace", object.namespace());
    }
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
}

/// Writes everything up to the events; true where this kind's events are not listed at all.
pub(super) fn describe(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) -> bool {
    match object.kind() {
        Some(Kind::ConfigMap) => config_map(object, view, writer),
        Some(Kind::Secret) => {
            secret(object, view, writer);
            return true;
        }
        Some(Kind::Namespace) => {
            namespace(told, object, view, writer);
            return true;
        }
        Some(Kind::ServiceAccount) => account(object, view, writer),
        Some(Kind::PersistentVolumeClaim) => claim(told, object, view, writer),
        Some(Kind::PersistentVolume) => volume(object, view, writer),
        Some(Kind::PodDisruptionBudget) => budget(object, view, writer),
        Some(Kind::PriorityClass) => priority(object, view, writer),
        Some(Kind::StorageClass) => class(object, view, writer),
        Some(Kind::ResourceQuota) => {
            writer.line(0, "Name", object.name());
            writer.line(0, "Namespace", object.namespace());
            scopes(view, 0, " *", writer);
            quota(view, 0, "----", writer);
            return true;
        }
        Some(Kind::LimitRange) => {
            writer.line(0, "Name", object.name());
            writer.line(0, "Namespace", object.namespace());
            limits(view, "", writer);
            return true;
        }
        Some(Kind::EndpointSlice) => slice(object, view, writer),
        None if view.at("kind").str() == "Endpoints" => endpoints(object, view, writer),
        _ => {
            head(object, writer);
            generic::fields(object, writer);
        }
    }
    false
}

fn config_map(object: &Object, view: View<'_>, writer: &mut Writer) {
    head(object, writer);
    writer.raw(0, "\nData\n====");
    for (key, value) in view.at("data").entries() {
        writer.raw(0, &format!("{key}:\n----\n{}\n", value.str()));
    }
    writer.raw(0, "\nBinaryData\n====");
    for (key, value) in view.at("binaryData").entries() {
        writer.raw(0, &format!("{key}: {} bytes", bytes(value.str())));
    }
    writer.raw(0, "");
}

/// How many bytes a base64 text stands for.
fn bytes(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}

fn secret(object: &Object, view: View<'_>, writer: &mut Writer) {
    head(object, writer);
    writer.raw(0, &format!("\nType:\t{}\n\nData\n====", view.at("type").str()));
    let of_account = view.at("type").str() == "kubernetes.io/service-account-token";
    for (key, value) in view.at("data").entries() {
        // The token of an account is shown as it is.
        let line = match of_account && key == "token" {
            true => decoded(value.str()),
            false => format!("{} bytes", bytes(value.str())),
        };
        writer.raw(0, &format!("{key}:\t{line}"));
    }
}

/// The text that a base64 text stands for.
fn decoded(text: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn namespace(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    head(object, writer);
    writer.line(0, "Status", &view.at("status.phase").or("Active"));
    let of =
        |kind: Kind| told.store.list(kind).map(|(_, object)| object).filter(|other| other.namespace() == object.name());
    let quotas: Vec<&Object> = of(Kind::ResourceQuota).collect();
    if quotas.is_empty() {
        writer.raw(0, "\nNo resource quota.");
    } else {
        writer.raw(0, "\nResource Quotas");
        for item in quotas {
            writer.raw(1, &format!("Name:\t{}", item.name()));
            let item = budgets::with_usage(told.store, item).to_json();
            scopes(View::new(&item), 1, "*", writer);
            quota(View::new(&item), 1, "---", writer);
        }
    }
    let ranges: Vec<&Object> = of(Kind::LimitRange).collect();
    if ranges.is_empty() {
        writer.raw(0, "\nNo LimitRange resource.");
    } else {
        writer.raw(0, "\nResource Limits");
        ranges.iter().for_each(|item| limits(View::new(&item.to_json()), " ", writer));
    }
}

fn account(object: &Object, view: View<'_>, writer: &mut Writer) {
    head(object, writer);
    let names: Vec<String> = view.at("imagePullSecrets").items().map(|it| it.at("name").text()).collect();
    writer.list("Image pull secrets", &names);
}

fn modes(view: View<'_>) -> String {
    crate::api::table::access_modes(view.items().map(View::str))
}

fn finalizers(object: &Object) -> String {
    format!("[{}]", object.metadata().finalizers.iter().flatten().cloned().collect::<Vec<_>>().join(" "))
}

fn claim(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    writer.line(0, "StorageClass", &view.at("spec.storageClassName").text());
    let gone = object.metadata().deletion_timestamp.is_some();
    let phase = if gone { "Terminating".to_owned() } else { view.at("status.phase").text() };
    writer.line(0, "Status", &phase);
    writer.line(0, "Volume", &view.at("spec.volumeName").text());
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    writer.line(0, "Finalizers", &finalizers(object));
    let bound = view.at("spec.volumeName").exists();
    let capacity = if bound { view.at("status.capacity.storage").or("0") } else { String::new() };
    writer.line(0, "Capacity", &capacity);
    writer.line(0, "Access Modes", &if bound { modes(view.at("status.accessModes")) } else { String::new() });
    if view.at("spec.volumeMode").exists() {
        writer.line(0, "VolumeMode", view.at("spec.volumeMode").str());
    }
    let source = view.at("spec.dataSource");
    if source.exists() {
        writer.raw(0, "DataSource:");
        if source.at("apiGroup").exists() {
            writer.line(1, "APIGroup", source.at("apiGroup").str());
        }
        writer.line(1, "Kind", source.at("kind").str());
        writer.line(1, "Name", source.at("name").str());
    }
    let users: Vec<String> = told
        .store
        .pods()
        .filter(|pod| pod.namespace() == object.namespace())
        .filter(|pod| {
            // A volume that makes its claim names it after the Pod and itself.
            pod.spec.volumes.iter().flatten().any(|volume| match &volume.persistent_volume_claim {
                Some(claim) => claim.claim_name == object.name(),
                None => volume.ephemeral.is_some() && format!("{}-{}", pod.name(), volume.name) == object.name(),
            })
        })
        .map(|pod| pod.name().to_owned())
        .collect();
    writer.list("Used By", &users);
}

fn volume(object: &Object, view: View<'_>, writer: &mut Writer) {
    let spec = view.at("spec");
    writer.line(0, "Name", object.name());
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    writer.line(0, "Finalizers", &finalizers(object));
    writer.line(0, "StorageClass", &spec.at("storageClassName").text());
    writer.line(0, "Status", &view.at("status.phase").text());
    let claim = spec.at("claimRef");
    let claim = if claim.exists() {
        format!("{}/{}", claim.at("namespace").str(), claim.at("name").str())
    } else {
        String::new()
    };
    writer.line(0, "Claim", &claim);
    writer.line(0, "Reclaim Policy", &spec.at("persistentVolumeReclaimPolicy").text());
    writer.line(0, "Access Modes", &modes(spec.at("accessModes")));
    if spec.at("volumeMode").exists() {
        writer.line(0, "VolumeMode", spec.at("volumeMode").str());
    }
    writer.line(0, "Capacity", &spec.at("capacity.storage").text());
    node_affinity(spec.at("nodeAffinity.required"), writer);
    writer.line(0, "Message", &view.at("status.message").text());
    writer.raw(0, "Source:");
    super::volume::source(spec, true, writer);
}

/// Where a volume can be reached from (kubectl: describe.go printVolumeNodeAffinity).
fn node_affinity(required: View<'_>, writer: &mut Writer) {
    if !required.exists() {
        return writer.line(0, "Node Affinity", "<none>");
    }
    writer.line(0, "Node Affinity", "");
    let terms = required.at("nodeSelectorTerms").items();
    writer.line(1, "Required Terms", if terms.len() == 0 { "<none>" } else { "" });
    for (number, term) in terms.enumerate() {
        let requirement = |it: View<'_>| {
            let values = it.at("values").joined().replace(',', ", ");
            let values = if values.is_empty() { values } else { format!(" [{values}]") };
            format!("{} {}{values}", it.at("key").str(), it.at("operator").str().to_lowercase())
        };
        let all: Vec<String> = term.at("matchExpressions").items().map(requirement).collect();
        writer.list_at(2, &format!("Term {number}"), &all);
    }
}

fn budget(object: &Object, view: View<'_>, writer: &mut Writer) {
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    for (name, path) in [("Min available", "spec.minAvailable"), ("Max unavailable", "spec.maxUnavailable")] {
        if view.at(path).exists() {
            writer.line(0, name, &view.at(path).text());
        }
    }
    let selector = view.at("spec.selector").0.and_then(|value| serde_json::from_value(value.clone()).ok());
    let selector = selector.map_or_else(|| "<unset>".to_owned(), |selector| crate::api::labels::print(&selector));
    writer.line(0, "Selector", &selector);
    writer.raw(0, "Status:");
    for (name, path) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        writer.line(2, name, &view.at("status").at(path).int().to_string());
    }
}

fn priority(object: &Object, view: View<'_>, writer: &mut Writer) {
    writer.line(0, "Name", object.name());
    writer.line(0, "Value", &view.at("value").int().to_string());
    writer.line(0, "GlobalDefault", &view.at("globalDefault").is_true().to_string());
    writer.line(0, "PreemptionPolicy", &view.at("preemptionPolicy").or("PreemptLowerPriority"));
    writer.line(0, "Description", view.at("description").str());
    writer.line(0, "Annotations", &one_line(object));
}

fn class(object: &Object, view: View<'_>, writer: &mut Writer) {
    let usual = matches!(object, Object::Other(class) if crate::api::table::is_default_class(class));
    let expands = match view.at("allowVolumeExpansion").exists() {
        false => "<unset>",
        true if view.at("allowVolumeExpansion").is_true() => "True",
        true => "False",
    };
    writer.line(0, "Name", object.name());
    writer.line(0, "IsDefaultClass", if usual { "Yes" } else { "No" });
    writer.line(0, "Annotations", &one_line(object));
    writer.line(0, "Provisioner", view.at("provisioner").str());
    writer.line(0, "Parameters", &view.at("parameters").pairs("<none>"));
    writer.line(0, "AllowVolumeExpansion", expands);
    let options = view.at("mountOptions").items();
    if options.len() == 0 {
        writer.line(0, "MountOptions", "<none>");
    } else {
        writer.raw(0, "MountOptions:");
        options.for_each(|option| writer.raw(1, option.str()));
    }
    writer.line(0, "ReclaimPolicy", view.at("reclaimPolicy").str());
    writer.line(0, "VolumeBindingMode", view.at("volumeBindingMode").str());
    topologies(view.at("allowedTopologies"), writer);
}

/// Where volumes may be made (kubectl: describe.go printAllowedTopologies).
fn topologies(terms: View<'_>, writer: &mut Writer) {
    if terms.items().len() == 0 {
        return;
    }
    writer.raw(0, "AllowedTopologies:\t");
    for (number, term) in terms.items().enumerate() {
        let wanted = term.at("matchLabelExpressions").items().map(|expression| {
            format!("{} in [{}]", expression.at("key").str(), expression.at("values").joined().replace(',', ", "))
        });
        let wanted: Vec<String> = wanted.collect();
        let wanted = if wanted.is_empty() { "<none>".to_owned() } else { wanted.join(" and ") };
        writer.raw(1, &format!("Term {number}:\t{wanted}"));
    }
}

/// The annotations in one line, none of them hidden.
fn one_line(object: &Object) -> String {
    let all = object.metadata().annotations.iter().flatten().map(|(name, value)| format!("{name}={value}"));
    let all = all.collect::<Vec<_>>().join(",");
    if all.is_empty() { "<none>".to_owned() } else { all }
}

fn canonical(text: &str) -> String {
    Quantity::parse(text).map_or_else(|_| text.to_owned(), |amount| amount.to_string())
}

/// The scopes of a quota, and what each means; those of its selector are not told (describe.go describeQuota).
fn scopes(view: View<'_>, level: usize, bullet: &str, writer: &mut Writer) {
    let mut all: Vec<&str> = view.at("spec.scopes").items().map(View::str).collect();
    if all.is_empty() {
        return;
    }
    all.sort_unstable();
    writer.line(level, "Scopes", &all.join(", "));
    for scope in all {
        let help = match scope {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before \
                 being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods \
                 whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality \
                 of service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or \
                 guaranteed quality of service."
            }
            _ => continue,
        };
        writer.raw(level, &format!("{bullet} {help}"));
    }
}

fn quota(view: View<'_>, level: usize, rule: &str, writer: &mut Writer) {
    writer.raw(level, "Resource\tUsed\tHard");
    writer.raw(level, &format!("--------\t{rule}\t{rule}"));
    let status = view.at("status.hard");
    let hard = if status.exists() { status } else { view.at("spec.hard") };
    for (resource, amount) in hard.entries() {
        let used = canonical(&view.at("status.used").key(resource).or("0"));
        writer.raw(level, &format!("{resource}\t{used}\t{}", canonical(&amount.text())));
    }
}

fn limits(view: View<'_>, indent: &str, writer: &mut Writer) {
    let mut line = |text: &str| writer.raw(0, &format!("{indent}{text}"));
    line("Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    line("----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    for item in view.at("spec.limits").items() {
        let sides = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
        let mut names: Vec<&str> =
            sides.iter().flat_map(|side| item.at(side).entries().map(|(name, _)| name)).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let cells = sides.map(|side| match item.at(side).key(name) {
                amount if amount.exists() => canonical(&amount.text()),
                _ => "-".to_owned(),
            });
            line(&format!("{}\t{name}\t{}", item.at("type").str(), cells.join("\t")));
        }
    }
}

fn slice(object: &Object, view: View<'_>, writer: &mut Writer) {
    head(object, writer);
    writer.line(0, "AddressType", view.at("addressType").str());
    if view.at("ports").items().len() == 0 {
        writer.line(0, "Ports", "<unset>");
    } else {
        writer.raw(0, "Ports:\n  Name\tPort\tProtocol\n  ----\t----\t--------");
        for port in view.at("ports").items() {
            let cells = [port.at("name").or("<unset>"), port.at("port").or("<unset>"), port.at("protocol").text()];
            writer.raw(1, &cells.join("\t"));
        }
    }
    if view.at("endpoints").items().len() == 0 {
        return writer.raw(0, "Endpoints: <none>");
    }
    writer.raw(0, "Endpoints:");
    for endpoint in view.at("endpoints").items() {
        writer.raw(1, &format!("- Addresses:\t{}", endpoint.at("addresses").joined().replace(',', ", ")));
        writer.raw(2, "Conditions:");
        writer.line(3, "Ready", &endpoint.at("conditions.ready").or("<unset>"));
        writer.line(2, "Hostname", &endpoint.at("hostname").or("<unset>"));
        let target = endpoint.at("targetRef");
        if target.exists() {
            writer.line(2, "TargetRef", &format!("{}/{}", target.at("kind").str(), target.at("name").str()));
        }
        writer.line(2, "NodeName", &endpoint.at("nodeName").or("<unset>"));
        writer.line(2, "Zone", &endpoint.at("zone").or("<unset>"));
    }
}

fn endpoints(object: &Object, view: View<'_>, writer: &mut Writer) {
    head(object, writer);
    writer.raw(0, "Subsets:");
    for subset in view.at("subsets").items() {
        for (name, path) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let all: Vec<String> = subset.at(path).items().map(|it| it.at("ip").text()).collect();
            let all = if all.is_empty() { "<none>".to_owned() } else { all.join(",") };
            writer.line(1, name, &all);
        }
        if subset.at("ports").items().len() > 0 {
            writer.raw(1, "Ports:\n    Name\tPort\tProtocol\n    ----\t----\t--------");
            for port in subset.at("ports").items() {
                let name = match port.at("name").str() {
                    "" => "<unset>",
                    name => name,
                };
                let line = format!("{name}\t{}\t{}", port.at("port").int(), port.at("protocol").str());
                writer.raw(2, &line);
            }
        }
        writer.raw(0, "");
    }
}
