//! The blocks of a capture: a command and what it printed.

/// One command and what it printed.
pub struct Block {
    pub command: String,
    pub stdout: String,
    pub stderr: String,
    pub exit: i32,
}

/// The blocks of a capture: `$ command`, standard output, `[stderr]`, standard error, `[exit N]`.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in format!("\n{text}").split("\n$ ").skip(1) {
        let (command, rest) = part.split_once('\n').unwrap_or((part, ""));
        let Some((body, exit)) = rest.rsplit_once("[exit ") else { continue };
        let (stdout, stderr) = match body.split_once("[stderr]\n") {
            Some((stdout, stderr)) => (stdout, stderr),
            None => (body, ""),
        };
        let mut command = command.to_owned();
        if let Some(rest) = command.strip_prefix("timeout ") {
            command = rest.split_once(' ').unwrap().1.to_owned();
        }
        let exit = exit.split(']').next().unwrap().parse().unwrap();
        blocks.push(Block { command, stdout: stdout.to_owned(), stderr: stderr.to_owned(), exit });
    }
    blocks
}

impl Block {
    /// The command, and what its output goes through.
    pub fn split_pipe(&self) -> (&str, Option<&str>) {
        match self.command.split_once(" | ") {
            Some((command, pipe)) => (command, Some(pipe)),
            None => (&self.command, None),
        }
    }

    /// The output after `head`, `head -N` or the ranges of `sed -n`.
    pub fn piped(&self, stdout: &str, pipe: Option<&str>) -> String {
        let Some(pipe) = pipe else { return stdout.to_owned() };
        let lines = || stdout.split_inclusive('\n');
        if let Some(count) = pipe.strip_prefix("head") {
            let count = count.trim().trim_start_matches('-').parse().unwrap_or(10);
            return lines().take(count).collect();
        }
        let script = pipe.trim_start_matches("sed -n ").trim_matches('\'').trim_end_matches('p');
        let (from, to) = script.split_once(',').unwrap();
        if let (Ok(from), Ok(to)) = (from.parse::<usize>(), to.parse::<usize>()) {
            return lines().skip(from - 1).take(to + 1 - from).collect();
        }
        let begins = |line: &str, pattern: &str| line.starts_with(pattern.trim_matches('/').trim_start_matches('^'));
        let rest: Vec<&str> = lines().skip_while(|line| !begins(line, from)).collect();
        let end = if to == "$" {
            rest.len()
        } else {
            rest.iter().position(|line| begins(line, to)).map_or(rest.len(), |at| at + 1)
        };
        rest[..end].concat()
    }

    /// A text without what is drawn by lot: the five letters of a generated name, the digits of a temporary folder, and when
    /// a file in one was written.
    pub fn undrawn(&self, text: &str) -> String {
        let drawn = |word: &str| {
            let (head, tail) = word.rsplit_once('-')?;
            let bare = tail.get(..5)?;
            let ends = tail.get(5..)?.chars().all(|c| matches!(c, '.' | ':'));
            let is_lot = ends && bare.chars().all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c));
            is_lot.then(|| format!("{head}-*{}", &tail[5..]))
        };
        let makes = ["container name to", "debugging pod", " created"].iter().any(|sign| self.stdout.contains(sign));
        if makes && (self.command.contains(" debug ") || self.command.contains("genname")) {
            let line = |line: &str| {
                let words = line.split(' ').map(|word| drawn(word).unwrap_or_else(|| word.to_owned()));
                words.collect::<Vec<_>>().join(" ") + "\n"
            };
            return text.lines().map(line).collect();
        }
        if !self.command.contains("kubectl diff") {
            return text.to_owned();
        }
        let folder = |line: &str| {
            let words =
                line.split(' ').map(|word| match ["/LIVE-", "/MERGED-"].iter().find(|name| word.contains(**name)) {
                    Some(name) => {
                        format!("{name}{}", word.rsplit('/').next().unwrap_or_default().split('\t').next().unwrap())
                    }
                    None => word.to_owned(),
                });
            let words: Vec<String> = words.collect();
            if line.starts_with("--- ") || line.starts_with("+++ ") { words[..2].join(" ") } else { words.join(" ") }
        };
        text.lines().map(|line| folder(line) + "\n").collect()
    }

    /// Whether the output depends on the moment, and would be the same but for ages.
    pub fn differs_in_ages(&self, told: &str) -> bool {
        self.has_ages() && without_ages(&self.stdout) == without_ages(told)
    }

    /// Whether the output has ages in it, and so depends on the moment.
    fn has_ages(&self) -> bool {
        self.stdout.split_whitespace().any(is_age)
    }
}

fn is_age(word: &str) -> bool {
    let word = word.trim_end_matches(')').trim_start_matches('(');
    let counted =
        word.ends_with(['s', 'm', 'h', 'd']) && word.starts_with(|c: char| c.is_ascii_digit()) && word.len() < 8;
    counted || word == "<invalid>"
}

/// The words of a text, ages and the rules under heads left out.
fn without_ages(text: &str) -> Vec<&str> {
    text.split_whitespace().filter(|word| !is_age(word) && !word.trim_matches('-').is_empty()).collect()
}
