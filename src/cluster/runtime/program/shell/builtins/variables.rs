//! Builtins about variables, options and arguments: `export`, `readonly`, `local`, `set`, `getopts`.

use std::rc::Rc;

use super::super::super::machine::{Cx, Io};
use super::super::Shell;
use super::super::frames::Frame;
use super::super::parse::is_name;
use super::quote;

impl Shell {
    pub(super) fn declare(&mut self, name: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let plain: Vec<&Rc<str>> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
        if plain.is_empty() {
            let mut text = String::new();
            for (known, variable) in self.variables.iter() {
                let chosen = if name == "export" { variable.exported } else { variable.read_only };
                if let Some(value) = variable.value.as_deref().filter(|_| chosen) {
                    text.push_str(&format!("{name} {known}={}\n", quote(value)));
                }
            }
            return self.print(text.as_bytes(), io, cx);
        }
        for argument in plain {
            let (variable, value) = match argument.split_once('=') {
                Some((variable, value)) => (variable, Some(value)),
                None => (&**argument, None),
            };
            if !is_name(variable) {
                io.complain(cx, &format!("{}: {name}: {variable}: bad variable name", self.name));
                return 2;
            }
            if let Some(value) = value
                && let Err(text) = self.assign(variable, value)
            {
                io.complain(cx, &format!("{}: {name}: {text}", self.name));
                return 2;
            }
            let entry = Rc::make_mut(&mut self.variables).entry(variable.into()).or_default();
            if name == "export" {
                entry.exported = true;
            } else {
                entry.read_only = true;
            }
        }
        0
    }

    pub(super) fn local(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let call = self.frames.iter().rposition(|frame| matches!(frame, Frame::Call(Some(_), _)));
        let Some(call) = call else {
            io.complain(cx, &format!("{}: local: not in a function", self.name));
            return 1;
        };
        for argument in arguments {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (&**argument, None),
            };
            let before = self.variables.get(name).cloned();
            if let Some(Frame::Call(_, locals)) = self.frames.get_mut(call)
                && !locals.iter().any(|(known, _)| &**known == name)
            {
                locals.push((name.into(), before));
            }
            match value {
                Some(value) => {
                    let _read_only = self.assign(name, value);
                }
                None => self.restore(name, None),
            }
        }
        0
    }

    pub(super) fn set(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        if arguments.is_empty() {
            let text: String = self
                .variables
                .iter()
                .filter_map(|(name, variable)| Some(format!("{name}={}\n", quote(variable.value.as_deref()?))))
                .collect();
            return self.print(text.as_bytes(), io, cx);
        }
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let on = argument.starts_with('-');
            match &**argument {
                "--" | "-" => {
                    self.arguments = rest.cloned().collect();
                    return 0;
                }
                letters if (on || letters.starts_with('+')) && letters.len() > 1 => {
                    self.switch(letters.get(1..).unwrap_or_default(), on);
                    if letters.contains('o') {
                        match rest.next().map(|name| &**name) {
                            Some("pipefail") => self.options.pipe_fail = on,
                            Some("errexit") => self.options.exit_on_error = on,
                            Some("nounset") => self.options.unset = on,
                            Some("xtrace") => self.options.trace = on,
                            Some("noglob") => self.options.no_glob = on,
                            Some("allexport") => self.options.export_all = on,
                            Some("vi" | "emacs" | "posix" | "errtrace") | None => {}
                            Some(name) => {
                                io.complain(cx, &format!("{}: set: illegal option -o {name}", self.name));
                                return 2;
                            }
                        }
                    }
                }
                _ => {
                    self.arguments = std::iter::once(argument).chain(rest).cloned().collect();
                    return 0;
                }
            }
        }
        0
    }

    pub(super) fn getopts(&mut self, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> i32 {
        let [letters, name, rest @ ..] = arguments else { return 2 };
        let words: Rc<[Rc<str>]> = if rest.is_empty() { self.arguments.clone() } else { rest.into() };
        let mut index = self.value("OPTIND").and_then(|value| value.parse::<usize>().ok()).unwrap_or(1);
        if index == 1 && self.option_at == 0 {
            self.option_at = 1;
        }
        let silent = letters.starts_with(':');
        let word = words.get(index - 1).cloned();
        let letter = word.as_deref().filter(|word| word.starts_with('-') && word.len() > 1 && *word != "--");
        let Some((word, letter)) = letter.and_then(|word| Some((word, word.chars().nth(self.option_at.max(1))?)))
        else {
            if word.as_deref() == Some("--") {
                index += 1;
            }
            self.option_at = 0;
            let _read_only = self.assign("OPTIND", &index.to_string());
            let _read_only = self.assign(name, "?");
            return 1;
        };
        self.option_at = self.option_at.max(1) + 1;
        let ends = word.chars().count() <= self.option_at;
        let known = letters.char_indices().find(|(_, known)| *known == letter && letter != ':');
        let (mut found, mut value) = (letter.to_string(), None);
        let takes =
            known.is_some_and(|(at, _)| letters.get(at + letter.len_utf8()..).is_some_and(|l| l.starts_with(':')));
        if known.is_none() {
            found = "?".to_owned();
            if silent {
                value = Some(letter.to_string());
            } else {
                io.complain(cx, &format!("Illegal option -{letter}"));
            }
        } else if takes {
            let rest: String = word.chars().skip(self.option_at).collect();
            if rest.is_empty() {
                index += 1;
                value = words.get(index - 1).map(|word| word.to_string());
                if value.is_none() {
                    found = if silent { ":".to_owned() } else { "?".to_owned() };
                    value = silent.then(|| letter.to_string());
                    if !silent {
                        io.complain(cx, &format!("No arg for -{letter} option"));
                    }
                }
            } else {
                value = Some(rest);
            }
        }
        if ends || takes {
            index += 1;
            self.option_at = 1;
        }
        let _read_only = self.assign("OPTIND", &index.to_string());
        let _read_only = self.assign(name, &found);
        match value {
            Some(value) => {
                let _read_only = self.assign("OPTARG", &value);
            }
            None => self.restore("OPTARG", None),
        }
        0
    }
}
