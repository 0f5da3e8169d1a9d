//! A command line taken apart: which command, which arguments, which flags (spf13/cobra and spf13/pflag).

use super::Failure;
use super::flags::{self, Flag, Takes};
use super::print::Given;

/// A command line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Args {
    /// The command's path in the table of flags: `get`, `rollout_status`; empty where no command is named.
    pub command: &'static str,
    /// What is no flag: the command's words first.
    pub words: Vec<String>,
    /// How many of the words name the command.
    depth: usize,
    /// The command that follows `--`; none where there is no `--`, or no command behind it.
    pub tail: Option<Vec<String>>,
    flags: Vec<(&'static str, String)>,
    namespace: String,
}

impl Args {
    /// Takes `words` apart; flags may stand anywhere before `--`. `namespace` is the one of the context.
    pub fn parse(words: &[&str], namespace: &str) -> Result<Self, Failure> {
        let (command, depth) = find_command(words)?;
        let mut args = Self { command, depth, namespace: namespace.to_owned(), ..Self::default() };
        let mut known = flags::of(command);
        known.extend(flags::everywhere());
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            if word == "--" {
                let rest = words.by_ref().map(str::to_owned);
                // What stands behind is an argument like any other, but where it is a command.
                match command {
                    "exec" | "run" | "debug" | "create_job" | "create_deployment" | "create_cronjob" => {
                        args.tail = Some(rest.collect());
                    }
                    _ => args.words.extend(rest),
                }
            } else if let Some(flag) = word.strip_prefix("--") {
                args.long(flag, &mut words, &known).map_err(|text| args.usage(&text))?;
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                args.short(letters, word, &mut words, &known).map_err(|text| args.usage(&text))?;
            } else {
                args.words.push(word.to_owned());
            }
        }
        if !args.on("help") {
            args.required(&known)?;
        }
        Ok(args)
    }

    fn required(&self, known: &[Flag]) -> Result<(), Failure> {
        let missing = known.iter().filter(|flag| flag.required && self.get(flag.name).is_none());
        let mut names: Vec<String> = missing.map(|flag| format!("\"{}\"", flag.name)).collect();
        names.sort();
        if names.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(format!("required flag(s) {} not set", names.join(", "))))
    }

    /// A mistake in the flags.
    fn usage(&self, text: &str) -> Failure {
        let command = flags::spoken(self.command);
        let space = if command.is_empty() { "" } else { " " };
        Failure::usage(format!("{text}\nSee 'kubectl{space}{command} --help' for usage."))
    }

    /// A mistake in the arguments (kubectl: cmd/util/helpers.go UsageErrorf).
    pub fn misuse(&self, text: impl std::fmt::Display) -> Failure {
        Failure::usage(format!("{text}\nSee 'kubectl {} -h' for help and examples", flags::spoken(self.command)))
    }

    fn long<'a>(
        &mut self,
        word: &'a str,
        words: &mut impl Iterator<Item = &'a str>,
        known: &[Flag],
    ) -> Result<(), String> {
        if word.is_empty() || word.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: --{word}"));
        }
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let flag = known.iter().find(|flag| flag.name == name).ok_or_else(|| format!("unknown flag: --{name}"))?;
        let value = match (flag.takes, value) {
            (_, Some(value)) => value,
            (Takes::Nothing, None) => "true",
            (Takes::Maybe, None) => "unchanged",
            (_, None) => words.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        self.set(flag, value)
    }

    fn short<'a>(
        &mut self,
        letters: &'a str,
        word: &str,
        words: &mut impl Iterator<Item = &'a str>,
        known: &[Flag],
    ) -> Result<(), String> {
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let flag = known.iter().find(|flag| flag.short == Some(letter));
            let flag = flag.ok_or_else(|| format!("unknown shorthand flag: '{letter}' in {word}"))?;
            let value = rest.as_str();
            if let Some(value) = value.strip_prefix('=') {
                return self.set(flag, value);
            }
            if flag.takes == Takes::Nothing {
                self.set(flag, "true")?;
                continue;
            }
            let value = match value {
                "" => words.next().ok_or_else(|| format!("flag needs an argument: '{letter}' in {word}"))?,
                value => value,
            };
            return self.set(flag, value);
        }
        Ok(())
    }

    /// Takes in a flag; its value must be one (Go: strconv.ParseBool, ParseInt, time.ParseDuration).
    fn set(&mut self, flag: &Flag, value: &str) -> Result<(), String> {
        const BOOLS: [&str; 12] = ["1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"];
        let pairs = self.command == "debug" && matches!(flag.name, "env" | "set-image");
        let odd = value.split(',').find(|part| pairs && !part.contains('='));
        let wrong = match flag.takes {
            _ if odd.is_some() => odd.map(|odd| format!("{odd} must be formatted as key=value")),
            Takes::Nothing if !BOOLS.contains(&value) => {
                Some(format!("strconv.ParseBool: parsing {value:?}: invalid syntax"))
            }
            Takes::Number if value.parse::<i64>().is_err() => {
                Some(format!("strconv.ParseInt: parsing {value:?}: invalid syntax"))
            }
            Takes::Duration if duration(value).is_none() => Some(match value.parse::<f64>() {
                Ok(_) => format!("time: missing unit in duration {value:?}"),
                Err(_) => format!("time: invalid duration {value:?}"),
            }),
            _ => None,
        };
        match wrong {
            Some(why) => Err(format!("invalid argument {value:?} for \"{}\" flag: {why}", flag.shown())),
            None => {
                match flag.name {
                    // A list of files may be one word.
                    "filename" => self.flags.extend(value.split(',').map(|file| (flag.name, file.to_owned()))),
                    name => self.flags.push((name, value.to_owned())),
                }
                Ok(())
            }
        }
    }

    /// The arguments: the words without the command's own.
    pub fn arguments(&self) -> &[String] {
        self.words.get(self.depth..).unwrap_or_default()
    }

    /// The value of a flag; the last one where it is given more than once.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Gives a flag another value.
    pub fn replace(&mut self, name: &'static str, value: String) {
        self.take(name);
        self.flags.push((name, value));
    }

    /// Takes a flag away.
    pub fn take(&mut self, name: &str) {
        self.flags.retain(|(known, _)| *known != name);
    }

    /// Every value of a flag, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.flags.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value, "false" | "0" | "f" | "F" | "FALSE" | "False"))
    }

    /// Whether a switch that is on by itself was turned off.
    pub fn off(&self, name: &str) -> bool {
        self.get(name).is_some() && !self.on(name)
    }

    /// A flag that is a number.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        let parse = |value: &str| value.parse::<i64>().map_err(|_| Failure::usage(format!("invalid number {value:?}")));
        self.get(name).map(parse).transpose()
    }

    /// A flag that is a duration, in microseconds.
    pub fn micros(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(duration)
    }

    /// What is said of templates beside `-o`.
    pub fn template(&self) -> Given<'_> {
        Given { template: self.get("template"), strict: self.off("allow-missing-template-keys") }
    }

    /// The command line as `--record` remembers it: the words first, then each flag by its long name
    /// (cli-runtime: genericclioptions/record_flags.go parseCommandArguments).
    pub fn recorded(&self) -> String {
        let words = self.words.iter().chain(self.tail.iter().flatten());
        let mut text = words.fold("kubectl".to_owned(), |text, word| text + " " + word);
        text.extend(self.flags.iter().map(|(name, value)| format!(" --{name}={value}")));
        text
    }

    /// The namespace the command is about.
    pub fn namespace(&self) -> &str {
        match self.get("namespace").filter(|namespace| !namespace.is_empty()) {
            Some(namespace) => namespace,
            None if self.namespace.is_empty() => "default",
            None => &self.namespace,
        }
    }
}

