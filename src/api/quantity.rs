//! Amounts of resources (`500m`, `64Mi`): read, compare, add and print them as the API server does.
//!
//! A value is an exact count of billionths in 128 bits; there is no floating point anywhere, so the same text
//! always gives the same number and the same canonical text.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Neg, Sub};

const NANO_PER_UNIT: i128 = 1_000_000_000;
const NANO_PER_MILLI: i128 = 1_000_000;
/// What a binary quantity that needs arbitrary precision is capped at: 2^63-1 units.
const CAP: i128 = i64::MAX as i128 * NANO_PER_UNIT;

/// Stands for what 128 bits cannot hold. Its text is short too, so that reading it again gives the same.
const BEYOND: i128 = 10i128.pow(38);

/// The family of suffixes that a quantity was written with, and is printed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `m`, nothing, `k`, `M`, …: powers of 1000.
    #[default]
    DecimalSi,
    /// `Ki`, `Mi`, …: powers of 1024.
    BinarySi,
    /// `e3`, `E6`: powers of ten.
    DecimalExponent,
}

/// An amount. Two amounts are equal when their numbers are, however they were written.
///
/// ```
/// use podlab::api::quantity::Quantity;
/// assert_eq!(Quantity::parse("1.5Gi").unwrap().to_string(), "1536Mi");
/// assert!(Quantity::parse("1000m") == Quantity::parse("1"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    nano: i128,
    format: Format,
}

/// Why a text is no quantity; prints as apimachinery's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// Something in it belongs to no number and no suffix.
    Format,
    /// The number itself cannot be read.
    Numeric,
    /// The suffix is unknown.
    Suffix,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityError::Format => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            QuantityError::Numeric => "unable to parse numeric part of quantity",
            QuantityError::Suffix => "unable to parse quantity's suffix",
        })
    }
}

impl std::error::Error for QuantityError {}

/// The text of a quantity, taken apart.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

/// Takes the text apart (apimachinery: api/resource/quantity.go parseQuantityString).
fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    let negative = text.starts_with('-');
    let number = text.strip_prefix(['-', '+']).unwrap_or(text).trim_start_matches('0');
    let (whole, rest) = split_where(number, |c| !c.is_ascii_digit());
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => split_where(rest, |c| !c.is_ascii_digit()),
        None => ("", rest),
    };
    let exponent = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    match digits.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(Parts { negative, whole, fraction, suffix }),
        false => Err(QuantityError::Format),
    }
}

fn split_where(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

/// The power of ten (or of two, for the binary family) that a suffix stands for.
fn suffix_value(suffix: &str) -> Result<(i32, Format), QuantityError> {
    let decimal = |exponent| Ok((exponent, Format::DecimalSi));
    let binary = |exponent| Ok((exponent, Format::BinarySi));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => match suffix.strip_prefix(['e', 'E']).map(str::parse::<i64>) {
            Some(Ok(exponent)) => Ok((exponent.clamp(-400, 400) as i32, Format::DecimalExponent)),
            _ => Err(QuantityError::Suffix),
        },
    }
}

/// `digits` times ten to the power, in billionths, rounded away from zero; `None` when it does not fit.
fn scaled(whole: &str, fraction: &str, exponent: i32) -> Option<i128> {
    let shift = exponent - fraction.len() as i32 + 9;
    let digits = if fraction.is_empty() { Cow::Borrowed(whole) } else { Cow::Owned([whole, fraction].concat()) };
    let kept = match shift < 0 {
        true => digits.len().saturating_sub(shift.unsigned_abs() as usize),
        false => digits.len(),
    };
    let (kept, dropped) = digits.split_at_checked(kept).unwrap_or((&digits, ""));
    let mut value: i128 = match kept.trim_start_matches('0') {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    if dropped.bytes().any(|b| b != b'0') {
        value = value.checked_add(1)?;
    }
    match value {
        0 => Some(0),
        _ => value.checked_mul(10i128.checked_pow(shift.max(0).unsigned_abs())?),
    }
}

impl Parts<'_> {
    /// The digits before the point: `0` where there are none.
    fn whole_digits(&self) -> &str {
        if self.whole.is_empty() { "0" } else { self.whole }
    }

    /// Whether it is kept as it is: longer ones need arbitrary precision.
    fn is_short(&self, exponent: i32, format: Format) -> bool {
        let whole = self.whole_digits().len() as i32;
        match format {
            Format::BinarySi => self.fraction.is_empty() && 15 - whole - exponent * 3 / 10 > 0,
            _ => {
                let places = self.fraction.len() as i32;
                whole + places <= 18 && exponent - places >= -9
            }
        }
    }
}

