//! Numbers that may be percentages: `maxSurge: 25%`.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// The number before the `%`, where the text is a percentage as the API accepts it (`[0-9]+%`).
pub fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    match !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        true => Some(digits.parse().unwrap_or(i64::MAX)),
        false => None,
    }
}

/// The number itself, or the percentage of `total`, rounded up or down to a whole number
/// (apimachinery: util/intstr GetScaledValueFromIntOrPercent). `None` when a text is no percentage.
pub fn scaled(value: &IntOrString, total: i32, round_up: bool) -> Option<i32> {
    match value {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(text) => {
            let hundredths = i128::from(percent(text)?) * i128::from(total);
            let rounded = if round_up { (hundredths + 99).div_euclid(100) } else { hundredths.div_euclid(100) };
            Some(i32::try_from(rounded).unwrap_or(i32::MAX))
        }
    }
}

/// The number, or 0 for a text, as Go's `IntValue` reads a field that is not yet scaled: a percentage counts as its number.
pub fn number_or_percent(value: &IntOrString) -> i64 {
    match value {
        IntOrString::Int(number) => i64::from(*number),
        IntOrString::String(text) => percent(text).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_as_asked() {
        let quarter = IntOrString::String("25%".into());
        assert_eq!(scaled(&quarter, 3, true), Some(1));
        assert_eq!(scaled(&quarter, 3, false), Some(0));
        assert_eq!(scaled(&quarter, 10, true), Some(3));
        assert_eq!(scaled(&IntOrString::Int(4), 3, false), Some(4));
        assert_eq!(scaled(&IntOrString::String("abc".into()), 3, false), None);
        assert_eq!(scaled(&IntOrString::String("99999999999999999999%".into()), i32::MAX, true), Some(i32::MAX));
    }
}
