//! Values as JSON the way kubectl writes them.

use serde_json::{Map, Value};

/// JSON with four blanks a level, and what HTML minds written as escapes (Go: encoding/json).
pub(in crate::kubectl) fn print(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Some(0), fields);
    out.push('\n');
    out
}

/// The fields of the API's Go structs in the order of their declarations, as far as generators write them
/// (kubernetes: staging/src/k8s.io/api).
const DECLARED: &str = "kind apiVersion groupVersion metadata name generateName singularName namespace namespaced group \
    version uid resourceVersion generation creationTimestamp labels annotations ownerReferences controller \
    blockOwnerDeletion spec immutable data \
    schedule jobTemplate replicas selector template strategy minAvailable maxUnavailable \
    hard scopes scaleTargetRef minReplicas maxReplicas metrics value globalDefault description preemptionPolicy \
    ingressClassName defaultBackend tls rules verbs apiGroups aggregationRule \
    subjects roleRef initContainers containers restartPolicy dnsPolicy image command args ports env resources \
    resourceNames nonResourceURLs \
    imagePullPolicy securityContext stdin stdinOnce tty protocol port targetPort nodePort clusterIP type \
    externalIPs sessionAffinity loadBalancerIP externalName resource target averageValue averageUtilization status \
    clusters users contexts current-context cluster server certificate-authority-data user token";

/// JSON as [`print`] writes it, the fields in the order of the client's structs.
pub(in crate::kubectl) fn in_order(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Some(0), fields_in_order);
    out.push('\n');
    out
}

/// The same in one line.
pub(in crate::kubectl) fn compact_in_order(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, None, fields_in_order);
    out
}

/// The fields of a map in the order of the client's structs.
pub(super) fn fields_in_order(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    // A reference to an object has its name before its version.
    let has = |name: &str| map.contains_key(name);
    let owner = has("uid") && has("kind") && !has("metadata");
    let reference = has("name") && has("apiVersion") && !owner;
    let resource = has("singularName");
    let rank = |name: &str| match name {
        "apiVersion" if reference => usize::MAX,
        "apiVersion" if owner => 0,
        "kind" if resource => DECLARED.split_whitespace().position(|known| known == "version").map_or(0, |at| at + 1),
        "kind" if owner => 1,
        name => DECLARED.split_whitespace().position(|known| known == name).unwrap_or(usize::MAX - 1),
    };
    let mut fields: Vec<(&String, &Value)> = map.iter().collect();
    fields.sort_by_key(|(name, _)| rank(name));
    fields
}

/// JSON in one line.
pub(in crate::kubectl) fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, None, fields);
    out
}

fn line(out: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', level * 4));
    }
}

/// The fields of a map, in the order they are written in.
type Order = fn(&Map<String, Value>) -> Vec<(&String, &Value)>;

/// As they are.
fn fields(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    map.iter().collect()
}

fn write(out: &mut String, value: &Value, level: Option<usize>, order: Order) {
    let inner = level.map(|level| level + 1);
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (number, (name, value)) in order(map).into_iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                line(out, inner);
                string(out, name);
                out.push_str(if level.is_some() { ": " } else { ":" });
                write(out, value, inner, order);
            }
            line(out, level);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (number, value) in list.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                line(out, inner);
                write(out, value, inner, order);
            }
            line(out, level);
            out.push(']');
        }
        Value::String(text) => string(out, text),
        other => out.push_str(&other.to_string()),
    }
}

fn string(out: &mut String, text: &str) {
    for c in Value::String(text.to_owned()).to_string().chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
}
