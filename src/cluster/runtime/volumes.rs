//! What a container finds when it starts: the files of its volumes, its environment, its user (kubelet: pkg/volume,
//! kubelet_pods.go makeEnvironmentVariables and makeMounts).

use collections::Map as BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{
    Container, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector, PodSecurityContext, ResourceFieldSelector,
    SecurityContext, Volume,
};
use k8s_openapi::{ByteString, Text, pooled};

use super::Etc;
use super::files::{Disk, Disks, Layer, Mount, Tree, absolute, atomic};
use super::program::Setup;
use super::program::images;
use crate::api::containers::in_order;
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object, Pod};
use crate::cluster::ObjectKey;
use crate::cluster::fnv;
use crate::cluster::world::World;

/// What nobody limits may hold so much; more is never needed to see that it is much.
const UNLIMITED: u64 = 10 << 30;

/// The key of a volume of a Pod: what is shared between Pods has a key of its own.
fn key_of(volume: &Volume, pod: &Pod) -> Rc<str> {
    if let Some(source) = &volume.host_path {
        let node = pod.spec.node_name.as_deref().unwrap_or_default();
        return format!("node/{node}{}", absolute("/", &source.path)).into();
    }
    if let Some(source) = &volume.persistent_volume_claim {
        return format!("claim/{}/{}", pod.namespace(), source.claim_name).into();
    }
    if volume.ephemeral.is_some() {
        return format!("claim/{}/{}-{}", pod.namespace(), pod.name(), volume.name).into();
    }
    format!("{}/{}", pod.uid(), volume.name).into()
}

/// The key of each volume of a Pod by the volume's name.
pub(crate) fn keys(pod: &Pod) -> impl Iterator<Item = (&str, Rc<str>)> {
    let volumes = pod.spec.volumes.as_deref().unwrap_or_default();
    volumes.iter().map(|volume| (volume.name.as_str(), key_of(volume, pod)))
}

/// A volume's files while they are gathered.
type Found = Vec<atomic::Written>;

/// Makes the disk of a volume, or brings what comes from the API up to date in it.
fn provide(volume: &Volume, pod: &Pod, world: &World, disks: &mut Disks) {
    let key = key_of(volume, pod);
    let group = pod.spec.security_context.as_ref().and_then(|context| context.fs_group);
    let group = group.and_then(|group| u32::try_from(group).ok()).filter(|_| volume.host_path.is_none());
    let Some(found) = from_api(volume, pod, world) else {
        if !disks.contains_key(&key) {
            let limit = volume.empty_dir.as_ref().and_then(|source| source.size_limit.as_ref());
            let limit = limit.and_then(|limit| bytes(&limit.0)).filter(|limit| *limit > 0).unwrap_or(UNLIMITED);
            let memory = volume.empty_dir.as_ref().is_some_and(|source| source.medium.as_deref() == Some("Memory"));
            // A disk over its limit has its Pod evicted; memory is full at its limit.
            let limit = if memory { limit.min(memory_of(pod).unwrap_or(UNLIMITED)) } else { UNLIMITED };
            let mode = if volume.host_path.is_some() { 0o755 } else { 0o777 };
            let mode = if group.is_some() { mode | 0o2000 } else { mode };
            disks.insert(key, Rc::new(Disk::new(Tree::new(mode, group.unwrap_or(0), limit))));
        }
        return;
    };
    // What does not change keeps its files, so that nobody watches in vain.
    if disks.get(&key).is_some_and(|disk| atomic::holds(&disk.tree, &found)) {
        return;
    }
    let made = super::program::civil_text("..%Y_%m_%d_%H_%M_%S.", world.config.epoch.as_second(), world.now);
    let number = fnv::further(fnv::fnv1a(key.bytes()), world.now.as_micros().to_be_bytes()) % 10_000_000_000;
    let mut tree = atomic::tree(&found, &format!("{made}{number}"));
    let mounts = in_order(&pod.spec).flat_map(|container| container.volume_mounts.iter().flatten());
    let mut parts = mounts.filter(|mount| mount.sub_path.is_some() || mount.sub_path_expr.is_some());
    if let Some(old) = disks.get(&key).filter(|_| parts.any(|mount| mount.name == volume.name)) {
        atomic::keep(&old.tree, &mut tree);
    }
    if let Some(group) = group {
        tree.share(group);
    }
    let changes = found.iter().map(|(name, ..)| super::files::DiskChange::Set(name.as_str().into())).collect();
    disks.insert(key, Rc::new(Disk { tree, changes, from_api: true }));
}

