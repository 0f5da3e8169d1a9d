//! The resources a server has, by the names that people write.

use std::borrow::Cow;

use super::Failure;
use crate::api::Kind;

/// Each line: plural, short names, apiVersion, `n`amespaced or `c`luster, kind, and `all` where `get all` lists it.
const TABLE: &str = include_str!("resources.txt");

/// A resource of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    /// `deployments`.
    pub plural: &'static str,
    /// `deploy`; several with commas between them, empty where there is none.
    pub short: &'static str,
    /// `apps/v1`.
    pub api_version: &'static str,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// `Deployment`.
    pub kind: &'static str,
    /// Whether `get all` lists it.
    pub in_all: bool,
}

impl Resource {
    /// The API group, empty for the core group.
    pub fn group(self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// With its group, as errors name it: `pods`, `deployments.apps`.
    pub fn full(self) -> Cow<'static, str> {
        qualified(self.plural.into(), self.group())
    }

    /// As messages name an object's kind: `pod`, `deployment.apps`.
    pub fn kind_name(self) -> Cow<'static, str> {
        qualified(self.kind.to_lowercase().into(), self.group())
    }

    /// The kind as the cluster holds it; none where the cluster holds none of it.
    pub fn known(self) -> Option<Kind> {
        match self.kind {
            // Events are the same objects under both groups.
            "Event" => Some(Kind::Event),
            kind => Kind::find(self.api_version, kind),
        }
    }

    /// `Resource.group/version` as the client library prints it: `/v1, Resource=pods`.
    pub fn gvr(self) -> String {
        let slash = if self.group().is_empty() { "/" } else { "" };
        format!("{slash}{}, Resource={}", self.api_version, self.plural)
    }

    /// The resource of a kind the cluster holds.
    pub fn of(kind: Kind) -> Self {
        let found = all().find(|resource| resource.kind == kind.name() && resource.api_version == kind.api_version());
        found.unwrap_or(Resource {
            plural: kind.plural(),
            short: kind.short(),
            api_version: kind.api_version(),
            namespaced: kind.namespaced(),
            kind: kind.name(),
            in_all: false,
        })
    }
}

/// `replicaset.apps/web-7dd687f56d`: an object by the type that it says it has.
pub(super) fn label_of(api_version: &str, kind: &str, name: &str) -> String {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    format!("{}/{name}", qualified(kind.to_lowercase().into(), group))
}

fn qualified(name: Cow<'static, str>, group: &str) -> Cow<'static, str> {
    if group.is_empty() { name } else { format!("{name}.{group}").into() }
}

/// Every resource, in the order of `kubectl api-resources`.
pub(super) fn all() -> impl Iterator<Item = Resource> {
    TABLE.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (plural, short, api_version) = (words.next()?, words.next()?, words.next()?);
        let namespaced = words.next()? == "n";
        let kind = words.next()?;
        let short = if short == "-" { "" } else { short };
        Some(Resource { plural, short, api_version, namespaced, kind, in_all: words.next().is_some() })
    })
}

/// What `get all` lists, in kubectl's order (kubectl: its categories follow the server's discovery).
pub(super) fn of_all() -> Vec<Resource> {
    const ORDER: [&str; 10] = [
        "pods",
        "replicationcontrollers",
        "services",
        "daemonsets",
        "deployments",
        "replicasets",
        "statefulsets",
        "horizontalpodautoscalers",
        "cronjobs",
        "jobs",
    ];
    ORDER.iter().filter_map(|name| all().find(|resource| resource.in_all && resource.plural == *name)).collect()
}

/// The resource that a word names: `pods`, `pod`, `po`, `deployments.apps`, `deployments.v1.apps`, in any case but for the short names
/// (cli-runtime: restmapper/shortcut.go expandResourceShortcut).
pub(super) fn find(word: &str) -> Result<Resource, Failure> {
    let lower = word.to_lowercase();
    let (name, rest) = lower.split_once('.').unwrap_or((&lower, ""));
    // Short names are made whole before anything else is done, by the letters they have.
    let as_written = word.split('.').next().unwrap_or_default();
    let names = |resource: &Resource| {
        resource.plural == name
            || resource.kind.eq_ignore_ascii_case(name)
            || resource.short.split(',').any(|short| !short.is_empty() && short == as_written)
    };
    let version = |resource: &Resource| resource.api_version.rsplit('/').next().unwrap_or_default();
    let fits = |resource: &Resource| {
        let group = resource.group();
        rest.is_empty() || rest == group || rest == format!("{}.{group}", version(resource))
    };
    let found = all().find(|resource| names(resource) && fits(resource));
    // The older version of the autoscaler is served as well.
    let found = found.or_else(|| all().find(|resource| names(resource) && rest == "v1.autoscaling"));
    found.ok_or_else(|| match word.split_once('.') {
        Some((name, group)) => {
            Failure::usage(format!("the server doesn't have a resource type {name:?} in group {group:?}"))
        }
        None => Failure::usage(format!("the server doesn't have a resource type {word:?}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_resources() {
        for (word, full) in [
            ("po", "pods"),
            ("Deployment", "deployments.apps"),
            ("deploy.apps", "deployments.apps"),
            ("deployments.v1.apps", "deployments.apps"),
            ("pods.v1.", "pods"),
            ("ev", "events"),
            ("crds", "customresourcedefinitions.apiextensions.k8s.io"),
        ] {
            assert_eq!(find(word).unwrap().full(), full);
        }
        assert!(find("DEPLOY").is_err());
        assert_eq!(find("foo").unwrap_err().0, "error: the server doesn't have a resource type \"foo\"");
        assert_eq!(
            find("pods.v1").unwrap_err().0,
            "error: the server doesn't have a resource type \"pods\" in group \"v1\""
        );
        assert!(Kind::ALL.iter().all(|kind| Resource::of(*kind).known() == Some(*kind)), "every kind is a resource");
        assert_eq!(of_all().len(), 10);
        assert_eq!(find("deploy").unwrap().gvr(), "apps/v1, Resource=deployments");
    }
}
