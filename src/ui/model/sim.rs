//! The words of the annotation `podlab.dev/sim.<container>` as a form.

use crate::api::sim;

/// What can be said in the form: the key of the language, and what an empty field means.
pub const FIELDS: [(&str, &str); 9] = [
    ("run", "inf"),
    ("exit", "0"),
    ("term", "0:143"),
    ("http", "8080@3"),
    ("startup", "0-10"),
    ("ready", "0-5,20-40"),
    ("live", "30-inf"),
    ("memory", "64Mi"),
    ("pull", "8"),
];

/// The annotation as words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimForm {
    words: Vec<(String, String)>,
}

impl SimForm {
    /// The words of `text`; what is no word of the language is kept as it is.
    pub fn read(text: &str) -> Self {
        let word = |word: &str| {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            (key.to_owned(), value.to_owned())
        };
        Self { words: text.split_ascii_whitespace().map(word).collect() }
    }

    /// What is said under `key`, or nothing.
    pub fn value(&self, key: &str) -> &str {
        self.words.iter().find(|(own, _)| own == key).map_or("", |(_, value)| value)
    }

    /// The same with `key` saying `value`; nothing takes the word away.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        // A blank would begin another word.
        let value: String = value.trim().chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect();
        let mut words = self.words.clone();
        match words.iter_mut().find(|(own, _)| own == key) {
            Some((_, own)) if !value.is_empty() => *own = value,
            Some(_) => words.retain(|(own, _)| own != key),
            None if value.is_empty() => {}
            None => words.push((key.to_owned(), value)),
        }
        Self { words }
    }

    /// The annotation's value; none where it says nothing.
    pub fn text(&self) -> Option<String> {
        let word =
            |(key, value): &(String, String)| if value.is_empty() { key.clone() } else { format!("{key}={value}") };
        (!self.words.is_empty()).then(|| self.words.iter().map(word).collect::<Vec<_>>().join(" "))
    }

    /// The keys of the words that cannot be read.
    pub fn faults(&self) -> Vec<String> {
        let errors = sim::parse(&self.text().unwrap_or_default()).err().unwrap_or_default();
        errors.iter().map(|error| error.word.split('=').next().unwrap_or_default().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_changed_one_by_one_and_others_are_kept() {
        let form = SimForm::read(" run=5  odd exit=1,0 ");
        assert_eq!((form.value("run"), form.value("http")), ("5", ""));
        let changed = form.with("run", "7").with("exit", "").with("msg", "no database").with("memory", "  ");
        assert_eq!(changed.text().as_deref(), Some("run=7 odd msg=no_database"));
        assert_eq!(changed.faults(), ["odd"]);
        assert_eq!(SimForm::read("run=5").with("run", " ").text(), None);
        assert_eq!(SimForm::default().faults(), Vec::<String>::new());
    }

    #[test]
    fn every_field_of_the_form_is_a_word_of_the_language() {
        for (key, example) in FIELDS {
            assert_eq!(SimForm::default().with(key, example).faults(), Vec::<String>::new(), "{key}={example}");
        }
    }
}
