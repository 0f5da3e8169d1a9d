//! The commands of kubectl and the flags each of them takes.
//!
//! `flags.txt` has a line for each: its path with `_` between the words, then its flags. A flag is `name`, or
//! `x/name` where it has a short form; what follows says what it takes: `!` nothing, `=` a text, `#` a whole number,
//! `@` a duration, `?` a text that may be left out. `*` marks the ones that must be given,
//! `-` those that are on their way out and listed no more. `%x` stands for a group.

use std::borrow::Cow;

const TABLE: &str = include_str!("flags.txt");

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing; `--flag=false` turns it off.
    Nothing,
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// A duration.
    Duration,
    /// A text, or nothing.
    Maybe,
}

/// A flag of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag {
    /// Its long name.
    pub name: &'static str,
    /// Its short form.
    pub short: Option<char>,
    /// What it takes.
    pub takes: Takes,
    /// Whether the command cannot do without.
    pub required: bool,
    /// Whether it is on its way out: it is taken, but neither listed nor completed.
    pub deprecated: bool,
}

impl Flag {
    /// As messages name it: `-w, --watch`.
    pub fn shown(&self) -> String {
        self.short.map_or_else(|| format!("--{}", self.name), |short| format!("-{short}, --{}", self.name))
    }
}

/// Commands and their other names.
const ALIASES: &[(&str, &str)] = &[
    ("log", "logs"),
    ("rc", "replicationcontroller"),
    ("create_deploy", "create_deployment"),
    ("create_cm", "create_configmap"),
    ("create_cj", "create_cronjob"),
    ("create_ns", "create_namespace"),
    ("create_pdb", "create_poddisruptionbudget"),
    ("create_pc", "create_priorityclass"),
    ("create_resourcequota", "create_quota"),
    ("create_sa", "create_serviceaccount"),
    ("create_svc", "create_service"),
    ("create_ing", "create_ingress"),
    ("top_pods", "top_pod"),
    ("top_po", "top_pod"),
    ("top_nodes", "top_node"),
    ("top_no", "top_node"),
    ("config_use", "config_use-context"),
    ("set_sa", "set_serviceaccount"),
];

/// The command of this path (`rollout_status`), under its own name.
pub(super) fn command(path: &str) -> Option<&'static str> {
    let path = ALIASES.iter().find(|(alias, _)| *alias == path).map_or(path, |(_, name)| name);
    let lines = TABLE.lines().filter_map(|line| line.split(' ').next());
    lines.filter(|name| !name.starts_with(['-', '%'])).find(|name| *name == path)
}

/// The words that may follow the command of this path.
pub(super) fn subcommands(path: &str) -> Vec<&'static str> {
    let names = TABLE.lines().filter_map(|line| line.split(' ').next());
    names.filter_map(|name| name.strip_prefix(path)?.strip_prefix('_')).filter(|name| !name.contains('_')).collect()
}

/// Every command that is no subcommand.
pub(super) fn commands() -> impl Iterator<Item = &'static str> {
    let names = TABLE.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| !name.contains('_') && !name.starts_with(['-', '%']))
}

/// The flags of a line of the table, groups opened.
pub(super) fn of(path: &str) -> Vec<Flag> {
    let line = TABLE.lines().find(|line| line.split(' ').next() == Some(path)).unwrap_or_default();
    let mut flags = Vec::new();
    for word in line.split(' ').skip(1) {
        if word.starts_with('%') {
            flags.extend(of(word));
        } else if let Some(flag) = flag(word) {
            flags.push(flag);
        }
    }
    flags
}

fn flag(word: &'static str) -> Option<Flag> {
    let (word, deprecated) = word.strip_suffix('-').map_or((word, false), |word| (word, true));
    let (word, required) = word.strip_suffix('*').map_or((word, false), |word| (word, true));
    let (at, mark) = word.char_indices().next_back()?;
    let takes = match mark {
        '!' => Takes::Nothing,
        '=' => Takes::Text,
        '#' => Takes::Number,
        '@' => Takes::Duration,
        _ => Takes::Maybe,
    };
    let word = word.get(..at)?;
    let (short, name) = match word.split_once('/') {
        Some((short, name)) => (short.chars().next(), name),
        None => (None, word),
    };
    Some(Flag { name, short, takes, required, deprecated })
}

/// The flags that every command takes.
pub(super) fn everywhere() -> Vec<Flag> {
    of("-")
}

/// A command's path as a person writes it: `rollout status`.
pub(super) fn spoken(path: &str) -> Cow<'_, str> {
    if path.contains('_') { path.replace('_', " ").into() } else { path.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_opened_and_marks_are_read() {
        let get = of("get");
        let watch = get.iter().find(|flag| flag.name == "watch").unwrap();
        assert_eq!((watch.short, watch.takes, watch.shown().as_str()), (Some('w'), Takes::Nothing, "-w, --watch"));
        assert!(get.iter().any(|flag| flag.name == "filename" && flag.takes == Takes::Text));
        assert!(of("run").iter().any(|flag| flag.name == "image" && flag.required));
        assert_eq!(command("create_svc"), Some("create_service"));
        assert!(subcommands("rollout").contains(&"status"));
        assert!(commands().any(|name| name == "api-resources"));
        assert!(commands().all(|name| name != "-" && !name.contains('_')));
    }
}
