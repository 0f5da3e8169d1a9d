//! Floor 1: YAML as Kubernetes reads it. Documents, a tree with spans, scalar rules; knows nothing of Kubernetes.
