//! Reading the language: words separated by blanks, each `key=value`.

use std::time::Duration;

use crate::api::quantity::Quantity;

use super::{Exit, Fault, Faults, Forward, Instances, OnTerm, PullRule, Sim, SimError, SimFault};

/// Every key, in the order the documentation tells them.
pub(super) const KEYS: &[&str] = &[
    "run",
    "exit",
    "term",
    "startup",
    "live",
    "ready",
    "http",
    "msg",
    "starterr",
    "createerr",
    "pull",
    "memory",
    "forward",
    "tail",
    "ship",
    "capacity",
    "cpu",
    "latency",
];

/// The longest time that can be said: a hundred years, so that no sum of two overflows.
const LONGEST_SECONDS: f64 = 100.0 * 365.0 * 86_400.0;

/// Reads `text`.
///
/// # Errors
/// Every word that is not of the language, in order; the rest of the text still counts in [`parse`]'s caller's eyes
/// only when there is none.
pub fn parse(text: &str) -> Result<Sim, Vec<SimError>> {
    let mut sim = Sim::default();
    let mut seen: Vec<&str> = Vec::new();
    let mut errors = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_ascii_whitespace()) {
        let offset = text.len() - rest.len() + start;
        let word = rest.get(start..).unwrap_or_default();
        let end = word.find(|c: char| c.is_ascii_whitespace()).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        rest = after;
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let fault = if !KEYS.contains(&key) {
            Some(SimFault::UnknownKey)
        } else if seen.contains(&key) {
            Some(SimFault::Twice)
        } else if read(&mut sim, key, value).is_none() {
            Some(SimFault::BadValue)
        } else {
            seen.push(key);
            None
        };
        errors.extend(fault.map(|fault| SimError { offset, word: word.to_owned(), fault }));
    }
    if errors.is_empty() { Ok(sim) } else { Err(errors) }
}

/// Reads one value into `sim`; `None` where it cannot be read.
fn read(sim: &mut Sim, key: &str, value: &str) -> Option<()> {
    match key {
        "run" => sim.run = list(value, |v| if v == "inf" { Some(None) } else { seconds(v).map(Some) })?,
        "exit" => sim.exit = list(value, |v| if v == "oom" { Some(Exit::Oom) } else { code(v).map(Exit::Code) })?,
        "term" if value == "ignore" => sim.term = OnTerm::Ignore,
        "term" => {
            let (after, exit) = value.split_once(':')?;
            sim.term = OnTerm::Exit { after: seconds(after)?, code: code(exit)? };
        }
        "startup" => sim.startup = faults(value)?,
        "live" => sim.live = faults(value)?,
        "ready" => sim.ready = faults(value)?,
        "http" => {
            let (port, after) = value.split_once('@').unwrap_or((value, "0"));
            sim.http = Some((port.parse().ok().filter(|port| *port != 0)?, seconds(after)?));
        }
        "msg" => sim.message = Some(value.replace('_', " ")),
        "starterr" => sim.start_error = instances(value)?,
        "createerr" => sim.create_error = instances(value)?,
        "pull" if value == "fail" => sim.pull = Some(PullRule::Fails),
        "pull" => sim.pull = Some(PullRule::Takes(seconds(value)?)),
        "memory" => sim.memory = list(value, memory)?,
        "forward" => sim.forward = list(value, forward)?,
        "tail" => sim.tail = list(value, |path| path.starts_with('/').then(|| path.to_owned()))?,
        "ship" if value == "stdout" || target(value) => sim.ship = Some(value.to_owned()),
        "capacity" => sim.serves.capacity = Some(value.parse().ok().filter(|capacity| *capacity > 0)?),
        "cpu" => sim.serves.cpu = Some(cores(value)?),
        "latency" => sim.serves.latency = Some(seconds(value)?),
        _ => return None,
    }
    Some(())
}

fn list<T>(value: &str, element: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    value.split(',').map(element).collect()
}

