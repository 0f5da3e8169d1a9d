//! What Go does not write: a field with `omitempty` that holds nothing is the same as none
//! (kubernetes: the tags of staging/src/k8s.io/api/*/types.go, 1.36).
//!
//! `kept.txt` lists, by struct, the optional fields that are written although they hold nothing: those that are pointers
//! in Go, those without the tag, and those of a type that is never empty. Of a struct in it only the emptiness is kept: an
//! empty selector of a workload is told from an absent one.

use k8s_openapi::record::{Part, Record, Slot, View};
use serde_json::Value;

use super::quantities;
use crate::api::schema::{FieldType, TypeId};

/// Whether the field is written although it is empty.
fn is_kept(holder: &str, field: &str) -> bool {
    let mut structs = include_str!("kept.txt").lines().filter_map(|line| line.split_once(' '));
    structs.any(|(name, fields)| name == holder && fields.split(' ').any(|kept| kept == field))
}

/// Makes what Go would not write absent, in `record` and in all that it holds.
pub(super) fn record(record: &mut dyn Record) {
    // What others hold too is copied when it is written to: so it is looked at first.
    if !is_untidy(record) {
        return;
    }
    let about = record.about();
    for (i, name) in about.fields.iter().enumerate() {
        let Some(part) = record.part_mut(i) else { continue };
        match part.view() {
            View::Record(inner) if keeps(about.name, name, inner) || !is_untidy(inner) => {}
            View::Record(_) => descend(part),
            View::List(list) if (0..list.count()).filter_map(|i| list.item(i)).any(is_untidy_item) => descend(part),
            _ if is_empty(part) && !is_kept(about.name, name) => part.clear(),
            _ => {}
        }
    }
}

fn descend(part: &mut dyn Part) {
    match part.slot() {
        Slot::Record(inner) => record(inner),
        Slot::List(list) => {
            for i in 0..list.count() {
                if let Some(item) = list.item_mut(i)
                    && is_untidy_item(item)
                {
                    descend(item);
                }
            }
        }
        _ => {}
    }
}

fn is_untidy(record: &dyn Record) -> bool {
    let about = record.about();
    let untidy = |(i, name): (usize, &&str)| {
        let Some(part) = record.part(i) else { return false };
        match part.view() {
            View::Record(inner) => !keeps(about.name, name, inner) && is_untidy(inner),
            View::List(list) if list.count() > 0 => (0..list.count()).filter_map(|i| list.item(i)).any(is_untidy_item),
            _ => is_empty(part) && !is_kept(about.name, name),
        }
    };
    about.fields.iter().enumerate().any(untidy)
}

fn is_untidy_item(item: &dyn Part) -> bool {
    matches!(item.view(), View::Record(inner) if is_untidy(inner))
}

/// Whether the struct `inner`, in which there is nothing, has to stay as it is.
fn keeps(holder: &str, field: &str, inner: &dyn Record) -> bool {
    let holds = |i| inner.part(i).is_some_and(|part| !matches!(part.view(), View::Absent) && !is_empty(part));
    !(0..inner.about().fields.len()).any(holds) && is_kept(holder, field)
}

fn is_empty(part: &dyn Part) -> bool {
    match part.view() {
        View::Bool(value) => !value,
        View::Int(value) => value == 0,
        View::Text(text) => text.is_empty(),
        View::List(list) => list.count() == 0,
        View::Map(map) => {
            let mut empty = true;
            map.each(&mut |_, _| empty = false);
            empty
        }
        _ => false,
    }
}

/// The same for a value of type `kind` that is held as JSON; its quantities become canonical.
pub(super) fn json(value: &mut Value, kind: &FieldType) {
    match (kind, value) {
        (FieldType::Struct(id), Value::Object(fields)) => {
            for field in id.fields() {
                if let Some(value) = fields.get_mut(field.name) {
                    json(value, &field.kind);
                    if !field.required && is_nothing(value, &field.kind) && !is_kept_in(*id, field.name) {
                        fields.remove(field.name);
                    }
                }
            }
        }
        (FieldType::List(inner), Value::Array(items)) => items.iter_mut().for_each(|item| json(item, inner)),
        (FieldType::Map(inner, _), Value::Object(entries)) => match **inner {
            FieldType::Quantity => entries.values_mut().for_each(quantities::in_list),
            _ => entries.values_mut().for_each(|value| json(value, inner)),
        },
        (FieldType::Quantity, value) => quantities::alone(value),
        _ => {}
    }
}

