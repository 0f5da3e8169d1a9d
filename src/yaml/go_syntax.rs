//! Values as Go's `%#v` prints them, for the two complaints that quote them.

use std::fmt::Write as _;

use super::number::go_syntax_float;
use super::resolve::resolve;
use super::tree::{NodeId, NodeKind, Tree};
use super::value::Scalar;

/// What is quoted is cut here; Go would print it all.
const LONGEST: usize = 4096;

/// The node as Go prints what go-yaml makes of it.
pub(super) fn of_node(tree: &Tree<'_>, id: NodeId) -> String {
    let mut text = String::new();
    write_node(tree, id, &mut text, 0);
    text
}

fn write_node(tree: &Tree<'_>, id: NodeId, into: &mut String, depth: usize) {
    if depth > 100 || into.len() > LONGEST {
        return;
    }
    let id = tree.follow(id);
    let node = tree.node(id);
    match &node.kind {
        NodeKind::Scalar { value, plain, .. } => match resolve(node.tag.as_deref(), *plain, value) {
            // What is inside something has the type of an interface.
            Ok(Scalar::Null) if depth > 0 => into.push_str("interface {}(nil)"),
            Ok(scalar) => into.push_str(&of_scalar(&scalar)),
            Err(_) => into.push_str("<nil>"),
        },
        NodeKind::Sequence { items, .. } => {
            into.push_str("[]interface {}{");
            for (i, item) in items.iter().enumerate() {
                into.push_str(if i > 0 { ", " } else { "" });
                write_node(tree, *item, into, depth + 1);
            }
            into.push('}');
        }
        NodeKind::Mapping { pairs, .. } => {
            into.push_str("map[interface {}]interface {}{");
            // Go prints maps sorted by key.
            let mut printed: Vec<(String, NodeId)> = pairs.iter().map(|(k, v)| (key(tree, *k, depth), *v)).collect();
            collections::sort_by(&mut printed, |a, b| a.0.cmp(&b.0));
            for (i, (key, value)) in printed.iter().enumerate() {
                into.push_str(if i > 0 { ", " } else { "" });
                into.push_str(key);
                into.push(':');
                write_node(tree, *value, into, depth + 1);
            }
            into.push('}');
        }
        NodeKind::Alias { .. } => {}
    }
}

fn key(tree: &Tree<'_>, id: NodeId, depth: usize) -> String {
    let mut text = String::new();
    write_node(tree, id, &mut text, depth + 1);
    text
}

fn of_scalar(scalar: &Scalar<'_>) -> String {
    match scalar {
        Scalar::Null => "<nil>".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Uint(value) => format!("{value:#x}"),
        Scalar::Float(value) => go_syntax_float(*value),
        Scalar::Str(value) => quote(value),
    }
}

/// Text as Go's `%q` prints it (strconv.Quote).
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(c));
            }
            _ if is_printable(c) => quoted.push(c),
            _ if u32::from(c) < 0x10000 => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Roughly Go's `strconv.IsPrint`: everything but control characters, blanks that are no space, formats and gaps.
fn is_printable(c: char) -> bool {
    !(c.is_control()
        || c.is_whitespace() && c != ' '
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_as_go_quotes_it() {
        assert_eq!(quote("a\"b\\\n\x01\u{7f}é😀\u{feff}"), "\"a\\\"b\\\\\\n\\x01\\x7fé😀\\ufeff\"");
    }

    #[test]
    fn what_is_nil_inside_something_is_an_interface() {
        let text = crate::yaml::terminated("{spec: ~, list: [~]}: a\n");
        let documents = crate::yaml::split(&text);
        let error = crate::yaml::Values::resolve(&documents[0].tree).err().unwrap();
        let shown =
            "map[interface {}]interface {}{\"list\":[]interface {}{interface {}(nil)}, \"spec\":interface {}(nil)}";
        assert_eq!(error.message, format!("yaml: invalid map key: {shown}"));
    }
}
