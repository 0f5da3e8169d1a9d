//! The API server: what it answers and what it does to the objects on the way into the store.

mod addresses;
mod bind;
mod bootstrap;
mod create;
mod delete;
mod error;
mod eviction;
pub(super) mod mould;
mod quota;
mod update;

pub(crate) use bind::bind;
pub(crate) use bootstrap::{VERSION, boot_id, bootstrap, namespace_content, node_conditions, register_node};
pub(crate) use create::{GENERATED_PREFIX, create};
pub(crate) use delete::{FOREGROUND, ORPHAN, delete, disrupt};
pub use error::ApiError;
pub(crate) use eviction::{budget_selector, evict, write_carried_status};
pub(crate) use mould::Mould;
pub(crate) use quota::usage as quota_usage;
pub(crate) use update::{put_pod_status, resize, restart, scale, update, update_status};

#[cfg(test)]
mod tests;
