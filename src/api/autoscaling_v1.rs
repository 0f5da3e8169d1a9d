//! The older version of HorizontalPodAutoscalers, which the server still serves: its one metric is the CPU
//! (kubernetes: pkg/apis/autoscaling/v1/conversion.go, 1.36).

use serde_json::{Map, Value, json};

use super::Kind;

/// The version.
pub const API_VERSION: &str = "autoscaling/v1";

/// The field that version 2 has metrics for.
const CPU_TARGET: &str = "targetCPUUtilizationPercentage";

/// Whether objects of this `apiVersion` and `kind` are the older ones.
pub fn is_older(api_version: &str, kind: &str) -> bool {
    api_version == API_VERSION && kind == Kind::HorizontalPodAutoscaler.name()
}

/// The kind that `api_version` and `kind` name, in whatever version it is served.
pub fn kind(api_version: &str, kind: &str) -> Option<Kind> {
    match is_older(api_version, kind) {
        true => Some(Kind::HorizontalPodAutoscaler),
        false => Kind::find(api_version, kind),
    }
}

/// The object in version 2.
pub fn to_v2(mut object: Value) -> Value {
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut)
        && let Some(percent) = spec.remove(CPU_TARGET).filter(|percent| !percent.is_null())
    {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        spec.insert("metrics".to_owned(), json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]));
    }
    if let Some(fields) = object.as_object_mut() {
        fields.insert("apiVersion".to_owned(), Kind::HorizontalPodAutoscaler.api_version().into());
        // Its form is another one; nobody but the controller writes it.
        fields.remove("status");
    }
    object
}

/// The object in version 1; of the metrics only the CPU's is left.
pub fn from_v2(mut object: Value) -> Value {
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        let metrics = spec.remove("metrics").unwrap_or_default();
        spec.remove("behavior");
        let percent = metrics.as_array().into_iter().flatten().find_map(|metric| {
            let resource = metric.get("resource").filter(|resource| resource.get("name") == Some(&json!("cpu")))?;
            resource.pointer("/target/averageUtilization").cloned()
        });
        if let Some(percent) = percent {
            spec.insert(CPU_TARGET.to_owned(), percent);
        }
    }
    if let Some(fields) = object.as_object_mut() {
        fields.insert("apiVersion".to_owned(), API_VERSION.into());
        fields.insert("status".to_owned(), Value::Object(Map::new()));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Object;

    #[test]
    fn the_cpu_target_becomes_a_metric() {
        let spec = json!({"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "a"}, CPU_TARGET: 70});
        let older = json!({"apiVersion": API_VERSION, "kind": "HorizontalPodAutoscaler", "spec": spec});
        let newer = to_v2(older.clone());
        assert_eq!(newer["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"], 70);
        assert!(Object::from_json(Kind::HorizontalPodAutoscaler, newer.clone()).is_ok());
        assert_eq!(from_v2(newer)["spec"], older["spec"]);
        assert_eq!(kind(API_VERSION, "HorizontalPodAutoscaler"), Some(Kind::HorizontalPodAutoscaler));
        assert_eq!(kind(API_VERSION, "Pod"), None);
    }
}
