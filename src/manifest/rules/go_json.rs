//! What Go's encoding/json says of a text that is no JSON, or not what is wanted.

use serde_json::Value;

/// A text that a `map[string]any` can be read from; otherwise the error in Go's words.
///
/// # Errors
/// When the text is no JSON, or not an object.
pub fn object(text: &[u8]) -> Result<(), String> {
    match kind(text)? {
        "object" | "null" => Ok(()),
        kind => Err(mismatch(kind, "value of type map[string]interface {}")),
    }
}

/// What Go says of a value that does not fit where it is to go: a `struct field …` or a `value of type …`.
pub fn mismatch(kind: &str, place: &str) -> String {
    ["json: cannot unmarshal ", kind, " into Go ", place].concat()
}

/// What Go calls a value.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What a text holds, if it is JSON; otherwise the error in Go's words (Go: encoding/json/scanner.go).
///
/// # Errors
/// When it is no JSON.
pub fn kind(text: &[u8]) -> Result<&'static str, String> {
    let mut scanner = Scanner { text, at: 0, depth: 0 };
    scanner.blanks();
    let kind = scanner.value()?;
    scanner.blanks();
    match scanner.peek() {
        Some(byte) => Err(unexpected(byte, "after top-level value")),
        None => Ok(kind),
    }
}

/// Deeper than any real text. (Go gives up at 10,000, for which a browser's stack would not do.)
const MAX_DEPTH: usize = 500;

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

fn unexpected(byte: u8, context: &str) -> String {
    let shown = match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\n' => "'\\n'".to_owned(),
        b'\t' => "'\\t'".to_owned(),
        b'\r' => "'\\r'".to_owned(),
        b'\\' => "'\\\\'".to_owned(),
        0x20..=0x7e => format!("'{}'", char::from(byte)),
        0..=0x1f | 0x7f => format!("'\\x{byte:02x}'"),
        // Go prints the byte as if it were a character.
        _ => format!("'{}'", char::from(byte)),
    };
    format!("invalid character {shown} {context}")
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The next byte, which must be there.
    fn need(&self) -> Result<u8, String> {
        self.peek().ok_or_else(|| "unexpected end of JSON input".to_owned())
    }

    fn value(&mut self) -> Result<&'static str, String> {
        match self.need()? {
            b'{' => self.nested(Self::members).map(|()| "object"),
            b'[' => self.nested(Self::elements).map(|()| "array"),
            b'"' => self.string().map(|()| "string"),
            b't' => self.word(b"true").map(|()| "bool"),
            b'f' => self.word(b"false").map(|()| "bool"),
            b'n' => self.word(b"null").map(|()| "null"),
            b'-' | b'0'..=b'9' => self.number().map(|()| "number"),
            byte => Err(unexpected(byte, "looking for beginning of value")),
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Result<(), String>) -> Result<(), String> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.blanks();
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn members(&mut self) -> Result<(), String> {
        if self.need()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            match self.need()? {
                b'"' => self.string()?,
                byte => return Err(unexpected(byte, "looking for beginning of object key string")),
            }
            self.blanks();
            match self.need()? {
                b':' => self.at += 1,
                byte => return Err(unexpected(byte, "after object key")),
            }
            self.blanks();
            self.value()?;
            self.blanks();
            match self.need()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                byte => return Err(unexpected(byte, "after object key:value pair")),
            }
            self.blanks();
        }
    }

    fn elements(&mut self) -> Result<(), String> {
        if self.need()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value()?;
            self.blanks();
            match self.need()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                byte => return Err(unexpected(byte, "after array element")),
            }
            self.blanks();
        }
    }

    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        loop {
            let byte = self.need()?;
            self.at += 1;
            match byte {
                b'"' => return Ok(()),
                b'\\' => {
                    let escape = self.need()?;
                    self.at += 1;
                    match escape {
                        b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                        b'u' => {
                            for _ in 0..4 {
                                let digit = self.need()?;
                                if !digit.is_ascii_hexdigit() {
                                    return Err(unexpected(digit, "in \\u hexadecimal character escape"));
                                }
                                self.at += 1;
                            }
                        }
                        byte => return Err(unexpected(byte, "in string escape code")),
                    }
                }
                0..=0x1f => return Err(unexpected(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn word(&mut self, word: &'static [u8]) -> Result<(), String> {
        for (i, wanted) in word.iter().enumerate() {
            let byte = self.need()?;
            if byte != *wanted {
                let name = String::from_utf8_lossy(word);
                let context = format!("in literal {name} (expecting '{}')", char::from(*wanted));
                return Err(unexpected(byte, if i == 0 { "looking for beginning of value" } else { &context }));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.need()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            byte => return Err(unexpected(byte, "in numeric literal")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            match self.need()? {
                b'0'..=b'9' => self.digits(),
                byte => return Err(unexpected(byte, "after decimal point in numeric literal")),
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            match self.need()? {
                b'0'..=b'9' => self.digits(),
                byte => return Err(unexpected(byte, "in exponent of numeric literal")),
            }
        }
        Ok(())
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_in_gos_words() {
        for (text, fault) in [
            ("x", "invalid character 'x' looking for beginning of value"),
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("{a", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("[]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
            ("\"a\"", "json: cannot unmarshal string into Go value of type map[string]interface {}"),
        ] {
            assert_eq!(object(text.as_bytes()), Err(fault.to_owned()), "{text}");
        }
        assert_eq!(object(b" {\"a\": [1, -2.5e3, null, {\"b\\n\": true}]} "), Ok(()));
    }
}
