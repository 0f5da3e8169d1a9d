//! The rows of kinds that are held as JSON (kubernetes: printers.go, 1.36).

use k8s_openapi::jiff::Timestamp;

use super::age::age;
use super::other::access_modes;
use crate::api::quantity::Quantity;
use crate::api::{Kind, Other, View};

/// The cells of `object`.
pub(super) fn row(kind: Option<Kind>, object: &Other, now: Timestamp) -> Vec<String> {
    let view = View::new(&object.value);
    let created = object.metadata.creation_timestamp.as_ref();
    let name = object.metadata.name.clone().unwrap_or_default();
    let since = age(created, now);
    match kind {
        Some(Kind::EndpointSlice) => {
            vec![name.to_string(), view.at("addressType").text(), ports(view), addresses(view), since]
        }
        Some(Kind::PersistentVolume) => volume(name.to_string(), view, since, object),
        Some(Kind::PodDisruptionBudget) => vec![
            name.to_string(),
            view.at("spec.minAvailable").or("N/A"),
            view.at("spec.maxUnavailable").or("N/A"),
            view.at("status.disruptionsAllowed").int().to_string(),
            since,
        ],
        Some(Kind::PriorityClass) => vec![
            name.to_string(),
            view.at("value").int().to_string(),
            view.at("globalDefault").is_true().to_string(),
            since,
            view.at("preemptionPolicy").or("PreemptLowerPriority"),
        ],
        Some(Kind::ResourceQuota) => {
            let [requests, limits] = quota(view);
            vec![name.to_string(), requests, limits, since]
        }
        Some(Kind::LimitRange) => vec![name.to_string(), created.map_or_else(String::new, |time| time.0.to_seconds())],
        Some(Kind::StorageClass) => {
            let usual = if is_default_class(object) { " (default)" } else { "" };
            vec![
                format!("{name}{usual}"),
                view.at("provisioner").text(),
                view.at("reclaimPolicy").or("Delete"),
                view.at("volumeBindingMode").or("Immediate"),
                view.at("allowVolumeExpansion").is_true().to_string(),
                since,
            ]
        }
        Some(Kind::RuntimeClass) => vec![name.to_string(), view.at("handler").text(), since],
        _ => vec![name.to_string(), since],
    }
}

/// Whether claims that name no class get this one (kubectl: util/storage IsDefaultAnnotation).
pub fn is_default_class(class: &Other) -> bool {
    let all = class.metadata.annotations.as_ref();
    let names = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
    names.iter().any(|name| all.and_then(|all| all.get(*name)).is_some_and(|value| value == "true"))
}

/// At most three of a list, and how many more there are (printers.go formatEndpoints and its kin).
pub(crate) fn first_three(all: Vec<String>, absent: &str) -> String {
    match all.len() {
        0 => absent.to_owned(),
        1..=3 => all.join(","),
        more => format!("{} + {} more...", all.get(..3).unwrap_or_default().join(","), more - 3),
    }
}

fn ports(slice: View<'_>) -> String {
    first_three(slice.at("ports").items().map(|port| port.at("port").or("<unset>")).collect(), "<unset>")
}

fn addresses(slice: View<'_>) -> String {
    let all = slice.at("endpoints").items().flat_map(|endpoint| endpoint.at("addresses").items().map(View::text));
    first_three(all.collect(), "<unset>")
}

fn volume(name: String, view: View<'_>, since: String, object: &Other) -> Vec<String> {
    let phase = match object.metadata.deletion_timestamp {
        Some(_) => "Terminating".to_owned(),
        None => view.at("status.phase").text(),
    };
    let claim = view.at("spec.claimRef");
    let claim = match claim.exists() {
        true => format!("{}/{}", claim.at("namespace").text(), claim.at("name").text()),
        false => String::new(),
    };
    vec![
        name,
        view.at("spec.capacity.storage").text(),
        access_modes(view.at("spec.accessModes").items().map(View::str)),
        view.at("spec.persistentVolumeReclaimPolicy").text(),
        phase,
        claim,
        view.at("spec.storageClassName").text(),
        view.at("spec.volumeAttributesClassName").or("<unset>"),
        view.at("status.reason").text(),
        since,
        view.at("spec.volumeMode").or("<unset>"),
    ]
}

/// REQUEST and LIMIT of a quota: `pods: 1/3, requests.cpu: 100m/1`.
fn quota(view: View<'_>) -> [String; 2] {
    let mut cells = [String::new(), String::new()];
    for (resource, hard) in view.at("status.hard").entries() {
        let used = view.at("status.used").key(resource).or("0");
        let [requests, limits] = &mut cells;
        let cell = if resource.starts_with("limits") { limits } else { requests };
        if !cell.is_empty() {
            cell.push_str(", ");
        }
        cell.push_str(&format!("{resource}: {}/{}", canonical(&used), canonical(&hard.text())));
    }
    cells
}

/// An amount as the API prints it.
fn canonical(text: &str) -> String {
    Quantity::parse(text).map_or_else(|_| text.to_owned(), |amount| amount.to_string())
}
