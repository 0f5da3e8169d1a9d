//! Mends of `apiVersion` and `kind`.

use serde_json::Value as Json;

use super::site::Site;
use super::words::nearest;
use super::{ADD, API_VERSION, FIELD_CASE, Fix, KIND, fix};
use crate::api::Segment;
use crate::api::schema::served_kinds;

/// The right spelling of a kind, or the version that serves it.
pub(in crate::manifest) fn kind(site: &Site<'_, '_>, api_version: &str, kind: &str) -> Vec<Fix> {
    let write = |field: &str, text: &str| {
        let entry = site.values.field(site.root, field)?;
        site.write(entry.value, &Json::from(text))
    };
    let served = served_kinds();
    let newest = |kind: &str| served.iter().rfind(|it| it.kind == kind).map(|it| it.api_version);
    // Of two versions the newer one comes later in the list.
    if let Some(version) = newest(kind) {
        return fix(API_VERSION, version, write("apiVersion", version)).into_iter().collect();
    }
    let same = served.iter().find(|it| it.kind.eq_ignore_ascii_case(kind)).map(|it| it.kind);
    let Some(near) = same.or_else(|| nearest(kind, served.iter().map(|it| it.kind))) else { return Vec::new() };
    let Some(mut fix) = fix(KIND, near, write("kind", near)) else { return Vec::new() };
    let right_version = served.iter().any(|it| it.kind == near && it.api_version == api_version);
    if let (false, Some(version)) = (right_version, newest(near)) {
        fix.edits.extend(write("apiVersion", version));
    }
    vec![fix]
}

/// The missing `apiVersion` or `kind`, where the rest leaves little doubt, or its key in the right case.
pub(in crate::manifest) fn type_meta(site: &Site<'_, '_>) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let text = |field| site.values.field(site.root, field).and_then(|entry| site.values.text(entry.value));
    for wanted in ["apiVersion", "kind"] {
        if text(wanted).is_some() {
            continue;
        }
        let miswritten = site.entries(&[]).iter().find(|entry| entry.key.eq_ignore_ascii_case(wanted));
        if let Some(entry) = miswritten.filter(|entry| entry.key != wanted) {
            fixes.push(Fix {
                id: FIELD_CASE,
                value: wanted.to_owned(),
                edits: vec![site.rename(entry.key_node, wanted)],
            });
            continue;
        }
        let value = match wanted {
            "kind" => likely_kind(site, text("apiVersion").unwrap_or_default()),
            _ => {
                let kind = text("kind").or_else(|| likely_kind(site, ""));
                kind.and_then(|kind| served_kinds().iter().rfind(|it| it.kind == kind)).map(|it| it.api_version)
            }
        };
        let Some(value) = value else { continue };
        let path = [Segment::Field(wanted.into())];
        let edit = match site.values.field(site.root, wanted).filter(|entry| !site.values.is_null(entry.value)) {
            Some(entry) => site.write(entry.value, &Json::from(value)),
            None => site.put(&path, &Json::from(value), true),
        };
        fixes.extend(fix(ADD, &format!("{wanted}: {value}"), edit));
    }
    fixes
}

/// What an object without a kind is by its fields.
fn likely_kind(site: &Site<'_, '_>, api_version: &str) -> Option<&'static str> {
    const TELLING: [(&str, &str, &str); 8] = [
        ("containers", "v1", "Pod"),
        ("jobTemplate", "batch/v1", "CronJob"),
        ("scaleTargetRef", "autoscaling/v2", "HorizontalPodAutoscaler"),
        ("accessModes", "v1", "PersistentVolumeClaim"),
        ("ports", "v1", "Service"),
        ("template", "apps/v1", "Deployment"),
        ("template", "batch/v1", "Job"),
        ("data", "v1", "ConfigMap"),
    ];
    let has = |field: &str| {
        let spec = site.values.field(site.root, "spec").map(|spec| spec.value);
        [Some(site.root), spec].into_iter().flatten().any(|object| site.values.field(object, field).is_some())
    };
    let fits = |version: &str| api_version.is_empty() || version == api_version;
    TELLING.iter().find(|(field, version, _)| has(field) && fits(version)).map(|(.., kind)| *kind)
}
