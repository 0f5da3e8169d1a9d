//! Floor 3: from text to objects, and what a cluster would say of them.

mod diagnostic;
mod field_error;
pub mod rules;
pub mod sim;

pub use diagnostic::{Diagnostic, Fix, Related, Severity};
pub use field_error::{Cause, FieldError};