/// The files of a volume whose content the API knows; none for the others.
fn from_api(volume: &Volume, pod: &Pod, world: &World) -> Option<Found> {
    let mut found = Found::new();
    if let Some(source) = &volume.config_map {
        let mode = source.default_mode.unwrap_or(0o644);
        add_keyed(config_map(&source.name, pod, world), source.items.as_deref(), mode, &mut found);
    } else if let Some(source) = &volume.secret {
        let name = source.secret_name.as_deref().unwrap_or_default();
        add_keyed(secret(name, pod, world), source.items.as_deref(), source.default_mode.unwrap_or(0o644), &mut found);
    } else if let Some(source) = &volume.downward_api {
        let mode = source.default_mode.unwrap_or(0o644);
        add_fields(source.items.as_deref().unwrap_or_default(), mode, pod, &mut found);
    } else if let Some(source) = &volume.projected {
        let mode = source.default_mode.unwrap_or(0o644);
        for source in source.sources.as_deref().unwrap_or_default() {
            if let Some(map) = &source.config_map {
                if map.name == "kube-root-ca.crt" && config_map(&map.name, pod, world).is_empty() {
                    found.push(("ca.crt".to_owned(), CERTIFICATE.as_bytes().to_vec(), 0o644));
                }
                add_keyed(config_map(&map.name, pod, world), map.items.as_deref(), mode, &mut found);
            }
            if let Some(of) = &source.secret {
                add_keyed(secret(&of.name, pod, world), of.items.as_deref(), mode, &mut found);
            }
            if let Some(fields) = &source.downward_api {
                add_fields(fields.items.as_deref().unwrap_or_default(), mode, pod, &mut found);
            }
            if let Some(token) = &source.service_account_token {
                found.push((token.path.to_string(), super::network::apiserver::TOKEN.into(), 0o644));
            }
        }
    } else {
        return None;
    }
    Some(found)
}

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nc2ltdWxhdGVk\n-----END CERTIFICATE-----\n";

fn add_keyed(data: BTreeMap<String, Vec<u8>>, items: Option<&[KeyToPath]>, mode: i32, found: &mut Found) {
    let bits = |mode: i32| u16::try_from(mode & 0o777).unwrap_or(0o644);
    match items {
        None => found.extend(data.into_iter().map(|(name, bytes)| (name, bytes, bits(mode)))),
        Some(items) => {
            for item in items {
                if let Some(bytes) = data.get(item.key.as_str()) {
                    found.push((item.path.to_string(), bytes.clone(), bits(item.mode.unwrap_or(mode))));
                }
            }
        }
    }
}

fn add_fields(items: &[DownwardAPIVolumeFile], mode: i32, pod: &Pod, found: &mut Found) {
    for item in items {
        let text = match (&item.field_ref, &item.resource_field_ref) {
            (Some(field), _) => field_value(field, pod, ""),
            (None, Some(resource)) => {
                let name = resource.container_name.as_deref().unwrap_or_default();
                pod.spec.containers.iter().find(|c| c.name == name).map(|c| resource_value(resource, c))
            }
            (None, None) => None,
        };
        let mode = u16::try_from(item.mode.unwrap_or(mode) & 0o777).unwrap_or(0o644);
        found.push((item.path.to_string(), text.unwrap_or_default().into_bytes(), mode));
    }
}

fn config_map(name: &str, pod: &Pod, world: &World) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    if let Some(Object::ConfigMap(map)) = world.store.get(&ObjectKey::new(Kind::ConfigMap, pod.namespace(), name)) {
        for (key, text) in map.data.iter().flatten() {
            out.insert(key.clone(), text.clone().into_bytes());
        }
        for (key, ByteString(bytes)) in map.binary_data.iter().flatten() {
            out.insert(key.clone(), bytes.clone());
        }
    }
    out
}

