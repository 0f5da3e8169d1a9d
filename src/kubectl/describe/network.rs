//! Services and autoscalers (kubectl: describe.go describeService, describeHorizontalPodAutoscaler).

use k8s_openapi::jiff::Timestamp;

use super::writer::Writer;
use super::{Told, rfc1123};
use crate::api::quantity::Quantity;
use crate::api::table::first_three;
use crate::api::{Object, View};

/// Writes a Service up to its events.
pub(super) fn service(told: &Told<'_>, object: &Object, view: View<'_>, writer: &mut Writer) {
    let spec = view.at("spec");
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    writer.line(0, "Selector", &spec.at("selector").pairs("<none>"));
    writer.line(0, "Type", spec.at("type").str());
    if spec.at("ipFamilyPolicy").exists() {
        writer.line(0, "IP Family Policy", spec.at("ipFamilyPolicy").str());
    }
    let families = spec.at("ipFamilies").joined();
    writer.line(0, "IP Families", if families.is_empty() { "<none>" } else { &families });
    writer.line(0, "IP", &spec.at("clusterIP").text());
    let ips = spec.at("clusterIPs").joined();
    writer.line(0, "IPs", if ips.is_empty() { "<none>" } else { &ips });
    if spec.at("externalIPs").items().len() > 0 {
        writer.line(0, "External IPs", &spec.at("externalIPs").joined());
    }
    if spec.at("loadBalancerIP").exists() {
        writer.line(0, "Desired LoadBalancer IP", spec.at("loadBalancerIP").str());
    }
    if spec.at("externalName").exists() {
        writer.line(0, "External Name", spec.at("externalName").str());
    }
    let ingress = view.at("status.loadBalancer.ingress");
    if ingress.items().len() > 0 {
        let addresses: Vec<String> = ingress.items().map(|it| it.at("ip").or(it.at("hostname").str())).collect();
        writer.line(0, "LoadBalancer Ingress", &addresses.join(", "));
    }
    for port in spec.at("ports").items() {
        let name = port.at("name").or("<unset>");
        let protocol = port.at("protocol").or("TCP");
        writer.line(0, "Port", &format!("{name}\t{}/{protocol}", port.at("port").int()));
        writer.line(0, "TargetPort", &format!("{}/{protocol}", port.at("targetPort").or(&port.at("port").text())));
        if port.at("appProtocol").exists() {
            writer.line(0, "AppProtocol", port.at("appProtocol").str());
        }
        if port.at("nodePort").int() > 0 {
            writer.line(0, "NodePort", &format!("{name}\t{}/{protocol}", port.at("nodePort").int()));
        }
        writer.line(0, "Endpoints", &endpoints(told, object, port));
    }
    writer.line(0, "Session Affinity", &spec.at("sessionAffinity").text());
    if spec.at("externalTrafficPolicy").exists() {
        writer.line(0, "External Traffic Policy", spec.at("externalTrafficPolicy").str());
    }
    if spec.at("internalTrafficPolicy").exists() {
        writer.line(0, "Internal Traffic Policy", spec.at("internalTrafficPolicy").str());
    }
    if spec.at("trafficDistribution").exists() {
        writer.line(0, "Traffic Distribution", spec.at("trafficDistribution").str());
    }
    let ranges = spec.at("loadBalancerSourceRanges").joined();
    if !ranges.is_empty() {
        writer.line(0, "LoadBalancer Source Ranges", &ranges);
    }
}

/// The ready addresses behind a port; `<none>` where the Service has no slice (describe.go formatEndpointSlices).
fn endpoints(told: &Told<'_>, service: &Object, port: View<'_>) -> String {
    let mine: Vec<&Object> = told
        .slices
        .iter()
        .filter(|slice| {
            let labels = slice.metadata().labels.as_ref();
            let of = labels.and_then(|labels| labels.get("kubernetes.io/service-name"));
            slice.namespace() == service.namespace() && of.is_some_and(|of| of == service.name())
        })
        .collect();
    if mine.is_empty() {
        return "<none>".to_owned();
    }
    let mut all = Vec::new();
    for slice in mine {
        let value = slice.to_json();
        let view = View::new(&value);
        let ready = view.at("endpoints").items().filter(|endpoint| {
            let ready = endpoint.at("conditions.ready");
            !ready.exists() || ready.is_true()
        });
        // Of an endpoint with several addresses the first is told.
        let ips = ready.filter_map(|endpoint| endpoint.at("addresses").items().next().map(View::text));
        // A headless Service may have no ports, and Pods may know none of them.
        if view.at("ports").items().len() == 0 {
            all.extend(ips);
            continue;
        }
        let same = |other: &View<'_>| other.at("name").text() == port.at("name").text();
        let Some(number) = view.at("ports").items().find(same).map(|port| port.at("port").text()) else { continue };
        all.extend(ips.map(|ip| format!("{ip}:{number}")));
    }
    first_three(all, "")
}

