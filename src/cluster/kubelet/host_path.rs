//! What a hostPath volume asks of the node before it is mounted (kubelet: pkg/volume/hostpath/host_path.go checkTypeInternal).
//!
//! A simulated node is a fresh one: it has the folders, files and sockets that every Linux node with containerd has, and
//! what Pods made on it since.

use k8s_openapi::api::core::v1::HostPathVolumeSource;

use crate::cluster::runtime::files::{Body, Disks, absolute};

/// What stands at a path of a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum There {
    Folder,
    File,
    Socket,
    CharDevice,
}

const FOLDERS: &str = "/ /bin /boot /dev /dev/shm /etc /etc/cni/net.d /etc/kubernetes /etc/kubernetes/manifests \
    /etc/kubernetes/pki /etc/pki /etc/ssl /etc/ssl/certs /etc/systemd /home /lib /lib/modules /lib64 /media \
    /mnt /opt /opt/cni/bin /proc /root /run /run/containerd /run/systemd /run/udev /sbin /srv /sys \
    /sys/fs/bpf /sys/fs/cgroup /sys/kernel/debug /tmp /usr /usr/bin /usr/lib /usr/local /usr/local/bin \
    /usr/sbin /usr/share /usr/share/ca-certificates /usr/share/zoneinfo /usr/src /var /var/cache /var/lib \
    /var/lib/containerd /var/lib/kubelet /var/lib/kubelet/device-plugins /var/lib/kubelet/plugins \
    /var/lib/kubelet/plugins_registry /var/lib/kubelet/pods /var/log /var/log/containers /var/log/journal \
    /var/log/pods /var/run /var/run/containerd /var/tmp";
const FILES: &str = "/etc/group /etc/hostname /etc/hosts /etc/localtime /etc/machine-id /etc/os-release /etc/passwd \
    /etc/resolv.conf /etc/timezone /run/xtables.lock /usr/share/zoneinfo/UTC /var/lib/kubelet/config.yaml";
const SOCKETS: &str = "/run/containerd/containerd.sock /run/dbus/system_bus_socket /var/lib/kubelet/device-plugins/kubelet.sock \
    /var/run/containerd/containerd.sock /var/run/dbus/system_bus_socket";
const CHAR_DEVICES: &str =
    "/dev/full /dev/fuse /dev/kmsg /dev/net/tun /dev/null /dev/random /dev/tty /dev/urandom /dev/zero";

/// Why the volume cannot be mounted on `node`, if so.
pub(super) fn problem(source: &HostPathVolumeSource, node: &str, disks: &Disks) -> Option<String> {
    let wanted = source.type_.as_deref().filter(|wanted| !wanted.is_empty())?;
    let there = find(&absolute("/", &source.path), node, disks);
    let fits = |wanted, word| (there != Some(wanted)).then_some(word);
    let word = match wanted {
        "Directory" => fits(There::Folder, "a directory"),
        "DirectoryOrCreate" if there.is_some() => fits(There::Folder, "a directory"),
        "File" => fits(There::File, "a file"),
        "FileOrCreate" if there.is_some() => fits(There::File, "a file"),
        "Socket" => fits(There::Socket, "a socket file"),
        "CharDevice" => fits(There::CharDevice, "a character device"),
        // Disks have no names that every node shares.
        "BlockDevice" => Some("a block device"),
        _ => None,
    }?;
    Some(format!("hostPath type check failed: {} is not {word}", source.path))
}

/// What stands at the absolute `path` of `node`.
fn find(path: &str, node: &str, disks: &Disks) -> Option<There> {
    let lists =
        [(FOLDERS, There::Folder), (FILES, There::File), (SOCKETS, There::Socket), (CHAR_DEVICES, There::CharDevice)];
    if let Some((_, there)) = lists.into_iter().find(|(paths, _)| paths.split(' ').any(|own| own == path)) {
        return Some(there);
    }
    // What Pods mounted is there, and what they wrote below it.
    let key = format!("node/{node}{path}");
    disks.iter().find_map(|(own, disk)| {
        let below = key.strip_prefix(own.as_ref())?;
        let stat = match below.strip_prefix('/') {
            None if below.is_empty() => return Some(There::Folder),
            name => disk.tree.stat(name?)?,
        };
        match stat.body {
            Body::Folder => Some(There::Folder),
            Body::File(..) => Some(There::File),
            _ => None,
        }
    })
}
