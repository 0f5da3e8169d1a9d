//! Texts of quantities: read, and printed again as the server does, which keeps some as they were written.

use std::borrow::Cow;

use super::{Format, NANO_PER_UNIT, Quantity, QuantityError, divide_up};

/// What a binary quantity that needs arbitrary precision is capped at: 2^63-1 units.
const CAP: i128 = i64::MAX as i128 * NANO_PER_UNIT;

/// Stands for what 128 bits cannot hold. Its text is short too, so that reading it again gives the same.
const BEYOND: i128 = 10i128.pow(38);

/// What a text says.
pub(super) struct Read {
    pub(super) quantity: Quantity,
    /// The power of ten that the last digit stands for, where the server takes the text for canonical and prints it as it
    /// was written.
    kept: Option<i32>,
}

/// Reads a quantity (apimachinery: api/resource/quantity.go ParseQuantity).
pub(super) fn read(text: &str) -> Result<Read, QuantityError> {
    if text.is_empty() {
        return Err(QuantityError::Format);
    }
    let parts = split(text)?;
    let (exponent, mut format) = suffix_value(parts.suffix)?;
    // Short numbers are kept as they are; long ones are rounded up to billionths, and binary ones capped.
    let short = parts.is_short(exponent, format);
    let kept = if short { parts.kept_scale(exponent, format) } else { None };
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
    Ok(Read { quantity: Quantity { nano: if parts.negative { -nano } else { nano }, format }, kept })
}

/// What the API prints of a quantity that was written as `text`; a text that is none stays as it is.
///
/// ```
/// use podlab::api::quantity::printed;
/// assert_eq!(printed("1000m"), "1");
/// assert_eq!(printed("1.500"), "1.500");
/// ```
pub fn printed(text: &str) -> Cow<'_, str> {
    unless_kept(text, |_| true, |quantity| quantity)
}

/// What the API prints of one of a resource list, which it rounds up to thousandths
/// (core/v1: defaults.go SetDefaults_ResourceList).
pub fn printed_in_list(text: &str) -> Cow<'_, str> {
    unless_kept(text, |scale| scale >= -3, Quantity::round_up_to_milli)
}

/// `text` where the server keeps it and `keeps` its last digit, what `rounds` makes of its number where not.
fn unless_kept(text: &str, keeps: fn(i32) -> bool, rounds: fn(Quantity) -> Quantity) -> Cow<'_, str> {
    let text = text.trim();
    match read(text) {
        Ok(read) if !read.kept.is_some_and(keeps) => rounds(read.quantity).to_string().into(),
        _ => text.into(),
    }
}

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

    /// The power of ten that the last digit of a short text stands for, where the server takes the text for canonical. It
    /// does not look at everything: `+5`, `007`, `1.500` and `1E3` pass.
    fn kept_scale(&self, exponent: i32, format: Format) -> Option<i32> {
        if format == Format::BinarySi {
            let number: u64 = self.whole_digits().parse().ok()?;
            return (!number.is_multiple_of(8)).then_some(0);
        }
        let digits = [self.whole_digits(), self.fraction].concat();
        let scale = exponent - self.fraction.len() as i32;
        (scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')).then_some(scale)
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
