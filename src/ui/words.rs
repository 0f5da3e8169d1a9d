//! The words of the page in the reader's language, handed down by context.

use yew::{AttrValue, hook, use_context};

use crate::i18n::{self, Args, Lang, Value};
use crate::trace::scene::PodScene;
use crate::trace::{Fill, Phrase};
use crate::ui::judge::Problem;
use crate::ui::model::bytes::{cores, size};
use crate::ui::model::clock::duration;

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
        // A node's is of several (`NotReady,SchedulingDisabled`).
        if let Some((first, rest)) = word.split_once(',') {
            return format!("{}{}{}", self.state(first), self.say("comma"), self.state(rest)).into();
        }
        self.try_say(&format!("word-{}", word.replace(' ', "-"))).unwrap_or_else(|| word.into())
    }

    /// The word of `kubectl get` for a Pod's state (`Init:2/3`), said in the reader's language where that is not English.
    pub fn pod_state(self, word: &str) -> AttrValue {
        match (self.0, word.strip_prefix("Init:")) {
            (Lang::En, _) => word.into(),
            (_, Some(rest)) => match rest.split_once('/') {
                Some((done, all)) => self.fill("word-init", &[("done", done.into()), ("all", all.into())]),
                None => self.fill("word-init-is", &[("word", self.state(rest).as_str().into())]),
            },
            (_, None) => self.state(word),
        }
    }

    /// The state of a Pod: as [`Self::pod_state`], but for one that runs and fails a probe, of which kubectl's word says half.
    pub fn pod(self, pod: &PodScene) -> AttrValue {
        if pod.falters() && &*pod.word == "Running" { self.say("word-not-ready") } else { self.pod_state(&pod.word) }
    }

    /// What a row of a timeline adds to a state or a mark: an exit code, and what an event means, in the reader's language.
    pub fn detail(self, detail: &str) -> AttrValue {
        if let Some(code) = detail.strip_prefix("exit code ") {
            return self.fill("state-exit", &[("code", code.into())]);
        }
        let meaning = detail.split_once(": ").and_then(|(reason, _)| self.try_say(&format!("event-{reason}")));
        match meaning.filter(|_| self.0 != Lang::En) {
            Some(meaning) => format!("{meaning} · {detail}").into(),
            None => detail.to_owned().into(),
        }
    }

    /// So much CPU, in thousandths of a core: `64 cores`, or `250m` as manifests have what is less than one.
    pub fn cpu(self, milli: i64) -> AttrValue {
        match cores(milli) {
            Some(cores) => self.fill("cpu-cores", &[("count", Value::Number(cores))]),
            None => format!("{milli}m").into(),
        }
    }

    /// A phrase of an explanation.
    pub fn phrase(self, phrase: &Phrase) -> AttrValue {
        let value = |fill: &Fill| match fill {
            Fill::Text(text) => Value::from(text.clone()),
            Fill::Count(count) => (*count).into(),
            Fill::Bytes(bytes) => size(*bytes).into(),
            Fill::Time(time) => duration(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), self.0).into(),
        };
        let args: Vec<(&str, Value<'_>)> = phrase.args.iter().map(|(name, fill)| (*name, value(fill))).collect();
        self.fill(phrase.id, &args)
    }
}

/// The words of the reader's language.
#[hook]
pub(crate) fn use_words() -> Words {
    use_context::<Words>().unwrap_or_default()
}
