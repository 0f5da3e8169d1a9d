//! The programs that scripts call: which there are, and what those do that only write and end.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use crate::cluster::EPOCH;
use crate::cluster::Time;

/// Whether `program` is a shell that reads the language simulated here.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash")
}

/// The tools that are simulated; the machine knows what they do.
const SIMULATED: &[&str] =
    &["date", "echo", "exit", "false", "git", "hostname", "printf", "sleep", "test", "true", "["];

/// Whether `program` is a tool that is simulated.
pub(super) fn is_known(program: &str) -> bool {
    SIMULATED.contains(&program)
}

/// Tools that images with a shell have, and that are not simulated: the script goes on as if they had succeeded.
const USUAL: &[&str] = &[
    "apk", "apt", "apt-get", "awk", "base64", "cat", "chgrp", "chmod", "chown", "cp", "curl", "cut", "dd", "df", "dig",
    "du", "env", "find", "grep", "gzip", "head", "id", "ip", "kill", "ln", "ls", "md5sum", "mkdir", "mv", "nc",
    "netstat", "nslookup", "ping", "ps", "pwd", "rm", "rmdir", "sed", "seq", "sort", "stat", "su", "sync", "sysctl",
    "tail", "tar", "tee", "telnet", "timeout", "top", "touch", "tr", "uname", "uniq", "unzip", "vi", "watch", "wc",
    "wget", "which", "whoami", "xargs", "yes",
];

/// Whether a usual image with a shell has `program`.
pub(super) fn is_usual(program: &str) -> bool {
    USUAL.contains(&program)
}

/// A program that serves until it is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// The port it listens on.
    pub port: Option<u16>,
    /// Whether it stops cleanly on SIGTERM; else it knows no signals.
    pub handles_term: bool,
}

/// The server that `program` with `arguments` is, if it is one.
pub(super) fn server(program: &str, arguments: &[&str]) -> Option<Server> {
    let clean = |port| Some(Server { port: Some(port), handles_term: true });
    match program {
        "nginx" | "httpd" | "httpd-foreground" | "apache2" | "apache2-foreground" => clean(80),
        "redis-server" => clean(6379),
        "postgres" => clean(5432),
        "mysqld" | "mariadbd" => clean(3306),
        "mongod" => clean(27017),
        "memcached" => clean(11211),
        "python" | "python3" if arguments.windows(2).any(|pair| pair == ["-m", "http.server"]) => {
            let port = arguments.iter().rev().find_map(|argument| argument.parse().ok()).unwrap_or(8000);
            Some(Server { port: Some(port), handles_term: false })
        }
        _ => None,
    }
}

/// How long `sleep` with these arguments takes; `None` in it is for ever.
pub(super) fn sleep(arguments: &[String]) -> Result<Option<Duration>, String> {
    let mut total = 0.0;
    if arguments.is_empty() {
        return Err("sleep: missing operand".to_owned());
    }
    for argument in arguments {
        if argument == "infinity" || argument == "inf" {
            return Ok(None);
        }
        let (number, unit) = match argument.char_indices().next_back() {
            Some((at, 's')) => (argument.get(..at), 1.0),
            Some((at, 'm')) => (argument.get(..at), 60.0),
            Some((at, 'h')) => (argument.get(..at), 3600.0),
            Some((at, 'd')) => (argument.get(..at), 86_400.0),
            _ => (Some(argument.as_str()), 1.0),
        };
        let plain = number.filter(|number| number.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        let number: f64 = plain
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| format!("sleep: invalid number '{argument}'"))?;
        total += number * unit;
    }
    // Beyond a hundred years no run goes; this keeps the sum of instants in range.
    Ok((total < 3.2e9).then(|| Duration::from_secs_f64(total)))
}

