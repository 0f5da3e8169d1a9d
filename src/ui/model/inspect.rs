//! What there is to know of a container beside its state: its command, probes, resources and variables.

use k8s_openapi::Common;
use k8s_openapi::api::core::v1::{Container, EnvVar, HTTPGetAction, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::api::quantity::Quantity;
use crate::api::{Kind, Object, Pod, containers, sim};

/// Finds an object as it is at the playhead.
pub type Find<'a> = &'a dyn Fn(Kind, &str) -> Option<Object>;

/// A container as its manifest has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    /// Its command and arguments as a person types them; empty where the image's own are run.
    pub command: String,
    /// What the annotation of Podlab says of it.
    pub annotation: Option<String>,
    /// The probes with how they ask.
    pub probes: Vec<ProbeFacts>,
    /// CPU in thousandths of a core: what is asked for, and the limit.
    pub cpu: (Option<i64>, Option<i64>),
    /// Memory in bytes: what is asked for, and the limit.
    pub memory: (Option<i64>, Option<i64>),
    /// Its variables in order.
    pub env: Vec<Variable>,
}

/// How a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeFacts {
    /// `startup`, `liveness` or `readiness`.
    pub name: &'static str,
    /// What it does: `GET :80/ready`, `exec cat /tmp/ok`, `TCP :5432`.
    pub how: String,
    /// Seconds before it asks first.
    pub delay: i32,
    /// Seconds from one to the next.
    pub period: i32,
    /// Seconds it waits for an answer.
    pub timeout: i32,
    /// How many failures in a row count.
    pub failures: i32,
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name; with `envFrom` what comes from there has its own names.
    pub name: String,
    /// Its value, where that is known.
    pub value: Option<String>,
    /// Where the value comes from (`configmap/app: HOST`), where it is not written in the manifest.
    pub from: Option<String>,
}

/// Looks at the container `name` of `pod`.
pub fn inspect(pod: &Pod, name: &str, find: Find<'_>) -> Option<Inspection> {
    let plain = containers::in_order(&pod.spec);
    let container = plain.clone().find(|container| container.name == name)?;
    let annotations = pod.metadata.annotations.as_ref();
    let words = container.command.iter().chain(&container.args).flatten();
    let amount = |limits: bool, name: &str| {
        let resources = container.resources.as_ref()?;
        let list = if limits { &resources.limits } else { &resources.requests };
        Quantity::parse(&list.as_ref()?.get(name)?.0).ok()
    };
    let both = |name, of: fn(Quantity) -> i64| (amount(false, name).map(of), amount(true, name).map(of));
    Some(Inspection {
        command: words.map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
        annotation: annotations
            .and_then(|all| all.get(&format!("{}{name}", sim::ANNOTATION_PREFIX)))
            .map(|text| text.to_owned()),
        probes: probes(container),
        cpu: both("cpu", Quantity::milli_value),
        memory: both("memory", Quantity::value),
        env: variables(pod, container, find),
    })
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let tame = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    match !word.is_empty() && word.chars().all(tame) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn probes(container: &Container) -> Vec<ProbeFacts> {
    let all = [
        ("startup", &container.startup_probe),
        ("liveness", &container.liveness_probe),
        ("readiness", &container.readiness_probe),
    ];
    let facts = |(name, probe): (&'static str, &Option<Common<Probe>>)| {
        let probe = probe.as_ref()?;
        Some(ProbeFacts {
            name,
            how: how(probe),
            delay: probe.initial_delay_seconds.unwrap_or(0),
            period: probe.period_seconds.unwrap_or(10),
            timeout: probe.timeout_seconds.unwrap_or(1),
            failures: probe.failure_threshold.unwrap_or(3),
        })
    };
    all.into_iter().filter_map(facts).collect()
}

fn port(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    }
}

fn how(probe: &Probe) -> String {
    let get = |get: &HTTPGetAction| {
        let host = get.host.as_deref().unwrap_or_default();
        format!("GET {host}:{}{}", port(&get.port), get.path.as_deref().unwrap_or("/"))
    };
    if let Some(http) = &probe.http_get {
        return get(http);
    }
    if let Some(tcp) = &probe.tcp_socket {
        return format!("TCP :{}", port(&tcp.port));
    }
    if let Some(grpc) = &probe.grpc {
        return format!("gRPC :{}", grpc.port);
    }
    let words = probe.exec.iter().flat_map(|exec| exec.command.iter().flatten());
    format!("exec {}", words.map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
}

/// The text under `key` of a ConfigMap or Secret.
fn keyed(object: Option<&Object>, key: &str) -> Option<String> {
    match object? {
        Object::ConfigMap(map) => map.data.as_ref()?.get(key).cloned(),
        Object::Secret(secret) => {
            let plain = secret.string_data.as_ref().and_then(|data| data.get(key)).cloned();
            let bytes = secret.data.as_ref().and_then(|data| data.get(key));
            plain.or_else(|| String::from_utf8(bytes?.0.clone()).ok())
        }
        _ => None,
    }
}

fn variables(pod: &Pod, container: &Container, find: Find<'_>) -> Vec<Variable> {
    let mut all = Vec::new();
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        let map = source.config_map_ref.as_ref().map(|it| (Kind::ConfigMap, &it.name));
        let Some((kind, name)) = map.or(source.secret_ref.as_ref().map(|it| (Kind::Secret, &it.name))) else {
            continue;
        };
        let from = format!("{}/{name}", kind.name().to_lowercase());
        let object = find(kind, name);
        let keys: Vec<String> = match &object {
            Some(Object::ConfigMap(map)) => map.data.iter().flat_map(|data| data.keys().cloned()).collect(),
            Some(Object::Secret(secret)) => secret.data.iter().flat_map(|data| data.keys().cloned()).collect(),
            _ => Vec::new(),
        };
        if keys.is_empty() {
            all.push(Variable { name: format!("{prefix}…"), value: None, from: Some(from.clone()) });
        }
        all.extend(keys.into_iter().map(|key| Variable {
            value: keyed(object.as_ref(), &key),
            name: format!("{prefix}{key}"),
            from: Some(from.clone()),
        }));
    }
    all.extend(container.env.iter().flatten().map(|variable| self::variable(pod, variable, find)));
    all
}

