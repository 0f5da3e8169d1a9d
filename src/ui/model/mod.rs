//! What the page computes before it paints: values only, tested without a browser.

pub mod absent;
pub mod assist;
pub mod bytes;
pub mod clock;
pub mod curves;
pub mod embedding;
pub mod floor;
pub mod formats;
pub mod inspect;
pub mod level;
pub mod logs;
pub mod mosaic;
pub mod pace;
pub mod packets;
pub mod places;
pub mod playback;
pub mod scripts;
pub mod seating;
pub mod sim;
pub mod standing;
pub mod story;
pub mod study;
pub mod terminal;
pub mod timeline;
pub mod traffic;
pub mod wires;
