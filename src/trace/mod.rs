//! Floor 4: what happened: recording, seek, the picture at an instant, lanes of the timeline, explanations.
//!
//! Everything here is data about a run; the page only paints it, and a test reads it without a browser.

mod chronicle;
mod event_row;
mod export;
mod lane;
mod run;
pub mod scene;
mod timeline;
mod tone;
mod why;

pub use event_row::EventRow;
pub use export::{Exported, export};
pub use lane::{Lane, LaneSpan, Mark, MarkKind};
pub use run::{Act, Progress, Run};
pub use scene::Scene;
pub use timeline::timeline;
pub use tone::Tone;
pub use why::{Next, Origin, Phrase, Why};
