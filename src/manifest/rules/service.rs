//! Rules on Services (kubernetes: pkg/apis/core/validation/validation.go ValidateService, 1.36).

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use super::errors::{Errors, Shown};
use super::service_held::Held;
use super::{addresses, go, metadata, names, service_addresses, service_ports};
use crate::api::Path;

/// Every rule of a Service. Address families, addresses and node ports are settled before the rest is looked at, and
/// what is wrong there is told alone (kubernetes: pkg/registry/core/service/storage/storage.go beginCreate).
pub fn validate(service: &Service, errors: &mut Errors) {
    let Some(spec) = settled(service, None, errors) else { return };
    if errors.is_empty() {
        rules(service, &spec, errors);
    }
}

/// What is wrong with the addresses and node ports that the Service asks for, where they are given out for good. A dry
/// run takes none, and does not see what of this [`validate`] leaves out.
pub fn allocate(service: &Service, held: &Held, errors: &mut Errors) {
    settled(service, Some(held), errors);
}

fn settled(service: &Service, held: Option<&Held>, errors: &mut Errors) -> Option<ServiceSpec> {
    let mut spec = service.spec.clone()?;
    service_addresses::settle(&mut spec, held, errors);
    if errors.is_empty() {
        service_ports::allocate(&mut spec, held, errors);
    }
    Some(spec)
}

/// The rules of a Service whose addresses and ports in `spec` are settled.
pub fn rules(service: &Service, spec: &ServiceSpec, errors: &mut Errors) {
    let at_metadata = Path::ROOT.field("metadata");
    metadata::validate(&service.metadata, true, names::dns1123_label, &at_metadata, errors);
    topology(service, &at_metadata, errors);
    let path = Path::ROOT.field("spec");
    type_and_addresses(spec, &path, errors);
    service_ports::validate(spec, &path, errors);
    metadata::labels(spec.selector.as_ref(), &path.field("selector"), errors);
    affinity(spec, &path, errors);
    service_addresses::validate(spec, &path, errors);
    external_addresses(spec, &path, errors);
    if !matches!(kind(spec), "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName") {
        let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
        errors.not_supported("service/type", &path.field("type"), kind(spec), &types);
    }
    service_ports::clashes(spec, &path, errors);
    source_ranges(service, spec, &path, errors);
    load_balancer(spec, &path, errors);
    traffic(spec, &path, errors);
}

/// The type of the Service.
pub fn kind(spec: &ServiceSpec) -> &str {
    go::text(&spec.type_)
}

/// Whether it has no address of its own: names lead straight to the Pods.
pub fn is_headless(spec: &ServiceSpec) -> bool {
    go::list(&spec.cluster_ips) == ["None"]
}

/// `service/topology`: the two annotations for nearby endpoints agree.
fn topology(service: &Service, at_metadata: &Path<'_>, errors: &mut Errors) {
    const MODE: &str = "service.kubernetes.io/topology-mode";
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let annotation = |name: &str| service.metadata.annotations.as_ref().and_then(|annotations| annotations.get(name));
    if let (Some(mode), Some(hints)) = (annotation(MODE), annotation(HINTS))
        && mode != hints
    {
        let detail = ["must match annotations[", HINTS, "] when both are specified"].concat();
        errors.invalid("service/topology", &at_metadata.field("annotations").key(MODE), mode, &detail);
    }
}

/// `service/ports`: a Service has a port, unless it has no address of its own or stands for another name.
///
/// The ports are what the cluster's nodes forward; without any nothing would ever reach the Pods.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {ports: [], selector: {app: a}}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {ports: [{port: 80}], selector: {app: a}}
/// ```
const PORTS: &str = "service/ports";

/// `service/type`: each type of Service has its own need: ports, unless it has no address; a cluster IP for those that
/// are reached from outside; a name, and nothing else, for `ExternalName`.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {type: NodePort, clusterIP: None}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {type: NodePort}
/// ```
fn type_and_addresses(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/type";
    let headless = is_headless(spec);
    let at = path.field("clusterIPs");
    if go::list(&spec.ports).is_empty() && !headless && kind(spec) != "ExternalName" {
        errors.required(PORTS, &path.field("ports"), "");
    }
    match kind(spec) {
        type_ @ ("LoadBalancer" | "NodePort") if headless => {
            let detail = ["may not be set to 'None' for ", type_, " services"].concat();
            errors.invalid(CODE, &at.index(0), "None", &detail);
            errors.related(&path.field("type"));
        }
        "ExternalName" => {
            const UNSET: &str = "may not be set for ExternalName services";
            if !go::list(&spec.cluster_ips).is_empty() {
                errors.forbidden(CODE, &at, UNSET);
            }
            if !go::list(&spec.ip_families).is_empty() {
                errors.forbidden(CODE, &path.field("ipFamilies"), UNSET);
            }
            if spec.ip_family_policy.is_some() {
                errors.forbidden(CODE, &path.field("ipFamilyPolicy"), UNSET);
            }
            let name = go::text(&spec.external_name);
            let name = name.strip_suffix('.').unwrap_or(name);
            let at = path.field("externalName");
            match name.is_empty() {
                true => errors.required(CODE, &at, ""),
                false => errors.invalid_each(CODE, &at, name, names::dns1123_subdomain(name)),
            }
        }
        _ => {}
    }
}

