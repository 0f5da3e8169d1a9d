//! What `wc`, `cut`, `tr`, `sort`, `uniq`, `tac`, `paste`, `base64` and `expr` do with what they read.

mod expr;

use std::cmp::Ordering;
use std::rc::Rc;

use base64::Engine as _;

use super::Options;
use super::filter::{Count, HELD};
use super::regex::Regex;
pub(super) use expr::expr;

/// `wc`
#[derive(Clone, Debug, Default)]
pub(super) struct Wc {
    /// Which columns are shown: lines, words, bytes, characters.
    shown: [bool; 4],
    counts: [u64; 4],
    totals: [u64; 4],
    in_word: bool,
    names: Vec<Rc<str>>,
    rows: Vec<[u64; 4]>,
}

impl Wc {
    pub fn new(options: &Options) -> Wc {
        let mut shown = ['l', 'w', 'c', 'm'].map(|letter| options.has(letter));
        if shown == [false; 4] {
            shown = [true, true, true, false];
        }
        Wc { shown, ..Wc::default() }
    }

    pub fn file(&mut self, name: &str) {
        self.names.push(name.into());
        self.counts = [0; 4];
        self.in_word = false;
    }

    pub fn add(&mut self, data: &[u8]) {
        self.counts[2] += data.len() as u64;
        for byte in data {
            self.counts[0] += u64::from(*byte == b'\n');
            self.counts[3] += u64::from(byte & 0xC0 != 0x80);
            let blank = byte.is_ascii_whitespace();
            if !blank && !self.in_word {
                self.counts[1] += 1;
            }
            self.in_word = !blank;
        }
    }

    pub fn file_ends(&mut self, _out: &mut Vec<u8>) {
        self.rows.push(self.counts);
        for (total, count) in self.totals.iter_mut().zip(self.counts) {
            *total += count;
        }
    }

    /// One number stands alone, several in columns, as busybox prints them.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let several = self.shown.iter().filter(|shown| **shown).count() > 1;
        let total = (self.rows.len() > 1).then_some((self.totals, Rc::from("total")));
        let rows: Vec<_> = self.rows.iter().copied().zip(self.names.iter().cloned()).chain(total).collect();
        for (row, name) in rows {
            let mut line = String::new();
            for (count, shown) in row.iter().zip(self.shown) {
                if shown {
                    let gap = if line.is_empty() { "" } else { " " };
                    line.push_str(&if several { format!("{gap}{count:9}") } else { count.to_string() });
                }
            }
            if &*name != "-" {
                line.push_str(&format!(" {name}"));
            }
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }
}

/// `cut`
#[derive(Clone, Debug)]
pub(super) struct Cut {
    by: By,
    ranges: Vec<(usize, usize)>,
    only_delimited: bool,
}

#[derive(Clone, Debug)]
enum By {
    Field(u8),
    Character,
    Byte,
}

impl Cut {
    pub fn new(options: &Options) -> Result<Cut, String> {
        let delimiter = options.value('d').and_then(|text| text.bytes().next()).unwrap_or(b'\t');
        let found = [('f', By::Field(delimiter)), ('c', By::Character), ('b', By::Byte)]
            .into_iter()
            .find_map(|(letter, by)| Some((by, options.value(letter)?)));
        let Some((by, list)) = found else { return Err("expected a list of bytes, characters, or fields".to_owned()) };
        let mut ranges = Vec::new();
        for range in list.split(',') {
            let number = |text: &str, or: usize| if text.is_empty() { Some(or) } else { text.parse().ok() };
            let (from, to) = match range.split_once('-') {
                Some((from, to)) => (number(from, 1), number(to, usize::MAX)),
                None => (range.parse().ok(), range.parse().ok()),
            };
            match (from, to) {
                (Some(from), Some(to)) if from > 0 => ranges.push((from, to)),
                _ => return Err(format!("invalid range {list}")),
            }
        }
        Ok(Cut { by, ranges, only_delimited: options.has('s') })
    }

    fn wants(&self, number: usize) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&number))
    }

    /// False where the line is left out.
    pub fn apply(&self, line: &[u8], out: &mut Vec<u8>) -> bool {
        match self.by {
            By::Field(delimiter) => {
                if !line.contains(&delimiter) {
                    if !self.only_delimited {
                        out.extend_from_slice(line);
                    }
                    return !self.only_delimited;
                }
                let mut first = true;
                for (number, field) in line.split(|byte| *byte == delimiter).enumerate() {
                    if self.wants(number + 1) {
                        if !first {
                            out.push(delimiter);
                        }
                        first = false;
                        out.extend_from_slice(field);
                    }
                }
            }
            By::Byte => {
                let kept = line.iter().enumerate().filter(|(number, _)| self.wants(number + 1));
                out.extend(kept.map(|(_, byte)| *byte));
            }
            By::Character => {
                let text = String::from_utf8_lossy(line);
                let kept = text.chars().enumerate().filter(|(number, _)| self.wants(number + 1));
                out.extend_from_slice(kept.map(|(_, c)| c).collect::<String>().as_bytes());
            }
        }
        true
    }
}

