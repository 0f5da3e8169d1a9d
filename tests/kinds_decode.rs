//! The strict decoder on every kind that a server knows: unknown fields, wrong types in Go's words, wrong versions.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use podlab::api::schema::{FieldType, TypeId, served_kinds};
use podlab::manifest::{Severity, check_dry_run};

/// The server's words on a manifest, after `cannot be handled as a KIND: `, or all of them.
fn said(text: &str) -> String {
    let stderr = check_dry_run(text, "f").stderr;
    let stderr = stderr.trim();
    stderr
        .split_once("cannot be handled as a ")
        .and_then(|(_, rest)| rest.split_once(": "))
        .map_or(stderr, |it| it.1)
        .to_owned()
}

#[test]
fn no_kind_takes_an_unknown_field_or_metadata_of_a_wrong_type() {
    for kind in served_kinds().iter().filter(|kind| kind.kind != "ComponentStatus") {
        let head = format!("apiVersion: {}\nkind: {}\nmetadata:\n  name: a\n", kind.api_version, kind.kind);
        assert_eq!(said(&format!("{head}zzz: 1\n")), "strict decoding error: unknown field \"zzz\"", "{}", kind.kind);
        let labels = said(&format!("{head}  generation: x\n"));
        assert!(
            labels
                .contains("cannot unmarshal string into Go struct field ObjectMeta.metadata.generation of type int64"),
            "{}: {labels}",
            kind.kind
        );
    }
}

#[test]
fn every_field_of_every_kind_refuses_a_value_that_none_can_hold() {
    let mut asked = 0;
    for kind in served_kinds().iter().filter(|kind| kind.kind != "ComponentStatus") {
        let id = TypeId::of_kind(kind.api_version, kind.kind).unwrap();
        for field in id.fields().iter().filter(|field| !matches!(field.name, "apiVersion" | "kind" | "metadata")) {
            // A truth value fits nothing but a truth value, and an object nothing but an object.
            let value = match field.kind {
                FieldType::Bool => "x",
                FieldType::Any => continue,
                _ => "true",
            };
            let head = format!("apiVersion: {}\nkind: {}\nmetadata: {{name: a}}\n", kind.api_version, kind.kind);
            let text = format!("{head}{}: {value}\n", field.name);
            let found = said(&text);
            let refused = found.starts_with("json: cannot unmarshal") || found.starts_with("quantities must match");
            assert!(refused, "{} {}: {found}", kind.kind, field.name);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

#[test]
fn types_are_told_as_go_names_them() {
    let cases = [
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {rules: [{http: {paths: [{path: 5}]}}]}\n",
            "json: cannot unmarshal number into Go struct field HTTPIngressPath.spec.rules.IngressRuleValue.http.paths.path of type string",
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {defaultBackend: {service: {name: a, port: {number: http}}}}\n",
            "json: cannot unmarshal string into Go struct field ServiceBackendPort.spec.defaultBackend.service.port.number of type int32",
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {backend: {serviceName: a, servicePort: 80}}\n",
            "strict decoding error: unknown field \"spec.backend\"",
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {ingress: [{ports: [{port: [80]}]}]}\n",
            "json: cannot unmarshal array into Go struct field NetworkPolicyPort.spec.ingress.ports.port of type int32",
        ),
        (
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: [{verbs: get}]\n",
            "json: cannot unmarshal string into Go struct field PolicyRule.rules.verbs of type []string",
        ),
        (
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: a}\nspec: {capacity: {storage: 5 GB}}\n",
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: a}\nspec: {nfs: /x}\n",
            "json: cannot unmarshal string into Go struct field PersistentVolumeSpec.spec.PersistentVolumeSource.nfs of type v1.NFSVolumeSource",
        ),
        (
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: a}\nspec: {accessModes: ReadWriteOnce}\n",
            "json: cannot unmarshal string into Go struct field PersistentVolumeSpec.spec.accessModes of type []v1.PersistentVolumeAccessMode",
        ),
        (
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: a}\nprovisioner: x\nparameters: {iops: 10}\n",
            "json: cannot unmarshal number into Go struct field StorageClass.parameters of type string",
        ),
        (
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 0.5}\n",
            "json: cannot unmarshal number 0.5 into Go struct field PodDisruptionBudgetSpec.spec.minAvailable of type int32",
        ),
        (
            "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: 3000000000\n",
            "json: cannot unmarshal number 3000000000 into Go struct field PriorityClass.value of type int32",
        ),
        (
            "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: a}\nspec: {renewTime: 2024-01-01}\n",
            "parsing time \"2024-01-01\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"\" as \"T\"",
        ),
        (
            "apiVersion: v1\nkind: LimitRange\nmetadata: {name: a}\nspec: {limits: [{type: Container, max: [cpu]}]}\n",
            "json: cannot unmarshal array into Go struct field LimitRangeItem.spec.limits.max of type v1.ResourceList",
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.b}\nspec: {versions: [{name: v1, schema: {openAPIV3Schema: {properties: {spec: {typo: object}}}}}]}\n",
            "strict decoding error: unknown field \"spec.versions[0].schema.openAPIV3Schema.properties.spec.typo\"",
        ),
        (
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks: [{clientConfig: {caBundle: \"###\"}}]\n",
            "illegal base64 data at input byte 0",
        ),
        (
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks: [{rules: [{apiGroups: x}]}]\n",
            "json: cannot unmarshal string into Go struct field RuleWithOperations.webhooks.rules.Rule.apiGroups of type []string",
        ),
        (
            "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: a}\nspec: {selector: {matchLabels: {a: b}}}\n",
            "json: cannot unmarshal object into Go struct field ReplicationControllerSpec.spec.selector of type string",
        ),
        (
            "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.x.y}\nspec: {service: {name: a, port: x}}\n",
            "json: cannot unmarshal string into Go struct field ServiceReference.spec.service.port of type int32",
        ),
    ];
    for (text, words) in cases {
        assert_eq!(said(text), words, "{text}");
    }
}

#[test]
fn a_free_form_stays_free() {
    for text in [
        "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: a}\nrevision: 1\ndata: {any: {thing: [1, x]}}\n",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.b.c}\nspec:\n  group: b.c\n  scope: Namespaced\n  names: {plural: as, kind: A}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    subresources: {status: {}}\n    schema:\n      openAPIV3Schema:\n        type: object\n        default: {a: 1}\n        properties:\n          spec: {type: object, additionalProperties: {type: string}, enum: [1, x]}\n          list: {type: array, items: {type: string}}\n",
    ] {
        let judgement = check_dry_run(text, "f");
        assert_eq!(judgement.stderr, "", "{text}");
    }
}

