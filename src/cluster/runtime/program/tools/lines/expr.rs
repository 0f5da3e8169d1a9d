//! What `expr` computes.

use super::super::regex::Regex;

/// The value of `expr`.
pub(in super::super) fn expr(words: &[&str]) -> Result<String, String> {
    let mut at = 0;
    let value = expr_level(words, &mut at, 0, 0)?;
    if at < words.len() { Err("syntax error".to_owned()) } else { Ok(value) }
}

const LEVELS: &[&[&str]] =
    &[&["|"], &["&"], &["=", "==", "!=", "<", "<=", ">", ">="], &["+", "-"], &["*", "/", "%"], &[":"]];

fn expr_level(words: &[&str], at: &mut usize, level: usize, depth: usize) -> Result<String, String> {
    if depth > 200 {
        return Err("syntax error".to_owned());
    }
    let Some(operators) = LEVELS.get(level) else {
        let word = words.get(*at).ok_or("syntax error")?;
        *at += 1;
        return match *word {
            "(" => {
                let value = expr_level(words, at, 0, depth + 1)?;
                if words.get(*at) != Some(&")") {
                    return Err("syntax error".to_owned());
                }
                *at += 1;
                Ok(value)
            }
            "length" if *at < words.len() => {
                let text = expr_level(words, at, LEVELS.len(), depth + 1)?;
                Ok(text.chars().count().to_string())
            }
            "match" if *at + 1 < words.len() => {
                let text = expr_level(words, at, LEVELS.len(), depth + 1)?;
                let pattern = expr_level(words, at, LEVELS.len(), depth + 1)?;
                matched(&text, &pattern)
            }
            "substr" if *at + 2 < words.len() => {
                let text = expr_level(words, at, LEVELS.len(), depth + 1)?;
                let from: usize = expr_level(words, at, LEVELS.len(), depth + 1)?.parse().unwrap_or(0);
                let length: usize = expr_level(words, at, LEVELS.len(), depth + 1)?.parse().unwrap_or(0);
                Ok(if from == 0 { String::new() } else { text.chars().skip(from - 1).take(length).collect() })
            }
            word => Ok(word.to_owned()),
        };
    };
    let mut left = expr_level(words, at, level + 1, depth + 1)?;
    while let Some(operator) = words.get(*at).filter(|word| operators.contains(word)) {
        *at += 1;
        let right = expr_level(words, at, level + 1, depth + 1)?;
        let empty = |text: &str| text.is_empty() || text == "0";
        let numbers = left.parse::<i64>().ok().zip(right.parse::<i64>().ok());
        left = match *operator {
            "|" => {
                if empty(&left) {
                    right
                } else {
                    left
                }
            }
            "&" => {
                if empty(&left) || empty(&right) {
                    "0".to_owned()
                } else {
                    left
                }
            }
            ":" => matched(&left, &right)?,
            "+" | "-" | "*" | "/" | "%" => {
                let (a, b) = numbers.ok_or("non-numeric argument")?;
                let value = match *operator {
                    "+" => a.checked_add(b),
                    "-" => a.checked_sub(b),
                    "*" => a.checked_mul(b),
                    _ if b == 0 => return Err("division by zero".to_owned()),
                    "/" => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                value.ok_or("number too large")?.to_string()
            }
            _ => {
                let order = match numbers {
                    Some((a, b)) => a.cmp(&b),
                    None => left.cmp(&right),
                };
                let answer = match *operator {
                    "=" | "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                };
                u8::from(answer).to_string()
            }
        };
    }
    Ok(left)
}

/// `text : pattern`, which is fixed at the beginning.
fn matched(text: &str, pattern: &str) -> Result<String, String> {
    let regex = Regex::new(&format!("^{}", pattern.trim_start_matches('^')), false, false)?;
    let chars: Vec<char> = text.chars().collect();
    let fit = regex.find(&chars, 0);
    let has_group = pattern.contains("\\(");
    Ok(match fit {
        None if has_group => String::new(),
        None => "0".to_owned(),
        Some(fit) => match (has_group, fit.get(1).copied().flatten(), fit.first().copied().flatten()) {
            (true, Some((from, to)), _) => chars.get(from..to).unwrap_or_default().iter().collect(),
            (true, None, _) => String::new(),
            (false, _, whole) => whole.map_or(0, |(from, to)| to - from).to_string(),
        },
    })
}
