//! Rules on `tolerations`.

use k8s_openapi::api::core::v1::Toleration;

use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, names};

/// Every rule of `tolerations`.
pub fn validate(tolerations: &[Toleration], path: &Path<'_>, errors: &mut Errors) {
    for (i, toleration) in tolerations.iter().enumerate() {
        let at = path.index(i);
        key(toleration, &at, errors);
        seconds(toleration, &at, errors);
        operator(toleration, &at, errors);
        effect(toleration, &at, errors);
    }
}

/// `toleration/key`: a key is a label key; without one, only the operator `Exists` (all taints) has a meaning.
///
/// Bad:
/// ```yaml
/// spec: {tolerations: [{operator: Equal, value: x}]}
/// ```
/// Good:
/// ```yaml
/// spec: {tolerations: [{key: dedicated, operator: Equal, value: x}]}
/// ```
fn key(toleration: &Toleration, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "toleration/key";
    let operator = go::text(&toleration.operator);
    match go::text(&toleration.key) {
        "" if operator != "Exists" => {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(CODE, &path.field("operator"), Shown::Named(operator), detail);
        }
        "" => {}
        key => errors.invalid_each(CODE, &path.field("key"), key, names::qualified_name(key)),
    }
}

/// `toleration/seconds`: `tolerationSeconds` says how long a `NoExecute` taint is borne; other effects never evict.
///
/// Bad:
/// ```yaml
/// spec: {tolerations: [{key: a, operator: Exists, effect: NoSchedule, tolerationSeconds: 5}]}
/// ```
/// Good:
/// ```yaml
/// spec: {tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 5}]}
/// ```
fn seconds(toleration: &Toleration, path: &Path<'_>, errors: &mut Errors) {
    let effect = go::text(&toleration.effect);
    if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.invalid("toleration/seconds", &path.field("effect"), Shown::Named(effect), detail);
    }
}

/// `toleration/operator`: the operator is `Equal` (with a label value) or `Exists` (without a value).
///
/// Bad:
/// ```yaml
/// spec: {tolerations: [{key: a, operator: Exists, value: x}]}
/// ```
/// Good:
/// ```yaml
/// spec: {tolerations: [{key: a, operator: Exists}]}
/// ```
///
/// `Lt` and `Gt` are known words, yet refused while their feature gate is off.
fn operator(toleration: &Toleration, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "toleration/operator";
    let at = path.field("operator");
    let value = go::text(&toleration.value);
    match go::text(&toleration.operator) {
        "" | "Equal" => {
            let faults = names::label_value(value);
            if !faults.is_empty() {
                errors.invalid(CODE, &at, value, &faults.join(";"));
            }
        }
        "Exists" => {
            if !value.is_empty() {
                errors.invalid(CODE, &at, value, "value must be empty when `operator` is 'Exists'");
            }
        }
        other @ ("Lt" | "Gt") => errors.not_supported(CODE, &at, other, &["Equal", "Exists", "Lt", "Gt"]),
        other => errors.not_supported(CODE, &at, other, &["Equal", "Exists"]),
    }
}

/// `toleration/effect`: the effect is `NoSchedule`, `PreferNoSchedule` or `NoExecute`; absent means all of them.
///
/// Bad:
/// ```yaml
/// spec: {tolerations: [{key: a, operator: Exists, effect: NoRun}]}
/// ```
/// Good:
/// ```yaml
/// spec: {tolerations: [{key: a, operator: Exists, effect: NoExecute}]}
/// ```
fn effect(toleration: &Toleration, path: &Path<'_>, errors: &mut Errors) {
    let known = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
    let effect = go::text(&toleration.effect);
    if !effect.is_empty() && !known.contains(&effect) {
        errors.not_supported("toleration/effect", &path.field("effect"), effect, known);
    }
}
