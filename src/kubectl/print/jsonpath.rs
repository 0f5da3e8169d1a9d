//! kubectl's JSONPath templates (client-go: util/jsonpath).

use serde_json::Value;

use super::json;
use crate::kubectl::Failure;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Text outside braces, or quoted inside.
    Text(String),
    /// A path whose values are printed.
    Path(Vec<Step>),
    /// `{range PATH} … {end}`.
    Range(Vec<Step>, Vec<Node>),
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// `$`: the whole object.
    Root,
    Field(String),
    /// `*` or `[*]`.
    Every,
    /// `..`: this and everything below.
    Below,
    /// `[1]`, `[-1]`, `[0:2]`, `[::2]`.
    Slice(Option<i64>, Option<i64>, Option<i64>),
    /// `['a','b']`, `[0,2]`.
    Union(Vec<Step>),
    /// `[?(@.a=="b")]`.
    Filter(Operand, String, Operand),
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Path(Vec<Step>),
    Literal(Value),
    Nothing,
}

/// A template read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::kubectl) struct Template(Vec<Node>);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the library.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { chars: text.chars().collect(), at: 0 };
        let nodes = parser.nodes(false)?;
        Ok(Self(nodes))
    }

    /// The values that each path of the template finds, path by path.
    pub fn find<'a>(&self, root: &'a Value) -> Vec<Vec<&'a Value>> {
        let paths = self.0.iter().filter_map(|node| match node {
            Node::Path(steps) => Some(walk(steps, root, root)),
            _ => None,
        });
        paths.collect()
    }
}

/// A path as `--sort-by` and custom columns take it: the braces and the first dot may be left out.
pub(in crate::kubectl) fn relaxed(text: &str) -> Result<String, Failure> {
    let inner = text.strip_prefix('{').map_or(Some(text), |text| text.strip_suffix('}'));
    let inner = inner.filter(|inner| !inner.contains(['{', '}']));
    let inner = inner.ok_or_else(|| {
        Failure::usage(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
        )
    })?;
    let dot = if inner.starts_with(['.', '[', '$', '@']) { "" } else { "." };
    Ok(format!("{{{dot}{inner}}}"))
}

/// The template filled with `value`.
pub(super) fn print(template: &str, value: &Value) -> Result<String, Failure> {
    let parsed = parse(template)?;
    let mut out = String::new();
    match run(&parsed.0, value, value, &mut out) {
        Ok(()) => Ok(out),
        Err(why) => Err(Failure::usage(format!(
            "error executing jsonpath {template:?}: Error executing template: {why}. Printing more information for \
             debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine \
             was:\n\t\t{}\n\n",
            go_syntax(value)
        ))),
    }
}

/// A value as Go's `%#v` prints it.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(list) => {
            format!("[]interface {{}}{{{}}}", list.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let entries = map.iter().map(|(name, value)| format!("{name:?}:{}", go_syntax(value)));
            format!("map[string]interface {{}}{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// What is asked of a list beyond its end (client-go: util/jsonpath/jsonpath.go evalArray).
fn beyond(steps: &[Step], root: &Value, here: &Value) -> Option<String> {
    let mut found = vec![here];
    for step in steps {
        if let Step::Slice(from, to, _) = step {
            for list in found.iter().filter_map(|value| value.as_array()) {
                let len = i64::try_from(list.len()).unwrap_or(i64::MAX);
                let place = |index: i64| if index < 0 { index.saturating_add(len) } else { index };
                let (from, to) = (place(from.unwrap_or(0)), to.map_or(len, place));
                let outside = match () {
                    () if from == to => None,
                    () if from >= len || from < 0 => Some(from),
                    () if to > len || to < 0 => Some(to - 1),
                    () => None,
                };
                if let Some(index) = outside {
                    return Some(format!("array index out of bounds: index {index}, length {len}"));
                }
            }
        }
        found = found.into_iter().flat_map(|value| one(step, root, value)).collect();
    }
    None
}

/// Everything that the template finds, as an indented list.
pub(super) fn print_json(template: &str, value: &Value) -> Result<String, Failure> {
    let found: Vec<Value> = parse(template)?.find(value).into_iter().flatten().cloned().collect();
    Ok(json::print(&Value::Array(found)))
}

fn parse(template: &str) -> Result<Template, Failure> {
    Template::parse(template).map_err(|why| Failure::usage(format!("error parsing jsonpath {template}, {why}")))
}

fn run(nodes: &[Node], root: &Value, here: &Value, out: &mut String) -> Result<(), String> {
    for node in nodes {
        if let Node::Path(steps) | Node::Range(steps, _) = node
            && let Some(why) = beyond(steps, root, here)
        {
            return Err(why);
        }
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Path(steps) => {
                let texts: Vec<String> = walk(steps, root, here).into_iter().map(shown).collect();
                out.push_str(&texts.join(" "));
            }
            Node::Range(steps, body) => {
                walk(steps, root, here).into_iter().try_for_each(|item| run(body, root, item, out))?;
            }
        }
    }
    Ok(())
}

/// A value as templates print it: texts bare, the rest as JSON.
pub(in crate::kubectl) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => json::compact(other),
    }
}

