//! The checks of the Pod Security standards (k8s.io/pod-security-admission: policy/check_*.go, 1.36). Each says what is
//! broken as `reason (detail)`.

use collections::Map as BTreeMap;

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::{
    ContainerPort, Lifecycle, LifecycleHandler, PodSecurityContext, PodSpec, Probe, SELinuxOptions, SecurityContext,
};
use k8s_openapi::json::to_json;

use super::{Level, Standard};
use crate::api::containers;
use crate::yaml::quote;

/// A container of any sort, as far as the checks look at it.
struct One<'a> {
    name: &'a str,
    context: Option<&'a SecurityContext>,
    ports: &'a [ContainerPort],
    probes: [Option<&'a Probe>; 3],
    lifecycle: Option<&'a Lifecycle>,
}

/// What is judged.
struct Subject<'a> {
    context: Option<&'a PodSecurityContext>,
    annotations: Option<&'a BTreeMap<String, String>>,
    /// Init containers, containers, ephemeral ones.
    all: Vec<One<'a>>,
}

/// A reason, and what shows it.
type Finding = Option<(&'static str, String)>;

/// What a Pod breaks of `standard`: the checks of the baseline by their ids, then those of the restricted level, which
/// replace some of the former (policy/registry.go).
pub(super) fn broken(
    standard: Standard,
    annotations: Option<&BTreeMap<String, String>>,
    spec: &PodSpec,
) -> Vec<String> {
    if standard.level == Level::Privileged {
        return Vec::new();
    }
    macro_rules! one {
        ($it:expr) => {
            One {
                name: &$it.name,
                context: $it.security_context.as_deref(),
                ports: $it.ports.as_deref().unwrap_or_default(),
                probes: [&$it.liveness_probe, &$it.readiness_probe, &$it.startup_probe].map(|probe| probe.as_deref()),
                lifecycle: $it.lifecycle.as_deref(),
            }
        };
    }
    let written = containers::in_order(spec).map(|it| one!(it));
    let all = written.chain(spec.ephemeral_containers.iter().flatten().map(|it| one!(it))).collect();
    let pod = Subject { context: spec.security_context.as_deref(), annotations, all };
    let restricted = standard.level == Level::Restricted;
    // What a level asks of Linux it does not ask of Windows.
    let linux = spec.os.as_ref().is_none_or(|os| os.name != "windows") || !standard.since(25);
    let relaxed = spec.host_users == Some(false) && standard.since(35);
    let mut found = vec![app_armor(&pod)];
    if !(restricted && standard.since(22)) {
        found.push(capabilities(&pod));
    }
    found.push(host_namespaces(spec));
    if !restricted {
        found.push(host_paths(spec));
    }
    found.push(host_ports(&pod));
    if standard.since(34) {
        found.push(probe_hosts(&pod));
    }
    found.push(privileged(&pod));
    let later = restricted && standard.since(35);
    if !relaxed && !later {
        found.push(proc_mount(&pod));
    }
    found.push(se_linux(&pod, standard));
    if !restricted && standard.since(19) {
        found.push(seccomp(&pod, false));
    }
    found.push(sysctls(&pod, standard));
    found.push(host_process(&pod));
    if restricted {
        if linux && standard.since(8) {
            found.push(privilege_escalation(&pod));
        }
        if linux && standard.since(22) {
            found.push(dropped_capabilities(&pod));
        }
        if standard.since(35) {
            found.push(proc_mount(&pod));
        }
        found.push(volume_types(spec));
        if !relaxed {
            found.push(non_root(&pod));
            if standard.since(23) {
                found.push(root_user(&pod));
            }
        }
        if linux && standard.since(19) {
            found.push(seccomp(&pod, true));
        }
    }
    found.into_iter().flatten().map(|(reason, detail)| [reason, " (", &detail, ")"].concat()).collect()
}

/// `container`, or `containers` where it is not one (policy/helpers.go pluralize).
fn counted(word: &str, count: usize) -> String {
    [word, if count == 1 { "" } else { "s" }].concat()
}

/// `"a", "b"` (policy/helpers.go joinQuote).
fn joined(names: &[&str]) -> String {
    ["\"", &names.join("\", \""), "\""].concat()
}

/// `containers "a", "b"`.
fn named(word: &str, names: &[&str]) -> String {
    [&counted(word, names.len()), " ", &joined(names)].concat()
}

/// Who set it: `pod and container "a"`; none where nobody did.
fn setters(pod: bool, containers: &[&str]) -> Option<String> {
    match (pod, containers) {
        (false, []) => None,
        (true, []) => Some("pod".to_owned()),
        (false, names) => Some(named("container", names)),
        (true, names) => Some(["pod and ", &named("container", names)].concat()),
    }
}

/// Each once, in order.
fn distinct(mut values: Vec<&str>) -> Vec<&str> {
    values.sort_unstable();
    values.dedup();
    values
}

impl<'a> Subject<'a> {
    /// The names of the containers that `is` is true of.
    fn which(&self, is: impl Fn(&One<'a>) -> bool) -> Vec<&'a str> {
        self.all.iter().filter(|it| is(it)).map(|it| it.name).collect()
    }

    /// The same, by their security contexts.
    fn with(&self, is: impl Fn(&SecurityContext) -> bool) -> Vec<&'a str> {
        self.which(|it| it.context.is_some_and(&is))
    }

    /// Whether it is true of the Pod's own security context.
    fn itself(&self, is: impl Fn(&PodSecurityContext) -> bool) -> bool {
        self.context.is_some_and(is)
    }

    /// The names of containers, and what is wrong in them.
    fn each(&self, of: impl Fn(&One<'a>) -> Vec<&'a str>) -> (Vec<&'a str>, Vec<&'a str>) {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for it in &self.all {
            let wrong = of(it);
            if !wrong.is_empty() {
                names.push(it.name);
                values.extend(wrong);
            }
        }
        (names, distinct(values))
    }
}

fn added<'a>(one: &One<'a>, allowed: &[&str]) -> Vec<&'a str> {
    let capabilities = one.context.and_then(|context| context.capabilities.as_ref());
    let all = capabilities.into_iter().flat_map(|capabilities| capabilities.add.iter().flatten());
    all.map(String::as_str).filter(|name| !allowed.contains(name)).collect()
}

fn is_confined(profile: &Text) -> bool {
    matches!(profile.as_str(), "RuntimeDefault" | "Localhost")
}

fn app_armor(pod: &Subject<'_>) -> Finding {
    const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
    let own = pod.context.and_then(|context| context.app_armor_profile.as_ref()).filter(|it| !is_confined(&it.type_));
    let (names, values) = pod.each(|it| {
        let profile = it.context.and_then(|context| context.app_armor_profile.as_ref());
        profile.filter(|it| !is_confined(&it.type_)).map(|it| it.type_.as_str()).into_iter().collect()
    });
    let mut values = distinct(values.into_iter().chain(own.map(|it| it.type_.as_str())).collect());
    let annotations = pod.annotations.into_iter().flatten().filter(|(key, value)| {
        let fits = value.is_empty() || *value == "runtime/default" || value.starts_with("localhost/");
        key.starts_with(PREFIX) && !fits
    });
    let annotations: Vec<String> = annotations.map(|(key, value)| [key, "=", &quote(value)].concat()).collect();
    let mut who = setters(own.is_some(), &names).unwrap_or_default();
    if !annotations.is_empty() {
        let and = if who.is_empty() { "" } else { " and " };
        who = [&who, and, &counted("annotation", annotations.len())].concat();
        values.extend(annotations.iter().map(String::as_str));
    }
    let reason = if values.len() == 1 { "forbidden AppArmor profile" } else { "forbidden AppArmor profiles" };
    (!values.is_empty()).then(|| (reason, [&who, " must not set AppArmor profile type to ", &joined(&values)].concat()))
}

fn must_not_add(names: &[&str], values: &[&str]) -> String {
    let (who, what) = (named("container", names), joined(values));
    [&who, " must not include ", &what, " in securityContext.capabilities.add"].concat()
}

fn capabilities(pod: &Subject<'_>) -> Finding {
    let allowed = [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];
    let (names, values) = pod.each(|it| added(it, &allowed));
    (!names.is_empty()).then(|| ("non-default capabilities", must_not_add(&names, &values)))
}

fn dropped_capabilities(pod: &Subject<'_>) -> Finding {
    let keeping = pod.which(|it| {
        let capabilities = it.context.and_then(|context| context.capabilities.as_ref());
        !capabilities.is_some_and(|it| it.drop.iter().flatten().any(|name| name == "ALL"))
    });
    let (adding, values) = pod.each(|it| added(it, &["NET_BIND_SERVICE"]));
    let mut details = Vec::new();
    if !keeping.is_empty() {
        details.push(named("container", &keeping) + " must set securityContext.capabilities.drop=[\"ALL\"]");
    }
    if !adding.is_empty() {
        details.push(must_not_add(&adding, &values));
    }
    (!details.is_empty()).then(|| ("unrestricted capabilities", details.join("; ")))
}

fn host_namespaces(spec: &PodSpec) -> Finding {
    let fields =
        [("hostNetwork=true", spec.host_network), ("hostPID=true", spec.host_pid), ("hostIPC=true", spec.host_ipc)];
    let set: Vec<&str> = fields.into_iter().filter(|(_, set)| *set == Some(true)).map(|(name, _)| name).collect();
    (!set.is_empty()).then(|| ("host namespaces", set.join(", ")))
}

fn host_paths(spec: &PodSpec) -> Finding {
    let volumes = spec.volumes.iter().flatten().filter(|volume| volume.host_path.is_some());
    let names: Vec<&str> = volumes.map(|volume| volume.name.as_str()).collect();
    (!names.is_empty()).then(|| ("hostPath volumes", named("volume", &names)))
}

fn host_ports(pod: &Subject<'_>) -> Finding {
    let used = |it: &One<'_>| {
        let ports = it.ports.iter().filter_map(|port| port.host_port).filter(|port| *port != 0);
        ports.map(|port| port.to_string()).collect::<Vec<String>>()
    };
    let names = pod.which(|it| !used(it).is_empty());
    let ports: Vec<String> = pod.all.iter().flat_map(used).collect();
    let ports = distinct(ports.iter().map(String::as_str).collect());
    let uses = if names.len() == 1 { " uses " } else { " use " };
    let what = counted("hostPort", ports.len());
    let detail = || [&named("container", &names), uses, &what, " ", &ports.join(", ")].concat();
    (!names.is_empty()).then(|| ("hostPort", detail()))
}

