//! `echo` and `printf`.

use std::rc::Rc;

use super::arithmetic;
use super::escapes::unescape;

/// What `echo` writes, with its options `-n` and `-e`.
pub(crate) fn echo(arguments: &[Rc<str>]) -> Vec<u8> {
    let (mut newline, mut escapes) = (true, false);
    let mut rest = arguments;
    while let Some((first, after)) = rest.split_first() {
        let letters = first.strip_prefix('-').unwrap_or_default();
        if letters.is_empty() || !letters.chars().all(|letter| matches!(letter, 'n' | 'e' | 'E')) {
            break;
        }
        newline &= !letters.contains('n');
        escapes = if letters.contains('e') { true } else { escapes && !letters.contains('E') };
        rest = after;
    }
    let mut text = rest.join(" ").into_bytes();
    if escapes {
        let (plain, stopped) = unescape(&text, true);
        if stopped {
            return plain;
        }
        text = plain;
    }
    if newline {
        text.push(b'\n');
    }
    text
}

/// How a value is printed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Form {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// The widest field.
const WIDEST: usize = 10_000;

impl Form {
    /// Reads what stands between `%` and the letter; `star` gives the value of a `*`.
    pub fn read(text: &mut &[u8], star: &mut dyn FnMut() -> i64) -> Form {
        let mut form = Form::default();
        while let Some((&byte, rest)) = text.split_first() {
            match byte {
                b'-' => form.left = true,
                b'0' => form.zero = true,
                b'+' => form.plus = true,
                b' ' => form.space = true,
                b'#' => form.alternate = true,
                _ => break,
            }
            *text = rest;
        }
        let mut number = |text: &mut &[u8]| {
            if let Some(rest) = text.strip_prefix(b"*") {
                *text = rest;
                return star();
            }
            let mut value = 0_i64;
            while let Some((byte @ b'0'..=b'9', rest)) = text.split_first() {
                value = value.saturating_mul(10).saturating_add(i64::from(byte - b'0'));
                *text = rest;
            }
            value
        };
        let width = number(text);
        form.left |= width < 0;
        form.width = usize::try_from(width.unsigned_abs()).unwrap_or(0).min(WIDEST);
        if let Some(rest) = text.strip_prefix(b".") {
            *text = rest;
            form.precision = usize::try_from(number(text)).ok().map(|precision| precision.min(WIDEST));
        }
        while let Some((b'l' | b'h' | b'j' | b'z', rest)) = text.split_first() {
            *text = rest;
        }
        form
    }

    fn pad(&self, out: &mut Vec<u8>, text: &[u8], sign: &[u8], zeros: bool) {
        // Text counts its characters, numbers their digits.
        let length = String::from_utf8_lossy(text).chars().count() + sign.len();
        let fill = self.width.saturating_sub(length);
        if !self.left && !zeros {
            out.resize(out.len() + fill, b' ');
        }
        out.extend_from_slice(sign);
        if !self.left && zeros {
            out.resize(out.len() + fill, b'0');
        }
        out.extend_from_slice(text);
        if self.left {
            out.resize(out.len() + fill, b' ');
        }
    }

    /// Adds a text.
    pub fn text(&self, out: &mut Vec<u8>, text: &[u8]) {
        let cut = match self.precision {
            Some(precision) => text.get(..precision.min(text.len())).unwrap_or_default(),
            None => text,
        };
        self.pad(out, cut, b"", false);
    }

    /// Adds a whole number by the letter `d`, `i`, `u`, `x`, `X` or `o`.
    pub fn integer(&self, out: &mut Vec<u8>, value: i64, letter: u8) {
        let signed = matches!(letter, b'd' | b'i');
        let mut digits = match letter {
            b'x' => format!("{value:x}"),
            b'X' => format!("{value:X}"),
            b'o' => format!("{value:o}"),
            b'u' => (value as u64).to_string(),
            _ => value.unsigned_abs().to_string(),
        };
        if let Some(precision) = self.precision {
            while digits.len() < precision {
                digits.insert(0, '0');
            }
        }
        let sign: &[u8] = match letter {
            _ if signed && value < 0 => b"-",
            _ if signed && self.plus => b"+",
            _ if signed && self.space => b" ",
            b'x' if self.alternate && value != 0 => b"0x",
            b'X' if self.alternate && value != 0 => b"0X",
            b'o' if self.alternate => b"0",
            _ => b"",
        };
        self.pad(out, digits.as_bytes(), sign, self.zero && self.precision.is_none());
    }

