//! `kubectl create role`, `clusterrole` and their bindings (kubectl: cmd/create/create_role.go and its kin).

use serde_json::{Map, Value, json};

use crate::kubectl::Failure;
use crate::kubectl::args::Args;
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::wire::compact;

const GROUP: &str = "rbac.authorization.k8s.io";

/// The verbs that resources are known to take, of which roles are made without a warning
/// (kubectl: cmd/create/create_role.go validResourceVerbs).
pub(in crate::kubectl) const ON_RESOURCES: [&str; 9] =
    ["*", "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// Verbs that only some resources know, each with these (kubectl: cmd/create/create_role.go specialVerbs).
pub(in crate::kubectl) const SPECIAL: [(&str, &[(&str, &str)]); 4] = [
    ("use", &[("policy", "podsecuritypolicies"), ("extensions", "podsecuritypolicies")]),
    ("bind", &[(GROUP, "roles"), (GROUP, "clusterroles")]),
    ("escalate", &[(GROUP, "roles"), (GROUP, "clusterroles")]),
    ("impersonate", &[("", "users"), ("", "serviceaccounts"), ("", "groups"), ("authentication.k8s.io", "userextras")]),
];

/// The verbs of addresses that are no resources (kubectl: cmd/create/create_clusterrole.go).
const ON_ADDRESSES: [&str; 8] = ["*", "get", "post", "put", "delete", "patch", "head", "options"];

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
        if ["verb", "resource", "resource-name", "non-resource-url"].iter().any(|flag| args.get(flag).is_some()) {
            return Err(Failure::usage(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
            ));
        }
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
        return Err(Failure::usage(match of_cluster {
            true => "one of resource or nonResourceURL must be specified",
            false => "at least one resource must be specified",
        }));
    }
    let resources = all(args, "resource");
    let known = |verb: &&&str| {
        ON_RESOURCES.contains(verb) || **verb == "proxy" || SPECIAL.iter().any(|(special, _)| *special == **verb)
    };
    let odd = verbs.iter().filter(|verb| !resources.is_empty() && !known(verb));
    let warnings: String = odd.map(|verb| format!("Warning: '{verb}' is not a standard resource verb\n")).collect();
    for address in &addresses {
        if let Some(odd) = verbs.iter().find(|verb| !ON_ADDRESSES.contains(verb)) {
            return Err(Failure::usage(format!("invalid verb: '{odd}' for nonResourceURL")));
        }
        if !address.starts_with('/') {
            return Err(Failure::usage("nonResourceURL should start with /"));
        }
        if address.trim_end_matches('*').contains('*') {
            return Err(Failure::usage("nonResourceURL only supports wildcard matches when '*' is at the end"));
        }
    }
    let names = all(args, "resource-name");
    let list = |list: &[&str]| if list.is_empty() { Value::Null } else { json!(list) };
    // Resources of one group share a rule.
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for word in all(args, "resource") {
        let (word, part) = word.split_once('/').map_or((word, None), |(word, part)| (word, Some(part)));
        if word.is_empty() {
            return Err(Failure::usage("resource must be specified if apiGroup/subresource specified"));
        }
        let (group, plural) = match word {
            "*" => ("", "*".to_owned()),
            word => of_rule(word, &verbs)?,
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

/// The group and the name of the resource that a rule is about.
fn of_rule(word: &str, verbs: &[&str]) -> Result<(&'static str, String), Failure> {
    let found = resources::find(word);
    let (group, plural) = match &found {
        Ok(found) => (found.group(), found.plural),
        Err(_) => ("", word),
    };
    for (verb, takes) in SPECIAL.iter().filter(|(verb, _)| verbs.contains(verb)) {
        let Some((group, plural)) = takes.iter().find(|it| **it == (group, plural)) else {
            return Err(Failure::usage(format!("can not perform '{verb}' on '{plural}' in group '{group}'")));
        };
        if found.is_err() {
            // What has no resource of its own is named by the verb alone.
            return Ok((group, (*plural).to_owned()));
        }
    }
    match found {
        Ok(found) => Ok((found.group(), found.plural.to_owned())),
        Err(failure) => Err(Failure(failure.0.trim_start_matches("error: ").to_owned())),
    }
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
        let parts = account
            .split_once(':')
            .filter(|(space, name)| !space.is_empty() && !name.is_empty() && !name.contains(':'));
        let (namespace, name) = parts.ok_or_else(|| Failure::usage("serviceaccount must be <namespace>:<name>"))?;
        found.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    Ok(if found.is_empty() { Value::Null } else { json!(found) })
}
