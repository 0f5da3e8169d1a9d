//! Warnings on the kinds that Podlab holds as JSON (kubernetes: pkg/registry/*/strategy.go WarningsOnCreate,
//! pkg/api/{node,persistentvolume,storage}/util.go, staging/src/k8s.io/api zz_generated.prerelease-lifecycle.go, 1.36).

use k8s_openapi::api::core::v1::NodeSelectorTerm;
use k8s_openapi::json::from_json;

use super::controllers;
use crate::api::{Other, Path, View};
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::warn::{Since, ip, kinds, pod, pod_scheduling};
use crate::manifest::{Cause, FieldError};

/// Every warning of the object.
pub fn warnings(other: &Other, since: Since, errors: &mut Errors) {
    let object = View::new(&other.value);
    let spec = Path::ROOT.field("spec");
    match other.kind.as_str() {
        "Ingress" if since == Since::Creation => ingress(object, errors),
        "NetworkPolicy" => network_policy(object, errors),
        "PersistentVolume" => persistent_volume(object, errors),
        "StorageClass" => storage_class(object, errors),
        "CSIStorageCapacity" => storage_capacity(object, errors),
        "RuntimeClass" => runtime_class(object, errors),
        "Endpoints" => endpoints(object, errors),
        "EndpointSlice" => endpoint_slice(object, since, errors),
        "ReplicationController" if since != Since::Update => {
            if since == Since::Creation {
                kinds::name_in_pods(&other.metadata, errors);
            }
            let template = controllers::template(object.at("spec.template"));
            template.iter().for_each(|it| pod::template_warnings(it, &spec.field("template"), errors));
        }
        "PodTemplate" if since != Since::Update => {
            let template = controllers::template(object.at("template"));
            template.iter().for_each(|it| pod::template_warnings(it, &Path::ROOT.field("template"), errors));
        }
        _ => {}
    }
}

/// What the server says of a whole kind before it looks at the object, whatever becomes of it
/// (staging/src/k8s.io/api/core/v1: zz_generated.prerelease-lifecycle.go).
pub fn of_kind(api_version: &str, kind: &str) -> Option<FieldError> {
    let text = match (api_version, kind) {
        ("v1", "Endpoints") => "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        ("v1", "ComponentStatus") => "v1 ComponentStatus is deprecated in v1.19+",
        _ => return None,
    };
    Some(FieldError::new(DEPRECATED, Cause::Invalid, &Path::ROOT.field("kind"), text))
}

/// `cluster/deprecated`: the server still takes this kind, field or annotation, and has a newer one for it.
pub(in crate::manifest::rules) const DEPRECATED: &str = "cluster/deprecated";

fn ingress(object: View<'_>, errors: &mut Errors) {
    const CLASS: &str = "kubernetes.io/ingress.class";
    if object.at("metadata.annotations").key(CLASS).exists() && !object.at("spec.ingressClassName").exists() {
        let metadata = Path::ROOT.field("metadata");
        let text =
            "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead";
        errors.warning(DEPRECATED, &metadata.field("annotations").key(CLASS), text, false);
    }
}

fn network_policy(object: View<'_>, errors: &mut Errors) {
    let spec = Path::ROOT.field("spec");
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let list = spec.field(direction);
        for (i, rule) in object.at("spec").at(direction).items().enumerate() {
            let at = list.index(i);
            let list = at.field(peers);
            for (j, peer) in rule.at(peers).items().enumerate() {
                let at = list.index(j);
                let block = at.field("ipBlock");
                let cidr = peer.at("ipBlock.cidr");
                if cidr.exists() {
                    ip::range(cidr.str(), &block.field("cidr"), errors);
                }
                let list = block.field("except");
                for (k, except) in peer.at("ipBlock.except").items().enumerate() {
                    ip::range(except.str(), &list.index(k), errors);
                }
            }
        }
    }
}

/// Whether the object's label says that one of the server's own controllers wrote it: its addresses are in order.
fn is_written_by(object: View<'_>, label: &str, controllers: &[&str]) -> bool {
    controllers.contains(&object.at("metadata.labels").key(label).str())
}

/// kubernetes: pkg/registry/core/endpoint/strategy.go endpointsWarnings.
fn endpoints(object: View<'_>, errors: &mut Errors) {
    if is_written_by(object, "endpoints.kubernetes.io/managed-by", &["endpoint-controller"]) {
        return;
    }
    let list = Path::ROOT.field("subsets");
    for (i, subset) in object.at("subsets").items().enumerate() {
        let path = list.index(i);
        for field in ["addresses", "notReadyAddresses"] {
            let list = path.field(field);
            for (j, address) in subset.at(field).items().enumerate() {
                ip::address(address.at("ip").str(), &list.index(j).field("ip"), errors);
            }
        }
    }
}

