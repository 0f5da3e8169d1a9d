//! Fields behind feature gates that are off: the server drops them without a word
//! (kubernetes: pkg/api/pod/util.go dropDisabledFields and its like in the other strategies, 1.36).

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Lifecycle, PodSpec};

/// ContainerStopSignals, ClusterTrustBundleProjection, PodCertificateRequest, GenericWorkload.
pub(super) fn pod_spec(spec: &mut PodSpec) {
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        // A lifecycle that held nothing else goes with it.
        if let Some(lifecycle) = &mut container.lifecycle
            && lifecycle.stop_signal.take().is_some()
            && **lifecycle == Lifecycle::default()
        {
            container.lifecycle = None;
        }
    }
    let volumes = spec.volumes.iter_mut().flatten();
    for source in volumes.filter_map(|volume| volume.projected.as_mut()).flat_map(|it| it.sources.iter_mut().flatten())
    {
        source.cluster_trust_bundle = None;
        source.pod_certificate = None;
    }
    spec.scheduling_group = None;
}

/// MaxUnavailableStatefulSet.
pub(super) fn stateful_set(set: &mut StatefulSet) {
    let strategy = set.spec.as_mut().and_then(|spec| spec.update_strategy.as_mut());
    if let Some(rolling) = strategy.and_then(|strategy| strategy.rolling_update.as_mut()) {
        rolling.max_unavailable = None;
    }
}
