//! `redis-server` as a command: the file of its configuration, and what options say instead (redis: src/config.c
//! loadServerConfig).

use std::rc::Rc;

use super::super::images::{self, stamped};
use super::super::servers::Site;
use super::serve::Server;
use crate::cluster::runtime::program::machine::{Cx, Io, Step};

/// Begins the server.
pub(super) fn begin(arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Option<Step> {
    let image = images::serving("redis-server")?;
    let mut site = Site::of(image);
    let mut text = String::new();
    let mut options = arguments;
    if let Some((file, rest)) = arguments.split_first().filter(|(word, _)| !word.starts_with('-')) {
        options = rest;
        match cx.files(io.user).read(&io.path(file)) {
            Ok(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
            Err(error) => {
                let line =
                    format!("1:C {{%d %b %Y %H:%M:%S.000}} # Fatal error, can't open config file '{file}': {error}\n");
                io.write(cx, 1, stamped(&line, cx.kernel.setup.epoch, cx.now()).as_bytes());
                return Some(Step::Exit(1));
            }
        }
    }
    for word in options {
        // Each option is a line of the configuration.
        text.push(if word.starts_with("--") { '\n' } else { ' ' });
        text.push_str(word.trim_start_matches("--"));
    }
    let mut ports: Vec<u16> = image.ports().collect();
    for line in text.lines() {
        let Some((key, value)) = line.trim().split_once(char::is_whitespace) else { continue };
        let value = value.trim().trim_matches('"');
        if let ("port", Ok(port)) = (key, value.parse()) {
            ports = vec![port];
        }
        site.data.configure(key, value);
    }
    Some(Server::new(&ports, true, site).begin())
}
