//! The kinds Podlab simulates, with the names the API knows them by.

macro_rules! kinds {
    ($($kind:ident $api_version:literal $plural:literal $short:literal $namespaced:literal;)*) => {
        /// A kind of object that Podlab knows by type; every other kind is carried as [`super::Other`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each variant is the API's own name of the kind")]
        pub enum Kind { $($kind,)* }

        impl Kind {
            /// Every kind, in the order `kubectl get all` style listings use here.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// The name in manifests (`Pod`).
            pub fn name(self) -> &'static str { match self { $(Kind::$kind => stringify!($kind),)* } }
            /// The `apiVersion` served (`apps/v1`).
            pub fn api_version(self) -> &'static str { match self { $(Kind::$kind => $api_version,)* } }
            /// The resource name (`pods`).
            pub fn plural(self) -> &'static str { match self { $(Kind::$kind => $plural,)* } }
            /// kubectl's short name (`po`), empty where there is none.
            pub fn short(self) -> &'static str { match self { $(Kind::$kind => $short,)* } }
            /// Whether its objects live in a namespace.
            pub fn namespaced(self) -> bool { match self { $(Kind::$kind => $namespaced,)* } }
        }
    };
}

kinds! {
    Pod "v1" "pods" "po" true;
    Deployment "apps/v1" "deployments" "deploy" true;
    ReplicaSet "apps/v1" "replicasets" "rs" true;
    StatefulSet "apps/v1" "statefulsets" "sts" true;
    DaemonSet "apps/v1" "daemonsets" "ds" true;
    Job "batch/v1" "jobs" "" true;
    CronJob "batch/v1" "cronjobs" "cj" true;
    Service "v1" "services" "svc" true;
    ConfigMap "v1" "configmaps" "cm" true;
    Secret "v1" "secrets" "" true;
    HorizontalPodAutoscaler "autoscaling/v2" "horizontalpodautoscalers" "hpa" true;
    Namespace "v1" "namespaces" "ns" false;
    PersistentVolumeClaim "v1" "persistentvolumeclaims" "pvc" true;
    ServiceAccount "v1" "serviceaccounts" "sa" true;
    Node "v1" "nodes" "no" false;
    Event "v1" "events" "ev" true;
    EndpointSlice "discovery.k8s.io/v1" "endpointslices" "" true;
    PersistentVolume "v1" "persistentvolumes" "pv" false;
    PodDisruptionBudget "policy/v1" "poddisruptionbudgets" "pdb" true;
    PriorityClass "scheduling.k8s.io/v1" "priorityclasses" "pc" false;
    ResourceQuota "v1" "resourcequotas" "quota" true;
    LimitRange "v1" "limitranges" "limits" true;
    StorageClass "storage.k8s.io/v1" "storageclasses" "sc" false;
    RuntimeClass "node.k8s.io/v1" "runtimeclasses" "" false;
}

impl Kind {
    /// The API group (`apps`), empty for the core group.
    pub fn group(self) -> &'static str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// The version without its group (`v1`).
    pub fn version(self) -> &'static str {
        self.api_version().split_once('/').map_or(self.api_version(), |(_, version)| version)
    }

    /// Whether its objects are held as JSON ([`super::Object::Other`]): known by name, listed and printed, but without
    /// a type of their own.
    pub fn is_carried(self) -> bool {
        self >= Kind::EndpointSlice
    }

    /// The kind that `api_version` and `kind` of a manifest name; both are compared exactly, as the API does.
    pub fn find(api_version: &str, kind: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.name() == kind && k.api_version() == api_version)
    }

    /// The kind that a reference means whose version may be an older one: the group decides
    /// (kubernetes: pkg/controller/podautoscaler/horizontal.go scaleForResourceMappings).
    pub fn referred(api_version: &str, kind: &str) -> Option<Kind> {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        Kind::ALL.iter().copied().find(|k| k.name() == kind && k.group() == group)
    }
}
