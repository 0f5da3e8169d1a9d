//! Programs in other languages are not simulated, but for two ends of them: a line that only prints (`python -c`,
//! `perl -e`), and a file that is not there.

use std::rc::Rc;
use std::time::Duration;

use super::Tool;
use super::serve::Server;
use crate::cluster::runtime::program::machine::{Body, Cx, Io, Step};
use crate::cluster::runtime::program::servers::Site;
use crate::cluster::runtime::program::shell::arithmetic::{Names, evaluate};

/// Begins an interpreter.
pub(super) fn begin(base: &str, arguments: &[Rc<str>], io: &mut Io, cx: &mut Cx) -> Step {
    let letter = match base {
        "python" | "python3" => "c",
        "php" => "r",
        "node" | "perl" | "ruby" => "e",
        _ => "(none)",
    };
    // `-e`, `-wle`; a long word is another option.
    let is_line = |word: &str| {
        word.len() < 6 && word.starts_with('-') && word.ends_with(letter)
            || base == "node" && matches!(word, "--eval" | "-p" | "--print")
    };
    let line = arguments.iter().position(|word| is_line(word));
    let program = line.and_then(|at| arguments.get(at + 1));
    let serves = |text: &str| ["while", "serve", "listen", "input("].iter().any(|word| text.contains(word));
    if let Some(text) = program.filter(|text| !serves(text)) {
        let flag = line.and_then(|at| arguments.get(at)).map_or("", |flag| flag);
        return run(base, flag, text, io, cx);
    }
    if program.is_none() && base != "npm" {
        // `java -jar FILE`, `python -u FILE`: after other options it may be something else than a file.
        let file = arguments.iter().find(|word| !matches!(&***word, "-jar" | "-u" | "-B" | "-w"));
        match file {
            Some(file) if !file.starts_with('-') && (base != "java" || file.ends_with(".jar")) => {
                let path = io.path(file);
                if !may_be_there(&path, cx) {
                    let (text, code) = missing(base, file, &path, &io.folder);
                    io.complain(cx, &text);
                    return Step::Exit(code);
                }
            }
            // Nobody writes anything into the container of a Pod, so an interpreter without a file is done.
            None if arguments.is_empty() && base != "java" => return Step::Exit(0),
            _ => {}
        }
    }
    let text = format!("podlab: programs of {base} are not simulated; this one is taken to serve until told to stop");
    io.complain(cx, &text);
    Server::new(&[], false, Site::default()).begin()
}

/// Whether there is, or might be, a file of this name. What is in an image that nobody knows, on a node, or was fetched by
/// a program that is not simulated, nobody can say.
fn may_be_there(path: &str, cx: &mut Cx) -> bool {
    let setup = cx.kernel.setup.clone();
    let writable = |at: &str| path.strip_prefix(at).is_some_and(|rest| rest.starts_with('/'));
    setup.image.is_none()
        || setup.mounts.iter().any(|mount| !mount.read_only && writable(&mount.at))
        || cx.files(0).stat(path, true).is_ok()
}

/// What an interpreter says of a file that is not there, and its exit code.
fn missing(base: &str, file: &str, path: &str, folder: &str) -> (String, i32) {
    match base {
        "node" => {
            let text = format!(
                "node:internal/modules/cjs/loader:1148\n  throw err;\n  ^\n\nError: Cannot find module '{path}'\n    at \
                 Module._resolveFilename (node:internal/modules/cjs/loader:1145:15)\n  code: 'MODULE_NOT_FOUND',\n  \
                 requireStack: []\n}}\n"
            );
            (text, 1)
        }
        "perl" => (format!("Can't open perl script \"{file}\": No such file or directory"), 2),
        "php" => (format!("Could not open input file: {file}"), 1),
        "ruby" => (format!("ruby: No such file or directory -- {file} (LoadError)"), 1),
        "java" => (format!("Error: Unable to access jarfile {file}"), 1),
        _ => {
            // As it joins the folder and the name.
            let full = if file.starts_with('/') { file.to_owned() } else { format!("{folder}/{file}") };
            (format!("{base}: can't open file '{full}': [Errno 2] No such file or directory"), 2)
        }
    }
}

