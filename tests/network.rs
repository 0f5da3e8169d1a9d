//! The network of the cluster: names, Services, localhost, the world outside, ports taken twice, and what the trace says
//! of it.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::rc::Rc;

use podlab::cluster::{Action, Config, Fault, Flow, Happening, Party, Time};
use podlab::trace::{Run, scene, timeline};
use proptest::prelude::*;

fn at(seconds: f64) -> Time {
    Time::from_secs_f64(seconds)
}

fn begin(manifest: &str) -> Run {
    let mut run = Run::new(Config::default());
    add(&mut run, 0.0, manifest);
    run
}

fn add(run: &mut Run, seconds: f64, manifest: &str) {
    for object in podlab::kubectl::read_objects(manifest).unwrap() {
        run.act(at(seconds), Action::Create(object)).unwrap();
    }
}

fn log(run: &Run, pod: &str, container: &str) -> Vec<String> {
    let pods = run.pods();
    let life = pods.iter().rev().find(|life| &*life.key.name == pod).unwrap();
    run.logs(&life.uid, container, run.end()).map(|(_, line)| line.text.to_string()).collect()
}

fn flows(run: &Run) -> Vec<Rc<Flow>> {
    let flows = run.records().iter().filter_map(|record| match &record.what {
        Happening::Flow(flow) => Some(flow.clone()),
        _ => None,
    });
    flows.collect()
}

/// A Pod that runs a script, ready at once.
fn client(name: &str, script: &str) -> String {
    let script = script.replace('\'', "''");
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  restartPolicy: Never\n  containers:\n  \
         - {{name: app, image: busybox, command: [sh, -c, '{script}']}}\n---\n"
    )
}

const WEB: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: nginx, image: nginx, ports: [{name: http, containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8080, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: bare}
spec: {selector: {app: web}, clusterIP: None, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
";

#[test]
fn names_have_search_paths_and_services_lead_to_ready_pods() {
    let script = "sleep 5; for host in web web.default web.default.svc web.default.svc.cluster.local; do \
                  wget -qO- http://$host:8080/ | grep h1; done; wget -qO- http://bare/ | wc -c; \
                  wget -qO- http://empty/; wget -qO- http://nobody/; wget -T 3 -qO- http://web:81/; wget -T 2 -qO- http://10.88.9.9/";
    let mut run = begin(&format!("{WEB}{}", client("c", script)));
    run.run_until(at(30.0));
    let lines = log(&run, "c", "app");
    assert_eq!(lines.iter().filter(|line| line.contains("Welcome to nginx")).count(), 4, "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("wget: can't connect to remote host (10.96.")
            && line.ends_with("): Connection refused")),
        "{lines:#?}"
    );
    assert!(lines.iter().any(|line| line.contains("bad address 'nobody'")), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.contains("download timed out")).count(), 2, "{lines:#?}");
    // nginx tells of every request in its own format.
    let served = log(&run, "web", "nginx");
    let access =
        served.iter().filter(|line| line.contains("\"GET / HTTP/1.1\" 200 ") && line.contains("\"Wget\"")).count();
    assert_eq!(access, 5, "{served:#?}");
    // The journal knows why.
    let faults: Vec<Fault> = flows(&run).iter().filter_map(|flow| flow.fault.clone()).collect();
    assert_eq!(
        faults,
        [Fault::NoEndpoints { selected: 0 }, Fault::NoSuchName, Fault::NoSuchPort, Fault::NoSuchAddress]
    );
    let through =
        flows(&run).iter().filter(|flow| flow.service.as_ref().is_some_and(|key| &*key.name == "web")).count();
    assert_eq!(through, 5);
}

#[test]
fn a_script_waits_for_a_service_and_goes_on_when_it_is_there() {
    let mut run =
        begin(&client("c", "until nslookup db.default.svc.cluster.local; do echo waiting; sleep 2; done; echo found"));
    run.run_until(at(20.0));
    assert!(!log(&run, "c", "app").contains(&"found".to_owned()));
    add(
        &mut run,
        20.0,
        "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: db}, ports: [{port: 5432}]}\n",
    );
    run.run_until(at(25.0));
    let lines = log(&run, "c", "app");
    assert_eq!(lines.last().unwrap(), "found", "{lines:#?}");
}

