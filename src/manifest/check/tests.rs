use serde_json::{Value, json};

use super::{Command, Server, Shelf, check, send};
use crate::api::{Kind, Object};

/// What `kubectl apply` prints: the words about the objects, and the standard error.
fn apply(shelf: &mut Shelf, manifest: &Value) -> (String, String) {
    apply_text(&manifest.to_string(), shelf)
}

fn apply_text(text: &str, shelf: &mut Shelf) -> (String, String) {
    let (judgement, done) = send(text, Command::apply("x.yaml"), shelf);
    let words: Vec<String> = done.iter().map(|done| format!("{} {}", done.label(), done.word)).collect();
    (words.join("\n"), judgement.stderr)
}

fn pod(image: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [
        {"name": "app", "image": image, "resources": {"requests": {"memory": "100m"}}}]}})
}

#[test]
fn kinds_without_a_type_are_applied_again() {
    let mut shelf = Shelf::new();
    let class = |controller: &str| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "c"},
            "spec": {"controller": controller}})
    };
    let binding = |user: &str| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b"},
            "subjects": [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}})
    };
    for (first, other, label) in [
        (class("example.com/a"), class("example.com/a"), "ingressclass.networking.k8s.io/c"),
        (binding("x"), binding("y"), "rolebinding.rbac.authorization.k8s.io/b"),
    ] {
        assert_eq!(apply(&mut shelf, &first), (format!("{label} created"), String::new()));
        assert_eq!(apply(&mut shelf, &first), (format!("{label} unchanged"), String::new()));
        let word = if first == other { "unchanged" } else { "configured" };
        assert_eq!(apply(&mut shelf, &other), (format!("{label} {word}"), String::new()));
    }
    let refused = apply(&mut shelf, &class("example.com/b")).1;
    let words = "spec.controller: Invalid value: \"example.com/b\": field is immutable";
    assert_eq!(refused, format!("The IngressClass \"c\" is invalid: {words}\n"));
}

#[test]
fn an_update_warns_of_less() {
    let mut shelf = Shelf::new();
    let fractional = "fractional byte value \"100m\" is invalid, must be an integer\n";
    assert!(apply(&mut shelf, &pod("nginx:1")).1.ends_with(fractional));
    assert_eq!(apply(&mut shelf, &pod("nginx:2")).1, "");
    let deployment = |replicas: i32| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a.b"}, "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod("nginx")["spec"]}}})
    };
    assert_eq!(apply(&mut shelf, &deployment(1)).1.lines().count(), 2);
    let again = apply(&mut shelf, &deployment(2)).1;
    assert!(again.ends_with(fractional) && again.lines().count() == 1, "{again}");
    let claim = |label: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c", "labels": {"a": label},
            "annotations": {"volume.beta.kubernetes.io/storage-class": "fast"}},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})
    };
    let first = apply(&mut shelf, &claim("b")).1;
    assert!(first.contains("deprecated since v1.8"), "{first}");
    assert_eq!(apply(&mut shelf, &claim("c")).1, first);
}

#[test]
fn a_template_is_warned_of_when_it_changes() {
    let holder = |kind: &str, memory: &str, label: &str| {
        let mut spec = pod("nginx")["spec"].clone();
        spec["containers"][0]["resources"]["requests"]["memory"] = json!(memory);
        let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": spec});
        let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "t", "labels": {"l": label}}});
        match kind {
            "PodTemplate" => object["template"] = template,
            _ => object["spec"] = json!({"selector": {"a": "b"}, "template": template}),
        }
        object
    };
    let warned = |kind: &str, changes: [(&str, &str); 3]| {
        let mut shelf = Shelf::new();
        changes.map(|(memory, label)| apply(&mut shelf, &holder(kind, memory, label)).1.contains("fractional"))
    };
    assert_eq!(warned("PodTemplate", [("1Mi", "a"), ("100m", "a"), ("100m", "b")]), [false, true, false]);
    // The server looks at the template that goes.
    let changes = [("1Mi", "a"), ("100m", "a"), ("2Mi", "a")];
    assert_eq!(warned("ReplicationController", changes), [false, false, true]);
}

#[test]
fn a_namespace_of_the_file_judges_the_pods_after_it() {
    let labels = "{pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn: restricted}";
    let namespace = format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: strict, labels: {labels}}}}}");
    let pod = |spec: &str| {
        let spec = format!("{{{spec}containers: [{{name: a, image: nginx}}]}}");
        format!("---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: strict}}, spec: {spec}}}")
    };
    let stderr = |spec: &str| check(&format!("{namespace}\n{}", pod(spec)), "x.yaml").stderr;
    let refused = "Error from server (Forbidden): error when creating \"x.yaml\": pods \"p\" is forbidden: violates \
        PodSecurity \"baseline:latest\": host namespaces (hostPID=true)\n";
    assert_eq!(stderr("hostPID: true, "), refused);
    let warned = stderr("");
    assert!(warned.starts_with("Warning: would violate PodSecurity \"restricted:latest\": allow"), "{warned}");
    assert_eq!(check(&pod("").replace(", namespace: strict", ""), "x.yaml").stderr, "");
}

