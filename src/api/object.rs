//! One API object of any kind: cheap to clone, for its parts are shared.

use std::fmt;
use std::rc::Rc;

use k8s_openapi::Text;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, Event, Namespace, Node, PersistentVolumeClaim, PodSpec, PodStatus, Secret, Service, ServiceAccount,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::json::{from_json, to_json};
use k8s_openapi::record::{Part, Record};
use serde_json::{Map, Value};

use super::{Kind, Shared};

/// A Pod whose parts are shared: a status update copies neither the spec nor the metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pod {
    /// Names, labels, owners; without the resourceVersion, which is another one after every change.
    pub metadata: Shared<ObjectMeta>,
    /// The resourceVersion that the metadata shows in JSON.
    pub resource_version: Option<Rc<str>>,
    /// What was asked for; absent in the manifest reads as empty, as the server's decoder has it.
    pub spec: Shared<PodSpec>,
    /// What is the case.
    pub status: Shared<PodStatus>,
}

/// The annotation that says why an object is as it is; revisions of a workload keep it.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// An object of a kind that Podlab carries without simulating it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Other {
    /// As written (`networking.k8s.io/v1`).
    pub api_version: String,
    /// As written (`Ingress`).
    pub kind: String,
    /// The metadata that every object has.
    pub metadata: ObjectMeta,
    /// The whole object.
    pub value: Value,
}

/// JSON that does not fit the type of its kind; the strict decoder of `manifest` says it in the server's words first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectError(String);

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ObjectError {}

macro_rules! objects {
    ($($kind:ident),*) => {
        /// An API object. Cloning shares; changing goes through `make_mut` of what is shared.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "each variant is the API's own name of the kind")]
        pub enum Object {
            Pod(Rc<Pod>),
            Event(Shared<Event>),
            $($kind(Rc<$kind>),)*
            /// A kind that is carried, not simulated.
            Other(Rc<Other>),
        }

        impl Object {
            /// Its kind, where it is one that Podlab knows.
            pub fn kind(&self) -> Option<Kind> {
                match self {
                    Object::Pod(_) => Some(Kind::Pod),
                    Object::Event(_) => Some(Kind::Event),
                    $(Object::$kind(_) => Some(Kind::$kind),)*
                    Object::Other(other) => Kind::find(&other.api_version, &other.kind),
                }
            }

            /// Its metadata.
            pub fn metadata(&self) -> &ObjectMeta {
                match self {
                    Object::Pod(pod) => &pod.metadata,
                    Object::Event(event) => &event.metadata,
                    $(Object::$kind(object) => &object.metadata,)*
                    Object::Other(other) => &other.metadata,
                }
            }

            /// Its metadata, to be changed; what is shared is copied first.
            pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
                match self {
                    Object::Pod(pod) => Rc::make_mut(pod).metadata.make_mut(),
                    Object::Event(event) => &mut event.make_mut().metadata,
                    $(Object::$kind(object) => &mut Rc::make_mut(object).metadata,)*
                    Object::Other(other) => &mut Rc::make_mut(other).metadata,
                }
            }

            /// Its fields by number, to be changed, where one struct holds them all.
            pub fn record_mut(&mut self) -> Option<&mut dyn Record> {
                match self {
                    Object::Pod(_) | Object::Event(_) | Object::Other(_) => None,
                    $(Object::$kind(object) => {
                        let whole: &mut $kind = Rc::make_mut(object);
                        Some(whole)
                    })*
                }
            }

            /// The typed object of `kind` in `value`.
            ///
            /// # Errors
            /// When a value has another type than its field.
            ///
            /// Labels and annotations that are empty are none, as Go writes them (`omitempty`).
            ///
            /// A `selector: {}` of a workload reads as one with an empty `matchLabels`: the server tells it from an
            /// absent selector, and the typed field, which is not optional, cannot.
            pub fn from_json(kind: Kind, mut value: Value) -> Result<Object, ObjectError> {
                if matches!(kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet) {
                    mark_empty_selector(&mut value);
                }
                forget_empty_maps(&mut value);
                match kind {
                    Kind::Pod => Pod::from_json(value).map(|pod| Object::Pod(Rc::new(pod))),
                    Kind::Event => decode::<Event>(value).map(|event| Object::Event(event.into())),
                    $(Kind::$kind => decode::<$kind>(value).map(|object| Object::$kind(Rc::new(object))),)*
                    carried => Other::from_json(carried.api_version(), carried.name(), value).map(Object::Other),
                }
            }

            /// The object as JSON, with `apiVersion` and `kind`; absent fields are left out.
            pub fn to_json(&self) -> Value {
                match self {
                    Object::Pod(pod) => pod.to_json(),
                    Object::Event(event) => to_json(event.as_ref()),
                    $(Object::$kind(object) => to_json(object.as_ref()),)*
                    Object::Other(other) => other.to_json(),
                }
            }
        }
    };
}

