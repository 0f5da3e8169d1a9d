//! Pods of one template are alike: what the server makes of their specification is found out once.

use k8s_openapi::Common;
use k8s_openapi::api::core::v1::{PodSpec, PodStatus, ProjectedVolumeSource};

use crate::api::{Pod, Shared, admission, defaults};

/// What is the same for every Pod, and for every Pod of the specification that was sent last.
#[derive(Clone, Debug)]
pub(crate) struct Mould {
    last: Option<Cast>,
    token: Common<ProjectedVolumeSource>,
}

impl Default for Mould {
    fn default() -> Self {
        Self { last: None, token: admission::token().into() }
    }
}

#[derive(Clone, Debug)]
struct Cast {
    /// The specification as it was sent.
    sent: Shared<PodSpec>,
    /// With its defaults, and what admission gives every Pod.
    settled: Shared<PodSpec>,
    /// The first status of a Pod of that specification.
    status: Shared<PodStatus>,
}

impl Mould {
    /// Gives `pod` its defaults, what admission gives every Pod alike, and its first status.
    pub fn shape(&mut self, pod: &mut Pod) {
        let known = self.last.as_ref().filter(|cast| cast.sent == pod.spec);
        let cast = known.cloned().unwrap_or_else(|| Cast::of(&pod.spec));
        pod.spec = cast.settled.clone();
        pod.status = cast.status.clone();
        self.last = Some(cast);
    }

    /// What is in the volume with a Pod's token.
    pub fn token(&self) -> &Common<ProjectedVolumeSource> {
        &self.token
    }
}

impl Cast {
    fn of(sent: &Shared<PodSpec>) -> Self {
        let mut spec = sent.as_ref().clone();
        defaults::pod(&mut spec);
        admission::settle(&mut spec);
        let status = admission::fresh_status(&spec).into();
        Self { sent: sent.clone(), settled: spec.into(), status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::admission::Creation;
    use crate::api::{Kind, Object};

    fn pod(image: &str, cpu: &str) -> Object {
        let value = serde_json::json!({
            "metadata": {"name": "p", "namespace": "default"},
            "spec": {"containers": [{
                "name": "c", "image": image, "ports": [{"containerPort": 80}],
                "readinessProbe": {"httpGet": {"port": 80}}, "resources": {"limits": {"cpu": cpu}},
            }]},
        });
        Object::from_json(Kind::Pod, value).unwrap()
    }

    #[test]
    fn what_comes_out_of_the_mould_is_what_each_pod_would_have_been_given() {
        let creation = Creation { volume_suffix: "abcde".into(), ..Creation::default() };
        let mut mould = Mould::default();
        for (image, cpu) in [("a", "1"), ("a", "1"), ("b", "1"), ("b", "2000m"), ("a", "1")] {
            let (mut alone, mut shaped) = (pod(image, cpu), pod(image, cpu));
            defaults::apply(&mut alone);
            admission::apply(&mut alone, &creation);
            let Object::Pod(inner) = &mut shaped else { panic!("a Pod") };
            let inner = std::rc::Rc::make_mut(inner);
            mould.shape(inner);
            admission::pod(inner, &creation, mould.token());
            assert_eq!(alone, shaped);
        }
    }

    #[test]
    fn what_follows_from_labels_is_each_pods_own() {
        let mut mould = Mould::default();
        let selectors = ["1", "2", "1"].map(|hash| {
            let value = serde_json::json!({
                "metadata": {"name": "p", "namespace": "default", "labels": {"hash": hash}},
                "spec": {"containers": [{"name": "c", "image": "a"}], "topologySpreadConstraints": [{
                    "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {}, "matchLabelKeys": ["hash"],
                }]},
            });
            let Object::Pod(mut pod) = Object::from_json(Kind::Pod, value).unwrap() else { panic!("a Pod") };
            let inner = std::rc::Rc::make_mut(&mut pod);
            mould.shape(inner);
            admission::pod(inner, &Creation::default(), mould.token());
            let selector = &pod.to_json()["spec"]["topologySpreadConstraints"][0]["labelSelector"];
            selector["matchExpressions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["values"][0].clone())
                .collect::<Vec<_>>()
        });
        assert_eq!(selectors, [["1"], ["2"], ["1"]]);
    }

    #[test]
    fn pods_of_one_template_share_what_is_the_same() {
        let mut mould = Mould::default();
        let [a, b] = [(); 2].map(|()| {
            let Object::Pod(mut inner) = pod("a", "1") else { panic!("a Pod") };
            mould.shape(std::rc::Rc::make_mut(&mut inner));
            inner
        });
        assert!(Shared::ptr_eq(&a.spec, &b.spec) && Shared::ptr_eq(&a.status, &b.status));
    }
}
