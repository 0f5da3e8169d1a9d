//! What well-known images do: what they need, what stops them, what their programs say.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use podlab::api::{Kind, Object};
use podlab::cluster::{Action, Config, ObjectKey, Time};
use podlab::trace::Run;

fn at(seconds: f64) -> Time {
    Time::from_secs_f64(seconds)
}

/// A Pod of one container, and what else its specification says.
fn pod(name: &str, container: &str, rest: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec:\n  restartPolicy: Never\n  \
         volumes: [{{name: a, emptyDir: {{}}}}, {{name: b, emptyDir: {{}}}}]\n  {rest}\n  containers:\n  - {{name: app, {container}}}\n---\n"
    )
}

fn begin(manifest: &str, seconds: f64) -> Run {
    let mut run = Run::new(Config::default());
    for object in podlab::kubectl::read_objects(manifest).unwrap() {
        run.act(Time::ZERO, Action::Create(object)).unwrap();
    }
    run.run_until(at(seconds));
    run
}

fn status(run: &Run, name: &str) -> k8s_openapi::api::core::v1::ContainerStatus {
    let object = run.object_at(&ObjectKey::new(Kind::Pod, "default", name), run.end());
    let pod = object.and_then(Object::as_pod).unwrap();
    pod.status.container_statuses.as_deref().unwrap().first().unwrap().clone()
}

/// Reason and code of the end of the first container, or `runs`.
fn state(run: &Run, name: &str) -> String {
    let status = status(run, name);
    let ended = |state: Option<&k8s_openapi::api::core::v1::ContainerState>| {
        let end = state?.terminated.as_ref()?;
        Some(format!("{} {}", end.reason.as_deref().unwrap_or_default(), end.exit_code))
    };
    ended(status.state.as_ref()).or_else(|| ended(status.last_state.as_deref())).unwrap_or_else(|| "runs".to_owned())
}

fn log(run: &Run, name: &str) -> Vec<String> {
    let uid = run.pods().iter().rev().find(|life| &*life.key.name == name).unwrap().uid.clone();
    run.logs(&uid, "app", run.end()).map(|(_, line)| line.text.to_string()).collect()
}

/// How a Pod of this container ends within ten seconds, and its log.
fn told(container: &str) -> (String, Vec<String>) {
    let run = begin(&pod("p", container, ""), 10.0);
    (state(&run, "p"), log(&run, "p"))
}

#[test]
fn databases_want_a_password() {
    let (state_of, lines) = told("image: 'postgres:16'");
    assert_eq!(state_of, "Error 1");
    assert_eq!(lines[0], "Error: Database is uninitialized and superuser password is not specified.");
    assert_eq!(lines.len(), 9, "{lines:#?}");
    let (state_of, lines) = told("image: 'mysql:8.4', env: [{name: MYSQL_ROOT_PASSWORD, value: ''}]");
    assert_eq!((&*state_of, &*lines.last().unwrap().clone()), ("Error 1", "    - MYSQL_RANDOM_ROOT_PASSWORD"));
    assert!(lines[1].ends_with("+00:00 [Note] [Entrypoint]: Switching to dedicated user 'mysql'"), "{lines:#?}");
    assert!(lines[3].ends_with("[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified"));
    for container in [
        "image: postgres, env: [{name: POSTGRES_PASSWORD, value: x}]",
        "image: postgres, env: [{name: POSTGRES_HOST_AUTH_METHOD, value: trust}], args: [-c, max_connections=50]",
        "image: mysql, env: [{name: MYSQL_ALLOW_EMPTY_PASSWORD, value: 'yes'}]",
        "image: mariadb, env: [{name: MYSQL_ROOT_PASSWORD, value: x}], args: [mariadbd]",
        "image: postgres, command: [postgres]",
    ] {
        let (state_of, lines) = told(container);
        assert_eq!(state_of, "runs", "{container} {lines:?}");
        assert!(lines.last().unwrap().contains("ready"), "{lines:?}");
    }
    assert_eq!(told("image: postgres, env: [{name: POSTGRES_HOST_AUTH_METHOD, value: md5}]").0, "Error 1");
    assert_eq!(told("image: postgres, args: [echo, hi]"), ("Completed 0".to_owned(), vec!["hi".to_owned()]));
}

