//! The crowd: every Pod from afar. What each was at any instant is kept in a few bytes, and where on its node it sits,
//! so that a picture of ten thousand Pods costs as much as what changed since the last one.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::scene::build::controller;
use super::{Run, Tone};
use crate::api::{Object, Pod, table};
use crate::cluster::{ChangeKind, Happening, ObjectKey, Record, Time};

/// What a Pod is at an instant, as far as it is seen from afar.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What that looks like. In the init chain it is read from the status alone, which comes a moment after the
    /// runtime's own word.
    pub tone: Tone,
    /// What `kubectl get pods` says under STATUS.
    pub word: Rc<str>,
    /// How many containers are ready.
    pub ready: u32,
    /// Of how many.
    pub total: u32,
    /// Whether it is bound to a node.
    pub bound: bool,
}

/// A Pod that was there at some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name and namespace.
    pub key: ObjectKey,
    /// Its uid.
    pub uid: Rc<str>,
    /// Its place among the [`Crowd::groups`].
    pub group: usize,
    /// The place of its node among the [`Crowd::nodes`], and its seat there, from 0: it keeps it for life, and nobody
    /// else has it meanwhile. None before it is bound.
    pub seat: Option<(usize, usize)>,
}

/// The Pods of one owner and one revision of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Who owns them; nobody, for Pods that stand alone.
    pub owner: Option<ObjectKey>,
    /// The hash of the revision they were made from (`pod-template-hash`, `controller-revision-hash`), or nothing.
    pub hash: Rc<str>,
}

/// How many Pods look how: one number for each of [`Tone::ALL`].
pub type Tally = [u32; 8];

/// How many Pods a tally counts.
pub fn counted(tally: &Tally) -> usize {
    tally.iter().map(|count| *count as usize).sum()
}

/// How many Pods of a group looked how, in slices of time of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Which group.
    pub group: Group,
    /// At the end of each slice.
    pub tallies: Vec<Tally>,
}

/// Nobody: the look of a Pod that is not there.
const ABSENT: usize = 0;

#[derive(Clone, Debug)]
struct Turn {
    at: Time,
    member: usize,
    before: usize,
    after: usize,
}

/// Every Pod of a run, with a playhead of its own.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    /// How many records were taken in.
    read: usize,
    members: Vec<Member>,
    by_uid: BTreeMap<Rc<str>, usize>,
    groups: Vec<Group>,
    nodes: Vec<Rc<str>>,
    by_node: collections::Map<Rc<str>, usize>,
    /// Which seats of each node are taken at the end of what was read.
    seats: Vec<Vec<bool>>,
    /// The look of each member at the end of what was read.
    last: Vec<usize>,
    /// Every look there was; the first is nobody's.
    looks: Vec<Look>,
    turns: Vec<Turn>,
    /// How many turns lie before the playhead.
    passed: usize,
    now: Vec<usize>,
    tally: Tally,
    /// How many Pods each node has at the playhead.
    held: Vec<usize>,
    /// How many Pods each group has at the playhead.
    grouped: Vec<usize>,
}

/// The hash of the revision that a Pod (or a ReplicaSet) was made from.
pub(super) fn revision_hash(labels: Option<&collections::Map<String, String>>) -> &str {
    let label = |name: &str| labels?.get(name).map(String::as_str);
    label("pod-template-hash").or_else(|| label("controller-revision-hash")).unwrap_or_default()
}

impl Crowd {
    /// Takes in what happened in `run` since, up to and including `until`.
    pub fn take(&mut self, run: &Run, until: Time) {
        if self.looks.is_empty() {
            let word = "".into();
            self.looks.push(Look { tone: Tone::Waiting, word, ready: 0, total: 0, bound: false });
        }
        for record in run.records().after(self.read).iter().take_while(|it| it.at <= until) {
            self.hear(record);
            self.read += 1;
        }
    }