/// Writes an autoscaler up to its events.
pub(super) fn autoscaler(object: &Object, view: View<'_>, writer: &mut Writer) {
    let (spec, status) = (view.at("spec"), view.at("status"));
    writer.line(0, "Name", object.name());
    writer.line(0, "Namespace", object.namespace());
    writer.map("Labels", object.metadata().labels.as_ref(), "=");
    writer.annotations(object.metadata().annotations.as_ref());
    let created = view.at("metadata.creationTimestamp").str().parse::<Timestamp>().ok().map(rfc1123);
    writer.line(0, "CreationTimestamp", &created.unwrap_or_default());
    let target = spec.at("scaleTargetRef");
    writer.line(0, "Reference", &format!("{}/{}", target.at("kind").str(), target.at("name").str()));
    writer.line(0, "Metrics", "( current / target )");
    for (number, metric) in spec.at("metrics").items().enumerate() {
        let current = status.at("currentMetrics").items().nth(number).unwrap_or(View(None));
        one_metric(metric, current, writer);
    }
    writer.line(0, "Min replicas", &spec.at("minReplicas").or("<unset>"));
    writer.line(0, "Max replicas", &spec.at("maxReplicas").text());
    behavior(spec.at("behavior"), writer);
    let pods = format!("{} pods", target.at("kind").str());
    let (now, wanted) = (status.at("currentReplicas").int(), status.at("desiredReplicas").int());
    writer.line(0, &pods, &format!("{now} current / {wanted} desired"));
    if status.at("conditions").items().len() > 0 {
        writer.raw(0, "Conditions:\n  Type\tStatus\tReason\tMessage\n  ----\t------\t------\t-------");
        for condition in status.at("conditions").items() {
            let cells = ["type", "status", "reason", "message"].map(|field| condition.at(field).text());
            writer.raw(1, &cells.join("\t"));
        }
    }
}

fn canonical(text: &str) -> String {
    Quantity::parse(text).map_or_else(|_| text.to_owned(), |amount| amount.to_string())
}

fn amount(view: View<'_>) -> String {
    if view.exists() { canonical(&view.text()) } else { "<unknown>".to_owned() }
}

fn one_metric(metric: View<'_>, current: View<'_>, writer: &mut Writer) {
    let (kind, field) = match metric.at("type").str() {
        "Resource" => ("resource", "resource"),
        "ContainerResource" => ("resource", "containerResource"),
        "Pods" => ("pods", "pods"),
        "Object" => ("object", "object"),
        _ => ("external", "external"),
    };
    let (own, now) = (metric.at(field), current.at(field).at("current"));
    let target = own.at("target");
    match kind {
        "resource" => {
            let of = "pods";
            let name = match (own.at("name").str(), own.at("container")) {
                (name, container) if container.exists() => format!("{name} of container \"{}\"", container.str()),
                (name, _) => name.to_owned(),
            };
            if target.at("averageValue").exists() {
                let text = format!("{} / {}", amount(now.at("averageValue")), amount(target.at("averageValue")));
                return writer.line(1, &format!("resource {name} on {of}"), &text);
            }
            let percent = match now.at("averageUtilization").exists() {
                true => format!("{}% ({})", now.at("averageUtilization").text(), amount(now.at("averageValue"))),
                false => "<unknown>".to_owned(),
            };
            let wanted = match target.at("averageUtilization").exists() {
                true => format!("{}%", target.at("averageUtilization").text()),
                false => "<auto>".to_owned(),
            };
            let title = format!("resource {name} on {of}  (as a percentage of request)");
            writer.line(1, &title, &format!("{percent} / {wanted}"));
        }
        "pods" => {
            let text = format!("{} / {}", amount(now.at("averageValue")), amount(target.at("averageValue")));
            writer.line(1, &format!("\"{}\" on pods", own.at("metric.name").str()), &text);
        }
        // Of an object, or from outside.
        _ => {
            let average = target.at("averageValue").exists();
            let (field, word) =
                if average { ("averageValue", "target average value") } else { ("value", "target value") };
            let of = own.at("describedObject");
            let of = match kind {
                "object" => format!(" on {}/{}", of.at("kind").str(), of.at("name").str()),
                _ => String::new(),
            };
            let title = format!("\"{}\"{of} ({word})", own.at("metric.name").str());
            writer.line(1, &title, &format!("{} / {}", amount(now.at(field)), amount(target.at(field))));
        }
    }
}

