//! In which formats the lines of a log are written, as far as one sees it: what an adapter makes one of.

/// A format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// An object of JSON on each line.
    Json,
    /// `key=value` pairs.
    Logfmt,
    /// What web servers write of each request.
    Access,
    /// Values with commas or tabs between them.
    Table,
    /// A time, and then text.
    Timed,
    /// Just text.
    Plain,
}

impl Format {
    /// Its name in ids of messages.
    pub fn id(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Logfmt => "logfmt",
            Format::Access => "access",
            Format::Table => "table",
            Format::Timed => "timed",
            Format::Plain => "plain",
        }
    }

    /// The format of one line.
    pub fn of(line: &str) -> Format {
        let line = line.trim();
        let words = || line.split_whitespace();
        if line.starts_with('{') && line.ends_with('}') {
            return Format::Json;
        }
        if line.contains(" [") && line.contains("] \"") {
            return Format::Access;
        }
        let pair = |word: &str| {
            word.split_once('=').is_some_and(|(key, _)| {
                key.starts_with(|c: char| c.is_ascii_alphabetic())
                    && key.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
            })
        };
        let pairs = words().filter(|word| pair(word)).count();
        if pairs >= 2 && pair(words().next().unwrap_or_default()) {
            return Format::Logfmt;
        }
        if line.matches(',').count() >= 2 && !line.contains(", ")
            || line.matches('|').count() >= 2
            || line.contains('\t')
        {
            return Format::Table;
        }
        let clock = |word: &str| {
            let digits = word.chars().filter(char::is_ascii_digit).count();
            digits >= 4 && word.chars().all(|c| c.is_ascii_digit() || ":-/.,TZ+[]".contains(c))
        };
        match words().take(3).any(clock) {
            true => Format::Timed,
            false => Format::Plain,
        }
    }
}

/// The formats of `lines`, each once, in the order of [`Format`].
pub fn formats<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Format> {
    let mut all: Vec<Format> = lines.into_iter().filter(|line| !line.trim().is_empty()).map(Format::of).collect();
    collections::sort(&mut all);
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        let of = Format::of;
        assert_eq!(of("{\"level\":\"info\",\"msg\":\"a\"}"), Format::Json);
        assert_eq!(of("10.0.0.1 - - [29/Nov/2026:08:00:00 +0000] \"GET / HTTP/1.1\" 200 612"), Format::Access);
        assert_eq!(of("level=info msg=started port=80"), Format::Logfmt);
        assert_eq!(of("2026-11-29T08:00:00Z INFO started"), Format::Timed);
        assert_eq!(of("INFO 12:00:01 started"), Format::Timed);
        assert_eq!(of("INFO|web|started"), Format::Table);
        assert_eq!(of("12,web,started"), Format::Table);
        assert_eq!(of("order 17 is paid, thanks"), Format::Plain);
    }

    #[test]
    fn one_format_is_one() {
        assert_eq!(formats(["{}", "{\"a\":1}", "", " {} "]), [Format::Json]);
        assert_eq!(formats(["plain", "{}", "a=b c=d"]), [Format::Json, Format::Logfmt, Format::Plain]);
    }
}
