//! The command line of the prompt: a small part of a POSIX shell. Words and quotes, `|`, `;`, `&&`, `||`,
//! `<<< WORD`, `<< END` and `> FILE`, comments.

/// One command with what its standard streams are bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// Its words, unquoted.
    pub words: Vec<String>,
    /// What it reads.
    pub input: Option<String>,
    /// The file its output goes to, and whether it is added at the end.
    pub output: Option<(String, bool)>,
}

/// When a pipeline is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum When {
    /// In any case.
    #[default]
    Always,
    /// When the one before was a success.
    Success,
    /// When the one before was a failure.
    Failure,
}

/// Commands with pipes between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pipeline {
    /// When it is run.
    pub when: When,
    /// The commands, first to last.
    pub commands: Vec<Command>,
}

/// Why a text is no command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// More is needed: a quote or a here-document is open.
    Unfinished,
    /// A sign stands where none may.
    Unexpected(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(&'static str),
    /// The text of a here-document or here-string.
    Here(String),
}

const SIGNS: [&str; 9] = ["<<<", "<<", "&&", "||", ">>", "|", ";", ">", "<"];

/// Reads a text of one or more lines.
pub(super) fn parse(text: &str) -> Result<Vec<Pipeline>, Fault> {
    let mut pipelines: Vec<Pipeline> = Vec::new();
    let mut pipeline = Pipeline::default();
    let mut command = Command::default();
    let mut tokens = tokens(text)?.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => command.words.push(word),
            Token::Here(text) => command.input = Some(text),
            Token::Sign(sign @ (">" | ">>")) => match tokens.next() {
                Some(Token::Word(file)) => command.output = Some((file, sign == ">>")),
                _ => return Err(Fault::Unexpected("newline".to_owned())),
            },
            Token::Sign("|") => {
                if command.words.is_empty() {
                    return Err(Fault::Unexpected("|".to_owned()));
                }
                pipeline.commands.push(std::mem::take(&mut command));
                if tokens.peek().is_none() {
                    return Err(Fault::Unfinished);
                }
            }
            Token::Sign(sign) => {
                let empty = command.words.is_empty();
                if empty {
                    return Err(Fault::Unexpected(sign.to_owned()));
                }
                pipeline.commands.push(std::mem::take(&mut command));
                pipelines.push(std::mem::take(&mut pipeline));
                pipeline.when = match sign {
                    "&&" => When::Success,
                    "||" => When::Failure,
                    _ => When::Always,
                };
            }
        }
    }
    if !command.words.is_empty() {
        pipeline.commands.push(command);
    } else if !pipeline.commands.is_empty() || pipeline.when != When::Always {
        return Err(Fault::Unfinished);
    }
    if !pipeline.commands.is_empty() {
        pipelines.push(pipeline);
    }
    Ok(pipelines)
}

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        let mut rest = line.to_owned();
        let (mut ends, mut here) = (Vec::new(), Vec::new());
        loop {
            match line_tokens(&rest, &mut ends) {
                Some(found) => {
                    here.extend(found);
                    break;
                }
                // A quote is open: the text goes on in the next line.
                None => match lines.next() {
                    Some(more) => {
                        rest.push('\n');
                        rest.push_str(more);
                        ends.clear();
                    }
                    None => return Err(Fault::Unfinished),
                },
            }
        }
        let mut documents = ends.iter().map(|(end, dash)| {
            let mut document = String::new();
            loop {
                let Some(line) = lines.next() else { return Err(Fault::Unfinished) };
                let line = if *dash { line.trim_start_matches('\t') } else { line };
                if line == end {
                    return Ok(document);
                }
                document.push_str(line);
                document.push('\n');
            }
        });
        for token in here {
            tokens.push(match token {
                Token::Sign("<<") => match documents.next() {
                    Some(document) => Token::Here(document?),
                    None => continue,
                },
                token => token,
            });
        }
        if !matches!(tokens.last(), None | Some(Token::Sign(_))) {
            tokens.push(Token::Sign(";"));
        }
    }
    if tokens.last() == Some(&Token::Sign(";")) {
        tokens.pop();
    }
    Ok(tokens)
}

