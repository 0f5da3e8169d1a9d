//! Steps: each says what it does and how long it took; each failure says what to do.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Why a task stopped, and what the reader can do about it.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong, one line.
    pub what: String,
    /// What to do now; may have several lines.
    pub remedy: String,
}

impl Failure {
    /// A failure with its remedy.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        for line in self.remedy.lines() {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// What every task returns.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Runs one step, announcing it and printing how long it took.
pub fn step<T>(title: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("==> {title}");
    let started = Instant::now();
    let outcome = work();
    let seconds = started.elapsed().as_secs_f64();
    match outcome {
        Ok(_) => println!("    done in {seconds:.1} s"),
        Err(_) => println!("    failed after {seconds:.1} s"),
    }
    outcome
}

/// Several steps that do not depend on one another: a failure does not hide the next one's.
#[derive(Default)]
pub struct Report {
    lines: Vec<String>,
    failures: Vec<Failure>,
    passed: usize,
}

impl Report {
    /// Runs one step and remembers how it went.
    pub fn step(&mut self, title: &str, work: impl FnOnce() -> Outcome) {
        let started = Instant::now();
        let outcome = step(title, work);
        let mark = if outcome.is_ok() { "ok    " } else { "FAILED" };
        self.lines.push(format!("{mark} {:8.1} s  {title}", started.elapsed().as_secs_f64()));
        match outcome {
            Ok(()) => self.passed += 1,
            Err(failure) => {
                println!("    {failure}");
                self.failures.push(failure);
            }
        }
    }

    /// Prints a line for each step, what failed and the sum.
    pub fn finish(self) -> Outcome {
        println!("\n==> Summary");
        for line in &self.lines {
            println!("{line}");
        }
        for failure in &self.failures {
            println!("\n{failure}");
        }
        println!("\nsteps: {} passed, {} failed", self.passed, self.failures.len());
        if self.failures.is_empty() {
            return Ok(());
        }
        Err(Failure::new("some steps failed", "they are listed above, each with what to do"))
    }
}

/// Runs a command with its output shown; a failure carries `remedy`.
pub fn run(command: &mut Command, remedy: &str) -> Outcome {
    let shown = show(command);
    println!("    $ {shown}");
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("`{shown}` failed: {status}"), remedy)),
        Err(error) => Err(Failure::new(format!("`{shown}` could not be started: {error}"), remedy)),
    }
}

/// What a command prints on standard output, when it exists and succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let out = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}
