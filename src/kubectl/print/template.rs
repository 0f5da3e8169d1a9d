//! Go templates in their common use: fields, variables, `range`, `if`, `with`, comparisons and a few functions
//! (Go: text/template; kubectl: `-o go-template`).

use std::cmp::Ordering;

use base64::Engine as _;
use serde_json::Value;

use crate::kubectl::Failure;

/// A piece of a template.
enum Node {
    Text(String),
    /// A pipeline whose value is printed, or kept in a variable.
    Print(Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
}

/// `$a, $b := first | second`.
struct Pipe {
    variables: Vec<String>,
    commands: Vec<Vec<Term>>,
}

#[derive(Clone)]
enum Term {
    Literal(Value),
    /// Where it begins (`.`, `$`, `$x`) and the fields from there.
    Path(String, Vec<String>),
    Function(String),
    /// In parentheses, with fields after them.
    Inner(std::rc::Rc<Pipe>, Vec<String>),
}

/// The template filled with `value`.
pub(super) fn print(template: &str, value: &Value) -> Result<String, Failure> {
    let wrong = |why: String| Failure::usage(format!("error parsing template {template}, template: output:1: {why}"));
    let tokens = split(template).map_err(wrong)?;
    let mut parser = Parser { tokens, at: 0 };
    let (nodes, end) = parser.nodes().map_err(wrong)?;
    if !end.is_empty() {
        return Err(wrong(format!("unexpected {{{{{end}}}}}")));
    }
    let mut run = Run { out: String::new(), variables: vec![("$".to_owned(), value.clone())] };
    run.nodes(&nodes, value)
        .map_err(|why| Failure::usage(format!("error executing template {template:?}: template: output:1: {why}")))?;
    Ok(run.out)
}

enum Token {
    Text(String),
    Action(String),
}

/// Text and actions; `{{-` and `-}}` take the blanks beside them away.
fn split(template: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = template;
    let mut trim = false;
    while let Some((text, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}").ok_or("unclosed action")?;
        let text = if trim { text.trim_start() } else { text };
        let (text, action) = match action.strip_prefix("- ") {
            Some(action) => (text.trim_end(), action),
            None => (text, action),
        };
        let action = action.strip_suffix(" -").inspect(|_| trim = true).unwrap_or_else(|| {
            trim = false;
            action
        });
        tokens.push(Token::Text(text.to_owned()));
        if !action.trim().starts_with("/*") {
            tokens.push(Token::Action(action.trim().to_owned()));
        }
        rest = after;
    }
    tokens.push(Token::Text(if trim { rest.trim_start() } else { rest }.to_owned()));
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    /// Nodes up to an `end` or `else`, which is returned.
    fn nodes(&mut self) -> Result<(Vec<Node>, String), String> {
        let mut nodes = Vec::new();
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            let action = match token {
                Token::Text(text) => {
                    nodes.push(Node::Text(text.clone()));
                    continue;
                }
                Token::Action(action) => action.clone(),
            };
            let (word, rest) = action.split_once(char::is_whitespace).unwrap_or((&action, ""));
            match word {
                "end" | "else" => return Ok((nodes, action)),
                "if" | "with" | "range" => {
                    let node = self.branch(word, rest)?;
                    nodes.push(node);
                }
                _ => nodes.push(Node::Print(pipe(&action)?)),
            }
        }
        Ok((nodes, String::new()))
    }

    fn branch(&mut self, word: &str, rest: &str) -> Result<Node, String> {
        let pipe = pipe(rest)?;
        let (body, end) = self.nodes()?;
        let otherwise = match end.as_str() {
            "end" => Vec::new(),
            "else" => {
                let (otherwise, end) = self.nodes()?;
                if end != "end" {
                    return Err("unexpected EOF".to_owned());
                }
                otherwise
            }
            other => match other.strip_prefix("else if ") {
                Some(rest) => vec![self.branch("if", rest)?],
                None => return Err("unexpected EOF".to_owned()),
            },
        };
        Ok(match word {
            "if" => Node::If(pipe, body, otherwise),
            "with" => Node::With(pipe, body, otherwise),
            _ => Node::Range(pipe, body, otherwise),
        })
    }
}

