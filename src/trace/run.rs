//! A run: a cluster, all that happened in it, and ways to look at and to change any instant of it.

use std::rc::Rc;
use std::time::Duration;

use collections::Slice;

use super::chronicle::Chronicle;
use super::packer::ROOM;
use crate::api::{Kind, Object, Pod};
use crate::cluster::{
    Action, ApiError, Change, ChangeKind, Cluster, Config, Happening, LoadSample, LogLine, ObjectKey, Record, Time,
};

/// How many checkpoints are kept; when there are more, every other one goes.
const CHECKPOINTS: usize = 16;

/// How many records lie between two checkpoints at first; it doubles each time checkpoints are thinned.
const STRIDE: usize = 2_048;

/// And at least so many for each Pod there is: of ten thousand a checkpoint holds a hundred megabytes and more.
const RECORDS_A_POD: usize = 100;

/// How many records a run holds at most: past that it does not go on.
const RECORDS: usize = 2_000_000;

/// A run is at rest when nothing but repetition has happened for this long: longer than every back-off.
const QUIET: Duration = Duration::from_secs(15 * 60);

/// The cluster as it was at an instant, before anything later.
#[derive(Clone, Debug)]
struct Checkpoint {
    /// How many records lie before it.
    records: usize,
    /// How many actions lie before it.
    actions: usize,
    cluster: Cluster,
}

/// The cluster as it was at an instant, or on its way there from the checkpoint before.
#[derive(Clone, Debug)]
struct Past {
    at: Time,
    /// How many actions were done again.
    actions: usize,
    cluster: Cluster,
}

/// An action and when it was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// When.
    pub at: Time,
    /// What.
    pub action: Rc<Action>,
}

/// A Pod that was there at some time.
#[derive(Clone, Debug, PartialEq)]
pub struct PodLife {
    /// Its name and namespace.
    pub key: ObjectKey,
    /// Its uid.
    pub uid: Rc<str>,
    /// When it was created.
    pub created: Time,
    /// When it was gone, if it is.
    pub gone: Option<Time>,
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More is due, ever.
    Going,
    /// Nothing more will happen unless someone acts.
    AtRest,
    /// What happens now has happened before: probes, syncs, a crash loop at its longest back-off.
    Repeating,
    /// It holds as much as it may; what lies later is not run.
    Full,
}

/// A cluster with its history. Looking at any instant that has been run is a binary search; acting in the past
/// drops what lay after it and goes on from there. The same configuration and actions give the same history.
#[derive(Clone, Debug)]
pub struct Run {
    cluster: Cluster,
    /// The cluster on its way to an instant that was asked for.
    past: Option<Past>,
    chronicle: Chronicle,
    acts: Vec<Act>,
    checkpoints: Vec<Checkpoint>,
    stride: usize,
}

impl Run {
    /// A run of an empty cluster, at time zero.
    pub fn new(config: Config) -> Self {
        let mut cluster = Cluster::new(config);
        let mut chronicle = Chronicle::default();
        chronicle.extend(cluster.take_journal());
        let first = Checkpoint { records: chronicle.len(), actions: 0, cluster: cluster.clone() };
        Self { cluster, past: None, chronicle, acts: Vec::new(), checkpoints: vec![first], stride: STRIDE }
    }

    /// The end of what has been run.
    pub fn end(&self) -> Time {
        self.cluster.now()
    }

    /// What it was started with.
    pub fn config(&self) -> &Config {
        self.cluster.config()
    }

    /// The cluster as it is at [`Run::end`].
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The actions done so far, in order.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// Runs on to `until`, through at most `steps` due things; true when it got there (or holds all it may).
    pub fn advance(&mut self, until: Time, steps: usize) -> bool {
        let mut left = steps;
        while self.chronicle.len() < RECORDS {
            let slice = left.min(512);
            let there = self.cluster.run_some(until, slice);
            self.note();
            left -= slice;
            if there || left == 0 {
                return there;
            }
        }
        true
    }

    /// Runs on to `until`, however long that takes.
    pub fn run_until(&mut self, until: Time) {
        while !self.advance(until, usize::MAX) {}
    }

    /// Whether anything new is to be expected after [`Run::end`].
    pub fn progress(&self) -> Progress {
        let quiet = self.end().since(self.chronicle.last_step().unwrap_or_default());
        match () {
            () if self.chronicle.len() >= RECORDS => Progress::Full,
            () if self.cluster.next_due().is_none() => Progress::AtRest,
            () if quiet >= QUIET => Progress::Repeating,
            () => Progress::Going,
        }
    }

    /// Does `action` at `at`. In the past, what lay after `at` is dropped; ahead, the run goes there first.
    ///
    /// # Errors
    /// What the API server answers when it refuses; the refusal is part of the history too.
    pub fn act(&mut self, at: Time, action: Action) -> Result<Option<Object>, ApiError> {
        self.with_cluster(at, |cluster| cluster.act(action))
    }

