//! What the controller writes down in annotations: revisions, and the size a ReplicaSet was meant to have
//! (deployment_util.go).

use collections::Map as BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// The number of the template.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
/// The numbers the template had before.
pub(super) const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The Deployment's replicas when the ReplicaSet was last scaled.
pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// The same with the surge added.
pub(super) const MAX: &str = "deployment.kubernetes.io/max-replicas";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const ROLLBACK_TO: &str = "deprecated.deployment.rollback.to";
/// So many bytes of former revisions are kept at most.
const HISTORY_BYTES: usize = 2000;

type Annotations = Option<BTreeMap<String, String>>;

/// The revision of a ReplicaSet; 0 where it has none.
pub(super) fn revision(metadata: &ObjectMeta) -> i64 {
    number(&metadata.annotations, REVISION).unwrap_or(0)
}

/// The number in an annotation.
pub(super) fn number(annotations: &Annotations, key: &str) -> Option<i64> {
    annotations.as_ref()?.get(key)?.parse().ok()
}

/// Writes a number; true where it was another.
pub(super) fn set(annotations: &mut Annotations, key: &str, value: i64) -> bool {
    let text = value.to_string();
    let annotations = annotations.get_or_insert_default();
    if annotations.get(key) == Some(&text) {
        return false;
    }
    annotations.insert(key.to_owned(), text);
    true
}

/// Writes down the sizes; true where they were others.
pub(super) fn set_sizes(annotations: &mut Annotations, desired: i32, surge: i32) -> bool {
    let desired_changed = set(annotations, DESIRED, i64::from(desired));
    set(annotations, MAX, i64::from(desired.saturating_add(surge))) || desired_changed
}

/// Gives the ReplicaSet the Deployment's annotations, except those that are one object's own; true where that changed
/// anything.
pub(super) fn copy(from: &Annotations, to: &mut Annotations) -> bool {
    let mut changed = false;
    for (key, value) in from.iter().flatten() {
        let own = [LAST_APPLIED, REVISION, REVISION_HISTORY, DESIRED, MAX, ROLLBACK_TO].contains(&key.as_str());
        if !own && to.as_ref().and_then(|to| to.get(key)) != Some(value) {
            to.get_or_insert_default().insert(key.clone(), value.clone());
            changed = true;
        }
    }
    changed
}

/// Gives the ReplicaSet a later revision, and keeps the former one in mind; true where that changed anything.
pub(super) fn advance(annotations: &mut Annotations, revision: i64) -> bool {
    let former = number(annotations, REVISION);
    if former.unwrap_or(0) >= revision {
        return false;
    }
    set(annotations, REVISION, revision);
    if let (Some(former), Some(annotations)) = (former, annotations.as_mut()) {
        let history = annotations.entry(REVISION_HISTORY.to_owned()).or_default();
        if history.len() + 20 > HISTORY_BYTES {
            let rest = history.split_once(',').map(|(_, rest)| rest.to_owned());
            *history = rest.unwrap_or_default();
        }
        if !history.is_empty() {
            history.push(',');
        }
        history.push_str(&former.to_string());
    }
    true
}