#[test]
fn a_port_is_taken_once_in_a_pod() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: nginx}\n  \
               - {name: b, image: nginx}\n  - {name: c, image: busybox, command: [nc, -lk, -p, '80']}\n";
    let mut run = begin(pod);
    run.run_until(at(10.0));
    let lines = log(&run, "p", "b");
    assert!(
        lines.contains(&"nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)".to_owned()),
        "{lines:#?}"
    );
    assert!(lines.contains(&"nginx: [emerg] still could not bind()".to_owned()));
    assert!(log(&run, "p", "a").iter().any(|line| line.contains("start worker processes")));
    let lines = log(&run, "p", "c");
    assert!(
        lines.iter().any(|line| line.contains("Address in use") || line.contains("Address already in use")),
        "{lines:#?}"
    );
}

#[test]
fn containers_of_a_pod_share_localhost_and_other_pods_do_not() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: nginx}\n  \
               - {name: b, image: busybox, command: [sh, -c, 'sleep 3; wget -qO- localhost | wc -l; sleep 100']}\n---\n";
    let mut run = begin(&format!("{pod}{}", client("c", "sleep 3; wget -qO- localhost")));
    run.run_until(at(10.0));
    assert_eq!(log(&run, "p", "b"), ["23"]);
    assert!(log(&run, "c", "app")[0].contains("Connection refused"));
}

#[test]
fn a_program_answers_a_request_with_nc() {
    let server = "while true; do printf 'HTTP/1.1 200 OK\\r\\n\\r\\nhello from nc\\n' | nc -l -p 8080; done";
    let pod = client("s", server).replace("{name: s}", "{name: s, labels: {app: s}}");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: s}, ports: [{port: 80, targetPort: 8080}]}\n---\n";
    let mut run = begin(&format!("{pod}{service}{}", client("c", "sleep 4; wget -qO- s; sleep 1; wget -qO- s")));
    run.run_until(at(20.0));
    assert_eq!(log(&run, "c", "app"), ["hello from nc", "hello from nc"], "{:#?}", log(&run, "s", "app"));
    assert!(log(&run, "s", "app").contains(&"GET / HTTP/1.1".to_owned()) || !log(&run, "s", "app").is_empty());
}

#[test]
fn the_world_outside_answers_keeps_what_it_received_and_can_be_cut_off() {
    let script = "while true; do i=$((i+1)); echo \"line $i\" | nc -w 2 logs.example.com 5170; wget -T 2 -qO- https://github.com >/dev/null && echo fine; sleep 5; done";
    let mut run = begin(&client("c", script));
    run.run_until(at(12.0));
    run.act(at(12.0), Action::SetNetwork { host: Some("logs.example.com".into()), on: false }).unwrap();
    run.run_until(at(20.0));
    run.act(at(20.0), Action::SetNetwork { host: None, on: false }).unwrap();
    run.run_until(at(40.0));
    let received: Vec<String> =
        run.received("logs.example.com", at(40.0)).into_iter().map(|(_, _, line)| line).collect();
    assert_eq!(received[..2], ["line 1", "line 2"], "{received:?}");
    assert!(received.len() <= 3, "{received:?}");
    let picture = scene::scene(&run, at(10.0));
    let names: Vec<&str> = picture.outside.iter().map(|host| &*host.name).collect();
    assert_eq!(names, ["github.com", "logs.example.com"]);
    assert!(picture.outside.iter().all(|host| host.on));
    let picture = scene::scene(&run, at(15.0));
    let on: Vec<bool> = picture.outside.iter().map(|host| host.on).collect();
    assert_eq!(on, [true, false]);
    let lines = log(&run, "c", "app");
    let last = lines.last().unwrap();
    let cut_off = last.contains("bad address") || last.contains("timed out");
    assert!(lines.contains(&"fine".to_owned()) && cut_off, "{lines:#?}");
}

