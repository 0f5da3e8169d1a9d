//! Values: of closed types, of a few fields whose text has a known form, and of the maps that everybody writes.

use super::{Completion, CompletionKind, Place};
use crate::api::Segment;
use crate::api::schema::{FieldType, served_kinds, values_of};
use crate::manifest::cursor::{Shape, Spot};

/// The values of string fields that Go gives no type of their own, or that are open but usual.
const USUAL: &[(&str, &str, &str)] = &[
    (
        "ObjectFieldSelector",
        "fieldPath",
        "metadata.name metadata.namespace metadata.uid spec.nodeName spec.serviceAccountName status.podIP status.podIPs status.hostIP status.hostIPs metadata.labels metadata.annotations",
    ),
    (
        "ResourceFieldSelector",
        "resource",
        "limits.cpu limits.memory limits.ephemeral-storage requests.cpu requests.memory requests.ephemeral-storage",
    ),
    (
        "TopologySpreadConstraint",
        "topologyKey",
        "kubernetes.io/hostname topology.kubernetes.io/zone topology.kubernetes.io/region",
    ),
    (
        "PodAffinityTerm",
        "topologyKey",
        "kubernetes.io/hostname topology.kubernetes.io/zone topology.kubernetes.io/region",
    ),
    (
        "NodeSelectorRequirement",
        "key",
        "kubernetes.io/hostname kubernetes.io/os kubernetes.io/arch topology.kubernetes.io/zone topology.kubernetes.io/region",
    ),
    (
        "Toleration",
        "key",
        "node-role.kubernetes.io/control-plane node.kubernetes.io/not-ready node.kubernetes.io/unreachable",
    ),
    (
        "Capabilities",
        "add",
        "NET_ADMIN NET_BIND_SERVICE NET_RAW SYS_ADMIN SYS_PTRACE SYS_TIME CHOWN DAC_OVERRIDE SETGID SETUID KILL",
    ),
    ("Capabilities", "drop", "ALL NET_RAW CHOWN SETGID SETUID"),
    ("ResourceMetricSource", "name", "cpu memory"),
    ("ContainerResourceMetricSource", "name", "cpu memory"),
    ("ContainerResizePolicy", "resourceName", "cpu memory"),
    ("PodSpec", "priorityClassName", "system-cluster-critical system-node-critical"),
    (
        "Secret",
        "type",
        "Opaque kubernetes.io/tls kubernetes.io/dockerconfigjson kubernetes.io/basic-auth kubernetes.io/ssh-auth kubernetes.io/service-account-token",
    ),
    ("CrossVersionObjectReference", "kind", "Deployment StatefulSet ReplicaSet"),
    ("CrossVersionObjectReference", "apiVersion", "apps/v1"),
];

/// The kinds that people write most; the others follow by name.
const KINDS: &str = "Pod Deployment Service ConfigMap Secret Job CronJob StatefulSet DaemonSet ReplicaSet \
     HorizontalPodAutoscaler PersistentVolumeClaim ServiceAccount Namespace";

impl Place<'_, '_> {
    /// What could stand as the value or list element that `spot` is.
    pub fn values(&self, spot: &Spot<'_, '_>) -> Vec<Completion> {
        match spot.shape {
            // A value of a map: labels have known ones.
            Shape::Type(kind) => self.scalars(spot, kind),
            _ => Vec::new(),
        }
    }

    /// What could stand as a scalar of the type `kind` at `spot`.
    pub fn scalars(&self, spot: &Spot<'_, '_>, kind: &'static FieldType) -> Vec<Completion> {
        let names = self.names(spot);
        let known: Vec<Completion> = match kind {
            FieldType::Bool => ["true", "false"].iter().map(|value| self.value(value, "")).collect(),
            FieldType::String(go_type) => {
                // An element of a list is what the field is that holds the list.
                let step = spot.steps.iter().rfind(|step| !matches!(step.segment, Segment::Index(_)));
                let (holder, field) = step.map_or(("", ""), |step| (step.holder(), step.field()));
                match field {
                    "kind" if step.is_some_and(|step| step.shape == Shape::Object) => self.kinds(spot),
                    "apiVersion" if step.is_some_and(|step| step.shape == Shape::Object) => self.api_versions(spot),
                    _ => {
                        let usual =
                            USUAL.iter().find(|(struct_name, name, _)| *struct_name == holder && *name == field);
                        let usual = usual.into_iter().flat_map(|(.., values)| values.split_whitespace());
                        values_of(go_type).iter().copied().chain(usual).map(|value| self.value(value, "")).collect()
                    }
                }
            }
            _ => Vec::new(),
        };
        names.into_iter().chain(known).collect()
    }

    fn kinds(&self, spot: &Spot<'_, '_>) -> Vec<Completion> {
        let version = spot.object().and_then(|object| object.text_of("apiVersion"));
        let fits = |kind: &str| {
            version.is_none_or(|version| served_kinds().iter().any(|it| it.kind == kind && it.api_version == version))
        };
        let mut kinds: Vec<&str> = served_kinds().iter().map(|served| served.kind).collect();
        collections::sort(&mut kinds);
        kinds.dedup();
        let rank = |kind: &str| KINDS.split_whitespace().position(|usual| usual == kind).unwrap_or(usize::MAX);
        collections::sort_by_key(&mut kinds, |kind| (!fits(kind), rank(kind), *kind));
        let versions = |kind: &str| served_kinds().iter().rfind(|it| it.kind == kind).map_or("", |it| it.api_version);
        kinds.into_iter().map(|kind| self.value(kind, versions(kind))).collect()
    }

    fn api_versions(&self, spot: &Spot<'_, '_>) -> Vec<Completion> {
        let kind = spot.object().and_then(|object| object.text_of("kind"));
        let mut versions: Vec<&str> = Vec::new();
        let of_kind = served_kinds().iter().rev().filter(|served| kind == Some(served.kind));
        let usual = ["v1", "apps/v1", "batch/v1", "autoscaling/v2"];
        let all = served_kinds().iter().map(|served| served.api_version);
        for version in of_kind.map(|served| served.api_version).chain(usual).chain(all) {
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
        versions.into_iter().map(|version| self.value(version, "")).collect()
    }

    /// A value of a closed set.
    pub fn value(&self, value: &str, detail: &str) -> Completion {
        let label = if value.is_empty() { "\"\"" } else { value };
        self.completion(CompletionKind::Value, label, detail, self.scalar_text(value))
    }

    /// A scalar as it is put in: in quotes where the word began with one, or where it needs them.
    pub fn scalar_text(&self, value: &str) -> String {
        match self.probe.quote {
            // What closes the quote stands behind the cursor already, or is put in with the value.
            Some(quote) if !self.closes(quote) => format!("{value}{quote}"),
            Some(_) => value.to_owned(),
            None if value.is_empty() || value.parse::<f64>().is_ok() => format!("\"{value}\""),
            None => value.to_owned(),
        }
    }

    /// Whether the quote that the word began with is closed behind the cursor.
    fn closes(&self, quote: char) -> bool {
        let rest = self.text.get(self.probe.word.end..).unwrap_or_default();
        rest.lines().next().unwrap_or_default().contains(quote)
    }
}
