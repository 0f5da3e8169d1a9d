//! The tools of the prompt beside kubectl: what stands behind a pipe, and a few that read files.

use super::super::Output;
use crate::cluster::run_tool;

fn failure(text: impl Into<String>, code: i32) -> Output {
    Output { stderr: text.into() + "\n", exit_code: code, ..Output::default() }
}

/// The names of the tools.
pub(super) const TOOLS: [&str; 15] =
    ["awk", "cat", "clear", "cut", "echo", "grep", "head", "help", "history", "ls", "sed", "sort", "tail", "tr", "wc"];

/// Those that are run as they are in a container.
pub(super) const BORROWED: [&str; 14] =
    ["awk", "base64", "basename", "diff", "dirname", "expr", "nl", "paste", "printf", "rev", "sed", "seq", "tee", "tr"];

/// What comes of `text` when it goes through a tool; nothing where there is no such tool.
pub(super) fn over_text(words: &[String], text: &str) -> String {
    match words.first() {
        Some(name) if BORROWED.contains(&name.as_str()) => run_tool(words, text, &[]).stdout,
        _ => run(words, Some(text), &|_| None).unwrap_or_default().stdout,
    }
}

/// Runs a tool over `input`, what came through the pipe; `read` gives a file. None where there is no such tool.
pub(super) fn run(words: &[String], input: Option<&str>, read: &dyn Fn(&str) -> Option<String>) -> Option<Output> {
    let (name, arguments) = words.split_first()?;
    let flags: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|word| word.starts_with('-') && *word != "-").collect();
    let output = match name.as_str() {
        "echo" => {
            let newline = if arguments.first().is_some_and(|word| word == "-n") { "" } else { "\n" };
            let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "-n").collect();
            Output::text(words.join(" ") + newline)
        }
        "grep" | "egrep" => grep(arguments, &flags, input, read),
        "cat" | "head" | "tail" | "wc" | "sort" | "cut" | "uniq" => {
            let counted = matches!(name.as_str(), "head" | "tail");
            let mut plain = Vec::new();
            let mut skip = false;
            for word in arguments {
                if skip {
                    skip = false;
                } else if matches!(word.as_str(), "-n" | "-k" | "-f" | "-d" | "-c")
                    && (counted || name == "cut" || name == "sort" && word == "-k")
                {
                    skip = true;
                } else if !word.starts_with('-') || word == "-" {
                    plain.push(word.as_str());
                }
            }
            match text(name, &plain, input, read) {
                Err(output) => output,
                Ok(text) => Output::text(over(name, arguments, &flags, &text)),
            }
        }
        _ => return None,
    };
    Some(output)
}

/// What a tool reads: the files it names, or what came through the pipe.
fn text(
    name: &str,
    files: &[&str],
    input: Option<&str>,
    read: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Output> {
    if files.is_empty() || files == ["-"] {
        return Ok(input.unwrap_or_default().to_owned());
    }
    let mut text = String::new();
    for file in files {
        match read(file) {
            Some(found) => text.push_str(&found),
            None => return Err(failure(format!("{name}: {file}: No such file or directory"), 1)),
        }
    }
    Ok(text)
}

/// The value of a flag of one letter: `-n 5`, `-n5`.
fn value<'a>(arguments: &'a [String], flag: &str) -> Option<&'a str> {
    let at = arguments.iter().position(|word| word.starts_with(flag))?;
    let word = arguments.get(at)?;
    match word.strip_prefix(flag) {
        Some("") => arguments.get(at + 1).map(String::as_str),
        rest => rest,
    }
}