#[test]
fn packets_are_under_way_between_their_instants() {
    let mut run = begin(&format!("{WEB}{}", client("c", "sleep 5; wget -qO- http://web:8080/ >/dev/null")));
    run.run_until(at(20.0));
    let flow = flows(&run).into_iter().find(|flow| &*flow.label == "GET /").unwrap();
    assert!(flow.left < flow.arrived && flow.arrived < flow.answered, "{flow:?}");
    assert!(matches!(&flow.to, Party::Container { container, .. } if &**container == "nginx"));
    assert!(scene::scene(&run, flow.arrived).flows.contains(&flow));
    assert!(!scene::scene(&run, at(19.0)).flows.contains(&flow));
}

#[test]
fn clients_of_databases_speak_to_their_servers() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: db, labels: {app: db}}\nspec:\n  containers:\n  \
               - {name: redis, image: redis}\n  - {name: postgres, image: postgres, env: [{name: POSTGRES_PASSWORD, value: x}]}\n  \
               - {name: mysql, image: mysql, env: [{name: MYSQL_ROOT_PASSWORD, value: x}]}\n---\n\
               apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: db}, ports: [{name: r, port: 6379}, \
               {name: p, port: 5432}, {name: m, port: 3306}]}\n---\n";
    let of = |name: &str, image: &str, script: &str| {
        client(name, script).replace("image: busybox", &format!("image: {image}"))
    };
    let redis = of(
        "r",
        "redis",
        "sleep 12; redis-cli -h db ping; redis-cli -h db set a 5; redis-cli -h db incr a; redis-cli -h db -p 5432 ping",
    );
    let psql =
        of("p", "postgres", "sleep 12; pg_isready -h db; psql -h db -c 'select 1'; pg_isready -h nowhere; echo $?");
    let mysql = of(
        "m",
        "mysql",
        "sleep 12; mysqladmin ping -h db; mysql -h db -N -e 'select 1'; mysqladmin ping -h 127.0.0.1; echo $?",
    );
    let mut run = begin(&format!("{pod}{redis}{psql}{mysql}"));
    run.run_until(at(30.0));
    assert_eq!(log(&run, "r", "app")[..3], ["PONG", "OK", "6"], "{:?}", log(&run, "r", "app"));
    let lines = log(&run, "p", "app");
    assert_eq!(lines.first().unwrap(), "db:5432 - accepting connections", "{lines:?}");
    assert!(lines.contains(&"(1 row)".to_owned()) && lines.last().unwrap() == "2", "{lines:?}");
    let lines = log(&run, "m", "app");
    assert_eq!(lines[..2], ["mysqld is alive", "1"], "{lines:?}");
    assert_eq!(lines.last().unwrap(), "1");
}

#[test]
fn probes_reach_servers_as_they_are() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n    image: nginx\n    \
               readinessProbe: {httpGet: {path: /healthz, port: 80}, periodSeconds: 2}\n  - name: b\n    image: redis\n    \
               readinessProbe: {exec: {command: [redis-cli, ping]}, periodSeconds: 2}\n";
    let mut run = begin(pod);
    run.run_until(at(20.0));
    let picture = scene::scene(&run, at(20.0));
    let pod = picture.pods.first().unwrap();
    let ready: Vec<bool> = pod.containers().map(|container| container.ready).collect();
    assert_eq!(ready, [false, true], "nginx has no /healthz");
    assert!(log(&run, "p", "a").iter().any(|line| line.contains("kube-probe") && line.contains("404")));
    assert!(flows(&run).iter().any(|flow| matches!(flow.from, Party::Kubelet(_)) && &*flow.answer == "404"));
}

