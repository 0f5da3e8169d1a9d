//! Names for which there is little room: Pods of one owner begin alike, so the end of a name is what tells them apart.

/// How long an end may be, with its dash.
const END: usize = 12;

/// The beginning of a name, and the end that tells it apart (`-2gm5m`); no end where it has none that is short.
pub fn parts(name: &str) -> (&str, &str) {
    name.split_at(name.rfind('-').filter(|at| name.len() - at < END).unwrap_or(name.len()))
}

/// A name in `most` characters at most where its end leaves room for that: `web-856c5…-2gm5m`.
pub fn shortened(name: &str, most: usize) -> String {
    let (start, end) = parts(name);
    let room = most.saturating_sub(end.chars().count());
    match start.char_indices().nth(room.saturating_sub(1)) {
        Some((cut, _)) if start.chars().count() > room => format!("{}…{end}", start.get(..cut).unwrap_or_default()),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_stays() {
        assert_eq!(parts("web-856c5c5bf7-2gm5m"), ("web-856c5c5bf7", "-2gm5m"));
        assert_eq!(parts("web"), ("web", ""));
        assert_eq!(parts("a-very-longlonglonglong"), ("a-very-longlonglonglong", ""));
        assert_eq!(shortened("web-856c5c5bf7-2gm5m", 16), "web-856c5…-2gm5m");
        assert_eq!(shortened("db-0", 16), "db-0");
        assert_eq!(shortened("exactly-sixteen1", 16), "exactly-sixteen1");
        assert_eq!(shortened("averylongnamewithoutend", 16), "averylongnamewi…");
    }
}
