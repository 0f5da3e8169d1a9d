//! A run as the page holds it: computed ahead in slices, looked at from any moment.
//!
//! What the timeline draws of it is in `drawn`, what is asked of a moment in `looks`.
//!
//! A run is a function of the manifest; what has been computed of it grows behind a `RefCell`, like a cache.

mod drawn;
mod looks;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use collections::{Map as BTreeMap, Slice};

use crate::api::Object;
use crate::cluster::{Action, Cluster, Config, Happening, ObjectKey, Party, Record, Time};
use crate::share;
use crate::trace::scene::Stage;
use crate::trace::{self, Act, Chart, DiskView, Goal, LogView, Progress, Run, TrafficView};
use crate::ui::model::absent::{self, Absent};
use crate::ui::model::deeds::leaves_shell;
use crate::ui::model::playback::{FIRST_LOOK, LONGEST, horizon_for};
use drawn::Drawn;
pub use drawn::Lanes;

/// How many due things are done at once before the page is painted first.
const FIRST_STEPS: usize = 20_000;
const FIRST_SLICE: usize = 500;

/// For how long what programs write and say is shown after all else has come to rest.
const TALK: Duration = Duration::from_secs(6);

/// How many Pods the page simulates at most, ten thousand and what a rolling update adds; the rest is refused with that
/// reason.
pub const MOST_SIMULATED: u32 = 13_000;

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
}
