//! The text of a JSONPath template, read (client-go: util/jsonpath/parser.go).

use serde_json::{Number, Value};

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// What stands between braces: each node works on what the one before it found.
    List(Vec<Node>),
    /// Text outside braces, or quoted inside.
    Text(String),
    /// `.name` or `['name']`.
    Field(String),
    /// `[1]`, `[-1]`, `[0:2]`, `[::2]`, `[*]`: begin, end and step, with whether the end follows from the begin.
    Slice { from: Option<i64>, to: Option<i64>, derived: bool, by: Option<i64> },
    /// `[?(@.a=="b")]`; no operator where only being there counts.
    Filter { left: Vec<Node>, operator: String, right: Vec<Node> },
    /// A number or a truth.
    Literal(Value),
    /// `.*`.
    Every,
    /// `..`: this and everything below.
    Below,
    /// `['a','b']`, `[0,2]`.
    Union(Vec<Vec<Node>>),
    /// `range` or `end`; other words mean nothing.
    Word(String),
}

/// Reads a template: its text and what stands in braces, in order.
///
/// # Errors
/// What is wrong with it, in the words of the library.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { chars: text.chars().collect(), start: 0, at: 0 };
    let mut nodes = Vec::new();
    loop {
        match parser.peek() {
            Some('{') => {
                nodes.extend(parser.text());
                parser.at += 1;
                parser.taken();
                nodes.push(Node::List(parser.action()?));
            }
            Some(_) => parser.at += 1,
            None => break,
        }
    }
    nodes.extend(parser.text());
    Ok(nodes)
}

/// What stands in the braces of a template of nothing else.
fn inside(text: &str) -> Result<Vec<Node>, String> {
    match parse(&format!("{{{text}}}"))?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Parser {
    chars: Vec<char>,
    /// Where what has not been taken begins.
    start: usize,
    at: usize,
}

fn ends_word(c: Option<char>) -> bool {
    c.is_none_or(|c| " \t\r\n.,[]$@{}".contains(c))
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn begins(&self, word: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        rest.len() >= word.len() && word.chars().zip(rest).all(|(a, b)| a == *b)
    }

    /// What was passed since the last call.
    fn taken(&mut self) -> String {
        let text = self.chars.get(self.start..self.at).unwrap_or_default().iter().collect();
        self.start = self.at;
        text
    }

    fn text(&mut self) -> Option<Node> {
        Some(self.taken()).filter(|text| !text.is_empty()).map(Node::Text)
    }

    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.begins("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.begins("..") {
                if nodes.last() == Some(&Node::Below) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                self.at += 2;
                self.taken();
                nodes.push(Node::Below);
                if self.peek().is_some_and(is_word) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.next() {
                None | Some('\r' | '\n') => return Err("unclosed action".to_owned()),
                Some('}') => {
                    self.taken();
                    return Ok(nodes);
                }
                Some(' ' | '@' | '$') => _ = self.taken(),
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quote(quote)?),
                Some('.') => {
                    self.taken();
                    nodes.push(self.field());
                }
                Some(c) if c == '+' || c == '-' || c.is_numeric() => nodes.push(self.number()?),
                Some(c) if is_word(c) => {
                    while !ends_word(self.peek()) {
                        self.at += 1;
                    }
                    nodes.push(match self.taken() {
                        word if word == "true" || word == "false" => Node::Literal((word == "true").into()),
                        word => Node::Word(word),
                    });
                }
                Some(odd) => {
                    let shown = if odd.is_control() { String::new() } else { format!(" '{odd}'") };
                    return Err(format!("unrecognized character in action: U+{:04X}{shown}", u32::from(odd)));
                }
            }
        }
    }

    fn field(&mut self) -> Node {
        while !ends_word(self.peek()) {
            if self.next() == Some('\\') {
                self.next();
            }
        }
        match self.taken() {
            name if name == "*" => Node::Every,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        while self.peek().is_some_and(|c| c == '.' || c.is_numeric()) {
            self.at += 1;
        }
        let text = self.taken();
        let whole = text.parse::<i64>().ok().map(Number::from);
        let number = whole.or_else(|| Number::from_f64(text.parse().ok()?));
        number.map(|number| Node::Literal(number.into())).ok_or_else(|| format!("cannot parse number {text}"))
    }

    fn quote(&mut self, end: char) -> Result<Node, String> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_owned()),
                Some(c) if c == end && self.chars.get(self.at.wrapping_sub(2)) != Some(&'\\') => break,
                Some(_) => {}
            }
        }
        let text = self.taken();
        unquoted(&text).map(Node::Text).ok_or_else(|| format!("unquote string {text} error invalid syntax"))
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".to_owned()),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text = self.taken();
        let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or_default();
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let parts = text.split(',').map(|part| inside(&format!("[{}]", part.trim_matches(' '))));
            nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let name = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).filter(|it| !it.contains('\''));
        match name {
            Some(name) => nodes.extend(inside(&format!(".{name}"))?),
            None => nodes.push(slice(text)?),
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        self.at += 3;
        self.taken();
        let mut pair = None;
        let mut closed = false;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".to_owned()),
                Some(c @ ('"' | '\'')) => match pair {
                    None => pair = Some(c),
                    Some(open) if open == c && self.chars.get(self.at.wrapping_sub(2)) != Some(&'\\') => closed = true,
                    Some(_) => {}
                },
                Some(')') if pair.is_some() == closed => break,
                Some(_) => {}
            }
        }
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        let text = self.taken();
        let text = text.strip_suffix(")]").unwrap_or(&text);
        let mark = |c: char| "!<>=".contains(c);
        let begin = text.find(mark).filter(|begin| *begin > 0);
        let Some((left, rest)) = begin.and_then(|begin| text.split_at_checked(begin)) else {
            return Ok(Node::Filter { left: inside(text)?, operator: String::new(), right: Vec::new() });
        };
        let right = rest.trim_start_matches(mark);
        let operator = rest.strip_suffix(right).unwrap_or(rest);
        if right.is_empty() {
            return Ok(Node::Filter { left: inside(text)?, operator: String::new(), right: Vec::new() });
        }
        Ok(Node::Filter { left: inside(left)?, operator: operator.to_owned(), right: inside(right)? })
    }
}

/// What stands in brackets that hold neither names nor commas.
fn slice(text: &str) -> Result<Node, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_number = |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(is_number) {
        return Err(format!("invalid array index {text}"));
    }
    let number = |at: usize| match parts.get(at) {
        None | Some(&"") => Ok(None),
        Some(part) => part.parse::<i64>().map(Some).map_err(|_| format!("array index {part} is not a number")),
    };
    let from = number(0)?;
    let derived = parts.len() == 1;
    let to = if derived { Some(from.unwrap_or(0).saturating_add(1)) } else { number(1)? };
    Ok(Node::Slice { from, to, derived, by: number(2)? })
}

/// A quoted text, without its quotes and with its escapes resolved (Go: strconv.UnquoteChar).
fn unquoted(text: &str) -> Option<String> {
    let quote = text.chars().next()?;
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            if c == quote {
                return None;
            }
            out.push(c);
            continue;
        }
        out.push(match chars.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '\\' => '\\',
            c if c == quote => quote,
            c => {
                let digits = match c {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => return None,
                };
                let code: String = chars.by_ref().take(digits).collect();
                u32::from_str_radix(&code, 16).ok().and_then(char::from_u32).filter(|_| code.len() == digits)?
            }
        });
    }
    Some(out)
}
