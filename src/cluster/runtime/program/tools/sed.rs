//! `sed`

mod read;

use std::rc::Rc;

use super::super::machine::{Cx, Io};
use super::Options;
use super::filter::{Filter, Flow, HELD, Kind};
use super::regex::{Fit, Regex};

/// A `sed` at work.
#[derive(Clone, Debug)]
pub(in super::super) struct Sed {
    script: Rc<[Command]>,
    silent: bool,
    in_place: bool,
    hold: String,
    number: u64,
    /// Which ranges are open, by command; with the line where they end.
    open: Vec<Option<Option<u64>>>,
    /// A line is worked on once it is known whether it is the last one.
    waiting: Option<(String, bool)>,
    last_file: bool,
    /// `n` or `N` waits for the next line: where to go on, and the text it is added to with `N`.
    joining: Option<(usize, Option<String>)>,
    appended: Vec<String>,
    /// What `-i` writes back, and into which file.
    file: Rc<str>,
    back: Vec<(Rc<str>, Vec<u8>)>,
    files: Vec<(Rc<str>, Vec<u8>)>,
    quit: Option<i32>,
}

#[derive(Clone, Debug)]
struct Command {
    from: Option<Address>,
    to: Option<Address>,
    not: bool,
    action: Action,
}

#[derive(Clone, Debug)]
enum Address {
    Line(u64),
    Step(u64, u64),
    Last,
    Fits(Regex),
    More(u64),
}

#[derive(Clone, Debug)]
enum Action {
    Substitute {
        regex: Regex,
        with: Vec<Piece>,
        all: bool,
        number: usize,
        prints: bool,
        file: Option<Rc<str>>,
    },
    Delete,
    DeleteFirst,
    Print,
    PrintFirst,
    Quit(i32, bool),
    Next,
    Join,
    Hold(bool),
    Get(bool),
    Exchange,
    Number,
    Append(String),
    Insert(String),
    Change(String),
    Translate(Vec<(char, char)>),
    /// To the command of that place; with `true` only after a substitution.
    Branch(String, bool),
    Label(String),
    /// Where the block ends.
    Block(usize),
    End,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Group(usize),
    /// `\U`, `\L`, `\E`
    Case(char),
}

