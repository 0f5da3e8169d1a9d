//! The API objects of the cluster: what etcd holds, and what changed in it.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use collections::{Map, SharedMap, Table, same_text, text_order};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use k8s_openapi::{Text, pooled};

use super::by_key::ByKey;
use crate::api::{Kind, Object, Pod, Shared};

/// Names one object.
#[derive(Clone, Debug, Eq)]
pub struct ObjectKey {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace, empty for kinds that live in none.
    pub namespace: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
}

impl PartialEq for ObjectKey {
    /// Names tell objects apart sooner than namespaces do.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && same_text(&self.name, &other.name) && same_text(&self.namespace, &other.namespace)
    }
}

impl PartialOrd for ObjectKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ObjectKey {
    /// By kind, namespace and name.
    fn cmp(&self, other: &Self) -> Ordering {
        let kind = self.kind.cmp(&other.kind);
        let namespace = kind.then_with(|| text_order(&self.namespace, &other.namespace));
        namespace.then_with(|| text_order(&self.name, &other.name))
    }
}

impl Hash for ObjectKey {
    /// Objects of one name seldom stand in two namespaces, and every look into a table hashes its key.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.name.hash(state);
    }
}

impl ObjectKey {
    /// The key of the object `name` of `kind` in `namespace`.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.namespaced() { namespace } else { "" };
        Self { kind, namespace: pooled(namespace), name: pooled(name) }
    }

    /// The key of `object`; none for a kind that is carried, not simulated.
    pub fn of(object: &Object) -> Option<Self> {
        let kind = object.kind()?;
        let metadata = object.metadata();
        let shared = |text: &Option<Text>, absent: &str| text.as_ref().map_or_else(|| pooled(absent), Text::to_shared);
        let namespace = if kind.namespaced() { shared(&metadata.namespace, "default") } else { pooled("") };
        Some(Self { kind, namespace, name: shared(&metadata.name, "") })
    }

    /// Kind and name as kubectl takes them (`deployment/web`); the namespace stays out.
    pub fn slashed(&self) -> String {
        format!("{}/{}", self.kind.name().to_lowercase(), self.name)
    }
}

/// What became of an object, as a watch tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It differs from before.
    Modified,
    /// It is gone; the change carries its last state.
    Deleted,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// Which object.
    pub key: ObjectKey,
    /// Its state after the change, the last one where it is gone.
    pub object: Object,
    /// Its state before.
    pub old: Option<Object>,
}

/// Every object by its key.
#[derive(Clone, Debug, Default)]
pub struct Store {
    objects: ByKey<Object>,
    /// What names an owner, by the owner's uid: garbage collection and controllers ask for it.
    dependents: Table<Rc<str>, SharedMap<ObjectKey, ()>>,
    counts: Map<Kind, usize>,
    resource_version: u64,
    changes: VecDeque<Change>,
}

impl Store {
    /// The object of `key`.
    pub fn get(&self, key: &ObjectKey) -> Option<&Object> {
        self.objects.get(key)
    }

    /// The Pod `name` in `namespace`.
    pub fn pod(&self, namespace: &str, name: &str) -> Option<&Pod> {
        match self.get(&ObjectKey::new(Kind::Pod, namespace, name)) {
            Some(Object::Pod(pod)) => Some(pod),
            _ => None,
        }
    }

    /// The objects of `kind`, by namespace and name.
    pub fn list(&self, kind: Kind) -> impl Iterator<Item = (&ObjectKey, &Object)> {
        self.objects.of_kind(kind)
    }