/// What `date` prints; `+%s` and the plain form are known, other forms print the plain one.
pub(super) fn date(arguments: &[String], now: Time) -> String {
    let stamp = now.to_timestamp(EPOCH);
    match arguments.first().map(String::as_str) {
        Some("+%s") => stamp.as_second().to_string(),
        Some("+%T" | "+%H:%M:%S") => clock(stamp),
        Some("-Iseconds" | "+%Y-%m-%dT%H:%M:%SZ") => stamp.to_string(),
        _ => {
            let (year, month, day, weekday) = civil(stamp);
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
            let month = months.get(month).copied().unwrap_or_default();
            let weekday = days.get(weekday).copied().unwrap_or_default();
            format!("{weekday} {month} {day:2} {} UTC {year}", clock(stamp))
        }
    }
}

fn clock(stamp: Timestamp) -> String {
    let second = stamp.as_second().rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Year, month from 0, day, and weekday counted from Thursday (the day of the Unix epoch).
fn civil(stamp: Timestamp) -> (i64, usize, i64, usize) {
    let days = stamp.as_second().div_euclid(86_400);
    let weekday = usize::try_from(days.rem_euclid(7)).unwrap_or_default();
    let (mut year, mut rest) = (1970, days);
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    while rest >= 365 + i64::from(leap(year)) {
        rest -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1, weekday)
}

/// What `printf` writes: `%s`, `%d`, `%%` and the usual escapes; the format is used again while arguments are left.
pub(super) fn printf(arguments: &[String]) -> String {
    let Some((format, values)) = arguments.split_first() else { return String::new() };
    let mut values = values.iter();
    let mut out = String::new();
    loop {
        let before = values.len();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            match c {
                '%' => match chars.next() {
                    Some('s' | 'd' | 'i') => out.push_str(values.next().map_or("", String::as_str)),
                    Some('%') | None => out.push('%'),
                    Some(other) => out.extend(['%', other]),
                },
                '\\' => out.push(escape(chars.next())),
                c => out.push(c),
            }
        }
        if values.len() == 0 || values.len() == before {
            return out;
        }
    }
}

fn escape(c: Option<char>) -> char {
    match c {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some(c) => c,
        None => '\\',
    }
}

/// What `echo` writes, with its options `-n` and `-e`.
pub(super) fn echo(arguments: &[String]) -> String {
    let (mut newline, mut escapes) = (true, false);
    let mut arguments = arguments;
    while let Some((first, rest)) = arguments.split_first() {
        match first.as_str() {
            "-n" => newline = false,
            "-e" => escapes = true,
            "-ne" | "-en" => (newline, escapes) = (false, true),
            _ => break,
        }
        arguments = rest;
    }
    let mut text = arguments.join(" ");
    if escapes {
        let mut chars = text.chars();
        let mut out = String::new();
        while let Some(c) = chars.next() {
            out.push(if c == '\\' { escape(chars.next()) } else { c });
        }
        text = out;
    }
    if newline {
        text.push('\n');
    }
    text
}

/// What `test` finds; `None` where the question is not simulated (files) or not understood.
pub(super) fn test(arguments: &[String]) -> Option<bool> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.trim().parse::<i64>().ok();
    match words.as_slice() {
        [] => Some(false),
        [word] => Some(!word.is_empty()),
        ["!", rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
            // Each call has one word less, so this ends.
            test(&rest).map(|found| !found)
        }
        ["-n", word] => Some(!word.is_empty()),
        ["-z", word] => Some(word.is_empty()),
        [left, "=" | "==", right] => Some(left == right),
        [left, "!=", right] => Some(left != right),
        [left, operator, right] => {
            let (left, right) = (number(left)?, number(right)?);
            match *operator {
                "-eq" => Some(left == right),
                "-ne" => Some(left != right),
                "-lt" => Some(left < right),
                "-le" => Some(left <= right),
                "-gt" => Some(left > right),
                "-ge" => Some(left >= right),
                _ => None,
            }
        }
        _ => None,
    }
}