    /// Forgets what came at `from` and after it, where `run` has gone another way.
    pub fn cut(&mut self, run: &Run, from: Time) {
        let Some(before) = from.as_micros().checked_sub(1).map(Time::from_micros) else {
            *self = Self::default();
            return;
        };
        self.seek(before);
        self.turns.truncate(self.passed);
        self.read = self.read.min(run.records_until(before).len());
        // They come in the order of their first turns.
        let there = self.turns.iter().map(|turn| turn.member + 1).max().unwrap_or_default();
        for member in self.members.drain(there..) {
            self.by_uid.remove(&member.uid);
        }
        self.now.truncate(there);
        self.last = self.now.clone();
        let mut bound = vec![false; there];
        for turn in &self.turns {
            if self.looks.get(turn.after).is_some_and(|look| look.bound)
                && let Some(bound) = bound.get_mut(turn.member)
            {
                *bound = true;
            }
        }
        self.seats.iter_mut().for_each(|seats| seats.fill(false));
        for ((member, bound), state) in self.members.iter_mut().zip(bound).zip(&self.now) {
            member.seat = member.seat.filter(|_| bound);
            let seat = member.seat.filter(|_| *state != ABSENT);
            if let Some((node, seat)) = seat
                && let Some(taken) = self.seats.get_mut(node).and_then(|seats| seats.get_mut(seat))
            {
                *taken = true;
            }
        }
    }

    fn hear(&mut self, record: &Record) {
        let Happening::Changed(change) = &record.what else { return };
        let Object::Pod(pod) = &change.object else { return };
        let member = match self.by_uid.get(pod.uid()) {
            Some(known) => *known,
            None => self.join(&change.key, pod, &change.object),
        };
        let after = if change.kind == ChangeKind::Deleted { ABSENT } else { self.look_of(pod) };
        if let Some(node) = &pod.spec.node_name {
            match after {
                ABSENT => self.leave(member),
                _ => self.sit(member, node),
            }
        }
        let Some(before) = self.last.get_mut(member) else { return };
        if *before != after {
            self.turns.push(Turn { at: record.at, member, before: *before, after });
            *before = after;
        }
    }

    fn join(&mut self, key: &ObjectKey, pod: &Pod, object: &Object) -> usize {
        let hash = revision_hash(pod.metadata.labels.as_ref());
        let owner = controller(object);
        // The newest groups are those that Pods join.
        let known = self.groups.iter().rposition(|group| group.owner == owner && *group.hash == *hash);
        let group = known.unwrap_or_else(|| {
            self.groups.push(Group { owner, hash: hash.into() });
            self.grouped.push(0);
            self.groups.len() - 1
        });
        let uid = pod.shared_uid();
        let place = self.members.len();
        self.by_uid.insert(uid.clone(), place);
        self.members.push(Member { key: key.clone(), uid, group, seat: None });
        self.last.push(ABSENT);
        self.now.push(ABSENT);
        place
    }

    fn sit(&mut self, member: usize, node: &str) {
        if self.members.get(member).is_none_or(|it| it.seat.is_some()) {
            return;
        }
        let place = match self.node(node) {
            Some(place) => place,
            None => {
                let name: Rc<str> = node.into();
                self.by_node.insert(name.clone(), self.nodes.len());
                self.nodes.push(name);
                self.seats.push(Vec::new());
                self.held.push(0);
                self.nodes.len() - 1
            }
        };
        let Some(it) = self.members.get_mut(member) else { return };
        let Some(seats) = self.seats.get_mut(place) else { return };
        let free = seats.iter().position(|taken| !taken).unwrap_or(seats.len());
        match seats.get_mut(free) {
            Some(seat) => *seat = true,
            None => seats.push(true),
        }
        it.seat = Some((place, free));
    }

    fn leave(&mut self, member: usize) {
        let seat = self.members.get(member).and_then(|it| it.seat);
        if let Some((node, seat)) = seat
            && let Some(seat) = self.seats.get_mut(node).and_then(|seats| seats.get_mut(seat))
        {
            *seat = false;
        }
    }

