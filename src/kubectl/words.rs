//! A command line split into words, with the quotes of a POSIX shell.

/// A split command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its words, unquoted.
    pub words: Vec<String>,
    /// What follows `<<<`, to be read from standard input.
    pub here_string: Option<String>,
}

/// Splits `text`. What follows `<<<` up to the end is taken as it stands where it is not quoted, for JSON's sake.
pub(super) fn split(text: &str) -> Result<Line, &'static str> {
    let mut line = Line::default();
    let mut word: Option<String> = None;
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('\'') => break,
                        Some(inside) => word.push(inside),
                        None => return Err("unterminated quoted string"),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('"') => break,
                        Some('\\') if rest.peek().is_some_and(|next| "\"\\$`".contains(*next)) => {
                            word.extend(rest.next());
                        }
                        Some(inside) => word.push(inside),
                        None => return Err("unterminated quoted string"),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(rest.next()),
            '<' if word.is_none() => {
                let tail: String = rest.by_ref().collect();
                let Some(tail) = tail.strip_prefix("<<") else { return Err("only <<< redirections are understood") };
                let tail = tail.trim();
                let quoted = tail.strip_prefix('\'').and_then(|tail| tail.strip_suffix('\''));
                line.here_string = Some(quoted.unwrap_or(tail).to_owned());
            }
            space if space.is_whitespace() => line.words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    line.words.extend(word);
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        let line = split(r#"kubectl patch pod  a -p '{"x": "it''s"}' --type="merge""#).unwrap();
        assert_eq!(line.words, ["kubectl", "patch", "pod", "a", "-p", r#"{"x": "its"}"#, "--type=merge"]);
        assert_eq!(split(r#"a "b\"c" d\ e"#).unwrap().words, ["a", "b\"c", "d e"]);
        assert!(split("a 'b").is_err());
        assert_eq!(split("").unwrap().words, [""; 0]);
    }

    #[test]
    fn a_here_string_is_the_rest_of_the_line() {
        let line = split(r#"kubectl create -f - <<< {"kind": "Pod"}"#).unwrap();
        assert_eq!(line.words, ["kubectl", "create", "-f", "-"]);
        assert_eq!(line.here_string.as_deref(), Some(r#"{"kind": "Pod"}"#));
    }
}
