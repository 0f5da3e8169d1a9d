//! Objects as the server's own code holds them: Go structs, written as Go's encoding/json writes them.
//!
//! The server converts what it is sent into internal types without JSON names, and some errors show those. `internal.txt`
//! lists their fields in Go's order (kubernetes: pkg/apis/{core,batch}/types.go and apimachinery: meta/v1/types.go, 1.36):
//! `Name type`, with `:json` where the field's name in JSON is not the Go name with its first word in lower case; `>` for
//! an embedded struct, `?` for a field with a JSON name that is left out when empty, `!` for one that is not.
//! Types: `s` text, `i` whole number, `b` truth value, `q` quantity, `x` number or text; `*` optional, `[]` list, `{}` map.

use collections::Map as BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::manifest::rules::errors::push_json_quoted;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Embedded,
    OmitEmpty,
    Tagged,
}

struct Field {
    /// The name that is printed.
    shown: &'static str,
    /// The name in the API's JSON; empty for an embedded struct that has no field of its own there.
    json: String,
    kind: &'static str,
    form: Form,
}

type Tables = BTreeMap<&'static str, Vec<Field>>;

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables::new();
        let mut holder = "";
        for line in include_str!("internal.txt").lines() {
            match line.strip_prefix('=') {
                Some(name) => holder = name,
                None => tables.entry(holder).or_default().push(field(line)),
            }
        }
        tables
    })
}

fn field(line: &'static str) -> Field {
    if let Some(embedded) = line.strip_prefix('>') {
        let (json, kind) = embedded.split_once(' ').unwrap_or(("", embedded));
        return Field { shown: "", json: json.to_owned(), kind, form: Form::Embedded };
    }
    let (name, kind) = line.split_once(' ').unwrap_or((line, "s"));
    for (sign, form) in [('?', Form::OmitEmpty), ('!', Form::Tagged)] {
        if let Some(name) = name.strip_prefix(sign) {
            return Field { shown: name, json: name.to_owned(), kind, form };
        }
    }
    let (shown, json) = match name.split_once(':') {
        Some((shown, json)) => (shown, json.to_owned()),
        None => (name, json_name(name)),
    };
    Field { shown, json, kind, form: Form::Plain }
}

/// `DNSPolicy` is `dnsPolicy`, `Name` is `name`, `TTY` is `tty`.
fn json_name(name: &str) -> String {
    let upper = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let lower = if upper == name.len() { upper } else { upper.saturating_sub(1).max(1) };
    name.chars().enumerate().map(|(i, c)| if i < lower { c.to_ascii_lowercase() } else { c }).collect()
}

/// What distinguishes an object that was read from the store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Read from the store, where empty lists and maps are not kept.
    Stored,
    /// Just sent.
    Sent,
}

/// The struct `kind` in `value`, on one line.
pub(super) fn compact(kind: &str, value: &Value, origin: Origin) -> String {
    let mut writer = Writer { out: String::new(), depth: None, origin };
    writer.value(kind, Some(value));
    writer.out
}

/// The struct `kind` in `value`, a line for each field, indented by one blank a level.
pub(super) fn indented(kind: &str, value: &Value, origin: Origin) -> String {
    let mut writer = Writer { out: String::new(), depth: Some(0), origin };
    writer.value(kind, Some(value));
    writer.out
}

