//! The shell and its tools against real ones: `tests/shell/table.txt` holds scripts with what dash (with Debian's tools)
//! and busybox print and return, where the two agree. The table is held against our interpreter here, and against the
//! real shells where they are installed. `SHELL_TABLE=record cargo test --test shell` writes it anew from
//! `tests/shell/scripts.txt`.
#![allow(clippy::unwrap_used, reason = "a test may stop at what should not be")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use podlab::cluster::run_script;

/// A script with what it prints and returns.
#[derive(Debug, PartialEq)]
struct Row {
    script: String,
    code: i32,
    output: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shell")
}

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("table.txt")).unwrap();
    let parts = text.split("\n%%%%\n").filter(|part| !part.trim().is_empty());
    parts
        .map(|part| {
            let (script, rest) = part.split_once("\n==== ").unwrap();
            let (code, output) = rest.split_once('\n').unwrap_or((rest, ""));
            Row { script: script.to_owned(), code: code.trim().parse().unwrap(), output: output.to_owned() }
        })
        .collect()
}

/// A real shell: its command, and the folder of its tools.
struct Shell {
    name: &'static str,
    command: Vec<String>,
    path: String,
    _tools: Option<Tools>,
}

struct Tools(PathBuf);

impl Drop for Tools {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The real shells of this machine, if both are there.
fn shells() -> Option<[Shell; 2]> {
    let (dash, busybox) = (find("dash")?, find("busybox")?);
    let folder =
        std::env::temp_dir().join(format!("podlab-shell-{}-{:?}", std::process::id(), std::thread::current().id()));
    std::fs::create_dir_all(&folder).ok()?;
    let installed = Command::new(&busybox).args(["--install", "-s"]).arg(&folder).status().ok()?;
    if !installed.success() {
        return None;
    }
    Some([
        Shell {
            name: "dash",
            command: vec![dash.display().to_string()],
            path: "/usr/bin:/bin".to_owned(),
            _tools: None,
        },
        Shell {
            name: "busybox",
            command: vec![busybox.display().to_string(), "sh".to_owned()],
            path: folder.display().to_string(),
            _tools: Some(Tools(folder)),
        },
    ])
}

fn real(shell: &Shell, script: &str, number: usize) -> (i32, String) {
    let folder = std::env::temp_dir().join(format!("podlab-row-{}-{}-{number}", std::process::id(), shell.name));
    std::fs::create_dir_all(&folder).unwrap();
    let output = Command::new(&shell.command[0])
        .args(&shell.command[1..])
        .arg("-c")
        .arg(script)
        .env_clear()
        .env("PATH", &shell.path)
        .env("HOME", "/root")
        .env("LC_ALL", "C.UTF-8")
        .current_dir(&folder)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let _gone = std::fs::remove_dir_all(&folder);
    use std::os::unix::process::ExitStatusExt;
    let code = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
    (code, lines(&String::from_utf8_lossy(&output.stdout)))
}

/// The lines of an output, without regard to an end of line at the very end, which a log does not know.
fn lines(text: &str) -> String {
    text.strip_suffix('\n').unwrap_or(text).to_owned()
}

fn ours(script: &str) -> (Option<i32>, String) {
    let trial = run_script(script, "debian", Duration::from_secs(60), None);
    (trial.code, trial.output().join("\n"))
}

#[test]
fn scripts_do_what_real_shells_do() {
    if std::env::var("SHELL_TABLE").as_deref() == Ok("record") {
        record();
    }
    let rows = table();
    let mut wrong = String::new();
    let mut count = 0;
    for row in &rows {
        let (code, output) = ours(&row.script);
        if code != Some(row.code) || output != row.output {
            count += 1;
            wrong.push_str(&format!(
                "---\n{}\nwanted {}: {:?}\nfound {code:?}: {output:?}\n",
                row.script, row.code, row.output
            ));
        }
    }
    assert!(rows.len() >= 300, "{} scripts are too few", rows.len());
    assert!(wrong.is_empty(), "{count} of {} scripts:\n{wrong}", rows.len());
}

/// The table is what real shells say, where they are installed.
#[test]
fn the_table_is_true() {
    let Some(shells) = shells() else {
        println!("dash and busybox are not both installed: the table is taken as it is");
        return;
    };
    for (number, row) in table().iter().enumerate() {
        for shell in &shells {
            let (code, output) = real(shell, &row.script, number);
            assert_eq!((code, &output), (row.code, &row.output), "{}: {}", shell.name, row.script);
        }
    }
}

fn record() {
    let shells = shells().unwrap();
    let scripts = std::fs::read_to_string(folder().join("scripts.txt")).unwrap();
    let mut out = String::new();
    for (number, script) in scripts.split("\n%%%%\n").map(|script| script.trim_matches('\n')).enumerate() {
        if script.is_empty() {
            continue;
        }
        let [dash, busybox] = [0, 1].map(|which| real(&shells[which], script, number));
        if dash != busybox {
            println!("they differ, left out: {script}\n  dash {dash:?}\n  busybox {busybox:?}");
            continue;
        }
        out.push_str(&format!("{script}\n==== {}\n{}\n%%%%\n", dash.0, dash.1));
    }
    std::fs::write(folder().join("table.txt"), out).unwrap();
}
