//! Objects made from flags: `kubectl run`, `expose`, `autoscale` and the subcommands of `create`
//! (kubectl: cmd/run, cmd/expose, cmd/autoscale, cmd/create).

use serde_json::{Map, Value, json};

use super::shell::{self, Origin};
use super::submit::{self, Dry};
use super::{Read, ingress, roles, set};
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object, Other, View, image};
use crate::cluster::Cluster;
use crate::kubectl::args::Args;
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::wire::compact;
use crate::kubectl::{Failure, Output, resource};

/// Creates an object made of `value` and says so. `failed` introduces a refusal of the generators of `create`.
fn made(
    cluster: &mut Cluster,
    args: &Args,
    resource: Resource,
    mut value: Value,
    failed: bool,
) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    if resource.namespaced && (dry != Dry::Client || args.get("namespace").is_some()) {
        value["metadata"]["namespace"] = json!(args.namespace());
    }
    let object = match resource.known() {
        Some(kind) => Object::from_json(kind, value).map_err(Failure::usage)?,
        None => Object::Other(Other::from_json(resource.api_version, resource.kind, value).map_err(Failure::usage)?),
    };
    if resource.known().is_none() && dry == Dry::No {
        let (kind, name) = (resource.kind, object.name());
        return Err(Failure::usage(format!(
            "{kind} {name:?} is not simulated here; see it with --dry-run=client -o yaml"
        )));
    }
    let created = submit::create(cluster, dry, object).map_err(|error| match failed {
        true => Failure::usage(format!("failed to create {}: {}", resource.kind.to_lowercase(), error.message)),
        false => Failure::from(error),
    })?;
    submit::said_of_made(args, dry, &created, "created")
}

fn named(words: &[String], args: &Args) -> Result<String, Failure> {
    match words {
        [name] => Ok(name.clone()),
        words => {
            let count = words.len();
            Err(args.misuse(format!("exactly one NAME is required, got {count}")))
        }
    }
}

fn of(kind: &str) -> Result<Resource, Failure> {
    resources::find(kind)
}

/// The subcommands of `create`.
pub(super) fn create(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let words = args.arguments();
    let sub = args.command.strip_prefix("create_").unwrap_or_default();
    let name = named(words, args)?;
    let metadata = json!({"name": name});
    let labelled = json!({"name": name, "labels": {"app": name}});
    match sub {
        "deployment" => made(cluster, args, of("deployments")?, deployment(args, &name, labelled)?, true),
        "job" => job(cluster, args, &name),
        "cronjob" => {
            let template = pod_template(args, &name, "OnFailure");
            let job = json!({"metadata": {"name": name}, "spec": {"template": template}});
            let spec = json!({"schedule": args.get("schedule"), "jobTemplate": job});
            made(cluster, args, of("cronjobs")?, json!({"metadata": metadata, "spec": spec}), true)
        }
        "configmap" => {
            let data = literals(args, read, "ConfigMap", &name)?;
            let value = compact(vec![("metadata", metadata), ("data", data)]);
            made(cluster, args, of("configmaps")?, value, true)
        }
        "secret_generic" | "secret_tls" | "secret_docker-registry" => secret(cluster, args, read, metadata),
        "namespace" => made(cluster, args, of("namespaces")?, json!({"metadata": metadata}), false),
        "serviceaccount" => made(cluster, args, of("serviceaccounts")?, json!({"metadata": metadata}), true),
        "quota" => {
            let scopes: Vec<&str> =
                args.all("scopes").flat_map(|scopes| scopes.split(',')).filter(|it| !it.is_empty()).collect();
            let scopes = if scopes.is_empty() { Value::Null } else { json!(scopes) };
            let mut hard = Map::new();
            for pair in args.all("hard").flat_map(|text| text.split(',')).filter(|pair| !pair.is_empty()) {
                let (resource, amount) = set::amount(pair).map_err(|failure| {
                    let text = failure.0.replacen("invalid argument syntax", "Invalid argument syntax", 1);
                    Failure(text)
                })?;
                hard.insert(resource.to_owned(), amount.into());
            }
            let hard = if hard.is_empty() { Value::Null } else { Value::Object(hard) };
            let spec = compact(vec![("hard", hard), ("scopes", scopes)]);
            made(cluster, args, of("resourcequotas")?, json!({"metadata": metadata, "spec": spec}), true)
        }
        "poddisruptionbudget" => {
            let (min, max) = (args.get("min-available"), args.get("max-unavailable"));
            if args.get("selector").is_none_or(str::is_empty) {
                return Err(Failure::usage("a selector must be specified"));
            }
            if min.is_some() && max.is_some() {
                return Err(Failure::usage("min-available and max-unavailable cannot be both specified"));
            }
            if min.is_none() && max.is_none() {
                return Err(Failure::usage("one of min-available or max-unavailable must be specified"));
            }
            let amount = |value: Option<&str>| {
                value.map_or(Value::Null, |text| text.parse::<i64>().map_or(json!(text), |it| json!(it)))
            };
            let selector = json!({"matchLabels": pairs(args, "selector")});
            let spec =
                compact(vec![("minAvailable", amount(min)), ("maxUnavailable", amount(max)), ("selector", selector)]);
            made(cluster, args, of("poddisruptionbudgets")?, json!({"metadata": metadata, "spec": spec}), true)
        }
        "priorityclass" => {
            let text = |flag: &str| args.get(flag).map_or(Value::Null, |text| json!(text));
            let value = compact(vec![
                ("metadata", metadata),
                ("value", json!(args.number("value")?.unwrap_or_default())),
                ("globalDefault", if args.on("global-default") { json!(true) } else { Value::Null }),
                ("description", text("description")),
                ("preemptionPolicy", json!(args.get("preemption-policy").unwrap_or("PreemptLowerPriority"))),
            ]);
            made(cluster, args, of("priorityclasses")?, value, true)
        }
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => {
            let (of, value) = roles::value(args, &name)?;
            made(cluster, args, of, value.0, true).map(|output| Output::remark(value.1).then(output))
        }
        "ingress" => made(cluster, args, of("ingresses")?, ingress::value(args, &name)?, true),
        "token" => token(cluster, args, &name),
        _ => match sub.strip_prefix("service_") {
            Some(kind) => service(cluster, args, &name, labelled, kind),
            None => Err(Failure::usage(format!("create {sub} is not simulated"))),
        },
    }
}

