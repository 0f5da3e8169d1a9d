//! The containers of a Pod (kubectl: describe.go describeContainers).

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, ContainerState, ContainerStatus, EnvFromSource, EnvVar, EnvVarSource, EphemeralContainer,
    ResourceFieldSelector, ResourceRequirements, SeccompProfile,
};

use super::writer::Writer;
use super::{probe, rfc1123};
use crate::api::{Pod, quantity};

/// Containers under one heading.
pub(super) struct Group<'a> {
    /// The heading.
    pub title: &'a str,
    /// As the spec has them.
    pub containers: &'a [Container],
    /// What is known of them, in any order.
    pub statuses: &'a [ContainerStatus],
    /// The Pod they are of.
    pub pod: &'a Pod,
    /// Whether they are those of a template, which stand further in.
    pub template: bool,
}

/// Writes a group of containers.
pub(super) fn describe(group: Group<'_>, writer: &mut Writer) {
    let (outer, inner) = if group.template { ("  ", " ") } else { ("", "") };
    writer.raw(0, &format!("{outer}{}:", group.title));
    for container in group.containers {
        let status = group.statuses.iter().find(|status| status.name == container.name);
        writer.raw(1, &format!("{inner}{}:", container.name));
        basics(container, status, writer);
        words("Command", container.command.as_deref(), writer);
        words("Args", container.args.as_deref(), writer);
        if let Some(status) = status {
            state(status, writer);
        }
        if let Some(amounts) = &container.resources {
            resources(2, amounts, writer);
        }
        for (name, probe) in [
            ("Liveness", &container.liveness_probe),
            ("Readiness", &container.readiness_probe),
            ("Startup", &container.startup_probe),
        ] {
            if let Some(probe) = probe {
                writer.line(2, name, &probe::describe(probe));
            }
        }
        environment_sources(container.env_from.as_deref().unwrap_or_default(), writer);
        environment(container.env.as_deref().unwrap_or_default(), container, group.pod, writer);
        mounts(container, writer);
    }
}

/// An ephemeral container as the container it is alike.
pub(super) fn from_ephemeral(ephemeral: &EphemeralContainer) -> Container {
    Container {
        name: ephemeral.name.clone(),
        image: ephemeral.image.clone(),
        command: ephemeral.command.clone(),
        args: ephemeral.args.clone(),
        env: ephemeral.env.clone(),
        env_from: ephemeral.env_from.clone(),
        volume_mounts: ephemeral.volume_mounts.clone(),
        volume_devices: ephemeral.volume_devices.clone(),
        ports: ephemeral.ports.clone(),
        resources: ephemeral.resources.clone(),
        security_context: ephemeral.security_context.clone(),
        ..Container::default()
    }
}

fn basics(container: &Container, status: Option<&ContainerStatus>, writer: &mut Writer) {
    if let Some(status) = status {
        writer.line(2, "Container ID", status.container_id.as_deref().unwrap_or_default());
    }
    writer.line(2, "Image", container.image.as_deref().unwrap_or_default());
    if let Some(status) = status {
        writer.line(2, "Image ID", &status.image_id);
    }
    let ports = container.ports.as_deref().unwrap_or_default();
    let plural = if ports.len() > 1 { "s" } else { "" };
    writer.line(2, &format!("Port{plural}"), &port_list(ports, |port| port.container_port));
    writer.line(2, &format!("Host Port{plural}"), &port_list(ports, |port| port.host_port.unwrap_or_default()));
    if let Some(profile) = container.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref()) {
        seccomp(2, profile, writer);
    }
}

fn port_list(ports: &[ContainerPort], number: impl Fn(&ContainerPort) -> i32) -> String {
    if ports.is_empty() {
        return "<none>".to_owned();
    }
    let texts: Vec<String> = ports
        .iter()
        .map(|port| {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            match port.name.as_deref().filter(|name| !name.is_empty()) {
                Some(name) => format!("{}/{protocol} ({name})", number(port)),
                None => format!("{}/{protocol}", number(port)),
            }
        })
        .collect();
    texts.join(", ")
}

