//! What the filters make of what they read.

use super::super::super::machine::{Cx, Io};
use super::{Filter, Flow, HELD, Kind};

impl Filter {
    /// Takes a chunk.
    pub(super) fn data(&mut self, data: &[u8], out: &mut Vec<u8>, io: &mut Io, cx: &mut Cx) -> Flow {
        match &mut self.kind {
            Kind::Cat(None) => {
                out.extend_from_slice(data);
                return Flow::Goes;
            }
            Kind::Script(_, _, text) => {
                text.extend_from_slice(data);
                return if text.len() > HELD { Flow::Quits(2) } else { Flow::Goes };
            }
            Kind::Untar(unpack) => {
                unpack.data.extend_from_slice(data);
                return if unpack.data.len() > HELD { Flow::Quits(1) } else { Flow::Goes };
            }
            Kind::Tee(handles) => {
                out.extend_from_slice(data);
                for handle in handles.clone() {
                    io.write_handle(cx, handle, data);
                }
                return Flow::Goes;
            }
            Kind::Translate(translate) => {
                translate.apply(data, out);
                return Flow::Goes;
            }
            Kind::Fold(width, column) => {
                for byte in data {
                    if *byte == b'\n' {
                        *column = 0;
                    } else if *column == *width {
                        out.push(b'\n');
                        *column = 1;
                    } else {
                        *column += 1;
                    }
                    out.push(*byte);
                }
                return Flow::Goes;
            }
            Kind::Wc(wc) => {
                wc.add(data);
                return Flow::Goes;
            }
            Kind::Head { count, left, .. } if count.bytes => {
                let take = usize::try_from(*left).unwrap_or(usize::MAX).min(data.len());
                out.extend_from_slice(data.get(..take).unwrap_or_default());
                *left -= take as u64;
                return if *left == 0 { Flow::Next } else { Flow::Goes };
            }
            Kind::Whole(whole) => return if whole.add(data) { Flow::Goes } else { Flow::Quits(1) },
            Kind::Tail { count, lines, .. } if count.bytes => {
                lines.push_back(data.to_vec());
                return Flow::Goes;
            }
            _ => {}
        }
        let mut start = 0;
        while let Some(end) = data.get(start..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
            let part = data.get(start..start + end).unwrap_or_default();
            start += end + 1;
            let flow = if self.rest.is_empty() {
                self.line(part, true, out)
            } else {
                let mut line = std::mem::take(&mut self.rest);
                line.extend_from_slice(part);
                self.line(&line, true, out)
            };
            if flow != Flow::Goes {
                // What was read and not used belongs to whoever reads next from the same file.
                let unused = data.len() - start;
                if unused > 0
                    && let Some(handle) = self.handle
                    && let Some((_, _, _, offset)) = cx.position(handle)
                {
                    cx.seek(handle, offset.saturating_sub(unused as u64));
                }
                return flow;
            }
        }
        self.rest.extend_from_slice(data.get(start..).unwrap_or_default());
        // `tail` takes memory until there is none.
        let holds = matches!(self.kind, Kind::Tail { .. });
        if self.rest.len() > HELD && !holds { Flow::Quits(1) } else { Flow::Goes }
    }

    /// Takes a line; `ended` says whether it had an end.
    pub(super) fn line(&mut self, line: &[u8], ended: bool, out: &mut Vec<u8>) -> Flow {
        match &mut self.kind {
            Kind::Cat(numbers) => {
                if let Some((number, empty)) = numbers
                    && (*empty || !line.is_empty())
                {
                    out.extend_from_slice(format!("{number:6}\t").as_bytes());
                    *number += 1;
                }
                out.extend_from_slice(line);
            }
            Kind::Head { left, .. } => {
                out.extend_from_slice(line);
                *left = left.saturating_sub(1);
                if ended {
                    out.push(b'\n');
                }
                return if *left == 0 { Flow::Next } else { Flow::Goes };
            }
            Kind::Tail { count, lines, seen, bytes } => {
                *seen += 1;
                let mut whole = line.to_vec();
                if ended {
                    whole.push(b'\n');
                }
                if count.from_start {
                    if *seen >= count.number {
                        out.extend_from_slice(&whole);
                    }
                    return Flow::Goes;
                }
                *bytes += whole.len();
                lines.push_back(whole);
                while lines.len() as u64 > count.number {
                    *bytes -= lines.pop_front().map_or(0, |line| line.len());
                }
                return Flow::Goes;
            }
            Kind::Cut(cut) => {
                if !cut.apply(line, out) {
                    return Flow::Goes;
                }
            }
            Kind::Sort(sort) => {
                return if sort.add(line) { Flow::Goes } else { Flow::Quits(2) };
            }
            Kind::Uniq(uniq) => {
                uniq.add(line, out);
                return Flow::Goes;
            }
            Kind::Reverse => {
                let text: String = String::from_utf8_lossy(line).chars().rev().collect();
                out.extend_from_slice(text.as_bytes());
            }
            Kind::Grep(grep) => return grep.line(line, out),
            Kind::Sed(sed) => return sed.line(line, ended, out),
            Kind::Awk(awk) => return awk.line(line, out),
            _ => return Flow::Goes,
        }
        if ended || !matches!(self.kind, Kind::Cat(_)) {
            out.push(b'\n');
        }
        Flow::Goes
    }

    /// A file is at its end.
    pub(super) fn file_ends(&mut self, out: &mut Vec<u8>) {
        match &mut self.kind {
            Kind::Tail { count, lines, bytes, seen } => {
                if count.bytes {
                    let all: Vec<u8> = lines.iter().flatten().copied().collect();
                    out.extend_from_slice(count.of(&all));
                } else {
                    lines.iter().for_each(|line| out.extend_from_slice(line));
                }
                lines.clear();
                (*bytes, *seen) = (0, 0);
            }
            Kind::Grep(grep) => grep.file_ends(out),
            Kind::Wc(wc) => wc.file_ends(out),
            _ => {}
        }
    }
}
