//! The text of one message, with its variables filled in.
//!
//! ```text
//! pattern  := (text | "{" placeable "}")*
//! placeable := "$" name | '"' literal '"' | "$" name "->" variant+
//! variant  := "*"? "[" key "]" pattern     (one of them has the "*": it is taken when no key fits)
//! ```

use collections::Set as BTreeSet;
use std::borrow::Cow;

use super::Lang;

/// What a variable stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Words; shown as they are.
    Text(Cow<'a, str>),
    /// A number; a selection can ask for it or for its plural category.
    Number(f64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Value::Number(number as f64)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Number(number as f64)
    }
}

/// What is wrong with a pattern, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The byte.
    pub at: usize,
    /// What was expected there.
    pub expected: &'static str,
}

/// Writes `pattern` with `args` filled in. A variable without a value is shown by its name, so that nothing is lost.
pub(super) fn write(pattern: &str, lang: Lang, args: &[(&str, Value<'_>)], out: &mut String) {
    let mut reader = Reader { text: pattern, at: 0 };
    // A broken pattern is shown as it stands from where it breaks; the tests of the locales find it first.
    if reader.pattern(&mut Sink::Write { lang, args, out }, false).is_err() {
        out.push_str(pattern.get(reader.at..).unwrap_or_default());
    }
}

/// The names of the variables that `pattern` uses.
///
/// # Errors
/// When the pattern is not well formed.
pub fn variables(pattern: &str) -> Result<BTreeSet<String>, PatternError> {
    let mut names = BTreeSet::new();
    let mut reader = Reader { text: pattern, at: 0 };
    reader.pattern(&mut Sink::Collect(&mut names), false)?;
    Ok(names)
}

/// Whether `pattern` is well formed.
///
/// # Errors
/// The first place where it is not.
pub fn check_pattern(pattern: &str) -> Result<(), PatternError> {
    variables(pattern).map(|_| ())
}

/// Where the parts of a pattern go.
enum Sink<'s> {
    Write {
        lang: Lang,
        args: &'s [(&'s str, Value<'s>)],
        out: &'s mut String,
    },
    Collect(&'s mut BTreeSet<String>),
    /// A variant that was not chosen.
    Skip,
}

impl Sink<'_> {
    fn literal(&mut self, text: &str) {
        if let Sink::Write { out, .. } = self {
            out.push_str(text);
        }
    }

    fn variable(&mut self, name: &str) {
        match self {
            Sink::Write { args, out, .. } => match args.iter().find(|(key, _)| *key == name) {
                Some((_, Value::Text(text))) => out.push_str(text),
                Some((_, Value::Number(number))) => out.push_str(&number.to_string()),
                None => {
                    out.push('$');
                    out.push_str(name);
                }
            },
            Sink::Collect(names) => {
                names.insert(name.to_owned());
            }
            Sink::Skip => {}
        }
    }

    /// Whether the variant `key` is the one for the variable `name`.
    fn fits(&self, name: &str, key: &str) -> bool {
        let Sink::Write { lang, args, .. } = self else { return false };
        match args.iter().find(|(arg, _)| *arg == name) {
            Some((_, Value::Text(text))) => text == key,
            Some((_, Value::Number(number))) => {
                key.parse::<f64>().map_or_else(|_| key == lang.plural(*number), |key| key == *number)
            }
            None => false,
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn need(&mut self, token: &'static str) -> Result<(), PatternError> {
        if self.eat(token) { Ok(()) } else { Err(PatternError { at: self.at, expected: token }) }
    }

    fn until(&mut self, stop: fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let (taken, _) = rest.split_at(rest.find(stop).unwrap_or(rest.len()));
        self.at += taken.len();
        taken
    }

    fn name(&mut self) -> Result<&'t str, PatternError> {
        let name = self.until(|c| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        if name.is_empty() { Err(PatternError { at: self.at, expected: "a name" }) } else { Ok(name) }
    }

    /// Reads a pattern; inside a variant it ends before the next variant or the end of the selection.
    fn pattern(&mut self, sink: &mut Sink<'_>, variant: bool) -> Result<(), PatternError> {
        loop {
            let text = self.until(|c| matches!(c, '{' | '}' | '\n'));
            sink.literal(text);
            if self.rest().is_empty() || (variant && self.ends_variant()) {
                return Ok(());
            } else if self.eat("\n") {
                // A continued line joins the one before by a space.
                self.space();
                sink.literal(" ");
            } else if self.eat("{") {
                self.placeable(sink)?;
            } else {
                return Err(PatternError { at: self.at, expected: "text" });
            }
        }
    }

    fn ends_variant(&self) -> bool {
        let rest = self.rest().trim_start();
        rest.starts_with('}') || (self.rest().starts_with('\n') && (rest.starts_with('[') || rest.starts_with("*[")))
    }

    fn placeable(&mut self, sink: &mut Sink<'_>) -> Result<(), PatternError> {
        self.space();
        if self.eat("\"") {
            sink.literal(self.until(|c| c == '"'));
            self.need("\"")?;
        } else {
            self.need("$")?;
            let name = self.name()?;
            self.space();
            if self.eat("->") {
                self.selection(name, sink)?;
            } else {
                sink.variable(name);
            }
        }
        self.space();
        self.need("}")
    }

    fn selection(&mut self, name: &str, sink: &mut Sink<'_>) -> Result<(), PatternError> {
        if let Sink::Collect(names) = sink {
            names.insert(name.to_owned());
        }
        // The default may stand anywhere: find which variant it is, then write only that one.
        let start = self.at;
        let chosen = self.variants(name, sink, None)?;
        if let Sink::Write { .. } = sink {
            let end = std::mem::replace(&mut self.at, start);
            self.variants(name, sink, Some(chosen))?;
            self.at = end;
        }
        Ok(())
    }

    /// Reads the variants; writes the one numbered `write`; the answer is the number of the one that fits.
    fn variants(&mut self, name: &str, sink: &mut Sink<'_>, write: Option<usize>) -> Result<usize, PatternError> {
        let (mut fits, mut default) = (None, None);
        for number in 0.. {
            self.space();
            if self.rest().starts_with('}') {
                break;
            }
            let is_default = self.eat("*");
            self.need("[")?;
            self.space();
            let key = self.until(|c| c == ']' || c == '\n').trim_end();
            self.need("]")?;
            self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
            if is_default {
                default = Some(number);
            }
            if fits.is_none() && sink.fits(name, key) {
                fits = Some(number);
            }
            match sink {
                Sink::Collect(_) => self.pattern(sink, true)?,
                _ if write == Some(number) => self.pattern(sink, true)?,
                _ => self.pattern(&mut Sink::Skip, true)?,
            }
        }
        fits.or(default).ok_or(PatternError { at: self.at, expected: "a variant marked *" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(pattern: &str, lang: Lang, args: &[(&str, Value<'_>)]) -> String {
        let mut out = String::new();
        write(pattern, lang, args, &mut out);
        out
    }

    #[test]
    fn variables_and_literals_are_filled_in() {
        assert_eq!(say("pod/{ $name } {\"{}\"}!", Lang::En, &[("name", "web".into())]), "pod/web {}!");
        assert_eq!(say("on { $node }", Lang::En, &[]), "on $node");
    }

    #[test]
    fn a_selection_takes_the_number_the_plural_or_the_default() {
        let pattern = "{ $n ->\n    [0] none\n    [one] { $n } try\n   *[other] { $n } tries\n} left";
        let at = |lang, n: i64| say(pattern, lang, &[("n", n.into())]);
        assert_eq!(at(Lang::En, 0), "none left");
        assert_eq!(at(Lang::En, 1), "1 try left");
        assert_eq!(at(Lang::En, 4), "4 tries left");
        assert_eq!(at(Lang::ZhCn, 1), "1 tries left");
        assert_eq!(say("{ $p ->\n *[never] N\n [always] A\n}", Lang::En, &[("p", "always".into())]), "A");
    }

    #[test]
    fn continued_lines_join() {
        assert_eq!(say("one\n    two", Lang::En, &[]), "one two");
    }

    #[test]
    fn broken_patterns_are_found_and_never_panic() {
        for broken in ["{", "}", "{ name }", "{ $ }", "{ $a -> }", "{ $a ->\n [x] y\n}", "{ \"a }", "{ $a ->\n [x y"] {
            assert!(check_pattern(broken).is_err(), "{broken}");
            say(broken, Lang::En, &[]);
        }
        assert_eq!(variables("{ $a ->\n [one] { $b }\n *[other] x\n}").unwrap().len(), 2);
    }
}
