//! Floor 6: the page. The only room that may use web-sys, gloo, wasm-bindgen and yew.
//!
//! [`state`] holds all that the page knows and the one reducer; [`model`], [`session`] and [`judge`] compute what it
//! shows. None of them touches the browser, so they are tested natively. `components` paint, `platform` is the rim.

pub mod judge;
pub mod model;
pub mod same;
pub mod session;
pub mod state;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod components;
#[cfg(target_arch = "wasm32")]
mod course;
#[cfg(target_arch = "wasm32")]
mod icon;
#[cfg(target_arch = "wasm32")]
mod keys;
#[cfg(target_arch = "wasm32")]
mod opening;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(target_arch = "wasm32")]
mod sender;
#[cfg(target_arch = "wasm32")]
mod words;

#[cfg(target_arch = "wasm32")]
pub use app::mount;