/// A Pod's spec with the fields that live in the security context internally, and the account under its newer name
/// (kubernetes: pkg/apis/core/v1/conversion.go Convert_v1_PodSpec_To_core_PodSpec).
pub(super) fn move_host_fields(spec: &mut Value) {
    let Value::Object(fields) = spec else { return };
    let account = fields.remove("serviceAccount").filter(|account| account.as_str().is_some_and(|it| !it.is_empty()));
    if let Some(account) = account
        && fields.get("serviceAccountName").and_then(Value::as_str).unwrap_or_default().is_empty()
    {
        fields.insert("serviceAccountName".to_owned(), account);
    }
    let moved: Vec<(&str, Value)> = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"]
        .into_iter()
        .filter_map(|name| fields.remove(name).map(|value| (name, value)))
        .collect();
    let context = fields.entry("securityContext").or_insert_with(|| Value::Object(Default::default()));
    if let Value::Object(context) = context {
        context.extend(moved.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
}

struct Writer {
    out: String,
    /// The depth of indentation; none when everything is on one line.
    depth: Option<usize>,
    origin: Origin,
}

impl Writer {
    fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.depth = self.depth.map(|depth| depth.saturating_add(1));
    }

    /// Before an element: the comma and the new line.
    fn next(&mut self, first: &mut bool) {
        if !std::mem::replace(first, false) {
            self.out.push(',');
        }
        self.new_line();
    }

    fn new_line(&mut self) {
        if let Some(depth) = self.depth {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', depth));
        }
    }

    fn close(&mut self, bracket: char, empty: bool) {
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
        if !empty {
            self.new_line();
        }
        self.out.push(bracket);
    }

    fn key(&mut self, name: &str) {
        push_json_quoted(&mut self.out, name);
        self.out.push_str(if self.depth.is_some() { ": " } else { ":" });
    }

    fn value(&mut self, kind: &str, value: Option<&Value>) {
        let value = value.filter(|value| !value.is_null());
        if let Some(inner) = kind.strip_prefix('*') {
            match value {
                Some(value) => self.value(inner, Some(value)),
                None => self.out.push_str("null"),
            }
        } else if let Some(items) = kind.strip_prefix("[]") {
            self.list(items, value.and_then(Value::as_array));
        } else if let Some(values) = kind.strip_prefix("{}") {
            self.map(values, value.and_then(Value::as_object));
        } else {
            match (kind, value) {
                ("s", value) => {
                    let text = value.and_then(Value::as_str).unwrap_or_default();
                    push_json_quoted(&mut self.out, text);
                }
                ("i" | "x", None) => self.out.push('0'),
                ("b", None) => self.out.push_str("false"),
                ("q", None) => self.out.push_str("\"0\""),
                ("i" | "b" | "q" | "x", Some(Value::String(text))) => push_json_quoted(&mut self.out, text),
                ("i" | "b" | "q" | "x", Some(value)) => self.out.push_str(&value.to_string()),
                (kind, value) => self.structure(kind, value.unwrap_or(&Value::Null)),
            }
        }
    }

    fn list(&mut self, items: &str, list: Option<&Vec<Value>>) {
        match list {
            None => self.out.push_str("null"),
            Some(list) if list.is_empty() && self.origin == Origin::Stored => self.out.push_str("null"),
            Some(list) => {
                self.open('[');
                let mut first = true;
                for item in list {
                    self.next(&mut first);
                    self.value(items, Some(item));
                }
                self.close(']', first);
            }
        }
    }

    fn map(&mut self, values: &str, map: Option<&serde_json::Map<String, Value>>) {
        match map {
            None => self.out.push_str("null"),
            Some(map) if map.is_empty() && self.origin == Origin::Stored => self.out.push_str("null"),
            Some(map) => {
                self.open('{');
                let mut first = true;
                let mut keys: Vec<&String> = map.keys().collect();
                keys.sort();
                for key in keys {
                    self.next(&mut first);
                    self.key(key);
                    self.value(values, map.get(key));
                }
                self.close('}', first);
            }
        }
    }

    fn structure(&mut self, kind: &str, value: &Value) {
        self.open('{');
        let mut first = true;
        self.fields(kind, value, &mut first);
        self.close('}', first);
    }

    fn fields(&mut self, kind: &str, value: &Value, first: &mut bool) {
        for field in tables().get(kind).into_iter().flatten() {
            match field.form {
                Form::Embedded if field.json.is_empty() => self.fields(field.kind, value, first),
                Form::Embedded => self.fields(field.kind, value.get(&field.json).unwrap_or(&Value::Null), first),
                Form::OmitEmpty if value.get(&field.json).is_none_or(is_empty) => {}
                _ => {
                    self.next(first);
                    self.key(field.shown);
                    self.value(field.kind, value.get(&field.json));
                }
            }
        }
    }
}

/// What `omitempty` leaves out.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        // `controller: false` is a pointer to false, which is not empty.
        Value::Bool(_) => false,
        Value::Number(number) => number.as_i64() == Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::schema::TypeId;
    use serde_json::json;

    #[test]
    fn go_names_become_json_names() {
        for (go, json) in [("DNSPolicy", "dnsPolicy"), ("Name", "name"), ("TTY", "tty"), ("HostPID", "hostPID")] {
            assert_eq!(json_name(go), json);
        }
    }

    #[test]
    fn every_type_is_listed() {
        for field in tables().values().flatten() {
            let kind = field.kind.trim_start_matches(['*', '[', ']', '{', '}']);
            assert!(matches!(kind, "s" | "i" | "b" | "q" | "x") || tables().contains_key(kind), "{kind}");
        }
    }

    /// The names are those of the API, and none of its fields is forgotten.
    #[test]
    fn fields_are_those_of_the_api() {
        let elsewhere = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers", "serviceAccount"];
        for (name, fields) in tables() {
            let Some(id) = TypeId::named(name) else { continue };
            if matches!(*name, "ObjectMeta" | "PodSecurityContext" | "NamedOptional" | "KeySelector") {
                continue;
            }
            let embedded = fields.iter().filter(|field| field.form == Form::Embedded && field.json.is_empty());
            let more: Vec<&Field> = embedded.flat_map(|field| tables().get(field.kind).into_iter().flatten()).collect();
            let mut known: Vec<&str> = fields.iter().chain(more).map(|field| field.json.as_str()).collect();
            known.retain(|name| !name.is_empty());
            known.sort_unstable();
            let real: Vec<&str> =
                id.fields().iter().map(|field| field.name).filter(|f| !elsewhere.contains(f)).collect();
            assert_eq!(known, real, "{name}");
        }
    }

    #[test]
    fn structs_are_written_as_go_writes_them() {
        let stored = compact("ContainerPort", &json!({"containerPort": 80, "protocol": "TCP"}), Origin::Stored);
        assert_eq!(stored, r#"{"Name":"","HostPort":0,"ContainerPort":80,"Protocol":"TCP","HostIP":""}"#);
        let selector = json!({"matchLabels": {"b": "<", "a": "x"}});
        assert_eq!(compact("LabelSelector", &selector, Origin::Sent), r#"{"matchLabels":{"a":"x","b":"\u003c"}}"#);
        let action = indented("ExecAction", &json!({"command": []}), Origin::Sent);
        assert_eq!(action, "{\n \"Command\": []\n}");
        assert_eq!(indented("ExecAction", &json!({"command": []}), Origin::Stored), "{\n \"Command\": null\n}");
    }
}
