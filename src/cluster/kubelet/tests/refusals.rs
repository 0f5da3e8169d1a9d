//! What a node does not take, does not find, and does not start.

use super::commands::{plain, waited};
use super::*;

/// Reason and message of a Pod's status.
fn end(cluster: &Cluster) -> (String, String) {
    let status = &cluster.store().pod("default", "p").unwrap().status;
    let text = |field: &Option<k8s_openapi::Text>| field.clone().unwrap_or_default().to_string();
    (text(&status.reason), text(&status.message))
}

fn busybox(command: &str, more: &str) -> String {
    format!("containers:\n- name: a\n  image: busybox:1\n  command: {command}\n{more}")
}

/// What became of the first container: reason, exit code, and what it had written.
fn ended(cluster: &mut Cluster) -> (String, i32, String) {
    let status = cluster.store().pod("default", "p").unwrap().status.clone();
    let container = &status.container_statuses.as_ref().unwrap()[0];
    let state = [container.last_state.as_deref(), container.state.as_ref()];
    let terminated = state.into_iter().flatten().find_map(|state| state.terminated.clone()).unwrap_or_default();
    let lines = cluster.take_journal().into_iter().filter_map(|record| match record.what {
        Happening::Log(line) => Some(line.text.to_string()),
        _ => None,
    });
    let said = lines.last().unwrap_or_default();
    (terminated.reason.clone().unwrap_or_default().to_string(), terminated.exit_code, said)
}

#[test]
fn an_unsafe_kernel_parameter_has_the_pod_rejected() {
    let spec = format!("securityContext: {{sysctls: [{{name: kernel.msgmax, value: '1'}}]}}\n{}", app("run=inf"));
    let mut cluster = cluster(&spec, 1);
    run(&mut cluster, 5.0);
    let text = "forbidden sysctl: \"kernel.msgmax\" not allowlisted";
    assert_eq!(end(&cluster), ("SysctlForbidden".to_owned(), format!("Pod was rejected: {text}")));
    assert_eq!(messages(&mut cluster, "SysctlForbidden"), [text]);
}

#[test]
fn a_pull_secret_that_is_missing_is_told_of_at_every_sync() {
    let mut cluster = cluster(&format!("imagePullSecrets: [{{name: a}}, {{name: b}}]\n{}", app("run=inf")), 1);
    run(&mut cluster, 300.0);
    let event = cluster.store().list(Kind::Event).find_map(|(_, event)| match event {
        Object::Event(event) if event.reason.as_deref() == Some("FailedToRetrieveImagePullSecret") => Some(event),
        _ => None,
    });
    let event = event.unwrap();
    let text = "Unable to retrieve some image pull secrets (a, b); attempting to pull the image may not succeed.";
    assert_eq!(event.message.as_deref(), Some(text));
    assert_eq!(event.involved_object.field_path.as_deref().unwrap_or_default(), "");
    assert!(event.count.unwrap_or_default() > 3, "{:?}", event.count);
}

#[test]
fn an_inline_volume_of_a_driver_that_is_not_installed_is_not_mounted() {
    let volume =
        "  volumeMounts: [{name: s, mountPath: /s}]\nvolumes:\n- name: s\n  csi: {driver: secrets-store.csi.k8s.io}\n";
    let mut cluster = cluster(&format!("{}{volume}", app("run=inf")), 1);
    run(&mut cluster, 3.0);
    let text = "MountVolume.SetUp failed for volume \"s\" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: \
                driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers";
    assert_eq!(messages(&mut cluster, "FailedMount"), [text]);
}

#[test]
fn a_path_that_cannot_be_run_is_no_container_that_failed() {
    let with = |command: &str, image: &str, more: &str| {
        let mut cluster = Cluster::new(Config::default());
        let script = serde_json::json!({"metadata": {"name": "s"}, "data": {"run.sh": "#!/bin/sh\necho hi\n"}});
        cluster.act(Action::Create(Object::from_json(Kind::ConfigMap, script).unwrap())).unwrap();
        let mount = "  volumeMounts: [{name: s, mountPath: /s}]\n";
        let spec = busybox(command, &format!("{mount}volumes:\n- name: s\n  configMap: {{name: s{more}}}\n"));
        cluster.act(Action::Create(pod("p", &spec.replace("busybox:1", image)))).unwrap();
        run(&mut cluster, 10.0);
        let status = cluster.store().pod("default", "p").unwrap().status.clone();
        let reason = waited(&mut cluster).into_iter().find(|text| text.contains("container init: "));
        let why = reason.unwrap_or_default().split("container init: ").nth(1).unwrap_or_default().to_owned();
        let last = status.container_statuses.as_ref().unwrap()[0].clone();
        let ended = [last.last_state.as_deref(), last.state.as_ref()];
        let ended = ended.into_iter().flatten().find_map(|state| state.terminated.clone());
        let ended = ended.map(|end| (end.reason.clone().unwrap_or_default().to_string(), end.exit_code));
        (why, ended.unwrap_or_default())
    };
    let start = |why: &str| (why.to_owned(), ("StartError".to_owned(), 128));
    let missing = start("exec: \"/app/server\": stat /app/server: no such file or directory");
    assert_eq!(with("[/app/server]", "nginx:1", ""), missing);
    assert_eq!(with("['ls -l /']", "busybox", ""), start("exec: \"ls -l /\": stat ls -l /: no such file or directory"));
    assert_eq!(with("[/etc]", "busybox", ""), start("exec: \"/etc\": is a directory"));
    for image in ["busybox", "example.com/app:1"] {
        assert_eq!(with("[/s/run.sh]", image, ""), start("exec: \"/s/run.sh\": permission denied"), "{image}");
        let other = start("exec: \"/s/other.sh\": stat /s/other.sh: no such file or directory");
        assert_eq!(with("[/s/other.sh]", image, ""), other, "{image}");
        let ran = (String::new(), ("Completed".to_owned(), 0));
        assert_eq!(with("[/s/run.sh]", image, ", defaultMode: 493"), ran, "{image}");
    }
    // Nobody knows what is in an image that nobody knows.
    assert_eq!(with("[/app/server]", "example.com/app:1", ""), (String::new(), <_>::default()));
    let shell = start("exec: \"/bin/sh\": stat /bin/sh: no such file or directory");
    assert_eq!(with("[/bin/sh, -c, 'true']", "gcr.io/distroless/static-debian12:nonroot", ""), shell);
    assert_eq!(with("[nosuch]", "busybox", ""), start("exec: \"nosuch\": executable file not found in $PATH"));
}

