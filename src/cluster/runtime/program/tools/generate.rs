//! `yes` and `seq`: programs that write on and on.

use std::rc::Rc;

use super::super::machine::{Cx, Io, Step};
use super::super::shell::printf::general;
use super::Options;

/// What is written next.
#[derive(Clone, Debug)]
pub(crate) enum Generator {
    Yes(Rc<str>),
    Seq { next: f64, step: f64, last: f64, decimals: usize, width: usize, separator: Rc<str>, first: bool },
}

/// How many bytes are written at once.
const CHUNK: usize = 8_192;

impl Generator {
    pub fn new(program: &str, arguments: &[Rc<str>]) -> Result<Generator, String> {
        if program == "yes" {
            let text = if arguments.is_empty() { "y".to_owned() } else { arguments.join(" ") };
            return Ok(Generator::Yes(format!("{text}\n").into()));
        }
        // A negative number is no option.
        let plain: Vec<Rc<str>> = arguments
            .iter()
            .map(|word| if word.parse::<f64>().is_ok() { format!(" {word}").into() } else { word.clone() })
            .collect();
        let options = Options::of(&plain, "sf");
        let number = |text: &&str| text.trim().parse::<f64>().map_err(|_| format!("invalid number '{}'", text.trim()));
        let numbers: Vec<f64> = options.rest.iter().map(number).collect::<Result<_, _>>()?;
        let (first, step, last) = match *numbers {
            [last] => (1.0, 1.0, last),
            [first, last] => (first, 1.0, last),
            [first, step, last] => (first, step, last),
            _ => return Err("missing operand".to_owned()),
        };
        let decimals =
            options.rest.iter().filter_map(|text| text.split_once('.')).map(|(_, d)| d.len()).max().unwrap_or(0);
        let width = |value: f64| format!("{value:.decimals$}").len();
        let width = if options.has('w') { width(first).max(width(last)) } else { 0 };
        let separator = options.value('s').unwrap_or("\n").into();
        Ok(Generator::Seq { next: first, step, last, decimals: decimals.min(20), width, separator, first: true })
    }

    pub fn step(&mut self, io: &mut Io, cx: &mut Cx) -> Step {
        let mut out = Vec::with_capacity(CHUNK);
        let mut done = false;
        match self {
            Generator::Yes(text) => {
                while out.len() < CHUNK {
                    out.extend_from_slice(text.as_bytes());
                }
            }
            Generator::Seq { next, step, last, decimals, width, separator, first } => {
                while out.len() < CHUNK {
                    if *step == 0.0 || (*step > 0.0 && *next > *last + 1e-9) || (*step < 0.0 && *next < *last - 1e-9) {
                        done = true;
                        if !*first {
                            out.push(b'\n');
                        }
                        break;
                    }
                    if !*first {
                        out.extend_from_slice(separator.as_bytes());
                    }
                    *first = false;
                    let text = match *decimals {
                        0 if next.abs() < 1e15 => format!("{}", *next as i64),
                        0 => general(*next, 6),
                        decimals => format!("{:.decimals$}", *next),
                    };
                    let fill = width.saturating_sub(text.len());
                    let (sign, digits) = text.strip_prefix('-').map_or(("", &*text), |digits| ("-", digits));
                    out.extend_from_slice(sign.as_bytes());
                    out.resize(out.len() + fill, b'0');
                    out.extend_from_slice(digits.as_bytes());
                    *next += *step;
                }
            }
        }
        io.write(cx, 1, &out);
        match io.failed.is_some() || done {
            true => Step::Exit(i32::from(io.failed.take().is_some())),
            false => Step::Go,
        }
    }
}
