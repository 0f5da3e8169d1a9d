//! `read`: a line of the input into variables.

use std::rc::Rc;
use std::time::Duration;

use super::super::super::machine::{Block, Cx, Io, Step};
use super::super::Shell;
use super::super::frames::Frame;
use crate::cluster::Time;

impl Shell {
    pub(super) fn begin_read(&mut self, arguments: &[Rc<str>], cx: &mut Cx) -> Step {
        let (mut raw, mut until, mut names) = (false, None, Vec::new());
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match &**argument {
                "-t" => {
                    let seconds = rest.next().and_then(|seconds| seconds.parse::<f64>().ok()).unwrap_or(0.0);
                    until = Some(cx.now() + Duration::from_secs_f64(seconds.clamp(0.0, 1e9)));
                }
                "-p" | "-n" | "-d" => {
                    rest.next();
                }
                option if option.starts_with('-') && names.is_empty() => raw |= option.contains('r'),
                _ => names.push(argument.clone()),
            }
        }
        if names.is_empty() {
            names.push("REPLY".into());
        }
        self.frames.push(Frame::Read { names: names.into(), raw, line: Vec::new(), until });
        Step::Go
    }

    /// Goes on reading a line, and gives it to the variables.
    pub(in super::super) fn read(
        &mut self,
        names: Rc<[Rc<str>]>,
        raw: bool,
        mut line: Vec<u8>,
        until: Option<Time>,
        io: &mut Io,
        cx: &mut Cx,
    ) -> Step {
        let Some(&handle) = io.fds.get(&0) else { return self.done(1, io, cx) };
        let complete = match cx.read_line(handle, &mut line) {
            Some(complete) => complete,
            None if until.is_some_and(|until| until <= cx.now()) => {
                return self.done(142, io, cx);
            }
            None => {
                self.frames.push(Frame::Read { names, raw, line, until });
                return Step::Block(match until {
                    Some(until) => Block::Reply { ticket: 0, handle: Some(handle), until: Some(until) },
                    None => Block::Readable(handle),
                });
            }
        };
        if complete && !raw && line.ends_with(b"\\\n") {
            line.truncate(line.len() - 2);
            self.frames.push(Frame::Read { names, raw, line, until });
            return Step::Go;
        }
        if complete {
            line.pop();
        }
        line.retain(|byte| *byte != 0);
        let text = String::from_utf8_lossy(&line);
        // A backslash keeps what follows it from splitting.
        let mut chars: Vec<(char, bool)> = Vec::with_capacity(text.len());
        let mut escaped = false;
        for c in text.chars() {
            if c == '\\' && !raw && !escaped {
                escaped = true;
            } else {
                chars.push((c, escaped));
                escaped = false;
            }
        }
        let ifs = self.value("IFS").unwrap_or_else(|| " \t\n".into());
        let blank = |(c, kept): &(char, bool)| !kept && matches!(c, ' ' | '\t' | '\n') && ifs.contains(*c);
        let splits = |(c, kept): &(char, bool)| !kept && ifs.contains(*c);
        let mut at = chars.iter().take_while(|c| blank(c)).count();
        for (number, name) in names.iter().enumerate() {
            let rest = chars.get(at..).unwrap_or_default();
            let value: String;
            if number + 1 == names.len() {
                let mut end = rest.len() - rest.iter().rev().take_while(|c| blank(c)).count();
                // One separator at the very end of the last field belongs to nobody.
                let body = rest.get(..end).unwrap_or_default();
                if body.last().is_some_and(splits) && !body.iter().take(end.saturating_sub(1)).any(splits) {
                    end -= 1;
                }
                value = rest.get(..end).unwrap_or_default().iter().map(|(c, _)| *c).collect();
                at = chars.len();
            } else {
                let end = rest.iter().position(splits).unwrap_or(rest.len());
                value = rest.get(..end).unwrap_or_default().iter().map(|(c, _)| *c).collect();
                at += end;
                at += chars.get(at..).unwrap_or_default().iter().take_while(|c| blank(c)).count();
                if chars.get(at).is_some_and(|c| splits(c) && !blank(c)) && !rest.get(end).is_none_or(|_| false) {
                    at += 1;
                    at += chars.get(at..).unwrap_or_default().iter().take_while(|c| blank(c)).count();
                }
            }
            if let Err(text) = self.assign(name, &value) {
                return self.fail(&text, io, cx);
            }
        }
        self.done(i32::from(!complete), io, cx)
    }
}
