//! `kubectl create quota`, `poddisruptionbudget` and `priorityclass` (kubectl: cmd/create/create_quota.go,
//! create_pdb.go, create_priorityclass.go).

use serde_json::{Map, Value, json};

use crate::api::quantity::Quantity;
use crate::kubectl::Failure;
use crate::kubectl::args::Args;
use crate::kubectl::selector::Selector;
use crate::kubectl::verbs::set;
use crate::kubectl::wire::compact;

pub(super) fn quota(args: &Args, name: &str) -> Result<Value, Failure> {
    let scopes: Vec<&str> =
        args.all("scopes").flat_map(|scopes| scopes.split(',')).filter(|it| !it.is_empty()).collect();
    let scopes = if scopes.is_empty() { Value::Null } else { json!(scopes) };
    let mut hard = Map::new();
    for pair in args.all("hard").flat_map(|text| text.split(',')).filter(|pair| !pair.is_empty()) {
        let (resource, amount) = set::amount(pair).map_err(|failure| {
            let text = failure.0.replacen("invalid argument syntax", "Invalid argument syntax", 1);
            Failure(text)
        })?;
        let amount = Quantity::parse(amount).map_or_else(|_| amount.to_owned(), |amount| amount.to_string());
        hard.insert(resource.to_owned(), amount.into());
    }
    let hard = if hard.is_empty() { Value::Null } else { Value::Object(hard) };
    Ok(json!({"metadata": {"name": name}, "spec": compact(vec![("hard", hard), ("scopes", scopes)])}))
}

pub(super) fn budget(args: &Args, name: &str) -> Result<Value, Failure> {
    let given = |flag: &str| args.get(flag).filter(|text| !text.is_empty());
    let (min, max) = (given("min-available"), given("max-unavailable"));
    let Some(selector) = given("selector") else {
        return Err(Failure::usage("a selector must be specified"));
    };
    if min.is_some() && max.is_some() {
        return Err(Failure::usage("min-available and max-unavailable cannot be both specified"));
    }
    if min.is_none() && max.is_none() {
        return Err(Failure::usage("one of min-available or max-unavailable must be specified"));
    }
    // A number, or a share of those there are.
    let amount = |flag: &str, text: Option<&str>| match text {
        None => Ok(Value::Null),
        Some(text) if text.strip_suffix('%').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(text.parse::<i64>().map_or(json!(text), |number| json!(number)))
        }
        Some(_) => Err(Failure::usage(format!("invalid format specified for {flag}"))),
    };
    let (min, max) = (amount("min-available", min)?, amount("max-unavailable", max)?);
    let selector = Selector::parse(selector)
        .map_err(|why| Failure::usage(format!("couldn't parse the selector string {selector:?}: {why}")))?;
    let spec = compact(vec![("minAvailable", min), ("maxUnavailable", max), ("selector", selector.to_json())]);
    Ok(json!({"metadata": {"name": name}, "spec": spec}))
}

pub(super) fn priority(args: &Args, name: &str) -> Result<Value, Failure> {
    let text = |flag: &str| args.get(flag).map_or(Value::Null, |text| json!(text));
    Ok(compact(vec![
        ("metadata", json!({"name": name})),
        ("value", json!(args.number("value")?.unwrap_or_default())),
        ("globalDefault", if args.on("global-default") { json!(true) } else { Value::Null }),
        ("description", text("description")),
        ("preemptionPolicy", json!(args.get("preemption-policy").unwrap_or("PreemptLowerPriority"))),
    ]))
}
