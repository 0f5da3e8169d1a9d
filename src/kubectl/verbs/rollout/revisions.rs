//! The revisions of a workload: `rollout history` lists them, `rollout undo` goes back to one
//! (kubectl: polymorphichelpers/history.go, rollback.go).

use serde_json::{Map, Value, json};

use super::{REVISION, go_name};
use crate::api::{CHANGE_CAUSE, Kind, Object, View, is_controlled_by};
use crate::cluster::{Cluster, TemplateRevision};
use crate::kubectl::args::Args;
use crate::kubectl::describe::template;
use crate::kubectl::verbs::submit;
use crate::kubectl::{Failure, Output, print, resource, resources, tabwriter, wire};

/// What a Deployment keeps of its annotations when it is rolled back; the others are those of the revision
/// (kubectl: polymorphichelpers/rollback.go annotationsToSkip).
const KEPT: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// What keeps the revisions of a workload, by their numbers: the ReplicaSets of a Deployment, of others the workload as it
/// was then.
fn revisions(cluster: &Cluster, object: &Object) -> Vec<(i64, Value)> {
    let uid = object.metadata().uid.as_deref();
    if object.kind() != Some(Kind::Deployment) {
        let then = |revision: &TemplateRevision| {
            let mut value = object.to_json();
            value["spec"]["template"] = serde_json::to_value(revision.template.as_ref()).unwrap_or_default();
            let cause = revision.annotations.as_ref().and_then(|all| all.get(CHANGE_CAUSE));
            value["metadata"]["annotations"] = cause.map_or_else(|| json!({}), |cause| json!({ CHANGE_CAUSE: cause }));
            (revision.number, value)
        };
        return cluster.template_revisions(uid.unwrap_or_default()).iter().map(then).collect();
    }
    let owned = |it: &&Object| it.namespace() == object.namespace() && is_controlled_by(it.metadata(), uid);
    let sets = cluster.store().list(Kind::ReplicaSet).map(|(_, object)| object).filter(owned);
    let revision = |value: &Value| View::new(value).at("metadata.annotations").key(REVISION).str().parse().unwrap_or(0);
    let mut all: Vec<(i64, Value)> = sets.map(wire::object).map(|value| (revision(&value), value)).collect();
    all.sort_by_key(|(revision, _)| *revision);
    all
}

/// What is said of a kind that is no workload at all (kubectl: polymorphichelpers, kinds.go GroupKindElement.Accept).
fn unvisited(object: &Object, wanted: &str) -> Option<Failure> {
    let workload = matches!(object.kind(), Some(Kind::Pod | Kind::ReplicaSet | Kind::Job | Kind::CronJob));
    let kind = object.kind().filter(|_| !workload)?;
    let (group, name) = (kind.group(), kind.name());
    let text = format!("error retrieving {wanted} for {:?}, no visitor method exists for", go_name(object));
    Some(Failure::usage(format!("{text} {{{group} {name}}}")))
}

pub(super) fn history(cluster: &Cluster, args: &Args, object: &Object) -> Result<Output, Failure> {
    let label = resource::object_label(object);
    if !matches!(object.kind(), Some(Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)) {
        return Err(unvisited(object, "history").unwrap_or_else(|| {
            Failure::usage(format!("no history viewer has been implemented for {:?}", go_name(object)))
        }));
    }
    let all = revisions(cluster, object);
    let wanted = args.number("revision")?.unwrap_or_default();
    if wanted < 0 {
        return Err(Failure::usage("revision must be a positive integer: ".to_owned() + &wanted.to_string()));
    }
    let format = args.get("output").or(args.get("template").map(|_| "go-template")).filter(|format| !format.is_empty());
    if let Some(format) = format {
        return printed(args, &all, wanted, format);
    }
    if wanted > 0 {
        let (_, set) = all
            .iter()
            .find(|(revision, _)| *revision == wanted)
            .ok_or_else(|| Failure::usage("unable to find the specified revision"))?;
        let mut template = set.pointer("/spec/template").cloned().unwrap_or_default();
        let cause = View::new(set).at("metadata.annotations").key(CHANGE_CAUSE).0;
        if let Some(cause) = cause.filter(|_| object.kind() == Some(Kind::Deployment)) {
            template["metadata"]["annotations"][CHANGE_CAUSE] = cause.clone();
        }
        let text = template::plain(View::new(&template));
        return Ok(Output::text(format!("{label} with revision #{wanted}\n{text}\n")));
    }
    if all.is_empty() {
        return Ok(Output::text(format!("{label} \nNo rollout history found.\n")));
    }
    let mut table = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for (revision, set) in &all {
        let cause = View::new(set).at("metadata.annotations").key(CHANGE_CAUSE).or("<none>");
        table.push_str(&format!("{revision}\t{cause}\n"));
    }
    Ok(Output::text(format!("{label} \n{}\n", tabwriter::format(&table, 0, 2))))
}

