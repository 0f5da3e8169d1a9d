//! The hash of a template that names its ReplicaSet.
//!
//! The real one is a 32-bit FNV-1a over Go's dump of the template; ours is over its JSON. The digits are written in
//! the same letters, so that names look the same and are made of the same ten letters
//! (apimachinery: util/rand SafeEncodeString).

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::json::to_json;

const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// The hash of `template`, after so many collisions.
pub(in super::super) fn template_hash(template: &PodTemplateSpec, collisions: i32) -> String {
    let json = to_json(template).to_string();
    let collisions = Some(collisions).filter(|count| *count != 0).map(|count| count.to_string()).unwrap_or_default();
    let hash = json
        .bytes()
        .chain(collisions.bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let encode = |digit: u8| LETTERS.get(usize::from(digit) % LETTERS.len()).map_or('b', |letter| char::from(*letter));
    hash.to_string().bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_look_as_real_ones_do() {
        let hash = template_hash(&PodTemplateSpec::default(), 0);
        assert!(hash.chars().all(|letter| "456789bcdf".contains(letter)), "{hash}");
        assert!((6..=10).contains(&hash.len()));
        assert_ne!(hash, template_hash(&PodTemplateSpec::default(), 1));
    }
}