objects!(
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    Service,
    ConfigMap,
    Secret,
    HorizontalPodAutoscaler,
    Namespace,
    PersistentVolumeClaim,
    ServiceAccount,
    Node
);

fn forget_empty_maps(value: &mut Value) {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, value| {
            !matches!(name.as_str(), "labels" | "annotations") || value.as_object().is_none_or(|map| !map.is_empty())
        });
    }
}

fn mark_empty_selector(object: &mut Value) {
    let selector = object.get_mut("spec").and_then(|spec| spec.get_mut("selector")).and_then(Value::as_object_mut);
    if let Some(selector) = selector
        && ["matchLabels", "matchExpressions"].iter().all(|part| selector.get(*part).is_none_or(Value::is_null))
    {
        selector.insert("matchLabels".to_owned(), Value::Object(Map::new()));
    }
}

fn decode<T: Part + Default>(value: Value) -> Result<T, ObjectError> {
    from_json(value).map_err(|error| ObjectError(error.to_string()))
}

impl Object {
    /// The Pod that this is; none for another kind.
    pub fn as_pod(&self) -> Option<&Pod> {
        match self {
            Object::Pod(pod) => Some(pod),
            _ => None,
        }
    }

    /// The resourceVersion, which tells one state of it from another.
    pub fn resource_version(&self) -> Option<&str> {
        match self {
            Object::Pod(pod) => pod.resource_version.as_deref(),
            other => other.metadata().resource_version.as_deref(),
        }
    }

    /// Gives it another resourceVersion.
    pub fn set_resource_version(&mut self, version: Option<&str>) {
        match self {
            Object::Pod(pod) => Rc::make_mut(pod).resource_version = version.map(Rc::from),
            other => other.metadata_mut().resource_version = version.map(Into::into),
        }
    }

    /// The name, empty where there is none (yet).
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// The namespace, `default` where none is written; empty for kinds that live in none.
    pub fn namespace(&self) -> &str {
        match self.kind() {
            Some(kind) if !kind.namespaced() => "",
            _ => self.metadata().namespace.as_deref().unwrap_or("default"),
        }
    }
}

impl Other {
    /// An object of any kind, as it is written.
    ///
    /// # Errors
    /// When its metadata is none.
    pub fn from_json(api_version: &str, kind: &str, value: Value) -> Result<Rc<Other>, ObjectError> {
        let metadata = value.get("metadata").filter(|metadata| !metadata.is_null()).cloned();
        let metadata = metadata.map(decode).transpose()?.unwrap_or_default();
        Ok(Rc::new(Other { api_version: api_version.to_owned(), kind: kind.to_owned(), metadata, value }))
    }

    /// The object as JSON; the metadata is the one that may have been changed since.
    fn to_json(&self) -> Value {
        let mut value = self.value.clone();
        if let Value::Object(fields) = &mut value {
            fields.insert("apiVersion".into(), self.api_version.as_str().into());
            fields.insert("kind".into(), self.kind.as_str().into());
            fields.insert("metadata".into(), to_json(&self.metadata));
        }
        value
    }
}

impl Pod {
    fn from_json(mut value: Value) -> Result<Pod, ObjectError> {
        let mut take = |field: &str| value.get_mut(field).map(Value::take).filter(|value| !value.is_null());
        let mut metadata: ObjectMeta = take("metadata").map(decode).transpose()?.unwrap_or_default();
        Ok(Pod {
            resource_version: metadata.resource_version.take().map(Rc::from),
            metadata: metadata.into(),
            spec: Shared::new(take("spec").map(decode).transpose()?.unwrap_or_default()),
            status: Shared::new(take("status").map(decode).transpose()?.unwrap_or_default()),
        })
    }

    /// The Pod as JSON, with `apiVersion` and `kind`; an empty status is left out.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("apiVersion".into(), Kind::Pod.api_version().into());
        object.insert("kind".into(), Kind::Pod.name().into());
        let mut metadata = to_json(self.metadata.as_ref());
        if let (Some(fields), Some(version)) = (metadata.as_object_mut(), &self.resource_version) {
            fields.insert("resourceVersion".into(), version.as_ref().into());
        }
        object.insert("metadata".into(), metadata);
        object.insert("spec".into(), to_json(self.spec.as_ref()));
        if *self.status != PodStatus::default() {
            object.insert("status".into(), to_json(self.status.as_ref()));
        }
        Value::Object(object)
    }

    /// The name, empty where there is none (yet).
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// The namespace, `default` where none is written.
    pub fn namespace(&self) -> &str {
        self.metadata.namespace.as_deref().unwrap_or("default")
    }

    /// The unique id the store gave it, empty before that.
    pub fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    /// The unique id, shared with the Pod.
    pub fn shared_uid(&self) -> Rc<str> {
        self.metadata.uid.as_ref().map(Text::to_shared).unwrap_or_default()
    }
}
