//! Escapes with a backslash, as `printf`, `echo -e` and `$'…'` read them.

/// Replaces escapes. With `zero` an octal number is `\0NNN` (echo, `%b`), else `\NNN` (printf's format). The flag is
/// true where `\c` ended the text.
pub(crate) fn unescape(text: &[u8], zero: bool) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some((&kind, after)) = rest.split_first() else {
            out.push(b'\\');
            break;
        };
        let plain = match kind {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            b'e' => 27,
            b'\\' => b'\\',
            b'"' if !zero => b'"',
            b'\'' if !zero => b'\'',
            b'c' => return (out, true),
            b'x' => {
                let (value, used) = digits(after, 16, 2);
                if used == 0 {
                    out.extend_from_slice(b"\\x");
                } else {
                    out.push(value);
                }
                rest = after.get(used..).unwrap_or_default();
                continue;
            }
            b'0'..=b'7' if !zero || kind == b'0' => {
                let from = if zero { after } else { rest };
                let (value, used) = digits(from, 8, 3);
                out.push(value);
                rest = from.get(used..).unwrap_or_default();
                continue;
            }
            other => {
                out.extend_from_slice(&[b'\\', other]);
                rest = after;
                continue;
            }
        };
        out.push(plain);
        rest = after;
    }
    (out, false)
}

/// A number of at most `most` digits, and how many digits there were.
fn digits(text: &[u8], base: u32, most: usize) -> (u8, usize) {
    let mut value = 0_u32;
    let mut used = 0;
    for byte in text.iter().take(most) {
        let Some(digit) = char::from(*byte).to_digit(base) else { break };
        value = value * base + digit;
        used += 1;
    }
    (value as u8, used)
}