#[test]
fn a_database_that_is_there_wants_none() {
    let mount = "volumeMounts: [{name: a, mountPath: /var/lib/postgresql}]";
    let first = format!(
        "initContainers:\n  - {{name: init, image: postgres, restartPolicy: Always, env: [{{name: POSTGRES_PASSWORD, value: x}}], \
         args: [postgres, -p, '5433'], {mount}}}"
    );
    let run = begin(&pod("p", &format!("image: postgres, {mount}"), &first), 20.0);
    assert_eq!(state(&run, "p"), "runs", "{:?}", log(&run, "p"));
}

#[test]
fn nginx_says_what_its_security_context_takes_from_it() {
    let emerg = |container: &str, text: &str| {
        let (state, lines) = told(container);
        assert_eq!(state, "Error 1", "{container} {lines:#?}");
        assert_eq!(lines.last().unwrap(), &format!("nginx: [emerg] {text}"));
        assert!(lines[lines.len() - 2].ends_with(&format!(" [emerg] 1#1: {text}")), "{lines:#?}");
        lines
    };
    let chown = "chown(\"/var/cache/nginx/client_temp\", 101) failed (1: Operation not permitted)";
    emerg("image: nginx, securityContext: {capabilities: {drop: [ALL]}}", chown);
    emerg("image: nginx, command: [nginx, -g, 'daemon off;'], securityContext: {capabilities: {drop: [CHOWN]}}", chown);
    let lines = emerg(
        "image: nginx, securityContext: {readOnlyRootFilesystem: true}",
        "mkdir() \"/var/cache/nginx/client_temp\" failed (30: Read-only file system)",
    );
    let entry =
        "10-listen-on-ipv6-by-default.sh: info: can not modify /etc/nginx/conf.d/default.conf (read-only file system?)";
    assert_eq!(lines[0], entry);
    let lines = emerg(
        "image: nginx, securityContext: {runAsUser: 101}",
        "mkdir() \"/var/cache/nginx/client_temp\" failed (13: Permission denied)",
    );
    let warning = "nginx: [warn] the \"user\" directive makes sense only if the master process runs with super-user \
                   privileges, ignored in /etc/nginx/nginx.conf:2";
    assert_eq!(lines[2], warning);
    let cache = "{name: a, mountPath: /var/cache/nginx}";
    emerg(
        &format!("image: nginx, securityContext: {{readOnlyRootFilesystem: true}}, volumeMounts: [{cache}]"),
        "open() \"/var/run/nginx.pid\" failed (30: Read-only file system)",
    );
    emerg(
        "image: nginxinc/nginx-unprivileged, securityContext: {readOnlyRootFilesystem: true}",
        "mkdir() \"/tmp/proxy_temp\" failed (30: Read-only file system)",
    );
    let both = |run: &str| format!("volumeMounts: [{cache}, {{name: b, mountPath: {run}}}]");
    for container in [
        "image: nginx, securityContext: {capabilities: {drop: [ALL], add: [CHOWN, SETUID, SETGID]}}".to_owned(),
        format!("image: nginx, securityContext: {{readOnlyRootFilesystem: true}}, {}", both("/var/run")),
        format!("image: nginx, securityContext: {{runAsUser: 101, readOnlyRootFilesystem: true}}, {}", both("/run")),
        "image: nginxinc/nginx-unprivileged, securityContext: {runAsUser: 1000, capabilities: {drop: [ALL]}}".to_owned(),
        "image: nginxinc/nginx-unprivileged, securityContext: {readOnlyRootFilesystem: true}, volumeMounts: [{name: a, mountPath: /tmp}]".to_owned(),
    ] {
        let (state, lines) = told(&container);
        assert_eq!(state, "runs", "{container} {lines:#?}");
    }
}

#[test]
fn a_configuration_says_where_nginx_writes() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  nginx.conf: |\n    pid /tmp/nginx.pid;\n    events {}\n    \
                http {\n      client_body_temp_path /tmp/c; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;\n      \
                uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;\n      server { listen 8080; }\n    }\n---\n";
    let container = "image: nginx, securityContext: {runAsUser: 101}, volumeMounts: [{name: c, mountPath: /etc/nginx/nginx.conf, \
                     subPath: nginx.conf}], readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}";
    let manifest = pod("p", container, "").replace("volumes: [", "volumes: [{name: c, configMap: {name: c}}, ");
    let run = begin(&format!("{text}{manifest}"), 10.0);
    assert!(status(&run, "p").ready, "{:?}", log(&run, "p"));
}

