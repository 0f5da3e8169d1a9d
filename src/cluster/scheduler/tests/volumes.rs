//! What claims ask of nodes.

use super::*;

fn create_kind(cluster: &mut Cluster, kind: Kind, value: Value) {
    create(cluster, Object::from_json(kind, value).unwrap());
}

fn uses(claim: &str) -> Value {
    json!({"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": claim}}]})
}

fn claim(cluster: &mut Cluster, class: &str, mode: &str) {
    let value = json!({"metadata": {"name": "data"}, "spec": {"storageClassName": class, "accessModes": [mode],
        "resources": {"requests": {"storage": "1Gi"}}}});
    create_kind(cluster, Kind::PersistentVolumeClaim, value);
}

fn volume(cluster: &mut Cluster, class: &str, node: &str) {
    let here = json!({"key": "kubernetes.io/hostname", "operator": "In", "values": [node]});
    let value = json!({"metadata": {"name": "v"}, "spec": {"storageClassName": class, "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/v"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}}}});
    create_kind(cluster, Kind::PersistentVolume, value);
}

#[test]
fn a_refusal_before_the_nodes_are_looked_at_is_the_last_word() {
    let mut cluster = cluster(1);
    create(&mut cluster, pod("a", uses("nope")));
    assert_eq!(why(&cluster, "a"), "0/1 nodes are available: persistentvolumeclaim \"nope\" not found. not found");
    claim(&mut cluster, "", "ReadWriteOnce");
    create(&mut cluster, pod("b", uses("data")));
    assert_eq!(
        why(&cluster, "b"),
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    );
    let field = |name: &str| json!({"key": "metadata.name", "operator": "In", "values": [name]});
    let terms = json!([{"matchFields": [field("x"), field("y")]}]);
    let torn = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": terms}}}});
    create(&mut cluster, pod("c", torn));
    assert_eq!(why(&cluster, "c"), "0/1 nodes are available: pod affinity terms conflict. not found");
}

#[test]
fn a_pod_goes_where_its_volume_is() {
    let mut cluster = cluster(2);
    volume(&mut cluster, "", "node-2");
    claim(&mut cluster, "", "ReadWriteOnce");
    create(&mut cluster, pod("web", uses("data")));
    assert_eq!(node(&cluster, "web"), Some("node-2"));
    let mut there = uses("data");
    there["nodeSelector"] = json!({"kubernetes.io/hostname": "node-1"});
    create(&mut cluster, pod("torn", there));
    let refused = why(&cluster, "torn");
    assert!(refused.contains("1 node(s) didn't match PersistentVolume's node affinity"), "{refused}");
}

#[test]
fn volumes_made_by_hand_are_chosen_with_the_node() {
    let mut cluster = cluster(2);
    let class = json!({"metadata": {"name": "hand"}, "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer"});
    create_kind(&mut cluster, Kind::StorageClass, class);
    claim(&mut cluster, "hand", "ReadWriteOnce");
    create(&mut cluster, pod("web", uses("data")));
    let refused = why(&cluster, "web");
    let nothing = "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. ";
    assert!(refused.starts_with(nothing), "{refused}");
    volume(&mut cluster, "hand", "node-2");
    cluster.run_until(cluster.now() + Duration::from_secs(3));
    assert_eq!(node(&cluster, "web"), Some("node-2"));
}

#[test]
fn a_claim_for_one_pod_is_for_one() {
    let mut cluster = cluster(1);
    claim(&mut cluster, "standard", "ReadWriteOncePod");
    create(&mut cluster, pod("first", uses("data")));
    cluster.run_until(cluster.now() + Duration::from_secs(2));
    create(&mut cluster, pod("second", uses("data")));
    assert_eq!(
        why(&cluster, "second"),
        "0/1 nodes are available: 1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod \
         access mode. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found \
         for incoming pod."
    );
    let key = ObjectKey::new(Kind::Pod, "default", "first");
    cluster.act(Action::Delete { key, grace: Some(0), propagation: Propagation::Background }).unwrap();
    cluster.run_until(cluster.now() + Duration::from_secs(3));
    assert_eq!(node(&cluster, "second"), Some("node-1"));
}
