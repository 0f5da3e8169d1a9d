//! Values as JSON and KYAML the way kubectl writes them.

use serde_json::Value;

/// JSON with four blanks a level, and what HTML minds written as escapes (Go: encoding/json).
pub(in crate::kubectl) fn print(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, Some(0));
    out.push('\n');
    out
}

/// The fields of the API's Go structs in the order of their declarations, as far as generators write them
/// (kubernetes: staging/src/k8s.io/api).
const DECLARED: &str = "kind apiVersion metadata name namespace labels annotations ownerReferences spec immutable data \
    schedule jobTemplate replicas selector template strategy minAvailable maxUnavailable \
    hard scopes scaleTargetRef minReplicas maxReplicas metrics value globalDefault description preemptionPolicy \
    ingressClassName defaultBackend tls rules verbs apiGroups aggregationRule \
    subjects roleRef initContainers containers restartPolicy dnsPolicy image command args ports env resources \
    resourceNames nonResourceURLs \
    imagePullPolicy securityContext stdin stdinOnce tty protocol port targetPort nodePort clusterIP type \
    externalIPs sessionAffinity loadBalancerIP externalName resource target averageValue averageUtilization status";

/// JSON as [`print`] writes it, the fields in the order of the client's structs.
pub(in crate::kubectl) fn in_order(value: &Value) -> String {
    let mut out = String::new();
    ordered(&mut out, value, 0);
    out.push('\n');
    out
}

fn ordered(out: &mut String, value: &Value, level: usize) {
    let Value::Object(map) = value else {
        let Value::Array(list) = value else { return write(out, value, Some(level)) };
        if list.is_empty() {
            return out.push_str("[]");
        }
        out.push('[');
        for (number, value) in list.iter().enumerate() {
            out.push_str(if number > 0 { "," } else { "" });
            line(out, Some(level + 1));
            ordered(out, value, level + 1);
        }
        line(out, Some(level));
        return out.push(']');
    };
    if map.is_empty() {
        return out.push_str("{}");
    }
    // A reference to an object has its name before its version.
    let reference = map.contains_key("name") && map.contains_key("apiVersion");
    let rank = |name: &str| match name {
        "apiVersion" if reference => usize::MAX,
        name => DECLARED.split_whitespace().position(|known| known == name).unwrap_or(usize::MAX - 1),
    };
    let mut fields: Vec<(&String, &Value)> = map.iter().collect();
    fields.sort_by_key(|(name, _)| rank(name));
    out.push('{');
    for (number, (name, value)) in fields.into_iter().enumerate() {
        out.push_str(if number > 0 { "," } else { "" });
        line(out, Some(level + 1));
        string(out, name);
        out.push_str(": ");
        ordered(out, value, level + 1);
    }
    line(out, Some(level));
    out.push('}');
}

/// JSON in one line.
pub(in crate::kubectl) fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, None);
    out
}

fn line(out: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', level * 4));
    }
}

fn write(out: &mut String, value: &Value, level: Option<usize>) {
    let inner = level.map(|level| level + 1);
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (number, (name, value)) in map.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                line(out, inner);
                string(out, name);
                out.push_str(if level.is_some() { ": " } else { ":" });
                write(out, value, inner);
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
                write(out, value, inner);
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

/// KYAML: YAML in braces, texts quoted, keys bare, a comma after each entry (sigs.k8s.io/yaml/kyaml).
pub(in crate::kubectl) fn kyaml(value: &Value) -> String {
    let mut out = "---\n".to_owned();
    brace(&mut out, value, 0);
    out.push('\n');
    out
}

fn brace(out: &mut String, value: &Value, level: usize) {
    let pad = |out: &mut String, level: usize| out.extend(std::iter::repeat_n(' ', level * 2));
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push_str("{\n");
            for (name, value) in map {
                pad(out, level + 1);
                let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
                let reserved =
                    matches!(name.as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null");
                if bare && !reserved && !name.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                    out.push_str(name);
                } else {
                    out.push_str(&Value::String(name.clone()).to_string());
                }
                out.push_str(": ");
                brace(out, value, level + 1);
                out.push_str(",\n");
            }
            pad(out, level);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            // Maps in a list share their braces' line with it.
            let maps = list.iter().all(|value| value.as_object().is_some_and(|map| !map.is_empty()));
            if maps {
                out.push('[');
                for (number, value) in list.iter().enumerate() {
                    if number > 0 {
                        out.push_str(", ");
                    }
                    brace(out, value, level);
                }
                out.push(']');
                return;
            }
            out.push_str("[\n");
            for value in list {
                pad(out, level + 1);
                brace(out, value, level + 1);
                out.push_str(",\n");
            }
            pad(out, level);
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
