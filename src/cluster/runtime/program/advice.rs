//! What of a container's script the simulation cannot do as written, told before it runs.

use super::images::{self, Image};
use super::shell::{self, Node, Part, Word};
use super::tools;

/// Something in a script that will not go as it would in a cluster, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptAdvice {
    /// Its line in the script, from 1.
    pub line: u32,
    /// What it is.
    pub message: String,
}

/// So much is told of one script.
const MOST: usize = 8;

/// Looks through `command` and `args` of a container, if they are a script of the shell.
pub fn script_advice(image: &str, command: &[String], args: &[String]) -> Vec<ScriptAdvice> {
    let words: Vec<&str> = command.iter().chain(args).map(String::as_str).collect();
    let [program, rest @ ..] = words.as_slice() else { return Vec::new() };
    if !shell::is_shell(program.rsplit('/').next().unwrap_or(program)) {
        return Vec::new();
    }
    let flag = rest.iter().position(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('c'));
    let Some(text) = flag.and_then(|at| rest.get(at + 1)) else { return Vec::new() };
    let mut look = Look { image: images::find(image), functions: Vec::new(), line: 1, found: Vec::new() };
    let node = shell::parse(text);
    look.functions(&node);
    look.node(&node);
    look.found.truncate(MOST);
    look.found
}

struct Look {
    image: Option<Image>,
    functions: Vec<String>,
    /// The line that was seen last.
    line: u32,
    found: Vec<ScriptAdvice>,
}

impl Look {
    fn tell(&mut self, message: String) {
        if !self.found.iter().any(|told| told.message == message) {
            self.found.push(ScriptAdvice { line: self.line, message });
        }
    }

    fn functions(&mut self, node: &Node) {
        if let Node::Function(name, _) = node {
            self.functions.push(name.to_string());
        }
        each(node, &mut |inner| self.functions(inner));
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Simple(simple) => {
                self.line = simple.line;
                for word in simple.words.iter().chain(simple.assignments.iter().map(|(_, word)| word)) {
                    self.word(word);
                }
                let names: Vec<&str> = simple.words.iter().map_while(Word::literal).collect();
                if let Some((name, rest)) = names.split_first() {
                    self.command(name, rest);
                }
            }
            Node::Complain(text) => {
                let text = text.trim_start_matches("sh: ").to_owned();
                self.tell(format!("the shell cannot read this and ends with 2: {text}"));
            }
            _ => each(node, &mut |inner| self.node(inner)),
        }
    }

    /// What is run to make a word.
    fn word(&mut self, word: &Word) {
        for part in &word.0 {
            match part {
                Part::Command(node, _) => self.node(node),
                Part::Parameter(parameter) => self.word(&parameter.word),
                _ => {}
            }
        }
    }

    fn command(&mut self, name: &str, rest: &[&str]) {
        let base = name.rsplit('/').next().unwrap_or(name);
        let own = self.functions.iter().any(|known| known == name);
        if own || shell::is_builtin(name) || name.contains('/') && !tools::is_known(base) {
            return;
        }
        let image = self.image.map_or("", |image| image.name);
        if !tools::has(self.image, base) {
            let what = match self.image {
                Some(_) => format!("`{base}` is not in the image {image}: the shell says \"not found\", exit code 127"),
                None => format!("`{base}` is not simulated: it is taken to succeed after a second"),
            };
            return self.tell(what);
        }
        match base {
            "python" | "python3" if rest.contains(&"http.server") => {}
            // What of such a line is not simulated the program itself says.
            "python" | "python3" | "node" | "perl" | "ruby" | "php"
                if rest.iter().any(|word| word.starts_with('-') && word.ends_with(['c', 'e', 'r'])) => {}
            "python" | "python3" | "node" | "npm" | "perl" | "java" | "ruby" | "php" => {
                self.tell(format!(
                    "programs of `{base}` are not simulated: this one is taken to serve until it is told to stop"
                ));
            }
            "jq" => self.tell("`jq` is not simulated: it copies what it reads".to_owned()),
            "git" if rest.first().is_some_and(|word| *word != "clone") => {
                self.tell("of `git` only `clone` is simulated".to_owned());
            }
            "awk" if rest.iter().any(|word| word.contains("getline")) => {
                self.tell("`getline` of awk is not simulated".to_owned());
            }
            _ => {}
        }
    }
}

/// The commands that stand in a command.
fn each(node: &Node, then: &mut dyn FnMut(&Node)) {
    match node {
        Node::Simple(_) | Node::Complain(_) => {}
        Node::Pipeline(nodes, _) | Node::List(nodes) => nodes.iter().for_each(then),
        Node::AndOr(both, _) => {
            then(&both.0);
            then(&both.1);
        }
        Node::Loop(_, both) => {
            then(&both.0);
            then(&both.1);
        }
        Node::Background(inner) | Node::Redirected(inner, _) | Node::Subshell(inner) | Node::Function(_, inner) => {
            then(inner);
        }
        Node::If(parts) => {
            then(&parts.0);
            then(&parts.1);
            parts.2.iter().for_each(then);
        }
        Node::For(it) => then(&it.body),
        Node::Case(it) => it.arms.iter().for_each(|(_, body)| then(body)),
    }
}

impl Word {
    /// The text, where nothing in it has to be expanded: in quotes or not.
    fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text) | Part::Quoted(text)] => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(image: &str, text: &str) -> Vec<String> {
        let command = ["sh", "-c", text].map(str::to_owned);
        script_advice(image, &command, &[]).into_iter().map(|it| format!("{}: {}", it.line, it.message)).collect()
    }

    #[test]
    fn what_is_not_simulated_is_told_with_its_line() {
        assert_eq!(told("busybox", "f() { ls; }\nf; echo hi | tr a b; until nslookup db; do sleep 1; done"), [""; 0]);
        let found = told("busybox", "echo a\nx=$(curl http://web)\nif true; then\n  curl x\nfi");
        assert_eq!(found, ["2: `curl` is not in the image busybox: the shell says \"not found\", exit code 127"]);
        assert!(told("python", "cd /app && python main.py")[0].contains("programs of `python`"));
        assert!(told("example.com/app", "my-tool run")[0].contains("taken to succeed"));
        assert!(told("busybox", "if true; then echo").iter().any(|line| line.contains("cannot read")));
    }
}
