//! Questions and answers as bytes of a connection: what a person types into `nc`, what a script writes with `echo`.

use std::rc::Rc;

use super::super::machine::Reply;
use crate::cluster::network::Protocol;
use crate::cluster::runtime::network::ask::{Ask, http};

/// The first whole question among what was said, and how many bytes it took.
pub(crate) fn question(said: &[u8]) -> Option<(usize, Ask)> {
    let text = String::from_utf8_lossy(said);
    let first = text.lines().next()?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or("/"));
    if matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "PATCH") {
        let (head, body) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n"))?;
        let length = header(head, "content-length").and_then(|value| value.parse::<usize>().ok()).unwrap_or(0);
        if body.len() < length {
            return None;
        }
        let ask = http(method, path, body.as_bytes().into(), None);
        return Some((said.len(), ask));
    }
    if !said.contains(&b'\n') {
        return None;
    }
    let line = first.trim();
    let used = said.iter().position(|byte| *byte == b'\n').map_or(said.len(), |at| at + 1);
    let ask = Ask { protocol: Protocol::Redis, label: line.into(), body: line.as_bytes().into(), ..Ask::default() };
    Some((used, ask))
}

/// A header of this name.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A reply as bytes, and whether the connection closes then.
pub(crate) fn spoken(reply: Reply) -> (Vec<u8>, bool) {
    match reply {
        Reply::Http { status, body, server } => {
            let phrase = super::super::tools::phrase(status);
            let server = if server.is_empty() { String::new() } else { format!("Server: {server}\r\n") };
            let head = format!(
                "HTTP/1.1 {status} {phrase}\r\n{server}Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            ([head.as_bytes(), &body].concat(), true)
        }
        Reply::Data(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let line = text.trim_end_matches('\n');
            let plain = !line.starts_with('(') && !line.starts_with("ERR");
            let mark = if plain { "+" } else { "-" };
            (format!("{mark}{line}\r\n").into_bytes(), false)
        }
        _ => (Vec::new(), true),
    }
}

/// Whether these bytes are a whole response of HTTP, as far as its length is said.
pub(crate) fn whole_response(said: &[u8]) -> bool {
    let text = String::from_utf8_lossy(said);
    let Some((head, body)) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")) else { return false };
    header(head, "content-length")
        .and_then(|value| value.parse::<usize>().ok())
        .is_some_and(|length| body.len() >= length)
}

/// The response that these bytes are.
pub(crate) fn response(said: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(said);
    if said.is_empty() {
        return Reply::Closed;
    }
    let Some(status) = text.strip_prefix("HTTP/").and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok()) else {
        return Reply::Data(said.to_vec());
    };
    let (head, body) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).unwrap_or((&*text, ""));
    let server: Rc<str> = header(head, "server").unwrap_or_default().into();
    Reply::Http { status, server, body: body.as_bytes().into() }
}
