//! RFC 3339 times as Go's `time.Parse` takes them, and its words where it does not.

use std::fmt::Write as _;

use crate::yaml::days_in;

const SECONDS: &str = "2006-01-02T15:04:05Z07:00";
const MICROSECONDS: &str = "2006-01-02T15:04:05.000000Z07:00";

/// Whether `text` is a time; else Go's complaint (time: format.go parse).
pub(super) fn parse(text: &str, micro: bool) -> Result<(), String> {
    let layout = if micro { MICROSECONDS } else { SECONDS };
    Parser { text, rest: text, layout }.run(micro)
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    layout: &'static str,
}

impl Parser<'_> {
    fn fail<T>(&self, element: &str) -> Result<T, String> {
        let (text, rest) = (quote(self.text), quote(self.rest));
        Err(format!("parsing time {text} as {}: cannot parse {rest} as {}", quote(self.layout), quote(element)))
    }

    fn out_of_range<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("parsing time {}: {what} out of range", quote(self.text)))
    }

    fn digits(&mut self, count: usize, element: &str) -> Result<u32, String> {
        match self.rest.get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
            Some(digits) => {
                self.rest = self.rest.get(count..).unwrap_or_default();
                Ok(digits.parse().unwrap_or(0))
            }
            None => self.fail(element),
        }
    }

    fn literal(&mut self, sign: &str) -> Result<(), String> {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => self.fail(sign),
        }
    }

    fn run(mut self, micro: bool) -> Result<(), String> {
        let year = self.digits(4, "2006")?;
        self.literal("-")?;
        let month = self.digits(2, "01")?;
        if !(1..=12).contains(&month) {
            return self.out_of_range("month");
        }
        self.literal("-")?;
        let day = self.digits(2, "02")?;
        self.literal("T")?;
        // Go takes an hour of one digit.
        let hour_digits = if self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) { 2 } else { 1 };
        if self.digits(hour_digits, "15")? > 23 {
            return self.out_of_range("hour");
        }
        self.literal(":")?;
        if self.digits(2, "04")? > 59 {
            return self.out_of_range("minute");
        }
        self.literal(":")?;
        if self.digits(2, "05")? > 59 {
            return self.out_of_range("second");
        }
        if micro {
            let fraction = self.rest.get(..7).filter(|text| {
                text.starts_with(['.', ',']) && text.get(1..).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit()))
            });
            match fraction {
                Some(_) => self.rest = self.rest.get(7..).unwrap_or_default(),
                None => return self.fail(".000000"),
            }
        } else if let Some(fraction) = self.rest.strip_prefix(['.', ',']) {
            let after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if after.len() < fraction.len() {
                self.rest = after;
            }
        }
        self.zone()?;
        if !self.rest.is_empty() {
            return Err(format!("parsing time {}: extra text: {}", quote(self.text), quote(self.rest)));
        }
        if day < 1 || day > days_in(month, year) {
            return self.out_of_range("day");
        }
        Ok(())
    }

    fn zone(&mut self) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(());
        }
        let zone = self.rest.get(..6).filter(|zone| {
            let digits = |range| zone.get(range).is_some_and(|d: &str| d.bytes().all(|b| b.is_ascii_digit()));
            zone.starts_with(['+', '-']) && zone.get(3..4) == Some(":") && digits(1..3) && digits(4..6)
        });
        let Some(zone) = zone else { return self.fail("Z07:00") };
        let number = |range| zone.get(range).and_then(|digits: &str| digits.parse::<u32>().ok()).unwrap_or(0);
        if number(1..3) > 24 {
            return self.out_of_range("time zone offset hour");
        }
        if number(4..6) > 60 {
            return self.out_of_range("time zone offset minute");
        }
        self.rest = self.rest.get(6..).unwrap_or_default();
        Ok(())
    }
}

/// Go's `time` quotes by itself: what is not printable ASCII becomes bytes (time: format.go quote).
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='\x7f' => quoted.push(c),
            _ => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(quoted, "\\x{byte:02x}");
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_gos() {
        assert_eq!(parse("2024-02-29T10:00:00Z", false), Ok(()));
        assert_eq!(parse("2024-01-02T10:00:00.5+02:00", false), Ok(()));
        let complaint = parse("yesterday", false).unwrap_err();
        let start = r#"parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": "#;
        assert_eq!(complaint, format!(r#"{start}cannot parse "yesterday" as "2006""#));
        assert_eq!(
            parse("2024-13-01T00:00:00Z", false).unwrap_err(),
            r#"parsing time "2024-13-01T00:00:00Z": month out of range"#
        );
        let complaint = parse("2024-01-02", false).unwrap_err();
        assert!(complaint.ends_with(r#"cannot parse "" as "T""#), "{complaint}");
        assert!(parse("2023-02-29T00:00:00Z", false).unwrap_err().ends_with("day out of range"));
    }
}
