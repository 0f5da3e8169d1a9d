//! Answers over HTTP: files of a folder, or a word that says who is there; with the server's own access log.

use std::rc::Rc;

use super::super::machine::{Cx, Io, Reply};
use super::super::tools::{civil_text, phrase};
use super::{Question, Site};

/// What is answered: a status and bytes.
struct Answer {
    status: u16,
    body: Rc<[u8]>,
}

/// The answer of a server.
pub(super) fn answer(site: &Site, question: &Question, io: &mut Io, cx: &mut Cx) -> Reply {
    let path = question.path.split(['?', '#']).next().unwrap_or("/");
    let answer = match &*site.style {
        "nginx" | "apache" | "files" | "httpd" => {
            let answer = file(site, path, question, io, cx);
            access(site, question, &answer, io, cx);
            answer
        }
        "redis" | "postgres" | "mysql" | "other" => return Reply::Closed,
        "text" => Answer { status: 200, body: text(&site.root, question, cx).into_bytes().into() },
        _ => {
            let name = site.image.map_or("ok", |image| image.name);
            Answer { status: 200, body: format!("{name}\n").into_bytes().into() }
        }
    };
    let server = match &*site.style {
        "nginx" => "nginx/1.27.1",
        "apache" => "Apache/2.4.62 (Unix)",
        "files" => "SimpleHTTP/0.6 Python/3.12.4",
        _ => "",
    };
    let body = if question.method == "HEAD" { [].into() } else { answer.body };
    Reply::Http { status: answer.status, server: server.into(), body }
}

/// A text of the catalogue with what it names filled in.
fn text(form: &str, question: &Question, cx: &Cx) -> String {
    let host = &cx.kernel.setup.hostname;
    form.replace("\\n", "\n")
        .replace("{hostname}", host)
        .replace("{host}", question.host)
        .replace("{path}", question.path)
        .replace("{method}", question.method)
}

/// A file of the server's folder.
fn file(site: &Site, path: &str, question: &Question, io: &Io, cx: &mut Cx) -> Answer {
    let page = |status: u16| {
        let body = match &*site.style {
            "nginx" => format!(
                "<html>\r\n<head><title>{status} {0}</title></head>\r\n<body>\r\n<center><h1>{status} {0}</h1></center>\r\n\
                 <hr><center>nginx/1.27.1</center>\r\n</body>\r\n</html>\r\n",
                phrase(status)
            ),
            _ => format!(
                "<html><head><title>{status} {0}</title></head><body><h1>{0}</h1></body></html>\n",
                phrase(status)
            ),
        };
        Answer { status, body: body.into_bytes().into() }
    };
    if !matches!(question.method, "GET" | "HEAD") {
        return page(if &*site.style == "files" { 501 } else { 405 });
    }
    if path.split('/').any(|part| part == "..") {
        return page(400);
    }
    let root = if site.root.starts_with('/') { site.root.to_string() } else { io.path(&site.root) };
    let full = format!("{}/{}", root.trim_end_matches('/'), path.trim_start_matches('/'));
    let files = cx.files(0);
    let folder = files.stat(&full, true).is_ok_and(|stat| stat.is_folder());
    let name = if folder { format!("{}/index.html", full.trim_end_matches('/')) } else { full.clone() };
    match files.read(&name) {
        Ok(bytes) => Answer { status: 200, body: bytes.as_slice().into() },
        Err(_) if folder && &*site.style != "nginx" => {
            let names = files.list(&full).unwrap_or_default();
            let mut body =
                format!("<html><head><title>Index of {path}</title></head><body><h1>Index of {path}</h1><ul>\n");
            for name in names {
                body.push_str(&format!("<li><a href=\"{name}\">{name}</a></li>\n"));
            }
            body.push_str("</ul></body></html>\n");
            Answer { status: 200, body: body.into_bytes().into() }
        }
        Err(error) => {
            let status = if folder { 403 } else { 404 };
            if &*site.style == "nginx" {
                let what = match status {
                    403 => format!("directory index of \"{full}\" is forbidden"),
                    _ => format!("open() \"{name}\" failed (2: {error})"),
                };
                let time = civil_text("%Y/%m/%d %H:%M:%S", cx.kernel.setup.epoch, cx.now());
                let line = format!(
                    "{time} [error] 29#29: *1 {what}, client: {}, server: localhost, request: \"{} {} HTTP/1.1\", host: \"{}\"",
                    question.client, question.method, question.path, question.host
                );
                write(true, "/var/log/nginx/error.log", &line, cx);
            }
            page(status)
        }
    }
}

/// The line of the access log.
fn access(site: &Site, question: &Question, answer: &Answer, io: &mut Io, cx: &mut Cx) {
    let Question { client, method, path, agent, .. } = question;
    let (epoch, now) = (cx.kernel.setup.epoch, cx.now());
    let size = answer.body.len();
    match &*site.style {
        "files" => {
            let time = civil_text("%d/%b/%Y %H:%M:%S", epoch, now);
            io.complain(cx, &format!("{client} - - [{time}] \"{method} {path} HTTP/1.1\" {} -", answer.status));
        }
        "httpd" => {}
        style => {
            let time = civil_text("%d/%b/%Y:%H:%M:%S +0000", epoch, now);
            let mut line = format!("{client} - - [{time}] \"{method} {path} HTTP/1.1\" {} {size}", answer.status);
            if style == "nginx" {
                let agent = if agent.is_empty() { "-" } else { agent };
                line.push_str(&format!(" \"-\" \"{agent}\" \"-\""));
                write(false, "/var/log/nginx/access.log", &line, cx);
            } else {
                io.write(cx, 1, format!("{line}\n").as_bytes());
            }
        }
    }
}

/// Writes a line to a log file of the server. In the image it is a link to the container's own log; where a volume is
/// mounted over its folder it is a file of the volume.
fn write(stderr: bool, path: &str, line: &str, cx: &mut Cx) {
    let mounts = cx.kernel.setup.mounts.iter().any(|mount| path.starts_with(&format!("{}/", mount.at)));
    if !mounts {
        cx.outside.lines.push((stderr, line.to_owned()));
        return;
    }
    let mut files = cx.files(0);
    let opened = files.create(path, false, 0o644);
    if let Ok((place, number, _)) = opened {
        let size = files.size_of(&place, number).unwrap_or(0);
        // A log that is full is lost, as a server goes on without it.
        let _lost = files.write(&place, number, size, format!("{line}\n").as_bytes());
    }
}
