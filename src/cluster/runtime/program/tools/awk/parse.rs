//! From the words of an awk program to its tree.

mod expression;

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::super::regex::Regex;
use super::lex::{Token, tokens};

/// A program.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub begin: Vec<Statement>,
    pub end: Vec<Statement>,
    pub rules: Vec<Rule>,
    pub functions: BTreeMap<String, Rc<Function>>,
}

/// `pattern { … }`
#[derive(Debug)]
pub(super) struct Rule {
    pub pattern: Option<Expression>,
    /// The end of a range.
    pub to: Option<Expression>,
    /// None: the line is printed.
    pub body: Option<Statement>,
}

#[derive(Debug)]
pub(super) struct Function {
    pub parameters: Vec<String>,
    pub body: Statement,
}

#[derive(Debug)]
pub(super) enum Statement {
    Block(Vec<Statement>),
    Expression(Expression),
    /// What is printed, and where to: the file, and whether it is added to.
    Print {
        words: Vec<Expression>,
        form: bool,
        to: Option<(Expression, bool)>,
    },
    If(Expression, Box<Statement>, Option<Box<Statement>>),
    /// Before, while, after each, and whether the condition comes after the body.
    Loop(Box<Statement>, Option<Expression>, Box<Statement>, Box<Statement>, bool),
    ForIn(String, String, Box<Statement>),
    Next,
    Exit(Option<Expression>),
    Return(Option<Expression>),
    Break,
    Continue,
    Delete(String, Vec<Expression>),
}

#[derive(Clone, Debug)]
pub(super) enum Expression {
    Number(f64),
    Text(Rc<str>),
    Regex(Rc<Regex>),
    Variable(String),
    Field(Box<Expression>),
    Element(String, Vec<Expression>),
    Assign(Option<&'static str>, Box<Expression>, Box<Expression>),
    Condition(Box<Expression>, Box<Expression>, Box<Expression>),
    Logic(bool, Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Positive(Box<Expression>),
    Calculate(&'static str, Box<Expression>, Box<Expression>),
    Compare(&'static str, Box<Expression>, Box<Expression>),
    Fits(bool, Box<Expression>, Box<Expression>),
    In(Vec<Expression>, String),
    Join(Box<Expression>, Box<Expression>),
    /// How much is added, and whether before the value is taken.
    Step(f64, bool, Box<Expression>),
    Call(String, Vec<Expression>),
    Builtin(String, Vec<Expression>),
    /// `(a, b)`, which may be an index or what is printed.
    Group(Vec<Expression>),
}

/// How deep expressions and statements may stand in one another.
const DEEPEST: usize = 100;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// `>` is where a print goes, not a comparison.
    printing: bool,
    /// `in` belongs to a `for`.
    looping: bool,
}

type Parsed<T> = Result<T, String>;

/// The tree of `text`.
pub(super) fn program(text: &str) -> Parsed<Program> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, printing: false, looping: false };
    let mut program = Program::default();
    loop {
        parser.ends();
        match parser.peek() {
            None => return Ok(program),
            Some(Token::Sign("BEGIN")) => {
                parser.at += 1;
                program.begin.push(parser.block()?);
            }
            Some(Token::Sign("END")) => {
                parser.at += 1;
                program.end.push(parser.block()?);
            }
            Some(Token::Sign("function" | "func")) => {
                parser.at += 1;
                let name = match parser.next() {
                    Some(Token::Name(name) | Token::Call(name)) => name,
                    _ => return Err("syntax error: function name expected".to_owned()),
                };
                parser.expect("(")?;
                let mut parameters = Vec::new();
                while !parser.takes(")") {
                    match parser.next() {
                        Some(Token::Name(name)) => parameters.push(name),
                        _ => return Err("syntax error in the parameters of a function".to_owned()),
                    }
                    parser.takes(",");
                    parser.newlines();
                }
                parser.newlines();
                let body = parser.block()?;
                program.functions.insert(name, Rc::new(Function { parameters, body }));
            }
            Some(_) => {
                let (mut pattern, mut to) = (None, None);
                if parser.peek() != Some(&Token::Sign("{")) {
                    pattern = Some(parser.expression()?);
                    if parser.takes(",") {
                        parser.newlines();
                        to = Some(parser.expression()?);
                    }
                }
                let body = if parser.peek() == Some(&Token::Sign("{")) { Some(parser.block()?) } else { None };
                program.rules.push(Rule { pattern, to, body });
            }
        }
    }
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn sign(&self) -> &'static str {
        match self.peek() {
            Some(Token::Sign(sign)) => sign,
            _ => "",
        }
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = self.sign() == sign;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.takes(sign) { Ok(()) } else { self.wrong(sign) }
    }

    fn wrong<T>(&self, wanted: &str) -> Parsed<T> {
        let found = match self.peek() {
            None => "end of program".to_owned(),
            Some(Token::Sign(sign)) => format!("'{sign}'"),
            Some(Token::Newline) => "newline".to_owned(),
            Some(Token::Name(name) | Token::Call(name)) => name.clone(),
            Some(_) => "a value".to_owned(),
        };
        Err(format!(
            "syntax error: unexpected {found}{}",
            if wanted.is_empty() { String::new() } else { format!(", expecting '{wanted}'") }
        ))
    }

