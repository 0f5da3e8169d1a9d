//! What the server accepts with a warning.

pub mod ip;
pub mod kinds;
pub mod pod;
mod pod_ports;
pub mod pod_scheduling;
mod pod_volumes;

/// What a warning is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The object is new.
    Creation,
    /// Its spec is another one.
    Change,
    /// It was written again with the same spec.
    Update,
}