fn secret(name: &str, pod: &Pod, world: &World) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    if let Some(Object::Secret(secret)) = world.store.get(&ObjectKey::new(Kind::Secret, pod.namespace(), name)) {
        for (key, ByteString(bytes)) in secret.data.iter().flatten() {
            out.insert(key.clone(), bytes.clone());
        }
        for (key, text) in secret.string_data.iter().flatten() {
            out.insert(key.clone(), text.clone().into_bytes());
        }
    }
    out
}

fn bytes(text: &str) -> Option<u64> {
    u64::try_from(Quantity::parse(text).ok()?.value()).ok()
}

/// The memory limit of a container, bytes.
pub(crate) fn memory_limit(container: &Container) -> Option<u64> {
    bytes(&container.resources.as_ref()?.limits.as_ref()?.get("memory")?.0)
}

/// The CPU limit of a container, thousandths of a core.
pub(crate) fn cpu_limit(container: &Container) -> Option<u64> {
    let limit = container.resources.as_ref()?.limits.as_ref()?.get("cpu")?;
    u64::try_from(Quantity::parse(&limit.0).ok()?.milli_value()).ok()
}

/// The sum of a Pod's memory limits, where every container has one.
fn memory_of(pod: &Pod) -> Option<u64> {
    pod.spec.containers.iter().map(memory_limit).sum()
}

/// The value of a field of the downward API (kubelet: pkg/fieldpath).
fn field_value(field: &ObjectFieldSelector, pod: &Pod, address: &str) -> Option<String> {
    let lines = |map: &Option<BTreeMap<String, String>>| {
        let lines: Vec<String> = map.iter().flatten().map(|(key, value)| format!("{key}={value:?}")).collect();
        lines.join("\n")
    };
    let keyed = |map: &Option<BTreeMap<String, String>>, path: &str, prefix: &str| {
        let key = path.strip_prefix(prefix)?.trim_start_matches(['[', '\'', '"']).trim_end_matches([']', '\'', '"']);
        Some(map.as_ref()?.get(key).cloned().unwrap_or_default())
    };
    let path = field.field_path.as_str();
    Some(match path {
        "metadata.name" => pod.name().to_owned(),
        "metadata.namespace" => pod.namespace().to_owned(),
        "metadata.uid" => pod.uid().to_owned(),
        "metadata.labels" => lines(&pod.metadata.labels),
        "metadata.annotations" => lines(&pod.metadata.annotations),
        "spec.nodeName" => pod.spec.node_name.clone().unwrap_or_default().to_string(),
        "spec.serviceAccountName" => {
            pod.spec.service_account_name.clone().unwrap_or_else(|| "default".into()).to_string()
        }
        "status.hostIP" | "status.hostIPs" => pod.status.host_ip.clone().unwrap_or_default().to_string(),
        "status.podIP" | "status.podIPs" => address.to_owned(),
        _ => {
            return keyed(&pod.metadata.labels, path, "metadata.labels")
                .or_else(|| keyed(&pod.metadata.annotations, path, "metadata.annotations"));
        }
    })
}

fn resource_value(selector: &ResourceFieldSelector, container: &Container) -> String {
    let (kind, name) = selector.resource.split_once('.').unwrap_or((&selector.resource, ""));
    let resources = container.resources.as_ref();
    let list = match kind {
        "limits" => resources.and_then(|resources| resources.limits.as_ref()),
        _ => resources.and_then(|resources| resources.requests.as_ref()),
    };
    let quantity = list.and_then(|list| list.get(name)).and_then(|text| Quantity::parse(&text.0).ok());
    let divisor = selector.divisor.as_ref().and_then(|divisor| Quantity::parse(&divisor.0).ok());
    let milli = |quantity: &Quantity| i128::from(quantity.milli_value());
    // Without a limit it is what the node has (kubelet: container.ExtractContainerResourceValue).
    let value = quantity.as_ref().map_or(if name == "cpu" { 2_000 } else { 8_589_934_592_000 }, milli);
    let by = divisor.as_ref().map(milli).filter(|by| *by > 0).unwrap_or(1_000);
    value.div_euclid(by).saturating_add(i128::from(value.rem_euclid(by) > 0)).to_string()
}

