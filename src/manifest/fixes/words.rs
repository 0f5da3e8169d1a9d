//! Words that were meant: the nearest known one, and names in the form that Kubernetes wants.

/// The candidate that differs least from `name`, if it differs little for its length.
pub(super) fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let lower = name.to_lowercase();
    let limit = if lower.chars().count() <= 4 { 1 } else { 2 };
    candidates
        .take(1000)
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 || a.len() > 100 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let mut least = (at(&previous, j) + usize::from(x != y)).min(at(&previous, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or(0)
}

/// A form that names must have.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// What may stand in it besides small letters and digits.
    extra: &'static str,
    /// Whether capital letters may.
    capitals: bool,
    /// Whether it begins with a letter.
    letter_first: bool,
    longest: usize,
    /// What stands in for other characters.
    filler: char,
}

/// The form that a message asks for, by words of the message.
const FORMS: &[(&str, Form)] = &[
    ("RFC 1035", form("-", false, true, 63, '-')),
    ("RFC 1123 label", form("-", false, false, 63, '-')),
    ("RFC 1123 subdomain", form("-.", false, false, 253, '-')),
    ("alpha-numeric characters (a-z, 0-9)", form("-", false, false, 15, '-')),
    ("at least one letter", form("-", false, true, 15, '-')),
    ("begin or end with a hyphen", form("-", false, false, 15, '-')),
    ("must not contain consecutive hyphens", form("-", false, false, 15, '-')),
    ("config key", form("-_.", true, false, 253, '-')),
    ("environment variable name", form("-_.", true, true, 253, '_')),
    ("a valid label must be", form("-_.", true, false, 63, '-')),
    ("name part must", form("-_.", true, false, 63, '-')),
    ("must be no more than 15", form("-", false, false, 15, '-')),
    ("must be no more than 63", form("-_.", true, false, 63, '-')),
    ("must be no more than 253", form("-.", false, false, 253, '-')),
];

const fn form(extra: &'static str, capitals: bool, letter_first: bool, longest: usize, filler: char) -> Form {
    Form { extra, capitals, letter_first, longest, filler }
}

impl Form {
    /// The form that the detail of a message asks for.
    pub fn wanted_by(message: &str) -> Option<Form> {
        FORMS.iter().find(|(words, _)| message.contains(words)).map(|(_, form)| *form)
    }

    /// `name` in this form: `My_Pod` becomes `my-pod`. None where nothing of it is left.
    pub fn of(self, name: &str) -> Option<String> {
        let mut out = String::new();
        for c in name.trim().chars() {
            let c = if self.capitals { c } else { c.to_ascii_lowercase() };
            let fits = c.is_ascii_alphanumeric() || self.extra.contains(c);
            let c = if fits { c } else { self.filler };
            // A filler beside another sign says nothing, and domains have no empty part.
            let sign = c == self.filler || (c == '.' && !self.capitals);
            if !sign || !out.ends_with([self.filler, '.']) {
                out.push(c);
            }
        }
        let first = |c: char| !if self.letter_first { c.is_ascii_alphabetic() } else { c.is_ascii_alphanumeric() };
        let mut out = out.trim_start_matches(first).to_owned();
        out.truncate(self.longest);
        out.truncate(out.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len());
        (!out.is_empty() && out != name).then_some(out)
    }
}

/// `name`, or the first of `name-2`, `name-3`… that is not taken.
pub(super) fn free_name(name: &str, taken: &[&str]) -> String {
    if !taken.contains(&name) {
        return name.to_owned();
    }
    let numbered = name.rsplit_once('-').filter(|(_, number)| number.parse::<usize>().is_ok());
    let name = numbered.map_or(name, |(name, _)| name);
    // Among very many the first free one is not worth the search.
    let mut number = if taken.len() > 100 { taken.len() } else { 2 };
    loop {
        let free = format!("{name}-{number}");
        if !taken.contains(&free.as_str()) {
            return free;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_form_that_the_message_asks_for() {
        let of = |words: &str, name: &str| Form::wanted_by(words).unwrap().of(name);
        assert_eq!(of("a lowercase RFC 1123 label must", "My_Pod!").unwrap(), "my-pod");
        assert_eq!(of("a lowercase RFC 1123 subdomain must", "-Web..Shop.-").unwrap(), "web.shop");
        assert_eq!(of("a DNS-1035 label (RFC 1035) must", "1st-pod").unwrap(), "st-pod");
        assert_eq!(of("an environment variable name must", "1 MY VAR").unwrap(), "MY_VAR");
        assert_eq!(of("a valid label must be", "a b/C").unwrap(), "a-b-C");
        assert_eq!(of("a lowercase RFC 1123 label must", "你好"), None);
        assert_eq!(of("must be no more than 15 characters", "metrics-exporter-http").unwrap(), "metrics-exporte");
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        assert_eq!(free_name("web", &["web", "web-2"]), "web-3");
        assert_eq!(free_name("web-2", &["web", "web-2"]), "web-3");
        assert_eq!(free_name("web", &["db"]), "web");
    }

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("contianers", ["containers", "initContainers"].into_iter()), Some("containers"));
        assert_eq!(nearest("foo", ["bar"].into_iter()), None);
    }
}
