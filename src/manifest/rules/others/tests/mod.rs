//! What the server says of kinds that are not simulated, told as in upstream's source.

mod storage;

use super::*;
use crate::manifest::rules::warn::Since;
use serde_json::json;

fn found(api_version: &str, kind: &str, value: Value) -> Vec<String> {
    let mut object = json!({"metadata": {"name": "a"}});
    for (name, field) in value.as_object().unwrap() {
        object[name] = field.clone();
    }
    let other = Other::from_json(api_version, kind, object).unwrap();
    let mut errors = Errors::new();
    validate(&other, &mut errors);
    errors.into_vec().iter().map(ToString::to_string).collect()
}

fn ingress(spec: Value) -> Vec<String> {
    found("networking.k8s.io/v1", "Ingress", json!({"spec": spec}))
}

#[test]
fn names_follow_the_kind() {
    assert_eq!(found("rbac.authorization.k8s.io/v1", "Role", json!({"metadata": {"name": "system:reader"}})), [""; 0]);
    let name = json!({"metadata": {"name": "a/b%"}});
    let of_role = found("rbac.authorization.k8s.io/v1", "ClusterRole", name);
    assert_eq!(
        of_role,
        [
            "metadata.name: Invalid value: \"a/b%\": may not contain '/'",
            "metadata.name: Invalid value: \"a/b%\": may not contain '%'"
        ]
    );
    let of_class = found("node.k8s.io/v1", "RuntimeClass", json!({"metadata": {"name": "A"}, "handler": "runc"}));
    assert!(of_class[0].starts_with("metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must"));
    assert_eq!(
        found("coordination.k8s.io/v1", "Lease", json!({"metadata": {}})),
        ["metadata.name: Required value: name or generateName is required"]
    );
    assert_eq!(found("authorization.k8s.io/v1", "SelfSubjectRulesReview", json!({"metadata": {}})), [""; 0]);
}

#[test]
fn an_ingress_leads_somewhere() {
    assert_eq!(ingress(json!({})), ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]);
    let path = |path: Value| json!({"rules": [{"http": {"paths": [path]}}]});
    let service = json!({"service": {"name": "web", "port": {"number": 80}}});
    let at = "spec.rules[0].http.paths[0]";
    assert_eq!(ingress(path(json!({"path": "/", "pathType": "Prefix", "backend": service}))), [""; 0]);
    assert_eq!(
        ingress(path(json!({"path": "/", "backend": service}))),
        [format!("{at}.pathType: Required value: pathType must be specified")]
    );
    assert_eq!(
        ingress(path(json!({"path": "x//y", "pathType": "Exact", "backend": {}}))),
        [
            format!("{at}.path: Invalid value: \"x//y\": must be an absolute path"),
            format!("{at}.path: Invalid value: \"x//y\": must not contain '//'"),
            format!("{at}.backend: Invalid value: \"\": resource or service backend is required"),
        ]
    );
    let named = json!({"service": {"name": "web", "port": {"name": "http", "number": 80}}});
    assert_eq!(
        ingress(json!({"defaultBackend": named})),
        ["spec.defaultBackend: Invalid value: \"\": cannot set both port name & port number"]
    );
    let host = |host: &str| ingress(json!({"rules": [{"host": host}]}));
    assert_eq!(host("*.example.com"), [""; 0]);
    assert!(
        host("a.*.b")[0].starts_with("spec.rules[0].host: Invalid value: \"a.*.b\": a wildcard DNS-1123 subdomain")
    );
    assert_eq!(
        host("10.0.0.1"),
        ["spec.rules[0].host: Invalid value: \"10.0.0.1\": must be a DNS name, not an IP address"]
    );
}

#[test]
fn a_policy_speaks_of_somebody() {
    let policy = |spec: Value| found("networking.k8s.io/v1", "NetworkPolicy", json!({"spec": spec}));
    let from = |peer: Value| policy(json!({"podSelector": {}, "ingress": [{"from": [peer]}]}));
    let at = "spec.ingress[0].from[0]";
    assert_eq!(from(json!({"namespaceSelector": {}, "podSelector": {}})), [""; 0]);
    assert_eq!(from(json!({})), [format!("{at}: Required value: must specify a peer")]);
    assert_eq!(
        from(json!({"podSelector": {}, "ipBlock": {"cidr": "10.1.0.0/16", "except": ["10.2.0.0/24"]}})),
        [
            format!("{at}.ipBlock.except[0]: Invalid value: \"10.2.0.0/24\": must be a strict subset of `cidr`"),
            format!("{at}: Forbidden: may not specify both ipBlock and another peer"),
        ]
    );
    assert_eq!(
        policy(json!({"egress": [{"ports": [{"port": "x", "endPort": 5, "protocol": "ICMP"}]}]})),
        [
            "spec.egress[0].ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"TCP\", \"UDP\", \"SCTP\"",
            "spec.egress[0].ports[0].endPort: Invalid value: 5: may not be specified when `port` is non-numeric",
        ]
    );
}