/// kubernetes: pkg/registry/discovery/endpointslice/strategy.go warnOnDeprecatedAddressType, warnOnBadIPs.
fn endpoint_slice(object: View<'_>, since: Since, errors: &mut Errors) {
    if since == Since::Creation && object.at("addressType").str() == "FQDN" {
        // The server takes the field for one of a spec.
        let spec = Path::ROOT.field("spec");
        errors.warning(DEPRECATED, &spec.field("addressType"), "FQDN endpoints are deprecated", true);
        errors.place(&Path::ROOT.field("addressType"));
    }
    let controllers = ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];
    if is_written_by(object, "endpointslice.kubernetes.io/managed-by", &controllers) {
        return;
    }
    let list = Path::ROOT.field("endpoints");
    for (i, endpoint) in object.at("endpoints").items().enumerate() {
        let path = list.index(i);
        let list = path.field("addresses");
        for (j, address) in endpoint.at("addresses").items().enumerate() {
            ip::address(address.str(), &list.index(j), errors);
        }
    }
}

fn persistent_volume(object: View<'_>, errors: &mut Errors) {
    let metadata = Path::ROOT.field("metadata");
    let annotations = metadata.field("annotations");
    for (key, text) in [
        (
            "volume.beta.kubernetes.io/storage-class",
            "deprecated since v1.8; use \"storageClassName\" attribute instead",
        ),
        ("volume.beta.kubernetes.io/mount-options", "deprecated since v1.31; use \"mountOptions\" attribute instead"),
    ] {
        if object.at("metadata.annotations").key(key).exists() {
            errors.warning(DEPRECATED, &annotations.key(key), text, true);
        }
    }
    let path = Path::ROOT.field("spec");
    let spec = object.at("spec");
    if spec.at("persistentVolumeReclaimPolicy").str() == "Recycle" {
        let text = "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
        errors.warning(DEPRECATED, &path.field("persistentVolumeReclaimPolicy"), text, true);
    }
    let affinity = path.field("nodeAffinity");
    let required = affinity.field("required");
    let terms = required.field("nodeSelectorTerms");
    for (i, term) in spec.at("nodeAffinity.required.nodeSelectorTerms").items().enumerate() {
        node_term(term, &terms.index(i), errors);
    }
    for (field, text) in [
        ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
        ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ] {
        if spec.at(field).exists() {
            // The server spells one of them otherwise than the manifest.
            let shown = if field == "storageos" { "storageOS" } else { field };
            errors.warning(DEPRECATED, &path.field(shown), text, true);
        }
    }
}

fn storage_class(object: View<'_>, errors: &mut Errors) {
    let list = Path::ROOT.field("allowedTopologies");
    for (i, term) in object.at("allowedTopologies").items().enumerate() {
        let at = list.index(i);
        let list = at.field("matchLabelExpressions");
        for (j, expression) in term.at("matchLabelExpressions").items().enumerate() {
            if let Some(text) = pod_scheduling::old_label(expression.at("key").str()) {
                errors.warning(pod_scheduling::OLD_LABEL, &list.index(j).field("key"), text, true);
            }
        }
    }
}

/// Warnings on what nodes a volume or its room is reached from, where they are written as expressions.
fn node_term(term: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(term) = term.0.and_then(|term| from_json::<NodeSelectorTerm>(term.clone()).ok()) {
        pod_scheduling::node_term(&term, false, path, errors);
    }
}

/// kubernetes: pkg/api/node/util.go GetWarningsForNodeSelector.
fn storage_capacity(object: View<'_>, errors: &mut Errors) {
    let path = Path::ROOT.field("nodeTopology");
    node_term(object.at("nodeTopology"), &path, errors);
    let labels = path.field("matchLabels");
    for (key, _) in object.at("nodeTopology.matchLabels").entries() {
        if let Some(text) = pod_scheduling::old_label(key) {
            errors.warning(pod_scheduling::OLD_LABEL, &labels.named(key), text, true);
            errors.place(&labels.key(key));
        }
    }
}

/// kubernetes: pkg/api/node/util.go GetWarningsForRuntimeClass, which does not say which label it means.
fn runtime_class(object: View<'_>, errors: &mut Errors) {
    let scheduling = Path::ROOT.field("scheduling");
    let selector = scheduling.field("nodeSelector");
    for (key, _) in object.at("scheduling.nodeSelector").entries() {
        if let Some(text) = pod_scheduling::old_label(key) {
            errors.warning(pod_scheduling::OLD_LABEL, &selector, text, true);
            errors.place(&selector.key(key));
        }
    }
}
