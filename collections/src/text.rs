//! Long texts that are alike, compared by eight bytes at a time. In wasm the comparison of `std` goes from byte to byte, and
//! the names of Pods, of their Events, and uids are long, begin alike, and are compared all the time.

use std::cmp::Ordering;

/// A word of a text, so that of two words the greater one belongs to the greater text.
#[inline(always)]
fn word(bytes: &[u8; 8]) -> u64 {
    u64::from_be_bytes(*bytes)
}

/// Whether two texts are equal; that two are the very same is seen at once, and that their ends differ, soon.
pub fn same_text(one: &str, other: &str) -> bool {
    if one.len() != other.len() {
        return false;
    }
    if std::ptr::eq(one, other) {
        return true;
    }
    let (one, other) = (one.as_bytes(), other.as_bytes());
    match (one.last_chunk::<8>(), other.last_chunk::<8>()) {
        (Some(end), Some(other_end)) => {
            word(end) == word(other_end) && {
                let ((words, _), (others, _)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
                words.iter().zip(others).all(|(a, b)| word(a) == word(b))
            }
        }
        _ => one == other,
    }
}

/// The order of two texts, which is that of their bytes.
pub fn text_order(one: &str, other: &str) -> Ordering {
    if std::ptr::eq(one, other) {
        return Ordering::Equal;
    }
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let ((words, _), (others, _)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    for (a, b) in words.iter().zip(others) {
        if word(a) != word(b) {
            return word(a).cmp(&word(b));
        }
    }
    let equal = words.len().min(others.len()) * 8;
    one.get(equal..).cmp(&other.get(equal..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_compare_as_std_compares_them() {
        let mut texts: Vec<String> = Vec::new();
        for length in 0..27 {
            let plain = "web-5d4f8c9b7-abcde.18a3f0c2".get(..length).unwrap_or_default();
            texts.push(plain.to_owned());
            for place in 0..length {
                for other in ["A", "~", "é"] {
                    let mut text = plain.to_owned();
                    text.replace_range(place..=place, other);
                    texts.push(text);
                }
            }
        }
        for one in &texts {
            for other in &texts {
                assert_eq!(same_text(one, other), one == other, "{one} {other}");
                assert_eq!(text_order(one, other), one.cmp(other), "{one} {other}");
            }
        }
    }
}
