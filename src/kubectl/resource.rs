//! Which objects a command line names.

use super::Failure;
use super::args::Args;
use crate::api::{Kind, Object, labels};
use crate::cluster::{Cluster, ObjectKey};

/// The kind that a word names: `pods`, `pod`, `po`, `deployments.apps`, in any case.
pub(super) fn kind(word: &str) -> Result<Kind, Failure> {
    let word = word.to_lowercase();
    let (name, group) = word.split_once('.').unwrap_or((&word, ""));
    let names = |kind: &Kind| {
        name == kind.plural() || name == kind.name().to_lowercase() || (name == kind.short() && !name.is_empty())
    };
    let found = Kind::ALL.iter().copied().find(|kind| names(kind) && (group.is_empty() || group == kind.group()));
    found.ok_or_else(|| Failure::usage(format!("the server doesn't have a resource type \"{word}\"")))
}

/// `pod/web` or `deployment.apps/web`: how messages name an object.
pub(super) fn label(key: &ObjectKey) -> String {
    format!("{}/{}", kind_name(key.kind), key.name)
}

/// `pod` or `deployment.apps`.
pub(super) fn kind_name(kind: Kind) -> String {
    let name = kind.name().to_lowercase();
    if kind.group().is_empty() { name } else { format!("{name}.{}", kind.group()) }
}

/// The objects that `words` name (`pod a b`, `pod/a deploy/b`), with the words that are left: the first that holds
/// `=` or ends in `-` after a name ends the names, as for `label` and `set image`.
pub(super) fn keys(cluster: &Cluster, args: &Args, words: &[String]) -> Result<(Vec<ObjectKey>, Vec<String>), Failure> {
    let setting = |word: &&String| word.contains('=') || word.ends_with('-');
    let names: Vec<&String> = words.iter().take_while(|word| !setting(word)).collect();
    let rest = words.get(names.len()..).unwrap_or_default().to_vec();
    let namespace = args.namespace();
    let Some(first) = names.first() else {
        return Err(Failure::usage("You must provide one or more resources by argument or filename."));
    };
    if first.contains('/') {
        let mut keys = Vec::new();
        for name in names {
            let Some((of, name)) = name.split_once('/') else {
                return Err(Failure::usage(
                    "there is no need to specify a resource type as a separate argument when passing arguments in \
                     resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
                     resource/<resource_name>'",
                ));
            };
            keys.push(ObjectKey::new(kind(of)?, namespace, name));
        }
        return Ok((keys, rest));
    }
    let kind = kind(first)?;
    let named: Vec<ObjectKey> = names.iter().skip(1).map(|name| ObjectKey::new(kind, namespace, name)).collect();
    if !named.is_empty() {
        return Ok((named, rest));
    }
    let selector = args.get("selector").map(labels::parse).transpose().map_err(|error| Failure::usage(error.0))?;
    if selector.is_none() && !args.on("all") {
        return Err(Failure::usage("resource(s) were provided, but no name was specified"));
    }
    let selected =
        |object: &Object| selector.is_none() || labels::matches(selector.as_ref(), object.metadata().labels.as_ref());
    let listed = cluster.store().list(kind);
    let here = listed.filter(|(key, object)| (!kind.namespaced() || &*key.namespace == namespace) && selected(object));
    Ok((here.map(|(key, _)| key.clone()).collect(), rest))
}

/// The live object of `key`.
pub(super) fn live(cluster: &Cluster, key: &ObjectKey) -> Result<Object, Failure> {
    let group = key.kind.group();
    let resource =
        if group.is_empty() { key.kind.plural().to_owned() } else { format!("{}.{group}", key.kind.plural()) };
    cluster
        .store()
        .get(key)
        .cloned()
        .ok_or_else(|| Failure(format!("Error from server (NotFound): {resource} \"{}\" not found", key.name)))
}
