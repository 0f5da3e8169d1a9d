//! What the server accepts with a warning.

pub mod pod;
mod pod_ports;
mod pod_scheduling;
mod pod_volumes;
