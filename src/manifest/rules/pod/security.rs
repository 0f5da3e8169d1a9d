//! Rules on `securityContext` of the Pod and of its containers, and on the node's namespaces.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::{PodSecurityContext, PodSpec, SecurityContext};

use super::{profiles, windows};
use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, names};

/// Every rule of the Pod's own security context; `path` is the place of the spec.
pub fn pod(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    let at = path.field("securityContext");
    let empty = PodSecurityContext::default();
    let context = spec.security_context.as_deref().unwrap_or(&empty);
    id(context.fs_group, &at.field("fsGroup"), errors);
    id(context.run_as_user, &at.field("runAsUser"), errors);
    id(context.run_as_group, &at.field("runAsGroup"), errors);
    let groups = at.field("supplementalGroups");
    for (i, group) in go::list(&context.supplemental_groups).iter().enumerate() {
        id(Some(*group), &groups.index(i), errors);
    }
    shared_processes(spec, path, errors);
    sysctls(spec, context, &at.field("sysctls"), errors);
    fs_group_change_policy(context, &at, errors);
    if let Some(profile) = &context.seccomp_profile {
        profiles::seccomp(profile, &at.field("seccompProfile"), errors);
    }
    if let Some(options) = &context.windows_options {
        windows::options(options, &at.field("windowsOptions"), errors);
    }
    if let Some(profile) = &context.app_armor_profile {
        profiles::app_armor(profile, &at.field("appArmorProfile"), errors);
    }
    group_and_label_policies(context, &at, errors);
}

/// `security/id`: user and group ids lie between 0 and 2147483647.
///
/// Bad:
/// ```yaml
/// spec: {securityContext: {runAsUser: -1}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {runAsUser: 1000}}
/// ```
fn id(number: Option<i64>, path: &Path<'_>, errors: &mut Errors) {
    let Some(number) = number else { return };
    for fault in names::id(number) {
        errors.invalid("security/id", path, number, fault);
    }
}

/// `security/shared-processes`: containers share their processes with one another or with the node, not both.
///
/// Bad:
/// ```yaml
/// spec: {shareProcessNamespace: true, hostPID: true}
/// ```
/// Good:
/// ```yaml
/// spec: {shareProcessNamespace: true}
/// ```
fn shared_processes(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    if go::flag(spec.share_process_namespace) && go::flag(spec.host_pid) {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        let at = path.field("securityContext");
        errors.invalid("security/shared-processes", &at.field("shareProcessNamespace"), true, detail);
        errors.related(&path.field("shareProcessNamespace"));
        errors.related(&path.field("hostPID"));
    }
}

/// `security/sysctl`: a kernel parameter has a good name, once, and belongs to a namespace that the Pod has to itself.
///
/// A parameter of a namespace shared with the node would change the node.
///
/// Bad:
/// ```yaml
/// spec: {hostNetwork: true, securityContext: {sysctls: [{name: net.core.somaxconn, value: "1024"}]}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {sysctls: [{name: net.core.somaxconn, value: "1024"}]}}
/// ```
///
/// Parameters that the node does not allow are refused by the kubelet: the Pod fails with `SysctlForbidden`.
fn sysctls(spec: &PodSpec, context: &PodSecurityContext, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "security/sysctl";
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, sysctl) in go::list(&context.sysctls).iter().enumerate() {
        let entry = path.index(i);
        let at = entry.field("name");
        let name = sysctl.name.as_str();
        if name.is_empty() {
            errors.required(CODE, &at, "");
        } else if !names::is_sysctl(name) {
            errors.invalid(CODE, &at, name, names::SYSCTL_FAULT);
        } else if let Some(&first) = seen.get(name) {
            errors.duplicate(CODE, &at, name);
            errors.related(&path.index(first).field("name"));
        }
        match sysctl_namespace(name) {
            Some(Namespace::Net) if go::flag(spec.host_network) => {
                errors.invalid(CODE, &at, name, "may not be specified when 'hostNetwork' is true");
            }
            Some(Namespace::Ipc) if go::flag(spec.host_ipc) => {
                errors.invalid(CODE, &at, name, "may not be specified when 'hostIPC' is true");
            }
            _ => {}
        }
        seen.entry(name).or_insert(i);
    }
}

