//! The messages of both languages.

use collections::Map as BTreeMap;
use std::sync::OnceLock;

use super::pattern;
use super::{Lang, Value};

/// The values of a message's variables.
pub type Args<'a> = &'a [(&'a str, Value<'a>)];

/// The messages of one file, by id, as they stand there.
#[derive(Debug)]
pub struct Catalogue(BTreeMap<&'static str, String>);

impl Catalogue {
    /// Reads a file of `locales/`. Lines that belong to no message are passed over; the tests find them.
    pub fn read(file: &'static str) -> Catalogue {
        let mut messages = BTreeMap::new();
        let mut open: Option<(&'static str, String)> = None;
        for line in file.lines() {
            let continues = line.starts_with([' ', '}']) && open.is_some();
            if continues {
                if let Some((_, text)) = &mut open {
                    text.push('\n');
                    text.push_str(line);
                }
                continue;
            }
            if let Some((id, text)) = open.take() {
                messages.insert(id, text);
            }
            if let Some((id, text)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                open = Some((id.trim_end(), text.trim_start().to_owned()));
            }
        }
        messages.extend(open);
        for text in messages.values_mut() {
            *text = text.trim().to_owned();
        }
        Catalogue(messages)
    }

    /// The catalogue of `lang` as it stands in the repository. The page fetches the file of its language instead.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn of(lang: Lang) -> Catalogue {
        Catalogue::read(match lang {
            Lang::En => include_str!("../../locales/en.ftl"),
            Lang::ZhCn => include_str!("../../locales/zh-CN.ftl"),
        })
    }

    /// The pattern of the message `id`.
    pub fn get(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// Every id with its pattern, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(id, text)| (*id, text.as_str()))
    }
}

/// The catalogues, once they are here; they never change.
static CATALOGUES: [OnceLock<Catalogue>; 2] = [OnceLock::new(), OnceLock::new()];

fn cell(lang: Lang) -> &'static OnceLock<Catalogue> {
    let [en, zh] = &CATALOGUES;
    match lang {
        Lang::En => en,
        Lang::ZhCn => zh,
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn catalogue(lang: Lang) -> Option<&'static Catalogue> {
    Some(cell(lang).get_or_init(|| Catalogue::of(lang)))
}

/// That of `lang`, or of the other language while it is not here.
#[cfg(target_arch = "wasm32")]
fn catalogue(lang: Lang) -> Option<&'static Catalogue> {
    cell(lang).get().or_else(|| cell(lang.other()).get())
}

/// Takes the messages of `lang`: what its file in `locales/` says. Those that are here already stay.
pub fn bring(lang: Lang, file: String) {
    // They are needed as long as the program runs.
    cell(lang).get_or_init(|| Catalogue::read(Box::leak(file.into_boxed_str())));
}

/// Whether the messages of `lang` are here.
pub fn is_here(lang: Lang) -> bool {
    cell(lang).get().is_some()
}

fn message(lang: Lang, id: &str) -> Option<&'static str> {
    catalogue(lang)?.get(id)
}

/// Whether `lang` has the message `id`.
pub fn has(lang: Lang, id: &str) -> bool {
    message(lang, id).is_some()
}

/// Why the rule with `code` (`pod/restart-policy`) is there, in plain words: of the rule itself, or of its group.
pub fn explanation(lang: Lang, code: &str) -> Option<String> {
    let group = code.split('/').next().unwrap_or_default();
    let ids = [format!("rule-{}", code.replace('/', "-")), format!("rule-{group}")];
    ids.iter().find(|id| has(lang, id)).map(|id| text(lang, id))
}

/// The message `id` without variables. An id that nobody wrote is shown as itself.
pub fn text(lang: Lang, id: &str) -> String {
    text_with(lang, id, &[])
}

/// The message `id` with `args` filled in.
pub fn text_with(lang: Lang, id: &str, args: Args<'_>) -> String {
    match message(lang, id) {
        Some(message) => {
            let mut out = String::with_capacity(message.len());
            pattern::write(message, lang, args, &mut out);
            out
        }
        None => id.to_owned(),
    }
}
