//! Numbers in sixteen hexadecimal digits: names and ids are full of them, and a run of many Pods makes a million.

/// Appends `number` as `{:016x}` writes it.
pub(super) fn push_hex(text: &mut String, number: u64) {
    text.extend((0..16).rev().filter_map(|place| char::from_digit((number >> (4 * place)) as u32 & 15, 16)));
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
