//! What the person looks at.

use std::rc::Rc;

use crate::api::Kind;
use crate::cluster::ObjectKey;

/// What the person looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Selection {
    /// The whole.
    #[default]
    All,
    /// An owner of Pods.
    Owner(ObjectKey),
    /// A Pod.
    Pod(ObjectKey),
    /// A container of a Pod.
    Container(ObjectKey, Rc<str>),
}

impl Selection {
    /// The Pod, or that of the container.
    pub fn pod(&self) -> Option<&ObjectKey> {
        match self {
            Selection::Pod(key) | Selection::Container(key, _) => Some(key),
            Selection::All | Selection::Owner(_) => None,
        }
    }

    /// The container.
    pub fn container(&self) -> Option<&Rc<str>> {
        match self {
            Selection::Container(_, name) => Some(name),
            _ => None,
        }
    }

    /// The owner.
    pub fn owner(&self) -> Option<&ObjectKey> {
        match self {
            Selection::Owner(key) => Some(key),
            _ => None,
        }
    }

    /// The object: an owner or a Pod.
    pub fn object(&self) -> Option<&ObjectKey> {
        self.owner().or_else(|| self.pod())
    }

    /// It in words of a link (`default/web/app`, `Deployment:default/web`).
    pub fn to_link(&self) -> Option<String> {
        let named = |key: &ObjectKey| format!("{}/{}", key.namespace, key.name);
        match self {
            Selection::All => None,
            Selection::Owner(key) => Some(format!("{}:{}", key.kind.name(), named(key))),
            Selection::Pod(key) => Some(named(key)),
            Selection::Container(key, name) => Some(format!("{}/{name}", named(key))),
        }
    }

    /// What [`Selection::to_link`] said.
    pub fn from_link(text: &str) -> Option<Self> {
        let (namespace, rest) = text.split_once('/')?;
        if let Some((kind, namespace)) = namespace.split_once(':') {
            let kind = Kind::ALL.iter().copied().find(|known| known.name() == kind)?;
            return Some(Selection::Owner(ObjectKey::new(kind, namespace, rest)));
        }
        let pod = |name: &str| ObjectKey::new(Kind::Pod, namespace, name);
        Some(match rest.split_once('/') {
            Some((name, container)) => Selection::Container(pod(name), container.into()),
            None => Selection::Pod(pod(rest)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_is_looked_at() {
        let web = |kind| ObjectKey::new(kind, "default", "web");
        for selection in [
            Selection::Owner(web(Kind::Deployment)),
            Selection::Pod(web(Kind::Pod)),
            Selection::Container(web(Kind::Pod), "app".into()),
        ] {
            assert_eq!(selection.to_link().as_deref().and_then(Selection::from_link), Some(selection));
        }
        assert_eq!(Selection::All.to_link(), None);
        assert_eq!([Selection::from_link("nothing"), Selection::from_link("Mine:a/b")], [None, None]);
    }
}