/// The tokens of a line; here-documents leave the words that end them in `ends`. None where a quote is open.
fn line_tokens(line: &str, ends: &mut Vec<(String, bool)>) -> Option<Vec<Token>> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        // At the end of a line it joins the next one.
        if let Some(next) = rest.strip_prefix("\\\n") {
            rest = next;
            continue;
        }
        if first == '#' {
            break;
        }
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            rest = rest.get(sign.len()..).unwrap_or_default();
            match *sign {
                "<<" => {
                    let dash = rest.starts_with('-');
                    rest = rest.trim_start_matches('-').trim_start();
                    let (end, after) = word(rest)?;
                    ends.push((end, dash));
                    rest = after;
                    tokens.push(Token::Sign("<<"));
                }
                "<<<" => {
                    let (text, after) = word(rest.trim_start())?;
                    rest = after;
                    tokens.push(Token::Here(text + "\n"));
                }
                "<" => {
                    let (file, after) = word(rest.trim_start())?;
                    rest = after;
                    // Reading from a file is what `cat FILE |` does; commands that read take the name as well.
                    tokens.push(Token::Word(file));
                }
                sign => tokens.push(Token::Sign(sign)),
            }
            continue;
        }
        let (text, after) = word(rest)?;
        rest = after;
        tokens.push(Token::Word(text));
    }
    Some(tokens)
}

/// The word that a text begins with, unquoted, and what follows it. None where a quote is open.
fn word(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut chars = text.char_indices();
    while let Some((at, next)) = chars.next() {
        match next {
            '\'' => loop {
                match chars.next()? {
                    (_, '\'') => break,
                    (_, inside) => word.push(inside),
                }
            },
            '"' => loop {
                match chars.next()? {
                    (_, '"') => break,
                    (_, '\\') => match chars.next()? {
                        (_, escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                        (_, '\n') => {}
                        (_, other) => word.extend(['\\', other]),
                    },
                    (_, inside) => word.push(inside),
                }
            },
            // At the end of a line it joins the next one.
            '\\' => match chars.next()? {
                (_, '\n') => {}
                (_, escaped) => word.push(escaped),
            },
            _ if next.is_whitespace()
                || "|;<>".contains(next)
                || text.get(at..).is_some_and(|rest| rest.starts_with("&&")) =>
            {
                return Some((word, text.get(at..).unwrap_or_default()));
            }
            other => word.push(other),
        }
    }
    Some((word, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<Vec<String>>> {
        let pipelines = parse(text).unwrap();
        pipelines.into_iter().map(|it| it.commands.into_iter().map(|command| command.words).collect()).collect()
    }

    #[test]
    fn lines_are_split_as_a_shell_splits_them() {
        assert_eq!(
            words("k get po | grep web; ls && clear # bye"),
            [vec![vec!["k", "get", "po"], vec!["grep", "web"]], vec![vec!["ls"]], vec![vec!["clear"]]]
        );
        assert_eq!(words("a 'b c' \"d\\\"e\" f\\ g\n\nh"), [vec![vec!["a", "b c", "d\"e", "f g"]], vec![vec!["h"]]]);
        assert_eq!(words("k run x \\\n  --image=y"), [vec![vec!["k", "run", "x", "--image=y"]]]);
        assert_eq!(words("k get po -o jsonpath='{range .items[*]}{.a}{\"\\n\"}{end}'").len(), 1);
    }

    #[test]
    fn here_documents_and_files_are_bound() {
        let parsed = parse("k apply -f - <<EOF\nkind: Pod\n  a: b\nEOF\nls > out.txt").unwrap();
        assert_eq!(parsed[0].commands[0].input.as_deref(), Some("kind: Pod\n  a: b\n"));
        assert_eq!(parsed[1].commands[0].output, Some(("out.txt".to_owned(), false)));
        assert_eq!(parse("cat <<< 'x y'").unwrap()[0].commands[0].input.as_deref(), Some("x y\n"));
    }

    #[test]
    fn what_is_open_needs_more_and_what_is_wrong_is_told() {
        for text in ["a 'b", "k apply -f - <<EOF\nkind: Pod", "a |", "a &&"] {
            assert_eq!(parse(text), Err(Fault::Unfinished), "{text}");
        }
        assert_eq!(parse("| a"), Err(Fault::Unexpected("|".to_owned())));
        assert_eq!(parse("a ; ; b"), Err(Fault::Unexpected(";".to_owned())));
        assert_eq!(parse(""), Ok(Vec::new()));
    }
}
