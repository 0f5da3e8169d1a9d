//! Reading: one object, a list of them, a scale.

use super::address::Address;
use super::shape::{self, Shape};
use super::status::Refused;
use super::{Reply, Request, Server};
use crate::api::{Object, View};
use crate::kubectl::selector::{Fields, Selector};
use crate::kubectl::{resource, wire};

/// The selectors of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    labels: Selector,
    fields: Fields,
}

impl Chosen {
    /// Reads `labelSelector` and `fieldSelector`.
    pub fn of(request: &Request, address: &Address) -> Result<Self, Refused> {
        // The client says of which objects it asked.
        let labels = request.parameter("labelSelector").unwrap_or_default();
        let fields = request.parameter("fieldSelector").unwrap_or_default();
        let labels = Selector::parse(labels).map_err(Refused::bad)?;
        let fields = Fields::parse(fields, address.resource.known()).map_err(Refused::bad)?;
        Ok(Self { labels, fields })
    }

    /// Whether they choose an object.
    pub fn takes(&self, object: &Object) -> bool {
        self.labels.matches(object.metadata().labels.as_ref())
            && (self.fields == Fields::default() || self.fields.matches(View::new(&object.to_json())))
    }
}

/// The object that a request is about.
pub(super) fn named(server: &Server, address: &Address) -> Result<Object, Refused> {
    let found = resource::live(&server.cluster, address.resource, &address.namespace, &address.name);
    found.map_err(|_| Refused::not_found(address.resource, &address.name))
}

/// The objects of the resource that are chosen.
pub(super) fn listed(server: &Server, address: &Address, chosen: &Chosen) -> Vec<Object> {
    let namespace = (!address.namespace.is_empty()).then_some(address.namespace.as_str());
    let mut objects = resource::list(&server.cluster, address.resource, namespace);
    objects.retain(|object| chosen.takes(object));
    objects
}

/// `GET` of a list, an object, or a part of one.
pub(super) fn answer(server: &mut Server, request: &Request, address: &Address) -> Result<Reply, Refused> {
    let now = server.cluster.now().to_timestamp(server.cluster.config().epoch);
    let shape = Shape::of(request);
    if address.name.is_empty() {
        let chosen = Chosen::of(request, address)?;
        let objects = listed(server, address, &chosen);
        return Ok(Reply::json(200, &shape::list(address, &objects, shape, now, server.version)));
    }
    let object = named(server, address)?;
    match address.sub.as_str() {
        "" | "status" => Ok(Reply::json(200, &shape::single(address, &object, shape, now))),
        "scale" => {
            let scale = wire::scale(&object).ok_or_else(Refused::no_path)?;
            Ok(Reply::json(200, &shape::scale(&object, scale, shape, now)))
        }
        _ => Err(Refused::no_path()),
    }
}
