//! How instants and durations read.

use crate::cluster::Time;
use crate::i18n::{Lang, text_with};

/// An instant as a clock shows it: `0:28`, `1:02:03`; with tenths `0:28.4`.
pub fn clock(at: Time, tenths: bool) -> String {
    let tenth = at.as_micros() / 100_000;
    let (seconds, tenth) = (tenth / 10, tenth % 10);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text =
        if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") };
    if tenths {
        text.push_str(&format!(".{tenth}"));
    }
    text
}

/// The first whole second that is not before `at`, as a clock shows it: by then it has happened.
pub fn clock_by(at: Time) -> String {
    clock(Time::from_micros(at.as_micros().div_ceil(1_000_000).saturating_mul(1_000_000)), false)
}

/// A duration in words of `lang`: `3.2 s` below ten seconds, then `13 s`, `1 min 20 s`, `2 h 5 min`.
pub fn duration(micros: u64, lang: Lang) -> String {
    let seconds = micros / 1_000_000;
    let number = |n: u64| n.to_string();
    match seconds {
        0..10 => {
            let tenths = micros / 100_000;
            let s = match tenths % 10 {
                0 => number(tenths / 10),
                rest => format!("{}.{rest}", tenths / 10),
            };
            text_with(lang, "span-seconds", &[("s", s.into())])
        }
        10..60 => text_with(lang, "span-seconds", &[("s", number(seconds).into())]),
        60..3600 => {
            let args = [("min", number(seconds / 60).into()), ("s", number(seconds % 60).into())];
            text_with(lang, "span-minutes", &args)
        }
        _ => {
            let args = [("h", number(seconds / 3600).into()), ("min", number(seconds / 60 % 60).into())];
            text_with(lang, "span-hours", &args)
        }
    }
}

/// What is left until `until`, rounded up to whole seconds so that it ends with 1 and not with 0.
pub fn left(at: Time, until: Time, lang: Lang) -> String {
    let micros = until.as_micros().saturating_sub(at.as_micros());
    duration(micros.div_ceil(1_000_000) * 1_000_000, lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_read_like_clocks() {
        let at = |s| clock(Time::from_secs_f64(s), false);
        assert_eq!([at(0.0), at(28.44), at(61.0), at(3723.0)], ["0:00", "0:28", "1:01", "1:02:03"]);
        assert_eq!(clock(Time::from_secs_f64(28.44), true), "0:28.4");
        let by = |s| clock_by(Time::from_secs_f64(s));
        assert_eq!([by(0.0), by(1.0), by(1.62), by(59.1)], ["0:00", "0:01", "0:02", "1:00"]);
    }

    #[test]
    fn durations_read_like_words() {
        let say = |s: f64| duration((s * 1e6) as u64, Lang::En);
        assert_eq!(
            [say(0.0), say(3.2), say(9.0), say(13.7), say(80.0), say(7500.0)],
            ["0 s", "3.2 s", "9 s", "13 s", "1 min 20 s", "2 h 5 min"]
        );
        assert_eq!(left(Time::from_secs_f64(28.1), Time::from_secs_f64(41.0), Lang::En), "13 s");
    }
}
