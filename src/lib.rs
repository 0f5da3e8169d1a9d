//! Podlab: Kubernetes manifests judged and run in virtual time.
//!
//! The modules are floors of one house; lower floors never import higher ones (see `ARCHITECTURE.md`;
//! `tests/floors.rs` holds it).

pub mod api;
pub mod cluster;
pub mod i18n;
pub mod kubectl;
pub mod lessons;
pub mod manifest;
pub mod share;
pub mod text;
pub mod trace;
pub mod ui;
pub mod yaml;
