//! `kubectl exec`, `attach`, `cp`, `port-forward`: everything that goes into a container
//! (kubectl: cmd/exec, cmd/attach, cmd/cp, cmd/portforward).

use std::net::IpAddr;

use super::Read;
use super::shell::{self, Origin, Shell};
use crate::api::{Kind, Pod, View};
use crate::cluster::{Cluster, ObjectKey, Ran};
use crate::kubectl::args::Args;
use crate::kubectl::follow::{Follow, What};
use crate::kubectl::resources::Resource;
use crate::kubectl::{Failure, Output, manifest, pods, resource, resources};

/// A Pod that has ended takes nothing any more.
fn alive(pod: &Pod, verb: &str) -> Result<(), Failure> {
    match pod.status.phase.as_deref() {
        Some(phase @ ("Succeeded" | "Failed")) => {
            Err(Failure::usage(format!("cannot {verb} a container in a completed pod; current phase is {phase}")))
        }
        _ => Ok(()),
    }
}

/// The kubelet's answer where the container does not run.
pub(in crate::kubectl) fn reachable(pod: &Pod, container: &str) -> Result<(), Failure> {
    if pod.spec.node_name.as_deref().is_none_or(str::is_empty) {
        let name = pod.name();
        return Err(Failure::usage(format!("unable to upgrade connection: pod {name} does not have a host assigned")));
    }
    if !pods::is_running(pod, container) {
        return Err(Failure::usage(format!(
            "Internal error occurred: unable to upgrade connection: container not found ({container:?})"
        )));
    }
    Ok(())
}

/// `exec POD [-c CONTAINER] -- COMMAND`.
pub(super) fn exec(cluster: &mut Cluster, args: &Args, read: Read, interactive: bool) -> Result<Output, Failure> {
    if args.get("filename").is_some() {
        let args = &of_file(args, read)?;
        return exec(cluster, args, read, interactive);
    }
    let words = args.arguments();
    let Some(word) = words.first() else {
        return Err(Failure::usage("pod, type/name or --filename must be specified"));
    };
    if words.len() > 1 {
        return Err(args.misuse("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead"));
    }
    let command = args.tail.clone().unwrap_or_default();
    if command.is_empty() {
        return Err(Failure::usage("you must specify at least one command for the container"));
    }
    let (pod, _) = pods::target(cluster, args, word)?;
    alive(&pod, "exec into")?;
    let mut stderr = String::new();
    let container = pods::container(&pod, args.get("container"), &mut stderr)?;
    let said = |failure: Failure| Output::remark(stderr.clone()).then(failure.into());
    if let Err(failure) = reachable(&pod, &container) {
        return Ok(said(failure));
    }
    // Whoever pipes something in sits at no terminal.
    let input = if args.on("stdin") { read("-") } else { None };
    if args.on("tty") && args.on("stdin") && interactive && input.is_none() {
        if shell::is_shell(&command) {
            let shell = Some(Shell::new(&pod, &container, &command, Origin::Exec));
            return Ok(Output { stderr, shell, ..Output::default() });
        }
    } else if args.on("tty") && args.on("stdin") {
        stderr.push_str("Unable to use a TTY - input is not a terminal or the right kind of file\n");
    }
    let input = input.unwrap_or_default();
    Ok(Output::remark(stderr).then(inside(cluster, &pod, &container, &command, input.as_bytes())))
}

/// The command line that names the one object of the file of `-f` instead of the file.
fn of_file(args: &Args, read: Read) -> Result<Args, Failure> {
    if !args.arguments().is_empty() {
        return Err(Failure::usage("resource/name arguments cannot be provided when a path is specified"));
    }
    let mut objects = Vec::new();
    for (_, text) in super::files(args, read)? {
        objects.extend(manifest::read_objects(&text).map_err(Failure::usage)?);
    }
    let [object] = objects.as_slice() else {
        return Err(Failure::usage("cannot exec into multiple objects at a time"));
    };
    let mut named = args.clone();
    named.take("filename");
    if let Some(kind) = object.kind() {
        named.words.push(format!("{}/{}", Resource::of(kind).full(), object.name()));
    }
    if let Some(namespace) = &object.metadata().namespace {
        named.replace("namespace", namespace.to_string());
    }
    Ok(named)
}

