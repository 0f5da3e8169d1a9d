//! Values as JSON and KYAML the way kubectl writes them.

use serde_json::Value;

/// JSON with four blanks a level, and what HTML minds written as escapes (Go: encoding/json).
pub(in crate::kubectl) fn print(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Some(0));
    out.push('\n');
    out
}

/// JSON in one line.
pub(in crate::kubectl) fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, None);
    out
}

fn line(out: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', level * 4));
    }
}

fn write(out: &mut String, value: &Value, level: Option<usize>) {
    let inner = level.map(|level| level + 1);
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (number, (name, value)) in map.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                line(out, inner);
                string(out, name);
                out.push_str(if level.is_some() { ": " } else { ":" });
                write(out, value, inner);
            }
            line(out, level);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (number, value) in list.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                line(out, inner);
                write(out, value, inner);
            }
            line(out, level);
            out.push(']');
        }
        Value::String(text) => string(out, text),
        other => out.push_str(&other.to_string()),
    }
}

fn string(out: &mut String, text: &str) {
    for c in Value::String(text.to_owned()).to_string().chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
}

/// KYAML: YAML in braces, texts quoted, keys bare, a comma after each entry (sigs.k8s.io/yaml/kyaml).
pub(in crate::kubectl) fn kyaml(value: &Value) -> String {
    let mut out = "---\n".to_owned();
    brace(&mut out, value, 0);
    out.push('\n');
    out
}

fn brace(out: &mut String, value: &Value, level: usize) {
    let pad = |out: &mut String, level: usize| out.extend(std::iter::repeat_n(' ', level * 2));
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push_str("{\n");
            for (name, value) in map {
                pad(out, level + 1);
                let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
                let reserved =
                    matches!(name.as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null");
                if bare && !reserved && !name.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                    out.push_str(name);
                } else {
                    out.push_str(&Value::String(name.clone()).to_string());
                }
                out.push_str(": ");
                brace(out, value, level + 1);
                out.push_str(",\n");
            }
            pad(out, level);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            // Maps in a list share their braces' line with it.
            let maps = list.iter().all(|value| value.as_object().is_some_and(|map| !map.is_empty()));
            if maps {
                out.push('[');
                for (number, value) in list.iter().enumerate() {
                    if number > 0 {
                        out.push_str(", ");
                    }
                    brace(out, value, level);
                }
                out.push(']');
                return;
            }
            out.push_str("[\n");
            for value in list {
                pad(out, level + 1);
                brace(out, value, level + 1);
                out.push_str(",\n");
            }
            pad(out, level);
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
