//! Flags and arguments of a command line (spf13/pflag: what needs a value, what does not).

use super::Failure;

/// Flags that take no value unless one is written with `=`.
const SWITCHES: &[&str] = &[
    "all",
    "all-namespaces",
    "follow",
    "force",
    "ignore-not-found",
    "no-headers",
    "now",
    "overwrite",
    "previous",
    "recursive",
    "server-side",
    "show-labels",
    "show-kind",
    "timestamps",
    "wait",
    "watch",
];

/// Flags that take a value.
const VALUES: &[&str] = &[
    "cascade",
    "container",
    "current-replicas",
    "dry-run",
    "field-selector",
    "filename",
    "from-literal",
    "grace-period",
    "image",
    "namespace",
    "output",
    "patch",
    "replicas",
    "restart",
    "selector",
    "since",
    "sort-by",
    "subresource",
    "tail",
    "timeout",
    "to-revision",
    "type",
];

/// The long names of one-letter flags.
const SHORT: &[(char, &str)] = &[
    ('A', "all-namespaces"),
    ('c', "container"),
    ('f', "filename"),
    ('l', "selector"),
    ('n', "namespace"),
    ('o', "output"),
    ('p', "patch"),
    ('R', "recursive"),
    ('w', "watch"),
];

/// A command line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Args {
    /// What is no flag: the verb first.
    pub words: Vec<String>,
    flags: Vec<(&'static str, String)>,
}

impl Args {
    /// Takes `words` apart; flags may stand anywhere before `--`.
    pub fn parse<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, Failure> {
        let mut args = Self::default();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            if word == "--" {
                args.words.extend(words.by_ref().map(str::to_owned));
            } else if let Some(flag) = word.strip_prefix("--") {
                let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
                args.flag(name, value, &mut words, || format!("unknown flag: --{name}"))?;
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                args.short(letters, word, &mut words)?;
            } else {
                args.words.push(word.to_owned());
            }
        }
        Ok(args)
    }

    fn short<'a>(
        &mut self,
        letters: &'a str,
        word: &str,
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let unknown = || format!("unknown shorthand flag: '{letter}' in {word}");
            // `logs` has other meanings for two letters than the rest of kubectl.
            let name = match (letter, self.words.first().map(String::as_str)) {
                ('p', Some("logs")) => "previous",
                ('f', Some("logs")) => "follow",
                _ => SHORT.iter().find(|(short, _)| *short == letter).map_or("", |(_, name)| name),
            };
            if SWITCHES.contains(&name) {
                self.flag(name, None, words, unknown)?;
            } else {
                let value = rest.as_str();
                let value = value.strip_prefix('=').unwrap_or(value);
                return self.flag(name, Some(value).filter(|value| !value.is_empty()), words, unknown);
            }
        }
        Ok(())
    }

    fn flag<'a>(
        &mut self,
        name: &str,
        value: Option<&str>,
        words: &mut impl Iterator<Item = &'a str>,
        unknown: impl Fn() -> String,
    ) -> Result<(), Failure> {
        if let Some(name) = SWITCHES.iter().find(|known| **known == name) {
            self.flags.push((name, value.unwrap_or("true").to_owned()));
            return Ok(());
        }
        let Some(name) = VALUES.iter().find(|known| **known == name) else {
            return Err(Failure::usage(format!("{}\nSee 'kubectl --help' for usage.", unknown())));
        };
        let value = value.or_else(|| words.next());
        let value = value.ok_or_else(|| Failure::usage(format!("flag needs an argument: --{name}")))?;
        self.flags.push((name, value.to_owned()));
        Ok(())
    }

    /// The value of a flag; the last one where it is given more than once.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a flag, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.flags.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "false")
    }

    /// A flag that is a number.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        let parse = |value: &str| {
            let number = value.parse::<i64>();
            number.map_err(|_| {
                Failure::usage(format!(
                    "invalid argument \"{value}\" for \"--{name}\" flag: strconv.ParseInt: parsing \"{value}\": invalid syntax"
                ))
            })
        };
        self.get(name).map(parse).transpose()
    }

    /// The namespace the command is about.
    pub fn namespace(&self) -> &str {
        self.get("namespace").unwrap_or("default")
    }
}
