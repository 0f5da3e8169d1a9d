//! Rules on Windows: its security options, host-process containers, and what an operating system excludes.

use k8s_openapi::api::core::v1::{PodSpec, WindowsSecurityContextOptions};

use crate::api::Path;
use crate::manifest::rules::errors::Errors;
use crate::manifest::rules::{go, names};

/// `windows/credential-spec`: a credential spec's name is an object name, and its text is there and below 64 KiB.
///
/// Bad:
/// ```yaml
/// spec: {securityContext: {windowsOptions: {gmsaCredentialSpecName: "A_"}}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}}
/// ```
fn credential_spec(options: &WindowsSecurityContextOptions, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "windows/credential-spec";
    if let Some(name) = &options.gmsa_credential_spec_name {
        let at = path.field("gmsaCredentialSpecName");
        errors.invalid_each(CODE, &at, name, names::dns1123_subdomain(name));
    }
    if let Some(text) = &options.gmsa_credential_spec {
        let at = path.field("gmsaCredentialSpec");
        if text.is_empty() {
            errors.invalid(CODE, &at, text, "gmsaCredentialSpec cannot be an empty string");
        } else if text.len() > 64 * 1024 {
            errors.invalid(CODE, &at, text, "gmsaCredentialSpec size must be under 64 KiB");
        }
    }
}

/// Every rule of `windowsOptions`.
pub fn options(options: &WindowsSecurityContextOptions, path: &Path<'_>, errors: &mut Errors) {
    credential_spec(options, path, errors);
    if let Some(name) = &options.run_as_user_name {
        user_name(name, &path.field("runAsUserName"), errors);
    }
}

