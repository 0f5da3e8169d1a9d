//! The rows of the kinds that keep no Pods (kubernetes: printers.go, 1.36).

use k8s_openapi::api::autoscaling::v2::{
    HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus,
};
use k8s_openapi::api::core::v1::{
    ConfigMap, Event, Namespace, Node, PersistentVolumeClaim, Secret, Service, ServicePort,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;

use super::age::age;
use crate::api::quantity::of;

fn name(metadata: &ObjectMeta) -> String {
    metadata.name.clone().unwrap_or_default().to_string()
}

fn or(text: Option<&str>, absent: &str) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or(absent).to_owned()
}

fn since(metadata: &ObjectMeta, now: Timestamp) -> String {
    age(metadata.creation_timestamp.as_ref(), now)
}

pub(super) fn service(object: &Service, now: Timestamp) -> Vec<String> {
    let spec = object.spec.as_ref();
    let kind = spec.and_then(|spec| spec.type_.as_deref()).unwrap_or("ClusterIP");
    let ip = spec.and_then(|spec| spec.cluster_ips.as_ref()).and_then(|ips| ips.first()).map(String::as_str);
    let ip = ip.or_else(|| spec.and_then(|spec| spec.cluster_ip.as_deref()));
    let external = spec.and_then(|spec| spec.external_ips.clone()).unwrap_or_default();
    let external = match kind {
        "ExternalName" => or(spec.and_then(|spec| spec.external_name.as_deref()), "<none>"),
        "LoadBalancer" => or(Some(&balanced(object, external)), "<pending>"),
        _ => or(Some(&external.join(",")), "<none>"),
    };
    let port = |port: &ServicePort| {
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        match port.node_port {
            Some(node) if node > 0 => format!("{}:{node}/{protocol}", port.port),
            _ => format!("{}/{protocol}", port.port),
        }
    };
    let ports: Vec<String> = spec.and_then(|spec| spec.ports.as_ref()).into_iter().flatten().map(port).collect();
    let selector = spec.and_then(|spec| spec.selector.as_ref()).into_iter().flatten();
    let selector: Vec<String> = selector.map(|(key, value)| format!("{key}={value}")).collect();
    vec![
        name(&object.metadata),
        kind.to_owned(),
        or(ip, "<none>"),
        external,
        or(Some(&ports.join(",")), "<none>"),
        since(&object.metadata, now),
        or(Some(&selector.join(",")), "<none>"),
    ]
}

/// EXTERNAL-IP of a balanced Service: what the balancer got, and the addresses asked for; kept short where it is not
/// shown wide, which the printer does by itself (printers.go loadBalancerStatusStringer).
fn balanced(object: &Service, asked: Vec<String>) -> String {
    let status = object.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let ingress = status.and_then(|status| status.ingress.as_ref()).into_iter().flatten();
    let mut all: Vec<String> =
        ingress.filter_map(|it| it.ip.as_ref().or(it.hostname.as_ref()).map(String::from)).collect();
    let clipped = all.join(",");
    if clipped.len() > 16 {
        all = vec![format!("{}...", clipped.get(..13).unwrap_or(&clipped))];
    }
    all.extend(asked);
    all.join(",")
}

/// TARGETS of an autoscaler: of each metric `name: current/target`, two of them at most.
pub fn autoscaler_targets(object: &HorizontalPodAutoscaler) -> String {
    let specs = object.spec.metrics.as_deref().unwrap_or_default();
    let current = object.status.as_ref().and_then(|status| status.current_metrics.as_deref()).unwrap_or_default();
    if specs.is_empty() {
        return "<none>".to_owned();
    }
    let mut cells: Vec<String> =
        specs.iter().take(2).enumerate().map(|(i, spec)| target(spec, current.get(i))).collect();
    if specs.len() > 2 {
        let last = cells.pop().unwrap_or_default();
        cells.push(format!("{last} + {} more...", specs.len() - 2));
    }
    cells.join(", ")
}

