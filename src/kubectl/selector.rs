//! The selectors of `-l` and `--field-selector`, with the refusals of the server
//! (apimachinery: labels/selector.go Parser; fields/selector.go).

use serde_json::{Map, Value, json};

use crate::api::labels::Labels;
use crate::api::{Kind, View};

/// What a label selector asks of one label.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wants {
    Is(String),
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
    Greater(i64),
    Less(i64),
}

/// A selector of labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector(Vec<(String, Wants)>);

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// What the server says of one it cannot read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text);
        Parser { tokens: &tokens, at: 0 }.selector()
    }

    /// Whether labels meet every condition.
    pub fn matches(&self, labels: Option<&Labels>) -> bool {
        self.0.iter().all(|(key, wants)| {
            let value = labels.and_then(|labels| labels.get(key));
            let number = || value.and_then(|value| value.parse::<i64>().ok());
            match wants {
                Wants::Is(wanted) => value == Some(wanted),
                Wants::In(values) => value.is_some_and(|value| values.contains(value)),
                Wants::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
                Wants::Exists => value.is_some(),
                Wants::DoesNotExist => value.is_none(),
                Wants::Greater(than) => number().is_some_and(|number| number > *than),
                Wants::Less(than) => number().is_some_and(|number| number < *than),
            }
        })
    }
}

impl Selector {
    /// Whether it chooses an object as it is written.
    pub fn chooses(&self, object: View<'_>) -> bool {
        let labels = object.at("metadata.labels").entries().map(|(key, value)| (key.to_owned(), value.text()));
        self.matches(Some(&labels.collect()))
    }

    /// As the selector of an object: `matchLabels` for what must be equal, `matchExpressions` for the rest
    /// (apimachinery: meta/v1 ParseToLabelSelector).
    pub fn to_json(&self) -> Value {
        let (mut labels, mut expressions) = (Map::new(), Vec::new());
        for (key, wants) in &self.0 {
            let (operator, values) = match wants {
                Wants::Is(value) => {
                    labels.insert(key.clone(), value.as_str().into());
                    continue;
                }
                Wants::In(values) => ("In", values.as_slice()),
                Wants::NotIn(values) => ("NotIn", values.as_slice()),
                Wants::Exists => ("Exists", [].as_slice()),
                // The server knows no order among labels.
                Wants::DoesNotExist | Wants::Greater(_) | Wants::Less(_) => ("DoesNotExist", [].as_slice()),
            };
            let mut expression = json!({"key": key, "operator": operator});
            if !values.is_empty() {
                expression["values"] = json!(values);
            }
            expressions.push(expression);
        }
        let mut selector = Map::new();
        if !labels.is_empty() {
            selector.insert("matchLabels".to_owned(), Value::Object(labels));
        }
        if !expressions.is_empty() {
            selector.insert("matchExpressions".to_owned(), Value::Array(expressions));
        }
        Value::Object(selector)
    }

    /// Whether it asks for an order, and the word that says so.
    pub fn order(&self) -> Option<&'static str> {
        self.0.iter().find_map(|(_, wants)| match wants {
            Wants::Greater(_) => Some("gt"),
            Wants::Less(_) => Some("lt"),
            _ => None,
        })
    }
}

/// Words and signs; the end is an empty one.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(next) = chars.next() {
        let mut token = next.to_string();
        match next {
            _ if next.is_whitespace() => continue,
            '=' | '!' | '<' | '>' => {
                if next != '<' && next != '>' && chars.peek() == Some(&'=') {
                    token.extend(chars.next());
                }
            }
            '(' | ')' | ',' => {}
            _ => {
                while let Some(more) = chars.next_if(|c| !c.is_whitespace() && !"=!<>(),".contains(*c)) {
                    token.push(more);
                }
            }
        }
        tokens.push(token);
    }
    tokens
}

