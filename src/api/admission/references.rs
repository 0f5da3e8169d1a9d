//! What a Pod refers to has to be there: its service account.

use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::json::to_json;
use serde_json::Value;

use super::MIRROR;
use crate::api::Pod;

/// Why the Pod is forbidden for the sake of its service account; every namespace has `default`. `find` says whether the
/// account of a namespace and a name is there, or why nobody can ask for it
/// (kubernetes: plugin/pkg/admission/serviceaccount/admission.go Admit).
pub fn service_account(pod: &Pod, find: &dyn Fn(&str, &str) -> Result<bool, String>) -> Option<String> {
    let name = pod.spec.service_account_name.as_deref().filter(|name| !name.is_empty());
    if pod.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(MIRROR)) {
        return mirror(&pod.spec, name).map(str::to_owned);
    }
    let name = name.filter(|name| *name != "default")?;
    let namespace = pod.namespace();
    let why = match find(namespace, name) {
        Ok(true) => return None,
        Ok(false) => ["serviceaccount \"", name, "\" not found"].concat(),
        Err(why) => why,
    };
    Some(["error looking up service account ", namespace, "/", name, ": ", &why].concat())
}

/// What a mirror Pod refers to and may not.
fn mirror(spec: &PodSpec, account: Option<&str>) -> Option<&'static str> {
    if account.is_some() {
        return Some("a mirror pod may not reference service accounts");
    }
    let json = to_json(spec);
    let parts = || ["volumes", "initContainers", "containers"].iter().filter_map(|part| json.get(part));
    let pulls = spec.image_pull_secrets.iter().flatten().next().is_some();
    if pulls || parts().any(|part| holds(part, SECRETS)) {
        return Some("a mirror pod may not reference secrets");
    }
    let token = parts().any(|part| holds(part, &["serviceAccountToken"]));
    token.then_some("a mirror pod may not use ServiceAccountToken volume projections")
}

/// The fields that name a secret (kubernetes: pkg/api/pod/util.go VisitPodSecretNames).
const SECRETS: &[&str] = &["nodePublishSecretRef", "secret", "secretKeyRef", "secretName", "secretRef"];

/// Whether one of the fields is set somewhere in `value`.
fn holds(value: &Value, fields: &[&str]) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(name, value)| {
            let set = !value.is_null() && value.as_str() != Some("");
            (set && fields.contains(&name.as_str())) || holds(value, fields)
        }),
        Value::Array(list) => list.iter().any(|value| holds(value, fields)),
        _ => false,
    }
}
