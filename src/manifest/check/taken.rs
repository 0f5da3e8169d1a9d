//! What the objects of a file have taken before the next one comes.

use collections::Set as BTreeSet;

use super::TypeMeta;
use super::live::already_exists;
use crate::api::Object;
use crate::manifest::rules::service_held::Held;

/// Names, and what Services hold.
#[derive(Debug, Default)]
pub(super) struct Taken {
    names: BTreeSet<(String, String, String)>,
    pub(super) held: Held,
}

impl Taken {
    /// What is taken in a new cluster, but for the objects that are in each: those may be applied.
    pub(super) fn at_first() -> Self {
        Taken { names: BTreeSet::new(), held: Held::at_first() }
    }

    /// Takes what the object needs; what the server says where its name is taken.
    pub(super) fn take(&mut self, meta: &TypeMeta, object: &Object) -> Result<(), String> {
        // A name that the server makes up is free, and a binding has that of its Pod.
        if object.name().is_empty() || meta.kind == "Binding" {
            return Ok(());
        }
        let group = meta.api_version.split_once('/').map_or("", |(group, _)| group);
        let namespace = object.metadata().namespace.as_deref().filter(|it| !it.is_empty()).unwrap_or("default");
        let resource = [&meta.kind, ".", group].concat();
        if !self.names.insert((resource, namespace.to_owned(), object.name().to_owned())) {
            return Err(already_exists(&meta.api_version, &meta.kind, object.name()));
        }
        if let Object::Service(service) = object {
            self.held.give(service);
        }
        Ok(())
    }
}
