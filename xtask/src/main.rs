//! The one entry to every task of the project: `cargo xtask`.
fn main() {}
