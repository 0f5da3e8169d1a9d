//! Programs that ask for names: `nslookup` of busybox (networking/nslookup.c, and as it was until 1.28) and of BIND
//! (bin/dig/nslookup.c), `dig` (bin/dig/dig.c), `host`, `getent`.

use std::net::Ipv4Addr;
use std::rc::Rc;

use super::{Begun, Kind};
use crate::cluster::network::{Answered, Record, Search, reversed};
use crate::cluster::runtime::program::machine::{Cx, Io, Reply, Request, Setup, Step};
use crate::cluster::runtime::program::tools::{Options, civil_text};

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Names {
    program: Program,
    /// The type of records that is asked for.
    kind: &'static str,
    /// What stood on the command line.
    line: Rc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    /// nslookup of busybox since 1.29.
    Busybox,
    /// nslookup of busybox until 1.28.
    Old,
    /// nslookup of BIND.
    Bind,
    Dig,
    Host,
    Getent,
}

/// The types of records that are known by name.
const KINDS: [&str; 9] = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"];

fn kind_of(text: &str) -> Option<&'static str> {
    KINDS.into_iter().find(|kind| kind.eq_ignore_ascii_case(text))
}

/// Which nslookup a container has.
fn nslookup(setup: &Setup) -> Program {
    let image = setup.image.map_or("busybox", |image| image.name);
    let mut version = setup.tag.split(['.', '-']).map(|part| part.parse::<u32>().ok());
    match (image, version.next().flatten(), version.next().flatten()) {
        ("busybox", Some(1), Some(..29)) => Program::Old,
        // Where dig is, nslookup is of the same house.
        _ if setup.image.is_some_and(|image| image.tools().any(|tool| tool == "dig")) => Program::Bind,
        _ => Program::Busybox,
    }
}

pub(super) fn begin(base: &str, arguments: &[Rc<str>], setup: &Setup) -> Begun {
    let program = match base {
        "nslookup" => nslookup(setup),
        "dig" => Program::Dig,
        "host" => Program::Host,
        _ => Program::Getent,
    };
    let line = arguments.join(" ").into();
    if program == Program::Getent {
        let options = Options::of(arguments, "");
        let name: Rc<str> = (*options.rest.last()?).into();
        let names = Names { program, kind: "A", line };
        return Some((Kind::Names(names), name.clone(), Request::Resolve { name }, None));
    }
    let (mut kind, mut plain, mut reverse) = (None, Vec::new(), false);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match &**word {
            "-t" => kind = words.next().and_then(|word| kind_of(word)),
            "-x" => reverse = true,
            word if word.starts_with('-') => kind = word.split_once('=').and_then(|(_, it)| kind_of(it)).or(kind),
            word if word.starts_with(['+', '@']) => {}
            word if program == Program::Dig && kind_of(word).is_some() => kind = kind_of(word),
            "IN" | "in" if program == Program::Dig => {}
            word => plain.push(word),
        }
    }
    let name = *plain.first()?;
    let searches = line_has(&line, "+search");
    let search = match program {
        // A server that is named is asked for nothing but the name (busybox: parse_resolvconf).
        Program::Busybox if plain.len() < 2 => Search::Each,
        Program::Dig if !searches => Search::Exact,
        Program::Busybox => Search::Exact,
        _ => Search::First,
    };
    let address = name.parse::<Ipv4Addr>().is_ok() && (reverse || program != Program::Dig);
    let (name, kinds, search) = match (program, kind) {
        (Program::Old, _) => (name.to_owned(), vec!["A", "PTR"], search),
        _ if address => (reversed(name), vec!["PTR"], Search::Exact),
        (_, Some(kind)) => (name.to_owned(), vec![kind], search),
        (Program::Busybox, None) => (name.to_owned(), vec!["A", "AAAA"], search),
        _ => (name.to_owned(), vec!["A"], search),
    };
    let names = Names { program, kind: kinds.first().copied().unwrap_or("A"), line };
    let target = if program == Program::Old { name.clone() } else { name.trim_end_matches('.').to_owned() };
    let request = Request::Records { name: name.into(), kinds: kinds.into(), search };
    Some((Kind::Names(names), target.into(), request, None))
}

fn line_has(line: &str, word: &str) -> bool {
    line.split(' ').any(|it| it == word)
}

