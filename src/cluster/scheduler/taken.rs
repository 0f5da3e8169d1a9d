//! What the last Pod takes of its node: of the thousands of one template each takes the same, and it is added up once.

use std::rc::Rc;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{Container, PodSpec};

use super::claim::{Claim, spread_owner};
use crate::api::{Pod, Shared, containers};

/// The claim of the Pod that was asked about last, with what it was made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken(Option<(Shared<PodSpec>, Rc<Claim>)>);

impl Taken {
    /// What `pod` takes; the very claim of the last Pod where that takes the same.
    pub fn by(&mut self, pod: &Pod) -> Rc<Claim> {
        let known = self.0.as_ref().filter(|(spec, claim)| {
            let owner = spread_owner(pod).map(Text::as_str);
            owner == claim.owner.as_deref() && (Shared::ptr_eq(spec, &pod.spec) || alike(spec, &pod.spec))
        });
        if let Some((_, claim)) = known {
            return claim.clone();
        }
        let claim = Rc::new(Claim::of(pod));
        self.0 = Some((pod.spec.clone(), claim.clone()));
        claim
    }
}

/// Whether two specifications are the same in everything that [`Claim::of`] looks at. The Pods of one template differ in
/// the names of their volumes, and share most of the rest: that is soon seen.
fn alike(a: &PodSpec, b: &PodSpec) -> bool {
    let same = |a: &Container, b: &Container| {
        a.resources == b.resources && a.ports == b.ports && a.restart_policy == b.restart_policy
    };
    let all = |a: &[Container], b: &[Container]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    a.priority == b.priority
        && all(&a.containers, &b.containers)
        && all(containers::init(a), containers::init(b))
        && a.resources == b.resources
        && a.overhead == b.overhead
        && a.affinity == b.affinity
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::{Kind, Object};

    fn pod(owner: &str, spec: &Value) -> Rc<Pod> {
        let owners =
            json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": owner, "controller": true}]);
        let value = json!({"metadata": {"name": "p", "namespace": "default", "ownerReferences": owners}, "spec": spec});
        let Object::Pod(pod) = Object::from_json(Kind::Pod, value).unwrap() else { panic!("a Pod") };
        pod
    }

    /// Specifications that differ in one thing each.
    fn specs() -> Vec<Value> {
        let plain = json!({"priority": 1, "containers": [
            {"name": "a", "image": "i", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}},
            {"name": "b", "image": "i"},
        ]});
        let with = |change: &dyn Fn(&mut Value)| {
            let mut spec = plain.clone();
            change(&mut spec);
            spec
        };
        let apart = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {}, "topologyKey": "zone"}]}});
        let init = json!([{"name": "i", "image": "i", "resources": {"requests": {"cpu": "2"}}}]);
        vec![
            plain.clone(),
            with(&|spec| spec["volumes"] = json!([{"name": "v", "emptyDir": {}}])),
            with(&|spec| spec["priority"] = 2.into()),
            with(&|spec| spec["containers"][0]["resources"]["requests"]["cpu"] = "1001m".into()),
            with(&|spec| spec["containers"][1]["resources"] = json!({"requests": {"example.com/gpu": "1"}})),
            with(&|spec| spec["containers"][1]["ports"] = json!([{"containerPort": 80, "hostPort": 80}])),
            with(&|spec| spec["containers"] = json!([spec["containers"][0]])),
            with(&|spec| spec["initContainers"] = init.clone()),
            with(&|spec| {
                spec["initContainers"] = init.clone();
                spec["initContainers"][0]["restartPolicy"] = "Always".into();
            }),
            with(&|spec| spec["resources"] = json!({"requests": {"cpu": "3"}})),
            with(&|spec| spec["overhead"] = json!({"cpu": "10m"})),
            with(&|spec| spec["affinity"] = apart.clone()),
        ]
    }

    #[test]
    fn what_is_remembered_is_what_each_pod_takes() {
        let mut taken = Taken::default();
        for first in specs() {
            for second in specs() {
                for owner in ["one", "other"] {
                    for pod in [pod("one", &first), pod(owner, &second)] {
                        assert_eq!(*taken.by(&pod), Claim::of(&pod));
                    }
                }
            }
        }
    }

    #[test]
    fn pods_that_take_the_same_share_it() {
        let mut taken = Taken::default();
        let specs = specs();
        let [plain, with_volume, other] = [("one", &specs[0]), ("one", &specs[1]), ("other", &specs[0])]
            .map(|(owner, spec)| taken.by(&pod(owner, spec)));
        assert!(Rc::ptr_eq(&plain, &with_volume) && !Rc::ptr_eq(&plain, &other));
    }
}
