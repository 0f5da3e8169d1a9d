//! The fields of the API: what there is, of what type, and what the server's decoder calls it.
//!
//! `fields.txt` is generated from k8s-openapi (`cargo xtask schema`). `go_types.txt` adds what OpenAPI forgets: the
//! names of Go's string and map types, which the decoder prints (kubernetes: staging/src/k8s.io/api, 1.36). Both are
//! compiled in and read when first asked for.

mod enums;
mod kinds;

use collections::Map as BTreeMap;
use std::sync::OnceLock;

pub use enums::values_of;
pub use kinds::{ServedKind, served_kinds};

/// A struct of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeId(usize);

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Text; the name of Go's type (`string`, `v1.RestartPolicy`).
    String(&'static str),
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Float64,
    /// `true` or `false`.
    Bool,
    /// An amount (`500m`), written as text or as a number.
    Quantity,
    /// A whole number or text.
    IntOrString,
    /// A time to the second.
    Time,
    /// A time to the microsecond.
    MicroTime,
    /// Base64 text.
    Bytes,
    /// Anything.
    Any,
    /// A list.
    List(Box<FieldType>),
    /// An object with free keys; the name of Go's type, where it has one (`v1.ResourceList`).
    Map(Box<FieldType>, Option<&'static str>),
    /// A struct.
    Struct(TypeId),
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its type.
    pub kind: FieldType,
    /// Whether OpenAPI requires it; the server's decoder does not.
    pub required: bool,
    /// The Go struct that is embedded here and holds it (`VolumeSource`).
    pub embedded: Option<&'static str>,
}

struct Struct {
    /// `io.k8s.api.core.v1.PodSpec`.
    full_name: &'static str,
    /// Its last part (`PodSpec`).
    name: &'static str,
    /// Sorted by name.
    fields: Vec<Field>,
}

struct Tables {
    /// Sorted by the last part of the name.
    structs: Vec<Struct>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(Tables::read)
}

fn short(full_name: &'static str) -> &'static str {
    full_name.rsplit('.').next().unwrap_or(full_name)
}

/// Structs that Go embeds in others: the holder, the embedded one, and whether its fields are the ones listed or
/// all but those.
const EMBEDDED: &[(&str, &str, bool, &[&str])] = &[
    ("Volume", "VolumeSource", false, &["name"]),
    (
        "PersistentVolumeSpec",
        "PersistentVolumeSource",
        false,
        &[
            "accessModes",
            "capacity",
            "claimRef",
            "mountOptions",
            "nodeAffinity",
            "persistentVolumeReclaimPolicy",
            "storageClassName",
            "volumeAttributesClassName",
            "volumeMode",
        ],
    ),
    // Of the kinds that stand in others only the claims of a StatefulSet are whole objects.
    ("PersistentVolumeClaim", "TypeMeta", true, &["apiVersion", "kind"]),
    ("IngressRule", "IngressRuleValue", true, &["http"]),
    ("RuleWithOperations", "Rule", false, &["operations"]),
    ("DeviceAllocationConfiguration", "DeviceConfiguration", true, &["opaque"]),
    ("DeviceClaimConfiguration", "DeviceConfiguration", true, &["opaque"]),
    ("DeviceClassConfiguration", "DeviceConfiguration", true, &["opaque"]),
    ("Probe", "ProbeHandler", true, &["exec", "grpc", "httpGet", "tcpSocket"]),
    ("EphemeralContainer", "EphemeralContainerCommon", false, &["targetContainerName"]),
    ("ConfigMapEnvSource", "LocalObjectReference", true, &["name"]),
    ("ConfigMapKeySelector", "LocalObjectReference", true, &["name"]),
    ("ConfigMapProjection", "LocalObjectReference", true, &["name"]),
    ("ConfigMapVolumeSource", "LocalObjectReference", true, &["name"]),
    ("SecretEnvSource", "LocalObjectReference", true, &["name"]),
    ("SecretKeySelector", "LocalObjectReference", true, &["name"]),
    ("SecretProjection", "LocalObjectReference", true, &["name"]),
];

fn embedded_in(holder: &str, field: &str) -> Option<&'static str> {
    EMBEDDED
        .iter()
        .find(|(name, _, listed, fields)| *name == holder && fields.contains(&field) == *listed)
        .map(|(_, embedded, ..)| *embedded)
}

impl Tables {
    fn read() -> Self {
        let text = include_str!("fields.txt");
        let go_types: BTreeMap<&str, &'static str> =
            include_str!("go_types.txt").lines().filter_map(|line| line.split_once(' ')).collect();
        let mut names: Vec<&'static str> = text.lines().filter_map(|line| line.strip_prefix('=')).collect();
        collections::sort_by_key(&mut names, |name| (short(name), *name));
        // By the short name, where there is no other of that name, and by the whole one.
        let mut ids: BTreeMap<&str, TypeId> = BTreeMap::new();
        for (i, name) in names.iter().enumerate() {
            ids.insert(short(name), TypeId(i));
            ids.insert(name, TypeId(i));
        }
        let mut structs: Vec<Struct> =
            names.iter().map(|name| Struct { full_name: name, name: short(name), fields: Vec::new() }).collect();
        let (mut current, mut holder) = ("", None);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix('=') {
                (current, holder) = (short(name), ids.get(name).copied());
                continue;
            }
            let (required, line) = line.strip_prefix('*').map_or((false, line), |line| (true, line));
            let Some((name, written)) = line.split_once(' ') else { continue };
            let go_name = go_types.get(format!("{current}.{name}").as_str()).copied();
            let kind = field_type(written, go_name, &ids);
            let embedded = embedded_in(current, name);
            if let Some(holder) = holder.and_then(|id| structs.get_mut(id.0)) {
                holder.fields.push(Field { name, kind, required, embedded });
            }
        }
        for it in &mut structs {
            collections::sort_by_key(&mut it.fields, |field| field.name);
        }
        Tables { structs }
    }
}