fn walk<'a>(steps: &[Step], root: &'a Value, here: &'a Value) -> Vec<&'a Value> {
    steps.iter().fold(vec![here], |found, step| found.into_iter().flat_map(|value| one(step, root, value)).collect())
}

fn one<'a>(step: &Step, root: &'a Value, here: &'a Value) -> Vec<&'a Value> {
    match step {
        Step::Root => vec![root],
        Step::Field(name) => here.get(name).into_iter().collect(),
        Step::Every => match here {
            Value::Array(list) => list.iter().collect(),
            Value::Object(map) => map.values().collect(),
            _ => Vec::new(),
        },
        Step::Below => {
            let mut all = vec![here];
            all.extend(one(&Step::Every, root, here).into_iter().flat_map(|inner| one(&Step::Below, root, inner)));
            all
        }
        Step::Slice(from, to, by) => slice(here, *from, *to, *by),
        Step::Union(steps) => steps.iter().flat_map(|step| one(step, root, here)).collect(),
        Step::Filter(left, operator, right) => {
            let Value::Array(list) = here else { return Vec::new() };
            list.iter().filter(|item| holds(left, operator, right, root, item)).collect()
        }
    }
}

fn slice(here: &Value, from: Option<i64>, to: Option<i64>, by: Option<i64>) -> Vec<&Value> {
    let Value::Array(list) = here else { return Vec::new() };
    let len = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let place = |index: i64| if index < 0 { index + len } else { index };
    let (from, to) = (place(from.unwrap_or(0)).max(0), to.map_or(len, place).min(len));
    let by = by.unwrap_or(1).max(1);
    let mut found = Vec::new();
    let mut at = from;
    while at < to {
        found.extend(usize::try_from(at).ok().and_then(|at| list.get(at)));
        at = at.saturating_add(by);
    }
    found
}

