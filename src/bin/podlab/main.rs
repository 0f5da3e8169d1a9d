//! `podlab`, the command line over the same library as the page.
fn main() {}
