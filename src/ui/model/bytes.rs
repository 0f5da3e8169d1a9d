//! How amounts of bytes and of CPU read, and what can be read of a file.

/// So many bytes in the units that manifests use: `12 B`, `1.5 KiB`, `64 MiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut whole = bytes as f64 / 1024.0;
    let mut unit = 0;
    while whole >= 1023.95 && unit + 1 < UNITS.len() {
        whole /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(whole < 99.95 && (whole * 10.0).round() % 10.0 != 0.0);
    format!("{whole:.digits$} {}", UNITS.get(unit).copied().unwrap_or_default())
}

/// So much CPU, in thousandths of a core, as a number of cores where it is one or more (`64`, `1.5`); less is written as
/// manifests write it (`250m`), and is none here.
pub fn cores(milli: i64) -> Option<f64> {
    (milli >= 1000).then_some(milli as f64 / 1000.0)
}

/// How much of a file is shown: its end, where more comes.
pub const SHOWN: usize = 64 << 10;

/// The text of a file, and how many bytes of its beginning are left out; none where it is no text.
pub fn text(bytes: &[u8]) -> Option<(String, usize)> {
    let mut from = bytes.len().saturating_sub(SHOWN);
    // A character that is cut is left out, and so is the rest of its line.
    if from > 0 {
        let tail = bytes.get(from..).unwrap_or_default();
        from += tail.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    }
    let shown = bytes.get(from..).unwrap_or_default();
    let text = std::str::from_utf8(shown).ok()?;
    let tame = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r' | '\u{1b}');
    text.chars().all(tame).then(|| (text.to_owned(), from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_in_manifests() {
        let sizes = [0, 1023, 1024, 1536, 65_536, 104_857_600, 1_073_741_823, 10 << 30].map(size);
        assert_eq!(sizes, ["0 B", "1023 B", "1 KiB", "1.5 KiB", "64 KiB", "100 MiB", "1 GiB", "10 GiB"]);
    }

    #[test]
    fn a_long_file_shows_its_end_from_a_whole_line_on() {
        let long: String = (0..20_000).map(|n| format!("第 {n} 行\n")).collect();
        let (shown, left_out) = text(long.as_bytes()).unwrap();
        assert!(shown.starts_with('第') && shown.ends_with("第 19999 行\n") && shown.len() <= SHOWN);
        assert_eq!(left_out + shown.len(), long.len());
        assert_eq!(text(b"\x00\xff"), None);
        assert_eq!(text(b""), Some((String::new(), 0)));
    }
}
