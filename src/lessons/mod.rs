//! Floor 5: examples and lessons.

mod example;
mod goal;
mod lesson;

pub use example::{EXAMPLES, Example};
pub use goal::{Facts, Goal};
pub use lesson::{LESSONS, Lesson, LessonError, Question, Step};
