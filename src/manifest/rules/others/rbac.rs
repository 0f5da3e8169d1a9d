//! Rules on roles and their bindings (kubernetes: pkg/apis/rbac/validation/validation.go, 1.36).

use super::{json, network_policy, one_of_texts};
use crate::api::{Path, View};
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{hpa, names};

/// The group of the API that roles belong to.
const GROUP: &str = "rbac.authorization.k8s.io";

/// `rbac/rule`: a rule says what may be done, and to which resources of which groups; addresses that are no resources
/// stand in a rule of their own, and only in a ClusterRole.
///
/// Bad:
/// ```yaml
/// kind: Role
/// rules: [{verbs: [get], resources: [pods]}]
/// ```
/// Good:
/// ```yaml
/// kind: Role
/// rules: [{verbs: [get], apiGroups: [""], resources: [pods]}]
/// ```
///
/// The group of Pods, Services and other old kinds is the empty text, and must be written all the same.
pub fn role(object: View<'_>, namespaced: bool, errors: &mut Errors) {
    const CODE: &str = "rbac/rule";
    let rules = Path::ROOT.field("rules");
    for (i, rule) in object.at("rules").items().enumerate() {
        let path = rules.index(i);
        let count = |field: &str| rule.at(field).items().len();
        if count("verbs") == 0 {
            errors.required(CODE, &path.field("verbs"), "verbs must contain at least one value");
        }
        if count("nonResourceURLs") > 0 {
            let (at, value) = (path.field("nonResourceURLs"), json(rule.at("nonResourceURLs")));
            if namespaced {
                let detail = "namespaced rules cannot apply to non-resource URLs";
                errors.invalid(CODE, &at, Shown::Json(&value), detail);
            }
            if ["apiGroups", "resources", "resourceNames"].iter().any(|field| count(field) > 0) {
                let detail = "rules cannot apply to both regular resources and non-resource URLs";
                errors.invalid(CODE, &at, Shown::Json(&value), detail);
            }
            continue;
        }
        if count("apiGroups") == 0 {
            errors.required(CODE, &path.field("apiGroups"), "resource rules must supply at least one api group");
        }
        if count("resources") == 0 {
            errors.required(CODE, &path.field("resources"), "resource rules must supply at least one resource");
        }
        if count("resourceNames") > 0 && count("resources") > 1 {
            let at = path.field("resourceNames");
            errors.required(CODE, &at, "resource names cannot apply to multiple resources");
        }
    }
}

/// Every rule of a ClusterRole; one that is made of others chooses them.
pub fn cluster_role(object: View<'_>, errors: &mut Errors) {
    role(object, false, errors);
    let aggregation = object.at("aggregationRule");
    let selectors = aggregation.at("clusterRoleSelectors");
    let path = Path::ROOT.field("aggregationRule");
    let list = path.field("clusterRoleSelectors");
    if aggregation.exists() && selectors.items().len() == 0 {
        let detail = "at least one clusterRoleSelector required if aggregationRule is non-nil";
        errors.required("rbac/rule", &list, detail);
    }
    for (i, selector) in selectors.items().enumerate() {
        network_policy::selector(selector, &list.index(i), errors);
    }
}

/// `rbac/role-ref`: a binding names a role: a ClusterRole, or a Role of its own namespace.
///
/// Bad:
/// ```yaml
/// kind: ClusterRoleBinding
/// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
/// ```
/// Good:
/// ```yaml
/// kind: ClusterRoleBinding
/// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
/// ```
pub fn binding(object: View<'_>, namespaced: bool, errors: &mut Errors) {
    const CODE: &str = "rbac/role-ref";
    let (role, path) = (object.at("roleRef"), Path::ROOT.field("roleRef"));
    // An absent group is filled in.
    one_of_texts(CODE, &role.at("apiGroup").or(GROUP), &[GROUP], &path.field("apiGroup"), errors);
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    one_of_texts(CODE, role.at("kind").str(), kinds, &path.field("kind"), errors);
    let (name, at) = (role.at("name").str(), path.field("name"));
    match name.is_empty() {
        true => errors.required(CODE, &at, ""),
        false => hpa::path_segment(CODE, name, &at, errors),
    }
    let subjects = Path::ROOT.field("subjects");
    for (i, entry) in object.at("subjects").items().enumerate() {
        subject(entry, namespaced, &subjects.index(i), errors);
    }
}

/// `rbac/subject`: a subject is a ServiceAccount, a User or a Group; in a ClusterRoleBinding a ServiceAccount comes with
/// its namespace.
///
/// Bad:
/// ```yaml
/// kind: ClusterRoleBinding
/// subjects: [{kind: ServiceAccount, name: default}]
/// ```
/// Good:
/// ```yaml
/// kind: ClusterRoleBinding
/// subjects: [{kind: ServiceAccount, name: default, namespace: default}]
/// ```
fn subject(subject: View<'_>, namespaced: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "rbac/subject";
    let (kind, name, group) = (subject.at("kind").str(), subject.at("name").str(), subject.at("apiGroup"));
    let (at, at_group) = (path.field("name"), path.field("apiGroup"));
    if name.is_empty() {
        errors.required(CODE, &at, "");
    }
    match kind {
        "ServiceAccount" => {
            if !name.is_empty() {
                errors.invalid_each(CODE, &at, name, names::dns1123_subdomain(name));
            }
            one_of_texts(CODE, group.str(), &[""], &at_group, errors);
            if !namespaced && subject.at("namespace").str().is_empty() {
                errors.required(CODE, &path.field("namespace"), "");
            }
        }
        "User" | "Group" => {
            if name.is_empty() {
                let detail = if kind == "User" { "user name cannot be empty" } else { "group name cannot be empty" };
                errors.invalid(CODE, &at, name, detail);
            }
            one_of_texts(CODE, &group.or(GROUP), &[GROUP], &at_group, errors);
        }
        kind => one_of_texts(CODE, kind, &["ServiceAccount", "User", "Group"], &path.field("kind"), errors),
    }
}
