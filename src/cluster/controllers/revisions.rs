//! The templates that StatefulSets and DaemonSets have had (the real ones keep them in ControllerRevision objects,
//! which Podlab carries in the controllers' memory).

use collections::Map as BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::deployment::template_hash;
use crate::api::CHANGE_CAUSE;

/// One template of an owner.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    /// The owner's name and the template's hash.
    pub name: String,
    /// The hash alone.
    pub hash: String,
    /// Its number: the present one has the highest.
    pub number: i64,
    pub template: Rc<PodTemplateSpec>,
    /// Why there is this one, where its owner said so then (`kubernetes.io/change-cause`).
    pub cause: Option<String>,
}

/// The templates by the uid of their owner, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Revisions(BTreeMap<String, Vec<Revision>>);

impl Revisions {
    /// The revision of `template`, which the set of `metadata` asks for now, made or brought to the front.
    pub fn present(&mut self, metadata: &ObjectMeta, template: &PodTemplateSpec) -> Revision {
        let all = self.0.entry(metadata.uid.as_deref().unwrap_or_default().to_owned()).or_default();
        let next = all.last().map_or(1, |revision| revision.number.saturating_add(1));
        if let Some(last) = all.last().filter(|last| last.template.as_ref() == template) {
            return last.clone();
        }
        let known = all.iter().position(|revision| revision.template.as_ref() == template);
        let revision = match known {
            Some(at) => Revision { number: next, ..all.remove(at) },
            None => {
                let hash = (0..)
                    .map(|tries| template_hash(template, tries))
                    .find(|hash| all.iter().all(|revision| revision.hash != *hash));
                let hash = hash.unwrap_or_default();
                let name = format!("{}-{hash}", metadata.name.as_deref().unwrap_or_default());
                let cause = metadata.annotations.as_ref().and_then(|all| all.get(CHANGE_CAUSE)).cloned();
                Revision { name, hash, number: next, template: Rc::new(template.clone()), cause }
            }
        };
        all.push(revision.clone());
        revision
    }

    /// All of the owner of `uid`, in the order of their numbers.
    pub fn of(&self, uid: &str) -> &[Revision] {
        self.0.get(uid).map(Vec::as_slice).unwrap_or_default()
    }

    /// The revision called `name`.
    pub fn named(&self, uid: &str, name: &str) -> Option<&Revision> {
        self.0.get(uid)?.iter().find(|revision| revision.name == name)
    }

    /// Forgets the oldest ones that are beyond `limit` and not `live`.
    pub fn trim(&mut self, uid: &str, limit: usize, live: impl Fn(&Revision) -> bool) {
        let Some(all) = self.0.get_mut(uid) else { return };
        let dead = all.iter().filter(|revision| !live(revision)).count();
        let mut surplus = dead.saturating_sub(limit);
        all.retain(|revision| {
            let goes = surplus > 0 && !live(revision);
            surplus -= usize::from(goes);
            !goes
        });
    }

    /// Forgets an owner that is gone.
    pub fn forget(&mut self, uid: &str) {
        self.0.remove(uid);
    }
}
