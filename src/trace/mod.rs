//! Floor 4: what happened: recording, seek, the picture at an instant, lanes of the timeline, explanations.
//!
//! Everything here is data about a run; the page only paints it, and a test reads it without a browser.

mod ahead;
mod charts;
mod chronicle;
pub mod crowd;
mod event_row;
mod explain;
mod export;
mod files;
mod goal;
mod lane;
mod log;
mod packer;
mod partners;
mod places;
mod run;
pub mod scene;
mod timeline;
mod tone;
mod track;
mod why;
mod why_flow;

pub use charts::{Chart, Measure, Series, Topic, charts};
pub use crowd::Crowd;
pub use event_row::{EventRow, events, newest_events};
pub use explain::{PHRASES, why, why_owner};
pub use export::{Exported, export};
pub use files::{DiskScene, DiskView, FileKind, FileRow, Touch, VolumeFile};
pub use goal::{Goal, reach};
pub use lane::{Lane, LaneSpan, Mark, MarkKind, lanes, lanes_of};
pub use log::{LogFilter, LogView};
pub use partners::{Partner, Traffic, TrafficView};
pub use run::{Act, PodLife, Progress, Run};
pub use scene::Scene;
pub use timeline::timeline;
pub use tone::Tone;
pub use why::{Fill, Next, Origin, Phrase, Remedy, Why};
pub use why_flow::why_flow;