/// `windows/user-name`: `runAsUserName` is `USER` or `DOMAIN\USER`, with the characters that Windows allows.
///
/// Bad:
/// ```yaml
/// spec: {securityContext: {windowsOptions: {runAsUserName: "a/b"}}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {windowsOptions: {runAsUserName: "NT AUTHORITY\\SYSTEM"}}}
/// ```
fn user_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "windows/user-name";
    let mut say = |detail: &str| errors.invalid(CODE, path, name, detail);
    if name.is_empty() {
        return say("runAsUserName cannot be an empty string");
    }
    if name.bytes().any(|b| b.is_ascii_control()) {
        return say("runAsUserName cannot contain control characters");
    }
    let (domain, user) = match name.split_once('\\') {
        None => (None, name),
        Some((_, user)) if user.contains('\\') => return say("runAsUserName cannot contain more than one backslash"),
        Some((domain, user)) => (Some(domain), user),
    };
    if let Some(domain) = domain {
        if domain.len() >= 256 {
            say("runAsUserName's Domain length must be under 256 characters");
        }
        if !is_net_bios(domain) && !domain.split('.').all(is_dns_part) {
            say("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
        }
    }
    if user.is_empty() {
        say("runAsUserName's User cannot be empty");
    } else if user.len() > 104 {
        say("runAsUserName's User length must not be longer than 104 characters");
    }
    if !user.is_empty() && user.bytes().all(|b| b == b'.' || b == b' ') {
        say("runAsUserName's User cannot contain only periods or spaces");
    }
    if user.bytes().any(|b| b"\"/\\:;|=,+*?<>@[]".contains(&b)) {
        say("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
    }
}

fn is_net_bios(domain: &str) -> bool {
    (1..=15).contains(&domain.chars().count())
        && !domain.starts_with('.')
        && !domain.bytes().any(|b| b"\\/:*?\"<>|".contains(&b))
}

fn is_dns_part(part: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    part.len() <= 63
        && edge(part.chars().next())
        && edge(part.chars().last())
        && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// `windows/host-process`: a Pod's containers are all host processes or none is, and host processes use the node's
/// network.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{securityContext: {windowsOptions: {hostProcess: true}}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {hostNetwork: true, containers: [{securityContext: {windowsOptions: {hostProcess: true}}}]}
/// ```
pub fn host_process(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "windows/host-process";
    let of_pod = spec.security_context.as_ref().and_then(|context| context.windows_options.as_ref());
    let of_pod = of_pod.and_then(|options| options.host_process);
    let (mut count, mut host_processes) = (0, 0);
    super::each_container(spec, path, &mut |container, at| {
        count += 1;
        let own = container.security_context.as_ref().and_then(|context| context.windows_options.as_ref());
        let own = own.and_then(|options| options.host_process);
        if let (Some(of_pod), Some(own)) = (of_pod, own)
            && of_pod != own
        {
            let detail = match of_pod {
                true => "pod hostProcess value must be identical if both are specified, was true",
                false => "pod hostProcess value must be identical if both are specified, was false",
            };
            let context = at.field("securityContext");
            let options = context.field("windowsOptions");
            errors.invalid(CODE, &options.field("hostProcess"), own, detail);
        }
        if own.or(of_pod) == Some(true) {
            host_processes += 1;
        }
    });
    if host_processes == 0 {
        return;
    }
    if host_processes != count {
        let detail = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        errors.invalid(CODE, path, "", detail);
    }
    if !go::flag(spec.host_network) {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.invalid(CODE, &path.field("hostNetwork"), false, detail);
    }
}

/// `pod/os`: `os.name` is `linux` or `windows`, and nothing of the other system is set.
///
/// Bad:
/// ```yaml
/// spec: {os: {name: windows}, hostPID: true}
/// ```
/// Good:
/// ```yaml
/// spec: {os: {name: linux}, hostPID: true}
/// ```
pub fn os(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "pod/os";
    let at = path.field("os");
    match spec.os.as_ref().map(|os| os.name.as_str()) {
        None => {}
        Some("") => errors.required(CODE, &at.field("name"), ""),
        Some("linux") => linux(spec, path, errors),
        Some("windows") => windows(spec, path, errors),
        Some(other) => errors.not_supported(CODE, &at, other, &["linux", "windows"]),
    }
}

fn linux(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let mut refuse = |set: bool, path: &Path<'_>| {
        if set {
            let context = path.field("securityContext");
            let detail = "windows options cannot be set for a linux pod";
            errors.forbidden("pod/os", &context.field("windowsOptions"), detail);
        }
    };
    refuse(spec.security_context.as_ref().is_some_and(|context| context.windows_options.is_some()), path);
    super::each_container(spec, path, &mut |container, at| {
        refuse(container.security_context.as_ref().is_some_and(|context| context.windows_options.is_some()), at);
    });
}

fn windows(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let mut refuse = |fields: &[(&'static str, bool)], path: &Path<'_>| {
        for (field, _) in fields.iter().filter(|(_, set)| *set) {
            errors.forbidden("pod/os", &path.field(field), "cannot be set for a windows pod");
        }
    };
    let context_path = path.field("securityContext");
    // An absent securityContext reads as an empty one: the node's namespaces belong to it inside the server.
    let empty = Default::default();
    let context = spec.security_context.as_ref().unwrap_or(&empty);
    let profiles = [
        ("appArmorProfile", context.app_armor_profile.is_some()),
        ("seLinuxOptions", context.se_linux_options.is_some()),
    ];
    refuse(&profiles, &context_path);
    let host = [
        ("hostUsers", spec.host_users.is_some()),
        ("hostPID", go::flag(spec.host_pid)),
        ("hostIPC", go::flag(spec.host_ipc)),
    ];
    refuse(&host, path);
    let files = [
        ("seccompProfile", context.seccomp_profile.is_some()),
        ("fsGroup", context.fs_group.is_some()),
        ("fsGroupChangePolicy", context.fs_group_change_policy.is_some()),
        ("sysctls", !go::list(&context.sysctls).is_empty()),
    ];
    refuse(&files, &context_path);
    refuse(&[("shareProcessNamespace", spec.share_process_namespace.is_some())], path);
    let users = [
        ("runAsUser", context.run_as_user.is_some()),
        ("runAsGroup", context.run_as_group.is_some()),
        ("supplementalGroups", context.supplemental_groups.is_some()),
        ("supplementalGroupsPolicy", context.supplemental_groups_policy.is_some()),
        ("seLinuxChangePolicy", context.se_linux_change_policy.is_some()),
    ];
    refuse(&users, &context_path);
    super::each_container(spec, path, &mut |container, at| {
        let Some(context) = &container.security_context else { return };
        let fields = [
            ("appArmorProfile", context.app_armor_profile.is_some()),
            ("seLinuxOptions", context.se_linux_options.is_some()),
            ("seccompProfile", context.seccomp_profile.is_some()),
            ("capabilities", context.capabilities.is_some()),
            ("readOnlyRootFilesystem", context.read_only_root_filesystem.is_some()),
            ("privileged", context.privileged.is_some()),
            ("allowPrivilegeEscalation", context.allow_privilege_escalation.is_some()),
            ("procMount", context.proc_mount.is_some()),
            ("runAsUser", context.run_as_user.is_some()),
            ("runAsGroup", context.run_as_group.is_some()),
        ];
        refuse(&fields, &at.field("securityContext"));
    });
}
