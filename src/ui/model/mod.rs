//! What the page computes before it paints: values only, tested without a browser.

pub mod assist;
pub mod clock;
pub mod embedding;
pub mod logs;
pub mod places;
pub mod playback;
pub mod standing;
pub mod terminal;
pub mod timeline;