impl Names {
    pub fn hear(&self, reply: Reply, target: &str, io: &mut Io, cx: &mut Cx) -> Step {
        let file = cx.files(io.user).read("/etc/resolv.conf").map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let file = file.unwrap_or_default();
        let server = file.lines().find_map(|line| line.strip_prefix("nameserver ")).unwrap_or("10.96.0.10").trim();
        let all = match reply {
            Reply::Records(all) => all,
            Reply::Addresses { name, addresses } => {
                let text: String = addresses.iter().map(|address| format!("{address:15} {name}\n")).collect();
                io.write(cx, 1, text.as_bytes());
                return Step::Exit(0);
            }
            _ if self.program == Program::Getent => return Step::Exit(2),
            Reply::TimedOut => return self.unheard(server, target, io, cx),
            _ => vec![Answered { name: target.into(), kind: self.kind, records: None, own: true }],
        };
        let first = all.first().and_then(|it| it.records.as_deref());
        let (text, code) = match self.program {
            Program::Old => return old(server, target, &all, io, cx),
            Program::Dig => (self.dig(server, &all, cx), 0),
            Program::Host => (host(target, first), i32::from(first.is_none())),
            Program::Getent => (String::new(), 2),
            Program::Busybox | Program::Bind => {
                let mark = if self.program == Program::Bind { '#' } else { ':' };
                let mut text = format!("Server:\t\t{server}\nAddress:\t{server}{mark}53\n\n");
                for answered in &all {
                    self.nslookup(answered, &mut text);
                }
                (text, i32::from(all.iter().any(|it| it.records.is_none())))
            }
        };
        io.write(cx, 1, text.as_bytes());
        Step::Exit(code)
    }

    /// What nslookup prints of one answer.
    fn nslookup(&self, answered: &Answered, text: &mut String) {
        // BIND writes names of others as they stand in the answer.
        let dot = if self.program == Program::Bind { "." } else { "" };
        match &answered.records {
            None => text.push_str(&format!("** server can't find {}: NXDOMAIN\n", answered.name)),
            Some(records) => {
                if !answered.own {
                    text.push_str("Non-authoritative answer:\n");
                }
                for Record { owner, kind, data } in records {
                    text.push_str(&match *kind {
                        "CNAME" => format!("{owner}\tcanonical name = {data}{dot}\n"),
                        "PTR" => format!("{owner}\tname = {data}{dot}\n"),
                        "SRV" => format!("{owner}\tservice = {data}{dot}\n"),
                        _ => format!("Name:\t{owner}\nAddress: {data}\n"),
                    });
                }
                if self.program == Program::Bind && records.is_empty() {
                    text.push_str(&format!("*** Can't find {}: No answer\n", answered.name));
                }
            }
        }
        text.push('\n');
    }

    /// No server answers.
    fn unheard(&self, server: &str, target: &str, io: &mut Io, cx: &mut Cx) -> Step {
        let (text, code) = match self.program {
            Program::Old => return old(server, target, &[], io, cx),
            Program::Busybox => (";; connection timed out; no servers could be reached\n".to_owned(), 1),
            program => {
                let line = format!(";; communications error to {server}#53: timed out\n");
                (line.repeat(3) + ";; no servers could be reached\n", if program == Program::Dig { 9 } else { 1 })
            }
        };
        io.complain(cx, &text);
        Step::Exit(code)
    }

    /// The whole answer, as dig prints it.
    fn dig(&self, server: &str, all: &[Answered], cx: &Cx) -> String {
        let Some(answered) = all.first() else { return String::new() };
        let records = answered.records.as_deref().unwrap_or_default();
        let full = |data: &str, kind: &str| format!("{data}{}", if kind == "A" { "" } else { "." });
        if line_has(&self.line, "+short") {
            return records.iter().map(|it| full(&it.data, it.kind) + "\n").collect();
        }
        let row = |it: &Record| {
            let (owner, data) = (format!("{}.", it.owner), full(&it.data, it.kind));
            columns(&[(0, &owner), (24, "30"), (32, "IN"), (40, it.kind), (48, &data)])
        };
        let answer: String = records.iter().map(row).collect();
        if line_has(&self.line, "+noall") {
            return if line_has(&self.line, "+answer") { answer } else { String::new() };
        }
        let own = answered.own;
        let status = if answered.records.is_some() { "NOERROR" } else { "NXDOMAIN" };
        let id = cx.now().as_micros().wrapping_mul(40_503);
        let authority = u8::from(own && records.is_empty());
        let mut text = format!(
            "\n; <<>> DiG 9.20.10 <<>> {}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: \
             {status}, id: {}\n;; flags: qr {}; QUERY: 1, ANSWER: {}, AUTHORITY: {authority}, ADDITIONAL: 1\n",
            self.line,
            id % 65_536,
            if own { "aa rd" } else { "rd ra" },
            records.len()
        );
        if own {
            text.push_str(";; WARNING: recursion requested but not available\n");
        }
        let name = format!("{}.", answered.name);
        text.push_str(&format!(
            "\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n; COOKIE: {id:016x} (echoed)\n;; QUESTION \
             SECTION:\n;{}",
            columns(&[(0, &name), (32, "IN"), (40, answered.kind)])
        ));
        if !answer.is_empty() {
            text.push_str(&format!("\n;; ANSWER SECTION:\n{answer}"));
        }
        // Header, question, the option with its cookie; names are written out.
        let mut size = 12 + answered.name.len() + 6 + 23;
        size += records
            .iter()
            .map(|it| it.owner.len() + 12 + if it.kind == "A" { 4 } else { it.data.len() + 2 })
            .sum::<usize>();
        if authority > 0 {
            let epoch = cx.kernel.setup.epoch;
            let data = format!("ns.dns.cluster.local. hostmaster.cluster.local. {epoch} 7200 1800 86400 30");
            let row = columns(&[(0, "cluster.local."), (24, "30"), (32, "IN"), (40, "SOA"), (48, &data)]);
            text.push_str(&format!("\n;; AUTHORITY SECTION:\n{row}"));
            size += 93;
        }
        let time = civil_text("%a %b %d %H:%M:%S UTC %Y", cx.kernel.setup.epoch, cx.now());
        text + &format!(
            "\n;; Query time: 2 msec\n;; SERVER: {server}#53({server}) (UDP)\n;; WHEN: {time}\n;; MSG SIZE  rcvd: {size}\n\n"
        )
    }
}

