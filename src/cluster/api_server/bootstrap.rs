//! What every cluster has from the start: namespaces, service accounts, nodes, the `kubernetes` Service.

use collections::Map as BTreeMap;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{
    ConfigMap, Namespace, Node, NodeAddress, NodeCondition, NodeSpec, NodeStatus, NodeSystemInfo, Service,
    ServiceAccount, ServicePort, ServiceSpec,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Field;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::json;

use super::{ApiError, create};
use crate::api::admission::{self, Creation};
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object};
use crate::cluster::fnv::fnv1a;
use crate::cluster::storage::LOCAL_PATH;
use crate::cluster::world::World;
use crate::cluster::{ObjectKey, Rng};

/// The version that nodes report.
pub(crate) const VERSION: &str = "v1.36.2";

/// Creates what every cluster has from the start.
pub(crate) fn bootstrap(world: &mut World) {
    let mut objects = Vec::new();
    for namespace in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        objects.push(Object::Namespace(self::namespace(namespace).into()));
        objects.extend(namespace_content(namespace));
    }
    objects.push(Object::Service(kubernetes_service().into()));
    for number in 1..=world.config.nodes {
        objects.push(Object::Node(node(world, number).into()));
    }
    for object in objects {
        // Nothing of this can be refused: the store is empty and the names are ours.
        let created = create(world, object);
        debug_assert!(created.is_ok(), "{created:?}");
    }
    put_usual_class(world);
}

/// A node registers itself.
///
/// # Errors
/// AlreadyExists.
pub(crate) fn register_node(world: &mut World, number: u32) -> Result<Object, ApiError> {
    let node = node(world, number);
    create(world, Object::Node(node.into()))
}

fn namespace(name: &str) -> Namespace {
    Namespace { metadata: named("", name), ..Namespace::default() }
}

/// What the root CA publisher and the service account controller put into every namespace.
pub(crate) fn namespace_content(namespace: &str) -> [Object; 2] {
    let certificate = "-----BEGIN CERTIFICATE-----\nsimulated\n-----END CERTIFICATE-----\n";
    let description = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                       endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                       guaranteed across distributions of Kubernetes clusters.";
    let mut metadata = named(namespace, "kube-root-ca.crt");
    metadata.annotations = Some(BTreeMap::from([("kubernetes.io/description".to_owned(), description.to_owned())]));
    let data = BTreeMap::from([("ca.crt".to_owned(), certificate.to_owned())]);
    let bundle = ConfigMap { metadata, data: Some(data), ..ConfigMap::default() };
    let account = ServiceAccount { metadata: named(namespace, "default"), ..ServiceAccount::default() };
    [Object::ConfigMap(bundle.into()), Object::ServiceAccount(account.into())]
}

/// The class of claims that name none: volumes in a folder of the node, made when a Pod is there to use them, as in a cluster
/// of kind (github.com/kubernetes-sigs/kind: pkg/build/nodeimage/const_storage.go).
fn put_usual_class(world: &mut World) {
    let annotations = json!({"storageclass.kubernetes.io/is-default-class": "true"});
    let class = json!({"metadata": {"name": "standard", "annotations": annotations}, "provisioner": LOCAL_PATH,
        "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer"});
    let Ok(mut class) = Object::from_json(Kind::StorageClass, class) else { return };
    // Its uid is drawn apart, so that what else is drawn does not hang on it.
    let uid = Rng::new(world.config.seed.wrapping_add(1)).uuid();
    admission::apply(&mut class, &Creation { uid, time: Some(world.timestamp()), ..Creation::default() });
    world.store.put(ObjectKey::new(Kind::StorageClass, "", "standard"), class);
}

fn kubernetes_service() -> Service {
    let mut metadata = named("default", "kubernetes");
    metadata.labels = Some(BTreeMap::from([
        ("component".to_owned(), "apiserver".to_owned()),
        ("provider".to_owned(), "kubernetes".to_owned()),
    ]));
    let port = ServicePort { name: Some("https".into()), port: 443, ..ServicePort::default() };
    let spec = ServiceSpec { cluster_ip: Some("10.96.0.1".into()), ports: Some(vec![port]), ..ServiceSpec::default() };
    Service { metadata, spec: Some(spec), ..Service::default() }
}

fn named(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.into()),
        namespace: Some(Text::from(namespace)).filter(|namespace| !namespace.is_empty()),
        ..ObjectMeta::default()
    }
}

/// A node as its kubelet registers it, Ready from the start.
fn node(world: &World, number: u32) -> Node {
    let name = format!("node-{number}");
    let mut metadata = named("", &name);
    let labels = [
        ("beta.kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/hostname", &name),
        ("kubernetes.io/os", "linux"),
    ];
    metadata.labels = Some(labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect());
    let config = &world.config;
    let cpu = i64::try_from(config.node_cpu_millis).unwrap_or(i64::MAX);
    let memory = i64::try_from(config.node_memory).unwrap_or(i64::MAX);
    let amounts: BTreeMap<String, Field> = [
        ("cpu", Quantity::from_milli(cpu)),
        ("memory", Quantity::from_bytes(memory)),
        ("pods", Quantity::from_units(i64::from(config.node_pods))),
        ("ephemeral-storage", Quantity::from_bytes(100 << 30)),
    ]
    .into_iter()
    .map(|(name, amount)| (name.to_owned(), Field(amount.to_string())))
    .collect();
    let boot_id = boot_id(world, &name);
    let cidr = format!("10.{}.{}.0/24", 244 + number / 256, number % 256);
    let address = |type_: &str, address: String| NodeAddress { type_: type_.into(), address: address.into() };
    Node {
        metadata,
        spec: Some(NodeSpec {
            pod_cidr: Some(cidr.clone().into()),
            pod_cidrs: Some(vec![cidr]),
            ..NodeSpec::default()
        }),
        status: Some(NodeStatus {
            capacity: Some(amounts.clone()),
            allocatable: Some(amounts),
            addresses: Some(vec![
                address(
                    "InternalIP",
                    format!("172.18.{}.{}", number.saturating_add(1) / 256, number.saturating_add(1) % 256),
                ),
                address("Hostname", name),
            ]),
            conditions: Some(node_conditions(world)),
            node_info: Some(NodeSystemInfo {
                architecture: "amd64".into(),
                container_runtime_version: "containerd://2.2.0".into(),
                kernel_version: "6.8.0-31-generic".into(),
                kube_proxy_version: Text::default(),
                kubelet_version: VERSION.into(),
                operating_system: "linux".into(),
                os_image: "Debian GNU/Linux 12 (bookworm)".into(),
                boot_id: boot_id.into(),
                ..NodeSystemInfo::default()
            }),
            ..NodeStatus::default()
        }),
    }
}

/// What tells this start of the machine `node` from every other one. It is drawn apart, so that what else is drawn does not
/// hang on it.
pub(crate) fn boot_id(world: &World, node: &str) -> String {
    let which = fnv1a(node.bytes()) ^ world.now.as_micros();
    Rng::new(world.config.seed ^ which).uuid()
}

/// The conditions of a node whose kubelet is well.
pub(crate) fn node_conditions(world: &World) -> Vec<NodeCondition> {
    let now = world.timestamp();
    let condition = |type_: &str, status: &str, reason: &str, message: &str| NodeCondition {
        type_: type_.into(),
        status: status.into(),
        reason: Some(reason.into()),
        message: Some(message.into()),
        last_heartbeat_time: Some(now.clone()),
        last_transition_time: Some(now.clone()),
    };
    vec![
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ]
}
