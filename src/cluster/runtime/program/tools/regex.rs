//! Regular expressions, basic and extended, as `grep`, `sed`, `awk` and `expr` use them. Matching goes back and forth
//! with a limit on its steps, and takes the longest match where there are alternatives.

mod compile;

use compile::Compiler;

/// One instruction of a compiled expression.
#[derive(Clone, Debug)]
enum Op {
    Char(char),
    Any,
    Set(bool, Vec<(char, char)>, Vec<String>),
    Start,
    End,
    /// An edge of a word: its beginning, its end, or either.
    Word(u8),
    Save(usize),
    Back(usize),
    /// Tries the first place, then the other.
    Split(usize, usize),
    Jump(usize),
    /// Leaves a loop whose last round took nothing.
    Mark(usize),
    Moved(usize),
    Match,
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(in super::super) struct Regex {
    ops: Vec<Op>,
    groups: usize,
    marks: usize,
    ignore_case: bool,
    alternatives: bool,
}

/// Where an expression fits: for each group its beginning and end, in characters.
pub(super) type Fit = Vec<Option<(usize, usize)>>;

/// How many steps one search takes at most.
const FUEL: u32 = 200_000;
/// How long a compiled expression is at most.
const LONGEST: usize = 20_000;

impl Regex {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str, extended: bool, ignore_case: bool) -> Result<Regex, String> {
        let mut regex = Regex { ops: Vec::new(), groups: 1, marks: 0, ignore_case, alternatives: false };
        let chars = text.chars().collect();
        let mut compiler = Compiler { chars, at: 0, extended, regex: &mut regex, depth: 0 };
        compiler.push(Op::Save(0))?;
        compiler.alternatives()?;
        if compiler.at < compiler.chars.len() {
            return Err("Unmatched ( or \\(".to_owned());
        }
        compiler.push(Op::Save(1))?;
        compiler.push(Op::Match)?;
        Ok(regex)
    }

    /// An expression that is this text as it stands.
    pub fn literal(text: &str, ignore_case: bool) -> Regex {
        let mut ops = vec![Op::Save(0)];
        ops.extend(text.chars().map(Op::Char));
        ops.extend([Op::Save(1), Op::Match]);
        Regex { ops, groups: 1, marks: 0, ignore_case, alternatives: false }
    }

    /// The first place from `from` on where it fits.
    pub fn find(&self, text: &[char], from: usize) -> Option<Fit> {
        let mut fuel = FUEL;
        // Most expressions begin with a character: other places need no try.
        let first = match self.ops.get(1) {
            Some(Op::Char(c)) if !self.ignore_case => Some(*c),
            _ => None,
        };
        for start in from..=text.len() {
            if first.is_some_and(|first| text.get(start) != Some(&first)) {
                continue;
            }
            if let Some(fit) = self.fit_at(text, start, &mut fuel) {
                return Some(fit);
            }
            if fuel == 0 {
                return None;
            }
        }
        None
    }

