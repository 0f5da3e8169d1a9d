//! The API's scalars that JSON has not: amounts, times, bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::json::through_json;
use crate::record::{Part, Scalar, Slot, Unfit, View};
use crate::text::Text;
use crate::time::Timestamp;

/// An amount, as written (`500m`).
#[derive(Clone, Default, PartialEq)]
pub struct Quantity(pub String);

/// A number or a text, such as a port and its name.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum IntOrString {
    Int(i32),
    String(String),
}

impl Default for IntOrString {
    fn default() -> Self {
        IntOrString::Int(0)
    }
}

/// An instant, written to the second.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

/// An instant, written to the microsecond.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MicroTime(pub Timestamp);

/// Bytes, in Base64 where they are written.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteString(pub Vec<u8>);

/// Which fields a manager owns, as JSON.
#[derive(Clone, Default, PartialEq)]
pub struct FieldsV1(pub Value);

/// A type whose view and slot are one expression each.
macro_rules! part {
    ($type:ty, |$it:ident| $view:expr, $slot:expr) => {
        impl Part for $type {
            fn view(&self) -> View<'_> {
                let $it = self;
                $view
            }

            fn slot(&mut self) -> Slot<'_> {
                let $it = self;
                $slot
            }
        }
    };
}

part!(bool, |it| View::Bool(*it), Slot::Bool(it));
part!(i32, |it| View::Int(i64::from(*it)), Slot::Int32(it));
part!(i64, |it| View::Int(*it), Slot::Int64(it));
part!(String, |it| View::Text(it), Slot::String(it));
part!(Text, |it| View::Text(it), Slot::Text(it));
part!(FieldsV1, |it| View::Json(&it.0), Slot::Json(&mut it.0));
part!(Quantity, |it| View::Text(&it.0), Slot::Scalar(it));
part!(Time, |it| View::Time(it.0, false), Slot::Time(&mut it.0));
part!(MicroTime, |it| View::Time(it.0, true), Slot::Time(&mut it.0));
part!(ByteString, |it| View::Written(STANDARD.encode(&it.0)), Slot::Scalar(it));
part!(
    IntOrString,
    |it| match it {
        IntOrString::Int(number) => View::Int(i64::from(*number)),
        IntOrString::String(text) => View::Text(text),
    },
    Slot::Scalar(it)
);

through_json!(Quantity);
through_json!(IntOrString);
through_json!(Time);
through_json!(MicroTime);
through_json!(ByteString);
through_json!(FieldsV1);

impl Scalar for Quantity {
    fn read(&mut self, value: Value) -> Result<(), Unfit> {
        self.0 = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err(Unfit::Type("Quantity")),
        };
        Ok(())
    }
}

impl Scalar for IntOrString {
    fn read(&mut self, value: Value) -> Result<(), Unfit> {
        *self = match value {
            Value::String(text) => IntOrString::String(text),
            Value::Number(number) => match number.as_i64().and_then(|wide| i32::try_from(wide).ok()) {
                Some(number) => IntOrString::Int(number),
                None => return Err(Unfit::Type("a 32-bit integer")),
            },
            _ => return Err(Unfit::Type("IntOrString")),
        };
        Ok(())
    }
}

impl Scalar for ByteString {
    fn read(&mut self, value: Value) -> Result<(), Unfit> {
        let text = value.as_str().ok_or(Unfit::Type("a base64-encoded string"))?;
        self.0 = STANDARD.decode(text).map_err(|error| Unfit::Value(error.to_string()))?;
        Ok(())
    }
}
