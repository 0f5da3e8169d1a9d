//! The API's structs as Rust, for `kubernetes/src/`, generated from k8s-openapi beside the field tables.
//!
//! k8s-openapi spells the same structs out with a serde implementation each, which makes for most of a wasm module's
//! weight. Ours have the same names, paths and fields, and are data to one reader and one writer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::schema::{failure, write};
use crate::step::{Failure, Outcome};

/// The structs written by hand in `kubernetes/src/scalars.rs`.
const BY_HAND: &[&str] = &["Quantity", "IntOrString", "Time", "MicroTime", "FieldsV1", "RawExtension"];

/// Optional parts that are large, seldom there, or the same in many: they are shared, so that what holds them stays small
/// and is soon cloned. Without fields all optional structs are meant.
const COMMON: &[(&str, &[&str])] = &[
    ("Container", CONTAINER),
    ("ContainerState", &["terminated"]),
    ("ContainerStatus", &["allocatedResources", "lastState", "resources", "user"]),
    ("EphemeralContainer", CONTAINER),
    ("Lifecycle", &[]),
    ("PodSpec", &["affinity", "dnsConfig", "resources", "securityContext"]),
    ("PodStatus", &["allocatedResources", "extendedResourceClaimStatus", "resources"]),
    ("Volume", &[]),
    ("VolumeProjection", &[]),
];
const CONTAINER: &[&str] =
    &["lifecycle", "livenessProbe", "readinessProbe", "resources", "securityContext", "startupProbe"];

/// Lists that are the same in many states of an object.
const ITEMS: &[(&str, &[&str])] = &[
    ("Container", LISTS),
    ("ContainerStatus", &["volumeMounts"]),
    ("EphemeralContainer", LISTS),
    ("ObjectMeta", &["ownerReferences"]),
    ("PodSpec", &["containers", "initContainers", "tolerations", "volumes"]),
    (
        "PodStatus",
        &[
            "conditions",
            "containerStatuses",
            "ephemeralContainerStatuses",
            "hostIPs",
            "initContainerStatuses",
            "podIPs",
        ],
    ),
];
const LISTS: &[&str] = &["env", "ports", "volumeMounts"];

/// What is held as a shared text: one alone, not the items of a list or a map, which are shared with these.
const TEXTS: &[&str] = &["String", "Option<String>"];

struct Struct {
    /// `apiVersion` and `kind`, of an object.
    object: Option<(String, String)>,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    json: String,
    /// As k8s-openapi writes it, without `std`'s paths.
    kind: String,
}

/// Writes the modules that hold `roots` (`io.k8s.api.core.v1.Pod`) and all that they refer to.
pub fn generate(source: &Path, roots: &[&str]) -> Outcome {
    let mut modules: BTreeMap<String, BTreeMap<String, Struct>> = BTreeMap::new();
    let mut todo: Vec<String> =
        roots.iter().map(|root| root.replacen("io.k8s", "crate", 1).replace('.', "::")).collect();
    let mut seen = BTreeSet::new();
    while let Some(path) = todo.pop() {
        let Some((module, name)) = path.rsplit_once("::") else { continue };
        if BY_HAND.contains(&name) || !seen.insert(path.clone()) {
            continue;
        }
        let found = read(source, module, name)?;
        for field in &found.fields {
            todo.extend(field.kind.split(['<', '>', ',', ' ']).filter(|part| is_struct(part)).map(str::to_owned));
        }
        modules.entry(module.to_owned()).or_default().insert(name.to_owned(), found);
    }
    for (module, structs) in &modules {
        let file = module.trim_start_matches("crate::").replace("::", "/");
        write(&format!("kubernetes/src/{file}.rs"), &text(module, structs))?;
    }
    Ok(())
}

fn is_struct(part: &str) -> bool {
    part.starts_with("crate::") && part != "crate::ByteString"
}

