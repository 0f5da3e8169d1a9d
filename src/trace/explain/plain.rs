//! What messages of a cluster mean, in plain words. The message itself follows, for whoever looks it up.

use k8s_openapi::api::core::v1::PodSpec;

use crate::api::{Kind, Object, Pod, quantity, resources};
use crate::cluster::Time;
use crate::trace::{Fill, Phrase, Run};

/// The message itself.
pub(super) fn said(message: impl Into<String>) -> Phrase {
    Phrase::new("why-cluster-says").with("message", message)
}

/// Why no node takes the Pod: the reasons that the scheduler counts, each with what it is about
/// (`0/3 nodes are available: 1 Too many pods, 2 Insufficient cpu. …`).
pub(super) fn unschedulable(message: &str, pod: &Pod, run: &Run, at: Time) -> Vec<Phrase> {
    let reasons = message.split_once("available: ").map_or(message, |(_, reasons)| reasons);
    let reasons = reasons.split_once(". ").map_or(reasons, |(reasons, _)| reasons).trim_end_matches('.');
    let mut phrases = vec![Phrase::new("why-unschedulable")];
    for reason in reasons.split(", ") {
        let reason = reason.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        if let Some(resource) = reason.strip_prefix("Insufficient ") {
            phrases.push(lacks(resource, &pod.spec, run, at));
            continue;
        }
        let known = REASONS.iter().find(|(words, _)| reason.starts_with(words));
        phrases.extend(known.map(|(_, id)| Phrase::new(id)));
    }
    phrases.push(said(message));
    phrases
}

/// The reasons of the scheduler's filters (kubernetes: pkg/scheduler/framework/plugins), and what says them plainly.
const REASONS: [(&str, &str); 11] = [
    ("Too many pods", "why-nodes-full"),
    ("node(s) didn't match Pod's node affinity", "why-nodes-unlike"),
    ("node(s) didn't satisfy plugin(s) [NodeAffinity]", "why-nodes-unlike"),
    ("node(s) were unschedulable", "why-nodes-cordoned"),
    ("node(s) had untolerated taint", "why-nodes-tainted"),
    ("node(s) didn't have free ports", "why-nodes-port-taken"),
    ("node(s) didn't match pod affinity", "why-nodes-lack-friends"),
    ("node(s) didn't match pod anti-affinity", "why-nodes-have-foes"),
    ("node(s) didn't satisfy existing pods anti-affinity", "why-nodes-have-foes"),
    ("node(s) didn't match pod topology spread", "why-nodes-uneven"),
    ("pod has unbound immediate PersistentVolumeClaims", "why-claim-unbound"),
];

/// That the nodes have not enough of `resource` left, with what the Pod asks for and what the largest node has in all.
fn lacks(resource: &str, spec: &PodSpec, run: &Run, at: Time) -> Phrase {
    let requests = resources::pod_requests(spec);
    let wanted = requests.get(resource).copied().unwrap_or_default();
    let all = run.objects_at(Kind::Node, at).filter_map(|(key, object)| match object {
        Object::Node(node) => {
            let allocatable = node.status.as_ref()?.allocatable.as_ref()?;
            Some((quantity::of(allocatable.get(resource)?), key.name.clone()))
        }
        _ => None,
    });
    let (most, node) = all.max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1))).unwrap_or_default();
    let id = if wanted > most { "why-nodes-too-small" } else { "why-nodes-lack" };
    let phrase = Phrase::new(id).with("resource", resource).with_fill("wanted", amount(resource, wanted));
    phrase.with_fill("most", amount(resource, most)).with("node", &*node)
}

/// An amount as people read it: memory in the largest unit that leaves no long number, else whole units with at most one
/// decimal (`2`, `0.5`), and less than that as it is (`0.025`).
fn amount(resource: &str, quantity: quantity::Quantity) -> Fill {
    if matches!(resource, "memory" | "ephemeral-storage") {
        return Fill::Bytes(u64::try_from(quantity.value()).unwrap_or_default());
    }
    let value = quantity.milli_value() as f64 / 1000.0;
    let rounded = (value * 10.0).round() / 10.0;
    Fill::Text(if rounded == 0.0 && value > 0.0 { value.to_string() } else { rounded.to_string() })
}

/// Why the image of a container is not there.
pub(super) fn pull(message: &str, image: &str) -> Phrase {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let id = match () {
        () if has(&["InvalidImageName", "invalid reference format", "parse image name"]) => "why-image-invalid",
        () if has(&["unauthorized", "denied", "403", "401"]) => "why-image-denied",
        () if has(&["not found", "NotFound"]) => "why-image-missing",
        () if has(&["Never"]) => "why-image-never",
        () => "why-image-unreachable",
    };
    Phrase::new(id).with("image", image)
}

/// What the failure of a probe means, where its message tells.
pub(super) fn probe(message: &str) -> Option<Phrase> {
    if let Some((address, _)) = message.split_once(": connect: connection refused") {
        let port = address.rsplit(':').next().unwrap_or_default();
        return Some(Phrase::new("why-nobody-listens").with("port", port));
    }
    if let Some((_, code)) = message.split_once("statuscode: ") {
        return Some(Phrase::new("why-answers-badly").with("code", code.trim()));
    }
    let slow = ["deadline exceeded", "timed out", "i/o timeout"].iter().any(|words| message.contains(words));
    slow.then(|| Phrase::new("why-answers-late"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_in_plain_words() {
        let id = |phrase: Option<Phrase>| phrase.map(|phrase| (phrase.id, phrase.args));
        let refused = "Get \"http://10.244.0.5:8081/\": dial tcp 10.244.0.5:8081: connect: connection refused";
        assert_eq!(id(probe(refused)).unwrap(), ("why-nobody-listens", vec![("port", Fill::Text("8081".into()))]));
        let code = "HTTP probe failed with statuscode: 503";
        assert_eq!(id(probe(code)).unwrap(), ("why-answers-badly", vec![("code", Fill::Text("503".into()))]));
        assert_eq!(probe("cat: can't open '/tmp/healthy'"), None);
        assert_eq!(pull("docker.io/library/app:x: not found", "app:x").id, "why-image-missing");
    }

    #[test]
    fn amounts_are_short() {
        let told = |resource: &str, text: &str| amount(resource, quantity::Quantity::parse(text).unwrap());
        let cpu = ["64", "250m", "25m"].map(|text| told("cpu", text));
        assert_eq!(cpu, ["64", "0.3", "0.025"].map(|text| Fill::Text(text.to_owned())));
        assert_eq!(told("memory", "1536Mi"), Fill::Bytes(1536 << 20));
    }
}