/// `k=v,k2=v2` of a flag as a map.
fn pairs(args: &Args, flag: &str) -> Value {
    let pairs = args.all(flag).flat_map(|text| text.split(',')).filter_map(|pair| pair.split_once('='));
    Value::Object(pairs.map(|(key, value)| (key.to_owned(), value.into())).collect())
}

/// The name a container gets from its image (kubectl: generate.go; DNS label of the last path element).
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let bare = last.split([':', '@']).next().unwrap_or(last);
    bare.replace('_', "-")
}

fn deployment(args: &Args, name: &str, metadata: Value) -> Result<Value, Failure> {
    let images: Vec<&str> = args.all("image").flat_map(|images| images.split(',')).collect();
    let command = args.tail.clone().filter(|tail| !tail.is_empty());
    if images.len() > 1 && command.is_some() {
        return Err(Failure::usage("cannot specify multiple --image options and command"));
    }
    let port = args.number("port")?.filter(|port| *port > 0);
    let containers: Vec<Value> = images
        .iter()
        .map(|image| {
            let ports = port.filter(|_| images.len() == 1).map(|port| json!([{"containerPort": port}]));
            compact(vec![
                ("name", json!(container_name(image))),
                ("image", json!(image)),
                ("command", command.clone().map_or(Value::Null, |command| json!(command))),
                ("ports", ports.unwrap_or_default()),
                ("resources", json!({})),
            ])
        })
        .collect();
    let replicas = args.number("replicas")?.unwrap_or(1);
    if replicas < 0 {
        return Err(Failure::usage(format!("invalid replicas: {replicas}")));
    }
    let spec = json!({
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}},
    });
    Ok(json!({"metadata": metadata, "spec": spec}))
}

fn pod_template(args: &Args, name: &str, restart: &str) -> Value {
    let command = args.tail.clone().filter(|tail| !tail.is_empty());
    let container = compact(vec![
        ("name", json!(name)),
        ("image", json!(args.get("image"))),
        ("command", command.map_or(Value::Null, |command| json!(command))),
        ("resources", json!({})),
    ]);
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": args.get("restart").unwrap_or(restart)}})
}

