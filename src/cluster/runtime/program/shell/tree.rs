//! The syntax tree of a script. Everything that repeats is behind an `Rc`, so that a machine's state points into it.

use std::rc::Rc;

/// A command of the shell.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// `NAME=value… word… redirections`.
    Simple(Rc<Simple>),
    /// `a | b | c`; one command where `not` is all there is to it.
    Pipeline(Rc<[Node]>, bool),
    /// `a && b` (`true`) or `a || b`.
    AndOr(Rc<(Node, Node)>, bool),
    /// One after another.
    List(Rc<[Node]>),
    /// `a &`.
    Background(Rc<Node>),
    /// `{ …; }` or another compound command with redirections behind it.
    Redirected(Rc<Node>, Rc<[Redirect]>),
    /// `( … )`.
    Subshell(Rc<Node>),
    /// `if condition then … else …`; a chain of `elif` is nested.
    If(Rc<(Node, Node, Option<Node>)>),
    /// `while` (`false`) or `until` (`true`): the condition and the body.
    Loop(bool, Rc<(Node, Node)>),
    /// `for name in words`.
    For(Rc<For>),
    /// `case word in …`.
    Case(Rc<Case>),
    /// `name() command`.
    Function(Rc<str>, Rc<Node>),
    /// The shell's complaint about the text from here on; it ends with 2.
    Complain(Rc<str>),
}

/// A `for` loop.
#[derive(Debug)]
pub(crate) struct For {
    pub name: Rc<str>,
    /// None: over the arguments.
    pub words: Option<Vec<Word>>,
    pub body: Node,
}

/// A `case`.
#[derive(Debug)]
pub(crate) struct Case {
    pub word: Word,
    pub arms: Vec<(Vec<Word>, Node)>,
}

/// One simple command.
#[derive(Debug, Default)]
pub(crate) struct Simple {
    /// Its line in the script, from 1.
    pub line: u32,
    pub assignments: Vec<(Rc<str>, Word)>,
    pub words: Vec<Word>,
    pub redirects: Rc<[Redirect]>,
}

/// A redirection.
#[derive(Debug)]
pub(crate) struct Redirect {
    pub fd: u8,
    pub kind: RedirectKind,
    /// The file, the descriptor, or the text of a here-document.
    pub word: Word,
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    /// `<`
    Read,
    /// `>`, `>|`
    Write,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`, `>&`; the word `-` closes.
    Duplicate,
    /// `<<`
    Here,
}

/// A word before expansion.
#[derive(Clone, Debug, Default)]
pub(crate) struct Word(pub Vec<Part>);

/// A part of a word.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Text outside quotes.
    Text(String),
    /// Text in quotes; empty quotes still make a word.
    Quoted(String),
    /// `$name`, `${name…}`.
    Parameter(Rc<Parameter>),
    /// `$((…))`; the flag says whether it stands in double quotes.
    Arithmetic(Rc<Word>, bool),
    /// `$(…)` or backquotes, in double quotes or not.
    Command(Rc<Node>, bool),
}

/// A parameter with what is done to its value.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub name: Rc<str>,
    pub operation: Operation,
    /// What stands behind the operator.
    pub word: Word,
    /// Whether it stands in double quotes.
    pub quoted: bool,
}

/// What is done to a parameter's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// `${x}`
    Plain,
    /// `${#x}`
    Length,
    /// `${x-y}`; with a colon the empty value counts as none.
    Default(bool),
    /// `${x=y}`
    Assign(bool),
    /// `${x?y}`
    Require(bool),
    /// `${x+y}`
    Alternative(bool),
    /// `${x#y}`, `${x##y}`: whether the longest match goes.
    TrimStart(bool),
    /// `${x%y}`, `${x%%y}`
    TrimEnd(bool),
    /// `${x:1:2}`, which busybox and bash know.
    Slice,
    /// `${x/a/b}`, `${x//a/b}`, which busybox and bash know.
    Replace(bool),
    /// What no shell understands: it is an error when it is reached.
    Bad,
}

impl Word {
    /// A word of plain text.
    pub fn quoted(text: &str) -> Self {
        Word(vec![Part::Quoted(text.to_owned())])
    }

    /// The text, where nothing in it has to be expanded.
    pub fn plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}

impl Node {
    /// The command that runs these words as they stand.
    pub fn of_words(words: &[&str]) -> Node {
        let words = words.iter().map(|word| Word::quoted(word)).collect();
        Node::Simple(Rc::new(Simple { words, line: 1, ..Simple::default() }))
    }
}
