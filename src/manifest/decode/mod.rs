//! The server's strict decoder: values to JSON of the right types, or Go's words about what does not fit.
//!
//! Modelled on sigs.k8s.io/json (a fork of Go's encoding/json) and the types' own `UnmarshalJSON`: a wrong type is
//! noted and reading goes on; a quantity, a time or an int-or-string that cannot be read stops it at once; unknown
//! fields are told only when all types fit (apimachinery: runtime/serializer/json, 1.36).

mod base64;
mod time;

use serde_json::{Map, Number, Value as Json};

use crate::api::quantity::Quantity;
use crate::api::schema::{FieldType, TypeId};
use crate::yaml::{NodeId, Scalar, Value, ValueId, Values, json_float, quote, to_json};

/// How many unknown fields are told at most (sigs.k8s.io/json: decode.go).
const MAX_UNKNOWN: usize = 100;

/// How many wrong values are noted at most: nobody reads more at a time.
const MAX_FAILURES: usize = 100;

/// What the decoder made of an object.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The object as its types read it: nulls are gone, numbers have the form of their fields.
    pub json: Json,
    /// The values that do not fit, the one that is told first.
    pub failures: Vec<Failure>,
    /// Fields that the type does not have.
    pub unknown: Vec<Unknown>,
}

/// A value that does not fit its field.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// Go's words.
    pub message: String,
    /// The value.
    pub value: ValueId,
    /// What the field holds.
    pub wanted: FieldType,
    /// The path with indices.
    pub path: String,
}

/// A field that its struct does not have.
#[derive(Clone, Debug)]
pub(super) struct Unknown {
    /// The path with indices.
    pub path: String,
    /// Its key in the text.
    pub key: NodeId,
    /// The struct that does not have it.
    pub holder: TypeId,
    /// The objects around it from the root on, with their types and the lengths of their paths in `path`.
    pub chain: Vec<(ValueId, TypeId, usize)>,
}

/// Reads the object `root` as a `kind` of the API.
pub(super) fn decode(values: &Values<'_>, root: ValueId, kind: TypeId) -> Decoded {
    let mut decoder = Decoder::new(values);
    let json = decoder.value(&FieldType::Struct(kind), root);
    decoder.finish(json)
}

/// What kubectl's own look at `metadata` finds wrong (cli-runtime: resource/metadata_decoder.go).
pub(super) fn check_metadata(values: &Values<'_>, root: ValueId) -> Vec<Failure> {
    let (Some(metadata), Some(kind)) = (values.field(root, "metadata"), TypeId::named("ObjectMeta")) else {
        return Vec::new();
    };
    let mut decoder = Decoder::new(values);
    decoder.as_written = true;
    decoder.holder = "metadataOnlyObject";
    decoder.fields.push("metadata");
    decoder.path.push_str("metadata");
    let json = decoder.value(&FieldType::Struct(kind), metadata.value);
    decoder.finish(json).failures
}

/// What the server says of a time that is none.
pub(super) fn check_time(text: &str, micro: bool) -> Result<(), String> {
    time::parse(text, micro)
}

/// Base64 text in its plain form, or what the server says of text that is none.
pub(super) fn plain_base64(text: &str) -> Result<String, String> {
    match base64::decode(text.as_bytes()) {
        Ok(bytes) => Ok(base64::encode(&bytes)),
        Err(at) => Err(format!("illegal base64 data at input byte {at}")),
    }
}