/// What nslookup of busybox printed until 1.28; the addresses of a name with the names that they have.
fn old(server: &str, target: &str, all: &[Answered], io: &mut Io, cx: &mut Cx) -> Step {
    let own = if server == "10.96.0.10" { " kube-dns.kube-system.svc.cluster.local" } else { "" };
    let mut text = format!("Server:    {server}\nAddress 1: {server}{own}\n\n");
    let addresses: Vec<Rc<str>> = all.iter().filter(|it| it.kind == "A").flat_map(Answered::addresses).collect();
    if addresses.is_empty() {
        io.write(cx, 1, text.as_bytes());
        io.complain(cx, &format!("nslookup: can't resolve '{target}'"));
        return Step::Exit(1);
    }
    text.push_str(&format!("Name:      {target}\n"));
    let named = |address: &str| {
        let reverse = reversed(address);
        let found = all.iter().find(|it| it.kind == "PTR" && *it.name == *reverse)?;
        Some(format!(" {}", found.records.as_ref()?.first()?.data))
    };
    for (number, address) in addresses.iter().enumerate() {
        let name = named(address).unwrap_or_default();
        text.push_str(&format!("Address {}: {address}{name}\n", number + 1));
    }
    io.write(cx, 1, text.as_bytes());
    Step::Exit(0)
}

/// What host prints.
fn host(target: &str, records: Option<&[Record]>) -> String {
    let Some(records) = records else { return format!("Host {target} not found: 3(NXDOMAIN)\n") };
    let line = |Record { owner, kind, data }: &Record| match *kind {
        "CNAME" => format!("{owner} is an alias for {data}.\n"),
        "PTR" => format!("{owner} domain name pointer {data}.\n"),
        "SRV" => format!("{owner} has SRV record {data}.\n"),
        _ => format!("{owner} has address {data}\n"),
    };
    records.iter().map(line).collect()
}

/// A line of cells that begin in columns, with tabs between them where there is room (bind9: lib/dns/masterdump.c
/// indent).
fn columns(cells: &[(usize, &str)]) -> String {
    let (mut text, mut at) = (String::new(), 0);
    for (start, cell) in cells {
        if at > 0 {
            let to = (*start).max(at + 1);
            let tabs = to / 8 - at / 8;
            text.push_str(&"\t".repeat(tabs));
            text.push_str(&" ".repeat(to - if tabs > 0 { to / 8 * 8 } else { at }));
            at = to;
        }
        text.push_str(cell);
        at += cell.len();
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_dig() {
        assert_eq!(columns(&[(0, "example.com."), (32, "IN"), (40, "A")]), "example.com.\t\t\tIN\tA\n");
        let name = "kubernetes.default.svc.cluster.local.";
        assert_eq!(columns(&[(0, name), (32, "IN"), (40, "A")]), format!("{name} IN A\n"));
        let row = [(0, name), (24, "5"), (32, "IN"), (40, "A"), (48, "10.96.0.1")];
        assert_eq!(columns(&row), format!("{name} 5\tIN A\t10.96.0.1\n"));
    }
}