#[test]
fn a_version_that_is_gone_is_no_match() {
    for (version, kind) in [
        ("extensions/v1beta1", "Ingress"),
        ("networking.k8s.io/v1beta1", "Ingress"),
        ("rbac.authorization.k8s.io/v1beta1", "Role"),
        ("policy/v1beta1", "PodDisruptionBudget"),
        ("policy/v1beta1", "PodSecurityPolicy"),
        ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler"),
        ("cert-manager.io/v1", "Certificate"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ] {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: a\n");
        assert_eq!(
            check_dry_run(&text, "f").stderr,
            format!(
                "error: resource mapping not found for name: \"a\" namespace: \"\" from \"f\": no matches for kind \"{kind}\" in version \"{version}\"\nensure CRDs are installed first\n"
            )
        );
    }
}

#[test]
fn a_namespace_on_what_lives_in_none_is_taken_away() {
    for (version, kind, rest) in [
        ("rbac.authorization.k8s.io/v1", "ClusterRole", "rules: []"),
        ("v1", "Namespace", "spec: {}"),
        ("scheduling.k8s.io/v1", "PriorityClass", "value: 5"),
    ] {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: shop}}\n{rest}\n");
        assert_eq!(check_dry_run(&text, "f").stderr, "", "{kind}");
    }
}

#[test]
fn near_names_are_offered_in_every_kind() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\nspec:\n  defaultBackend:\n    service:\n      name: a\n      prot:\n        number: 80\n";
    let found = check_dry_run(text, "f").diagnostics;
    let error = found.iter().find(|it| it.severity == Severity::Error).unwrap();
    assert!(error.fixes.iter().any(|fix| fix.value == "port"), "{error:?}");
}

#[test]
fn a_list_of_other_kinds_is_checked_by_kubectl() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: rbac.authorization.k8s.io/v1\n  kind: Role\n  metadata: {name: a}\n  rulez: []\n";
    assert_eq!(
        check_dry_run(text, "f").stderr,
        "error: error validating \"f\": error validating data: ValidationError(Role): unknown field \"rulez\" in io.k8s.api.rbac.v1.Role; if you choose to ignore these errors, turn validation off with --validate=false\n"
    );
}

#[test]
fn the_items_of_a_list_of_one_kind_need_no_type() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleList\nitems:\n- metadata: {name: a}\n  rules: [{verbs: [get]}]\n";
    assert_eq!(
        check_dry_run(text, "f").stderr,
        "The Role \"a\" is invalid: \n* rules[0].apiGroups: Required value: resource rules must supply at least one api group\n* rules[0].resources: Required value: resource rules must supply at least one resource\n"
    );
}

