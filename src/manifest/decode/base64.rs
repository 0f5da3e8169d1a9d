//! Base64 as Go reads it, for it says at which byte the text is wrong (encoding/base64: base64.go decodeQuantum).

use ::base64::Engine as _;

pub(super) fn encode(bytes: &[u8]) -> String {
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The bytes, or the place Go complains of.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    loop {
        let mut quantum = [0u8; 4];
        let mut filled = 0;
        while filled < 4 {
            let Some(&byte) = text.get(at) else {
                return if filled == 0 { Ok(bytes) } else { Err(at - filled) };
            };
            at += 1;
            match (value(byte), byte) {
                (Some(bits), _) => {
                    if let Some(slot) = quantum.get_mut(filled) {
                        *slot = bits;
                    }
                    filled += 1;
                }
                (None, b'\n' | b'\r') => {}
                (None, b'=') => {
                    end(text, at, filled)?;
                    push(&mut bytes, quantum, filled);
                    return Ok(bytes);
                }
                _ => return Err(at - 1),
            }
        }
        push(&mut bytes, quantum, 4);
    }
}

/// Checks the padding, whose first `=` stands before `at`.
fn end(text: &[u8], mut at: usize, filled: usize) -> Result<(), usize> {
    let skip_breaks = |at: &mut usize| {
        while matches!(text.get(*at), Some(b'\n' | b'\r')) {
            *at += 1;
        }
    };
    if filled < 2 {
        return Err(at - 1);
    }
    if filled == 2 {
        skip_breaks(&mut at);
        match text.get(at) {
            None => return Err(text.len()),
            Some(b'=') => at += 1,
            Some(_) => return Err(at - 1),
        }
    }
    skip_breaks(&mut at);
    if at < text.len() { Err(at) } else { Ok(()) }
}

fn push(bytes: &mut Vec<u8>, [a, b, c, d]: [u8; 4], filled: usize) {
    let group = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    bytes.extend(group.iter().take(filled.saturating_sub(1)));
}

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_the_fault_is_gos() {
        let decoded = |text: &str| decode(text.as_bytes());
        assert_eq!(decoded("aGk="), Ok(b"hi".to_vec()));
        assert_eq!(decoded("aGk=\n"), Ok(b"hi".to_vec()));
        assert_eq!(decoded(""), Ok(Vec::new()));
        assert_eq!(decoded("not base64!"), Err(3));
        assert_eq!(decoded("aGk"), Err(0));
        assert_eq!(decoded("aGkaGk"), Err(4));
        assert_eq!(decoded("aG="), Err(3));
        assert_eq!(decoded("aGk=x"), Err(4));
        assert_eq!(decoded("="), Err(0));
    }
}