    /// Whether it fits anywhere.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.find(&chars, 0).is_some()
    }

    fn same(&self, a: char, b: char) -> bool {
        a == b || self.ignore_case && a.to_lowercase().eq(b.to_lowercase())
    }

    fn fits(&self, op: &Op, c: char) -> bool {
        match op {
            Op::Char(own) => self.same(*own, c),
            Op::Any => true,
            Op::Set(not, ranges, classes) => {
                let inside = |c: char| {
                    ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))
                        || classes.iter().any(|name| {
                            super::super::shell::pattern::matches(&format!("[[:{name}:]]"), c.encode_utf8(&mut [0; 4]))
                        })
                };
                let folded = self.ignore_case && (c.to_lowercase().any(inside) || c.to_uppercase().any(inside));
                (inside(c) || folded) != *not
            }
            _ => false,
        }
    }

    fn fit_at(&self, text: &[char], start: usize, fuel: &mut u32) -> Option<Fit> {
        let slots = vec![None; self.groups * 2];
        let mut stack = vec![(0_usize, start, slots, vec![usize::MAX; self.marks])];
        let mut best: Option<Vec<Option<usize>>> = None;
        while let Some((mut op, mut at, mut slots, mut marks)) = stack.pop() {
            loop {
                if *fuel == 0 {
                    break;
                }
                *fuel -= 1;
                let here = text.get(at).copied();
                let Some(instruction) = self.ops.get(op) else { break };
                op += 1;
                match instruction {
                    Op::Char(_) | Op::Any | Op::Set(..) => match here {
                        Some(c) if self.fits(instruction, c) => at += 1,
                        _ => break,
                    },
                    Op::Start if at == 0 => {}
                    Op::End if at == text.len() => {}
                    Op::Start | Op::End => break,
                    Op::Word(kind) => {
                        let word = |at: Option<usize>| {
                            at.and_then(|at| text.get(at)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
                        };
                        let (before, after) = (word(at.checked_sub(1)), word(Some(at)));
                        let edge = match kind {
                            0 => !before && after,
                            1 => before && !after,
                            2 => before != after,
                            _ => before == after,
                        };
                        if !edge {
                            break;
                        }
                    }
                    Op::Save(slot) => {
                        if let Some(place) = slots.get_mut(*slot) {
                            *place = Some(at);
                        }
                    }
                    Op::Back(group) => {
                        let range =
                            slots.get(group * 2).copied().flatten().zip(slots.get(group * 2 + 1).copied().flatten());
                        let Some(part) = range.and_then(|(from, to)| text.get(from..to)) else { break };
                        let Some(next) = text.get(at..at + part.len()) else { break };
                        if !part.iter().zip(next).all(|(a, b)| self.same(*a, *b)) {
                            break;
                        }
                        at += part.len();
                    }
                    Op::Split(first, second) => {
                        stack.push((*second, at, slots.clone(), marks.clone()));
                        op = *first;
                    }
                    Op::Jump(to) => op = *to,
                    Op::Mark(mark) => {
                        if let Some(place) = marks.get_mut(*mark) {
                            *place = at;
                        }
                    }
                    Op::Moved(mark) => {
                        if marks.get(*mark) == Some(&at) {
                            break;
                        }
                    }
                    Op::Match => {
                        let longer = best.as_ref().is_none_or(|best| best.get(1) < slots.get(1));
                        if longer {
                            best = Some(slots);
                        }
                        if !self.alternatives {
                            stack.clear();
                        }
                        break;
                    }
                }
            }
            if stack.len() > 50_000 {
                break;
            }
        }
        let best = best?;
        Some(best.chunks(2).map(|pair| pair.first().copied().flatten().zip(pair.get(1).copied().flatten())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(pattern: &str, extended: bool, text: &str) -> Option<String> {
        let chars: Vec<char> = text.chars().collect();
        let (from, to) = Regex::new(pattern, extended, false).unwrap().find(&chars, 0)?[0]?;
        Some(chars[from..to].iter().collect())
    }

    #[test]
    fn expressions_fit_as_posix_says() {
        for (pattern, extended, text, found) in [
            ("a.c", false, "xabcx", Some("abc")),
            ("a*", false, "baaa", Some("")),
            ("ba*", false, "baaa", Some("baaa")),
            ("^b", false, "ab", None),
            ("(ab|abc)d?", true, "abcd", Some("abcd")),
            ("a|ab|abc", true, "abcd", Some("abc")),
            ("\\(a\\)\\1", false, "baab", Some("aa")),
            ("[0-9]{2,3}", true, "a1234", Some("123")),
            ("[^[:space:]]+", true, " foo ", Some("foo")),
            ("a+", false, "aa+", Some("a+")),
            ("a\\+", false, "baa", Some("aa")),
            ("\\bfoo\\b", true, "a foo b", Some("foo")),
            ("(a*)*b", true, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", None),
            ("x$", false, "axx", Some("x")),
        ] {
            assert_eq!(first(pattern, extended, text).as_deref(), found, "{pattern}");
        }
        assert!(Regex::new("(", true, false).is_err());
        assert!(Regex::new("[a", true, false).is_err());
    }
}