/// `tr`
#[derive(Clone, Debug)]
pub(super) struct Translate {
    /// What each byte becomes; none: it goes.
    map: Rc<[Option<u8>]>,
    /// Which bytes are squeezed.
    squeezed: Rc<[bool]>,
    last: Option<u8>,
}

impl Translate {
    pub fn new(options: &Options) -> Result<Translate, String> {
        let deletes = options.has('d');
        let complement = options.has('c') || options.has('C');
        let Some(first) = options.rest.first() else { return Err("missing operand".to_owned()) };
        let mut from = set(first);
        if complement {
            from = (0..=255).filter(|byte| !from.contains(byte)).collect();
        }
        let to = options.rest.get(1).map(|text| set(text));
        let mut map: Vec<Option<u8>> = (0..=255).map(Some).collect();
        let mut squeezed = vec![false; 256];
        if deletes {
            for byte in &from {
                if let Some(place) = map.get_mut(usize::from(*byte)) {
                    *place = None;
                }
            }
        } else if let Some(to) = &to {
            for (number, byte) in from.iter().enumerate() {
                let with = to.get(number).or(to.last()).copied();
                if let Some(place) = map.get_mut(usize::from(*byte)) {
                    *place = with.or(Some(*byte));
                }
            }
        } else if !options.has('s') {
            return Err("missing operand".to_owned());
        }
        if options.has('s') {
            for byte in to.as_ref().unwrap_or(&from) {
                if let Some(place) = squeezed.get_mut(usize::from(*byte)) {
                    *place = true;
                }
            }
        }
        Ok(Translate { map: map.into(), squeezed: squeezed.into(), last: None })
    }

    pub fn apply(&mut self, data: &[u8], out: &mut Vec<u8>) {
        for byte in data {
            let Some(Some(with)) = self.map.get(usize::from(*byte)).copied() else { continue };
            let squeezed = self.squeezed.get(usize::from(with)).copied().unwrap_or(false);
            if !(squeezed && self.last == Some(with)) {
                out.push(with);
            }
            self.last = Some(with);
        }
    }
}