fn job(cluster: &mut Cluster, args: &Args, name: &str) -> Result<Output, Failure> {
    let metadata = json!({"name": name});
    if args.get("image").is_some() == args.get("from").is_some() {
        return Err(Failure::usage("either --image or --from must be specified"));
    }
    let Some(from) = args.get("from") else {
        let value = json!({"metadata": metadata, "spec": {"template": pod_template(args, name, "Never")}});
        return made(cluster, args, of("jobs")?, value, true);
    };
    let (kind, cron) = from.split_once('/').unwrap_or(("cronjob", from));
    let of_cron = of(kind)?;
    if of_cron.known() != Some(Kind::CronJob) {
        resource::live(cluster, of_cron, args.namespace(), cron)?;
        let version = of_cron.api_version.rsplit('/').next().unwrap_or_default();
        return Err(Failure::usage(format!("unknown object type *{version}.{}", of_cron.kind)));
    }
    let cron = resource::live(cluster, of_cron, args.namespace(), cron)?;
    let value = cron.to_json();
    let view = View::new(&value);
    let uid = view.at("metadata.uid").0.cloned().unwrap_or_default();
    let job = json!({
        "metadata": {
            "name": name,
            "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
            "ownerReferences": [{
                "apiVersion": "batch/v1", "kind": "CronJob", "name": cron.name(), "uid": uid, "controller": true,
            }],
        },
        "spec": view.at("spec.jobTemplate.spec").0,
    });
    made(cluster, args, of("jobs")?, job, true)
}

