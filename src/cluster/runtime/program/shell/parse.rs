//! From the text of a script to its syntax tree. What is not understood is an error that names it.

use std::rc::Rc;

use super::code::Code;
use super::word::{Part, Word};

/// A command of the shell.
#[derive(Debug)]
pub(super) enum Node {
    /// `NAME=value… word… redirections`.
    Simple(Simple),
    /// `a && b` (`true`) or `a || b`.
    AndOr(Box<Node>, bool, Box<Node>),
    /// `! a`.
    Not(Box<Node>),
    /// One after another.
    List(Vec<Node>),
    /// `if … then … else …`.
    If(Box<Node>, Box<Node>, Option<Box<Node>>),
    /// `while` (`until: false`) or `until`.
    Loop { until: bool, condition: Box<Node>, body: Box<Node> },
    /// `for name in words`.
    For { name: String, words: Vec<Word>, body: Box<Node> },
    /// `a &`.
    Background(Box<Node>),
}

/// One simple command.
#[derive(Clone, Debug, Default)]
pub(super) struct Simple {
    /// Assignments before it.
    pub assignments: Vec<(String, Word)>,
    /// The command and its arguments.
    pub words: Vec<Word>,
    /// Whether what it writes goes somewhere else than to the container's log.
    pub output_away: bool,
    /// Whether its errors do.
    pub errors_away: bool,
}

/// How deep constructs may stand in one another.
const DEEPEST: usize = 64;