    /// Lets `what` act on the cluster as it is at `at` (a command line that does several actions). In the past,
    /// what lay after `at` is dropped; ahead, the run goes there first.
    pub fn with_cluster<T>(&mut self, at: Time, what: impl FnOnce(&mut Cluster) -> T) -> T {
        self.rewind(at);
        self.past = None;
        self.run_until(at);
        let result = what(&mut self.cluster);
        self.note();
        result
    }

    /// Takes back the act number `place` of [`Run::acts`]: the run goes back to where it was done, and what was done
    /// later is done again, each at its time. It is then computed up to the last of them.
    pub fn undo(&mut self, place: usize) {
        let Some(undone) = self.acts.get(place).cloned() else { return };
        let later = self.acts.split_off(place + 1);
        self.past = None;
        self.rewind_to(undone.at, place);
        for act in later {
            self.run_until(act.at);
            // What is refused now that something before it is gone is in the journal.
            let _refused = self.cluster.act(act.action.as_ref().clone());
            self.note();
        }
    }

    /// The cluster as it is at `at`, to be looked at and tried on: the run itself stays as it is.
    pub fn cluster_at(&self, at: Time) -> Cluster {
        let known = self.past.clone().filter(|past| past.at == at);
        let mut past = known.unwrap_or_else(|| self.before(at));
        while !self.go_on(&mut past, usize::MAX) {}
        past.cluster
    }

    /// Brings the cluster nearer to what it was at `at`, through at most `steps` due things; true when it is there, so that
    /// [`Run::act`], [`Run::with_cluster`] and [`Run::cluster_at`] take no time there. What has been run stays as it is.
    pub fn prepare(&mut self, at: Time, steps: usize) -> bool {
        if at >= self.end() {
            return true;
        }
        let known = self.past.take().filter(|past| past.at == at);
        let mut past = known.unwrap_or_else(|| self.before(at));
        let there = self.go_on(&mut past, steps);
        self.past = Some(past);
        there
    }

    /// The last checkpoint before `at`, or the end of the run where that is not later.
    fn before(&self, at: Time) -> Past {
        let later = self.checkpoints.partition_point(|checkpoint| checkpoint.cluster.now() <= at);
        let checkpoint = later.checked_sub(1).and_then(|last| self.checkpoints.get(last));
        match checkpoint.filter(|_| at < self.end()) {
            Some(checkpoint) => Past { at, actions: checkpoint.actions, cluster: checkpoint.cluster.clone() },
            None => Past { at, actions: self.acts.len(), cluster: self.cluster.clone() },
        }
    }

    /// Lets what happened on the way to `past` happen again, as far as `steps` due things go; true when it is there.
    fn go_on(&self, past: &mut Past, steps: usize) -> bool {
        let mut left = steps;
        loop {
            let act = self.acts.get(past.actions).filter(|act| act.at <= past.at);
            let until = act.map_or(past.at, |act| act.at);
            let slice = left.min(512);
            let there = past.cluster.run_some(until, slice);
            past.cluster.take_journal();
            left -= slice;
            match act.filter(|_| there) {
                Some(act) => {
                    // A refusal was a refusal the first time too.
                    let _refused = past.cluster.act(act.action.as_ref().clone());
                    past.cluster.take_journal();
                    past.actions += 1;
                }
                None if there => return true,
                None => {}
            }
            if left == 0 {
                return false;
            }
        }
    }

    /// Drops everything after `at`. What happened up to then is known: the cluster alone has to come there again.
    fn rewind(&mut self, at: Time) {
        if at >= self.end() {
            return;
        }
        self.cluster = self.cluster_at(at);
        let keep = self.acts.partition_point(|act| act.at <= at);
        self.acts.truncate(keep);
        self.chronicle.truncate(self.chronicle.records_until(at).len());
        self.checkpoints.retain(|checkpoint| checkpoint.cluster.now() <= at && checkpoint.actions <= keep);
    }

    /// Goes back to `at`, when only the first `keep` actions had been done.
    fn rewind_to(&mut self, at: Time, keep: usize) {
        let replay: Vec<Act> = self.acts.get(..keep).unwrap_or_default().to_vec();
        let fits = |checkpoint: &Checkpoint| checkpoint.cluster.now() <= at && checkpoint.actions <= keep;
        let later = self.checkpoints.partition_point(fits);
        self.checkpoints.truncate(later.max(1));
        let Some(checkpoint) = self.checkpoints.last().cloned() else { return };
        self.chronicle.truncate(checkpoint.records);
        self.acts.truncate(checkpoint.actions);
        self.cluster = checkpoint.cluster;
        for act in replay.get(checkpoint.actions..).unwrap_or_default() {
            self.run_until(act.at);
            // A refusal was a refusal the first time too, and is in the journal.
            let _refused = self.cluster.act(act.action.as_ref().clone());
            self.note();
        }
        self.run_until(at);
    }