#[test]
fn servers_go_to_the_background() {
    assert_eq!(told("image: nginx, command: [nginx]").0, "Completed 0");
    assert_eq!(told("image: busybox, command: [httpd, -p, '8080']").0, "Completed 0");
    let script = |image: &str, script: &str| {
        told(&format!("image: {image}, command: [sh, -c, {}]", serde_json::to_string(script).unwrap())).1
    };
    let lines = script(
        "busybox",
        "mkdir /www; echo hi > /www/index.html; httpd -p 8080 -h /www; sleep 1; wget -qO- localhost:8080; httpd -p 8080; echo $?",
    );
    assert_eq!(lines, ["hi", "httpd: bind: Address already in use", "1"]);
    let lines =
        script("nginx", "nginx -v; nginx -t; nginx; sleep 1; curl -s localhost | grep -c h1; nginx -s reload; echo $?");
    let lines: Vec<&str> =
        lines.iter().map(String::as_str).filter(|line| !line.contains('[') && !line.contains("entry")).collect();
    let wanted = [
        "nginx version: nginx/1.27.1",
        "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok",
        "nginx: configuration file /etc/nginx/nginx.conf test is successful",
        "1",
        "0",
    ];
    assert_eq!(lines[..5].iter().filter(|line| !line.contains("GET")).count(), 5, "{lines:#?}");
    assert!(wanted.iter().all(|line| lines.contains(line)), "{lines:#?}");
}

#[test]
fn agnhost_is_what_its_first_argument_says() {
    let image = "image: 'registry.k8s.io/e2e-test-images/agnhost:2.53'";
    let probe = "livenessProbe: {httpGet: {path: /healthz, port: 8080}, initialDelaySeconds: 3, periodSeconds: 3}";
    let alive = pod("alive", &format!("{image}, args: [liveness], {probe}"), "").replace("Never", "Always");
    let run = begin(
        &[
            alive,
            pod("net", &format!("{image}, command: [/agnhost, netexec, --http-port=8000]"), ""),
            pod("name", &format!("{image}, args: [serve-hostname]"), ""),
            pod("pause", image, ""),
            "apiVersion: v1\nkind: Service\nmetadata: {name: net}\nspec: {selector: {app: net}, ports: [{port: 8000}]}\n---\n".to_owned(),
            "apiVersion: v1\nkind: Service\nmetadata: {name: name}\nspec: {selector: {app: name}, ports: [{port: 9376}]}\n---\n".to_owned(),
            pod(
                "c",
                "image: busybox, command: [sh, -c, 'sleep 8; wget -qO- net:8000/hostname; echo; wget -qO- \"net:8000/echo?msg=a\"; \
                 echo; wget -qO- name:9376']",
                "",
            ),
        ]
        .concat(),
        40.0,
    );
    assert!(status(&run, "alive").restart_count >= 1);
    assert_eq!(log(&run, "c"), ["net", "a", "name"]);
    assert_eq!(state(&run, "pause"), "runs");
    assert_eq!(log(&run, "pause"), ["Paused"]);
    assert!(log(&run, "net")[0].ends_with("Started HTTP server on port 8000"));
}

