//! What `tr` makes of its letters.

use std::rc::Rc;

use super::super::Options;

/// `tr`
#[derive(Clone, Debug)]
pub(in super::super) struct Translate {
    /// What each byte becomes; none: it goes.
    map: Rc<[Option<u8>]>,
    /// Which bytes are squeezed.
    squeezed: Rc<[bool]>,
    last: Option<u8>,
}

impl Translate {
    pub fn new(options: &Options) -> Result<Translate, String> {
        let deletes = options.has('d');
        let complement = options.has('c') || options.has('C');
        let Some(first) = options.rest.first() else { return Err("missing operand".to_owned()) };
        let mut from = set(first);
        if complement {
            from = (0..=255).filter(|byte| !from.contains(byte)).collect();
        }
        let to = options.rest.get(1).map(|text| set(text));
        let mut map: Vec<Option<u8>> = (0..=255).map(Some).collect();
        let mut squeezed = vec![false; 256];
        if deletes {
            for byte in &from {
                if let Some(place) = map.get_mut(usize::from(*byte)) {
                    *place = None;
                }
            }
        } else if let Some(to) = &to {
            for (number, byte) in from.iter().enumerate() {
                let with = to.get(number).or(to.last()).copied();
                if let Some(place) = map.get_mut(usize::from(*byte)) {
                    *place = with.or(Some(*byte));
                }
            }
        } else if !options.has('s') {
            return Err("missing operand".to_owned());
        }
        if options.has('s') {
            for byte in to.as_ref().unwrap_or(&from) {
                if let Some(place) = squeezed.get_mut(usize::from(*byte)) {
                    *place = true;
                }
            }
        }
        Ok(Translate { map: map.into(), squeezed: squeezed.into(), last: None })
    }

    pub fn apply(&mut self, data: &[u8], out: &mut Vec<u8>) {
        for byte in data {
            let Some(Some(with)) = self.map.get(usize::from(*byte)).copied() else { continue };
            let squeezed = self.squeezed.get(usize::from(with)).copied().unwrap_or(false);
            if !(squeezed && self.last == Some(with)) {
                out.push(with);
            }
            self.last = Some(with);
        }
    }
}

/// The bytes of a set of `tr`: ranges, classes, escapes.
fn set(text: &str) -> Vec<u8> {
    let mut plain: Vec<(u8, bool)> = Vec::new();
    let mut rest = text.as_bytes();
    let mut out = Vec::new();
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(class) = text_class(rest) {
            let (bytes, length) = class;
            plain.extend(bytes.into_iter().map(|byte| (byte, true)));
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        if byte == b'\\' {
            let length = match after {
                [b'0'..=b'7', ..] => 1 + after.iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count(),
                [] => 1,
                _ => 2,
            };
            let (bytes, _) = crate::cluster::runtime::program::shell::escapes::unescape(
                rest.get(..length).unwrap_or_default(),
                false,
            );
            // An unknown escape is the character itself.
            plain.push((bytes.last().copied().unwrap_or(b'\\'), true));
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        plain.push((byte, false));
        rest = after;
    }
    let mut at = 0;
    while let Some((byte, _)) = plain.get(at).copied() {
        match (plain.get(at + 1), plain.get(at + 2)) {
            (Some((b'-', false)), Some((last, _))) if *last >= byte => {
                out.extend(byte..=*last);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// A class `[:upper:]` at the beginning: its bytes and its length.
fn text_class(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let inside = text.strip_prefix(b"[:")?;
    let end = inside.windows(2).position(|pair| pair == b":]")?;
    let fits: fn(&u8) -> bool = match inside.get(..end)? {
        b"upper" => u8::is_ascii_uppercase,
        b"lower" => u8::is_ascii_lowercase,
        b"alpha" => u8::is_ascii_alphabetic,
        b"digit" => u8::is_ascii_digit,
        b"alnum" => u8::is_ascii_alphanumeric,
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| byte.is_ascii_whitespace() || *byte == 11,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"xdigit" => u8::is_ascii_hexdigit,
        b"print" => |byte| (32..127).contains(byte),
        b"graph" => u8::is_ascii_graphic,
        _ => return None,
    };
    Some(((0..=255).filter(fits).collect(), end + 4))
}
