//! Pods behind the same Services, which are kept apart where a Pod says nothing of that itself and no ReplicaSet or StatefulSet
//! stands behind it (scheduler: plugins/podtopologyspread/common.go buildDefaultConstraints, plugins/helper/spread.go
//! DefaultSelector, 1.36).

use super::claim::spread_owner;
use super::nodes::NodeInfo;
use crate::api::labels::{self, Labels};
use crate::api::{Kind, Object, Pod};
use crate::cluster::Store;

/// Which Pods a Pod is kept apart from for the sake of the Services that select it: those that have all that these ask for;
/// none where there are no such Services, or something else says whom it is kept apart from. The selector of an owner asks
/// for no less than those of its Services do, so the Pods of the owner alone count then.
pub(super) fn selector(pod: &Pod, store: &Store) -> Option<Labels> {
    let own = pod.spec.topology_spread_constraints.as_ref().is_some_and(|constraints| !constraints.is_empty());
    if own || spread_owner(pod).is_some() {
        return None;
    }
    let labels = pod.metadata.labels.as_ref()?;
    let mut all = Labels::new();
    for (_, service) in store.in_namespace(Kind::Service, pod.namespace()) {
        let Object::Service(service) = service else { continue };
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        if let Some(selector) = selector.filter(|selector| labels::contains(labels, Some(selector))) {
            all.extend(selector.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    (!all.is_empty()).then_some(all)
}

/// How many Pods of this namespace that the selector asks for are on the node and stay (common.go countPodsMatchSelector).
pub(super) fn count(selector: &Labels, namespace: &str, node: &NodeInfo, store: &Store) -> i64 {
    let counts = |other: &&Pod| {
        other.namespace() == namespace
            && other.metadata.deletion_timestamp.is_none()
            && other.metadata.labels.as_ref().is_some_and(|labels| labels::contains(labels, Some(selector)))
    };
    i64::try_from(node.pods(store).filter(counts).count()).unwrap_or(i64::MAX)
}
