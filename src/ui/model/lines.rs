//! What stands on a line of the YAML that the cluster writes.

/// A line in three parts: what stands before its key, the key, and the rest from the colon on. Without a key all is in the
/// last part.
pub fn key_of(line: &str) -> (&str, &str, &str) {
    let inner = line.trim_start_matches([' ', '-']);
    let (before, inner) = line.split_at(line.len() - inner.len());
    let end = match inner.find(": ") {
        Some(end) => Some(end),
        None => inner.strip_suffix(':').map(str::len),
    };
    match end.filter(|end| {
        *end > 0 && !inner.starts_with(['"', '\'', '#']) && !inner.get(..*end).is_some_and(|key| key.contains(' '))
    }) {
        Some(end) => {
            let (key, rest) = inner.split_at(end);
            (before, key, rest)
        }
        None => ("", "", line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_values() {
        assert_eq!(key_of("  - name: web"), ("  - ", "name", ": web"));
        assert_eq!(key_of("spec:"), ("", "spec", ":"));
        assert_eq!(key_of("    app.kubernetes.io/name: a: b"), ("    ", "app.kubernetes.io/name", ": a: b"));
        assert_eq!(key_of("  - echo hi: there"), ("", "", "  - echo hi: there"));
        assert_eq!(key_of("  - --port=80"), ("", "", "  - --port=80"));
        assert_eq!(key_of(""), ("", "", ""));
    }
}
