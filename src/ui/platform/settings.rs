//! What stays from visit to visit, in the browser's local storage under keys that begin with `podlab.`. Texts stay in the tab's
//! own storage too, which survives a reload: what another tab wrote last must not take their place there.
//!
//! Storage may be full, disabled or hold nonsense: then the defaults hold and nothing is lost but the memory of it.

use gloo::events::EventListener;
use web_sys::Storage;

use crate::i18n::Lang;
use crate::ui::model::study::Progress;
use crate::ui::state::{Settings, Theme};

const LANG: &str = "podlab.lang";
const THEME: &str = "podlab.theme";
const SIMPLE: &str = "podlab.simple-editor";
const HISTORY: &str = "podlab.history";
const TEXT: &str = "podlab.text";
const EXAMPLE: &str = "podlab.example";
const OWN: &str = "podlab.own";
const PROGRESS: &str = "podlab.progress";

/// The longest text that is kept: browsers give about 5 MB in all.
const LONGEST: usize = 2 << 20;

fn storage() -> Option<Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

/// The storage of this tab alone.
fn tab() -> Option<Storage> {
    gloo::utils::window().session_storage().ok().flatten()
}

fn get_from(storage: &Option<Storage>, key: &str) -> Option<String> {
    storage.as_ref()?.get_item(key).ok().flatten()
}

fn get(key: &str) -> Option<String> {
    get_from(&storage(), key)
}

/// Whether it is kept: a full storage keeps what it had, and one that is switched off nothing.
fn set_in(storage: &Option<Storage>, key: &str, value: Option<&str>) -> bool {
    storage.as_ref().is_some_and(|storage| match value {
        Some(value) => storage.set_item(key, value).is_ok(),
        // What is not there need not be removed: a first visit does not.
        None => storage.get_item(key).is_ok_and(|there| there.is_none() || storage.remove_item(key).is_ok()),
    })
}

fn set(key: &str, value: Option<&str>) {
    set_in(&storage(), key, value);
}

/// The settings of the last visit; what was never chosen follows the browser.
pub(crate) fn read() -> Settings {
    let browser = || gloo::utils::window().navigator().language().and_then(|tag| Lang::from_tag(&tag));
    Settings {
        lang: get(LANG).and_then(|tag| Lang::from_tag(&tag)).or_else(browser).unwrap_or_default(),
        theme: match get(THEME).as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        },
        system_dark: dark_query().is_some_and(|query| query.matches()),
        simple_editor: get(SIMPLE).as_deref() == Some("1"),
    }
}

/// Keeps the settings, and puts language and theme on the document for the style sheets.
pub(crate) fn write(settings: &Settings, before: Option<&Settings>) {
    let root = gloo::utils::document_element();
    let theme = match settings.theme {
        Theme::System => None,
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
    };
    // Setting these attributes cannot fail: their names are valid.
    let _ = root.set_attribute("lang", settings.lang.tag());
    let _ = match theme {
        Some(theme) => root.set_attribute("data-theme", theme),
        None => root.remove_attribute("data-theme"),
    };
    let Some(before) = before else { return };
    if before.lang != settings.lang {
        set(LANG, Some(settings.lang.tag()));
    }
    if before.theme != settings.theme {
        set(THEME, theme);
    }
    if before.simple_editor != settings.simple_editor {
        set(SIMPLE, settings.simple_editor.then_some("1"));
    }
}

/// Whether anything was kept on an earlier visit: then this is not the first.
pub(crate) fn are_kept() -> bool {
    [TEXT, EXAMPLE, LANG, THEME, SIMPLE].into_iter().any(|key| get(key).is_some())
}

/// The text that was in the editor, and the id of the example it came from. An example that nobody changed has no text
/// here: it is shown as it is today, in today's language.
pub(crate) struct Kept {
    pub text: Option<String>,
    pub example: Option<String>,
}

/// What this tab kept; what any tab kept, where this one is new.
pub(crate) fn text() -> Kept {
    let read = |storage: Option<Storage>| Kept { text: get_from(&storage, TEXT), example: get_from(&storage, EXAMPLE) };
    let own = read(tab());
    if own.text.is_some() || own.example.is_some() { own } else { read(storage()) }
}

/// Keeps the text, unless it is longer than what storage is for; of an example that nobody changed, only which it is.
/// Whether the next visit will find it.
pub(crate) fn keep_text(text: Option<&str>, example: Option<&str>) -> bool {
    let short = text.is_none_or(|text| text.len() <= LONGEST);
    let keep = |storage| {
        set_in(&storage, TEXT, text.filter(|_| short)) & set_in(&storage, EXAMPLE, example.filter(|_| short)) & short
    };
    keep(tab());
    keep(storage())
}

/// The person's own text that was put away for another one: by this tab, or else by any.
pub(crate) fn own() -> Option<String> {
    get_from(&tab(), OWN).or_else(|| get(OWN))
}

/// Keeps the text that was put away. A tab that has put nothing away leaves what another one did.
pub(crate) fn keep_own(text: Option<&str>) {
    let Some(text) = text.filter(|text| text.len() <= LONGEST) else { return };
    set_in(&tab(), OWN, Some(text));
    set(OWN, Some(text));
}

/// The lines typed in the terminal on earlier visits, oldest first.
pub(crate) fn history() -> Vec<String> {
    // A line may have line breaks: entries end in NUL.
    get(HISTORY)
        .map_or_else(Vec::new, |text| text.split('\0').filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Keeps the last lines typed in the terminal.
pub(crate) fn keep_history(lines: &[String]) {
    let last: Vec<&str> = lines.iter().rev().take(200).map(String::as_str).filter(|line| line.len() < 4_000).collect();
    let text: Vec<&str> = last.into_iter().rev().collect();
    set(HISTORY, Some(text.join("\0").as_str()).filter(|text| !text.is_empty()));
}

/// Which steps of the lessons were done on earlier visits.
pub(crate) fn progress() -> Progress {
    get(PROGRESS).map_or_else(Progress::default, |text| Progress::read(&text))
}

/// Keeps which steps are done, beside what another tab has kept meanwhile; none at all forgets everything.
pub(crate) fn keep_progress(progress: &Progress) {
    let mut all = progress.clone();
    if !progress.is_empty() {
        all.unite(&self::progress());
    }
    set(PROGRESS, Some(all.write().as_str()).filter(|text| !text.is_empty()));
}

fn dark_query() -> Option<web_sys::MediaQueryList> {
    gloo::utils::window().match_media("(prefers-color-scheme: dark)").ok().flatten()
}

/// Calls `heard` when the system turns dark or light.
pub(crate) fn on_system_theme(heard: impl Fn(bool) + 'static) -> Option<EventListener> {
    let query = dark_query()?;
    let again = query.clone();
    Some(EventListener::new(&query, "change", move |_| heard(again.matches())))
}
