//! Rules on seccomp and AppArmor profiles, as fields and as the older annotations.

use collections::Map as BTreeMap;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{AppArmorProfile, PodSpec, SeccompProfile};

use super::files;
use crate::api::Path;
use crate::api::admission::app_armor::{APP_ARMOR as APP_ARMOR_KEY, from_annotation};
use crate::manifest::rules::errors::{Errors, Shown, push_go_quoted};
use crate::manifest::rules::go;

const TYPES: &[&str] = &["Localhost", "RuntimeDefault", "Unconfined"];
/// The annotation for the whole Pod.
pub const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// The prefix of the annotation for one container.
pub const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// A seccomp profile as Go writes the internal struct.
pub fn seccomp_json(profile: &SeccompProfile) -> go::Struct {
    go::Struct::new().string("Type", &profile.type_).optional_string("LocalhostProfile", &profile.localhost_profile)
}

/// An AppArmor profile as Go writes the internal struct.
pub fn app_armor_json(profile: &AppArmorProfile) -> go::Struct {
    go::Struct::new().string("Type", &profile.type_).optional_string("LocalhostProfile", &profile.localhost_profile)
}

/// `security/seccomp-profile`: a seccomp profile has a known type; a file is named for `Localhost` and only for it.
///
/// Bad:
/// ```yaml
/// spec: {securityContext: {seccompProfile: {type: RuntimeDefault, localhostProfile: a.json}}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {seccompProfile: {type: Localhost, localhostProfile: a.json}}}
/// ```
///
/// A file that the node does not have keeps the container in `CreateContainerError`.
pub fn seccomp(profile: &SeccompProfile, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "security/seccomp-profile";
    let at = path.field("type");
    match profile.type_.as_str() {
        "" => errors.required(CODE, &at, "type is required when seccompProfile is set"),
        kind if TYPES.contains(&kind) => {}
        other => errors.not_supported(CODE, &at, other, TYPES),
    }
    let at = path.field("localhostProfile");
    match (profile.type_.as_str(), &profile.localhost_profile) {
        ("Localhost", None) => errors.required(CODE, &at, "must be set when seccomp type is Localhost"),
        ("Localhost", Some(file)) => files::descending_path(CODE, file, &at, errors),
        (_, None) => {}
        (_, Some(_)) => {
            let shown = seccomp_json(profile).finish();
            errors.invalid(CODE, &at, Shown::Json(&shown), "can only be set when seccomp type is Localhost");
        }
    }
}

/// `security/app-armor-profile`: an AppArmor profile has a known type; a profile is named for `Localhost` and only
/// for it, without blanks around it.
///
/// Bad:
/// ```yaml
/// spec: {securityContext: {appArmorProfile: {type: Localhost}}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {appArmorProfile: {type: RuntimeDefault}}}
/// ```
pub fn app_armor(profile: &AppArmorProfile, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "security/app-armor-profile";
    const NEEDED: &str = "must be set when AppArmor type is Localhost";
    const MAX: usize = 4095;
    let at = path.field("localhostProfile");
    match (profile.type_.as_str(), profile.localhost_profile.as_deref()) {
        ("Localhost", None) => errors.required(CODE, &at, NEEDED),
        ("Localhost", Some(name)) => {
            if name.trim() != name {
                errors.invalid(CODE, &at, name, "must not be padded with whitespace");
            } else if name.is_empty() {
                errors.required(CODE, &at, NEEDED);
            }
            if name.len() > MAX {
                errors.too_long(CODE, &at, 4095);
            }
        }
        ("RuntimeDefault" | "Unconfined", Some(name)) => {
            errors.invalid(CODE, &at, name, "can only be set when AppArmor type is Localhost");
        }
        ("RuntimeDefault" | "Unconfined", None) => {}
        ("", _) => errors.required(CODE, &path.field("type"), "type is required when appArmorProfile is set"),
        (other, _) => errors.not_supported(CODE, &path.field("type"), other, TYPES),
    }
}

/// `security/seccomp-annotation`: the older seccomp annotations hold a profile name.
///
/// They do nothing since 1.27; the check stayed.
///
/// Bad:
/// ```yaml
/// metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: foo}}
/// ```
/// Good:
/// ```yaml
/// metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: runtime/default}}
/// ```
pub fn seccomp_annotations(annotations: &BTreeMap<String, String>, path: &Path<'_>, errors: &mut Errors) {
    // The server puts the key behind a dot here, not in brackets.
    if let Some(profile) = annotations.get(SECCOMP_POD) {
        seccomp_annotation(profile, &path.field(SECCOMP_POD), errors);
    }
    for (key, profile) in annotations.iter().filter(|(key, _)| key.starts_with(SECCOMP_CONTAINER)) {
        seccomp_annotation(profile, &path.named(key), errors);
    }
}

