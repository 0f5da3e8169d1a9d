//! ControllerRevisions: the templates that a StatefulSet or a DaemonSet has had
//! (kubernetes: pkg/controller/history/controller_history.go, pkg/controller/daemon/update.go snapshot, 1.36).

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::api::{Kind, Object, Other, View};
use crate::cluster::fnv::fnv1a;
use crate::cluster::{Cluster, Rng, TemplateRevision};
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::wire;

/// The ControllerRevisions of a cluster that goes on.
pub(super) fn made(cluster: &Cluster, resource: Resource) -> Vec<Object> {
    if !cluster.is_live() {
        return Vec::new();
    }
    let sets = [Kind::DaemonSet, Kind::StatefulSet].into_iter().flat_map(|kind| cluster.store().list(kind));
    let of = |set: &Object| {
        let uid = set.metadata().uid.as_deref().unwrap_or_default();
        let one = |revision: &TemplateRevision| {
            let value = value(set, revision);
            Other::from_json(resource.api_version, resource.kind, value).ok().map(Object::Other)
        };
        cluster.template_revisions(uid).iter().filter_map(one).collect::<Vec<_>>()
    };
    let mut all: Vec<Object> = sets.flat_map(|(_, set)| of(set)).collect();
    all.sort_by(|a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
    all
}

/// What the server keeps of `revision`, one of `set`: the template as a patch that puts it in the place of another one.
fn value(set: &Object, revision: &TemplateRevision) -> Value {
    let uid = set.metadata().uid.as_deref().unwrap_or_default();
    let mut template = wire::template(&revision.template);
    template["$patch"] = json!("replace");
    // Each of the two controllers marks it in its own way.
    let mark = match set.kind() {
        Some(Kind::StatefulSet) => "controller.kubernetes.io/hash",
        _ => "controller-revision-hash",
    };
    let mut labels = View::new(&template).at("metadata.labels").0.cloned().unwrap_or_else(|| json!({}));
    labels[mark] = json!(revision.hash);
    let mut metadata = json!({
        "name": revision.name, "namespace": set.namespace(), "labels": labels,
        "uid": Rng::new(fnv1a(format!("{uid}{}", revision.hash).bytes())).uuid(),
        "creationTimestamp": revision.created,
        "ownerReferences": [{
            "apiVersion": "apps/v1", "blockOwnerDeletion": true, "controller": true,
            "kind": set.kind().map_or("", Kind::name), "name": set.name(), "uid": uid,
        }],
    });
    if let Some(annotations) = &revision.annotations {
        metadata["annotations"] = annotations.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    }
    json!({"data": {"spec": {"template": template}}, "metadata": metadata, "revision": revision.number})
}

/// The cell CONTROLLER: `daemonset.apps/agent` (printers.go printControllerRevision).
pub(super) fn controller(revision: View<'_>) -> String {
    let mut owners = revision.at("metadata.ownerReferences").items();
    let Some(owner) = owners.find(|owner| owner.at("controller").is_true()) else { return "<none>".to_owned() };
    resources::label_of(owner.at("apiVersion").str(), owner.at("kind").str(), owner.at("name").str())
}
