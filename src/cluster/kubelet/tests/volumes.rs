//! Volumes that nobody mounts, and claims that cannot be used.

use super::*;

const MOUNTS: &str = "containers:\n- name: app\n  image: nginx\n  volumeMounts: [{name: s, mountPath: /s}]\n";

fn events(cluster: &mut Cluster, seconds: f64) -> Vec<String> {
    run(cluster, seconds);
    messages(cluster, "FailedMount")
}

#[test]
fn a_volume_that_nobody_mounts_is_passed_over() {
    let spec = "volumes: [{name: s, configMap: {name: nope}}]\ncontainers: [{name: app, image: nginx}]\n";
    let mut cluster = Cluster::new(Config::default());
    cluster.act(Action::Create(pod("p", spec))).unwrap();
    assert_eq!(events(&mut cluster, 5.0), [""; 0]);
    assert_eq!(cluster.store().pod("default", "p").unwrap().status.phase.as_deref(), Some("Running"));
}

#[test]
fn a_claim_that_cannot_be_used_ends_each_sync() {
    let mut cluster = Cluster::new(Config::default());
    let claim = "volumes: [{name: s, persistentVolumeClaim: {claimName: nope}}]\nnodeName: node-1\n";
    cluster.act(Action::Create(pod("p", &format!("{claim}{MOUNTS}")))).unwrap();
    let told = events(&mut cluster, 5.0);
    let words = "Unable to attach or mount volumes: unmounted volumes=[s], unattached volumes=[], failed to process \
                 volumes=[s]: error processing PVC default/nope: ";
    let missing = "failed to fetch PVC from API server: persistentvolumeclaims \"nope\" not found";
    assert_eq!(told, [format!("{words}{missing}")]);
    let value = serde_json::json!({"metadata": {"name": "nope"}, "spec": {"storageClassName": "",
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let claim = Object::from_json(Kind::PersistentVolumeClaim, value).unwrap();
    cluster.act(Action::Create(claim)).unwrap();
    assert_eq!(events(&mut cluster, 25.0).last(), Some(&format!("{words}PVC is not bound")));
    let value = serde_json::json!({"metadata": {"name": "v"}, "spec": {"capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/v"}}});
    cluster.act(Action::Create(Object::from_json(Kind::PersistentVolume, value).unwrap())).unwrap();
    run(&mut cluster, 60.0);
    assert_eq!(cluster.store().pod("default", "p").unwrap().status.phase.as_deref(), Some("Running"));
}
