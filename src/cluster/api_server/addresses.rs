//! The addresses and node ports that Services are given.

use k8s_openapi::Text;
use k8s_openapi::api::core::v1::Service;

use super::ApiError;
use crate::api::{Kind, NODE_PORTS, Object};
use crate::cluster::ObjectKey;
use crate::cluster::world::World;

/// A Service gets its cluster IP and node ports (kubernetes: registry/core/service/storage/alloc.go).
pub(super) fn allocate(world: &mut World, key: &ObjectKey, service: &mut Service) -> Result<(), ApiError> {
    let Some(spec) = &mut service.spec else { return Ok(()) };
    if spec.type_.as_deref() == Some("ExternalName") {
        return Ok(());
    }
    let taken = Taken::of(world);
    match spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty()) {
        Some("None") => {}
        Some(ip) if taken.ips.iter().any(|other| other == ip) => {
            let why = format!(
                "spec.clusterIPs: Invalid value: [\"{ip}\"]: failed to allocate IP {ip}: \
                 provided IP is already allocated"
            );
            return Err(ApiError::invalid(key, &why));
        }
        Some(_) => {}
        None => spec.cluster_ip = free_ip(world, &taken).map(Text::from),
    }
    spec.cluster_ips = spec.cluster_ip.clone().map(|ip| vec![ip.into()]);
    if !matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer")) {
        return Ok(());
    }
    let mut ports = taken.ports;
    for (index, port) in spec.ports.iter_mut().flatten().enumerate() {
        match port.node_port.filter(|port| *port != 0) {
            Some(asked) => {
                let why = match (NODE_PORTS.contains(&asked), ports.contains(&asked)) {
                    (false, _) => "not in the valid range. The range of valid ports is 30000-32767",
                    (true, true) => "already allocated",
                    (true, false) => {
                        ports.push(asked);
                        continue;
                    }
                };
                let why = format!("spec.ports[{index}].nodePort: Invalid value: {asked}: provided port is {why}");
                return Err(ApiError::invalid(key, &why));
            }
            None => {
                port.node_port = free_port(world, &ports);
                ports.extend(port.node_port);
            }
        }
    }
    Ok(())
}

/// What other Services hold already.
struct Taken {
    ips: Vec<String>,
    ports: Vec<i32>,
}

impl Taken {
    fn of(world: &World) -> Self {
        let mut taken = Taken { ips: Vec::new(), ports: Vec::new() };
        for (_, object) in world.store.list(Kind::Service) {
            let Object::Service(service) = object else { continue };
            let Some(spec) = &service.spec else { continue };
            taken.ips.extend(spec.cluster_ip.iter().filter(|ip| *ip != "None").map(String::from));
            taken.ports.extend(spec.ports.iter().flatten().filter_map(|port| port.node_port));
        }
        taken
    }
}

/// Addresses are drawn from the upper band of 10.96.0.0/16, from offset 256 on.
fn free_ip(world: &mut World, taken: &Taken) -> Option<String> {
    let band = 65_534 - 256;
    let start = world.rng.below(band);
    let ip = |offset: u64| format!("10.96.{}.{}", offset / 256, offset % 256);
    (0..band).map(|step| ip(256 + (start + step) % band)).find(|ip| !taken.ips.contains(ip))
}

/// Node ports are drawn from 30086 to 32767 first, the band below is for people to choose from.
fn free_port(world: &mut World, taken: &[i32]) -> Option<i32> {
    let first = 30_086;
    let band = NODE_PORTS.end() - first + 1;
    let start = world.rng.below(band as u64) as i32;
    (0..band)
        .map(|step| first + (start + step) % band)
        .chain(*NODE_PORTS.start()..first)
        .find(|port| !taken.contains(port))
}