/// Reads a pipeline.
fn pipe(text: &str) -> Result<Pipe, String> {
    let (variables, text) = match text
        .split_once(":=")
        .or_else(|| text.split_once("=").filter(|_| text.starts_with('$') && !text.contains('"')))
    {
        Some((names, rest)) if names.trim_start().starts_with('$') => {
            (names.split(',').map(|name| name.trim().to_owned()).collect(), rest)
        }
        _ => (Vec::new(), text),
    };
    let words = words(text)?;
    let mut commands = vec![Vec::new()];
    for word in words {
        if word == "|" {
            commands.push(Vec::new());
        } else if let Some(command) = commands.last_mut() {
            command.push(term(&word)?);
        }
    }
    if commands.iter().any(Vec::is_empty) {
        return Err("missing value for command".to_owned());
    }
    Ok(Pipe { variables, commands })
}

/// Words; quoted texts and parentheses stay whole.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut depth = 0_usize;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' | '`' => {
                word.push(c);
                loop {
                    match chars.next() {
                        None => return Err("unterminated quoted string".to_owned()),
                        Some('\\') if c == '"' => {
                            word.push('\\');
                            word.extend(chars.next());
                        }
                        Some(inside) => {
                            word.push(inside);
                            if inside == c {
                                break;
                            }
                        }
                    }
                }
                continue;
            }
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or("unexpected right paren")?,
            _ => {}
        }
        if depth == 0 && (c.is_whitespace() || c == '|') {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c == '|' {
                words.push("|".to_owned());
            }
        } else {
            word.push(c);
        }
    }
    if depth > 0 {
        return Err("unclosed left paren".to_owned());
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

fn fields(path: &str) -> Vec<String> {
    path.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn term(word: &str) -> Result<Term, String> {
    if let Some(raw) = word.strip_prefix('`').and_then(|word| word.strip_suffix('`')) {
        return Ok(Term::Literal(raw.into()));
    }
    if word.starts_with('"') || word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return serde_json::from_str(word).map(Term::Literal).map_err(|_| format!("bad number syntax: {word:?}"));
    }
    if let Some(inner) = word.strip_prefix('(') {
        let (inner, after) = inner.rsplit_once(')').ok_or("unclosed left paren")?;
        return Ok(Term::Inner(pipe(inner)?.into(), fields(after)));
    }
    Ok(match word {
        "true" => Term::Literal(true.into()),
        "false" => Term::Literal(false.into()),
        "nil" => Term::Literal(Value::Null),
        _ if word.starts_with('$') => {
            let (name, rest) = word.split_once('.').unwrap_or((word, ""));
            Term::Path(name.to_owned(), fields(rest))
        }
        _ if word.starts_with('.') => Term::Path(".".to_owned(), fields(word)),
        _ if FUNCTIONS.contains(&word) => Term::Function(word.to_owned()),
        _ => return Err(format!("function {word:?} not defined")),
    })
}

const FUNCTIONS: &[&str] = &[
    "index",
    "len",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "and",
    "or",
    "not",
    "print",
    "printf",
    "println",
    "exists",
    "base64decode",
    "slice",
    "html",
    "js",
    "urlquery",
];

struct Run {
    out: String,
    variables: Vec<(String, Value)>,
}

impl Run {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), String> {
        for node in nodes {
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Print(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    match pipe.variables.first() {
                        Some(name) => self.variables.push((name.clone(), value.unwrap_or_default())),
                        None => {
                            self.out.push_str(&value.map_or_else(|| "<no value>".to_owned(), |value| shown(&value)))
                        }
                    }
                }
                Node::If(pipe, body, otherwise) | Node::With(pipe, body, otherwise) => {
                    let value = self.pipe(pipe, dot)?.unwrap_or_default();
                    let scope = self.variables.len();
                    self.variables.extend(pipe.variables.first().map(|name| (name.clone(), value.clone())));
                    let dot = if matches!(node, Node::With(..)) && truth(&value) { &value } else { dot };
                    self.nodes(if truth(&value) { body } else { otherwise }, dot)?;
                    self.variables.truncate(scope);
                }
                Node::Range(pipe, body, otherwise) => self.range(pipe, body, otherwise, dot)?,
            }
        }
        Ok(())
    }

    fn range(&mut self, pipe: &Pipe, body: &[Node], otherwise: &[Node], dot: &Value) -> Result<(), String> {
        let value = self.pipe(pipe, dot)?.unwrap_or_default();
        let entries: Vec<(Value, Value)> = match value {
            Value::Array(list) => list.into_iter().enumerate().map(|(at, item)| (at.into(), item)).collect(),
            Value::Object(map) => map.into_iter().map(|(name, item)| (name.into(), item)).collect(),
            Value::Null => Vec::new(),
            other => return Err(format!("range can't iterate over {}", shown(&other))),
        };
        if entries.is_empty() {
            return self.nodes(otherwise, dot);
        }
        for (key, item) in entries {
            let scope = self.variables.len();
            match pipe.variables.as_slice() {
                [only] => self.variables.push((only.clone(), item.clone())),
                [first, second, ..] => {
                    self.variables.push((first.clone(), key));
                    self.variables.push((second.clone(), item.clone()));
                }
                [] => {}
            }
            self.nodes(body, &item)?;
            self.variables.truncate(scope);
        }
        Ok(())
    }

    fn pipe(&self, pipe: &Pipe, dot: &Value) -> Result<Option<Value>, String> {
        let mut last: Option<Option<Value>> = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, last)?);
        }
        Ok(last.flatten())
    }

    fn command(&self, terms: &[Term], dot: &Value, piped: Option<Option<Value>>) -> Result<Option<Value>, String> {
        let Some((first, rest)) = terms.split_first() else { return Ok(None) };
        let Term::Function(name) = first else { return self.term(first, dot) };
        let mut values = Vec::new();
        for term in rest {
            values.push(self.term(term, dot)?.unwrap_or_default());
        }
        values.extend(piped.map(Option::unwrap_or_default));
        call(name, &values)
    }

    fn term(&self, term: &Term, dot: &Value) -> Result<Option<Value>, String> {
        let (start, path) = match term {
            Term::Literal(value) => return Ok(Some(value.clone())),
            Term::Function(name) => return call(name, &[]),
            Term::Inner(pipe, path) => (self.pipe(pipe, dot)?, path),
            Term::Path(start, path) if start == "." => (Some(dot.clone()), path),
            Term::Path(name, path) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let (_, value) = known.ok_or_else(|| format!("undefined variable {name:?}"))?;
                (Some(value.clone()), path)
            }
        };
        let mut here = start;
        for name in path {
            here = match here {
                Some(Value::Object(mut map)) => map.remove(name),
                None | Some(Value::Null) => None,
                Some(other) => {
                    return Err(format!("can't evaluate field {name} in type {}", type_name(&other)));
                }
            };
        }
        Ok(here)
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "[]interface {}",
        _ => "interface {}",
    }
}

fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (a, b) => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn call(name: &str, values: &[Value]) -> Result<Option<Value>, String> {
    let first = values.first().cloned().unwrap_or_default();
    let second = values.get(1).cloned().unwrap_or_default();
    Ok(Some(match name {
        "index" => {
            let mut here = first;
            for key in values.iter().skip(1) {
                let next = match key {
                    Value::Number(at) => at.as_u64().and_then(|at| here.get(usize::try_from(at).ok()?)).cloned(),
                    Value::String(name) => here.get(name).cloned(),
                    _ => None,
                };
                match next {
                    Some(next) => here = next,
                    None if here.is_array() => {
                        return Err(format!("error calling index: index out of range: {}", shown(key)));
                    }
                    None => return Ok(None),
                }
            }
            here
        }
        "len" => match &first {
            Value::String(text) => text.len().into(),
            Value::Array(list) => list.len().into(),
            Value::Object(map) => map.len().into(),
            _ => return Err("error calling len: len of nil pointer".to_owned()),
        },
        "eq" => {
            values.iter().skip(1).any(|value| *value == first || order(value, &first) == Some(Ordering::Equal)).into()
        }
        "ne" => (first != second).into(),
        "lt" => (order(&first, &second) == Some(Ordering::Less)).into(),
        "le" => order(&first, &second).is_some_and(Ordering::is_le).into(),
        "gt" => (order(&first, &second) == Some(Ordering::Greater)).into(),
        "ge" => order(&first, &second).is_some_and(Ordering::is_ge).into(),
        "and" => values.iter().find(|value| !truth(value)).or(values.last()).cloned().unwrap_or_default(),
        "or" => values.iter().find(|value| truth(value)).or(values.last()).cloned().unwrap_or_default(),
        "not" => (!truth(&first)).into(),
        "exists" => {
            let path = values.get(1..).unwrap_or_default();
            path.iter().try_fold(&first, |here, key| here.get(key.as_str()?)).is_some().into()
        }
        "base64decode" => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(first.as_str().unwrap_or_default());
            String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned().into()
        }
        "printf" => printf(first.as_str().unwrap_or_default(), values.get(1..).unwrap_or_default()).into(),
        "println" => (values.iter().map(shown).collect::<Vec<_>>().join(" ") + "\n").into(),
        _ => values.iter().map(shown).collect::<String>().into(),
    }))
}

