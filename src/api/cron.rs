//! Cron schedules: `*/5 9-17 * * MON-FRI`, `@hourly`, `@every 90s`.

use std::fmt;

use super::time_zones::{self, Zone};

/// A field that was written `*` or `?`: the other day field alone decides.
const STAR: u64 = 1 << 63;

/// When a CronJob is due. All times are seconds since 1970 in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Five fields, each a set of bits.
    Fields(Fields),
    /// `@every`: a fixed distance in seconds, at least one.
    Every(i64),
}

/// The minutes, hours and days at which a schedule is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    minute: u64,
    hour: u64,
    day: u64,
    month: u64,
    weekday: u64,
}

/// Why a text is no schedule; prints as the parser that Kubernetes uses says it (robfig/cron v3, parser.go).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronError(String);

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CronError {}

fn error<T>(text: String) -> Result<T, CronError> {
    Err(CronError(text))
}

/// What a field may hold.
struct Bounds {
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const MINUTES: Bounds = Bounds { min: 0, max: 59, names: &[] };
const HOURS: Bounds = Bounds { min: 0, max: 23, names: &[] };
const DAYS: Bounds = Bounds { min: 1, max: 31, names: &[] };
const MONTHS: Bounds = Bounds {
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Bounds = Bounds { min: 0, max: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

impl Schedule {
    /// Reads a schedule (robfig/cron v3: ParseStandard).
    ///
    /// # Errors
    /// When the text is none, in the words of that parser.
    pub fn parse(text: &str) -> Result<Schedule, CronError> {
        if text.is_empty() {
            return error("empty spec string".to_owned());
        }
        let mut text = text;
        if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
            // Without a blank the parser falls over its own index, before it has looked at the zone
            // (kubernetes: pkg/util/parsers/cron.go ParseCronScheduleWithPanicRecovery).
            let Some((zone, rest)) = text.split_once(' ') else {
                return error("invalid schedule format: runtime error: slice bounds out of range [:-1]".to_owned());
            };
            let zone = zone.split_once('=').map_or("", |(_, zone)| zone);
            if let Some(fault) = time_zones::fault(zone) {
                return error(format!("provided bad location {zone}: {fault}"));
            }
            text = rest.trim();
        }
        if text.starts_with('@') {
            return descriptor(text);
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return error(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
        };
        Ok(Schedule::Fields(Fields {
            minute: field(minute, &MINUTES)?,
            hour: field(hour, &HOURS)?,
            day: field(day, &DAYS)?,
            month: field(month, &MONTHS)?,
            weekday: field(weekday, &WEEKDAYS)?,
        }))
    }

    /// The first time after `after` at which it is due; `None` when there is none within five years
    /// (robfig/cron v3: spec.go Next, constantdelay.go Next).
    pub fn next(&self, after: i64) -> Option<i64> {
        match self {
            Schedule::Every(seconds) => after.checked_add(*seconds),
            Schedule::Fields(fields) => fields.next(after),
        }
    }

    /// The same by the clocks of `zone`: an hour that they skip is not there, one that they show twice is there twice.
    pub fn next_in(&self, zone: Zone, after: i64) -> Option<i64> {
        let Schedule::Fields(fields) = self else { return self.next(after) };
        let mut after = after;
        // Ten years have twenty changes of clocks.
        for _ in 0..20 {
            let (offset, changes) = zone.offset(after);
            let found = fields.next(after.checked_add(offset)?).map(|local| local - offset);
            match (found, changes) {
                (found, None) => return found,
                (Some(found), Some(change)) if found < change => return Some(found),
                // The next search begins with the minute after this one.
                (_, Some(change)) => {
                    if fields.next(change - 60 + zone.offset(change).0) == Some(change + zone.offset(change).0) {
                        return Some(change);
                    }
                    after = change;
                }
            }
        }
        None
    }
}

/// A named schedule.
fn descriptor(text: &str) -> Result<Schedule, CronError> {
    let all = |bounds: &Bounds| bits(bounds.min, bounds.max, 1) | STAR;
    let fields = |minute, hour, day, month, weekday| Ok(Schedule::Fields(Fields { minute, hour, day, month, weekday }));
    match text {
        "@yearly" | "@annually" => fields(1, 1, 1 << 1, 1 << 1, all(&WEEKDAYS)),
        "@monthly" => fields(1, 1, 1 << 1, all(&MONTHS), all(&WEEKDAYS)),
        "@weekly" => fields(1, 1, all(&DAYS), all(&MONTHS), 1),
        "@daily" | "@midnight" => fields(1, 1, all(&DAYS), all(&MONTHS), all(&WEEKDAYS)),
        "@hourly" => fields(1, all(&HOURS), all(&DAYS), all(&MONTHS), all(&WEEKDAYS)),
        _ => match text.strip_prefix("@every ") {
            Some(duration) => match seconds(duration) {
                Ok(seconds) => Ok(Schedule::Every(seconds.max(1))),
                Err(fault) => error(format!("failed to parse duration {text}: {fault}")),
            },
            None => error(format!("unrecognized descriptor: {text}")),
        },
    }
}

/// One field: ranges joined by commas.
fn field(text: &str, bounds: &Bounds) -> Result<u64, CronError> {
    let mut set = 0;
    for range in text.split(',').filter(|range| !range.is_empty()) {
        set |= parse_range(range, bounds)?;
    }
    Ok(set)
}

/// `*`, `7`, `1-5`, each perhaps with `/step` (robfig/cron v3: parser.go getRange).
fn parse_range(range: &str, bounds: &Bounds) -> Result<u64, CronError> {
    let mut parts = range.split('/');
    let (span, step, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let mut ends = span.split('-');
    let (low, high, third) = (ends.next().unwrap_or_default(), ends.next(), ends.next());
    let mut star = 0;
    let (start, mut end) = match (low, high, third) {
        ("*" | "?", ..) => {
            star = STAR;
            (bounds.min, bounds.max)
        }
        (_, None, _) => {
            let start = number_or_name(low, bounds)?;
            (start, start)
        }
        (_, Some(high), None) => (number_or_name(low, bounds)?, number_or_name(high, bounds)?),
        (_, Some(_), Some(_)) => {
            number_or_name(low, bounds)?;
            return error(format!("too many hyphens: {range}"));
        }
    };
    let step = match (step, more) {
        (None, _) => 1,
        (Some(step), None) => {
            let step = number(step)?;
            if high.is_none() {
                end = bounds.max;
            }
            if step > 1 {
                star = 0;
            }
            step
        }
        (Some(_), Some(_)) => return error(format!("too many slashes: {range}")),
    };
    if start < bounds.min {
        return error(format!("beginning of range ({start}) below minimum ({}): {range}", bounds.min));
    }
    if end > bounds.max {
        return error(format!("end of range ({end}) above maximum ({}): {range}", bounds.max));
    }
    if start > end {
        return error(format!("beginning of range ({start}) beyond end of range ({end}): {range}"));
    }
    if step == 0 {
        return error(format!("step of range should be a positive number: {range}"));
    }
    Ok(bits(start, end, step) | star)
}

fn bits(start: u32, end: u32, step: u32) -> u64 {
    (start..=end.min(62)).step_by(step.max(1) as usize).fold(0, |set, bit| set | 1 << bit)
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<u32, CronError> {
    let lower = text.to_lowercase();
    match bounds.names.iter().position(|name| *name == lower) {
        Some(position) => Ok(bounds.min + position as u32),
        None => number(text),
    }
}

/// A number as Go's `strconv.Atoi` reads it, told in its words when it is none.
fn number(text: &str) -> Result<u32, CronError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return error(format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax"));
    }
    match text.parse::<i64>() {
        Err(_) => error(format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: value out of range")),
        Ok(value) if value < 0 => error(format!("negative number ({value}) not allowed: {text}")),
        Ok(value) => Ok(u32::try_from(value).unwrap_or(u32::MAX)),
    }
}

/// The whole seconds of a Go duration such as `1h30m` (Go: time.ParseDuration).
fn seconds(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Ok(0);
    }
    if unsigned.is_empty() {
        return Err(invalid());
    }
    let mut rest = unsigned;
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let split = |text: &str, stop: &dyn Fn(char) -> bool| text.find(stop).unwrap_or(text.len());
        let (amount, after) = rest.split_at(split(rest, &|c| !c.is_ascii_digit() && c != '.'));
        let (unit, after) = after.split_at(split(after, &|c| c.is_ascii_digit() || c == '.'));
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(invalid());
        }
        let scale: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        nanos = whole.checked_mul(scale).and_then(|value| nanos.checked_add(value)).ok_or_else(invalid)?;
        let mut place = scale;
        for digit in fraction.bytes() {
            place /= 10;
            nanos += i128::from(digit - b'0') * place;
        }
        if nanos > i128::from(i64::MAX) {
            return Err(invalid());
        }
        rest = after;
    }
    let seconds = i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX);
    Ok(if text.starts_with('-') { -seconds } else { seconds })
}

const DAY: i64 = 86_400;

impl Fields {
    fn next(&self, after: i64) -> Option<i64> {
        // The next full minute; then day by day, for at most five years.
        let start = after.checked_add(60)?.div_euclid(60).checked_mul(60)?;
        let first_day = start.div_euclid(DAY);
        for day in first_day..first_day.checked_add(366 * 5)? {
            if !self.on_day(day) {
                continue;
            }
            let from = if day == first_day { start.rem_euclid(DAY) / 60 } else { 0 };
            for minute in from..DAY / 60 {
                if has(self.hour, minute / 60) && has(self.minute, minute % 60) {
                    return Some(day * DAY + minute * 60);
                }
            }
        }
        None
    }