#[test]
fn a_changed_namespace_names_a_level_that_there_is() {
    let namespace = |level: &str| {
        let labels = json!({"pod-security.kubernetes.io/enforce": level});
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "u", "labels": labels}})
    };
    let mut shelf = Shelf::new();
    assert_eq!(apply(&mut shelf, &namespace("baseline")).1, "");
    assert_eq!(apply(&mut shelf, &namespace("restricted")).1, "");
    let place = "metadata.labels[pod-security.kubernetes.io/enforce]";
    let words = "Invalid value: \"foo\": must be one of privileged, baseline, restricted";
    let told = format!("The Namespace \"u\" is invalid: {place}: {words}\n");
    assert_eq!(apply(&mut shelf, &namespace("foo")).1, told);
}

#[test]
fn what_earlier_documents_took_is_not_to_be_had() {
    let stderr = |documents: &[String]| check(&documents.join("\n---\n"), "x.yaml").stderr;
    let map =
        |namespace: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, namespace: {namespace}}}}}");
    let exists = "Error from server (AlreadyExists): error when creating \"x.yaml\": configmaps \"a\" already exists\n";
    assert_eq!(stderr(&[map("default"), map("kube-system")]), "");
    assert_eq!(stderr(&[map("default"), map("''")]), exists);
    let service = |name: &str, spec: &str| {
        format!("{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{{spec}}}}}")
    };
    let port =
        |name: &str, number: u16| service(name, &format!("type: NodePort, ports: [{{port: 80, nodePort: {number}}}]"));
    let node_port = "spec.ports[0].nodePort: Invalid value:";
    let range = "provided port is not in the valid range. The range of valid ports is 30000-32767";
    assert_eq!(stderr(&[port("a", 80)]), format!("The Service \"a\" is invalid: {node_port} 80: {range}\n"));
    let allocated = "provided port is already allocated";
    let taken = format!("The Service \"b\" is invalid: {node_port} 30080: {allocated}\n");
    assert_eq!(stderr(&[port("a", 30080), port("b", 30080)]), taken);
    let at = |name: &str, ip: &str| service(name, &format!("clusterIP: {ip}, ports: [{{port: 80}}]"));
    let ip = |ip: &str| {
        let why = format!("failed to allocate IP {ip}: provided IP is already allocated");
        format!("The Service \"b\" is invalid: spec.clusterIPs: Invalid value: [\"{ip}\"]: {why}\n")
    };
    assert_eq!(stderr(&[at("b", "10.96.0.1")]), ip("10.96.0.1"));
    assert_eq!(stderr(&[at("a", "10.96.0.50"), at("b", "10.96.0.50")]), ip("10.96.0.50"));
    assert_eq!(stderr(&[at("kubernetes", "10.96.0.1")]), "");
    assert_eq!(stderr(&[at("a", "None"), at("b", "None"), port("c", 0), port("d", 0)]), "");
}

#[test]
fn a_runtime_class_of_the_file_is_there_for_its_pods() {
    let class = "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: rc}, handler: x}";
    let mut pod = pod("nginx");
    pod["spec"]["runtimeClassName"] = json!("rc");
    pod["spec"]["containers"][0]["resources"] = json!({});
    let missing = "pods \"a\" is forbidden: pod rejected: RuntimeClass \"rc\" not found\n";
    assert!(check(&pod.to_string(), "x.yaml").stderr.ends_with(missing));
    let both = format!("{class}\n---\n{pod}");
    assert_eq!(check(&both, "x.yaml").stderr, "");
    assert_eq!(apply_text(&both, &mut Shelf::new()).1, "");
}

#[test]
fn a_request_has_a_largest_length() {
    let map = |length: usize| {
        let text = "x".repeat(length);
        check(&format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{a: {text}}}}}"), "x.yaml")
            .stderr
    };
    let words = "error when creating \"x.yaml\": Request entity too large: limit is 3145728\n";
    assert_eq!(map(3 << 20), format!("Error from server (RequestEntityTooLarge): {words}"));
    assert!(map(2 << 20).contains("Too long"), "the server reads it and finds it invalid");
}

