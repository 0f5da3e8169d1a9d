//! `podlab serve` and a real kubectl: what the real client prints of the simulated cluster is what our own prints.
//!
//! The real client comes from PyPI (`cargo xtask setup`); where there is none the test says that it was skipped.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what should not be")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

/// What runs in the cluster.
const MANIFEST: &str = "tests/serve/cluster.yaml";

/// What only looks, and so is asked of one cluster by both clients.
const LOOKS: &str = include_str!("serve/looks.txt");

/// What changes something, and so is done to two clusters, by one client each.
const DEEDS: &str = include_str!("serve/deeds.txt");

/// A served cluster, ended with the test.
struct Served {
    child: Child,
    /// Kept open, for the server may go on to speak.
    _said: BufReader<ChildStdout>,
    address: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve() -> Served {
    let mut child = Command::new(env!("CARGO_BIN_EXE_podlab"))
        .args(["serve", "--port", "0", "--nodes", "2", "-f", MANIFEST])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut first).unwrap();
    let address = first.trim().rsplit("http://").next().unwrap().to_owned();
    Served { child, _said: said, address }
}

/// The real client: the one of `.tools/`, or that which `KUBECTL` names.
fn kubectl() -> Option<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".tools/kubectl/bin/kubectl");
    let program = env::var_os("KUBECTL").map_or(own, PathBuf::from);
    let told = Command::new(&program).args(["version", "--client"]).output().ok()?;
    String::from_utf8_lossy(&told.stdout).contains("v1.37").then_some(program)
}

type Said = (String, String, i32);

fn real(program: &PathBuf, home: &str, served: &Served, words: &[&str]) -> Said {
    let told = Command::new(program)
        .env("HOME", home)
        .env("TZ", "UTC")
        .env_remove("KUBECONFIG")
        .current_dir("tests/serve")
        .arg(format!("--server=http://{}", served.address))
        .args(words)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&told.stdout), text(&told.stderr), told.status.code().unwrap())
}

