//! Values as YAML the way kubectl writes them (sigs.k8s.io/yaml over go-yaml 2 and libyaml's emitter): keys sorted,
//! lists at the column of their key, long texts folded at 80 columns.

use serde_json::Value;

/// What a line holds before a blank of a long text becomes a line break.
const WIDTH: usize = 80;

/// The value as a document.
pub(in crate::kubectl) fn print(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(&mut out, value, 0),
        Value::Array(list) if !list.is_empty() => block(&mut out, value, 0),
        other => {
            scalar(&mut out, other, 0);
            out.push('\n');
        }
    }
    out
}

fn indent(out: &mut String, columns: usize) {
    out.extend(std::iter::repeat_n(' ', columns));
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    }
}

/// Writes a map or list whose first line begins where `out` stands.
fn block(out: &mut String, value: &Value, column: usize) {
    match value {
        Value::Object(map) => {
            for (number, (name, value)) in map.iter().enumerate() {
                if number > 0 {
                    indent(out, column);
                }
                key(out, name, column);
                match value {
                    Value::Object(_) if is_block(value) => {
                        out.push('\n');
                        indent(out, column + 2);
                        block(out, value, column + 2);
                    }
                    Value::Array(_) if is_block(value) => {
                        out.push('\n');
                        indent(out, column);
                        block(out, value, column);
                    }
                    scalar_value => {
                        out.push(' ');
                        scalar(out, scalar_value, column + 2);
                        out.push('\n');
                    }
                }
            }
        }
        Value::Array(list) => {
            for (number, value) in list.iter().enumerate() {
                if number > 0 {
                    indent(out, column);
                }
                out.push_str("- ");
                if is_block(value) {
                    block(out, value, column + 2);
                } else {
                    scalar(out, value, column + 2);
                    out.push('\n');
                }
            }
        }
        _ => {}
    }
}

fn key(out: &mut String, name: &str, column: usize) {
    // A key is never folded, and never a block of lines.
    text(out, name, column, false);
    out.push(':');
}

fn scalar(out: &mut String, value: &Value, column: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::String(value) => text(out, value, column, true),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        other => out.push_str(&other.to_string()),
    }
}

fn text(out: &mut String, text: &str, column: usize, may_break: bool) {
    match style(text, may_break) {
        Style::Literal => literal(out, text, column),
        Style::Plain => folded(out, text, column, may_break, |out, c| out.push(c)),
        Style::Single => {
            out.push('\'');
            folded(out, text, column, may_break, |out, c| match c {
                '\'' => out.push_str("''"),
                c => out.push(c),
            });
            out.push('\'');
        }
        Style::Double => double(out, text, column, may_break),
    }
}

enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What ends a line for the emitter (yamlprivateh.go is_break).
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What the emitter writes as it is (yamlprivateh.go is_printable): nothing beyond the first plane, so no emoji.
fn is_printable(c: char) -> bool {
    c == '\n' || !(c.is_control() || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}') || u32::from(c) > 0xFFFF)
}

/// How a text is written (go-yaml: encode.go stringv; libyaml: yaml_emitter_analyze_scalar,
/// yaml_emitter_select_scalar_style). What may not break, a key, is never a block of lines.
fn style(text: &str, may_break: bool) -> Style {
    let blank_before_break = text.chars().zip(text.chars().skip(1)).any(|(c, next)| c == ' ' && is_break(next));
    let needs_escapes = blank_before_break || !text.chars().all(is_printable);
    if text.contains('\n') {
        return if needs_escapes || text.ends_with(' ') || !may_break { Style::Double } else { Style::Literal };
    }
    let breaks = text.contains(is_break);
    let blank_after_break = text.chars().zip(text.chars().skip(1)).any(|(c, next)| is_break(c) && next == ' ');
    if needs_escapes || blank_after_break || reads_as_something_else(text) || (breaks && !may_break) {
        return Style::Double;
    }
    let edge_blank = text.starts_with(' ') || text.ends_with(' ');
    let first = text.chars().next().unwrap_or(' ');
    let second = text.chars().nth(1).unwrap_or(' ');
    let leads = "#,[]{}&*!|>'\"%@`".contains(first) || "-?:".contains(first) && second == ' ';
    let colon = text.contains(": ") || text.ends_with(':') || text.contains(" #");
    let document = text.starts_with("---") || text.starts_with("...");
    if breaks || edge_blank || leads || colon || document { Style::Single } else { Style::Plain }
}

/// Whether a plain text would be read as a number, a truth, nothing or a date (go-yaml: resolve.go, and the words
/// that only older readers take for truths: encode.go isOldBool, isBase60Float).
fn reads_as_something_else(text: &str) -> bool {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"];
    if text.is_empty() || matches!(text.strip_prefix(['+', '-']).unwrap_or(text), ".inf" | ".Inf" | ".INF") {
        return true;
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    let cased = |word: &&str| {
        let mut title = word.to_string();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        lower == **word && (text == *word || text == word.to_ascii_uppercase() || text == title)
    };
    WORDS.iter().any(cased) || is_number(text) || is_base60(text) || is_date(text)
}

fn is_number(text: &str) -> bool {
    if text.starts_with('_') {
        return false;
    }
    let plain = text.replace('_', "");
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    let radix = |prefix: &str, radix: u32| {
        digits.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix)))
    };
    if radix("0x", 16) || radix("0b", 2) || radix("0o", 8) {
        return true;
    }
    let begins = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    begins && digits.bytes().any(|b| b.is_ascii_digit()) && digits.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_base60(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = digits.split(':');
    let first = parts.next().unwrap_or_default();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let sixty = |part: &str| {
        let whole = part.split('.').next().unwrap_or_default();
        (1..=2).contains(&whole.len()) && number(whole) && whole.parse::<u8>().is_ok_and(|whole| whole < 60)
    };
    let rest: Vec<&str> = parts.collect();
    number(first) && !rest.is_empty() && rest.iter().all(|part| sixty(part))
}

