//! What to run: a manifest, what is done when, for how long.

use std::time::Duration;

use podlab::api::Object;
use podlab::cluster::{Action, Config, Time};
use podlab::manifest;
use podlab::trace::{Exported, Run};

use crate::{actions, out};

/// A scenario, from a manifest and options or from a recording.
pub struct Scenario {
    pub name: String,
    pub note: String,
    pub manifest: String,
    pub objects: Vec<Object>,
    pub config: Config,
    /// What is done when, in words, in order of time.
    pub actions: Vec<(Time, String)>,
    pub until: Time,
}

impl Scenario {
    /// Runs it. What the cluster or kubectl refuses is told on standard error, and the run goes on.
    pub fn play(self) -> (Run, Exported) {
        let mut run = Run::new(self.config);
        for object in self.objects {
            let name = object.name().to_owned();
            if let Err(error) = run.act(Time::ZERO, Action::Create(object)) {
                out::complain(&format!("{}: {name}: {error}\n", self.name));
            }
        }
        let mut actions = Vec::new();
        for (at, words) in self.actions {
            let outcome = run.with_cluster(at, |cluster| actions::perform(cluster, &words));
            if let Err(error) = &outcome {
                out::complain(&format!("{}: {:.3}s {words}: {error}\n", self.name, at.as_secs_f64()));
            }
            actions.push((at, words, outcome.err()));
        }
        run.run_until(self.until);
        (run, Exported { name: self.name, note: self.note, manifest: self.manifest, actions })
    }
}

/// The objects of a manifest that a cluster accepts. What it refuses or warns of is told in kubectl's words.
pub fn accepted(text: &str, file: &str) -> Vec<Object> {
    let judgement = manifest::check_without_fixes(text, file);
    out::complain(&judgement.stderr);
    judgement.accepted_objects().cloned().collect()
}

/// A duration as Go writes it (`1h2m3.5s`), or plain seconds.
pub fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(letters)?;
        let seconds = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn durations_are_read() {
        for (text, millis) in [("20s", 20_000), ("1m30s", 90_000), ("1.5", 1_500), ("2h", 7_200_000), ("5ms", 5)] {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1", "5x", "1m5", "NaN", "é"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
