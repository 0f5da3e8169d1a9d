//! Simple keys: a scalar is a key only if a `:` follows on its line, which the scanner learns late.

use super::{Mark, Result, Scanner, TokenKind};

/// How many characters before its `:` a simple key may begin.
const MAX_KEY_LENGTH: usize = 1024;

/// A place where a key may have begun.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SimpleKey {
    pub possible: bool,
    /// A key must stand here: nothing else can, at this indentation.
    required: bool,
    /// Whether the scanner reads ahead for its `:`.
    awaited: bool,
    /// The number of its token, counted from the start of the text; never falls with the flow level.
    pub number: usize,
    pub mark: Mark,
}

impl SimpleKey {
    pub fn impossible(number: usize) -> Self {
        Self { number, ..Self::default() }
    }

    /// Stops reading ahead for a key at token `number`. go-yaml does so, by mistake, when an empty flow collection
    /// closes; that is why it reads `{}: a` as `{}` (scannerc.go yaml_parser_decrease_flow_level).
    pub fn forget(&mut self, number: usize) {
        self.awaited &= self.number != number;
    }
}

impl<'a> Scanner<'a> {
    /// The number the next token will get.
    pub(super) fn next_number(&self) -> usize {
        self.taken + self.tokens.len()
    }

    /// Whether a `Key` may yet have to be put before the first token of the queue.
    pub(super) fn head_may_be_key(&mut self) -> Result<bool> {
        let from = self.simple_keys.partition_point(|key| key.number < self.taken);
        let same = self.simple_keys.get(from..).unwrap_or_default().iter().take_while(|key| key.number == self.taken);
        let Some(at) = same.clone().position(|key| key.possible && key.awaited) else { return Ok(false) };
        self.check_key(from + at).map(|key| key.is_some())
    }

    /// The open key of the current level, if it may still be one.
    pub(super) fn valid_last_key(&mut self) -> Result<Option<SimpleKey>> {
        self.check_key(self.simple_keys.len().saturating_sub(1))
    }

    fn check_key(&mut self, at: usize) -> Result<Option<SimpleKey>> {
        let mark = self.cursor.mark;
        let Some(key) = self.simple_keys.get_mut(at).filter(|key| key.possible) else { return Ok(None) };
        if key.mark.line < mark.line || key.mark.index + MAX_KEY_LENGTH < mark.index {
            let context = key.mark;
            if key.required {
                return self.error(context, "could not find expected ':'");
            }
            key.possible = false;
            return Ok(None);
        }
        Ok(Some(*key))
    }

    /// Notes that a key may begin here.
    pub(super) fn save_simple_key(&mut self) -> Result<()> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        self.remove_simple_key()?;
        let mark = self.cursor.mark;
        let required = self.flow_level == 0 && self.indent == mark.column as isize;
        let key = SimpleKey { possible: true, required, awaited: true, number: self.next_number(), mark };
        if let Some(last) = self.simple_keys.last_mut() {
            *last = key;
        }
        Ok(())
    }

    /// Gives up the open key of the current level.
    pub(super) fn remove_simple_key(&mut self) -> Result<()> {
        let Some(key) = self.simple_keys.last_mut() else { return Ok(()) };
        if key.possible && key.required {
            let context = key.mark;
            return self.error(context, "could not find expected ':'");
        }
        key.possible = false;
        Ok(())
    }

    pub(super) fn fetch_anchor(&mut self, alias: bool) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        let name = self.scan_anchor()?;
        self.push(if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        let (handle, suffix) = self.scan_tag()?;
        self.push(TokenKind::Tag { handle, suffix }, start);
        Ok(())
    }
}