/// What one metric says, and what is aimed at. A resource is named; of a metric somebody else serves only the numbers
/// stand there (printers.go formatHPAMetrics).
fn target(spec: &MetricSpec, status: Option<&MetricStatus>) -> String {
    let found: Option<(Option<&str>, &MetricTarget, Option<&MetricValueStatus>)> = match spec.type_.as_str() {
        "Resource" => spec.resource.as_ref().map(|own| {
            let now = status.and_then(|status| status.resource.as_ref()).map(|status| &status.current);
            (Some(own.name.as_str()), &own.target, now)
        }),
        "ContainerResource" => spec.container_resource.as_ref().map(|own| {
            let now = status.and_then(|status| status.container_resource.as_ref()).map(|status| &status.current);
            (Some(own.name.as_str()), &own.target, now)
        }),
        "Pods" => spec.pods.as_ref().map(|own| {
            (None, &own.target, status.and_then(|status| status.pods.as_ref()).map(|status| &status.current))
        }),
        "Object" => spec.object.as_ref().map(|own| {
            (None, &own.target, status.and_then(|status| status.object.as_ref()).map(|status| &status.current))
        }),
        "External" => spec.external.as_ref().map(|own| {
            (None, &own.target, status.and_then(|status| status.external.as_ref()).map(|status| &status.current))
        }),
        _ => None,
    };
    let Some((resource, target, now)) = found else { return "<unknown type>".to_owned() };
    let amount = |field: Option<&Quantity>| field.map_or_else(|| "<unknown>".to_owned(), |it| of(it).to_string());
    let average = amount(now.and_then(|now| now.average_value.as_ref()));
    match (resource, &target.average_value) {
        (Some(name), Some(wanted)) => format!("{name}: {average}/{}", of(wanted)),
        (Some(name), None) => {
            let percent = |share: Option<i32>, absent: &str| {
                share.map_or_else(|| absent.to_owned(), |percent| format!("{percent}%"))
            };
            let current = percent(now.and_then(|now| now.average_utilization), "<unknown>");
            format!("{name}: {current}/{}", percent(target.average_utilization, "<auto>"))
        }
        (None, Some(wanted)) if spec.type_ == "Pods" => format!("{average}/{}", of(wanted)),
        (None, Some(wanted)) => format!("{average}/{} (avg)", of(wanted)),
        (None, None) => {
            format!("{}/{}", amount(now.and_then(|now| now.value.as_ref())), amount(target.value.as_ref()))
        }
    }
}

pub(super) fn autoscaler(object: &HorizontalPodAutoscaler, now: Timestamp) -> Vec<String> {
    let spec = &object.spec;
    let target = &spec.scale_target_ref;
    vec![
        name(&object.metadata),
        format!("{}/{}", target.kind, target.name),
        autoscaler_targets(object),
        spec.min_replicas.map_or_else(|| "<unset>".to_owned(), |min| min.to_string()),
        spec.max_replicas.to_string(),
        object.status.as_ref().and_then(|status| status.current_replicas).unwrap_or_default().to_string(),
        since(&object.metadata, now),
    ]
}

pub(super) fn namespace(object: &Namespace, now: Timestamp) -> Vec<String> {
    let phase = object.status.as_ref().and_then(|status| status.phase.as_deref());
    vec![name(&object.metadata), or(phase, "Active"), since(&object.metadata, now)]
}

pub(super) fn config_map(object: &ConfigMap, now: Timestamp) -> Vec<String> {
    let count =
        object.data.as_ref().map_or(0, |data| data.len()) + object.binary_data.as_ref().map_or(0, |data| data.len());
    vec![name(&object.metadata), count.to_string(), since(&object.metadata, now)]
}

pub(super) fn secret(object: &Secret, now: Timestamp) -> Vec<String> {
    vec![
        name(&object.metadata),
        or(object.type_.as_deref(), "Opaque"),
        object.data.as_ref().map_or(0, |data| data.len()).to_string(),
        since(&object.metadata, now),
    ]
}

/// Access modes in short, each once and always in this order: `RWO,ROX`
/// (kubernetes: apis/core/helper GetAccessModesAsString).
pub(crate) fn access_modes<'a>(modes: impl Iterator<Item = &'a str>) -> String {
    const ALL: [(&str, &str); 4] =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let modes: Vec<&str> = modes.collect();
    let there: Vec<&str> = ALL.iter().filter(|(mode, _)| modes.contains(mode)).map(|(_, short)| *short).collect();
    there.join(",")
}

pub(super) fn claim(object: &PersistentVolumeClaim, now: Timestamp) -> Vec<String> {
    let (spec, status) = (object.spec.as_ref(), object.status.as_ref());
    let phase = if object.metadata.deletion_timestamp.is_some() {
        Some("Terminating")
    } else {
        status.and_then(|status| status.phase.as_deref())
    };
    let modes = status.and_then(|status| status.access_modes.as_ref()).into_iter().flatten();
    let capacity = status.and_then(|status| status.capacity.as_ref()).and_then(|capacity| capacity.get("storage"));
    // Of what is bound both are told, though nobody has said them yet
    // (kubernetes: pkg/printers/internalversion printPersistentVolumeClaim).
    let volume = or(spec.and_then(|spec| spec.volume_name.as_deref()), "");
    let [capacity, modes] = match volume.is_empty() {
        true => [String::new(), String::new()],
        false => [
            capacity.map_or_else(|| "0".to_owned(), |capacity| capacity.0.clone()),
            access_modes(modes.map(String::as_str)),
        ],
    };
    vec![
        name(&object.metadata),
        or(phase, "Pending"),
        volume,
        capacity,
        modes,
        or(spec.and_then(|spec| spec.storage_class_name.as_deref()), ""),
        or(spec.and_then(|spec| spec.volume_attributes_class_name.as_deref()), "<unset>"),
        since(&object.metadata, now),
        or(spec.and_then(|spec| spec.volume_mode.as_deref()), "Filesystem"),
    ]
}

