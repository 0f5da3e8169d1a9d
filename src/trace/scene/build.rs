//! Making the scene of an instant.

use collections::Map as BTreeMap;
use std::rc::Rc;

use super::{MANY, PodScene, Scene, network, owner, pod};
use crate::api::{Kind, Object, controller_of};
use crate::cluster::{ObjectKey, Time};
use crate::trace::Run;
use crate::trace::ahead::Ahead;
use crate::trace::crowd::Crowd;
use crate::trace::track::Track;

/// Scenes of one run, one after the other: what did not change between two of them is not made again.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    pods: BTreeMap<Rc<str>, Kept>,
    crowd: Crowd,
}

/// The picture of a Pod, kept by its uid.
#[derive(Clone, Debug)]
struct Kept {
    /// How long its story was.
    length: usize,
    /// Where the walk through it has come to.
    track: Option<Track>,
    picture: Rc<PodScene>,
    /// The end of the run, where the picture would say more if that were later.
    open: Option<Time>,
}

impl Stage {
    /// The scene of `run` at `at`, with a picture of every Pod. The pictures kept from scenes before are used where
    /// nothing happened to their Pod; after the run was changed in the past ([`Run::act`]), begin with a new stage.
    pub fn scene(&mut self, run: &Run, at: Time) -> Scene {
        self.look(run, at);
        let pods = run.objects_at(Kind::Pod, at).map(|(key, object)| (key.clone(), object.clone())).collect();
        self.picture(run, at, pods)
    }

    /// The scene as it is seen from afar: where there are [`MANY`] Pods only the `chosen` one has a picture, and the
    /// first of those that ask most to be looked at.
    pub fn view(&mut self, run: &Run, at: Time, chosen: Option<&ObjectKey>) -> Scene {
        self.look(run, at);
        if self.crowd.count() < MANY {
            return self.scene(run, at);
        }
        let worst = self.crowd.most_urgent().map(|member| member.key.clone());
        let mut keys: Vec<ObjectKey> = chosen.cloned().into_iter().chain(worst).collect();
        collections::sort(&mut keys);
        keys.dedup();
        let pods =
            keys.into_iter().filter_map(|key| run.object_at(&key, at).map(|object| (key.clone(), object.clone())));
        self.picture(run, at, pods.collect())
    }

    /// Every Pod from afar, as of the scene made last.
    pub fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// Goes on with `run`, which has gone another way from `from` on.
    pub fn cut(&mut self, run: &Run, from: Time) {
        self.pods = BTreeMap::new();
        self.crowd.cut(run, from);
    }

    /// Takes in what became of every Pod up to `until`.
    pub fn hear(&mut self, run: &Run, until: Time) {
        self.crowd.take(run, until);
    }

    fn look(&mut self, run: &Run, at: Time) {
        self.crowd.take(run, at);
        self.crowd.seek(at);
    }

    fn picture(&mut self, run: &Run, at: Time, objects: Vec<(ObjectKey, Object)>) -> Scene {
        let mut kept = BTreeMap::new();
        let mut pods = Vec::new();
        for (key, object) in &objects {
            let Object::Pod(pod) = object else { continue };
            let uid = pod.shared_uid();
            let length = run.chronicle().story_length(&uid, at);
            let known = self.pods.remove(&uid);
            let same = |kept: &Kept| kept.length == length && kept.open.is_none_or(|end| end == run.end());
            let it = match known {
                Some(known) if same(&known) => known,
                known => {
                    // Forwards the walk goes on from where it was; backwards it begins anew.
                    let known = known.filter(|known| known.length <= length);
                    let (from, mut track) = known.map_or((0, None), |known| (known.length, known.track));
                    Track::go_on(&mut track, run.chronicle().story_from(&uid, from, at), &mut |_, _| ());
                    let Some(walked) = &track else { continue };
                    let ahead = Ahead::new(run, &uid, length, at);
                    let picture = Rc::new(pod::build(run, at, key, walked, &ahead));
                    Kept { length, picture, open: ahead.missed().then(|| run.end()), track }
                }
            };
            pods.push(it.picture.clone());
            kept.insert(uid, it);
        }
        self.pods = kept;
        let owners = owner::owners(run, at, &self.crowd);
        let nothing = pods.is_empty() && owners.is_empty();
        Scene {
            at,
            departed: self.crowd.last_gone().filter(|_| nothing).map(|(member, gone)| (member.key.clone(), gone)),
            owners,
            nodes: owner::nodes(run, at, &self.crowd),
            pods,
            flows: network::flows(run, at),
            outside: network::outside(run, at),
            tally: self.crowd.tally(),
        }
    }
}

/// The scene of `run` at `at`, made from nothing.
pub fn scene(run: &Run, at: Time) -> Scene {
    Stage::default().scene(run, at)
}

/// The chain of owners of an object: each controlled by the next.
pub(in crate::trace) fn ownership(run: &Run, at: Time, object: &Object) -> Vec<ObjectKey> {
    let mut chain = Vec::new();
    let mut next = controller(object);
    while let Some(key) = next {
        // Nothing in the cluster is nested deeper; a manifest may write what it likes.
        if chain.len() == 4 {
            break;
        }
        next = run.object_at(&key, at).and_then(controller);
        chain.push(key);
    }
    chain
}

/// The object that controls `object`, by its owner references.
pub(in crate::trace) fn controller(object: &Object) -> Option<ObjectKey> {
    let owner = controller_of(object.metadata())?;
    let kind = Kind::find(&owner.api_version, &owner.kind)?;
    Some(ObjectKey::new(kind, object.namespace(), &owner.name))
}
