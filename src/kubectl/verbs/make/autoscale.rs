//! `kubectl autoscale` (kubectl: cmd/autoscale/autoscale.go).

use serde_json::{Value, json};

use super::{create_and_say, namespace};
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::resources::Resource;
use crate::kubectl::verbs::submit::{self, Dry};
use crate::kubectl::verbs::{Read, set};
use crate::kubectl::wire::compact;
use crate::kubectl::{Failure, Output, resource};

/// `autoscale TYPE NAME --max=N`.
pub(in crate::kubectl::verbs) fn autoscale(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let mut output = Output::default();
    if args.get("cpu-percent").is_some() {
        output.stderr.push_str(
            "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., \
             '70%' for utilization or '500m' for milliCPU).\n",
        );
    }
    let (min, max) = (args.number("min")?.unwrap_or(-1), args.number("max")?.unwrap_or_default());
    let failed = |text: String| Ok(Output::remark(output.stderr.clone()).then(Failure::usage(text).into()));
    if max < 1 {
        return failed(format!("--max=MAXPODS is required and must be at least 1, max: {max}"));
    }
    if max < min {
        return failed(format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"));
    }
    if args.get("cpu").is_some() && args.get("cpu-percent").is_some() {
        return failed("--cpu-percent and --cpu are mutually exclusive".to_owned());
    }
    let found = match args.get("filename") {
        Some(_) => set::local(args, read)?,
        None => resource::to_change(cluster, args, args.arguments())?,
    };
    let metric = |resource: &str, text: &str| {
        Ok::<_, Failure>(json!({"type": "Resource", "resource": {"name": resource, "target": target(resource, text)?}}))
    };
    let percent = args.get("cpu-percent").map(|text| format!("{text}%"));
    let cpu = args.get("cpu").or(percent.as_deref()).map(|text| metric("cpu", text)).transpose()?;
    let memory = args.get("memory").map(|text| metric("memory", text)).transpose()?;
    let metrics: Vec<Value> = cpu.into_iter().chain(memory).collect();
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    let made = submit::each(&objects, |object| {
        let name = args.get("name").unwrap_or(object.name());
        if !matches!(object.kind(), Some(Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet)) {
            let of = object.kind().map(Resource::of);
            let (kind, gvr) = of.map_or_else(Default::default, |of| (of.kind, of.gvr()));
            return Err(Failure::usage(format!(
                "cannot autoscale a {kind}: could not find scale subresource for {gvr} in discovery information"
            )));
        }
        let of = object.kind().map_or_else(
            || json!({}),
            |kind| json!({"apiVersion": kind.api_version(), "kind": kind.name(), "name": object.name()}),
        );
        let spec = compact(vec![
            ("maxReplicas", json!(max)),
            ("minReplicas", if min > 0 { json!(min) } else { Value::Null }),
            ("scaleTargetRef", of),
            ("metrics", if metrics.is_empty() { Value::Null } else { json!(metrics) }),
        ]);
        let metadata = compact(vec![("name", json!(name)), ("namespace", namespace(args, object)?)]);
        let made = create_and_say(
            cluster,
            args,
            Kind::HorizontalPodAutoscaler,
            json!({"metadata": metadata, "spec": spec}),
            // The client alone says that it made one.
            if submit::dry_run(args)? == Dry::Client { "created" } else { "autoscaled" },
        );
        // The client tries again with the older version, which knows a share of the CPU and nothing else.
        let why = match args.get("cpu") {
            Some(cpu) if cpu.ends_with('%') && args.get("memory").is_none() => return made,
            Some(_) => "%!w(<nil>)",
            None => "empty input",
        };
        made.map_err(|_| {
            Failure::usage(format!(
                "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: {why}"
            ))
        })
    });
    Ok(output.then(made).with_missing(&found.missing))
}

/// What a metric is to be held at: a share of what was requested, or an amount. Bare numbers of CPU are thousandths, those
/// of memory Mi.
fn target(resource: &str, text: &str) -> Result<Value, Failure> {
    if let Some(percent) = text.strip_suffix('%') {
        return match percent.parse::<u32>() {
            Ok(percent) => Ok(json!({"type": "Utilization", "averageUtilization": percent})),
            Err(_) => Err(Failure::usage(format!("invalid percentage value: {percent}"))),
        };
    }
    let bare = text.parse::<f64>().is_ok();
    let amount = match (resource, bare) {
        ("cpu", true) => format!("{text}m"),
        (_, true) => format!("{text}Mi"),
        _ => text.to_owned(),
    };
    let amount =
        Quantity::parse(&amount).map_err(|_| Failure::usage(format!("invalid resource {resource} value: {text}")))?;
    Ok(json!({"type": "AverageValue", "averageValue": amount.to_string()}))
}
