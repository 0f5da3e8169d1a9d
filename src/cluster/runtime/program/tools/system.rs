//! Programs that tell of the system: `date`, `hostname`, `id`, `ps`, `uname`, …; and small ones that only print.

use super::super::machine::{Cx, Io, signal};
use super::super::shell::{printf, test};
use super::clock::{self, civil_text};
use super::{Launch, Options, files, kill, locate};

/// Runs `base`, if it is one of them: its exit code.
pub(super) fn run(base: &str, launch: &Launch, io: &mut Io, cx: &mut Cx) -> Option<i32> {
    let arguments = launch.words.get(1..).unwrap_or_default();
    let first = arguments.first().map_or("", |word| word);
    let setup = cx.kernel.setup.clone();
    let mut status = 0;
    let text = match base {
        "true" | "sync" | "clear" | "stty" | "logger" | "sysctl" | "ifconfig" => String::new(),
        "false" => {
            status = 1;
            String::new()
        }
        "echo" => {
            io.write(cx, 1, &printf::echo(arguments));
            return Some(0);
        }
        "printf" => {
            let (out, errors) = printf::printf(arguments);
            io.write(cx, 1, &out);
            for error in &errors {
                io.complain(cx, &format!("printf: {error}"));
            }
            return Some(i32::from(!errors.is_empty()));
        }
        "test" | "[" => match test::command(base, arguments, io, cx) {
            Ok(found) => return Some(i32::from(!found)),
            Err(text) => {
                io.complain(cx, &format!("{base}: {text}"));
                return Some(2);
            }
        },
        "pwd" => format!("{}\n", io.folder),
        "date" => match clock::date(arguments, setup.epoch, cx.now()) {
            Ok(text) => text + "\n",
            Err(error) => {
                io.complain(cx, &format!("date: {error}"));
                status = 1;
                String::new()
            }
        },
        "hostname" => match arguments.first().and_then(|option| option.strip_prefix('-')) {
            None => format!("{}\n", setup.hostname),
            Some(asked) => named(asked, &setup.hostname, io, cx),
        },
        "whoami" => match io.user {
            0 => "root\n".to_owned(),
            user => {
                io.complain(cx, &format!("whoami: unknown uid {user}"));
                status = 1;
                String::new()
            }
        },
        "id" | "groups" => {
            let group = setup.groups.first().copied().unwrap_or(0);
            let mut all = setup.groups.clone();
            // The kernel keeps them sorted; GNU's id puts its own first.
            let kept = usize::from(setup.image.is_some_and(|image| image.tools().next() == Some("debian")));
            all.get_mut(kept..).unwrap_or_default().sort_unstable();
            all.dedup();
            let numbers = Options::of(arguments, "");
            let name = |id: u32| if id == 0 { format!("{id}(root)") } else { id.to_string() };
            match () {
                () if numbers.has('u') && numbers.has('n') => format!("{}\n", files::owner(io.user, false)),
                () if numbers.has('u') => format!("{}\n", io.user),
                () if numbers.has('g') => format!("{group}\n"),
                () if numbers.has('G') || base == "groups" => {
                    let all: Vec<String> = setup.groups.iter().map(u32::to_string).collect();
                    format!("{}\n", if all.is_empty() { "0".to_owned() } else { all.join(" ") })
                }
                () => {
                    let groups: Vec<String> = all.iter().map(|id| name(*id)).collect();
                    let groups = if groups.is_empty() { name(group) } else { groups.join(",") };
                    format!("uid={} gid={} groups={groups}\n", name(io.user), name(group))
                }
            }
        }
        "tty" => {
            status = 1;
            "not a tty\n".to_owned()
        }
        "nproc" => "2\n".to_owned(),
        "arch" => "x86_64\n".to_owned(),
        "uptime" => civil_text(" %H:%M:%S up 0 min,  load average: 0.00, 0.00, 0.00\n", setup.epoch, cx.now()),
        "free" => {
            "              total        used        free\nMem:        8388608      524288     7864320\n".to_owned()
        }
        "uname" => {
            let options = Options::of(arguments, "");
            match () {
                () if options.has('a') => format!("Linux {} 6.1.0 #1 SMP x86_64 GNU/Linux\n", setup.hostname),
                () if options.has('n') => format!("{}\n", setup.hostname),
                () if options.has('r') => "6.1.0\n".to_owned(),
                () if options.has('m') => "x86_64\n".to_owned(),
                () => "Linux\n".to_owned(),
            }
        }
        "printenv" => {
            let mut text = String::new();
            for (name, variable) in launch.environment.iter().filter(|(_, variable)| variable.exported) {
                let Some(value) = variable.value.as_deref() else { continue };
                if arguments.is_empty() {
                    text.push_str(&format!("{name}={value}\n"));
                }
            }
            for name in arguments {
                match launch.environment.get(name).filter(|variable| variable.exported).and_then(|v| v.value.as_deref())
                {
                    Some(value) => text.push_str(&format!("{value}\n")),
                    None => status = 1,
                }
            }
            text
        }
        "basename" => {
            let options = Options::of(arguments, "s");
            let path = options.rest.first().copied().unwrap_or_default();
            let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let name = if name.is_empty() && path.starts_with('/') { "/" } else { name };
            let suffix = options.value('s').or(options.rest.get(1).copied()).unwrap_or_default();
            let cut = name.strip_suffix(suffix).filter(|cut| !cut.is_empty()).unwrap_or(name);
            format!("{cut}\n")
        }
        "dirname" => {
            let path = first.trim_end_matches('/');
            match path.rsplit_once('/') {
                Some((folder, _)) => {
                    let folder = folder.trim_end_matches('/');
                    format!("{}\n", if folder.is_empty() { "/" } else { folder })
                }
                None if path.is_empty() && first.starts_with('/') => "/\n".to_owned(),
                None => ".\n".to_owned(),
            }
        }
        "which" => {
            let mut text = String::new();
            for word in arguments.iter().filter(|word| !word.starts_with('-')) {
                match locate(word, io, cx) {
                    Some(path) => text.push_str(&format!("{path}\n")),
                    None => status = 1,
                }
            }
            text
        }
        "ps" => {
            let mut text = "PID   USER     TIME  COMMAND\n".to_owned();
            for (pid, _, command, user) in cx.kernel.list() {
                text.push_str(&format!("{pid:5} {:<8} 0:00 {command}\n", files::owner(user, false)));
            }
            text
        }
        "pidof" | "pgrep" => {
            let options = Options::of(arguments, "");
            let name = options.rest.first().copied().unwrap_or_default();
            let found: Vec<String> = matching(name, options.has('f'), io, cx).iter().map(u32::to_string).collect();
            status = i32::from(found.is_empty());
            match found.is_empty() {
                true => String::new(),
                false => found.join(if base == "pidof" { " " } else { "\n" }) + "\n",
            }
        }
        "kill" | "killall" | "pkill" => {
            let mut number = signal::TERM;
            let mut targets = Vec::new();
            for word in arguments {
                match word.strip_prefix('-').and_then(signal::number) {
                    Some(named) => number = named,
                    None if word.starts_with('-') => {}
                    None => targets.push(word.clone()),
                }
            }
            let whole = arguments.iter().any(|word| &**word == "-f");
            for target in targets {
                let pids = match base {
                    "kill" => target.parse().into_iter().collect(),
                    _ => matching(&target, whole, io, cx),
                };
                let mut killed = false;
                for pid in pids {
                    killed |= kill(&pid.to_string(), Some(pid), number, io, cx);
                }
                if !killed {
                    if base != "pkill" {
                        io.complain(cx, &format!("{base}: {target}: no process killed"));
                    }
                    status = 1;
                }
            }
            String::new()
        }
        "netstat" => "Active Internet connections (only servers)\n".to_owned(),
        "ip" => "1: lo: <LOOPBACK,UP>\n2: eth0: <BROADCAST,MULTICAST,UP>\n".to_owned(),
        "expr" => {
            let words: Vec<&str> = arguments.iter().map(|word| &**word).collect();
            match super::filter::expr(&words) {
                Ok(value) => {
                    status = i32::from(value.is_empty() || value == "0");
                    value + "\n"
                }
                Err(error) => {
                    io.complain(cx, &format!("expr: {error}"));
                    return Some(2);
                }
            }
        }
        _ => return None,
    };
    io.write(cx, 1, text.as_bytes());
    Some(status)
}

