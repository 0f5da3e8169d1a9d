use serde_json::{Value, json};

use super::usage;
use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster, Config, ObjectKey};

fn create(cluster: &mut Cluster, kind: Kind, name: &str, spec: Value) -> Result<(), String> {
    let value = json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec});
    let object = Object::from_json(kind, value).unwrap();
    cluster.act(Action::Create(object)).map(|_| ()).map_err(|error| error.to_string())
}

/// A cluster with the quota `q`.
fn cluster(quota: Value) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    create(&mut cluster, Kind::ResourceQuota, "q", quota).unwrap();
    cluster
}

fn bare() -> Value {
    json!({"containers": [{"name": "app", "image": "nginx"}]})
}

fn with(name: &str, value: Value) -> Value {
    let mut spec = bare();
    spec[name] = value;
    spec
}

/// How many Pods the quota counts.
fn used(cluster: &Cluster) -> String {
    let quota = cluster.store().get(&ObjectKey::new(Kind::ResourceQuota, "default", "q")).unwrap();
    usage(cluster.store(), quota, "pods").to_string()
}

/// Whether a quota of one Pod counts Pods of `spec`: then the second is refused.
fn counts(quota: Value, spec: &Value) -> bool {
    let mut cluster = cluster(quota);
    let mut made = |name: &str| create(&mut cluster, Kind::Pod, name, spec.clone()).is_ok();
    let answers = [made("a"), made("b")];
    assert!(answers[0]);
    assert_eq!(used(&cluster), if answers[1] { "0" } else { "1" });
    !answers[1]
}

#[test]
fn a_quota_with_scopes_counts_the_pods_in_them_alone() {
    let large = json!([{"name": "app", "image": "nginx", "resources": {"requests": {"cpu": "100m"}}}]);
    let (large, timed) = (json!({"containers": large}), with("activeDeadlineSeconds", json!(60)));
    let far = json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1,
        "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "namespaces": ["other"]}}]}});
    for (scope, inside, outside) in [
        ("BestEffort", &bare(), &large),
        ("NotBestEffort", &large, &bare()),
        ("Terminating", &timed, &bare()),
        ("NotTerminating", &bare(), &timed),
        ("CrossNamespacePodAffinity", &with("affinity", far), &bare()),
    ] {
        let quota = json!({"hard": {"pods": "1"}, "scopes": [scope]});
        assert!(counts(quota.clone(), inside), "{scope}");
        assert!(!counts(quota, outside), "{scope}");
        let selector = json!({"matchExpressions": [{"scopeName": scope, "operator": "Exists"}]});
        assert!(!counts(json!({"hard": {"pods": "1"}, "scopeSelector": selector}), outside), "{scope}");
    }
}

#[test]
fn a_quota_may_ask_for_classes_of_priority() {
    let class = with("priorityClassName", json!("system-node-critical"));
    for (operator, values, inside, outside) in [
        ("In", json!(["system-node-critical"]), true, false),
        ("NotIn", json!(["system-node-critical"]), false, true),
        ("Exists", json!([]), true, false),
        ("DoesNotExist", json!([]), false, true),
    ] {
        let one = json!({"scopeName": "PriorityClass", "operator": operator, "values": values});
        let quota = json!({"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": [one]}});
        assert_eq!(counts(quota.clone(), &class), inside, "{operator}");
        assert_eq!(counts(quota, &bare()), outside, "{operator}");
    }
}

#[test]
fn every_container_has_to_say_what_a_quota_limits() {
    let mut cluster = cluster(json!({"hard": {"limits.cpu": "1", "cpu": "1"}}));
    let mut spec = json!({
        "initContainers": [{"name": "i", "image": "busybox"}],
        "containers": [{"name": "z", "image": "nginx"}, {"name": "b", "image": "nginx"}],
    });
    let refused = create(&mut cluster, Kind::Pod, "a", spec.clone()).unwrap_err();
    let text = "failed quota: q: must specify cpu for: b,i,z; limits.cpu for: b,i,z";
    assert!(refused.ends_with(text), "{refused}");
    // What is said for the whole Pod is enough.
    spec["resources"] = json!({"requests": {"cpu": "100m"}, "limits": {"cpu": "100m"}});
    create(&mut cluster, Kind::Pod, "a", spec).unwrap();
}

