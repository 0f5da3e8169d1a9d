//! kubectl's JSONPath templates (client-go: util/jsonpath).

mod find;
mod parse;

use std::borrow::Cow;

use serde_json::Value;

use super::json;
use super::shown::shown;
use crate::kubectl::Failure;
use parse::Node;

/// A value that a template found, or one that it holds itself.
pub(in crate::kubectl) type Hit<'a> = Cow<'a, Value>;

/// A template read.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::kubectl) struct Template(Vec<Node>);

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the library.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text).map(Self)
    }

    /// What each part of the template finds, part by part; a text is found as it is.
    ///
    /// # Errors
    /// When a path asks what the value cannot answer, in the words of the library.
    pub fn find<'a>(&'a self, root: &'a Value) -> Result<Vec<Vec<Hit<'a>>>, String> {
        find::find(&self.0, root, false)
    }

    /// The first thing that the first part finds.
    pub fn first<'a>(&'a self, root: &'a Value) -> Result<Option<Hit<'a>>, String> {
        Ok(self.find(root)?.into_iter().next().and_then(|found| found.into_iter().next()))
    }
}

/// A path as `--sort-by` and custom columns take it: the braces and the first dot may be left out
/// (kubectl: cmd/get/customcolumn.go RelaxedJSONPathExpression).
pub(in crate::kubectl) fn relaxed(text: &str) -> Result<String, Failure> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let braced = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let inner = braced.unwrap_or(text);
    let inner = inner.strip_prefix('.').filter(|inner| !inner.is_empty()).unwrap_or(inner);
    if inner.is_empty() || inner.contains(['{', '}']) {
        return Err(Failure::usage(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
        ));
    }
    Ok(format!("{{.{inner}}}"))
}

/// The template filled with `value`.
pub(super) fn print(template: &str, value: &Value, strict: bool) -> Result<String, Failure> {
    let parsed = parse(template)?;
    let mut out = String::new();
    for found in executed(template, &parsed, value, strict)? {
        let texts: Vec<String> = found.iter().map(|value| shown(value)).collect();
        out.push_str(&texts.join(" "));
    }
    Ok(out)
}

/// What each part of the template finds, as an indented list.
pub(super) fn print_json(template: &str, value: &Value, strict: bool) -> Result<String, Failure> {
    let parsed = parse(template)?;
    let parts = executed(template, &parsed, value, strict)?;
    Ok(parts.into_iter().map(|found| json::print(&found.into_iter().map(Cow::into_owned).collect())).collect())
}

fn parse(template: &str) -> Result<Template, Failure> {
    Template::parse(template).map_err(|why| Failure::usage(format!("error parsing jsonpath {template}, {why}")))
}

fn executed<'a>(
    template: &str,
    parsed: &'a Template,
    value: &'a Value,
    strict: bool,
) -> Result<Vec<Vec<Hit<'a>>>, Failure> {
    find::find(&parsed.0, value, strict).map_err(|why| {
        Failure::usage(format!(
            "error executing jsonpath {template:?}: Error executing template: {why}. Printing more information for \
             debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to jsonpath engine \
             was:\n\t\t{}\n\n",
            go_syntax(value)
        ))
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn print(template: &str, value: &Value) -> Result<String, Failure> {
        super::print(template, value, false)
    }

    #[test]
    fn what_is_not_there_or_not_known_is_told() {
        let pod = json!({"spec": {"containers": [{"name": "a"}, {"image": "b"}]}});
        let told = |template: &str, strict: bool| super::print(template, &pod, strict).map_err(|failure| failure.0);
        assert_eq!(told("{.nope}", false), Ok(String::new()));
        assert_eq!(told("{.spec.containers[*].image}{range .spec.containers[5:5]}{.x}{end}", true), Ok("b".to_owned()));
        for (template, strict, why) in [
            ("{.nope}", true, "nope is not found"),
            ("{.spec.containers[?(@.name==app)]}", false, "unrecognized identifier app"),
        ] {
            let head = format!(
                "error: error executing jsonpath {template:?}: Error executing template: {why}. Printing more "
            );
            assert!(told(template, strict).unwrap_err().starts_with(&head), "{template}");
        }
    }

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
            // A bare dot divides names in brackets too.
            ("{.items[0].metadata.labels['x.y/z']}", ""),
            ("{.items[0].metadata.labels['x\\.y/z']}", "1"),
            ("{.items[?(@.n>2)].metadata.name}", "b"),
            ("{.items[0].c[?(@.t==\"R\")].s}", "True"),
            ("{..name}", "a b"),
            ("{.items[0].metadata.labels}", "{\"x.y/z\":\"1\"}"),
            ("{.items[0:2].n} x {$.items[1].n}", "1 5 x 5"),
            ("{.items[*]['metadata.name','n']}", "a b 1 5"),
            ("{.items[*]['.metadata.name']}", "a b"),
            ("{1} {true} {range .items[*]}{.n}", "1 true 15"),
            ("{.items[?(@.nope)].n}{.}", ""),
        ] {
            assert_eq!(print(template, &list).unwrap(), want, "{template}");
        }
        assert_eq!(
            print("{.items[0", &list).unwrap_err().0,
            "error: error parsing jsonpath {.items[0, unterminated array"
        );
        for (template, why) in [
            ("{.items[?(@.n=~\"t\")].n}", "unrecognized character in action: U+007E '~'"),
            ("{.items[a]}", "invalid array index a"),
            ("{.a....b}", "invalid multiple recursive descent"),
            ("{", "unclosed action"),
            ("{\"a}", "unterminated quoted string"),
        ] {
            let failure = print(template, &list).unwrap_err().0;
            assert_eq!(failure, format!("error: error parsing jsonpath {template}, {why}"));
        }
        let end = print("{end}", &json!({})).unwrap_err().0;
        assert!(end.contains("Error executing template: not in range, nothing to end. Printing"), "{end}");
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