/// The power of ten that the last digit of `text` stands for, where the server takes the text for canonical and prints it
/// as it was written (apimachinery: api/resource/quantity.go ParseQuantity). It does not look at everything: `+5`, `007`,
/// `1.500` and `1E3` pass.
fn kept_scale(text: &str) -> Option<i32> {
    let parts = split(text).ok()?;
    let (exponent, format) = suffix_value(parts.suffix).ok()?;
    if !parts.is_short(exponent, format) {
        return None;
    }
    if format == Format::BinarySi {
        let number: u64 = parts.whole_digits().parse().ok()?;
        return (!number.is_multiple_of(8)).then_some(0);
    }
    let digits = [parts.whole_digits(), parts.fraction].concat();
    let scale = exponent - parts.fraction.len() as i32;
    (scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')).then_some(scale)
}

/// What the API prints of a quantity that was written as `text`; a text that is none stays as it is.
///
/// ```
/// use podlab::api::quantity::printed;
/// assert_eq!(printed("1000m"), "1");
/// assert_eq!(printed("1.500"), "1.500");
/// ```
pub fn printed(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    match Quantity::parse(text) {
        Ok(quantity) if kept_scale(text).is_none() => quantity.to_string().into(),
        _ => text.into(),
    }
}

/// What the API prints of one of a resource list, which it rounds up to thousandths
/// (core/v1: defaults.go SetDefaults_ResourceList).
pub fn printed_in_list(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    match Quantity::parse(text) {
        Ok(quantity) if kept_scale(text).is_none_or(|scale| scale < -3) => {
            quantity.round_up_to_milli().to_string().into()
        }
        _ => text.into(),
    }
}

impl Quantity {
    /// Nothing at all.
    pub const ZERO: Quantity = Quantity { nano: 0, format: Format::DecimalSi };

    /// Reads a quantity (apimachinery: api/resource/quantity.go ParseQuantity). The decoder trims blanks before.
    ///
    /// # Errors
    /// When the text is no quantity, in the server's words.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        let parts = split(text)?;
        let (exponent, mut format) = suffix_value(parts.suffix)?;
        // Short numbers are kept as they are; long ones are rounded up to billionths, and binary ones capped.
        let short = parts.is_short(exponent, format);
        let number = match format {
            Format::BinarySi => scaled(parts.whole, parts.fraction, 0)
                .and_then(|nano| nano.checked_mul(1i128 << exponent))
                .map(|nano| match parts.fraction.len() > 9 {
                    // More than nine places: the rounding above was too early, so it is made at the end.
                    true => binary_fraction(parts.whole, parts.fraction, exponent).unwrap_or(nano),
                    false => nano,
                }),
            _ => scaled(parts.whole, parts.fraction, exponent),
        };
        if !short && parts.whole.is_empty() && parts.fraction.is_empty() && !text.contains('0') {
            return Err(QuantityError::Numeric);
        }
        let nano = match number {
            number if !short && format == Format::BinarySi => number.map_or(CAP, |nano| nano.min(CAP)),
            number => number.unwrap_or(BEYOND),
        };
        if !short && format == Format::BinarySi && nano < NANO_PER_UNIT {
            format = Format::DecimalSi;
        }
        Ok(Quantity { nano: if parts.negative { -nano } else { nano }, format })
    }

    /// A whole number of units.
    pub fn from_units(units: i64) -> Quantity {
        Quantity { nano: i128::from(units) * NANO_PER_UNIT, format: Format::DecimalSi }
    }

    /// A number of thousandths, printed as `250m`.
    pub fn from_milli(milli: i64) -> Quantity {
        Quantity { nano: i128::from(milli) * NANO_PER_MILLI, format: Format::DecimalSi }
    }

    /// A whole number of bytes, printed with binary suffixes where they fit.
    pub fn from_bytes(bytes: i64) -> Quantity {
        Quantity { nano: i128::from(bytes) * NANO_PER_UNIT, format: Format::BinarySi }
    }

    /// Units, rounded away from zero, and held within 64 bits.
    pub fn value(self) -> i64 {
        saturate(divide_up(self.nano, NANO_PER_UNIT))
    }

    /// Thousandths, rounded away from zero, and held within 64 bits.
    pub fn milli_value(self) -> i64 {
        saturate(divide_up(self.nano, NANO_PER_MILLI))
    }

    /// Billionths, exactly.
    pub fn nano(self) -> i128 {
        self.nano
    }

    /// The family of its suffix.
    pub fn format(self) -> Format {
        self.format
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.nano == 0
    }

    /// 1 above zero, -1 below, 0 at zero.
    pub fn sign(self) -> i32 {
        self.nano.signum() as i32
    }

    /// Whether it is a whole number of units.
    pub fn is_integer(self) -> bool {
        self.nano % NANO_PER_UNIT == 0
    }

    /// Whether it is a whole number of thousandths.
    pub fn is_whole_milli(self) -> bool {
        self.nano % NANO_PER_MILLI == 0
    }

    /// Rounded away from zero to whole thousandths, as the API does with resource lists
    /// (core/v1: defaults.go SetDefaults_ResourceList).
    pub fn round_up_to_milli(self) -> Quantity {
        Quantity { nano: divide_up(self.nano, NANO_PER_MILLI).saturating_mul(NANO_PER_MILLI), ..self }
    }
}

