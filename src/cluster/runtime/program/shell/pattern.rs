//! Patterns of the shell: `*`, `?`, `[…]`; a backslash keeps what follows it as it stands.

/// Puts a backslash before everything that means something in a pattern.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '-' | '!' | '^') {
            out.push('\\');
        }
        out.push(c);
    }
}

/// The text that a pattern stands for when nothing in it is taken for special.
pub(crate) fn unescape(pattern: &str) -> String {
    if !pattern.contains('\\') {
        return pattern.to_owned();
    }
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

/// One element of a pattern.
enum Element {
    Any,
    Many,
    One(char),
    /// A set: whether it is turned round, ranges, classes.
    Set(bool, Vec<(char, char)>, Vec<String>),
}

fn class(name: &str, c: char) -> bool {
    match name {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && c != ' ',
        "cntrl" => c.is_control(),
        _ => false,
    }
}

fn elements(pattern: &str) -> Vec<Element> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            '*' => {
                if !matches!(out.last(), Some(Element::Many)) {
                    out.push(Element::Many);
                }
            }
            '?' => out.push(Element::Any),
            '\\' => {
                out.push(Element::One(chars.get(at).copied().unwrap_or('\\')));
                at += 1;
            }
            '[' => match set(&chars, at) {
                Some((element, end)) => {
                    out.push(element);
                    at = end;
                }
                None => out.push(Element::One('[')),
            },
            c => out.push(Element::One(c)),
        }
    }
    out
}

/// The set that begins after a `[`, and where it ends.
fn set(chars: &[char], mut at: usize) -> Option<(Element, usize)> {
    let not = matches!(chars.get(at), Some('!' | '^'));
    at += usize::from(not);
    let (mut ranges, mut classes) = (Vec::new(), Vec::new());
    let start = at;
    loop {
        let c = *chars.get(at)?;
        if c == ']' && at > start {
            return Some((Element::Set(not, ranges, classes), at + 1));
        }
        if c == '[' && chars.get(at + 1) == Some(&':') {
            let rest = chars.get(at + 2..)?;
            if let Some(end) = rest.windows(2).position(|pair| pair == [':', ']']) {
                classes.push(rest.get(..end)?.iter().collect());
                at += end + 4;
                continue;
            }
        }
        let take = |at: &mut usize| {
            let mut c = *chars.get(*at)?;
            if c == '\\' {
                *at += 1;
                c = *chars.get(*at)?;
            }
            *at += 1;
            Some(c)
        };
        let first = take(&mut at)?;
        if chars.get(at) == Some(&'-') && chars.get(at + 1).is_some_and(|c| *c != ']') {
            at += 1;
            let last = take(&mut at)?;
            ranges.push((first, last));
        } else {
            ranges.push((first, first));
        }
    }
}

fn fits(element: &Element, c: char) -> bool {
    match element {
        Element::Any | Element::Many => true,
        Element::One(one) => *one == c,
        Element::Set(not, ranges, classes) => {
            let inside =
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) || classes.iter().any(|name| class(name, c));
            inside != *not
        }
    }
}

/// Whether `chars` as a whole fit the elements.
fn all_fit(elements: &[Element], chars: &[char]) -> bool {
    let (mut e, mut c) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while c < chars.len() || e < elements.len() {
        match (elements.get(e), chars.get(c)) {
            (Some(Element::Many), _) => {
                back = Some((e, c));
                e += 1;
            }
            (Some(element), Some(&one)) if fits(element, one) => {
                e += 1;
                c += 1;
            }
            _ => match back {
                Some((star, from)) if from < chars.len() => {
                    back = Some((star, from + 1));
                    e = star + 1;
                    c = from + 1;
                }
                _ => return false,
            },
        }
    }
    true
}

/// Whether `text` fits the pattern.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    all_fit(&elements(pattern), &chars)
}

/// Beyond this length a text is not searched for a part that fits.
const LONGEST: usize = 20_000;

/// How many characters at the start (or `end`) of `text` fit, as few or as many as can be.
pub(crate) fn part(pattern: &str, text: &[char], end: bool, longest: bool) -> Option<usize> {
    if text.len() > LONGEST {
        return None;
    }
    let elements = elements(pattern);
    let fits = |length: &usize| {
        let part = if end { text.get(text.len() - length..) } else { text.get(..*length) };
        part.is_some_and(|part| all_fit(&elements, part))
    };
    if longest { (0..=text.len()).rev().find(fits) } else { (0..=text.len()).find(fits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[[:digit:]]*", "7up", true),
            ("\\*", "a", false),
            ("\\*", "*", true),
            ("[", "[", true),
            ("*.txt", "a.txt", true),
            ("é?", "éa", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