fn field_type(written: &'static str, go_name: Option<&'static str>, ids: &BTreeMap<&str, TypeId>) -> FieldType {
    if let Some(items) = written.strip_prefix("[]") {
        return FieldType::List(Box::new(field_type(items, go_name, ids)));
    }
    if let Some(values) = written.strip_prefix("{}") {
        // Where the keys are of a named type the whole map is named; otherwise what is named is the map, or the text in it.
        let whole = go_name.and_then(|name| name.strip_prefix("map[")?.split_once(']'));
        let value_name = whole.map_or(go_name, |(_, value)| Some(value)).filter(|_| values == "string");
        let map_name = go_name.filter(|_| values != "string" || whole.is_some());
        return FieldType::Map(Box::new(field_type(values, value_name, ids)), map_name);
    }
    match written {
        "string" => FieldType::String(go_name.unwrap_or("string")),
        "int32" => FieldType::Int32,
        "int64" => FieldType::Int64,
        "float64" => FieldType::Float64,
        "bool" => FieldType::Bool,
        "quantity" => FieldType::Quantity,
        "intorstring" => FieldType::IntOrString,
        "time" => FieldType::Time,
        "microtime" => FieldType::MicroTime,
        "bytes" => FieldType::Bytes,
        _ => ids.get(written).map_or(FieldType::Any, |id| FieldType::Struct(*id)),
    }
}

impl TypeId {
    /// The struct of this name (`PodSpec`): the one of the core group, else that of the newest version.
    pub fn named(name: &str) -> Option<TypeId> {
        let mut all = TypeId::all_named(name);
        all.clone().find(|id| id.full_name().starts_with("io.k8s.api.core.")).or_else(|| all.next_back())
    }

    /// Every struct.
    #[cfg(test)]
    pub fn all() -> impl Iterator<Item = TypeId> {
        (0..tables().structs.len()).map(TypeId)
    }

    fn all_named(name: &str) -> impl DoubleEndedIterator<Item = TypeId> + Clone {
        let structs = &tables().structs;
        let from = structs.partition_point(|it| it.name < name);
        let many = structs.iter().skip(from).take_while(|it| it.name == name).count();
        (from..from + many).map(TypeId)
    }

    /// The struct of the objects that a manifest of this `apiVersion` and `kind` holds.
    pub fn of_kind(api_version: &str, kind: &str) -> Option<TypeId> {
        let served = served_kinds().iter().find(|served| served.kind == kind && served.api_version == api_version)?;
        let group = served.api_version.split('/').next().filter(|group| *group != served.api_version);
        let package = group.and_then(|group| group.split('.').next()).unwrap_or("core");
        TypeId::all_named(kind).find(|id| {
            let mut parts = id.full_name().rsplit('.').skip(1);
            parts.next() == Some(served.version()) && parts.next() == Some(package) && id.field("kind").is_some()
        })
    }