fn probe_hosts(pod: &Subject<'_>) -> Finding {
    let (names, hosts) = pod.each(|it| {
        let mut hosts: Vec<&Option<Text>> = Vec::new();
        for probe in it.probes.into_iter().flatten() {
            hosts.extend(probe.http_get.as_ref().map(|it| &it.host));
            hosts.extend(probe.tcp_socket.as_ref().map(|it| &it.host));
        }
        let hooks = it.lifecycle.into_iter().flat_map(|it| [&it.post_start, &it.pre_stop]);
        for hook in hooks.filter_map(|hook| hook.as_ref().map(|hook| -> &LifecycleHandler { hook })) {
            hosts.extend(hook.http_get.as_ref().map(|it| &it.host));
            hosts.extend(hook.tcp_socket.as_ref().map(|it| &it.host));
        }
        hosts.into_iter().filter_map(|host| host.as_deref()).filter(|host| !host.is_empty()).collect()
    });
    let names = distinct(names);
    let uses = if names.len() == 1 { " uses " } else { " use " };
    let detail = || [&named("container", &names), uses, &named("probe or lifecycle host", &hosts)].concat();
    (!names.is_empty()).then(|| ("probe or lifecycle host", detail()))
}

fn privileged(pod: &Subject<'_>) -> Finding {
    let who = setters(false, &pod.with(|context| context.privileged == Some(true)))?;
    Some(("privileged", who + " must not set securityContext.privileged=true"))
}