/// The bytes of a set of `tr`: ranges, classes, escapes.
fn set(text: &str) -> Vec<u8> {
    let mut plain: Vec<(u8, bool)> = Vec::new();
    let mut rest = text.as_bytes();
    let mut out = Vec::new();
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(class) = text_class(rest) {
            let (bytes, length) = class;
            plain.extend(bytes.into_iter().map(|byte| (byte, true)));
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        if byte == b'\\' {
            let length = match after {
                [b'0'..=b'7', ..] => 1 + after.iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count(),
                [] => 1,
                _ => 2,
            };
            let (bytes, _) = super::super::shell::escapes::unescape(rest.get(..length).unwrap_or_default(), false);
            // An unknown escape is the character itself.
            plain.push((bytes.last().copied().unwrap_or(b'\\'), true));
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        plain.push((byte, false));
        rest = after;
    }
    let mut at = 0;
    while let Some((byte, _)) = plain.get(at).copied() {
        match (plain.get(at + 1), plain.get(at + 2)) {
            (Some((b'-', false)), Some((last, _))) if *last >= byte => {
                out.extend(byte..=*last);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// A class `[:upper:]` at the beginning: its bytes and its length.
fn text_class(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let inside = text.strip_prefix(b"[:")?;
    let end = inside.windows(2).position(|pair| pair == b":]")?;
    let fits: fn(&u8) -> bool = match inside.get(..end)? {
        b"upper" => u8::is_ascii_uppercase,
        b"lower" => u8::is_ascii_lowercase,
        b"alpha" => u8::is_ascii_alphabetic,
        b"digit" => u8::is_ascii_digit,
        b"alnum" => u8::is_ascii_alphanumeric,
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| byte.is_ascii_whitespace() || *byte == 11,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"xdigit" => u8::is_ascii_hexdigit,
        b"print" => |byte| (32..127).contains(byte),
        b"graph" => u8::is_ascii_graphic,
        _ => return None,
    };
    Some(((0..=255).filter(fits).collect(), end + 4))
}

/// `sort`
#[derive(Clone, Debug, Default)]
pub(super) struct Sort {
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

/// `uniq`
#[derive(Clone, Debug, Default)]
pub(super) struct Uniq {
    counts: bool,
    doubles: bool,
    singles: bool,
    fold: bool,
    last: Option<(Vec<u8>, u64)>,
}

impl Uniq {
    pub fn new(options: &Options) -> Uniq {
        let [counts, doubles, singles, fold] = ['c', 'd', 'u', 'i'].map(|letter| options.has(letter));
        Uniq { counts, doubles, singles, fold, last: None }
    }

    pub fn add(&mut self, line: &[u8], out: &mut Vec<u8>) {
        if let Some((last, count)) = &mut self.last
            && (last == line || self.fold && last.eq_ignore_ascii_case(line))
        {
            *count += 1;
            return;
        }
        self.finish(out);
        self.last = Some((line.to_vec(), 1));
    }

    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let Some((line, count)) = self.last.take() else { return };
        if self.doubles && count < 2 || self.singles && count > 1 {
            return;
        }
        if self.counts {
            out.extend_from_slice(format!("{count:7} ").as_bytes());
        }
        out.extend_from_slice(&line);
        out.push(b'\n');
    }
}

/// Programs that need all of their input first.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    kind: WholeKind,
    data: Vec<u8>,
}

#[derive(Clone, Debug)]
enum WholeKind {
    Tac,
    Paste { delimiter: u8, serial: bool },
    Base64 { decodes: bool, width: usize },
    Shuffle,
    Dump,
    ButLast(Count),
}

impl Whole {
    pub fn new(base: &str, options: &Options) -> Whole {
        let kind = match base {
            "tac" => WholeKind::Tac,
            "paste" => {
                let delimiter = options
                    .value('d')
                    .map_or(b'\t', |text| if text == "\\n" { b'\n' } else { text.bytes().next().unwrap_or(b'\t') });
                WholeKind::Paste { delimiter, serial: options.has('s') }
            }
            "shuf" => WholeKind::Shuffle,
            "od" => WholeKind::Dump,
            _ => {
                let width = options.value('w').and_then(|width| width.parse().ok()).unwrap_or(76);
                WholeKind::Base64 { decodes: options.value('d').is_some() || options.long("decode").is_some(), width }
            }
        };
        Whole { kind, data: Vec::new() }
    }

    /// `head -n -N`
    pub fn but_last(count: Count) -> Whole {
        Whole { kind: WholeKind::ButLast(count), data: Vec::new() }
    }

    pub fn used(&self) -> usize {
        self.data.len()
    }

    /// False when it is too much.
    pub fn add(&mut self, data: &[u8]) -> bool {
        self.data.extend_from_slice(data);
        self.data.len() <= HELD
    }

    pub fn finish(&mut self, out: &mut Vec<u8>, random: &mut dyn FnMut(usize) -> usize) {
        let data = std::mem::take(&mut self.data);
        let body = data.strip_suffix(b"\n").unwrap_or(&data);
        let mut lines: Vec<&[u8]> =
            if data.is_empty() { Vec::new() } else { body.split(|byte| *byte == b'\n').collect() };
        match &self.kind {
            WholeKind::Tac => lines.reverse(),
            WholeKind::Shuffle => {
                for at in (1..lines.len()).rev() {
                    lines.swap(at, random(at + 1));
                }
            }
            WholeKind::Paste { delimiter, serial } => {
                if *serial {
                    for (number, line) in lines.iter().enumerate() {
                        if number > 0 {
                            out.push(*delimiter);
                        }
                        out.extend_from_slice(line);
                    }
                    out.push(b'\n');
                    return;
                }
            }
            WholeKind::Base64 { decodes, width } => {
                let engine = &base64::engine::general_purpose::STANDARD;
                if *decodes {
                    let plain: Vec<u8> = data.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
                    out.extend(engine.decode(plain).unwrap_or_default());
                    return;
                }
                let text = engine.encode(&data);
                let width = if *width == 0 { text.len().max(1) } else { *width };
                for part in text.as_bytes().chunks(width) {
                    out.extend_from_slice(part);
                    out.push(b'\n');
                }
                return;
            }
            WholeKind::Dump => {
                for (number, part) in data.chunks(16).enumerate() {
                    let bytes: String = part.iter().map(|byte| format!(" {byte:02x}")).collect();
                    out.extend_from_slice(format!("{:07o}{bytes}\n", number * 16).as_bytes());
                }
                return;
            }
            WholeKind::ButLast(count) => {
                let number = usize::try_from(count.number).unwrap_or(usize::MAX);
                if count.bytes {
                    out.extend_from_slice(data.get(..data.len().saturating_sub(number)).unwrap_or_default());
                    return;
                }
                lines.truncate(lines.len().saturating_sub(number));
            }
        }
        for line in lines {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
}
