//! What a RuntimeClass says of the Pods that name it (kubernetes: plugin/pkg/admission/runtimeclass/admission.go).

use collections::Map as BTreeMap;
use k8s_openapi::api::core::v1::{PodSpec, Toleration};
use k8s_openapi::json::from_json;

use crate::api::{Object, View, quantity};

/// Why a Pod is forbidden that names a class which nobody has made: a new cluster has none (prepareObjects).
pub fn missing(name: &str) -> String {
    ["pod rejected: RuntimeClass \"", name, "\" not found"].concat()
}

/// Gives a new Pod what its class says of its overhead and its nodes (Admit: setOverhead, setScheduling).
///
/// # Errors
/// Why it is forbidden: it asks for another overhead, or for another kind of node, than its class.
pub fn give(class: &Object, spec: &mut PodSpec) -> Result<(), String> {
    let json = class.to_json();
    let class = View::new(&json);
    if class.at("overhead").exists() {
        if spec.overhead.is_some() && !is_overhead(class, spec) {
            return Err(OTHER_OVERHEAD.to_owned());
        }
        let fixed = class.at("overhead.podFixed").entries();
        let amount = |text: String| k8s_openapi::apimachinery::pkg::api::resource::Quantity(text);
        let given: BTreeMap<_, _> = fixed.map(|(name, value)| (name.into(), amount(value.text()))).collect();
        spec.overhead = (!given.is_empty()).then_some(given);
    }
    for (key, wanted) in class.at("scheduling.nodeSelector").entries() {
        let selector = spec.node_selector.get_or_insert_default();
        match selector.get(key) {
            Some(own) if **own != *wanted.str() => {
                let wanted = wanted.str();
                return Err(format!(
                    "conflict: runtimeClass.scheduling.nodeSelector[{key}] = {wanted}; pod.spec.nodeSelector[{key}] = {own}"
                ));
            }
            _ => selector.insert(key.into(), wanted.str().into()),
        };
    }
    let more: Vec<Toleration> =
        class.at("scheduling.tolerations").items().filter_map(|one| from_json(one.0?.clone()).ok()).collect();
    if !more.is_empty() {
        let own = spec.tolerations.take().unwrap_or_default();
        spec.tolerations = Some(merged(own.iter().cloned().chain(more).collect()).into());
    }
    Ok(())
}

const OTHER_OVERHEAD: &str = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

/// Why a valid Pod is forbidden for the sake of its overhead: that comes from its class alone (Validate:
/// validateOverhead).
pub fn refusal(class: Option<&Object>, spec: &PodSpec) -> Option<&'static str> {
    let class = class.map(Object::to_json);
    let class = View(class.as_ref()).key("overhead");
    let set = spec.overhead.as_ref().is_some_and(|overhead| !overhead.is_empty());
    (set && !class.exists())
        .then_some("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
}

/// Whether the Pod's overhead is that of the class.
fn is_overhead(class: View<'_>, spec: &PodSpec) -> bool {
    let fixed = class.at("overhead.podFixed");
    let wanted = |name: &str| quantity::Quantity::parse(&fixed.key(name).text()).ok();
    let same = |name: &str, amount| wanted(name) == Some(quantity::of(amount));
    let mut own = spec.overhead.iter().flatten();
    own.clone().count() == fixed.entries().count() && own.all(|(name, amount)| same(name, amount))
}

/// The tolerations without those that another one covers; of equal ones the first stays
/// (kubernetes: pkg/util/tolerations/tolerations.go MergeTolerations).
fn merged(all: Vec<Toleration>) -> Vec<Toleration> {
    let mut kept: Vec<Toleration> = Vec::new();
    for (place, one) in all.iter().enumerate() {
        let later = all.iter().skip(place + 1).any(|other| other != one && covers(other, one));
        if !later && !kept.iter().any(|other| covers(other, one)) {
            kept.push(one.clone());
        }
    }
    kept
}

/// Whether `wide` tolerates whatever `narrow` does (isSuperset).
fn covers(wide: &Toleration, narrow: &Toleration) -> bool {
    if wide == narrow {
        return true;
    }
    let exists = wide.operator.as_deref() == Some("Exists");
    let text = |text: &Option<k8s_openapi::Text>| text.as_deref().unwrap_or_default().to_owned();
    let same_key = text(&wide.key) == text(&narrow.key) || (text(&wide.key).is_empty() && exists);
    let same_effect = text(&wide.effect).is_empty() || text(&wide.effect) == text(&narrow.effect);
    let shorter = wide.effect.as_deref() == Some("NoExecute")
        && wide.toleration_seconds.is_some_and(|wide| narrow.toleration_seconds.is_none_or(|narrow| narrow > wide));
    let same_value =
        exists || (narrow.operator.as_deref() != Some("Exists") && text(&wide.value) == text(&narrow.value));
    same_key && same_effect && !shorter && same_value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::Kind;

    fn class(more: serde_json::Value) -> Object {
        let mut class = json!({"metadata": {"name": "rc"}, "handler": "runsc"});
        class.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Object::from_json(Kind::RuntimeClass, class).unwrap()
    }

    fn given(more: serde_json::Value, spec: serde_json::Value) -> Result<serde_json::Value, String> {
        let mut spec: PodSpec = from_json(spec).unwrap();
        give(&class(more), &mut spec).map(|()| k8s_openapi::json::to_json(&spec))
    }

    #[test]
    fn a_pod_is_given_the_overhead_and_the_nodes_of_its_class() {
        let more = json!({
            "overhead": {"podFixed": {"cpu": "250m"}},
            "scheduling": {"nodeSelector": {"sandbox": "yes"}, "tolerations": [{"key": "sandbox", "operator": "Exists"}]},
        });
        let spec = json!({"containers": [], "tolerations": [{"key": "sandbox", "operator": "Equal", "value": "x"}]});
        let wanted = json!({
            "containers": [], "overhead": {"cpu": "250m"}, "nodeSelector": {"sandbox": "yes"},
            "tolerations": [{"key": "sandbox", "operator": "Exists"}],
        });
        assert_eq!(given(more, spec), Ok(wanted));
    }

    #[test]
    fn a_pod_that_asks_for_something_else_than_its_class_is_forbidden() {
        let overhead = json!({"overhead": {"podFixed": {"cpu": "250m"}}});
        let with = |cpu: &str| json!({"containers": [], "overhead": {"cpu": cpu}});
        assert!(given(overhead.clone(), with("0.25")).is_ok());
        assert_eq!(given(overhead, with("1")), Err(OTHER_OVERHEAD.to_owned()));
        let nodes = json!({"scheduling": {"nodeSelector": {"a": "b"}}});
        let why = "conflict: runtimeClass.scheduling.nodeSelector[a] = b; pod.spec.nodeSelector[a] = c";
        assert_eq!(given(nodes, json!({"containers": [], "nodeSelector": {"a": "c"}})), Err(why.to_owned()));
        let spec: PodSpec = from_json(with("1")).unwrap();
        assert!(refusal(Some(&class(json!({}))), &spec).is_some());
    }
}
