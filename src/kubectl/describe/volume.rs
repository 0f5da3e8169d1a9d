//! The volumes of a Pod, and where a volume of the cluster lies (kubectl: describe.go describeVolumes).

use k8s_openapi::api::core::v1::Volume;
use k8s_openapi::json::to_json;

use super::writer::Writer;
use crate::api::View;
use crate::kubectl::print::shown::printed;

/// The sources: the field, what it is, and the rows told of it. A row is a name, the field it tells, and what stands
/// there where there is none; what only a volume of the cluster tells begins with `+`.
const SOURCES: [(&str, &str, &str); 29] = [
    ("hostPath", "HostPath (bare host directory volume)", "Path:=path|HostPathType:=type=<none>"),
    (
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        "Medium:=medium|SizeLimit:=sizeLimit=<unset>",
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        "PDName:=pdName|FSType:=fsType|Partition:=partition=0|ReadOnly:=readOnly=false",
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        "VolumeID:=volumeID|FSType:=fsType|Partition:=partition=0|ReadOnly:=readOnly=false",
    ),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        "Repository:=repository|Revision:=revision",
    ),
    ("secret", "Secret (a volume populated by a Secret)", "SecretName:=secretName|Optional:=optional=false"),
    ("configMap", "ConfigMap (a volume populated by a ConfigMap)", "Name:=name|Optional:=optional=false"),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        "Server:=server|Path:=path|ReadOnly:=readOnly=false",
    ),
    (
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        "TargetPortal:=targetPortal|IQN:=iqn|Lun:=lun=0|ISCSIInterface=iscsiInterface|FSType:=fsType|\
         ReadOnly:=readOnly=false|Portals:=portals=[]|DiscoveryCHAPAuth:=chapAuthDiscovery=false|\
         SessionCHAPAuth:=chapAuthSession=false|SecretRef:=secretRef=nil|InitiatorName:=initiatorName=<none>",
    ),
    (
        "glusterfs",
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        "EndpointsName:=endpoints|+EndpointsNamespace:=endpointsNamespace=<unset>|Path:=path|ReadOnly:=readOnly=false",
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        "ClaimName:=claimName|ReadOnly:=readOnly=false",
    ),
    (
        "ephemeral",
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        "",
    ),
    (
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        "CephMonitors:=monitors=[]|RBDImage:=image|FSType:=fsType|RBDPool:=pool|RadosUser:=user|Keyring:=keyring|\
         SecretRef:=secretRef=nil|ReadOnly:=readOnly=false",
    ),
    (
        "quobyte",
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        "Registry:=registry|Volume:=volume|ReadOnly:=readOnly=false",
    ),
    ("downwardAPI", "DownwardAPI (a volume populated by information about the pod)", ""),
    (
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        "DiskName:=diskName|DiskURI:=diskURI|Kind: =kind|FSType:=fsType|CachingMode:=cachingMode|\
         ReadOnly:=readOnly=false",
    ),
    (
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        "VolumePath:=volumePath|FSType:=fsType|StoragePolicyName:=storagePolicyName",
    ),
    (
        "cinder",
        "Cinder (a Persistent Disk resource in OpenStack)",
        "VolumeID:=volumeID|FSType:=fsType|ReadOnly:=readOnly=false|SecretRef:=secretRef=nil",
    ),
    (
        "photonPersistentDisk",
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        "PdID:=pdID|FSType:=fsType",
    ),
    ("portworxVolume", "PortworxVolume (a Portworx Volume resource)", "VolumeID:=volumeID"),
    (
        "scaleIO",
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        "Gateway:=gateway|System:=system|Protection Domain:=protectionDomain|Storage Pool:=storagePool|\
         Storage Mode:=storageMode|VolumeName:=volumeName|+SecretName:=secretRef.name|\
         +SecretNamespace:=secretRef.namespace|FSType:=fsType|ReadOnly:=readOnly=false",
    ),
    ("local", "LocalVolume (a persistent volume backed by local storage on a node)", "Path:=path"),
    (
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        "Monitors:=monitors=[]|Path:=path|User:=user|SecretFile:=secretFile|SecretRef:=secretRef=nil|\
         ReadOnly:=readOnly=false",
    ),
    (
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        "VolumeName:=volumeName|VolumeNamespace:=volumeNamespace|FSType:=fsType|ReadOnly:=readOnly=false",
    ),
    (
        "fc",
        "FC (a Fibre Channel disk)",
        "TargetWWNs:=targetWWNs=, |LUN:=lun=<none>|FSType:=fsType|ReadOnly:=readOnly=false",
    ),
    (
        "azureFile",
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        "SecretName:=secretName|+SecretNamespace:=secretNamespace|ShareName:=shareName|ReadOnly:=readOnly=false",
    ),
    (
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        "Driver:=driver|FSType:=fsType|SecretRef:=secretRef=nil|ReadOnly:=readOnly=false|Options:=options=map[]",
    ),
    (
        "csi",
        "CSI (a Container Storage Interface (CSI) volume source)",
        "Driver:=driver|FSType:=fsType|+VolumeHandle:=volumeHandle|ReadOnly:=readOnly=false",
    ),
    ("image", "Image (a container image or OCI artifact)", "Reference:=reference|PullPolicy:=pullPolicy"),
];