#[test]
fn servers_and_proxies_do_what_their_configuration_says() {
    let text = "
apiVersion: v1
kind: ConfigMap
metadata: {name: nginx}
data:
  default.conf: |
    server {
      listen 8080;
      location / { proxy_pass http://localhost:3000; }
      location /healthz { return 200 'fine'; }
    }
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  volumes: [{name: conf, configMap: {name: nginx}}, {name: logs, emptyDir: {}}]
  containers:
  - name: nginx
    image: nginx
    volumeMounts: [{name: conf, mountPath: /etc/nginx/conf.d}, {name: logs, mountPath: /var/log/nginx}]
  - {name: app, image: python, command: [sh, -c, 'echo page > /tmp/x; python3 -m http.server 3000 --directory /tmp']}
  - name: client
    image: busybox
    command: [sh, -c, 'sleep 5; wget -qO- localhost:8080/x; wget -qO- localhost:8080/healthz; echo; wget -qO- localhost:80; cat /logs/access.log; sleep 100']
    volumeMounts: [{name: logs, mountPath: /logs}]
";
    let mut run = begin(text);
    run.run_until(at(20.0));
    let lines = log(&run, "p", "client");
    assert_eq!(lines[..2], ["page", "fine"], "{lines:#?}");
    assert!(lines[2].contains("Connection refused"), "{lines:#?}");
    assert!(lines[3].contains("\"GET /x HTTP/1.1\" 200 5") && lines[4].contains("GET /healthz"), "{lines:#?}");
    assert!(log(&run, "p", "app").iter().any(|line| line.contains("\"GET /x HTTP/1.1\" 200 -")));
}

#[test]
fn annotations_make_a_proxy_and_an_agent() {
    let text = "
apiVersion: v1
kind: Pod
metadata:
  name: p
  annotations:
    podlab.dev/sim.proxy: forward=5432:$DB:5433
    podlab.dev/sim.agent: tail=/logs/*.log ship=central:5170
    podlab.dev/outside: central
spec:
  volumes: [{name: logs, emptyDir: {}}]
  containers:
  - {name: proxy, image: example.com/proxy, env: [{name: DB, value: db.example.com}]}
  - name: agent
    image: example.com/agent
    volumeMounts: [{name: logs, mountPath: /logs}]
  - name: app
    image: postgres
    command: [sh, -c, 'sleep 3; psql -h localhost -c \"select 7\"; echo hello > /logs/a.log; sleep 100']
    volumeMounts: [{name: logs, mountPath: /logs}]
";
    let mut run = begin(text);
    run.run_until(at(20.0));
    let received =
        |host: &str| -> Vec<String> { run.received(host, at(20.0)).into_iter().map(|(_, _, line)| line).collect() };
    assert_eq!(received("db.example.com"), ["select 7"]);
    assert_eq!(received("central"), ["hello"]);
}

#[test]
fn headless_names_host_network_and_named_services() {
    let text = "
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 6379}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: redis, image: redis}]}
---
apiVersion: v1
kind: Service
metadata: {name: far}
spec: {type: ExternalName, externalName: db.example.com}
---
";
    let script = "sleep 15; nslookup db-1.db.default.svc.cluster.local | tail -n 3; nslookup db.default.svc.cluster.local | grep -c Address; nslookup far | grep Name";
    let host =
        client("h", "nslookup db || echo none").replace("spec:\n  restart", "spec:\n  hostNetwork: true\n  restart");
    let mut run = begin(&format!("{text}{}{host}", client("c", script)));
    run.run_until(at(30.0));
    let lines = log(&run, "c", "app");
    assert!(lines.iter().any(|line| line.starts_with("Address: 10.88.")), "{lines:?}");
    assert!(lines.contains(&"3".to_owned()), "{lines:?}");
    assert!(lines.contains(&"Name:\tdb.example.com".to_owned()), "{lines:?}");
    // On the network of its node a Pod has the node's DNS.
    assert_eq!(log(&run, "h", "app").last().unwrap(), "none");
}

/// What a script in a Pod writes, with what it was told to do before each part.
fn said(image: &str, script: &str, off: bool) -> String {
    let commands: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let whole: String =
        commands.iter().map(|line| format!("echo '# {}'; {line}; echo \"= $?\"\n", line.replace('\'', ""))).collect();
    let indented = format!("sleep 20\n{whole}").replace('\n', "\n      ");
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: c}}\nspec:\n  restartPolicy: Never\n  containers:\n  - name: app\n    \
         image: {image}\n    command:\n    - sh\n    - -c\n    - |\n      {indented}\n---\n"
    );
    let mut run = begin(&format!("{WEB}{NAMED}{pod}"));
    if off {
        run.act(at(1.0), Action::SetNetwork { host: None, on: false }).unwrap();
    }
    run.run_until(at(600.0));
    log(&run, "c", "app").join("\n")
}

const NAMED: &str = "
apiVersion: v1
kind: Service
metadata: {name: ext}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: v1
kind: Service
metadata: {name: outer}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: pg, port: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, labels: {app: db}}
spec:
  hostname: db-0
  subdomain: db
  containers: [{name: postgres, image: postgres, env: [{name: POSTGRES_PASSWORD, value: a}]}]
---
";

#[test]
fn nslookup_of_busybox_asks_for_every_domain_and_for_both_families() {
    let script = "nslookup web
        nslookup nosuch
        nslookup kubernetes.default
        nslookup kubernetes.default.svc.cluster.local
        nslookup ext.default.svc.cluster.local
        nslookup 10.96.0.1
        nslookup -type=srv _pg._tcp.db.default.svc.cluster.local
        nslookup example.com";
    insta::assert_snapshot!(said("busybox:1.36", script, false));
}

#[test]
fn nslookup_of_old_busybox_searches_and_names_addresses() {
    insta::assert_snapshot!(said(
        "busybox:1.28",
        "nslookup kubernetes.default\nnslookup nosuch\nnslookup 10.96.0.1",
        false
    ));
}

#[test]
fn dig_and_nslookup_of_bind_print_whole_answers() {
    let script = "nslookup kubernetes.default
        nslookup nosuch
        nslookup ext
        dig kubernetes.default.svc.cluster.local
        dig nosuch.default.svc.cluster.local
        dig +short web.default.svc.cluster.local
        dig +short SRV _pg._tcp.db.default.svc.cluster.local
        dig +noall +answer -x 10.96.0.1
        host ext";
    insta::assert_snapshot!(said("nicolaka/netshoot", script, false));
}

#[test]
fn wget_and_nc_and_ping_say_what_those_of_busybox_say() {
    let script = "wget -O- http://web:8080/
        cd /tmp; wget http://bare
        wget http://bare
        wget --spider bare
        wget -S -O /dev/null bare/nosuch
        wget -q -O- web:81 -T 2
        wget -T 2 -O- 10.88.9.9
        wget empty
        wget nosuch
        wget -qO- node-1:30080 | wc -l
        nc -v -z web 8080
        nc -z empty 80
        nc -vv empty 80
        nc -v -w 2 web 81
        nc -w 2 web 81
        nc nosuch 80
        ping -c 2 bare
        ping -c 2 -W 1 web
        ping -c 1 -w 2 10.88.9.9
        ping nosuch";
    insta::assert_snapshot!(said("busybox:1.36", script, false));
}

#[test]
fn curl_tells_what_it_does() {
    let script = "curl
        curl -s
        curl http://empty
        curl -s nosuch
        curl -m 2 web:81
        curl -sS -I http://bare/
        curl -sv -d a=b -H 'X-A: b' bare/x >/dev/null
        curl -sv empty
        curl -s -o /dev/null -w '%{http_code} %{time_total} %{size_download} %{remote_ip} %{url_effective}\\n' web:8080
        curl -s https://kubernetes.default.svc/
        curl -sS https://kubernetes.default.svc/
        curl -sk https://kubernetes.default.svc/
        curl -sk https://kubernetes.default.svc/healthz
        cd /var/run/secrets/kubernetes.io/serviceaccount; T=\"Authorization: Bearer $(cat token)\"
        curl -s --cacert ca.crt -H \"$T\" https://kubernetes.default.svc/api
        curl -s --cacert ca.crt -H \"$T\" https://kubernetes.default.svc/api/v1/namespaces/default/pods
        curl -sk -H \"$T\" https://kubernetes/apis/apps/v1/deployments/x";
    insta::assert_snapshot!(said("curlimages/curl", script, false));
}

#[test]
fn packages_bring_their_tools_while_the_world_outside_is_there() {
    let alpine = "apk add curl && curl -s bare | wc -l";
    let debian = "apt-get install -y curl\napt-get update && apt-get install -y curl && curl -s bare | wc -l";
    let (on, off) = (said("alpine", alpine, false), said("alpine", alpine, true));
    let apt = [said("debian", debian, false), said("debian", debian, true)];
    insta::assert_snapshot!(format!("{on}\n\n{off}\n\n{}", apt.join("\n\n")));
}

#[test]
fn a_program_hears_the_whole_head_of_a_request() {
    let pod = client("s", "nc -l -p 9001").replace("metadata: {", "metadata: {labels: {app: s}, ");
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: s}, ports: [{port: 9001}]}\n---\n";
    let mut run = begin(&format!("{pod}{service}{}", client("c", "sleep 4; wget -T 2 -qO- s:9001/x")));
    run.run_until(at(20.0));
    let lines = log(&run, "s", "app");
    assert_eq!(
        lines[..4],
        ["GET /x HTTP/1.1\r", "Host: s:9001\r", "User-Agent: Wget\r", "Connection: close\r"],
        "{lines:?}"
    );
}

fn script() -> impl Strategy<Value = String> {
    let parts = proptest::sample::select(vec![
        "wget -T 1 -qO- http://s/",
        "wget -T 1 -qO- http://s:81/x",
        "curl -s -m 1 http://localhost:8080/",
        "nc -z -w 1 s 80",
        "echo hi | nc -w 1 logs.example.com 5170",
        "nslookup s; nslookup nowhere.example.com",
        "redis-cli -h s -p 80 ping",
        "psql -h prod-db.example.com -c 'select 1'",
        "printf 'HTTP/1.1 200 OK\\r\\n\\r\\nhi' | nc -l -p 8080 &",
        "nc -lk -p 80 &",
        "socat TCP-LISTEN:80,fork TCP:s:80 &",
        "python3 -m http.server 8080 &",
        "while true; do wget -qO- http://s/; done &",
        "git clone https://github.com/a/b /tmp/b",
        "sleep 1",
        "kill %1",
    ]);
    proptest::collection::vec(parts, 1..6).prop_map(|parts| parts.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever programs ask of the network: two runs are equal, and one goes on from a checkpoint as it did.
    #[test]
    fn whatever_flows_flows_again(
        scripts in proptest::collection::vec(script(), 1..4),
        off in proptest::option::of(0.0_f64..20.0),
        seed in 0_u64..3,
    ) {
        let play = || {
            let mut run = Run::new(Config { seed, ..Config::default() });
            let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: s}, ports: [{port: 80}]}\n";
            add(&mut run, 0.0, service);
            for (number, script) in scripts.iter().enumerate() {
                let pod = client(&format!("p{number}"), script).replace("metadata: {", "metadata: {labels: {app: s}, ");
                add(&mut run, 0.0, &pod.replace("image: busybox", "image: nicolaka/netshoot"));
            }
            if let Some(off) = off {
                run.act(at(off), Action::SetNetwork { host: None, on: false }).unwrap();
            }
            run.advance(at(30.0), 40_000);
            run
        };
        let run = play();
        prop_assert_eq!(timeline(&run), timeline(&play()));
        let end = run.end();
        let mut again = run.clone();
        let middle = Time::from_secs_f64(end.as_secs_f64() / 2.0);
        let later: Vec<_> = run.acts().iter().filter(|act| act.at > middle).cloned().collect();
        again.with_cluster(middle, |_| ());
        for act in later {
            again.act(act.at, act.action.as_ref().clone()).unwrap();
        }
        again.run_until(end);
        prop_assert_eq!(timeline(&run), timeline(&again));
    }
}
