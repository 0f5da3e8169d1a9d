//! `--help` and the list of commands, in words of our own over kubectl's flags.

use super::Output;
use super::flags::{self, Takes};

/// Each command and what it is for.
const ABOUT: &str = "\
create Make an object from a file or from flags
expose Put a Service in front of a workload or a Pod
run Start a Pod from an image
set Change one thing of an object
explain Tell the fields of a kind
get List objects, or print one
edit Change an object in the editor
delete Take objects away
rollout Look after the rollout of a workload
scale Say how many Pods a workload keeps
autoscale Let a workload scale by its load
cluster-info Tell where the cluster is
top Tell what nodes and Pods use
cordon Keep new Pods off a node
uncordon Let new Pods onto a node again
drain Empty a node
taint Change the taints of nodes
describe Tell all there is to know of an object
logs Print what a container wrote
attach Follow what a container writes
exec Run a command in a container
port-forward Forward local ports to a Pod
cp Copy files into and out of containers
auth Ask what is allowed
debug Look into a Pod or a node with another container
events List what was said of objects
diff Show what apply would change
apply Make the cluster agree with a file
patch Change fields of an object
replace Put an object in the place of another
wait Wait for something to become true
label Change labels
annotate Change annotations
api-resources List the kinds the server has
api-versions List the versions the server has
config Look at the configuration and change it
version Tell the versions
options List the flags of every command";

/// The list of commands.
pub(super) fn commands() -> Output {
    let mut text = "kubectl, as a client of the simulated cluster.\n\nCommands:\n".to_owned();
    for line in ABOUT.lines() {
        let (name, about) = line.split_once(' ').unwrap_or((line, ""));
        text.push_str(&format!("  {name:<15} {about}\n"));
    }
    text.push_str("\nUsage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n");
    Output::text(text)
}

/// What `kubectl COMMAND --help` prints.
pub(super) fn of(path: &str) -> Output {
    let spoken = flags::spoken(path);
    let about = ABOUT.lines().find_map(|line| line.strip_prefix(path)?.strip_prefix(' '));
    let mut text = format!("{}.\n", about.unwrap_or("A command of kubectl"));
    let below = flags::subcommands(path);
    if !below.is_empty() {
        text.push_str("\nAvailable Commands:\n");
        below.iter().for_each(|name| text.push_str(&format!("  {name}\n")));
    }
    let mut listed = flags::of(path);
    if !listed.is_empty() {
        text.push_str("\nOptions:\n");
        listed.sort_by_key(|flag| flag.name);
        listed.iter().for_each(|flag| option(&mut text, flag));
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