    /// The objects of `kind` in one namespace, by name.
    pub fn in_namespace(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = (&ObjectKey, &Object)> {
        self.objects.in_namespace(kind, namespace)
    }

    /// The Pods of every namespace.
    pub fn pods(&self) -> impl Iterator<Item = &Pod> {
        self.list(Kind::Pod).filter_map(|(_, object)| object.as_pod())
    }

    /// How many objects of `kind` there are.
    pub fn count(&self, kind: Kind) -> usize {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// The objects that name the object of `uid` as an owner, in order of their keys.
    pub fn dependents(&self, uid: &str) -> impl Iterator<Item = &ObjectKey> {
        self.dependents.get(uid).into_iter().flat_map(SharedMap::keys)
    }

    /// Every object.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectKey, &Object)> {
        self.objects.iter()
    }

    /// Puts `object` in, new or in place of its former state, with the next resourceVersion, and notes the change.
    /// An object equal to what is there changes nothing, as in the API.
    pub fn put(&mut self, key: ObjectKey, mut object: Object) {
        if self.objects.get(&key).is_some_and(|old| unchanged(old, &object)) {
            return;
        }
        self.resource_version += 1;
        object.set_resource_version(Some(decimal(self.resource_version, &mut [0; 20])));
        let old = self.objects.insert(&key, object.clone());
        self.index(&key, old.as_ref(), Some(&object));
        let kind = if old.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        self.changes.push_back(Change { kind, key, object, old });
    }

    /// The resourceVersion that the next change will have.
    pub(crate) fn next_version(&self) -> u64 {
        self.resource_version + 1
    }

    /// Puts a new `object` in that nobody owns and that has the [`Store::next_version`] already.
    pub(crate) fn put_versioned(&mut self, key: ObjectKey, object: Object) {
        self.resource_version += 1;
        let old = self.objects.insert(&key, object.clone());
        let kind = if old.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        if old.is_none() {
            *self.counts.entry(key.kind).or_default() += 1;
        }
        self.changes.push_back(Change { kind, key, object, old });
    }

    /// Puts `object` in as it is, as a dump of another cluster has it: its resourceVersion stays, nobody is told.
    pub(crate) fn load(&mut self, object: Object) {
        let Some(key) = ObjectKey::of(&object) else { return };
        let version = object.resource_version().and_then(|version| version.parse().ok());
        self.resource_version = self.resource_version.max(version.unwrap_or_default());
        let old = self.objects.insert(&key, object.clone());
        self.index(&key, old.as_ref(), Some(&object));
    }

    /// Puts `packed` in place of the very Event `whole`, which is the same.
    pub(crate) fn slim(&mut self, key: &ObjectKey, whole: &Object, packed: &Object) {
        let same = match (self.objects.get(key), whole) {
            (Some(Object::Event(present)), Object::Event(whole)) => Shared::ptr_eq(present, whole),
            _ => false,
        };
        if same {
            self.objects.insert(key, packed.clone());
        }
    }

    /// Takes the object of `key` out and notes the change.
    pub fn remove(&mut self, key: &ObjectKey) -> Option<Object> {
        let object = self.objects.remove(key)?;
        self.resource_version += 1;
        self.index(key, Some(&object), None);
        let change =
            Change { kind: ChangeKind::Deleted, key: key.clone(), object: object.clone(), old: Some(object.clone()) };
        self.changes.push_back(change);
        Some(object)
    }

    /// Brings the counts and the index of owners up to date.
    fn index(&mut self, key: &ObjectKey, old: Option<&Object>, new: Option<&Object>) {
        let count = self.counts.entry(key.kind).or_default();
        match (old, new) {
            (None, Some(_)) => *count += 1,
            (Some(_), None) => *count = count.saturating_sub(1),
            _ => {}
        }
        if key.kind == Kind::Event {
            return;
        }
        let (before, after) = (owners(old), owners(new));
        if before == after {
            return;
        }
        for owner in before {
            if let Some(keys) = self.dependents.get_mut(owner.uid.as_str()) {
                keys.remove(key);
                if keys.is_empty() {
                    self.dependents.remove(owner.uid.as_str());
                }
            }
        }
        for owner in after {
            if let Some(keys) = self.dependents.or_default(owner.uid.as_str(), |uid| uid.into()) {
                keys.insert(key.clone(), ());
            }
        }
    }

    /// The oldest change that nobody has been told of.
    pub(crate) fn take_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }
}

/// A number as the API writes it, in `room`: every write of an object gets a new one.
fn decimal(number: u64, room: &mut [u8; 20]) -> &str {
    let (mut rest, mut begin) = (number, room.len());
    for (place, digit) in room.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        (rest, begin) = (rest / 10, place);
        if rest == 0 {
            break;
        }
    }
    room.get(begin..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
}

/// The owner references of an object.
fn owners(object: Option<&Object>) -> &[OwnerReference] {
    object.and_then(|object| object.metadata().owner_references.as_deref()).unwrap_or_default()
}

/// Whether two states are equal.
fn unchanged(old: &Object, new: &Object) -> bool {
    match (old, new) {
        // Most differ in their status: it is looked at first.
        (Object::Pod(a), Object::Pod(b)) => a.status == b.status && a == b,
        _ => old == new,
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_version_is_written_as_a_number() {
        for number in [0, 7, 10, 1_234_567, u64::MAX] {
            assert_eq!(decimal(number, &mut [0; 20]), number.to_string());
        }
    }
}
