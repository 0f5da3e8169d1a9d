//! Ways to fill a field. Go knows no "absent" for plain fields: an empty text and a zero count as unset.

use k8s_openapi::Text;

/// Sets a text that is absent or empty.
pub(super) fn text(field: &mut Option<Text>, default: &str) {
    if field.as_deref().is_none_or(str::is_empty) {
        *field = Some(default.into());
    }
}

/// Sets a number that is absent or zero.
pub(super) fn number(field: &mut Option<i32>, default: i32) {
    if field.unwrap_or(0) == 0 {
        *field = Some(default);
    }
}

/// Sets a field that Go has as a pointer: only absence counts.
pub(super) fn pointer<T>(field: &mut Option<T>, default: T) {
    if field.is_none() {
        *field = Some(default);
    }
}
