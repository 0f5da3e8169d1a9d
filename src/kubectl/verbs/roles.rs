//! `kubectl create role`, `clusterrole` and their bindings (kubectl: cmd/create/create_role.go and its kin).

use serde_json::{Map, Value, json};

use crate::kubectl::Failure;
use crate::kubectl::args::Args;
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::wire::compact;

const GROUP: &str = "rbac.authorization.k8s.io";

/// The verbs that kubectl does not warn of.
const VERBS: [&str; 14] = [
    "*",
    "approve",
    "attest",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "sign",
    "update",
];

/// The parts of every value of a flag that takes several.
fn all<'a>(args: &'a Args, flag: &'a str) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for part in args.all(flag).flat_map(|text| text.split(',')).filter(|part| !part.is_empty()) {
        if !found.contains(&part) {
            found.push(part);
        }
    }
    found
}

/// The object that the flags ask for, and what is to be said of them.
pub(super) fn value(args: &Args, name: &str) -> Result<(Resource, (Value, String)), Failure> {
    let sub = args.command.strip_prefix("create_").unwrap_or_default();
    let resource = resources::find(&format!("{sub}s"))?;
    let metadata = json!({"name": name});
    if sub.ends_with("binding") {
        let (role, subjects) = (role_ref(args, sub)?, subjects(args)?);
        let value = compact(vec![("metadata", metadata), ("roleRef", role), ("subjects", subjects)]);
        return Ok((resource, (value, String::new())));
    }
    let of_cluster = sub == "clusterrole";
    if let Some(rule) = args.get("aggregation-rule").filter(|_| of_cluster) {
        let pairs = rule.split(',').filter_map(|pair| pair.split_once('='));
        let labels: Map<String, Value> = pairs.map(|(key, value)| (key.to_owned(), value.into())).collect();
        let value = json!({
            "metadata": metadata, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": labels}]}, "rules": null,
        });
        return Ok((resource, (value, String::new())));
    }
    let verbs = all(args, "verb");
    if verbs.is_empty() {
        return Err(Failure::usage("at least one verb must be specified"));
    }
    let verbs = if verbs.contains(&"*") { vec!["*"] } else { verbs };
    let addresses = all(args, "non-resource-url");
    if all(args, "resource").is_empty() && addresses.is_empty() {
        let missing = if of_cluster { "resource or nonResourceURL" } else { "resource" };
        return Err(Failure::usage(format!("at least one {missing} must be specified")));
    }
    let warnings: String = verbs
        .iter()
        .filter(|verb| !VERBS.contains(verb) && !matches!(**verb, "use" | "watch" | "proxy"))
        .map(|verb| format!("Warning: '{verb}' is not a standard resource verb\n"))
        .collect();
    let names = all(args, "resource-name");
    let list = |list: &[&str]| if list.is_empty() { Value::Null } else { json!(list) };
    // Resources of one group share a rule.
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for word in all(args, "resource") {
        let (word, part) = word.split_once('/').map_or((word, None), |(word, part)| (word, Some(part)));
        let (group, plural) = match word {
            "*" => ("*", "*".to_owned()),
            word => {
                let found = resources::find(word)
                    .map_err(|failure| Failure(failure.0.trim_start_matches("error: ").to_owned()))?;
                (found.group(), found.plural.to_owned())
            }
        };
        let plural = part.map_or(plural.clone(), |part| format!("{plural}/{part}"));
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, plurals)) => plurals.push(plural),
            None => groups.push((group, vec![plural])),
        }
    }
    groups.sort();
    let mut rules: Vec<Value> = groups
        .into_iter()
        .map(|(group, plurals)| {
            compact(vec![
                ("apiGroups", json!([group])),
                ("resourceNames", list(&names)),
                ("resources", json!(plurals)),
                ("verbs", json!(verbs)),
            ])
        })
        .collect();
    if !addresses.is_empty() {
        rules.push(json!({"nonResourceURLs": addresses, "verbs": verbs}));
    }
    Ok((resource, (json!({"metadata": metadata, "rules": rules}), warnings)))
}

fn role_ref(args: &Args, sub: &str) -> Result<Value, Failure> {
    let (role, of_cluster) = (args.get("role"), args.get("clusterrole"));
    let (kind, name) = match (role, of_cluster) {
        (Some(name), None) => ("Role", name),
        (None, Some(name)) => ("ClusterRole", name),
        _ if sub == "rolebinding" => {
            return Err(Failure::usage("exactly one of clusterrole or role must be specified"));
        }
        _ => ("ClusterRole", ""),
    };
    Ok(json!({"apiGroup": GROUP, "kind": kind, "name": name}))
}

fn subjects(args: &Args) -> Result<Value, Failure> {
    let mut found = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        found.extend(all(args, flag).iter().map(|name| json!({"apiGroup": GROUP, "kind": kind, "name": name})));
    }
    for account in all(args, "serviceaccount") {
        let parts = account.split_once(':').filter(|(space, name)| !space.is_empty() && !name.is_empty());
        let (namespace, name) = parts.ok_or_else(|| Failure::usage("serviceaccount must be <namespace>:<name>"))?;
        found.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    Ok(if found.is_empty() { Value::Null } else { json!(found) })
}
