//! The rim: everything of the browser that the page touches beyond painting.

pub(crate) mod canvas;
pub(crate) mod docs;
pub(crate) mod editor;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod focus;
pub(crate) mod frames;
pub(crate) mod host;
pub(crate) mod later;
pub(crate) mod link;
pub(crate) mod load;
pub(crate) mod measure;
pub(crate) mod mishap;
pub(crate) mod pointer;
pub(crate) mod scroll;
pub(crate) mod settings;
pub(crate) mod size;
pub(crate) mod speech;
pub(crate) mod zoom;