fn words(title: &str, words: Option<&[String]>, writer: &mut Writer) {
    let Some(words) = words.filter(|words| !words.is_empty()) else { return };
    writer.raw(2, &format!("{title}:"));
    for line in words.iter().flat_map(|word| word.split('\n')) {
        writer.raw(3, line);
    }
}

fn state(status: &ContainerStatus, writer: &mut Writer) {
    match &status.state {
        Some(state) => one_state("State", state, writer),
        None => writer.line(2, "State", "Waiting"),
    }
    if let Some(last) = status.last_state.as_ref().filter(|state| state.terminated.is_some()) {
        one_state("Last State", last, writer);
    }
    writer.line(2, "Ready", if status.ready { "True" } else { "False" });
    writer.line(2, "Restart Count", &status.restart_count.to_string());
}

fn one_state(name: &str, state: &ContainerState, writer: &mut Writer) {
    let time = |time: &Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>| {
        time.as_ref().map_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(), |time| rfc1123(time.0))
    };
    if let Some(running) = &state.running {
        writer.line(2, name, "Running");
        writer.line(3, "Started", &time(&running.started_at));
    } else if let Some(terminated) = &state.terminated {
        writer.line(2, name, "Terminated");
        for (name, value) in [("Reason", &terminated.reason), ("Message", &terminated.message)] {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                writer.line(3, name, value);
            }
        }
        writer.line(3, "Exit Code", &terminated.exit_code.to_string());
        if let Some(signal) = terminated.signal.filter(|signal| *signal > 0) {
            writer.line(3, "Signal", &signal.to_string());
        }
        writer.line(3, "Started", &time(&terminated.started_at));
        writer.line(3, "Finished", &time(&terminated.finished_at));
    } else {
        writer.line(2, name, "Waiting");
        let reason = state.waiting.as_ref().and_then(|waiting| waiting.reason.as_deref());
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            writer.line(3, "Reason", reason);
        }
    }
}

/// The limits and requests of a container or of a Pod (kubectl: describe.go describeResources).
pub(super) fn resources(level: usize, amounts: &ResourceRequirements, writer: &mut Writer) {
    for (title, side) in [("Limits", &amounts.limits), ("Requests", &amounts.requests)] {
        let Some(side) = side.as_ref().filter(|side| !side.is_empty()) else { continue };
        writer.raw(level, &format!("{title}:"));
        side.iter().for_each(|(name, quantity)| writer.line(level + 1, name, &quantity.0));
    }
}

fn environment_sources(sources: &[EnvFromSource], writer: &mut Writer) {
    if sources.is_empty() {
        return;
    }
    writer.raw(2, "Environment Variables from:");
    for source in sources {
        let (name, kind, optional) = match (&source.config_map_ref, &source.secret_ref) {
            (Some(map), _) => (map.name.as_str(), "ConfigMap", map.optional),
            (None, Some(secret)) => (secret.name.as_str(), "Secret", secret.optional),
            (None, None) => ("", "ConfigMap", None),
        };
        let prefix = source.prefix.as_deref().filter(|prefix| !prefix.is_empty());
        let prefix = prefix.map(|prefix| format!(" with prefix '{prefix}'")).unwrap_or_default();
        writer.raw(3, &format!("{name}\t{kind}{prefix}\tOptional: {}", optional.unwrap_or_default()));
    }
}

fn environment(variables: &[EnvVar], container: &Container, pod: &Pod, writer: &mut Writer) {
    if variables.is_empty() {
        return writer.line(2, "Environment", "<none>");
    }
    writer.raw(2, "Environment:");
    for variable in variables {
        match &variable.value_from {
            Some(source) => writer.line(3, &variable.name, &value_from(source, container, pod)),
            None => {
                let value = variable.value.as_deref().unwrap_or_default();
                let mut lines = value.split('\n');
                writer.line(3, &variable.name, lines.next().unwrap_or_default());
                lines.for_each(|line| writer.raw(3, &format!("\t{line}")));
            }
        }
    }
}

