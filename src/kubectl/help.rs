//! `--help` and the list of commands, in words of our own over kubectl's flags.

use super::Output;
use super::flags::{self, Takes};

/// Each command: its words, what it is for, and an example.
const ABOUT: &str = include_str!("about.txt");

/// What the command of these words is for, and an example.
fn about(words: &str) -> Option<(&'static str, &'static str)> {
    ABOUT.lines().find_map(|line| line.strip_prefix(words)?.strip_prefix('|')?.split_once('|'))
}

/// Appends lines of commands and what they are for.
fn list<'a>(text: &mut String, commands: impl Iterator<Item = (&'a str, &'a str)> + Clone) {
    let width = commands.clone().map(|(name, _)| name.len()).max().unwrap_or_default();
    commands.for_each(|(name, about)| text.push_str(&format!("  {name:<width$}   {about}\n")));
}

/// The list of commands.
pub(super) fn commands() -> Output {
    let mut text = "kubectl, as a client of the simulated cluster.\n\nCommands:\n".to_owned();
    let lines = ABOUT.lines().filter_map(|line| line.split_once('|'));
    let plain = lines.filter(|(name, _)| !name.contains(' '));
    list(&mut text, plain.filter_map(|(name, rest)| Some((name, rest.split_once('|')?.0))));
    text.push_str("\nUsage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n");
    Output::text(text)
}

/// What `kubectl help COMMAND` prints; what is no command is told beside the list of them.
pub(super) fn about_topic(words: &[&str]) -> Output {
    let topic: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let Some((first, rest)) = topic.split_first() else { return commands() };
    let Some(path) = flags::command(first) else {
        let asked: Vec<String> = topic.iter().map(|word| format!("`{word}`")).collect();
        return Output::remark(format!("Unknown help topic [{}]\n{}", asked.join(" "), commands().stdout));
    };
    let deepest = rest.iter().try_fold(path, |path, word| flags::command(&format!("{path}_{word}")).ok_or(path));
    of(deepest.unwrap_or_else(|path| path))
}

/// What `kubectl COMMAND --help` prints.
pub(super) fn of(path: &str) -> Output {
    let spoken = flags::spoken(path);
    let (purpose, example) = about(&spoken).unwrap_or_default();
    let mut text = format!("{purpose}.\n\nExamples:\n  kubectl {example}\n");
    let below = flags::subcommands(path);
    if !below.is_empty() {
        text.push_str("\nAvailable Commands:\n");
        let purpose = |name: &str| about(&format!("{spoken} {name}")).unwrap_or_default().0;
        list(&mut text, below.iter().map(|name| (*name, purpose(name))));
    }
    let mut listed = flags::of(path);
    if !listed.is_empty() {
        text.push_str("\nOptions:\n");
        listed.sort_by_key(|flag| flag.name);
        listed.iter().filter(|flag| !flag.deprecated).for_each(|flag| option(&mut text, flag));
    }
    text.push_str(&format!(
        "\nUsage:\n  kubectl {spoken} [flags] [options]\n\nUse \"kubectl options\" for a list of global command-line \
         options (applies to all commands).\n"
    ));
    Output::text(text)
}

/// The flags of every command.
pub(super) fn options() -> Output {
    let mut text = "The following options can be passed to any command:\n\n".to_owned();
    flags::everywhere().iter().filter(|flag| flag.name != "help").for_each(|flag| option(&mut text, flag));
    Output::text(text)
}

fn option(text: &mut String, flag: &flags::Flag) {
    let value = match flag.takes {
        Takes::Nothing => "false",
        Takes::Number => "0",
        Takes::Duration => "0s",
        Takes::Text | Takes::Maybe => "''",
    };
    text.push_str(&format!("    {}={value}:\n", flag.shown()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_says_what_it_is_for_and_shows_how() {
        let mut paths: Vec<String> = flags::commands().map(str::to_owned).collect();
        while let Some(path) = paths.pop() {
            let words = flags::spoken(&path);
            let (purpose, example) = about(&words).unwrap_or_default();
            assert!(!purpose.is_empty() && example.starts_with(&*words), "{words}");
            paths.extend(flags::subcommands(&path).into_iter().map(|below| format!("{path}_{below}")));
        }
    }

    #[test]
    fn examples_are_commands_with_their_own_flags() {
        for line in ABOUT.lines() {
            let mut cluster = crate::cluster::Cluster::new(crate::cluster::Config::default());
            let example = line.rsplit('|').next().unwrap();
            let said = crate::kubectl::run(&mut cluster, &format!("kubectl {example}")).stderr;
            let wrong = ["unknown", "unrecognized", "required", "must be", "must specify", "invalid"];
            assert!(!wrong.iter().any(|word| said.contains(word)), "{example}: {said}");
        }
    }
}
