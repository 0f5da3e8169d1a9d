//! What is asked of a server.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::pooled;

use crate::cluster::network::{Found, Protocol};

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ask {
    pub host: Rc<str>,
    pub port: u16,
    pub protocol: Protocol,
    /// What is asked, in a line.
    pub label: Rc<str>,
    pub method: Rc<str>,
    pub path: Rc<str>,
    /// What the client calls itself.
    pub agent: &'static str,
    /// Headers that the client was told to send, each on a line.
    pub headers: Rc<str>,
    pub body: Rc<[u8]>,
    pub timeout: Option<Duration>,
    /// What the host's name led to, where it has been looked up already.
    pub found: Option<Found>,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            host: pooled(""),
            port: 0,
            protocol: Protocol::Tcp,
            label: pooled(""),
            method: pooled(""),
            path: pooled(""),
            agent: "",
            headers: pooled(""),
            body: [].into(),
            timeout: None,
            found: None,
        }
    }
}

impl Ask {
    /// What a header of the client's own says.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.lines().filter_map(|line| line.split_once(':'));
        all.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The host as the request names it: with its port, where that is not the usual one.
    pub fn authority(&self) -> String {
        match (self.header("host"), self.port) {
            (Some(said), _) => said.to_owned(),
            (None, 80 | 443) => self.host.to_string(),
            (None, port) => format!("{}:{port}", self.host),
        }
    }

    /// The head of the request as it goes over the wire (busybox: networking/wget.c; curl: lib/http.c).
    pub fn head(&self) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", self.method, self.path, self.authority());
        let mut add = |line: &str| text.push_str(&format!("{line}\r\n"));
        if !self.agent.is_empty() {
            add(&format!("User-Agent: {}", self.agent));
            add(if self.agent == "Wget" { "Connection: close" } else { "Accept: */*" });
        }
        self.headers.lines().filter(|line| !line.to_ascii_lowercase().starts_with("host:")).for_each(&mut add);
        if !self.body.is_empty() {
            add(&format!("Content-Length: {}", self.body.len()));
            if self.header("content-type").is_none() {
                add("Content-Type: application/x-www-form-urlencoded");
            }
        }
        text + "\r\n"
    }
}

/// What a URL asks for.
pub(crate) fn http(method: &str, url: &str, body: Rc<[u8]>, timeout: Option<Duration>) -> Ask {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, path) = rest.find(['/', '?']).map_or((rest, "/"), |at| rest.split_at(at));
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let usual = if url.starts_with("https") { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(usual)),
        None => (authority, usual),
    };
    let path = if path.starts_with('?') { format!("/{path}") } else { path.to_owned() };
    Ask {
        host: host.into(),
        port,
        protocol: Protocol::Http,
        label: format!("{method} {path}").into(),
        method: method.into(),
        path: path.into(),
        body,
        timeout,
        ..Ask::default()
    }
}