/// What a command gives that is run inside a container and reads `input`.
///
/// # Errors
/// The program is not in the image.
pub(in crate::kubectl) fn ran(
    cluster: &mut Cluster,
    pod: &Pod,
    container: &str,
    command: &[String],
    input: &[u8],
) -> Result<Ran, Failure> {
    let key = ObjectKey::new(Kind::Pod, pod.namespace(), pod.name());
    let ran = cluster.exec(&key, container, command, input).unwrap_or_default();
    if let Some(text) = ran.not_started(command, pod.uid(), cluster.now()) {
        let text = format!("Internal error occurred: error executing command in container: {text}");
        return Err(Failure::usage(text));
    }
    Ok(ran)
}

/// Runs a command inside a container that runs.
fn inside(cluster: &mut Cluster, pod: &Pod, container: &str, command: &[String], input: &[u8]) -> Output {
    let ran = match ran(cluster, pod, container, command, input) {
        Ok(ran) => ran,
        Err(failure) => return failure.into(),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut output = Output { stdout: text(&ran.stdout), stderr: text(&ran.stderr), ..Output::default() };
    match ran.exit_code {
        Some(0) => {}
        Some(code) => {
            output.stderr.push_str(&format!("command terminated with exit code {code}\n"));
            output.exit_code = code;
        }
        // It runs until it is interrupted.
        None => output.follow = Some(Follow::new(What::Forever, cluster.config().epoch, None)),
    }
    output
}

/// `attach POD`: what the container writes from now on.
pub(super) fn attach(cluster: &Cluster, args: &Args, interactive: bool) -> Result<Output, Failure> {
    let words = args.arguments();
    let Some(word) = words.first() else {
        return Err(Failure::usage("at least 1 argument is required for attach"));
    };
    if words.len() > 2 {
        return Err(Failure::usage(format!(
            "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
            words.len(),
            words.join(" ")
        )));
    }
    // Two words are a type and a name.
    let word = &if let [of, name] = words { format!("{of}/{name}") } else { word.clone() };
    let (pod, _) = pods::target(cluster, args, word)?;
    alive(&pod, "attach")?;
    let mut stderr = String::new();
    let container = pods::container(&pod, args.get("container"), &mut stderr).map_err(|failure| {
        let why = failure.0.trim_start_matches("error: ");
        Failure::usage(format!("cannot attach to the container: {why}"))
    })?;
    if let Err(failure) = reachable(&pod, &container) {
        if pod.spec.node_name.as_deref().is_none_or(str::is_empty) {
            stderr.push_str(shell::ATTACHED);
        }
        return Ok(Output::remark(stderr).then(failure.into()));
    }
    let ephemeral = pod.spec.ephemeral_containers.iter().flatten().any(|it| it.name == container);
    let origin = Origin::Attach { ephemeral, remove: false };
    Ok(Output::remark(stderr).then(followed(cluster, args, &pod, (&container, interactive), origin)))
}

/// The shell that runs in a container, where its lines are read; else what the container writes is followed.
pub(super) fn followed(
    cluster: &Cluster,
    args: &Args,
    pod: &Pod,
    (container, interactive): (&str, bool),
    origin: Origin,
) -> Output {
    let session = shell::session(args, pod, container, interactive, origin);
    session.unwrap_or_else(|| attached(cluster, pod, container))
}

/// Follows what a container writes, after the words that introduce it.
fn attached(cluster: &Cluster, pod: &Pod, container: &str) -> Output {
    let mut stderr = String::new();
    let runs = pods::is_running(pod, container);
    if runs {
        stderr.push_str(shell::ATTACHED);
    }
    let tail = crate::kubectl::follow::LogTail {
        pod: ObjectKey::new(Kind::Pod, pod.namespace(), pod.name()),
        uid: pod.uid().to_owned(),
        container: container.to_owned(),
        prefix: String::new(),
        timestamps: false,
        begins: (!runs).then_some(shell::ATTACHED),
    };
    let follow = Some(Follow::new(What::Logs(vec![tail]), cluster.config().epoch, None));
    Output { stderr, follow, ..Output::default() }
}

/// `cp FROM TO`.
pub(super) fn cp(cluster: &mut Cluster, args: &Args, read: Read) -> Result<Output, Failure> {
    let [from, to] = args.arguments() else {
        return Err(Failure::usage("source and destination are required"));
    };
    let remote = |word: &str| match word.split_once(':') {
        Some((pod, _)) if pod.is_empty() || pod.matches('/').count() > 1 => {
            Err(Failure::usage("filespec must match the canonical format: [[namespace/]pod:]file/path"))
        }
        parts => Ok(parts.map(|(pod, path)| (pod.to_owned(), path.to_owned()))),
    };
    let nowhere = |word: &str| word.is_empty() || word.ends_with(':');
    match (remote(from)?, remote(to)?) {
        (Some(_), Some(_)) => Err(Failure::usage("one of src or dest must be a local file specification")),
        _ if nowhere(from) || nowhere(to) => Err(Failure::usage("filepath can not be empty")),
        (None, None) => Err(Failure::usage("one of src or dest must be a remote file specification")),
        (None, Some((word, mut path))) => {
            let text = read(from).ok_or_else(|| Failure::usage(format!("{from} doesn't exist in local filesystem")))?;
            let (pod, container, stderr) = place(cluster, args, &word)?;
            let is_folder = ["test", "-d", &path].map(str::to_owned);
            if inside(cluster, &pod, &container, &is_folder, &[]).exit_code == 0 {
                let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                path = format!("{}/{name}", path.trim_end_matches('/'));
            }
            let command = ["sh", "-c", "cat > \"$0\"", &path].map(str::to_owned);
            let ran = inside(cluster, &pod, &container, &command, text.as_bytes());
            Ok(Output { stdout: String::new(), ..Output::remark(stderr).then(ran) })
        }
        (Some((word, path)), None) => {
            let (pod, container, mut said) = place(cluster, args, &word)?;
            let rooted = path.starts_with('/');
            let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
            let to = if matches!(to.as_str(), "." | "./") { last } else { to.clone() };
            let ran = inside(cluster, &pod, &container, &["cat".to_owned(), path], &[]);
            let file = (ran.exit_code == 0).then(|| (to, ran.stdout.clone()));
            // Both streams of the other side are one here (kubectl: cmd/cp/cp.go copyFromPod).
            if file.is_some() && rooted {
                said.push_str("tar: removing leading '/' from member names\n");
            }
            Ok(Output { stdout: said, file: file.map(Box::new), ..ran })
        }
    }
}

fn place(cluster: &Cluster, args: &Args, word: &str) -> Result<(Pod, String, String), Failure> {
    let (namespace, name) = word.split_once('/').unwrap_or((args.namespace(), word));
    let object = resource::live(cluster, resources::find("pods")?, namespace, name)?;
    let pod = object.as_pod().cloned().ok_or_else(|| Failure::usage("no such pod"))?;
    let mut stderr = String::new();
    let container = pods::container(&pod, args.get("container"), &mut stderr)?;
    alive(&pod, "exec into")?;
    reachable(&pod, &container)?;
    Ok((pod, container, stderr))
}

/// `port-forward TYPE/NAME [LOCAL:]REMOTE…`.
pub(super) fn port_forward(cluster: &Cluster, args: &Args, interactive: bool) -> Result<Output, Failure> {
    let [word, ports @ ..] = args.arguments() else {
        return Err(args.misuse("TYPE/NAME and list of ports are required for port-forward"));
    };
    if ports.is_empty() {
        return Err(args.misuse("TYPE/NAME and list of ports are required for port-forward"));
    }
    let (pod, _) = pods::target(cluster, args, word)?;
    if pod.status.phase.as_deref() != Some("Running") {
        let phase = pod.status.phase.as_deref().unwrap_or_default();
        return Err(Failure::usage(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    let hosts = hosts(args)?;
    let mut stdout = String::new();
    let mut first = None;
    for port in ports {
        let (local, remote) = port.split_once(':').unwrap_or((port, port));
        if remote.is_empty() {
            return Err(Failure::usage("remote port cannot be empty"));
        }
        let target = target_port(cluster, args, word, &pod, remote)?;
        // A name stands for the same number on both sides.
        let local = if local == remote && !is_number(remote) { &target } else { local };
        let local = if local.is_empty() { "0" } else { local };
        let number = |what: &str, text: &str| {
            text.parse::<u16>().map_err(|_| {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                let why = if digits { "value out of range" } else { "invalid syntax" };
                Failure::usage(format!(
                    "error parsing {what} port '{text}': strconv.ParseUint: parsing {text:?}: {why}"
                ))
            })
        };
        number("local", local)?;
        if number("remote", &target)? == 0 {
            return Err(Failure::usage("remote port must be > 0"));
        }
        // A free port is taken where none is asked for.
        let local = if local == "0" { "40000" } else { local };
        first = first.or(local.parse::<u16>().ok().zip(target.parse::<u16>().ok()));
        for host in &hosts {
            stdout.push_str(&format!("Forwarding from {host}:{local} -> {target}\n"));
        }
    }
    if let Some((local, port)) = first.filter(|_| interactive) {
        return Ok(Output { stdout, shell: Some(Shell::forward(&pod, local, port)), ..Output::default() });
    }
    let follow = Some(Follow::new(What::Forever, cluster.config().epoch, None));
    Ok(Output { stdout, follow, ..Output::default() })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The addresses that are listened on, as they are told (client-go: tools/portforward/portforward.go parseAddresses).
fn hosts(args: &Args) -> Result<Vec<String>, Failure> {
    let mut hosts: Vec<String> = Vec::new();
    for address in args.get("address").unwrap_or("localhost").split(',') {
        if address == "localhost" {
            hosts.extend(["127.0.0.1", "[::1]"].map(str::to_owned));
            continue;
        }
        let ip: IpAddr = address.parse().map_err(|_| Failure::usage(format!("{address} is not a valid IP")))?;
        hosts.push(if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() });
    }
    Ok(hosts)
}

/// `proxy`: until it is interrupted.
pub(super) fn proxy(cluster: &Cluster, args: &Args) -> Output {
    let port = args.get("port").filter(|port| *port != "0").unwrap_or("8001");
    let follow = Some(Follow::new(What::Forever, cluster.config().epoch, None));
    Output { follow, ..Output::line(format!("Starting to serve on 127.0.0.1:{port}")) }
}

/// The port of the Pod that a word means: a number, a port's name, or a Service's port.
fn target_port(cluster: &Cluster, args: &Args, word: &str, pod: &Pod, remote: &str) -> Result<String, Failure> {
    let named = |name: &str| {
        let mut ports = pod.spec.containers.iter().flat_map(|container| container.ports.iter().flatten());
        ports.find(|port| port.name.as_deref() == Some(name)).map(|port| port.container_port.to_string())
    };
    let service = word.split_once('/').and_then(|(of, name)| Some((resources::find(of).ok()?, name)));
    if let Some((of, name)) = service.filter(|(of, _)| of.known() == Some(Kind::Service)) {
        let value = resource::live(cluster, of, args.namespace(), name)?.to_json();
        let mut ports = View::new(&value).at("spec.ports").items();
        let port = ports.find(|port| port.at("port").text() == remote || port.at("name").str() == remote);
        let port = port.ok_or_else(|| match remote.parse::<u16>() {
            Ok(_) => Failure::usage(format!("Service {name} does not have a service port {remote}")),
            Err(_) => Failure::usage(format!("Service '{name}' does not have a named port '{remote}'")),
        })?;
        let target = port.at("targetPort").or(&port.at("port").text());
        return Ok(named(&target).unwrap_or(target));
    }
    if is_number(remote) {
        return Ok(remote.to_owned());
    }
    named(remote).ok_or_else(|| Failure::usage(format!("Pod '{}' does not have a named port '{remote}'", pod.name())))
}