/// A duration as Go writes it, in microseconds: `1m30s`, `500ms`, `-1s`, `0`.
fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    if rest == "0" {
        return Some(0);
    }
    let mut micros = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match rest.get(..end)? {
            "h" => 3.6e9,
            "m" => 6e7,
            "s" => 1e6,
            "ms" => 1e3,
            "us" | "µs" => 1.0,
            "ns" => 1e-3,
            _ => return None,
        };
        micros += number * unit;
        rest = rest.get(end..)?;
    }
    (!text.is_empty()).then_some((sign * micros) as i64)
}

/// The command that the words name, and how many words do.
fn find_command(words: &[&str]) -> Result<(&'static str, usize), Failure> {
    let everywhere = flags::everywhere();
    let mut named: Vec<&str> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if *word == "--" {
            break;
        } else if let Some(flag) = word.strip_prefix('-') {
            let takes = |flag: &Flag| matches!(flag.takes, Takes::Text | Takes::Number | Takes::Duration);
            let follows = match flag.strip_prefix('-') {
                Some(long) => everywhere.iter().any(|known| known.name == long && takes(known)),
                None => {
                    everywhere.iter().any(|known| known.short == flag.chars().next() && takes(known) && flag.len() == 1)
                }
            };
            // Before the command is known only the flags of every command can be told from arguments.
            if follows && named.is_empty() {
                rest.next();
            }
        } else {
            named.push(word);
        }
    }
    let Some(first) = named.first() else { return Ok(("", 0)) };
    let mut path = flags::command(first).ok_or_else(|| unknown(first))?;
    let mut depth = 1;
    while let Some(next) = named.get(depth) {
        let Some(found) = flags::command(&format!("{path}_{next}")) else {
            let strict =
                matches!(path, "rollout" | "set" | "top" | "config" | "auth" | "create_secret" | "create_service");
            if strict {
                let path = flags::spoken(path);
                let rest = named.get(depth..).unwrap_or_default().join(" ");
                return Err(Failure::usage(format!(
                    "unknown command {rest:?}\nSee 'kubectl {path} -h' for help and examples"
                )));
            }
            break;
        };
        (path, depth) = (found, depth + 1);
    }
    Ok((path, depth))
}

