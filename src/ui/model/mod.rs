//! What the page computes before it paints: values only, tested without a browser.

pub mod assist;
pub mod bytes;
pub mod clock;
pub mod embedding;
pub mod formats;
pub mod inspect;
pub mod logs;
pub mod packets;
pub mod places;
pub mod playback;
pub mod sim;
pub mod standing;
pub mod terminal;
pub mod timeline;
pub mod wires;
