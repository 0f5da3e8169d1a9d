//! The journal of a run, indexed: any state at any instant by binary search.

use collections::{Chunks, Map as BTreeMap, Slice, Table};
use std::rc::Rc;

use k8s_openapi::Text;

use super::packer::Packer;
use super::places::Places;
use crate::api::{Kind, Object};
use crate::cluster::{
    ByKey, Change, ChangeKind, FileNote, Flow, Happening, LoadSample, LogLine, ObjectKey, Party, Record, RuntimeEvent,
    Time,
};

/// What concerns one Pod, by the records' places in the journal.
#[derive(Clone, Debug, Default)]
struct PodIndex {
    /// Everything but logs: its own changes, its Events, what the runtime did, what was decided.
    story: Vec<u32>,
    logs: Vec<u32>,
    /// The last verdict of each probe of each container, to tell changes from repetition.
    verdicts: BTreeMap<(Rc<str>, &'static str), bool>,
}

/// Every record so far, in order, and where to find what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chronicle {
    records: Chunks<Record>,
    versions: ByKey<Places>,
    pods: Table<Rc<str>, PodIndex>,
    /// Whom the last record was about, and where that is among them: the next one is often about the same Pod.
    last: Option<(Rc<str>, u32)>,
    /// Changes of the files of each volume, by its key.
    disks: Table<Rc<str>, Vec<u32>>,
    /// What flowed, in order of its being noted.
    flows: Vec<u32>,
    /// Those of them that take so long that they outlast [`super::scene::LINGERS`].
    slow: Vec<u32>,
    /// What hosts outside of the cluster received, by their names; with the number of exchanges up to each.
    outside: BTreeMap<Rc<str>, Vec<(u32, u64)>>,
    /// The samples of load, by whom they are about.
    loads: BTreeMap<ObjectKey, Vec<u32>>,
    /// Where the number of Events changed, and to how many.
    events: Vec<(u32, u32)>,
    /// The changes of Events: between two of them a hundred thousand probes may lie.
    told: Vec<u32>,
    /// The instants worth stopping at, ascending, each once.
    steps: Vec<Time>,
    packer: Packer,
}

/// So many records the story of a Pod has that starts, becomes ready and is asked to go again.
const A_STORY: usize = 36;

