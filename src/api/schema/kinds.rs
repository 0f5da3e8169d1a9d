//! The kinds that a cluster without extensions serves: more than Podlab simulates, and no others.

/// A kind the server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedKind {
    /// `apps/v1`.
    pub api_version: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
}

impl ServedKind {
    /// The version without its group (`v1`).
    pub fn version(&self) -> &'static str {
        self.api_version.rsplit('/').next().unwrap_or(self.api_version)
    }
}

/// Every kind of a default 1.36 cluster that can be created from a file.
pub fn served_kinds() -> &'static [ServedKind] {
    SERVED
}

const fn namespaced(api_version: &'static str, kind: &'static str) -> ServedKind {
    ServedKind { api_version, kind, namespaced: true }
}

const fn global(api_version: &'static str, kind: &'static str) -> ServedKind {
    ServedKind { api_version, kind, namespaced: false }
}

const SERVED: &[ServedKind] = &[
    namespaced("v1", "Binding"),
    global("v1", "ComponentStatus"),
    namespaced("v1", "ConfigMap"),
    namespaced("v1", "Endpoints"),
    namespaced("v1", "Event"),
    namespaced("v1", "LimitRange"),
    global("v1", "Namespace"),
    global("v1", "Node"),
    global("v1", "PersistentVolume"),
    namespaced("v1", "PersistentVolumeClaim"),
    namespaced("v1", "Pod"),
    namespaced("v1", "PodTemplate"),
    namespaced("v1", "ReplicationController"),
    namespaced("v1", "ResourceQuota"),
    namespaced("v1", "Secret"),
    namespaced("v1", "Service"),
    namespaced("v1", "ServiceAccount"),
    namespaced("apps/v1", "ControllerRevision"),
    namespaced("apps/v1", "DaemonSet"),
    namespaced("apps/v1", "Deployment"),
    namespaced("apps/v1", "ReplicaSet"),
    namespaced("apps/v1", "StatefulSet"),
    namespaced("batch/v1", "CronJob"),
    namespaced("batch/v1", "Job"),
    namespaced("autoscaling/v1", "HorizontalPodAutoscaler"),
    namespaced("autoscaling/v2", "HorizontalPodAutoscaler"),
    namespaced("networking.k8s.io/v1", "Ingress"),
    global("networking.k8s.io/v1", "IngressClass"),
    global("networking.k8s.io/v1", "IPAddress"),
    namespaced("networking.k8s.io/v1", "NetworkPolicy"),
    global("networking.k8s.io/v1", "ServiceCIDR"),
    namespaced("policy/v1", "PodDisruptionBudget"),
    global("rbac.authorization.k8s.io/v1", "ClusterRole"),
    global("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    namespaced("rbac.authorization.k8s.io/v1", "Role"),
    namespaced("rbac.authorization.k8s.io/v1", "RoleBinding"),
    global("storage.k8s.io/v1", "CSIDriver"),
    global("storage.k8s.io/v1", "CSINode"),
    namespaced("storage.k8s.io/v1", "CSIStorageCapacity"),
    global("storage.k8s.io/v1", "StorageClass"),
    global("storage.k8s.io/v1", "VolumeAttachment"),
    global("storage.k8s.io/v1", "VolumeAttributesClass"),
    global("scheduling.k8s.io/v1", "PriorityClass"),
    global("node.k8s.io/v1", "RuntimeClass"),
    namespaced("coordination.k8s.io/v1", "Lease"),
    namespaced("discovery.k8s.io/v1", "EndpointSlice"),
    namespaced("events.k8s.io/v1", "Event"),
    global("flowcontrol.apiserver.k8s.io/v1", "FlowSchema"),
    global("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration"),
    global("certificates.k8s.io/v1", "CertificateSigningRequest"),
    global("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy"),
    global("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicyBinding"),
    global("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    global("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    global("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
    global("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    global("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    global("apiregistration.k8s.io/v1", "APIService"),
    global("authentication.k8s.io/v1", "SelfSubjectReview"),
    global("authentication.k8s.io/v1", "TokenReview"),
    namespaced("authorization.k8s.io/v1", "LocalSubjectAccessReview"),
    global("authorization.k8s.io/v1", "SelfSubjectAccessReview"),
    global("authorization.k8s.io/v1", "SelfSubjectRulesReview"),
    global("authorization.k8s.io/v1", "SubjectAccessReview"),
    global("resource.k8s.io/v1", "DeviceClass"),
    namespaced("resource.k8s.io/v1", "ResourceClaim"),
    namespaced("resource.k8s.io/v1", "ResourceClaimTemplate"),
    global("resource.k8s.io/v1", "ResourceSlice"),
];
