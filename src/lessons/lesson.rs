//! A lesson: a few short steps, each with a manifest to change and goals that the engine checks.
//!
//! The texts are Markdown in `lessons/<language>/`, plain enough for translators: a title in the front matter, a
//! heading for each step, paragraphs, one fenced manifest, and a list of `goal:` and `hint:` at the end.

use std::fmt;

use super::goal::Goal;

/// The lessons in the order of the menu: the names of their files. The last one is the challenges.
pub const LESSONS: [&str; 7] =
    ["several-containers", "init-containers", "native-sidecars", "probes", "commands", "rolling-update", "challenges"];

/// A lesson in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// What it is called.
    pub title: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A step: read, change, run, see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Its heading.
    pub title: String,
    /// What there is to read: paragraphs of text in which `code` stands between back-quotes.
    pub paragraphs: Vec<String>,
    /// The manifest it begins with.
    pub manifest: String,
    /// What has to hold at the end of the run.
    pub goals: Vec<Goal>,
    /// What to tell whoever is stuck.
    pub hint: Option<String>,
}

/// Why a text is no lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
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
    Manifest,
}

impl Lesson {
    /// Reads the text of a lesson.
    ///
    /// # Errors
    /// The first line that does not belong in a lesson, or the last one when something is missing.
    pub fn parse(text: &str) -> Result<Lesson, LessonError> {
        let mut lesson = Lesson { title: String::new(), steps: Vec::new() };
        let mut place = Place::Text;
        for (index, line) in text.lines().enumerate() {
            let error = |what: &str| LessonError { line: index + 1, what: what.to_owned() };
            match (&place, line) {
                (Place::Text, "---") if index == 0 => place = Place::Front,
                (Place::Front, "---") => place = Place::Text,
                (Place::Front, _) => {
                    let title = line.strip_prefix("title: ").ok_or_else(|| error("only a title stands here"))?;
                    lesson.title = title.trim().to_owned();
                }
                (Place::Manifest, "```") => place = Place::Text,
                (Place::Text, "") => {}
                (Place::Text, _) if line.starts_with("## ") => {
                    let title = line.trim_start_matches('#').trim().to_owned();
                    lesson.steps.push(Step { title, ..Step::default() });
                }
                _ => {
                    let step = lesson.steps.last_mut().ok_or_else(|| error("a step begins with a heading"))?;
                    match place {
                        Place::Manifest => {
                            step.manifest.push_str(line);
                            step.manifest.push('\n');
                        }
                        _ if line == "```yaml" && step.manifest.is_empty() => place = Place::Manifest,
                        _ => step.read(line).map_err(|what| error(&what))?,
                    }
                }
            }
        }
        let missing = |what: &str| LessonError { line: text.lines().count(), what: what.to_owned() };
        match &lesson.steps[..] {
            [] => Err(missing("there is no step")),
            _ if lesson.title.is_empty() => Err(missing("there is no title")),
            steps if steps.iter().any(|step| step.manifest.is_empty()) => Err(missing("a step has no manifest")),
            steps if steps.iter().any(|step| step.goals.is_empty()) => Err(missing("a step has no goal")),
            _ => Ok(lesson),
        }
    }
}

impl Step {
    fn read(&mut self, line: &str) -> Result<(), String> {
        if let Some(goal) = line.strip_prefix("- goal: ") {
            self.goals.push(Goal::parse(goal).ok_or_else(|| format!("no such goal: {goal}"))?);
        } else if let Some(hint) = line.strip_prefix("- hint: ") {
            self.hint = Some(hint.to_owned());
        } else if line.starts_with("```") || line.starts_with('#') || line.starts_with("- ") {
            return Err("neither text, nor a goal, nor a hint".to_owned());
        } else {
            self.paragraphs.push(line.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "---\ntitle: T\n---\n\n## One\n\nRead `this`.\n\n```yaml\nkind: Pod\n```\n\n- goal: pod web ready\n- hint: Wait.\n";

    #[test]
    fn a_lesson_is_read() {
        let lesson = Lesson::parse(SMALL).unwrap();
        let step = Step {
            title: "One".into(),
            paragraphs: vec!["Read `this`.".into()],
            manifest: "kind: Pod\n".into(),
            goals: vec![Goal::PodReady { pod: "web".into() }],
            hint: Some("Wait.".into()),
        };
        assert_eq!(lesson, Lesson { title: "T".into(), steps: vec![step] });
    }

    #[test]
    fn what_is_no_lesson_is_refused_with_its_line() {
        for (from, to, line) in [
            ("## One\n", "", 6),
            ("pod web ready", "pod web happy dance", 13),
            ("title: T", "author: me", 2),
            ("- goal: pod web ready\n", "", 13),
            ("kind: Pod\n", "", 13),
        ] {
            let error = Lesson::parse(&SMALL.replace(from, to)).unwrap_err();
            assert_eq!(error.line, line, "{from:?} -> {to:?}: {error}");
        }
        for end in 0..SMALL.len() {
            // Cut anywhere, it is refused or read, and never more.
            let _ = SMALL.get(..end).map(Lesson::parse);
        }
    }
}
