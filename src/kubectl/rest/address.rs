//! The paths of the API: which resource, namespace, object and part of it.

use std::borrow::Cow;

use crate::api::autoscaling_v1;
use crate::kubectl::resources::{self, Resource};

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The resource.
    pub resource: Resource,
    /// The version asked for, which is another than the resource's own for `autoscaling/v1`.
    pub api_version: String,
    /// The namespace; empty for all of them, and for resources that live in none.
    pub namespace: String,
    /// The object; empty for all.
    pub name: String,
    /// The part of the object (`status`, `scale`, `log`), mostly empty.
    pub sub: String,
}

impl Address {
    /// Reads `/api/v1/namespaces/a/pods/b/log`; none where the server has no such path.
    pub fn read(path: &str) -> Option<Self> {
        let mut parts = path.trim_start_matches('/').split('/').map(str::to_owned);
        let api_version = match parts.next()?.as_str() {
            "api" => parts.next()?,
            "apis" => format!("{}/{}", parts.next()?, parts.next()?),
            _ => return None,
        };
        let mut rest: Vec<String> = parts.collect();
        let mut namespace = String::new();
        if rest.first().is_some_and(|part| part == "namespaces") && rest.len() > 2 && !of_namespace(&rest) {
            namespace.clone_from(rest.get(1)?);
            rest.drain(..2);
        }
        let mut rest = rest.into_iter();
        let plural = rest.next()?;
        let own: Cow<'_, str> = match api_version.as_str() {
            autoscaling_v1::API_VERSION => "autoscaling/v2".into(),
            other => other.into(),
        };
        let resource = resources::all().find(|it| it.plural == plural && it.api_version == own)?;
        let (name, sub) = (rest.next().unwrap_or_default(), rest.next().unwrap_or_default());
        Some(Self { resource, api_version, namespace, name, sub })
    }

    /// Whether the older version of the autoscaler is asked for.
    pub fn is_older(&self) -> bool {
        autoscaling_v1::is_older(&self.api_version, self.resource.kind)
    }
}

/// Whether the path goes on below a Namespace itself, not below what lives in it.
fn of_namespace(rest: &[String]) -> bool {
    rest.len() == 3 && rest.get(2).is_some_and(|part| part == "status" || part == "finalize")
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn paths_are_read() {
        for (path, read) in [
            ("/api/v1/namespaces/a/pods/b/log", "v1 pods a b log"),
            ("/api/v1/pods", "v1 pods   "),
            ("/api/v1/namespaces/a", "v1 namespaces  a "),
            ("/api/v1/namespaces/a/status", "v1 namespaces  a status"),
            ("/apis/apps/v1/namespaces/a/deployments", "apps/v1 deployments a  "),
            (
                "/apis/autoscaling/v1/namespaces/a/horizontalpodautoscalers/h",
                "autoscaling/v1 horizontalpodautoscalers a h ",
            ),
        ] {
            let it = Address::read(path).unwrap();
            let said = format!("{} {} {} {} {}", it.api_version, it.resource.plural, it.namespace, it.name, it.sub);
            assert_eq!(said, read, "{path}");
        }
        for path in ["", "/", "/api", "/api/v1", "/api/v2/pods", "/apis/apps/v1/pods", "/é"] {
            assert_eq!(Address::read(path), None, "{path}");
        }
    }
}
