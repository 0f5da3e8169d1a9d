//! Our structs become the same JSON as those they are generated from, and read the same.

#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::fmt::Debug;

use k8s_openapi::json::{from_json, to_json};
use k8s_openapi::record::{Part, Record, Slot};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Fills every field there is, down to `depth`; lists and maps get one entry.
fn fill(part: &mut dyn Part, depth: usize, json: &mut dyn FnMut() -> Value) {
    match part.slot() {
        Slot::Bool(slot) => *slot = true,
        Slot::Int32(slot) => *slot = 7,
        Slot::Int64(slot) => *slot = 1 << 40,
        Slot::String(slot) => slot.push_str("text"),
        Slot::Text(slot) => *slot = "text".into(),
        Slot::Json(slot) => *slot = json(),
        Slot::Time(slot) => *slot = "2026-11-03T05:16:01Z".parse().unwrap(),
        Slot::Scalar(slot) => assert!(slot.read(Value::from("dGV4dA==")).is_ok()),
        Slot::List(slot) => fill(slot.push().unwrap(), depth, json),
        Slot::Map(slot) => fill(slot.entry("key".to_owned()), depth, json),
        Slot::Record(slot) => fields(slot, depth, json),
    }
}

fn fields(record: &mut dyn Record, depth: usize, json: &mut dyn FnMut() -> Value) {
    assert!(depth > 0, "a struct that holds itself");
    for i in 0..record.about().fields.len() {
        fill(record.part_mut(i).unwrap(), depth - 1, json);
    }
}

fn same<Ours: Part + Default + PartialEq + Debug, Theirs: Serialize + DeserializeOwned + Default>() {
    let empty = Ours::default();
    assert_eq!(to_json(&empty), serde_json::to_value(Theirs::default()).unwrap());
    assert_eq!(from_json::<Ours>(to_json(&empty)).unwrap(), empty);

    let mut full = Ours::default();
    fill(&mut full, 20, &mut || serde_json::json!({"f:a": {}}));
    let written = to_json(&full);
    assert_eq!(from_json::<Ours>(written.clone()).unwrap(), full);
    // Theirs reads each field, for what it does not know would be missing from what it writes.
    let theirs: Theirs = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&theirs).unwrap(), written);
}

macro_rules! same {
    ($($group:ident::$version:ident::$kind:ident),* $(,)?) => {$(
        same::<k8s_openapi::api::$group::$version::$kind, upstream::api::$group::$version::$kind>();
    )*};
}

#[test]
fn every_kind_is_written_and_read_as_upstream_does() {
    same!(
        apps::v1::DaemonSet,
        apps::v1::Deployment,
        apps::v1::ReplicaSet,
        apps::v1::StatefulSet,
        autoscaling::v1::HorizontalPodAutoscaler,
        autoscaling::v2::HorizontalPodAutoscaler,
        batch::v1::CronJob,
        batch::v1::Job,
        core::v1::Binding,
        core::v1::ConfigMap,
        core::v1::Event,
        core::v1::Namespace,
        core::v1::Node,
        core::v1::PersistentVolumeClaim,
        core::v1::Pod,
        core::v1::PodTemplate,
        core::v1::Secret,
        core::v1::Service,
        core::v1::ServiceAccount,
    );
}

/// The hash of a template is one of its JSON text.
#[test]
fn a_template_is_written_in_upstreams_order() {
    let mut ours = k8s_openapi::api::core::v1::PodTemplateSpec::default();
    fill(&mut ours, 20, &mut || serde_json::json!({}));
    let written = to_json(&ours);
    let theirs: upstream::api::core::v1::PodTemplateSpec = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(written.to_string(), serde_json::to_string(&theirs).unwrap());
}

#[test]
fn what_does_not_fit_is_refused_as_upstream_does() {
    type Ours = k8s_openapi::api::core::v1::Pod;
    type Theirs = upstream::api::core::v1::Pod;
    for text in [
        r#"{"spec": null}"#,
        r#"{"spec": {"containers": null, "nodeName": null, "unknown": 1}}"#,
        r#"{"spec": {"containers": [null]}}"#,
        r#"{"spec": {"containers": {}}}"#,
        r#"{"spec": {"containers": [{"name": 1}]}}"#,
        r#"{"spec": {"containers": [{"name": true}]}}"#,
        r#"{"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 99999999999}]}]}}"#,
        r#"{"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 1.5}]}]}}"#,
        r#"{"spec": {"containers": [{"name": "a", "stdin": "yes"}]}}"#,
        r#"{"spec": {"nodeSelector": {"a": null}}}"#,
        r#"{"spec": {"nodeSelector": []}}"#,
        r#"{"spec": []}"#,
        r#"{"spec": "text"}"#,
        r#"{"metadata": {"creationTimestamp": null}}"#,
        r#"{"metadata": {"creationTimestamp": 5}}"#,
        r#"{"metadata": {"creationTimestamp": "2026-11-03T05:16:01+08:00"}}"#,
        r#"{"metadata": {"creationTimestamp": "yesterday"}}"#,
        r#"{"spec": {"overhead": {"cpu": 1, "memory": 1.5}}}"#,
        r#"{"spec": {"overhead": {"cpu": true}}}"#,
        r#"{"apiVersion": "v1", "kind": "Pod"}"#,
        r#"{"apiVersion": "v2"}"#,
        r#"{"kind": "Node"}"#,
        "null",
        "[]",
    ] {
        let value: Value = serde_json::from_str(text).unwrap();
        let theirs = serde_json::from_value::<Theirs>(value.clone());
        match (from_json::<Ours>(value), theirs) {
            (Ok(ours), Ok(theirs)) => assert_eq!(to_json(&ours), serde_json::to_value(theirs).unwrap(), "{text}"),
            (Err(ours), Err(theirs)) => println!("{text}\n  ours   {ours}\n  theirs {theirs}"),
            (ours, theirs) => panic!("{text}: ours {ours:?}, theirs {:?}", theirs.map(|_| ())),
        }
    }
}
