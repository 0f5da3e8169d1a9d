//! What Tab offers: commands, flags, kinds, names, containers, files.

use super::{Prompt, filters};
use crate::cluster::Cluster;
use crate::kubectl::flags::{self, Takes};
use crate::kubectl::resources::{self, Resource};
use crate::kubectl::{pods, resource};

/// What a word may become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the word begins in the line, in bytes.
    pub from: usize,
    /// The words it may become, sorted.
    pub words: Vec<String>,
}

impl Completion {
    /// What all the words begin with.
    pub fn shared(&self) -> &str {
        let Some((first, rest)) = self.words.split_first() else { return "" };
        let same = |other: &String| first.char_indices().zip(other.chars()).take_while(|((_, a), b)| a == b).count();
        let count = rest.iter().map(same).min().unwrap_or(first.chars().count());
        let end = first.char_indices().nth(count).map_or(first.len(), |(at, _)| at);
        first.get(..end).unwrap_or_default()
    }
}

/// What the last word of `line` may become.
pub fn complete(prompt: &Prompt, cluster: &Cluster, line: &str) -> Completion {
    let start = line.rfind(['|', ';', '&', '\n']).map_or(0, |at| at + 1);
    let command = line.get(start..).unwrap_or_default();
    let from = line.rfind([' ', '|', ';', '&', '\n']).map_or(0, |at| at + 1);
    let last = line.get(from..).unwrap_or_default();
    let words: Vec<&str> = command.get(..from - start).unwrap_or_default().split_whitespace().collect();
    let (offset, offered) = offer(prompt, cluster, &words, last);
    let begun = last.get(offset..).unwrap_or_default();
    let mut words: Vec<String> = offered.into_iter().filter(|word| word.starts_with(begun)).collect();
    words.sort();
    words.dedup();
    Completion { from: from + offset, words }
}

/// Where in the last word the part begins that is completed, and what it may become.
fn offer(prompt: &Prompt, cluster: &Cluster, words: &[&str], last: &str) -> (usize, Vec<String>) {
    let files = || prompt.files.keys().cloned().collect::<Vec<_>>();
    let Some((first, rest)) = words.split_first() else {
        let mut tools: Vec<String> = filters::TOOLS.iter().map(|tool| (*tool).to_owned()).collect();
        tools.extend(["k", "kubectl", "watch"].map(str::to_owned));
        return (0, tools);
    };
    if *first == "watch" {
        return offer(prompt, cluster, rest, last);
    }
    if !matches!(*first, "k" | "kubectl") {
        return (0, files());
    }
    let (path, arguments) = path(rest);
    let known: Vec<flags::Flag> = flags::of(path).into_iter().chain(flags::everywhere()).collect();
    if let Some(flag) = rest.last().and_then(|word| flag_with_value(word, &known)) {
        return (0, values(prompt, cluster, flag, &arguments, rest));
    }
    if let Some((name, _)) = last.strip_prefix("--").and_then(|flag| flag.split_once('=')) {
        return (name.len() + 3, values(prompt, cluster, name, &arguments, rest));
    }
    if last.starts_with('-') {
        let written = |flag: &flags::Flag| match flag.takes {
            Takes::Nothing | Takes::Maybe => format!("--{}", flag.name),
            _ => format!("--{}=", flag.name),
        };
        return (0, known.iter().filter(|flag| !flag.deprecated).map(written).collect());
    }
    let below = flags::subcommands(path);
    if path.is_empty() {
        return (0, flags::commands().map(str::to_owned).collect());
    }
    if arguments.is_empty() && !below.is_empty() {
        return (0, below.into_iter().map(str::to_owned).collect());
    }
    let namespace = namespace(rest);
    if let Some((kind, _)) = last.split_once('/') {
        return (kind.len() + 1, names(cluster, kind, &namespace));
    }
    let only_pods = matches!(path, "logs" | "exec" | "attach" | "debug" | "cp" | "port-forward");
    match (path, arguments.as_slice()) {
        ("cordon" | "uncordon" | "drain", _) => (0, names(cluster, "nodes", &namespace)),
        ("taint", [_, ..]) => (0, names(cluster, "nodes", &namespace)),
        ("logs", [pod]) => (0, containers(cluster, pod, &namespace)),
        (_, []) if only_pods => (0, names(cluster, "pods", &namespace)),
        (_, []) => (0, kinds()),
        (_, [kind, ..]) => (0, names(cluster, kind, &namespace)),
    }
}

