//! The variables that tell a container of Services (kubelet: kubelet_pods.go getServiceEnvVarMap, envvars/envvars.go
//! FromServices, 1.36).

use k8s_openapi::api::core::v1::ServiceSpec;

use crate::api::{Kind, Object, Pod};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// Those of the API server, which every container gets, and of the Services in the Pod's namespace, unless it wants none.
pub(super) fn of(pod: &Pod, world: &World) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let server = ObjectKey::new(Kind::Service, "default", "kubernetes");
    if let Some(Object::Service(service)) = world.store.get(&server)
        && let Some(spec) = &service.spec
    {
        tell("kubernetes", spec, &mut out);
    }
    if pod.spec.enable_service_links != Some(false) {
        for (key, object) in world.store.list(Kind::Service) {
            let Object::Service(service) = object else { continue };
            let here = *key.namespace == *pod.namespace() && *key != server;
            if let Some(spec) = service.spec.as_ref().filter(|_| here) {
                tell(&key.name, spec, &mut out);
            }
        }
    }
    out
}

/// The variables of one Service, which has an address of its own.
fn tell(name: &str, spec: &ServiceSpec, out: &mut Vec<(String, String)>) {
    let Some(ip) = spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty() && *ip != "None") else { return };
    let ports = spec.ports.as_deref().unwrap_or_default();
    let Some(first) = ports.first() else { return };
    let name = upper(name);
    let mut put = |rest: &str, value: String| out.push((format!("{name}_{rest}"), value));
    put("SERVICE_HOST", ip.to_owned());
    put("SERVICE_PORT", first.port.to_string());
    for port in ports {
        if let Some(named) = port.name.as_deref().filter(|named| !named.is_empty()) {
            put(&format!("SERVICE_PORT_{}", upper(named)), port.port.to_string());
        }
    }
    // As Docker's links once did (makeLinkVariables).
    for (index, port) in ports.iter().enumerate() {
        let protocol = port.protocol.as_deref().unwrap_or("TCP").to_ascii_lowercase();
        let link = format!("{protocol}://{ip}:{}", port.port);
        if index == 0 {
            put("PORT", link.clone());
        }
        let own = format!("PORT_{}_{}", port.port, protocol.to_ascii_uppercase());
        put(&own, link);
        put(&format!("{own}_PROTO"), protocol);
        put(&format!("{own}_PORT"), port.port.to_string());
        put(&format!("{own}_ADDR"), ip.to_owned());
    }
}

/// A name as a part of a variable's (makeEnvVariableName).
fn upper(name: &str) -> String {
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_told_of_as_a_whole_and_by_each_of_its_ports() {
        let service = serde_json::json!({"metadata": {"name": "web-app"}, "spec": {"clusterIP": "10.96.1.2", "ports": [
            {"name": "http", "port": 80}, {"name": "dns-udp", "port": 53, "protocol": "UDP"},
        ]}});
        let Object::Service(service) = Object::from_json(Kind::Service, service).unwrap() else { panic!("a Service") };
        let mut out = Vec::new();
        tell("web-app", service.spec.as_ref().unwrap(), &mut out);
        let lines: Vec<String> = out.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let expected = "WEB_APP_SERVICE_HOST=10.96.1.2 WEB_APP_SERVICE_PORT=80 WEB_APP_SERVICE_PORT_HTTP=80 \
                        WEB_APP_SERVICE_PORT_DNS_UDP=53 WEB_APP_PORT=tcp://10.96.1.2:80 \
                        WEB_APP_PORT_80_TCP=tcp://10.96.1.2:80 WEB_APP_PORT_80_TCP_PROTO=tcp \
                        WEB_APP_PORT_80_TCP_PORT=80 WEB_APP_PORT_80_TCP_ADDR=10.96.1.2 \
                        WEB_APP_PORT_53_UDP=udp://10.96.1.2:53 WEB_APP_PORT_53_UDP_PROTO=udp \
                        WEB_APP_PORT_53_UDP_PORT=53 WEB_APP_PORT_53_UDP_ADDR=10.96.1.2";
        assert_eq!(lines.join(" "), expected);
    }
}
