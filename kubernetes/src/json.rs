//! The one writer and the one reader of the API's values as JSON.

use std::fmt;

use serde_json::{Map, Number, Value};

use crate::record::{About, Part, Record, Slot, Unfit, View};

/// What refers to an object by its name, which the server does not write where it is empty (core/v1: types.go
/// LocalObjectReference, which most of these embed). The field is no optional one, for the name has to be given.
const NAMELESS: [&str; 8] = [
    "ConfigMapEnvSource",
    "ConfigMapKeySelector",
    "ConfigMapProjection",
    "ConfigMapVolumeSource",
    "LocalObjectReference",
    "SecretEnvSource",
    "SecretKeySelector",
    "SecretProjection",
];

/// `part` as JSON. Absent fields are left out; an object says its `apiVersion` and `kind`.
pub fn to_json(part: &dyn Part) -> Value {
    match part.view() {
        View::Absent => Value::Null,
        View::Bool(value) => Value::Bool(value),
        View::Int(value) => Value::Number(Number::from(value)),
        View::Text(text) => Value::String(text.to_owned()),
        View::Written(text) => Value::String(text),
        View::Time(at, micros) => Value::String(if micros { at.to_micros() } else { at.to_seconds() }),
        View::Json(value) => value.clone(),
        View::List(list) => Value::Array((0..list.count()).filter_map(|i| list.item(i)).map(to_json).collect()),
        View::Map(map) => {
            let mut object = Map::new();
            map.each(&mut |key, value| {
                object.insert(key.to_owned(), to_json(value));
            });
            Value::Object(object)
        }
        View::Record(record) => {
            let mut object = Map::new();
            let about = record.about();
            for (api_version, kind) in about.object {
                object.insert("apiVersion".to_owned(), Value::String((*api_version).to_owned()));
                object.insert("kind".to_owned(), Value::String((*kind).to_owned()));
            }
            for (i, name) in about.fields.iter().enumerate() {
                if let Some(part) = record.part(i)
                    && !matches!(part.view(), View::Absent)
                    && !(*name == "name" && matches!(part.view(), View::Text("")) && NAMELESS.contains(&about.name))
                {
                    object.insert((*name).to_owned(), to_json(part));
                }
            }
            Value::Object(object)
        }
    }
}

/// The value of type `T` in `value`. Fields that are not known are passed over, and absent ones are empty.
///
/// # Errors
/// When a value has another type than its field, or an object another `apiVersion` or `kind`.
pub fn from_json<T: Part + Default>(value: Value) -> Result<T, Mismatch> {
    let mut part = T::default();
    read(&mut part, value)?;
    Ok(part)
}

/// A value of another type than its field's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

fn read(part: &mut dyn Part, value: Value) -> Result<(), Mismatch> {
    match (part.slot(), value) {
        (Slot::Bool(slot), Value::Bool(value)) => *slot = value,
        (Slot::Int32(slot), Value::Number(value)) => {
            let wide = value.as_i64().ok_or_else(|| mismatch(&Value::Number(value.clone()), "i32"))?;
            let fits = i32::try_from(wide);
            *slot = fits.map_err(|_| Mismatch(format!("invalid value: integer `{value}`, expected i32")))?;
        }
        (Slot::Int64(slot), Value::Number(value)) => {
            *slot = value.as_i64().ok_or_else(|| mismatch(&Value::Number(value), "i64"))?;
        }
        (Slot::String(slot), Value::String(text)) => *slot = text,
        (Slot::Text(slot), Value::String(text)) => *slot = text.into(),
        (Slot::Time(slot), Value::String(text)) => {
            *slot = text.parse().map_err(|_| Mismatch(format!("{text:?} is no time")))?;
        }
        (Slot::Json(slot), value) => *slot = value,
        (Slot::Scalar(slot), value) => {
            let seen = what(&value);
            slot.read(value).map_err(|unfit| match unfit {
                Unfit::Type(wanted) => Mismatch(format!("invalid type: {seen}, expected {wanted}")),
                Unfit::Value(message) => Mismatch(message),
            })?;
        }
        (Slot::List(slot), Value::Array(items)) => {
            for item in items {
                slot.push().map_or(Ok(()), |new| read(new, item))?;
            }
        }
        (Slot::Map(slot), Value::Object(entries)) => {
            for (key, value) in entries {
                read(slot.entry(key), value)?;
            }
        }
        (Slot::Record(slot), Value::Object(fields)) => record(slot, fields)?,
        (slot, value) => {
            return Err(mismatch(
                &value,
                match slot {
                    Slot::Bool(_) => "a boolean",
                    Slot::Int32(_) => "i32",
                    Slot::Int64(_) => "i64",
                    Slot::List(_) => "a sequence",
                    Slot::Map(_) => "a map",
                    Slot::Record(record) => record.about().name,
                    Slot::String(_) | Slot::Text(_) | Slot::Time(_) | Slot::Json(_) | Slot::Scalar(_) => "a string",
                },
            ));
        }
    }
    Ok(())
}

fn record(slot: &mut dyn Record, fields: Map<String, Value>) -> Result<(), Mismatch> {
    let About { object, fields: names, .. } = slot.about();
    for (name, value) in fields {
        let own = object.first().and_then(|(version, kind)| match name.as_str() {
            "apiVersion" => Some(*version),
            "kind" => Some(*kind),
            _ => None,
        });
        if let Some(own) = own {
            match value.as_str() {
                Some(text) if text == own => {}
                Some(text) => return Err(Mismatch(format!("invalid value: string {text:?}, expected {own}"))),
                None => return Err(mismatch(&value, "a string")),
            }
        } else if !value.is_null()
            && let Some(part) = names.iter().position(|known| *known == name).and_then(|i| slot.part_mut(i))
        {
            read(part, value)?;
        }
    }
    Ok(())
}

fn mismatch(value: &Value, wanted: &str) -> Mismatch {
    Mismatch(format!("invalid type: {}, expected {wanted}", what(value)))
}

/// A value as serde's errors name it.
fn what(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("boolean `{value}`"),
        Value::Number(number) if number.is_f64() => format!("floating point `{number}`"),
        Value::Number(number) => format!("integer `{number}`"),
        Value::String(text) => format!("string {text:?}"),
        Value::Array(_) => "sequence".to_owned(),
        Value::Object(_) => "map".to_owned(),
    }
}

/// serde and `Debug` for a type by way of its JSON, where a caller speaks serde.
macro_rules! through_json {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::json::debug(stringify!($name), self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::to_json(self).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                $crate::json::from_json(value).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use through_json;

/// `Name {"field":"value"}`.
pub(crate) fn debug(name: &str, part: &dyn Part, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{name} {}", to_json(part))
}
