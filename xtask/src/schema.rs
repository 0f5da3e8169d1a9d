//! `cargo xtask schema`: the field tables of the API, generated from the k8s-openapi that Cargo.lock names.
//!
//! It reads the `json_schema!` blocks of that crate's source and follows them from the kinds a cluster serves. Two
//! files come out: `src/api/schema/fields.txt`, which is compiled in, and `docs/fields.json`, which the page loads
//! when someone first asks what a field means. The structs of `kubernetes/src/` come out too (`types.rs`), those of the
//! kinds that Podlab holds by type.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::kinds::{CARRIED, ROOTS};
use crate::step::{Failure, Outcome};
use crate::types;

/// Writes both files.
pub fn generate() -> Outcome {
    let source = k8s_openapi_source()?;
    let mut blocks = BTreeMap::new();
    collect(&source, &mut blocks)?;
    let mut types: BTreeMap<String, Schema> = BTreeMap::new();
    follow(ROOTS, &blocks, &mut types)?;
    let typed: Vec<String> = types.keys().cloned().collect();
    follow(CARRIED, &blocks, &mut types)?;
    types.retain(|name, schema| schema.get("properties").is_some() || EMPTY.contains(&short(name)));
    types::generate(&source, ROOTS)?;
    write("src/api/schema/fields.txt", &table(&types))?;
    write("docs/fields.json", &documentation(&types, &typed))
}

/// Structs without fields, which are structs all the same.
const EMPTY: &[&str] = &["CustomResourceSubresourceStatus"];

/// The schemas of `roots` and of all that they are made of.
fn follow(roots: &[&str], blocks: &BTreeMap<String, String>, types: &mut BTreeMap<String, Schema>) -> Outcome {
    let mut todo: Vec<String> = roots.iter().map(|root| (*root).to_owned()).collect();
    while let Some(name) = todo.pop() {
        if types.contains_key(&name) {
            continue;
        }
        let block = blocks.get(&name).ok_or_else(|| failure(format!("k8s-openapi has no schema {name}")))?;
        let schema = Reader { text: block, at: 0 }.value();
        collect_references(&schema, &mut todo);
        types.insert(name, schema);
    }
    Ok(())
}

pub(crate) fn failure(what: String) -> Failure {
    Failure::new(what, "is xtask/src/schema.rs up to date with the k8s-openapi of Cargo.lock?")
}

pub(crate) fn write(path: &str, text: &str) -> Outcome {
    let file = root().join(path);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| failure(format!("{}: {error}", folder.display())))?;
    }
    fs::write(&file, text).map_err(|error| failure(format!("{}: {error}", file.display())))?;
    println!("{path}: {} bytes", text.len());
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Where cargo unpacked k8s-openapi.
fn k8s_openapi_source() -> Result<PathBuf, Failure> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--filter-platform", "wasm32-unknown-unknown"])
        .current_dir(root())
        .output()
        .map_err(|error| failure(format!("cargo metadata: {error}")))?;
    let metadata = String::from_utf8_lossy(&output.stdout).into_owned();
    metadata
        .split('"')
        .find(|part| part.contains("k8s-openapi-") && part.ends_with("Cargo.toml"))
        .and_then(|manifest| Some(Path::new(manifest).parent()?.join("src/v1_36")))
        .ok_or_else(|| failure("cargo metadata names no k8s-openapi".to_owned()))
}

/// The text of each `json_schema!` block by the name of its schema.
fn collect(folder: &Path, into: &mut BTreeMap<String, String>) -> Outcome {
    let entries = fs::read_dir(folder).map_err(|error| failure(format!("{}: {error}", folder.display())))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, into)?;
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let name = text.split("fn schema_name()").nth(1).and_then(|rest| rest.split('"').nth(1));
        let block = text.split("json_schema!(").nth(1);
        if let (Some(name), Some(block)) = (name, block) {
            into.insert(name.to_owned(), block.to_owned());
        }
    }
    Ok(())
}

/// A schema as k8s-openapi writes it.
enum Schema {
    Text(String),
    Flag,
    List(Vec<Schema>),
    Object(Vec<(String, Schema)>),
    /// The name of another schema, and the description that goes with it.
    Reference(String, String),
}

impl Schema {
    fn get(&self, key: &str) -> Option<&Schema> {
        match self {
            Schema::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> &str {
        match self.get(key) {
            Some(Schema::Text(text)) => text,
            _ => "",
        }
    }

    fn entries(&self, key: &str) -> &[(String, Schema)] {
        match self.get(key) {
            Some(Schema::Object(entries)) => entries,
            _ => &[],
        }
    }
}

/// Reads the macro's JSON with trailing commas and Rust in parentheses.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> char {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\n', ',', ':']).len();
        self.rest().chars().next().unwrap_or('\0')
    }

    fn value(&mut self) -> Schema {
        match self.next() {
            '{' => {
                self.at += 1;
                let mut entries = Vec::new();
                while self.next() == '"' {
                    let key = self.string();
                    entries.push((key, self.value()));
                }
                self.at += 1;
                Schema::Object(entries)
            }
            '[' => {
                self.at += 1;
                let mut items = Vec::new();
                while !matches!(self.next(), ']' | '\0') {
                    items.push(self.value());
                }
                self.at += 1;
                Schema::List(items)
            }
            '"' => Schema::Text(self.string()),
            '(' => self.rust(),
            _ => {
                let end = self.rest().find([',', '\n']).unwrap_or(self.rest().len());
                let bare = self.rest().get(..end).unwrap_or_default();
                // A reference without parentheses around it.
                let reference = bare.split_once("subschema_for::<").map(|(_, path)| schema_name(path));
                self.at += end;
                reference.map_or(Schema::Flag, |name| Schema::Reference(name, String::new()))
            }
        }
    }