    fn look_of(&mut self, pod: &Pod) -> usize {
        let row = table::pod_row(pod);
        let bound = pod.spec.node_name.is_some();
        let tone = tone(pod, &row);
        // There are few of them, and the newest come again soonest.
        let same = |look: &Look| {
            (look.tone, look.ready, look.total, look.bound) == (tone, row.ready, row.total, bound)
                && *look.word == *row.status
        };
        match self.looks.iter().skip(1).rposition(same) {
            Some(known) => known + 1,
            None => {
                let word = row.status.as_str().into();
                self.looks.push(Look { tone, word, ready: row.ready, total: row.total, bound });
                self.looks.len() - 1
            }
        }
    }

    /// Puts the playhead to `at`: as much work as there were turns between there and where it was.
    pub fn seek(&mut self, at: Time) {
        let target = self.turns.partition_point(|turn| turn.at <= at);
        while self.passed < target {
            let Some((member, after)) = self.turns.get(self.passed).map(|turn| (turn.member, turn.after)) else {
                break;
            };
            self.turn(member, after);
            self.passed += 1;
        }
        while self.passed > target {
            let before = self.turns.get(self.passed - 1).map(|turn| (turn.member, turn.before));
            let Some((member, before)) = before else { break };
            self.turn(member, before);
            self.passed -= 1;
        }
    }

    fn turn(&mut self, member: usize, to: usize) {
        let Some(now) = self.now.get_mut(member) else { return };
        let from = std::mem::replace(now, to);
        let Some(Member { group, seat, .. }) = self.members.get(member) else { return };
        for (place, here) in [(from, false), (to, true)] {
            let Some(look) = self.looks.get(place).filter(|_| place != ABSENT) else { continue };
            if let Some(count) = self.tally.get_mut(look.tone as usize) {
                *count = if here { *count + 1 } else { count.saturating_sub(1) };
            }
            let held = seat.filter(|_| look.bound).and_then(|(node, _)| self.held.get_mut(node));
            for count in held.into_iter().chain(self.grouped.get_mut(*group)) {
                *count = if here { *count + 1 } else { count.saturating_sub(1) };
            }
        }
    }

    /// Every Pod that ever was, in the order they came.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Whose Pods there ever were, in the order they came.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The nodes that ever had Pods, in the order they got the first.
    pub fn nodes(&self) -> &[Rc<str>] {
        &self.nodes
    }

    /// How many Pods look how at the playhead.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// How many Pods there are at the playhead.
    pub fn count(&self) -> usize {
        counted(&self.tally)
    }

    /// The place of the node `name` among the [`Crowd::nodes`]; none before it had a Pod.
    pub fn node(&self, name: &str) -> Option<usize> {
        self.by_node.get(name).copied()
    }

    /// How many Pods the node `name` has at the playhead.
    pub fn held(&self, name: &str) -> usize {
        self.node(name).and_then(|node| self.held.get(node)).copied().unwrap_or_default()
    }

    /// How many Pods are on a node at the playhead.
    pub fn bound(&self) -> usize {
        self.held.iter().sum()
    }

    /// How many seats the node number `place` has needed so far.
    pub fn seats(&self, place: usize) -> usize {
        self.seats.get(place).map_or(0, Vec::len)
    }

    /// How many Pods of `owner` there are at the playhead.
    pub fn owned(&self, owner: &ObjectKey) -> usize {
        let groups = self.groups.iter().zip(&self.grouped);
        groups.filter(|(group, _)| group.owner.as_ref() == Some(owner)).map(|(_, count)| *count).sum()
    }

    /// Which look the member number `place` has at the playhead; two numbers are equal where the looks are, and 0 is
    /// nobody's.
    pub fn state(&self, place: usize) -> usize {
        self.now.get(place).copied().unwrap_or(ABSENT)
    }

    /// The look of a [`Crowd::state`]; none of those that are not there.
    pub fn look(&self, state: usize) -> Option<&Look> {
        self.looks.get(state).filter(|_| state != ABSENT)
    }

    /// The member of `key` that is there at the playhead.
    pub fn find(&self, key: &ObjectKey) -> Option<usize> {
        (0..self.members.len()).find(|&place| {
            self.state(place) != ABSENT && self.members.get(place).is_some_and(|member| member.key == *key)
        })
    }