pub(super) fn begin(arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Result<Filter, (String, i32)> {
    let in_place = arguments.iter().any(|word| word.starts_with("-i") || &**word == "--in-place");
    let cleaned: Vec<Rc<str>> = arguments.iter().filter(|word| !word.starts_with("-i")).cloned().collect();
    let options = Options::of(&cleaned, "ef");
    let mut text = String::new();
    for (letter, value) in &options.values {
        match letter {
            'e' => text.push_str(value),
            'f' => {
                let bytes =
                    cx.files(io.user).read(&io.path(value)).map_err(|error| (format!("{value}: {error}"), 1))?;
                text.push_str(&String::from_utf8_lossy(&bytes));
            }
            _ => continue,
        }
        text.push('\n');
    }
    let mut names = options.rest.clone();
    if text.is_empty() {
        if names.is_empty() {
            return Err(("missing script".to_owned(), 1));
        }
        text = names.remove(0).to_owned();
    }
    let extended = options.has('r') || options.has('E');
    let mut reader = Reader { chars: text.chars().collect(), at: 0, extended };
    let script = reader.script().map_err(|error| (error, 1))?;
    let open = vec![None; script.len()];
    let sed = Sed {
        script: script.into(),
        silent: options.has('n'),
        in_place,
        hold: String::new(),
        number: 0,
        open,
        waiting: None,
        last_file: false,
        joining: None,
        appended: Vec::new(),
        file: "".into(),
        back: Vec::new(),
        files: Vec::new(),
        quit: None,
    };
    Ok(Filter::new(Kind::Sed(Box::new(sed)), names.into_iter().map(Rc::from).collect()))
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    extended: bool,
}

/// How many commands are carried out for one line.
const FUEL: u32 = 10_000;

impl Sed {
    /// Bytes of memory it holds.
    pub fn used(&self) -> usize {
        self.hold.len() + self.back.iter().chain(&self.files).map(|(_, text)| text.len()).sum::<usize>()
    }

    pub fn file(&mut self, name: &str, last: bool) {
        self.file = name.into();
        self.last_file = last;
        if self.in_place {
            self.number = 0;
            self.back.push((name.into(), Vec::new()));
        }
    }

    /// Takes a line; the one before it is not the last then.
    pub fn line(&mut self, line: &[u8], ended: bool, out: &mut Vec<u8>) -> Flow {
        let flow = self.work(false, out);
        if flow != Flow::Goes {
            return flow;
        }
        self.waiting = Some((String::from_utf8_lossy(line).into_owned(), ended));
        // A command that quits at this line must not read the next one first, where it can be helped.
        if self.script.iter().any(|command| matches!(command.action, Action::Quit(..)))
            && !self
                .script
                .iter()
                .any(|command| matches!(command.from, Some(Address::Last)) || matches!(command.to, Some(Address::Last)))
        {
            return self.work(false, out);
        }
        Flow::Goes
    }

    /// All lines are there: the exit code, where one was said.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Option<i32> {
        let last = self.work(true, out);
        if let Some((_, Some(text))) = self.joining.take()
            && !self.silent
        {
            // `N` without a next line prints what there is.
            self.emit(&text, true, out);
        }
        match last {
            Flow::Quits(code) => Some(code),
            _ => self.quit,
        }
    }

    /// Writes what belongs into files.
    pub fn flush(&mut self, io: &mut Io, cx: &mut Cx) {
        for (name, text) in std::mem::take(&mut self.files) {
            let path = io.path(&name);
            if let Ok(handle) = cx.open_file(&path, Some(true), false, io) {
                io.write_handle(cx, handle, &text);
                cx.kernel.close(handle);
            }
        }
        if self.waiting.is_none() && self.in_place {
            for (name, text) in std::mem::take(&mut self.back) {
                let path = io.path(&name);
                if let Err(error) = cx.files(io.user).put(&path, &text, 0o644) {
                    io.complain(cx, &format!("sed: {name}: {error}"));
                }
            }
        }
    }

    fn emit(&mut self, text: &str, ended: bool, out: &mut Vec<u8>) {
        let out = match self.back.last_mut().filter(|_| self.in_place) {
            Some((_, back)) => back,
            None => out,
        };
        out.extend_from_slice(text.as_bytes());
        if ended {
            out.push(b'\n');
        }
    }

    fn selects(&mut self, at: usize, command: &Command, space: &str, last: bool) -> bool {
        let number = self.number;
        let fits = |address: &Address| match address {
            Address::Line(line) => number == *line,
            Address::Step(first, step) => number >= *first && (number - first).is_multiple_of(*step),
            Address::Last => last,
            Address::Fits(regex) => regex.matches(space),
            Address::More(_) => false,
        };
        let chosen = match (&command.from, &command.to) {
            (None, _) => true,
            (Some(from), None) => fits(from),
            (Some(from), Some(to)) => match self.open.get(at).copied().flatten() {
                Some(end) => {
                    let ends = match (to, end) {
                        (_, Some(end)) => number >= end,
                        (to, None) => fits(to),
                    };
                    if ends && let Some(open) = self.open.get_mut(at) {
                        *open = None;
                    }
                    // A range that ends at a line before this one is this line only.
                    !matches!(end, Some(end) if number > end)
                }
                None if fits(from) => {
                    let end = match to {
                        Address::Line(line) => Some(*line),
                        Address::More(more) => Some(number + more),
                        _ => None,
                    };
                    if end.is_none_or(|end| end > number)
                        && let Some(open) = self.open.get_mut(at)
                    {
                        *open = Some(end);
                    }
                    true
                }
                None => false,
            },
        };
        chosen != command.not
    }

    /// Works on the line that waits.
    fn work(&mut self, last: bool, out: &mut Vec<u8>) -> Flow {
        let Some((line, ended)) = self.waiting.take() else { return Flow::Goes };
        self.number += 1;
        let (mut at, mut space) = match self.joining.take() {
            Some((at, Some(text))) => (at, format!("{text}\n{line}")),
            Some((at, None)) => (at, line),
            None => (0, line),
        };
        let script = self.script.clone();
        let mut substituted = false;
        let mut fuel = FUEL;
        let mut deleted = false;
        while let Some(command) = script.get(at) {
            fuel = fuel.saturating_sub(1);
            if fuel == 0 || space.len() > HELD {
                break;
            }
            let here = at;
            at += 1;
            if !self.selects(here, command, &space, last) {
                if let Action::Block(end) = command.action {
                    at = end;
                }
                continue;
            }
            match &command.action {
                Action::Block(_) | Action::End | Action::Label(_) => {}
                Action::Substitute { regex, with, all, number, prints, file } => {
                    if let Some(text) = substitute(regex, with, *all, *number, &space) {
                        space = text;
                        substituted = true;
                        if *prints {
                            self.emit(&space.clone(), true, out);
                        }
                        if let Some(file) = file {
                            self.files.push((file.clone(), format!("{space}\n").into_bytes()));
                        }
                    }
                }
                Action::Delete => {
                    deleted = true;
                    break;
                }
                Action::DeleteFirst => {
                    match space.split_once('\n') {
                        Some((_, rest)) => {
                            space = rest.to_owned();
                            at = 0;
                            continue;
                        }
                        None => deleted = true,
                    }
                    break;
                }
                Action::Print => self.emit(&space.clone(), true, out),
                Action::PrintFirst => {
                    let first = space.split('\n').next().unwrap_or_default().to_owned();
                    self.emit(&first, true, out);
                }
                Action::Quit(code, prints) => {
                    if *prints {
                        self.end_of_cycle(&space, ended, false, out);
                    }
                    self.quit = Some(*code);
                    return Flow::Quits(*code);
                }
                Action::Next => {
                    if !self.silent {
                        self.emit(&space.clone(), true, out);
                    }
                    for text in std::mem::take(&mut self.appended) {
                        self.emit(&text, true, out);
                    }
                    // The rest of the script works on the next line alone.
                    self.joining = (!last).then_some((at, None));
                    return Flow::Goes;
                }
                Action::Join => {
                    self.joining = Some((at, Some(space)));
                    return Flow::Goes;
                }
                Action::Hold(false) => self.hold.clone_from(&space),
                Action::Hold(true) => {
                    if self.hold.len() < HELD {
                        self.hold.push('\n');
                        self.hold.push_str(&space);
                    }
                }
                Action::Get(false) => space.clone_from(&self.hold),
                Action::Get(true) => {
                    space.push('\n');
                    space.push_str(&self.hold);
                }
                Action::Exchange => std::mem::swap(&mut space, &mut self.hold),
                Action::Number => {
                    let text = self.number.to_string();
                    self.emit(&text, true, out);
                }
                Action::Append(text) => self.appended.push(text.clone()),
                Action::Insert(text) => self.emit(&text.clone(), true, out),
                Action::Change(text) => {
                    let open = self.open.get(here).copied().flatten().is_some();
                    if !open || command.not {
                        self.emit(&text.clone(), true, out);
                    }
                    deleted = true;
                    break;
                }
                Action::Translate(pairs) => {
                    let map = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                    space = space.chars().map(map).collect();
                }
                Action::Branch(label, conditional) => {
                    if *conditional && !substituted {
                        continue;
                    }
                    substituted = false;
                    let place =
                        script.iter().position(|command| matches!(&command.action, Action::Label(own) if own == label));
                    at = if label.is_empty() { script.len() } else { place.unwrap_or(script.len()) };
                }
            }
        }
        self.end_of_cycle(&space, ended, deleted, out);
        Flow::Goes
    }

    fn end_of_cycle(&mut self, space: &str, ended: bool, deleted: bool, out: &mut Vec<u8>) {
        if !deleted && !self.silent {
            self.emit(space, ended, out);
        }
        for text in std::mem::take(&mut self.appended) {
            self.emit(&text, true, out);
        }
    }
}

