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

/// Whether the text looks like one of go-yaml's time formats (resolve.go allowedTimestampFormats). A time stays
/// text either way; what matters is only that `2001-1-1` is no number, which it could not be.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let year = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if year != 4 || bytes.get(4) != Some(&b'-') {
        return false;
    }
    let mut parts = text.get(5..).unwrap_or_default().splitn(2, '-');
    let month = parts.next().and_then(|month| month.parse::<u8>().ok());
    let day: String = parts.next().unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    matches!(month, Some(1..=12)) && matches!(day.parse::<u8>(), Ok(1..=31))
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
