//! What of kinds may change that Podlab holds as JSON (kubernetes: pkg/apis/{scheduling,storage}/validation, 1.36).

use serde_json::Value;

use super::IMMUTABLE;
use super::last_applied::json_text;
use crate::api::{Other, Path};
use crate::manifest::rules::errors::{Errors, Shown};

/// `update/carried`: the value of a PriorityClass and what a StorageClass makes of volumes do not change.
///
/// Pods and volumes that were made by them would not fit them any more.
const CODE: &str = "update/carried";

/// The fields that are refused with a sentence.
const FORBIDDEN: [(&str, &str, &str); 4] = [
    ("PriorityClass", "value", "may not be changed in an update."),
    ("StorageClass", "parameters", "updates to parameters are forbidden."),
    ("StorageClass", "provisioner", "updates to provisioner are forbidden."),
    ("StorageClass", "reclaimPolicy", "updates to reclaimPolicy are forbidden."),
];

/// The fields that are shown with their new value.
const SHOWN: [(&str, &str); 2] = [("PriorityClass", "preemptionPolicy"), ("StorageClass", "volumeBindingMode")];

/// What the server fills in.
fn default(field: &str) -> Value {
    match field {
        "reclaimPolicy" => "Delete".into(),
        "volumeBindingMode" => "Immediate".into(),
        "preemptionPolicy" => "PreemptLowerPriority".into(),
        "value" => 0.into(),
        _ => Value::Null,
    }
}

/// The rules of the two kinds; there are none for others.
pub(super) fn validate(old: &Other, new: &Other, errors: &mut Errors) {
    let of = |object: &Other, field: &str| {
        object.value.get(field).filter(|value| !value.is_null()).cloned().unwrap_or_else(|| default(field))
    };
    let changed = |kind: &str, field: &str| new.kind == kind && of(old, field) != of(new, field);
    for (kind, field, words) in FORBIDDEN {
        if changed(kind, field) {
            errors.forbidden(CODE, &Path::ROOT.field(field), words);
        }
    }
    for (kind, field) in SHOWN {
        if changed(kind, field) {
            let value = json_text(&of(new, field));
            errors.invalid(CODE, &Path::ROOT.field(field), Shown::Json(&value), IMMUTABLE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::update;
    use crate::api::{Kind, Object};
    use serde_json::json;

    #[test]
    fn a_priority_keeps_its_value() {
        let class = |value: i32| {
            let json = json!({"metadata": {"name": "high"}, "value": value});
            Object::from_json(Kind::PriorityClass, json).unwrap()
        };
        let errors = update(&class(1), &class(2));
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["value: Forbidden: may not be changed in an update."]);
        assert_eq!(update(&class(1), &class(1)), []);
    }
}