/// The text with what fits replaced; none where nothing fits.
fn substitute(regex: &Regex, with: &[Piece], all: bool, number: usize, text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at, mut count, mut changed) = (String::new(), 0, 0, false);
    let mut last_end = None;
    while at <= chars.len() {
        let Some(fit) = regex.find(&chars, at) else { break };
        let Some((start, end)) = fit.first().copied().flatten() else { break };
        // An empty fit right after another one does not count.
        let counts = end > start || last_end != Some(start);
        out.extend(chars.get(at..start).unwrap_or_default());
        if counts {
            count += 1;
        }
        if counts && (count == number || all && count > number) {
            replace(with, &fit, &chars, &mut out);
            changed = true;
        } else {
            out.extend(chars.get(start..end).unwrap_or_default());
        }
        last_end = Some(end);
        if end == start {
            out.extend(chars.get(end));
            at = end + 1;
        } else {
            at = end;
        }
        if changed && !all || out.len() > HELD {
            break;
        }
    }
    out.extend(chars.get(at..).unwrap_or_default());
    changed.then_some(out)
}

fn replace(with: &[Piece], fit: &Fit, chars: &[char], out: &mut String) {
    let mut case = 'E';
    for piece in with {
        let text: String = match piece {
            Piece::Text(text) => text.clone(),
            Piece::Group(group) => {
                let range = fit.get(*group).copied().flatten();
                range.and_then(|(from, to)| chars.get(from..to)).unwrap_or_default().iter().collect()
            }
            Piece::Case(wanted) => {
                case = *wanted;
                continue;
            }
        };
        match case {
            'U' => out.push_str(&text.to_uppercase()),
            'L' => out.push_str(&text.to_lowercase()),
            _ => out.push_str(&text),
        }
    }
}
