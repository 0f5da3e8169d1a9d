//! Numbers that go with a text and are the same in every run (FNV-1a, 64 bits): for what has to differ from one Pod to the
//! next, and not from one run to the next.

/// The number of no text.
const START: u64 = 0xcbf2_9ce4_8422_2325;

/// The number of a text.
pub(crate) fn fnv1a(text: impl IntoIterator<Item = u8>) -> u64 {
    further(START, text)
}

/// The number of what has the number `hash`, and of a text after it.
pub(crate) fn further(hash: u64, text: impl IntoIterator<Item = u8>) -> u64 {
    text.into_iter().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{fnv1a, further};

    #[test]
    fn it_is_fnv_1a() {
        assert_eq!(fnv1a(*b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(*b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(further(fnv1a(*b"foo"), *b"bar"), fnv1a(*b"foobar"));
    }
}