/// Writes the volumes; those of a template stand further in.
pub(super) fn describe(volumes: &[Volume], template: bool, writer: &mut Writer) {
    let (outer, inner) = if template { ("  ", " ") } else { ("", "") };
    if volumes.is_empty() {
        return writer.raw(0, &format!("{outer}Volumes:\t<none>"));
    }
    writer.raw(0, &format!("{outer}Volumes:"));
    for volume in volumes {
        writer.raw(1, &format!("{inner}{}:", volume.name));
        source(View::new(&to_json(volume)), false, writer);
    }
}

/// Writes the source of a Pod's volume, or of a volume of the cluster.
pub(super) fn source(volume: View<'_>, of_cluster: bool, writer: &mut Writer) {
    let projected = volume.at("projected");
    if projected.exists() {
        writer.line(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
        return projected.at("sources").items().for_each(|source| one_of_several(source, writer));
    }
    let Some((field, what, rows)) = SOURCES.iter().find(|(field, ..)| volume.key(field).exists()) else {
        return writer.raw(1, "<unknown>");
    };
    let view = volume.key(field);
    writer.line(2, "Type", what);
    for row in rows.split('|').filter(|row| !row.is_empty()) {
        let row = match row.strip_prefix('+') {
            Some(_) if !of_cluster => continue,
            Some(row) => row,
            None => row,
        };
        let (name, row) = row.split_once('=').unwrap_or_default();
        let (path, absent) = row.split_once('=').unwrap_or((row, ""));
        writer.raw(2, &format!("{name}\t{}", value(view.at(path), absent, of_cluster)));
    }
    match *field {
        "csi" => further_in("VolumeAttributes", view.at("volumeAttributes"), "=", writer),
        "downwardAPI" => items(view, writer),
        "ephemeral" => claim(view.at("volumeClaimTemplate"), writer),
        _ => {}
    }
}

/// A field as Go prints it.
fn value(view: View<'_>, absent: &str, of_cluster: bool) -> String {
    match view.0.filter(|value| !value.is_null()) {
        _ if absent == ", " => view.joined().replace(',', ", "),
        None => absent.to_owned(),
        Some(_) if absent == "nil" => {
            let name = view.at("name").str();
            match of_cluster {
                true => format!("&SecretReference{{Name:{name},Namespace:{},}}", view.at("namespace").str()),
                false => format!("&LocalObjectReference{{Name:{name},}}"),
            }
        }
        Some(value) => printed(value),
    }
}

/// A map whose values stand further in than other values do, each being written with the indentation of its line.
fn further_in(name: &str, map: View<'_>, between: &str, writer: &mut Writer) {
    let mut begin = format!("    {name}:");
    for (key, value) in map.entries() {
        writer.raw(0, &format!("{begin}\t    {key}{between}{}", value.str()));
        begin = "        ".to_owned();
    }
    if map.entries().next().is_none() {
        let indent = if name == "VolumeAttributes" { "" } else { "    " };
        writer.raw(0, &format!("{begin}\t{indent}<none>"));
    }
}

/// The claim that an ephemeral volume makes (kubectl: describe.go printPersistentVolumeClaim).
fn claim(template: View<'_>, writer: &mut Writer) {
    let spec = template.at("spec");
    writer.line(2, "StorageClass", spec.at("storageClassName").str());
    writer.line(2, "Volume", spec.at("volumeName").str());
    further_in("Labels", template.at("metadata.labels"), "=", writer);
    further_in("Annotations", template.at("metadata.annotations"), ": ", writer);
    writer.line(2, "Capacity", "");
    writer.line(2, "Access Modes", "");
    if spec.at("volumeMode").exists() {
        writer.line(2, "VolumeMode", spec.at("volumeMode").str());
    }
}

fn items(downward: View<'_>, writer: &mut Writer) {
    writer.raw(2, "Items:");
    for item in downward.at("items").items() {
        for path in ["fieldRef.fieldPath", "resourceFieldRef.resource"] {
            if item.at(path).exists() {
                writer.raw(3, &format!("{} -> {}", item.at(path).str(), item.at("path").str()));
            }
        }
    }
}

fn one_of_several(source: View<'_>, writer: &mut Writer) {
    for (field, name) in [("secret", "SecretName"), ("downwardAPI", ""), ("configMap", "ConfigMapName")] {
        let view = source.at(field);
        if view.exists() {
            if name.is_empty() {
                return writer.line(2, "DownwardAPI", "true");
            }
            writer.line(2, name, view.at("name").str());
            return writer.line(2, "Optional", &view.at("optional").or("false"));
        }
    }
    let token = source.at("serviceAccountToken");
    if token.exists() {
        writer.line(2, "TokenExpirationSeconds", &token.at("expirationSeconds").int().to_string());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(volume: serde_json::Value, of_cluster: bool) -> String {
        let mut writer = Writer::default();
        source(View::new(&volume), of_cluster, &mut writer);
        writer.finish()
    }

    #[test]
    fn sources_are_told_as_kubectl_tells_them() {
        let csi = json!({"csi": {"driver": "d.io", "readOnly": true, "volumeHandle": "h",
            "volumeAttributes": {"a": "b", "c": "d"}}});
        let kind = "Type:              CSI (a Container Storage Interface (CSI) volume source)";
        let attributes = "VolumeAttributes:      a=b\n                           c=d\n";
        let want = format!(
            "    {kind}\n    Driver:            d.io\n    FSType:            \n    ReadOnly:          true\n    {attributes}"
        );
        assert_eq!(told(csi.clone(), false), want);
        assert!(told(csi, true).contains("    VolumeHandle:      h\n"));
        let flex = told(json!({"flexVolume": {"driver": "a/b", "options": {"a": "b"}}}), false);
        assert!(flex.contains("    SecretRef:  nil\n    ReadOnly:   false\n    Options:    map[a:b]\n"), "{flex}");
        let rbd = told(json!({"rbd": {"monitors": ["a", "b"], "secretRef": {"name": "s"}}}), false);
        assert!(rbd.contains("    CephMonitors:  [a b]\n"), "{rbd}");
        assert!(rbd.contains("    SecretRef:     &LocalObjectReference{Name:s,}\n"), "{rbd}");
        let fc = told(json!({"fc": {"targetWWNs": ["a", "b"]}}), false);
        assert!(fc.contains("    TargetWWNs:  a, b\n    LUN:         <none>\n"), "{fc}");
        let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"storageClassName": "f"}});
        let claim = told(json!({"ephemeral": {"volumeClaimTemplate": template}}), false);
        assert!(claim.contains("    Labels:            a=b\n    Annotations:       <none>\n"), "{claim}");
        assert_eq!(told(json!({}), false), "  <unknown>\n");
    }
}
