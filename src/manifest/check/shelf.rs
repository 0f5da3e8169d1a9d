//! The least of an API server: it keeps what it is given.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::live::{Server, Status, already_exists};
use crate::api::admission::priority::usual;
use crate::api::admission::{self, Creation};
use crate::api::{Kind, Object, defaults};

/// Objects by apiVersion, kind, namespace and name. What a real server makes up is the same every time: `xxxxx` ends generated
/// names, and every uid is [`Shelf::UID`].
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    objects: BTreeMap<Key, Object>,
}

/// Where an object stands: its apiVersion, kind, namespace and name.
type Key = (String, String, String, String);

fn key_of(api_version: &str, kind: &str, namespace: &str, name: &str) -> Key {
    (api_version.to_owned(), kind.to_owned(), namespace.to_owned(), name.to_owned())
}

impl Shelf {
    /// The uid of every object.
    pub const UID: &str = "00000000-0000-0000-0000-000000000000";

    /// Nothing but the namespaces that every cluster has.
    pub fn new() -> Self {
        Self::default()
    }

    fn key(object: &Object) -> Key {
        let (api_version, kind) = match object {
            Object::Other(other) => (other.api_version.as_str(), other.kind.as_str()),
            object => object.kind().map_or(("", ""), |kind| (kind.api_version(), kind.name())),
        };
        let namespace = match object.kind() {
            Some(_) => object.namespace(),
            None => object.metadata().namespace.as_deref().unwrap_or_default(),
        };
        key_of(api_version, kind, namespace, object.name())
    }

    /// An address from the range of a default cluster for a Service that needs one.
    fn give_address(&self, object: &mut Object) {
        let Object::Service(service) = object else { return };
        let Some(spec) = &mut Rc::make_mut(service).spec else { return };
        if spec.type_.as_deref() == Some("ExternalName") {
            return;
        }
        if spec.cluster_ip.as_deref().is_none_or(str::is_empty) {
            let held = self.objects.values().filter(|object| matches!(object, Object::Service(_))).count();
            spec.cluster_ip = Some(format!("10.96.{}.{}", held / 250 % 250 + 1, held % 250 + 1).into());
        }
        spec.cluster_ips = spec.cluster_ip.clone().map(|ip| vec![ip.into()]);
        if matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer")) {
            for (port, number) in spec.ports.iter_mut().flatten().zip(31_000..) {
                port.node_port = port.node_port.filter(|port| *port != 0).or(Some(number));
            }
        }
    }
}

impl Server for Shelf {
    fn has_namespace(&self, name: &str) -> bool {
        super::NAMESPACES.contains(&name) || self.objects.contains_key(&key_of("v1", "Namespace", "", name))
    }

    fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Object> {
        self.get_other(kind.api_version(), kind.name(), namespace, name)
    }

    fn get_other(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Option<Object> {
        self.objects.get(&key_of(api_version, kind, namespace, name)).cloned()
    }

    fn usual_class(&self) -> Option<Object> {
        usual(self.objects.values().filter(|object| object.kind() == Some(Kind::PriorityClass))).cloned()
    }

    fn create(&mut self, mut object: Object) -> Result<Object, Status> {
        defaults::apply(&mut object);
        let creation = Creation {
            uid: Self::UID.to_owned(),
            time: None,
            name_suffix: "xxxxx".to_owned(),
            volume_suffix: "xxxxx".to_owned(),
        };
        admission::apply(&mut object, &creation);
        self.give_address(&mut object);
        let key = Self::key(&object);
        if self.objects.contains_key(&key) {
            let (api_version, kind, _, name) = key;
            return Err(Status { reason: "AlreadyExists", message: already_exists(&api_version, &kind, &name) });
        }
        self.objects.insert(key, object.clone());
        Ok(object)
    }

    fn update(&mut self, mut object: Object) -> Result<Object, Status> {
        self.give_address(&mut object);
        self.objects.insert(Self::key(&object), object.clone());
        Ok(object)
    }
}