fn printf(format: &str, values: &[Value]) -> String {
    let mut out = String::new();
    let mut values = values.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut width = String::new();
        while let Some(digit) = chars.next_if(|c| c.is_ascii_digit() || *c == '-') {
            width.push(digit);
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some(verb) => {
                let value = values.next().cloned().unwrap_or_default();
                let text = if verb == 'q' { format!("{:?}", shown(&value)) } else { shown(&value) };
                let wide: usize = width.trim_start_matches('-').parse().unwrap_or_default();
                let blanks = wide.min(1_000).saturating_sub(text.chars().count());
                let pad = " ".repeat(blanks);
                out.push_str(&if width.starts_with('-') { text + &pad } else { pad + &text });
            }
            None => {}
        }
    }
    out
}

/// A value as Go prints it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<no value>".to_owned(),
        Value::Array(list) => format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(name, value)| format!("{name}:{}", shown(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::print;
    use serde_json::json;

    #[test]
    fn templates_are_filled_as_go_does() {
        let list = json!({"items": [{"metadata": {"name": "a", "labels": {"x": "1"}}, "n": 1}, {"metadata": {"name": "b"}, "n": 5}]});
        for (template, want) in [
            ("{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}", "a\nb\n"),
            ("{{range $i, $e := .items}}{{$i}}={{$e.metadata.name}} {{end}}", "0=a 1=b "),
            ("{{(index .items 0).metadata.name}}", "a"),
            ("{{range .items}}{{if gt .n 2}}{{.metadata.name}}{{else}}-{{end}}{{end}}", "-b"),
            ("{{.nope}}", "<no value>"),
            ("{{len .items | printf \"%d pods\"}}", "2 pods"),
            ("{{with index .items 1}}{{.n}}{{end}}", "5"),
            ("{{range .items -}} {{.n}} {{- end}}", "15"),
            ("{{$x := index .items 0}}{{$x.metadata.labels}}", "map[x:1]"),
        ] {
            assert_eq!(print(template, &list).map_err(|failure| failure.0).unwrap(), want, "{template}");
        }
        assert!(print("{{range .items}}", &list).is_err() && print("{{foo}}", &list).is_err());
    }
}