fn privilege_escalation(pod: &Subject<'_>) -> Finding {
    let is_off = |context: &SecurityContext| context.allow_privilege_escalation == Some(false);
    let who = setters(false, &pod.which(|it| !it.context.is_some_and(is_off)))?;
    let detail = who + " must set securityContext.allowPrivilegeEscalation=false";
    Some(("allowPrivilegeEscalation != false", detail))
}

fn proc_mount(pod: &Subject<'_>) -> Finding {
    let (names, values) = pod.each(|it| {
        let mount = it.context.and_then(|context| context.proc_mount.as_deref());
        mount.filter(|mount| *mount != "Default").into_iter().collect()
    });
    let who = setters(false, &names)?;
    Some(("procMount", [&who, " must not set securityContext.procMount to ", &joined(&values)].concat()))
}

fn se_linux(pod: &Subject<'_>, standard: Standard) -> Finding {
    fn set(field: &Option<Text>) -> bool {
        field.as_deref().is_some_and(|text| !text.is_empty())
    }
    let bad_type = |options: &SELinuxOptions| match options.type_.as_deref().unwrap_or_default() {
        "" | "container_t" | "container_init_t" | "container_kvm_t" => false,
        "container_engine_t" => !standard.since(31),
        _ => true,
    };
    let bad = |options: &SELinuxOptions| bad_type(options) || set(&options.user) || set(&options.role);
    let options = |it: &One<'_>| it.context.and_then(|context| context.se_linux_options.clone());
    let own = pod.context.and_then(|context| context.se_linux_options.clone());
    let names = pod.which(|it| options(it).as_ref().is_some_and(bad));
    let who = setters(own.as_ref().is_some_and(bad), &names)?;
    let all: Vec<SELinuxOptions> = own.into_iter().chain(pod.all.iter().filter_map(options)).collect();
    let types = all.iter().filter(|it| bad_type(it)).filter_map(|it| it.type_.as_deref());
    let types = distinct(types.collect());
    let mut what = Vec::new();
    if !types.is_empty() {
        what.push(named("type", &types));
    }
    if all.iter().any(|it| set(&it.user)) {
        what.push("user may not be set".to_owned());
    }
    if all.iter().any(|it| set(&it.role)) {
        what.push("role may not be set".to_owned());
    }
    let detail = [&who, " set forbidden securityContext.seLinuxOptions: ", &what.join("; ")].concat();
    Some(("seLinuxOptions", detail))
}