#[test]
fn what_is_being_deleted_is_told_of() {
    let mut shelf = Shelf::new();
    apply(&mut shelf, &pod("nginx:1"));
    let mut going = shelf.get(Kind::Pod, "default", "a").unwrap().to_json();
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    shelf.update(Object::from_json(Kind::Pod, going).unwrap()).unwrap();
    let warning = "Warning: Detected changes to resource a which is currently being deleted.\n";
    assert_eq!(apply(&mut shelf, &pod("nginx:1")), ("pod/a unchanged".to_owned(), warning.to_owned()));
    assert_eq!(apply(&mut shelf, &pod("nginx:2")), ("pod/a configured".to_owned(), warning.to_owned()));
}

#[test]
fn an_element_without_its_key_cannot_be_patched() {
    let mut shelf = Shelf::new();
    apply(&mut shelf, &pod("nginx:1"));
    let mut nameless = pod("nginx:1");
    nameless["spec"]["containers"] = json!([{"image": "perl"}]);
    let stderr = apply(&mut shelf, &nameless).1;
    let why = "map: map[image:perl] does not contain declared merge key: name\n";
    for spec in ["openapi v3 spec", "openapi spec"] {
        assert!(stderr.contains(&format!("warning: error calculating patch from {spec}: {why}")), "{stderr}");
    }
    assert!(stderr.contains("for: \"x.yaml\": error when patching \"x.yaml\": creating patch with:\noriginal:\n{"));
    assert!(stderr.ends_with(&format!("}}\n\nfor:: {why}")), "{stderr}");
}

#[test]
fn what_the_reader_met_is_told_last_and_in_one_piece() {
    let bad = "{apiVersion: v1, kind: ConfigMap, metadata: {name: C_}}";
    let unknown = "{apiVersion: v1, kind: Foo, metadata: {name: c}}";
    let stderr = |documents: &[&str]| check(&documents.join("\n---\n"), "x.yaml").stderr;
    let met = "resource mapping not found for name: \"c\" namespace: \"\" from \"x.yaml\": no matches for kind \"Foo\" in \
        version \"v1\"\nensure CRDs are installed first";
    let parsing =
        "error parsing x.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context";
    let both = stderr(&[unknown, bad, unknown, "a: b: c"]);
    let (server, reader) = both.split_once('\n').unwrap();
    assert!(server.starts_with("Error from server (Invalid): error when creating \"x.yaml\": ConfigMap \"C_\""));
    assert_eq!(reader, format!("[{met}, {parsing}]\n"));
    assert!(stderr(&[unknown, bad, unknown]).ends_with(&format!("\n{met}\n")));
    assert_eq!(stderr(&[unknown, unknown]), format!("{met}\n{met}\n"));
    let (_, after) = apply_text(&format!("{bad}\n---\n{unknown}"), &mut Shelf::new());
    assert!(after.starts_with(met), "apply reads all of them first: {after}");
}

#[test]
fn the_server_says_what_upstream_says() {
    let object = |version: &str, kind: &str, rest: Value| {
        let mut all = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}});
        all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        all
    };
    let set = |claim: Value| {
        object(
            "apps/v1",
            "StatefulSet",
            json!({"spec": {"serviceName": "x", "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
            "volumeClaimTemplates": [claim]}}),
        )
    };
    let container = |resources: Value| {
        object("v1", "Pod", json!({"spec": {"containers": [{"name": "c", "image": "i", "resources": resources}]}}))
    };
    let job = |on_exit_codes: Value| {
        object(
            "batch/v1",
            "Job",
            json!({"spec": {
            "podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": on_exit_codes}]},
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}}),
        )
    };
    let scaler = |name: &str| {
        object(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            json!({"spec": {"maxReplicas": 2,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"},
            "metrics": [{"type": "ContainerResource", "containerResource": {"name": name, "container": "c",
                "target": {"type": "Utilization", "averageUtilization": 50}}}]}}),
        )
    };
    let small = json!({"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1500m"}}}});
    let many = json!({"completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001, "template": {"spec": {
        "restartPolicy": "Never", "terminationGracePeriodSeconds": -1, "containers": [{"name": "c", "image": "i"}]}}});
    let cron = object("batch/v1", "CronJob", json!({"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": many}}}));
    for (manifest, words) in [
        (
            set(json!({"apiVersion": 5})),
            "Go struct field PersistentVolumeClaim.spec.volumeClaimTemplates.TypeMeta.apiVersion of type string",
        ),
        (
            set(json!({"status": {"allocatedResourceStatuses": [1]}})),
            "of type map[v1.ResourceName]v1.ClaimResourceStatus",
        ),
        (
            set(small),
            "Warning: spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value \"1500m\"",
        ),
        (job(json!({"operator": "In"})), "onExitCodes.values: Invalid value: null: at least one value is required"),
        (
            job(json!({"operator": "In", "values": []})),
            "onExitCodes.values: Invalid value: []: at least one value is required",
        ),
        (object("batch/v1", "Job", json!({"spec": many})), "Warning: spec: In Indexed Jobs with a number"),
        (cron, "Warning: spec.jobTemplate.spec: In Indexed Jobs with a number"),
        (scaler("requests.foo.com/x"), "doesn't follow extended resource name standard"),
        (container(json!({"limits": {"cpu": "1\n"}})), "quantities must match the regular expression"),
        (
            container(json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1.500"}})),
            "Invalid value: \"1.500\": must be less than or equal to cpu limit of 1",
        ),
        (
            container(
                json!({"limits": {"memory": "10000000000000000000"}, "requests": {"memory": "20000000000000000000"}}),
            ),
            "Invalid value: \"20E\": must be less than or equal to memory limit of 10E",
        ),
    ] {
        let said = apply(&mut Shelf::new(), &manifest).1;
        // A warning comes before what else is warned of.
        let found = if words.starts_with("Warning") { said.starts_with(words) } else { said.contains(words) };
        assert!(found, "{words}\n{said}");
    }
}

