//! The words of an awk program.

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    /// A name of a variable or builtin.
    Name(String),
    /// A name with `(` right behind it: a call.
    Call(String),
    /// A keyword or operator.
    Sign(&'static str),
    Newline,
}

const KEYWORDS: &[&str] = &[
    "BEGIN", "END", "function", "func", "if", "else", "while", "for", "do", "break", "continue", "next", "nextfile",
    "exit", "return", "delete", "in", "getline", "print", "printf",
];
const BUILTINS: &[&str] = &[
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "sin", "cos", "atan2", "exp", "log",
    "sqrt", "int", "rand", "srand", "tolower", "toupper", "system", "close", "fflush", "systime", "strftime",
];
/// Longer ones stand before those they begin with.
const SIGNS: &[&str] = &[
    "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", ">>", "!~", "{",
    "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
];

pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

/// The words of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out: Vec<Token> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r']);
        let Some(c) = rest.chars().next() else { return Ok(out) };
        if let Some(after) = rest.strip_prefix("\\\n") {
            rest = after;
        } else if c == '#' {
            rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or_default();
        } else if c == '\n' {
            out.push(Token::Newline);
            rest = rest.get(1..).unwrap_or_default();
        } else if c == '"' {
            let (text, after) = quoted(rest.get(1..).unwrap_or_default(), '"')?;
            out.push(Token::Text(text));
            rest = after;
        } else if c == '/' && regex_may_follow(out.last()) {
            let (text, after) = regex(rest.get(1..).unwrap_or_default())?;
            out.push(Token::Regex(text));
            rest = after;
        } else if c.is_ascii_digit()
            || c == '.' && rest.get(1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
        {
            let end = number_end(rest);
            out.push(Token::Number(rest.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0.0)));
            rest = rest.get(end..).unwrap_or_default();
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            out.push(match KEYWORDS.iter().find(|keyword| **keyword == name) {
                Some(keyword) => Token::Sign(keyword),
                None if after.starts_with('(') && !is_builtin(name) => Token::Call(name.to_owned()),
                None => Token::Name(name.to_owned()),
            });
            rest = after;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            out.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else {
            return Err(format!("syntax error: unexpected '{c}'"));
        }
    }
}

fn regex_may_follow(last: Option<&Token>) -> bool {
    match last {
        None | Some(Token::Newline) => true,
        Some(Token::Sign(sign)) => !matches!(*sign, ")" | "]" | "$" | "++" | "--"),
        Some(_) => false,
    }
}

fn number_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(0);
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
    end
}

fn quoted(text: &str, end: char) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == end {
            return Ok((out, text.get(at + 1..).unwrap_or_default()));
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some((_, 'n')) => out.push('\n'),
            Some((_, 't')) => out.push('\t'),
            Some((_, 'r')) => out.push('\r'),
            Some((_, c @ ('"' | '\\' | '/'))) => out.push(c),
            Some((_, '\n')) => {}
            Some((at, c @ '0'..='7')) => {
                let mut value = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let next = text.get(at + 1..).and_then(|_| chars.clone().next()).and_then(|(_, c)| c.to_digit(8));
                    let Some(digit) = next else { break };
                    value = value * 8 + digit;
                    chars.next();
                }
                out.extend(char::from_u32(value));
            }
            Some((_, c)) => out.extend(['\\', c]),
            None => break,
        }
    }
    Err("unterminated string".to_owned())
}

fn regex(text: &str) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut in_set = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '/' if !in_set => return Ok((out, text.get(at + 1..).unwrap_or_default())),
            '\\' => match chars.next() {
                Some((_, '/')) => out.push('/'),
                Some((_, c)) => out.extend(['\\', c]),
                None => break,
            },
            '\n' => break,
            c => {
                in_set = if c == '[' { true } else { in_set && c != ']' };
                out.push(c);
            }
        }
    }
    Err("unterminated regular expression".to_owned())
}
