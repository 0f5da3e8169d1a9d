//! How absent fields read in Go: an absent string is empty, an absent list has no elements.

use std::ops::Deref;

use k8s_openapi::Text;
/// The text, empty where it is absent.
pub fn text(field: &Option<Text>) -> &str {
    field.as_deref().unwrap_or_default()
}

/// The elements, none where the list is absent.
pub fn list<T>(field: &Option<impl Deref<Target = [T]>>) -> &[T] {
    field.as_deref().unwrap_or_default()
}

/// The truth value, false where it is absent.
pub fn flag(field: Option<bool>) -> bool {
    field.unwrap_or(false)
}

/// A struct as Go's encoding/json writes it, for the errors that show whole structs. The fields are added in the
/// order of the Go struct, by their Go names.
#[derive(Debug)]
pub struct Struct(String);

impl Default for Struct {
    fn default() -> Self {
        Self::new()
    }
}

impl Struct {
    /// No fields yet.
    pub fn new() -> Self {
        Self(String::from("{"))
    }

    /// A field whose value is already JSON.
    pub fn raw(mut self, name: &str, json: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        self.0.push_str(json);
        self
    }

    /// A string.
    pub fn string(self, name: &str, value: &str) -> Self {
        let mut json = String::new();
        super::errors::push_json_quoted(&mut json, value);
        self.raw(name, &json)
    }

    /// A pointer to a string, `null` where it is absent.
    pub fn optional_string(self, name: &str, value: &Option<Text>) -> Self {
        match value {
            Some(value) => self.string(name, value),
            None => self.raw(name, "null"),
        }
    }

    /// A pointer to an integer, `null` where it is absent.
    pub fn optional_int(self, name: &str, value: Option<i64>) -> Self {
        match value {
            Some(value) => {
                let mut json = String::new();
                super::errors::push_int(&mut json, value);
                self.raw(name, &json)
            }
            None => self.raw(name, "null"),
        }
    }

    /// A pointer to a truth value, `null` where it is absent.
    pub fn optional_bool(self, name: &str, value: Option<bool>) -> Self {
        self.raw(
            name,
            match value {
                Some(true) => "true",
                Some(false) => "false",
                None => "null",
            },
        )
    }

    /// A pointer to a struct, `null` where it is absent.
    pub fn optional_struct(self, name: &str, value: Option<Struct>) -> Self {
        match value {
            Some(value) => self.raw(name, &value.finish()),
            None => self.raw(name, "null"),
        }
    }

    /// The JSON text.
    pub fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
