//! Rules on classes of volumes and on CSIDrivers (kubernetes: pkg/apis/storage/validation/validation.go, 1.36).

use collections::{Map, Set};

use super::{number, one_of, required};
use crate::api::{Path, View};
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::names;

/// `storage/class`: a class names who makes its volumes, and what becomes of them.
///
/// Bad:
/// ```yaml
/// kind: StorageClass
/// reclaimPolicy: Recycle
/// ```
/// Good:
/// ```yaml
/// kind: StorageClass
/// reclaimPolicy: Retain
/// ```
pub fn class(object: View<'_>, errors: &mut Errors) {
    const CODE: &str = "storage/class";
    let root = Path::ROOT;
    provisioner(CODE, object.at("provisioner"), &root.field("provisioner"), errors);
    parameters(object.at("parameters"), &root.field("parameters"), errors);
    let policy = object.at("reclaimPolicy");
    if !policy.str().is_empty() {
        one_of(CODE, policy, &["Delete", "Retain"], &root.field("reclaimPolicy"), errors);
    }
    let modes = ["Immediate", "WaitForFirstConsumer"];
    one_of(CODE, object.at("volumeBindingMode"), &modes, &root.field("volumeBindingMode"), errors);
    topologies(object.at("allowedTopologies"), &root.field("allowedTopologies"), errors);
}

/// Who makes the volumes of a class.
fn provisioner(code: &'static str, name: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    if required(code, name, path, errors) {
        // The text is shown as it is checked.
        let lower = name.str().to_lowercase();
        errors.invalid_each(code, path, &lower, names::qualified_name(&lower));
    }
}

/// `storage/attributes-class`: a class of attributes names its driver, and the attributes.
///
/// Bad:
/// ```yaml
/// kind: VolumeAttributesClass
/// driverName: disks.example.com
/// ```
/// Good:
/// ```yaml
/// kind: VolumeAttributesClass
/// driverName: disks.example.com
/// parameters: {iops: "4000"}
/// ```
pub fn attributes_class(object: View<'_>, errors: &mut Errors) {
    const CODE: &str = "storage/attributes-class";
    provisioner(CODE, object.at("driverName"), &Path::ROOT.field("driverName"), errors);
    let (list, path) = (object.at("parameters"), Path::ROOT.field("parameters"));
    parameters(list, &path, errors);
    if list.entries().next().is_none() {
        errors.required(CODE, &path, "must contain at least one key/value pair");
    }
}

/// `storage/parameters`: the parameters of a class have names, and there are not too many of them.
///
/// Bad:
/// ```yaml
/// kind: StorageClass
/// parameters: {"": fast}
/// ```
/// Good:
/// ```yaml
/// kind: StorageClass
/// parameters: {type: fast}
/// ```
fn parameters(parameters: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "storage/parameters";
    if parameters.entries().count() > 512 {
        return errors.too_long(CODE, path, 512);
    }
    let mut size = 0;
    for (key, value) in parameters.entries() {
        if key.is_empty() {
            errors.invalid(CODE, path, key, "field can not be empty.");
        }
        size += key.len() + value.str().len();
    }
    if size > 256 << 10 {
        errors.too_long(CODE, path, 256 << 10);
    }
}

/// `storage/topology`: where volumes may lie is said by label keys, each with values, each once.
///
/// Bad:
/// ```yaml
/// kind: StorageClass
/// allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: []}]}]
/// ```
/// Good:
/// ```yaml
/// kind: StorageClass
/// allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [a]}]}]
/// ```
fn topologies(terms: View<'_>, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "storage/topology";
    // A term is told when it was there before. The server begins with as many empty ones as there are terms.
    let sets: Vec<_> = terms.items().map(topology).collect();
    for (i, term) in terms.items().enumerate() {
        let at = path.index(i);
        let list = at.field("matchLabelExpressions");
        for (j, expression) in term.at("matchLabelExpressions").items().enumerate() {
            let at = list.index(j);
            let values = at.field("values");
            if expression.at("values").items().len() == 0 {
                errors.required(CODE, &values, "");
            }
            let texts: Vec<&str> = expression.at("values").items().map(View::str).collect();
            for (n, text) in texts.iter().enumerate() {
                if texts.iter().take(n).any(|earlier| earlier == text) {
                    errors.duplicate(CODE, &values.index(n), *text);
                }
            }
            let key = expression.at("key").str();
            errors.invalid_each(CODE, &at.field("key"), key, names::qualified_name(key));
            let mut earlier = term.at("matchLabelExpressions").items().take(j);
            if earlier.any(|expression| expression.at("key").str() == key) {
                errors.duplicate(CODE, &at.field("key"), key);
            }
        }
        let Some(own) = sets.get(i) else { continue };
        let empty = if own.is_empty() { sets.len() } else { 0 };
        for _ in 0..empty + sets.iter().take(i).filter(|other| *other == own).count() {
            errors.duplicate(CODE, &list, "");
        }
    }
}

/// The values of each key, in an order of their own; of a key that is there twice the last ones
/// (core/validation: ValidateTopologySelectorTerm).
fn topology(term: View<'_>) -> Map<&str, Set<&str>> {
    let expressions = term.at("matchLabelExpressions").items();
    expressions.map(|it| (it.at("key").str(), it.at("values").items().map(View::str).collect())).collect()
}

/// `storage/driver`: a CSI driver gives its volumes a group in a known way, lives with them in a known way, and asks for
/// each token once.
///
/// Bad:
/// ```yaml
/// kind: CSIDriver
/// spec: {fsGroupPolicy: Always}
/// ```
/// Good:
/// ```yaml
/// kind: CSIDriver
/// spec: {fsGroupPolicy: File}
/// ```
pub fn driver(spec: View<'_>, errors: &mut Errors) {
    const CODE: &str = "storage/driver";
    let path = Path::ROOT.field("spec");
    let policies = ["File", "None", "ReadWriteOnceWithFSType"];
    one_of(CODE, spec.at("fsGroupPolicy"), &policies, &path.field("fsGroupPolicy"), errors);
    let list = path.field("tokenRequests");
    let audiences: Vec<&str> = spec.at("tokenRequests").items().map(|request| request.at("audience").str()).collect();
    for (i, request) in spec.at("tokenRequests").items().enumerate() {
        let at = list.index(i);
        if let Some(audience) = audiences.get(i).filter(|it| audiences.iter().take(i).any(|earlier| earlier == *it)) {
            errors.duplicate(CODE, &at.field("audience"), *audience);
            continue;
        }
        let Some(seconds) = number(request.at("expirationSeconds")) else { continue };
        let at = at.field("expirationSeconds");
        if seconds < 600 {
            errors.invalid(CODE, &at, seconds, "may not specify a duration less than 10 minutes");
        }
        if seconds > 1 << 32 {
            errors.invalid(CODE, &at, seconds, "may not specify a duration larger than 2^32 seconds");
        }
    }
    for mode in spec.at("volumeLifecycleModes").items() {
        one_of(CODE, mode, &["Persistent", "Ephemeral"], &path.field("volumeLifecycleModes"), errors);
    }
    if let Some(seconds) = number(spec.at("nodeAllocatableUpdatePeriodSeconds")).filter(|seconds| *seconds < 10) {
        let at = path.field("nodeAllocatableUpdatePeriodSeconds");
        errors.invalid(CODE, &at, seconds, "must be greater than or equal to 10 seconds");
    }
}
