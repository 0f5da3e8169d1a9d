//! Floor 4: what happened: recording, seek, the picture at an instant, lanes of the timeline, explanations.
//!
//! Everything here is data about a run; the page only paints it, and a test reads it without a browser.

mod event_row;
mod lane;
pub mod scene;
mod tone;
mod why;

pub use event_row::EventRow;
pub use lane::{Lane, LaneSpan, Mark, MarkKind};
pub use scene::Scene;
pub use tone::Tone;
pub use why::{Next, Origin, Phrase, Why};
