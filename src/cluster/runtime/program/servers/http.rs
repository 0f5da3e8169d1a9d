//! Answers over HTTP: files of a folder, or a word that says who is there; with the server's own access log.

use std::rc::Rc;

use k8s_openapi::pooled;

use super::super::machine::Reply;
use super::super::tools::{civil_text, phrase};
use super::{Desk, Question, Site, What, agnhost};
use crate::cluster::Time;

/// What is answered: a status and bytes.
struct Answer {
    status: u16,
    body: Rc<[u8]>,
}

/// A line of an access log, but for the time in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// Whether it goes to standard error.
    pub stderr: bool,
    /// The log file it goes to, where the server has one.
    file: Option<&'static str>,
    before: String,
    /// The time's form of `strftime`.
    time: &'static str,
    after: String,
}

impl Access {
    /// What `site` writes about a request; nothing where it keeps no log.
    fn of(site: &Site, question: &Question, status: u16, size: usize) -> Option<Self> {
        let Question { client, method, path, agent, .. } = question;
        let before = format!("{client} - - [");
        let request = format!("\"{method} {path} HTTP/1.1\" {status}");
        let time = "%d/%b/%Y:%H:%M:%S +0000";
        Some(match &*site.style {
            "files" => {
                Access { stderr: true, file: None, before, time: "%d/%b/%Y %H:%M:%S", after: format!("] {request} -") }
            }
            "nginx" => {
                let agent = if agent.is_empty() { "-" } else { agent };
                let after = format!("] {request} {size} \"-\" \"{agent}\" \"-\"");
                Access { stderr: false, file: Some("/var/log/nginx/access.log"), before, time, after }
            }
            "apache" => Access { stderr: false, file: None, before, time, after: format!("] {request} {size}") },
            _ => return None,
        })
    }

    /// The line as it is written at `now` in a run that began at `epoch`, in seconds since 1970.
    pub fn at(&self, epoch: i64, now: Time) -> String {
        self.with(&civil_text(self.time, epoch, now))
    }

    fn with(&self, time: &str) -> String {
        [&self.before, time, &self.after].concat()
    }
}

/// The answer of a server.
pub(super) fn answer(site: &Site, question: &Question, desk: &mut Desk) -> Reply {
    let Some((answer, logged)) = respond(site, question, desk) else { return Reply::Closed };
    write(logged, desk);
    let server = match &*site.style {
        "nginx" => "nginx/1.27.1",
        "apache" => "Apache/2.4.62 (Unix)",
        "files" => "SimpleHTTP/0.6 Python/3.12.4",
        _ => "",
    };
    Reply::Http { status: answer.status, server: pooled(server), body: answer.body }
}

/// The status that a server answers with, and what it writes into its access log; none where it speaks no HTTP.
pub(super) fn echo(site: &Site, question: &Question, desk: &mut Desk) -> Option<(u16, Option<Access>)> {
    respond(site, question, desk).map(|(answer, logged)| (answer.status, logged))
}

/// What is answered, and what is to be written about it; none where the server speaks no HTTP.
fn respond(site: &Site, question: &Question, desk: &mut Desk) -> Option<(Answer, Option<Access>)> {
    let path = question.path.split(['?', '#']).next().unwrap_or("/");
    Some(match &*site.style {
        "nginx" | "apache" | "files" | "httpd" => {
            let answer = file(site, path, question, desk);
            let size = if question.method == "HEAD" { 0 } else { answer.body.len() };
            let logged = Access::of(site, question, answer.status, size);
            (answer, logged)
        }
        "redis" | "postgres" | "mysql" | "other" => return None,
        style @ ("netexec" | "liveness") => {
            let (status, text) = agnhost::answer(style, path, site, question, desk);
            (Answer { status, body: text.into_bytes().into() }, None)
        }
        "text" => (Answer { status: 200, body: text(&site.root, question, desk).into_bytes().into() }, None),
        _ => {
            let name = site.image.map_or("ok", |image| image.name);
            (Answer { status: 200, body: format!("{name}\n").into_bytes().into() }, None)
        }
    })
}

/// A text of the catalogue with what it names filled in.
fn text(form: &str, question: &Question, desk: &Desk) -> String {
    form.replace("\\n", "\n")
        .replace("{hostname}", &desk.hostname())
        .replace("{host}", question.host)
        .replace("{path}", question.path)
        .replace("{method}", question.method)
}

/// A page that says a status.
fn page(site: &Site, status: u16) -> Answer {
    let phrase = phrase(status);
    let body = match &*site.style {
        "nginx" => format!(
            "<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>\r\n<center><h1>{status} {phrase}</h1></center>\r\n\
             <hr><center>nginx/1.27.1</center>\r\n</body>\r\n</html>\r\n"
        ),
        _ => format!("<html><head><title>{status} {phrase}</title></head><body><h1>{phrase}</h1></body></html>\n"),
    };
    Answer { status, body: body.into_bytes().into() }
}

/// A file of the server's folder.
fn file(site: &Site, path: &str, question: &Question, desk: &mut Desk) -> Answer {
    let rule = site.rule(question.port, path);
    if let Some(What::Say(status, text)) = rule {
        return Answer { status: *status, body: text.as_bytes().into() };
    }
    if !matches!(question.method, "GET" | "HEAD") {
        return page(site, if &*site.style == "files" { 501 } else { 405 });
    }
    if path.split('/').any(|part| part == "..") {
        return page(site, 400);
    }
    let root = match rule {
        Some(What::Files(root)) => root.to_string(),
        _ => desk.path(&site.root),
    };
    let full = format!("{}/{}", root.trim_end_matches('/'), path.trim_start_matches('/'));
    let folder = desk.is_folder(&full);
    let name = if folder { format!("{}/index.html", full.trim_end_matches('/')) } else { full.clone() };
    if let Some(body) = desk.read(&name) {
        return Answer { status: 200, body };
    }
    if folder && &*site.style != "nginx" {
        let mut body = format!("<html><head><title>Index of {path}</title></head><body><h1>Index of {path}</h1><ul>\n");
        for name in desk.list(&full) {
            body.push_str(&format!("<li><a href=\"{name}\">{name}</a></li>\n"));
        }
        body.push_str("</ul></body></html>\n");
        return Answer { status: 200, body: body.into_bytes().into() };
    }
    if &*site.style == "nginx" {
        let what = match folder {
            true => format!("directory index of \"{full}\" is forbidden"),
            false => format!("open() \"{name}\" failed (2: No such file or directory)"),
        };
        let line = format!(
            "{} [error] 29#29: *1 {what}, client: {}, server: localhost, request: \"{} {} HTTP/1.1\", host: \"{}\"",
            desk.time("%Y/%m/%d %H:%M:%S"),
            question.client,
            question.method,
            question.path,
            question.host
        );
        desk.log(true, "/var/log/nginx/error.log", &line);
    }
    page(site, if folder { 403 } else { 404 })
}

/// Writes the line of the access log.
pub(super) fn access(site: &Site, question: &Question, status: u16, size: usize, desk: &mut Desk) {
    write(Access::of(site, question, status, size), desk);
}

fn write(logged: Option<Access>, desk: &mut Desk) {
    let Some(logged) = logged else { return };
    let line = logged.with(&desk.time(logged.time));
    match logged.file {
        Some(file) => desk.log(logged.stderr, file, &line),
        None => desk.say(logged.stderr, &line),
    }
}