/// The state of a node, as `kubectl get nodes` says it under STATUS.
pub fn node_status(object: &Node) -> String {
    let conditions = object.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
    let mut word = match ready.map(|condition| condition.status.as_str()) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if object.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default() {
        word.push_str(",SchedulingDisabled");
    }
    word
}

pub(super) fn node(object: &Node, now: Timestamp) -> Vec<String> {
    let status = object.status.as_ref();
    let labels = object.metadata.labels.iter().flatten();
    let roles: Vec<&str> = labels
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .filter(|role| !role.is_empty())
        .collect();
    let info = status.and_then(|status| status.node_info.as_ref());
    let address = |kind: &str| {
        let addresses = status.and_then(|status| status.addresses.as_ref());
        or(addresses.into_iter().flatten().find(|a| a.type_ == kind).map(|a| a.address.as_str()), "<none>")
    };
    let kernel = info.map(|info| match info.architecture.as_str() {
        "" => info.kernel_version.clone(),
        architecture => format!("{} ({architecture})", info.kernel_version).into(),
    });
    vec![
        name(&object.metadata),
        node_status(object),
        or(Some(&roles.join(",")), "<none>"),
        since(&object.metadata, now),
        info.map(|info| info.kubelet_version.clone()).unwrap_or_default().to_string(),
        address("InternalIP"),
        address("ExternalIP"),
        or(info.map(|info| info.os_image.as_str()), "<unknown>"),
        or(kernel.as_deref(), "<unknown>"),
        or(info.map(|info| info.container_runtime_version.as_str()), "<unknown>"),
    ]
}

pub(super) fn event(object: &Event, now: Timestamp) -> Vec<String> {
    let micro = |time: Option<&MicroTime>| time.map(|time| Time(time.0));
    let began = object.first_timestamp.clone().or_else(|| micro(object.event_time.as_ref()));
    let series = object.series.as_ref();
    let last = series.and_then(|series| micro(series.last_observed_time.as_ref()));
    let last = last.or_else(|| object.last_timestamp.clone()).or_else(|| began.clone());
    let count = series.and_then(|series| series.count).or(object.count).unwrap_or(1);
    let source = object.source.as_ref();
    let component = source.and_then(|source| source.component.as_deref()).filter(|component| !component.is_empty());
    let host = source.and_then(|source| source.host.as_deref()).filter(|host| !host.is_empty());
    let host = host.or(object.reporting_instance.as_deref()).unwrap_or_default();
    let component = component.or(object.reporting_component.as_deref()).unwrap_or_default();
    let involved = &object.involved_object;
    let kind = involved.kind.as_deref().unwrap_or_default().to_lowercase();
    vec![
        age(last.as_ref(), now),
        or(object.type_.as_deref(), ""),
        or(object.reason.as_deref(), ""),
        format!("{kind}/{}", involved.name.as_deref().unwrap_or_default()),
        or(involved.field_path.as_deref(), ""),
        if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") },
        object.message.as_deref().unwrap_or_default().trim().to_owned(),
        age(began.as_ref(), now),
        count.max(1).to_string(),
        name(&object.metadata),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::autoscaler_targets as targets;
    use crate::api::{Kind, Object};

    fn cell(metric: Value, current: Value) -> String {
        let value = json!({
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 3, "metrics": [metric]},
            "status": {"desiredReplicas": 1, "currentMetrics": [current]},
        });
        let object = Object::from_json(Kind::HorizontalPodAutoscaler, value).unwrap();
        let Object::HorizontalPodAutoscaler(hpa) = object else { unreachable!() };
        targets(&hpa)
    }

    #[test]
    fn the_targets_of_metrics_of_every_type() {
        let nothing = json!({"type": ""});
        let container = |target: Value| {
            let own = json!({"name": "cpu", "container": "app", "target": target});
            json!({"type": "ContainerResource", "containerResource": own})
        };
        let now = json!({"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "app",
            "current": {"averageUtilization": 1, "averageValue": "1m"}}});
        let percent = container(json!({"type": "Utilization", "averageUtilization": 50}));
        assert_eq!(cell(percent.clone(), now.clone()), "cpu: 1%/50%");
        assert_eq!(cell(percent, nothing.clone()), "cpu: <unknown>/50%");
        assert_eq!(cell(container(json!({"type": "AverageValue", "averageValue": "50m"})), now), "cpu: 1m/50m");
        let average = json!({"type": "AverageValue", "averageValue": "5"});
        let value = json!({"type": "Value", "value": "5"});
        let of = json!({"kind": "Service", "name": "web", "apiVersion": "v1"});
        let pods = json!({"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": average}});
        assert_eq!(cell(pods, nothing.clone()), "<unknown>/5");
        for (target, text) in [(average, "<unknown>/5 (avg)"), (value, "<unknown>/5")] {
            let own = json!({"metric": {"name": "rps"}, "target": target, "describedObject": of});
            assert_eq!(cell(json!({"type": "Object", "object": own}), nothing.clone()), text);
            assert_eq!(cell(json!({"type": "External", "external": own}), nothing.clone()), text);
        }
    }
}
