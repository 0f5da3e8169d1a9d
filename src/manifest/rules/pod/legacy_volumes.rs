//! Rules on volume types of particular storage systems. Many of them do nothing any more; the server still checks
//! what is written. Each function gets the place of the volume.

use k8s_openapi::api::core::v1::{
    AWSElasticBlockStoreVolumeSource, AzureDiskVolumeSource, AzureFileVolumeSource, CephFSVolumeSource,
    CinderVolumeSource, FCVolumeSource, FlexVolumeSource, FlockerVolumeSource, GCEPersistentDiskVolumeSource,
    GitRepoVolumeSource, GlusterfsVolumeSource, ISCSIVolumeSource, LocalObjectReference,
    PhotonPersistentDiskVolumeSource, PortworxVolumeSource, QuobyteVolumeSource, RBDVolumeSource, ScaleIOVolumeSource,
    StorageOSVolumeSource, Volume, VsphereVirtualDiskVolumeSource,
};

use super::files;
use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, metadata, names};

/// `volume/storage-fields`: the fields that a storage system needs are given.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, rbd: {monitors: [a]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, rbd: {monitors: [a], image: b}}]}
/// ```
fn required(fields: &[(&'static str, bool)], path: &Path<'_>, errors: &mut Errors) {
    for (field, _) in fields.iter().filter(|(_, missing)| *missing) {
        errors.required("volume/storage-fields", &path.field(field), "");
    }
}

fn secret_name(secret: Option<&LocalObjectReference>, path: &Path<'_>, errors: &mut Errors) {
    if secret.is_some_and(|secret| secret.name.is_empty()) {
        required(&[("name", true)], &path.field("secretRef"), errors);
    }
}

/// `volume/git-repo`: a repository is given, and the directory stays inside the volume.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, gitRepo: {repository: r, directory: ../x}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, gitRepo: {repository: r, directory: x}}]}
/// ```
///
/// The kubelet refuses this volume since 1.33; clone in an init container instead.
pub fn git_repo(source: &GitRepoVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("gitRepo");
    required(&[("repository", source.repository.is_empty())], &at, errors);
    files::descending_path("volume/git-repo", go::text(&source.directory), &at.field("directory"), errors);
}

/// `volume/partition`: the partition of a disk is a number up to 255.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, awsElasticBlockStore: {volumeID: a, partition: 300}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, awsElasticBlockStore: {volumeID: a, partition: 1}}]}
/// ```
fn partition(number: Option<i32>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(number) = number.filter(|number| !(0..=255).contains(number)) {
        let detail = "must be between 1 and 255, inclusive";
        errors.invalid("volume/partition", &path.field("partition"), number, detail);
    }
}

/// A disk of Google Compute Engine; the server calls it `persistentDisk` in its paths.
pub fn gce_persistent_disk(source: &GCEPersistentDiskVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("persistentDisk");
    required(&[("pdName", source.pd_name.is_empty())], &at, errors);
    partition(source.partition, &at, errors);
}

/// A disk of Amazon's cloud.
pub fn aws_elastic_block_store(source: &AWSElasticBlockStoreVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("awsElasticBlockStore");
    required(&[("volumeID", source.volume_id.is_empty())], &at, errors);
    partition(source.partition, &at, errors);
}

/// `volume/iscsi`: an iSCSI volume has a portal, a well-formed target name, a unit number up to 255, and a Secret
/// where it authenticates.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, iscsi: {targetPortal: a, iqn: foo, lun: 0}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, iscsi: {targetPortal: a, iqn: "iqn.2001-04.com.example:storage", lun: 0}}]}
/// ```
pub fn iscsi(source: &ISCSIVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/iscsi";
    let at = path.field("iscsi");
    required(&[("targetPortal", source.target_portal.is_empty()), ("iqn", source.iqn.is_empty())], &at, errors);
    if !source.iqn.is_empty() {
        iscsi_name(&source.iqn, &at.field("iqn"), errors);
    }
    lun(CODE, source.lun, &at, errors);
    let authenticates = go::flag(source.chap_auth_discovery) || go::flag(source.chap_auth_session);
    required(&[("secretRef", authenticates && source.secret_ref.is_none())], &at, errors);
    if let Some(initiator) = &source.initiator_name {
        // The path is in lower case, as the server has it.
        iscsi_name(initiator, &at.field("initiatorname"), errors);
    }
}

fn iscsi_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/iscsi";
    let serial = |length: usize| {
        // After the prefix any one character, then letters and digits.
        let rest = name.get(3..).unwrap_or_default();
        let mut rest = rest.chars();
        rest.next().is_some() && rest.clone().count() == length && rest.all(|c| c.is_ascii_alphanumeric())
    };
    let good = match name.get(..3) {
        Some("iqn") => is_iqn(name),
        Some("eui") => serial(16),
        Some("naa") => serial(32),
        _ => {
            errors.invalid(CODE, path, name, "must be valid format starting with iqn, eui, or naa");
            return;
        }
    };
    if !good {
        errors.invalid(CODE, path, name, "must be valid format");
    }
}

/// Whether the text ends in a name of this form: nothing asks that it begins there (validation.go iscsiInitiatorIqnRegex).
fn is_iqn(text: &str) -> bool {
    text.match_indices("iqn.").any(|(at, _)| text.get(at..).is_some_and(ends_as_iqn))
}

/// `iqn.YEAR-MONTH.DOMAIN:NAME`, where the name is there and has no blanks and no `,;*&$|`.
fn ends_as_iqn(text: &str) -> bool {
    let Some((date, rest)) = text.strip_prefix("iqn.").and_then(|rest| rest.split_at_checked(7)) else { return false };
    let date_good = date.bytes().enumerate().all(|(i, b)| if i == 4 { b == b'-' } else { b.is_ascii_digit() });
    let Some((domain, name)) = rest.strip_prefix('.').and_then(|rest| rest.split_once(':')) else { return false };
    date_good
        && !domain.is_empty()
        && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        && !name.is_empty()
        && !name.chars().any(|c| ",;*&$|".contains(c) || matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'))
}

fn lun(code: &'static str, number: i32, path: &Path<'_>, errors: &mut Errors) {
    if !(0..=255).contains(&number) {
        errors.invalid(code, &path.field("lun"), number, "must be between 0 and 255, inclusive");
    }
}

/// The name of an iSCSI volume with an initiator of its own is short (`volume/iscsi`).
pub fn iscsi_name_length(volume: &Volume, path: &Path<'_>, errors: &mut Errors) {
    let Some(source) = volume.iscsi.as_ref().filter(|source| source.initiator_name.is_some()) else { return };
    if volume.name.len() + 1 + source.target_portal.len() > 64 {
        let detail = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
        errors.invalid("volume/iscsi", &path.field("name"), &volume.name, detail);
    }
}

/// A GlusterFS volume.
pub fn glusterfs(source: &GlusterfsVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let fields = [("endpoints", source.endpoints.is_empty()), ("path", source.path.is_empty())];
    required(&fields, &path.field("glusterfs"), errors);
}

/// `volume/flocker`: a Flocker volume is named by its name or its id, not both.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, flocker: {}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, flocker: {datasetName: a}}]}
/// ```
pub fn flocker(source: &FlockerVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/flocker";
    let at = path.field("flocker");
    let name = go::text(&source.dataset_name);
    match (name.is_empty(), go::text(&source.dataset_uuid).is_empty()) {
        (true, true) => errors.required(CODE, &at, "one of datasetName and datasetUUID is required"),
        (false, false) => {
            errors.invalid(CODE, &at, "resource", "datasetName and datasetUUID can not be specified simultaneously");
        }
        _ => {}
    }
    if name.contains('/') {
        errors.invalid(CODE, &at.field("datasetName"), name, "must not contain '/'");
    }
}

/// A RADOS block device.
pub fn rbd(source: &RBDVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let fields = [("monitors", source.monitors.is_empty()), ("image", source.image.is_empty())];
    required(&fields, &path.field("rbd"), errors);
}

/// A volume of OpenStack's Cinder.
pub fn cinder(source: &CinderVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("cinder");
    required(&[("volumeID", source.volume_id.is_empty())], &at, errors);
    secret_name(source.secret_ref.as_ref(), &at, errors);
}

/// A CephFS volume.
pub fn cephfs(source: &CephFSVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    required(&[("monitors", source.monitors.is_empty())], &path.field("cephfs"), errors);
}

/// `volume/quobyte`: the registry is one or more `HOST:PORT`, the tenant has at most 64 characters.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, quobyte: {registry: a, volume: b}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, quobyte: {registry: "a:7861", volume: b}}]}
/// ```
pub fn quobyte(source: &QuobyteVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/quobyte";
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let at = path.field("quobyte");
    if source.registry.is_empty() {
        errors.required(CODE, &at.field("registry"), PAIRS);
    } else if go::text(&source.tenant).len() >= 65 {
        let detail = "must be a UUID and may not exceed a length of 64 characters";
        errors.required(CODE, &at.field("tenant"), detail);
    } else {
        for _ in source.registry.split(',').filter(|pair| !is_host_port(pair)) {
            errors.invalid(CODE, &at.field("registry"), &source.registry, PAIRS);
        }
    }
    required(&[("volume", source.volume.is_empty())], &at, errors);
}

/// Whether Go's net.SplitHostPort takes it: one colon outside brackets, brackets only around the host.
fn is_host_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host = match host.strip_prefix('[') {
        Some(inner) => match inner.strip_suffix(']') {
            Some(inner) => inner,
            None => return false,
        },
        None if host.contains(':') => return false,
        None => host,
    };
    !host.contains(['[', ']']) && !port.contains(['[', ']'])
}

/// `volume/fc`: a Fibre Channel volume is named by its targets (with a unit number) or by its world-wide ids.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, fc: {targetWWNs: [a]}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, fc: {targetWWNs: [a], lun: 1}}]}
/// ```
pub fn fc(source: &FCVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/fc";
    let at = path.field("fc");
    let targets = go::list(&source.target_wwns);
    match (targets.is_empty(), go::list(&source.wwids).is_empty()) {
        (true, true) => {
            let detail = "must specify either targetWWNs or wwids, but not both";
            errors.required(CODE, &at.field("targetWWNs"), detail);
        }
        (false, false) => {
            let shown = metadata::string_list_json(targets);
            let detail = "targetWWNs and wwids can not be specified simultaneously";
            errors.invalid(CODE, &at.field("targetWWNs"), Shown::Json(&shown), detail);
        }
        _ => {}
    }
    if !targets.is_empty() {
        match source.lun {
            None => errors.required(CODE, &at.field("lun"), "lun is required if targetWWNs is specified"),
            Some(number) => lun(CODE, number, &at, errors),
        }
    }
}

/// `volume/flex-volume`: a driver is given, and options do not use Kubernetes' own namespaces.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, flexVolume: {driver: a/b, options: {kubernetes.io/x: y}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, flexVolume: {driver: a/b, options: {example.com/x: y}}}]}
/// ```
pub fn flex_volume(source: &FlexVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("flexVolume");
    required(&[("driver", source.driver.is_empty())], &at, errors);
    let options = at.field("options");
    for key in source.options.iter().flatten().map(|(key, _)| key) {
        let domain = key.split_once('/').map_or(key.as_str(), |(domain, _)| domain);
        let dotted = [".", &domain.to_lowercase()].concat();
        if dotted.ends_with(".kubernetes.io") || dotted.ends_with(".k8s.io") {
            let detail = "kubernetes.io and k8s.io namespaces are reserved";
            errors.invalid("volume/flex-volume", &options.key(key), key, detail);
        }
    }
}

/// A file share of Azure.
pub fn azure_file(source: &AzureFileVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let fields = [("secretName", source.secret_name.is_empty()), ("shareName", source.share_name.is_empty())];
    required(&fields, &path.field("azureFile"), errors);
}

/// `volume/azure-disk`: the caching mode and kind are known, and the address fits the kind.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, azureDisk: {diskName: a, diskURI: b, kind: Managed}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, azureDisk: {diskName: a, diskURI: /subscriptions/b, kind: Managed}}]}
/// ```
pub fn azure_disk(source: &AzureDiskVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/azure-disk";
    const MANAGED: &str =
        "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
    const BLOB: &str = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
    let at = path.field("azureDisk");
    required(&[("diskName", source.disk_name.is_empty()), ("diskURI", source.disk_uri.is_empty())], &at, errors);
    let known = &["None", "ReadOnly", "ReadWrite"];
    if let Some(mode) = source.caching_mode.as_deref().filter(|mode| !known.contains(mode)) {
        errors.not_supported(CODE, &at.field("cachingMode"), mode, known);
    }
    let Some(kind) = source.kind.as_deref() else { return };
    let known = &["Dedicated", "Managed", "Shared"];
    if !known.contains(&kind) {
        errors.not_supported(CODE, &at.field("kind"), kind, known);
    }
    let (start, form) = if kind == "Managed" { ("/subscriptions/", MANAGED) } else { ("https://", BLOB) };
    if !source.disk_uri.starts_with(start) {
        errors.not_supported_value(CODE, &at.field("diskURI"), (&source.disk_uri).into(), &[form]);
    }
}

/// A disk of vSphere.
pub fn vsphere_volume(source: &VsphereVirtualDiskVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    required(&[("volumePath", source.volume_path.is_empty())], &path.field("vsphereVolume"), errors);
}

/// A disk of Photon Controller.
pub fn photon_persistent_disk(source: &PhotonPersistentDiskVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    required(&[("pdID", source.pd_id.is_empty())], &path.field("photonPersistentDisk"), errors);
}

/// A Portworx volume.
pub fn portworx_volume(source: &PortworxVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    required(&[("volumeID", source.volume_id.is_empty())], &path.field("portworxVolume"), errors);
}

/// `volume/storageos`: names are DNS labels.
///
/// Bad:
/// ```yaml
/// spec: {volumes: [{name: v, storageos: {volumeName: A_b}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {volumes: [{name: v, storageos: {volumeName: a-b}}]}
/// ```
pub fn storageos(source: &StorageOSVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "volume/storageos";
    let at = path.field("storageos");
    let name = go::text(&source.volume_name);
    required(&[("volumeName", name.is_empty())], &at, errors);
    let labels = [("volumeName", name), ("volumeNamespace", go::text(&source.volume_namespace))];
    for (field, label) in labels {
        if !label.is_empty() {
            errors.invalid_each(CODE, &at.field(field), label, names::dns1123_label(label));
        }
    }
    secret_name(source.secret_ref.as_ref(), &at, errors);
}

/// A ScaleIO volume.
pub fn scale_io(source: &ScaleIOVolumeSource, path: &Path<'_>, errors: &mut Errors) {
    let fields = [
        ("gateway", source.gateway.is_empty()),
        ("system", source.system.is_empty()),
        ("volumeName", go::text(&source.volume_name).is_empty()),
    ];
    required(&fields, &path.field("scaleIO"), errors);
}