fn holds(left: &Operand, operator: &str, right: &Operand, root: &Value, item: &Value) -> bool {
    let value = |operand: &Operand| match operand {
        Operand::Path(steps) => walk(steps, root, item).first().map(|value| (*value).clone()),
        Operand::Literal(value) => Some(value.clone()),
        Operand::Nothing => None,
    };
    let Some(a) = value(left) else { return false };
    if operator.is_empty() {
        return true;
    }
    let Some(b) = value(right) else { return false };
    let order = match (&a, &b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (a, b) => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
    };
    let Some(order) = order else { return false };
    match operator {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += 1;
        next
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn word(&self, word: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        rest.len() >= word.len() && word.chars().zip(rest).all(|(a, b)| a == *b)
    }

    /// Nodes up to the end of the text, or in a range up to its `{end}`.
    fn nodes(&mut self, in_range: bool) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        let mut text = String::new();
        while let Some(next) = self.next() {
            if next != '{' {
                text.push(next);
                continue;
            }
            if !text.is_empty() {
                nodes.push(Node::Text(std::mem::take(&mut text)));
            }
            if self.action(&mut nodes)? {
                return if in_range { Ok(nodes) } else { Err("not in range, nothing to end".to_owned()) };
            }
        }
        if !text.is_empty() {
            nodes.push(Node::Text(text));
        }
        // A range that is left open ends with the template.
        Ok(nodes)
    }

    /// What stands in braces; true for `{end}`.
    fn action(&mut self, nodes: &mut Vec<Node>) -> Result<bool, String> {
        loop {
            self.skip_blanks();
            match self.peek() {
                None => return Err("unclosed action".to_owned()),
                Some('}') => {
                    self.at += 1;
                    return Ok(false);
                }
                Some(quote @ ('"' | '\'')) => {
                    self.at += 1;
                    nodes.push(Node::Text(self.quoted(quote)?));
                }
                Some(_) if self.word("range") => {
                    self.at += 5;
                    self.skip_blanks();
                    let steps = self.path()?;
                    self.skip_blanks();
                    if self.next() != Some('}') {
                        return Err("unclosed action".to_owned());
                    }
                    let body = self.nodes(true)?;
                    nodes.push(Node::Range(steps, body));
                    return Ok(false);
                }
                Some(_) if self.word("end") => {
                    self.at += 3;
                    self.skip_blanks();
                    return match self.next() {
                        Some('}') => Ok(true),
                        _ => Err("unclosed action".to_owned()),
                    };
                }
                Some(_) => {
                    let before = self.at;
                    let steps = self.path()?;
                    if self.at == before {
                        let odd = self.peek().unwrap_or(' ');
                        return Err(format!("unrecognized character in action: U+{:04X} '{odd}'", u32::from(odd)));
                    }
                    nodes.push(Node::Path(steps));
                }
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err("unterminated quoted string".to_owned()),
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(other) => text.push(other),
                    None => return Err("unterminated quoted string".to_owned()),
                },
                Some(c) if c == quote => return Ok(text),
                Some(c) => text.push(c),
            }
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                name.extend(self.next());
            } else if c.is_whitespace() || "{}[].,:()\"'=<>!$@*?&|".contains(c) {
                break;
            } else {
                name.push(c);
                self.at += 1;
            }
        }
        name
    }

    fn path(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            match self.peek() {
                Some('$') => {
                    self.at += 1;
                    steps.push(Step::Root);
                }
                Some('@') => self.at += 1,
                Some('.') => {
                    self.at += 1;
                    if self.peek() == Some('.') {
                        self.at += 1;
                        steps.push(Step::Below);
                    }
                    match self.peek() {
                        Some('*') => {
                            self.at += 1;
                            steps.push(Step::Every);
                        }
                        _ => {
                            let name = self.name();
                            if !name.is_empty() {
                                steps.push(Step::Field(name));
                            }
                        }
                    }
                }
                Some('[') => {
                    self.at += 1;
                    steps.push(self.brackets()?);
                }
                Some(c) if c.is_alphanumeric() || c == '_' => {
                    let name = self.name();
                    steps.push(Step::Field(name));
                }
                Some('*') => {
                    self.at += 1;
                    steps.push(Step::Every);
                }
                _ => return Ok(steps),
            }
        }
    }

    fn brackets(&mut self) -> Result<Step, String> {
        if self.word("?(") {
            self.at += 2;
            return self.filter();
        }
        let mut parts: Vec<String> = vec![String::new()];
        let mut quoted = false;
        loop {
            match self.next() {
                None => return Err("unterminated array".to_owned()),
                Some(']') => break,
                Some(',') => parts.push(String::new()),
                Some(quote @ ('\'' | '"')) => {
                    quoted = true;
                    let text = self.quoted(quote)?;
                    if let Some(part) = parts.last_mut() {
                        part.push('\'');
                        part.push_str(&text);
                    }
                }
                Some(c) if c.is_whitespace() => {}
                Some(c) => {
                    if let Some(part) = parts.last_mut() {
                        part.push(c);
                    }
                }
            }
        }
        let steps: Result<Vec<Step>, String> = parts.iter().map(|part| index(part)).collect();
        let mut steps = steps?;
        match (steps.len(), quoted) {
            (1, _) => steps.pop().ok_or_else(|| "empty array".to_owned()),
            _ => Ok(Step::Union(steps)),
        }
    }

    fn filter(&mut self) -> Result<Step, String> {
        let left = self.operand()?;
        self.skip_blanks();
        let mut operator = String::new();
        while let Some(c) = self.peek().filter(|c| "=<>!".contains(*c)) {
            operator.push(c);
            self.at += 1;
        }
        let right = if operator.is_empty() { Operand::Nothing } else { self.operand()? };
        self.skip_blanks();
        if self.next() != Some(')') || self.next() != Some(']') {
            return Err("unterminated filter".to_owned());
        }
        Ok(Step::Filter(left, operator, right))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        self.skip_blanks();
        match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                Ok(Operand::Literal(self.quoted(quote)?.into()))
            }
            Some('@' | '$' | '.') => self.path().map(Operand::Path),
            _ => {
                let mut word = String::new();
                while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || "-.+_".contains(*c)) {
                    word.push(c);
                    self.at += 1;
                }
                serde_json::from_str(&word).map(Operand::Literal).map_err(|_| "unterminated filter".to_owned())
            }
        }
    }
}

