//! Programs that need all of their input first: `tac`, `paste`, `base64` and their like.

use base64::Engine as _;

use super::super::Options;
use super::super::filter::{Count, HELD};

/// Programs that need all of their input first.
#[derive(Clone, Debug)]
pub(in super::super) struct Whole {
    kind: WholeKind,
    data: Vec<u8>,
}

#[derive(Clone, Debug)]
enum WholeKind {
    Tac,
    Paste { delimiter: u8, serial: bool },
    Base64 { decodes: bool, width: usize },
    Shuffle,
    Dump,
    ButLast(Count),
}

impl Whole {
    pub fn new(base: &str, options: &Options) -> Whole {
        let kind = match base {
            "tac" => WholeKind::Tac,
            "paste" => {
                let delimiter = options
                    .value('d')
                    .map_or(b'\t', |text| if text == "\\n" { b'\n' } else { text.bytes().next().unwrap_or(b'\t') });
                WholeKind::Paste { delimiter, serial: options.has('s') }
            }
            "shuf" => WholeKind::Shuffle,
            "od" => WholeKind::Dump,
            _ => {
                let width = options.value('w').and_then(|width| width.parse().ok()).unwrap_or(76);
                WholeKind::Base64 { decodes: options.value('d').is_some() || options.long("decode").is_some(), width }
            }
        };
        Whole { kind, data: Vec::new() }
    }

    /// `head -n -N`
    pub fn but_last(count: Count) -> Whole {
        Whole { kind: WholeKind::ButLast(count), data: Vec::new() }
    }

    pub fn used(&self) -> usize {
        self.data.len()
    }

    /// False when it is too much.
    pub fn add(&mut self, data: &[u8]) -> bool {
        self.data.extend_from_slice(data);
        self.data.len() <= HELD
    }

    pub fn finish(&mut self, out: &mut Vec<u8>, random: &mut dyn FnMut(usize) -> usize) {
        let data = std::mem::take(&mut self.data);
        let body = data.strip_suffix(b"\n").unwrap_or(&data);
        let mut lines: Vec<&[u8]> =
            if data.is_empty() { Vec::new() } else { body.split(|byte| *byte == b'\n').collect() };
        match &self.kind {
            WholeKind::Tac => lines.reverse(),
            WholeKind::Shuffle => {
                for at in (1..lines.len()).rev() {
                    lines.swap(at, random(at + 1));
                }
            }
            WholeKind::Paste { delimiter, serial } => {
                if *serial {
                    for (number, line) in lines.iter().enumerate() {
                        if number > 0 {
                            out.push(*delimiter);
                        }
                        out.extend_from_slice(line);
                    }
                    out.push(b'\n');
                    return;
                }
            }
            WholeKind::Base64 { decodes, width } => {
                let engine = &base64::engine::general_purpose::STANDARD;
                if *decodes {
                    let plain: Vec<u8> = data.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
                    out.extend(engine.decode(plain).unwrap_or_default());
                    return;
                }
                let text = engine.encode(&data);
                let width = if *width == 0 { text.len().max(1) } else { *width };
                for part in text.as_bytes().chunks(width) {
                    out.extend_from_slice(part);
                    out.push(b'\n');
                }
                return;
            }
            WholeKind::Dump => {
                for (number, part) in data.chunks(16).enumerate() {
                    let bytes: String = part.iter().map(|byte| format!(" {byte:02x}")).collect();
                    out.extend_from_slice(format!("{:07o}{bytes}\n", number * 16).as_bytes());
                }
                return;
            }
            WholeKind::ButLast(count) => {
                let number = usize::try_from(count.number).unwrap_or(usize::MAX);
                if count.bytes {
                    out.extend_from_slice(data.get(..data.len().saturating_sub(number)).unwrap_or_default());
                    return;
                }
                lines.truncate(lines.len().saturating_sub(number));
            }
        }
        for line in lines {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
}
