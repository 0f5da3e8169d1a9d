//! A lesson: a few short steps, each with a manifest to change and goals that the engine checks.
//!
//! The texts are Markdown in `lessons/<language>/`, plain enough for translators: a title in the front matter, a
//! heading for each step, paragraphs, one fenced manifest, and a list of `goal:`, `hint:`, `predict:` and `act:` at the end. The
//! choices of a prediction are a task list in which the right one is ticked.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::goal::{Facts, Goal};
use crate::cluster::Time;
use crate::trace::Run;

/// The lessons in the order of the menu: the names of their files. The last one is the challenges.
pub const LESSONS: [&str; 11] = [
    "several-containers",
    "patterns",
    "init-containers",
    "native-sidecars",
    "probes",
    "commands",
    "debugging",
    "changing-a-pod",
    "rolling-update",
    "autoscaling",
    "challenges",
];

/// How long goals have to hold to be met: a container that will end in a moment is not what was asked for.
const LASTING: Duration = Duration::from_secs(60);

/// What comes between the lessons in the file that the page fetches, before the name of each (`web/build.mjs`).
const FENCE: &str = "=== ";

/// A lesson in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// What it is called.
    pub title: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A step: read, predict, run, change, see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Its heading.
    pub title: String,
    /// What there is to read: paragraphs of text in which `code` stands between back-quotes.
    pub paragraphs: Vec<String>,
    /// The manifest it begins with.
    pub manifest: Rc<str>,
    /// What the reader is to guess before the run.
    pub question: Option<Question>,
    /// What happens to the cluster by itself, as lines of a link (`share::read_act`): users that come.
    pub acts: Vec<String>,
    /// What has to hold at last.
    pub goals: Vec<Goal>,
    /// What to tell whoever is stuck.
    pub hint: Option<String>,
}

/// Something to be guessed before the run shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// What may be answered.
    pub choices: Vec<String>,
    /// Which of them is right.
    pub right: usize,
}

/// Why a text is no lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for LessonError {}

/// Where the reader of a lesson is.
enum Place {
    Front,
    Text,
    Manifest(String),
}

impl Lesson {
    /// Reads the file of all lessons in the order of [`LESSONS`]; none where it is not that file.
    pub fn parse_all(text: &str) -> Option<Vec<Lesson>> {
        LESSONS
            .iter()
            .map(|id| {
                let (_, rest) = text.split_once(&format!("{FENCE}{id}\n"))?;
                Lesson::parse(rest.split(&format!("\n{FENCE}")).next()?).ok()
            })
            .collect()
    }

    /// Reads the text of a lesson.
    ///
    /// # Errors
    /// The first line that does not belong in a lesson, or the last one when something is missing.
    pub fn parse(text: &str) -> Result<Lesson, LessonError> {
        let mut lesson = Lesson { title: String::new(), steps: Vec::new() };
        let mut place = Place::Text;
        for (index, line) in text.lines().enumerate() {
            let error = |what: &'static str| LessonError { line: index + 1, what };
            match (&mut place, line) {
                (Place::Text, "---") if index == 0 => place = Place::Front,
                (Place::Front, "---") => place = Place::Text,
                (Place::Front, _) => {
                    let title = line.strip_prefix("title: ").ok_or_else(|| error("only a title stands here"))?;
                    lesson.title = title.trim().to_owned();
                }
                (Place::Text, "") => {}
                (Place::Text, _) if line.starts_with("## ") => {
                    let title = line.trim_start_matches('#').trim().to_owned();
                    lesson.steps.push(Step { title, ..Step::default() });
                }
                (place, _) => {
                    let step = lesson.steps.last_mut().ok_or_else(|| error("a step begins with a heading"))?;
                    match place {
                        Place::Manifest(manifest) if line == "```" => {
                            step.manifest = std::mem::take(manifest).into();
                            *place = Place::Text;
                        }
                        Place::Manifest(manifest) => {
                            manifest.push_str(line);
                            manifest.push('\n');
                        }
                        _ if line == "```yaml" && step.manifest.is_empty() => *place = Place::Manifest(String::new()),
                        _ => step.read(line).map_err(error)?,
                    }
                }
            }
        }
        let missing = |what: &'static str| LessonError { line: text.lines().count(), what };
        match &lesson.steps[..] {
            [] => Err(missing("there is no step")),
            _ if lesson.title.is_empty() => Err(missing("there is no title")),
            steps if steps.iter().any(|step| step.manifest.is_empty()) => Err(missing("a step has no manifest")),
            steps if steps.iter().any(|step| step.goals.is_empty()) => Err(missing("a step has no goal")),
            steps if steps.iter().filter_map(|step| step.question.as_ref()).any(|one| one.choices.len() < 2) => {
                Err(missing("a prediction has too few choices"))
            }
            _ => Ok(lesson),
        }
    }
}