/// A binary quantity with many decimal places, exact as long as 128 bits allow.
fn binary_fraction(whole: &str, fraction: &str, exponent: i32) -> Option<i128> {
    let digits: i128 = [whole, fraction].concat().parse().ok()?;
    let divisor = 10i128.checked_pow(fraction.len() as u32)?;
    let scaled = digits.checked_mul(1i128 << exponent)?;
    match scaled.checked_mul(NANO_PER_UNIT) {
        Some(nano) => Some(divide_up(nano, divisor)),
        None => (scaled / divisor)
            .checked_mul(NANO_PER_UNIT)?
            .checked_add(divide_up(scaled % divisor, divisor / NANO_PER_UNIT)),
    }
}

/// Division that rounds away from zero.
fn divide_up(value: i128, by: i128) -> i128 {
    let by = by.max(1);
    match value % by {
        0 => value / by,
        _ => value / by + value.signum(),
    }
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl fmt::Display for Quantity {
    /// The canonical text: the largest suffix of its family that needs no fraction
    /// (apimachinery: api/resource/quantity.go CanonicalizeBytes).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nano == 0 {
            return f.write_str("0");
        }
        let small = self.nano.abs() < 1024 * NANO_PER_UNIT;
        if self.format == Format::BinarySi && !small && self.is_integer() {
            let mut number = self.nano / NANO_PER_UNIT;
            let mut suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter();
            let mut suffix = suffixes.next();
            while number % 1024 == 0 && suffixes.len() > 0 {
                number /= 1024;
                suffix = suffixes.next();
            }
            return write!(f, "{number}{}", suffix.unwrap_or(&""));
        }
        let mut number = self.nano;
        let mut exponent: i32 = -9;
        while number % 1000 == 0 {
            number /= 1000;
            exponent += 3;
        }
        match (self.format, exponent) {
            (_, 0) => write!(f, "{number}"),
            (Format::DecimalExponent, _) => write!(f, "{number}e{exponent}"),
            _ => {
                const SUFFIXES: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
                write!(f, "{number}{}", SUFFIXES.get((exponent / 3 + 3).unsigned_abs() as usize).unwrap_or(&""))
            }
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}

impl Add for Quantity {
    type Output = Quantity;

    /// The sum, in the family of the first that is not zero (apimachinery: api/resource/quantity.go Add).
    fn add(self, other: Quantity) -> Quantity {
        let format = if self.is_zero() { other.format } else { self.format };
        Quantity { nano: self.nano.saturating_add(other.nano), format }
    }
}

impl Sub for Quantity {
    type Output = Quantity;

    fn sub(self, other: Quantity) -> Quantity {
        self + -other
    }
}

impl Neg for Quantity {
    type Output = Quantity;

    fn neg(self) -> Quantity {
        Quantity { nano: -self.nano, ..self }
    }
}

/// The number of a decoded field. The decoder lets no other text pass, so anything unreadable counts as zero.
pub fn of(field: &k8s_openapi::apimachinery::pkg::api::resource::Quantity) -> Quantity {
    Quantity::parse(field.0.trim()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Quantity::parse(text).map_or_else(|error| error.to_string(), |quantity| quantity.to_string())
    }

    #[test]
    fn canonical_texts() {
        for (written, printed) in [
            ("0", "0"),
            ("-0", "0"),
            ("0Mi", "0"),
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("1000000", "1M"),
            ("1000k", "1M"),
            ("1e3", "1e3"),
            ("1E3", "1e3"),
            ("12e2", "1200"),
            ("1500e2", "150e3"),
            ("1E", "1E"),
            ("100E", "100E"),
            ("8Ei", "9223372036854775807"),
            ("0.0001", "100u"),
            ("1n", "1n"),
            ("0.1n", "1n"),
            ("-1.5", "-1500m"),
            ("+5", "5"),
            ("1.", "1"),
            (".5", "500m"),
            (".", "0"),
            ("1000", "1k"),
            ("1023Ki", "1023Ki"),
            ("1024", "1024"),
            ("0.1Mi", "104857600m"),
            ("0.0001Ki", "102400u"),
            ("99999999999999999999", "99999999999999999999"),
            ("20000000000000000000", "20E"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("128Mi", "128Mi"),
            ("007", "7"),
        ] {
            assert_eq!(canonical(written), printed, "{written}");
        }
    }

    #[test]
    fn what_passes_for_canonical_is_printed_as_it_was_written() {
        for text in ["+5", "007", "1.500", "1E3", "1e+3", "0100m", "01Mi", "1.5", "100", "1500m", "1e3", " 2 ", "five"]
        {
            let canonical = if text == "1.5" { "1500m" } else { text.trim() };
            assert_eq!(printed(text), canonical, "{text}");
        }
        for (written, shown) in [("1000m", "1"), ("0.500", "500m"), ("1.000", "1"), ("16Mi", "16Mi"), ("1024Ki", "1Mi")]
        {
            assert_eq!(printed(written), shown, "{written}");
        }
        assert_eq!(printed("1.5000001"), "1500000100n");
        assert_eq!(printed_in_list("1.500001"), "1501m");
        assert_eq!(printed_in_list("1.500"), "1.500");
    }

    #[test]
    fn faults_in_the_servers_words() {
        for text in ["", "64MB", "1 core", "a", "1.2.3", "1m5x"] {
            assert_eq!(Quantity::parse(text), Err(QuantityError::Format), "{text}");
        }
        for text in ["5K", "1e", "64mi", "1mm", "1e+", "1Mi5", "--1"] {
            assert_eq!(Quantity::parse(text), Err(QuantityError::Suffix), "{text}");
        }
    }

    #[test]
    fn arithmetic_and_rounding() {
        let parse = |text: &str| Quantity::parse(text).unwrap();
        assert_eq!((parse("250m") + parse("0.75")).to_string(), "1");
        assert_eq!((parse("1Gi") - parse("1Mi")).to_string(), "1023Mi");
        assert_eq!(parse("1500m").value(), 2);
        assert_eq!(parse("0.0001").milli_value(), 1);
        assert_eq!(parse("0.0001").round_up_to_milli().to_string(), "1m");
        assert!(parse("1Mi") > parse("1M"));
        assert_eq!(parse("9e99").value(), i64::MAX);
    }
}
