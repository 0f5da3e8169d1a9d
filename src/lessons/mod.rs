//! Floor 5: examples and lessons.
