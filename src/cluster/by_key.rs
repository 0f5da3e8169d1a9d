//! Something for each of very many objects, found at once by the object's key and listed by kind, namespace and name.

use collections::{Listed, Table};

use k8s_openapi::pooled;

use super::ObjectKey;
use crate::api::Kind;

/// A value for each key.
///
/// Of Events there are many times more than of all else together, and they are listed only when somebody asks for them:
/// their order is made then.
#[derive(Clone, Debug)]
pub(crate) struct ByKey<V> {
    objects: Listed<ObjectKey, V>,
    events: Table<ObjectKey, V>,
}

impl<V> Default for ByKey<V> {
    fn default() -> Self {
        Self { objects: Listed::default(), events: Table::default() }
    }
}

/// The least key of a kind, or of a kind in a namespace.
fn first(kind: Kind, namespace: &str) -> ObjectKey {
    ObjectKey { kind, namespace: pooled(namespace), name: pooled("") }
}

impl<V> ByKey<V> {
    /// The value of `key`.
    pub fn get(&self, key: &ObjectKey) -> Option<&V> {
        if key.kind == Kind::Event { self.events.get(key) } else { self.objects.get(key) }
    }

    /// The entries of `kind`, by namespace and name.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (&ObjectKey, &V)> {
        self.from(first(kind, "")).take_while(move |(key, _)| key.kind == kind)
    }

    /// The entries of `kind` in one namespace, by name.
    pub fn in_namespace(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = (&ObjectKey, &V)> {
        let first = first(kind, namespace);
        let namespace = first.namespace.clone();
        self.from(first).take_while(move |(key, _)| key.kind == kind && key.namespace == namespace)
    }

    /// Every entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectKey, &V)> {
        let before = self.objects.iter().take_while(|(key, _)| key.kind < Kind::Event);
        let after = self.objects.iter_from(&first(Kind::Event, ""));
        before.chain(self.of_kind(Kind::Event)).chain(after)
    }

    /// The entries of the kind of `first`, from there on; what follows may be of other kinds.
    fn from(&self, first: ObjectKey) -> impl Iterator<Item = (&ObjectKey, &V)> {
        let events = (first.kind == Kind::Event).then(|| {
            let mut events: Vec<(&ObjectKey, &V)> = self.events.iter().filter(|(key, _)| **key >= first).collect();
            events.sort_unstable_by_key(|(key, _)| *key);
            events
        });
        let objects = events.is_none().then(|| self.objects.iter_from(&first));
        events.into_iter().flatten().chain(objects.into_iter().flatten())
    }
}

impl<V: Clone> ByKey<V> {
    /// Puts a value in; the one that was there comes out.
    pub fn insert(&mut self, key: &ObjectKey, value: V) -> Option<V> {
        let key = key.clone();
        if key.kind == Kind::Event { self.events.insert(key, value) } else { self.objects.insert(key, value) }
    }

    /// The value of `key`, to be changed; a new one where there is none.
    pub fn or_default(&mut self, key: &ObjectKey) -> Option<&mut V>
    where
        V: Default,
    {
        match key.kind {
            Kind::Event => self.events.or_default(key, ObjectKey::clone),
            _ => self.objects.or_default(key),
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &ObjectKey) -> Option<V> {
        if key.kind == Kind::Event { self.events.remove(key) } else { self.objects.remove(key) }
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&ObjectKey, &mut V) -> bool) {
        self.events.retain(&mut keep);
        self.objects.retain(keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_in_order_events_too() {
        let mut map = ByKey::default();
        let names = ["b", "a.2", "c", "a.1", "a-1.7"];
        let kinds = [Kind::Event, Kind::Pod, Kind::Node, Kind::ConfigMap];
        for (number, name) in names.iter().enumerate() {
            for kind in kinds {
                for namespace in ["two", "one"] {
                    map.insert(&ObjectKey::new(kind, namespace, name), number);
                }
            }
        }
        map.remove(&ObjectKey::new(Kind::Event, "one", "b"));
        map.remove(&ObjectKey::new(Kind::Pod, "one", "b"));
        let all: Vec<&ObjectKey> = map.iter().map(|(key, _)| key).collect();
        assert_eq!(all.len(), 3 * 10 + 5 - 2);
        assert!(all.is_sorted());
        for kind in kinds {
            let listed: Vec<&ObjectKey> = map.of_kind(kind).map(|(key, _)| key).collect();
            let wanted: Vec<&ObjectKey> = all.iter().copied().filter(|key| key.kind == kind).collect();
            assert_eq!(listed, wanted);
        }
        let names: Vec<&str> = map.in_namespace(Kind::Event, "one").map(|(key, _)| &*key.name).collect();
        assert_eq!(names, ["a-1.7", "a.1", "a.2", "c"]);
    }
}
