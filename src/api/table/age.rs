//! Ages, as tables print them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

/// A span of seconds in short, for a table (apimachinery: util/duration/duration.go HumanDuration).
pub fn human_duration(seconds: i64) -> String {
    let with_rest = |whole: i64, unit: char, rest: i64, small: char| {
        if rest == 0 { format!("{whole}{unit}") } else { format!("{whole}{unit}{rest}{small}") }
    };
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    let days = hours / 24;
    let years = days / 365;
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => with_rest(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => with_rest(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => with_rest(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => with_rest(years, 'y', days % 365, 'd'),
        _ => format!("{years}y"),
    }
}

/// How long ago `then` was at `now`; `<unknown>` where there is no instant
/// (kubernetes: printers.go translateTimestampSince).
pub fn age(then: Option<&Time>, now: Timestamp) -> String {
    match then {
        Some(Time(then)) => human_duration(now.duration_since(*then).as_secs()),
        None => "<unknown>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::human_duration;

    #[test]
    fn spans_get_coarser_as_they_grow() {
        let hour = 3_600;
        for (seconds, text) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (119, "119s"),
            (120, "2m"),
            (208, "3m28s"),
            (599, "9m59s"),
            (600, "10m"),
            (3 * hour - 1, "179m"),
            (3 * hour, "3h"),
            (3 * hour + 60, "3h1m"),
            (8 * hour - 1, "7h59m"),
            (8 * hour, "8h"),
            (48 * hour - 1, "47h"),
            (48 * hour, "2d"),
            (49 * hour, "2d1h"),
            (192 * hour, "8d"),
            (i64::MAX, "292471208677y"),
        ] {
            assert_eq!(human_duration(seconds), text);
        }
    }
}
