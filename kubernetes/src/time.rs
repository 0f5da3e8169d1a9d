//! Instants of the calendar, and spans between them.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;
use std::time::Duration;

const NANOS: i32 = 1_000_000_000;
const DAY: i64 = 86_400;

/// An instant, to the nanosecond, of the years 0 to 9999.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Since 1970 began, in UTC.
    second: i64,
    /// Within the second.
    nano: i32,
}

/// A span of time, forward or back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedDuration {
    second: i64,
    /// Of the same sign.
    nano: i32,
}

/// An instant or span that there is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no time of the years 0 to 9999")
    }
}

impl std::error::Error for OutOfRange {}

impl SignedDuration {
    /// No time at all.
    pub const ZERO: SignedDuration = SignedDuration { second: 0, nano: 0 };

    /// So many seconds.
    pub const fn from_secs(second: i64) -> Self {
        SignedDuration { second, nano: 0 }
    }

    /// So many microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        SignedDuration { second: micros / 1_000_000, nano: (micros % 1_000_000) as i32 * 1_000 }
    }

    /// Whole seconds.
    pub const fn as_secs(self) -> i64 {
        self.second
    }

    /// Seconds, with their fraction.
    pub fn as_secs_f64(self) -> f64 {
        self.second as f64 + f64::from(self.nano) / 1e9
    }

    /// Whole microseconds, at most as many as fit.
    pub const fn as_micros(self) -> i64 {
        self.second.saturating_mul(1_000_000).saturating_add((self.nano / 1_000) as i64)
    }
}

impl Add for SignedDuration {
    type Output = SignedDuration;

    fn add(self, other: SignedDuration) -> SignedDuration {
        signed(self.second.saturating_add(other.second), self.nano + other.nano)
    }
}

/// A span of parts whose signs may differ.
fn signed(second: i64, nano: i32) -> SignedDuration {
    let (mut second, mut nano) = (second.saturating_add(i64::from(nano / NANOS)), nano % NANOS);
    if second > 0 && nano < 0 {
        (second, nano) = (second - 1, nano + NANOS);
    } else if second < 0 && nano > 0 {
        (second, nano) = (second + 1, nano - NANOS);
    }
    SignedDuration { second, nano }
}

impl TryFrom<SignedDuration> for Duration {
    type Error = OutOfRange;

    fn try_from(span: SignedDuration) -> Result<Duration, OutOfRange> {
        match (u64::try_from(span.second), u32::try_from(span.nano)) {
            (Ok(second), Ok(nano)) => Ok(Duration::new(second, nano)),
            _ => Err(OutOfRange),
        }
    }
}

impl Timestamp {
    /// When 1970 began.
    pub const UNIX_EPOCH: Timestamp = Timestamp { second: 0, nano: 0 };
    /// Before year 0 began.
    const MIN: Timestamp = Timestamp { second: -62_167_219_200, nano: 0 };
    /// The end of year 9999.
    pub const MAX: Timestamp = Timestamp { second: 253_402_300_799, nano: NANOS - 1 };

    /// The instant so many seconds after 1970 began, and so many nanoseconds after that.
    pub const fn constant(second: i64, nano: i32) -> Self {
        Timestamp { second, nano }
    }

    /// The instant so many seconds after 1970 began.
    ///
    /// # Errors
    /// Beyond the years 0 to 9999.
    pub fn from_second(second: i64) -> Result<Self, OutOfRange> {
        Timestamp { second, nano: 0 }.checked()
    }

    fn checked(self) -> Result<Self, OutOfRange> {
        if (Timestamp::MIN..=Timestamp::MAX).contains(&self) { Ok(self) } else { Err(OutOfRange) }
    }

    /// Seconds since 1970 began.
    pub const fn as_second(self) -> i64 {
        self.second
    }

    /// Nanoseconds within the second.
    pub const fn subsec_nanosecond(self) -> i32 {
        self.nano
    }

    /// Nanoseconds since 1970 began, at most as many as fit, which is until the year 2262.
    pub const fn as_nanosecond(self) -> i64 {
        self.second.saturating_mul(NANOS as i64).saturating_add(self.nano as i64)
    }

    /// The instant after that span.
    ///
    /// # Errors
    /// Beyond the years 0 to 9999.
    pub fn checked_add(self, span: SignedDuration) -> Result<Self, OutOfRange> {
        let nano = self.nano + span.nano;
        let second = self.second.checked_add(span.second).ok_or(OutOfRange)?;
        let second = second.checked_add(i64::from(nano.div_euclid(NANOS))).ok_or(OutOfRange)?;
        Timestamp { second, nano: nano.rem_euclid(NANOS) }.checked()
    }

    /// How long `earlier` was ago.
    pub fn duration_since(self, earlier: Timestamp) -> SignedDuration {
        signed(self.second.saturating_sub(earlier.second), self.nano - earlier.nano)
    }

    /// To the second: `2026-11-03T05:16:01Z` (Go: time.RFC3339).
    pub fn to_seconds(self) -> String {
        format!("{}Z", self.wall())
    }

    /// To the microsecond: `2026-11-03T05:16:01.000000Z`.
    pub fn to_micros(self) -> String {
        format!("{}.{:06}Z", self.wall(), self.nano / 1_000)
    }

