//! The bytes of a file as text, the way kubectl takes them in.

/// The text of a file (cli-runtime: resource/visitor.go, `unicode.BOMOverride(unicode.UTF8)`): a byte order mark
/// chooses UTF-8 or UTF-16 and goes; each byte that is no UTF-8 becomes U+FFFD.
pub fn decode_bytes(bytes: &[u8]) -> String {
    let units = |rest: &[u8], unit: fn([u8; 2]) -> u16| -> String {
        let units = rest.chunks(2).map(|pair| match pair {
            [a, b] => unit([*a, *b]),
            _ => 0xfffd,
        });
        char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_marks_choose_and_go() {
        assert_eq!(decode_bytes(b"\xef\xbb\xbfa: 1"), "a: 1");
        assert_eq!(decode_bytes(b"\xff\xfea\0:\0"), "a:");
        assert_eq!(decode_bytes(b"\xfe\xff\0a\0:"), "a:");
        assert_eq!(decode_bytes(b"a\xf5\x80b"), "a\u{fffd}\u{fffd}b");
    }
}