    /// Takes in what the cluster noted, and keeps a checkpoint now and then.
    fn note(&mut self) {
        let mut journal = self.cluster.take_journal();
        let acted = journal.iter().filter_map(|record| match &record.what {
            Happening::Acted(action) => Some(Act { at: record.at, action: action.clone() }),
            _ => None,
        });
        self.acts.extend(acted);
        self.chronicle.extend(journal.drain(..));
        self.cluster.reuse_journal(journal);
        let cluster = &mut self.cluster;
        let pods = cluster.store().count(Kind::Pod);
        self.chronicle.pack(ROOM, |key, whole, packed| cluster.slim(key, whole, packed));
        let newest = self.checkpoints.last().map_or(0, |checkpoint| checkpoint.records);
        // Of many Pods nearly all have changed by the next checkpoint, and each keeps what it was then.
        let stride = self.stride.max(pods.saturating_mul(RECORDS_A_POD));
        if self.chronicle.len() - newest < stride {
            return;
        }
        self.checkpoints.push(Checkpoint {
            records: self.chronicle.len(),
            actions: self.acts.len(),
            cluster: self.cluster.clone(),
        });
        if self.checkpoints.len() > CHECKPOINTS {
            let mut number = 0_usize;
            self.checkpoints.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.stride = self.stride.saturating_mul(2);
        }
    }

    /// The object of `key` as it was at `at`; none where it did not exist.
    pub fn object_at(&self, key: &ObjectKey, at: Time) -> Option<&Object> {
        self.chronicle.object_at(key, at)
    }

    /// The objects of `kind` as they were at `at`, by namespace and name.
    pub fn objects_at(&self, kind: Kind, at: Time) -> impl Iterator<Item = (&ObjectKey, &Object)> {
        self.chronicle.objects_at(kind, at)
    }

    /// The keys of `kind` that ever were, by namespace and name.
    pub fn keys(&self, kind: Kind) -> impl Iterator<Item = &ObjectKey> {
        self.chronicle.keys(kind)
    }

    /// Everything that load was ever sent to, by kind, namespace and name.
    pub fn load_targets(&self) -> impl Iterator<Item = &ObjectKey> {
        self.chronicle.load_targets()
    }

    /// What became of the load to `target`, second by second, from `from` to `to`.
    pub fn load_samples(&self, target: &ObjectKey, from: Time, to: Time) -> Vec<&Rc<LoadSample>> {
        self.chronicle.load_samples(target, from, to)
    }

    /// The changes of the object of `key` up to `to`, beginning with the last one up to `from`.
    pub fn changes_between(&self, key: &ObjectKey, from: Time, to: Time) -> impl Iterator<Item = (Time, &Change)> {
        self.chronicle.changes_between(key, from, to)
    }

    /// Every Pod that ever was, by namespace, name and time.
    pub fn pods(&self) -> Vec<PodLife> {
        let mut lives: Vec<PodLife> = Vec::new();
        for key in self.chronicle.keys(Kind::Pod) {
            for (at, change) in self.chronicle.changes(key) {
                match change.kind {
                    ChangeKind::Added => {
                        let uid = change.object.as_pod().map(Pod::shared_uid).unwrap_or_default();
                        lives.push(PodLife { key: key.clone(), uid, created: at, gone: None });
                    }
                    ChangeKind::Modified => {}
                    ChangeKind::Deleted => {
                        if let Some(life) = lives.last_mut() {
                            life.gone = Some(at);
                        }
                    }
                }
            }
        }
        lives
    }

    /// The uids of the Pods that ever had this key, one after the other.
    pub fn pods_of<'a>(&'a self, key: &ObjectKey) -> impl Iterator<Item = &'a str> {
        let added = self.chronicle.changes(key).filter(|(_, change)| change.kind == ChangeKind::Added);
        added.filter_map(|(_, change)| change.object.metadata().uid.as_deref())
    }

    /// Every record so far, in order.
    pub fn records(&self) -> Slice<'_, Record> {
        self.chronicle.records()
    }

    /// The records up to and including `at`.
    pub fn records_until(&self, at: Time) -> Slice<'_, Record> {
        self.chronicle.records_until(at)
    }

    /// The records after `from`, up to and including `to`.
    pub fn records_between(&self, from: Time, to: Time) -> Slice<'_, Record> {
        self.chronicle.records_between(from, to)
    }

    /// What the container of the Pod of `uid` wrote up to `at`, in order.
    pub fn logs(&self, uid: &str, container: &str, at: Time) -> impl DoubleEndedIterator<Item = (Time, &LogLine)> {
        self.chronicle.logs_until(uid, at).filter_map(move |record| match &record.what {
            Happening::Log(line) if &*line.container == container => Some((record.at, line)),
            _ => None,
        })
    }

    /// The next instant after `at` at which something happens, in what has been run.
    pub fn step_after(&self, at: Time) -> Option<Time> {
        self.chronicle.step_after(at)
    }

    /// The last instant before `at` at which something happened.
    pub fn step_before(&self, at: Time) -> Option<Time> {
        self.chronicle.step_before(at)
    }

    pub(super) fn chronicle(&self) -> &Chronicle {
        &self.chronicle
    }
}