#[test]
fn roles_and_bindings() {
    let role = |kind: &str, rules: Value| found("rbac.authorization.k8s.io/v1", kind, json!({"rules": rules}));
    assert_eq!(
        role("Role", json!([{"resources": ["pods"]}])),
        [
            "rules[0].verbs: Required value: verbs must contain at least one value",
            "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
        ]
    );
    assert_eq!(
        role("Role", json!([{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}])),
        ["rules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: namespaced rules cannot apply to non-resource URLs"]
    );
    assert_eq!(role("ClusterRole", json!([{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}])), [""; 0]);
    let binding = json!({"roleRef": {"kind": "Role", "name": ""}, "subjects": [{"kind": "ServiceAccount", "name": "a"}, {"kind": "Robot"}]});
    assert_eq!(
        found("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", binding),
        [
            "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"",
            "roleRef.name: Required value",
            "subjects[0].namespace: Required value",
            "subjects[1].name: Required value",
            "subjects[1].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", \"User\", \"Group\"",
        ]
    );
}

#[test]
fn budgets_priorities_and_limits() {
    let spec = json!({"minAvailable": 1, "maxUnavailable": "120%", "selector": {"matchLabels": {"a": "b"}}});
    assert_eq!(
        found("policy/v1", "PodDisruptionBudget", json!({"spec": spec})),
        [
            "spec: Invalid value: {\"MinAvailable\":1,\"Selector\":{\"matchLabels\":{\"a\":\"b\"}},\"MaxUnavailable\":\"120%\",\"UnhealthyPodEvictionPolicy\":null}: minAvailable and maxUnavailable cannot be both set",
            "spec.maxUnavailable: Invalid value: \"120%\": must not be greater than 100%",
        ]
    );
    assert_eq!(
        found("scheduling.k8s.io/v1", "PriorityClass", json!({"value": 2_000_000_000})),
        ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"]
    );
    let limits = json!([{"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}}]);
    assert_eq!(
        found("v1", "LimitRange", json!({"spec": {"limits": limits}})),
        [
            "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1",
            "spec.limits[0].defaultRequest[cpu]: Invalid value: \"1\": min value 2 is greater than default request value 1",
            "spec.limits[0].default[cpu]: Invalid value: \"2\": min value 2 is greater than default value 1",
        ]
    );
    assert_eq!(
        found(
            "v1",
            "ResourceQuota",
            json!({"spec": {"hard": {"pods": "1.5", "count/jobs.batch": "3", "storage": "1Gi"}}})
        ),
        [
            "spec.hard[pods]: Invalid value: \"1500m\": must be an integer",
            "spec.hard[storage]: Invalid value: \"storage\": must be a standard resource for quota",
        ]
    );
}

#[test]
fn a_replication_controller_keeps_its_pods() {
    let spec = json!({"selector": {"app": "b"}, "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "a"}]}}});
    assert_eq!(
        found("v1", "ReplicationController", json!({"spec": spec})),
        [
            "spec.template.metadata.labels: Invalid value: {\"app\":\"a\"}: `selector` does not match template `labels`",
            "spec.template.spec.containers[0].image: Required value",
            "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ]
    );
    assert_eq!(
        found("v1", "ReplicationController", json!({"spec": {}})),
        ["spec.selector: Required value", "spec.template: Required value"]
    );
}

#[test]
fn definitions_and_api_services_are_named_after_what_they_define() {
    let spec = json!({"group": "shop.k8s.io", "names": {"plural": "carts"}, "versions": [{"name": "V1"}]});
    let found_of = found("apiextensions.k8s.io/v1", "CustomResourceDefinition", json!({"spec": spec}));
    let begins: Vec<&str> = found_of.iter().map(|text| text.split(": ").next().unwrap()).collect();
    assert_eq!(
        begins,
        [
            "metadata.name",
            "spec.scope",
            "spec.versions[0].name",
            "spec.versions[0].schema.openAPIV3Schema",
            "spec.versions",
            "spec.names.kind",
            "metadata.annotations[api-approved.kubernetes.io]",
        ]
    );
    assert_eq!(found_of[0], "metadata.name: Invalid value: \"a\": must be spec.names.plural+\".\"+spec.group");
    let spec = json!({"group": "m.k8s.io", "version": "v1", "service": {"name": "m"}, "groupPriorityMinimum": 5});
    assert_eq!(
        found("apiregistration.k8s.io/v1", "APIService", json!({"spec": spec})),
        [
            "metadata.name: Invalid value: \"a\": must be `spec.version+\".\"+spec.group`: \"v1.m.k8s.io\"",
            "spec.versionPriority: Invalid value: 0: must be positive and less than 1000",
            "spec.service.namespace: Required value",
        ]
    );
}

#[test]
fn addresses_webhooks_and_classes() {
    let subsets = json!([{"addresses": [{"ip": "127.0.0.1"}], "ports": [{"port": 0}, {"port": 80, "name": "a"}]}]);
    assert_eq!(
        found("v1", "Endpoints", json!({"subsets": subsets})),
        [
            "subsets[0].addresses[0].ip: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
            "subsets[0].ports[0].name: Required value",
            "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ]
    );
    let hook = json!([{"name": "a.b", "clientConfig": {}, "rules": [{"operations": ["*", "CREATE"]}]}]);
    assert_eq!(
        found("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", json!({"webhooks": hook})),
        [
            "webhooks[0].name: Invalid value: \"a.b\": should be a domain with at least three segments separated by dots",
            "webhooks[0].rules[0].operations: Invalid value: [\"*\",\"CREATE\"]: if '*' is present, must not specify other operations",
            "webhooks[0].rules[0].apiGroups: Required value",
            "webhooks[0].rules[0].apiVersions: Required value",
            "webhooks[0].rules[0].resources: Required value",
            "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun",
            "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
            "webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1",
        ]
    );
    assert_eq!(
        found("networking.k8s.io/v1", "IngressClass", json!({"spec": {"controller": "nginx"}})),
        ["spec.controller: Invalid value: \"nginx\": must be a domain-prefixed path (such as \"acme.io/foo\")"]
    );
    assert_eq!(
        found("discovery.k8s.io/v1", "EndpointSlice", json!({"addressType": "IP", "endpoints": [{}]})),
        [
            "addressType: Unsupported value: \"IP\": supported values: \"FQDN\", \"IPv4\", \"IPv6\"",
            "endpoints[0].addresses: Required value: must contain at least 1 address",
        ]
    );
}

#[test]
fn a_quota_selects_by_scopes_that_are_there() {
    let quota = |expression: Value| {
        let selector = json!({"matchExpressions": [expression]});
        found("v1", "ResourceQuota", json!({"spec": {"hard": {"services": "1"}, "scopeSelector": selector}})).join("\n")
    };
    let path = "spec.scopeSelector.matchExpressions";
    let unsupported = quota(json!({"scopeName": "Best", "operator": "Is"}));
    let words = [
        format!("{path}.scopeName: Invalid value: \"Best\": unsupported scope"),
        format!("{path}.operator: Invalid value: \"Is\": not a valid selector operator"),
    ];
    assert_eq!(unsupported, words.join("\n"));
    let told = quota(json!({"scopeName": "BestEffort", "operator": "In", "values": ["a"]}));
    let shown = "{\"MatchExpressions\":[{\"ScopeName\":\"BestEffort\",\"Operator\":\"In\",\"Values\":[\"a\"]}]}";
    assert!(
        told.starts_with(&format!("{path}: Invalid value: {shown}: unsupported scope applied to resource\n")),
        "{told}"
    );
    assert!(told.contains(&format!("\n{path}.operator: Invalid value: \"In\": must be 'Exist' when scope is any of")));
    let told = quota(json!({"scopeName": "PriorityClass", "operator": "Exists", "values": ["a"]}));
    let words = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    assert!(told.ends_with(&format!("{path}.values: Invalid value: [\"a\"]: {words}")), "{told}");
}

#[test]
fn a_slice_has_addresses_of_its_sort() {
    let slice = |kind: &str, address: &str| {
        let endpoints = json!([{"addresses": [address]}]);
        found("discovery.k8s.io/v1", "EndpointSlice", json!({"addressType": kind, "endpoints": endpoints})).join("\n")
    };
    let at = |text: &str| format!("endpoints[0].addresses[0]: Invalid value: {text}");
    assert_eq!(slice("IPv4", "10.0.0.1"), "");
    assert_eq!(slice("IPv4", "2001:db8::1"), at("\"2001:db8::1\": must be an IPv4 address"));
    let loopback = "\"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)";
    assert_eq!(slice("IPv4", "127.0.0.1"), at(loopback));
    assert_eq!(slice("FQDN", "example.com."), "");
    let short = "\"example\": should be a domain with at least two segments separated by dots";
    assert_eq!(slice("FQDN", "example"), at(short));
    let many = json!([{"addresses": vec!["10.0.0.1"; 101]}]);
    let told = found("discovery.k8s.io/v1", "EndpointSlice", json!({"addressType": "IPv4", "endpoints": many}));
    assert_eq!(told, ["endpoints[0].addresses: Too many: 101: must have at most 100 items"]);
}

/// What is warned of when the object is new, and when it is written again.
fn warned(api_version: &str, kind: &str, value: Value) -> [String; 2] {
    let mut value = value;
    value["metadata"]["name"] = json!("a");
    let other = Other::from_json(api_version, kind, value).unwrap();
    [Since::Creation, Since::Update].map(|since| {
        let mut errors = Errors::new();
        warnings(&other, since, &mut errors);
        errors.into_vec().iter().map(|it| it.message.clone()).collect::<Vec<_>>().join("; ")
    })
}

#[test]
fn addresses_of_endpoints_are_written_in_one_form() {
    let endpoints = json!([{"addresses": ["2001:DB8::1"]}]);
    let slice = |kind: &str| json!({"addressType": kind, "endpoints": endpoints});
    let form = "IPv6 address \"2001:DB8::1\" should be in RFC 5952 canonical format (\"2001:db8::1\")";
    let told = format!("endpoints[0].addresses[0]: {form}");
    let of_slice = |value: Value| warned("discovery.k8s.io/v1", "EndpointSlice", value);
    assert_eq!(of_slice(slice("IPv6")), [told.clone(), told.clone()]);
    let deprecated = "spec.addressType: FQDN endpoints are deprecated";
    assert_eq!(of_slice(slice("FQDN")), [format!("{deprecated}; {told}"), told]);
    let mut own = slice("IPv6");
    own["metadata"] = json!({"labels": {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}});
    assert_eq!(of_slice(own), ["", ""]);
    let address = json!([{"ip": "2001:DB8::1"}]);
    let subsets = json!({"subsets": [{"addresses": address, "notReadyAddresses": address}]});
    let told = format!("subsets[0].addresses[0].ip: {form}; subsets[0].notReadyAddresses[0].ip: {form}");
    assert_eq!(warned("v1", "Endpoints", subsets), [told.clone(), told]);
}

#[test]
fn old_labels_of_nodes_are_warned_of_wherever_nodes_are_chosen() {
    let class = json!({"handler": "x", "scheduling": {"nodeSelector": {"beta.kubernetes.io/os": "linux"}}});
    let told = "deprecated since v1.14; use \"kubernetes.io/os\" instead";
    assert_eq!(
        warned("node.k8s.io/v1", "RuntimeClass", class),
        [(); 2].map(|()| format!("scheduling.nodeSelector: {told}"))
    );
    let expressions = json!([{"key": "beta.kubernetes.io/os", "operator": "Exists"}]);
    let topology = json!({"matchExpressions": expressions, "matchLabels": {"beta.kubernetes.io/os": "linux"}});
    let expression = format!("nodeTopology.matchExpressions[0].key: beta.kubernetes.io/os is {told}");
    assert_eq!(
        warned("storage.k8s.io/v1", "CSIStorageCapacity", json!({"storageClassName": "a", "nodeTopology": topology})),
        [(); 2].map(|()| format!("{expression}; nodeTopology.matchLabels.beta.kubernetes.io/os: {told}"))
    );
}

#[test]
fn a_webhook_is_reached_over_https() {
    let told = |client: Value| {
        let hook = json!([{"name": "a.b.c", "sideEffects": "None", "admissionReviewVersions": ["v1"], "clientConfig": client}]);
        found("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", json!({"webhooks": hook})).join("\n")
    };
    let url = |url: &str| told(json!({"url": url}));
    let at = |what: &str| format!("webhooks[0].clientConfig.url: Invalid value: {what}");
    let form = "desired format: https://host[/path]";
    assert_eq!(url("https://x.example.com:8443/a/b"), "");
    assert_eq!(url("http://x"), at(&format!("\"http\": 'https' is the only allowed URL scheme; {form}")));
    assert_eq!(url("https:///a"), at(&format!("\"\": host must be provided; {form}")));
    let parts = ["\"u:p\": user information is", "\"f\": fragments are", "\"a=b\": query parameters are"];
    let parts = parts.map(|part| at(&format!("{part} not permitted in the URL")));
    assert_eq!(url("https://u:p@x/?a=b#f"), parts.join("\n"));
    let port = told(json!({"service": {"name": "a", "namespace": "b", "port": 0}}));
    let words = "Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive";
    assert_eq!(port, format!("webhooks[0].clientConfig.service.port: {words}"));
}

#[test]
fn addresses_and_ranges_of_services_are_objects_too() {
    let told = |kind: &str, name: &str, spec: Value| {
        found("networking.k8s.io/v1", kind, json!({"metadata": {"name": name}, "spec": spec})).join("\n")
    };
    let named = "metadata.name: Invalid value: \"a\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    assert_eq!(told("IPAddress", "a", json!({})), format!("{named}\nspec.parentRef: Required value"));
    let parent = json!({"parentRef": {"resource": "services", "name": "a"}});
    assert_eq!(told("IPAddress", "10.96.0.7", parent), "");
    assert_eq!(told("ServiceCIDR", "a", json!({})), "spec.cidrs: Required value: at least one CIDR required");
    let bits = "spec.cidrs[0]: Invalid value: \"10.0.0.1/8\": must not have bits set beyond the prefix length";
    assert_eq!(told("ServiceCIDR", "a", json!({"cidrs": ["10.0.0.1/8"]})), bits);
    let twice = told("ServiceCIDR", "a", json!({"cidrs": ["10.0.0.0/8", "10.96.0.0/16"]}));
    assert!(twice.starts_with("spec.cidrs: Invalid value: [\"10.0.0.0/8\",\"10.96.0.0/16\"]: may specify no more"));
}

#[test]
fn a_question_about_rights_says_whose_and_to_what() {
    let told = |kind: &str, spec: Value| found("authorization.k8s.io/v1", kind, json!({"spec": spec})).join("\n");
    let what = "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified";
    let who = "spec.user: Invalid value: \"\": at least one of user or group must be specified";
    assert_eq!(told("SubjectAccessReview", json!({})), format!("{what}\n{who}"));
    assert_eq!(told("SelfSubjectAccessReview", json!({})), what);
    let both = json!({"user": "a", "resourceAttributes": {}, "nonResourceAttributes": {"path": "/x"}});
    let shown = "{\"Path\":\"/x\",\"Verb\":\"\"}: cannot be specified in combination with resourceAttributes";
    assert_eq!(told("SubjectAccessReview", both), format!("spec.nonResourceAttributes: Invalid value: {shown}"));
}

#[test]
fn events_and_revisions_say_what_they_are_about() {
    let event = |value: Value| {
        let mut value = value;
        value["metadata"] = json!({"name": "e", "namespace": "default"});
        found("events.k8s.io/v1", "Event", value)
    };
    let told = event(json!({"eventTime": "2026-01-01T00:00:00.000000Z", "type": "Normal", "reason": "R"}));
    assert_eq!(told[0], "reportingController: Required value");
    assert_eq!(told[1], "reportingController: Invalid value: \"\": name part must be non-empty");
    assert!(told[2].starts_with("reportingController: Invalid value: \"\": name part must consist of"));
    assert_eq!(told[3..], ["reportingInstance: Required value", "action: Required value"]);
    assert_eq!(
        event(json!({"type": "X", "deprecatedCount": 1, "series": {"count": 1}})),
        [
            "series.count: Invalid value: \"\": should be at least 2",
            "series.lastObservedTime: Required value",
            "eventTime: Required value",
            "type: Invalid value: \"\": has invalid value: X",
            "count: Invalid value: \"\": needs to be unset",
        ]
    );
    let old =
        json!({"metadata": {"name": "e", "namespace": "default"}, "involvedObject": {"namespace": "kube-system"}});
    let old = crate::api::Object::from_json(crate::api::Kind::Event, old).unwrap();
    let texts: Vec<String> = crate::manifest::rules::validate(&old).iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["involvedObject.namespace: Invalid value: \"kube-system\": does not match event.namespace"]);
    assert_eq!(
        found(
            "apps/v1",
            "ControllerRevision",
            json!({"metadata": {"name": "a", "namespace": "default"}, "revision": -1})
        ),
        ["data: Required value: data is mandatory", "revision: Invalid value: -1: must be greater than or equal to 0"]
    );
}
