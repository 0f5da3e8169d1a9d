//! Floor 5: examples and lessons.

mod example;

pub use example::{EXAMPLES, Example};