/// The environment of a container.
fn environment(pod: &Pod, container: &Container, address: &str, world: &World) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let add = |name: &str, value: String, out: &mut Vec<(String, String)>| match out
        .iter_mut()
        .find(|(known, _)| known == name)
    {
        Some((_, old)) => *old = value,
        None => out.push((name.to_owned(), value)),
    };
    for (name, value) in super::service_variables::of(pod, world) {
        add(&name, value, &mut out);
    }
    for from in container.env_from.as_deref().unwrap_or_default() {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        let data = match (&from.config_map_ref, &from.secret_ref) {
            (Some(map), _) => config_map(&map.name, pod, world),
            (None, Some(of)) => secret(&of.name, pod, world),
            (None, None) => BTreeMap::new(),
        };
        for (key, bytes) in data {
            add(&format!("{prefix}{key}"), String::from_utf8_lossy(&bytes).into_owned(), &mut out);
        }
    }
    for variable in container.env.as_deref().unwrap_or_default() {
        let value = match (&variable.value, &variable.value_from) {
            (Some(value), _) => Some(super::program::expand(value, &out)),
            (None, Some(from)) => {
                let keyed = |data: BTreeMap<String, Vec<u8>>, key: &str| {
                    data.get(key).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
                };
                if let Some(field) = &from.field_ref {
                    field_value(field, pod, address)
                } else if let Some(resource) = &from.resource_field_ref {
                    let named = resource.container_name.as_deref();
                    let of = pod.spec.containers.iter().find(|c| Some(c.name.as_str()) == named).unwrap_or(container);
                    Some(resource_value(resource, of))
                } else if let Some(key) = &from.config_map_key_ref {
                    keyed(config_map(&key.name, pod, world), &key.key)
                } else if let Some(key) = &from.secret_key_ref {
                    keyed(secret(&key.name, pod, world), &key.key)
                } else {
                    None
                }
            }
            (None, None) => Some(String::new()),
        };
        if let Some(value) = value {
            add(&variable.name, value, &mut out);
        }
    }
    out
}

/// Makes the volumes of a Pod whose programs are not interpreted, so that they can be looked at; the one that every
/// Pod has (its service account's) is left out.
pub(crate) fn prepare(pod: &Pod, world: &World, disks: &mut Disks) {
    for volume in pod.spec.volumes.as_deref().unwrap_or_default() {
        if !volume.name.starts_with("kube-api-access-") {
            provide(volume, pod, world, disks);
        }
    }
}