fn variable(pod: &Pod, variable: &EnvVar, find: Find<'_>) -> Variable {
    let name = variable.name.clone();
    let Some(source) = &variable.value_from else {
        return Variable {
            name: name.to_string(),
            value: Some(variable.value.clone().unwrap_or_default().to_string()),
            from: None,
        };
    };
    let key = source.config_map_key_ref.as_ref().map(|it| (Kind::ConfigMap, &it.name, &it.key));
    if let Some((kind, of, key)) = key.or(source.secret_key_ref.as_ref().map(|it| (Kind::Secret, &it.name, &it.key))) {
        let from = format!("{}/{of}: {key}", kind.name().to_lowercase());
        return Variable { name: name.to_string(), value: keyed(find(kind, of).as_ref(), key), from: Some(from) };
    }
    if let Some(field) = &source.field_ref {
        let value = field_of(pod, &field.field_path);
        return Variable { name: name.to_string(), value, from: Some(field.field_path.to_string()) };
    }
    let from = source.resource_field_ref.as_ref().map(|it| it.resource.to_string());
    Variable { name: name.to_string(), value: None, from }
}

/// What the downward API hands down of a Pod, where a list shows it.
fn field_of(pod: &Pod, path: &str) -> Option<String> {
    match path {
        "metadata.name" => Some(pod.name().to_owned()),
        "metadata.namespace" => Some(pod.namespace().to_owned()),
        "metadata.uid" => Some(pod.uid().to_owned()),
        "spec.nodeName" => pod.spec.node_name.as_ref().map(String::from),
        "spec.serviceAccountName" => pod.spec.service_account_name.as_ref().map(String::from),
        "status.podIP" => pod.status.pod_ip.as_ref().map(String::from),
        "status.hostIP" => pod.status.host_ip.as_ref().map(String::from),
        _ => None,
    }
}

/// The weight that a request for CPU has against others on the node (kubelet: cm/helpers_linux.go MilliCPUToShares).
pub fn shares(milli: i64) -> i64 {
    (milli.saturating_mul(1024) / 1000).clamp(2, 262_144)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    const TEXT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {HOST: db, PORT: '5432'}\n---\n\
        apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations: {podlab.dev/sim.app: run=5}\nspec:\n  containers:\n  \
        - name: app\n    image: busybox\n    command: [sh, -c, 'sleep 5; exit 1']\n    envFrom: [{configMapRef: {name: settings}, prefix: DB_}]\n    \
        env: [{name: A, value: b}, {name: ME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]\n    \
        resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {memory: 128Mi}}\n    \
        readinessProbe: {httpGet: {port: 80, path: /ready}, periodSeconds: 2}\n";

    #[test]
    fn a_container_is_told_with_where_its_variables_come_from() {
        let judgement = manifest::check(TEXT, "x.yaml");
        let objects: Vec<Object> = judgement.accepted_objects().cloned().collect();
        let Some(Object::Pod(pod)) = objects.get(1) else { panic!("{objects:?}") };
        let told =
            inspect(pod, "app", &|kind, _| objects.iter().find(|object| object.kind() == Some(kind)).cloned()).unwrap();
        assert_eq!(told.command, "sh -c 'sleep 5; exit 1'");
        assert_eq!(told.annotation.as_deref(), Some("run=5"));
        assert_eq!((told.cpu, told.memory), ((Some(250), None), (Some(64 << 20), Some(128 << 20))));
        let env: Vec<String> = told
            .env
            .iter()
            .map(|it| {
                format!("{}={} {}", it.name, it.value.as_deref().unwrap_or("?"), it.from.as_deref().unwrap_or("-"))
            })
            .collect();
        assert_eq!(
            env,
            ["DB_HOST=db configmap/settings", "DB_PORT=5432 configmap/settings", "A=b -", "ME=web metadata.name"]
        );
        let probe = told.probes.first().unwrap();
        assert_eq!((probe.how.as_str(), probe.period, probe.failures), ("GET :80/ready", 2, 3));
        assert_eq!(inspect(pod, "nobody", &|_, _| None), None);
    }

    #[test]
    fn shares_are_those_of_the_kubelet() {
        assert_eq!([shares(0), shares(1), shares(250), shares(1000)], [2, 2, 256, 1024]);
    }
}
