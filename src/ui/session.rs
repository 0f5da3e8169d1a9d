//! A run as the page holds it: computed ahead in slices, looked at from any moment.
//!
//! A run is a function of the manifest; what has been computed of it grows behind a `RefCell`, like a cache.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use collections::{Map as BTreeMap, Slice};

use crate::api::Object;
use crate::cluster::{
    Action, Cluster, Config, Flow, Happening, LoadSample, LogLine, ObjectKey, Party, Record, Time, Usage,
};
use crate::share;
use crate::trace::crowd::Band;
use crate::trace::scene::Stage;
use crate::trace::{
    self, Act, Chart, Crowd, DiskScene, DiskView, EventRow, Goal, Lane, LogFilter, LogView, Progress, Run, Scene,
    Traffic, TrafficView, VolumeFile, Why,
};
use crate::ui::model::absent::{self, Absent};
use crate::ui::model::deeds::leaves_shell;
use crate::ui::model::inspect::{Inspection, inspect};
use crate::ui::model::playback::{FIRST_LOOK, LONGEST, horizon_for};
use crate::ui::model::traffic::{self, Target};
use crate::ui::same::Same;

/// How many due things are done at once before the page is painted first.
const FIRST_STEPS: usize = 20_000;
const FIRST_SLICE: usize = 500;

/// For how long what programs write and say is shown after all else has come to rest.
const TALK: Duration = Duration::from_secs(6);

/// How many Pods the page simulates at most, ten thousand and what a rolling update adds; the rest is refused with that
/// reason.
pub const MOST_SIMULATED: u32 = 13_000;

/// How many Pods have lanes in the timeline at once.
const MOST_PODS: usize = 40;

/// From how many Pods on a chosen one has the timeline to itself.
const ALONE_FROM: usize = 7;

/// The lanes of the timeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lanes {
    /// Those that are drawn.
    pub lanes: Vec<Lane>,
    /// With many Pods, and none of them chosen: how they fared by owner and revision, up to `end`.
    pub bands: Same<Vec<Band>>,
    /// How many owners have no band.
    pub no_band: usize,
    /// The end of the run that is drawn.
    pub end: Time,
}

/// How many owners and revisions have bands in the timeline, and in how many slices of time.
const MOST_BANDS: usize = 24;
const SLICES: usize = 480;

/// How many due things are done before the crowd hears of them.
const SLICE: usize = 500;

/// How many records are made at once before the page is painted first.
const FIRST_RECORDS: usize = 2_500;

/// Something that the person did to the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// Its place among all that was done, by which it is undone.
    pub place: usize,
    /// When and what.
    pub act: Act,
    /// Whether it ended a container because the shell was left that was its program.
    pub left: bool,
}

/// How many deeds of a link are done again.
const MOST_DEEDS: usize = 200;

/// A run, shared by the parts of the page. Two are equal when they are the same run and nobody acted between them.
#[derive(Clone, Debug)]
pub struct Session(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Shared with the session that follows when somebody acts; that one has caches of its own.
    run: Rc<RefCell<Run>>,
    /// How many acts made the cluster what it is at time zero.
    created: usize,
    /// The pictures of Pods that did not change since the last look.
    stage: RefCell<Stage>,
    /// Whether the run can hold no more.
    full: Cell<bool>,
    /// How far it was last asked to compute.
    target: Cell<Time>,
    /// The lanes as they were drawn last.
    lanes: RefCell<Option<Drawn>>,
    /// The charts as they were drawn last, with the end of the run they were drawn for.
    charts: RefCell<Option<(Time, Rc<Vec<Chart>>)>>,
    /// The lines of a log that were found last.
    log: RefCell<LogView>,
    /// With whom each Pod exchanged something, as it was seen last.
    traffic: RefCell<BTreeMap<Rc<str>, TrafficView>>,
    /// What volumes hold, as it was seen last.
    disks: RefCell<BTreeMap<Rc<str>, DiskView>>,
    /// What of the manifest was not created.
    absent: Rc<Absent>,
}