fn over(name: &str, arguments: &[String], flags: &[&str], text: &str) -> String {
    let lines = || text.lines();
    let all = |lines: Vec<&str>| lines.into_iter().map(|line| format!("{line}\n")).collect::<String>();
    let on = |letter: char| flags.iter().any(|flag| !flag.starts_with("--") && flag.contains(letter));
    match name {
        "head" | "tail" => {
            let count = value(arguments, "-n").map(str::to_owned);
            let dashed = flags.iter().find_map(|flag| flag.trim_start_matches('-').parse::<usize>().ok());
            let from_start = count.as_deref().is_some_and(|count| count.starts_with('+'));
            let number =
                count.and_then(|count| count.trim_start_matches('+').parse().ok()).or(dashed).unwrap_or(10_usize);
            let lines: Vec<&str> = lines().collect();
            let from = match (name, from_start) {
                ("head", _) => 0,
                (_, true) => number.saturating_sub(1),
                _ => lines.len().saturating_sub(number),
            };
            let to = if name == "head" { number } else { lines.len() };
            all(lines.into_iter().take(to).skip(from).collect())
        }
        "wc" => {
            let counts = [text.matches('\n').count(), text.split_whitespace().count(), text.len()];
            let wanted = [on('l'), on('w'), on('c')];
            let none = wanted.iter().all(|wanted| !wanted);
            let shown: Vec<String> = counts
                .iter()
                .zip(wanted)
                .filter(|(_, wanted)| *wanted || none)
                .map(|(count, _)| count.to_string())
                .collect();
            shown.join(" ") + "\n"
        }
        "sort" => {
            let mut lines: Vec<&str> = lines().collect();
            let key: usize = value(arguments, "-k").and_then(|key| key.split(',').next()?.parse().ok()).unwrap_or(0);
            let field = |line: &str| match key {
                0 => line.to_owned(),
                key => line.split_whitespace().nth(key - 1).unwrap_or_default().to_owned(),
            };
            let number = |line: &str| {
                field(line).trim().trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<f64>().unwrap_or(0.0)
            };
            match on('n') {
                true => lines.sort_by(|a, b| number(a).total_cmp(&number(b)).then_with(|| a.cmp(b))),
                false => lines.sort_by_key(|line| field(line)),
            }
            if on('r') {
                lines.reverse();
            }
            if on('u') {
                lines.dedup();
            }
            all(lines)
        }
        "uniq" => {
            let mut lines: Vec<&str> = lines().collect();
            lines.dedup();
            all(lines)
        }
        "cut" => {
            let between = value(arguments, "-d").unwrap_or("\t");
            let fields: Vec<usize> =
                value(arguments, "-f").unwrap_or("1").split(',').filter_map(|field| field.parse().ok()).collect();
            let cut = |line: &str| {
                let parts: Vec<&str> = line.split(between).collect();
                let chosen: Vec<&str> =
                    fields.iter().filter_map(|field| parts.get(field.checked_sub(1)?).copied()).collect();
                chosen.join(between)
            };
            lines().map(|line| cut(line) + "\n").collect()
        }
        _ => text.to_owned(),
    }
}

fn grep(arguments: &[String], flags: &[&str], input: Option<&str>, read: &dyn Fn(&str) -> Option<String>) -> Output {
    let on = |letter: char| flags.iter().any(|flag| !flag.starts_with("--") && flag.contains(letter));
    let context = |flag: &str| value(arguments, flag).and_then(|count| count.parse::<usize>().ok());
    let mut plain = Vec::new();
    let mut skip = false;
    for word in arguments {
        if skip {
            skip = false;
        } else if matches!(word.as_str(), "-A" | "-B" | "-C") {
            skip = true;
        } else if word == "-e" || !word.starts_with('-') {
            plain.extend((word != "-e").then_some(word.as_str()));
        }
    }
    let Some((pattern, files)) = plain.split_first() else {
        return failure("usage: grep [-ivcnoEF] [-A N] [-B N] PATTERN [FILE]", 2);
    };
    let text = match text("grep", files, input, read) {
        Ok(text) => text,
        Err(output) => return Output { exit_code: 2, ..output },
    };
    let folded = |text: &str| if on('i') { text.to_lowercase() } else { text.to_owned() };
    let pattern = folded(pattern);
    let extended = on('E') || arguments.iter().any(|word| word == "-E");
    let found = |line: &str| {
        let line = folded(line);
        let hit = match on('F') {
            true => line.contains(&pattern),
            false => alternatives(&pattern, extended).iter().any(|pattern| matches(pattern, &line)),
        };
        hit != on('v')
    };
    let lines: Vec<&str> = text.lines().collect();
    let hits: Vec<usize> = lines.iter().enumerate().filter(|(_, line)| found(line)).map(|(at, _)| at).collect();
    let exit_code = i32::from(hits.is_empty());
    if on('c') {
        return Output { exit_code, ..Output::text(format!("{}\n", hits.len())) };
    }
    if on('q') {
        return Output { exit_code, ..Output::default() };
    }
    let around = context("-C").unwrap_or(0);
    let (before, after) = (context("-B").unwrap_or(around), context("-A").unwrap_or(around));
    let shown = |at: usize| hits.iter().any(|hit| at + before >= *hit && at <= hit + after);
    let numbered = |at: usize, line: &str| if on('n') { format!("{}:{line}\n", at + 1) } else { format!("{line}\n") };
    let stdout = lines.iter().enumerate().filter(|(at, _)| shown(*at)).map(|(at, line)| numbered(at, line));
    Output { exit_code, ..Output::text(stdout.collect::<String>()) }
}