    fn newlines(&mut self) {
        while self.peek() == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    fn ends(&mut self) {
        while self.peek() == Some(&Token::Newline) || self.sign() == ";" {
            self.at += 1;
        }
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEEPEST { Err("nested too deep".to_owned()) } else { Ok(()) }
    }

    fn block(&mut self) -> Parsed<Statement> {
        self.newlines();
        self.expect("{")?;
        let mut statements = Vec::new();
        loop {
            self.ends();
            if self.takes("}") {
                return Ok(Statement::Block(statements));
            }
            statements.push(self.statement()?);
        }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        self.deeper()?;
        let statement = self.statement_here()?;
        self.depth -= 1;
        Ok(statement)
    }

    /// The statement under a condition or loop.
    fn body(&mut self) -> Parsed<Box<Statement>> {
        self.newlines();
        if self.takes(";") {
            return Ok(Box::new(Statement::Block(Vec::new())));
        }
        let body = self.statement()?;
        Ok(Box::new(body))
    }

    /// Ends a simple statement.
    fn end(&mut self) -> Parsed<()> {
        match self.peek() {
            None | Some(Token::Newline | Token::Sign("}" | ";")) => {
                self.takes(";");
                Ok(())
            }
            Some(_) => self.wrong(""),
        }
    }

    fn ends_here(&self) -> bool {
        matches!(self.peek(), None | Some(Token::Newline | Token::Sign("}" | ";" | ">" | ">>" | "|")))
    }

    fn statement_here(&mut self) -> Parsed<Statement> {
        match self.sign() {
            "{" => return self.block(),
            "if" => {
                self.at += 1;
                self.expect("(")?;
                let condition = self.expression()?;
                self.expect(")")?;
                let then = self.body()?;
                let before = self.at;
                self.ends();
                if self.takes("else") {
                    return Ok(Statement::If(condition, then, Some(self.body()?)));
                }
                self.at = before;
                return Ok(Statement::If(condition, then, None));
            }
            "while" => {
                self.at += 1;
                self.expect("(")?;
                let condition = self.expression()?;
                self.expect(")")?;
                let body = self.body()?;
                let nothing = || Box::new(Statement::Block(Vec::new()));
                return Ok(Statement::Loop(nothing(), Some(condition), nothing(), body, false));
            }
            "do" => {
                self.at += 1;
                let body = self.body()?;
                self.ends();
                self.expect("while")?;
                self.expect("(")?;
                let condition = self.expression()?;
                self.expect(")")?;
                self.end()?;
                let nothing = || Box::new(Statement::Block(Vec::new()));
                return Ok(Statement::Loop(nothing(), Some(condition), nothing(), body, true));
            }
            "for" => return self.for_loop(),
            ";" => {
                self.at += 1;
                return Ok(Statement::Block(Vec::new()));
            }
            _ => {}
        }
        let statement = self.simple()?;
        self.end()?;
        Ok(statement)
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        self.at += 1;
        self.expect("(")?;
        if let (Some(Token::Name(name)), Some(Token::Sign("in")), Some(Token::Name(array)), Some(Token::Sign(")"))) =
            (self.peek(), self.tokens.get(self.at + 1), self.tokens.get(self.at + 2), self.tokens.get(self.at + 3))
        {
            let (name, array) = (name.clone(), array.clone());
            self.at += 4;
            return Ok(Statement::ForIn(name, array, self.body()?));
        }
        let nothing = || Box::new(Statement::Block(Vec::new()));
        let before = if self.sign() == ";" { nothing() } else { Box::new(self.simple()?) };
        self.expect(";")?;
        self.newlines();
        let condition = if self.sign() == ";" { None } else { Some(self.expression()?) };
        self.expect(";")?;
        self.newlines();
        let after = if self.sign() == ")" { nothing() } else { Box::new(self.simple()?) };
        self.expect(")")?;
        Ok(Statement::Loop(before, condition, after, self.body()?, false))
    }

    fn simple(&mut self) -> Parsed<Statement> {
        let sign = self.sign();
        let value = |parser: &mut Self| if parser.ends_here() { Ok(None) } else { parser.expression().map(Some) };
        match sign {
            "print" | "printf" => {
                self.at += 1;
                let printing = std::mem::replace(&mut self.printing, true);
                let mut words = Vec::new();
                if !self.ends_here() {
                    words.push(self.expression()?);
                    while self.takes(",") {
                        self.newlines();
                        words.push(self.expression()?);
                    }
                }
                if let [Expression::Group(_)] = words.as_slice()
                    && let Some(Expression::Group(inner)) = words.pop()
                {
                    words = inner;
                }
                let to = match self.sign() {
                    sign @ (">" | ">>") => {
                        self.at += 1;
                        Some((self.joined()?, sign == ">>"))
                    }
                    "|" => return Err("podlab: pipes of awk are not simulated".to_owned()),
                    _ => None,
                };
                self.printing = printing;
                Ok(Statement::Print { words, form: sign == "printf", to })
            }
            "next" | "nextfile" => {
                self.at += 1;
                Ok(Statement::Next)
            }
            "break" => {
                self.at += 1;
                Ok(Statement::Break)
            }
            "continue" => {
                self.at += 1;
                Ok(Statement::Continue)
            }
            "exit" => {
                self.at += 1;
                Ok(Statement::Exit(value(self)?))
            }
            "return" => {
                self.at += 1;
                Ok(Statement::Return(value(self)?))
            }
            "delete" => {
                self.at += 1;
                let Some(Token::Name(name)) = self.next() else { return self.wrong("an array") };
                let index = if self.takes("[") { self.list("]")? } else { Vec::new() };
                Ok(Statement::Delete(name, index))
            }
            "getline" => Err("podlab: getline is not simulated".to_owned()),
            _ => self.expression().map(Statement::Expression),
        }
    }
}
