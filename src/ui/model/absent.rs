//! Objects of the manifest that are not in the cluster, and why: refused there, or unknown to the simulation.

use std::rc::Rc;

use crate::api::{Kind, Object};
use crate::cluster::ApiError;

/// What of a manifest is not in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    /// What the API server refused to create, in its words.
    pub refused: Vec<Rc<str>>,
    /// What a cluster would take and Podlab does not simulate, by kind and name (`NetworkPolicy deny-all`).
    pub not_simulated: Vec<Rc<str>>,
}

impl Absent {
    /// Takes in that the object called `name` ([`named`]) was not created because of `error`.
    pub fn note(&mut self, name: &str, error: &ApiError) {
        match error.reason {
            "NotSimulated" => self.not_simulated.push(name.into()),
            _ => self.refused.push(error.message.as_str().into()),
        }
    }
}

/// The kind and the name of an object, as a sentence names it.
pub fn named(object: &Object) -> String {
    let kind = match object {
        Object::Other(other) => &other.kind,
        known => known.kind().map_or("", Kind::name),
    };
    format!("{kind} {}", object.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::judge::judge;
    use crate::ui::session::Session;

    #[test]
    fn what_is_not_simulated_is_no_refusal() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny-all}\nspec: {podSelector: {}}\n\
            ---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: nginx}]}\n";
        let (verdict, mut objects) = judge(text);
        assert!(verdict.accepted, "{verdict:?}");
        objects.extend(objects.last().cloned());
        let session = Session::new(objects);
        let Absent { refused, not_simulated } = session.absent();
        assert_eq!(not_simulated.join(", "), "NetworkPolicy deny-all");
        assert_eq!(refused.join(", "), "pods \"p\" already exists");
    }
}
