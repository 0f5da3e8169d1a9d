//! The lessons as the page holds them: where the reader is, how far they have come, and the text to give back.

use std::rc::Rc;

use crate::i18n::Lang;
use crate::lessons::{Example, LESSONS, Lesson, Step};
use crate::ui::session::Session;

/// What the address says while the lessons are open, before the place.
const ADDRESS: &str = "lesson";

/// The steps of the last lesson are the challenges.
pub const CHALLENGES: usize = LESSONS.len() - 1;

/// A step of a lesson, both counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The lesson, in [`LESSONS`].
    pub lesson: usize,
    /// Its step.
    pub step: usize,
}

impl Place {
    /// What the address says at this place, without the `#`: `lesson/probes/2`, or `lesson` for the table of contents.
    pub fn address(place: Option<Place>) -> String {
        let at = place.and_then(|place| Some((LESSONS.get(place.lesson)?, place.step + 1)));
        at.map_or_else(|| ADDRESS.to_owned(), |(id, step)| format!("{ADDRESS}/{id}/{step}"))
    }

    /// Reads such an address, with or without its `#`; none where it is not about the lessons. What it says of a lesson that
    /// is not there leads to the table of contents.
    pub fn read(address: &str) -> Option<Option<Place>> {
        let mut parts = address.strip_prefix('#').unwrap_or(address).split('/');
        parts.next().filter(|first| *first == ADDRESS)?;
        let lesson = parts.next().and_then(|id| LESSONS.iter().position(|lesson| *lesson == id));
        let step = parts.next().and_then(|step| step.parse::<usize>().ok()).map_or(0, |step| step.saturating_sub(1));
        Some(lesson.map(|lesson| Place { lesson, step }))
    }
}

/// A step that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which.
    pub place: Place,
    /// The shortest time it took, in seconds, where it was timed.
    pub seconds: Option<u32>,
}

/// Every step that was done, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress(Vec<Done>);

impl Progress {
    /// What was kept: a line for each step, `probes 2 93`. Lines that say nothing known are left out.
    pub fn read(text: &str) -> Progress {
        let mut progress = Progress::default();
        for line in text.lines() {
            let mut words = line.split(' ');
            let lesson = words.next().and_then(|id| LESSONS.iter().position(|lesson| *lesson == id));
            let step = words.next().and_then(|step| step.parse::<usize>().ok()).and_then(|step| step.checked_sub(1));
            if let (Some(lesson), Some(step)) = (lesson, step.filter(|step| *step < 1000)) {
                let seconds = words.next().and_then(|seconds| seconds.parse().ok());
                progress.add(Done { place: Place { lesson, step }, seconds });
            }
        }
        progress
    }

    /// What to keep of it.
    pub fn write(&self) -> String {
        let line = |done: &Done| {
            let id = LESSONS.get(done.place.lesson)?;
            let seconds = done.seconds.map_or_else(String::new, |seconds| format!(" {seconds}"));
            Some(format!("{id} {}{seconds}\n", done.place.step + 1))
        };
        self.0.iter().filter_map(line).collect()
    }

    /// Takes in what is done; of two times the shorter one stays.
    pub fn add(&mut self, done: Done) {
        let at = self.0.partition_point(|one| one.place < done.place);
        match self.0.get_mut(at).filter(|one| one.place == done.place) {
            Some(one) => one.seconds = [one.seconds, done.seconds].into_iter().flatten().min(),
            None => self.0.insert(at, done),
        }
    }

    /// Takes in all of another one: what a second tab did.
    pub fn unite(&mut self, other: &Progress) {
        other.0.iter().for_each(|done| self.add(*done));
    }

    /// Whether and how fast a step was done.
    pub fn of(&self, place: Place) -> Option<&Done> {
        self.0.iter().find(|done| done.place == place)
    }

    /// How many steps of a lesson are done.
    pub fn count(&self, lesson: usize) -> usize {
        self.0.iter().filter(|done| done.place.lesson == lesson).count()
    }

    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The texts of the lessons, which are fetched when wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Shelf {
    /// Not there yet.
    #[default]
    Empty,
    /// They could not be fetched.
    Failed,
    /// They are there, in this language.
    Here(Lang, Rc<[Lesson]>),
}

/// The person's own text, put away while a lesson has the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// The text.
    pub text: Rc<str>,
    /// The example it was.
    pub example: Option<&'static Example>,
    /// Whether it came by a link.
    pub foreign: bool,
}

