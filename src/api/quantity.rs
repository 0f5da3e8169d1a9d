//! Amounts of resources (`500m`, `64Mi`): read, compare, add and print them as the API server does.
//!
//! A value is an exact count of billionths in 128 bits; there is no floating point anywhere, so the same text
//! always gives the same number and the same canonical text.

mod written;

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Neg, Sub};

pub use written::{printed, printed_in_list};

const NANO_PER_UNIT: i128 = 1_000_000_000;
const NANO_PER_MILLI: i128 = 1_000_000;

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

impl Quantity {
    /// Nothing at all.
    pub const ZERO: Quantity = Quantity { nano: 0, format: Format::DecimalSi };

    /// Reads a quantity (apimachinery: api/resource/quantity.go ParseQuantity). The decoder trims blanks before.
    ///
    /// # Errors
    /// When the text is no quantity, in the server's words.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        Ok(written::read(text)?.quantity)
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
