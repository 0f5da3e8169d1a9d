//! Numbers in sixteen hexadecimal digits: names and ids are full of them, and a run of many Pods makes a million.

/// Appends `number` as `{:016x}` writes it.
pub(super) fn push_hex(text: &mut String, number: u64) {
    let mut digits = [0; 16];
    for (place, digit) in digits.iter_mut().rev().enumerate() {
        let value = (number >> (4 * place)) as u8 & 15;
        *digit = value + if value < 10 { b'0' } else { b'a' - 10 };
    }
    text.push_str(std::str::from_utf8(&digits).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::push_hex;

    #[test]
    fn it_is_what_the_formatter_writes() {
        for number in [0, 1, 0xdead_beef, u64::MAX] {
            let mut text = String::new();
            push_hex(&mut text, number);
            assert_eq!(text, format!("{number:016x}"));
        }
    }
}
