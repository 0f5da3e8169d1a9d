//! Volumes, storage classes, and what drivers tell of themselves.

use super::found;
use serde_json::{Value, json};

#[test]
fn volumes_and_classes() {
    let volume = |spec: Value| found("v1", "PersistentVolume", json!({"spec": spec}));
    assert_eq!(
        volume(json!({})),
        [
            "spec.accessModes: Required value",
            "spec.capacity: Required value",
            "spec.capacity: Unsupported value: null: supported values: \"storage\"",
            "spec: Required value: must specify a volume type",
        ]
    );
    let good = json!({"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "local": {"path": "/mnt"}});
    assert_eq!(volume(good), ["spec.nodeAffinity: Required value: Local volume requires node affinity"]);
    assert_eq!(
        found("storage.k8s.io/v1", "StorageClass", json!({"reclaimPolicy": "Recycle", "volumeBindingMode": "Late"})),
        [
            "provisioner: Required value",
            "reclaimPolicy: Unsupported value: \"Recycle\": supported values: \"Delete\", \"Retain\"",
            "volumeBindingMode: Unsupported value: \"Late\": supported values: \"Immediate\", \"WaitForFirstConsumer\"",
        ]
    );
}

#[test]
fn the_parameters_of_a_class_have_names() {
    let class = |parameters: Value| {
        found("storage.k8s.io/v1", "StorageClass", json!({"provisioner": "a.b/c", "parameters": parameters}))
    };
    assert_eq!(class(json!({"": "x"})), ["parameters: Invalid value: \"\": field can not be empty."]);
    let mut many = json!({});
    for number in 0..513 {
        many[number.to_string()] = json!("x");
    }
    assert_eq!(class(many), ["parameters: Too long: may not be more than 512 bytes"]);
}

#[test]
fn what_drivers_tell_of_volumes_and_nodes() {
    let told = |kind: &str, value: Value| found("storage.k8s.io/v1", kind, value).join("\n");
    let one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    let spec = json!({"attacher": "", "nodeName": "n", "source": {}});
    let attachment = told("VolumeAttachment", json!({"spec": spec}));
    assert!(attachment.starts_with(&format!("spec.attacher: Required value\nspec.source: Required value: {one}\n")));
    let driver = |id: &str| json!({"name": "d.example.com", "nodeID": id});
    assert_eq!(
        told("CSINode", json!({"spec": {"drivers": [driver("a"), driver("")]}})),
        "spec.drivers[1].nodeID: Required value\nspec.drivers[1].name: Duplicate value: \"d.example.com\""
    );
    let negative = "Invalid value: \"-1\": must be greater than or equal to 0";
    assert_eq!(
        told("CSIStorageCapacity", json!({"storageClassName": "a", "capacity": "-1"})),
        format!("capacity: {negative}")
    );
    assert_eq!(
        told("VolumeAttributesClass", json!({"driverName": ""})),
        "driverName: Required value\nparameters: Required value: must contain at least one key/value pair"
    );
}

#[test]
fn what_a_volume_is_made_of_is_told_in_full() {
    let volume = |more: Value| {
        let mut spec = json!({"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "nodeAffinity": {
            "required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}}});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        found("v1", "PersistentVolume", json!({"spec": spec}))
    };
    let required = |fields: &[&str]| fields.iter().map(|it| format!("spec.{it}: Required value")).collect::<Vec<_>>();
    for (source, wanted) in [
        (
            json!({"local": {"path": "a/../b"}}),
            vec!["spec.local.path: Invalid value: \"a/../b\": must not contain '..'".to_owned()],
        ),
        (json!({"glusterfs": {}}), required(&["glusterfs.endpoints", "glusterfs.path"])),
        (json!({"cephfs": {}}), required(&["cephfs.monitors"])),
        (json!({"cinder": {"volumeID": ""}}), required(&["cinder.volumeID"])),
        (
            json!({"cinder": {"volumeID": "a", "secretRef": {}}}),
            required(&["cinder.secretRef.name", "cinder.secretRef.namespace"]),
        ),
        (json!({"photonPersistentDisk": {}}), required(&["photonPersistentDisk.pdID"])),
        (json!({"portworxVolume": {}}), required(&["portworxVolume.volumeID"])),
        (json!({"scaleIO": {}}), required(&["scaleIO.gateway", "scaleIO.system", "scaleIO.volumeName"])),
        (
            json!({"storageos": {"secretRef": {}}}),
            required(&["storageos.volumeName", "storageos.secretRef.name", "storageos.secretRef.namespace"]),
        ),
        (json!({"flexVolume": {}}), required(&["flexVolume.driver"])),
        (json!({"hostPath": {"path": "/a"}, "flexVolume": {"driver": "a/b"}}), vec![]),
        (
            json!({"azureFile": {"secretName": "a", "shareName": "b", "secretNamespace": ""}}),
            required(&["azureFile.secretNamespace"]),
        ),
        (
            json!({"csi": {"driver": "", "volumeHandle": "h", "nodePublishSecretRef": {}}}),
            required(&["csi.driver", "csi.nodePublishSecretRef.name", "csi.nodePublishSecretRef.namespace"]),
        ),
        (
            json!({"hostPath": {"path": "/a"}, "volumeAttributesClassName": ""}),
            vec![
                "spec.volumeAttributesClassName: Required value: an empty string is disallowed".to_owned(),
                "spec.csi: Required value: has to be specified when using volumeAttributesClassName".to_owned(),
            ],
        ),
    ] {
        assert_eq!(volume(source.clone()), wanted, "{source}");
    }
}

#[test]
fn storage_is_told_once() {
    let class = |terms: Value| {
        found("storage.k8s.io/v1", "StorageClass", json!({"provisioner": "a.b", "allowedTopologies": terms}))
    };
    let at = "allowedTopologies";
    assert_eq!(class(json!([{}])), [format!("{at}[0].matchLabelExpressions: Duplicate value: \"\"")]);
    let term = |keys: &[&str]| {
        let list: Vec<Value> = keys.iter().map(|key| json!({"key": key, "values": ["x", "y"]})).collect();
        json!({"matchLabelExpressions": list})
    };
    assert_eq!(class(json!([term(&["a"]), term(&["b"])])), [""; 0]);
    assert_eq!(
        class(json!([term(&["a"]), term(&["a"])])),
        [format!("{at}[1].matchLabelExpressions: Duplicate value: \"\"")]
    );
    assert_eq!(
        class(json!([term(&["a", "a"])])),
        [format!("{at}[0].matchLabelExpressions[1].key: Duplicate value: \"a\"")]
    );
    assert_eq!(
        found("storage.k8s.io/v1", "CSIDriver", json!({"spec": {"nodeAllocatableUpdatePeriodSeconds": 5}})),
        ["spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 5: must be greater than or equal to 10 seconds"]
    );
    let driver = |name: &str, keys: &[&str]| {
        let driver = json!({"name": name, "nodeID": "n", "topologyKeys": keys});
        found("storage.k8s.io/v1", "CSINode", json!({"spec": {"drivers": [driver]}}))
    };
    let of_keys = driver("d", &["a", "a", "x y"]);
    assert_eq!(of_keys[0], "spec.drivers[0]: Duplicate value: \"a\"");
    assert!(of_keys[1].starts_with("spec.drivers[0]: Invalid value: \"x y\": name part must"), "{of_keys:?}");
    assert_eq!(driver("", &[]), ["spec.drivers[0].name: Required value"]);
}
