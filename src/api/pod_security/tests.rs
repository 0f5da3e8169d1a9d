use serde_json::{Value, json};

use super::{is_significant, refusal, warning};
use crate::api::{Kind, Object};

fn namespace(labels: Value) -> Object {
    Object::from_json(Kind::Namespace, json!({"metadata": {"name": "n", "labels": labels}})).unwrap()
}

fn pod(spec: Value) -> Object {
    Object::from_json(Kind::Pod, json!({"metadata": {"name": "p"}, "spec": spec})).unwrap()
}

/// What a Pod breaks of a level: the text after the level's name.
fn broken(level: &str, spec: Value) -> String {
    broken_since(level, "latest", spec)
}

fn broken_since(level: &str, version: &str, spec: Value) -> String {
    let labels = json!({"pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/enforce-version": version});
    let why = refusal(namespace(labels).metadata(), pod(spec).as_pod().unwrap()).unwrap_or_default();
    let head = format!("violates PodSecurity \"{level}:{version}\": ");
    why.strip_prefix(&head).unwrap_or(&why).to_owned()
}

#[test]
fn a_plain_pod_breaks_the_restricted_level_alone() {
    let spec = json!({"containers": [{"name": "a"}]});
    assert_eq!(broken("privileged", spec.clone()), "");
    assert_eq!(broken("baseline", spec.clone()), "");
    let text = "allowPrivilegeEscalation != false (container \"a\" must set \
        securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"a\" must set \
        securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"a\" must set \
        securityContext.runAsNonRoot=true), seccompProfile (pod or container \"a\" must set \
        securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";
    assert_eq!(broken("restricted", spec), text);
}

#[test]
fn what_the_restricted_level_asks_for_passes() {
    let context =
        json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}});
    let spec = json!({"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "initContainers": [{"name": "i", "securityContext": context}],
        "containers": [{"name": "a", "securityContext": context}],
        "volumes": [{"name": "v", "emptyDir": {}}, {"name": "i", "image": {"reference": "x"}}]});
    assert_eq!(broken("restricted", spec), "");
}

#[test]
fn the_baseline_names_what_reaches_the_node() {
    let spec = json!({"hostNetwork": true, "hostIPC": true,
        "securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}, {"name": "net.ipv4.tcp_rmem", "value": "1"}],
            "seLinuxOptions": {"user": "u", "type": "t"}, "appArmorProfile": {"type": "Unconfined"}},
        "initContainers": [{"name": "i", "securityContext": {"privileged": true}}],
        "containers": [{"name": "a", "ports": [{"hostPort": 80, "containerPort": 80}, {"hostPort": 443, "containerPort": 443}],
            "livenessProbe": {"httpGet": {"host": "h", "port": 80}},
            "securityContext": {"privileged": true, "procMount": "Unmasked", "seccompProfile": {"type": "Unconfined"},
                "capabilities": {"add": ["SYS_ADMIN", "CHOWN", "NET_ADMIN"]}}}],
        "volumes": [{"name": "h", "hostPath": {"path": "/"}}, {"name": "h2", "hostPath": {"path": "/a"}}]});
    let text = [
        "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")",
        "non-default capabilities (container \"a\" must not include \"NET_ADMIN\", \"SYS_ADMIN\" in securityContext.capabilities.add)",
        "host namespaces (hostNetwork=true, hostIPC=true)",
        "hostPath volumes (volumes \"h\", \"h2\")",
        "hostPort (container \"a\" uses hostPorts 443, 80)",
        "probe or lifecycle host (container \"a\" uses probe or lifecycle host \"h\")",
        "privileged (containers \"i\", \"a\" must not set securityContext.privileged=true)",
        "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")",
        "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"t\"; user may not be set)",
        "seccompProfile (container \"a\" must not set securityContext.seccompProfile.type to \"Unconfined\")",
        "forbidden sysctls (kernel.msgmax)",
    ];
    assert_eq!(broken("baseline", spec.clone()), text.join(", "));
    // The restricted level says of volumes, capabilities, mounts and profiles in its own turn.
    let strict = broken("restricted", spec);
    assert!(strict.contains("forbidden sysctls (kernel.msgmax), allowPrivilegeEscalation != false ("), "{strict}");
    let volumes = "restricted volume types (volumes \"h\", \"h2\" use restricted volume type \"hostPath\")";
    assert!(strict.contains(volumes) && !strict.contains("non-default"), "{strict}");
}

#[test]
fn an_older_version_asks_for_less() {
    let probed = json!({"containers": [{"name": "a", "livenessProbe": {"tcpSocket": {"host": "h", "port": 80}}}]});
    assert_eq!(broken_since("baseline", "v1.33", probed.clone()), "");
    assert!(broken_since("baseline", "v1.34", probed).starts_with("probe or lifecycle host"));
    let windows =
        json!({"os": {"name": "windows"}, "securityContext": {"runAsNonRoot": true}, "containers": [{"name": "a"}]});
    assert_eq!(broken("restricted", windows.clone()), "");
    assert!(broken_since("restricted", "v1.24", windows).starts_with("allowPrivilegeEscalation"));
    let own_users = json!({"hostUsers": false, "securityContext": {"runAsUser": 0}, "containers": [{"name": "a"}]});
    assert!(!broken("restricted", own_users.clone()).contains("runAs"));
    assert!(broken_since("restricted", "v1.34", own_users).contains("runAsUser=0 (pod must not set runAsUser=0)"));
}

#[test]
fn templates_are_warned_of_and_nobody_is_where_nothing_is_asked() {
    let labels = json!({"pod-security.kubernetes.io/warn": "baseline"});
    let spec = json!({"hostPID": true, "containers": [{"name": "a"}]});
    let deployment = json!({"metadata": {"name": "d"}, "spec": {"selector": {}, "template": {"spec": spec}}});
    let deployment = Object::from_json(Kind::Deployment, deployment).unwrap();
    let warned = "would violate PodSecurity \"baseline:latest\": host namespaces (hostPID=true)";
    let strict = namespace(labels);
    assert_eq!(warning(strict.metadata(), &deployment).as_deref(), Some(warned));
    assert_eq!(warning(strict.metadata(), &pod(spec.clone())).as_deref(), Some(warned));
    assert_eq!(refusal(strict.metadata(), pod(spec.clone()).as_pod().unwrap()), None);
    assert_eq!(warning(namespace(json!({})).metadata(), &deployment), None);
    let (old, new) = (pod(spec), pod(json!({"containers": [{"name": "a", "image": "b"}]})));
    assert!(is_significant(old.as_pod().unwrap(), new.as_pod().unwrap()));
    assert!(!is_significant(old.as_pod().unwrap(), old.as_pod().unwrap()));
}
