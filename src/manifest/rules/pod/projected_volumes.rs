//! Rules on projected volumes: several sources in one directory.

use collections::Set as BTreeSet;

use k8s_openapi::api::core::v1::{KeyToPath, ProjectedVolumeSource, ServiceAccountTokenProjection};

use super::config_volumes::{downward_file, item};
use super::files;
use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::go;

/// `volume/projected`: each entry has one source, sources are named, and no two put a file at the same path.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, projected: {sources: [{secret: {name: a}, configMap: {name: b}}]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, projected: {sources: [{secret: {name: a}}, {configMap: {name: b}}]}}]}
/// ```
pub fn projected<'a>(source: &'a ProjectedVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/projected";
    let volume = path.field("projected");
    files::mode(CODE, source.default_mode, &volume.field("defaultMode"), errors);
    let mut taken: BTreeSet<&'a str> = BTreeSet::new();
    let entries = volume.field("sources");
    for (i, entry) in go::list(&source.sources).iter().enumerate() {
        let at = entries.index(i);
        let mut count = 0;
        let mut keys = |field: &'static str, name: &str, list: &'a [KeyToPath], errors: &mut Errors| {
            count += 1;
            let reference = at.field(field);
            if name.is_empty() {
                errors.required(CODE, &reference.field("name"), "");
            }
            let list_at = reference.field("items");
            for (j, each) in list.iter().enumerate() {
                item(each, &list_at.index(j), errors);
                if !each.path.is_empty() && !taken.insert(&each.path) {
                    errors.invalid(CODE, &volume, name, CONFLICT);
                }
            }
        };
        if let Some(secret) = &entry.secret {
            keys("secret", &secret.name, go::list(&secret.items), errors);
        }
        if let Some(config_map) = &entry.config_map {
            keys("configMap", &config_map.name, go::list(&config_map.items), errors);
        }
        if let Some(downward) = &entry.downward_api {
            count += 1;
            for file in go::list(&downward.items) {
                downward_file(file, &at.field("downwardAPI"), errors);
                if !file.path.is_empty() && !taken.insert(&file.path) {
                    errors.invalid(CODE, &volume, &file.path, CONFLICT);
                }
            }
        }
        if let Some(projection) = &entry.service_account_token {
            count += 1;
            token(projection, &at.field("serviceAccountToken"), &volume, errors);
        }
        if count > 1 {
            errors.forbidden(CODE, &at, "may not specify more than 1 volume type per source");
        }
    }
}

const CONFLICT: &str = "conflicting duplicate paths";

/// `volume/token`: a projected token lives between ten minutes and 2^32 seconds and has a path inside the volume.
///
/// Bad:
/// ```yaml
/// spec: {serviceAccountName: default, volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 60}}]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {serviceAccountName: default, volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 600}}]}}]}
/// ```
fn token(projection: &ServiceAccountTokenProjection, path: &Path<'_>, volume: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/token";
    let seconds = projection.expiration_seconds.unwrap_or(0);
    let at = path.field("expirationSeconds");
    if seconds < 600 {
        errors.invalid(CODE, &at, seconds, "may not specify a duration less than 10 minutes");
    }
    if seconds > 1 << 32 {
        errors.invalid(CODE, &at, seconds, "may not specify a duration larger than 2^32 seconds");
    }
    // The server names the path of the volume here, not of the source.
    let at = volume.field("path");
    match projection.path.as_str() {
        "" => errors.required(CODE, &at, ""),
        file => files::local_path(CODE, file, &at, errors),
    }
}
