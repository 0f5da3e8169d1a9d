//! What `awk` does with numbers and texts.

use super::*;

pub(super) fn calculate(operator: &str, left: f64, right: f64) -> Ran<f64> {
    Ok(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" | "%" if right == 0.0 => return Err("division by zero".to_owned()),
        "/" => left / right,
        "%" => left % right,
        _ => left.powf(right),
    })
}

/// The fields of a text: at blanks, at a character, or at an expression.
pub(super) fn split(text: &str, separator: &str) -> Vec<String> {
    if separator == " " {
        return text.split([' ', '\t', '\n']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    }
    if text.is_empty() {
        return Vec::new();
    }
    let mut chars = separator.chars();
    match (chars.next(), chars.next()) {
        (None, _) => text.chars().map(String::from).collect(),
        (Some(c), None) if c != '\\' => text.split(c).map(str::to_owned).collect(),
        _ => match regex(separator) {
            Ok(regex) => split_by(text, &regex),
            Err(_) => vec![text.to_owned()],
        },
    }
}

pub(super) fn split_by(text: &str, regex: &Regex) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at, mut from) = (Vec::new(), 0, 0);
    while let Some((start, end)) = regex.find(&chars, from).and_then(|fit| fit.first().copied().flatten()) {
        if end == start {
            from = end + 1;
            if from > chars.len() {
                break;
            }
            continue;
        }
        out.push(chars.get(at..start).unwrap_or_default().iter().collect());
        at = end;
        from = end;
    }
    out.push(chars.get(at..).unwrap_or_default().iter().collect());
    out
}

/// The text with what fits replaced (once, or everywhere), and how often.
pub(super) fn substitute(regex: &Regex, with: &str, text: &str, all: bool) -> (String, usize) {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at, mut count) = (String::new(), 0, 0);
    let mut last_end = None;
    while at <= chars.len() && out.len() < HELD {
        let Some((start, end)) = regex.find(&chars, at).and_then(|fit| fit.first().copied().flatten()) else { break };
        out.extend(chars.get(at..start).unwrap_or_default());
        if end > start || last_end != Some(start) {
            count += 1;
            let mut pieces = with.chars();
            while let Some(c) = pieces.next() {
                match c {
                    '&' => out.extend(chars.get(start..end).unwrap_or_default()),
                    '\\' => match pieces.next() {
                        Some(c @ ('&' | '\\')) => out.push(c),
                        Some(c) => out.extend(['\\', c]),
                        None => out.push('\\'),
                    },
                    c => out.push(c),
                }
            }
        }
        last_end = Some(end);
        at = end;
        if end == start {
            out.extend(chars.get(end));
            at += 1;
        }
        if !all {
            break;
        }
    }
    out.extend(chars.get(at..).unwrap_or_default());
    (out, count)
}

/// What `printf` makes of a format and its values.
pub(super) fn formatted(values: &[Value]) -> Vec<u8> {
    let Some((form, values)) = values.split_first() else { return Vec::new() };
    let form = form.text();
    let mut values = values.iter();
    let mut out = Vec::new();
    let mut rest = form.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        if let Some(after) = rest.strip_prefix(b"%") {
            out.push(b'%');
            rest = after;
            continue;
        }
        let form = Form::read(&mut rest, &mut || values.next().map_or(0, |value| value.number() as i64));
        let Some((&letter, after)) = rest.split_first() else { break };
        rest = after;
        let value = values.next().cloned().unwrap_or_default();
        match letter {
            b'd' | b'i' | b'o' | b'x' | b'X' | b'u' => form.integer(&mut out, value.number() as i64, letter),
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' => form.float(&mut out, value.number(), letter),
            b'c' => {
                let c = match &value {
                    Value::Number(code) => char::from_u32(*code as u32),
                    other => other.text().chars().next(),
                };
                form.text(&mut out, c.map(String::from).unwrap_or_default().as_bytes());
            }
            _ => form.text(&mut out, value.text().as_bytes()),
        }
    }
    out
}

pub(super) fn unescaped(text: &str) -> String {
    let (bytes, _) = crate::cluster::runtime::program::shell::escapes::unescape(text.as_bytes(), false);
    String::from_utf8_lossy(&bytes).into_owned()
}
