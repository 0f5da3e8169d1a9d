//! The templates that StatefulSets and DaemonSets have had. The real ones keep them in ControllerRevision objects, which here
//! are made of the controllers' memory when somebody asks for them (`kubectl::made`).

use collections::Map as BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use super::deployment::template_hash;

/// One of the templates that a StatefulSet or a DaemonSet has had.
#[derive(Clone, Debug)]
pub struct TemplateRevision {
    /// The owner's name and the template's hash.
    pub name: String,
    /// The hash alone.
    pub hash: String,
    /// Its number: the present one has the highest.
    pub number: i64,
    /// The template.
    pub template: Rc<PodTemplateSpec>,
    /// The annotations that its owner had when it came.
    pub annotations: Option<BTreeMap<String, String>>,
    /// When it came.
    pub created: Time,
}

/// The templates by the uid of their owner, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Revisions(BTreeMap<String, Vec<TemplateRevision>>);

impl Revisions {
    /// The revision of `template`, which the set of `metadata` asks for `now`, made or brought to the front.
    pub fn present(&mut self, metadata: &ObjectMeta, template: &PodTemplateSpec, now: Time) -> TemplateRevision {
        let all = self.0.entry(metadata.uid.as_deref().unwrap_or_default().to_owned()).or_default();
        let next = all.last().map_or(1, |revision| revision.number.saturating_add(1));
        if let Some(last) = all.last().filter(|last| last.template.as_ref() == template) {
            return last.clone();
        }
        let known = all.iter().position(|revision| revision.template.as_ref() == template);
        let revision = match known {
            Some(at) => TemplateRevision { number: next, ..all.remove(at) },
            None => {
                let hash = (0..)
                    .map(|tries| template_hash(template, tries))
                    .find(|hash| all.iter().all(|revision| revision.hash != *hash));
                let hash = hash.unwrap_or_default();
                let name = format!("{}-{hash}", metadata.name.as_deref().unwrap_or_default());
                let annotations = metadata.annotations.clone();
                let template = Rc::new(template.clone());
                TemplateRevision { name, hash, number: next, template, annotations, created: now }
            }
        };
        all.push(revision.clone());
        revision
    }

    /// All of the owner of `uid`, in the order of their numbers.
    pub fn of(&self, uid: &str) -> &[TemplateRevision] {
        self.0.get(uid).map(Vec::as_slice).unwrap_or_default()
    }

    /// The revision called `name`.
    pub fn named(&self, uid: &str, name: &str) -> Option<&TemplateRevision> {
        self.0.get(uid)?.iter().find(|revision| revision.name == name)
    }

    /// Forgets the oldest ones that are beyond `limit` and not `live`.
    pub fn trim(&mut self, uid: &str, limit: usize, live: impl Fn(&TemplateRevision) -> bool) {
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