    fn get(self) -> Option<&'static Struct> {
        tables().structs.get(self.0)
    }

    /// OpenAPI's name (`io.k8s.api.core.v1.PodSpec`).
    pub fn full_name(self) -> &'static str {
        self.get().map_or("", |it| it.full_name)
    }

    /// Go's name without its package (`PodSpec`).
    pub fn name(self) -> &'static str {
        self.get().map_or("", |it| it.name)
    }

    /// The version, which is also the name of Go's package (`v1`).
    fn version(self) -> &'static str {
        self.full_name().rsplit('.').nth(1).unwrap_or_default()
    }

    /// Its fields, sorted by name.
    pub fn fields(self) -> &'static [Field] {
        self.get().map_or(&[], |it| &it.fields)
    }

    /// The field of this name; names are case-sensitive.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        let fields = self.fields();
        fields.binary_search_by(|field| field.name.cmp(name)).ok().and_then(|at| fields.get(at))
    }
}

impl FieldType {
    /// The type as Go prints it (`[]v1.Container`).
    pub fn go_name(&self) -> String {
        match self {
            FieldType::String(name) => (*name).to_owned(),
            FieldType::Int32 | FieldType::IntOrString => "int32".to_owned(),
            FieldType::Int64 => "int64".to_owned(),
            FieldType::Float64 => "float64".to_owned(),
            FieldType::Bool => "bool".to_owned(),
            FieldType::Quantity => "resource.Quantity".to_owned(),
            FieldType::Time => "v1.Time".to_owned(),
            FieldType::MicroTime => "v1.MicroTime".to_owned(),
            FieldType::Bytes => "[]uint8".to_owned(),
            FieldType::Any => "v1.FieldsV1".to_owned(),
            FieldType::List(items) => format!("[]{}", items.go_name()),
            FieldType::Map(_, Some(name)) => (*name).to_owned(),
            FieldType::Map(values, None) => format!("map[string]{}", values.go_name()),
            FieldType::Struct(id) => format!("{}.{}", id.version(), id.name()),
        }
    }

    /// The struct behind lists and maps, where there is one.
    pub fn structure(&self) -> Option<TypeId> {
        match self {
            FieldType::Struct(id) => Some(*id),
            FieldType::List(inner) | FieldType::Map(inner, _) => inner.structure(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;

    #[test]
    fn every_served_kind_has_a_table() {
        for kind in Kind::ALL {
            assert!(served_kinds().iter().any(|it| (it.api_version, it.kind) == (kind.api_version(), kind.name())));
        }
        for kind in served_kinds() {
            let id = TypeId::of_kind(kind.api_version, kind.kind);
            assert!(id.is_some_and(|id| id.field("metadata").is_some()), "{} {}", kind.api_version, kind.kind);
        }
        assert_eq!(TypeId::of_kind("v1", "PodSpec"), None);
        let fields = |version| {
            let id = TypeId::of_kind(version, "HorizontalPodAutoscaler").unwrap();
            id.field("spec").unwrap().kind.structure().unwrap().fields().len()
        };
        assert!(fields("autoscaling/v1") < fields("autoscaling/v2"), "each version has its own fields");
        let events = ["v1", "events.k8s.io/v1"].map(|version| TypeId::of_kind(version, "Event").unwrap());
        assert!(events.map(|id| id.field("involvedObject").is_some()) == [true, false], "each group has its own");
        assert_eq!(TypeId::named("Event"), Some(events[0]));
    }

    #[test]
    fn types_print_as_go_prints_them() {
        let go = |holder: &str, field: &str| TypeId::named(holder).unwrap().field(field).unwrap().kind.go_name();
        assert_eq!(go("PodSpec", "containers"), "[]v1.Container");
        assert_eq!(go("PodSpec", "restartPolicy"), "v1.RestartPolicy");
        assert_eq!(go("ResourceRequirements", "limits"), "v1.ResourceList");
        assert_eq!(go("Secret", "data"), "map[string][]uint8");
        assert_eq!(go("MetricSpec", "resource"), "v2.ResourceMetricSource");
        assert_eq!(go("PersistentVolumeClaimSpec", "accessModes"), "[]v1.PersistentVolumeAccessMode");
        assert_eq!(go("Container", "command"), "[]string");
        let statuses = "map[v1.ResourceName]v1.ClaimResourceStatus";
        assert_eq!(go("PersistentVolumeClaimStatus", "allocatedResourceStatuses"), statuses);
    }

    #[test]
    fn every_named_go_type_belongs_to_a_field() {
        for line in include_str!("go_types.txt").lines() {
            let (place, _) = line.split_once(' ').unwrap();
            let (holder, field) = place.split_once('.').unwrap();
            assert!(TypeId::named(holder).and_then(|id| id.field(field)).is_some(), "{place}");
        }
        assert!(include_str!("go_types.txt").lines().is_sorted());
        for (holder, _, _, fields) in EMBEDDED {
            assert!(fields.iter().all(|field| TypeId::named(holder).unwrap().field(field).is_some()), "{holder}");
        }
    }
}