/// Two structs share their name, and one of them is kept by its whole one.
fn is_kept_in(id: TypeId, field: &str) -> bool {
    is_kept(id.name(), field) || is_kept(id.full_name(), field)
}

/// Whether Go takes the value for empty: structs, and what Go has a struct for, never are.
fn is_nothing(value: &Value, kind: &FieldType) -> bool {
    match value {
        _ if matches!(kind, FieldType::Struct(_) | FieldType::Any | FieldType::Quantity | FieldType::IntOrString) => {
            false
        }
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Null => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::apply;
    use crate::api::schema::{TypeId, served_kinds};
    use crate::api::{Kind, Object, Other};

    /// What is at `pointer` of the defaulted object.
    fn at(kind: &str, spec: &str, pointer: &str) -> Value {
        let mut value: Value = serde_yaml::from_str(spec).unwrap();
        if let Value::Object(fields) = &mut value {
            fields.entry("metadata").or_insert_with(|| json!({"name": "x"}));
        }
        let version = served_kinds().iter().rfind(|served| served.kind == kind).unwrap().api_version;
        let mut object = match Kind::find(version, kind) {
            Some(kind) => Object::from_json(kind, value).unwrap(),
            None => Object::Other(Other::from_json(version, kind, value).unwrap()),
        };
        apply(&mut object);
        let once = object.clone();
        apply(&mut object);
        assert_eq!(object, once, "twice is once");
        object.to_json().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    #[test]
    fn what_holds_nothing_is_not_written() {
        let pod = "spec: {containers: [{name: a, image: b, ";
        let in_container = [
            (
                "ports: [{containerPort: 80, name: '', hostIP: '', hostPort: 0}]",
                "ports/0",
                r#"{"containerPort":80,"protocol":"TCP"}"#,
            ),
            ("env: [{name: A, value: ''}], envFrom: [{prefix: '', secretRef: {name: s}}]", "env/0", r#"{"name":"A"}"#),
            (
                "envFrom: [{prefix: '', secretRef: {name: s, optional: false}}]",
                "envFrom/0",
                r#"{"secretRef":{"name":"s","optional":false}}"#,
            ),
            (
                "env: [{name: A, valueFrom: {configMapKeyRef: {key: k}}}]",
                "env/0/valueFrom",
                r#"{"configMapKeyRef":{"key":"k"}}"#,
            ),
            ("resources: {limits: {}, requests: {}, claims: []}, command: [], stdin: false", "resources", "{}"),
            (
                "volumeMounts: [{name: v, mountPath: /, subPath: '', readOnly: false}]",
                "volumeMounts/0",
                r#"{"mountPath":"/","name":"v"}"#,
            ),
            (
                "livenessProbe: {grpc: {port: 1, service: ''}, initialDelaySeconds: 0}",
                "livenessProbe/grpc",
                r#"{"port":1,"service":""}"#,
            ),
            (
                "securityContext: {privileged: false, capabilities: {add: [], drop: []}, seLinuxOptions: {level: ''}}",
                "securityContext",
                r#"{"capabilities":{},"privileged":false,"seLinuxOptions":{}}"#,
            ),
        ];
        for (fields, place, wanted) in in_container {
            let found = at("Pod", &format!("{pod}{fields}}}]}}"), &format!("/spec/containers/0/{place}"));
            assert_eq!(found.to_string(), wanted, "{fields}");
        }
        let elsewhere = [
            ("Pod", "spec: {volumes: [{name: e, emptyDir: {medium: ''}}]}", "/spec/volumes/0/emptyDir", "{}"),
            (
                "Pod",
                "spec: {volumes: [{name: e, nfs: {server: a, path: /, readOnly: false}}]}",
                "/spec/volumes/0/nfs",
                r#"{"path":"/","server":"a"}"#,
            ),
            (
                "Pod",
                "spec: {volumes: [{name: e, hostPath: {path: /}}]}",
                "/spec/volumes/0/hostPath",
                r#"{"path":"/","type":""}"#,
            ),
            (
                "Pod",
                "spec: {nodeSelector: {}, overhead: {}, imagePullSecrets: [{name: ''}]}",
                "/spec/nodeSelector",
                "null",
            ),
            ("Pod", "spec: {imagePullSecrets: [{name: ''}]}", "/spec/imagePullSecrets", "[{}]"),
            ("Pod", "spec: {securityContext: {sysctls: [], supplementalGroups: []}}", "/spec/securityContext", "{}"),
            (
                "Pod",
                "spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: []}}}",
                "/spec/affinity",
                r#"{"podAffinity":{}}"#,
            ),
            (
                "Pod",
                "metadata: {name: p, generateName: '', finalizers: [], ownerReferences: []}",
                "/metadata",
                r#"{"name":"p"}"#,
            ),
            (
                "Deployment",
                "spec: {template: {metadata: {name: '', annotations: {}}}}",
                "/spec/template/metadata",
                "{}",
            ),
            (
                "Deployment",
                "spec: {selector: {matchLabels: {a: b}, matchExpressions: []}}",
                "/spec/selector",
                r#"{"matchLabels":{"a":"b"}}"#,
            ),
            ("Deployment", "spec: {selector: {}}", "/spec/selector", r#"{"matchLabels":{}}"#),
            ("Deployment", "spec: {minReadySeconds: 0, paused: false}", "/spec/minReadySeconds", "null"),
            (
                "Deployment",
                "spec: {replicas: 0, strategy: {rollingUpdate: {maxSurge: 0}}}",
                "/spec/strategy/rollingUpdate/maxSurge",
                "0",
            ),
            (
                "Service",
                "spec: {ports: [{port: 80, name: '', nodePort: 0}]}",
                "/spec/ports/0",
                r#"{"port":80,"protocol":"TCP","targetPort":80}"#,
            ),
            (
                "Service",
                "spec: {externalIPs: [], selector: {}, publishNotReadyAddresses: false}",
                "/spec",
                r#"{"internalTrafficPolicy":"Cluster","sessionAffinity":"None","type":"ClusterIP"}"#,
            ),
            (
                "PersistentVolumeClaim",
                "spec: {volumeName: '', storageClassName: '', resources: {limits: {}}}",
                "/spec",
                r#"{"resources":{},"storageClassName":"","volumeMode":"Filesystem"}"#,
            ),
            ("ConfigMap", "{data: {}, immutable: false}", "/data", "null"),
            ("ConfigMap", "{data: {}, immutable: false}", "/immutable", "false"),
            (
                "Ingress",
                "spec: {ingressClassName: '', rules: [{host: '', http: {paths: []}}], tls: []}",
                "/spec",
                r#"{"ingressClassName":"","rules":[{"http":{"paths":[]}}]}"#,
            ),
            (
                "EndpointSlice",
                "{ports: [{port: 0}], endpoints: [{addresses: [], hostname: ''}]}",
                "/ports/0",
                r#"{"name":"","port":0,"protocol":"TCP"}"#,
            ),
        ];
        for (kind, text, pointer, wanted) in elsewhere {
            assert_eq!(at(kind, text, pointer).to_string(), wanted, "{text}");
        }
    }

    #[test]
    fn every_kept_field_is_one_of_the_api() {
        let text = include_str!("kept.txt");
        assert!(text.lines().is_sorted());
        for (name, fields) in text.lines().map(|line| line.split_once(' ').unwrap()) {
            let of_name = |id: &TypeId| id.name() == name || id.full_name() == name;
            let structs: Vec<TypeId> = TypeId::all().filter(of_name).collect();
            for field in fields.split(' ') {
                let found = structs.iter().filter_map(|id| id.field(field)).count();
                assert!(found > 0, "{name} {field}");
            }
        }
    }

    #[test]
    fn amounts_of_what_is_held_as_json_are_canonical() {
        for (kind, text, pointer, wanted) in [
            ("PersistentVolume", "spec: {capacity: {storage: 1024Mi}}", "/spec/capacity", r#"{"storage":"1Gi"}"#),
            ("PersistentVolume", "spec: {capacity: {storage: 1000m}}", "/spec/capacity", r#"{"storage":"1"}"#),
            (
                "ResourceQuota",
                "spec: {hard: {pods: 10, memory: 1024Ki}}",
                "/spec/hard",
                r#"{"memory":"1Mi","pods":"10"}"#,
            ),
            (
                "LimitRange",
                "spec: {limits: [{type: Container, default: {cpu: 1000m}}]}",
                "/spec/limits/0/default",
                r#"{"cpu":"1"}"#,
            ),
            ("CSIStorageCapacity", "capacity: 1024Mi", "/capacity", r#""1Gi""#),
        ] {
            assert_eq!(at(kind, text, pointer).to_string(), wanted, "{text}");
        }
    }
}