/// The commands in the order kubectl registers them, which is the order of its suggestions.
const REGISTERED: &str = "create expose run set explain get edit delete rollout scale autoscale certificate \
     cluster-info top cordon uncordon drain taint describe logs attach exec port-forward proxy cp auth debug events \
     diff apply patch replace wait kustomize label annotate completion api-resources api-versions config kuberc plugin \
     version options";

/// An unknown command, with those that are spelled nearly so (cobra: SuggestionsFor).
fn unknown(word: &str) -> Failure {
    let lower = word.to_lowercase();
    let near = |name: &&str| distance(&lower, name) <= 2 || name.starts_with(&lower);
    let near: String = REGISTERED.split_whitespace().filter(near).map(|name| format!("\n\t{name}")).collect();
    let hint = if near.is_empty() { String::new() } else { format!("\n\nDid you mean this?{near}") };
    Failure::usage(format!("unknown command {word:?} for \"kubectl\"{hint}"))
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (j, y) in b.chars().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or_default();
            let best = (corner + usize::from(x != y)).min(above + 1).min(left + 1);
            corner = above;
            if let Some(cell) = row.get_mut(j) {
                *cell = left;
            }
            left = best;
        }
        if let Some(cell) = row.last_mut() {
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(&line.split(' ').collect::<Vec<_>>(), "").map_err(|failure| failure.0)
    }

    #[test]
    fn commands_are_found_among_flags() {
        let args = parse("-n x rollout status deploy/a -w=false").unwrap();
        assert_eq!(
            (args.command, args.arguments(), args.namespace()),
            ("rollout_status", &["deploy/a".to_owned()][..], "x")
        );
        assert!(args.off("watch"));
        let args = parse("exec p -c app -- sh -c x").unwrap();
        assert_eq!(args.tail.unwrap(), ["sh", "-c", "x"]);
        assert!(parse("logs p -f -p").unwrap().on("previous"));
        assert_eq!(parse("delete pod -- p").unwrap().arguments(), ["pod", "p"]);
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_pflag() {
        for (line, words) in [
            ("get pods --foo", "error: unknown flag: --foo\nSee 'kubectl get --help' for usage."),
            ("get pods -Z", "error: unknown shorthand flag: 'Z' in -Z\nSee 'kubectl get --help' for usage."),
            ("logs p -c", "error: flag needs an argument: 'c' in -c\nSee 'kubectl logs --help' for usage."),
            ("run", "error: required flag(s) \"image\" not set"),
            ("rollout foo", "error: unknown command \"foo\"\nSee 'kubectl rollout -h' for help and examples"),
            ("gett pods", "error: unknown command \"gett\" for \"kubectl\"\n\nDid you mean this?\n\tset\n\tget"),
            ("foo", "error: unknown command \"foo\" for \"kubectl\"\n\nDid you mean this?\n\ttop"),
            ("get ---foo", "error: bad flag syntax: ---foo\nSee 'kubectl get --help' for usage."),
            ("xyzzy", "error: unknown command \"xyzzy\" for \"kubectl\""),
        ] {
            assert_eq!(parse(line).unwrap_err(), words);
        }
    }

    #[test]
    fn durations_are_gos() {
        assert_eq!(duration("1m30s"), Some(90_000_000));
        assert_eq!(duration("-500ms"), Some(-500_000));
        assert_eq!(duration("5"), None);
    }
}