fn index(part: &str) -> Result<Step, String> {
    if let Some(name) = part.strip_prefix('\'') {
        return Ok(Step::Field(name.to_owned()));
    }
    if part == "*" {
        return Ok(Step::Every);
    }
    let wrong = || format!("invalid array index {part}");
    let number = |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| wrong()) };
    let mut parts = part.split(':');
    let first: Option<i64> = number(parts.next().unwrap_or_default())?;
    match (parts.next(), parts.next()) {
        (None, _) => {
            let at = first.ok_or_else(wrong)?;
            Ok(Step::Slice(Some(at), if at == -1 { None } else { Some(at.saturating_add(1)) }, None))
        }
        (Some(to), by) => Ok(Step::Slice(first, number(to)?, number(by.unwrap_or_default())?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_are_filled() {
        let list = json!({"items": [
            {"metadata": {"name": "a", "labels": {"x.y/z": "1"}}, "n": 1, "c": [{"t": "R", "s": "True"}, {"t": "Q", "s": "F"}]},
            {"metadata": {"name": "b"}, "n": 5, "c": [{"t": "R", "s": "No"}]},
        ]});
        for (template, want) in [
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[0].nope}", ""),
            ("{.items[-1].metadata.name}", "b"),
            ("{range .items[*]}{.metadata.name}={.n}{\"\\n\"}{end}", "a=1\nb=5\n"),
            ("{.items[0].metadata.labels.x\\.y/z}", "1"),
            ("{.items[0].metadata.labels['x.y/z']}", "1"),
            ("{.items[?(@.n>2)].metadata.name}", "b"),
            ("{.items[0].c[?(@.t==\"R\")].s}", "True"),
            ("{..name}", "a b"),
            ("{.items[0].metadata.labels}", "{\"x.y/z\":\"1\"}"),
            ("{.items[0:2].n} x {$.items[1].n}", "1 5 x 5"),
            ("{.items[*]['metadata.name','n']}", "1 5"),
        ] {
            assert_eq!(print(template, &list).unwrap(), want, "{template}");
        }
        assert_eq!(
            print("{.items[0", &list).unwrap_err().0,
            "error: error parsing jsonpath {.items[0, unterminated array"
        );
        let beyond = print("{.items[0].n}", &json!({"items": [], "n": null})).unwrap_err().0;
        assert_eq!(
            beyond,
            "error: error executing jsonpath \"{.items[0].n}\": Error executing template: array index out of bounds: index \
             0, length 0. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{.items[0].n}\n\t\
             object given to jsonpath engine was:\n\t\tmap[string]interface {}{\"items\":[]interface {}{}, \
             \"n\":interface {}(nil)}\n\n"
        );
    }
}
