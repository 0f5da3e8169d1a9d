use serde_json::{Value, json};

use crate::api::{Kind, Object};
use crate::cluster::{Action, Cluster, Config, Time};
use crate::kubectl;

fn set(kind: Kind, image: &str) -> Object {
    let value = json!({
        "metadata": {"name": "web", "namespace": "default", "annotations": {"kubernetes.io/change-cause": image}},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}}, "serviceName": "web",
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}},
        },
    });
    Object::from_json(kind, value).unwrap()
}

/// A set whose template was changed once.
fn cluster(kind: Kind) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    cluster.act(Action::Create(set(kind, "nginx:1"))).unwrap();
    cluster.run_until(Time::from_secs_f64(5.0));
    cluster.act(Action::Update(set(kind, "nginx:2"))).unwrap();
    cluster.run_until(Time::from_secs_f64(20.0));
    cluster
}

#[test]
fn each_template_is_one_with_its_owner_and_number() {
    for (kind, owner) in [(Kind::DaemonSet, "daemonset.apps/web"), (Kind::StatefulSet, "statefulset.apps/web")] {
        let mut cluster = cluster(kind);
        let table = kubectl::run(&mut cluster, "kubectl get controllerrevisions --sort-by=.revision").stdout;
        let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        let [head, first, second] = lines.as_slice() else { panic!("{table}") };
        assert_eq!(head, &["NAME", "CONTROLLER", "REVISION", "AGE"]);
        assert_eq!(first[1..], [owner, "1", "20s"]);
        assert_eq!(second[1..], [owner, "2", "15s"]);
    }
}

#[test]
fn what_one_keeps_puts_its_template_in_the_place_of_another() {
    let mut cluster = cluster(Kind::DaemonSet);
    let text = kubectl::run(&mut cluster, "kubectl get controllerrevisions -o json --sort-by=.revision").stdout;
    let list: Value = serde_json::from_str(&text).unwrap();
    let first = &list["items"][0];
    assert_eq!(first["data"]["spec"]["template"]["$patch"], "replace");
    assert_eq!(first["data"]["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:1");
    assert_eq!(first["metadata"]["annotations"]["kubernetes.io/change-cause"], "nginx:1");
    let hash = first["metadata"]["labels"]["controller-revision-hash"].as_str().unwrap();
    assert_eq!(first["metadata"]["name"], format!("web-{hash}"));
}
