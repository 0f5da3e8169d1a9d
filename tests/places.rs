//! Where findings are marked: the key or the value itself, the parent's key where something is missing, through
//! anchors, merges, flow style and JSON; and the other places that belong to a duplicate or a mismatch.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use podlab::manifest::{Severity, check};

/// Each error as `line: text at its place | text at each related place`, in the order of the text.
fn marks(text: &str) -> Vec<String> {
    let slice = |span: podlab::text::Span| {
        let line = text.get(..span.start).unwrap().matches('\n').count() + 1;
        format!("{line}: {}", text.get(span.start..span.end).unwrap())
    };
    let errors = check(text, "f").diagnostics.into_iter().filter(|it| it.severity == Severity::Error);
    errors
        .map(|it| {
            let places = std::iter::once(it.span).chain(it.related.iter().map(|related| related.span));
            places.map(slice).collect::<Vec<_>>().join(" | ")
        })
        .collect()
}

/// A Pod with these containers, which begin in the sixth line.
fn pod(containers: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n{containers}")
}

#[test]
fn a_value_behind_an_alias_is_marked_where_it_is_written() {
    let text = pod("  - name: a
    image: nginx
    ports: &ports
    - containerPort: 70000
  - name: b
    image: nginx
    ports: *ports
");
    assert_eq!(marks(&text), ["9: 70000", "9: 70000"]);
}

#[test]
fn a_merged_field_is_marked_where_it_is_written_and_what_is_missing_where_it_is_merged() {
    let text = pod("  - &base
    name: a
    image: nginx
    imagePullPolicy: Sometimes
  - <<: *base
    name: b
  - <<: [*base, {tty: true}]
    name: c
    imagePullPolicy: Never
");
    assert_eq!(marks(&text), ["9: Sometimes", "9: Sometimes"]);
    let text = pod("  - &base {tty: true, image: nginx}
  - <<: *base
    stdin: true
");
    assert_eq!(marks(&text), ["6: tty", "8: stdin", "8: stdin | 6: tty"]);
}

#[test]
fn an_unknown_field_and_a_wrong_type_behind_a_merge_are_marked_where_they_are_written() {
    let text = pod("  - &base {name: a, imagee: nginx}
  - {<<: *base, name: b}
");
    assert_eq!(marks(&text), ["6: imagee", "6: imagee"]);
    let text = pod("  - &base {name: a, image: nginx, tty: 1}
  - {<<: *base, name: b}
");
    assert_eq!(marks(&text), ["6: 1", "6: 1"]);
}

#[test]
fn flow_style_and_json_are_marked_to_the_letter() {
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: Web}, \
                spec: {containers: [{name: a, image: nginx, ports: [{containerPort: 0, 'name': \"x--y\"}]}]}}\n";
    assert_eq!(marks(text), ["1: Web", "1: 0", "1: \"x--y\""]);
    let text = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"web\"},\n \"spec\": {\"containers\": [{\"name\": \"a\"}]}}";
    assert_eq!(marks(text), ["2: \"name\""]);
}

#[test]
fn what_is_missing_is_marked_at_its_parent() {
    let text = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: a
        image: nginx
        livenessProbe: {}
        env:
        - value: x
";
    assert_eq!(marks(text), ["5: spec", "8: labels | 5: spec", "13: livenessProbe", "15: value"]);
    assert_eq!(marks("apiVersion: v1\nkind: Pod\nmetadata:\nspec:\n"), ["3: metadata", "4: spec"]);
}

#[test]
fn duplicates_lead_to_what_came_first() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - name: a
    image: nginx
  containers:
  - name: a
    image: nginx
    ports:
    - {name: http, containerPort: 80, hostPort: 8080}
    - {name: http, containerPort: 81, hostPort: 8080}
    volumeMounts:
    - {name: data, mountPath: /data}
    - {name: data, mountPath: /data}
  volumes:
  - {name: data, emptyDir: {}}
  - {name: data, emptyDir: {}}
";
    assert_eq!(
        marks(text),
        ["6: a | 9: a", "13: http | 12: http", "13: 8080 | 12: 8080", "16: /data | 15: /data", "19: data | 18: data",]
    );
}

#[test]
fn mismatches_lead_to_the_other_side() {
    let text = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  minReadySeconds: 700
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: shop}
    spec:
      hostNetwork: true
      containers:
      - name: a
        image: nginx
        ports:
        - {containerPort: 80, hostPort: 81}
        resources:
          limits: {memory: 64Mi}
          requests: {memory: 128Mi}
";
    assert_eq!(
        marks(text),
        ["4: spec | 5: 700", "10: labels | 6: selector", "17: 81 | 17: 80", "20: 128Mi | 19: 64Mi"]
    );
}

#[test]
fn kinds_that_are_not_simulated_are_marked_too() {
    let text = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: example.com
    http:
      paths:
      - path: shop
        pathType: Prefix
        backend:
          serviceName: web
          servicePort: 80
";
    assert_eq!(marks(text), ["12: serviceName", "13: servicePort"]);
    let text = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - http:
      paths:
      - path: shop
        pathType: Prefix
        backend: {service: {name: web}}
";
    assert_eq!(marks(text), ["8: shop", "10: backend"]);
}
