//! Claims and volumes.

use serde_json::{Value, json};

use super::stand_in::StandIn;
use crate::api::{Kind, Object};
use crate::cluster::{Config, ObjectKey, Propagation};

fn claim(more: Value) -> Value {
    let mut spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    spec.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json!({"metadata": {"name": "data"}, "spec": spec})
}

fn volume(name: &str, size: &str, more: Value) -> Value {
    let mut spec = json!({"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, "hostPath": {"path": "/v"}});
    spec.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json!({"metadata": {"name": name}, "spec": spec})
}

fn user(name: &str, source: Value) -> Value {
    let mut volume = source;
    volume["name"] = json!("s");
    json!({"metadata": {"name": name}, "spec": {"volumes": [volume], "containers": [{"name": "app", "image": "v1"}]}})
}

fn uses(claim: &str) -> Value {
    json!({"persistentVolumeClaim": {"claimName": claim}})
}

fn whole(it: &StandIn, kind: Kind, name: &str) -> Value {
    it.cluster.store().get(&ObjectKey::new(kind, "", name)).map(Object::to_json).unwrap_or_default()
}

/// The phase of the claim, and of the volume of that name.
fn phases(it: &StandIn, volume: &str) -> (Value, Value) {
    let phase = |object: Value| object["status"]["phase"].clone();
    (phase(it.get(Kind::PersistentVolumeClaim, "data")), phase(whole(it, Kind::PersistentVolume, volume)))
}

/// What was said of the object, and how often.
fn told(it: &StandIn, name: &str) -> Vec<String> {
    let mut events = it.list(Kind::Event);
    events.retain(|event| event["involvedObject"]["name"] == name);
    events.sort_by_key(|event| event["metadata"]["name"].as_str().unwrap().to_owned());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let count = |event: &Value| event["count"].as_i64().unwrap_or(1);
    events.iter().map(|it| format!("{} x{} {}", text(&it["reason"]), count(it), text(&it["message"]))).collect()
}

#[test]
fn a_claim_of_the_usual_class_is_bound_where_its_first_user_goes() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::PersistentVolumeClaim, claim(json!({})));
    it.run(16);
    let waits = "WaitForFirstConsumer x2 waiting for first consumer to be created before binding";
    assert_eq!(told(&it, "data"), [waits]);
    assert_eq!(it.get(Kind::PersistentVolumeClaim, "data")["spec"]["storageClassName"], "standard");
    it.create(Kind::Pod, user("web", uses("data")));
    it.run_watched(std::time::Duration::from_millis(400), |_| {});
    assert!(it.get(Kind::Pod, "web")["spec"]["nodeName"].is_null(), "its volume is made first");
    it.run(2);
    let data = it.get(Kind::PersistentVolumeClaim, "data");
    let uid = data["metadata"]["uid"].as_str().unwrap();
    let name = format!("pvc-{uid}");
    assert_eq!(phases(&it, &name), (json!("Bound"), json!("Bound")));
    assert_eq!(data["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"], "yes");
    assert_eq!((&data["spec"]["volumeName"], &data["status"]["capacity"]["storage"]), (&json!(name), &json!("1Gi")));
    assert_eq!(it.get(Kind::Pod, "web")["spec"]["nodeName"], "node-1");
    let told = told(&it, "data");
    assert!(told[1].starts_with("ExternalProvisioning x2 Waiting for a volume to be created either"), "{told:?}");
    assert_eq!(told[2], "Provisioning x1 External provisioner is provisioning volume for claim \"default/data\"");
    assert_eq!(told[3], format!("ProvisioningSucceeded x1 Successfully provisioned volume {name}"));
    // The claim stays while a Pod is there that has it, and takes its volume with it.
    it.delete(Kind::PersistentVolumeClaim, "data", Propagation::Background);
    it.run(2);
    assert!(it.get(Kind::PersistentVolumeClaim, "data")["metadata"]["deletionTimestamp"].is_string());
    it.delete(Kind::Pod, "web", Propagation::Background);
    it.run(4);
    assert_eq!(phases(&it, &name), (Value::Null, Value::Null));
}

