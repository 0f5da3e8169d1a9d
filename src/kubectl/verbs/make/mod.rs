//! Objects made from flags: `kubectl run`, `expose`, `autoscale` and the subcommands of `create`
//! (kubectl: cmd/run, cmd/expose, cmd/autoscale, cmd/create).

mod autoscale;
pub(super) mod data;
mod expose;
mod ingress;
mod policy;
mod roles;
mod run;
mod service;
mod token;
mod workload;

use serde_json::{Map, Value, json};

use super::Read;
use super::submit::{self, Dry};
use crate::api::{Kind, Object, Other};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::print::json;
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::{Failure, Output, wire};
use crate::manifest::update::LAST_APPLIED;

pub(super) use autoscale::autoscale;
pub(super) use expose::expose;
pub(in crate::kubectl) use roles::{ON_RESOURCES, SPECIAL};
pub(super) use run::run;

/// Creates an object made of `value` and says so. `failed` introduces a refusal of the generators of `create`.
fn made(
    cluster: &mut Cluster,
    args: &Args,
    resource: Resource,
    mut value: Value,
    failed: bool,
) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    if resource.namespaced && (dry != Dry::Client || args.get("namespace").is_some()) {
        value["metadata"]["namespace"] = json!(args.namespace());
    }
    let mut object = match resource.known() {
        Some(kind) => Object::from_json(kind, value).map_err(Failure::usage)?,
        None => Object::Other(Other::from_json(resource.api_version, resource.kind, value).map_err(Failure::usage)?),
    };
    // `run` takes the flag and does nothing with it.
    if failed && args.on("save-config") {
        let config = json::compact_in_order(&wire::object(&object)) + "\n";
        object.metadata_mut().annotations.get_or_insert_default().insert(LAST_APPLIED.to_owned(), config);
    }
    if resource.known().is_none() && dry == Dry::No {
        let (kind, name) = (resource.kind, object.name());
        return Err(Failure::usage(format!(
            "{kind} {name:?} is not simulated here; see it with --dry-run=client -o yaml"
        )));
    }
    submit::record(args, &mut object);
    let created = submit::create(cluster, dry, object).map_err(|error| {
        let of = match (resource.kind, args.command) {
            (kind, _) if !failed || kind == "Namespace" => return Failure::from(error),
            ("ResourceQuota", _) => "quota".to_owned(),
            ("PodDisruptionBudget", _) => "poddisruptionbudgets".to_owned(),
            // The real client forgets the colon.
            ("Secret", "create_secret_generic") => {
                return Failure::usage(format!("failed to create secret {}", error.message));
            }
            ("Service", _) => format!("{} service", service::kind(args)),
            (kind, _) => kind.to_lowercase(),
        };
        Failure::usage(format!("failed to create {of}: {}", error.message))
    })?;
    submit::said_of_made(args, dry, &created, "created")
}

fn named(words: &[String], args: &Args) -> Result<String, Failure> {
    match words {
        [name] => Ok(name.clone()),
        words => {
            let count = words.len();
            Err(args.misuse(format!("exactly one NAME is required, got {count}")))
        }
    }
}

fn of(kind: &str) -> Result<Resource, Failure> {
    resources::find(kind)
}

/// The subcommands of `create`.
pub(super) fn create(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let sub = args.command.strip_prefix("create_").unwrap_or_default();
    let name = named(args.arguments(), args)?;
    let metadata = json!({"name": name});
    match sub {
        "deployment" => made(cluster, args, of("deployments")?, workload::deployment(args, &name)?, true),
        "job" => workload::job(cluster, args, &name),
        "cronjob" => made(cluster, args, of("cronjobs")?, workload::cron_job(args, &name), true),
        "configmap" => made(cluster, args, of("configmaps")?, data::config_map(args, read, &name)?, true),
        "secret_generic" | "secret_tls" | "secret_docker-registry" => {
            made(cluster, args, of("secrets")?, data::secret(args, read, &name)?, true)
        }
        "namespace" => made(cluster, args, of("namespaces")?, json!({"metadata": metadata}), true),
        "serviceaccount" => made(cluster, args, of("serviceaccounts")?, json!({"metadata": metadata}), true),
        "quota" => made(cluster, args, of("resourcequotas")?, policy::quota(args, &name)?, true),
        "poddisruptionbudget" => made(cluster, args, of("poddisruptionbudgets")?, policy::budget(args, &name)?, true),
        "priorityclass" => made(cluster, args, of("priorityclasses")?, policy::priority(args, &name)?, true),
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => {
            let (of, value) = roles::value(args, &name)?;
            made(cluster, args, of, value.0, true).map(|output| Output::remark(value.1).then(output))
        }
        "ingress" => made(cluster, args, of("ingresses")?, ingress::value(args, &name)?, true),
        "token" => token::token(cluster, args, &name),
        _ => match sub.strip_prefix("service_") {
            Some(_) => made(cluster, args, of("services")?, service::value(args, &name)?, true),
            None => Err(Failure::usage(format!("create {sub} is not simulated"))),
        },
    }
}

/// Labels of a flag: each part is `key=value` and nothing more (kubectl: generate/generate.go ParseLabels).
fn labels(args: &Args, flag: &str) -> Result<Map<String, Value>, Failure> {
    let parts = args.get(flag).unwrap_or_default().split(',').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let pair = part.split_once('=').filter(|(key, value)| !key.is_empty() && !value.contains('='));
        let (key, value) = pair.ok_or_else(|| Failure::usage(format!("unexpected label spec: {part}")))?;
        Ok((key.to_owned(), value.into()))
    };
    parts.map(pair).collect()
}

/// The namespace that an object made of another is sent with; the client alone writes none that it was not given.
fn namespace(args: &Args, of: &Object) -> Result<Value, Failure> {
    let written = submit::dry_run(args)? != Dry::Client || args.get("namespace").is_some();
    Ok(if written { json!(of.namespace()) } else { Value::Null })
}

fn create_and_say(cluster: &mut Cluster, args: &Args, kind: Kind, value: Value, word: &str) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    let mut object = Object::from_json(kind, value).map_err(Failure::usage)?;
    submit::record(args, &mut object);
    let created = submit::create(cluster, dry, object)?;
    submit::said_of_made(args, dry, &created, word)
}
