//! One click that mends a finding. A mend is a few edits of the text; what they do not touch stays as it is.
//!
//! Each module proposes what people usually mean; `check` then tries the proposals and keeps those that remove their
//! finding and bring no new one.

mod advice;
mod all;
mod annotate;
mod causes;
mod kinds;
mod level;
mod names;
mod pods;
mod render;
mod site;
mod syntax;
mod types;
mod words;

pub use all::{FixedText, fix_all};
pub use annotate::annotate;
pub(super) use causes::finding;
pub(super) use kinds::{kind, type_meta};
pub(super) use level::unknown_field;
pub(super) use site::Site;
pub(super) use syntax::{line, reads, tabs, wide_colons};
pub(super) use types::wrong_type;

use super::Fix;
use crate::text::{Span, TextEdit};

const TABS: &str = "fix-tabs-to-spaces";
const SPACE: &str = "fix-space-after-colon";
const COLONS: &str = "fix-narrow-colons";
const QUOTE: &str = "fix-quote-value";
const UNQUOTE: &str = "fix-unquote-value";
const LIST: &str = "fix-make-list";
const NO_LIST: &str = "fix-no-list";
const SHELL: &str = "fix-run-in-shell";
const QUANTITY: &str = "fix-quantity";
const FIELD_CASE: &str = "fix-field-case";
const FIELD_NAME: &str = "fix-field-name";
const MOVE: &str = "fix-move";
const MATCH_LABELS: &str = "fix-match-labels";
const DROP: &str = "fix-drop-field";
const KIND: &str = "fix-kind";
pub(super) const API_VERSION: &str = "fix-api-version";
const WRITE: &str = "fix-write";
const ADD: &str = "fix-add";
const REMOVE: &str = "fix-remove";
const RENAME: &str = "fix-rename";
const LABELS: &str = "fix-label-pods";
const SELECT: &str = "fix-select-pods";
const RAISE_LIMIT: &str = "fix-raise-limit";
const LOWER_REQUEST: &str = "fix-lower-request";
const ADD_VOLUME: &str = "fix-add-volume";
const SIDECAR: &str = "fix-make-sidecar";

/// Every fix, for the check that each language names them all.
pub const FIX_IDS: &[&str] = &[
    TABS,
    SPACE,
    COLONS,
    QUOTE,
    UNQUOTE,
    LIST,
    NO_LIST,
    SHELL,
    QUANTITY,
    FIELD_CASE,
    FIELD_NAME,
    MOVE,
    MATCH_LABELS,
    DROP,
    KIND,
    API_VERSION,
    WRITE,
    ADD,
    REMOVE,
    RENAME,
    LABELS,
    SELECT,
    RAISE_LIMIT,
    LOWER_REQUEST,
    ADD_VOLUME,
    SIDECAR,
];

/// A fix of one edit, where the edit can be made.
fn fix(id: &'static str, value: &str, edit: Option<TextEdit>) -> Option<Fix> {
    Some(Fix { id, value: value.to_owned(), edits: vec![edit?] })
}

/// The one of two equal keys that counts for nothing goes.
pub(super) fn duplicate_key(site: &Site<'_, '_>, lost: Span) -> Vec<Fix> {
    let key = site.tree.nodes().find(|(id, node)| node.span == lost && site.holder(*id).is_some());
    let name = site.slice(lost);
    key.and_then(|(key, _)| fix(REMOVE, name, site.remove(key))).into_iter().collect()
}
