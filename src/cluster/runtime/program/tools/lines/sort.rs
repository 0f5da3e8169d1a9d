//! How `sort` orders lines, and by which keys.

use std::cmp::Ordering;
use std::rc::Rc;

use super::super::Options;
use super::super::filter::HELD;

/// `sort`
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Sort {
    lines: Vec<Vec<u8>>,
    held: usize,
    order: Order,
    keys: Vec<Key>,
    separator: Option<u8>,
    unique: bool,
    checks: bool,
    stable: bool,
    file: Option<Rc<str>>,
    status: i32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Order {
    numeric: bool,
    reverse: bool,
    fold: bool,
    human: bool,
    version: bool,
    blanks: bool,
}

impl Order {
    fn read(letters: &str) -> Order {
        Order {
            numeric: letters.contains(['n', 'g']),
            reverse: letters.contains('r'),
            fold: letters.contains('f'),
            human: letters.contains('h'),
            version: letters.contains('V'),
            blanks: letters.contains('b'),
        }
    }

    fn any(&self) -> bool {
        self.numeric || self.reverse || self.fold || self.human || self.version
    }

    fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        let trim =
            |text: &[u8]| text.iter().skip_while(|byte| matches!(byte, b' ' | b'\t')).copied().collect::<Vec<u8>>();
        let order = if self.numeric || self.human {
            number(a, self.human).total_cmp(&number(b, self.human))
        } else if self.version {
            version(a).cmp(&version(b))
        } else if self.fold {
            a.to_ascii_uppercase().cmp(&b.to_ascii_uppercase())
        } else if self.blanks {
            trim(a).cmp(&trim(b))
        } else {
            a.cmp(b)
        };
        if self.reverse { order.reverse() } else { order }
    }
}

/// The number a text begins with.
fn number(text: &[u8], human: bool) -> f64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || *at == 0 && *c == '-'))
        .map_or(text.len(), |(at, _)| at);
    let value: f64 = text.get(..end).unwrap_or_default().parse().unwrap_or(0.0);
    let unit = text.get(end..).and_then(|rest| rest.chars().next()).and_then(|c| "KMGTP".find(c.to_ascii_uppercase()));
    match unit {
        Some(power) if human => value * 1024_f64.powi(power as i32 + 1),
        _ => value,
    }
}

/// A version's parts: text and numbers in turn.
fn version(text: &[u8]) -> Vec<(Vec<u8>, u64)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let words = rest.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let (word, after) = rest.split_at(words);
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, after) = after.split_at(digits);
        let value =
            digits.iter().fold(0_u64, |value, digit| value.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        parts.push((word.to_vec(), value));
        rest = after;
    }
    parts
}

#[derive(Clone, Copy, Debug)]
struct Key {
    from: (usize, usize),
    to: Option<(usize, usize)>,
    order: Option<Order>,
}

impl Key {
    fn read(text: &str) -> Key {
        let place = |text: &str| {
            let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let (field, character) = digits.split_once('.').unwrap_or((digits, "0"));
            (field.parse().unwrap_or(1_usize).max(1), character.parse().unwrap_or(0_usize))
        };
        let (from, to) = text.split_once(',').map_or((text, None), |(from, to)| (from, Some(to)));
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        let order = (!letters.is_empty()).then(|| Order::read(&letters));
        Key { from: place(from), to: to.map(place), order }
    }

    fn of<'a>(&self, line: &'a [u8], separator: Option<u8>) -> &'a [u8] {
        // Fields as ranges; without a separator blanks before a field belong to it.
        let mut starts = Vec::new();
        let mut at = 0;
        while at <= line.len() {
            let rest = line.get(at..).unwrap_or_default();
            let end = match separator {
                Some(separator) => rest.iter().position(|byte| *byte == separator).unwrap_or(rest.len()),
                None => {
                    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                    blanks + rest.iter().skip(blanks).take_while(|byte| !matches!(byte, b' ' | b'\t')).count()
                }
            };
            starts.push((at, at + end));
            at += end + usize::from(separator.is_some());
            if end == rest.len() {
                break;
            }
        }
        let Some((start, end)) = starts.get(self.from.0 - 1).copied() else { return b"" };
        let start = (start + self.from.1.saturating_sub(1)).min(end);
        let stop = match self.to {
            None => line.len(),
            Some((field, character)) => match starts.get(field - 1) {
                None => line.len(),
                Some((_, end)) if character == 0 => *end,
                Some((begin, end)) => (begin + character).min(*end),
            },
        };
        line.get(start..stop.max(start)).unwrap_or_default()
    }
}

impl Sort {
    pub fn new(options: &Options) -> Sort {
        let keys =
            options.values.iter().filter(|(letter, _)| *letter == 'k').map(|(_, text)| Key::read(text)).collect();
        Sort {
            order: Order::read(&options.letters),
            keys,
            separator: options
                .value('t')
                .map(|text| if text == "\\t" { b'\t' } else { text.bytes().next().unwrap_or(b' ') }),
            unique: options.has('u'),
            checks: options.has('c'),
            stable: options.has('s'),
            file: options.value('o').map(Rc::from),
            ..Sort::default()
        }
    }

    pub fn used(&self) -> usize {
        self.held
    }

    pub fn status(&self) -> i32 {
        self.status
    }

    /// False when it is too much.
    pub fn add(&mut self, line: &[u8]) -> bool {
        self.held += line.len() + 24;
        self.lines.push(line.to_vec());
        self.held <= HELD
    }

    fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        if self.keys.is_empty() {
            return self.order.compare(a, b);
        }
        for key in &self.keys {
            let order = key.order.filter(Order::any).unwrap_or(self.order);
            let found = order.compare(key.of(a, self.separator), key.of(b, self.separator));
            if found != Ordering::Equal {
                return found;
            }
        }
        Ordering::Equal
    }

    /// Writes the lines in order; the file they belong into, where one was named.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Option<Rc<str>> {
        let mut lines = std::mem::take(&mut self.lines);
        if self.checks {
            let sorted = lines.windows(2).all(|pair| match pair {
                [a, b] => self.compare(a, b) != Ordering::Greater,
                _ => true,
            });
            self.status = i32::from(!sorted);
            return None;
        }
        let last = |a: &[u8], b: &[u8]| if self.order.reverse { b.cmp(a) } else { a.cmp(b) };
        collections::sort_by(&mut lines, |a, b| {
            let order = self.compare(a, b);
            if self.stable || self.unique { order } else { order.then_with(|| last(a, b)) }
        });
        if self.unique {
            lines.dedup_by(|b, a| self.compare(a, b) == Ordering::Equal);
        }
        for line in lines {
            out.extend_from_slice(&line);
            out.push(b'\n');
        }
        self.file.clone()
    }
}
