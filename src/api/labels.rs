//! Labels and the selectors that match them.

use collections::Map as BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

/// Labels as every object carries them.
pub type Labels = BTreeMap<String, String>;

/// Whether the selector is of the form that can match at all: known operators, values where they are needed, keys and
/// values that labels may have. A broken one matches nothing (apimachinery: apis/meta/v1 LabelSelectorAsSelector,
/// labels/selector.go NewRequirement).
pub fn is_usable(selector: &LabelSelector) -> bool {
    let pairs = selector.match_labels.iter().flatten();
    pairs.into_iter().all(|(key, value)| is_key(key) && is_value(value))
        && selector.match_expressions.iter().flatten().all(is_usable_requirement)
}

fn is_usable_requirement(requirement: &LabelSelectorRequirement) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    is_key(&requirement.key)
        && values.iter().all(|value| is_value(value))
        && match requirement.operator.as_str() {
            "In" | "NotIn" => !values.is_empty(),
            "Exists" | "DoesNotExist" => values.is_empty(),
            _ => false,
        }
}

/// Whether a label may have this key: `name` or `prefix/name` (apimachinery: util/validation IsQualifiedName).
pub fn is_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |label: &str| {
        label.bytes().next().is_some_and(lower)
            && label.bytes().last().is_some_and(lower)
            && label.bytes().all(|b| lower(b) || b == b'-')
    };
    !name.is_empty() && is_value(name) && prefix.is_none_or(|p| p.len() <= 253 && p.split('.').all(label))
}

/// Whether a label may have this value; empty is good (apimachinery: util/validation IsValidLabelValue).
pub fn is_value(value: &str) -> bool {
    let edge = |b: u8| b.is_ascii_alphanumeric();
    value.len() <= 63
        && value.bytes().next().is_none_or(edge)
        && value.bytes().last().is_none_or(edge)
        && value.bytes().all(|b| edge(b) || matches!(b, b'-' | b'_' | b'.'))
}

/// Whether it has no condition, and so matches everything.
pub fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
}

/// Whether the labels meet every condition of the selector. No selector matches nothing, an empty one everything.
pub fn matches(selector: Option<&LabelSelector>, labels: Option<&Labels>) -> bool {
    let Some(selector) = selector else { return false };
    let nothing = Labels::new();
    let labels = labels.unwrap_or(&nothing);
    is_usable(selector)
        && contains(labels, selector.match_labels.as_ref())
        && selector.match_expressions.iter().flatten().all(|requirement| meets(requirement, labels))
}

/// Whether the labels contain each pair of `wanted`: the plain selector of Services and `nodeSelector`.
pub fn contains(labels: &Labels, wanted: Option<&Labels>) -> bool {
    wanted.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
}

fn meets(requirement: &LabelSelectorRequirement, labels: &Labels) -> bool {
    let value = labels.get(requirement.key.as_str());
    let listed = value.is_some_and(|value| requirement.values.iter().flatten().any(|v| v == value));
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

/// A selector that asks for exactly these labels.
pub fn exactly(labels: Labels) -> LabelSelector {
    LabelSelector { match_labels: Some(labels), match_expressions: None }
}

/// The selector as `kubectl get -o wide` prints it: `app=a,tier in (x,y),!old`, or `<none>` where it asks for nothing
/// (apimachinery: meta/v1/helpers.go FormatLabelSelector, labels/selector.go Requirement.String; sorted by key,
/// expressions after equalities of the same key).
pub fn print(selector: &LabelSelector) -> String {
    let mut parts: Vec<(&str, String)> = Vec::new();
    for (key, value) in selector.match_labels.iter().flatten() {
        parts.push((key, format!("{key}={value}")));
    }
    for requirement in selector.match_expressions.iter().flatten() {
        let key = requirement.key.as_str();
        let mut values: Vec<&str> = requirement.values.iter().flatten().map(String::as_str).collect();
        collections::sort(&mut values);
        let values = values.join(",");
        parts.push((
            key,
            match requirement.operator.as_str() {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "Exists" => key.to_owned(),
                _ => format!("!{key}"),
            },
        ));
    }
    if parts.is_empty() {
        return "<none>".to_owned();
    }
    collections::sort_by(&mut parts, |a, b| a.0.cmp(b.0));
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}

/// A fault of a selector written as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError(pub String);

/// A selector from kubectl's `-l`: `app=a,tier!=db,env in (x,y),!old`.
///
/// # Errors
/// When the text is none.
pub fn parse(text: &str) -> Result<LabelSelector, SelectorError> {
    let mut selector = LabelSelector::default();
    for part in split_outside_parentheses(text) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let requirement = parse_requirement(part).ok_or_else(|| {
            SelectorError(format!("unable to parse requirement: found '{part}', expected: a label selector"))
        })?;
        selector.match_expressions.get_or_insert_default().push(requirement);
    }
    Ok(selector)
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0usize;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

fn parse_requirement(part: &str) -> Option<LabelSelectorRequirement> {
    let requirement = |key: &str, operator: &str, values: Option<Vec<String>>| {
        let key = key.trim();
        let plain = !key.is_empty() && !key.contains(|c: char| c.is_whitespace() || "(),!=<>".contains(c));
        plain.then(|| LabelSelectorRequirement { key: key.into(), operator: operator.into(), values })
    };
    if let Some((head, values)) = part.strip_suffix(')').and_then(|part| part.split_once('(')) {
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let (key, operator) = head.trim().split_once(char::is_whitespace)?;
        return match operator.trim() {
            "in" => requirement(key, "In", Some(values)),
            "notin" => requirement(key, "NotIn", Some(values)),
            _ => None,
        };
    }
    let one = |value: &str| Some(vec![value.trim().to_owned()]);
    if let Some((key, value)) = part.split_once("!=") {
        requirement(key, "NotIn", one(value))
    } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        requirement(key, "In", one(value))
    } else if let Some(key) = part.strip_prefix('!') {
        requirement(key, "DoesNotExist", None)
    } else {
        requirement(part, "Exists", None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn selectors_match_as_the_api_says() {
        let pod = labels(&[("app", "a"), ("tier", "db")]);
        for (text, expected) in [
            ("app=a", true),
            ("app==a,tier=db", true),
            ("app!=a", false),
            ("missing!=x", true),
            ("app in (a,b)", true),
            ("tier notin (db, web)", false),
            ("app", true),
            ("!app", false),
            ("!other,app", true),
        ] {
            assert_eq!(matches(Some(&parse(text).unwrap()), Some(&pod)), expected, "{text}");
        }
        assert!(!matches(None, Some(&pod)));
        assert!(matches(Some(&LabelSelector::default()), None));
        assert!(parse("a b").is_err());
    }

    #[test]
    fn printed_sorted() {
        assert_eq!(print(&exactly(labels(&[("b", "1"), ("a", "2")]))), "a=2,b=1");
        assert_eq!(print(&parse("env in (y,x),!old").unwrap()), "env in (x,y),!old");
    }
}
