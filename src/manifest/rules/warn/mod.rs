//! What the server accepts with a warning.

pub mod pod;