/// The longer of two times, where there are any.
fn longer(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// Lanes, with the end of the run, the chosen Pod and the end of the timeline they were drawn for.
type Drawn = (Time, Option<ObjectKey>, Time, Rc<Lanes>);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Session {
    /// A cluster in which `objects` are created, in order, at time zero.
    pub fn new(objects: Vec<Object>) -> Self {
        let mut run = Run::new(Config { max_pods: MOST_SIMULATED, ..Config::default() });
        let mut absent = Absent::default();
        for object in objects {
            let name = absent::named(&object);
            if let Err(error) = run.act(Time::ZERO, Action::Create(object)) {
                absent.note(&name, &error);
            }
        }
        let created = run.acts().len();
        Self::of(Rc::new(RefCell::new(run)), created, absent.into())
    }

    fn of(run: Rc<RefCell<Run>>, created: usize, absent: Rc<Absent>) -> Self {
        Self(Rc::new(Inner {
            run,
            created,
            stage: RefCell::default(),
            full: Cell::new(false),
            target: Cell::default(),
            lanes: RefCell::new(None),
            charts: RefCell::new(None),
            log: RefCell::default(),
            traffic: RefCell::default(),
            disks: RefCell::default(),
            absent,
        }))
    }

    /// The same run, which has gone another way from `at` on.
    fn again_from(&self, at: Time) -> Self {
        self.0.stage.borrow_mut().cut(&self.0.run.borrow(), at);
        self.again()
    }

    /// The same run, seen anew.
    pub fn again(&self) -> Self {
        let again = Self::of(self.0.run.clone(), self.0.created, self.0.absent.clone());
        again.0.stage.replace(self.0.stage.take());
        again
    }

    /// The run after `action` was done at `at`, or the server's refusal. What had been computed beyond is dropped.
    pub fn act(&self, at: Time, action: Action) -> (Self, Result<(), Rc<str>>) {
        let done = self.0.run.borrow_mut().act(at, action);
        (self.again_from(at), done.map(|_| ()).map_err(|error| error.to_string().into()))
    }

    /// The run without one of its deeds.
    pub fn undo(&self, place: usize) -> Self {
        let at = self.0.run.borrow().acts().get(place).map_or(Time::ZERO, |act| act.at);
        self.0.run.borrow_mut().undo(place);
        self.again_from(at)
    }

    /// The run with the deeds that a link tells.
    pub fn with_deeds(&self, lines: &[String]) -> Self {
        let mut deeds: Vec<_> = lines.iter().take(MOST_DEEDS).filter_map(|line| share::read_act(line)).collect();
        collections::sort_by_key(&mut deeds, |(at, _)| *at);
        let first = deeds.first().map_or(LONGEST, |(at, _)| *at);
        for (at, action) in deeds.into_iter().filter(|(at, _)| *at <= LONGEST) {
            // What the server refuses is part of the history, as it was for whoever made the link.
            let _refused = self.0.run.borrow_mut().act(at, action);
        }
        self.again_from(first)
    }

    /// What the person did, in order.
    pub fn deeds(&self) -> Vec<Deed> {
        let run = self.0.run.borrow();
        let acts = run.acts().iter().enumerate().skip(self.0.created);
        acts.map(|(place, act)| Deed { place, act: act.clone(), left: leaves_shell(run.acts(), place) }).collect()
    }

    /// The lines that tell a link what the person did.
    pub fn deed_lines(&self) -> Vec<String> {
        self.deeds().iter().filter_map(|deed| share::write_act(deed.act.at, &deed.act.action)).collect()
    }

    /// When `goal` is reached after `after`, as far as the run has been computed.
    pub fn reach(&self, after: Time, goal: Goal, pod: Option<&ObjectKey>) -> Option<Time> {
        trace::reach(&self.0.run.borrow(), after, goal, pod)
    }

    /// How far the story is worth showing, once it has been computed up to `most`.
    pub fn fit(&self, most: Time) -> Time {
        horizon_for(self.last_of_interest(most), most)
    }

    /// Computes what comes after `from`, and says how far the story is worth showing at first; the longest that is
    /// where there is too much to compute at once.
    pub fn first_look(&self, from: Time) -> Time {
        let most = from + FIRST_LOOK.since(Time::ZERO);
        let already = self.0.run.borrow().records().len();
        // In small steps, so that a run of many Pods is painted before much of it is computed.
        for _ in 0..FIRST_STEPS / FIRST_SLICE {
            if self.advance(most, FIRST_SLICE) {
                return self.fit(most);
            }
            if self.0.run.borrow().records().len() - already > FIRST_RECORDS {
                break;
            }
        }
        most
    }

    /// When something happened last before `most`; what programs write and say after all else has come to rest is worth
    /// a look too.
    fn last_of_interest(&self, most: Time) -> Time {
        let run = self.0.run.borrow();
        let last = run.step_before(most).unwrap_or_default();
        let talks = |record: &&Record| match &record.what {
            Happening::Flow(flow) => !matches!(flow.from, Party::Kubelet(_)),
            other => matches!(other, Happening::Log(_) | Happening::Files(_)),
        };
        let talk = run.records_between(last, (last + TALK).min(most)).iter().rev().find(talks);
        talk.map_or(last, |record| record.at)
    }

    /// Brings the cluster nearer to what it was at `at`, through at most `steps` due things; true once somebody can act there
    /// without waiting.
    pub fn prepare(&self, at: Time, steps: usize) -> bool {
        self.0.run.borrow_mut().prepare(at, steps)
    }

    /// Computes on towards `until`, through at most `steps` due things; true when there is nothing left to compute.
    pub fn advance(&self, until: Time, steps: usize) -> bool {
        self.0.target.set(until);
        let mut run = self.0.run.borrow_mut();
        let mut left = steps;
        loop {
            let slice = left.min(SLICE);
            let there = run.advance(until, slice);
            // The crowd hears of what happens before it is packed away.
            self.0.stage.borrow_mut().hear(&run, run.end());
            left -= slice;
            if there && run.end() < until {
                self.0.full.set(true);
            }
            if there || left == 0 {
                return there;
            }
        }
    }

    /// Up to when the run has been computed.
    pub fn computed(&self) -> Time {
        self.0.run.borrow().end()
    }

    /// Whether all of it has been computed up to `until`, or as much as a run can hold.
    pub fn computed_to(&self, until: Time) -> bool {
        self.0.full.get() || self.computed() >= until
    }

    /// Whether nothing new is to be expected after what has been computed.
    pub fn quiet(&self) -> bool {
        matches!(self.0.run.borrow().progress(), Progress::AtRest | Progress::Repeating)
    }

    /// When the last new thing happened, once nothing new is to be expected.
    pub fn quiet_since(&self) -> Option<Time> {
        self.quiet().then(|| self.0.run.borrow().step_before(LONGEST).unwrap_or_default())
    }

    /// Whether nobody asked for anything: no object was written, and nothing was done.
    pub fn is_empty(&self) -> bool {
        self.0.run.borrow().acts().is_empty()
    }

    /// What of the manifest is not in the cluster, and why.
    pub fn absent(&self) -> &Absent {
        &self.0.absent
    }

    /// Lets `what` try itself on the cluster as it is at `at`, beside the run; and whether it acted.
    pub fn beside<T>(&self, at: Time, what: impl FnOnce(&mut Cluster) -> T) -> (T, bool) {
        let mut cluster = self.0.run.borrow().cluster_at(at);
        let result = what(&mut cluster);
        let acted = cluster.take_journal().iter().any(|record| matches!(record.what, Happening::Acted(_)));
        (result, acted)
    }

    /// Lets `what` act on the cluster at `at`; what lay after that is dropped.
    pub fn with_cluster<T>(&self, at: Time, what: impl FnOnce(&mut Cluster) -> T) -> T {
        let result = self.0.run.borrow_mut().with_cluster(at, what);
        self.0.stage.borrow_mut().cut(&self.0.run.borrow(), at);
        *self.0.lanes.borrow_mut() = None;
        *self.0.charts.borrow_mut() = None;
        *self.0.log.borrow_mut() = LogView::default();
        self.0.traffic.borrow_mut().clear();
        self.0.disks.borrow_mut().clear();
        self.0.full.set(false);
        result
    }

    /// Lets `what` look at the run.
    pub fn with_run<T>(&self, what: impl FnOnce(&Run) -> T) -> T {
        what(&self.0.run.borrow())
    }

    /// Gives what happened after `from`, up to and including `to`, to `what`.
    pub fn records<T>(&self, from: Time, to: Time, what: impl FnOnce(Slice<Record>) -> T) -> T {
        what(self.0.run.borrow().records_between(from, to))
    }

    /// The next instant after `at` at which something happens.
    pub fn next_happening(&self, at: Time) -> Option<Time> {
        self.0.run.borrow().step_after(at)
    }

    /// The last instant before `at` at which something happened.
    pub fn previous_happening(&self, at: Time) -> Option<Time> {
        self.0.run.borrow().step_before(at)
    }

    /// The picture at `at`; of many Pods the chosen one alone is seen near.
    pub fn scene(&self, at: Time, chosen: Option<&ObjectKey>) -> Rc<Scene> {
        Rc::new(self.0.stage.borrow_mut().view(&self.0.run.borrow(), at, chosen))
    }

    /// Shows `what` every Pod from afar, as of the picture taken last.
    pub fn crowd<T>(&self, what: impl FnOnce(&Crowd) -> T) -> T {
        what(self.0.stage.borrow().crowd())
    }

    /// The lanes of the timeline, as far as the run has been computed; with many Pods those of the chosen one alone.
    pub fn lanes(&self, chosen: Option<&ObjectKey>, horizon: Time) -> Rc<Lanes> {
        let run = self.0.run.borrow();
        let (end, target) = (run.end(), self.0.target.get());
        let mut kept = self.0.lanes.borrow_mut();
        if let Some((drawn, of, far, lanes)) = &*kept {
            // While a long run is computed its lanes are drawn anew a few times, not in every frame.
            let soon = *drawn + target.since(*drawn) / 8;
            if of.as_ref() == chosen && *far == horizon && (*drawn == end || (end < target && end < soon)) {
                return lanes.clone();
            }
        }
        let mut stage = self.0.stage.borrow_mut();
        stage.hear(&run, end);
        let count = stage.crowd().members().len();
        let of = |uid: &str| trace::lanes_of(&run, uid, end);
        let drawn = match chosen.filter(|_| count >= ALONE_FROM) {
            Some(key) => Lanes { lanes: run.pods_of(key).flat_map(of).collect(), end, ..Lanes::default() },
            None if count > MOST_PODS => {
                let end = end.min(horizon);
                let mut bands = stage.crowd().bands(end, SLICES);
                let no_band = bands.len().saturating_sub(MOST_BANDS);
                bands.truncate(MOST_BANDS);
                Lanes { bands: bands.into(), no_band, end, ..Lanes::default() }
            }
            None => {
                // Those that came first stand above.
                let mut pods = run.pods();
                collections::sort_by_key(&mut pods, |pod| pod.created);
                let lanes = pods.iter().flat_map(|pod| of(&pod.uid)).collect();
                Lanes { lanes, end, ..Lanes::default() }
            }
        };
        let lanes = Rc::new(drawn);
        *kept = Some((end, chosen.cloned(), horizon, lanes.clone()));
        lanes
    }

    /// The charts that have something to show, as far as the run has been computed.
    pub fn charts(&self) -> Rc<Vec<Chart>> {
        let run = self.0.run.borrow();
        let (end, target) = (run.end(), self.0.target.get());
        let mut kept = self.0.charts.borrow_mut();
        if let Some((drawn, charts)) = &*kept {
            let soon = *drawn + target.since(*drawn) / 8;
            if *drawn == end || (end < target && end < soon) {
                return charts.clone();
            }
        }
        let charts = Rc::new(trace::charts(&run, Time::ZERO, end, SLICES));
        *kept = Some((end, charts.clone()));
        charts
    }

    /// Whom users can be sent to at `at`.
    pub fn targets(&self, at: Time) -> Vec<Target> {
        traffic::targets(&self.0.run.borrow(), at)
    }

    /// What became of the requests to `target` in the last second before `at`.
    pub fn load_at(&self, target: &ObjectKey, at: Time) -> Option<LoadSample> {
        let run = self.0.run.borrow();
        let second = |ago: u64| Time::from_micros(at.as_micros().saturating_sub(ago));
        // Samples are short where much happens: a second is told, not a tenth of one.
        let samples = run.load_samples(target, second(1_400_000), at);
        let late =
            samples.iter().filter(|sample| sample.to > second(1_000_000)).map(|sample| LoadSample::clone(sample));
        late.reduce(|sum, next| LoadSample {
            from: sum.from,
            requests: sum.requests + next.requests,
            answered: sum.answered + next.answered,
            refused: sum.refused + next.refused,
            timed_out: sum.timed_out + next.timed_out,
            latency_p50: longer(sum.latency_p50, next.latency_p50),
            latency_p95: longer(sum.latency_p95, next.latency_p95),
            ..next
        })
    }

    /// The newest events up to `at`, so many of them, the newest first, and how many there are in all.
    pub fn events(&self, at: Time, most: usize) -> (Vec<EventRow>, usize) {
        trace::newest_events(&self.0.run.borrow(), at, most)
    }

    /// Why a Pod, or a container of it, is in its state at `at`.
    pub fn why(&self, at: Time, pod: &ObjectKey, container: Option<&str>) -> Option<Why> {
        trace::why(&self.0.run.borrow(), at, pod, container)
    }

    /// Why an owner of Pods is as `scene` shows it.
    pub fn why_owner(&self, scene: &Scene, owner: &ObjectKey) -> Option<Why> {
        trace::why_owner(&self.0.run.borrow(), scene, owner)
    }

    /// The live object at `at`, as `kubectl get -o yaml` writes it.
    pub fn yaml(&self, at: Time, key: &ObjectKey) -> Option<String> {
        let run = self.0.run.borrow();
        serde_yaml::to_string(&run.object_at(key, at)?.to_json()).ok()
    }

    /// How many lines of the Pod of `uid` are taken by `filter` up to `at`, and those of them that `which` says.
    pub fn log(
        &self,
        at: Time,
        uid: &str,
        filter: &LogFilter,
        which: impl FnOnce(usize) -> Range<usize>,
    ) -> (usize, Vec<(Time, LogLine)>) {
        let run = self.0.run.borrow();
        let mut view = self.0.log.borrow_mut();
        let count = view.look(&run, uid, at, filter);
        let which = which(count);
        let lines = view.lines(&run, which.start, which.len());
        (count, lines.into_iter().map(|(at, line)| (at, line.clone())).collect())
    }

    /// What the volume `disk` holds at `at`; the same [`Rc`] as long as nothing changed.
    pub fn disk(&self, at: Time, disk: &Rc<str>) -> Rc<DiskScene> {
        self.0.disks.borrow_mut().entry(disk.clone()).or_default().look(&self.0.run.borrow(), disk, at)
    }

    /// A file of a volume as it is at `at`.
    pub fn file(&self, at: Time, disk: &str, path: &str) -> Option<VolumeFile> {
        self.0.run.borrow().file(disk, path, at)
    }

    /// What a container is and uses at `at`.
    pub fn inspect(&self, at: Time, pod: &ObjectKey, container: &str) -> Option<Inspection> {
        let run = self.0.run.borrow();
        let Some(Object::Pod(object)) = run.object_at(pod, at) else { return None };
        let find = |kind, name: &str| run.object_at(&ObjectKey::new(kind, &pod.namespace, name), at).cloned();
        inspect(object, container, &find)
    }

    /// What a running container uses at `at`.
    pub fn usage(&self, at: Time, uid: &str, container: &str) -> Option<Usage> {
        self.0.run.borrow().cluster_at(at).usage(uid, container)
    }

    /// What flowed within the last `long` before `at`, and what is still under way, in the order it left.
    pub fn flows(&self, at: Time, long: Duration) -> Vec<Rc<Flow>> {
        let from = Time::from_micros(at.as_micros().saturating_sub(long.as_micros() as u64));
        self.0.run.borrow().flows_between(from, at).cloned().collect()
    }

    /// The newest of what flowed up to `at`, the newest first; what the kubelet asks is told elsewhere.
    pub fn newest_flows(&self, at: Time, most: usize) -> Vec<Rc<Flow>> {
        let run = self.0.run.borrow();
        let flows = run.flows_between(Time::ZERO, at).rev();
        flows.filter(|flow| !matches!(flow.from, Party::Kubelet(_))).take(most).cloned().collect()
    }

    /// Why `flow` ended as it did, as things stood at `at`.
    pub fn why_flow(&self, at: Time, flow: &Flow) -> Why {
        trace::why_flow(&self.0.run.borrow(), at, flow)
    }

    /// With whom the Pod of `uid` has exchanged something up to `at`; the same [`Rc`] as long as nothing new flowed.
    pub fn traffic(&self, at: Time, uid: &Rc<str>) -> Rc<Traffic> {
        self.0.traffic.borrow_mut().entry(uid.clone()).or_default().look(&self.0.run.borrow(), uid, at)
    }

    /// How many Pods there ever were, as far as the run has been computed.
    pub fn pod_count(&self) -> usize {
        let run = self.0.run.borrow();
        let mut stage = self.0.stage.borrow_mut();
        stage.hear(&run, run.end());
        stage.crowd().members().len()
    }

    /// Every Pod that ever was, by its uid.
    pub fn pod_names(&self) -> Vec<(Rc<str>, ObjectKey)> {
        let stage = self.0.stage.borrow();
        stage.crowd().members().iter().map(|member| (member.uid.clone(), member.key.clone())).collect()
    }
}