/// `service/session-affinity`: clients stick to a Pod by their address, for up to a day, or not at all.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 100000}}}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {sessionAffinity: ClientIP}
/// ```
fn affinity(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/session-affinity";
    let affinity = go::text(&spec.session_affinity);
    if !matches!(affinity, "ClientIP" | "None") {
        errors.not_supported(CODE, &path.field("sessionAffinity"), affinity, &["ClientIP", "None"]);
    }
    let config = spec.session_affinity_config.as_ref().and_then(|config| config.client_ip.as_ref());
    if affinity == "ClientIP"
        && let Some(seconds) = config.and_then(|config| config.timeout_seconds)
        && !(1..=86_400).contains(&seconds)
    {
        let at_config = path.field("sessionAffinityConfig");
        let at = at_config.field("clientIP");
        let detail = "must be greater than 0 and less than 86400";
        errors.invalid(CODE, &at.field("timeoutSeconds"), seconds, detail);
    }
}

/// `service/external-ips`: addresses from outside are ordinary ones: not loopback, link-local or multicast.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {externalIPs: [127.0.0.1]}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {externalIPs: [192.0.2.10]}
/// ```
fn external_addresses(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/external-ips";
    let at = path.field("externalIPs");
    for (i, text) in go::list(&spec.external_ips).iter().enumerate() {
        let faults = names::ip(text);
        match faults.is_empty() {
            true => errors.invalid_each(CODE, &at.index(i), text, addresses::special(text)),
            false => errors.invalid_each(CODE, &at.index(i), text, faults),
        }
    }
}

/// `service/source-ranges`: only load balancers keep clients out by their addresses, and the ranges are CIDRs.
///
/// The server spells the path with a capital L.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.1/8]}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]}
/// ```
fn source_ranges(service: &Service, spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/source-ranges";
    const ANNOTATION: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
    let elsewhere = kind(spec) != "LoadBalancer";
    let ranges = go::list(&spec.load_balancer_source_ranges);
    let annotation = service.metadata.annotations.as_ref().and_then(|annotations| annotations.get(ANNOTATION));
    if !ranges.is_empty() {
        let at = path.field("LoadBalancerSourceRanges");
        if elsewhere {
            errors.forbidden(CODE, &at, ONLY_LOAD_BALANCER);
        }
        for (i, range) in ranges.iter().enumerate() {
            errors.invalid_each(CODE, &at.index(i), range.trim(), addresses::cidr(range.trim()));
        }
    } else if let Some(value) = annotation {
        let at_metadata = Path::ROOT.field("metadata");
        let annotations = at_metadata.field("annotations");
        let at = annotations.key(ANNOTATION);
        if elsewhere {
            errors.forbidden(CODE, &at, ONLY_LOAD_BALANCER);
        }
        if !value.trim().is_empty() {
            for range in value.trim().split(',').map(str::trim) {
                errors.invalid_each(CODE, &at, range, addresses::cidr(range));
            }
        }
    }
}

const ONLY_LOAD_BALANCER: &str = "may only be used when `type` is 'LoadBalancer'";

/// `service/load-balancer`: some fields are for load balancers alone.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {type: ClusterIP, loadBalancerClass: example.com/lb}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {type: LoadBalancer, loadBalancerClass: example.com/lb}
/// ```
fn load_balancer(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/load-balancer";
    let elsewhere = kind(spec) != "LoadBalancer";
    if spec.allocate_load_balancer_node_ports.is_some() && elsewhere {
        errors.forbidden(CODE, &path.field("allocateLoadBalancerNodePorts"), ONLY_LOAD_BALANCER);
    }
    load_balancer_class(spec, path, errors);
}

/// The class is a qualified name, and for load balancers alone.
pub fn load_balancer_class(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/load-balancer";
    if let Some(class) = &spec.load_balancer_class {
        let at = path.field("loadBalancerClass");
        match kind(spec) != "LoadBalancer" {
            true => errors.forbidden(CODE, &at, ONLY_LOAD_BALANCER),
            false => errors.invalid_each(CODE, &at, class, names::qualified_name(class)),
        }
    }
}

/// `service/traffic-policy`: traffic from outside is routed by a policy only where there is traffic from outside; the
/// port for health checks belongs to load balancers with local traffic.
///
/// Bad:
/// ```yaml
/// kind: Service
/// spec: {externalTrafficPolicy: Local}
/// ```
/// Good:
/// ```yaml
/// kind: Service
/// spec: {type: NodePort, externalTrafficPolicy: Local}
/// ```
fn traffic(spec: &ServiceSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "service/traffic-policy";
    let at = path.field("externalTrafficPolicy");
    let policy = go::text(&spec.external_traffic_policy);
    let outside = matches!(kind(spec), "LoadBalancer" | "NodePort")
        || (kind(spec) == "ClusterIP" && !go::list(&spec.external_ips).is_empty());
    match (outside, policy) {
        (false, "") | (true, "Cluster" | "Local") => {}
        (false, _) => {
            let detail = "may only be set for externally-accessible services";
            errors.invalid(CODE, &at, Shown::Named(policy), detail);
        }
        (true, "") => errors.required(CODE, &at, ""),
        (true, _) => errors.not_supported(CODE, &at, policy, &["Cluster", "Local"]),
    }
    let at = path.field("healthCheckNodePort");
    let port = spec.health_check_node_port.unwrap_or(0);
    if !service_ports::needs_health_check(spec) {
        if port != 0 {
            let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            errors.invalid(CODE, &at, port, detail);
        }
    } else {
        for detail in names::port_number(i64::from(port)) {
            errors.invalid(CODE, &at, port, detail);
        }
    }
    if let Some(policy) = spec.internal_traffic_policy.as_deref().filter(|it| !matches!(*it, "Cluster" | "Local")) {
        errors.not_supported(CODE, &path.field("internalTrafficPolicy"), policy, &["Cluster", "Local"]);
    }
    const NEAR: [&str; 3] = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    if let Some(near) = spec.traffic_distribution.as_deref().filter(|near| !NEAR.contains(near)) {
        errors.not_supported_value(CODE, &path.field("trafficDistribution"), Shown::Str(near), &NEAR);
    }
}