struct Parser<'a> {
    tokens: &'a [String],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> &'a str {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn is_identifier(token: &str) -> bool {
        !token.is_empty() && !token.starts_with(['=', '!', '<', '>', '(', ')', ','])
    }

    fn selector(mut self) -> Result<Selector, String> {
        let mut wants = Vec::new();
        loop {
            let token = self.peek();
            if token.is_empty() {
                return Ok(Selector(wants));
            }
            if !Self::is_identifier(token) && token != "!" {
                return Err(format!("found '{token}', expected: !, identifier, or 'end of string'"));
            }
            wants.push(self.requirement().map_err(|why| format!("unable to parse requirement: {why}"))?);
            match self.next() {
                "" => return Ok(Selector(wants)),
                "," => {
                    let after = self.peek();
                    if !Self::is_identifier(after) && after != "!" {
                        return Err(format!("found '{after}', expected: identifier after ','"));
                    }
                }
                other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
            }
        }
    }

    fn requirement(&mut self) -> Result<(String, Wants), String> {
        let absent = self.peek() == "!";
        if absent {
            self.next();
        }
        let key = self.next();
        if !Self::is_identifier(key) {
            return Err(format!("found '{key}', expected: identifier"));
        }
        let key = key.to_owned();
        if absent {
            return Ok((key, Wants::DoesNotExist));
        }
        if matches!(self.peek(), "" | ",") {
            return Ok((key, Wants::Exists));
        }
        let operator = self.next();
        let wants = match operator {
            "in" => Wants::In(self.values()?),
            "notin" => Wants::NotIn(self.values()?),
            "=" | "==" => Wants::Is(self.value()?),
            "!=" => Wants::NotIn(vec![self.value()?]),
            ">" | "<" => {
                let value = self.value()?;
                let number = value
                    .parse()
                    .map_err(|_| format!("for 'Gt', 'Lt' operators, the value must be an integer: {value:?}"))?;
                if operator == ">" { Wants::Greater(number) } else { Wants::Less(number) }
            }
            other => return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        Ok((key, wants))
    }

    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            "" | "," => Ok(String::new()),
            token if Self::is_identifier(token) => Ok(self.next().to_owned()),
            other => Err(format!("found '{other}', expected: identifier")),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        let open = self.next();
        if open != "(" {
            return Err(format!("found '{open}' expected: '('"));
        }
        let mut values = Vec::new();
        loop {
            match self.next() {
                ")" => return Ok(values),
                "," => {}
                token if Self::is_identifier(token) => values.push(token.to_owned()),
                other => return Err(format!("found '{other}', expected: ',', ')' or identifier")),
            }
        }
    }
}

/// A selector of fields: each a path, whether it must be equal, and the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, bool, String)>);

impl Fields {
    /// Reads a selector for objects of `kind`.
    ///
    /// # Errors
    /// What the server says of one it cannot read or of a field that it does not select by.
    pub fn parse(text: &str, kind: Option<Kind>) -> Result<Self, String> {
        let mut fields = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let split = part.split_once("!=").map(|(path, value)| (path, false, value));
            let split = split.or_else(|| part.split_once("==").map(|(path, value)| (path, true, value)));
            let split = split.or_else(|| part.split_once('=').map(|(path, value)| (path, true, value)));
            let (path, equal, value) =
                split.ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{part}'"))?;
            let known = matches!(path, "metadata.name" | "metadata.namespace");
            if !known && !selectable(kind).contains(&path) {
                return Err(refusal(kind, path));
            }
            fields.push((path.to_owned(), equal, value.to_owned()));
        }
        Ok(Self(fields))
    }

    /// Whether an object meets every condition.
    pub fn matches(&self, object: View<'_>) -> bool {
        self.0.iter().all(|(path, equal, value)| {
            let found = match path.as_str() {
                "status.podIP" | "status.podIPs" => object.at("status.podIP"),
                "source" => match object.at("source.component") {
                    from if from.exists() => from,
                    _ => object.at("reportingComponent"),
                },
                "status.successful" => object.at("status.succeeded"),
                path => object.at(path),
            };
            let absent = match path.as_str() {
                "spec.unschedulable" | "spec.hostNetwork" => "false",
                "status.successful" | "status.replicas" => "0",
                _ => "",
            };
            (found.or(absent) == *value) == *equal
        })
    }
}

/// The fields the server selects objects of a kind by, beside name and namespace
/// (kubernetes: pkg/apis/*/v1/conversion.go, 1.36).
fn selectable(kind: Option<Kind>) -> &'static [&'static str] {
    match kind {
        Some(Kind::Pod) => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        Some(Kind::Event) => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        Some(Kind::Node) => &["spec.unschedulable"],
        Some(Kind::Namespace) => &["status.phase", "name"],
        Some(Kind::Secret) => &["type"],
        Some(Kind::Service) => &["spec.clusterIP", "spec.type"],
        Some(Kind::ReplicaSet) => &["status.replicas"],
        Some(Kind::Job) => &["status.successful"],
        _ => &[],
    }
}

fn refusal(kind: Option<Kind>, path: &str) -> String {
    match kind {
        Some(Kind::Pod | Kind::Event | Kind::Node | Kind::Namespace | Kind::Secret | Kind::Service) => {
            format!("field label not supported: {path}")
        }
        Some(Kind::Job) => format!("field label {path:?} not supported for Job"),
        Some(Kind::ReplicaSet) => format!("field label not supported for ReplicaSet: {path}"),
        _ => format!("{path:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_match_and_are_refused_as_the_server_does() {
        let labels = Labels::from([("app".to_owned(), "a".to_owned()), ("n".to_owned(), "5".to_owned())]);
        for (text, matches) in [
            ("app=a", true),
            ("app in (a, b),n>4", true),
            ("app notin (a)", false),
            ("!app", false),
            ("app,!x", true),
            ("x!=1", true),
            ("", true),
        ] {
            assert_eq!(Selector::parse(text).unwrap().matches(Some(&labels)), matches, "{text}");
        }
        assert_eq!(Selector::parse("a=b=").unwrap_err(), "found '=', expected: ',' or 'end of string'");
        assert_eq!(Selector::parse("=b").unwrap_err(), "found '=', expected: !, identifier, or 'end of string'");
    }
}