/// What `container` of `pod` is started with. Its volumes are made where they are not there yet.
pub(crate) fn setup(pod: &Pod, container: &Container, address: &str, world: &World, disks: &mut Disks) -> Setup {
    for volume in pod.spec.volumes.as_deref().unwrap_or_default() {
        provide(volume, pod, world, disks);
    }
    let tag = pooled(images::tag(container.image.as_deref().unwrap_or_default()));
    let image = images::find(container.image.as_deref().unwrap_or_default());
    let mut environment: Vec<(String, String)> = image
        .iter()
        .flat_map(|image| image.environment())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    environment.extend(self::environment(pod, container, address, world));
    let mut mounts = Vec::new();
    for mount in container.volume_mounts.as_deref().unwrap_or_default() {
        let Some((_, key)) = keys(pod).find(|(name, _)| *name == mount.name) else { continue };
        let sub = match (&mount.sub_path, &mount.sub_path_expr) {
            (Some(sub), _) => sub.clone(),
            (None, Some(expression)) => super::program::expand(expression, &environment).into(),
            (None, None) => Text::default(),
        };
        let sub = sub.trim_matches('/').to_owned();
        // What it leads to now is mounted, whatever the links on its way lead to later (kubelet: pkg/volume/util/subpath).
        let sub = disks.get(&key).map(|disk| disk.tree.follow(&sub)).unwrap_or(sub);
        // The kubelet makes the folder of a sub path that is not there.
        if let Some(disk) = disks.get_mut(&key).filter(|disk| !sub.is_empty() && disk.tree.lookup(&sub).is_none()) {
            Rc::make_mut(disk).tree.make_folders(&sub);
        }
        let volumes = pod.spec.volumes.as_deref().unwrap_or_default();
        let volume = volumes.iter().find(|volume| volume.name == mount.name);
        let fixed = volume.is_some_and(super::program::is_from_api);
        mounts.push(Mount {
            at: absolute("/", &mount.mount_path).into(),
            disk: key,
            sub: sub.into(),
            read_only: mount.read_only == Some(true) || fixed,
        });
    }
    let (user, groups) =
        identity(pod.spec.security_context.as_deref(), container, image.and_then(|image| image.user()));
    let etc = Etc::of(pod, address);
    let hostname = etc.hostname.clone();
    let own = container.security_context.as_ref();
    let folder = container.working_dir.as_deref().or(image.map(|image| image.folder())).unwrap_or("/");
    let folder: Rc<str> = absolute("/", folder).into();
    let layer = {
        let folder = folder.clone();
        Layer::new(move || {
            let mut layer = super::program::base_layer(image, &etc);
            layer.make_folders(folder.trim_start_matches('/'));
            layer
        })
    };
    Setup {
        image,
        tag,
        environment,
        mounts,
        layer: Rc::new(layer),
        folder,
        hostname,
        user,
        groups,
        read_only_root: own.and_then(|context| context.read_only_root_filesystem) == Some(true),
        may_own: own.is_none_or(|context| context.privileged == Some(true) || may(context, "CHOWN")),
        memory_limit: memory_limit(container),
        epoch: world.config.epoch.as_second(),
        first_process: pod.spec.share_process_namespace != Some(true),
        message_path: container.termination_message_path.as_deref().unwrap_or("/dev/termination-log").into(),
    }
}

/// Whether root has a capability that the runtime gives by default (containerd: pkg/oci/spec_opts.go WithCapabilities).
fn may(context: &SecurityContext, name: &str) -> bool {
    let Some(said) = &context.capabilities else { return true };
    let has = |list: &Option<Vec<String>>| list.iter().flatten().any(|own| own == name || own == "ALL");
    has(&said.add) || !has(&said.drop)
}

/// The user and the groups of a container.
fn identity(pods: Option<&PodSecurityContext>, container: &Container, image: Option<u32>) -> (u32, Vec<u32>) {
    let own = container.security_context.as_ref();
    let id = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
    let user = id(own.and_then(|c| c.run_as_user)).or_else(|| id(pods.and_then(|c| c.run_as_user))).or(image);
    let group = id(own.and_then(|c| c.run_as_group)).or_else(|| id(pods.and_then(|c| c.run_as_group)));
    let mut groups = vec![group.unwrap_or(if user.is_some() { image.unwrap_or(0) } else { 0 })];
    groups.extend(id(pods.and_then(|context| context.fs_group)));
    let others = pods.and_then(|context| context.supplemental_groups.as_deref()).unwrap_or_default();
    groups.extend(others.iter().filter_map(|group| u32::try_from(*group).ok()));
    (user.unwrap_or(0), groups)
}

/// Brings the volumes of a Pod that come from the API up to date.
pub(crate) fn refresh(pod: &Pod, world: &World, disks: &mut Disks) {
    for volume in pod.spec.volumes.as_deref().unwrap_or_default() {
        if disks.contains_key(&key_of(volume, pod)) {
            provide(volume, pod, world, disks);
        }
    }
}

/// The volumes that belong to the Pod of `uid` alone.
pub(crate) fn own_disks(uid: &str, disks: &Disks) -> Vec<Rc<str>> {
    let prefix = format!("{uid}/");
    let from: Rc<str> = prefix.as_str().into();
    disks.iter_from(&from).map(|(key, _)| key.clone()).take_while(|key| key.starts_with(&prefix)).collect()
}

/// Takes away what belonged to a Pod alone.
pub(crate) fn forget(uid: &str, disks: &mut Disks) {
    for key in own_disks(uid, disks) {
        disks.remove(&key);
    }
}