/// What keeps each revision, in the format of `-o`.
fn printed(args: &Args, all: &[(i64, Value)], wanted: i64, format: &str) -> Result<Output, Failure> {
    let mut text = String::new();
    if wanted > 0 && all.iter().all(|(revision, _)| *revision != wanted) {
        return Err(Failure::usage("unable to find the specified revision"));
    }
    let chosen = all.iter().filter(|(revision, _)| wanted == 0 || *revision == wanted);
    for (number, (_, value)) in chosen.enumerate() {
        if format == "yaml" && number > 0 {
            text.push_str("---\n");
        }
        text.push_str(&match format {
            "json" => print::json::in_order(value),
            "name" => {
                let view = View::new(value);
                let (kind, name) = (view.at("kind").str(), view.at("metadata.name").str());
                resources::label_of(view.at("apiVersion").str(), kind, name) + "\n"
            }
            format => print::value(value, format, args.template(), submit::FORMATS)?,
        });
    }
    Ok(Output::text(text))
}

pub(super) fn undo(cluster: &mut Cluster, args: &Args, object: &Object) -> Result<Output, Failure> {
    if !matches!(object.kind(), Some(Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)) {
        return Err(unvisited(object, "rollbacker").unwrap_or_else(|| {
            Failure::usage(format!("no rollbacker has been implemented for {:?}", go_name(object)))
        }));
    }
    let value = object.to_json();
    let view = View::new(&value);
    let mut warning = String::new();
    let annotations = view.at("metadata.annotations");
    if annotations.key("kubectl.kubernetes.io/last-applied-configuration").exists() {
        warning = format!(
            "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not \
             update the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected \
             behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous \
             configuration file instead.\n",
            object.kind().map_or("", Kind::plural),
            object.name()
        );
    }
    // What is known of the object is said before anything is tried.
    match undo_to(cluster, args, object, view) {
        Ok(output) => Ok(Output::remark(warning).then(output)),
        Err(failure) => Ok(Output::remark(warning).then(failure.into())),
    }
}

fn undo_to(cluster: &mut Cluster, args: &Args, object: &Object, view: View<'_>) -> Result<Output, Failure> {
    let deployment = object.kind() == Some(Kind::Deployment);
    let wanted = args.number("to-revision")?.unwrap_or_default();
    let all = revisions(cluster, object);
    let own: i64 = view.at("metadata.annotations").key(REVISION).str().parse().unwrap_or_default();
    let target = match wanted {
        0 if !deployment => all.iter().rev().nth(1),
        0 => all.iter().rev().find(|(revision, _)| *revision < own || own == 0).or_else(|| all.iter().rev().nth(1)),
        wanted => all.iter().find(|(revision, _)| *revision == wanted),
    };
    let Some((_, set)) = target else {
        return Err(Failure::usage(match wanted {
            0 if !deployment => "no last revision to roll back to".to_owned(),
            0 => format!("no rollout history found for deployment \"{}\"", object.name()),
            wanted => format!("unable to find specified revision {wanted} in history"),
        }));
    };
    let mut template = set.pointer("/spec/template").cloned().unwrap_or_default();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    if submit::dry_run(args)? == submit::Dry::Client {
        // What would be there is told where the word for it would be.
        let text = template::plain(View::new(set).at("spec.template"));
        return Ok(Output::text(format!("{} {text} (dry run)\n", resource::object_label(object))));
    }
    if view.at("spec.paused").is_true() {
        return Err(Failure::usage(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    if Some(&template) == view.at("spec.template").0 {
        let label = resource::object_label(object);
        let dry = if submit::dry_run(args)? == submit::Dry::Server { " (server dry run)" } else { "" };
        let text = format!("{label} skipped rollback (current template already matches revision {wanted}){dry}");
        return Ok(Output::line(text));
    }
    let annotations = |value: &Value, kept: bool| -> Map<String, Value> {
        let all = value.pointer("/metadata/annotations").and_then(Value::as_object).cloned().unwrap_or_default();
        all.into_iter().filter(|(name, _)| KEPT.contains(&name.as_str()) == kept).collect()
    };
    let theirs = annotations(set, false);
    let done = submit::change(cluster, args, object, "rolled back", |value| {
        if deployment {
            let mut all = annotations(value, true);
            all.extend(theirs);
            value["metadata"]["annotations"] = Value::Object(all);
        }
        value["spec"]["template"] = template;
        Ok(())
    })?;
    Ok(done.unwrap_or_default())
}
