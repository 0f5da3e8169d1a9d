//! Rules on volumes that storage drivers provide: claims, ephemeral claims, CSI.

use k8s_openapi::api::core::v1::{CSIVolumeSource, EphemeralVolumeSource, PersistentVolumeClaimVolumeSource, Volume};

use crate::api::Path;
use crate::manifest::rules::errors::{Errors, push_go_quoted};
use crate::manifest::rules::{claim, names};

/// `volume/claim`: a claim is named.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, persistentVolumeClaim: {}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}
/// ```
///
/// A claim that does not exist leaves the Pod pending: `persistentvolumeclaim "data" not found`.
pub fn claim(source: &PersistentVolumeClaimVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    if source.claim_name.is_empty() {
        let at = path.field("persistentVolumeClaim");
        errors.required("volume/claim", &at.field("claimName"), "");
    }
}

/// `volume/generated-claim`: a claim volume does not name the claim that an ephemeral volume of the same Pod makes.
///
/// Bad:
/// ```yaml
/// metadata: {name: p}
/// spec: {volumes: [{name: w, persistentVolumeClaim: {claimName: p-v}}, {name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
/// Good:
/// ```yaml
/// metadata: {name: p}
/// spec: {volumes: [{name: w, persistentVolumeClaim: {claimName: other}}, {name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
pub fn not_generated(volume: &Volume, volumes: &[Volume], pod_name: &str, path: &Path<'_>, errors: &mut Errors) {
    let Some(source) = &volume.persistent_volume_claim else { return };
    let made = |other: &Volume| other.ephemeral.is_some() && [pod_name, "-", &other.name].concat() == source.claim_name;
    if !pod_name.is_empty() && volumes.iter().any(made) {
        let at = path.field("persistentVolumeClaim");
        let detail = "must not reference a PVC that gets created for an ephemeral volume";
        errors.invalid("volume/generated-claim", &at.field("claimName"), &source.claim_name, detail);
    }
}

/// `volume/ephemeral`: an ephemeral volume has a claim template, and the claim's name, `POD-VOLUME`, is good.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
/// ```
pub fn ephemeral(
    source: &EphemeralVolumeSource,
    volume_name: &str,
    pod_name: &str,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    const CODE: &str = "volume/ephemeral";
    let at = path.field("ephemeral");
    let at = at.field("volumeClaimTemplate");
    match &source.volume_claim_template {
        None => errors.required(CODE, &at, ""),
        Some(template) => {
            if let Some(metadata) = &template.metadata {
                claim::template_metadata(metadata, &at.field("metadata"), errors);
            }
            claim::spec(&template.spec, &at.field("spec"), errors);
        }
    }
    if pod_name.is_empty() || volume_name.is_empty() {
        return;
    }
    let name = [pod_name, "-", volume_name].concat();
    for fault in names::dns1123_subdomain(&name) {
        let mut detail = String::from("PVC name ");
        push_go_quoted(&mut detail, &name);
        detail.push_str(": ");
        detail.push_str(fault);
        errors.invalid(CODE, &path.field("name"), volume_name, &detail);
    }
}

/// `volume/csi`: a CSI volume names its driver, in at most 63 bytes, and a Secret by a good name.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, csi: {driver: my_driver}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, csi: {driver: secrets.csi.example.com}}]}
/// ```
pub fn csi(source: &CSIVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/csi";
    let csi = path.field("csi");
    csi_driver(CODE, &source.driver, &csi.field("driver"), errors);
    let Some(secret) = &source.node_publish_secret_ref else { return };
    match secret.name.as_str() {
        "" => {
            let reference = csi.field("nodePublishSecretRef");
            errors.required(CODE, &reference.field("name"), "");
        }
        name => errors.invalid_each(CODE, &csi.field("name"), name, names::dns1123_subdomain(name)),
    }
}

/// The name of a CSI driver (core/validation: ValidateCSIDriverName).
pub fn csi_driver(code: &'static str, driver: &str, path: &Path<'_>, errors: &mut Errors) {
    if driver.is_empty() {
        return errors.required(code, path, "");
    }
    if driver.len() > 63 {
        errors.too_long(code, path, 63);
    }
    errors.invalid_each(code, path, driver, names::dns1123_subdomain(&driver.to_lowercase()));
}
