//! A look into an object as JSON: fields by their path, absent ones read as empty, as Go's zero values do.

use serde_json::{Map, Value};

/// A place in a JSON tree, or nothing.
#[derive(Clone, Copy, Debug)]
pub struct View<'a>(pub Option<&'a Value>);

impl<'a> View<'a> {
    /// The whole of `value`.
    pub fn new(value: &'a Value) -> Self {
        Self(Some(value))
    }

    /// What lies at `path`, field names with dots between them.
    pub fn at(self, path: &str) -> View<'a> {
        View(self.0.and_then(|value| path.split('.').try_fold(value, |value, name| value.get(name))))
    }

    /// The field `name`, whatever characters it holds.
    pub fn key(self, name: &str) -> View<'a> {
        View(self.0.and_then(|value| value.get(name)))
    }

    /// The text here; empty where there is none.
    pub fn str(self) -> &'a str {
        self.0.and_then(Value::as_str).unwrap_or_default()
    }

    /// The scalar here as text: `true`, `3`, `abc`; empty where there is none.
    pub fn text(self) -> String {
        match self.0 {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// The scalar here as text, `absent` where there is none or it is empty.
    pub fn or(self, absent: &str) -> String {
        let text = self.text();
        if text.is_empty() { absent.to_owned() } else { text }
    }

    /// The whole number here, 0 where there is none.
    pub fn int(self) -> i64 {
        self.0.and_then(Value::as_i64).unwrap_or_default()
    }

    /// Whether `true` is here.
    pub fn is_true(self) -> bool {
        self.0 == Some(&Value::Bool(true))
    }

    /// Whether something is here that is not null.
    pub fn exists(self) -> bool {
        self.0.is_some_and(|value| !value.is_null())
    }

    /// The elements of the list here.
    pub fn items(self) -> impl DoubleEndedIterator<Item = View<'a>> + ExactSizeIterator {
        let list = self.0.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().map(View::new)
    }

    /// The entries of the map here.
    pub fn entries(self) -> impl Iterator<Item = (&'a str, View<'a>)> {
        self.0
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::iter)
            .map(|(name, value)| (name.as_str(), View::new(value)))
    }

    /// The entries of the map here as `key=value`, one beside the other, `absent` where there are none.
    pub fn pairs(self, absent: &str) -> String {
        let pairs: Vec<String> = self.entries().map(|(name, value)| format!("{name}={}", value.text())).collect();
        if pairs.is_empty() { absent.to_owned() } else { pairs.join(",") }
    }

    /// The texts of the list here, with commas between them.
    pub fn joined(self) -> String {
        self.items().map(View::text).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn what_is_absent_reads_as_empty() {
        let value = serde_json::json!({"a": {"b": [1, "x"], "c": true, "l": {"k": "v"}}});
        let view = View::new(&value);
        assert_eq!(view.at("a.b").joined(), "1,x");
        assert!(view.at("a.c").is_true());
        assert_eq!(view.at("a.l").pairs("<none>"), "k=v");
        assert_eq!(view.at("a.nope.x").text(), "");
        assert_eq!(view.at("a.nope").or("<unset>"), "<unset>");
        assert_eq!(view.at("x").items().count(), 0);
    }
}