#[test]
fn a_deprecated_kind_is_told_whatever_becomes_of_the_object() {
    let warning = "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n";
    let judged =
        |rest: &str| check_dry_run(&format!("apiVersion: v1\nkind: Endpoints\nmetadata: {{name: a}}\n{rest}"), "f");
    assert_eq!(judged("subsets: [{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]\n").stderr, warning);
    assert!(judged("subset: []\n").stderr.starts_with(&format!("{warning}Error from server (BadRequest)")));
    assert!(judged("subsets: [{}]\n").stderr.starts_with(&format!("{warning}The Endpoints \"a\" is invalid")));
}

#[test]
fn what_every_cluster_has_cannot_be_created() {
    let said = |head: &str| check_dry_run(&format!("apiVersion: {head}}}\n"), "f").stderr;
    let told =
        |what: &str| format!("Error from server (AlreadyExists): error when creating \"f\": {what} already exists\n");
    assert_eq!(said("v1\nkind: Namespace\nmetadata: {name: kube-system"), told("namespaces \"kube-system\""));
    assert_eq!(said("v1\nkind: ServiceAccount\nmetadata: {name: default"), told("serviceaccounts \"default\""));
    let class = "scheduling.k8s.io/v1\nkind: PriorityClass\nvalue: 2000001000\nmetadata: {name: system-node-critical";
    assert_eq!(said(class), told("priorityclasses.scheduling.k8s.io \"system-node-critical\""));
    assert_eq!(said("v1\nkind: Namespace\nmetadata: {name: shop"), "");
}

/// `tests/kinds.yaml` has a manifest of each kind, and none is refused for what a cluster would take.
#[test]
fn a_good_manifest_of_every_kind_is_accepted() {
    let text = include_str!("kinds.yaml");
    let judgement = check_dry_run(text, "f");
    assert_eq!(
        judgement.stderr,
        "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n"
    );
    for kind in served_kinds().iter().filter(|kind| kind.kind != "ComponentStatus") {
        let head = format!("apiVersion: {}\nkind: {}\n", kind.api_version, kind.kind);
        assert!(text.contains(&head), "{head}");
    }
}

/// A field of another type is found at any depth of any kind: each scalar and list of each manifest is replaced in turn.
#[test]
fn an_object_in_the_place_of_anything_else_is_refused() {
    fn visit(value: &mut serde_json::Value, at: &mut usize, wanted: usize) -> bool {
        match value {
            serde_json::Value::Object(fields) => {
                fields.iter_mut().filter(|(name, _)| !is_free(name)).any(|(_, field)| visit(field, at, wanted))
            }
            serde_json::Value::Array(items) if !items.is_empty() => items.iter_mut().any(|it| visit(it, at, wanted)),
            serde_json::Value::Null => false,
            value => {
                let found = *at == wanted;
                *at += 1;
                if found {
                    *value = serde_json::json!({"x": {}});
                }
                found
            }
        }
    }
    /// What holds anything, and what may hold an object.
    fn is_free(name: &str) -> bool {
        matches!(name, "data" | "parameters" | "default" | "enum" | "items" | "additionalProperties" | "conditions")
    }
    let mut asked = 0;
    for text in include_str!("kinds.yaml").split("---\n") {
        let object: serde_json::Value = serde_yaml::from_str(text).unwrap();
        for wanted in 0.. {
            let mut broken = object.clone();
            if !visit(&mut broken, &mut 0, wanted) {
                break;
            }
            let judgement = check_dry_run(&broken.to_string(), "f");
            assert!(!judgement.accepted(), "{broken}");
            asked += 1;
        }
    }
    assert!(asked > 500, "{asked}");
}

#[test]
fn what_a_file_made_before_is_there_for_a_pod() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  serviceAccountName: runner\n  priorityClassName: high\n  containers: [{name: a, image: b}]\n";
    let before = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\n---\napiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n---\n";
    let judged = podlab::manifest::check(&format!("{before}{pod}"), "x.yaml");
    assert_eq!(judged.stderr, "");
    assert_eq!(judged.accepted_objects().count(), 3);
    // Alone it is refused; so it is where nothing is kept, and where the account lives elsewhere.
    let missing = "error looking up service account default/runner: serviceaccount \"runner\" not found";
    assert!(podlab::manifest::check(pod, "x.yaml").stderr.contains(missing));
    assert!(podlab::manifest::check_dry_run(&format!("{before}{pod}"), "x.yaml").stderr.contains(missing));
    // A fix is tried where what the file made before is there too.
    let wrong = podlab::manifest::check(&format!("{before}{}", pod.replace("name: a", "name: A")), "x.yaml");
    let mut fixes = wrong.diagnostics.iter().flat_map(|it| &it.fixes);
    assert!(fixes.any(|fix| fix.value == "a"), "{:?}", wrong.diagnostics);
    let elsewhere = before.replace("name: runner", "name: runner, namespace: kube-system");
    assert!(podlab::manifest::check(&format!("{elsewhere}{pod}"), "x.yaml").stderr.contains(missing));
}
