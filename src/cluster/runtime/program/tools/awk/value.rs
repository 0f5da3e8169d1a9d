//! Values of awk: numbers, texts, and texts from outside that may be numbers.

use std::rc::Rc;

use super::super::super::shell::printf::general;

/// A value.
#[derive(Clone, Debug, Default)]
pub(super) enum Value {
    /// Never set: empty and zero.
    #[default]
    Nothing,
    Number(f64),
    Text(Rc<str>),
    /// From the input: a number where it looks like one.
    Input(Rc<str>),
}

/// The number a text begins with.
pub(super) fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    end += digits(end);
    if bytes.get(end) == Some(&b'.') {
        end += 1;
        end += digits(end);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let count = digits(end + 1 + sign);
        if count > 0 {
            end += 1 + sign + count;
        }
    }
    text.get(..end).and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

fn looks_like_number(text: &str) -> bool {
    let trimmed = text.trim();
    trimmed.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')) && trimmed.parse::<f64>().is_ok()
}

/// A number as awk prints it.
pub(super) fn shown(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        value if value == value.trunc() && value.abs() < 1e16 => format!("{value:.0}"),
        value => general_signed(value),
    }
}

fn general_signed(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", general(value.abs(), 6))
}

impl Value {
    pub fn number(&self) -> f64 {
        match self {
            Value::Nothing => 0.0,
            Value::Number(number) => *number,
            Value::Text(text) | Value::Input(text) => number(text),
        }
    }

    pub fn text(&self) -> Rc<str> {
        match self {
            Value::Nothing => "".into(),
            Value::Number(number) => shown(*number).into(),
            Value::Text(text) | Value::Input(text) => text.clone(),
        }
    }

    pub fn is_true(&self) -> bool {
        match self {
            Value::Nothing => false,
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Input(text) if looks_like_number(text) => number(text) != 0.0,
            Value::Input(text) => !text.is_empty(),
        }
    }

    fn is_numeric(&self) -> bool {
        match self {
            Value::Nothing | Value::Number(_) => true,
            Value::Text(_) => false,
            Value::Input(text) => looks_like_number(text),
        }
    }

    /// How two values stand to one another: as numbers where both are, else as texts.
    pub fn compare(&self, other: &Value) -> std::cmp::Ordering {
        if self.is_numeric() && other.is_numeric() {
            self.number().partial_cmp(&other.number()).unwrap_or(std::cmp::Ordering::Equal)
        } else {
            self.text().cmp(&other.text())
        }
    }
}
