//! What `wc` counts.

use std::rc::Rc;

use super::super::Options;

/// `wc`
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Wc {
    /// Which columns are shown: lines, words, bytes, characters.
    shown: [bool; 4],
    counts: [u64; 4],
    totals: [u64; 4],
    in_word: bool,
    names: Vec<Rc<str>>,
    rows: Vec<[u64; 4]>,
}

impl Wc {
    pub fn new(options: &Options) -> Wc {
        let mut shown = ['l', 'w', 'c', 'm'].map(|letter| options.has(letter));
        if shown == [false; 4] {
            shown = [true, true, true, false];
        }
        Wc { shown, ..Wc::default() }
    }

    pub fn file(&mut self, name: &str) {
        self.names.push(name.into());
        self.counts = [0; 4];
        self.in_word = false;
    }

    pub fn add(&mut self, data: &[u8]) {
        self.counts[2] += data.len() as u64;
        for byte in data {
            self.counts[0] += u64::from(*byte == b'\n');
            self.counts[3] += u64::from(byte & 0xC0 != 0x80);
            let blank = byte.is_ascii_whitespace();
            if !blank && !self.in_word {
                self.counts[1] += 1;
            }
            self.in_word = !blank;
        }
    }

    pub fn file_ends(&mut self, _out: &mut Vec<u8>) {
        self.rows.push(self.counts);
        for (total, count) in self.totals.iter_mut().zip(self.counts) {
            *total += count;
        }
    }

    /// One number stands alone, several in columns, as busybox prints them.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let several = self.shown.iter().filter(|shown| **shown).count() > 1;
        let total = (self.rows.len() > 1).then_some((self.totals, Rc::from("total")));
        let rows: Vec<_> = self.rows.iter().copied().zip(self.names.iter().cloned()).chain(total).collect();
        for (row, name) in rows {
            let mut line = String::new();
            for (count, shown) in row.iter().zip(self.shown) {
                if shown {
                    let gap = if line.is_empty() { "" } else { " " };
                    line.push_str(&if several { format!("{gap}{count:9}") } else { count.to_string() });
                }
            }
            if &*name != "-" {
                line.push_str(&format!(" {name}"));
            }
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }
}