    /// The first of those there that ask most to be looked at.
    pub fn most_urgent(&self) -> Option<&Member> {
        let looks: Vec<u8> = self.looks.iter().map(|look| look.tone.urgency()).collect();
        let there = self.now.iter().enumerate().filter(|(_, state)| **state != ABSENT);
        let (place, _) = there.min_by_key(|(_, state)| looks.get(**state).copied().unwrap_or(u8::MAX))?;
        self.members.get(place)
    }

    /// The one that went last before the playhead, and when.
    pub fn last_gone(&self) -> Option<(&Member, Time)> {
        let turn = self.turns.iter().take(self.passed).rev().find(|turn| turn.after == ABSENT)?;
        Some((self.members.get(turn.member)?, turn.at))
    }

    /// The groups that have Pods at some time up to `until`, with how many looked how in `slices` slices of that time.
    pub fn bands(&self, until: Time, slices: usize) -> Vec<Band> {
        let whole = until.as_micros().max(1);
        let mut running: Vec<Tally> = vec![Tally::default(); self.groups.len()];
        let mut bands: Vec<Vec<Tally>> = vec![Vec::new(); self.groups.len()];
        let mut turns = self.turns.iter().peekable();
        for slice in 1..=slices {
            let end = Time::from_micros(whole.saturating_mul(slice as u64) / slices as u64);
            while let Some(turn) = turns.next_if(|turn| turn.at <= end) {
                let group = self.members.get(turn.member).map(|member| member.group);
                let Some(tally) = group.and_then(|group| running.get_mut(group)) else { continue };
                for (place, here) in [(turn.before, false), (turn.after, true)] {
                    let Some(look) = self.look(place) else { continue };
                    if let Some(count) = tally.get_mut(look.tone as usize) {
                        *count = if here { *count + 1 } else { count.saturating_sub(1) };
                    }
                }
            }
            for (band, now) in bands.iter_mut().zip(&running) {
                band.push(*now);
            }
        }
        let all = self.groups.iter().cloned().zip(bands).map(|(group, tallies)| Band { group, tallies });
        all.filter(|band| band.tallies.iter().any(|tally| *tally != Tally::default())).collect()
    }
}

/// What a Pod looks like by its status: as `scene::pod` says it, but for the steps of the init chain.
fn tone(pod: &Pod, row: &table::PodRow) -> Tone {
    let phase = pod.status.phase.as_deref().unwrap_or("Pending");
    let status = row.status.as_str();
    let word = status.strip_prefix("Init:").unwrap_or(status);
    match word {
        _ if status == "Terminating" => Tone::Terminating,
        _ if phase == "Failed" => Tone::Failed,
        "Completed" | "Succeeded" => Tone::Done,
        _ if phase == "Succeeded" => Tone::Done,
        "Pending" | "SchedulingGated" | "PodInitializing" => Tone::Waiting,
        "ContainerCreating" => Tone::Pulling,
        "Running" if row.total > 0 && all_ready(pod) => Tone::Ready,
        "Running" | "NotReady" => Tone::Running,
        _ if word.contains("BackOff") => Tone::BackOff,
        _ if word.starts_with(|first: char| first.is_ascii_digit()) => init_tone(pod),
        _ => Tone::Failed,
    }
}

fn all_ready(pod: &Pod) -> bool {
    let statuses = pod.status.container_statuses.as_deref().unwrap_or_default();
    !statuses.is_empty() && statuses.iter().all(|status| status.ready)
}

/// `Init:1/3`: the first step that is not done says what it looks like.
fn init_tone(pod: &Pod) -> Tone {
    for status in pod.status.init_container_statuses.iter().flatten() {
        let Some(state) = &status.state else { return Tone::Waiting };
        if state.terminated.is_some() || status.started == Some(true) && status.ready {
            continue;
        }
        return if state.running.is_some() { Tone::Running } else { Tone::Pulling };
    }
    Tone::Waiting
}

#[cfg(test)]
mod tests;
