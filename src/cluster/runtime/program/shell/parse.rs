//! From the text of a script to its tree: commands. Words are read in `words`.

use std::rc::Rc;

use super::tree::{Case, For, Node, Redirect, Simple};

/// How deep constructs may stand in one another.
const DEEPEST: usize = 60;

/// The tree of `text`. What stands on the lines before a mistake still runs, as in a shell that reads line by line.
pub(crate) fn parse(text: &str) -> Node {
    let mut parser = Parser::new(text);
    let mut nodes = Vec::new();
    loop {
        match parser.line() {
            Ok(Some(line)) => nodes.extend(line),
            Ok(None) => return Node::List(nodes.into()),
            Err(complaint) => {
                nodes.push(Node::Complain(complaint.into()));
                return Node::List(nodes.into());
            }
        }
    }
}

/// A place in a script's text.
pub(super) struct Parser<'a> {
    pub text: &'a str,
    pub at: usize,
    pub depth: usize,
    /// Where the line with a here-document ends, and where the text goes on behind its body.
    pub here: Option<(usize, usize)>,
    /// A place and its line.
    counted: (usize, u32),
}

/// What cannot be parsed, in the shell's words.
pub(super) type Parsed<T> = Result<T, String>;

/// The characters that end a word.
pub(super) fn ends_word(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, here: None, counted: (0, 1) }
    }

    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes `text`, if it stands here.
    pub fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    pub fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEEPEST { Err("syntax error: constructs nested too deep".to_owned()) } else { Ok(()) }
    }

    /// Skips blanks, joined lines and comments.
    pub fn blanks(&mut self) {
        loop {
            let before = self.at;
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
            while self.take("\\\n") {}
            if self.peek() == Some('#') {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            }
            if self.at == before {
                return;
            }
        }
    }

    /// The line of this place, from 1; counted on from the place that was asked for last.
    fn line_number(&mut self) -> u32 {
        let (place, line) = self.counted;
        if place <= self.at {
            let lines = self.text.get(place..self.at).unwrap_or_default().matches('\n').count();
            self.counted = (self.at, line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX)));
        }
        self.counted.1
    }

    /// Takes the end of a line, and the bodies of the here-documents that follow it.
    fn newline(&mut self) -> bool {
        if self.peek() != Some('\n') {
            return false;
        }
        match self.here.take() {
            Some((end, resume)) if end == self.at => self.at = resume,
            other => {
                self.here = other;
                self.at += 1;
            }
        }
        true
    }

    pub fn newlines(&mut self) {
        self.blanks();
        while self.newline() {
            self.blanks();
        }
    }

    /// The next word or operator as it is written, to look for reserved words and to name what is wrong.
    fn next_text(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(ends_word).unwrap_or(rest.len());
        match end {
            0 => {
                let operators = [";;", "&&", "||", "<<", ">>"];
                let long = operators.iter().find(|operator| rest.starts_with(**operator)).map(|_| 2);
                rest.get(..long.unwrap_or_else(|| self.peek().map_or(0, char::len_utf8))).unwrap_or_default()
            }
            end => rest.get(..end).unwrap_or_default(),
        }
    }

    fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        let found = match self.next_text() {
            "" => "end of file".to_owned(),
            "\n" => "newline".to_owned(),
            found => format!("\"{found}\""),
        };
        let wanted = if wanted.is_empty() { String::new() } else { format!(" (expecting \"{wanted}\")") };
        Err(format!("syntax error: unexpected {found}{wanted}"))
    }

    /// Takes the reserved word `word`, if it stands here.
    fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.next_text() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    fn expect(&mut self, word: &str) -> Parsed<()> {
        self.newlines();
        if self.keyword(word) { Ok(()) } else { self.unexpected(word) }
    }

    /// The commands of one line of the script's outermost level; none at its end.
    fn line(&mut self) -> Parsed<Option<Vec<Node>>> {
        self.newlines();
        if self.rest().is_empty() {
            return Ok(None);
        }
        let mut nodes = Vec::new();
        loop {
            self.blanks();
            if self.rest().is_empty() || self.newline() {
                return Ok(Some(nodes));
            }
            let node = self.and_or()?;
            self.blanks();
            match self.peek() {
                None | Some('\n') => nodes.push(node),
                Some(';') if !self.rest().starts_with(";;") => {
                    self.at += 1;
                    nodes.push(node);
                }
                Some('&') => {
                    self.at += 1;
                    nodes.push(Node::Background(Rc::new(node)));
                }
                Some(_) => return self.unexpected(""),
            }
        }
    }

    /// Commands up to one of `ends`, of which there must be at least one command.
    pub fn list(&mut self, ends: &[&str]) -> Parsed<Node> {
        let node = self.maybe_list(ends)?;
        match node {
            Node::List(nodes) if nodes.is_empty() => self.unexpected(""),
            node => Ok(node),
        }
    }

    fn maybe_list(&mut self, ends: &[&str]) -> Parsed<Node> {
        self.deeper()?;
        let mut nodes = Vec::new();
        loop {
            self.newlines();
            if self.rest().is_empty() || ends.contains(&self.next_text()) {
                break;
            }
            let node = self.and_or()?;
            self.blanks();
            match self.peek() {
                Some('&') => {
                    self.at += 1;
                    nodes.push(Node::Background(Rc::new(node)));
                    continue;
                }
                Some(';') if !self.rest().starts_with(";;") => self.at += 1,
                None | Some('\n') => {}
                Some(_) if ends.contains(&self.next_text()) => {}
                Some(_) => return self.unexpected(""),
            }
            nodes.push(node);
        }
        self.depth -= 1;
        Ok(Node::List(nodes.into()))
    }

    fn and_or(&mut self) -> Parsed<Node> {
        let mut node = self.pipeline()?;
        loop {
            self.blanks();
            let and = self.take("&&");
            if !and && !self.take("||") {
                return Ok(node);
            }
            self.newlines();
            node = Node::AndOr(Rc::new((node, self.pipeline()?)), and);
        }
    }

    fn pipeline(&mut self) -> Parsed<Node> {
        let mut not = false;
        while self.keyword("!") {
            not = !not;
        }
        let mut parts = vec![self.command()?];
        loop {
            self.blanks();
            if self.rest().starts_with("||") || !self.take("|") {
                break;
            }
            self.newlines();
            parts.push(self.command()?);
        }
        match parts.len() {
            1 if !not => Ok(parts.pop().unwrap_or(Node::List([].into()))),
            _ => Ok(Node::Pipeline(parts.into(), not)),
        }
    }

    fn command(&mut self) -> Parsed<Node> {
        self.blanks();
        let node = match self.next_text() {
            "if" => {
                self.at += 2;
                self.if_rest()?
            }
            word @ ("while" | "until") => {
                self.at += 5;
                let condition = self.list(&["do"])?;
                let body = self.do_group()?;
                Node::Loop(word == "until", Rc::new((condition, body)))
            }
            "for" => {
                self.at += 3;
                self.for_rest()?
            }
            "case" => {
                self.at += 4;
                self.case_rest()?
            }
            "{" => {
                self.at += 1;
                let node = self.list(&["}"])?;
                self.expect("}")?;
                node
            }
            "(" => {
                self.at += 1;
                let node = self.list(&[")"])?;
                self.expect(")")?;
                Node::Subshell(Rc::new(node))
            }
            "function" => {
                self.at += 8;
                self.blanks();
                let name = self.next_text();
                self.at += name.len();
                self.blanks();
                if self.take("(") {
                    self.expect(")")?;
                }
                return self.function_rest(name);
            }
            "then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}" => return self.unexpected(""),
            _ => return self.simple(),
        };
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(if redirects.is_empty() { node } else { Node::Redirected(Rc::new(node), redirects.into()) })
    }

    fn do_group(&mut self) -> Parsed<Node> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn if_rest(&mut self) -> Parsed<Node> {
        self.deeper()?;
        let condition = self.list(&["then"])?;
        self.expect("then")?;
        let then = self.list(&["elif", "else", "fi"])?;
        let node = if self.keyword("elif") {
            Node::If(Rc::new((condition, then, Some(self.if_rest()?))))
        } else {
            let otherwise = if self.keyword("else") { Some(self.list(&["fi"])?) } else { None };
            self.expect("fi")?;
            Node::If(Rc::new((condition, then, otherwise)))
        };
        self.depth -= 1;
        Ok(node)
    }

    fn for_rest(&mut self) -> Parsed<Node> {
        self.blanks();
        let name = self.next_text();
        if !is_name(name) {
            return Err("syntax error: bad for loop variable".to_owned());
        }
        self.at += name.len();
        self.newlines();
        let mut words = None;
        if self.keyword("in") {
            let mut list = Vec::new();
            self.blanks();
            while !matches!(self.peek(), None | Some(';' | '\n')) {
                list.push(self.word()?);
                self.blanks();
            }
            words = Some(list);
        }
        self.blanks();
        if !self.rest().starts_with(";;") {
            self.take(";");
        }
        let body = self.do_group()?;
        Ok(Node::For(Rc::new(For { name: name.into(), words, body })))
    }

    fn case_rest(&mut self) -> Parsed<Node> {
        self.blanks();
        let word = self.word()?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines();
            if self.keyword("esac") {
                return Ok(Node::Case(Rc::new(Case { word, arms })));
            }
            self.take("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?);
                self.blanks();
                if !self.take("|") {
                    break;
                }
            }
            if !self.take(")") {
                return self.unexpected(")");
            }
            let body = self.maybe_list(&[";;", "esac"])?;
            arms.push((patterns, body));
            self.newlines();
            if !self.take(";;") && self.next_text() != "esac" {
                return self.unexpected(";;");
            }
        }
    }

    fn function_rest(&mut self, name: &str) -> Parsed<Node> {
        if !is_name(name) {
            return Err("syntax error: bad function name".to_owned());
        }
        self.newlines();
        self.deeper()?;
        let body = self.command()?;
        self.depth -= 1;
        Ok(Node::Function(name.into(), Rc::new(body)))
    }

    fn simple(&mut self) -> Parsed<Node> {
        let line = self.line_number();
        let mut simple = Simple { line, ..Simple::default() };
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            match self.peek() {
                None | Some('\n' | ';' | '&' | '|' | ')') => break,
                Some('(') => {
                    // `name ( )`: the definition of a function.
                    let name = match (simple.words.as_slice(), simple.assignments.is_empty(), redirects.is_empty()) {
                        ([word], true, true) => word.plain().unwrap_or_default().to_owned(),
                        _ => return self.unexpected(""),
                    };
                    self.at += 1;
                    self.blanks();
                    if !self.take(")") {
                        return self.unexpected("");
                    }
                    return self.function_rest(&name);
                }
                Some(_) => {}
            }
            if simple.words.is_empty()
                && let Some(name) = assignment_name(self.rest())
            {
                self.at += name.len() + 1;
                let value = match self.peek() {
                    None => Default::default(),
                    Some(c) if ends_word(c) && c != '(' => Default::default(),
                    _ => self.word()?,
                };
                simple.assignments.push((name.into(), value));
                continue;
            }
            let word = self.word()?;
            simple.words.push(word);
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty() {
            return self.unexpected("");
        }
        simple.redirects = redirects.into();
        Ok(Node::Simple(Rc::new(simple)))
    }

    /// A redirection, if one stands here.
    fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        self.blanks();
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if !rest.get(digits..).is_some_and(|after| after.starts_with(['<', '>'])) {
            return Ok(None);
        }
        let fd = rest.get(..digits).and_then(|digits| digits.parse().ok());
        self.at += digits;
        self.redirection(fd).map(Some)
    }
}

/// Whether a text is a name of a variable or function.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The name before the `=` of an assignment that begins here.
fn assignment_name(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let name = text.get(..end)?;
    (is_name(name) && text.get(end..)?.starts_with('=')).then_some(name)
}