/// Seconds, with a fraction if need be; an `s` may follow.
fn seconds(value: &str) -> Option<Duration> {
    let seconds: f64 = value.strip_suffix('s').unwrap_or(value).parse().ok()?;
    (0.0..=LONGEST_SECONDS).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

fn code(value: &str) -> Option<i32> {
    value.parse().ok().filter(|code| (0..=255).contains(code))
}

/// A quantity of bytes: `200Mi`.
fn memory(value: &str) -> Option<u64> {
    u64::try_from(Quantity::parse(value).ok()?.value()).ok()
}

/// A quantity of cores, above zero: `5m`; in billionths.
fn cores(value: &str) -> Option<u64> {
    u64::try_from(Quantity::parse(value).ok()?.nano()).ok().filter(|cpu| *cpu > 0)
}

/// `5432:db.example.com:5432`
fn forward(value: &str) -> Option<Forward> {
    let (port, to) = value.split_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    target(to).then(|| Forward { port, to: to.to_owned() })
}

/// `host:port`
fn target(value: &str) -> bool {
    value.rsplit_once(':').is_some_and(|(host, port)| {
        let number = port.parse::<u16>().is_ok_and(|port| port != 0);
        !host.is_empty() && (number || port.starts_with('$'))
    })
}

fn instances(value: &str) -> Option<Instances> {
    if value == "all" {
        return Some(Instances::All);
    }
    list(value, |v| v.parse().ok()).map(Instances::Some)
}

/// `0-5,20-40`, `h10-inf`; `/` between instances; `-` for an instance without faults.
fn faults(value: &str) -> Option<Faults> {
    value
        .split('/')
        .map(|instance| if instance == "-" { Some(Vec::new()) } else { list(instance, fault) })
        .collect::<Option<_>>()
        .map(Faults)
}

fn fault(value: &str) -> Option<Fault> {
    let (hangs, interval) = value.strip_prefix('h').map_or((false, value), |interval| (true, interval));
    let (from, to) = interval.split_once('-')?;
    let to = if to == "inf" { None } else { Some(seconds(to)?) };
    Some(Fault { from: seconds(from)?, to, hangs })
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn lists_go_by_instance_and_the_last_repeats() {
        let sim = parse("run=2 exit=1,7,0").unwrap();
        let exits: Vec<_> = (0..4).map(|instance| sim.exits(instance)).collect();
        assert_eq!(exits, [Exit::Code(1), Exit::Code(7), Exit::Code(0), Exit::Code(0)]);
        assert_eq!(sim.runs(9), Some(Duration::from_secs(2)));
        assert_eq!(parse("run=3,inf").unwrap().runs(1), None);
    }

    #[test]
    fn faults_are_intervals_of_an_instance() {
        let sim = parse("ready=0-5,20-40 live=h10-inf/-").unwrap();
        let at = |seconds| Duration::from_secs(seconds);
        assert_eq!(sim.ready.verdict(0, at(4)), Verdict::Fails);
        assert_eq!(sim.ready.verdict(0, at(5)), Verdict::Passes);
        assert_eq!(sim.ready.verdict(3, at(39)), Verdict::Fails);
        assert_eq!(sim.live.verdict(0, at(10)), Verdict::Hangs);
        assert_eq!(sim.live.verdict(1, at(10)), Verdict::Passes);
    }

    #[test]
    fn words_of_no_meaning_are_told_with_their_place() {
        let errors = parse("run=5  colour=red exit=300 run=6 run").unwrap_err();
        let told: Vec<_> = errors.iter().map(|e| (e.offset, e.word.as_str(), e.fault)).collect();
        assert_eq!(
            told,
            [
                (7, "colour=red", SimFault::UnknownKey),
                (18, "exit=300", SimFault::BadValue),
                (27, "run=6", SimFault::Twice),
                (33, "run", SimFault::Twice),
            ]
        );
    }

    #[test]
    fn extreme_values_are_refused_not_overflown() {
        for text in ["capacity=0", "cpu=0", "cpu=x", "latency=-1"] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["run=1e300", "run=-1", "run=NaN", "term=1", "http=0", "http=70000", "exit=-1", "ready=5"] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["forward=5432", "forward=0:a:1", "forward=1:a", "ship=a", "tail=a.log"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
