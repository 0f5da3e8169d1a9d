//! Numbers as Go reads and writes them.

/// A plain scalar that begins like a number, read the way go-yaml v2 reads it (resolve.go resolve).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Uint(u64),
    Float(f64),
}

/// Go's `strconv.ParseInt` and `ParseUint` with base 0 and no underscores left, then floats as YAML 1.1 has them.
pub(super) fn parse_number(text: &str) -> Option<Number> {
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(number) = parse_integer(&plain) {
        return Some(number);
    }
    is_yaml_float(&plain).then(|| parse_float(&plain)).flatten().map(Number::Float)
}

fn parse_integer(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (Some(-1), text.get(1..)?),
        b'+' => (Some(1), text.get(1..)?),
        _ => (None, text),
    };
    let lower = digits.get(..2).unwrap_or_default().to_ascii_lowercase();
    let (radix, digits) = match lower.as_str() {
        "0x" => (16, digits.get(2..)?),
        "0o" => (8, digits.get(2..)?),
        "0b" => (2, digits.get(2..)?),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    // Rust would take a sign here, Go would not.
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match sign {
        Some(-1) => 0i64.checked_sub_unsigned(magnitude).map(Number::Int),
        // `ParseUint` takes no sign: what does not fit an int64 is then no integer.
        Some(_) => i64::try_from(magnitude).ok().map(Number::Int),
        None => Some(i64::try_from(magnitude).map_or(Number::Uint(magnitude), Number::Int)),
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    mantissa_ok && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// Go's `strconv.ParseFloat` for decimal numbers; overflow is no number.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// A float as Go's `encoding/json` writes it (encode.go floatEncoder): like ES6, `1e+21`, `1e-7`.
pub fn json_float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        return exponent_form(value, 1);
    }
    // Rust writes the shortest digits that read back, without an exponent, as Go's 'f' does.
    format!("{value}")
}

/// `1.5e+21`; Go's exponents have a sign and at least `width` digits.
fn exponent_form(value: f64, width: usize) -> String {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>width$}")
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`: how a number becomes the key of a JSON object.
pub(super) fn key_float(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "Go rounds to 32 bits here too")]
    let value = value as f32;
    match value {
        f32::INFINITY => ".inf".to_owned(),
        f32::NEG_INFINITY => "-.inf".to_owned(),
        _ if value.is_nan() => ".nan".to_owned(),
        _ => general(&format!("{value:e}"), 21),
    }
}

/// Go's `%#v` of a float64.
pub(super) fn go_syntax_float(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ if value.is_nan() => "NaN".to_owned(),
        _ => general(&format!("{value:e}"), 21),
    }
}

/// Go's 'g' with the shortest digits: an exponent below -4 and from `limit` digits on.
fn general(scientific: &str, limit: i32) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    if !(-4..limit).contains(&exponent) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{exponent_sign}{:02}", exponent.abs());
    }
    let point = exponent + 1;
    match usize::try_from(point) {
        Ok(0) | Err(_) => {
            let zeros = "0".repeat(usize::try_from(-point).unwrap_or(0));
            format!("{sign}0.{zeros}{digits}")
        }
        Ok(point) if point >= digits.len() => format!("{sign}{digits}{}", "0".repeat(point - digits.len())),
        Ok(point) => {
            let (whole, fraction) = digits.split_at(point);
            format!("{sign}{whole}.{fraction}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_follow_go() {
        let int = |text| match parse_number(text) {
            Some(Number::Int(value)) => value,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(
            [int("010"), int("0o17"), int("0x1F"), int("0b11"), int("-0"), int("+5"), int("1_000")],
            [8, 15, 31, 3, 0, 5, 1000]
        );
        assert_eq!(int("-9223372036854775808"), i64::MIN);
        assert_eq!(parse_number("18446744073709551615"), Some(Number::Uint(u64::MAX)));
        assert_eq!(parse_number("08"), Some(Number::Float(8.0)));
        for text in ["0x", "1:30", "1e", "0o8", "+", "", "1e400", "--1", "0x+1"] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    #[test]
    fn floats_print_as_go_prints_them() {
        assert_eq!(json_float(1.0), "1");
        assert_eq!(json_float(1e20), "100000000000000000000");
        assert_eq!(json_float(1.2345678901234569e23), "1.2345678901234569e+23");
        assert_eq!(json_float(1e-7), "1e-7");
        assert_eq!(json_float(0.001), "0.001");
        assert_eq!(key_float(1.5), "1.5");
        assert_eq!(key_float(0.001), "0.001");
        assert_eq!(key_float(1e21), "1e+21");
        assert_eq!(key_float(0.00001), "1e-05");
        assert_eq!(key_float(12000.0), "12000");
    }
}
