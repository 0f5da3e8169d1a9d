//! `sleep` and `date`.

use std::rc::Rc;
use std::time::Duration;

use crate::cluster::Time;

/// Beyond a hundred years no run goes; this keeps the sum of instants in range.
const LONGEST: f64 = 3.2e9;

/// How long `sleep` takes; none is for ever.
pub(super) fn sleep(program: &str, arguments: &[Rc<str>]) -> Result<Option<Duration>, String> {
    if arguments.is_empty() {
        return Err("missing operand".to_owned());
    }
    let mut total = 0.0;
    for argument in arguments {
        match duration(argument) {
            Some(seconds) => total += seconds,
            None => return Err(format!("invalid number '{argument}'")),
        }
    }
    if program == "usleep" {
        total /= 1e6;
    }
    Ok((total < LONGEST).then(|| Duration::from_secs_f64(total)))
}

/// Seconds of `1.5`, `2m`, `infinity`.
pub(super) fn duration(text: &str) -> Option<f64> {
    if matches!(text, "infinity" | "inf") {
        return Some(LONGEST);
    }
    let (number, unit) = match text.char_indices().next_back()? {
        (at, 's') => (text.get(..at)?, 1.0),
        (at, 'm') => (text.get(..at)?, 60.0),
        (at, 'h') => (text.get(..at)?, 3600.0),
        (at, 'd') => (text.get(..at)?, 86_400.0),
        _ => (text, 1.0),
    };
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    number.parse::<f64>().ok().filter(|_| plain).map(|seconds| seconds * unit)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// An instant by the calendar.
struct Civil {
    year: i64,
    month: usize,
    day: i64,
    weekday: usize,
    day_of_year: i64,
    second: i64,
}

fn civil(seconds: i64) -> Civil {
    let days = seconds.div_euclid(86_400);
    let weekday = usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0);
    // Howard Hinnant's reckoning by eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * day + 2) / 153;
    let month = if march < 10 { march + 2 } else { march - 10 };
    let year = year_of_era + era * 400 + i64::from(month < 2);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let month = usize::try_from(month).unwrap_or(0);
    let day = day - (153 * march + 2) / 5 + 1;
    let day_of_year = before.get(month).copied().unwrap_or(0) + day + i64::from(leap && month > 1);
    Civil { year, month, day, weekday, day_of_year, second: seconds.rem_euclid(86_400) }
}

/// A date in a form of `strftime`; `nanos` is the part of the second.
fn formatted(form: &str, seconds: i64, nanos: u32) -> String {
    let date = civil(seconds);
    let (hour, minute, second) = (date.second / 3_600, date.second / 60 % 60, date.second % 60);
    let month = MONTHS.get(date.month).copied().unwrap_or_default();
    let weekday = DAYS.get(date.weekday).copied().unwrap_or_default();
    let short = |name: &'static str| name.get(..3).unwrap_or_default();
    let two = |number: i64| format!("{number:02}");
    let mut out = String::new();
    let mut chars = form.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut width = 9_usize;
        let mut plain = false;
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '_' | '0'..='9')) {
            plain |= flag == '-';
            width = flag.to_digit(10).map_or(width, |digit| digit as usize);
        }
        let number = |number: i64| if plain { number.to_string() } else { two(number) };
        out.push_str(&match chars.next() {
            Some('Y') => date.year.to_string(),
            Some('y') => two(date.year.rem_euclid(100)),
            Some('m') => number(date.month as i64 + 1),
            Some('d') => number(date.day),
            Some('e') => format!("{:2}", date.day),
            Some('H') => number(hour),
            Some('I') => number((hour + 11) % 12 + 1),
            Some('M') => number(minute),
            Some('S') => number(second),
            Some('s') => seconds.to_string(),
            Some('N') => format!("{nanos:09}").get(..width.clamp(1, 9)).unwrap_or_default().to_owned(),
            Some('j') => format!("{:03}", date.day_of_year),
            Some('p') => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('B') => month.to_owned(),
            Some('b' | 'h') => short(month).to_owned(),
            Some('A') => weekday.to_owned(),
            Some('a') => short(weekday).to_owned(),
            Some('u') => if date.weekday == 0 { 7 } else { date.weekday }.to_string(),
            Some('w') => date.weekday.to_string(),
            Some('Z') => "UTC".to_owned(),
            Some('z') => "+0000".to_owned(),
            Some('F') => formatted("%Y-%m-%d", seconds, nanos),
            Some('T') => formatted("%H:%M:%S", seconds, nanos),
            Some('R') => formatted("%H:%M", seconds, nanos),
            Some('D') => formatted("%m/%d/%y", seconds, nanos),
            Some('c') => formatted("%a %b %e %T %Y", seconds, nanos),
            Some('n') => "\n".to_owned(),
            Some('t') => "\t".to_owned(),
            Some('%') | None => "%".to_owned(),
            Some(other) => format!("%{other}"),
        });
    }
    out
}

/// The instant `now` of a run that began at `epoch` (seconds since 1970), in a form of `strftime`.
pub(in super::super::super) fn civil_text(form: &str, epoch: i64, now: Time) -> String {
    let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    let nanos = (micros % 1_000_000) as u32 * 1_000;
    formatted(form, epoch.saturating_add(micros / 1_000_000), nanos)
}

/// What `date` prints.
///
/// # Errors
/// A date that cannot be read.
pub(super) fn date(arguments: &[Rc<str>], epoch: i64, now: Time) -> Result<String, String> {
    let mut form = "%a %b %e %H:%M:%S %Z %Y".to_owned();
    let mut at = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if let Some(given) = word.strip_prefix('+') {
            form = given.to_owned();
        } else if let Some(kind) = word.strip_prefix("-I").or_else(|| word.strip_prefix("--iso-8601=")) {
            form = if kind.is_empty() || kind == "date" { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%S+00:00" }.to_owned();
        } else if word.starts_with("--rfc-3339") {
            form = "%Y-%m-%d %H:%M:%S+00:00".to_owned();
        } else if &**word == "-R" {
            form = "%a, %d %b %Y %H:%M:%S +0000".to_owned();
        } else if matches!(&**word, "-d" | "--date") {
            let text = words.next().map_or("", |word| word);
            at = match text.strip_prefix('@').and_then(|seconds| seconds.parse::<i64>().ok()) {
                Some(seconds) => Some(seconds),
                None if text == "now" => None,
                None => return Err(format!("invalid date '{text}'")),
            };
        }
    }
    Ok(match at {
        // Dates beyond any calendar are kept within one.
        Some(seconds) => formatted(&form, seconds.clamp(-62_000_000_000, 250_000_000_000), 0),
        None => civil_text(&form, epoch, now),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_date_prints_them() {
        for (form, text) in [
            ("%F %T", "2026-01-01 00:00:00"),
            ("%a %b %e %Y", "Thu Jan  1 2026"),
            ("%s", "1767225600"),
            ("%j %u", "001 4"),
        ] {
            assert_eq!(formatted(form, 1_767_225_600, 0), text);
        }
        assert_eq!(formatted("%F", 951_782_400, 0), "2000-02-29");
    }

    #[test]
    fn sleeps_add_up() {
        let words = |text: &str| text.split(' ').map(Rc::from).collect::<Vec<Rc<str>>>();
        assert_eq!(sleep("sleep", &words("1.5 2m")), Ok(Some(Duration::from_millis(121_500))));
        assert_eq!(sleep("sleep", &words("infinity")), Ok(None));
        assert!(sleep("sleep", &words("soon")).is_err());
    }
}