/// The parts of a pattern between `|` (or `\|` where it is a basic one).
fn alternatives(pattern: &str, extended: bool) -> Vec<String> {
    let sign = if extended { "|" } else { "\\|" };
    pattern.split(sign).map(|part| part.trim_start_matches('(').trim_end_matches(')').to_owned()).collect()
}

/// Whether a regular expression of the small kind (`^`, `$`, `.`, `*`, `+`, `?`, `[a-z]`, `\x`) is found in `text`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let mut budget = 200_000;
    if pattern.first() == Some(&'^') {
        return here(pattern.get(1..).unwrap_or_default(), &text, &mut budget);
    }
    (0..=text.len()).any(|from| here(&pattern, text.get(from..).unwrap_or_default(), &mut budget))
}

/// One thing that a pattern begins with: how long it is, and whether it takes a letter.
fn unit(pattern: &[char]) -> (usize, impl Fn(char) -> bool + use<>) {
    let first = pattern.first().copied().unwrap_or_default();
    let mut set: Vec<char> = Vec::new();
    let mut length = 1;
    let mut not = false;
    match first {
        '\\' => {
            length = 2;
            set.extend(pattern.get(1));
        }
        '[' => {
            let end = pattern.iter().skip(2).position(|c| *c == ']').map_or(pattern.len(), |at| at + 2);
            let mut inner = pattern.get(1..end).unwrap_or_default().to_vec();
            not = inner.first() == Some(&'^');
            if not {
                inner.remove(0);
            }
            let mut chars = inner.iter().copied().peekable();
            while let Some(c) = chars.next() {
                if chars.peek() == Some(&'-') && inner.last() != Some(&'-') {
                    chars.next();
                    let to = chars.next().unwrap_or(c);
                    set.extend((c..=to).take(1_000));
                } else {
                    set.push(c);
                }
            }
            length = (end + 1).min(pattern.len());
        }
        _ => set.push(first),
    }
    let any = first == '.';
    (length, move |c: char| any || set.contains(&c) != not)
}

fn here(pattern: &[char], text: &[char], budget: &mut u32) -> bool {
    *budget = budget.saturating_sub(1);
    if pattern.is_empty() {
        return true;
    }
    if *budget == 0 {
        return false;
    }
    if pattern == ['$'] {
        return text.is_empty();
    }
    let (length, takes) = unit(pattern);
    let rest = pattern.get(length..).unwrap_or_default();
    let (least, most) = match rest.first() {
        Some('*') => (0, usize::MAX),
        Some('+') => (1, usize::MAX),
        Some('?') => (0, 1),
        _ => (1, 1),
    };
    let rest = if (least, most) == (1, 1) { rest } else { rest.get(1..).unwrap_or_default() };
    let longest = text.iter().take_while(|c| takes(**c)).count().min(most);
    (least..=longest).rev().any(|count| here(rest, text.get(count..).unwrap_or_default(), budget))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(line: &str, input: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        run(&words, Some(input), &|_| None).unwrap().stdout
    }

    #[test]
    fn tools_work_on_lines() {
        let input = "NAME READY\nweb-1 1/1\nweb-2 0/1\ndb 1/1\n";
        assert_eq!(ran("grep web", input), "web-1 1/1\nweb-2 0/1\n");
        assert_eq!(ran("grep -v web", input), "NAME READY\ndb 1/1\n");
        assert_eq!(ran("grep -c ^web-[0-9]", input), "2\n");
        assert_eq!(ran("grep -E db|NAME", input), "NAME READY\ndb 1/1\n");
        assert_eq!(ran("grep -i -A 1 name", input), "NAME READY\nweb-1 1/1\n");
        assert_eq!(ran("head -n 1", input), "NAME READY\n");
        assert_eq!(ran("head -2", input), "NAME READY\nweb-1 1/1\n");
        assert_eq!(ran("tail -n +2", input), "web-1 1/1\nweb-2 0/1\ndb 1/1\n");
        assert_eq!(ran("wc -l", input), "4\n");
        assert_eq!(ran("sort -r -k 2", input), "NAME READY\ndb 1/1\nweb-1 1/1\nweb-2 0/1\n");
        assert!(run(&["nope".to_owned()], None, &|_| None).is_none());
    }

    #[test]
    fn small_expressions_are_found() {
        for (pattern, text, found) in [
            ("a.c", "xabcx", true),
            ("^b", "abc", false),
            ("c$", "abc", true),
            ("ab*c", "ac", true),
            ("[^a]c", "ac", false),
            ("a\\.b", "axb", false),
            ("Runn+ing", "Running", true),
        ] {
            assert_eq!(matches(pattern, text), found, "{pattern} in {text}");
        }
    }
}
