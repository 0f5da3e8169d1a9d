//! `test` and `[`.

use std::rc::Rc;

use super::super::machine::{Cx, Io, Target};
use super::arithmetic::number;
use super::pattern;
use crate::cluster::runtime::files::Body;

/// The answer of `test`, `[` or `[[`.
///
/// # Errors
/// What is wrong with the question.
pub(crate) fn command(name: &str, arguments: &[Rc<str>], io: &Io, cx: &mut Cx) -> Result<bool, String> {
    let mut words: Vec<&str> = arguments.iter().map(|word| &**word).collect();
    let end = match name {
        "[" => Some("]"),
        "[[" => Some("]]"),
        _ => None,
    };
    if let Some(end) = end
        && words.pop() != Some(end)
    {
        return Err(format!("missing {end}"));
    }
    let mut test = Test { words: &words, at: 0, io, cx, patterns: name == "[[", depth: 0 };
    let answer = test.whole()?;
    if test.at < words.len() {
        return Err(format!("{}: unknown operand", words.get(test.at).copied().unwrap_or_default()));
    }
    Ok(answer)
}

struct Test<'a, 'c, 'o, 'k> {
    words: &'a [&'a str],
    at: usize,
    io: &'c Io,
    cx: &'c mut Cx<'k, 'o>,
    /// Whether `==` compares with a pattern.
    patterns: bool,
    depth: u32,
}

const BINARY: &[&str] = &["=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", "<", ">"];

impl<'a> Test<'a, '_, '_, '_> {
    fn peek(&self, ahead: usize) -> Option<&'a str> {
        self.words.get(self.at + ahead).copied()
    }

    fn left(&self) -> usize {
        self.words.len() - self.at
    }

    /// POSIX says by the number of words what is meant; more than four are read as a formula.
    fn whole(&mut self) -> Result<bool, String> {
        match *self.words {
            [] => Ok(false),
            [word] => {
                self.at = 1;
                Ok(!word.is_empty())
            }
            ["!", word] => {
                self.at = 2;
                Ok(word.is_empty())
            }
            [left, operator, right] if BINARY.contains(&operator) => {
                self.at = 3;
                self.binary(left, operator, right)
            }
            ["!", left, operator, right] if BINARY.contains(&operator) => {
                self.at = 4;
                self.binary(left, operator, right).map(|answer| !answer)
            }
            _ => self.or(),
        }
    }

    fn or(&mut self) -> Result<bool, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("too deep".to_owned());
        }
        let mut answer = self.and()?;
        while matches!(self.peek(0), Some("-o" | "||")) {
            self.at += 1;
            answer |= self.and()?;
        }
        self.depth -= 1;
        Ok(answer)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut answer = self.not()?;
        while matches!(self.peek(0), Some("-a" | "&&")) {
            self.at += 1;
            answer &= self.not()?;
        }
        Ok(answer)
    }

    fn not(&mut self) -> Result<bool, String> {
        let mut turned = false;
        while self.peek(0) == Some("!") && self.left() > 1 {
            self.at += 1;
            turned = !turned;
        }
        Ok(self.primary()? != turned)
    }

    fn primary(&mut self) -> Result<bool, String> {
        let Some(word) = self.peek(0) else { return Err("argument expected".to_owned()) };
        if let (Some(operator), Some(right)) = (self.peek(1), self.peek(2))
            && BINARY.contains(&operator)
        {
            self.at += 3;
            return self.binary(word, operator, right);
        }
        if word == "(" {
            self.at += 1;
            let answer = self.or()?;
            if self.peek(0) != Some(")") {
                return Err("closing paren expected".to_owned());
            }
            self.at += 1;
            return Ok(answer);
        }
        if let Some(operand) = self.peek(1)
            && word.len() == 2
            && word.starts_with('-')
            && !matches!(operand, "-a" | "-o" | "&&" | "||")
        {
            self.at += 2;
            return self.unary(word, operand);
        }
        self.at += 1;
        Ok(!word.is_empty())
    }

    fn binary(&mut self, left: &str, operator: &str, right: &str) -> Result<bool, String> {
        let integer = |text: &str| number_decimal(text.trim()).ok_or_else(|| format!("{text}: bad number"));
        Ok(match operator {
            "=" | "==" if self.patterns => pattern::matches(right, left),
            "!=" if self.patterns => !pattern::matches(right, left),
            "=" | "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            "-nt" | "-ot" | "-ef" => {
                let mut stat = |path: &str| self.cx.files(self.io.user).stat(&self.io.path(path), true).ok();
                match (operator, stat(left), stat(right)) {
                    ("-nt", Some(left), Some(right)) => left.modified > right.modified,
                    ("-nt", Some(_), None) => true,
                    ("-ot", Some(left), Some(right)) => left.modified < right.modified,
                    ("-ot", None, Some(_)) => true,
                    ("-ef", Some(left), Some(right)) => left.number == right.number,
                    _ => false,
                }
            }
            _ => {
                let (left, right) = (integer(left)?, integer(right)?);
                match operator {
                    "-eq" => left == right,
                    "-ne" => left != right,
                    "-lt" => left < right,
                    "-le" => left <= right,
                    "-gt" => left > right,
                    _ => left >= right,
                }
            }
        })
    }

    fn unary(&mut self, operator: &str, operand: &str) -> Result<bool, String> {
        let path = self.io.path(operand);
        let user = self.io.user;
        Ok(match operator {
            "-n" => !operand.is_empty(),
            "-z" => operand.is_empty(),
            "-t" => false,
            "-r" | "-w"
                if matches!(&*path, "/dev/null" | "/dev/zero" | "/dev/stdin" | "/dev/stdout" | "/dev/stderr") =>
            {
                true
            }
            "-r" => self.cx.files(user).access(&path, 4).is_ok(),
            "-w" => self.cx.files(user).access(&path, 2).is_ok(),
            "-x" => self.cx.files(user).access(&path, 1).is_ok() || super::super::tools::is_program(&path, self.cx),
            "-e" | "-f" | "-d" | "-s" | "-p" | "-L" | "-h" | "-S" | "-b" | "-c" | "-O" | "-G" | "-u" | "-g" | "-k" => {
                if path.starts_with("/dev/") && operand != "/dev/" && matches!(operator, "-e" | "-c") {
                    let handle = self.cx.open_file(&path, None, false, self.io);
                    if let Ok(handle) = handle {
                        let device = !matches!(self.cx.kernel.target(handle), Some(Target::File(..)));
                        self.cx.kernel.close(handle);
                        return Ok(device || operator == "-e");
                    }
                }
                let follow = !matches!(operator, "-L" | "-h");
                let Ok(stat) = self.cx.files(user).stat(&path, follow) else {
                    let program = matches!(operator, "-e" | "-f" | "-s");
                    return Ok(program && super::super::tools::is_program(&path, self.cx));
                };
                match operator {
                    "-e" => true,
                    "-f" => matches!(stat.body, Body::File(..)),
                    "-d" => stat.is_folder(),
                    "-s" => stat.size() > 0,
                    "-p" => stat.body == Body::Fifo,
                    "-L" | "-h" => matches!(stat.body, Body::Link(_)),
                    "-O" => stat.user == user,
                    "-u" => stat.mode & 0o4000 != 0,
                    "-g" => stat.mode & 0o2000 != 0,
                    "-k" => stat.mode & 0o1000 != 0,
                    _ => false,
                }
            }
            _ => return Err(format!("{operator}: unknown operator")),
        })
    }
}

/// A decimal number; a zero in front means nothing here.
fn number_decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok().or_else(|| number(text)))?
}
