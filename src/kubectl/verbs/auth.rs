//! `kubectl auth` (kubectl: cmd/auth): whoever sits at this prompt may do everything.

use serde_json::json;

use super::make::{ON_RESOURCES, SPECIAL};
use super::submit;
use crate::kubectl::args::Args;
use crate::kubectl::print::{self, rows::table};
use crate::kubectl::resources;
use crate::kubectl::{Failure, Output};

/// Verbs that only the approval of certificates knows (kubectl: cmd/auth/cani.go).
const ON_CERTIFICATES: [&str; 3] = ["approve", "attest", "sign"];

/// The subcommands.
pub(super) fn auth(args: &Args) -> Result<Output, Failure> {
    match args.command {
        "auth_whoami" => who_am_i(args),
        _ if args.on("list") => list(args),
        _ => can_i(args),
    }
}

fn who_am_i(args: &Args) -> Result<Output, Failure> {
    const GROUPS: [&str; 2] = ["system:masters", "system:authenticated"];
    if let Some(format) = args.get("output").filter(|format| !format.is_empty()) {
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {},
            "status": {"userInfo": {"username": "admin", "uid": "admin", "groups": GROUPS}},
        });
        return print::value(&review, format, args.template(), submit::FORMATS).map(Output::text);
    }
    let groups = format!("[{}]", GROUPS.join(" "));
    let rows = [["ATTRIBUTE", "VALUE"], ["Username", "admin"], ["UID", "admin"], ["Groups", &groups]];
    Ok(Output::text(table(&rows.map(|row| row.map(str::to_owned).to_vec()))))
}

fn list(args: &Args) -> Result<Output, Failure> {
    if !args.arguments().is_empty() {
        return Err(Failure::usage("list option must be specified with no arguments"));
    }
    let mut rows = vec![["Resources", "Non-Resource URLs", "Resource Names", "Verbs"].map(str::to_owned).to_vec()];
    rows.push(["*.*", "[]", "[]", "[*]"].map(str::to_owned).to_vec());
    rows.push(["", "[*]", "[]", "[*]"].map(str::to_owned).to_vec());
    if args.on("no-headers") {
        rows.remove(0);
    }
    Ok(Output::text(table(&rows)))
}

fn can_i(args: &Args) -> Result<Output, Failure> {
    let [verb, resource] = args.arguments() else {
        return Err(Failure::usage(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' \
             for help and examples.",
        ));
    };
    let mut output = Output::default();
    let bare = resource.split('/').next().unwrap_or(resource);
    let in_group = |group: &str| if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
    let warning = match resources::find(bare) {
        _ if resource.starts_with('/') || bare == "*" => None,
        // What has no resource of its own is known by the verb that it goes with.
        Err(_) if SPECIAL.iter().any(|(_, takes)| takes.contains(&("", bare))) => None,
        Err(_) => {
            let (name, group) = bare.split_once('.').unwrap_or((bare, ""));
            Some(format!("the server doesn't have a resource type '{name}'{}", in_group(group)))
        }
        Ok(found) if !found.namespaced && !args.on("all-namespaces") => {
            Some(format!("resource '{}' is not namespace scoped{}", found.plural, in_group(found.group())))
        }
        Ok(_) => None,
    };
    output.stderr.extend(warning.map(|text| format!("Warning: {text}\n\n")));
    let verb = verb.as_str();
    let known = ON_RESOURCES.contains(&verb)
        || ON_CERTIFICATES.contains(&verb)
        || SPECIAL.iter().any(|(special, _)| *special == verb);
    if !known {
        output.stderr.push_str(&format!("Warning: verb '{verb}' is not a known verb\n\n"));
    }
    if args.on("quiet") {
        return Ok(output);
    }
    Ok(output.then(Output::line("yes")))
}
