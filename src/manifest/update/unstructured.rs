//! From a merged object to the types of the API, in the words of the converter that patches go through
//! (apimachinery: runtime/converter.go FromUnstructuredWithValidation, 1.36). They differ from the decoder's.

use serde_json::{Map, Value};

use crate::api::quantity::Quantity;
use crate::api::schema::{FieldType, TypeId};
use crate::manifest::decode;

/// The object as its types read it, without nulls.
///
/// # Errors
/// The first value that does not fit, or else the fields that the API does not have.
pub(super) fn convert(value: &Value, kind: TypeId) -> Result<Value, String> {
    let mut converter = Converter { path: String::new(), unknown: Vec::new() };
    let converted = converter.value(value, &FieldType::Struct(kind))?;
    if converter.unknown.is_empty() {
        return Ok(converted);
    }
    converter.unknown.sort();
    let fields: Vec<String> = converter.unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect();
    Err(format!("strict decoding error: {}", fields.join(", ")))
}

struct Converter {
    path: String,
    unknown: Vec<String>,
}

/// The kind of a value's Go type, as reflection names it.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

/// encoding/json's complaint about a value without a field.
fn json_error(value: &Value, wanted: &str) -> String {
    let found = match value {
        Value::Number(number) if wanted == "int32" => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
        other => kind_of(other).to_owned(),
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

impl Converter {
    fn value(&mut self, value: &Value, wanted: &FieldType) -> Result<Value, String> {
        if value.is_null() {
            return Ok(Value::Null);
        }
        match wanted {
            FieldType::Any => Ok(value.clone()),
            FieldType::Struct(kind) => self.structure(value, *kind),
            FieldType::List(items) => self.list(value, items),
            FieldType::Map(values, _) => self.map(value, values),
            FieldType::Bytes => bytes(value),
            FieldType::String(name) => match value {
                Value::String(_) => Ok(value.clone()),
                Value::Number(number) if number.is_i64() => Err(format!("cannot convert int64 to {name}")),
                _ => Err("unrecognized type: string".to_owned()),
            },
            FieldType::Bool => match value {
                Value::Bool(_) => Ok(value.clone()),
                _ => Err("unrecognized type: bool".to_owned()),
            },
            FieldType::Int32 => integer(value, "int32").map(|number| {
                // Go's conversion drops the upper bits.
                #[expect(clippy::cast_possible_truncation, reason = "so does Go")]
                let number = number as i32;
                Value::from(number)
            }),
            FieldType::Int64 => integer(value, "int64").map(Value::from),
            FieldType::Float64 => match value {
                Value::Number(_) => Ok(value.clone()),
                _ => Err("unrecognized type: float64".to_owned()),
            },
            FieldType::Quantity => quantity(value),
            FieldType::IntOrString => match value {
                Value::String(_) => Ok(value.clone()),
                Value::Number(number) if number.as_i64().is_some_and(|it| i32::try_from(it).is_ok()) => {
                    Ok(value.clone())
                }
                other => Err(json_error(other, "int32")),
            },
            FieldType::Time | FieldType::MicroTime => match value {
                Value::String(text) => {
                    decode::check_time(text, *wanted == FieldType::MicroTime).map(|()| value.clone())
                }
                other => Err(json_error(other, "string")),
            },
        }
    }

    fn structure(&mut self, value: &Value, kind: TypeId) -> Result<Value, String> {
        let Value::Object(fields) = value else {
            return Err(format!("cannot restore struct from: {}", kind_of(value)));
        };
        let mut object = Map::new();
        for (name, value) in fields {
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            match kind.field(name) {
                None => self.unknown.push(self.path.clone()),
                Some(field) => {
                    let converted = self.value(value, &field.kind)?;
                    if !converted.is_null() {
                        object.insert(name.clone(), converted);
                    }
                }
            }
            self.path.truncate(length);
        }
        Ok(Value::Object(object))
    }

    fn list(&mut self, value: &Value, items: &FieldType) -> Result<Value, String> {
        let Value::Array(list) = value else { return Err(format!("cannot restore slice from {}", kind_of(value))) };
        let mut converted = Vec::with_capacity(list.len());
        for (i, item) in list.iter().enumerate() {
            let length = self.path.len();
            self.path.push_str(&format!("[{i}]"));
            let item = self.value(item, items)?;
            converted.push(if item.is_null() { decode::zero(items) } else { item });
            self.path.truncate(length);
        }
        Ok(Value::Array(converted))
    }

    fn map(&mut self, value: &Value, values: &FieldType) -> Result<Value, String> {
        let Value::Object(map) = value else { return Err(format!("cannot restore map from {}", kind_of(value))) };
        let mut converted = Map::new();
        for (key, item) in map {
            let item = self.value(item, values)?;
            converted.insert(key.clone(), if item.is_null() { decode::zero(values) } else { item });
        }
        Ok(Value::Object(converted))
    }
}

fn integer(value: &Value, wanted: &str) -> Result<i64, String> {
    let Value::Number(number) = value else { return Err(format!("unrecognized type: {wanted}")) };
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => Ok(whole),
        #[expect(clippy::cast_possible_truncation, reason = "so does Go")]
        (None, Some(float)) if float.trunc() == float => Ok(float as i64),
        _ => Err(format!("cannot convert float64 to {wanted}")),
    }
}

fn quantity(value: &Value) -> Result<Value, String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    Quantity::parse(&text).map(|_| Value::from(text)).map_err(|error| error.to_string())
}

fn bytes(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) => match decode::plain_base64(text) {
            Ok(text) => Ok(Value::String(text)),
            Err(error) => Err(format!("error decoding from json: {error}")),
        },
        other => Err(format!("cannot restore slice from {}", kind_of(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn faults_in_the_words_of_the_converter() {
        let fault = |spec: Value| convert(&json!({"spec": spec}), TypeId::of_kind("v1", "Pod").unwrap()).unwrap_err();
        for (spec, words) in [
            (json!({"hostname": 5}), "cannot convert int64 to string"),
            (json!({"hostname": 1.5}), "unrecognized type: string"),
            (json!({"restartPolicy": 5}), "cannot convert int64 to v1.RestartPolicy"),
            (json!({"priority": "5"}), "unrecognized type: int32"),
            (json!({"priority": 1.5}), "cannot convert float64 to int32"),
            (json!({"containers": "a"}), "cannot restore slice from string"),
            (json!({"nodeSelector": []}), "cannot restore map from slice"),
            (json!({"securityContext": "a"}), "cannot restore struct from: string"),
            (json!({"hostNetwork": "a"}), "unrecognized type: bool"),
            (
                json!({"containers": [{"imagee": 1}], "foo": 1}),
                "strict decoding error: unknown field \"spec.containers[0].imagee\", unknown field \"spec.foo\"",
            ),
        ] {
            assert_eq!(fault(spec), words);
        }
        let port = json!({"containers": [{"livenessProbe": {"httpGet": {"port": true}}}]});
        assert_eq!(fault(port), "json: cannot unmarshal bool into Go value of type int32");
    }

    #[test]
    fn values_take_the_form_of_their_fields() {
        let pod = json!({"spec": {"priority": 3_000_000_000_i64, "hostname": null, "containers": [null]}});
        let converted = convert(&pod, TypeId::of_kind("v1", "Pod").unwrap()).unwrap();
        assert_eq!(converted, json!({"spec": {"priority": -1_294_967_296, "containers": [{}]}}));
    }
}
