//! `kubectl rollout` (kubectl: cmd/rollout, polymorphichelpers).

mod revisions;

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::{Read, submit};
use crate::api::{Kind, Object, View};
use crate::cluster::{Cluster, ObjectKey};
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, Heard, What};
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output, resource};

const REVISION: &str = "deployment.kubernetes.io/revision";

/// The subcommands.
pub(super) fn rollout(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let found = match args.arguments() {
        words if args.get("filename").is_some() => super::named_in_files(cluster, args, words, read)?,
        [] => return Err(Failure::usage("required resource not specified")),
        words => resource::find(cluster, args, words)?,
    };
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    if objects.is_empty() && found.missing.is_empty() {
        return Ok(Output::remark(format!("No resources found in {} namespace.\n", args.namespace())));
    }
    let output = match args.command {
        "rollout_status" => return status(cluster, args, &objects, &found.missing),
        "rollout_history" => submit::each(&objects, |object| revisions::history(cluster, args, object)),
        "rollout_undo" => submit::each(&objects, |object| revisions::undo(cluster, args, object)),
        "rollout_pause" => submit::each_introduced(&objects, true, |object| pause(cluster, args, object, true)),
        "rollout_resume" => submit::each_introduced(&objects, true, |object| pause(cluster, args, object, false)),
        _ => submit::each_introduced(&objects, true, |object| restart(cluster, args, object)),
    };
    Ok(output.with_missing(&found.missing))
}

fn go_name(object: &Object) -> String {
    let resource = object.kind().map(Resource::of);
    resource.map_or_else(String::new, |resource| match resource.group() {
        "" => resource.kind.to_owned(),
        group => format!("{}.{group}", resource.kind),
    })
}

fn full(object: &Object) -> String {
    let plural = object.kind().map_or_else(String::new, |kind| Resource::of(kind).full().into_owned());
    format!("{plural} \"{}\"", object.name())
}

fn status(cluster: &Cluster, args: &Args, objects: &[Object], missing: &str) -> Result<Output, Failure> {
    let revision = args.number("revision")?.unwrap_or_default();
    let mut goes_on = false;
    let output = submit::each(objects, |object| {
        if goes_on {
            return Ok(Output::default());
        }
        if !matches!(object.kind(), Some(Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)) {
            return Err(Failure::usage(format!("no status viewer has been implemented for {}", go_name(object))));
        }
        let heard = told(object, revision);
        let exit_code = heard.exit_code.unwrap_or_default();
        let mut output = Output { stdout: heard.stdout, stderr: heard.stderr, exit_code, ..Output::default() };
        if heard.exit_code.is_none() && !args.off("watch") {
            let key = ObjectKey::of(object).ok_or_else(|| Failure::usage("no such object"))?;
            let timeout = args.micros("timeout").filter(|micros| *micros > 0);
            let timeout = timeout.and_then(|micros| u64::try_from(micros).ok());
            let deadline = timeout.map(|micros| cluster.now() + std::time::Duration::from_micros(micros));
            output.follow = Some(Follow::new(What::Rollout(key, revision), cluster.config().epoch, deadline));
            goes_on = true;
        }
        Ok(output)
    });
    Ok(output.with_missing(missing))
}

/// What `rollout status` says of a state (kubectl: polymorphichelpers/rollout_status.go).
pub(in crate::kubectl) fn told(object: &Object, revision: i64) -> Heard {
    match words(object, revision) {
        Err(failure) => Heard::failure(&failure),
        Ok((text, done)) => Heard { stdout: text + "\n", exit_code: done.then_some(0), ..Heard::default() },
    }
}

fn words(object: &Object, revision: i64) -> Result<(String, bool), Failure> {
    let value = object.to_json();
    let view = View::new(&value);
    let (spec, status, name) = (view.at("spec"), view.at("status"), object.name());
    let observed = view.at("metadata.generation").int() <= status.at("observedGeneration").int();
    let wait = |text: String| Ok((text, false));
    match object.kind() {
        Some(Kind::Deployment) => {
            let own: i64 = view.at("metadata.annotations").key(REVISION).str().parse().unwrap_or_default();
            if revision > 0 && own != revision {
                return Err(Failure::usage(format!(
                    "desired revision ({revision}) is different from the running revision ({own})"
                )));
            }
            if !observed {
                return wait("Waiting for deployment spec update to be observed...".to_owned());
            }
            let late = status.at("conditions").items().any(|condition| {
                condition.at("type").str() == "Progressing"
                    && condition.at("reason").str() == "ProgressDeadlineExceeded"
            });
            if late {
                return Err(Failure::usage(format!("deployment {name:?} exceeded its progress deadline")));
            }
            let desired = spec.at("replicas").0.map_or(1, |_| spec.at("replicas").int());
            let (updated, all) = (status.at("updatedReplicas").int(), status.at("replicas").int());
            let available = status.at("availableReplicas").int();
            let head = format!("Waiting for deployment {name:?} rollout to finish:");
            if updated < desired {
                return wait(format!("{head} {updated} out of {desired} new replicas have been updated..."));
            }
            if all > updated {
                return wait(format!("{head} {} old replicas are pending termination...", all - updated));
            }
            if available < updated {
                return wait(format!("{head} {available} of {updated} updated replicas are available..."));
            }
            Ok((format!("deployment {name:?} successfully rolled out"), true))
        }
        kind => {
            if spec.at("updateStrategy.type").or("RollingUpdate") != "RollingUpdate" {
                return Err(Failure::usage("rollout status is only available for RollingUpdate strategy type"));
            }
            if kind == Some(Kind::DaemonSet) {
                daemon_set(name, status, observed)
            } else {
                stateful_set(spec, status, observed)
            }
        }
    }
}