#[test]
fn a_pod_that_is_over_keeps_its_claim() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::PersistentVolumeClaim, claim(json!({})));
    it.create(Kind::Pod, user("web", uses("data")));
    it.run(3);
    let mut pod = it.get(Kind::Pod, "web");
    pod["status"]["phase"] = json!("Succeeded");
    it.act(crate::cluster::Action::UpdateStatus(Object::from_json(Kind::Pod, pod).unwrap()));
    it.delete(Kind::PersistentVolumeClaim, "data", Propagation::Background);
    it.run(5);
    assert!(it.get(Kind::PersistentVolumeClaim, "data").is_object());
    it.delete(Kind::Pod, "web", Propagation::Background);
    it.run(5);
    assert!(it.get(Kind::PersistentVolumeClaim, "data").is_null());
}

#[test]
fn a_claim_gets_the_smallest_volume_that_is_large_enough() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::PersistentVolumeClaim, claim(json!({"storageClassName": ""})));
    it.run(1);
    let nothing = "FailedBinding x1 no persistent volumes available for this claim and no storage class is set";
    assert_eq!(told(&it, "data"), [nothing]);
    it.create(Kind::PersistentVolume, volume("other", "1Gi", json!({"storageClassName": "fast"})));
    it.create(Kind::PersistentVolume, volume("large", "9Gi", json!({})));
    it.create(Kind::PersistentVolume, volume("small", "500Mi", json!({})));
    it.create(Kind::PersistentVolume, volume("right", "2Gi", json!({})));
    it.run(13);
    assert_eq!(phases(&it, "right"), (json!("Pending"), json!("Available")));
    it.run(2);
    assert_eq!(phases(&it, "right"), (json!("Bound"), json!("Bound")));
    let right = whole(&it, Kind::PersistentVolume, "right");
    assert_eq!(right["metadata"]["annotations"]["pv.kubernetes.io/bound-by-controller"], "yes");
    assert_eq!(right["spec"]["persistentVolumeReclaimPolicy"], "Retain");
    assert_eq!(it.get(Kind::PersistentVolumeClaim, "data")["status"]["capacity"]["storage"], "2Gi");
    // It is kept, for nobody, and cannot go while it is bound.
    it.act(crate::cluster::Action::Delete {
        key: ObjectKey::new(Kind::PersistentVolume, "", "right"),
        grace: None,
        propagation: Propagation::Background,
    });
    it.run(1);
    assert_eq!(phases(&it, "right"), (json!("Bound"), json!("Bound")));
    it.delete(Kind::PersistentVolumeClaim, "data", Propagation::Background);
    it.run(1);
    assert_eq!(phases(&it, "right"), (Value::Null, Value::Null));
    assert_eq!(phases(&it, "large").1, "Available");
}