/// A clock for the challenges, in seconds of the wall clock since the page was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StopWatch {
    /// When it was started.
    pub began: Option<f64>,
    /// What the time is.
    pub now: f64,
}

impl StopWatch {
    /// How long it has run, in whole seconds.
    pub fn seconds(&self) -> u32 {
        self.began.map_or(0, |began| (self.now - began).max(0.0) as u32)
    }
}

/// What goals were held against: this run, after so many of its records, with so many lines typed.
pub type Looked = (Session, usize, usize);

/// All that the page knows of the lessons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Study {
    /// Whether they are open.
    pub open: bool,
    /// Their texts.
    pub shelf: Shelf,
    /// The step that is shown; none for the table of contents.
    pub place: Option<Place>,
    /// The step whose manifest the editor has.
    pub entered: Option<Place>,
    /// Which goals hold at the playhead.
    pub met: Vec<bool>,
    /// Whether the step that was entered is done.
    pub done: bool,
    /// Whether its hint is shown.
    pub hint: bool,
    /// What was guessed.
    pub guess: Option<usize>,
    /// Whether the run has shown what was to be guessed.
    pub seen: bool,
    /// Every step that was done, ever.
    pub progress: Progress,
    /// The clock, where challenges are timed.
    pub watch: Option<StopWatch>,
    /// The person's own text.
    pub own: Option<Own>,
    /// What was typed in the terminal in this step.
    pub typed: Vec<Rc<str>>,
    /// What the goals were held against last.
    pub looked: Option<Looked>,
}

impl Study {
    /// The lessons, where their texts are there.
    pub fn lessons(&self) -> &[Lesson] {
        match &self.shelf {
            Shelf::Here(_, lessons) => lessons,
            _ => &[],
        }
    }

    /// The step at `place`.
    pub fn step(&self, place: Place) -> Option<&Step> {
        self.lessons().get(place.lesson)?.steps.get(place.step)
    }

    /// Whether the texts in `lang` have to be fetched.
    pub fn wants(&self, lang: Lang) -> bool {
        self.open
            && match &self.shelf {
                Shelf::Here(there, _) => *there != lang,
                Shelf::Empty => true,
                Shelf::Failed => false,
            }
    }

    /// The place after `place`, in its lesson or the next.
    pub fn after(&self, place: Place) -> Option<Place> {
        let steps = self.lessons().get(place.lesson)?.steps.len();
        match place.step + 1 < steps {
            true => Some(Place { step: place.step + 1, ..place }),
            false => (place.lesson < CHALLENGES).then_some(Place { lesson: place.lesson + 1, step: 0 }),
        }
    }

    /// The place before `place` in its lesson.
    pub fn before(&self, place: Place) -> Option<Place> {
        Some(Place { step: place.step.checked_sub(1)?, ..place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_addresses() {
        let place = Place { lesson: 3, step: 1 };
        assert_eq!(Place::address(Some(place)), format!("lesson/{}/2", LESSONS[3]));
        for at in [None, Some(place)] {
            assert_eq!(Place::read(&format!("#{}", Place::address(at))), Some(at));
        }
        assert_eq!(Place::read("lesson/probes"), Place::read("lesson/probes/1"));
        assert_eq!(Place::read("lesson/nonsense/99999999999999999999999"), Some(None));
        assert_eq!(Place::read("lesson/probes/-4"), Place::read("lesson/probes/0"));
        for other in ["", "#", "lessons", "v1.abc", "#anchor/lesson"] {
            assert_eq!(Place::read(other), None, "{other}");
        }
    }

    #[test]
    fn progress_is_kept_and_survives_nonsense() {
        let text = "challenges 3 80\nprobes 2\n\nprobes 0\nnonsense 1\nprobes x\nchallenges 3 90\nprobes 18446744073709551615\n\u{0}";
        let mut progress = Progress::read(text);
        assert_eq!(progress.write(), "probes 2\nchallenges 3 80\n");
        assert_eq!(Progress::read(&progress.write()), progress);
        progress.unite(&Progress::read("probes 1\nchallenges 3 70\nchallenges 3"));
        assert_eq!(progress.write(), "probes 1\nprobes 2\nchallenges 3 70\n");
        assert_eq!(progress.count(CHALLENGES), 1);
    }
}