fn ours(served: &Served, words: &[&str]) -> Said {
    let files: serde_json::Map<String, serde_json::Value> = words
        .iter()
        .filter_map(|word| Some(((*word).to_owned(), fs::read_to_string(format!("tests/serve/{word}")).ok()?.into())))
        .collect();
    let body = serde_json::json!({"words": words, "files": files}).to_string();
    let mut stream = TcpStream::connect(&served.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(
        stream,
        "POST /podlab/kubectl HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (mut stdout, mut stderr, mut code) = (String::new(), String::new(), None);
    // Chunks and their lengths are lines, of which the objects are ours.
    for line in answer.lines().filter(|line| line.starts_with('{')) {
        let part: serde_json::Value = serde_json::from_str(line).unwrap();
        stdout.push_str(part["stdout"].as_str().unwrap());
        stderr.push_str(part["stderr"].as_str().unwrap());
        code = code.or(part["exitCode"].as_i64());
    }
    (stdout, stderr, i32::try_from(code.unwrap()).unwrap())
}

/// A text without what differs between two moments and two clusters: ages, instants, what is drawn by lot.
fn comparable(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|c: char| "(),.\"'[]".contains(c));
        let digits = bare.bytes().filter(u8::is_ascii_digit).count();
        let is_age = digits > 0
            && bare.ends_with(['s', 'm', 'h', 'd'])
            && bare.bytes().all(|byte| byte.is_ascii_digit() || b"smhd".contains(&byte));
        let is_instant =
            bare.len() >= 8 && bare.matches(':').count() >= 2 && bare.starts_with(|c: char| c.is_ascii_digit());
        let is_drawn = bare.len() >= 36 && bare.matches('-').count() >= 4 || bare.starts_with("containerd://");
        let is_address = bare.matches('.').count() >= 3 && bare.starts_with("10.");
        if is_age || is_instant || is_drawn || is_address {
            return "*".to_owned();
        }
        // The five letters at the end of a generated name.
        let parts: Vec<String> = word
            .split('-')
            .map(|part| {
                let letters = part.chars().take_while(char::is_ascii_alphanumeric).count();
                let drawn = |c: char| "bcdfghjklmnpqrstvwxz2456789".contains(c);
                let is_suffix = letters == 5 && part.chars().take(5).all(drawn);
                if is_suffix { format!("*{}", &part[5..]) } else { part.to_owned() }
            })
            .collect();
        parts.join("-")
    };
    let line = |line: &str| line.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn differing(what: &str, real: &Said, ours: &Said) -> Option<String> {
    // The real client keeps several logs in a map, and its order is drawn by lot.
    let of_a_map =
        what.starts_with("logs ") && ["--all-containers", "--all-pods", " -l "].iter().any(|it| what.contains(it));
    let output = |text: &str| {
        let mut lines: Vec<String> = comparable(text).lines().map(str::to_owned).collect();
        if of_a_map {
            lines.sort();
        }
        lines
    };
    let same = output(&real.0) == output(&ours.0) && comparable(&real.1) == comparable(&ours.1) && real.2 == ours.2;
    (!same).then(|| {
        format!(
            "$ kubectl {what}\n<<< real\n{}[stderr]\n{}[exit {}]\n>>> ours\n{}[stderr]\n{}[exit {}]\n",
            real.0, real.1, real.2, ours.0, ours.1, ours.2
        )
    })
}

/// The words of a line: blanks part them, but for those between single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (number, part) in line.split('\'').enumerate() {
        let pieces: Vec<&str> = if number % 2 == 0 { part.split(' ').collect() } else { vec![part] };
        for (piece, text) in pieces.into_iter().enumerate() {
            if piece > 0 {
                words.push(String::new());
            }
            words.last_mut().unwrap().push_str(text);
        }
    }
    words
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn a_real_kubectl_and_ours_say_the_same_of_the_same_cluster() {
    let Some(program) = kubectl() else {
        println!("skipped: there is no kubectl 1.37; cargo xtask setup installs one");
        return;
    };
    let home = env::temp_dir().join(format!("podlab-serve-{}", std::process::id()));
    fs::create_dir_all(&home).unwrap();
    let home = home.to_string_lossy().into_owned();
    let (one, two) = (serve(), serve());
    #[allow(clippy::disallowed_methods, reason = "the server under test runs by the clock")]
    thread::sleep(Duration::from_secs(8));
    let (mut compared, mut found) = (0, Vec::new());
    for line in lines(LOOKS) {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        compared += 1;
        // Something may have happened between the two answers: then they are asked for again.
        let ask = || differing(line, &real(&program, &home, &one, &words), &ours(&one, &words));
        found.extend(ask().and_then(|_| ask()).and_then(|_| ask()));
    }
    for line in lines(DEEDS) {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (mut theirs, mut own) = (real(&program, &home, &one, &words), ours(&two, &words));
        compared += 1;
        // How many steps of a rollout each sees depends on when it looks; how it ends does not.
        if line.starts_with("rollout status") {
            for said in [&mut theirs, &mut own] {
                said.0 = said.0.lines().last().unwrap_or_default().to_owned();
            }
        }
        found.extend(differing(line, &theirs, &own));
    }
    let _ = fs::remove_dir_all(&home);
    println!("{} of {compared} commands are answered alike", compared - found.len());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_no_request_of_kubernetes_is_answered_all_the_same() {
    let served = serve();
    for (text, wanted) in [
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "200 OK"),
        ("GET /nonsense HTTP/1.1\r\nConnection: close\r\n\r\n", "404 Not Found"),
        ("nonsense\r\n\r\n", "400 Bad Request"),
        (
            "POST /api/v1/namespaces/default/pods HTTP/1.1\r\nConnection: close\r\nContent-Length: 3\r\n\r\n{a:",
            "400 Bad Request",
        ),
        ("DELETE /api/v1/namespaces/default HTTP/1.1\r\nConnection: close\r\n\r\n", "403 Forbidden"),
    ] {
        let mut stream = TcpStream::connect(&served.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {wanted}")), "{text}: {answer}");
    }
}