#[test]
fn a_claim_says_why_it_waits() {
    let say = |more: Value, volumes: &[Value]| {
        let mut it = StandIn::new(Config::default());
        for class in [("far", "example.com/disk"), ("hand", "kubernetes.io/no-provisioner")] {
            let (name, provisioner) = class;
            it.create(Kind::StorageClass, json!({"metadata": {"name": name}, "provisioner": provisioner}));
        }
        volumes.iter().for_each(|volume| _ = it.create(Kind::PersistentVolume, volume.clone()));
        it.create(Kind::PersistentVolumeClaim, claim(more));
        it.run(1);
        assert_eq!(it.get(Kind::PersistentVolumeClaim, "data")["status"]["phase"], "Pending");
        told(&it, "data").pop().unwrap_or_default()
    };
    let class = |name: &str| say(json!({"storageClassName": name}), &[]);
    assert_eq!(class("fast"), "ProvisioningFailed x1 storageclass.storage.k8s.io \"fast\" not found");
    let by_hand = "no volume plugin matched name: kubernetes.io/no-provisioner";
    assert_eq!(class("hand"), format!("ProvisioningFailed x1 {by_hand}"));
    assert!(class("far").contains("either by the external provisioner 'example.com/disk' or manually"));
    let named = json!({"storageClassName": "", "volumeName": "v"});
    assert_eq!(say(named.clone(), &[]), "");
    let mismatch = |why: &str| format!("VolumeMismatch x1 Cannot bind to requested volume \"v\": {why}");
    let small = volume("v", "1Mi", json!({}));
    assert_eq!(say(named.clone(), &[small]), mismatch("requested PV is too small"));
    let classed = volume("v", "2Gi", json!({"storageClassName": "fast"}));
    assert_eq!(say(named.clone(), &[classed]), mismatch("storageClassName does not match"));
    let block = volume("v", "2Gi", json!({"volumeMode": "Block"}));
    assert_eq!(say(named.clone(), &[block]), mismatch("incompatible volumeMode"));
    let many = volume("v", "2Gi", json!({"accessModes": ["ReadOnlyMany"]}));
    assert_eq!(say(named.clone(), &[many]), mismatch("incompatible accessMode"));
    let kept = volume("v", "2Gi", json!({"claimRef": {"namespace": "default", "name": "other"}}));
    assert_eq!(say(named, &[kept]), "FailedBinding x1 volume \"v\" already bound to a different claim.");
}

#[test]
fn a_folder_of_a_node_is_for_that_node_alone() {
    let mut it = StandIn::new(Config::default());
    it.create(Kind::PersistentVolumeClaim, claim(json!({"accessModes": ["ReadWriteMany"]})));
    it.create(Kind::Pod, user("web", uses("data")));
    it.run(50);
    let why = "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes";
    let failed = format!("ProvisioningFailed x3 failed to provision volume with StorageClass \"standard\": {why}");
    assert!(told(&it, "data").contains(&failed), "{:?}", told(&it, "data"));
    assert!(it.get(Kind::Pod, "web")["spec"]["nodeName"].is_null());
}

#[test]
fn an_ephemeral_volume_has_a_claim_of_its_own() {
    let mut it = StandIn::new(Config::default());
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": claim(json!({}))["spec"]});
    let pod = user("web", json!({"ephemeral": {"volumeClaimTemplate": template}}));
    it.create(Kind::Pod, pod.clone());
    it.run(3);
    let claim_of = |it: &StandIn| it.get(Kind::PersistentVolumeClaim, "web-s");
    let owner = claim_of(&it)["metadata"]["ownerReferences"][0].clone();
    assert_eq!((&owner["name"], &owner["controller"]), (&json!("web"), &json!(true)));
    assert_eq!(claim_of(&it)["metadata"]["labels"], json!({"a": "b"}));
    assert_eq!(it.get(Kind::Pod, "web")["spec"]["nodeName"], "node-1");
    let waits = "waiting for ephemeral volume controller to create the persistentvolumeclaim \"web-s\". not found";
    assert!(told(&it, "web")[0].ends_with(waits), "{:?}", told(&it, "web"));
    it.delete(Kind::Pod, "web", Propagation::Background);
    it.run(5);
    assert!(claim_of(&it).is_null());
    let mut foreign = claim(json!({}));
    foreign["metadata"]["name"] = json!("web-s");
    it.create(Kind::PersistentVolumeClaim, foreign);
    it.create(Kind::Pod, pod);
    it.run(1);
    let why = "PVC default/web-s was not created for pod default/web (pod is not owner)";
    let told = told(&it, "web");
    assert!(told.iter().any(|it| it.starts_with("FailedBinding") && it.contains(why)), "{told:?}");
    assert!(told.iter().any(|it| it.ends_with(&format!("available: {why}. not found"))), "{told:?}");
}