#[test]
fn interpreters_come_to_an_end() {
    let run =
        begin(&pod("p", "image: 'perl:5.34.0', command: [perl, -Mbignum=bpi, -wle, 'print bpi(2000)']", ""), 30.0);
    let lines = log(&run, "p");
    assert_eq!((&*state(&run, "p"), lines[0].len()), ("Completed 0", 2001));
    assert!(lines[0].starts_with("3.14159265358979323846"), "{lines:?}");
    let ended = |container: &str, end: &str, last: &str| {
        let (state, lines) = told(container);
        assert_eq!((&*state, &*lines.last().cloned().unwrap_or_default()), (end, last), "{container}");
    };
    ended("image: python, command: [python, -c, 'print(1+1)']", "Completed 0", "2");
    ended("image: python, command: [python, -c, 'import time; time.sleep(3); print(\"done\")']", "Completed 0", "done");
    ended("image: node, command: [node, -e, 'console.log(\"hi\")']", "Completed 0", "hi");
    let missing = "python: can't open file '//app.py': [Errno 2] No such file or directory";
    ended("image: python, command: [python, app.py]", "Error 2", missing);
    let (state, lines) = told("image: node, command: [node, server.js]");
    assert!(state == "Error 1" && lines.contains(&"Error: Cannot find module '/server.js'".to_owned()), "{lines:#?}");
    // What an image of one's own has nobody knows.
    for container in [
        "image: example.com/app, command: [python, app.py]",
        "image: python, command: [python, -m, flask, run]",
        "image: python, command: [python, /a/app.py], volumeMounts: [{name: a, mountPath: /a}]",
        "image: python, command: [python, -c, 'while True: pass']",
        "image: eclipse-temurin, command: [java, -Dx=true, -jar, /a/a.jar], volumeMounts: [{name: a, mountPath: /a}]",
    ] {
        assert_eq!(told(container).0, "runs", "{container}");
    }
}

#[test]
fn hogs_use_what_they_say() {
    let stress = |limit: &str, bytes: &str| {
        format!(
            "image: polinux/stress, command: [stress], args: [--vm, '1', --vm-bytes, {bytes}, --vm-hang, '1'], resources: {{limits: \
             {{memory: {limit}}}}}"
        )
    };
    let (state_of, lines) = told(&stress("100Mi", "250M"));
    assert_eq!(
        (&*state_of, &*lines[0]),
        ("OOMKilled 137", "stress: info: [1] dispatching hogs: 0 cpu, 0 io, 1 vm, 0 hdd")
    );
    assert_eq!(told(&stress("200Mi", "150M")).0, "runs");
    assert_eq!(
        told("image: busybox, command: [tail, /dev/zero], resources: {limits: {memory: 50Mi}}").0,
        "OOMKilled 137"
    );
    assert_eq!(told("image: polinux/stress, command: [stress, -c, '2', -t, 5s]").0, "Completed 0");
    let vish = "image: vish/stress, args: [-cpus, '2', -mem-total, 300Mi, -mem-alloc-size, 100Mi, -mem-alloc-sleep, 1s], resources: \
                {limits: {memory: 250Mi}}";
    assert_eq!(told(vish).0, "OOMKilled 137");
}

#[test]
fn arguments_and_missing_files_count() {
    let redis = "image: redis, command: [redis-server, /etc/redis/nosuch.conf]";
    let (state_of, lines) = told(redis);
    assert_eq!(state_of, "Error 1");
    assert!(
        lines[0].ends_with("# Fatal error, can't open config file '/etc/redis/nosuch.conf': No such file or directory")
    );
    let (state_of, lines) = told("image: haproxy");
    assert_eq!(state_of, "Error 1");
    assert!(
        lines[0].contains("Cannot open configuration file/directory /usr/local/etc/haproxy/haproxy.cfg"),
        "{lines:?}"
    );
    assert_eq!(told("image: minio/minio").0, "Completed 0");
    assert_eq!(told("image: 'php:8-apache'").0, "runs");
    assert_eq!(told("image: 'ruby:3'").0, "Completed 0");
    let script = "sleep 4; wget -qO- echo:80; wget -qO- web:80; redis-cli -h db CONFIG GET maxmemory";
    let service = |name: &str, port: u16| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: [{{port: {port}}}]}}\n---\n"
        )
    };
    let run = begin(
        &[
            pod("echo", "image: hashicorp/http-echo, args: ['-listen=:80', '-text=hello there']", ""),
            pod("web", "image: 'registry.k8s.io/hpa-example'", ""),
            pod("db", "image: redis, args: [redis-server, --maxmemory, 2mb]", ""),
            service("echo", 80),
            service("web", 80),
            service("db", 6379),
            pod("c", &format!("image: nicolaka/netshoot, command: [sh, -c, '{script}']"), ""),
        ]
        .concat(),
        15.0,
    );
    assert_eq!(log(&run, "c"), ["hello there", "OK!maxmemory", "2097152"]);
}
