//! The least of an API server: it keeps what it is given.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::live::{Server, Status};
use crate::api::admission::priority::usual;
use crate::api::admission::{self, Creation};
use crate::api::{Kind, Object, defaults};

/// Objects by kind, namespace and name. What a real server makes up is the same every time: `xxxxx` ends generated
/// names, and every uid is [`Shelf::UID`].
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    objects: BTreeMap<(Kind, String, String), Object>,
}

impl Shelf {
    /// The uid of every object.
    pub const UID: &str = "00000000-0000-0000-0000-000000000000";

    /// Nothing but the namespaces that every cluster has.
    pub fn new() -> Self {
        Self::default()
    }

    fn key(object: &Object) -> Option<(Kind, String, String)> {
        let kind = object.kind()?;
        Some((kind, object.namespace().to_owned(), object.name().to_owned()))
    }

    /// An address from the range of a default cluster for a Service that needs one.
    fn give_address(&self, object: &mut Object) {
        let Object::Service(service) = object else { return };
        let Some(spec) = &mut Rc::make_mut(service).spec else { return };
        if spec.type_.as_deref() == Some("ExternalName") {
            return;
        }
        if spec.cluster_ip.as_deref().is_none_or(str::is_empty) {
            let held = self.objects.keys().filter(|(kind, ..)| *kind == Kind::Service).count();
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
        super::NAMESPACES.contains(&name)
            || self.objects.contains_key(&(Kind::Namespace, String::new(), name.to_owned()))
    }

    fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Object> {
        self.objects.get(&(kind, namespace.to_owned(), name.to_owned())).cloned()
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
        // A kind that is not known by name is taken and forgotten.
        let Some(key) = Self::key(&object) else { return Ok(object) };
        if self.objects.contains_key(&key) {
            let (kind, _, name) = key;
            let dot = if kind.group().is_empty() { "" } else { "." };
            let message = format!("{}{dot}{} \"{name}\" already exists", kind.plural(), kind.group());
            return Err(Status { reason: "AlreadyExists", message });
        }
        self.objects.insert(key, object.clone());
        Ok(object)
    }

    fn update(&mut self, mut object: Object) -> Result<Object, Status> {
        self.give_address(&mut object);
        if let Some(key) = Self::key(&object) {
            self.objects.insert(key, object.clone());
        }
        Ok(object)
    }
}