fn value_from(source: &EnvVarSource, container: &Container, pod: &Pod) -> String {
    if let Some(field) = &source.field_ref {
        let value = match field.field_path.as_str() {
            "metadata.name" => pod.name(),
            "metadata.namespace" => pod.namespace(),
            "metadata.uid" => pod.uid(),
            _ => "",
        };
        return format!("{value} ({}:{})", field.api_version.as_deref().unwrap_or("v1"), field.field_path);
    }
    if let Some(field) = &source.resource_field_ref {
        return format!("{} ({})", resource_value(field, container), field.resource);
    }
    let optional = |optional: Option<bool>| optional.unwrap_or_default();
    if let Some(map) = &source.config_map_key_ref {
        let (key, name) = (&map.key, &map.name);
        return format!("<set to the key '{key}' of config map '{name}'>\tOptional: {}", optional(map.optional));
    }
    if let Some(secret) = &source.secret_key_ref {
        let (key, name) = (&secret.key, &secret.name);
        return format!("<set to the key '{key}' in secret '{name}'>\tOptional: {}", optional(secret.optional));
    }
    String::new()
}

/// The number a `resourceFieldRef` gives: rounded up to the divisor; no limit is what the node has.
fn resource_value(field: &ResourceFieldSelector, container: &Container) -> String {
    let resources = container.resources.as_ref();
    let (side, name) = field.resource.split_once('.').unwrap_or_default();
    let side = match side {
        "limits" => resources.and_then(|resources| resources.limits.as_ref()),
        _ => resources.and_then(|resources| resources.requests.as_ref()),
    };
    let Some(value) = side.and_then(|side| side.get(name)) else {
        return if matches!(field.resource.as_str(), "limits.cpu" | "limits.memory") {
            "node allocatable"
        } else {
            "0"
        }
        .to_owned();
    };
    let divisor = field.divisor.as_ref().map(quantity::of).filter(|divisor| divisor.sign() > 0);
    let divisor = divisor.map_or(quantity::Quantity::from_units(1).nano(), quantity::Quantity::nano);
    let nano = quantity::of(value).nano();
    (nano / divisor + i128::from(nano % divisor > 0)).to_string()
}

fn mounts(container: &Container, writer: &mut Writer) {
    let mut mounts: Vec<_> = container.volume_mounts.iter().flatten().collect();
    if mounts.is_empty() {
        writer.line(2, "Mounts", "<none>");
    } else {
        writer.raw(2, "Mounts:");
        collections::sort_by_key(&mut mounts, |mount| &mount.mount_path);
        for mount in mounts {
            let mut flags = vec![if mount.read_only == Some(true) { "ro".to_owned() } else { "rw".to_owned() }];
            let sub_path = mount.sub_path.as_deref().filter(|path| !path.is_empty());
            flags.extend(sub_path.map(|path| format!("path=\"{path}\"")));
            writer.raw(3, &format!("{} from {} ({})", mount.mount_path, mount.name, flags.join(",")));
        }
    }
    let devices = container.volume_devices.as_deref().unwrap_or_default();
    if !devices.is_empty() {
        writer.raw(2, "Devices:");
        devices.iter().for_each(|device| writer.raw(3, &format!("{} from {}", device.device_path, device.name)));
    }
}

/// The seccomp profile of a Pod or of a container.
pub(super) fn seccomp(level: usize, profile: &SeccompProfile, writer: &mut Writer) {
    writer.line(level, "SeccompProfile", &profile.type_);
    if profile.type_ == "Localhost" {
        writer.line(level, "LocalhostProfile", profile.localhost_profile.as_deref().unwrap_or_default());
    }
}
