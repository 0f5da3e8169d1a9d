//! What `cut` leaves of a line.

use super::super::Options;

/// `cut`
#[derive(Clone, Debug)]
pub(in super::super) struct Cut {
    by: By,
    ranges: Vec<(usize, usize)>,
    only_delimited: bool,
}

#[derive(Clone, Debug)]
enum By {
    Field(u8),
    Character,
    Byte,
}

impl Cut {
    pub fn new(options: &Options) -> Result<Cut, String> {
        let delimiter = options.value('d').and_then(|text| text.bytes().next()).unwrap_or(b'\t');
        let found = [('f', By::Field(delimiter)), ('c', By::Character), ('b', By::Byte)]
            .into_iter()
            .find_map(|(letter, by)| Some((by, options.value(letter)?)));
        let Some((by, list)) = found else { return Err("expected a list of bytes, characters, or fields".to_owned()) };
        let mut ranges = Vec::new();
        for range in list.split(',') {
            let number = |text: &str, or: usize| if text.is_empty() { Some(or) } else { text.parse().ok() };
            let (from, to) = match range.split_once('-') {
                Some((from, to)) => (number(from, 1), number(to, usize::MAX)),
                None => (range.parse().ok(), range.parse().ok()),
            };
            match (from, to) {
                (Some(from), Some(to)) if from > 0 => ranges.push((from, to)),
                _ => return Err(format!("invalid range {list}")),
            }
        }
        Ok(Cut { by, ranges, only_delimited: options.has('s') })
    }

    fn wants(&self, number: usize) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&number))
    }

    /// False where the line is left out.
    pub fn apply(&self, line: &[u8], out: &mut Vec<u8>) -> bool {
        match self.by {
            By::Field(delimiter) => {
                if !line.contains(&delimiter) {
                    if !self.only_delimited {
                        out.extend_from_slice(line);
                    }
                    return !self.only_delimited;
                }
                let mut first = true;
                for (number, field) in line.split(|byte| *byte == delimiter).enumerate() {
                    if self.wants(number + 1) {
                        if !first {
                            out.push(delimiter);
                        }
                        first = false;
                        out.extend_from_slice(field);
                    }
                }
            }
            By::Byte => {
                let kept = line.iter().enumerate().filter(|(number, _)| self.wants(number + 1));
                out.extend(kept.map(|(_, byte)| *byte));
            }
            By::Character => {
                let text = String::from_utf8_lossy(line);
                let kept = text.chars().enumerate().filter(|(number, _)| self.wants(number + 1));
                out.extend_from_slice(kept.map(|(_, c)| c).collect::<String>().as_bytes());
            }
        }
        true
    }
}