    /// As `kubectl describe` prints it: `Tue, 03 Nov 2026 05:16:01 +0000` (Go: time.RFC1123Z).
    pub fn to_rfc1123(self) -> String {
        const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let days = self.second.div_euclid(DAY);
        let (year, month, day) = civil(days);
        let name = |names: &[&'static str], i: i64| usize::try_from(i).ok().and_then(|i| names.get(i).copied());
        let weekday = name(&WEEKDAYS, days.rem_euclid(7)).unwrap_or_default();
        let month = name(&MONTHS, month - 1).unwrap_or_default();
        let (hour, minute, second) = self.clock();
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
    }

    fn clock(self) -> (i64, i64, i64) {
        let second = self.second.rem_euclid(DAY);
        (second / 3_600, second / 60 % 60, second % 60)
    }

    fn wall(self) -> String {
        let (year, month, day) = civil(self.second.div_euclid(DAY));
        let (hour, minute, second) = self.clock();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wall())?;
        if self.nano != 0 {
            let nano = format!("{:09}", self.nano);
            write!(f, ".{}", nano.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The date of the day that many days after 1970 began. The year is counted from March, so that the leap day is its
/// last, and in ages of 400 years, which are all equally long.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (age, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + age * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (age, year) = (year.div_euclid(400), year.rem_euclid(400));
    let month = (month + 9) % 12;
    age * 146_097 + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

impl FromStr for Timestamp {
    type Err = OutOfRange;

    /// Reads RFC 3339: `2026-11-03T05:16:01.5+08:00`.
    fn from_str(text: &str) -> Result<Self, OutOfRange> {
        read(text).ok_or(OutOfRange)
    }
}

fn read(text: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let is = |at: usize, marks: &[u8]| text.as_bytes().get(at).is_some_and(|byte| marks.contains(byte));
    let form = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let at = days(year, month, day);
    if !form || civil(at) != (year, month, day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let (nano, zone) = match rest.strip_prefix('.') {
        None => (0, rest),
        Some(fraction) => {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let digits = fraction.get(..length.min(9)).filter(|digits| !digits.is_empty())?;
            (format!("{digits:0<9}").parse().ok()?, fraction.get(length..)?)
        }
    };
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let at = text.len().checked_sub(zone.len())?;
            let sign = match (zone.as_bytes().first()?, zone.as_bytes().get(3)?, zone.len()) {
                (b'+', b':', 6) => 1,
                (b'-', b':', 6) => -1,
                _ => return None,
            };
            let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            sign * (hours * 3_600 + minutes * 60)
        }
    };
    // A leap second is the last of its minute, for no clock here counts it.
    let second = at * DAY + hour * 3_600 + minute * 60 + second.min(59) - offset;
    Timestamp { second, nano }.checked().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_and_printed() {
        for (text, second, printed) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2026-11-03T05:16:01Z", 1_793_682_961, "2026-11-03T05:16:01Z"),
            ("2026-11-03T13:16:01+08:00", 1_793_682_961, "2026-11-03T05:16:01Z"),
            ("2024-02-29T23:59:60Z", 1_709_251_199, "2024-02-29T23:59:59Z"),
            ("2000-03-01T00:00:00.250Z", 951_868_800, "2000-03-01T00:00:00.25Z"),
            ("1969-12-31T23:59:59.5Z", -1, "1969-12-31T23:59:59.5Z"),
        ] {
            let instant: Timestamp = text.parse().unwrap();
            assert_eq!((instant.as_second(), instant.to_string().as_str()), (second, printed));
        }
        for wrong in ["", "2026-11-03", "2026-13-03T05:16:01Z", "2026-02-29T05:16:01Z", "2026-11-03T05:16:01", "é"] {
            assert_eq!(wrong.parse::<Timestamp>(), Err(OutOfRange), "{wrong}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_found_again() {
        for day in -150_000..150_000 {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
        }
    }

    #[test]
    fn instants_are_printed_in_the_api_s_forms() {
        let instant: Timestamp = "2026-11-03T05:16:01.123456789Z".parse().unwrap();
        assert_eq!(instant.to_seconds(), "2026-11-03T05:16:01Z");
        assert_eq!(instant.to_micros(), "2026-11-03T05:16:01.123456Z");
        assert_eq!(instant.to_rfc1123(), "Tue, 03 Nov 2026 05:16:01 +0000");
    }

    #[test]
    fn spans_have_one_sign() {
        let [early, late] = ["2026-11-03T05:16:00.9Z", "2026-11-03T05:16:02.1Z"].map(|text| text.parse().unwrap());
        let span = Timestamp::duration_since(late, early);
        assert_eq!((span.as_secs(), span.as_micros()), (1, 1_200_000));
        let back = Timestamp::duration_since(early, late);
        assert_eq!((back.as_secs(), back.as_micros()), (-1, -1_200_000));
        assert_eq!(early.checked_add(span), Ok(late));
        assert_eq!(late.checked_add(back), Ok(early));
        assert_eq!(Duration::try_from(span), Ok(Duration::from_millis(1_200)));
        assert_eq!(Duration::try_from(back), Err(OutOfRange));
        assert_eq!(Timestamp::MAX.checked_add(SignedDuration::from_micros(1)), Err(OutOfRange));
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999999Z");
    }
}
