//! `awk`: the language as POSIX has it, without `getline` and pipes to commands, which say so.

mod lex;
mod parse;
mod run;
mod value;

use std::rc::Rc;

use super::super::machine::{Cx, Io, Step};
use super::Options;
use super::filter::{self, Filter, Flow, Kind};
pub(in super::super) use run::Awk;

pub(super) fn begin(arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Result<Filter, (String, i32)> {
    let options = Options::of(arguments, "Fvf");
    let mut names = options.rest.clone();
    let text = match options.value('f') {
        Some(file) => {
            let bytes = cx.files(io.user).read(&io.path(file)).map_err(|error| (format!("{file}: {error}"), 1))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        None if names.is_empty() => {
            return Err(("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]".to_owned(), 1));
        }
        None => names.remove(0).to_owned(),
    };
    let program = parse::program(&text).map_err(|error| (error, 2))?;
    let mut awk = Awk::new(program);
    for (letter, value) in &options.values {
        match letter {
            'F' => awk.set_separator(value),
            'v' => {
                awk.assigns(value);
            }
            _ => {}
        }
    }
    let reads = awk.reads();
    let files: Vec<Rc<str>> = names.into_iter().map(Rc::from).collect();
    let mut filter = Filter::new(Kind::Awk(Box::new(awk)), files);
    if !reads {
        filter.reads_nothing();
    }
    Ok(filter)
}

/// A mistake while the program runs, and its exit code.
pub(super) type Broken = String;

impl Awk {
    /// Writes what goes elsewhere than to standard output.
    pub fn flush(&mut self, io: &mut Io, cx: &mut Cx) {
        for complaint in self.take_complaints() {
            io.complain(cx, &format!("awk: {complaint}"));
        }
        for (name, append, text) in self.take_files() {
            if name == "/dev/stderr" || name == "/dev/stdout" {
                io.write(cx, if name == "/dev/stderr" { 2 } else { 1 }, &text);
                continue;
            }
            let path = io.path(&name);
            match cx.open_file(&path, Some(append), true, io) {
                Ok(handle) => {
                    io.write_handle(cx, handle, &text);
                    cx.kernel.close(handle);
                }
                Err(error) => io.complain(cx, &format!("awk: can't open '{name}': {error}")),
            }
        }
    }

    /// `BEGIN`, once; the end where it exits there.
    pub fn begins(&mut self, io: &mut Io, cx: &mut Cx) -> Option<Step> {
        let mut out = Vec::new();
        let ends = self.begin(&mut out);
        io.write(cx, 1, &out);
        self.flush(io, cx);
        let _goes_on_at_the_end = ends;
        None
    }

    /// Takes a line.
    pub fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Flow {
        self.record(&String::from_utf8_lossy(line), out)
    }
}

/// How an expression of a program is compiled.
fn regex(text: &str) -> Result<super::regex::Regex, String> {
    filter::regex(text, true, false)
}
