//! Whom users can be sent to, and how many.

use k8s_openapi::api::core::v1::PodSpec;

use crate::api::{Kind, Object};
use crate::cluster::{ObjectKey, Time};
use crate::trace::Run;
use crate::trace::scene::autoscalers;

/// The numbers of requests a second that a slider stops at.
const STEPS: [u32; 26] = [
    0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 80, 100, 150, 200, 300, 500, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000,
    20_000, 50_000,
];

/// Whom requests can be sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// A Service, or an owner that stands behind none.
    pub key: ObjectKey,
    /// The owner of the Pods behind it, where it can be scaled.
    pub owner: Option<ObjectKey>,
    /// How many Pods that wants.
    pub replicas: i32,
    /// What scales it.
    pub autoscaler: Option<ObjectKey>,
    /// Whether all of its containers request CPU: an autoscaler needs that.
    pub asks_cpu: bool,
}

impl Target {
    /// Its kind and name, as it is chosen from a list.
    pub fn id(&self) -> String {
        self.key.slashed()
    }
}

/// The number at a place of the slider.
pub fn step(place: usize) -> u32 {
    STEPS.get(place).copied().unwrap_or_default()
}

/// The place of the slider that is nearest to a number.
pub fn nearest(per_second: u32) -> usize {
    STEPS.partition_point(|step| *step <= per_second).saturating_sub(1)
}

fn asks_cpu(spec: Option<&PodSpec>) -> bool {
    let asks = |container: &k8s_openapi::api::core::v1::Container| {
        let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        requests.is_some_and(|requests| requests.get("cpu").is_some())
    };
    spec.is_some_and(|spec| spec.containers.iter().all(asks))
}

/// An owner of Pods: its labels' template, how many it wants, its Pods' spec.
struct Owner<'a> {
    key: &'a ObjectKey,
    labels: Option<&'a collections::Map<String, String>>,
    replicas: i32,
    spec: Option<&'a PodSpec>,
}

fn owners(run: &Run, at: Time) -> Vec<Owner<'_>> {
    let mut all = Vec::new();
    for (key, object) in run.objects_at(Kind::Deployment, at) {
        let Object::Deployment(it) = object else { continue };
        let Some(spec) = &it.spec else { continue };
        let labels = spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
        all.push(Owner { key, labels, replicas: spec.replicas.unwrap_or(1), spec: spec.template.spec.as_ref() });
    }
    for (key, object) in run.objects_at(Kind::StatefulSet, at) {
        let Object::StatefulSet(it) = object else { continue };
        let Some(spec) = &it.spec else { continue };
        let labels = spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
        all.push(Owner { key, labels, replicas: spec.replicas.unwrap_or(1), spec: spec.template.spec.as_ref() });
    }
    all
}

/// Whom requests can be sent to at `at`: Services that choose Pods, then owners behind none.
pub fn targets(run: &Run, at: Time) -> Vec<Target> {
    let owners = owners(run, at);
    let scalers = autoscalers(run, at);
    let scaler =
        |owner: &ObjectKey| scalers.iter().find(|(target, _)| target == owner).map(|(_, scaler)| scaler.key.clone());
    let target = |key: &ObjectKey, owner: Option<&Owner<'_>>| Target {
        key: key.clone(),
        owner: owner.map(|owner| owner.key.clone()),
        replicas: owner.map_or(0, |owner| owner.replicas),
        autoscaler: owner.and_then(|owner| scaler(owner.key)),
        asks_cpu: owner.is_some_and(|owner| asks_cpu(owner.spec)),
    };
    let mut targets = Vec::new();
    let mut behind: Vec<&ObjectKey> = Vec::new();
    for (key, object) in run.objects_at(Kind::Service, at) {
        let Object::Service(service) = object else { continue };
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        let Some(selector) = selector.filter(|selector| !selector.is_empty()) else { continue };
        let chooses = |owner: &&Owner<'_>| {
            owner.key.namespace == key.namespace
                && selector.iter().all(|(name, value)| owner.labels.and_then(|labels| labels.get(name)) == Some(value))
        };
        let owner = owners.iter().find(chooses);
        behind.extend(owner.map(|owner| owner.key));
        targets.push(target(key, owner));
    }
    targets
        .extend(owners.iter().filter(|owner| !behind.contains(&owner.key)).map(|owner| target(owner.key, Some(owner))));
    targets
}

/// An autoscaler for `owner`: from one Pod to ten, at half of the CPU they request.
pub fn autoscaler(owner: &ObjectKey) -> Option<Object> {
    let api_version = owner.kind.api_version();
    let json = serde_json::json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": { "name": &*owner.name, "namespace": &*owner.namespace },
        "spec": {
            "scaleTargetRef": { "apiVersion": api_version, "kind": owner.kind.name(), "name": &*owner.name },
            "minReplicas": 1,
            "maxReplicas": 10,
            "metrics": [{
                "type": "Resource",
                "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 50 } }
            }]
        }
    });
    Object::from_json(Kind::HorizontalPodAutoscaler, json).ok()
}

/// Which part of `whole` a part is, in per cent with one decimal: rounded down, so that only all of it is 100.
pub fn share(part: f64, whole: f64) -> f64 {
    // What doubles lose when they are added up is no request that was lost.
    (part / whole.max(1e-9) * 1_000.0 + 1e-6).floor() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_is_a_hundred_per_cent() {
        assert_eq!(share(0.1 * 3.0 * 300.0, 90.0 + 1e-12), 100.0);
        assert_eq!(share(99.99, 100.0), 99.9);
        assert_eq!((share(0.0, 100.0), share(0.0, 0.0)), (0.0, 0.0));
    }
    use crate::cluster::{Action, Config};

    #[test]
    fn the_slider_stops_at_round_numbers() {
        assert_eq!([0, 1, 4, 100, 120, 60_000].map(nearest).map(step), [0, 1, 3, 100, 100, 50_000]);
    }

    #[test]
    fn a_service_leads_to_what_stands_behind_it() {
        let mut run = Run::new(Config::default());
        let deployment = |name: &str| {
            serde_json::json!({
                "metadata": { "name": name, "namespace": "default" },
                "spec": { "replicas": 3, "selector": { "matchLabels": { "app": name } }, "template": {
                    "metadata": { "labels": { "app": name, "tier": "front" } },
                    "spec": { "containers": [{ "name": "a", "image": "nginx", "resources": { "requests": { "cpu": "100m" } } }] } } }
            })
        };
        let service = serde_json::json!({
            "metadata": { "name": "front", "namespace": "default" },
            "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80 }] }
        });
        for (kind, json) in
            [(Kind::Deployment, deployment("web")), (Kind::Deployment, deployment("back")), (Kind::Service, service)]
        {
            run.act(Time::ZERO, Action::Create(Object::from_json(kind, json).unwrap())).unwrap();
        }
        let found = targets(&run, Time::ZERO);
        let names: Vec<_> =
            found.iter().map(|it| (it.id(), it.owner.as_ref().map(|key| key.name.to_string()))).collect();
        assert_eq!(
            names,
            [
                ("service/front".to_owned(), Some("web".to_owned())),
                ("deployment/back".to_owned(), Some("back".to_owned()))
            ]
        );
        assert!(found[0].asks_cpu && found[0].replicas == 3 && found[0].autoscaler.is_none());
        let scaler = autoscaler(found[0].owner.as_ref().unwrap()).unwrap();
        run.act(Time::ZERO, Action::Create(scaler)).unwrap();
        assert!(targets(&run, Time::ZERO)[0].autoscaler.is_some());
    }
}
