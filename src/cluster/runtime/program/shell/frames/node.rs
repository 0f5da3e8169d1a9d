//! Beginning with a node of the tree: lists, pipelines, branches, loops.

use std::rc::Rc;

use super::super::super::machine::{self, Cx, Io, Step};
use super::super::Shell;
use super::super::expand::Halt;
use super::super::pattern;
use super::super::tree::{Case, Node};
use super::Frame;

impl Shell {
    /// Begins a node.
    pub(super) fn node(&mut self, node: Node, io: &mut Io, cx: &mut Cx) -> Step {
        match node {
            Node::Simple(simple) => {
                self.line = simple.line;
                self.frames.push(Frame::Simple(simple));
            }
            Node::List(nodes) => self.frames.push(Frame::List(nodes, 0)),
            Node::AndOr(sides, and) => {
                let left = sides.0.clone();
                self.frames.push(Frame::AndOr(sides, and));
                self.frames.push(Frame::Node(left));
            }
            Node::Pipeline(parts, not) => {
                if let [part] = &*parts {
                    self.frames.push(Frame::Not);
                    self.frames.push(Frame::Node(part.clone()));
                    return Step::Go;
                }
                return self.pipeline(&parts, not, io, cx);
            }
            Node::Background(node) => {
                let pids = match node.as_ref() {
                    Node::Pipeline(parts, false) => self.connected(parts, io, cx),
                    other => self.child(other.clone(), io, cx).map(|pid| vec![pid]),
                };
                let Some((first, last)) = pids.as_ref().and_then(|pids| pids.first().zip(pids.last())) else {
                    return self.no_fork(io, cx);
                };
                // A job in the background reads nothing.
                let null = cx.kernel.open(machine::Target::Null);
                cx.kernel.give(*first, 0, null);
                let pid = *last;
                // Who starts many and waits for none is not remembered for ever.
                if self.jobs.len() > 256 {
                    self.jobs.retain(|job| matches!(io.children.get(job), Some(None)));
                    io.children.retain(|_, code| code.is_none());
                    self.ended.clear();
                }
                self.jobs.extend(pids.into_iter().flatten());
                self.background = Some(pid);
                self.status = 0;
            }
            Node::Redirected(node, redirects) => self.frames.push(Frame::Redirect(node, redirects)),
            Node::Subshell(node) => {
                let Some(pid) = self.child(node.as_ref().clone(), io, cx) else { return self.no_fork(io, cx) };
                self.frames.push(Frame::Children(vec![pid], false));
            }
            Node::If(parts) => {
                let condition = parts.0.clone();
                self.frames.push(Frame::If(parts));
                self.frames.push(Frame::Node(condition));
            }
            Node::Loop(until, parts) => {
                let condition = parts.0.clone();
                self.frames.push(Frame::Loop(until, parts, Some(0)));
                self.frames.push(Frame::Node(condition));
            }
            Node::For(node) => self.frames.push(Frame::ForWords(node)),
            Node::Case(case) => self.frames.push(Frame::Case(case)),
            Node::Function(name, body) => {
                Rc::make_mut(&mut self.functions).insert(name, body);
                self.status = 0;
            }
            Node::Complain(text) => {
                io.complain(cx, &format!("{}: {text}", self.name));
                self.status = 2;
                return self.leave_all(2, io, cx);
            }
        }
        Step::Go
    }

    fn pipeline(&mut self, parts: &Rc<[Node]>, not: bool, io: &mut Io, cx: &mut Cx) -> Step {
        match self.connected(parts, io, cx) {
            Some(pids) => {
                self.frames.push(Frame::Children(pids, not));
                Step::Go
            }
            None => self.no_fork(io, cx),
        }
    }

    /// Forks a child for each part, connected by pipes; none where there is no room for them.
    fn connected(&mut self, parts: &[Node], io: &mut Io, cx: &mut Cx) -> Option<Vec<u32>> {
        let mut pids = Vec::new();
        let mut input: Option<u32> = None;
        for (number, part) in parts.iter().enumerate() {
            let last = number + 1 == parts.len();
            let pipe = (!last).then(|| cx.kernel.pipe());
            let Some(pid) = self.child(part.clone(), io, cx) else {
                let ends = pipe.into_iter().flat_map(|(read, write)| [read, write]);
                input.into_iter().chain(ends).for_each(|handle| cx.kernel.close(handle));
                return None;
            };
            if let Some(input) = input.take() {
                cx.kernel.give(pid, 0, input);
            }
            if let Some((read, write)) = pipe {
                cx.kernel.give(pid, 1, write);
                input = Some(read);
            }
            pids.push(pid);
        }
        Some(pids)
    }

    pub(super) fn matching_arm(&mut self, case: &Case, io: &Io) -> Result<Option<usize>, Halt> {
        let word = self.single(&case.word, io)?;
        for (number, (patterns, _)) in case.arms.iter().enumerate() {
            for pattern in patterns {
                if pattern::matches(&self.pattern(pattern, io)?, &word) {
                    return Ok(Some(number));
                }
            }
        }
        Ok(None)
    }
}