impl Step {
    fn read(&mut self, line: &str) -> Result<(), &'static str> {
        if let Some(goal) = line.strip_prefix("- goal: ") {
            self.goals.push(Goal::parse(goal).ok_or("no such goal")?);
        } else if let Some(act) = line.strip_prefix("- act: ") {
            self.acts.push(act.to_owned());
        } else if let Some(hint) = line.strip_prefix("- hint: ") {
            self.hint = Some(hint.to_owned());
        } else if let Some(text) = line.strip_prefix("- predict: ") {
            self.question = Some(Question { text: text.to_owned(), ..Question::default() });
        } else if let Some((tick, choice)) = line.strip_prefix("  - [").and_then(|rest| rest.split_once("] ")) {
            let question = self.question.as_mut().ok_or("a choice belongs to a prediction")?;
            if tick == "x" {
                question.right = question.choices.len();
            }
            question.choices.push(choice.to_owned());
        } else if line.starts_with("```") || line.starts_with('#') || line.trim_start().starts_with("- ") {
            return Err("neither text, nor a goal, a hint or a prediction");
        } else {
            self.paragraphs.push(line.to_owned());
        }
        Ok(())
    }

    /// Which goals hold.
    pub fn goals_met(&self, facts: Facts<'_>) -> Vec<bool> {
        self.goals.iter().map(|goal| goal.met(facts)).collect()
    }

    /// Up to when goals that hold at `at` must hold for the step to be done.
    pub fn lasting(at: Time) -> Time {
        (at + LASTING).max(Time::ZERO + LASTING * 2)
    }

    /// Whether all goals hold, and will; the run has to be computed up to [`Step::lasting`].
    pub fn done(&self, facts: Facts<'_>) -> bool {
        let hold = |run: &Run, at| self.goals.iter().all(|goal| goal.met(Facts { run, at, ..facts }));
        hold(facts.run, facts.at) && hold(facts.run, Self::lasting(facts.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "---\ntitle: T\n---\n\n## One\n\nRead `this`.\n\n```yaml\nkind: Pod\n```\n\n- predict: What?\n  - [ ] a\n  - [x] b\n- act: 0 nodes 2\n- goal: pod web ready\n- hint: Wait.\n";

    #[test]
    fn a_lesson_is_read() {
        let lesson = Lesson::parse(SMALL).unwrap();
        let step = Step {
            title: "One".into(),
            paragraphs: vec!["Read `this`.".into()],
            manifest: "kind: Pod\n".into(),
            question: Some(Question { text: "What?".into(), choices: vec!["a".into(), "b".into()], right: 1 }),
            acts: vec!["0 nodes 2".into()],
            goals: vec![Goal::PodReady { pod: "web".into() }],
            hint: Some("Wait.".into()),
        };
        assert_eq!(lesson, Lesson { title: "T".into(), steps: vec![step] });
    }

    #[test]
    fn what_is_no_lesson_is_refused_with_its_line() {
        for (from, to, line) in [
            ("## One\n", "", 6),
            ("pod web ready", "pod web happy dance", 17),
            ("title: T", "author: me", 2),
            ("- goal: pod web ready\n", "", 17),
            ("kind: Pod\n", "", 17),
            ("- predict: What?\n", "", 13),
            ("  - [ ] a\n", "", 17),
            ("  - [ ] a\n", "  - a\n", 14),
        ] {
            let error = Lesson::parse(&SMALL.replace(from, to)).unwrap_err();
            assert_eq!(error.line, line, "{from:?} -> {to:?}: {error}");
        }
        for end in 0..SMALL.len() {
            // Cut anywhere, it is refused or read, and never more.
            let _ = SMALL.get(..end).map(Lesson::parse);
        }
    }

    #[test]
    fn all_lessons_come_in_one_file() {
        let all: String =
            LESSONS.iter().rev().map(|id| format!("=== {id}\n{}\n", SMALL.replace("title: T", id))).collect();
        assert_eq!(Lesson::parse_all(&all), None, "no titles");
        let all: String = LESSONS
            .iter()
            .rev()
            .map(|id| format!("=== {id}\n{}\n", SMALL.replace(": T", &format!(": {id}"))))
            .collect();
        let titles: Vec<String> = Lesson::parse_all(&all).unwrap().into_iter().map(|lesson| lesson.title).collect();
        assert_eq!(titles, LESSONS);
        assert_eq!(Lesson::parse_all(&all.replace("=== probes", "=== x")), None);
    }
}
