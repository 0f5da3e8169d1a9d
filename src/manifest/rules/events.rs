//! Rules on Events (kubernetes: pkg/apis/core/validation/events.go, 1.36): one kind in two groups.

use k8s_openapi::api::core::v1::Event;

use super::errors::Errors;
use super::{go, names};
use crate::api::{Other, Path, View};

/// `event/fields`: an Event stands in the namespace of what it is about, and one of the newer kind, which has an
/// `eventTime`, says who reports what, and why.
const CODE: &str = "event/fields";

/// What both groups ask for.
struct Told<'a> {
    timed: bool,
    namespace: &'a str,
    involved: &'a str,
    controller: &'a str,
    instance: &'a str,
    action: &'a str,
    reason: &'a str,
    message: &'a str,
}

/// Every rule of an Event of the core group.
pub fn validate(event: &Event, errors: &mut Errors) {
    let told = Told {
        timed: event.event_time.is_some(),
        namespace: event.metadata.namespace.as_deref().unwrap_or("default"),
        involved: go::text(&event.involved_object.namespace),
        controller: go::text(&event.reporting_component),
        instance: go::text(&event.reporting_instance),
        action: go::text(&event.action),
        reason: go::text(&event.reason),
        message: go::text(&event.message),
    };
    legacy(&told, errors);
}

/// Every rule of an Event of `events.k8s.io`, which are more. The paths are those of the core group.
pub fn strict(event: &Other, errors: &mut Errors) {
    let object = View::new(&event.value);
    let told = Told {
        timed: object.at("eventTime").exists(),
        namespace: event.metadata.namespace.as_deref().unwrap_or("default"),
        involved: object.at("regarding.namespace").str(),
        controller: object.at("reportingController").str(),
        instance: object.at("reportingInstance").str(),
        action: object.at("action").str(),
        reason: object.at("reason").str(),
        message: object.at("note").str(),
    };
    legacy(&told, errors);
    let root = Path::ROOT;
    let (series, at) = (object.at("series"), root.field("series"));
    if series.exists() {
        if series.at("count").int() < 2 {
            errors.invalid(CODE, &at.field("count"), "", "should be at least 2");
        }
        if !series.at("lastObservedTime").exists() {
            errors.required(CODE, &at.field("lastObservedTime"), "");
        }
    }
    if !told.timed {
        errors.required(CODE, &root.field("eventTime"), "");
    }
    let kind = object.at("type").str();
    if !matches!(kind, "Normal" | "Warning") {
        errors.invalid(CODE, &root.field("type"), "", &["has invalid value: ", kind].concat());
    }
    let source = object.at("deprecatedSource");
    for (field, given) in [
        ("firstTimestamp", object.at("deprecatedFirstTimestamp").exists()),
        ("lastTimestamp", object.at("deprecatedLastTimestamp").exists()),
        ("count", object.at("deprecatedCount").int() != 0),
        ("source", ["component", "host"].iter().any(|part| !source.at(part).str().is_empty())),
    ] {
        if given {
            errors.invalid(CODE, &root.field(field), "", "needs to be unset");
        }
    }
}

fn legacy(told: &Told<'_>, errors: &mut Errors) {
    let root = Path::ROOT;
    let fits = match told.involved {
        "" if told.timed => matches!(told.namespace, "default" | "kube-system"),
        "" => told.namespace == "default",
        involved => told.timed || involved == told.namespace,
    };
    if !fits {
        let at = root.field("involvedObject");
        errors.invalid(CODE, &at.field("namespace"), told.involved, "does not match event.namespace");
    }
    if !told.timed {
        return;
    }
    let at = root.field("reportingController");
    if told.controller.is_empty() {
        errors.required(CODE, &at, "");
    }
    errors.invalid_each(CODE, &at, told.controller, names::qualified_name(told.controller));
    for (field, text) in [("reportingInstance", told.instance), ("action", told.action), ("reason", told.reason)] {
        if text.is_empty() {
            errors.required(CODE, &root.field(field), "");
        }
        if text.len() > 128 {
            errors.invalid(CODE, &root.field(field), "", "can have at most 128 characters");
        }
    }
    if told.message.len() > 1024 {
        errors.invalid(CODE, &root.field("message"), "", "can have at most 1024 characters");
    }
}