    /// Both day fields must fit when one is a star; otherwise one is enough (robfig/cron v3: spec.go dayMatches).
    fn on_day(&self, day: i64) -> bool {
        let (month, date) = month_and_date(day);
        let by_date = has(self.day, date);
        let by_weekday = has(self.weekday, (day + 4).rem_euclid(7));
        let days = match (self.day | self.weekday) & STAR != 0 {
            true => by_date && by_weekday,
            false => by_date || by_weekday,
        };
        days && has(self.month, month)
    }
}

fn has(set: u64, bit: i64) -> bool {
    set & 1 << bit.clamp(0, 62) != 0
}

/// Month and day of the month of a day counted from 1970-01-01, in the Gregorian calendar: years are counted from
/// March, so that the leap day comes last.
fn month_and_date(day: i64) -> (i64, i64) {
    let shifted = day + 719_468;
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * from_march + 2) / 5 + 1;
    (if from_march < 10 { from_march + 3 } else { from_march - 9 }, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        Schedule::parse(text).map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
    }

    #[test]
    fn faults_in_the_parsers_words() {
        for (text, expected) in [
            ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
            ("61 * * * *", "end of range (61) above maximum (59): 61"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("*/1/2 * * * *", "too many slashes: */1/2"),
            ("* * * Foo *", "failed to parse int from Foo: strconv.Atoi: parsing \"Foo\": invalid syntax"),
            ("* * * * 7", "end of range (7) above maximum (6): 7"),
            ("@foo", "unrecognized descriptor: @foo"),
            ("@every x", "failed to parse duration @every x: time: invalid duration \"x\""),
            ("@every 5", "failed to parse duration @every 5: time: missing unit in duration \"5\""),
            ("@every 5d", "failed to parse duration @every 5d: time: unknown unit \"d\" in duration \"5d\""),
            ("TZ=Foo/Bar * * * * *", "provided bad location Foo/Bar: unknown time zone Foo/Bar"),
            ("TZ=UTC", "invalid schedule format: runtime error: slice bounds out of range [:-1]"),
            ("CRON_TZ=x", "invalid schedule format: runtime error: slice bounds out of range [:-1]"),
            ("TZ=UTC ", "expected exactly 5 fields, found 0: []"),
            ("", "empty spec string"),
            ("*/5 0-12/3,18 ? jan,DEC mon-fri", "accepted"),
            ("@every 1h30m", "accepted"),
            ("5/15 * * * *", "accepted"),
        ] {
            assert_eq!(fault(text), expected, "{text}");
        }
    }

    #[test]
    fn next_times() {
        // 2026-11-23 is a Monday; its midnight is day 20780.
        let midnight = 20_780 * DAY;
        for (text, after, expected) in [
            ("*/5 * * * *", midnight, Some(midnight + 300)),
            ("*/5 * * * *", midnight + 299, Some(midnight + 300)),
            ("0 0 * * *", midnight, Some(midnight + DAY)),
            ("30 9 * * MON", midnight, Some(midnight + 9 * 3600 + 1800)),
            ("0 0 * * sun", midnight, Some(midnight + 6 * DAY)),
            ("0 0 1 * sun", midnight, Some(midnight + 6 * DAY)),
            ("0 0 1 12 *", midnight, Some(midnight + 8 * DAY)),
            ("0 0 29 2 *", midnight, Some(21_243 * DAY)),
            ("0 0 31 2 *", midnight, None),
            ("@hourly", midnight + 1, Some(midnight + 3600)),
            ("@every 90s", midnight, Some(midnight + 90)),
        ] {
            assert_eq!(Schedule::parse(text).unwrap().next(after), expected, "{text}");
        }
    }

    #[test]
    fn next_times_by_the_clocks_of_a_zone() {
        let next = |text: &str, zone: &str, after: i64| {
            Schedule::parse(text).unwrap().next_in(time_zones::zone(zone), after).unwrap()
        };
        // 2026-01-01 is day 20454; Berlin's clocks go from 2 to 3 on 2026-03-29 (day 20541) and back on 2026-10-25.
        let (spring, autumn) = (20_541 * DAY, 20_751 * DAY);
        assert_eq!(next("0 9 * * *", "Asia/Shanghai", 20_454 * DAY), 20_454 * DAY + 3_600);
        assert_eq!(next("0 9 * * *", "Europe/Berlin", spring - DAY), spring - DAY + 8 * 3_600);
        assert_eq!(next("0 9 * * *", "Europe/Berlin", spring), spring + 7 * 3_600);
        // Half past two is skipped in spring …
        assert_eq!(next("30 2 * * *", "Europe/Berlin", spring), spring + DAY + 1_800);
        assert_eq!(next("0 3 * * *", "Europe/Berlin", spring), spring + 3_600);
        // … and there twice in autumn.
        let first = next("30 2 * * *", "Europe/Berlin", autumn);
        assert_eq!(first, autumn + 1_800);
        assert_eq!(next("30 2 * * *", "Europe/Berlin", first), autumn + 3_600 + 1_800);
    }
}