/// A date or an instant, as go-yaml reads them: `2006-1-2`, `2006-01-02T15:04:05Z`.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let digits = |part: Option<&str>, least: usize, most: usize| {
        part.is_some_and(|part| (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_day = digits(parts.next(), 4, 4)
        && digits(parts.next(), 1, 2)
        && digits(parts.next(), 1, 2)
        && parts.next().is_none();
    is_day && time.is_none_or(|time| time.bytes().next().is_some_and(|b| b.is_ascii_digit()) && time.contains(':'))
}

fn column_of(out: &str) -> usize {
    out.chars().rev().take_while(|c| *c != '\n').count()
}

/// Writes a text; a single blank past the width becomes a line break.
fn folded(out: &mut String, text: &str, column: usize, may_break: bool, put: impl Fn(&mut String, char)) {
    let mut at = column_of(out);
    let (mut blank_before, mut break_before) = (false, false);
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        let last = chars.peek().is_none();
        if is_break(c) {
            out.push(c);
            at = 0;
        } else if c == ' ' && may_break && !blank_before && !first && !last && at > WIDTH && chars.peek() != Some(&' ')
        {
            out.push('\n');
            indent(out, column);
            at = column;
            blank_before = true;
        } else {
            if break_before {
                indent(out, column);
                at = column;
            }
            let before = out.len();
            put(out, c);
            at += out.get(before..).unwrap_or_default().chars().count();
            blank_before = c == ' ';
        }
        break_before = is_break(c);
        first = false;
    }
}

fn double(out: &mut String, text: &str, column: usize, may_break: bool) {
    out.push('"');
    let mut at = column_of(out);
    let mut chars = text.chars().enumerate().peekable();
    let mut blank_before = false;
    while let Some((number, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        if c == ' ' && may_break && !blank_before && at > WIDTH && number > 0 && next.is_some() {
            out.push('\n');
            indent(out, column);
            at = column;
            if next == Some(' ') {
                out.push('\\');
                at += 1;
            }
            blank_before = true;
            continue;
        }
        let before = out.len();
        // Behind a byte order mark the emitter takes every character for one (yamlprivateh.go is_bom).
        let marked = text.starts_with('\u{feff}') && !matches!(c, '"' | '\\');
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if u32::from(c) > 0xFFFF => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c if u32::from(c) > 0xFF && (marked || !is_printable(c)) => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)))
            }
            c if marked || c.is_control() => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => out.push(c),
        }
        blank_before = c == ' ';
        at += out.get(before..).unwrap_or_default().chars().count();
    }
    out.push('"');
}

fn literal(out: &mut String, text: &str, column: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = text.strip_suffix(is_break);
    out.push_str(match body {
        None => "-",
        Some(body) if body.ends_with(is_break) || body.is_empty() => "+",
        Some(_) => "",
    });
    out.push('\n');
    let mut begins = true;
    // The caller ends the last line.
    for c in text.strip_suffix('\n').unwrap_or(text).chars() {
        if begins && !is_break(c) {
            indent(out, column);
        }
        out.push(c);
        begins = is_break(c);
    }
}

#[cfg(test)]
mod tests {
    use super::print;
    use serde_json::json;

    #[test]
    fn texts_are_quoted_where_a_reader_would_take_them_for_something_else() {
        let value = json!({
            "a": ["y", "1", "1.5", "0x1F", "2026-11-23T05:14:40Z", "", "a: b", "-", "- x", "*", "sleep 1", "it's", "'q'",
                "12:30", "v1", "250m", "no", "NO", "nO", "1e3", "=", "a #b", "@x", "null", "\t"],
            "b": {}, "c": [], "d": null, "e": "x\ny\n", "f": "x\ny", "g": true
        });
        let want = "a:\n- \"y\"\n- \"1\"\n- \"1.5\"\n- \"0x1F\"\n- \"2026-11-23T05:14:40Z\"\n- \"\"\n- 'a: b'\n- '-'\n- '- x'\n- '*'\n\
                    - sleep 1\n- it's\n- '''q'''\n- \"12:30\"\n- v1\n- 250m\n- \"no\"\n- \"NO\"\n- nO\n- \"1e3\"\n- =\n- 'a #b'\n- '@x'\n\
                    - \"null\"\n- \"\\t\"\nb: {}\nc: []\nd: null\ne: |\n  x\n  y\nf: |-\n  x\n  y\ng: true\n";
        assert_eq!(print(&value), want);
    }

    #[test]
    fn emoji_and_odd_blanks_are_escaped_as_the_emitter_does() {
        let value = json!({"a": ["😀", "😀\nb\n", "  lead\nb\n", "a\n ", "a \nb", "_1", "1e400", ".Inf", "-.INF", "<<", "a\u{2028}b"]});
        let want = "a:\n- \"\\U0001F600\"\n- \"\\U0001F600\\nb\\n\"\n- |2\n    lead\n  b\n- \"a\\n \"\n- \"a \\nb\"\n- _1\n- 1e400\n\
                    - \".Inf\"\n- \"-.INF\"\n- <<\n- 'a\u{2028}  b'\n";
        assert_eq!(print(&value), want);
    }

    #[test]
    fn long_texts_are_folded_at_blanks() {
        let text =
            "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }, that the pod";
        assert_eq!(
            print(&json!({"message": text})),
            "message: '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready:\n  }, that the pod'\n"
        );
    }
}