enum Namespace {
    Net,
    Ipc,
}

/// Which namespace a sysctl belongs to (component-helpers: node/util/sysctl/namespace.go).
fn sysctl_namespace(name: &str) -> Option<Namespace> {
    let name = with_dots(name);
    let ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|prefix| name.starts_with(prefix));
    if ipc || name == "kernel.sem" {
        Some(Namespace::Ipc)
    } else if name.starts_with("net.") {
        Some(Namespace::Net)
    } else {
        None
    }
}

/// `net/ipv4/x` written as `net.ipv4.x`; the first separator says which of the two writings it is.
fn with_dots(name: &str) -> String {
    match name.find(['.', '/']).and_then(|at| name.get(at..)) {
        Some(rest) if rest.starts_with('/') => name
            .chars()
            .map(|c| match c {
                '/' => '.',
                '.' => '/',
                c => c,
            })
            .collect(),
        _ => name.to_owned(),
    }
}

/// `security/fs-group-change-policy`: `fsGroupChangePolicy` is `Always` or `OnRootMismatch`.
///
/// Bad:
/// ```yaml
/// spec: {securityContext: {fsGroupChangePolicy: Never}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {fsGroupChangePolicy: OnRootMismatch}}
/// ```
fn fs_group_change_policy(context: &PodSecurityContext, path: &Path<'_>, errors: &mut Errors) {
    let known = &["Always", "OnRootMismatch"];
    if let Some(policy) = context.fs_group_change_policy.as_deref().filter(|policy| !known.contains(policy)) {
        errors.not_supported("security/fs-group-change-policy", &path.field("fsGroupChangePolicy"), policy, known);
    }
}

/// `security/group-and-label-policy`: `supplementalGroupsPolicy` is `Merge` or `Strict`, `seLinuxChangePolicy` is
/// `Recursive`.
///
/// Bad:
/// ```yaml
/// spec: {securityContext: {supplementalGroupsPolicy: All}}
/// ```
/// Good:
/// ```yaml
/// spec: {securityContext: {supplementalGroupsPolicy: Strict}}
/// ```
fn group_and_label_policies(context: &PodSecurityContext, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "security/group-and-label-policy";
    let known = &["Merge", "Strict"];
    if let Some(policy) = context.supplemental_groups_policy.as_deref().filter(|policy| !known.contains(policy)) {
        errors.not_supported(CODE, &path.field("supplementalGroupsPolicy"), policy, known);
    }
    if let Some(policy) = context.se_linux_change_policy.as_deref().filter(|&policy| policy != "Recursive") {
        errors.not_supported(CODE, &path.field("seLinuxChangePolicy"), policy, &["Recursive"]);
    }
}

/// `security/host-users`: a Pod with users of its own cannot share other namespaces with the node, nor use its block
/// devices.
///
/// Bad:
/// ```yaml
/// spec: {hostUsers: false, hostPID: true}
/// ```
/// Good:
/// ```yaml
/// spec: {hostUsers: false}
/// ```
pub fn host_users(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors) {
    if spec.host_users != Some(false) {
        return;
    }
    const CODE: &str = "security/host-users";
    const DETAIL: &str = "when `hostUsers` is false";
    // The capitals are the server's.
    let shared = [("hostNetwork", spec.host_network), ("HostPID", spec.host_pid), ("HostIPC", spec.host_ipc)];
    for (field, set) in shared {
        if go::flag(set) {
            errors.forbidden(CODE, &path.field(field), DETAIL);
        }
    }
    super::each_container(spec, path, &mut |container, at| {
        if !go::list(&container.volume_devices).is_empty() {
            errors.forbidden(CODE, &at.field("volumeDevices"), DETAIL);
        }
    });
}

/// Every rule of a container's security context.
pub fn container(context: &SecurityContext, host_users: bool, path: &Path<'_>, errors: &mut Errors) {
    id(context.run_as_user, &path.field("runAsUser"), errors);
    id(context.run_as_group, &path.field("runAsGroup"), errors);
    proc_mount(context, host_users, path, errors);
    if let Some(profile) = &context.seccomp_profile {
        profiles::seccomp(profile, &path.field("seccompProfile"), errors);
    }
    privilege_escalation(context, path, errors);
    if let Some(options) = &context.windows_options {
        windows::options(options, &path.field("windowsOptions"), errors);
    }
    if let Some(profile) = &context.app_armor_profile {
        profiles::app_armor(profile, &path.field("appArmorProfile"), errors);
    }
}