/// The struct `name` of `module`: its fields from the declaration, their JSON names from the serializer.
fn read(source: &Path, module: &str, name: &str) -> Result<Struct, Failure> {
    let folder = source.join(module.trim_start_matches("crate::").replace("::", "/"));
    let start = format!("\npub struct {name} {{\n");
    let entries = fs::read_dir(&folder).map_err(|error| failure(format!("{}: {error}", folder.display())))?;
    let text = entries
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path()).ok())
        .find(|text| text.contains(&start))
        .ok_or_else(|| failure(format!("k8s-openapi has no struct {module}::{name}")))?;
    let between = |from: &str, to: &str| {
        let rest = text.split(from).nth(1)?;
        Some(rest.split(to).next()?.to_owned())
    };
    let constant = |name: &str| between(&format!("const {name}: &'static str = \""), "\"");
    let serializer = between("impl crate::serde::Serialize for", "\n}\n").unwrap_or_default();
    let mut fields = Vec::new();
    for line in between(&start, "\n}\n").unwrap_or_default().lines() {
        let Some((name, kind)) = line.trim().strip_prefix("pub ").and_then(|rest| rest.split_once(": ")) else {
            continue;
        };
        let kind = kind.trim_end_matches(',').replace("std::string::", "").replace("std::vec::", "");
        let kind = kind.replace("std::collections::BTreeMap", "Map");
        let kind = if TEXTS.contains(&kind.as_str()) { kind.replace("String", "Text") } else { kind };
        // `if let Some(value) = &self.name {` and the call on the next line, or `…, "name", &self.name)`.
        let json = serializer
            .split_once(&format!("&self.{name} {{"))
            .and_then(|(_, after)| after.split('"').nth(1))
            .or_else(|| {
                serializer.split_once(&format!(", &self.{name})")).and_then(|(before, _)| before.rsplit('"').nth(1))
            })
            .ok_or_else(|| failure(format!("no JSON name for {name}")))?;
        fields.push(Field { name: name.to_owned(), json: json.to_owned(), kind });
    }
    Ok(Struct { object: constant("API_VERSION").zip(constant("KIND")), fields })
}

/// The type of a field of the struct `name`.
fn shared(name: &str, field: &Field) -> String {
    let listed = |all: &'static [(&str, &[&str])]| all.iter().find(|(it, _)| *it == name).map(|(_, fields)| *fields);
    let named = |fields: &[&str]| fields.contains(&field.json.as_str());
    if listed(ITEMS).is_some_and(named) {
        return field.kind.replacen("Vec<", "Items<", 1);
    }
    let kind = field.kind.strip_prefix("Option<").and_then(|rest| rest.strip_suffix('>'));
    match (kind, listed(COMMON)) {
        (Some(kind), Some([])) if is_struct(kind) => format!("Option<Common<{kind}>>"),
        (Some(kind), Some(fields)) if named(fields) => format!("Option<Common<{kind}>>"),
        _ => field.kind.clone(),
    }
}

fn text(module: &str, structs: &BTreeMap<String, Struct>) -> String {
    let path = module.trim_start_matches("crate::");
    let mut text = format!("//! `{path}`. Generated by `cargo xtask schema` from k8s-openapi; do not edit.\n\n");
    let uses = |name: &str| structs.values().flat_map(|it| &it.fields).any(|field| field.kind.contains(name));
    if uses("ByteString") {
        let _ = writeln!(text, "use crate::ByteString;");
    }
    let holds =
        |kind: &str| structs.iter().any(|(name, it)| it.fields.iter().any(|field| shared(name, field).contains(kind)));
    let parts: Vec<&str> = ["Common", "Items"].into_iter().filter(|part| holds(&format!("{part}<"))).collect();
    match parts.as_slice() {
        [] => {}
        [one] => _ = writeln!(text, "use crate::common::{one};"),
        more => _ = writeln!(text, "use crate::common::{{{}}};", more.join(", ")),
    }
    let _ = writeln!(text, "use crate::record::record;");
    if path.ends_with("meta::v1") {
        let _ = writeln!(text, "pub use crate::scalars::{{FieldsV1, MicroTime, Time}};");
    }
    if uses("Text") {
        let _ = writeln!(text, "use crate::text::Text;");
    }
    if uses("Map<") {
        let _ = writeln!(text, "use collections::Map;");
    }
    text.push('\n');
    let _ = writeln!(text, "record! {{");
    for (name, it) in structs {
        let object = it.object.as_ref().map(|(version, kind)| format!(" = {version:?} {kind:?}")).unwrap_or_default();
        let _ = writeln!(text, "    {name}{object} {{");
        for (i, field) in it.fields.iter().enumerate() {
            let kind =
                shared(name, field).replace("crate::ByteString", "ByteString").replace(&format!("{module}::"), "");
            let _ = writeln!(text, "        {i} {:?} {}: {kind},", field.json, field.name);
        }
        let _ = writeln!(text, "    }}");
    }
    text + "}\n"
}