/// The data of `--from-literal`, `--from-file` and `--from-env-file`.
fn literals(args: &Args, read: Read, kind: &str, of: &str) -> Result<Value, Failure> {
    let has = |flag: &str| args.get(flag).is_some();
    if has("from-env-file") && (has("from-file") || has("from-literal")) {
        return Err(Failure::usage("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut data = Map::new();
    let mut put = |key: &str, value: String| {
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return Err(Failure::usage(format!(
                "{key:?} is not a valid key name for a {kind}: a valid config key must consist of alphanumeric \
                 characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for \
                 validation is '[-._a-zA-Z0-9]+')"
            )));
        }
        let shown = if kind == "Secret" { key.to_owned() } else { format!("{key:?}") };
        match data.insert(key.to_owned(), value.into()) {
            None => Ok(()),
            Some(_) => Err(Failure::usage(format!(
                "cannot add key {shown}, another key by that name already exists in Data for {kind} {of:?}"
            ))),
        }
    };
    let text = |name: &str| {
        read(name).ok_or_else(|| Failure::usage(format!("error reading {name}: no such file or directory")))
    };
    for literal in args.all("from-literal") {
        let pair = literal.split_once('=').filter(|(key, _)| !key.is_empty());
        let (key, value) =
            pair.ok_or_else(|| Failure::usage(format!("invalid literal source {literal}, expected key=value")))?;
        put(key, value.trim_matches(['\'', '"']).to_owned())?;
    }
    for file in args.all("from-file") {
        let (key, file) = file.split_once('=').unwrap_or((file.rsplit('/').next().unwrap_or(file), file));
        put(key, text(file)?)?;
    }
    for file in args.all("from-env-file") {
        for line in text(file)?.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            put(key.trim(), value.to_owned())?;
        }
    }
    Ok(if data.is_empty() { Value::Null } else { Value::Object(data) })
}

fn secret(cluster: &mut Cluster, args: &Args, read: Read, metadata: Value) -> Result<Output, Failure> {
    use base64::Engine as _;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let (kind, data) = match args.command {
        "create_secret_tls" => {
            let file = |flag: &str| {
                let name = args.get(flag).ok_or_else(|| Failure::usage("key and cert must be specified"))?;
                read(name).ok_or_else(|| {
                    Failure::usage(format!("Cannot read file {name}, open {name}: no such file or directory"))
                })
            };
            ("kubernetes.io/tls", json!({"tls.crt": file("cert")?, "tls.key": file("key")?}))
        }
        "create_secret_docker-registry" => {
            let part = |flag: &str| args.get(flag).unwrap_or_default().to_owned();
            let (user, password) = (part("docker-username"), part("docker-password"));
            if user.is_empty() || password.is_empty() {
                return Err(Failure::usage(
                    "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
                ));
            }
            let server = args.get("docker-server").unwrap_or("https://index.docker.io/v1/");
            let auth = encode(&format!("{user}:{password}"));
            // In the order of the client's struct.
            let mut entry = vec![("username", user), ("password", password)];
            entry.extend(args.get("docker-email").map(|email| ("email", email.to_owned())));
            entry.push(("auth", auth));
            let entry: Vec<String> =
                entry.iter().map(|(name, text)| format!("{}:{}", json!(name), json!(text))).collect();
            let text = format!("{{\"auths\":{{{}:{{{}}}}}}}", json!(server), entry.join(","));
            ("kubernetes.io/dockerconfigjson", json!({".dockerconfigjson": text}))
        }
        _ => {
            let name = metadata["name"].as_str().unwrap_or_default();
            (args.get("type").unwrap_or_default(), literals(args, read, "Secret", name)?)
        }
    };
    let data = data.as_object().map(|data| {
        let entries =
            data.iter().map(|(key, value)| (key.clone(), Value::from(encode(value.as_str().unwrap_or_default()))));
        Value::Object(entries.collect())
    });
    let kind = if kind.is_empty() { Value::Null } else { json!(kind) };
    let value = compact(vec![("metadata", metadata), ("data", data.unwrap_or_default()), ("type", kind)]);
    made(cluster, args, of("secrets")?, value, true)
}

fn service(cluster: &mut Cluster, args: &Args, name: &str, metadata: Value, kind: &str) -> Result<Output, Failure> {
    let mut ports = Vec::new();
    for tcp in args.all("tcp").flat_map(|tcp| tcp.split(',')) {
        let (port, target) = tcp.split_once(':').unwrap_or((tcp, tcp));
        let number: u16 = port.parse().map_err(|_| {
            let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            let why = if digits { "value out of range" } else { "invalid syntax" };
            Failure::usage(format!("strconv.ParseUint: parsing {port:?}: {why}"))
        })?;
        let target = target.parse::<i64>().map_or(json!(target), |target| json!(target));
        let mut entry = json!({"name": tcp.replace(':', "-"), "port": number, "protocol": "TCP", "targetPort": target});
        if let Some(node) = args.number("node-port")?.filter(|port| *port > 0) {
            entry["nodePort"] = json!(node);
        }
        ports.push(entry);
    }
    let (type_, headless) = match kind {
        "nodeport" => ("NodePort", false),
        "loadbalancer" => ("LoadBalancer", false),
        "externalname" => ("ExternalName", false),
        _ => ("ClusterIP", args.get("clusterip") == Some("None")),
    };
    if ports.is_empty() && !headless && type_ != "ExternalName" {
        return Err(Failure::usage("at least one tcp port specifier must be provided"));
    }
    let spec = compact(vec![
        ("type", json!(type_)),
        ("selector", json!({"app": name})),
        ("ports", if ports.is_empty() { Value::Null } else { json!(ports) }),
        ("externalName", args.get("external-name").map_or(Value::Null, |name| json!(name))),
        ("clusterIP", args.get("clusterip").map_or(Value::Null, |ip| json!(ip))),
    ]);
    made(cluster, args, of("services")?, json!({"metadata": metadata, "spec": spec}), true)
}

/// `create token NAME`: a token that no server of the world outside would take.
fn token(cluster: &Cluster, args: &Args, name: &str) -> Result<Output, Failure> {
    use base64::Engine as _;
    let account = resource::live(cluster, of("serviceaccounts")?, args.namespace(), name)
        .map_err(|failure| Failure::usage(format!("failed to create token: {}", plain(&failure.0))))?;
    let encode = |value: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let now = cluster.now().to_timestamp(cluster.config().epoch).as_second();
    let uid = account.metadata().uid.clone().unwrap_or_default();
    let subject = format!("system:serviceaccount:{}:{name}", args.namespace());
    let claims = json!({
        "iss": "https://kubernetes.default.svc.cluster.local", "sub": subject, "iat": now, "nbf": now, "exp": now + 3_600,
        "kubernetes.io": {"namespace": args.namespace(), "serviceaccount": {"name": name, "uid": uid}},
    });
    let head = encode(json!({"alg": "none"}));
    Ok(Output::line(format!("{head}.{}.", encode(claims))))
}

/// A server's refusal without the client's words before it.
fn plain(text: &str) -> &str {
    text.strip_prefix("Error from server (NotFound): ").unwrap_or(text)
}

/// `run NAME --image=IMAGE`.
pub(super) fn run(cluster: &mut Cluster, args: &Args, interactive: bool) -> Result<Output, Failure> {
    let Some(name) = args.arguments().first() else {
        return Err(args.misuse("NAME is required for run"));
    };
    let image_name = args.get("image").unwrap_or_default();
    if !image::is_valid(image_name) {
        return Err(Failure::usage(format!("invalid image name {image_name:?}: invalid reference format")));
    }
    let restart = args.get("restart").unwrap_or("Always");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(Failure::usage(format!(
            "invalid restart policy: {restart}, valid values are: Always, OnFailure, Never"
        )));
    }
    let attached = args.on("attach") || args.on("stdin") || args.on("tty");
    if attached && submit::dry_run(args)? != Dry::No {
        return Err(Failure::usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    if args.on("rm") && !args.on("attach") && !args.on("stdin") {
        return Err(Failure::usage("--rm should only be used for attached containers"));
    }
    if args.on("expose") && args.get("port").is_none() {
        return Err(Failure::usage("--port must be set when exposing a service"));
    }
    let policy = args.get("image-pull-policy").unwrap_or("Always");
    if !matches!(policy, "Always" | "IfNotPresent" | "Never") {
        return Err(Failure::usage(format!(
            "invalid image pull policy: {policy}, valid values are: Always, IfNotPresent, Never"
        )));
    }
    if let Some(odd) = args.get("port").filter(|port| port.parse::<u16>().is_err()) {
        let digits = odd.bytes().all(|byte| byte.is_ascii_digit());
        return Err(Failure::usage(match digits {
            true => format!("strconv.ParseUint: parsing {odd:?}: value out of range"),
            false => "--port must be a number".to_owned(),
        }));
    }
    if let Some(odd) = args.all("env").find(|pair| pair.find('=').is_none_or(|at| at == 0)) {
        return Err(Failure::usage(format!("invalid env: {odd}")));
    }
    let labels = args.get("labels").unwrap_or_default();
    if let Some(odd) = labels.split(',').find(|pair| !pair.is_empty() && !pair.contains('=')) {
        return Err(Failure::usage(format!("unexpected label spec: {odd}")));
    }
    let object = resources::find("pods")?;
    let labels = if args.get("labels").is_some() { pairs(args, "labels") } else { json!({"run": name}) };
    let mut rest: Vec<String> = args.arguments().get(1..).unwrap_or_default().to_vec();
    rest.extend(args.tail.clone().unwrap_or_default());
    let words = if rest.is_empty() { Value::Null } else { json!(rest) };
    let env: Vec<Value> = args
        .all("env")
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let port = args.get("port").and_then(|port| port.parse::<i64>().ok());
    let on = |flag: &str| if args.on(flag) { json!(true) } else { Value::Null };
    let container = compact(vec![
        ("name", json!(name)),
        ("image", json!(image_name)),
        ("imagePullPolicy", args.get("image-pull-policy").map_or(Value::Null, |policy| json!(policy))),
        (if args.on("command") { "command" } else { "args" }, words),
        ("env", if env.is_empty() { Value::Null } else { json!(env) }),
        ("ports", port.map_or(Value::Null, |port| json!([{"containerPort": port}]))),
        ("resources", json!({})),
        ("stdin", on("stdin")),
        ("stdinOnce", on("stdin")),
        ("tty", on("tty")),
        ("securityContext", if args.on("privileged") { json!({"privileged": true}) } else { Value::Null }),
    ]);
    let annotations = if args.get("annotations").is_some() { pairs(args, "annotations") } else { Value::Null };
    let metadata = compact(vec![("name", json!(name)), ("labels", labels.clone()), ("annotations", annotations)]);
    let mut pod = json!({
        "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
    });
    if let Some(overrides) = args.get("overrides") {
        let patch: Value = serde_json::from_str(overrides).map_err(|_| Failure::usage("Invalid JSON Patch"))?;
        use crate::kubectl::merge::{self, Patch};
        match args.get("override-type").unwrap_or("merge") {
            "strategic" => merge::apply(&mut pod, &patch, Patch::Strategic),
            "json" => {
                pod = crate::manifest::update::json_patch(&pod, &patch)
                    .map_err(|_| Failure::usage("Invalid JSON Patch"))?;
            }
            _ => merge::apply(&mut pod, &patch, Patch::Merge),
        }
    }
    let mut output = made(cluster, args, object, pod, false)?;
    if args.on("expose") {
        let spec = json!({"ports": [{"port": port, "protocol": "TCP", "targetPort": port}], "selector": labels});
        let value = json!({"metadata": {"name": name}, "spec": spec});
        let service = made(cluster, args, resources::find("services")?, value, false)?;
        // A printer of YAML begins every document after its first with a line.
        if args.get("output") == Some("yaml") {
            output.stdout.push_str("---\n");
        }
        output = output.then(service);
    }
    let pod = resource::live(cluster, object, args.namespace(), name).ok();
    let Some(pod) = pod.as_ref().and_then(Object::as_pod).filter(|_| attached) else { return Ok(output) };
    let origin = Origin::Attach { ephemeral: false, remove: args.on("rm") };
    // What is attached says nothing of its creation.
    output.stdout.clear();
    match shell::session(args, pod, name, interactive, origin) {
        Some(session) => Ok(output.then(session)),
        None => Ok(output.then(super::exec::attached(cluster, pod, name, String::new()))),
    }
}

/// `expose TYPE NAME --port=N`.
pub(super) fn expose(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    let found = resource::to_change(cluster, args, args.arguments())?;
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    let output = submit::each(&objects, |object| expose_one(cluster, args, object));
    Ok(output.with_missing(&found.missing))
}

fn expose_one(cluster: &mut Cluster, args: &Args, object: &Object) -> Result<Output, Failure> {
    let value = object.to_json();
    let view = View::new(&value);
    let kind = object.kind();
    let selector = match (args.get("selector"), kind) {
        (Some(_), _) => pairs(args, "selector"),
        (None, Some(Kind::Pod)) => view.at("metadata.labels").0.cloned().unwrap_or_default(),
        (None, Some(Kind::Service)) => view.at("spec.selector").0.cloned().unwrap_or_default(),
        (None, Some(Kind::Deployment | Kind::ReplicaSet)) => {
            view.at("spec.selector.matchLabels").0.cloned().unwrap_or_default()
        }
        _ => {
            return Err(Failure::usage(format!("cannot expose a {}", kind.map_or_else(String::new, qualified))));
        }
    };
    if selector.as_object().is_none_or(Map::is_empty) {
        return Err(Failure::usage(
            "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed",
        ));
    }
    let spec = View(set::pod_spec(kind).and_then(|place| value.pointer(place)));
    let own: Vec<i64> = match kind {
        Some(Kind::Service) => view.at("spec.ports").items().map(|port| port.at("port").int()).collect(),
        _ => spec
            .at("containers")
            .items()
            .flat_map(|it| it.at("ports").items().map(|port| port.at("containerPort").int()).collect::<Vec<_>>())
            .collect(),
    };
    let asked: Vec<i64> =
        args.get("port").map_or(own, |ports| ports.split(',').filter_map(|port| port.parse().ok()).collect());
    if asked.is_empty() {
        return Err(Failure::usage("couldn't find port via --port flag or introspection"));
    }
    let several = asked.len() > 1;
    let ports: Vec<Value> = asked
        .iter()
        .enumerate()
        .map(|(number, port)| {
            let target = args
                .get("target-port")
                .map_or(json!(port), |target| target.parse::<i64>().map_or(json!(target), |it| json!(it)));
            let name = if several { json!(format!("port-{}", number + 1)) } else { Value::Null };
            compact(vec![
                ("name", name),
                ("port", json!(port)),
                ("protocol", json!(args.get("protocol").unwrap_or("TCP").to_uppercase())),
                ("targetPort", target),
            ])
        })
        .collect();
    let text = |flag: &str| args.get(flag).map_or(Value::Null, |text| json!(text));
    let spec = compact(vec![
        ("ports", json!(ports)),
        ("selector", selector),
        ("type", text("type")),
        ("clusterIP", text("cluster-ip")),
        ("externalIPs", args.get("external-ip").map_or(Value::Null, |ip| json!([ip]))),
        ("sessionAffinity", text("session-affinity")),
    ]);
    let labels = match args.get("labels") {
        Some(_) => pairs(args, "labels"),
        None => view.at("metadata.labels").0.cloned().unwrap_or_default(),
    };
    let name = args.get("name").unwrap_or(object.name());
    let metadata = compact(vec![("name", json!(name)), ("labels", labels), ("namespace", namespace(args, object)?)]);
    create_and_say(cluster, args, Kind::Service, json!({"metadata": metadata, "spec": spec}), "exposed")
}

/// A kind with its group: `StatefulSet.apps`.
fn qualified(kind: Kind) -> String {
    if kind.group().is_empty() { kind.name().to_owned() } else { format!("{}.{}", kind.name(), kind.group()) }
}

/// The namespace that an object made of another is sent with; the client alone writes none that it was not given.
fn namespace(args: &Args, of: &Object) -> Result<Value, Failure> {
    let written = submit::dry_run(args)? != Dry::Client || args.get("namespace").is_some();
    Ok(if written { json!(of.namespace()) } else { Value::Null })
}

fn create_and_say(cluster: &mut Cluster, args: &Args, kind: Kind, value: Value, word: &str) -> Result<Output, Failure> {
    let dry = submit::dry_run(args)?;
    let object = Object::from_json(kind, value).map_err(Failure::usage)?;
    let created = submit::create(cluster, dry, object)?;
    submit::said_of_made(args, dry, &created, word)
}

/// `autoscale TYPE NAME --max=N`.
pub(super) fn autoscale(cluster: &mut Cluster, args: &Args) -> Result<Output, Failure> {
    let mut output = Output::default();
    if args.get("cpu-percent").is_some() {
        output.stderr.push_str(
            "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., \
             '70%' for utilization or '500m' for milliCPU).\n",
        );
    }
    let (min, max) = (args.number("min")?.unwrap_or(-1), args.number("max")?.unwrap_or_default());
    let failed = |text: String| Ok(Output::remark(output.stderr.clone()).then(Failure::usage(text).into()));
    if max < 1 {
        return failed(format!("--max=MAXPODS is required and must be at least 1, max: {max}"));
    }
    if max < min {
        return failed(format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"));
    }
    if args.get("cpu").is_some() && args.get("cpu-percent").is_some() {
        return failed("--cpu-percent and --cpu are mutually exclusive".to_owned());
    }
    for name in ["cpu", "memory"] {
        let Some(text) = args.get(name) else { continue };
        let percent = text.strip_suffix('%').is_some_and(|text| text.parse::<i32>().is_ok_and(|it| it >= 0));
        if !percent && Quantity::parse(text).is_err() {
            return failed(format!("invalid resource {name} value: {text}"));
        }
    }
    let found = resource::to_change(cluster, args, args.arguments())?;
    let metric = |resource: &str, text: &str| {
        let target = match text.trim_end_matches('%').parse::<i64>() {
            Ok(percent) if text.ends_with('%') || resource == "cpu" && args.get("cpu").is_none() => {
                json!({"type": "Utilization", "averageUtilization": percent})
            }
            _ => json!({"type": "AverageValue", "averageValue": text}),
        };
        json!({"type": "Resource", "resource": {"name": resource, "target": target}})
    };
    let cpu = args.get("cpu").or(args.get("cpu-percent")).map(|text| metric("cpu", text));
    let memory = args.get("memory").map(|text| metric("memory", text));
    let metrics: Vec<Value> = cpu.into_iter().chain(memory).collect();
    let objects: Vec<Object> = found.each().map(|(_, object)| object.clone()).collect();
    let made = submit::each(&objects, |object| {
        let name = args.get("name").unwrap_or(object.name());
        if !matches!(object.kind(), Some(Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet)) {
            let of = object.kind().map(Resource::of);
            let (kind, gvr) = of.map_or_else(Default::default, |of| (of.kind, of.gvr()));
            return Err(Failure::usage(format!(
                "cannot autoscale a {kind}: could not find scale subresource for {gvr} in discovery information"
            )));
        }
        let exists = cluster
            .store()
            .list(Kind::HorizontalPodAutoscaler)
            .any(|(key, _)| *key.name == *name && *key.namespace == *object.namespace());
        if exists && args.get("cpu-percent").is_some() {
            return Err(Failure::usage(
                "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty \
                 input",
            ));
        }
        let of = object.kind().map_or_else(
            || json!({}),
            |kind| json!({"apiVersion": kind.api_version(), "kind": kind.name(), "name": object.name()}),
        );
        let spec = compact(vec![
            ("maxReplicas", json!(max)),
            ("minReplicas", if min > 0 { json!(min) } else { Value::Null }),
            ("scaleTargetRef", of),
            ("metrics", if metrics.is_empty() { Value::Null } else { json!(metrics) }),
        ]);
        let metadata = compact(vec![("name", json!(name)), ("namespace", namespace(args, object)?)]);
        create_and_say(
            cluster,
            args,
            Kind::HorizontalPodAutoscaler,
            json!({"metadata": metadata, "spec": spec}),
            "autoscaled",
        )
    });
    Ok(output.then(made).with_missing(&found.missing))
}