fn behavior(behavior: View<'_>, writer: &mut Writer) {
    if !behavior.exists() {
        return;
    }
    writer.raw(0, "Behavior:");
    for (title, field) in [("Scale Up", "scaleUp"), ("Scale Down", "scaleDown")] {
        let rules = behavior.at(field);
        if !rules.exists() {
            continue;
        }
        writer.raw(1, &format!("{title}:"));
        if rules.at("stabilizationWindowSeconds").exists() {
            let seconds = rules.at("stabilizationWindowSeconds").int();
            writer.raw(2, &format!("Stabilization Window: {seconds} seconds"));
        }
        if rules.at("policies").items().len() > 0 {
            writer.raw(2, &format!("Select Policy: {}", rules.at("selectPolicy").or("Max")));
            writer.raw(2, "Policies:");
            for policy in rules.at("policies").items() {
                let [kind, value, period] = ["type", "value", "periodSeconds"].map(|name| policy.at(name).text());
                writer.raw(3, &format!("- Type: {kind}\tValue: {value}\tPeriod: {period} seconds"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::api::{Kind, Object};
    use crate::cluster::Store;
    use crate::kubectl::describe;

    fn told(kind: Kind, spec: serde_json::Value) -> String {
        let value = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": spec});
        let object = Object::from_json(kind, value).unwrap();
        describe(&object, &Store::default(), "2026-11-23T05:15:00Z".parse().unwrap())
    }

    #[test]
    fn a_metric_of_an_object_may_aim_at_a_mean() {
        let metric = json!({"type": "Object", "object": {"metric": {"name": "rps"},
            "describedObject": {"kind": "Service", "name": "web", "apiVersion": "v1"},
            "target": {"type": "AverageValue", "averageValue": "5"}}});
        let spec =
            json!({"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 3, "metrics": [metric]});
        let told = told(Kind::HorizontalPodAutoscaler, spec);
        assert!(told.contains("  \"rps\" on Service/web (target average value):  <unknown> / 5\n"), "{told}");
    }

    #[test]
    fn what_only_some_objects_have_is_told_as_kubectl_tells_it() {
        let metric = json!({"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "c",
            "target": {"type": "Utilization", "averageUtilization": 50}}});
        let spec =
            json!({"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "maxReplicas": 3, "metrics": [metric]});
        let autoscaler = told(Kind::HorizontalPodAutoscaler, spec);
        let line = "  resource cpu of container \"c\" on pods  (as a percentage of request):  <unknown> / 50%\n";
        assert!(autoscaler.contains(line), "{autoscaler}");

        let term = json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]});
        let volume = told(
            Kind::PersistentVolume,
            json!({"hostPath": {"path": "/x"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce", "ReadWriteMany"],
                "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}}}),
        );
        assert!(
            volume.contains("Node Affinity:     \n  Required Terms:  \n    Term 0:        a in [b, c]\n"),
            "{volume}"
        );
        assert!(volume.contains("Source:\n    Type:          HostPath (bare host directory volume)\n"), "{volume}");
        assert!(volume.contains("Access Modes:      RWO,RWX\n"), "{volume}");

        let budget = told(Kind::PodDisruptionBudget, json!({"selector": {}, "maxUnavailable": 1}));
        assert!(budget.contains("Selector:         <none>\n"), "{budget}");

        let spec = json!({"resources": {"limits": {"cpu": "1"}}, "containers": []});
        let pod = told(Kind::Pod, spec);
        assert!(pod.contains("IPs:          <none>\nResources:\n  Limits:\n    cpu:  1\nContainers:\n"), "{pod}");
    }

    #[test]
    fn the_scopes_of_a_quota_are_told_with_what_they_mean() {
        let told = told(Kind::ResourceQuota, json!({"hard": {"pods": "1"}, "scopes": ["PriorityClass", "BestEffort"]}));
        let lines = "Namespace:  default\nScopes:     BestEffort, PriorityClass\n * Matches all pods that do not have \
                     resource requirements set. These pods have a best effort quality of service.\n\
                     Resource  Used  Hard\n";
        assert!(told.contains(lines), "{told}");
    }
}