/// What `hostname` says with an option, by the container's hosts file: `-f` the whole name, `-i` the address, `-d` the
/// domain, `-s` the name up to the first dot.
fn named(option: &str, hostname: &str, io: &Io, cx: &mut Cx) -> String {
    let hosts = cx.files(io.user).read("/etc/hosts").unwrap_or_default();
    let hosts = String::from_utf8_lossy(&hosts).into_owned();
    let mut lines = hosts.lines().map(|line| line.split_whitespace().collect::<Vec<&str>>());
    let line = lines.find(|line| line.iter().skip(1).any(|name| *name == hostname)).unwrap_or_default();
    let whole = line.get(1).copied().unwrap_or(hostname);
    match option {
        "f" | "-fqdn" | "-long" => format!("{whole}\n"),
        "i" | "-ip-address" => format!("{}\n", line.first().copied().unwrap_or_default()),
        "I" | "-all-ip-addresses" => format!("{} \n", line.first().copied().unwrap_or_default()),
        "d" => whole.split_once('.').map_or_else(String::new, |(_, domain)| format!("{domain}\n")),
        "s" => format!("{}\n", hostname.split('.').next().unwrap_or_default()),
        _ => format!("{hostname}\n"),
    }
}

/// The processes whose program (or whole command) has this name.
fn matching(name: &str, whole: bool, io: &Io, cx: &Cx) -> Vec<u32> {
    let fits = |command: &str| {
        let program = command.split(' ').next().unwrap_or_default();
        let program = program.rsplit('/').next().unwrap_or(program);
        if whole { command.contains(name) } else { program == name }
    };
    cx.kernel.list().filter(|(pid, _, command, _)| *pid != io.pid && fits(command)).map(|(pid, ..)| pid).collect()
}
