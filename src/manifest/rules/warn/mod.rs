//! What the server accepts with a warning.

pub mod ip;
pub mod kinds;
pub mod pod;
mod pod_ports;
pub mod pod_scheduling;
mod pod_volumes;