#[test]
fn lists_of_one_kind_are_looked_at_whole() {
    let head = "error validating \"x.yaml\": error validating data: ";
    let tail = "; if you choose to ignore these errors, turn validation off with --validate=false\n";
    let list = |kind: &str, rest: &str| format!("apiVersion: v1\nkind: {kind}List\n{rest}\n");
    for (kind, rest, wanted) in [
        (
            "ConfigMap",
            "foo: bar\nitems: [{metadata: {name: c}}]",
            "ValidationError(ConfigMapList): unknown field \"foo\" in io.k8s.api.core.v1.ConfigMapList",
        ),
        ("Pod", "", "ValidationError(PodList): missing required field \"items\" in io.k8s.api.core.v1.PodList"),
        (
            "Pod",
            "items: null",
            "ValidationError(PodList): missing required field \"items\" in io.k8s.api.core.v1.PodList",
        ),
        (
            "Pod",
            "items: {}",
            "ValidationError(PodList.items): invalid type for io.k8s.api.core.v1.PodList.items: got \"map\", expected \"array\"",
        ),
        (
            "Pod",
            "items: []\nmetadata: {foo: x}",
            "ValidationError(PodList.metadata): unknown field \"foo\" in io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
        ),
        (
            "ConfigMap",
            "items: [{dat: {}}]\nfoo: 1",
            "[ValidationError(ConfigMapList): unknown field \"foo\" in io.k8s.api.core.v1.ConfigMapList, \
             ValidationError(ConfigMapList.items[0]): unknown field \"dat\" in io.k8s.api.core.v1.ConfigMap]",
        ),
    ] {
        let stderr = check(&list(kind, rest), "x.yaml").stderr;
        assert_eq!(stderr, format!("error: {head}{wanted}{tail}"), "{rest}");
    }
    assert_eq!(
        check(&list("ConfigMap", "metadata: {resourceVersion: \"1\"}\nitems: [{metadata: {name: c}}]"), "x").stderr,
        ""
    );
}

#[test]
fn every_version_has_a_list_of_its_own() {
    let list = |items: &str| check(&format!("apiVersion: apps/v1\nkind: List\n{items}"), "x.yaml").stderr;
    assert_eq!(list("items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]"), "");
    assert_eq!(list("items: []"), "error: no objects passed to create\n");
    let server = "Error from server (NotFound): error when creating \"x.yaml\": ";
    assert_eq!(list(""), format!("{server}the server could not find the requested resource\n"));
    let unknown = "Error from server (BadRequest): error when creating \"x.yaml\": ConfigMap in version \"v1\" cannot be \
                   handled as a ConfigMap: strict decoding error: unknown field \"dat\"\n";
    assert_eq!(list("items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, dat: {}}]"), unknown);
    let missing = "unable to get type info from the object \"*unstructured.Unstructured\": Object 'Kind' is missing \
                   in 'object has no kind field '\n";
    assert_eq!(list("items: [{apiVersion: v1}]"), missing);
}

#[test]
fn what_has_no_name_yet_is_forbidden_as_unknown() {
    let pod = |metadata: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {{serviceAccountName: nope, containers: [{{name: a, image: b}}]}}"
        );
        check(&text, "x.yaml").stderr.split(" is forbidden").next().unwrap().to_owned()
    };
    let head = "Error from server (Forbidden): error when creating \"x.yaml\": pods ";
    for (metadata, name) in
        [("{}", "Unknown"), ("{generateName: ''}", "Unknown"), ("{generateName: a-}", "a-"), ("{name: b}", "b")]
    {
        assert_eq!(pod(metadata), format!("{head}\"{name}\""));
    }
}
