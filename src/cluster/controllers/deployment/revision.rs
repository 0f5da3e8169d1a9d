//! Which ReplicaSet is the new one, and which revision it has (sync.go getNewReplicaSet).

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::super::orphans::reference;
use super::{Rollout, annotations, conditions, hash, name, update_set, wanted};
use crate::api::Object;
use crate::cluster::{ApiError, api_server};

/// The label that keeps the Pods of one template from those of another.
const HASH_LABEL: &str = "pod-template-hash";

/// Whether two templates are the same but for the label of the hash.
fn same_template(a: &PodTemplateSpec, b: &PodTemplateSpec) -> bool {
    if a.spec != b.spec {
        return false;
    }
    let bare = |template: &PodTemplateSpec| {
        let mut metadata = template.metadata.clone().unwrap_or_default();
        if let Some(labels) = &mut metadata.labels {
            labels.remove(HASH_LABEL);
        }
        metadata.labels = metadata.labels.filter(|labels| !labels.is_empty());
        metadata
    };
    bare(a) == bare(b)
}

impl Rollout<'_> {
    /// The oldest ReplicaSet with the Deployment's template.
    pub(super) fn find_new(&self) -> Option<Rc<ReplicaSet>> {
        let same = |set: &&Rc<ReplicaSet>| {
            let template = set.spec.as_ref().and_then(|spec| spec.template.as_ref());
            template.is_some_and(|template| same_template(template, &self.spec.template))
        };
        self.sets.iter().find(same).cloned()
    }

    /// Brings the revision of the new ReplicaSet up to date; where there is none it is created if asked for.
    pub(super) fn sync_revision(&mut self, create: bool) -> Result<(), ApiError> {
        let latest = self.old_sets().map(|set| annotations::revision(&set.metadata)).max().unwrap_or(0);
        let revision = latest.saturating_add(1);
        match self.new_set().cloned() {
            Some(set) => self.renew(&set, revision),
            None if create => self.create_new(revision),
            None => Ok(()),
        }
    }

    /// A ReplicaSet that has the template already.
    fn renew(&mut self, set: &Rc<ReplicaSet>, revision: i64) -> Result<(), ApiError> {
        let mut changed = ReplicaSet::clone(set);
        let copied = annotations::copy(&self.deployment.metadata.annotations, &mut changed.metadata.annotations);
        let advanced = annotations::advance(&mut changed.metadata.annotations, revision);
        let mut seconds = false;
        if let Some(spec) = &mut changed.spec {
            seconds = spec.min_ready_seconds.unwrap_or(0) != self.spec.min_ready_seconds.unwrap_or(0);
            spec.min_ready_seconds = self.spec.min_ready_seconds;
        }
        if copied || advanced || seconds {
            let updated = update_set(self.world, changed)?;
            self.replace(updated);
            return Ok(());
        }
        let revision = annotations::revision(&set.metadata);
        let message = format!("Found new replica set \"{}\"", name(set));
        self.note_revision(revision, conditions::FOUND, message, false)
    }

    /// A template that no ReplicaSet has yet.
    fn create_new(&mut self, revision: i64) -> Result<(), ApiError> {
        let mut collisions = self.deployment.status.as_ref().and_then(|status| status.collision_count).unwrap_or(0);
        let hash = hash::template_hash(&self.spec.template, collisions);
        let set = self.set_for(&hash, revision);
        let (set_name, count) = (name(&set).to_owned(), wanted(&set));
        match api_server::create(self.world, Object::ReplicaSet(Rc::new(set))) {
            Ok(Object::ReplicaSet(created)) => {
                self.sets.push(created);
                self.new = Some(set_name.clone());
                if count > 0 {
                    let message = format!("Scaled up replica set {set_name} from 0 to {count}");
                    self.say(false, "ScalingReplicaSet", message);
                }
                let message = format!("Created new replica set \"{set_name}\"");
                self.note_revision(revision, conditions::CREATED, message, true)
            }
            Ok(_) => Ok(()),
            // The name is taken by a ReplicaSet with another template: the next try hashes to another name.
            Err(error) if error.reason == "AlreadyExists" => {
                collisions = collisions.saturating_add(1);
                self.change_status(|status| status.collision_count = Some(collisions))?;
                Err(error)
            }
            Err(error) => {
                let message = format!("Failed to create new replica set \"{set_name}\": {error}");
                if self.deadline().is_some() {
                    self.set_progressing("False", conditions::FAILED_CREATE, message.clone())?;
                }
                self.say(true, conditions::FAILED_CREATE, message);
                Err(error)
            }
        }
    }

    /// The ReplicaSet for the Deployment's template.
    fn set_for(&self, hash: &str, revision: i64) -> ReplicaSet {
        let mut template = self.spec.template.clone();
        let metadata = template.metadata.get_or_insert_default();
        metadata.labels.get_or_insert_default().insert(HASH_LABEL.to_owned(), hash.to_owned());
        let labels = metadata.labels.clone();
        let mut selector = self.spec.selector.clone();
        selector.match_labels.get_or_insert_default().insert(HASH_LABEL.to_owned(), hash.to_owned());
        let owner = reference(self.key, &Object::Deployment(self.deployment.clone()));
        let mut metadata = ObjectMeta {
            name: Some(format!("{}-{hash}", self.key.name).into()),
            namespace: Some((&self.key.namespace).into()),
            labels,
            owner_references: owner.map(|owner| vec![owner].into()),
            ..ObjectMeta::default()
        };
        annotations::copy(&self.deployment.metadata.annotations, &mut metadata.annotations);
        annotations::advance(&mut metadata.annotations, revision);
        annotations::set_sizes(&mut metadata.annotations, self.desired(), self.surge());
        let spec = ReplicaSetSpec {
            replicas: Some(self.size_of_new(0)),
            min_ready_seconds: self.spec.min_ready_seconds,
            selector,
            template: Some(template),
        };
        ReplicaSet { metadata, spec: Some(spec), status: None }
    }

    /// Writes the revision into the Deployment, and that its ReplicaSet was found or made.
    fn note_revision(
        &mut self,
        revision: i64,
        reason: &'static str,
        message: String,
        made: bool,
    ) -> Result<(), ApiError> {
        let known =
            self.deployment.status.as_ref().is_some_and(|status| conditions::get(status, "Progressing").is_some());
        let mut changed = super::Deployment::clone(&self.deployment);
        let mut differs = annotations::set(&mut changed.metadata.annotations, annotations::REVISION, revision);
        if self.deadline().is_some() && (made || !known) {
            let now = self.world.timestamp();
            let status = changed.status.get_or_insert_default();
            differs |= conditions::set(status, "Progressing", "True", reason, message, &now);
        }
        if differs { self.write(changed) } else { Ok(()) }
    }
}
