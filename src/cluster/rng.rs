//! The run's own randomness: seeded, so that one seed gives one run.

/// A small generator (SplitMix64): the whole state is one number, so a checkpoint copies it for nothing.
#[derive(Clone, Debug)]
pub struct Rng(u64);

/// The letters that Kubernetes makes names of: no vowels, nothing that looks like another
/// (apimachinery: util/rand/rand.go alphanums).
const NAME_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Rng {
    /// The generator of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number of `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number of `0..bound`; 0 for an empty range.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// `length` letters for a generated name (`x7k2p`).
    pub fn name_suffix(&mut self, length: usize) -> String {
        (0..length)
            .filter_map(|_| NAME_ALPHABET.get(self.below(NAME_ALPHABET.len() as u64) as usize))
            .map(|&letter| char::from(letter))
            .collect()
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        uuid_of(self.uuid_numbers())
    }

    /// What [`uuid_of`] makes a UUID of.
    pub fn uuid_numbers(&mut self) -> (u64, u64) {
        (self.next_u64(), self.next_u64())
    }
}

/// The version 4 UUID of two random numbers.
pub(crate) fn uuid_of((high, low): (u64, u64)) -> String {
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    let digits = u128::from(high) << 64 | u128::from(low);
    let mut text = String::with_capacity(36);
    for place in (0..32).rev() {
        let digit = (digits >> (place * 4)) as u32 & 15;
        text.extend(char::from_digit(digit, 16));
        if matches!(place, 24 | 20 | 16 | 12) {
            text.push('-');
        }
    }
    text
}
