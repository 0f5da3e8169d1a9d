//! Instructions: the syntax tree laid flat, so that the machine's place in it is one number.

use std::rc::Rc;

use super::parse::{Node, Simple, parse};
use super::word::Word;

/// A script as instructions. The exit code of the last command is `$?` throughout.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// The instructions, in order.
    pub ops: Vec<Op>,
    /// Whether it is one simple command, which a shell runs in its own place (`exec`).
    pub single: bool,
}

/// One instruction. Places are indices of [`Code::ops`].
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// Runs a command; `last` says that nothing comes after it.
    Run { command: Rc<Simple>, last: bool },
    /// Runs a command beside the script.
    Beside(Rc<Simple>),
    /// Goes to a place.
    Jump(usize),
    /// Goes to a place when the last command succeeded (`true`) or failed.
    JumpIf(bool, usize),
    /// Turns the last exit code round.
    Negate,
    /// Sets the last exit code to 0.
    Succeed,
    /// Begins a loop over words.
    ForStart(Rc<[Word]>),
    /// Takes the next word into a variable, or ends the loop and goes to a place.
    ForNext(Rc<str>, usize),
    /// Writes the shell's complaint about the text and ends with 2.
    Complain(String),
}

impl Code {
    /// The instructions of a script's text.
    pub fn of_text(text: &str) -> Code {
        match parse(text) {
            Ok(node) => Code::of_node(&node),
            Err(complaint) => Code { ops: vec![Op::Complain(complaint)], single: false },
        }
    }

    /// The instructions of one command whose words are given.
    pub fn of_words(words: &[&str]) -> Code {
        let words = words.iter().map(|word| Word::text(word)).collect();
        let command = Rc::new(Simple { words, ..Simple::default() });
        Code { ops: vec![Op::Run { command, last: true }], single: true }
    }

    /// The instructions of a tree.
    pub fn of_node(node: &Node) -> Code {
        let mut code = Code::default();
        code.add(node);
        if let Some(Op::Run { last, .. }) = code.ops.last_mut() {
            *last = true;
        }
        code.single = matches!(code.ops.as_slice(), [Op::Run { .. }]);
        code
    }

    fn add(&mut self, node: &Node) {
        match node {
            Node::Simple(simple) => self.ops.push(Op::Run { command: Rc::new(simple.clone()), last: false }),
            Node::List(nodes) => nodes.iter().for_each(|node| self.add(node)),
            Node::AndOr(left, and, right) => {
                self.add(left);
                let jump = self.hole();
                self.add(right);
                self.fill(jump, Op::JumpIf(!and, self.ops.len()));
            }
            Node::Not(node) => {
                self.add(node);
                self.ops.push(Op::Negate);
            }
            Node::If(condition, then, otherwise) => {
                self.add(condition);
                let to_else = self.hole();
                self.add(then);
                let to_end = self.hole();
                self.fill(to_else, Op::JumpIf(false, self.ops.len()));
                match otherwise {
                    Some(otherwise) => self.add(otherwise),
                    None => self.ops.push(Op::Succeed),
                }
                self.fill(to_end, Op::Jump(self.ops.len()));
            }
            Node::Loop { until, condition, body } => {
                let start = self.ops.len();
                self.add(condition);
                let out = self.hole();
                self.add(body);
                self.ops.push(Op::Jump(start));
                self.fill(out, Op::JumpIf(*until, self.ops.len()));
                self.ops.push(Op::Succeed);
            }
            Node::For { name, words, body } => {
                self.ops.push(Op::ForStart(words.clone().into()));
                let next = self.hole();
                self.add(body);
                self.ops.push(Op::Jump(next));
                self.fill(next, Op::ForNext(name.as_str().into(), self.ops.len()));
            }
            Node::Background(node) => match node.as_ref() {
                Node::Simple(simple) => self.ops.push(Op::Beside(Rc::new(simple.clone()))),
                _ => self.ops.push(Op::Complain("lists in the background are not simulated yet".to_owned())),
            },
        }
    }

    fn hole(&mut self) -> usize {
        self.ops.push(Op::Succeed);
        self.ops.len() - 1
    }

    fn fill(&mut self, at: usize, op: Op) {
        if let Some(hole) = self.ops.get_mut(at) {
            *hole = op;
        }
    }
}
