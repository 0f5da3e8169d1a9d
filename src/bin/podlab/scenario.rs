//! What to run: a manifest, what is done when, for how long.

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
