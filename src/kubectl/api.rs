//! The cluster as the API server that commands on files talk to.

use crate::api::admission::priority::usual;
use crate::api::{Kind, Object};
use crate::cluster::{Action, ApiError, Cluster, ObjectKey};
use crate::manifest::{Server, Status};

/// The API server of a cluster.
pub(super) struct Api<'c>(pub &'c mut Cluster);

impl From<ApiError> for Status {
    fn from(error: ApiError) -> Self {
        Self { reason: error.reason, message: error.message }
    }
}

impl Api<'_> {
    fn write(&mut self, action: Action, object: Object) -> Result<Object, Status> {
        Ok(self.0.act(action)?.unwrap_or(object))
    }
}

impl Server for Api<'_> {
    fn has_namespace(&self, name: &str) -> bool {
        self.0.store().get(&ObjectKey::new(Kind::Namespace, "", name)).is_some()
    }

    fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Object> {
        self.0.store().get(&ObjectKey::new(kind, namespace, name)).cloned()
    }

    fn usual_class(&self) -> Option<Object> {
        usual(self.0.store().list(Kind::PriorityClass).map(|(_, object)| object)).cloned()
    }

    fn create(&mut self, object: Object) -> Result<Object, Status> {
        self.write(Action::Create(object.clone()), object)
    }

    fn update(&mut self, object: Object) -> Result<Object, Status> {
        self.write(Action::Update(object.clone()), object)
    }
}
