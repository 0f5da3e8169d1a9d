//! What the API server checks on create: one rule, one function, in a file per area of the API.
//!
//! Every function takes a **defaulted** object (`api::defaults`) and gives findings in the order in which the server
//! lists them. A rule's doc comment names its code, says why the server insists, and shows a bad and a good example;
//! `tests/rule_docs.rs` runs the examples.

pub mod addresses;
mod advice;
pub mod claim;
pub mod config;
pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod errors;
pub mod events;
pub mod go;
pub mod go_json;
pub mod hpa;
pub mod hpa_metrics;
pub mod job;
pub mod job_policies;
pub mod metadata;
pub mod names;
pub mod namespace;
pub mod numbers;
pub mod others;
pub mod pem;
pub mod pod;
pub mod selectors;
pub mod service;
pub mod service_addresses;
pub mod service_held;
pub mod service_ports;
pub mod shown;
pub mod statefulset;
pub mod warn;
pub mod workload;

pub use self::advice::advice;
use self::errors::Errors;
use super::FieldError;
use crate::api::{Kind, Object};

/// What the server refuses (422 Invalid), in its order; empty when it accepts.
///
/// `object` is already defaulted. Findings with the same path and text stand as often as the server lists them in
/// `details.causes`; kubectl prints each once.
pub fn validate(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    match object {
        Object::Pod(it) => pod::validate(it, &mut errors),
        Object::Deployment(it) => deployment::validate(it, &mut errors),
        Object::ReplicaSet(it) => deployment::validate_replica_set(it, &mut errors),
        Object::StatefulSet(it) => statefulset::validate(it, &mut errors),
        Object::DaemonSet(it) => daemonset::validate(it, &mut errors),
        Object::Job(it) => job::validate(it, &mut errors),
        Object::CronJob(it) => cronjob::validate(it, &mut errors),
        Object::Service(it) => service::validate(it, &mut errors),
        Object::ConfigMap(it) => config::validate_config_map(it, &mut errors),
        Object::Secret(it) => config::validate_secret(it, &mut errors),
        Object::HorizontalPodAutoscaler(it) => hpa::validate(it, &mut errors),
        Object::Namespace(it) => namespace::validate(it, &mut errors),
        Object::PersistentVolumeClaim(it) => claim::validate(it, &mut errors),
        Object::ServiceAccount(it) => namespace::validate_service_account(it, &mut errors),
        Object::Node(it) => namespace::validate_node(it, &mut errors),
        Object::Other(it) => others::validate(it, &mut errors),
        Object::Event(it) => events::validate(it, &mut errors),
    }
    errors.into_vec()
}

/// What the server refuses before it looks at the rules, because what the object asks for is not to be had; a dry run,
/// which is given nothing, does not see all of it.
pub fn allocate(object: &Object, held: &service_held::Held) -> Vec<FieldError> {
    let mut errors = Errors::new();
    if let Object::Service(it) = object {
        service::allocate(it, held, &mut errors);
    }
    errors.into_vec()
}

/// The rules of the kinds whose metadata is not looked at again when they are changed; none for other kinds and for
/// Jobs, which have their own.
pub(super) fn validate_spec(object: &Object, errors: &mut Errors) {
    match object {
        Object::Deployment(it) => deployment::spec(it, errors),
        Object::ReplicaSet(it) => deployment::replica_set_spec(it, errors),
        Object::StatefulSet(it) => statefulset::spec(it, errors),
        Object::DaemonSet(it) => daemonset::spec(it, errors),
        Object::CronJob(it) => cronjob::spec(it, errors),
        Object::HorizontalPodAutoscaler(it) => hpa::spec(it, errors),
        _ => {}
    }
}

/// What the server tells with `Warning: …` while it prepares the object, even if it then refuses it.
pub fn early_warnings(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    warn::kinds::owners(object.metadata(), &mut errors);
    if let Object::Pod(pod) = object {
        warn::pod::early(pod, &mut errors);
    }
    errors.distinct();
    errors.into_vec()
}

/// What the server accepts with `Warning: …`, all of it, [`early_warnings`] first; the message is the text after that
/// word. Ask only when [`validate`] found nothing.
pub fn warnings(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    warn::kinds::owners(object.metadata(), &mut errors);
    match object {
        Object::Pod(pod) => {
            warn::pod::early(pod, &mut errors);
            warn::pod::warnings(pod, &mut errors);
        }
        object => warn::kinds::warnings(object, warn::Since::Creation, &mut errors),
    }
    errors.distinct();
    errors.into_vec()
}

/// What the server accepts with `Warning: …` when `new` takes the place of `old`. Of Pods it says nothing then, for it is
/// seldom people who change them; of templates where what is asked for has changed
/// (kubernetes: pkg/registry/*/strategy.go WarningsOnUpdate).
pub fn update_warnings(old: &Object, new: &Object) -> Vec<FieldError> {
    let mut errors = Errors::new();
    warn::kinds::owners(new.metadata(), &mut errors);
    // A PodTemplate has no spec.
    let asked = |object: &Object| {
        let json = object.to_json();
        ["spec", "template"].map(|field| json.get(field).cloned())
    };
    let since = if asked(old) == asked(new) { warn::Since::Update } else { warn::Since::Change };
    // Of a ReplicationController the server looks at the template that goes: it takes the two in the wrong order
    // (pkg/registry/core/replicationcontroller/strategy.go).
    let object = match new {
        Object::Other(it) if it.kind == "ReplicationController" => old,
        new => new,
    };
    warn::kinds::warnings(object, since, &mut errors);
    errors.distinct();
    errors.into_vec()
}

/// Finds what the cluster holds by kind, namespace (empty for kinds that live in none) and name. The PriorityClass
/// without a name is the usual one.
pub type There<'a> = &'a dyn Fn(Kind, &str, &str) -> Option<Object>;

/// Why an admission plug-in refuses the object before validation.
pub fn admission(object: &Object, there: There<'_>) -> Option<pod::admission::Denied> {
    match object {
        Object::Pod(pod) => pod::admission::mutating(pod, there),
        _ => None,
    }
}

/// Why an admission plug-in refuses a valid object, after its warnings were told. `namespace` is the one that it goes to,
/// where that is known.
pub fn late_admission(object: &Object, namespace: Option<&Object>, there: There<'_>) -> Option<String> {
    match object {
        Object::Pod(pod) => pod::admission::validating(pod, namespace, there),
        _ => None,
    }
}

/// What the namespace has the server warn of in a valid object that has passed [`late_admission`].
pub fn late_warning(object: &Object, namespace: Option<&Object>) -> Option<FieldError> {
    pod::admission::security_warning(object, namespace?)
}
