//! Where rules put what they find, and how the server prints the value in an error.

use collections::Set as BTreeSet;
use std::fmt::Write as _;

use k8s_openapi::Text;

use crate::api::{FieldPath, Path, Segment};
use crate::manifest::{Cause, FieldError};

/// A value as an error shows it (apimachinery: util/validation/field/errors.go ErrorBody).
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// A Go `string`: quoted with `%q`.
    Str(&'a str),
    /// A string of a named Go type (`core.Protocol`): quoted as JSON.
    Named(&'a str),
    /// Any integer.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// JSON text, printed as it is: structs and lists.
    Json(&'a str),
}

impl<'a> From<&'a str> for Shown<'a> {
    fn from(value: &'a str) -> Self {
        Shown::Str(value)
    }
}

impl<'a> From<&'a String> for Shown<'a> {
    fn from(value: &'a String) -> Self {
        Shown::Str(value)
    }
}

impl<'a> From<&'a Text> for Shown<'a> {
    fn from(value: &'a Text) -> Self {
        Shown::Str(value)
    }
}

impl From<i64> for Shown<'_> {
    fn from(value: i64) -> Self {
        Shown::Int(value)
    }
}

impl From<i32> for Shown<'_> {
    fn from(value: i32) -> Self {
        Shown::Int(i64::from(value))
    }
}

impl From<bool> for Shown<'_> {
    fn from(value: bool) -> Self {
        Shown::Bool(value)
    }
}

impl Shown<'_> {
    fn push_to(self, out: &mut String) {
        match self {
            Shown::Str(text) => push_go_quoted(out, text),
            Shown::Named(text) => push_json_quoted(out, text),
            Shown::Int(number) => push_int(out, number),
            Shown::Bool(true) => out.push_str("true"),
            Shown::Bool(false) => out.push_str("false"),
            Shown::Json(text) => out.push_str(text),
        }
    }
}

/// Appends `number` in decimal.
pub fn push_int(out: &mut String, number: i64) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{number}");
}

/// Appends `text` as Go's `%q` prints it (strconv.Quote): what is not printable is escaped.
pub fn push_go_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if is_printable(c) => out.push(c),
            c => push_escape(out, u32::from(c)),
        }
    }
    out.push('"');
}

/// Appends `text` as Go's encoding/json writes a string: `<`, `>` and `&` are escaped too.
pub fn push_json_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => push_hex(out, "\\u", u32::from(c), 4),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn push_escape(out: &mut String, code: u32) {
    match code {
        0..=0x7f => push_hex(out, "\\x", code, 2),
        0x80..=0xffff => push_hex(out, "\\u", code, 4),
        _ => push_hex(out, "\\U", code, 8),
    }
}

fn push_hex(out: &mut String, prefix: &str, code: u32, width: u32) {
    out.push_str(prefix);
    for digit in (0..width).rev() {
        out.push(char::from_digit((code >> (digit * 4)) & 0xf, 16).unwrap_or('0'));
    }
}