/// A place in the journal: a run ends long before there are more of them than this counts.
fn place(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Chronicle {
    /// Takes in what happened since.
    pub fn extend(&mut self, journal: impl IntoIterator<Item = Record>) {
        for record in journal {
            self.push(record);
        }
    }

    /// The index of the Pod of `uid`.
    fn pod_index(&mut self, uid: &Rc<str>) -> Option<&mut PodIndex> {
        let known = self.last.as_ref().filter(|(last, _)| Rc::ptr_eq(last, uid));
        let slot = match known {
            Some((_, slot)) => *slot,
            None => {
                let slot = self.pods.slot_or_default(uid, Rc::clone);
                self.last = Some((uid.clone(), slot));
                if let Some(new) = self.pods.at_mut(slot).filter(|index| index.story.capacity() == 0) {
                    new.story.reserve(A_STORY);
                }
                slot
            }
        };
        self.pods.at_mut(slot)
    }

    fn push(&mut self, record: Record) {
        let place = place(self.records.len());
        let visible = match &record.what {
            Happening::Changed(change) => {
                if let Some(places) = self.versions.or_default(&change.key) {
                    places.push(place);
                }
                if change.key.kind == Kind::Event {
                    self.told.push(place);
                    self.count_event(place, change.kind);
                }
                let pod = match &change.object {
                    Object::Pod(pod) => Some(pod.shared_uid()),
                    Object::Event(event) => match event.recipe() {
                        Some(recipe) => Some(recipe.subject().clone()),
                        None => event.involved_object.uid.as_ref().map(Text::to_shared),
                    },
                    _ => None,
                };
                if let Some(index) = pod.and_then(|pod| self.pod_index(&pod)) {
                    index.story.push(place);
                }
                !matches!(change.key.kind, Kind::Node | Kind::ServiceAccount | Kind::Namespace)
            }
            Happening::Runtime(note) => {
                let Some(index) = self.pod_index(&note.pod) else { return };
                index.story.push(place);
                match &note.event {
                    RuntimeEvent::Probed { probe, ok, .. } => {
                        index.verdicts.insert((note.container.clone(), probe), *ok) != Some(*ok)
                    }
                    _ => true,
                }
            }
            Happening::Log(line) => {
                if let Some(index) = self.pod_index(&line.pod) {
                    index.logs.push(place);
                }
                false
            }
            Happening::Files(note) => {
                if let Some(places) = self.disks.or_default(&note.disk, Rc::clone) {
                    places.push(place);
                }
                false
            }
            Happening::Decided(decision) => {
                if let Some(index) = self.pod_index(&decision.pod) {
                    index.story.push(place);
                }
                false
            }
            Happening::Flow(flow) => {
                self.flows.push(place);
                if flow.answered.since(flow.left) > super::scene::LINGERS {
                    self.slow.push(place);
                }
                if let Party::Outside(host) = &flow.to {
                    let places = self.outside.entry(host.clone()).or_default();
                    let before = places.last().map_or(0, |(_, count)| *count);
                    places.push((place, before.saturating_add(u64::from(flow.count))));
                }
                false
            }
            Happening::Load(sample) => {
                self.loads.entry(sample.target.clone()).or_default().push(place);
                false
            }
            Happening::Acted(_) => true,
        };
        if visible && self.steps.last() != Some(&record.at) {
            self.steps.push(record.at);
        }
        self.records.push(record);
    }

    fn count_event(&mut self, place: u32, kind: ChangeKind) {
        let count = self.events.last().map_or(0, |(_, count)| *count);
        match kind {
            ChangeKind::Added => self.events.push((place, count + 1)),
            ChangeKind::Deleted => self.events.push((place, count.saturating_sub(1))),
            ChangeKind::Modified => {}
        }
    }

    /// How many Events there are at `at`.
    pub fn events_at(&self, at: Time) -> usize {
        let until = place(self.records_until(at).len());
        let later = self.events.partition_point(|(place, _)| *place < until);
        later.checked_sub(1).and_then(|last| self.events.get(last)).map_or(0, |(_, count)| *count as usize)
    }

    /// The changes of Events up to `at`, in order.
    pub fn events_until(&self, at: Time) -> impl DoubleEndedIterator<Item = &Record> {
        self.until(Some(&self.told), at)
    }

    /// The records up to and including `at`.
    pub fn records_until(&self, at: Time) -> Slice<'_, Record> {
        self.records.part(0..self.records.partition_point(|record| record.at <= at))
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Packs what happened a good while ago once there are more records than `room`, which is where memory asks for it; `told`
    /// hears of every Event that was: its key, as it was, and packed.
    pub fn pack(&mut self, room: usize, mut told: impl FnMut(&ObjectKey, &Object, &Object)) {
        let mut packer = std::mem::take(&mut self.packer);
        while let Some(place) = packer.next(self.records.len(), room) {
            let Some((_, change)) = self.change(self::place(place)) else { continue };
            if matches!(&change.object, Object::Event(event) if event.recipe().is_some()) {
                continue;
            }
            let places = self.versions.get(&change.key).map(Places::as_slice).unwrap_or_default();
            let before = places.partition_point(|&known| known < self::place(place)).checked_sub(1);
            let before = before.and_then(|before| self.change(*places.get(before)?)).map(|(_, change)| &change.object);
            let Some(packed) = packer.pack(change, before.cloned()) else { continue };
            if change.key.kind == Kind::Event {
                told(&change.key, &change.object, &packed.object);
            }
            if let Some(record) = self.records.get_mut(place) {
                record.what = Happening::Changed(Rc::new(packed));
            }
        }
        self.packer = packer;
    }

    /// Forgets every record from `place` on, all of which lie at or after `at`.
    pub fn truncate(&mut self, place: usize) {
        let at = self.records.get(place).map(|record| record.at);
        self.records.truncate(place);
        self.packer.back_to(place);
        let place = self::place(place);
        let cut = |places: &mut Vec<u32>| places.truncate(places.partition_point(|&known| known < place));
        self.versions.retain(|_, places| {
            places.cut(place);
            !places.as_slice().is_empty()
        });
        self.disks.for_each_mut(|_, places| cut(places));
        cut(&mut self.flows);
        cut(&mut self.told);
        self.events.truncate(self.events.partition_point(|(known, _)| *known < place));
        cut(&mut self.slow);
        self.outside.retain(|_, places| {
            places.truncate(places.partition_point(|(known, _)| *known < place));
            !places.is_empty()
        });
        self.loads.retain(|_, places| {
            cut(places);
            !places.is_empty()
        });
        let records = &self.records;
        self.pods.for_each_mut(|_, index| {
            cut(&mut index.story);
            cut(&mut index.logs);
            index.verdicts.clear();
            for &known in &index.story {
                if let Some(Record { what: Happening::Runtime(note), .. }) = records.get(known as usize)
                    && let RuntimeEvent::Probed { probe, ok, .. } = &note.event
                {
                    index.verdicts.insert((note.container.clone(), probe), *ok);
                }
            }
        });
        // An instant may have records on both sides of the cut: it is kept and not noted twice.
        if let Some(at) = at {
            let last = self.records.last().map(|record| record.at);
            self.steps.truncate(self.steps.partition_point(|&step| step < at || Some(step) == last));
        }
    }

    /// Every record, in order.
    pub fn records(&self) -> Slice<'_, Record> {
        self.records.all()
    }

    /// The records after `from`, up to and including `to`.
    pub fn records_between(&self, from: Time, to: Time) -> Slice<'_, Record> {
        let end = self.records.partition_point(|record| record.at <= to);
        self.records.part(self.records.partition_point(|record| record.at <= from)..end)
    }

    fn record(&self, place: u32) -> Option<&Record> {
        self.records.get(place as usize)
    }

    fn change(&self, place: u32) -> Option<(Time, &Change)> {
        match self.record(place) {
            Some(Record { at, what: Happening::Changed(change) }) => Some((*at, change.as_ref())),
            _ => None,
        }
    }

    fn latest<'a>(&'a self, places: &[u32], at: Time) -> Option<(Time, &'a Change)> {
        let end = places.partition_point(|&place| self.record(place).is_some_and(|record| record.at <= at));
        self.change(*places.get(end.checked_sub(1)?)?)
    }

    /// The newest change of the object of `key` up to `at`, with its instant.
    pub fn change_at(&self, key: &ObjectKey, at: Time) -> Option<(Time, &Change)> {
        self.latest(self.versions.get(key)?.as_slice(), at)
    }

    /// The object of `key` as it was at `at`; none where it did not exist.
    pub fn object_at(&self, key: &ObjectKey, at: Time) -> Option<&Object> {
        let (_, change) = self.change_at(key, at)?;
        (change.kind != ChangeKind::Deleted).then_some(&change.object)
    }

    /// The objects of `kind` as they were at `at`, by namespace and name.
    pub fn objects_at(&self, kind: Kind, at: Time) -> impl Iterator<Item = (&ObjectKey, &Object)> {
        self.versions.of_kind(kind).filter_map(move |(key, places)| {
            let (_, change) = self.latest(places.as_slice(), at)?;
            (change.kind != ChangeKind::Deleted).then_some((key, &change.object))
        })
    }

    /// Every change of the object of `key`, in order.
    pub fn changes(&self, key: &ObjectKey) -> impl Iterator<Item = (Time, &Change)> {
        self.versions.get(key).into_iter().flat_map(Places::as_slice).filter_map(|&place| self.change(place))
    }

    /// The keys of `kind` that ever were, by namespace and name.
    pub fn keys(&self, kind: Kind) -> impl Iterator<Item = &ObjectKey> {
        self.versions.of_kind(kind).map(|(key, _)| key)
    }

    /// Everything that load was ever sent to.
    pub fn load_targets(&self) -> impl Iterator<Item = &ObjectKey> {
        self.loads.keys()
    }

    /// The samples of load to `target` that end after `from` and begin before `to`.
    pub fn load_samples(&self, target: &ObjectKey, from: Time, to: Time) -> Vec<&Rc<LoadSample>> {
        let sample = |place: &u32| match self.record(*place) {
            Some(Record { what: Happening::Load(sample), .. }) => Some(sample),
            _ => None,
        };
        let places = self.loads.get(target).map(Vec::as_slice).unwrap_or_default();
        let begin = places.partition_point(|place| sample(place).is_some_and(|sample| sample.to <= from));
        let end = places.partition_point(|place| sample(place).is_some_and(|sample| sample.from < to));
        places.get(begin..end.max(begin)).unwrap_or_default().iter().filter_map(sample).collect()
    }

    /// The changes of the object of `key` up to `to`, beginning with the last one up to `from`.
    pub fn changes_between(&self, key: &ObjectKey, from: Time, to: Time) -> impl Iterator<Item = (Time, &Change)> {
        let places = self.versions.get(key).map(Places::as_slice).unwrap_or_default();
        let until = |at: Time| places.partition_point(|place| self.record(*place).is_some_and(|it| it.at <= at));
        let (begin, end) = (until(from).saturating_sub(1), until(to));
        places.get(begin..end).unwrap_or_default().iter().filter_map(|&place| self.change(place))
    }

    fn until<'a>(&'a self, places: Option<&'a Vec<u32>>, at: Time) -> impl DoubleEndedIterator<Item = &'a Record> {
        let places = places.map(Vec::as_slice).unwrap_or_default();
        let end = places.partition_point(|&place| self.record(place).is_some_and(|record| record.at <= at));
        places.get(..end).unwrap_or_default().iter().filter_map(|&place| self.record(place))
    }

    /// Everything but logs about the Pod of `uid` up to `at`, in order.
    pub fn story_until(&self, uid: &str, at: Time) -> impl DoubleEndedIterator<Item = &Record> {
        self.until(self.pods.get(uid).map(|index| &index.story), at)
    }

    /// The part of [`Chronicle::story_until`] that begins with its record number `from`.
    pub fn story_from(&self, uid: &str, from: usize, at: Time) -> impl Iterator<Item = &Record> {
        let places = self.pods.get(uid).map(|index| index.story.as_slice()).unwrap_or_default();
        let end = self.story_length(uid, at);
        places.get(from..end).unwrap_or_default().iter().filter_map(|&place| self.record(place))
    }

    /// What is known to come after the first `from` records of a Pod's story, in order.
    pub fn story_after(&self, uid: &str, from: usize) -> impl Iterator<Item = &Record> {
        let places = self.pods.get(uid).map(|index| index.story.as_slice()).unwrap_or_default();
        places.get(from..).unwrap_or_default().iter().filter_map(|&place| self.record(place))
    }

    /// How long [`Chronicle::story_until`] is.
    pub fn story_length(&self, uid: &str, at: Time) -> usize {
        let places = self.pods.get(uid).map(|index| index.story.as_slice()).unwrap_or_default();
        places.partition_point(|&place| self.record(place).is_some_and(|record| record.at <= at))
    }

    /// What the containers of the Pod of `uid` wrote up to `at`, in order.
    pub fn logs_until(&self, uid: &str, at: Time) -> impl DoubleEndedIterator<Item = &Record> {
        self.until(self.pods.get(uid).map(|index| &index.logs), at)
    }

    /// How long [`Chronicle::logs_until`] is.
    pub fn log_length(&self, uid: &str, at: Time) -> usize {
        let places = self.pods.get(uid).map(|index| index.logs.as_slice()).unwrap_or_default();
        places.partition_point(|&place| self.record(place).is_some_and(|record| record.at <= at))
    }

    /// The line numbered `number` of what the containers of the Pod of `uid` wrote.
    pub fn log_line(&self, uid: &str, number: usize) -> Option<(Time, &LogLine)> {
        let record = self.record(*self.pods.get(uid)?.logs.get(number)?)?;
        match &record.what {
            Happening::Log(line) => Some((record.at, line)),
            _ => None,
        }
    }

    /// How many changes of the files of the volume `disk` there were up to `at`.
    pub fn files_length(&self, disk: &str, at: Time) -> usize {
        let places = self.disks.get(disk).map(Vec::as_slice).unwrap_or_default();
        places.partition_point(|&place| self.record(place).is_some_and(|record| record.at <= at))
    }

    /// The changes of the volume `disk` from its number `from` up to its number `to`, in order.
    pub fn files_between(&self, disk: &str, from: usize, to: usize) -> impl Iterator<Item = (Time, &FileNote)> {
        let places = self.disks.get(disk).map(Vec::as_slice).unwrap_or_default();
        let records = places.get(from..to.max(from)).unwrap_or_default().iter();
        records.filter_map(|&place| match self.record(place) {
            Some(Record { at, what: Happening::Files(note) }) => Some((*at, &**note)),
            _ => None,
        })
    }

    fn flow(&self, place: u32) -> Option<(Time, &Rc<Flow>)> {
        match self.record(place) {
            Some(Record { at, what: Happening::Flow(flow) }) => Some((*at, flow)),
            _ => None,
        }
    }

    /// What of `places` was noted after `from`, up to and including `to`.
    fn flows_of<'a>(
        &'a self,
        places: &'a [u32],
        from: Time,
        to: Time,
    ) -> impl DoubleEndedIterator<Item = &'a Rc<Flow>> {
        let end = |at: Time| places.partition_point(|&place| self.flow(place).is_some_and(|(noted, _)| noted <= at));
        let between = places.get(end(from)..end(to)).unwrap_or_default();
        between.iter().filter_map(|&place| self.flow(place)).map(|(_, flow)| flow)
    }

    /// What flowed and was noted after `from`, up to and including `to`, in order.
    pub fn flows_between(&self, from: Time, to: Time) -> impl DoubleEndedIterator<Item = &Rc<Flow>> {
        self.flows_of(&self.flows, from, to)
    }

    /// Those of them that take longer than [`super::scene::LINGERS`].
    pub fn slow_flows_between(&self, from: Time, to: Time) -> impl Iterator<Item = &Rc<Flow>> {
        self.flows_of(&self.slow, from, to)
    }

    /// The hosts outside of the cluster that something was sent to up to `at`.
    pub fn outside_until(&self, at: Time) -> impl Iterator<Item = Sent<'_>> {
        self.outside.iter().filter_map(move |(host, places)| {
            let known = |place: u32| self.flow(place).is_some_and(|(noted, _)| noted <= at);
            let places = places.get(..places.partition_point(|(place, _)| known(*place))).unwrap_or_default();
            let (first, (_, exchanges)) = (places.first()?, places.last()?);
            let (since, _) = self.flow(first.0)?;
            Some(Sent { host, since, exchanges: *exchanges, places, chronicle: self })
        })
    }

    /// The next instant after `at` at which something happens.
    pub fn step_after(&self, at: Time) -> Option<Time> {
        self.steps.get(self.steps.partition_point(|&step| step <= at)).copied()
    }

    /// The last instant before `at` at which something happened.
    pub fn step_before(&self, at: Time) -> Option<Time> {
        let place = self.steps.partition_point(|&step| step < at).checked_sub(1)?;
        self.steps.get(place).copied()
    }

    /// The last instant at which something happened.
    pub fn last_step(&self) -> Option<Time> {
        self.steps.last().copied()
    }
}

/// What a host outside of the cluster was sent up to an instant.
pub(crate) struct Sent<'a> {
    pub host: &'a Rc<str>,
    /// When it was spoken to first.
    pub since: Time,
    pub exchanges: u64,
    places: &'a [(u32, u64)],
    chronicle: &'a Chronicle,
}

impl<'a> Sent<'a> {
    /// What it was sent, in order.
    pub fn flows(&self) -> impl DoubleEndedIterator<Item = &'a Rc<Flow>> {
        let chronicle = self.chronicle;
        self.places.iter().filter_map(|(place, _)| chronicle.flow(*place)).map(|(_, flow)| flow)
    }
}
