//! How the lists and structs of the API are merged by a strategic merge patch: the tags `patchStrategy` and
//! `patchMergeKey` of its Go types (kubernetes: staging/src/k8s.io/api, 1.36).

use crate::api::schema::{FieldType, TypeId};

/// Structs, their fields and the key that tells the elements apart: `-` where the elements are plain values, a `!`
/// behind it where only the fields of the patch are kept in an element (`retainKeys`).
const MERGED: &str = "\
ObjectMeta ownerReferences=uid finalizers=-
PodSpec volumes=name! initContainers=name containers=name ephemeralContainers=name imagePullSecrets=name hostAliases=ip \
 topologySpreadConstraints=topologyKey schedulingGates=name resourceClaims=name!
Container ports=containerPort env=name volumeMounts=mountPath volumeDevices=devicePath
EphemeralContainer ports=containerPort env=name volumeMounts=mountPath volumeDevices=devicePath
PodStatus conditions=type hostIPs=ip podIPs=ip resourceClaimStatuses=name!
ServiceSpec ports=port
ServiceStatus conditions=type
ServiceAccount secrets=name
DeploymentStatus conditions=type
ReplicaSetStatus conditions=type
StatefulSetStatus conditions=type
DaemonSetStatus conditions=type
JobStatus conditions=type
NamespaceStatus conditions=type
NodeSpec podCIDRs=-
NodeStatus conditions=type addresses=type
PersistentVolumeClaimStatus conditions=type
HorizontalPodAutoscalerStatus conditions=type";

/// The struct whose fields that the patch does not name are dropped.
const RETAIN_KEYS: (&str, &str) = ("DeploymentSpec", "strategy");

/// How a field is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// Structs field by field; lists are replaced.
    Plain,
    /// A list of structs element by element.
    ByKey(&'static str),
    /// A list of plain values as a set.
    Set,
}

/// What is known of a field; of one that the API does not have, nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct PatchMeta {
    pub strategy: Strategy,
    /// Whether fields that the patch does not name are dropped.
    pub retain_keys: bool,
    /// The struct of the field or of its elements.
    pub holder: Option<TypeId>,
}

/// How the field `name` of `holder` is merged.
pub(super) fn of(holder: Option<TypeId>, name: &str) -> PatchMeta {
    let mut meta = PatchMeta { strategy: Strategy::Plain, retain_keys: false, holder: None };
    let Some(id) = holder else { return meta };
    let kind = id.field(name).map(|field| &field.kind);
    meta.holder = match kind {
        Some(FieldType::Struct(inner)) => Some(*inner),
        Some(FieldType::List(items)) => items.structure(),
        _ => None,
    };
    meta.retain_keys = (id.name(), name) == RETAIN_KEYS;
    let line = MERGED.lines().find_map(|line| line.strip_prefix(id.name())?.strip_prefix(' '));
    let key = line.and_then(|line| line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('=')));
    if let Some(key) = key {
        meta.retain_keys = key.ends_with('!');
        meta.strategy = match key.trim_end_matches('!') {
            "-" => Strategy::Set,
            key => Strategy::ByKey(key),
        };
    }
    meta
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_names_fields_of_the_api() {
        for line in MERGED.lines() {
            let (holder, fields) = line.split_once(' ').unwrap();
            let id = TypeId::named(holder).unwrap();
            for (field, key) in fields.split_whitespace().map(|word| word.split_once('=').unwrap()) {
                let kind = &id.field(field).unwrap_or_else(|| panic!("{holder}.{field}")).kind;
                let key = key.trim_end_matches('!');
                let known = kind.structure().is_some_and(|items| items.field(key).is_some());
                assert!(matches!(kind, FieldType::List(_)) && (known || key == "-"), "{holder}.{field}");
            }
        }
    }

    #[test]
    fn strategies_are_those_of_the_tags() {
        let pod = TypeId::named("PodSpec");
        assert_eq!(of(pod, "containers").strategy, Strategy::ByKey("name"));
        assert!(of(pod, "volumes").retain_keys && !of(pod, "containers").retain_keys);
        assert_eq!(of(pod, "tolerations").strategy, Strategy::Plain);
        assert_eq!(of(TypeId::named("ObjectMeta"), "finalizers").strategy, Strategy::Set);
        assert!(of(TypeId::named("DeploymentSpec"), "strategy").retain_keys);
    }
}