fn seccomp_annotation(profile: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "security/seccomp-annotation";
    match profile {
        "runtime/default" | "docker/default" | "unconfined" => {}
        _ => match profile.strip_prefix("localhost/") {
            Some(file) => files::descending_path(CODE, file, path, errors),
            None => errors.invalid(CODE, path, profile, "must be a valid seccomp profile"),
        },
    }
}

/// `security/app-armor-annotation`: the older AppArmor annotations name a container of the Pod and a profile.
///
/// Bad:
/// ```yaml
/// metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/zz: runtime/default}}
/// ```
/// Good:
/// ```yaml
/// metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/a: runtime/default}}
/// ```
pub fn app_armor_annotations(
    annotations: &BTreeMap<String, String>,
    spec: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    const CODE: &str = "security/app-armor-annotation";
    for (key, profile) in annotations {
        let Some(container) = key.strip_prefix(APP_ARMOR_KEY) else { continue };
        let mut found = false;
        super::each_container(spec, path, &mut |each, _| found |= each.name == container);
        if !found {
            errors.invalid(CODE, &path.key(key), container, "container not found");
        }
        if !matches!(profile.as_str(), "" | "runtime/default" | "unconfined") && !profile.starts_with("localhost/") {
            let mut detail = String::from("invalid AppArmor profile name: ");
            push_go_quoted(&mut detail, profile);
            errors.invalid(CODE, &path.key(key), profile, &detail);
        }
    }
}

/// Which of the two sorts of profile is compared with its annotation.
#[derive(Clone, Copy)]
struct Sort {
    code: &'static str,
    field: &'static str,
    type_text: &'static str,
    file_text: &'static str,
}

const SECCOMP: Sort = Sort {
    code: "security/seccomp-annotation",
    field: "seccompProfile",
    type_text: "seccomp type in annotation and field must match",
    file_text: "seccomp profile in annotation and field must match",
};
const APP_ARMOR: Sort = Sort {
    code: "security/app-armor-annotation",
    field: "appArmorProfile",
    type_text: "apparmor type in annotation and field must match",
    file_text: "apparmor profile in annotation and field must match",
};

/// The seccomp annotation and the field say the same, where both are written; `path` is the place of the spec.
pub fn seccomp_matches(annotations: &BTreeMap<String, String>, spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let of_pod = spec.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref());
    if let (Some(profile), Some(annotation)) = (of_pod, annotations.get(SECCOMP_POD)) {
        matches(SECCOMP, annotation, &profile.type_, &profile.localhost_profile, path, errors);
    }
    super::each_container(spec, path, &mut |container, at| {
        let profile = container.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref());
        let annotation = annotations.get(&[SECCOMP_CONTAINER, &container.name].concat());
        if let (Some(profile), Some(annotation)) = (profile, annotation) {
            matches(SECCOMP, annotation, &profile.type_, &profile.localhost_profile, at, errors);
        }
    });
}

/// The AppArmor annotation and the field say the same, where both are written. In a Pod, and not in a template, the
/// annotation has become the field where a container has none of its own.
pub fn app_armor_matches(
    annotations: &BTreeMap<String, String>,
    spec: &PodSpec,
    is_template: bool,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return;
    }
    let of_pod = spec.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
    super::each_container(spec, path, &mut |container, at| {
        let own = container.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
        let annotation = annotations.get(&[APP_ARMOR_KEY, &container.name].concat());
        let made = annotation.filter(|_| !is_template).and_then(|text| from_annotation(text));
        if let (Some(profile), Some(annotation)) = (own.or(made.as_ref()).or(of_pod), annotation) {
            matches(APP_ARMOR, annotation, &profile.type_, &profile.localhost_profile, at, errors);
        }
    });
}

fn matches(sort: Sort, annotation: &str, kind: &str, file: &Option<Text>, path: &Path<'_>, errors: &mut Errors) {
    let context = path.field("securityContext");
    let at = context.field(sort.field);
    let docker = sort.field == SECCOMP.field && annotation == "docker/default";
    let same_type = match kind {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => annotation == "runtime/default" || docker,
        "Localhost" => annotation.starts_with("localhost/"),
        _ => true,
    };
    if !same_type {
        errors.forbidden(sort.code, &at.field("type"), sort.type_text);
    } else if kind == "Localhost" && annotation.strip_prefix("localhost/") != file.as_deref() {
        errors.forbidden(sort.code, &at.field("localhostProfile"), sort.file_text);
    }
}
