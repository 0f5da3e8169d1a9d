//! The words of the page in the reader's language, handed down by context.

use yew::{AttrValue, hook, use_context};

use crate::i18n::{self, Args, Lang, Value};
use crate::trace::Phrase;
use crate::ui::judge::Problem;

/// Says messages of `locales/*.ftl`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Words(pub Lang);

impl Words {
    /// The message `id`.
    pub fn say(self, id: &str) -> AttrValue {
        i18n::text(self.0, id).into()
    }

    /// The message `id` with `args` filled in.
    pub fn fill(self, id: &str, args: Args<'_>) -> AttrValue {
        i18n::text_with(self.0, id, args).into()
    }

    /// The message `id`, where there is one.
    pub fn try_say(self, id: &str) -> Option<AttrValue> {
        i18n::has(self.0, id).then(|| self.say(id))
    }

    /// The rule that a problem is of, in plain words.
    pub fn explain(self, problem: &Problem) -> Option<AttrValue> {
        i18n::explanation(self.0, &problem.diagnostic.code).map(AttrValue::from)
    }

    /// A word of the API for a state, in the reader's language where it has one.
    pub fn state(self, word: &str) -> AttrValue {
        self.try_say(&format!("word-{}", word.replace(' ', "-"))).unwrap_or_else(|| word.into())
    }

    /// A phrase of an explanation.
    pub fn phrase(self, phrase: &Phrase) -> AttrValue {
        let args: Vec<(&str, Value<'_>)> =
            phrase.args.iter().map(|(name, value)| (*name, Value::from(value.as_str()))).collect();
        self.fill(phrase.id, &args)
    }
}

/// The words of the reader's language.
#[hook]
pub(crate) fn use_words() -> Words {
    use_context::<Words>().unwrap_or_default()
}
