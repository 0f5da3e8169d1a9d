//! Refusals as kubectl prints them (kubectl: cmd/util/helpers.go checkErr, 1.36).

use collections::Set as BTreeSet;

use super::super::FieldError;
use super::super::judgement::Refusal;

/// The standard error of a command that met `refusals`.
/// Each comes with what kubectl was about. What the reader of the file met is told in one piece beside other errors, and
/// behind them, unless the whole file is `read_first` (cli-runtime: resource/visitor.go ContinueOnErrorVisitor).
pub(super) fn stderr(refusals: &[(Refusal, String)], file: &str, read_first: bool) -> String {
    match refusals {
        [] => String::new(),
        [(Refusal::Invalid { kind, name, causes, .. }, _)] => invalid(kind, name, causes),
        [(Refusal::Status { reason: "Invalid", message }, _)] if is_of_object(message) => {
            let (kind, rest) = message.split_once(' ').unwrap_or((message, ""));
            let kind = kind.split_once('.').map_or(kind, |(kind, _)| kind);
            format!("The {kind} {rest}\n")
        }
        [(Refusal::Client(message) | Refusal::Sending(message), _)] if !message.starts_with("error: ") => {
            format!("error: {message}\n")
        }
        _ => {
            let of_reader =
                |(refusal, _): &&(Refusal, String)| matches!(refusal, Refusal::Client(_) | Refusal::Nested(_));
            let lines = |of: bool| {
                let some = refusals.iter().filter(move |it| of_reader(it) == of);
                some.map(|(refusal, action)| line(refusal, action, file)).collect::<Vec<_>>()
            };
            let (mut read, mut sent) = (lines(true), lines(false));
            if !read.is_empty() && !sent.is_empty() {
                read = vec![aggregate(read)];
            }
            if read_first {
                std::mem::swap(&mut read, &mut sent);
            }
            sent.into_iter().chain(read).map(|line| line + "\n").collect()
        }
    }
}

/// Several errors as one, each told once, in brackets where they are several (apimachinery: util/errors/errors.go
/// aggregate.Error).
pub fn aggregate(texts: impl IntoIterator<Item = String>) -> String {
    match distinct(texts).as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// Whether a message says of one object that it is invalid, and of one field why.
fn is_of_object(message: &str) -> bool {
    message.split_once(" is invalid: ").is_some_and(|(_, why)| !why.starts_with('['))
}

/// One of several refusals, or one that has no form of its own.
fn line(refusal: &Refusal, action: &str, file: &str) -> String {
    match refusal {
        Refusal::Client(message) | Refusal::Sending(message) | Refusal::Nested(message) => message.clone(),
        Refusal::Status { reason, message } => server_error(reason, message, action, file),
        Refusal::Invalid { .. } => server_error("Invalid", &server_message(refusal), action, file),
    }
}

fn server_error(reason: &str, message: &str, action: &str, file: &str) -> String {
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    let when = match action {
        "" => String::new(),
        action => format!("error when {action} {}: ", crate::yaml::quote(file)),
    };
    format!("Error from server{reason}: {when}{message}")
}

/// The server's own message of a 422 (apimachinery: api/errors/errors.go NewInvalid).
fn server_message(refusal: &Refusal) -> String {
    let Refusal::Invalid { kind, group, name, causes } = refusal else { return String::new() };
    let list = aggregate(causes.iter().map(ToString::to_string));
    let dot = if group.is_empty() { "" } else { "." };
    format!("{kind}{dot}{group} {} is invalid: {list}", crate::yaml::quote(name))
}

/// What is the same is told once.
fn distinct(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

pub(super) fn invalid(kind: &str, name: &str, causes: &[FieldError]) -> String {
    let head = match (kind, name) {
        ("", "") => "The request is invalid: ".to_owned(),
        _ => format!("The {kind} {} is invalid: ", crate::yaml::quote(name)),
    };
    match distinct(causes.iter().map(ToString::to_string)).as_slice() {
        [one] => format!("{head}{one}\n"),
        several => {
            let lines: String = several.iter().map(|text| format!("* {text}\n")).collect();
            format!("{head}\n{lines}")
        }
    }
}
