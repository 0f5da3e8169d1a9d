//! Floor 3: from text to objects, and what a cluster would say of them.

mod bytes;
mod check;
mod complete;
mod cursor;
mod decode;
mod diagnostic;
mod field_error;
mod fixes;
mod format;
mod hover;
mod judgement;
mod places;
pub mod rules;
pub mod sim;
pub mod update;

pub use bytes::decode_bytes;
pub use check::{
    Command, Done, Server, Shelf, Status, Verb, aggregate, check, check_dry_run, check_without_fixes, invalid_text,
    send,
};
pub use complete::{Completion, CompletionKind, complete};
pub use diagnostic::{Diagnostic, Fix, Related, Severity};
pub use field_error::{Cause, FieldError};
pub use fixes::{FIX_IDS, FixedText, annotate, fix_all};
pub use format::{ListForm, convert_list, format};
pub use hover::{Hover, hover};
pub use judgement::{Judged, Judgement, Stage};