    /// Adds a number by the letter `f`, `e` or `g`.
    pub fn float(&self, out: &mut Vec<u8>, value: f64, letter: u8) {
        let precision = self.precision.unwrap_or(6).min(100);
        let digits = match letter.to_ascii_lowercase() {
            b'e' => exponent(value.abs(), precision),
            b'g' => general(value.abs(), precision.max(1)),
            _ => format!("{:.precision$}", value.abs()),
        };
        let digits = if letter.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
        let negative = value.is_sign_negative() && !value.is_nan();
        let sign: &[u8] = match () {
            () if negative => b"-",
            () if self.plus => b"+",
            () if self.space => b" ",
            () => b"",
        };
        self.pad(out, digits.as_bytes(), sign, self.zero && value.is_finite());
    }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, power)) => {
            let (sign, digits) = power.strip_prefix('-').map_or(('+', power), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

/// As `%g` writes: the shorter of the two forms, without zeros at the end.
pub(crate) fn general(value: f64, precision: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}").replace("NaN", "nan");
    }
    let text = exponent(value, precision - 1);
    let power: i32 = text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if power < -4 || power >= precision as i32 {
        return match text.split_once('e') {
            Some((mantissa, power)) => format!("{}e{power}", trim(mantissa)),
            None => text,
        };
    }
    let decimals = usize::try_from(precision as i32 - 1 - power).unwrap_or(0);
    trim(&format!("{value:.decimals$}"))
}

/// How much one `printf` writes at most.
const LONGEST: usize = 1 << 20;

/// What `printf` writes, and its complaints. The format is used again while arguments are left.
pub(crate) fn printf(arguments: &[Rc<str>]) -> (Vec<u8>, Vec<String>) {
    let arguments = match arguments.split_first() {
        Some((first, rest)) if &**first == "--" => rest,
        _ => arguments,
    };
    let Some((format, values)) = arguments.split_first() else {
        return (Vec::new(), vec!["usage: printf format [arg ...]".to_owned()]);
    };
    let mut values = values.iter();
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    loop {
        let before = values.len();
        let mut rest = format.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            match byte {
                b'%' => {
                    rest = after;
                    if let Some(after) = rest.strip_prefix(b"%") {
                        out.push(b'%');
                        rest = after;
                        continue;
                    }
                    let form =
                        Form::read(&mut rest, &mut || values.next().and_then(|value| value.parse().ok()).unwrap_or(0));
                    let Some((&letter, after)) = rest.split_first() else {
                        errors.push("%: invalid format".to_owned());
                        break;
                    };
                    rest = after;
                    match letter {
                        b's' => form.text(&mut out, values.next().map_or(b"", |value| value.as_bytes())),
                        b'c' => {
                            let first = values.next().and_then(|value| value.chars().next());
                            form.text(&mut out, first.map(String::from).unwrap_or_default().as_bytes());
                        }
                        b'b' => {
                            let value = values.next().map_or("", |value| value);
                            let (text, stopped) = unescape(value.as_bytes(), true);
                            form.text(&mut out, &text);
                            if stopped {
                                return (out, errors);
                            }
                        }
                        b'd' | b'i' | b'u' | b'x' | b'X' | b'o' => {
                            let value = values.next().map_or("", |value| value);
                            form.integer(&mut out, integer(value, &mut errors), letter);
                        }
                        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' => {
                            let value = values.next().map_or("0", |value| value);
                            let number = value.trim().parse::<f64>().unwrap_or_else(|_| {
                                errors.push(format!("invalid number '{value}'"));
                                0.0
                            });
                            form.float(&mut out, number, letter);
                        }
                        _ => {
                            errors.push(format!("%{}: invalid format", char::from(letter)));
                            return (out, errors);
                        }
                    }
                }
                b'\\' => {
                    let end = after.iter().position(|byte| matches!(byte, b'%')).map_or(rest.len(), |at| at + 1);
                    // One escape at a time would lose `\\%`; everything up to the next `%` is one text.
                    let escaped = rest.get(..end).unwrap_or_default();
                    let (text, stopped) = unescape(escaped, false);
                    out.extend_from_slice(&text);
                    if stopped {
                        return (out, errors);
                    }
                    rest = rest.get(end..).unwrap_or_default();
                }
                byte => {
                    out.push(byte);
                    rest = after;
                }
            }
        }
        if values.len() == 0 || values.len() == before || out.len() > LONGEST {
            return (out, errors);
        }
    }
}

/// The value of a number as `printf` reads it: `'a` is a character's code, what is no number counts as far as it is one.
fn integer(text: &str, errors: &mut Vec<String>) -> i64 {
    if let Some(quoted) = text.strip_prefix(['\'', '"']) {
        return quoted.chars().next().map_or(0, |c| i64::from(u32::from(c)));
    }
    let text = text.trim_start();
    if text.is_empty() {
        return 0;
    }
    match arithmetic::number(text) {
        Some(value) => value,
        None => {
            errors.push(format!("invalid number '{text}'"));
            let sign = usize::from(text.starts_with(['-', '+']));
            let digits = text.get(sign..).unwrap_or_default();
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            arithmetic::number(text.get(..sign + end).unwrap_or_default()).unwrap_or(0)
        }
    }
}