/// The tree of `text`.
///
/// # Errors
/// What is not understood, as a message for the container's log.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser { rest: text, depth: 0 };
    let node = parser.list(&[])?;
    parser.blanks();
    match parser.rest.is_empty() {
        true => Ok(node),
        false => Err(format!("syntax error: unexpected \"{}\"", parser.next_word_text())),
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Skips blanks, joined lines and comments.
    fn blanks(&mut self) {
        loop {
            let before = self.rest;
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
            self.rest = self.rest.strip_prefix("\\\n").unwrap_or(self.rest);
            if self.rest.starts_with('#') {
                self.rest = self.rest.find('\n').and_then(|end| self.rest.get(end..)).unwrap_or("");
            }
            if self.rest == before {
                return;
            }
        }
    }

    /// Skips blanks and ends of lines and of commands.
    fn separators(&mut self) {
        loop {
            self.blanks();
            match self.rest.strip_prefix('\n').or_else(|| self.rest.strip_prefix(';').filter(|r| !r.starts_with(';'))) {
                Some(rest) => self.rest = rest,
                None => return,
            }
        }
    }

    fn newlines(&mut self) {
        self.blanks();
        while let Some(rest) = self.rest.strip_prefix('\n') {
            self.rest = rest;
            self.blanks();
        }
    }

    fn next_word_text(&self) -> &'a str {
        let end = self.rest.find([' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>']).unwrap_or(self.rest.len());
        let end = if end == 0 { self.rest.chars().next().map_or(0, char::len_utf8) } else { end };
        self.rest.get(..end).unwrap_or_default()
    }

    /// Takes the reserved word `word`, if it stands here.
    fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.next_word_text() == word;
        if found {
            self.rest = self.rest.get(word.len()..).unwrap_or_default();
        }
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        self.separators();
        if self.keyword(word) {
            return Ok(());
        }
        Err(match self.next_word_text() {
            "" => format!("syntax error: unexpected end of file (expecting \"{word}\")"),
            found => format!("syntax error: unexpected \"{found}\" (expecting \"{word}\")"),
        })
    }

    /// Commands up to one of `ends` or the end of the text.
    fn list(&mut self, ends: &[&str]) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("syntax error: constructs nested too deep".to_owned());
        }
        let mut nodes = Vec::new();
        loop {
            self.separators();
            if self.rest.is_empty() || ends.contains(&self.next_word_text()) {
                break;
            }
            let node = self.and_or()?;
            self.blanks();
            let alone = self.rest.strip_prefix('&').filter(|rest| !rest.starts_with('&'));
            if let Some(rest) = alone {
                self.rest = rest;
                nodes.push(Node::Background(Box::new(node)));
            } else {
                nodes.push(node);
                if !self.rest.is_empty()
                    && !self.rest.starts_with([';', '\n'])
                    && !ends.contains(&self.next_word_text())
                {
                    return Err(format!("syntax error: unexpected \"{}\"", self.next_word_text()));
                }
            }
        }
        self.depth -= 1;
        Ok(Node::List(nodes))
    }

    fn and_or(&mut self) -> Result<Node, String> {
        let mut node = self.pipeline()?;
        loop {
            self.blanks();
            let and = self.rest.starts_with("&&");
            if !and && !self.rest.starts_with("||") {
                return Ok(node);
            }
            self.rest = self.rest.get(2..).unwrap_or_default();
            self.newlines();
            node = Node::AndOr(Box::new(node), and, Box::new(self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Node, String> {
        let not = self.keyword("!");
        let node = self.command()?;
        self.blanks();
        if self.rest.starts_with('|') && !self.rest.starts_with("||") {
            return Err("pipes are not simulated yet".to_owned());
        }
        Ok(if not { Node::Not(Box::new(node)) } else { node })
    }

    fn command(&mut self) -> Result<Node, String> {
        self.blanks();
        match self.next_word_text() {
            "if" => {
                self.keyword("if");
                self.if_rest()
            }
            word @ ("while" | "until") => {
                let until = word == "until";
                self.keyword(word);
                let condition = Box::new(self.list(&["do"])?);
                self.expect("do")?;
                let body = Box::new(self.list(&["done"])?);
                self.expect("done")?;
                self.redirections(&mut Simple::default())?;
                Ok(Node::Loop { until, condition, body })
            }
            "for" => {
                self.keyword("for");
                self.blanks();
                let name = self.next_word_text().to_owned();
                self.rest = self.rest.get(name.len()..).unwrap_or_default();
                let mut words = Vec::new();
                if self.keyword("in") {
                    self.blanks();
                    while !self.rest.is_empty() && !self.rest.starts_with([';', '\n']) {
                        words.push(self.word()?);
                        self.blanks();
                    }
                }
                self.expect("do")?;
                let body = Box::new(self.list(&["done"])?);
                self.expect("done")?;
                Ok(Node::For { name, words, body })
            }
            "{" => {
                self.keyword("{");
                let node = self.list(&["}"])?;
                self.expect("}")?;
                Ok(node)
            }
            "(" => {
                self.keyword("(");
                let node = self.list(&[")"])?;
                self.expect(")")?;
                Ok(node)
            }
            "case" | "function" => Err(format!("`{}` is not simulated yet", self.next_word_text())),
            _ => self.simple(),
        }
    }

    fn if_rest(&mut self) -> Result<Node, String> {
        let condition = Box::new(self.list(&["then"])?);
        self.expect("then")?;
        let then = Box::new(self.list(&["elif", "else", "fi"])?);
        self.separators();
        if self.keyword("elif") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err("syntax error: constructs nested too deep".to_owned());
            }
            let otherwise = self.if_rest()?;
            self.depth -= 1;
            return Ok(Node::If(condition, then, Some(Box::new(otherwise))));
        }
        let otherwise = if self.keyword("else") { Some(Box::new(self.list(&["fi"])?)) } else { None };
        self.expect("fi")?;
        Ok(Node::If(condition, then, otherwise))
    }

    fn simple(&mut self) -> Result<Node, String> {
        let mut simple = Simple::default();
        loop {
            self.redirections(&mut simple)?;
            if self.rest.is_empty() || self.rest.starts_with(['\n', ';', '&', '|', ')']) {
                break;
            }
            if simple.words.is_empty()
                && let Some(name) = assignment_name(self.rest)
            {
                let name = name.to_owned();
                self.rest = self.rest.get(name.len() + 1..).unwrap_or_default();
                let value = if self.rest.starts_with([' ', '\t', '\n', ';']) || self.rest.is_empty() {
                    Word::default()
                } else {
                    self.word()?
                };
                simple.assignments.push((name, value));
                continue;
            }
            if self.rest.starts_with('(') {
                return Err("functions are not simulated yet".to_owned());
            }
            let word = self.word()?;
            simple.words.push(word);
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && !simple.output_away {
            return Err(match self.next_word_text() {
                "" => "syntax error: unexpected end of file".to_owned(),
                found => format!("syntax error: unexpected \"{found}\""),
            });
        }
        Ok(Node::Simple(simple))
    }

    /// Takes redirections: `>file`, `>>file`, `2>&1`, `<file`, `>&2`.
    fn redirections(&mut self, simple: &mut Simple) -> Result<(), String> {
        loop {
            self.blanks();
            let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let after = self.rest.get(digits..).unwrap_or_default();
            if !after.starts_with(['<', '>']) {
                return Ok(());
            }
            let errors = self.rest.get(..digits) == Some("2");
            let input = after.starts_with('<');
            if after.starts_with("<<") {
                return Err("here-documents are not simulated yet".to_owned());
            }
            self.rest = after.trim_start_matches(['<', '>']);
            if let Some(rest) = self.rest.strip_prefix('&') {
                self.rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
                continue;
            }
            self.blanks();
            let target = self.word()?;
            let to_log = matches!(target.plain(), Some("/dev/stdout" | "/dev/stderr" | "/proc/1/fd/1"));
            match (input, errors) {
                (true, _) => {}
                (false, true) => simple.errors_away = !to_log,
                (false, false) => simple.output_away = !to_log,
            }
        }
    }

    /// One word, up to a blank or an operator outside quotes.
    fn word(&mut self) -> Result<Word, String> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = self.rest;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\\' => {
                    let escaped = after.chars().next();
                    text.extend(escaped.filter(|c| *c != '\n'));
                    rest = after.get(escaped.map_or(0, char::len_utf8)..).unwrap_or_default();
                }
                '\'' => {
                    let (inside, tail) = after.split_once('\'').ok_or("syntax error: unterminated quoted string")?;
                    if inside.is_empty() {
                        parts.push(Part::EmptyQuotes);
                    }
                    text.push_str(inside);
                    rest = tail;
                }
                '"' => rest = self.double_quoted(after, &mut text, &mut parts)?,
                '$' | '`' => rest = self.dollar(rest, false, &mut text, &mut parts)?,
                _ => {
                    text.push(c);
                    rest = after;
                }
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        if rest.len() == self.rest.len() {
            return Err(format!("syntax error: unexpected \"{}\"", self.next_word_text()));
        }
        self.rest = rest;
        Ok(Word(parts))
    }

    fn double_quoted(
        &mut self,
        mut rest: &'a str,
        text: &mut String,
        parts: &mut Vec<Part>,
    ) -> Result<&'a str, String> {
        if rest.starts_with('"') {
            parts.push(Part::EmptyQuotes);
        }
        loop {
            let Some(c) = rest.chars().next() else {
                return Err("syntax error: unterminated quoted string".to_owned());
            };
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                '"' => return Ok(after),
                '\\' if after.starts_with(['"', '\\', '$', '`']) => {
                    text.extend(after.chars().next());
                    rest = after.get(1..).unwrap_or_default();
                }
                '\\' if after.starts_with('\n') => rest = after.get(1..).unwrap_or_default(),
                '$' | '`' => rest = self.dollar(rest, true, text, parts)?,
                _ => {
                    text.push(c);
                    rest = after;
                }
            }
        }
    }

    /// What begins with `$` or a backquote.
    fn dollar(
        &mut self,
        rest: &'a str,
        quoted: bool,
        text: &mut String,
        parts: &mut Vec<Part>,
    ) -> Result<&'a str, String> {
        let mut flush = |part: Part, parts: &mut Vec<Part>| {
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(text)));
            }
            parts.push(part);
        };
        if let Some(inner) = rest.strip_prefix('`') {
            let (inside, tail) = inner.split_once('`').ok_or("syntax error: unterminated backquote")?;
            flush(Part::Command { code: self.substitution(inside)?, quoted }, parts);
            return Ok(tail);
        }
        let after = rest.get(1..).unwrap_or_default();
        if let Some(inner) = after.strip_prefix("((") {
            let end = closing(inner).filter(|end| inner.get(*end..).is_some_and(|tail| tail.starts_with("))")));
            let end = end.ok_or("syntax error: missing \"))\"")?;
            flush(Part::Arithmetic(inner.get(..end).unwrap_or_default().to_owned()), parts);
            return Ok(inner.get(end + 2..).unwrap_or_default());
        }
        if let Some(inner) = after.strip_prefix('(') {
            let end = closing(inner).ok_or("syntax error: missing \")\"")?;
            flush(Part::Command { code: self.substitution(inner.get(..end).unwrap_or_default())?, quoted }, parts);
            return Ok(inner.get(end + 1..).unwrap_or_default());
        }
        if let Some(inner) = after.strip_prefix('{') {
            let (inside, tail) = inner.split_once('}').ok_or("syntax error: missing \"}\"")?;
            let (name, default) = match inside.split_once(":-").or_else(|| inside.split_once('-')) {
                Some((name, default)) => (name, Some(default.to_owned())),
                None => (inside, None),
            };
            if !is_name(name) {
                return Err(format!("`${{{inside}}}` is not simulated yet"));
            }
            flush(Part::Variable { name: name.to_owned(), default, quoted }, parts);
            return Ok(tail);
        }
        let special =
            after.starts_with(['?', '$', '#', '!', '@', '*']) || after.starts_with(|c: char| c.is_ascii_digit());
        let length = if special { 1 } else { name_length(after) };
        match after.get(..length).filter(|name| !name.is_empty()) {
            Some(name) => flush(Part::Variable { name: name.to_owned(), default: None, quoted }, parts),
            None => text.push('$'),
        }
        Ok(after.get(length..).unwrap_or_default())
    }

    fn substitution(&self, text: &str) -> Result<Rc<Code>, String> {
        if self.depth + 1 > DEEPEST {
            return Err("syntax error: constructs nested too deep".to_owned());
        }
        let mut inner = Parser { rest: text, depth: self.depth + 1 };
        let node = inner.list(&[])?;
        Ok(Rc::new(Code::of_node(&node)))
    }
}

/// Where the parenthesis that encloses `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return Some(at),
            (None, ')') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}

/// The name in `NAME=…` at the start of `text`.
fn assignment_name(text: &str) -> Option<&str> {
    let length = name_length(text);
    text.get(length..)?.starts_with('=').then(|| text.get(..length)).flatten().filter(|name| !name.is_empty())
}
