//! Holding `podlab` against the recordings of real Kubernetes in `tests/truth/`, with the judges there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::step::{Failure, Outcome, output, run, step};
use crate::tools;

const REMEDY: &str = "the recordings are part of the project: git checkout tests/truth";

/// Judges every manifest of `tests/truth/validation`; `options` go to `judge.py` (`--by stage`, `--show 5`, …).
pub fn validation(options: &[&str]) -> Outcome {
    let (podlab, truth, out) = prepare("validation")?;
    for cases in files(&truth, &[".jsonl.gz", ".jsonl"])? {
        let name = stem(&cases);
        let answers = out.join(format!("{name}.answers.jsonl"));
        step(&format!("Judge {name}"), || {
            check(&podlab, &cases, &answers, &[])?;
            let mut judge = tools::command("python3");
            judge.arg("tests/truth/judge.py").arg(&cases).arg(&answers).args(options);
            run(&mut judge, "the judge's own words are above; the answers are in target/truth/validation")
        })?;
    }
    Ok(())
}

/// Asks what `kubectl apply` answers to every change of `tests/truth/updates`; `options` go to `updates.py` (`--show 5`).
pub fn updates(options: &[&str]) -> Outcome {
    let (podlab, truth, out) = prepare("updates")?;
    for cases in files(&truth, &[".jsonl.gz", ".jsonl"])? {
        let name = stem(&cases);
        let answers = out.join(format!("{name}.answers.jsonl"));
        step(&format!("Apply the changes of {name}"), || {
            check(&podlab, &cases, &answers, &["--update"])?;
            let mut judge = tools::command("python3");
            judge.arg("tests/truth/updates.py").arg(&cases).arg(&answers).args(options);
            run(&mut judge, "what differs is said above; the answers are in target/truth/updates")
        })?;
    }
    Ok(())
}

/// Runs the scenario of every recording and compares; with names, only those, each with what differs.
pub fn traces(names: &[&str]) -> Outcome {
    let (podlab, truth, out) = prepare("traces")?;
    let mut recordings = files(&truth.join("run1"), &[".json.gz", ".json"])?;
    if !names.is_empty() {
        recordings.retain(|recording| names.contains(&stem(recording).as_str()));
        if recordings.len() != names.len() {
            return Err(Failure::new(
                format!("not all of {} are recorded", names.join(", ")),
                "ls tests/truth/traces/run1",
            ));
        }
    }
    let simulated = |recording: &Path| out.join(format!("{}.json", stem(recording)));
    step(&format!("Run the scenarios of {} recordings", recordings.len()), || {
        let mut without = 0_usize;
        for recording in &recordings {
            let mut command = tools::command(&podlab.to_string_lossy());
            command.arg("run").arg("--recording").arg(recording).args(["--output", "trace"]);
            let file = simulated(recording);
            match output(&mut command) {
                Some(trace) => fs::write(&file, trace).map_err(|error| disk(&file, &error))?,
                None => {
                    without = without.saturating_add(1);
                    println!("    no trace of {}", stem(recording));
                }
            }
        }
        println!("    {without} gave no trace");
        Ok(())
    })?;
    step("Compare with the real kubelet", || {
        let compare = |recorded: &Path, simulated: &Path| {
            let mut python = tools::command("python3");
            python.arg("tests/truth/compare.py").arg(recorded).arg(simulated);
            run(&mut python, "what differs is said above; the traces are in target/truth/traces")
        };
        if names.is_empty() {
            compare(&truth, &out)?;
            // Real runs differ among themselves, by jitter and load: more than this nobody can reach.
            let mut ceiling = tools::command("python3");
            ceiling.args(["tests/truth/compare.py", "--ceiling"]).arg(&truth);
            if let Some(table) = output(&mut ceiling) {
                println!("real against real, the ceiling:\n{}", table.lines().last().unwrap_or_default());
            }
            return Ok(());
        }
        recordings.iter().try_for_each(|recording| compare(recording, &simulated(recording)))
    })
}

/// Replays the captures of the real kubectl whose state can be rebuilt; with a name, that one, with what differs.
pub fn kubectl(names: &[&str]) -> Outcome {
    step("Replay the captures of kubectl", || {
        let mut cargo = tools::cargo();
        cargo.args(["test", "--test", "kubectl_truth", "--", "--nocapture"]);
        if let Some(name) = names.first() {
            cargo.env("SHOW", name);
        }
        run(&mut cargo, "what fell is said above; cargo xtask truth kubectl NAME shows the blocks of NAME that differ")
    })
}

/// Builds the native `podlab` and an empty folder for its answers: (program, recordings, answers).
fn prepare(what: &str) -> Outcome<(PathBuf, PathBuf, PathBuf)> {
    if output(tools::command("python3").arg("--version")).is_none() {
        return Err(Failure::new(
            "python3 not found",
            "the judges need Python 3 (Debian: python3; macOS: brew install python3)",
        ));
    }
    let truth = tools::root().join("tests/truth").join(what);
    if !truth.is_dir() {
        return Err(Failure::new(format!("{} is not there", truth.display()), REMEDY));
    }
    step("Build podlab, the command line", || {
        run(
            tools::cargo().args(["build", "--profile", "native", "--bin", "podlab", "--locked"]),
            "mend what the compiler says",
        )
    })?;
    let target = tools::target();
    let out = target.join("truth").join(what);
    // Answers of an earlier run must not stand in for ones that are missing now.
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).map_err(|error| disk(&out, &error))?;
    Ok((target.join("native/podlab"), truth, out))
}

/// Feeds the cases to `podlab check --jsonl`, with more options.
fn check(podlab: &Path, cases: &Path, answers: &Path, options: &[&str]) -> Outcome {
    let mut gzip = None;
    let input = if cases.extension().is_some_and(|extension| extension == "gz") {
        let mut child = tools::command("gzip")
            .arg("-dc")
            .arg(cases)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::new(format!("gzip: {error}"), "install gzip"))?;
        let stdout = child.stdout.take().map(Stdio::from);
        gzip = Some(child);
        stdout.unwrap_or_else(Stdio::null)
    } else {
        Stdio::from(File::open(cases).map_err(|error| disk(cases, &error))?)
    };
    let output = File::create(answers).map_err(|error| disk(answers, &error))?;
    let status = tools::command(&podlab.to_string_lossy())
        .args(["check", "--jsonl", "--name", "case.yaml"])
        .args(options)
        .stdin(input)
        .stdout(output)
        .status()
        .map_err(|error| Failure::new(format!("podlab: {error}"), "cargo build --profile native"))?;
    if let Some(mut child) = gzip {
        let _ = child.wait();
    }
    // 1 only says that manifests were refused; a crash or a misuse says more.
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(Failure::new(format!("podlab check: {status}"), "see its words above")),
    }
}

/// The files of a folder with one of these endings, by name.
fn files(folder: &Path, endings: &[&str]) -> Outcome<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display()), REMEDY))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(format!("no recordings in {}", folder.display()), REMEDY));
    }
    Ok(files)
}

/// A recording's name: its file's, without the endings.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.trim_end_matches(".gz").trim_end_matches(".jsonl").trim_end_matches(".json");
    name.to_owned()
}

fn disk(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()), "check the disk's space and the folder's permissions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_named_without_its_endings() {
        assert_eq!(stem(Path::new("a/pod.v1.json.gz")), "pod.v1");
        assert_eq!(stem(Path::new("dev.jsonl")), "dev");
    }
}
