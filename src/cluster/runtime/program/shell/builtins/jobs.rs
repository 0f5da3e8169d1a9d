//! Builtins about processes and signals: `trap`, `wait`, `kill`.

use std::rc::Rc;

use super::super::super::machine::{Cx, Io, Step, signal};
use super::super::super::tools;
use super::super::Shell;
use super::super::frames::Frame;
use super::quote;

impl Shell {
    pub(super) fn trap(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let arguments = match arguments.split_first() {
            Some((first, rest)) if &**first == "--" => rest,
            _ => arguments,
        };
        let Some((action, signals)) = arguments.split_first() else {
            let mut text = String::new();
            for (number, action) in &self.traps {
                text.push_str(&format!("trap -- {} {}\n", quote(action), signal::name(*number)));
            }
            return self.print(text.as_bytes(), io, cx);
        };
        // One argument alone is a signal that is reset.
        let (action, signals) = if signals.is_empty() { ("-".into(), arguments) } else { (action.clone(), signals) };
        let mut status = 0;
        for name in signals {
            let Some(number) = signal::number(name) else {
                io.complain(cx, &format!("{}: trap: {name}: invalid signal specification", self.name));
                status = 1;
                continue;
            };
            let bit = 1_u64 << (number & 63);
            io.ignored &= !bit;
            if &*action == "-" {
                self.traps.remove(&number);
            } else {
                if action.is_empty() {
                    io.ignored |= bit;
                }
                self.traps.insert(number, action.clone());
            }
        }
        status
    }

    pub(super) fn wait(&mut self, arguments: &[Rc<str>], io: &Io) -> Step {
        if arguments.is_empty() {
            self.frames.push(Frame::Wait(self.jobs.clone(), false));
            return Step::Go;
        }
        let mut pids: Vec<u32> = arguments.iter().filter_map(|argument| self.job(argument)).collect();
        if pids.last().is_none_or(|pid| !io.children.contains_key(pid) && !self.ended.contains_key(pid)) {
            // No child of this shell.
            pids.clear();
        }
        self.frames.push(Frame::Wait(pids, true));
        Step::Go
    }

    /// The process of `%1` or of a number.
    fn job(&self, text: &str) -> Option<u32> {
        match text.strip_prefix('%') {
            Some(number) => self.jobs.get(number.parse::<usize>().unwrap_or(1).checked_sub(1)?).copied(),
            None => text.parse().ok(),
        }
    }

    pub(super) fn kill(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let mut number = signal::TERM;
        let mut targets = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let named = match &**argument {
                "-l" => {
                    let code = rest.next().and_then(|code| code.parse::<u8>().ok());
                    let text = code.map_or("HUP INT QUIT KILL TERM", |code| signal::name(code & 127));
                    return self.print(format!("{text}\n").as_bytes(), io, cx);
                }
                "-s" | "-n" => rest.next().map(|name| &**name),
                "--" => continue,
                option if option.starts_with('-') && targets.is_empty() => option.get(1..),
                target => {
                    targets.push(target);
                    continue;
                }
            };
            match named.and_then(signal::number) {
                Some(named) => number = named,
                None => {
                    io.complain(cx, &format!("{}: kill: invalid signal {argument}", self.name));
                    return 2;
                }
            }
        }
        let mut status = 0;
        for target in targets {
            if !tools::kill(target, self.job(target), number, io, cx) {
                io.complain(cx, &format!("{}: kill: ({target}) - No such process", self.name));
                status = 1;
            }
        }
        status
    }
}