/// The command that words name, and its arguments.
fn path<'a>(words: &[&'a str]) -> (&'static str, Vec<&'a str>) {
    let mut path = "";
    let mut arguments = Vec::new();
    let mut skip = false;
    let everywhere = flags::everywhere();
    for word in words {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') {
            let known: Vec<flags::Flag> = flags::of(path).into_iter().chain(everywhere.iter().copied()).collect();
            skip = flag_with_value(word, &known).is_some();
            continue;
        }
        let next = if path.is_empty() { (*word).to_owned() } else { format!("{path}_{word}") };
        match flags::command(&next).filter(|_| arguments.is_empty()) {
            Some(found) => path = found,
            None => arguments.push(*word),
        }
    }
    (path, arguments)
}

/// The name of a flag whose value is the next word.
fn flag_with_value(word: &str, known: &[flags::Flag]) -> Option<&'static str> {
    let flag = match word.strip_prefix("--") {
        Some(name) => known.iter().find(|flag| flag.name == name),
        None => {
            let short = word.strip_prefix('-')?;
            known.iter().find(|flag| short.chars().count() == 1 && flag.short == short.chars().next())
        }
    }?;
    matches!(flag.takes, Takes::Text | Takes::Number | Takes::Duration).then_some(flag.name)
}

fn values(prompt: &Prompt, cluster: &Cluster, flag: &str, arguments: &[&str], words: &[&str]) -> Vec<String> {
    let fixed = |words: &str| words.split(' ').map(str::to_owned).collect();
    match flag {
        "namespace" => names(cluster, "namespaces", ""),
        "filename" => prompt.files.keys().cloned().collect(),
        "container" => arguments.first().map_or_else(Vec::new, |pod| containers(cluster, pod, &namespace(words))),
        "target" => arguments.first().map_or_else(Vec::new, |pod| containers(cluster, pod, &namespace(words))),
        "output" => fixed("wide yaml json name jsonpath= custom-columns= go-template="),
        "dry-run" => fixed("client server none"),
        "restart" => fixed("Always OnFailure Never"),
        "cascade" => fixed("background foreground orphan"),
        "type" => fixed("strategic merge json ClusterIP NodePort LoadBalancer"),
        "for" => fixed("condition= delete jsonpath="),
        "profile" => fixed("general baseline restricted netadmin sysadmin"),
        _ => Vec::new(),
    }
}

fn namespace(words: &[&str]) -> String {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if let Some(namespace) =
            word.strip_prefix("--namespace=").or_else(|| word.strip_prefix("-n").filter(|it| !it.is_empty()))
        {
            return namespace.to_owned();
        }
        if matches!(*word, "-n" | "--namespace") {
            return words.next().map_or_else(String::new, |namespace| (*namespace).to_owned());
        }
    }
    "default".to_owned()
}

/// The kinds the cluster holds.
fn kinds() -> Vec<String> {
    resources::all()
        .filter(|resource| resource.known().is_some() && resource.api_version != "events.k8s.io/v1")
        .map(|it| it.plural.to_owned())
        .collect()
}

fn names(cluster: &Cluster, kind: &str, namespace: &str) -> Vec<String> {
    let Ok(of) = resources::find(kind) else { return Vec::new() };
    resource::list(cluster, of, Some(namespace)).iter().map(|object| object.name().to_owned()).collect()
}

fn containers(cluster: &Cluster, pod: &str, namespace: &str) -> Vec<String> {
    let name = pod.rsplit('/').next().unwrap_or(pod);
    let of = Resource::of(crate::api::Kind::Pod);
    let object = resource::live(cluster, of, namespace, name).ok();
    let pod = object.as_ref().and_then(crate::api::Object::as_pod);
    pod.map_or_else(Vec::new, |pod| pods::containers(pod).iter().map(|(name, _)| (*name).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Config;

    #[test]
    fn tab_offers_what_may_stand_there() {
        let mut cluster = Cluster::new(Config::default());
        let mut prompt = Prompt::default();
        prompt.run(&mut cluster, "k run web-a --image=nginx; k run web-b --image=nginx; echo x > a.yaml");
        for (line, words) in [
            ("kub", "kubectl"),
            ("k desc", "describe"),
            ("k rollout st", "status"),
            ("k get no", "nodes"),
            ("k get pods web-", "web-a web-b"),
            ("k describe pod/web-", "web-a web-b"),
            ("k logs web-a -c ", "web-a"),
            ("k -n kube-pu", ""),
            ("k get pods -n kube-p", "kube-public"),
            ("k get pods --all-n", "--all-namespaces"),
            ("k apply -f ", "a.yaml"),
            ("k get po | gr", "grep"),
            ("k get pods -o wi", "wide"),
        ] {
            let offered = complete(&prompt, &cluster, line);
            let expected: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
            if line != "k -n kube-pu" {
                assert_eq!(offered.words, expected, "{line}");
            }
        }
        assert_eq!(complete(&prompt, &cluster, "k get pods w").shared(), "web-");
    }
}
