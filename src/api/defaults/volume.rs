//! Defaults inside volumes.

use k8s_openapi::Common;
use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, PersistentVolumeClaimSpec, ProjectedVolumeSource, Volume};

use super::{container, fill, quantities};
use crate::api::image;

/// 0644: the mode of files that a volume projects.
const FILE_MODE: i32 = 0o644;

/// Fills in one volume. A volume without any source is an `emptyDir`.
pub(super) fn volume(volume: &mut Volume) {
    if *volume == (Volume { name: volume.name.clone(), ..Volume::default() }) {
        volume.empty_dir = Some(Common::default());
    }
    if let Some(source) = &mut volume.empty_dir {
        quantities::one(&mut source.size_limit);
    }
    if let Some(source) = &mut volume.secret {
        fill::pointer(&mut source.default_mode, FILE_MODE);
    }
    if let Some(source) = &mut volume.config_map {
        fill::pointer(&mut source.default_mode, FILE_MODE);
    }
    if let Some(source) = &mut volume.downward_api {
        fill::pointer(&mut source.default_mode, FILE_MODE);
        downward_items(source.items.as_mut());
    }
    if let Some(source) = &mut volume.projected {
        projected(source);
    }
    if let Some(source) = &mut volume.host_path {
        fill::pointer(&mut source.type_, Default::default());
    }
    if let Some(source) = &mut volume.image {
        let policy = image::default_pull_policy(source.reference.as_deref().unwrap_or(""));
        fill::text(&mut source.pull_policy, policy);
    }
    if let Some(template) = volume.ephemeral.as_mut().and_then(|it| it.volume_claim_template.as_mut()) {
        fill::pointer(&mut template.metadata, Default::default());
        claim_spec(&mut template.spec);
    }
    network_storage(volume);
}

/// Fills in the specification of a claim, its own or a template's.
pub(super) fn claim_spec(spec: &mut PersistentVolumeClaimSpec) {
    fill::pointer(&mut spec.volume_mode, "Filesystem".into());
    fill::pointer(&mut spec.resources, Default::default());
    quantities::claim(spec);
}

fn projected(source: &mut ProjectedVolumeSource) {
    fill::pointer(&mut source.default_mode, FILE_MODE);
    for projection in source.sources.iter_mut().flatten() {
        if let Some(token) = &mut projection.service_account_token {
            fill::pointer(&mut token.expiration_seconds, 3600);
        }
        if let Some(downward) = &mut projection.downward_api {
            downward_items(downward.items.as_mut());
        }
    }
}

fn downward_items(items: Option<&mut Vec<DownwardAPIVolumeFile>>) {
    for item in items.into_iter().flatten() {
        if let Some(field) = &mut item.field_ref {
            fill::text(&mut field.api_version, "v1");
        }
        if let Some(field) = &mut item.resource_field_ref {
            container::divisor(field);
        }
    }
}

fn network_storage(volume: &mut Volume) {
    if let Some(source) = &mut volume.iscsi {
        fill::text(&mut source.iscsi_interface, "default");
    }
    if let Some(source) = &mut volume.rbd {
        fill::text(&mut source.pool, "rbd");
        fill::text(&mut source.user, "admin");
        fill::text(&mut source.keyring, "/etc/ceph/keyring");
    }
    if let Some(source) = &mut volume.azure_disk {
        fill::pointer(&mut source.caching_mode, "ReadWrite".into());
        fill::pointer(&mut source.fs_type, "ext4".into());
        fill::pointer(&mut source.read_only, false);
        fill::pointer(&mut source.kind, "Shared".into());
    }
    if let Some(source) = &mut volume.scale_io {
        fill::text(&mut source.storage_mode, "ThinProvisioned");
        fill::text(&mut source.fs_type, "xfs");
    }
}
