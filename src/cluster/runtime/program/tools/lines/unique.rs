//! What `uniq` leaves out.

use super::super::Options;

/// `uniq`
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Uniq {
    counts: bool,
    doubles: bool,
    singles: bool,
    fold: bool,
    last: Option<(Vec<u8>, u64)>,
}

impl Uniq {
    pub fn new(options: &Options) -> Uniq {
        let [counts, doubles, singles, fold] = ['c', 'd', 'u', 'i'].map(|letter| options.has(letter));
        Uniq { counts, doubles, singles, fold, last: None }
    }

    pub fn add(&mut self, line: &[u8], out: &mut Vec<u8>) {
        if let Some((last, count)) = &mut self.last
            && (last == line || self.fold && last.eq_ignore_ascii_case(line))
        {
            *count += 1;
            return;
        }
        self.finish(out);
        self.last = Some((line.to_vec(), 1));
    }

    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let Some((line, count)) = self.last.take() else { return };
        if self.doubles && count < 2 || self.singles && count > 1 {
            return;
        }
        if self.counts {
            out.extend_from_slice(format!("{count:7} ").as_bytes());
        }
        out.extend_from_slice(&line);
        out.push(b'\n');
    }
}