#[test]
fn the_kernel_runs_no_text_without_an_interpreter() {
    let with = |script: &str, command: &str| {
        let mut cluster = Cluster::new(Config::default());
        let script = serde_json::json!({"metadata": {"name": "s"}, "data": {"x.sh": script}});
        cluster.act(Action::Create(Object::from_json(Kind::ConfigMap, script).unwrap())).unwrap();
        let mount = "  volumeMounts: [{name: s, mountPath: /s}]\n";
        let volume = "volumes:\n- name: s\n  configMap: {name: s, defaultMode: 0755}\n";
        let spec = busybox(command, &format!("{mount}{volume}").replace("0755", "493"));
        cluster.act(Action::Create(pod("p", &spec))).unwrap();
        run(&mut cluster, 6.0);
        ended(&mut cluster)
    };
    let end = |code: i32, said: &str| (if code == 0 { "Completed" } else { "Error" }.to_owned(), code, said.to_owned());
    assert_eq!(with("echo hi", "[/s/x.sh]"), end(255, "exec /s/x.sh: exec format error"));
    assert_eq!(with("echo hi", "[sh, -c, /s/x.sh]"), end(0, "hi"));
    assert_eq!(with("#!/bin/bash\necho hi", "[/s/x.sh]"), end(255, "exec /s/x.sh: no such file or directory"));
    assert_eq!(with("#!/bin/sh\necho hi", "[/s/x.sh]"), end(0, "hi"));
}

#[test]
fn who_writes_more_than_the_limit_is_evicted() {
    let with = |command: &str, more: &str, volume: &str| {
        let mount = "  volumeMounts: [{name: d, mountPath: /d}]\n";
        let spec = busybox(
            &format!("[sh, -c, '{command}; sleep 1000']"),
            &format!("{more}{mount}volumes:\n- name: d\n  emptyDir: {volume}\n"),
        );
        let mut cluster = plain(&spec);
        run(&mut cluster, 150.0);
        let pod = cluster.store().pod("default", "p").unwrap();
        let disrupted = pod.status.conditions.iter().flatten().any(|condition| condition.type_ == "DisruptionTarget");
        assert!(!disrupted);
        let (reason, message) = end(&cluster);
        assert_eq!(messages(&mut cluster, "Evicted").join(""), message);
        (reason, message)
    };
    let evicted = |message: &str| ("Evicted".to_owned(), message.to_owned());
    let fill = |path: &str| format!("dd if=/dev/zero of={path} bs=1M count=60");
    assert_eq!(
        with(&fill("/d/f"), "", "{sizeLimit: 10Mi}"),
        evicted("Usage of EmptyDir volume \"d\" exceeds the limit \"10Mi\". ")
    );
    assert_eq!(with(&fill("/d/f"), "", "{sizeLimit: 100Mi}"), <_>::default());
    let limit = "  resources: {limits: {ephemeral-storage: 50Mi}}\n";
    let pods = "Pod ephemeral local storage usage exceeds the total limit of containers 50Mi. ";
    assert_eq!(with(&fill("/d/f"), limit, "{}"), evicted(pods));
    assert_eq!(with(&fill("/tmp/f"), limit, "{}"), evicted(pods));
    let other = "- name: b\n  image: busybox:1\n  command: [sleep, '1000']\n\
                 \x20 resources: {limits: {ephemeral-storage: 1Gi}}\n";
    let text = "Container a exceeded its local ephemeral storage limit \"50Mi\". ";
    let mut cluster =
        plain(&format!("{}{limit}{other}", busybox(&format!("[sh, -c, '{}; sleep 1000']", fill("/tmp/f")), "")));
    run(&mut cluster, 60.0);
    assert_eq!(end(&cluster), evicted(text));
}

#[test]
fn a_web_server_speaks_neither_tls_nor_grpc() {
    let with = |probe: &str| {
        let spec =
            format!("containers:\n- name: a\n  image: nginx:1\n  readinessProbe: {{{probe}, periodSeconds: 2}}\n");
        let mut cluster = plain(&spec);
        run(&mut cluster, 15.0);
        let ip = cluster.store().pod("default", "p").unwrap().status.pod_ip.clone().unwrap_or_default();
        messages(&mut cluster, "Unhealthy").last().cloned().unwrap_or_default().replace(&*ip, "IP")
    };
    assert_eq!(
        with("httpGet: {port: 80, scheme: HTTPS}"),
        "Readiness probe failed: Get \"https://IP:80/\": http: server gave HTTP response to HTTPS client"
    );
    assert_eq!(
        with("grpc: {port: 80}"),
        "Readiness probe failed: timeout: failed to connect service \"IP:80\" within 1s: context deadline exceeded"
    );
}
