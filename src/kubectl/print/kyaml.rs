//! Values as KYAML: YAML in braces, texts quoted, keys bare, a comma after each entry (sigs.k8s.io/yaml/kyaml).

use serde_json::{Map, Value};

use super::json::fields_in_order;

/// The value as a document.
pub(in crate::kubectl) fn print(value: &Value) -> String {
    document(value, &|map| map.iter().collect())
}

/// The same, the fields in the order of the client's structs.
pub(in crate::kubectl) fn in_order(value: &Value) -> String {
    document(value, &fields_in_order)
}

/// The order in which the fields of a map are written.
type Order = dyn for<'a> Fn(&'a Map<String, Value>) -> Vec<(&'a String, &'a Value)>;

fn document(value: &Value, order: &Order) -> String {
    let mut out = "---\n".to_owned();
    brace(&mut out, value, 0, order);
    out.push('\n');
    out
}

fn brace(out: &mut String, value: &Value, level: usize, order: &Order) {
    let pad = |out: &mut String, level: usize| out.extend(std::iter::repeat_n(' ', level * 2));
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push_str("{\n");
            for (name, value) in order(map) {
                pad(out, level + 1);
                if is_bare(name) {
                    out.push_str(name);
                } else {
                    quoted(out, name);
                }
                out.push_str(": ");
                brace(out, value, level + 1, order);
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
                    brace(out, value, level, order);
                }
                out.push(']');
                return;
            }
            out.push_str("[\n");
            for value in list {
                pad(out, level + 1);
                brace(out, value, level + 1, order);
                out.push_str(",\n");
            }
            pad(out, level);
            out.push(']');
        }
        Value::String(text) if text.contains('\n') => lines(out, text, level),
        Value::String(text) => quoted(out, text),
        other => out.push_str(&other.to_string()),
    }
}

/// Whether a key needs no quotes: it is a word that nobody reads as a truth, a number or nothing.
fn is_bare(name: &str) -> bool {
    const READ: [&str; 11] = ["y", "n", "t", "f", "yes", "no", "on", "off", "true", "false", "null"];
    let word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    word && !READ.iter().any(|read| name.eq_ignore_ascii_case(read))
        && !name.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    escaped(out, text);
    out.push('"');
}

fn escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\r' => out.push_str("\\r"),
            '\t' => out.push(c),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// A text of several lines: one below the other, each ending in its escape.
fn lines(out: &mut String, text: &str, level: usize) {
    let pad = " ".repeat(level * 2 + 2);
    out.push_str("\"\\\n");
    for line in text.split_inclusive('\n') {
        let (bare, end) = line.strip_suffix('\n').map_or((line, ""), |bare| (bare, "\\n"));
        // A blank at the beginning would be taken for indentation.
        let mark = if bare.starts_with(' ') { '\\' } else { ' ' };
        out.push_str(&pad);
        out.push(mark);
        escaped(out, bare);
        out.push_str(end);
        out.push_str("\\\n");
    }
    out.push_str(&pad);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::print;
    use serde_json::json;

    #[test]
    fn values_are_written_in_braces() {
        let value = json!({"a": "one\n  two", "f": true, "g": "t\tb \"q\" \u{1}", "k/x": [{"n": 1}], "l": ["a"]});
        assert_eq!(
            print(&value),
            "---\n{\n  a: \"\\\n     one\\n\\\n    \\  two\\\n    \",\n  \"f\": true,\n  g: \"t\tb \\\"q\\\" \\x01\",\n  k/x: [{\n    \
             \"n\": 1,\n  }],\n  l: [\n    \"a\",\n  ],\n}\n"
        );
    }
}
