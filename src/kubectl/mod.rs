//! Floor 4: a command line in, bytes out.

mod describe;
pub mod tabwriter;

pub use describe::describe;
