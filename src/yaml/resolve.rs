//! The type of a scalar by its text: go-yaml v2's rules, which lean on YAML 1.1 (resolve.go).

use std::borrow::Cow;

use super::number::{Number, parse_float, parse_number};
use super::value::Scalar;

const PREFIX: &str = "tag:yaml.org,2002:";

/// Whether a plain scalar of this text is read as the text itself: not as a number, a boolean, a null or a time.
pub fn means_itself(text: &str) -> bool {
    matches!(resolve(None, true, &Cow::Borrowed(text)), Ok(Scalar::Str(_)))
}

/// What a scalar means, or go-yaml's complaint.
pub(super) fn resolve<'a>(
    tag: Option<&str>,
    plain: bool,
    text: &Cow<'a, str>,
) -> Result<Scalar<'a>, Cow<'static, str>> {
    let tag = tag.unwrap_or_default();
    if tag.is_empty() && !plain {
        return Ok(Scalar::Str(text.clone()));
    }
    let short = tag.strip_prefix(PREFIX);
    match short {
        Some("binary") => {
            let bytes = decode_base64(text).ok_or("!!binary value contains invalid base64 data")?;
            return Ok(Scalar::Str(Cow::Owned(go_string(&bytes))));
        }
        Some("str") => return Ok(Scalar::Str(text.clone())),
        Some("bool" | "int" | "float" | "null" | "timestamp") => {}
        _ if tag.is_empty() => {}
        _ => return Ok(Scalar::Str(text.clone())),
    }
    let timestamp_wanted = matches!(short, None | Some("timestamp"));
    let found = guess(text, timestamp_wanted);
    let name = match found {
        Guess::Timestamp => "timestamp",
        Guess::Is(Scalar::Null) => "null",
        Guess::Is(Scalar::Bool(_)) => "bool",
        Guess::Is(Scalar::Int(_) | Scalar::Uint(_)) => "int",
        Guess::Is(Scalar::Float(_)) => "float",
        Guess::Is(Scalar::Str(_)) => "str",
        Guess::Merge => "merge",
    };
    let scalar = match found {
        Guess::Is(scalar) => scalar,
        // Times and merge signs that are no keys stay text.
        Guess::Timestamp | Guess::Merge => Scalar::Str(text.clone()),
    };
    match (short, scalar) {
        (None, scalar) => Ok(scalar),
        (Some("float"), Scalar::Int(value)) => {
            #[expect(clippy::cast_precision_loss, reason = "Go converts it so")]
            let value = value as f64;
            Ok(Scalar::Float(value))
        }
        (Some(wanted), scalar) if wanted == name => Ok(scalar),
        (Some(wanted), _) => Err(format!("cannot decode !!{name} `{text}` as a !!{wanted}").into()),
    }
}

enum Guess<'a> {
    Is(Scalar<'a>),
    Timestamp,
    Merge,
}

fn guess<'a>(text: &Cow<'a, str>, timestamp_wanted: bool) -> Guess<'a> {
    let string = || Guess::Is(Scalar::Str(text.clone()));
    match &**text {
        "" | "~" | "null" | "Null" | "NULL" => return Guess::Is(Scalar::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Guess::Is(Scalar::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Guess::Is(Scalar::Bool(false));
        }
        ".nan" | ".NaN" | ".NAN" => return Guess::Is(Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Guess::Is(Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Guess::Is(Scalar::Float(f64::NEG_INFINITY)),
        "<<" => return Guess::Merge,
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') => parse_float(text).map_or_else(string, |value| Guess::Is(Scalar::Float(value))),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            if timestamp_wanted && is_timestamp(text) {
                return Guess::Timestamp;
            }
            match parse_number(text) {
                Some(Number::Int(value)) => Guess::Is(Scalar::Int(value)),
                Some(Number::Uint(value)) => Guess::Is(Scalar::Uint(value)),
                Some(Number::Float(value)) => Guess::Is(Scalar::Float(value)),
                None => string(),
            }
        }
        _ => string(),
    }
}

/// How many days a month has.
pub fn days_in(month: u32, year: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Whether the text is of one of go-yaml's time formats (resolve.go allowedTimestampFormats), as Go's `time.Parse` reads
/// them.
fn is_timestamp(text: &str) -> bool {
    fn number(text: &mut &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at_checked(digits)?;
        *text = rest;
        number.parse().ok().filter(|number| range.contains(number))
    }
    fn sign(text: &mut &str, sign: char) -> Option<()> {
        *text = text.strip_prefix(sign)?;
        Some(())
    }
    fn read(text: &str) -> Option<()> {
        let (year, mut rest) = text.split_once('-')?;
        let year: u32 = year.parse().ok().filter(|_| year.len() == 4 && !year.starts_with('+'))?;
        let month = number(&mut rest, 1..=12)?;
        sign(&mut rest, '-')?;
        number(&mut rest, 1..=days_in(month, year))?;
        if rest.is_empty() {
            return Some(());
        }
        let zoned = rest.starts_with(['T', 't']);
        rest = rest.strip_prefix(['T', 't', ' '])?;
        if !zoned {
            rest = rest.trim_start_matches(' ');
        }
        number(&mut rest, 0..=23)?;
        sign(&mut rest, ':')?;
        number(&mut rest, 0..=59)?;
        sign(&mut rest, ':')?;
        number(&mut rest, 0..=59)?;
        if let Some(fraction) = rest.strip_prefix(['.', ',']).filter(|it| it.starts_with(|c: char| c.is_ascii_digit()))
        {
            rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        if zoned && rest != "Z" {
            rest = rest.strip_prefix(['+', '-']).filter(|rest| rest.len() == 5)?;
            number(&mut rest, 0..=24)?;
            sign(&mut rest, ':')?;
            number(&mut rest, 0..=60)?;
        }
        (rest.is_empty() || zoned && rest == "Z").then_some(())
    }
    read(text).is_some()
}

/// Go's `base64.StdEncoding`: padded, line breaks ignored.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let lenient = base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(compact).ok()
}

/// Bytes as text the way Go's JSON writes them: each byte that is no UTF-8 becomes U+FFFD.
pub(super) fn go_string(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn times_are_those_that_go_reads() {
        for text in ["2001-01-01", "2001-1-1", "2001-01-01T1:2:3Z", "2001-01-01t01:02:03.5+01:30", "2000-2-29 1:2:3,25"]
        {
            assert!(is_timestamp(text), "{text}");
        }
        let none =
            ["2001-01-01a", "2001-02-29", "2001-01-01T1:2:3", "2001-01-01 1:2:3Z", "+200-1-1", "2001-1", "2001-1-1 "];
        for text in none {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