/// A line of a program: what it prints, how long it sleeps, and its end.
fn run(base: &str, flag: &str, text: &str, io: &mut Io, cx: &mut Cx) -> Step {
    let (mut seconds, mut out, mut known) = (0.0, String::new(), true);
    for statement in text.split([';', '\n']).map(str::trim).filter(|statement| !statement.is_empty()) {
        let name = statement.split(|c: char| !c.is_alphanumeric() && c != '.').next().unwrap_or_default();
        let value = statement.get(name.len()..).unwrap_or_default().trim();
        let value = value.strip_prefix('(').and_then(|value| value.strip_suffix(')')).unwrap_or(value).trim();
        match name {
            "import" | "from" | "use" | "require" => {}
            "sleep" | "time.sleep" => match value.parse::<f64>() {
                Ok(number) => seconds += number.clamp(0.0, 1e9),
                Err(_) => known = false,
            },
            "print" | "console.log" | "puts" | "echo" | "say" => match printed(value) {
                Some((value, took)) => {
                    seconds += took;
                    out.push_str(&value);
                    if !matches!(base, "perl" | "php") || name == "say" || flag.contains('l') {
                        out.push('\n');
                    }
                }
                None => known = false,
            },
            _ => known = false,
        }
    }
    if !known {
        io.complain(cx, &format!("podlab: programs of {base} are not simulated; this one is taken to end in a second"));
    }
    let until = cx.now() + Duration::from_secs_f64(if seconds > 0.0 { seconds } else { 1.0 });
    Step::Become(Body::Tool(Box::new(Tool::Prints(out.into(), until))))
}

impl Names for () {
    fn get(&self, _: &str) -> Option<String> {
        None
    }

    fn set(&mut self, _: &str, _: i64) {}
}

/// The text of a literal, of a sum or of that number which the documentation's Job prints, and how long it takes.
fn printed(value: &str) -> Option<(String, f64)> {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains(quote)) {
            return Some((inner.replace("\\n", "\n"), 0.0));
        }
    }
    if let Some(digits) = value.strip_prefix("bpi(").and_then(|value| value.strip_suffix(')')) {
        let digits = digits.parse::<u16>().ok().filter(|digits| (1..=10_000).contains(digits))?;
        return Some((pi(usize::from(digits)), f64::from(digits).powi(2) / 4e5));
    }
    let is_sum = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit() || b"+-* ()".contains(&byte));
    is_sum.then(|| evaluate(value, &mut ()).ok()).flatten().map(|value| (value.to_string(), 0.0))
}

/// Pi to so many digits, by Machin's formula.
fn pi(digits: usize) -> String {
    const BASE: i64 = 1_000_000_000;
    // Groups of nine digits; the first is what stands before the point.
    let mut sum = vec![0_i64; digits / 9 + 4];
    for (factor, inverse) in [(16_i64, 5_i64), (-4, 239)] {
        let mut term = vec![0_i64; sum.len()];
        if let Some(first) = term.first_mut() {
            *first = factor * inverse;
        }
        let mut odd = 1;
        while term.iter().any(|group| *group != 0) {
            let (mut rest, mut part) = (0, 0);
            for (group, sum) in term.iter_mut().zip(&mut sum) {
                let whole = rest * BASE + *group;
                (*group, rest) = (whole / (inverse * inverse), whole % (inverse * inverse));
                let share = part * BASE + *group;
                *sum += share / odd;
                part = share % odd;
            }
            // The signs alternate.
            term.iter_mut().for_each(|group| *group = -*group);
            odd += 2;
        }
    }
    let last = digits - 1;
    if let Some(group) = sum.get_mut(1 + last / 9) {
        *group += 5 * 10_i64.pow(8 - u32::try_from(last % 9).unwrap_or(0));
    }
    let mut carry = 0;
    for group in sum.iter_mut().skip(1).rev() {
        *group += carry;
        carry = group.div_euclid(BASE);
        *group = group.rem_euclid(BASE);
    }
    let whole = sum.first().map_or(0, |first| first + carry);
    let fraction: String = sum.iter().skip(1).map(|group| format!("{group:09}")).collect();
    let point = if last > 0 { "." } else { "" };
    format!("{whole}{point}{}", fraction.get(..last).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_prints_is_known_where_it_is_plain() {
        assert_eq!(pi(1), "3");
        assert_eq!(pi(40), "3.141592653589793238462643383279502884197");
        // Digits 991 to 1000, rounded.
        assert!(pi(1_000).ends_with("4201989") || pi(1_000).ends_with("420199"), "{}", pi(1_000));
        let text = |value| printed(value).map(|(text, _)| text);
        assert_eq!(text("1+1").as_deref(), Some("2"));
        assert_eq!(text("'a' + 'b'"), None);
        assert_eq!(text("\"hello\"").as_deref(), Some("hello"));
    }
}
