//! Rules on `volumes`: names, and that each volume has exactly one source.

use collections::Set as BTreeSet;

use k8s_openapi::api::core::v1::Volume;

use super::{Volumes, claim_volumes, config_volumes, legacy_volumes, projected_volumes};
use crate::api::Path;
use crate::api::quantity;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::names;

/// Every rule of `volumes`. `pod_name` is empty in templates; `is_pod` says whether this is a Pod's own spec.
/// Gives the volumes that are good: the others do not exist for mounts.
pub fn validate<'a>(
    volumes: &'a [Volume],
    pod_name: &str,
    is_pod: bool,
    path: &Path<'_>,
    errors: &mut Errors,
) -> Volumes<'a> {
    let mut good = Volumes::new();
    let mut names_seen = BTreeSet::new();
    for (i, volume) in volumes.iter().enumerate() {
        let at = path.index(i);
        let before = errors.len();
        source(volume, pod_name, is_pod, &at, errors);
        name(volume, &at, errors);
        if names_seen.contains(volume.name.as_str()) {
            errors.duplicate(NAME, &at.field("name"), &volume.name);
            if let Some(first) = volumes.iter().position(|first| first.name == volume.name) {
                errors.related(&path.index(first).field("name"));
            }
        }
        if errors.len() == before {
            names_seen.insert(volume.name.as_str());
            good.insert(&volume.name, volume);
        }
        claim_volumes::not_generated(volume, volumes, pod_name, &at, errors);
    }
    good
}

const NAME: &str = "volume/name";

/// `volume/name`: a volume has a name that is a DNS label, once per Pod.
///
/// Mounts refer to the volume by this name. A volume that is refused counts as missing for them.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: My_Data, emptyDir: {}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: my-data, emptyDir: {}}]}
/// ```
fn name(volume: &Volume, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("name");
    match volume.name.as_str() {
        "" => errors.required(NAME, &at, ""),
        name => errors.invalid_each(NAME, &at, name, names::dns1123_label(name)),
    }
}

/// `volume/one-source`: a volume has exactly one source. (Without any it becomes an `emptyDir`.)
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {}, hostPath: {path: /x}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, hostPath: {path: /x}}]}
/// ```
fn source(volume: &Volume, pod_name: &str, is_pod: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/one-source";
    let mut seen = false;
    // Whether this is the first source; a further one is refused and not looked at.
    let mut first = |name: &'static str, errors: &mut Errors| {
        if seen {
            errors.forbidden(CODE, &path.field(name), "may not specify more than 1 volume type");
        }
        !std::mem::replace(&mut seen, true)
    };
    // In the server's order. The names of the refusals are the server's too: `cephFS`, `downwarAPI`.
    macro_rules! sources {
        ($($field:ident $name:literal $rule:expr;)*) => {$(
            if let Some(source) = &volume.$field
                && first($name, errors)
            {
                let rule: fn(&_, &Path<'_>, &mut Errors) = $rule;
                rule(source, path, errors);
            }
        )*};
    }
    sources! {
        empty_dir "emptyDir" empty_dir;
        host_path "hostPath" config_volumes::host_path;
        git_repo "gitRepo" legacy_volumes::git_repo;
        gce_persistent_disk "gcePersistentDisk" legacy_volumes::gce_persistent_disk;
        aws_elastic_block_store "awsElasticBlockStore" legacy_volumes::aws_elastic_block_store;
        secret "secret" config_volumes::secret;
        nfs "nfs" config_volumes::nfs;
        iscsi "iscsi" legacy_volumes::iscsi;
    }
    legacy_volumes::iscsi_name_length(volume, path, errors);
    sources! {
        glusterfs "glusterfs" legacy_volumes::glusterfs;
        flocker "flocker" legacy_volumes::flocker;
        persistent_volume_claim "persistentVolumeClaim" claim_volumes::claim;
        rbd "rbd" legacy_volumes::rbd;
        cinder "cinder" legacy_volumes::cinder;
        cephfs "cephFS" legacy_volumes::cephfs;
        quobyte "quobyte" legacy_volumes::quobyte;
        downward_api "downwarAPI" config_volumes::downward_api;
        fc "fc" legacy_volumes::fc;
        flex_volume "flexVolume" legacy_volumes::flex_volume;
        config_map "configMap" config_volumes::config_map;
        azure_file "azureFile" legacy_volumes::azure_file;
        vsphere_volume "vsphereVolume" legacy_volumes::vsphere_volume;
        photon_persistent_disk "photonPersistentDisk" legacy_volumes::photon_persistent_disk;
        portworx_volume "portworxVolume" legacy_volumes::portworx_volume;
        azure_disk "azureDisk" legacy_volumes::azure_disk;
        storageos "storageos" legacy_volumes::storageos;
        projected "projected" projected_volumes::projected;
        scale_io "scaleIO" legacy_volumes::scale_io;
        csi "csi" claim_volumes::csi;
    }
    if let Some(ephemeral) = &volume.ephemeral
        && first("ephemeral", errors)
    {
        claim_volumes::ephemeral(ephemeral, &volume.name, pod_name, path, errors);
    }
    if let Some(image) = &volume.image
        && first("image", errors)
    {
        config_volumes::image(image, is_pod, path, errors);
    }
    if !seen {
        errors.required(CODE, path, "must specify a volume type");
    }
}

/// `volume/empty-dir-size`: the size limit of an `emptyDir` is not negative.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {sizeLimit: "-1"}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, emptyDir: {sizeLimit: 1Gi}}]}
/// ```
///
/// At run time a Pod that writes more is evicted.
fn empty_dir(source: &k8s_openapi::api::core::v1::EmptyDirVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    if source.size_limit.as_ref().is_some_and(|limit| quantity::of(limit).sign() < 0) {
        let at = path.field("emptyDir");
        let detail = "SizeLimit field must be a valid resource quantity";
        errors.forbidden("volume/empty-dir-size", &at.field("sizeLimit"), detail);
    }
}
