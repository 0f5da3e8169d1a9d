//! The languages of the page: the messages of one are fetched before the page speaks it.

use super::load;
use crate::i18n::{self, Lang};

/// Brings the messages of `lang`; whether they are here now.
pub(crate) async fn bring(lang: Lang) -> bool {
    if !i18n::is_here(lang)
        && let Some(file) = load::text(&format!("{}.ftl", lang.tag())).await
    {
        i18n::bring(lang, file);
    }
    i18n::is_here(lang)
}