/// The value as JSON, whatever it is.
pub(super) fn plain_json(values: &Values<'_>, id: ValueId) -> Json {
    match values.get(id) {
        Value::Scalar(scalar) => match scalar {
            Scalar::Null => Json::Null,
            Scalar::Bool(value) => Json::Bool(*value),
            Scalar::Int(value) => Json::from(*value),
            Scalar::Uint(value) => Json::from(*value),
            Scalar::Float(value) => match number_text(scalar).and_then(|text| text.parse::<i64>().ok()) {
                Some(whole) => Json::from(whole),
                None => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            },
            Scalar::Str(text) => Json::from(text.as_ref()),
        },
        Value::List(items) => items.iter().map(|item| plain_json(values, *item)).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|entry| (entry.key.to_string(), plain_json(values, entry.value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// A number as the JSON text that reaches the server.
fn number_text(scalar: &Scalar<'_>) -> Option<String> {
    match scalar {
        Scalar::Int(value) => Some(value.to_string()),
        // kubectl holds what is no int64 as a float.
        #[expect(clippy::cast_precision_loss, reason = "so does Go")]
        Scalar::Uint(value) => Some(json_float(*value as f64)),
        Scalar::Float(value) => Some(json_float(*value)),
        _ => None,
    }
}

struct Decoder<'v, 'a> {
    values: &'v Values<'a>,
    /// The JSON names from the root, with embedded structs and without indices, as Go's messages have them.
    fields: Vec<&'static str>,
    /// The innermost struct with a field on the way.
    holder: &'static str,
    /// The path with indices, as the messages about unknown fields have it.
    path: String,
    /// The structs on the way.
    chain: Vec<(ValueId, TypeId, usize)>,
    saved: Vec<Failure>,
    /// What ends the server's reading at once; ours goes on to tell what else is wrong.
    ended: Option<Failure>,
    unknown: Vec<Unknown>,
    /// Numbers stand as in the file: kubectl has not yet turned those that fit no int64 into floats.
    as_written: bool,
}

impl<'v, 'a> Decoder<'v, 'a> {
    fn new(values: &'v Values<'a>) -> Self {
        Self {
            values,
            fields: Vec::new(),
            holder: "",
            path: String::new(),
            chain: Vec::new(),
            saved: Vec::new(),
            ended: None,
            unknown: Vec::new(),
            as_written: false,
        }
    }

    fn finish(self, json: Json) -> Decoded {
        let failures = self.ended.into_iter().chain(self.saved).collect();
        Decoded { json, failures, unknown: self.unknown }
    }

    fn failure(&self, message: String, value: ValueId, wanted: &FieldType) -> Failure {
        Failure { message, value, wanted: wanted.clone(), path: self.path.clone() }
    }

    /// Go's `UnmarshalTypeError` about the value.
    fn mismatch(&self, id: ValueId, wanted: &FieldType, go_type: &str, with_number: bool) -> Failure {
        let found = match self.values.get(id) {
            Value::List(_) => "array".to_owned(),
            Value::Object(_) => "object".to_owned(),
            Value::Scalar(Scalar::Bool(_)) => "bool".to_owned(),
            Value::Scalar(Scalar::Str(_)) => "string".to_owned(),
            Value::Scalar(Scalar::Null) => "null".to_owned(),
            Value::Scalar(Scalar::Uint(number)) if with_number && self.as_written => format!("number {number}"),
            Value::Scalar(number) if with_number => format!("number {}", number_text(number).unwrap_or_default()),
            Value::Scalar(_) => "number".to_owned(),
        };
        let place = match self.fields.is_empty() {
            true => format!("value of type {go_type}"),
            false => format!("struct field {}.{} of type {go_type}", self.holder, self.fields.join(".")),
        };
        self.failure(format!("json: cannot unmarshal {found} into Go {place}"), id, wanted)
    }

    /// Notes a wrong type; the first one is told.
    fn save(&mut self, failure: Failure) -> Json {
        if self.saved.len() < MAX_FAILURES {
            self.saved.push(failure);
        }
        Json::Null
    }

    /// Notes what ends the server's reading, whatever was noted before.
    fn end(&mut self, failure: Failure) -> Json {
        match self.ended {
            None => self.ended = Some(failure),
            Some(_) => return self.save(failure),
        }
        Json::Null
    }

    fn value(&mut self, wanted: &FieldType, id: ValueId) -> Json {
        if self.values.is_null(id) {
            return Json::Null;
        }
        match wanted {
            FieldType::Struct(kind) => self.structure(*kind, wanted, id),
            FieldType::List(items) => self.list(items, wanted, id),
            FieldType::Map(inner, _) => self.map(inner, wanted, id),
            FieldType::Any => plain_json(self.values, id),
            FieldType::Quantity => self.quantity(wanted, id),
            FieldType::IntOrString => self.int_or_string(wanted, id),
            FieldType::Time | FieldType::MicroTime => self.time(wanted, id),
            FieldType::Bytes => self.bytes(wanted, id),
            FieldType::String(_) => match self.values.text(id) {
                Some(text) => Json::from(text),
                None => self.wrong(id, wanted, false),
            },
            FieldType::Bool => match self.values.get(id) {
                Value::Scalar(Scalar::Bool(value)) => Json::Bool(*value),
                _ => self.wrong(id, wanted, false),
            },
            FieldType::Int32 => match self.whole_number(id).and_then(|n| i32::try_from(n).ok()) {
                Some(number) => Json::from(number),
                None => self.wrong(id, wanted, true),
            },
            FieldType::Int64 => match self.whole_number(id) {
                Some(number) => Json::from(number),
                None => self.wrong(id, wanted, true),
            },
            FieldType::Float64 => match self.values.get(id) {
                Value::Scalar(number @ (Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_))) => {
                    let number = number_text(number).and_then(|text| text.parse::<f64>().ok());
                    number.and_then(Number::from_f64).map_or(Json::Null, Json::Number)
                }
                _ => self.wrong(id, wanted, false),
            },
        }
    }

    fn wrong(&mut self, id: ValueId, wanted: &FieldType, with_number: bool) -> Json {
        let failure = self.mismatch(id, wanted, &wanted.go_name(), with_number);
        self.save(failure)
    }

    fn whole_number(&self, id: ValueId) -> Option<i64> {
        match self.values.get(id) {
            Value::Scalar(scalar) => number_text(scalar)?.parse().ok(),
            _ => None,
        }
    }

    fn structure(&mut self, kind: TypeId, wanted: &FieldType, id: ValueId) -> Json {
        let values = self.values;
        let Value::Object(entries) = values.get(id) else { return self.wrong(id, wanted, false) };
        let mut object = Map::new();
        self.chain.push((id, kind, self.path.len()));
        for entry in entries {
            let length = self.path.len();
            self.path.push_str(if length > 0 { "." } else { "" });
            self.path.push_str(&entry.key);
            match kind.field(&entry.key) {
                None => self.note_unknown(kind, entry.key_node),
                Some(field) => {
                    let (depth, holder) = (self.fields.len(), self.holder);
                    self.fields.extend(field.embedded);
                    self.fields.push(field.name);
                    self.holder = kind.name();
                    let json = self.value(&field.kind, entry.value);
                    self.fields.truncate(depth);
                    self.holder = holder;
                    if !json.is_null() {
                        object.insert(field.name.to_owned(), json);
                    }
                }
            }
            self.path.truncate(length);
        }
        self.chain.pop();
        Json::Object(object)
    }

    fn note_unknown(&mut self, holder: TypeId, key: NodeId) {
        let known = self.unknown.iter().any(|unknown| unknown.path == self.path);
        if !known && self.unknown.len() < MAX_UNKNOWN {
            self.unknown.push(Unknown { path: self.path.clone(), key, holder, chain: self.chain.clone() });
        }
    }

    fn list(&mut self, items: &FieldType, wanted: &FieldType, id: ValueId) -> Json {
        let values = self.values;
        let Value::List(list) = values.get(id) else { return self.wrong(id, wanted, false) };
        let mut json = Vec::with_capacity(list.len());
        for (i, item) in list.iter().enumerate() {
            let length = self.path.len();
            self.path.push_str(&format!("[{i}]"));
            let element = self.value(items, *item);
            json.push(if element.is_null() { zero(items) } else { element });
            self.path.truncate(length);
        }
        Json::Array(json)
    }

    fn map(&mut self, inner: &FieldType, wanted: &FieldType, id: ValueId) -> Json {
        let values = self.values;
        let Value::Object(entries) = values.get(id) else { return self.wrong(id, wanted, false) };
        let mut object = Map::new();
        for entry in entries {
            let length = self.path.len();
            self.path.push('.');
            self.path.push_str(&entry.key);
            let value = self.value(inner, entry.value);
            object.insert(entry.key.to_string(), if value.is_null() { zero(inner) } else { value });
            self.path.truncate(length);
        }
        Json::Object(object)
    }

    /// apimachinery: api/resource/quantity.go UnmarshalJSON, which trims the JSON between the quotes.
    fn quantity(&mut self, wanted: &FieldType, id: ValueId) -> Json {
        let text = match self.values.get(id) {
            Value::Scalar(Scalar::Str(text)) => text.trim_matches(is_raw_blank).to_owned(),
            Value::Scalar(number @ (Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_))) => {
                number_text(number).unwrap_or_default()
            }
            _ => to_json(self.values, id),
        };
        match Quantity::parse(&text) {
            Ok(_) => Json::from(text),
            Err(error) => {
                let failure = self.failure(error.to_string(), id, wanted);
                self.end(failure)
            }
        }
    }

    /// apimachinery: util/intstr/intstr.go UnmarshalJSON.
    fn int_or_string(&mut self, wanted: &FieldType, id: ValueId) -> Json {
        if let Some(text) = self.values.text(id) {
            return Json::from(text);
        }
        match self.whole_number(id).and_then(|number| i32::try_from(number).ok()) {
            Some(number) => Json::from(number),
            None => {
                let failure = self.mismatch(id, wanted, "int32", true);
                self.end(failure)
            }
        }
    }

    /// apimachinery: apis/meta/v1/{time,micro_time}.go UnmarshalJSON.
    fn time(&mut self, wanted: &FieldType, id: ValueId) -> Json {
        let Some(text) = self.values.text(id) else {
            let failure = self.mismatch(id, wanted, "string", false);
            return self.end(failure);
        };
        match time::parse(text, *wanted == FieldType::MicroTime) {
            Ok(()) => Json::from(text),
            Err(error) => {
                let failure = self.failure(error, id, wanted);
                self.end(failure)
            }
        }
    }

    fn bytes(&mut self, wanted: &FieldType, id: ValueId) -> Json {
        let values = self.values;
        match values.get(id) {
            Value::Scalar(Scalar::Str(text)) => match base64::decode(text.as_bytes()) {
                Ok(bytes) => Json::from(base64::encode(&bytes)),
                Err(at) => {
                    let failure = self.failure(format!("illegal base64 data at input byte {at}"), id, wanted);
                    self.save(failure)
                }
            },
            Value::List(items) => {
                let mut bytes = Vec::with_capacity(items.len());
                for item in items {
                    match self.whole_number(*item).and_then(|number| u8::try_from(number).ok()) {
                        Some(byte) => bytes.push(byte),
                        None if values.is_null(*item) => bytes.push(0),
                        None => {
                            let failure = self.mismatch(*item, wanted, "uint8", true);
                            return self.save(failure);
                        }
                    }
                }
                Json::from(base64::encode(&bytes))
            }
            _ => self.wrong(id, wanted, false),
        }
    }
}

/// What a null becomes where there is no "absent": in lists and maps.
pub(super) fn zero(kind: &FieldType) -> Json {
    match kind {
        FieldType::String(_) | FieldType::Bytes => Json::from(""),
        FieldType::Quantity => Json::from("0"),
        FieldType::Int32 | FieldType::Int64 | FieldType::Float64 | FieldType::IntOrString => Json::from(0),
        FieldType::Bool => Json::Bool(false),
        FieldType::List(_) => Json::Array(Vec::new()),
        FieldType::Struct(_) | FieldType::Map(..) => Json::Object(Map::new()),
        FieldType::Any | FieldType::Time | FieldType::MicroTime => Json::Null,
    }
}

/// The text after `cannot be handled as a KIND: ` for unknown fields.
pub(super) fn strict_message(unknown: &[Unknown]) -> String {
    let fields: Vec<String> =
        unknown.iter().map(|field| format!("unknown field {}", quote_path(&field.path))).collect();
    format!("strict decoding error: {}", fields.join(", "))
}

/// Whether it is a blank that JSON writes as it is: a line break or a tab is a word of two letters there.
fn is_raw_blank(c: char) -> bool {
    c.is_whitespace() && c >= ' ' && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// sigs.k8s.io/json quotes the path with `%q`.
fn quote_path(path: &str) -> String {
    quote(path)
}