#[test]
fn nothing_has_to_be_said_where_the_quota_is_not_about_the_pod() {
    let mut cluster = cluster(json!({"hard": {"limits.cpu": "1"}, "scopes": ["Terminating"]}));
    create(&mut cluster, Kind::Pod, "a", bare()).unwrap();
}

/// What a range says of a Pod or of a claim.
fn ranged(limits: Value, kind: Kind, spec: Value) -> String {
    let mut cluster = Cluster::new(Config::default());
    create(&mut cluster, Kind::LimitRange, "r", json!({"limits": limits})).unwrap();
    create(&mut cluster, kind, "x", spec).err().unwrap_or_default()
}

fn resources(requests: Value, limits: Value) -> Value {
    let resources = json!({"requests": requests, "limits": limits});
    json!({"containers": [{"name": "app", "image": "nginx", "resources": resources}]})
}

#[test]
fn a_range_bounds_ratios_pods_and_claims() {
    let pods = "pods \"x\" is forbidden: ";
    let ratio = json!([{"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}]);
    let told = ranged(ratio.clone(), Kind::Pod, resources(json!({"cpu": "100m"}), json!({"cpu": "500m"})));
    assert_eq!(
        told,
        format!("{pods}cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000")
    );
    let told = ranged(ratio.clone(), Kind::Pod, resources(json!({}), json!({})));
    let words = "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0";
    assert_eq!(told, format!("{pods}{words}"));
    assert_eq!(ranged(ratio, Kind::Pod, resources(json!({"cpu": "1"}), json!({"cpu": "2"}))), "");
    let mut two = resources(json!({}), json!({"cpu": "1"}));
    two["initContainers"] = json!([{"name": "i", "image": "busybox", "restartPolicy": "Always",
        "resources": {"limits": {"cpu": "1"}}}]);
    let whole = json!([{"type": "Pod", "max": {"cpu": "1500m"}}]);
    let told = ranged(whole, Kind::Pod, two.clone());
    assert_eq!(told, format!("{pods}maximum cpu usage per Pod is 1500m, but limit is 2"));
    two["initContainers"][0]["resources"]["limits"]["cpu"] = json!("3");
    let each = json!([{"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "2"}}]);
    let told = ranged(each, Kind::Pod, two);
    let words =
        "minimum cpu usage per Container is 2, but request is 1, maximum cpu usage per Container is 2, but limit is 3";
    assert_eq!(told, format!("{pods}[{words}]"));
    let claim = |size: &str| json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}});
    let range = json!([{"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "2Gi"}}]);
    let told = ranged(range.clone(), Kind::PersistentVolumeClaim, claim("5Gi"));
    let claims = "persistentvolumeclaims \"x\" is forbidden: ";
    assert_eq!(told, format!("{claims}maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi"));
    let told = ranged(range.clone(), Kind::PersistentVolumeClaim, claim("1Mi"));
    assert_eq!(told, format!("{claims}minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi"));
    assert_eq!(ranged(range, Kind::PersistentVolumeClaim, claim("2Gi")), "");
}

#[test]
fn what_a_range_fills_in_is_noted_and_judged() {
    let mut cluster = Cluster::new(Config::default());
    let range =
        json!({"limits": [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"memory": "1Mi"}}]});
    create(&mut cluster, Kind::LimitRange, "r", range).unwrap();
    create(&mut cluster, Kind::Pod, "a", bare()).unwrap();
    let pod = cluster.store().pod("default", "a").unwrap();
    let note = pod.metadata.annotations.as_ref().and_then(|it| it.get("kubernetes.io/limit-ranger")).unwrap();
    assert_eq!(note, "LimitRanger plugin set: cpu, memory request for container app; cpu limit for container app");
    let told = create(&mut cluster, Kind::Pod, "x", resources(json!({"cpu": "3"}), json!({}))).unwrap_err();
    let words =
        "spec.containers[0].resources.requests: Invalid value: \"3\": must be less than or equal to cpu limit of 1";
    assert_eq!(told, format!("Pod \"x\" is invalid: {words}"));
}
