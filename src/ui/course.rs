//! What lets time flow and the run be computed: as long as something moves or something is left to compute.

use yew::{hook, use_effect_with, use_mut_ref};

use super::model::playback::Playback;
use super::platform::frames::{Frames, Work, now};
use super::sender::Sender;
use super::session::Session;
use super::state::{Msg, State};
use crate::cluster::Time;

/// How many due things the engine does between two looks at the clock: where a thousand Pods are made at once each takes long.
const SLICE: usize = 16;

/// How much of the run is to lie ahead of the playhead before it is computed without haste, in seconds of wall time.
const AHEAD: f64 = 1.5;

/// What there is to compute: up to `horizon`, or what leads back to the moment at which something waits to be done.
struct Task {
    session: Session,
    horizon: Time,
    late: Option<Time>,
}

impl Task {
    fn left(&self, Playback { playing, at, rate, .. }: Playback) -> Work {
        let ahead = self.session.computed().since(at).as_secs_f64();
        match self.late {
            Some(_) => Work::Hasty,
            None if self.session.computed_to(self.horizon) => Work::Done,
            None if playing && ahead > rate * AHEAD => Work::Calm,
            None => Work::Hasty,
        }
    }

    /// Works for so many milliseconds.
    fn go_on(&self, long: f64) {
        let start = now();
        loop {
            let there = match self.late {
                Some(at) => self.session.prepare(at, SLICE),
                None => self.session.advance(self.horizon, SLICE),
            };
            if there || now() - start >= long {
                return;
            }
        }
    }
}

/// Lets what moves in `state` move, and computes what it lacks.
#[hook]
pub(crate) fn use_course(state: &State, sender: &Sender) {
    let latest = use_mut_ref(|| state.playback);
    *latest.borrow_mut() = state.playback;
    let sender = sender.clone();
    let depends = (state.busy(), state.session.clone(), state.target(), state.late());
    use_effect_with(depends, move |(busy, session, horizon, late)| {
        let task = session.clone().map(|session| Task { session, horizon: *horizon, late: *late });
        let frames = busy.then(|| {
            let picture = move |elapsed| sender.send(Msg::Frame(elapsed));
            let work = move |long: f64| {
                let Some(task) = &task else { return Work::Done };
                if long > 0.0 {
                    task.go_on(long);
                }
                task.left(*latest.borrow())
            };
            Frames::start(picture, work)
        });
        move || drop(frames)
    });
}
