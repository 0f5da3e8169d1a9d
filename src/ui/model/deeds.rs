//! What has to be known to tell in words what a person did, beside the act itself.

use crate::cluster::Action;
use crate::kubectl::Shell;
use crate::trace::Act;

/// How many characters of a command are told.
const MOST: usize = 60;

/// A command that was run in a container as the person typed it, in so many characters as there is room for.
pub fn command(words: &[String]) -> String {
    let typed = Shell::typed(words).map_or_else(|| words.join(" "), str::to_owned);
    match typed.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", typed.get(..end).unwrap_or_default()),
        None => typed,
    }
}

/// Whether the act at `place` ended a container because the person left the shell that was its program.
pub fn leaves_shell(acts: &[Act], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|before| acts.get(before));
    let Some((before, act)) = before.zip(acts.get(place)) else { return false };
    match (&*before.action, &*act.action) {
        (
            Action::Exec { pod, container, command, .. },
            Action::KillContainer { pod: of, container: ended, exit_code: _ },
        ) => {
            let exits = Shell::typed(command).is_some_and(|line| line.contains("exit"));
            exits && before.at == act.at && pod == of && container == ended
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Config, Time};
    use crate::kubectl::Client;
    use crate::trace::Run;

    #[test]
    fn lines_of_a_shell_are_told_as_they_were_typed() {
        let mut run = Run::new(Config::default());
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut client = Client { interactive: true, ..Client::default() };
        let begin = "run a --image=busybox -it --restart=Never -- sh";
        let mut shell =
            run.with_cluster(Time::ZERO, |cluster| client.run(cluster, &words(begin), &|_| None).shell.unwrap());
        run.with_cluster(Time::from_secs_f64(10.0), |cluster| {
            shell.enter(cluster, "X=1");
            shell.enter(cluster, "echo $X");
            shell.enter(cluster, "exit");
        });
        let told = |act: &Act| match &*act.action {
            Action::Exec { command: words, .. } => command(words),
            other => other.verb().to_owned(),
        };
        assert_eq!(run.acts().iter().map(told).collect::<Vec<_>>(), ["create", "X=1", "echo $X", "exit", "kill"]);
        let left: Vec<usize> = (0..run.acts().len()).filter(|place| leaves_shell(run.acts(), *place)).collect();
        assert_eq!(left, [4]);
        assert_eq!(command(&words("ls -l /tmp")), "ls -l /tmp");
        assert_eq!(command(&["é".repeat(80)]).chars().count(), MOST + 1);
    }
}