fn daemon_set(name: &str, status: View<'_>, observed: bool) -> Result<(String, bool), Failure> {
    if !observed {
        return Ok(("Waiting for daemon set spec update to be observed...".to_owned(), false));
    }
    let desired = status.at("desiredNumberScheduled").int();
    let (updated, available) = (status.at("updatedNumberScheduled").int(), status.at("numberAvailable").int());
    let head = format!("Waiting for daemon set {name:?} rollout to finish:");
    Ok(match () {
        () if updated < desired => (format!("{head} {updated} out of {desired} new pods have been updated..."), false),
        () if available < desired => (format!("{head} {available} of {desired} updated pods are available..."), false),
        () => (format!("daemon set {name:?} successfully rolled out"), true),
    })
}

fn stateful_set(spec: View<'_>, status: View<'_>, observed: bool) -> Result<(String, bool), Failure> {
    if !observed || status.at("observedGeneration").int() == 0 {
        return Ok(("Waiting for statefulset spec update to be observed...".to_owned(), false));
    }
    let replicas = spec.at("replicas").0.map_or(1, |_| spec.at("replicas").int());
    let ready = status.at("readyReplicas").int();
    if ready < replicas {
        return Ok((format!("Waiting for {} pods to be ready...", replicas - ready), false));
    }
    let updated = status.at("updatedReplicas").int();
    let partition = spec.at("updateStrategy.rollingUpdate.partition");
    if partition.exists() {
        let partition = partition.int();
        let wanted = replicas - partition;
        return Ok(match updated < wanted {
            true => (
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {wanted} new pods have been updated..."
                ),
                false,
            ),
            false => (format!("partitioned roll out complete: {updated} new pods have been updated..."), true),
        });
    }
    let (update, current) = (status.at("updateRevision").str(), status.at("currentRevision").str());
    if update != current {
        return Ok((
            format!("waiting for statefulset rolling update to complete {updated} pods at revision {update}..."),
            false,
        ));
    }
    let count = status.at("currentReplicas").int();
    Ok((format!("statefulset rolling update complete {count} pods at revision {current}..."), true))
}

fn pause(cluster: &mut Cluster, args: &Args, object: &Object, paused: bool) -> Result<Output, Failure> {
    if object.kind() != Some(Kind::Deployment) {
        let verb = if paused { "pausing" } else { "resuming" };
        return Err(Failure::usage(format!("{} {verb} is not supported", full(object))));
    }
    let is = View::new(&object.to_json()).at("spec.paused").is_true();
    if is == paused {
        let state = if paused { "is already paused" } else { "is not paused" };
        return Err(Failure::usage(format!("{} {state}", full(object))));
    }
    let word = if paused { "paused" } else { "resumed" };
    let done = submit::change(cluster, args, object, word, |value| {
        value["spec"]["paused"] = if paused { json!(true) } else { Value::Null };
        Ok(())
    })?;
    Ok(done.unwrap_or_default())
}

fn restart(cluster: &mut Cluster, args: &Args, object: &Object) -> Result<Output, Failure> {
    if !matches!(object.kind(), Some(Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)) {
        return Err(Failure::usage(format!("{} restarting is not supported", full(object))));
    }
    if View::new(&object.to_json()).at("spec.paused").is_true() {
        return Err(Failure::usage(format!(
            "{} can't restart paused deployment (run rollout resume first)",
            full(object)
        )));
    }
    let now: Timestamp = cluster.now().to_timestamp(cluster.config().epoch);
    let now = now.to_seconds();
    let done = submit::change(cluster, args, object, "restarted", |value| {
        let metadata = &mut value["spec"]["template"]["metadata"];
        if !metadata["annotations"].is_object() {
            metadata["annotations"] = json!({});
        }
        metadata["annotations"]["kubectl.kubernetes.io/restartedAt"] = json!(now);
        Ok(())
    })?;
    done.ok_or_else(|| {
        Failure::usage(format!(
            "failed to create patch for {}: if restart has already been triggered within the past second, please wait \
             before attempting to trigger another",
            object.name()
        ))
    })
}