    fn string(&mut self) -> String {
        self.at += 1;
        let mut text = String::new();
        let mut escaped = false;
        for (i, c) in self.rest().char_indices() {
            match c {
                _ if escaped => {
                    text.push(match c {
                        'n' => '\n',
                        't' => '\t',
                        other => other,
                    });
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at += i + 1;
                    return text;
                }
                _ => text.push(c),
            }
        }
        self.at = self.text.len();
        text
    }

    /// `(__gen.subschema_for::<crate::…>())`, perhaps in a block that adds a description.
    fn rust(&mut self) -> Schema {
        let mut depth = 0;
        let (mut name, mut description) = (String::new(), String::new());
        loop {
            match self.rest().chars().next() {
                None => break,
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                Some('"') => {
                    let text = self.string();
                    if text != "description" {
                        description = text;
                    }
                    continue;
                }
                Some('<') if name.is_empty() => {
                    name = schema_name(self.rest().get(1..).unwrap_or_default());
                }
                Some(_) => {}
            }
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
            if depth == 0 {
                break;
            }
        }
        Schema::Reference(name, description)
    }
}

/// The name of the schema that a path of Rust begins with; modules have `_` where the names have `-`.
fn schema_name(path: &str) -> String {
    let path = path.split('>').next().unwrap_or_default();
    path.replacen("crate", "io.k8s", 1).replace("::", ".").replace('_', "-")
}

/// Types that the tables know by a word of their own.
fn built_in(name: &str) -> Option<&'static str> {
    Some(match short(name) {
        "Quantity" => "quantity",
        "IntOrString" => "intorstring",
        "Time" => "time",
        "MicroTime" => "microtime",
        "FieldsV1" | "RawExtension" => "any",
        // A schema or something else: these read themselves, and tell no unknown fields.
        "JSON" | "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray" => "any",
        _ => return None,
    })
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn collect_references(schema: &Schema, into: &mut Vec<String>) {
    match schema {
        Schema::Reference(name, _) if built_in(name).is_none() => into.push(name.clone()),
        Schema::List(items) => items.iter().for_each(|item| collect_references(item, into)),
        Schema::Object(entries) => entries.iter().for_each(|(_, value)| collect_references(value, into)),
        _ => {}
    }
}

/// One line per type, one line per field; `*` marks what the API requires.
fn table(types: &BTreeMap<String, Schema>) -> String {
    let mut text = String::new();
    let mut seen = BTreeMap::<&str, usize>::new();
    for name in types.keys() {
        *seen.entry(short(name)).or_default() += 1;
    }
    // A short name is enough where there is no other; else the package and the version go with it.
    let written = |name: &str| match seen.get(short(name)) {
        Some(1) => short(name).to_owned(),
        _ => name.to_owned(),
    };
    for (name, schema) in types {
        let _ = writeln!(text, "={name}");
        let required: Vec<&str> = match schema.get("required") {
            Some(Schema::List(items)) => {
                items.iter().filter_map(|item| if let Schema::Text(text) = item { Some(text.as_str()) } else { None })
            }
            .collect(),
            _ => Vec::new(),
        };
        for (field, schema) in schema.entries("properties") {
            let mark = if required.contains(&field.as_str()) { "*" } else { "" };
            let _ = writeln!(text, "{mark}{field} {}", type_of(schema, &written));
        }
    }
    text
}

fn type_of(schema: &Schema, written: &impl Fn(&str) -> String) -> String {
    if let Schema::Reference(name, _) = schema {
        return built_in(name).map_or_else(|| written(name), str::to_owned);
    }
    match (schema.text("type"), schema.text("format")) {
        ("string", "byte") => "bytes".to_owned(),
        ("string", _) => "string".to_owned(),
        ("boolean", _) => "bool".to_owned(),
        ("integer", "int64") => "int64".to_owned(),
        ("integer", _) => "int32".to_owned(),
        ("number", _) => "float64".to_owned(),
        ("array", _) => {
            format!("[]{}", schema.get("items").map_or_else(|| "any".to_owned(), |it| type_of(it, written)))
        }
        ("object", _) => match schema.get("additionalProperties") {
            Some(values) => format!("{{}}{}", type_of(values, written)),
            None => "any".to_owned(),
        },
        _ => "any".to_owned(),
    }
}

/// `{"Container.args": "…"}`, and the types' own descriptions by their names. Of several types with one name those that
/// are `typed` are told.
fn documentation(types: &BTreeMap<String, Schema>, typed: &[String]) -> String {
    let mut lines = Vec::new();
    let is_other = |name: &String| !typed.contains(name) && typed.iter().any(|known| short(known) == short(name));
    for (name, schema) in types.iter().filter(|(name, _)| !is_other(name)) {
        lines.push(format!("{}:{}", quote(short(name)), quote(schema.text("description"))));
        for (field, value) in schema.entries("properties") {
            let description = match value {
                Schema::Reference(_, description) => description,
                other => other.text("description"),
            };
            lines.push(format!("{}:{}", quote(&format!("{}.{field}", short(name))), quote(description)));
        }
    }
    // What the server says of the values of a type: k8s-openapi does not carry it.
    let values = include_str!("enums.json").trim().trim_start_matches('{').trim_end_matches('}').trim();
    lines.extend(values.lines().map(|line| line.trim_end_matches(',').to_owned()));
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}