/// Whether Go's strconv.IsPrint calls it printable: letters, marks, numbers, punctuation, symbols, and the plain
/// blank. A list of the invisible characters that people do paste, not the whole of Unicode's tables.
pub fn is_printable(c: char) -> bool {
    !matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{3000}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// What the rules found, in the order of the server.
#[derive(Debug, Default)]
pub struct Errors(Vec<FieldError>);

impl Errors {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The findings.
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Adds a finding made elsewhere.
    pub fn push(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// Says that what was found from number `from` on is in the entry `index` of `list`, where the server's paths leave
    /// that index out.
    pub fn in_entry(&mut self, from: usize, list: &Path<'_>, index: usize) {
        let Some(found) = self.0.get_mut(from..).filter(|found| !found.is_empty()) else { return };
        let depth = list.to_owned().0.len();
        for error in found {
            let mut place = error.path.clone();
            if place.0.len() > depth && !matches!(place.0.get(depth), Some(Segment::Index(_))) {
                place.0.insert(depth, Segment::Index(index));
                error.place = Some(place);
            }
        }
    }

    /// Says where a person finds the last finding, if its path says less.
    pub fn place(&mut self, path: &Path<'_>) {
        if let Some(last) = self.0.last_mut() {
            last.place = Some(path.to_owned());
        }
    }

    /// Says that another place belongs to the last finding.
    pub fn related(&mut self, path: &Path<'_>) {
        if let Some(last) = self.0.last_mut() {
            last.related.push(path.to_owned());
        }
    }

    /// [`Errors::related`] for a path that was kept.
    pub fn related_owned(&mut self, path: FieldPath) {
        if let Some(last) = self.0.last_mut() {
            last.related.push(path);
        }
    }

    /// Each text once, the first of its kind: the server tells equal warnings once.
    pub fn distinct(&mut self) {
        let mut seen = BTreeSet::new();
        self.0.retain(|error| seen.insert(error.message.clone()));
    }

    /// `Required value[: detail]`.
    pub fn required(&mut self, code: &'static str, path: &Path<'_>, detail: &str) {
        self.add(code, Cause::Required, path, "Required value", None, detail);
    }

    /// `Invalid value: VALUE: detail`.
    pub fn invalid<'v>(&mut self, code: &'static str, path: &Path<'_>, value: impl Into<Shown<'v>>, detail: &str) {
        self.add(code, Cause::Invalid, path, "Invalid value", Some(value.into()), detail);
    }

    /// One `Invalid value` for each of `details`.
    pub fn invalid_each(&mut self, code: &'static str, path: &Path<'_>, value: &str, details: Vec<&'static str>) {
        for detail in details {
            self.invalid(code, path, value, detail);
        }
    }

    /// `Unsupported value: VALUE: supported values: "a", "b"`; `value` is of a named string type.
    pub fn not_supported(&mut self, code: &'static str, path: &Path<'_>, value: &str, supported: &[&str]) {
        self.not_supported_value(code, path, Shown::Named(value), supported);
    }

    /// [`Errors::not_supported`] for a plain `string` and other values.
    pub fn not_supported_value(&mut self, code: &'static str, path: &Path<'_>, value: Shown<'_>, supported: &[&str]) {
        let mut detail = String::new();
        for (i, name) in supported.iter().enumerate() {
            detail.push_str(if i == 0 { "supported values: " } else { ", " });
            push_go_quoted(&mut detail, name);
        }
        self.add(code, Cause::NotSupported, path, "Unsupported value", Some(value), &detail);
    }

    /// `Forbidden: detail`.
    pub fn forbidden(&mut self, code: &'static str, path: &Path<'_>, detail: &str) {
        self.add(code, Cause::Forbidden, path, "Forbidden", None, detail);
    }

    /// `Duplicate value: VALUE`.
    pub fn duplicate<'v>(&mut self, code: &'static str, path: &Path<'_>, value: impl Into<Shown<'v>>) {
        self.add(code, Cause::Duplicate, path, "Duplicate value", Some(value.into()), "");
    }

    /// Says more of the last finding: `…: detail`.
    pub fn detail(&mut self, detail: &str) {
        if let Some(last) = self.0.last_mut() {
            last.message.push_str(": ");
            last.message.push_str(detail);
        }
    }

    /// `Not found: VALUE[: detail]`.
    pub fn not_found(&mut self, code: &'static str, path: &Path<'_>, value: &str, detail: &str) {
        self.add(code, Cause::NotFound, path, "Not found", Some(Shown::Str(value)), detail);
    }

    /// `Too long: may not be more than MAX bytes`.
    pub fn too_long(&mut self, code: &'static str, path: &Path<'_>, max: i64) {
        let mut detail = String::from("may not be more than ");
        push_int(&mut detail, max);
        detail.push_str(" bytes");
        self.add(code, Cause::TooLong, path, "Too long", None, &detail);
    }

    /// `Too many: COUNT: must have at most MAX items`.
    pub fn too_many(&mut self, code: &'static str, path: &Path<'_>, count: usize, max: i64) {
        let mut detail = String::from("must have at most ");
        push_int(&mut detail, max);
        detail.push_str(if max == 1 { " item" } else { " items" });
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.add(code, Cause::TooMany, path, "Too many", Some(Shown::Int(count)), &detail);
    }

    /// A warning: `PATH: TEXT`, or the bare text where `with_path` is false.
    pub fn warning(&mut self, code: &'static str, path: &Path<'_>, text: &str, with_path: bool) {
        let mut message = String::new();
        if with_path {
            let _ = write!(message, "{path}: ");
        }
        message.push_str(text);
        self.0.push(FieldError::new(code, Cause::Invalid, path, message));
    }

    fn add(
        &mut self,
        code: &'static str,
        cause: Cause,
        path: &Path<'_>,
        kind: &str,
        value: Option<Shown<'_>>,
        detail: &str,
    ) {
        let mut message = String::from(kind);
        if let Some(value) = value {
            message.push_str(": ");
            value.push_to(&mut message);
        }
        if !detail.is_empty() {
            message.push_str(": ");
            message.push_str(detail);
        }
        self.0.push(FieldError::new(code, cause, path, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(text: &str) -> String {
        let mut out = String::new();
        push_go_quoted(&mut out, text);
        out
    }

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(go("a\"b\\c\td"), r#""a\"b\\c\td""#);
        assert_eq!(go("k\u{a0}k\u{200b}é中😀\u{1}\u{7f}"), r#""k\u00a0k\u200bé中😀\x01\x7f""#);
        assert_eq!(go("\u{e0001}"), r#""\U000e0001""#);
    }

    #[test]
    fn quotes_named_strings_as_json() {
        let mut out = String::new();
        push_json_quoted(&mut out, "<a>&\u{7}\u{a0}");
        assert_eq!(out, "\"\\u003ca\\u003e\\u0026\\u0007\u{a0}\"");
    }
}
