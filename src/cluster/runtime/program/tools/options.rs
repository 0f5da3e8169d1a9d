//! The options of a tool, as they stand on its command line.

use std::rc::Rc;

/// The letters of options and what is left: `-la` gives `l`, `a`. Letters in `valued` take the rest of the word or the
/// next word.
pub(super) struct Options<'a> {
    pub letters: String,
    pub values: Vec<(char, &'a str)>,
    pub rest: Vec<&'a str>,
}

impl<'a> Options<'a> {
    pub fn of(arguments: &'a [Rc<str>], valued: &str) -> Self {
        let mut options = Options { letters: String::new(), values: Vec::new(), rest: Vec::new() };
        let mut words = arguments.iter();
        let mut only_rest = false;
        while let Some(word) = words.next() {
            let word: &'a str = word;
            if only_rest || !word.starts_with('-') || word.len() < 2 {
                options.rest.push(word);
                continue;
            }
            if word == "--" {
                only_rest = true;
                continue;
            }
            if word.starts_with("--") {
                options.values.push(('-', word.get(2..).unwrap_or_default()));
                continue;
            }
            for (at, letter) in word.char_indices().skip(1) {
                if valued.contains(letter) {
                    let after = word.get(at + letter.len_utf8()..).unwrap_or_default();
                    let value = if after.is_empty() { words.next().map_or("", |word| &**word) } else { after };
                    options.values.push((letter, value));
                    break;
                }
                options.letters.push(letter);
            }
        }
        options
    }

    pub fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }

    /// The last value of a letter.
    pub fn value(&self, letter: char) -> Option<&'a str> {
        self.values.iter().rev().find(|(known, _)| *known == letter).map(|(_, value)| *value)
    }

    /// All values of a letter.
    pub fn all(&self, letter: char) -> Vec<&'a str> {
        self.values.iter().filter(|(known, _)| *known == letter).map(|(_, value)| *value).collect()
    }

    /// Whether a long option was given, and what stands behind its `=`.
    pub fn long(&self, name: &str) -> Option<&'a str> {
        self.values.iter().filter(|(known, _)| *known == '-').find_map(|(_, text)| match text.split_once('=') {
            Some((known, value)) => (known == name).then_some(value),
            None => (*text == name).then_some(""),
        })
    }
}
