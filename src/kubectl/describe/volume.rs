//! The volumes of a Pod (kubectl: describe.go describeVolumes).

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, ProjectedVolumeSource, Volume};

use super::writer::Writer;

/// Writes the volumes; those of a template stand further in.
pub(super) fn describe(volumes: &[Volume], template: bool, writer: &mut Writer) {
    let (outer, inner) = if template { ("  ", " ") } else { ("", "") };
    if volumes.is_empty() {
        return writer.raw(0, &format!("{outer}Volumes:\t<none>"));
    }
    writer.raw(0, &format!("{outer}Volumes:"));
    for volume in volumes {
        writer.raw(1, &format!("{inner}{}:", volume.name));
        source(volume, writer);
    }
}

fn source(volume: &Volume, writer: &mut Writer) {
    let optional = |optional: Option<bool>| optional.unwrap_or_default().to_string();
    let mut lines = |kind: &str, rows: &[(&str, String)]| {
        writer.line(2, "Type", kind);
        rows.iter().for_each(|(name, value)| writer.line(2, name, value));
    };
    if let Some(empty) = &volume.empty_dir {
        let limit = empty.size_limit.as_ref().map_or_else(|| "<unset>".to_owned(), |limit| limit.0.clone());
        lines(
            "EmptyDir (a temporary directory that shares a pod's lifetime)",
            &[("Medium", empty.medium.clone().unwrap_or_default().to_string()), ("SizeLimit", limit)],
        );
    } else if let Some(map) = &volume.config_map {
        lines(
            "ConfigMap (a volume populated by a ConfigMap)",
            &[("Name", map.name.to_string()), ("Optional", optional(map.optional))],
        );
    } else if let Some(secret) = &volume.secret {
        lines(
            "Secret (a volume populated by a Secret)",
            &[
                ("SecretName", secret.secret_name.clone().unwrap_or_default().to_string()),
                ("Optional", optional(secret.optional)),
            ],
        );
    } else if let Some(host) = &volume.host_path {
        let kind = host.type_.clone().unwrap_or_else(|| "<none>".into());
        lines(
            "HostPath (bare host directory volume)",
            &[("Path", host.path.to_string()), ("HostPathType", kind.to_string())],
        );
    } else if let Some(claim) = &volume.persistent_volume_claim {
        lines(
            "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
            &[("ClaimName", claim.claim_name.to_string()), ("ReadOnly", optional(claim.read_only))],
        );
    } else if let Some(downward) = &volume.downward_api {
        lines("DownwardAPI (a volume populated by information about the pod)", &[]);
        items(downward.items.as_deref().unwrap_or_default(), writer);
    } else if let Some(projected) = &volume.projected {
        lines("Projected (a volume that contains injected data from multiple sources)", &[]);
        sources(projected, writer);
    } else if let Some(nfs) = &volume.nfs {
        lines(
            "NFS (an NFS mount that lasts the lifetime of a pod)",
            &[
                ("Server", nfs.server.to_string()),
                ("Path", nfs.path.to_string()),
                ("ReadOnly", optional(nfs.read_only)),
            ],
        );
    } else {
        writer.raw(2, "<unknown>");
    }
}

fn items(items: &[DownwardAPIVolumeFile], writer: &mut Writer) {
    writer.raw(2, "Items:");
    for item in items {
        if let Some(field) = &item.field_ref {
            writer.raw(3, &format!("{} -> {}", field.field_path, item.path));
        }
        if let Some(field) = &item.resource_field_ref {
            writer.raw(3, &format!("{} -> {}", field.resource, item.path));
        }
    }
}

fn sources(projected: &ProjectedVolumeSource, writer: &mut Writer) {
    for source in projected.sources.iter().flatten() {
        if let Some(secret) = &source.secret {
            writer.line(2, "SecretName", &secret.name);
            writer.line(2, "Optional", &secret.optional.unwrap_or_default().to_string());
        } else if source.downward_api.is_some() {
            writer.line(2, "DownwardAPI", "true");
        } else if let Some(map) = &source.config_map {
            writer.line(2, "ConfigMapName", &map.name);
            writer.line(2, "Optional", &map.optional.unwrap_or_default().to_string());
        } else if let Some(token) = &source.service_account_token {
            let seconds = token.expiration_seconds.unwrap_or_default();
            writer.line(2, "TokenExpirationSeconds", &seconds.to_string());
        }
    }
}