/// The profile must be a confining one, and where the level is restricted it must be said.
fn seccomp(pod: &Subject<'_>, said: bool) -> Finding {
    const REASON: &str = "seccompProfile";
    let own = pod.context.and_then(|context| context.seccomp_profile.as_ref());
    let bad = own.filter(|it| !is_confined(&it.type_));
    let (names, values) = pod.each(|it| {
        let profile = it.context.and_then(|context| context.seccomp_profile.as_ref());
        profile.filter(|it| !is_confined(&it.type_)).map(|it| it.type_.as_str()).into_iter().collect()
    });
    if let Some(who) = setters(bad.is_some(), &names) {
        let values = distinct(values.into_iter().chain(bad.map(|it| it.type_.as_str())).collect());
        let what = joined(&values);
        return Some((REASON, [&who, " must not set securityContext.seccompProfile.type to ", &what].concat()));
    }
    if !said || own.is_some() {
        return None;
    }
    let silent = pod.which(|it| it.context.is_none_or(|context| context.seccomp_profile.is_none()));
    let who = setters(false, &silent)?;
    let end = " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
    Some((REASON, ["pod or ", &who, end].concat()))
}

fn sysctls(pod: &Subject<'_>, standard: Standard) -> Finding {
    let safe = |name: &str| match name {
        "kernel.shm_rmid_forced"
        | "net.ipv4.ip_local_port_range"
        | "net.ipv4.tcp_syncookies"
        | "net.ipv4.ping_group_range"
        | "net.ipv4.ip_unprivileged_port_start" => true,
        "net.ipv4.ip_local_reserved_ports" => standard.since(27),
        "net.ipv4.tcp_keepalive_time"
        | "net.ipv4.tcp_fin_timeout"
        | "net.ipv4.tcp_keepalive_intvl"
        | "net.ipv4.tcp_keepalive_probes" => standard.since(29),
        "net.ipv4.tcp_rmem" | "net.ipv4.tcp_wmem" => standard.since(32),
        _ => false,
    };
    let set = pod.context.into_iter().flat_map(|context| context.sysctls.iter().flatten());
    let names: Vec<&str> = set.map(|sysctl| sysctl.name.as_str()).filter(|name| !safe(name)).collect();
    (!names.is_empty()).then(|| ("forbidden sysctls", names.join(", ")))
}

fn host_process(pod: &Subject<'_>) -> Finding {
    let own = pod.itself(|it| it.windows_options.as_ref().is_some_and(|it| it.host_process == Some(true)));
    let names = pod.with(|it| it.windows_options.as_ref().is_some_and(|it| it.host_process == Some(true)));
    let who = setters(own, &names)?;
    Some(("hostProcess", who + " must not set securityContext.windowsOptions.hostProcess=true"))
}

fn volume_types(spec: &PodSpec) -> Finding {
    let allowed = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    let (mut names, mut types) = (Vec::new(), Vec::new());
    for volume in spec.volumes.iter().flatten() {
        let value = to_json(volume);
        let mut sources = value.as_object().into_iter().flat_map(|fields| fields.keys());
        let source = sources.find(|field| *field != "name").cloned().unwrap_or_else(|| "unknown".to_owned());
        if !allowed.contains(&source.as_str()) {
            names.push(volume.name.as_str());
            types.push(source);
        }
    }
    let types = distinct(types.iter().map(String::as_str).collect());
    let uses = if names.len() == 1 { " uses " } else { " use " };
    let detail = || [&named("volume", &names), uses, &named("restricted volume type", &types)].concat();
    (!names.is_empty()).then(|| ("restricted volume types", detail()))
}

fn non_root(pod: &Subject<'_>) -> Finding {
    const REASON: &str = "runAsNonRoot != true";
    let own = pod.context.and_then(|context| context.run_as_non_root);
    let names = pod.with(|context| context.run_as_non_root == Some(false));
    if let Some(who) = setters(own == Some(false), &names) {
        return Some((REASON, who + " must not set securityContext.runAsNonRoot=false"));
    }
    if own == Some(true) {
        return None;
    }
    let silent = pod.which(|it| it.context.is_none_or(|context| context.run_as_non_root.is_none()));
    let who = setters(false, &silent)?;
    Some((REASON, ["pod or ", &who, " must set securityContext.runAsNonRoot=true"].concat()))
}

fn root_user(pod: &Subject<'_>) -> Finding {
    let names = pod.with(|context| context.run_as_user == Some(0));
    let who = setters(pod.itself(|context| context.run_as_user == Some(0)), &names)?;
    Some(("runAsUser=0", who + " must not set runAsUser=0"))
}