/// `security/proc-mount`: `procMount` is `Default` or `Unmasked`, and the latter needs `hostUsers: false`.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{securityContext: {procMount: Unmasked}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {hostUsers: false, containers: [{securityContext: {procMount: Unmasked}}]}
/// ```
fn proc_mount(context: &SecurityContext, host_users: bool, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "security/proc-mount";
    let at = path.field("procMount");
    match context.proc_mount.as_deref() {
        None | Some("Default") => {}
        Some("Unmasked") => {
            if host_users {
                let detail = "`hostUsers` must be false to use `Unmasked`";
                errors.invalid(CODE, &at, Shown::Named("Unmasked"), detail);
            }
        }
        Some(other) => errors.not_supported(CODE, &at, other, &["Default", "Unmasked"]),
    }
}

/// `security/privilege-escalation`: a container that may not gain privileges cannot be privileged.
///
/// Bad:
/// ```yaml
/// spec: {containers: [{securityContext: {allowPrivilegeEscalation: false, privileged: true}}]}
/// ```
/// Good:
/// ```yaml
/// spec: {containers: [{securityContext: {allowPrivilegeEscalation: false}}]}
/// ```
fn privilege_escalation(context: &SecurityContext, path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "security/privilege-escalation";
    if context.allow_privilege_escalation != Some(false) {
        return;
    }
    let added = context.capabilities.as_ref().map_or(&[][..], |capabilities| go::list(&capabilities.add));
    let administrators = added.iter().filter(|name| *name == "CAP_SYS_ADMIN").count();
    let privileged = go::flag(context.privileged);
    if !privileged && administrators == 0 {
        return;
    }
    let shown = context_json(context);
    if privileged {
        let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        errors.invalid(CODE, path, Shown::Json(&shown), detail);
    }
    for _ in 0..administrators {
        let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
        errors.invalid(CODE, path, Shown::Json(&shown), detail);
    }
}

/// A security context as Go writes the internal struct.
fn context_json(context: &SecurityContext) -> String {
    let list = |list: &Option<Vec<String>>| match list {
        Some(list) => crate::manifest::rules::metadata::string_list_json(list),
        None => "null".to_owned(),
    };
    let capabilities = context.capabilities.as_ref().map(|capabilities| {
        go::Struct::new().raw("Add", &list(&capabilities.add)).raw("Drop", &list(&capabilities.drop))
    });
    let se_linux = context.se_linux_options.as_ref().map(|options| {
        go::Struct::new()
            .string("User", go::text(&options.user))
            .string("Role", go::text(&options.role))
            .string("Type", go::text(&options.type_))
            .string("Level", go::text(&options.level))
    });
    let windows = context.windows_options.as_ref().map(|options| {
        go::Struct::new()
            .optional_string("GMSACredentialSpecName", &options.gmsa_credential_spec_name)
            .optional_string("GMSACredentialSpec", &options.gmsa_credential_spec)
            .optional_string("RunAsUserName", &options.run_as_user_name)
            .optional_bool("HostProcess", options.host_process)
    });
    go::Struct::new()
        .optional_struct("Capabilities", capabilities)
        .optional_bool("Privileged", context.privileged)
        .optional_struct("SELinuxOptions", se_linux)
        .optional_struct("WindowsOptions", windows)
        .optional_int("RunAsUser", context.run_as_user)
        .optional_int("RunAsGroup", context.run_as_group)
        .optional_bool("RunAsNonRoot", context.run_as_non_root)
        .optional_bool("ReadOnlyRootFilesystem", context.read_only_root_filesystem)
        .optional_bool("AllowPrivilegeEscalation", context.allow_privilege_escalation)
        .optional_string("ProcMount", &context.proc_mount)
        .optional_struct("SeccompProfile", context.seccomp_profile.as_ref().map(profiles::seccomp_json))
        .optional_struct("AppArmorProfile", context.app_armor_profile.as_ref().map(profiles::app_armor_json))
        .finish()
}
