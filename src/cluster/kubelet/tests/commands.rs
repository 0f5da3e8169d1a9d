//! Commands and requests that fail, and users that an image may not have.

use super::*;

const SLEEPS: &str =
    "terminationGracePeriodSeconds: 1\ncontainers:\n- name: app\n  image: busybox:1\n  command: [sleep, '1000']\n";
const ERROR: &str = "rpc error: code = Unknown desc = failed to exec in container: failed to start exec \"";
const RUNC: &str = "\": OCI runtime exec failed: exec failed: unable to start container process: exec: ";

/// `text` without the 64 digits that name the attempt.
fn anonymous(text: &str) -> String {
    match text.split_once("start exec \"").and_then(|(before, after)| Some((before, after.get(64..)?))) {
        Some((before, after)) => format!("{before}start exec \"{after}"),
        None => text.to_owned(),
    }
}

pub(super) fn plain(spec: &str) -> Cluster {
    let mut cluster = Cluster::new(Config::default());
    cluster.act(Action::Create(pod("p", spec))).unwrap();
    cluster
}

#[test]
fn a_probe_whose_program_is_missing_finds_nothing_out() {
    let with = |probe: &str, command: &str| {
        let probe = format!("  {probe}: {{exec: {{command: {command}}}, periodSeconds: 2, failureThreshold: 2}}\n");
        let mut cluster = plain(&format!("{SLEEPS}{probe}"));
        run(&mut cluster, 30.0);
        let container =
            cluster.store().pod("default", "p").unwrap().status.container_statuses.as_ref().unwrap()[0].clone();
        let first = messages(&mut cluster, "Unhealthy").first().map(|text| anonymous(text)).unwrap_or_default();
        (container.restart_count, container.started == Some(true), container.ready, first)
    };
    let text =
        |probe: &str, why: &str| format!("{probe} probe errored and resulted in unknown state: {ERROR}{RUNC}{why}");
    let why = "\"nonexistent\": executable file not found in $PATH";
    assert_eq!(with("livenessProbe", "[nonexistent]"), (0, true, true, text("Liveness", why)));
    assert_eq!(with("readinessProbe", "[nonexistent]"), (0, true, false, text("Readiness", why)));
    assert_eq!(with("startupProbe", "[nonexistent]"), (0, false, false, text("Startup", why)));
    let why = "\"bash\": executable file not found in $PATH";
    assert_eq!(with("livenessProbe", "[bash, -c, 'exit 0']"), (0, true, true, text("Liveness", why)));
    let why = "\"/bin/bash\": stat /bin/bash: no such file or directory";
    assert_eq!(with("livenessProbe", "[/bin/bash, -c, 'exit 0']"), (0, true, true, text("Liveness", why)));
    // A shell that misses a program has run, and failed.
    let (restarts, .., said) = with("livenessProbe", "[sh, -c, nonexistent]");
    assert_eq!((restarts > 0, said.as_str()), (true, "Liveness probe failed: sh: nonexistent: not found\n"));
    let (restarts, .., said) = with("livenessProbe", "[env, nonexistent]");
    assert!(restarts > 0 && said.starts_with("Liveness probe failed: "), "{said}");
}

#[test]
fn a_command_dies_with_the_container_it_probes() {
    let app = "containers:\n- name: app\n  image: busybox:1\n  command: [sleep, '10']\n";
    let probe = "  readinessProbe: {exec: {command: [sleep, '60']}, periodSeconds: 4, timeoutSeconds: 3}\n";
    let mut cluster = plain(&format!("{app}{probe}"));
    run(&mut cluster, 11.5);
    let told = messages(&mut cluster, "Unhealthy");
    let timed_out = "Readiness probe failed: command timed out: \"sleep 60\" timed out after 3s";
    assert_eq!(told, [timed_out, "Readiness probe failed: "]);
    let ended = cluster.store().pod("default", "p").unwrap().status.container_statuses.as_ref().unwrap()[0].clone();
    assert!(ended.restart_count > 0 || ended.state.unwrap().terminated.is_some());
}

/// The messages that the container waited with.
pub(super) fn waited(cluster: &mut Cluster) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for record in cluster.take_journal() {
        let Happening::Changed(change) = &record.what else { continue };
        let Object::Pod(pod) = &change.object else { continue };
        for container in pod.status.container_statuses.iter().flatten() {
            let waiting = container.state.as_ref().and_then(|state| state.waiting.as_ref());
            let text = waiting.and_then(|waiting| waiting.message.as_deref()).map(anonymous).unwrap_or_default();
            if !text.is_empty() && !found.contains(&text) {
                found.push(text);
            }
        }
    }
    found
}

#[test]
fn a_hook_that_fails_says_how() {
    let with = |hook: &str| {
        let mut cluster = plain(&format!("{SLEEPS}  lifecycle: {{postStart: {hook}}}\n"));
        run(&mut cluster, 20.0);
        let text = waited(&mut cluster).into_iter().next().unwrap_or_default();
        let (before, after) = text.split_once("p_default(").unwrap();
        format!("{before}p_default{}", after.split_once(')').unwrap().1)
    };
    let expected = format!(
        "Exec lifecycle hook ([bash -c echo hi]) for Container \"app\" in Pod \"p_default\" failed - error: \
         {ERROR}{RUNC}\"bash\": executable file not found in $PATH, message: \"\""
    );
    assert_eq!(with("{exec: {command: [bash, -c, echo hi]}}"), expected);
    let http = with("{httpGet: {port: 81, path: x, scheme: HTTPS}}");
    let expected = "HTTP lifecycle hook (x) for Container \"app\" in Pod \"p_default\" failed - error: Get \
                    \"https://10.88.0.2:81/x\": dial tcp 10.88.0.2:81: connect: connection refused";
    assert_eq!(http, expected);
}

#[test]
fn an_image_may_have_a_user_that_is_not_root() {
    let with = |image: &str| {
        let spec = format!("containers:\n- name: b\n  image: {image}\n  securityContext: {{runAsNonRoot: true}}\n");
        let mut cluster = plain(&spec);
        run(&mut cluster, 30.0);
        let said = waited(&mut cluster).into_iter().find(|text| text.contains("runAsNonRoot")).unwrap_or_default();
        said.split(" (pod: ").next().unwrap_or_default().to_owned()
    };
    assert_eq!(with("nginxinc/nginx-unprivileged:1.27"), "");
    assert_eq!(with("nginx:1.27"), "container has runAsNonRoot and image will run as root");
    assert_eq!(
        with("prom/prometheus:v3"),
        "container has runAsNonRoot and image has non-numeric user (nobody), cannot verify user is non-root"
    );
}
